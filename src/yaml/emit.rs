//! YAML as go-yaml v3 writes it with an indentation of two: what `docker compose config` prints.

use super::resolve::{Resolved, resolve_plain};
use std::borrow::Cow;

/// A value to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<'a> {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond 64 signed bits.
    Unsigned(u64),
    /// A number with a fraction.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// A list.
    Sequence(Vec<Output<'a>>),
    /// A mapping, in the order in which it is to be written.
    Mapping(Vec<(Cow<'a, str>, Output<'a>)>),
}

impl<'a> From<&'a serde_json::Value> for Output<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Self::Integer(value),
                (None, Some(value)) => Self::Unsigned(value),
                (None, None) => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(items) => Self::Sequence(items.iter().map(Self::from).collect()),
            Value::Object(entries) => {
                Self::Mapping(entries.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), value.into())).collect())
            }
        }
    }
}

/// Columns by which a block is indented deeper than the one around it.
const STEP: usize = 2;

/// Keys longer than this stand behind a `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// `value` as a document, with a line break at its end.
pub fn emit(value: &Output<'_>) -> String {
    let mut text = String::new();
    match value {
        Output::Mapping(entries) if !entries.is_empty() => mapping(&mut text, entries, 0),
        Output::Sequence(items) if !items.is_empty() => sequence(&mut text, items, 0),
        _ => scalar(&mut text, value, 0),
    }
    text.push('\n');
    text
}

/// The entries, each but the first on a line of its own that begins at `indent`.
fn mapping(text: &mut String, entries: &[(Cow<'_, str>, Output<'_>)], indent: usize) {
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            new_line(text, indent);
        }
        if key.len() > MAX_SIMPLE_KEY || key.contains('\n') {
            text.push_str("? ");
            string(text, key, indent);
            new_line(text, indent);
        } else {
            string(text, key, indent);
        }
        text.push(':');
        match value {
            Output::Mapping(entries) if !entries.is_empty() => {
                new_line(text, indent + STEP);
                mapping(text, entries, indent + STEP);
            }
            Output::Sequence(items) if !items.is_empty() => {
                new_line(text, indent + STEP);
                sequence(text, items, indent + STEP);
            }
            _ => {
                text.push(' ');
                scalar(text, value, indent);
            }
        }
    }
}

fn sequence(text: &mut String, items: &[Output<'_>], indent: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            new_line(text, indent);
        }
        text.push_str("- ");
        match item {
            Output::Mapping(entries) if !entries.is_empty() => mapping(text, entries, indent + STEP),
            Output::Sequence(items) if !items.is_empty() => sequence(text, items, indent + STEP),
            _ => scalar(text, item, indent),
        }
    }
}

fn new_line(text: &mut String, indent: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(text: &mut String, value: &Output<'_>, indent: usize) {
    match value {
        Output::Null => text.push_str("null"),
        Output::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Output::Integer(value) => text.push_str(&value.to_string()),
        Output::Unsigned(value) => text.push_str(&value.to_string()),
        Output::Float(value) => text.push_str(&float(*value)),
        Output::Text(value) => string(text, value, indent),
        Output::Sequence(_) => text.push_str("[]"),
        Output::Mapping(_) => text.push_str("{}"),
    }
}

/// A number as Go's `%g` prints it: with an exponent below 1e-4 and from 1e6 on.
fn float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", power.abs());
    }
    value.to_string()
}

/// What a string holds that decides how it can be written.
#[derive(Default)]
struct Features {
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

fn string(text: &mut String, value: &str, indent: usize) {
    let features = features(value);
    if value.contains('\n') && features.literal {
        return literal(text, value, indent + STEP);
    }
    let reads_as_string = matches!(resolve_plain(value), Resolved::Text(_));
    let can_be_plain = reads_as_string && value != "<<" && !is_old_boolean(value) && !is_base_60(value);
    if can_be_plain && !value.contains('\n') && features.plain {
        text.push_str(value);
    } else if can_be_plain && !value.contains('\n') && features.single_quoted {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    } else {
        double_quoted(text, value);
    }
}

/// The booleans of YAML 1.1, quoted for the sake of other readers.
fn is_old_boolean(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let cased = value == lower || value == value.to_ascii_uppercase() || value[1..] == lower[1..];
    cased && matches!(lower.as_str(), "y" | "yes" | "on" | "n" | "no" | "off")
}

/// `12:30:45`, a number of YAML 1.1: `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`.
fn is_base_60(value: &str) -> bool {
    let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or("");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let place = |part: &str| match part.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [tens, digit] => (b'0'..=b'5').contains(tens) && digit.is_ascii_digit(),
        _ => false,
    };
    let rest: Vec<&str> = parts.collect();
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && !rest.is_empty()
        && rest.into_iter().all(place)
        && digits(fraction)
}

/// go-yaml prints no character outside the first plane as it is.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}') && character != '\u{FEFF}'
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank_or_break(character: Option<char>) -> bool {
    character.is_none_or(|character| matches!(character, ' ' | '\t') || is_break(character))
}

