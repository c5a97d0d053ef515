//! Values of one type made into another.

use super::decimal::Decimal;
use super::dialect::Dialect;
use super::kind::Kind;
use super::moment::{self, DAY, Interval};
use super::problem::Problem;
use super::value::Value;

/// The value as one of that type.
pub fn cast(value: &Value, kind: &Kind, dialect: Dialect) -> Result<Value, Problem> {
    let wrong = |text: &str| Problem::WrongValue { kind: kind.clone(), text: text.to_string() };
    if value.is_null() {
        return Ok(Value::Null);
    }
    let text = value.shown(dialect);
    Ok(match kind {
        Kind::Unknown | Kind::Void => value.clone(),
        Kind::Boolean => boolean(value, dialect).ok_or_else(|| wrong(&text))?,
        Kind::Small | Kind::Integer | Kind::Big => whole(value, kind, dialect)?,
        Kind::Numeric(exact) => {
            let number = match value.to_decimal() {
                Some(number) => number,
                None if dialect.is_mysql() => Decimal::whole(leading_number(&text) as i64),
                None => return Err(wrong(&text)),
            };
            Value::Numeric(fitted(number, *exact)?)
        }
        Kind::Real | Kind::Double => match value.to_float() {
            Some(number) if *kind == Kind::Real => {
                Value::Double(format!("{}", number as f32).parse().unwrap_or(number))
            }
            Some(number) => Value::Double(number),
            None if dialect.is_mysql() => Value::Double(leading_number(&text)),
            None => return Err(wrong(&text)),
        },
        Kind::Text | Kind::Varying(None) => Value::Text(boolean_word(value, dialect).unwrap_or(text)),
        Kind::Varying(Some(most)) => Value::Text(text.chars().take(*most as usize).collect()),
        Kind::Character(most) => {
            Value::Text(padded(&text.chars().take(*most as usize).collect::<String>(), *most, dialect))
        }
        Kind::Opaque(name) => opaque(name, text).map_err(|text| wrong(&text))?,
        _ => moment_of(value, kind, &text).ok_or_else(|| wrong(&text))?,
    })
}

/// `true` and `false` in full, as a cast to text writes them.
fn boolean_word(value: &Value, dialect: Dialect) -> Option<String> {
    match value {
        Value::Boolean(value) if !dialect.is_mysql() => Some(value.to_string()),
        _ => None,
    }
}

fn padded(text: &str, length: u32, dialect: Dialect) -> String {
    if dialect.is_mysql() { text.trim_end().to_string() } else { format!("{text:<width$}", width = length as usize) }
}

fn boolean(value: &Value, dialect: Dialect) -> Option<Value> {
    let truth = match value {
        Value::Boolean(value) => *value,
        Value::Integer(number) => {
            if dialect.is_mysql() {
                return Some(Value::Integer(*number));
            }
            *number != 0
        }
        Value::Text(text) => {
            let text = text.trim().to_lowercase();
            let is_one = |words: &[&str]| !text.is_empty() && words.iter().any(|word| word.starts_with(&text));
            if text == "on" || text == "1" || is_one(&["true", "yes"]) {
                true
            } else if text == "off" || text == "of" || text == "0" || is_one(&["false", "no"]) {
                false
            } else {
                return None;
            }
        }
        _ => return None,
    };
    Some(Value::Boolean(truth))
}

fn whole(value: &Value, kind: &Kind, dialect: Dialect) -> Result<Value, Problem> {
    let text = value.shown(dialect);
    let number = match value {
        Value::Integer(number) => *number,
        Value::Boolean(value) => i64::from(*value),
        Value::Numeric(number) => number.to_whole().ok_or(Problem::OutOfRange(kind.clone()))?,
        // PostgreSQL rounds floating numbers to the even neighbour.
        Value::Double(number) if number.abs() < 9.2e18 => number.round_ties_even() as i64,
        Value::Text(_) if dialect.is_mysql() => leading_number(&text).round() as i64,
        Value::Text(_) => match text.trim().parse::<i64>() {
            Ok(number) => number,
            Err(_)
                if text.trim().trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
                    && text.trim().len() > 18 =>
            {
                return Err(Problem::OutOfRange(kind.clone()));
            }
            Err(_) => return Err(Problem::WrongValue { kind: kind.clone(), text }),
        },
        _ => return Err(Problem::WrongValue { kind: kind.clone(), text }),
    };
    let fits = match kind {
        Kind::Small => i16::try_from(number).is_ok(),
        Kind::Integer => i32::try_from(number).is_ok(),
        _ => true,
    };
    if !fits {
        return Err(match value {
            Value::Text(_) => Problem::InvalidInput { kind: kind.clone(), text, column: String::new(), row: 0 },
            _ => Problem::OutOfRange(kind.clone()),
        });
    }
    Ok(Value::Integer(number))
}

