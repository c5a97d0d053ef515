//! Sizes in bytes: `512m`, `1.5g`, `64 MiB`; every unit counts in steps of 1024 (semantics P42).

use super::{FormatError, number};

/// Bytes of a size.
pub fn parse(text: &str) -> Result<i64, FormatError> {
    let invalid = || FormatError::whole(format!("invalid size: '{text}'"), text);
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').ok_or_else(invalid)?;
    let suffix = &text[last + 1..];
    let number = text[..=last].strip_suffix(' ').unwrap_or(&text[..=last]);
    let value = number::parse_float(number).map_err(|error| FormatError::at(error.docker, text, number))?;
    if value < 0.0 {
        return Err(invalid());
    }
    // Go names the suffix in lower case, unless it is too long to be one.
    let lower = if suffix.len() > 3 { suffix.to_owned() } else { suffix.to_lowercase() };
    let bad = || FormatError::at(format!("invalid suffix: '{lower}'"), text, suffix);
    let mut letters = lower.chars();
    let scale = match letters.next() {
        None => 1.0,
        Some('b') if lower == "b" => 1.0,
        Some(letter) => {
            let power = "kmgtp".find(letter).ok_or_else(bad)? as i32 + 1;
            if !matches!(letters.as_str(), "" | "b" | "ib") {
                return Err(bad());
            }
            1024f64.powi(power)
        }
    };
    Ok((value * scale) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let cases = [
            ("512", 512),
            ("512b", 512),
            ("512K", 524_288),
            ("1.5g", 1_610_612_736),
            ("64 mb", 67_108_864),
            ("64MiB", 67_108_864),
            ("1e3", 1000),
            ("1t", 1 << 40),
            ("1p", 1 << 50),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refusals() {
        let cases = [
            ("lots", "invalid size: 'lots'"),
            ("5X", "invalid suffix: 'x'"),
            ("5Bytes", "invalid suffix: 'Bytes'"),
            ("5bi", "invalid suffix: 'bi'"),
            ("-5m", "invalid size: '-5m'"),
            ("1.2.3m", "strconv.ParseFloat: parsing \"1.2.3\": invalid syntax"),
            ("", "invalid size: ''"),
            (" m", "strconv.ParseFloat: parsing \"\": invalid syntax"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap_err().docker, expected);
        }
    }
}
