//! Numbers and booleans as Go reads them from a text (semantics L36).

use super::FormatError;
use super::quote::quote;

fn refuse(function: &str, text: &str, reason: &str) -> FormatError {
    FormatError::whole(format!("strconv.{function}: parsing {}: {reason}", quote(text)), text)
}

fn decimal<T: TryFrom<i128>>(text: &str, function: &str) -> Result<T, FormatError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse(function, text, "invalid syntax"));
    }
    let value = text.parse::<i128>().ok().and_then(|value| T::try_from(value).ok());
    value.ok_or_else(|| refuse(function, text, "value out of range"))
}

/// A whole number as `strconv.Atoi` reads it.
pub fn atoi(text: &str) -> Result<i64, FormatError> {
    decimal(text, "Atoi")
}

/// A whole number as `strconv.ParseInt` reads it, in base 10.
pub fn parse_int(text: &str) -> Result<i64, FormatError> {
    decimal(text, "ParseInt")
}

/// A whole number without sign as `strconv.ParseUint` reads it, in base 10.
pub fn parse_uint(text: &str) -> Result<u64, FormatError> {
    if text.starts_with(['-', '+']) {
        return Err(refuse("ParseUint", text, "invalid syntax"));
    }
    decimal(text, "ParseUint")
}

/// A number as `strconv.ParseFloat` reads it, but for hexadecimal fractions.
pub fn parse_float(text: &str) -> Result<f64, FormatError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).to_ascii_lowercase();
    let word = matches!(unsigned.as_str(), "inf" | "infinity" | "nan" | "+inf");
    let syntax = || refuse("ParseFloat", text, "invalid syntax");
    if text.contains('_') || (unsigned == "nan" && text.len() > 3) {
        return Err(syntax());
    }
    let value = text.parse::<f64>().map_err(|_| syntax())?;
    if value.is_infinite() && !word { Err(refuse("ParseFloat", text, "value out of range")) } else { Ok(value) }
}

/// A boolean, and the warning Compose prints for the spellings of YAML 1.1.
pub fn parse_boolean(text: &str) -> Result<(bool, Option<String>), FormatError> {
    let old = |value: bool| {
        let warning = format!("{} for boolean is not supported by YAML 1.2, please use `{value}`", quote(text));
        Ok((value, Some(warning)))
    };
    match text.to_lowercase().as_str() {
        "true" => Ok((true, None)),
        "false" => Ok((false, None)),
        "y" | "yes" | "on" => old(true),
        "n" | "no" | "off" => old(false),
        _ => Err(FormatError::whole(format!("invalid boolean: {text}"), text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(atoi("+5"), Ok(5));
        assert_eq!(atoi("x\"").unwrap_err().docker, "strconv.Atoi: parsing \"x\\\"\": invalid syntax");
        assert_eq!(atoi("").unwrap_err().docker, "strconv.Atoi: parsing \"\": invalid syntax");
        assert_eq!(
            atoi("99999999999999999999").unwrap_err().docker,
            "strconv.Atoi: parsing \"99999999999999999999\": value out of range"
        );
        assert_eq!(parse_uint("-1").unwrap_err().docker, "strconv.ParseUint: parsing \"-1\": invalid syntax");
        assert_eq!(parse_float("1e3"), Ok(1000.0));
        assert_eq!(
            parse_float("1e999").unwrap_err().docker,
            "strconv.ParseFloat: parsing \"1e999\": value out of range"
        );
        assert_eq!(parse_float("a").unwrap_err().docker, "strconv.ParseFloat: parsing \"a\": invalid syntax");
    }

    #[test]
    fn booleans() {
        assert_eq!(parse_boolean("TRUE"), Ok((true, None)));
        let warning = "\"No\" for boolean is not supported by YAML 1.2, please use `false`";
        assert_eq!(parse_boolean("No"), Ok((false, Some(warning.into()))));
        assert_eq!(parse_boolean("perhaps").unwrap_err().docker, "invalid boolean: perhaps");
    }
}
