//! The help texts of Docker's programs, word for word, and the flags they list: one table is the source of both, so that what
//! `--help` says and what a command line may hold cannot differ. Must not know what the commands do.
//!
//! A table is a text: `=== NAME` before what `--help` prints for that command. The first column of an option's line tells what
//! is not printed: `!` stands before an option that Docker has and the simulation does not, `~` before one that Docker takes
//! without listing it; what stands behind that one is what Docker says of its use.

use super::arguments::{Flag, Standing, Takes};

/// What `--help` prints for one command.
#[derive(Clone, Copy, Debug)]
pub struct Help(&'static str);

/// The help text of a command; the empty name is the program's own.
pub fn find(table: &'static str, name: &str) -> Option<Help> {
    sections(table).find(|(own, _)| *own == name).map(|(_, text)| Help(text))
}

/// All commands of a table with their texts.
fn sections(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let pieces = table.split("=== ").filter(|piece| !piece.is_empty());
    pieces.map(|piece| piece.split_once('\n').unwrap_or((piece, "")))
}

impl Help {
    /// The usage as it stands there: `docker ps [OPTIONS]`.
    pub fn usage(self) -> &'static str {
        let text = self.0.trim_start_matches("Usage:  ");
        text.split("\n\n").next().unwrap_or_default()
    }

    /// The text as Docker prints it.
    pub fn shown(self) -> String {
        let lines = self.0.lines().filter(|line| !line.starts_with('~'));
        lines
            .map(|line| format!("{}\n", line.strip_prefix('!').map_or(line.to_owned(), |rest| format!(" {rest}"))))
            .collect()
    }

    /// The flags it lists, and those it hides; last `--help` itself.
    pub fn flags(self) -> Vec<Flag> {
        self.0.lines().filter_map(flag).chain([HELP]).collect()
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
        let help = find(TABLE, "stop").unwrap();
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
        assert!(find(TABLE, "nosuch").is_none());
    }
}