fn features(value: &str) -> Features {
    let Some(first) = value.chars().next() else {
        return Features { plain: true, single_quoted: true, literal: false };
    };
    let last = value.chars().next_back().unwrap_or(first);
    let mut indicators = value.starts_with("---") || value.starts_with("...");
    let (mut breaks, mut special, mut tab, mut break_space, mut space_break) = (false, false, false, false, false);
    let mut previous = None;
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        let blank_next = is_blank_or_break(characters.peek().copied());
        indicators |= match character {
            '#' => is_blank_or_break(previous),
            ':' => blank_next,
            '?' | '-' => previous.is_none() && blank_next,
            _ => previous.is_none() && ",[]{}&*!|>'\"%@`".contains(character),
        };
        tab |= character == '\t';
        special |= character != '\t' && !is_printable(character);
        breaks |= is_break(character);
        break_space |= character == ' ' && previous.is_some_and(is_break);
        space_break |= is_break(character) && previous == Some(' ');
        previous = Some(character);
    }
    let at_ends = |character: char| character == ' ' || is_break(character);
    let quotable = !break_space && !space_break && !tab && !special;
    Features {
        plain: quotable && !breaks && !indicators && !at_ends(first) && !at_ends(last),
        single_quoted: quotable,
        literal: last != ' ' && !space_break && !special,
    }
}

/// The text as a block, its lines at `indent`.
fn literal(text: &mut String, value: &str, indent: usize) {
    text.push('|');
    if value.starts_with(' ') || value.starts_with(is_break) {
        text.push_str(&STEP.to_string());
    }
    match value.strip_suffix('\n') {
        None => text.push('-'),
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => text.push('+'),
        Some(_) => {}
    }
    let lines = value.strip_suffix('\n').unwrap_or(value);
    for line in lines.split('\n') {
        if line.is_empty() {
            text.push('\n');
        } else {
            new_line(text, indent);
            text.push_str(line);
        }
    }
}

fn double_quoted(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        let short = match character {
            '\0' => '0',
            '\x07' => 'a',
            '\x08' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\x0B' => 'v',
            '\x0C' => 'f',
            '\r' => 'r',
            '\x1B' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ if is_printable(character) => {
                text.push(character);
                continue;
            }
            _ => {
                let code = u32::from(character);
                text.push_str(&match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                });
                continue;
            }
        };
        text.extend(['\\', short]);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        let cases = [
            ("plain text", "plain text"),
            ("", "\"\""),
            ("true", "\"true\""),
            ("no", "\"no\""),
            ("No", "\"No\""),
            ("nO", "nO"),
            ("1.5", "\"1.5\""),
            ("0755", "\"0755\""),
            ("null", "\"null\""),
            ("12:30:45", "\"12:30:45\""),
            ("80:80", "80:80"),
            ("22:22", "\"22:22\""),
            ("2024-01-31", "\"2024-01-31\""),
            ("*", "'*'"),
            ("a: b", "'a: b'"),
            ("it's #1", "'it''s #1'"),
            ("it's", "it's"),
            ("- a", "'- a'"),
            ("-a", "-a"),
            (" a", "' a'"),
            ("a\tb", "\"a\\tb\""),
            ("a\nb", "|-\n  a\n  b"),
            ("a\n\nb\n", "|\n  a\n\n  b"),
            ("a\n\n", "|+\n  a\n"),
            (" a\nb", "|2-\n   a\n  b"),
            ("a \nb", "\"a \\nb\""),
            ("\u{1F600}", "\"\\U0001F600\""),
            ("é", "é"),
            ("\u{1}", "\"\\x01\""),
            ("<<", "\"<<\""),
            ("{a}", "'{a}'"),
            ("a,b", "a,b"),
            ("[", "'['"),
        ];
        for (value, expected) in cases {
            assert_eq!(emit(&Output::Text(value.into())), format!("{expected}\n"), "{value:?}");
        }
    }

    #[test]
    fn numbers() {
        let cases =
            [(1.5, "1.5"), (1e6, "1e+06"), (1e21, "1e+21"), (0.0001, "0.0001"), (0.00001, "1e-05"), (0.1, "0.1")];
        for (value, expected) in cases {
            assert_eq!(float(value), expected);
        }
        assert_eq!(float(123_456_789.0), "1.23456789e+08");
        assert_eq!(float(f64::NEG_INFINITY), "-.inf");
    }

    #[test]
    fn what_is_written_reads_back() {
        let json = serde_json::json!({
            "name": "demo",
            "services": {"web": {"command": ["sh", "-c", "a\nb"], "ports": [{"target": 80, "published": "80"}], "x": {}, "y": [], "z": [[1, 2], []]}},
            "x-e": null,
        });
        let text = emit(&Output::from(&json));
        let expected = "name: demo\nservices:\n  web:\n    command:\n      - sh\n      - -c\n      - |-\n        a\n        b\n    ports:\n      - published: \"80\"\n        target: 80\n    x: {}\n    \"y\": []\n    z:\n      - - 1\n        - 2\n      - []\nx-e: null\n";
        assert_eq!(text, expected);
        assert_eq!(crate::yaml::parse(&text).failure, None);
    }
}
