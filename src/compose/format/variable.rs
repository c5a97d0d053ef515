//! Variables within texts: `$VAR`, `${VAR:-default}` and their like, nested (semantics L30 to L35).
//!
//! Follows compose-go: what a pair of braces spans is decided by the last `}` of the line, then by counting braces, and a
//! default is worked out whether it is needed or not.

use crate::text::TextRange;
use std::borrow::Cow;

/// How deep defaults may nest before the rest is left as it is.
const MAX_DEPTH: usize = 64;

/// What a text with variables came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substituted {
    /// The text with the variables' values in their places; what stands there after an error is not to be relied on.
    pub text: String,
    /// Each mention of a variable, in the order of looking at them, defaults included.
    pub mentions: Vec<Mention>,
    /// Names for which Docker warns, one for each warning.
    pub unset: Vec<(String, TextRange)>,
    /// The first error.
    pub error: Option<SubstituteError>,
}

/// A variable within a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its name.
    pub name: String,
    /// Where the name stands in the text.
    pub range: TextRange,
    /// Whether it has a value, were it an empty one.
    pub set: bool,
    /// What is done with it.
    pub operator: Option<&'static str>,
}

/// Why a text cannot be substituted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubstituteError {
    /// Something behind a `${` that is no variable.
    Invalid {
        /// What Docker shows: the whole text, or for a fault in a default the default.
        template: String,
        /// From the dollar on.
        range: TextRange,
    },
    /// A variable that must be set and is not.
    Missing {
        /// Its name.
        variable: String,
        /// What the file says to it; may be empty.
        reason: String,
        /// Where the name stands.
        range: TextRange,
    },
}

impl SubstituteError {
    /// The error as it prints by itself; with a path before it Compose words an invalid one differently (semantics L35).
    pub fn text(&self) -> String {
        match self {
            Self::Invalid { template, .. } => format!("Invalid template: {}", super::quote::quote(template)),
            Self::Missing { variable, reason, .. } if reason.is_empty() => {
                format!("required variable {variable} is missing a value")
            }
            Self::Missing { variable, reason, .. } => {
                format!("required variable {variable} is missing a value: {reason}")
            }
        }
    }

    /// The error as `docker compose config` prints it for the value at `path`, `services.web.image`.
    pub fn at_path(&self, path: &str) -> String {
        match self {
            Self::Invalid { template, .. } => format!(
                "invalid interpolation format for {path}.\nYou may need to escape any $ with another $.\n{template}"
            ),
            Self::Missing { .. } => format!("error while interpolating {path}: {}", self.text()),
        }
    }

    /// Where it is, in the text.
    pub fn range(&self) -> TextRange {
        match self {
            Self::Invalid { range, .. } | Self::Missing { range, .. } => *range,
        }
    }
}

/// Whether a text holds anything to substitute.
pub fn has_variables(text: &str) -> bool {
    text.contains('$')
}

/// Puts the values of `lookup` in the place of the variables in `text`.
pub fn substitute<'v>(text: &str, lookup: &dyn Fn(&str) -> Option<Cow<'v, str>>) -> Substituted {
    let mut work = Substitution { lookup, found: Substituted::default() };
    let (result, error) = work.template(text, 0, 0);
    Substituted { text: result, error, ..work.found }
}

/// The error at the dollar of `text`, of which Docker shows the part `own`.
fn invalid(text: &str, dollar: usize, own: std::ops::Range<usize>, base: u32) -> SubstituteError {
    let end = text[dollar..].find(['}', '\n']).map_or(text.len(), |end| dollar + end + 1);
    let range = TextRange::new(base + dollar as u32, base + end as u32);
    SubstituteError::Invalid { template: text[own].to_owned(), range }
}

/// The operators, and whether each asks for the variable to be set and to be not empty.
const OPERATORS: [&str; 6] = [":?", "?", ":-", "-", ":+", "+"];

struct Substitution<'a, 'v> {
    lookup: &'a dyn Fn(&str) -> Option<Cow<'v, str>>,
    found: Substituted,
}

