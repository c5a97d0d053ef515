//! Reading of command lines the way Docker's own programs read them (Go's pflag and cobra): long and short flags, flags with
//! values, grouped short flags, `--`, and the texts for what is wrong. Must not know any command.

use std::collections::BTreeMap;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing, or `=true` and `=false`.
    Nothing,
    /// A text; the last one counts.
    Text,
    /// A whole number; the last one counts.
    Number,
    /// A text, each time another one.
    Texts,
}

/// What becomes of a command line that uses a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The flag does its work.
    Usual,
    /// Docker has it, the simulation does not.
    NotSimulated,
    /// It works; Docker says that it will not for ever, and what to use instead.
    Deprecated(&'static str),
    /// The same, of its one-letter form only.
    ShortDeprecated(&'static str),
}

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its long form, without hyphens.
    pub name: &'static str,
    /// Its one-letter form.
    pub short: Option<char>,
    /// What follows it.
    pub takes: Takes,
    /// What becomes of its use.
    pub standing: Standing,
}

impl Flag {
    /// How Docker names the flag in a text about a wrong value: `-t, --timeout`.
    fn label(&self) -> String {
        self.short.map_or(format!("--{}", self.name), |short| format!("-{short}, --{}", self.name))
    }
}

/// Whether flags may stand behind the first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Anywhere.
    Mixed,
    /// Only in front: what follows the first argument belongs to a command that is run.
    FlagsFirst,
}

/// What was found on a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    flags: BTreeMap<&'static str, Vec<String>>,
    /// What Docker says of flags that are on their way out, a line each.
    pub notices: Vec<String>,
    /// A flag that the simulation has not.
    pub not_simulated: Option<&'static str>,
    /// What is not a flag, in order.
    pub positional: Vec<String>,
}

impl Arguments {
    /// Reads `words` with these flags; the error is pflag's text.
    pub fn parse(flags: &[Flag], order: Order, words: &[String]) -> Result<Arguments, String> {
        let mut parsed = Arguments::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.positional.extend(words.cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                parsed.long(flags, long, &mut words)?;
            } else if word.len() > 1 && word.starts_with('-') {
                parsed.short(flags, word, &mut words)?;
            } else {
                parsed.positional.push(word.clone());
                if order == Order::FlagsFirst {
                    parsed.positional.extend(words.cloned());
                    break;
                }
            }
        }
        Ok(parsed)
    }

    fn long(&mut self, flags: &[Flag], long: &str, words: &mut std::slice::Iter<String>) -> Result<(), String> {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
        let flag = find(flags, |flag| flag.name == name).ok_or_else(|| format!("unknown flag: --{name}"))?;
        if let Standing::Deprecated(instead) = flag.standing {
            self.notices.push(format!("Flag --{name} has been deprecated, {instead}"));
        }
        let value = match (value, flag.takes) {
            (Some(value), _) => value,
            (None, Takes::Nothing) => "true".to_owned(),
            (None, _) => words.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.set(flag, value)
    }

    fn short(&mut self, flags: &[Flag], word: &str, words: &mut std::slice::Iter<String>) -> Result<(), String> {
        let letters: Vec<char> = word.chars().skip(1).collect();
        let mut at = 0;
        while at < letters.len() {
            let letter = letters[at];
            let rest: String = letters[at + 1..].iter().collect();
            let flag = find(flags, |flag| flag.short == Some(letter)).ok_or_else(|| {
                format!("unknown shorthand flag: {} in -{}", quoted(letter), letters[at..].iter().collect::<String>())
            })?;
            if let Standing::ShortDeprecated(instead) = flag.standing {
                self.notices.push(format!("Flag shorthand -{letter} has been deprecated, {instead}"));
            }
            if let Some(value) = rest.strip_prefix('=') {
                return self.set(flag, value.to_owned());
            }
            if flag.takes == Takes::Nothing {
                self.set(flag, "true".to_owned())?;
                at += 1;
                continue;
            }
            let value = match rest.as_str() {
                "" => words.next().cloned().ok_or_else(|| {
                    format!(
                        "flag needs an argument: {} in -{}",
                        quoted(letter),
                        letters[at..].iter().collect::<String>()
                    )
                })?,
                rest => rest.to_owned(),
            };
            return self.set(flag, value);
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: String) -> Result<(), String> {
        let wrong = |value: &str, kind: &str| {
            let label = flag.label();
            format!(
                "invalid argument \"{value}\" for \"{label}\" flag: strconv.{kind}: parsing \"{value}\": invalid syntax"
            )
        };
        match flag.takes {
            Takes::Nothing if truth(&value).is_none() => return Err(wrong(&value, "ParseBool")),
            Takes::Number if value.parse::<i64>().is_err() => return Err(wrong(&value, "ParseInt")),
            _ => {}
        }
        if flag.standing == Standing::NotSimulated {
            self.not_simulated.get_or_insert(flag.name);
        }
        let values = self.flags.entry(flag.name).or_default();
        if flag.takes != Takes::Texts {
            values.clear();
        }
        values.push(value);
        Ok(())
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.text(name).and_then(truth).unwrap_or(false)
    }

    /// Whether a flag was given at all.
    pub fn given(&self, name: &str) -> bool {
        self.flags.contains_key(name)
    }

    /// The text of a flag.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.flags.get(name).and_then(|values| values.last()).map(String::as_str)
    }

    /// All texts of a flag, in order.
    pub fn texts(&self, name: &str) -> &[String] {
        self.flags.get(name).map_or(&[], Vec::as_slice)
    }

    /// The number of a flag.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|value| value.parse().ok())
    }
}

