//! Operators on values.

use super::cast::level;
use super::decimal::Decimal;
use super::dialect::Dialect;
use super::kind::Kind;
use super::moment::{self, DAY, Interval};
use super::problem::Problem;
use super::value::Value;
use std::cmp::Ordering;

/// The result of an operator, AND and OR apart.
pub fn apply(operator: &str, left: Value, right: Value, dialect: Dialect) -> Result<Value, Problem> {
    match operator {
        "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" => {
            let (left, right) = level(left, right, dialect)?;
            let order = left.compare(&right, dialect);
            Ok(order.map_or(Value::Null, |order| Value::Boolean(holds(operator, order))))
        }
        "<=>" => {
            let (left, right) = level(left, right, dialect)?;
            Ok(Value::Boolean(left.is_same(&right, dialect)))
        }
        _ if left.is_null() || right.is_null() => Ok(Value::Null),
        "||" => Ok(Value::Text(format!("{}{}", word(&left, dialect), word(&right, dialect)))),
        "->" | "->>" => json_part(&left, &right, operator == "->>"),
        "~" | "~*" | "!~" | "!~*" => Err(Problem::Unsupported("regular expressions".to_string())),
        _ => arithmetic(operator, left, right, dialect),
    }
}

fn holds(operator: &str, order: Ordering) -> bool {
    match operator {
        "=" => order.is_eq(),
        "<>" | "!=" => order.is_ne(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        _ => order.is_ge(),
    }
}

/// A value as text: booleans in full.
pub fn word(value: &Value, dialect: Dialect) -> String {
    match value {
        Value::Boolean(value) if !dialect.is_mysql() => value.to_string(),
        other => other.shown(dialect),
    }
}

fn json_part(left: &Value, right: &Value, as_text: bool) -> Result<Value, Problem> {
    let text = left.shown(Dialect::Postgres);
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { return Ok(Value::Null) };
    let part = match right {
        Value::Integer(at) => usize::try_from(*at).ok().and_then(|at| json.get(at)),
        other => json.get(other.shown(Dialect::Postgres)),
    };
    Ok(match part {
        None => Value::Null,
        Some(serde_json::Value::Null) if as_text => Value::Null,
        Some(serde_json::Value::String(text)) if as_text => Value::Text(text.clone()),
        Some(part) => Value::Text(super::cast::json_text(part)),
    })
}

fn arithmetic(operator: &str, left: Value, right: Value, dialect: Dialect) -> Result<Value, Problem> {
    if let Some(moment) = with_moments(operator, &left, &right) {
        return Ok(moment);
    }
    let (left, right) = (number(left, &right, dialect)?, number(right, &Value::Null, dialect)?);
    match (&left, &right) {
        (Value::Integer(a), Value::Integer(b)) if operator != "/" || !dialect.is_mysql() => {
            whole(operator, *a, *b, dialect)
        }
        (Value::Double(_), _) | (_, Value::Double(_)) => {
            let (Some(a), Some(b)) = (left.to_float(), right.to_float()) else { return Ok(Value::Null) };
            float(operator, a, b, dialect)
        }
        _ => match (left.to_decimal(), right.to_decimal()) {
            (Some(a), Some(b)) => exact(operator, a, b, dialect),
            _ => {
                Err(Problem::NoSuchOperator { operator: operator.to_string(), left: left.kind(), right: right.kind() })
            }
        },
    }
}

/// A text counts as the number it reads as.
fn number(value: Value, _other: &Value, dialect: Dialect) -> Result<Value, Problem> {
    match &value {
        Value::Text(text) if dialect.is_mysql() => Ok(Value::Double(super::cast::leading_number(text))),
        Value::Text(text) => match (text.trim().parse::<i64>(), Decimal::parse(text)) {
            (Ok(number), _) => Ok(Value::Integer(number)),
            (_, Some(number)) => Ok(Value::Numeric(number)),
            _ => Err(Problem::WrongValue { kind: Kind::Integer, text: text.clone() }),
        },
        Value::Boolean(value) if dialect.is_mysql() => Ok(Value::Integer(i64::from(*value))),
        Value::Date(_) | Value::Timestamp(_) | Value::TimestampZone(_) if dialect.is_mysql() => {
            let digits: String = value.shown(dialect).chars().filter(char::is_ascii_digit).collect();
            Ok(Value::Integer(digits.parse().unwrap_or(0)))
        }
        _ => Ok(value),
    }
}

fn with_moments(operator: &str, left: &Value, right: &Value) -> Option<Value> {
    let signed = |interval: Interval| if operator == "-" { interval.negated() } else { interval };
    if !matches!(operator, "+" | "-" | "*" | "/") {
        return None;
    }
    Some(match (left, right) {
        (Value::Date(a), Value::Date(b)) if operator == "-" => Value::Integer(a - b),
        (Value::Date(days), Value::Integer(more)) => {
            Value::Date(if operator == "-" { days - more } else { days + more })
        }
        (Value::Integer(more), Value::Date(days)) if operator == "+" => Value::Date(days + more),
        (Value::Date(days), Value::Interval(by)) => Value::Timestamp(moment::moved(days * DAY, signed(*by))),
        (Value::Timestamp(moment), Value::Interval(by)) => Value::Timestamp(moment::moved(*moment, signed(*by))),
        (Value::TimestampZone(moment), Value::Interval(by)) => {
            Value::TimestampZone(moment::moved(*moment, signed(*by)))
        }
        (Value::Time(micros), Value::Interval(by)) => Value::Time((micros + signed(*by).micros).rem_euclid(DAY)),
        (Value::Interval(_), Value::Date(_) | Value::Timestamp(_) | Value::TimestampZone(_)) if operator == "+" => {
            return with_moments(operator, right, left);
        }
        (Value::Interval(a), Value::Interval(b)) if operator != "*" => Value::Interval(a.add(signed(*b))),
        (Value::Interval(a), number) if matches!(operator, "*" | "/") => {
            let factor = number.to_float()?;
            Value::Interval(a.times(if operator == "*" { factor } else { 1.0 / factor }))
        }
        (number, Value::Interval(a)) if operator == "*" => Value::Interval(a.times(number.to_float()?)),
        (a, b) if operator == "-" => {
            let micros = a.to_moment()? - b.to_moment()?;
            Value::Interval(Interval { months: 0, days: micros / DAY, micros: micros % DAY })
        }
        _ => return None,
    })
}

fn whole(operator: &str, a: i64, b: i64, dialect: Dialect) -> Result<Value, Problem> {
    let result = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "^" => return Ok(Value::Double((a as f64).powf(b as f64))),
        _ if b == 0 && dialect.is_mysql() => return Ok(Value::Null),
        _ if b == 0 => return Err(Problem::DivisionByZero),
        "/" | "div" => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.map(Value::Integer).ok_or(Problem::OutOfRange(Kind::Big))
}

fn float(operator: &str, a: f64, b: f64, dialect: Dialect) -> Result<Value, Problem> {
    Ok(Value::Double(match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "^" => a.powf(b),
        _ if b == 0.0 && dialect.is_mysql() => return Ok(Value::Null),
        _ if b == 0.0 => return Err(Problem::DivisionByZero),
        "/" => a / b,
        "div" => return Ok(Value::Integer((a / b).trunc() as i64)),
        _ => a % b,
    }))
}