/// The number a text begins with; 0 if it begins with none (MySQL).
pub fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let ends = (1..=text.len()).rev().filter(|end| text.is_char_boundary(*end));
    ends.filter_map(|end| text[..end].parse::<f64>().ok()).find(|number| number.is_finite()).unwrap_or(0.0)
}

fn fitted(number: Decimal, exact: Option<(u32, u32)>) -> Result<Decimal, Problem> {
    let Some((precision, scale)) = exact else { return Ok(number) };
    let overflow = Problem::NumericOverflow { precision, scale, column: String::new(), row: 0 };
    let rounded = number.rounded(scale).ok_or(overflow.clone())?;
    if rounded.whole_digits() > precision.saturating_sub(scale) as usize {
        return Err(overflow);
    }
    Ok(rounded)
}

fn moment_of(value: &Value, kind: &Kind, text: &str) -> Option<Value> {
    let moment = || value.to_moment().or_else(|| moment::parse_moment(text));
    Some(match kind {
        Kind::Date => Value::Date(moment()?.div_euclid(DAY)),
        Kind::Timestamp => Value::Timestamp(moment()?),
        Kind::TimestampZone => Value::TimestampZone(moment()?),
        Kind::Time => match value {
            Value::Time(micros) => Value::Time(*micros),
            Value::Text(text) => Value::Time(moment::parse_time(text)?),
            other => Value::Time(other.to_moment()?.rem_euclid(DAY)),
        },
        Kind::Interval => match value {
            Value::Interval(interval) => Value::Interval(*interval),
            Value::Time(micros) => Value::Interval(Interval { micros: *micros, ..Interval::default() }),
            _ => Value::Interval(Interval::parse(text)?),
        },
        _ => return None,
    })
}

/// JSON and UUID are checked; the others are taken as they are.
fn opaque(name: &str, text: String) -> Result<Value, String> {
    match name {
        "json" | "jsonb" => match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) if name == "json" => Ok(Value::Text(text)),
            Ok(value) => Ok(Value::Text(json_text(&value))),
            Err(_) => Err(text),
        },
        "uuid" => {
            let plain: String = text.chars().filter(|c| !"-{}".contains(*c)).collect::<String>().to_lowercase();
            if plain.len() != 32 || !plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(text);
            }
            let parts = [&plain[..8], &plain[8..12], &plain[12..16], &plain[16..20], &plain[20..]];
            Ok(Value::Text(parts.join("-")))
        }
        _ => Ok(Value::Text(text)),
    }
}

/// JSON as `jsonb` writes it: a blank after each colon and comma, shorter keys first.
pub fn json_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(json_text).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_by_key(|name| (name.len(), name.as_str()));
            let pair = |name: &&String| {
                format!("{}: {}", serde_json::Value::String((*name).clone()), json_text(&fields[*name]))
            };
            format!("{{{}}}", names.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The value as a column of that type takes it: too long texts are refused.
pub fn assign(value: &Value, kind: &Kind, dialect: Dialect) -> Result<Value, Problem> {
    if let (Kind::Varying(Some(most)) | Kind::Character(most), false) = (kind, value.is_null()) {
        let text = value.shown(dialect);
        let length = text.trim_end_matches(' ').chars().count();
        if length > *most as usize {
            return Err(Problem::TooLong { kind: kind.clone(), column: String::new(), row: 0 });
        }
    }
    if dialect.is_mysql()
        && let Value::Text(text) = value
    {
        let is_number = text.trim().parse::<f64>().is_ok();
        if kind.is_number() && !is_number {
            let text = text.clone();
            return Err(Problem::InvalidInput { kind: kind.clone(), text, column: String::new(), row: 0 });
        }
    }
    cast(value, kind, dialect)
}

/// Two operands of a comparison as values of one type: a text beside another type is read as that type.
pub fn level(left: Value, right: Value, dialect: Dialect) -> Result<(Value, Value), Problem> {
    let as_other = |text: &Value, other: &Value| {
        let kind = other.kind();
        if dialect.is_mysql() && (kind.is_number() || kind == Kind::Boolean) {
            return Ok(text.clone());
        }
        let kind = if kind.is_number() && kind.is_whole() { Kind::Big } else { kind };
        match cast(text, &kind, dialect) {
            Err(_) if dialect.is_mysql() => Ok(text.clone()),
            result => result,
        }
    };
    Ok(match (&left, &right) {
        (Value::Text(_), Value::Text(_)) | (Value::Null, _) | (_, Value::Null) => (left, right),
        (Value::Text(_), other) => (as_other(&left, other)?, right),
        (other, Value::Text(_)) => {
            let right = as_other(&right, other)?;
            (left, right)
        }
        _ => (left, right),
    })
}
