//! The value of an expression for one row.

use super::execute::{Context, SqlError};
use super::parse::Expression;
use super::select::select;
use super::storage::Column;
use super::value::Value;
use std::cmp::Ordering;
use std::time::Duration;

/// A row with its columns.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub columns: &'a [Column],
    pub values: &'a [Value],
}

impl Row<'_> {
    /// No row: only constants can be evaluated.
    pub const NONE: Row<'static> = Row { columns: &[], values: &[] };
}

/// The value of `expression` for `row`.
pub fn evaluate(expression: &Expression, row: Row<'_>, context: &Context<'_>) -> Result<Value, SqlError> {
    Ok(match expression {
        Expression::Literal(value) => value.clone(),
        Expression::Column(name) => {
            let at = row.columns.iter().position(|column| is_called(&column.name, name));
            let value = at.and_then(|at| row.values.get(at)).cloned();
            value.ok_or_else(|| SqlError::NoSuchColumn(name.clone()))?
        }
        Expression::Not(inner) => Value::Boolean(!evaluate(inner, row, context)?.is_true()),
        Expression::Minus(inner) => match evaluate(inner, row, context)? {
            Value::Integer(number) => Value::Integer(number.saturating_neg()),
            other => other.number().map_or(Value::Null, |number| Value::Real(-number)),
        },
        Expression::IsNull(inner) => Value::Boolean(evaluate(inner, row, context)? == Value::Null),
        Expression::In(inner, list) => {
            let wanted = evaluate(inner, row, context)?;
            let mut found = false;
            for item in list {
                found |= wanted.compare(&evaluate(item, row, context)?) == Some(Ordering::Equal);
            }
            Value::Boolean(found)
        }
        Expression::Binary(operator, left, right) => {
            binary(operator, &evaluate(left, row, context)?, &evaluate(right, row, context)?)?
        }
        Expression::Call(name, arguments) => {
            let arguments: Result<Vec<Value>, SqlError> =
                arguments.iter().map(|argument| evaluate(argument, row, context)).collect();
            call(name, &arguments?, context)?
        }
        Expression::Exists(inner) => Value::Boolean(!select(inner, context)?.rows.is_empty()),
        Expression::Scalar(inner) => {
            select(inner, context)?.rows.first().and_then(|row| row.first()).cloned().unwrap_or(Value::Null)
        }
    })
}

/// Whether a column, perhaps of one of several tables, is meant by `name`, perhaps with a table's.
fn is_called(column: &str, name: &str) -> bool {
    match (column.rsplit_once('.'), name.rsplit_once('.')) {
        (Some((_, plain)), None) => plain == name,
        (None, Some((_, plain))) => column == plain,
        _ => column == name,
    }
}

fn binary(operator: &str, left: &Value, right: &Value) -> Result<Value, SqlError> {
    let ordered =
        |test: fn(Ordering) -> bool| left.compare(right).map_or(Value::Null, |order| Value::Boolean(test(order)));
    Ok(match operator {
        "and" => Value::Boolean(left.is_true() && right.is_true()),
        "or" => Value::Boolean(left.is_true() || right.is_true()),
        "=" => ordered(Ordering::is_eq),
        "<>" | "!=" => ordered(Ordering::is_ne),
        "<" => ordered(Ordering::is_lt),
        ">" => ordered(Ordering::is_gt),
        "<=" => ordered(Ordering::is_le),
        ">=" => ordered(Ordering::is_ge),
        "||" => Value::Text(format!("{left}{right}")),
        "like" | "ilike" => Value::Boolean(like(&right.to_string(), &left.to_string())),
        _ => return arithmetic(operator, left, right),
    })
}

fn arithmetic(operator: &str, left: &Value, right: &Value) -> Result<Value, SqlError> {
    if let (Value::Integer(a), Value::Integer(b)) = (left, right) {
        let result = match operator {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            _ if *b == 0 => return Err(SqlError::DivisionByZero),
            "/" => a.checked_div(*b),
            _ => a.checked_rem(*b),
        };
        return result.map(Value::Integer).ok_or(SqlError::OutOfRange);
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else { return Ok(Value::Null) };
    Ok(Value::Real(match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        _ if b == 0.0 => return Err(SqlError::DivisionByZero),
        "/" => a / b,
        _ => a % b,
    }))
}

/// SQL's LIKE without regard to case: `%` any text, `_` any character.
fn like(pattern: &str, text: &str) -> bool {
    let glob = pattern.to_lowercase().replace('%', "*").replace('_', "?").replace('/', "\u{1}");
    crate::dockerfile::glob_matches(&glob, &text.to_lowercase().replace('/', "\u{1}"))
}

fn call(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Value, SqlError> {
    Ok(match (name, arguments) {
        ("pg_sleep" | "sleep", [seconds]) => {
            let seconds = seconds.number().unwrap_or(0.0).clamp(0.0, 86_400.0);
            context.sleep(Duration::from_secs_f64(seconds));
            if name == "sleep" { Value::Integer(0) } else { Value::Text(String::new()) }
        }
        ("now" | "current_timestamp" | "current_date", []) => Value::Text(context.clock.to_string()),
        ("version", []) => Value::Text(context.version.to_string()),
        ("current_database" | "database", []) => Value::Text(context.database.to_string()),
        ("current_user" | "user", []) => Value::Text(context.user.to_string()),
        ("pg_is_in_recovery", []) => Value::Boolean(false),
        ("coalesce" | "ifnull", list) => {
            list.iter().find(|value| **value != Value::Null).cloned().unwrap_or(Value::Null)
        }
        ("cast", [value]) => value.clone(),
        ("upper", [value]) => Value::Text(value.to_string().to_uppercase()),
        ("lower", [value]) => Value::Text(value.to_string().to_lowercase()),
        ("length" | "char_length", [value]) => Value::Integer(value.to_string().chars().count() as i64),
        ("concat", list) => Value::Text(list.iter().map(Value::to_string).collect()),
        ("generate_series", _) => return Err(SqlError::Unsupported("generate_series outside FROM".to_string())),
        _ => return Err(SqlError::NoSuchFunction(name.to_string())),
    })
}