/// What stands at a dollar.
enum Place<'a> {
    /// `$$`.
    Escaped,
    /// `$NAME`.
    Named(&'a str),
    /// `${…}` up to the last `}` of the line that makes sense.
    Braced(&'a str),
    /// `${` and nothing that makes sense.
    Invalid,
    /// A dollar that means nothing.
    Literal,
}

impl Substitution<'_, '_> {
    /// The result and the first error; as in Docker, what follows an error is still looked at. `base` is where `text`
    /// stands in the whole.
    fn template(&mut self, text: &str, base: u32, depth: usize) -> (String, Option<SubstituteError>) {
        let mut result = String::with_capacity(text.len());
        let mut error = None;
        let mut at = 0;
        let mut line = Line::default();
        // Compose substitutes what its regular expression took with it behind a closing brace as a text of its own.
        let mut remainder = 0..0;
        while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
            result.push_str(&text[at..dollar]);
            let place = if depth < MAX_DEPTH { line.place(text, dollar) } else { Place::Literal };
            let from = base + dollar as u32;
            let step = match place {
                Place::Literal => {
                    at = dollar + 1;
                    Ok("$".to_owned())
                }
                Place::Escaped => {
                    at = dollar + 2;
                    Ok("$".to_owned())
                }
                Place::Named(name) => {
                    at = dollar + 1 + name.len();
                    Ok(self.plain(name, from + 1))
                }
                Place::Braced(inside) => {
                    let taken = dollar + 3 + inside.len();
                    let variable = &inside[..closing_brace(inside).unwrap_or(inside.len())];
                    let value = self.braced(variable, from + 2, depth);
                    at = if value.is_ok() { dollar + 3 + variable.len() } else { taken };
                    remainder = at..taken;
                    value
                }
                Place::Invalid => {
                    at = dollar + 2;
                    if error.is_none() {
                        let own = if remainder.contains(&dollar) { remainder.clone() } else { 0..text.len() };
                        error = Some(invalid(text, dollar, own, base));
                    }
                    continue;
                }
            };
            match step {
                Ok(value) => result.push_str(&value),
                Err(found) => error = error.or(Some(found)),
            }
        }
        result.push_str(&text[at..]);
        (result, error)
    }

    fn mention(&mut self, name: &str, start: u32, operator: Option<&'static str>) -> Option<String> {
        let value = (self.lookup)(name).map(Cow::into_owned);
        let range = TextRange::new(start, start + name.len() as u32);
        self.found.mentions.push(Mention { name: name.to_owned(), range, set: value.is_some(), operator });
        value
    }

    fn plain(&mut self, name: &str, start: u32) -> String {
        let value = self.mention(name, start, None);
        if value.is_none() {
            let range = TextRange::new(start, start + name.len() as u32);
            self.found.unset.push((name.to_owned(), range));
        }
        value.unwrap_or_default()
    }

    /// `variable` is what stands between its braces.
    fn braced(&mut self, variable: &str, start: u32, depth: usize) -> Result<String, SubstituteError> {
        let name_length = name_length(variable);
        let (name, tail) = variable.split_at(name_length);
        let Some(operator) = OPERATORS.iter().find(|operator| tail.starts_with(**operator)) else {
            return Ok(self.plain(name, start));
        };
        let argument = &tail[operator.len()..];
        let argument_start = start + (name_length + operator.len()) as u32;
        let (argument, error) = self.template(argument, argument_start, depth + 1);
        error.map_or(Ok(()), Err)?;
        let value = self.mention(name, start, Some(operator));
        let usable = value.as_deref().is_some_and(|value| !operator.starts_with(':') || !value.is_empty());
        match operator.trim_start_matches(':') {
            "-" if !usable => Ok(argument),
            "+" if usable => Ok(argument),
            "?" if !usable => {
                let range = TextRange::new(start, start + name.len() as u32);
                Err(SubstituteError::Missing { variable: name.to_owned(), reason: argument, range })
            }
            _ => Ok(value.unwrap_or_default()),
        }
    }
}

/// The end of the variable whose brace is open where `inside` begins; `None` where it closes at its very end, or not at all.
fn closing_brace(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let mut open = 1;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'}' {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
        }
        at += if inside[at..].starts_with("${") {
            open += 1;
            2
        } else {
            next_boundary(inside, at)
        };
    }
    None
}

