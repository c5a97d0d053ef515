//! The help texts of Docker's programs, word for word, and the flags they list: one table is the source of both, so that what
//! `--help` says and what a command line may hold cannot differ. Must not know what the commands do.
//!
//! A table is a text: `=== NAME` before what `--help` prints for that command. The first column of an option's line tells what
//! is not printed: `!` stands before an option that Docker has and the simulation does not, `~` before one that Docker takes
//! without listing it; what stands behind that one is what Docker says of its use.

use super::arguments::{Flag, Standing, Takes};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What `--help` prints for one command.
#[derive(Debug)]
pub struct Help {
    text: &'static str,
    flags: OnceLock<Vec<Flag>>,
}

/// The help texts of a program, by command; the empty name is the program's own.
pub struct Table(BTreeMap<&'static str, Help>);

impl Table {
    /// The table that a text is.
    pub fn read(text: &'static str) -> Self {
        let pieces = text.split("=== ").filter(|piece| !piece.is_empty());
        let sections = pieces.map(|piece| piece.split_once('\n').unwrap_or((piece, "")));
        Self(sections.map(|(name, text)| (name, Help { text, flags: OnceLock::new() })).collect())
    }

    /// The help text of a command.
    pub fn find(&self, name: &str) -> Option<&Help> {
        self.0.get(name)
    }
}

impl Help {
    /// The usage as it stands there: `docker ps [OPTIONS]`.
    pub fn usage(&self) -> &'static str {
        let text = self.text.trim_start_matches("Usage:  ");
        text.split("\n\n").next().unwrap_or_default()
    }

    /// The text as Docker prints it.
    pub fn shown(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.starts_with('~'));
        lines
            .map(|line| format!("{}\n", line.strip_prefix('!').map_or(line.to_owned(), |rest| format!(" {rest}"))))
            .collect()
    }

    /// The flags it lists, and those it hides; last `--help` itself.
    pub fn flags(&self) -> &[Flag] {
        self.flags.get_or_init(|| self.text.lines().filter_map(flag).chain([HELP]).collect())
    }
}

/// Every command has it; its one-letter form is on its way out.
const HELP: Flag =
    Flag { name: "help", short: Some('h'), takes: Takes::Nothing, standing: Standing::ShortDeprecated("use --help") };

/// The flag of a line such as `  -t, --timeout int   Seconds to wait`.
fn flag(line: &'static str) -> Option<Flag> {
    let (mark, rest) = (line.chars().next()?, line.get(2..)?);
    let (short, rest) = match rest.strip_prefix("    --") {
        Some(rest) => (None, rest),
        None => (rest.strip_prefix('-')?.chars().next(), rest.get(1..)?.get(1..)?.strip_prefix(", --")?),
    };
    let (head, said) = rest.split_once("   ").unwrap_or((rest, ""));
    let (name, kind) = head.split_once(' ').unwrap_or((head, ""));
    let standing = match mark {
        '!' => Standing::NotSimulated,
        '~' if !said.is_empty() => Standing::Deprecated(said.trim_start()),
        _ => Standing::Usual,
    };
    Some(Flag { name, short, takes: takes(kind.trim()), standing })
}

/// What a flag takes, by the name pflag has for it.
fn takes(kind: &str) -> Takes {
    match kind {
        "" => Takes::Nothing,
        "int" | "uint16" => Takes::Number,
        "string" | "bytes" | "decimal" | "duration" => Takes::Text,
        _ => Takes::Texts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "=== \nUsage:  docker\n=== stop\nUsage:  docker stop [OPTIONS] CONTAINER\n\nStop it\n\nOptions:\n  -t, \
                         --timeout int   Seconds to wait\n!     --pid string    Not here\n                      at all\n~     \
                         --time int   use --timeout instead\n";

    #[test]
    fn one_text_is_help_and_flags() {
        let table = Table::read(TABLE);
        let help = table.find("stop").unwrap();
        assert_eq!(help.usage(), "docker stop [OPTIONS] CONTAINER");
        assert!(help.shown().ends_with("wait\n      --pid string    Not here\n                      at all\n"));
        let flags = help.flags();
        let told: Vec<_> = flags.iter().map(|flag| (flag.name, flag.short, flag.takes, flag.standing)).collect();
        assert_eq!(
            told[..3],
            [
                ("timeout", Some('t'), Takes::Number, Standing::Usual),
                ("pid", None, Takes::Text, Standing::NotSimulated),
                ("time", None, Takes::Number, Standing::Deprecated("use --timeout instead")),
            ]
        );
        assert!(table.find("nosuch").is_none());
    }
}
