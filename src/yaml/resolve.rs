//! What a scalar means: null, boolean, number, moment or string, by go-yaml v3's rules (YAML 1.2 with the octal numbers and
//! underscores of 1.1).

use super::node::{Scalar, Style};
use std::borrow::Cow;

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number that needs 64 bits without sign.
    Unsigned(u64),
    /// A number with a fraction or an exponent, `.inf` or `.nan`.
    Float(f64),
    /// A date or a moment, as written.
    Timestamp(&'a str),
    /// A string.
    Text(Cow<'a, str>),
}

impl Resolved<'_> {
    /// The tag go-yaml gives to such a value.
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Integer(_) | Self::Unsigned(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp(_) => "!!timestamp",
            Self::Text(_) => "!!str",
        }
    }
}

impl Scalar {
    /// The value, given the text of the node's tag. The error is go-yaml's, for an explicit tag that does not fit.
    pub fn resolve(&self, tag: Option<&str>) -> Result<Resolved<'_>, String> {
        let text = self.text.as_str();
        let as_text = Ok(Resolved::Text(Cow::Borrowed(text)));
        match tag.filter(|tag| *tag != "!") {
            None if self.style == Style::Plain => Ok(resolve_plain(text)),
            None | Some("!!str") => as_text,
            Some("!!binary") => decode_base64(text)
                .map(|bytes| Resolved::Text(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())))
                .ok_or_else(|| "yaml: !!binary value contains invalid base64 data".to_owned()),
            Some(tag @ ("!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp")) => resolve_tagged(text, tag),
            Some(_) => as_text,
        }
    }
}

fn resolve_tagged<'a>(text: &'a str, tag: &str) -> Result<Resolved<'a>, String> {
    let value = match resolve_plain(text) {
        Resolved::Timestamp(_) if tag != "!!timestamp" => Resolved::Text(Cow::Borrowed(text)),
        value => value,
    };
    match value {
        Resolved::Integer(value) if tag == "!!float" => Ok(Resolved::Float(value as f64)),
        Resolved::Unsigned(value) if tag == "!!float" => Ok(Resolved::Float(value as f64)),
        value if value.tag() == tag => Ok(value),
        value => Err(format!("yaml: cannot decode {} `{text}` as a {tag}", value.tag())),
    }
}

/// The value of a plain scalar without a tag.
pub fn resolve_plain(text: &str) -> Resolved<'_> {
    let as_text = Resolved::Text(Cow::Borrowed(text));
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => word(text).unwrap_or(as_text),
        Some(b'.') => match text {
            ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Resolved::Float(f64::INFINITY),
            _ if is_float(text) => float(text).unwrap_or(as_text),
            _ => as_text,
        },
        Some(b'0'..=b'9' | b'+' | b'-') => match text {
            "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
            "-0" | "-0.0" => Resolved::Float(-0.0),
            _ if is_timestamp(text) => Resolved::Timestamp(text),
            _ => number(text).unwrap_or(as_text),
        },
        _ => as_text,
    }
}

fn word(text: &str) -> Option<Resolved<'_>> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Resolved::Null),
        "true" | "True" | "TRUE" => Some(Resolved::Bool(true)),
        "false" | "False" | "FALSE" => Some(Resolved::Bool(false)),
        _ => None,
    }
}

fn number(text: &str) -> Option<Resolved<'_>> {
    let plain: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let (negative, digits) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, &plain[..]),
    };
    match whole(digits) {
        Some(value) if negative && value <= 1 << 63 => return Some(Resolved::Integer((value as i64).wrapping_neg())),
        Some(value) if !negative => {
            return Some(i64::try_from(value).map_or(Resolved::Unsigned(value), Resolved::Integer));
        }
        _ => {}
    }
    if is_float(&plain) { float(&plain) } else { None }
}

/// A whole number without sign in the notations of Go's literals.
fn whole(digits: &str) -> Option<u64> {
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let before = digits(rest);
    rest = &rest[before..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let after = digits(fraction);
        if before + after == 0 {
            return false;
        }
        rest = &fraction[after..];
    } else if before == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

fn float(text: &str) -> Option<Resolved<'static>> {
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Resolved::Float)
}

