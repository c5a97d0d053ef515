//! What a scalar means: null, boolean, number, date or string, as go-yaml v3 resolves it (semantics L40).
//! Must not know where it stands.

use super::format::number::parse_float;
use super::value::Data;
use crate::yaml::{Scalar, Style};

/// The value of a scalar with an explicit tag (`!!int`) or none. The error is go-yaml's, without `yaml: `.
pub fn resolve(scalar: &Scalar, tag: Option<&str>) -> Result<Data, String> {
    let text = scalar.text.as_str();
    let quoted = scalar.style != Style::Plain;
    match tag {
        None | Some("!") if quoted => return Ok(Data::text(text)),
        Some("!!str" | "!!binary") => return Ok(Data::text(text)),
        None | Some("!" | "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp") => {}
        Some(_) => return Ok(Data::text(text)),
    }
    let data = plain(text, matches!(tag, None | Some("!" | "!!timestamp")));
    let found = tag_of(&data);
    match tag {
        None | Some("!") => Ok(data),
        Some(tag) if tag == found => Ok(data),
        Some("!!float") => match data {
            Data::Integer(number) => Ok(Data::Float(number as f64)),
            _ => Err(mismatch(found, text, "!!float")),
        },
        Some(tag) => Err(mismatch(found, text, tag)),
    }
}

fn mismatch(found: &str, text: &str, tag: &str) -> String {
    format!("cannot decode {found} `{text}` as a {tag}")
}

fn tag_of(data: &Data) -> &'static str {
    match data {
        Data::Null => "!!null",
        Data::Bool(_) => "!!bool",
        Data::Integer(_) | Data::Unsigned(_) => "!!int",
        Data::Float(_) => "!!float",
        Data::Timestamp(_) => "!!timestamp",
        _ => "!!str",
    }
}

fn plain(text: &str, dates: bool) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Data::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Data::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Data::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' => number(text, dates),
        b'.' => parse_float(text).map_or_else(|_| Data::text(text), Data::Float),
        _ => Data::text(text),
    }
}

fn number(text: &str, dates: bool) -> Data {
    if dates && is_date(text) {
        return Data::Timestamp(text.into());
    }
    let digits = text.replace('_', "");
    if let Some(number) = whole(&digits) {
        return number;
    }
    if is_fraction(&digits)
        && let Ok(number) = digits.parse::<f64>()
    {
        return Data::Float(number);
    }
    Data::text(text)
}

/// A whole number as `strconv.ParseInt` reads it with base 0: a leading `0` is octal.
fn whole(text: &str) -> Option<Data> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match prefix.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u128::from_str_radix(digits, base).ok()?;
    let signed = i128::try_from(value).ok().map(|value| if negative { -value } else { value })?;
    if let Ok(number) = i64::try_from(signed) {
        return Some(Data::Integer(number));
    }
    u64::try_from(signed).ok().filter(|_| !text.starts_with('+')).map(Data::Unsigned)
}

/// Whether a text is a decimal fraction: digits, a point, an exponent.
fn is_fraction(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some_digit = !before.is_empty() || !after.is_empty();
    let exponent_fits = exponent.is_none_or(|part| {
        let digits = part.strip_prefix(['+', '-']).unwrap_or(part);
        !digits.is_empty() && all_digits(digits)
    });
    some_digit && all_digits(before) && all_digits(after) && exponent_fits
}

/// Whether a text is a date, or a date and a time.
fn is_date(text: &str) -> bool {
    if text.len() < 8 || !text.as_bytes()[..4].iter().all(u8::is_ascii_digit) || text.as_bytes()[4] != b'-' {
        return false;
    }
    let end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let mut parts = text[..end].split('-');
    let numbers: Vec<Option<u32>> = parts.by_ref().map(|part| part.parse().ok().filter(|_| part.len() <= 4)).collect();
    let [Some(year), Some(month), Some(day)] = numbers[..] else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day) && (end == text.len() || is_time(&text[end..]))
}

/// Whether a text is the time of a date: after `T` with a zone, after a space without one.
fn is_time(text: &str) -> bool {
    let spaced = text.starts_with(' ');
    let time = &text[1..];
    let zone = time.find(['Z', '+', '-']);
    if spaced == zone.is_some() {
        return false;
    }
    let clock = &time[..zone.unwrap_or(time.len())];
    let whole = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let numbers: Vec<Option<u32>> =
        whole.split(':').map(|part| part.parse().ok().filter(|_| matches!(part.len(), 1 | 2))).collect();
    matches!(numbers[..], [Some(hour), Some(minute), Some(second)] if hour < 24 && minute < 60 && second < 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Data {
        resolve(&Scalar { text: text.into(), ..Scalar::default() }, None).expect("a plain scalar resolves")
    }

    #[test]
    fn plain_scalars_read_as_go_yaml_reads_them() {
        for (text, expected) in [
            ("0123", Data::Integer(83)),
            ("0o123", Data::Integer(83)),
            ("08080", Data::Float(8080.0)),
            ("1.10", Data::Float(1.1)),
            ("-1_000", Data::Integer(-1000)),
            ("0x1F", Data::Integer(31)),
            ("22:22", Data::text("22:22")),
            ("yes", Data::text("yes")),
            ("1e3", Data::Float(1000.0)),
            ("1.2.3", Data::text("1.2.3")),
            ("-", Data::text("-")),
            ("2024-01-31", Data::Timestamp("2024-01-31".into())),
            ("2024-02-31", Data::text("2024-02-31")),
            ("18446744073709551615", Data::Unsigned(u64::MAX)),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }
}
