//! Window functions: `row_number() OVER (PARTITION BY … ORDER BY …)` and aggregates over windows.

use super::order::compare_keys;
use crate::image::sql::aggregate;
use crate::image::sql::ast::{Call, Expression, Form, Window};
use crate::image::sql::context::Context;
use crate::image::sql::evaluate::evaluate;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::relation::Scope;
use crate::image::sql::value::Value;
use std::cmp::Ordering;
use std::rc::Rc;

/// For each row the results of the window functions that the expressions hold.
pub fn results(
    expressions: &[&Expression],
    scopes: &[Scope<'_>],
    context: &Context<'_>,
) -> Result<Vec<Vec<(Call, Value)>>, SqlError> {
    let mut calls = Vec::new();
    expressions.iter().for_each(|expression| collect(expression, &mut calls));
    let mut found = vec![Vec::new(); scopes.len()];
    for call in calls {
        for (row, value) in found.iter_mut().zip(over(&call, scopes, context)?) {
            row.push((call.clone(), value));
        }
    }
    Ok(found)
}

fn collect(expression: &Expression, calls: &mut Vec<Call>) {
    match &expression.form {
        Form::Call(call) if call.over.is_some() => {
            let is_new = !calls.contains(call);
            calls.extend(is_new.then(|| call.clone()));
        }
        Form::Call(call) => call.arguments.iter().for_each(|inner| collect(inner, calls)),
        Form::Binary(_, left, right) => {
            collect(left, calls);
            collect(right, calls);
        }
        Form::Not(inner) | Form::Minus(inner) | Form::Is(inner, _) | Form::Cast(inner, _) => collect(inner, calls),
        Form::Case(operand, branches, otherwise) => {
            operand.iter().chain(otherwise).for_each(|inner| collect(inner, calls));
            branches.iter().for_each(|(test, result)| {
                collect(test, calls);
                collect(result, calls);
            });
        }
        _ => {}
    }
}

/// A row of a partition: its place in the result, and its keys.
struct Placed {
    place: usize,
    keys: Vec<Value>,
}

fn over(call: &Call, scopes: &[Scope<'_>], context: &Context<'_>) -> Result<Vec<Value>, SqlError> {
    let window = call.over.as_deref().cloned().unwrap_or_default();
    let mut partitions: Vec<(Vec<Value>, Vec<Placed>)> = Vec::new();
    for (place, scope) in scopes.iter().enumerate() {
        let all = |list: &[Expression]| -> Result<Vec<Value>, SqlError> {
            list.iter().map(|key| evaluate(key, scope, context)).collect()
        };
        let by = all(&window.partition)?;
        let keys = window.order.iter().map(|order| evaluate(&order.key, scope, context));
        let keys: Vec<Value> = keys.collect::<Result<_, _>>()?;
        let is_same = |known: &[Value]| known.iter().zip(&by).all(|(a, b)| a.is_same(b, context.dialect()));
        match partitions.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, rows)) => rows.push(Placed { place, keys }),
            None => partitions.push((by, vec![Placed { place, keys }])),
        }
    }
    let mut result = vec![Value::Null; scopes.len()];
    for (_, mut rows) in partitions {
        rows.sort_by(|a, b| compare_keys(&a.keys, &b.keys, &window.order, context.dialect()));
        for at in 0..rows.len() {
            result[rows[at].place] = one(call, &window, &rows, at, scopes, context)?;
        }
    }
    Ok(result)
}

fn one(
    call: &Call,
    window: &Window,
    rows: &[Placed],
    at: usize,
    scopes: &[Scope<'_>],
    context: &Context<'_>,
) -> Result<Value, SqlError> {
    let is_peer = |other: usize| {
        compare_keys(&rows[at].keys, &rows[other].keys, &window.order, context.dialect()) == Ordering::Equal
    };
    let argument = |number: usize, row: usize| match call.arguments.get(number) {
        Some(argument) => evaluate(argument, &scopes[rows[row].place], context),
        None => Ok(Value::Null),
    };
    let number = |number: usize| Ok(Value::Integer(number as i64));
    let first_peer = (0..rows.len()).find(|other| is_peer(*other)).unwrap_or(at);
    // Without ORDER BY the frame is the whole partition, with it all rows up to the last peer.
    let end = match window.order.is_empty() {
        true => rows.len(),
        false => (0..rows.len()).rfind(|other| is_peer(*other)).map_or(at + 1, |last| last + 1),
    };
    match call.name.as_str() {
        "row_number" => number(at + 1),
        "rank" => number(first_peer + 1),
        "dense_rank" => {
            let steps = (1..=first_peer).filter(|row| {
                compare_keys(&rows[row - 1].keys, &rows[*row].keys, &window.order, context.dialect()) != Ordering::Equal
            });
            number(steps.count() + 1)
        }
        "percent_rank" if rows.len() < 2 => Ok(Value::Double(0.0)),
        "percent_rank" => Ok(Value::Double(first_peer as f64 / (rows.len() - 1) as f64)),
        "first_value" => argument(0, 0),
        "last_value" => argument(0, end - 1),
        "lag" | "lead" => {
            let step = argument(1, at)?.to_decimal().and_then(|step| step.to_whole()).unwrap_or(1);
            let place = if call.name == "lag" { at as i64 - step } else { at as i64 + step };
            match usize::try_from(place).ok().filter(|place| *place < rows.len()) {
                Some(place) => argument(0, place),
                None => argument(2, at),
            }
        }
        "ntile" => {
            let parts = argument(0, at)?.to_decimal().and_then(|parts| parts.to_whole()).unwrap_or(1).max(1) as usize;
            let (size, larger) = (rows.len() / parts, rows.len() % parts);
            let head = larger * (size + 1);
            number(if at < head { at / (size + 1) + 1 } else { larger + (at - head) / size.max(1) + 1 })
        }
        name if aggregate::is_aggregate(name) => {
            if scopes[rows[at].place].group.is_some() {
                return Err(Problem::Unsupported("windows over groups".to_string()).into());
            }
            let frame: Vec<Rc<Vec<Value>>> =
                rows[..end].iter().map(|row| Rc::new(scopes[row.place].values.to_vec())).collect();
            aggregate::evaluate_over(call, &frame, &scopes[rows[at].place], context)
        }
        name => Err(Problem::Unsupported(format!("the window function {name}")).into()),
    }
}