/// The forms go-yaml takes: a date; a date and a time with a blank between; or with `T` and a time zone.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let year = bytes[..4].iter().fold(0, |year, digit| year * 10 + u32::from(digit - b'0'));
    let mut rest = &text[5..];
    let Some(month) = short_number(&mut rest, 1, 12) else { return false };
    if !take(&mut rest, "-") {
        return false;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
    if short_number(&mut rest, 1, days).is_none() {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    let zoned = take(&mut rest, "T") || take(&mut rest, "t");
    (zoned || take(&mut rest, " ")) && is_time(&mut rest) && if zoned { is_zone(rest) } else { rest.is_empty() }
}

fn is_time(rest: &mut &str) -> bool {
    let whole = short_number(rest, 0, 23).is_some()
        && take(rest, ":")
        && short_number(rest, 0, 59).is_some()
        && take(rest, ":")
        && short_number(rest, 0, 59).is_some();
    if whole && let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return false;
        }
        *rest = &fraction[digits..];
    }
    whole
}

fn is_zone(mut rest: &str) -> bool {
    if rest == "Z" {
        return true;
    }
    let two = |rest: &mut &str, most| {
        rest.len() >= 2 && rest.as_bytes()[1].is_ascii_digit() && short_number(rest, 0, most).is_some()
    };
    (take(&mut rest, "+") || take(&mut rest, "-"))
        && two(&mut rest, 24)
        && take(&mut rest, ":")
        && two(&mut rest, 60)
        && rest.is_empty()
}

fn take(rest: &mut &str, prefix: &str) -> bool {
    rest.strip_prefix(prefix).map(|after| *rest = after).is_some()
}

/// One or two digits.
fn short_number(rest: &mut &str, least: u32, most: u32) -> Option<u32> {
    let length = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let value = rest[..length].parse().ok()?;
    *rest = &rest[length..];
    (least..=most).contains(&value).then_some(value)
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = 0u32;
    let (mut filled, mut padding) = (0, 0);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if filled >= 2 => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        group = group << 6 | u32::from(value);
        filled += 1;
        if filled == 4 {
            bytes.extend_from_slice(&group.to_be_bytes()[1..4 - padding]);
            (group, filled) = (0, 0);
        }
    }
    (filled == 0 && padding <= 2).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars() {
        let cases = [
            ("10", Resolved::Integer(10)),
            ("+5", Resolved::Integer(5)),
            ("0755", Resolved::Integer(0o755)),
            ("0o755", Resolved::Integer(0o755)),
            ("-0x1F", Resolved::Integer(-31)),
            ("0b101", Resolved::Integer(5)),
            ("1_000", Resolved::Integer(1000)),
            ("-9223372036854775808", Resolved::Integer(i64::MIN)),
            ("18446744073709551615", Resolved::Unsigned(u64::MAX)),
            ("123456789012345678901234567890", Resolved::Float(1.234_567_890_123_456_8e29)),
            ("08", Resolved::Float(8.0)),
            ("1.50", Resolved::Float(1.5)),
            ("1e3", Resolved::Float(1000.0)),
            (".5", Resolved::Float(0.5)),
            ("1.", Resolved::Float(1.0)),
            ("-.inf", Resolved::Float(f64::NEG_INFINITY)),
            ("Null", Resolved::Null),
            ("", Resolved::Null),
            ("True", Resolved::Bool(true)),
            ("2024-1-31", Resolved::Timestamp("2024-1-31")),
            ("2024-01-31T10:00:00.5+02:00", Resolved::Timestamp("2024-01-31T10:00:00.5+02:00")),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve_plain(text), expected, "{text}");
        }
        let texts = [
            "yes",
            "1.2.3",
            "12:30:45",
            "2024-02-30",
            "0x",
            "1e400",
            "-",
            "+",
            ".",
            "tRue",
            "2024-01-31T10:00:00",
            "--1",
            "0o+1",
        ];
        for text in texts {
            assert_eq!(resolve_plain(text), Resolved::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn tags() {
        let cases = [
            ("5", Style::DoubleQuoted, None, Ok(Resolved::Text("5".into()))),
            ("5", Style::DoubleQuoted, Some("!!int"), Ok(Resolved::Integer(5))),
            ("5", Style::Plain, Some("!!str"), Ok(Resolved::Text("5".into()))),
            ("5", Style::Plain, Some("!!float"), Ok(Resolved::Float(5.0))),
            ("5", Style::Plain, Some("!mine"), Ok(Resolved::Text("5".into()))),
            ("aGVsbG8=", Style::Plain, Some("!!binary"), Ok(Resolved::Text("hello".into()))),
            ("x", Style::Plain, Some("!!int"), Err("yaml: cannot decode !!str `x` as a !!int".to_owned())),
        ];
        for (text, style, tag, expected) in cases {
            let scalar = Scalar { text: text.into(), style, ..Scalar::default() };
            assert_eq!(scalar.resolve(tag), expected, "{text} {tag:?}");
        }
    }
}
