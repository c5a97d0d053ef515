//! Values of columns.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// A value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
}

impl Value {
    /// Whether a condition of this value holds; NULL does not.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Boolean(value) => *value,
            Value::Integer(value) => *value != 0,
            _ => false,
        }
    }

    /// The value as a number, if it is one or a text that reads as one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Integer(value) => Some(*value as f64),
            Value::Real(value) => Some(*value),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Boolean(value) => Some(f64::from(u8::from(*value))),
            Value::Null => None,
        }
    }

    /// The order of two values; `None` if one is NULL.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a.partial_cmp(&b),
                _ => Some(a.to_string().cmp(&b.to_string())),
            },
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Boolean(value) => write!(out, "{}", if *value { "t" } else { "f" }),
            Value::Integer(value) => write!(out, "{value}"),
            Value::Real(value) => write!(out, "{value}"),
            Value::Text(text) => write!(out, "{text}"),
        }
    }
}
