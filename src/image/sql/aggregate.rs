//! Functions over many rows.

use super::ast::{Call, Expression, Form};
use super::context::Context;
use super::decimal::Decimal;
use super::dialect::Dialect;
use super::evaluate::{Evaluated, evaluate};
use super::kind::Kind;
use super::problem::{Problem, SqlError};
use super::query::order::compare_keys;
use super::relation::Scope;
use super::value::Value;
use std::cmp::Ordering;
use std::rc::Rc;

const AGGREGATES: [&str; 14] = [
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "string_agg",
    "group_concat",
    "bool_and",
    "bool_or",
    "every",
    "stddev",
    "variance",
    "stddev_pop",
    "any_value",
];
const WINDOW_ONLY: [&str; 9] =
    ["row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value", "ntile", "percent_rank"];

/// Whether a function is one over many rows.
pub fn is_aggregate(name: &str) -> bool {
    AGGREGATES.contains(&name)
}

/// The type of its result; `None` for another function.
pub fn kind(name: &str, arguments: &[Kind], dialect: Dialect, is_window: bool) -> Option<Kind> {
    let first = arguments.first().cloned().unwrap_or_default();
    if is_window && WINDOW_ONLY.contains(&name) {
        return Some(match name {
            "ntile" => Kind::Integer,
            "percent_rank" => Kind::Double,
            "row_number" | "rank" | "dense_rank" => Kind::Big,
            _ => first,
        });
    }
    if !is_aggregate(name) {
        return None;
    }
    Some(match (name, &first) {
        ("count", _) => Kind::Big,
        ("min" | "max" | "any_value", _) => first,
        ("sum", Kind::Small | Kind::Integer) if !dialect.is_mysql() => Kind::Big,
        ("sum" | "avg", Kind::Real | Kind::Double) => Kind::Double,
        ("sum" | "avg", Kind::Interval) => Kind::Interval,
        ("sum" | "avg" | "variance", _) => Kind::Numeric(None),
        ("stddev" | "stddev_pop", _) => Kind::Numeric(None),
        ("bool_and" | "bool_or" | "every", _) => Kind::Boolean,
        _ => Kind::Text,
    })
}

/// Whether an expression holds an aggregate outside windows and queries within.
pub fn contains(expression: &Expression) -> bool {
    let any = |list: &[Expression]| list.iter().any(contains);
    match &expression.form {
        Form::Call(call) if call.over.is_none() && is_aggregate(&call.name) => true,
        Form::Call(call) => {
            any(&call.arguments)
                || call.over.as_ref().is_some_and(|window| {
                    any(&window.partition) || window.order.iter().any(|order| contains(&order.key))
                })
        }
        Form::Not(inner) | Form::Minus(inner) | Form::Is(inner, _) | Form::Cast(inner, _) | Form::InQuery(inner, _) => {
            contains(inner)
        }
        Form::In(inner, list) => contains(inner) || any(list),
        Form::Between(a, b, c) => contains(a) || contains(b) || contains(c),
        Form::Like(a, b, _) | Form::Binary(_, a, b) => contains(a) || contains(b),
        Form::Case(operand, branches, otherwise) => {
            operand.as_deref().is_some_and(contains)
                || branches.iter().any(|(test, result)| contains(test) || contains(result))
                || otherwise.as_deref().is_some_and(contains)
        }
        Form::Row(items) => any(items),
        Form::Literal(_) | Form::Column(..) | Form::Exists(_) | Form::Scalar(_) | Form::Variable(_) => false,
    }
}