fn exact(operator: &str, a: Decimal, b: Decimal, dialect: Dialect) -> Result<Value, Problem> {
    let result = match operator {
        "+" => a.add(b),
        "-" => a.add(b.negated()),
        "*" => a.multiply(b),
        "^" => Decimal::of_float(a.to_float().powf(b.to_float())).and_then(|power| power.rounded(16)),
        _ if b.is_zero() && dialect.is_mysql() => return Ok(Value::Null),
        _ if b.is_zero() => return Err(Problem::DivisionByZero),
        // MySQL gives a quotient four digits more than the dividend has.
        "/" if dialect.is_mysql() => a.divide(b, a.scale() + 4),
        "/" => a.divide(b, a.quotient_scale(b)),
        "div" => a.divide(b, 10).map(|quotient| quotient.cut(0, 0)),
        _ => a.remainder(b),
    };
    result.map(Value::Numeric).ok_or(Problem::OutOfRange(Kind::Numeric(None)))
}

/// SQL's LIKE: `%` any text, `_` any character, `\` takes the next as it is.
pub fn like(pattern: &str, text: &str, is_sensitive: bool) -> bool {
    let fold = |text: &str| if is_sensitive { text.to_string() } else { text.to_lowercase() };
    let (pattern, text): (Vec<char>, Vec<char>) = (fold(pattern).chars().collect(), fold(text).chars().collect());
    // The places of the pattern that can be reached after so many characters of the text.
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    let spread = |reached: &mut Vec<bool>| {
        for place in 0..pattern.len() {
            if reached[place] && pattern[place] == '%' {
                reached[place + 1] = true;
            }
        }
    };
    spread(&mut reached);
    for c in text {
        let mut next = vec![false; pattern.len() + 1];
        for place in 0..pattern.len() {
            match pattern[place] {
                _ if !reached[place] => {}
                '%' => next[place] = true,
                '\\' if pattern.get(place + 1) == Some(&c) => next[place + 2] = true,
                '_' => next[place + 1] = true,
                own if own == c => next[place + 1] = true,
                _ => {}
            }
        }
        spread(&mut next);
        reached = next;
    }
    reached[pattern.len()]
}
