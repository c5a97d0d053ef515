//! Decoding of single values. Must not know attributes.

use super::super::attributes::Decoded;
use super::super::format::{command_line, duration, number, size};
use super::super::value::{Data, Value};
use super::{Outcome, unconvertible};

/// A value decoded to a scalar kind; `None` if the kind is none.
pub fn decode(decoded: Decoded, value: &Value) -> Option<Outcome> {
    Some(match decoded {
        Decoded::Text => text(value),
        Decoded::Integer(kind) | Decoded::OptionalInteger(kind) => integer(kind, value),
        Decoded::Unsigned(kind) | Decoded::OptionalUnsigned(kind) => unsigned(kind, value),
        Decoded::Single | Decoded::Cpus => single(value),
        Decoded::Duration | Decoded::OptionalDuration => {
            duration::parse(&value.go_text()).map(Data::Duration).map_err(|error| error.docker)
        }
        Decoded::Bytes => bytes(value),
        Decoded::DeviceCount => device_count(value),
        Decoded::FileMode => file_mode(value),
        Decoded::Command => command(value),
        Decoded::HealthTest => health_test(value),
        _ => return None,
    })
}

/// A string; a whole number becomes one.
pub fn text(value: &Value) -> Outcome {
    match &value.data {
        Data::Text(text) => Ok(Data::Text(text.clone())),
        Data::Null => Ok(Data::text("")),
        Data::Integer(_) | Data::Unsigned(_) => Ok(Data::Text(value.go_text())),
        Data::Bool(flag) => Ok(Data::text(if *flag { "true" } else { "false" })),
        _ => Err(unconvertible("string", value)),
    }
}

fn integer(kind: &str, value: &Value) -> Outcome {
    match &value.data {
        Data::Integer(number) => Ok(Data::Integer(*number)),
        Data::Unsigned(number) => Ok(Data::Integer(*number as i64)),
        Data::Float(number) => Ok(Data::Integer(*number as i64)),
        Data::Null => Ok(Data::Integer(0)),
        Data::Text(text) if kind == "int" => number::atoi(text).map(Data::Integer).map_err(|error| error.docker),
        Data::Text(text) => number::parse_int(text).map(Data::Integer).map_err(|error| error.docker),
        _ => Err(unconvertible(kind, value)),
    }
}

fn unsigned(kind: &str, value: &Value) -> Outcome {
    let number = match &value.data {
        Data::Unsigned(number) => return Ok(Data::Unsigned(*number)),
        Data::Integer(number) => *number,
        Data::Float(number) if *number < 0.0 => {
            return Err(format!("cannot parse value as '{kind}': {number:.6} overflows uint"));
        }
        Data::Float(number) => *number as i64,
        Data::Null => 0,
        Data::Text(text) if kind == "uint64" => number::parse_int(text).map_err(|error| error.docker)?,
        _ => return Err(unconvertible(kind, value)),
    };
    if number < 0 {
        return Err(format!("cannot parse value as '{kind}': {number} overflows uint"));
    }
    // The library does not look whether the number fits: what is too long loses its upper bits.
    Ok(Data::Integer(match kind {
        "uint16" => number & 0xFFFF,
        "uint32" => number & 0xFFFF_FFFF,
        _ => number,
    }))
}

fn single(value: &Value) -> Outcome {
    match &value.data {
        Data::Integer(number) => Ok(Data::Single(*number as f32)),
        Data::Unsigned(number) => Ok(Data::Single(*number as f32)),
        Data::Float(number) => Ok(Data::Single(*number as f32)),
        Data::Single(number) => Ok(Data::Single(*number)),
        Data::Null => Ok(Data::Single(0.0)),
        Data::Text(text) => {
            number::parse_float(text).map(|number| Data::Single(number as f32)).map_err(|error| error.docker)
        }
        _ => Err(unconvertible("float32", value)),
    }
}

fn bytes(value: &Value) -> Outcome {
    match &value.data {
        Data::Text(text) => size::parse(text).map(Data::Bytes).map_err(|error| error.docker),
        Data::Integer(number) => Ok(Data::Bytes(*number)),
        Data::Unsigned(number) => Ok(Data::Bytes(*number as i64)),
        Data::Float(number) => Ok(Data::Bytes(*number as i64)),
        _ => Ok(Data::Bytes(0)),
    }
}

fn device_count(value: &Value) -> Outcome {
    match &value.data {
        Data::Integer(number) => Ok(Data::Integer(*number)),
        Data::Text(text) if text.eq_ignore_ascii_case("all") => Ok(Data::Integer(-1)),
        Data::Text(text) => number::parse_int(text)
            .map(Data::Integer)
            .map_err(|_| format!("invalid value \"{text}\", the only value allowed is 'all' or a number")),
        _ => Err(format!("invalid type {} for device count", value.go_type())),
    }
}

fn file_mode(value: &Value) -> Outcome {
    match &value.data {
        Data::Integer(number) => Ok(Data::Text(format!("0{number:o}").into())),
        Data::Text(text) => {
            i64::from_str_radix(text, 8).map(|mode| Data::Text(format!("0{mode:o}").into())).map_err(|_| {
                format!("strconv.ParseInt: parsing {}: invalid syntax", super::super::format::quote::quote(text))
            })
        }
        _ => Err(format!("unexpected value type {} for mode", value.go_type())),
    }
}

fn words(words: impl IntoIterator<Item = String>, value: &Value) -> Data {
    let word = |word: String| Value::new(Data::Text(word.into()), value.span);
    Data::Sequence(words.into_iter().map(word).collect())
}

fn command(value: &Value) -> Outcome {
    match &value.data {
        Data::Text(text) => {
            command_line::split(text).map(|line| words(line.words, value)).map_err(|error| error.docker)
        }
        Data::Sequence(items) => Ok(Data::Sequence(items.iter().map(as_text).collect())),
        _ => Ok(Data::Null),
    }
}

fn health_test(value: &Value) -> Outcome {
    match &value.data {
        Data::Text(text) => Ok(words(["CMD-SHELL".to_string(), text.to_string()], value)),
        Data::Sequence(items) => Ok(Data::Sequence(items.iter().map(as_text).collect())),
        _ => Err(format!("unexpected value type {} for healthcheck.test", value.go_type())),
    }
}

fn as_text(item: &Value) -> Value {
    Value::new(Data::Text(item.go_text()), item.span)
}