/// The value of an aggregate over the rows of a group.
pub fn evaluate_over(call: &Call, rows: &[Rc<Vec<Value>>], scope: &Scope<'_>, context: &Context<'_>) -> Evaluated {
    let dialect = context.dialect();
    let plain = Scope { group: None, clause: "aggregate", ..*scope };
    let mut found: Vec<(Vec<Value>, Vec<Value>)> = Vec::new();
    for row in rows {
        let inner = plain.with_row(row);
        if let Some(filter) = &call.filter
            && evaluate(filter, &inner, context)?.truth() != Some(true)
        {
            continue;
        }
        let arguments: Result<Vec<Value>, SqlError> =
            call.arguments.iter().map(|argument| evaluate(argument, &inner, context)).collect();
        let keys: Result<Vec<Value>, SqlError> =
            call.order.iter().map(|order| evaluate(&order.key, &inner, context)).collect();
        found.push((keys?, arguments?));
    }
    if call.star {
        return Ok(Value::Integer(found.len() as i64));
    }
    found.retain(|(_, arguments)| arguments.first().is_some_and(|value| !value.is_null()));
    found.sort_by(|(a, _), (b, _)| compare_keys(a, b, &call.order, dialect));
    if call.distinct {
        let mut kept: Vec<Value> = Vec::new();
        found.retain(|(_, arguments)| {
            let is_new = !kept.iter().any(|value| value.is_same(&arguments[0], dialect));
            kept.extend(is_new.then(|| arguments[0].clone()));
            is_new
        });
    }
    let separator = call.arguments.get(1).map(|argument| evaluate(argument, scope, context)).transpose()?;
    let values: Vec<Value> = found.into_iter().map(|(_, mut arguments)| arguments.swap_remove(0)).collect();
    if call.arguments.is_empty() {
        return Err(Problem::NoSuchFunction { name: call.name.clone(), kinds: Vec::new() }.into());
    }
    fold(&call.name, values, separator, dialect).map_err(SqlError::from)
}

fn fold(name: &str, values: Vec<Value>, separator: Option<Value>, dialect: Dialect) -> Result<Value, Problem> {
    let best = |wanted: Ordering| {
        let better =
            |best: Value, value: Value| if value.compare(&best, dialect) == Some(wanted) { value } else { best };
        values.iter().cloned().reduce(better).unwrap_or(Value::Null)
    };
    Ok(match name {
        "count" => Value::Integer(values.len() as i64),
        _ if values.is_empty() => Value::Null,
        "min" => best(Ordering::Less),
        "max" => best(Ordering::Greater),
        "any_value" => values[0].clone(),
        "bool_and" | "every" => Value::Boolean(values.iter().all(|value| value.truth() == Some(true))),
        "bool_or" => Value::Boolean(values.iter().any(|value| value.truth() == Some(true))),
        "string_agg" | "group_concat" => {
            let separator = separator.map_or(",".to_string(), |value| value.shown(dialect));
            Value::Text(values.iter().map(|value| value.shown(dialect)).collect::<Vec<_>>().join(&separator))
        }
        "sum" => sum(&values, dialect)?,
        "avg" => average(&values, dialect)?,
        _ => deviation(name, &values)?,
    })
}

fn sum(values: &[Value], dialect: Dialect) -> Result<Value, Problem> {
    let mut total = values[0].clone();
    if dialect.is_mysql() && matches!(total, Value::Text(_) | Value::Boolean(_)) {
        total = super::operators::apply("+", Value::Integer(0), total, dialect)?;
    }
    for value in &values[1..] {
        total = super::operators::apply("+", total, value.clone(), dialect)?;
    }
    Ok(total)
}

fn average(values: &[Value], dialect: Dialect) -> Result<Value, Problem> {
    let total = sum(values, dialect)?;
    let count = values.len() as i64;
    match total {
        Value::Integer(total) if !dialect.is_mysql() => {
            let (total, count) = (Decimal::whole(total), Decimal::whole(count));
            let scale = total.quotient_scale(count);
            Ok(total.divide(count, scale).map_or(Value::Null, Value::Numeric))
        }
        total => super::operators::apply("/", total, Value::Integer(count), dialect),
    }
}

/// Standard deviation and variance, of a sample unless `_pop`.
fn deviation(name: &str, values: &[Value]) -> Result<Value, Problem> {
    let numbers: Vec<f64> = values.iter().filter_map(Value::to_float).collect();
    let count = numbers.len() as f64;
    let below = if name.ends_with("_pop") { count } else { count - 1.0 };
    if below <= 0.0 {
        return Ok(Value::Null);
    }
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / below;
    let result = if name == "variance" { variance } else { variance.sqrt() };
    Ok(Decimal::of_float(result).and_then(|number| number.rounded(16)).map_or(Value::Double(result), Value::Numeric))
}