fn next_boundary(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// The line that is being looked at: where it ends, and its last `}`.
#[derive(Default)]
struct Line {
    end: usize,
    last_brace: Option<usize>,
}

impl Line {
    fn place<'t>(&mut self, text: &'t str, dollar: usize) -> Place<'t> {
        let rest = &text[dollar + 1..];
        if rest.starts_with('$') {
            return Place::Escaped;
        }
        let Some(inside) = rest.strip_prefix('{') else {
            return match name_length(rest) {
                0 => Place::Literal,
                length => Place::Named(&rest[..length]),
            };
        };
        let name = name_length(inside);
        if name == 0 {
            return Place::Invalid;
        }
        let tail = &inside[name..];
        let operator = tail.strip_prefix(':').unwrap_or(tail);
        if operator.starts_with(['-', '+', '?']) {
            if dollar >= self.end {
                self.end = text[dollar..].find('\n').map_or(text.len(), |end| dollar + end);
                self.last_brace = text[dollar..self.end].rfind('}').map(|at| dollar + at);
            }
            let argument = text.len() - operator.len() + 1;
            if let Some(end) = self.last_brace.filter(|end| *end >= argument) {
                return Place::Braced(&text[dollar + 2..end]);
            }
        }
        if tail.starts_with('}') { Place::Braced(&inside[..name]) } else { Place::Invalid }
    }
}

/// Length of the name at the start. Go matches without regard to case, which lets two odd letters in.
fn name_length(text: &str) -> usize {
    let letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '\u{17F}' | '\u{212A}');
    let mut length = 0;
    for character in text.chars() {
        if !(letter(character) || (length > 0 && character.is_ascii_digit())) {
            break;
        }
        length += character.len_utf8();
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Substituted {
        substitute(text, &|name| match name {
            "SET" => Some("set".into()),
            "EMPTY" => Some("".into()),
            "A" => Some("$B".into()),
            _ => None,
        })
    }

    #[test]
    fn forms() {
        let cases = [
            ("$SET-${SET}.${EMPTY}|", "set-set.|"),
            ("${NO:-d} ${NO-d} ${EMPTY:-d} ${EMPTY-d} ${SET:-d}", "d d d  set"),
            ("${NO:+x}${NO+x} ${EMPTY:+x} ${EMPTY+x} ${SET:+x}", "  x x"),
            ("${SET:?e} ${EMPTY?e}", "set "),
            ("$$SET $${SET} $5 $ $. a$", "$SET ${SET} $5 $ $. a$"),
            ("${NO:-${NO2:-in}} ${NO:-a${SET}b}c", "in asetbc"),
            ("${NO:-}}", "}"),
            ("${NO-a:-b}", "a:-b"),
            ("${NO:-a?b}", "a?b"),
            ("$A", "$B"),
            ("${NO:-é} ü", "é ü"),
            ("${NO:-{}}", "{}"),
            ("${SET:+{}}x", "{}x"),
            ("${NO:-x}${SET}-${NO:-y}.$SET}z", "xset-y.set}z"),
        ];
        for (text, expected) in cases {
            let result = run(text);
            assert_eq!((result.text.as_str(), result.error), (expected, None), "{text}");
        }
    }

    #[test]
    fn errors() {
        let template = |text: &str| match run(text).error {
            Some(SubstituteError::Invalid { template, .. }) => template,
            other => panic!("{text}: {other:?}"),
        };
        for text in ["${", "${}", "${1A}", "${SET%.txt}", "a ${SET", "x\n${NO:-a\nb}", "${SET!}"] {
            assert_eq!(template(text), text);
        }
        assert_eq!(template("${NO:-${X}"), "${X");
        assert_eq!(template("a ${NO:-x} ${}"), " ${}");
        let missing = |text: &str| run(text).error.map(|error| error.text());
        assert_eq!(missing("${NO:?set it}").as_deref(), Some("required variable NO is missing a value: set it"));
        assert_eq!(missing("${EMPTY:?}").as_deref(), Some("required variable EMPTY is missing a value"));
        assert_eq!(missing("${NO?by $SET}").as_deref(), Some("required variable NO is missing a value: by set"));
    }

    #[test]
    fn warnings_and_places() {
        let text = "é${SET:-${B}} $NO ${C:+$D} ${NO}";
        let result = run(text);
        let slice = |range: TextRange| &text[range.start as usize..range.end as usize];
        let unset: Vec<_> = result.unset.iter().map(|(name, range)| (name.as_str(), slice(*range))).collect();
        assert_eq!(unset, [("B", "B"), ("NO", "NO"), ("D", "D"), ("NO", "NO")]);
        let mentions: Vec<_> = result.mentions.iter().map(|mention| slice(mention.range)).collect();
        assert_eq!(mentions, ["B", "SET", "NO", "D", "C", "NO"]);
    }
}