fn find(flags: &[Flag], matches: impl Fn(&Flag) -> bool) -> Option<&Flag> {
    flags.iter().find(|flag| matches(flag))
}

/// A letter as Go's `%q` writes it.
fn quoted(letter: char) -> String {
    format!("'{letter}'")
}

/// What Go's `strconv.ParseBool` makes of a text.
pub fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn flag(name: &'static str, short: char, takes: Takes, standing: Standing) -> Flag {
        Flag { name, short: Some(short), takes, standing }
    }

    const FLAGS: &[Flag] = &[
        flag("detach", 'd', Takes::Nothing, Standing::Usual),
        flag("force", 'f', Takes::Nothing, Standing::Usual),
        flag("timeout", 't', Takes::Number, Standing::Usual),
        flag("env", 'e', Takes::Texts, Standing::Usual),
        flag("pid", 'p', Takes::Text, Standing::NotSimulated),
        flag("time", 'T', Takes::Number, Standing::Deprecated("use --timeout instead")),
        flag("help", 'h', Takes::Nothing, Standing::ShortDeprecated("use --help")),
    ];

    fn parse(order: Order, line: &str) -> Result<Arguments, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Arguments::parse(FLAGS, order, &words)
    }

    #[test]
    fn flags_are_read_as_pflag_reads_them() {
        let parsed = parse(Order::Mixed, "web -df -t3 --env=A=1 -e B=2 db --force=false -- -d").unwrap();
        assert!(parsed.on("detach") && !parsed.on("force") && parsed.given("force"));
        assert_eq!(parsed.number("timeout"), Some(3));
        assert_eq!(parsed.texts("env"), ["A=1", "B=2"]);
        assert_eq!(parsed.positional, ["web", "db", "-d"]);
        assert_eq!(parse(Order::FlagsFirst, "-d app sh -c x").unwrap().positional, ["app", "sh", "-c", "x"]);
    }

    #[test]
    fn flags_on_their_way_out_and_missing_ones_are_told() {
        let parsed = parse(Order::Mixed, "--time 1 -h --pid host").unwrap();
        let said = [
            "Flag --time has been deprecated, use --timeout instead",
            "Flag shorthand -h has been deprecated, use --help",
        ];
        assert_eq!(parsed.notices, said);
        assert_eq!(parsed.not_simulated, Some("pid"));
        assert!(parse(Order::Mixed, "--help -t 1").unwrap().notices.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_in_pflags_words() {
        let wrong = |line| parse(Order::Mixed, line).unwrap_err();
        assert_eq!(wrong("--nope"), "unknown flag: --nope");
        assert_eq!(wrong("-dx"), "unknown shorthand flag: 'x' in -x");
        assert_eq!(wrong("--timeout"), "flag needs an argument: --timeout");
        assert_eq!(wrong("-t"), "flag needs an argument: 't' in -t");
        assert_eq!(
            wrong("-t x"),
            "invalid argument \"x\" for \"-t, --timeout\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"
        );
    }
}
