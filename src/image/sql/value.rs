//! Values of columns, their order and their texts.

use super::decimal::Decimal;
use super::dialect::Dialect;
use super::kind::Kind;
use super::moment::{self, Interval};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// An exact number with a fraction.
    Numeric(Decimal),
    /// A floating number.
    Double(f64),
    /// A text.
    Text(String),
    /// Days since 1970.
    Date(i64),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970, without a zone.
    Timestamp(i64),
    /// Microseconds since 1970.
    TimestampZone(i64),
    /// A span.
    Interval(Interval),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether a condition of this value holds; `None` for NULL.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Null => None,
            Value::Boolean(value) => Some(*value),
            Value::Integer(value) => Some(*value != 0),
            other => Some(other.to_float().is_some_and(|number| number != 0.0)),
        }
    }

    /// As a floating number, if it is a number or a text that reads as one.
    pub fn to_float(&self) -> Option<f64> {
        match self {
            Value::Integer(value) => Some(*value as f64),
            Value::Numeric(value) => Some(value.to_float()),
            Value::Double(value) => Some(*value),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Boolean(value) => Some(f64::from(u8::from(*value))),
            _ => None,
        }
    }

    /// As an exact number.
    pub fn to_decimal(&self) -> Option<Decimal> {
        match self {
            Value::Integer(value) => Some(Decimal::whole(*value)),
            Value::Numeric(value) => Some(*value),
            Value::Double(value) => Decimal::of_float(*value),
            Value::Boolean(value) => Some(Decimal::whole(i64::from(*value))),
            Value::Text(text) => Decimal::parse(text),
            _ => None,
        }
    }

    /// As a moment: microseconds since 1970.
    pub fn to_moment(&self) -> Option<i64> {
        match self {
            Value::Timestamp(moment) | Value::TimestampZone(moment) => Some(*moment),
            Value::Date(days) => Some(days * moment::DAY),
            _ => None,
        }
    }

    /// The type its form shows.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Unknown,
            Value::Boolean(_) => Kind::Boolean,
            Value::Integer(number) => {
                if i32::try_from(*number).is_ok() {
                    Kind::Integer
                } else {
                    Kind::Big
                }
            }
            Value::Numeric(_) => Kind::Numeric(None),
            Value::Double(_) => Kind::Double,
            Value::Text(_) => Kind::Text,
            Value::Date(_) => Kind::Date,
            Value::Time(_) => Kind::Time,
            Value::Timestamp(_) => Kind::Timestamp,
            Value::TimestampZone(_) => Kind::TimestampZone,
            Value::Interval(_) => Kind::Interval,
        }
    }

    /// The order of two values; `None` if one is NULL. Texts are ordered byte by byte, as in the C locale of the images; in
    /// MySQL without case.
    pub fn compare(&self, other: &Value, dialect: Dialect) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) if dialect.is_mysql() => Some(a.to_lowercase().cmp(&b.to_lowercase())),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
            (Value::Interval(a), Value::Interval(b)) => Some(a.length().cmp(&b.length())),
            (a, b) => match (a.to_moment(), b.to_moment()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => a.compare_numbers(b, dialect),
            },
        }
    }

    fn compare_numbers(&self, other: &Value, dialect: Dialect) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (self.to_decimal(), other.to_decimal()) {
            return Some(a.cmp(&b));
        }
        match (self.to_float(), other.to_float()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            // A text that is no number counts as 0 beside one.
            (Some(a), None) if dialect.is_mysql() => a.partial_cmp(&0.0),
            (None, Some(b)) if dialect.is_mysql() => 0.0_f64.partial_cmp(&b),
            _ => Some(self.shown(dialect).cmp(&other.shown(dialect))),
        }
    }

    /// The order for ORDER BY: NULL is the greatest in PostgreSQL, the least in MySQL.
    pub fn order(&self, other: &Value, dialect: Dialect) -> Ordering {
        let by_null = self.is_null().cmp(&other.is_null());
        let by_null = if dialect.is_mysql() { by_null.reverse() } else { by_null };
        self.compare(other, dialect).unwrap_or(by_null)
    }

    /// Whether both are the same for GROUP BY, DISTINCT and UNION, where NULL is like NULL.
    pub fn is_same(&self, other: &Value, dialect: Dialect) -> bool {
        (self.is_null() && other.is_null()) || self.compare(other, dialect) == Some(Ordering::Equal)
    }

    /// Its text as the server sends it; empty for NULL.
    pub fn shown(&self, dialect: Dialect) -> String {
        match self {
            Value::Null => String::new(),
            Value::Boolean(value) if dialect.is_mysql() => u8::from(*value).to_string(),
            Value::Boolean(value) => if *value { "t" } else { "f" }.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Numeric(value) => value.to_string(),
            Value::Double(value) => float_text(*value),
            Value::Text(text) => text.clone(),
            Value::Date(days) => moment::date_text(*days),
            Value::Time(micros) => moment::time_text(*micros),
            Value::Timestamp(micros) => moment::moment_text(*micros),
            Value::TimestampZone(micros) if dialect.is_mysql() => moment::moment_text(*micros),
            Value::TimestampZone(micros) => format!("{}+00", moment::moment_text(*micros)),
            Value::Interval(interval) => interval.text(),
        }
    }
}

/// A floating number with the fewest digits that read back as the same.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_string();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_string();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        let text = format!("{number:e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let power: i32 = power.parse().unwrap_or(0);
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", power.abs());
    }
    format!("{number}")
}
