//! Durations: `1m30s`, `1d`, `500ms` (semantics P40).

use super::FormatError;

const UNITS: [(&str, u64); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{B5}s", 1_000),
    ("\u{3BC}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

const LIMIT: u64 = 1 << 63;

/// Nanoseconds of a duration.
pub fn parse(text: &str) -> Result<i64, FormatError> {
    let invalid = || FormatError::whole(format!("time: invalid duration \"{text}\""), text);
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let part = take_part(&mut rest, text, invalid)?;
        total = total.checked_add(part).filter(|total| *total <= LIMIT).ok_or_else(invalid)?;
    }
    match (negative, total) {
        (true, LIMIT) => Ok(i64::MIN),
        (true, total) => Ok(-(total as i64)),
        (false, total) => i64::try_from(total).map_err(|_| invalid()),
    }
}

/// One number with its unit.
fn take_part(rest: &mut &str, text: &str, invalid: impl Fn() -> FormatError) -> Result<u64, FormatError> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, after) = rest.split_at(digits(rest));
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => after.split_at(digits(after)),
        None => ("", after),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let number = &rest[..rest.len() - after.len()];
    let unit_length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
    let (unit, after) = after.split_at(unit_length);
    if unit.is_empty() {
        return Err(FormatError::at(format!("time: missing unit in duration \"{text}\""), text, number));
    }
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(FormatError::at(format!("time: unknown unit \"{unit}\" in duration \"{text}\""), text, unit));
    };
    *rest = after;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
    let value = whole.checked_mul(*scale).filter(|value| *value <= LIMIT).ok_or_else(&invalid)?;
    Ok(value + fraction_of(fraction, *scale))
}

fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut value = 0u64;
    let mut scale = 1f64;
    for digit in digits.bytes() {
        let Some(next) = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0'))) else {
            break;
        };
        if next >= LIMIT {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

/// A duration as Go prints it: `1m30s`, `24h0m0s`, `1.5s`, `100µs`.
pub fn print(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let (unit, name) = match total {
        0 => return "0s".to_owned(),
        1..=999 => return format!("{sign}{total}ns"),
        1_000..=999_999 => (1_000, "\u{B5}s"),
        1_000_000..=999_999_999 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let (mut whole, part) = (total / unit, total % unit);
    let mut printed = sign.to_owned();
    if name == "s" {
        if whole >= 3600 {
            printed.push_str(&format!("{}h", whole / 3600));
        }
        if whole >= 60 {
            printed.push_str(&format!("{}m", whole / 60 % 60));
        }
        whole %= 60;
    }
    printed.push_str(&whole.to_string());
    if part > 0 {
        let width = unit.ilog10() as usize;
        let fraction = format!("{part:0width$}");
        printed.push('.');
        printed.push_str(fraction.trim_end_matches('0'));
    }
    printed + name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            ("1m30s", "1m30s"),
            ("1d12h", "36h0m0s"),
            ("1w", "168h0m0s"),
            ("1.5s", "1.5s"),
            ("100us", "100µs"),
            ("-1h", "-1h0m0s"),
            ("0", "0s"),
            ("+0", "0s"),
            (".5s", "500ms"),
            ("1h.5m", "1h0m30s"),
            ("1500ns", "1.5µs"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(print).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refusals() {
        let cases = [
            ("30", "time: missing unit in duration \"30\"", "30"),
            ("1m30", "time: missing unit in duration \"1m30\"", "30"),
            ("5x", "time: unknown unit \"x\" in duration \"5x\"", "x"),
            ("soon", "time: invalid duration \"soon\"", "soon"),
            ("", "time: invalid duration \"\"", ""),
            ("1 s", "time: unknown unit \" s\" in duration \"1 s\"", " s"),
            (".s", "time: invalid duration \".s\"", ".s"),
            ("9999999999999w", "time: invalid duration \"9999999999999w\"", "9999999999999w"),
        ];
        for (text, docker, part) in cases {
            let error = parse(text).unwrap_err();
            assert_eq!(
                (error.docker.as_str(), &text[error.range.start as usize..error.range.end as usize]),
                (docker, part)
            );
        }
    }
}
