//! Filters, sorting and projection. Source: MongoDB's manual, "Query and Projection Operators". Simplified: no geometry, no text
//! search, no `$where`.

use super::value::Value;
use crate::shell::{Dialect, Regex};
use std::cmp::Ordering;

/// An error: its name, and its text.
pub type Failure = (&'static str, String);

/// The values at a dotted path: those of array items, too.
pub fn at_path<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    let Some((first, rest)) = path.split_once('.') else { return own(document, path) };
    own(document, first).into_iter().flat_map(|value| at_path(value, rest)).collect()
}

fn own<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(items) => match value.get(key) {
            Some(item) => vec![item],
            None => {
                items.iter().filter(|item| matches!(item, Value::Object(_))).flat_map(|item| own(item, key)).collect()
            }
        },
        _ => value.get(key).into_iter().collect(),
    }
}

/// Whether a document fits a filter.
pub fn fits(document: &Value, filter: &Value) -> Result<bool, Failure> {
    for (key, condition) in filter.fields() {
        let holds = match key.as_str() {
            "$and" => all(condition, |part| fits(document, part))?,
            "$or" => any(condition, |part| fits(document, part))?,
            "$nor" => !any(condition, |part| fits(document, part))?,
            "$expr" => super::aggregate::evaluated(condition, document)?.is_true(),
            "$comment" => true,
            key if key.starts_with('$') => {
                let text = format!(
                    "unknown top level operator: {key}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField."
                );
                return Err(("BadValue", text));
            }
            path => holds(&at_path(document, path), condition)?,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn all(parts: &Value, mut test: impl FnMut(&Value) -> Result<bool, Failure>) -> Result<bool, Failure> {
    for part in parts.items() {
        if !test(part)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any(parts: &Value, mut test: impl FnMut(&Value) -> Result<bool, Failure>) -> Result<bool, Failure> {
    for part in parts.items() {
        if test(part)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the values at a path fit a condition: a value, an expression, or operators.
fn holds(values: &[&Value], condition: &Value) -> Result<bool, Failure> {
    let operators = condition.fields().iter().any(|(key, _)| key.starts_with('$'));
    if !operators {
        return Ok(equals(values, condition));
    }
    for (operator, wanted) in condition.fields() {
        if operator == "$options" {
            continue;
        }
        let options = condition.get("$options").map_or("", Value::as_text);
        if !operator_holds(values, operator, wanted, options)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The values themselves, and the items of those that are arrays.
fn candidates<'a>(values: &[&'a Value]) -> Vec<&'a Value> {
    values.iter().flat_map(|value| std::iter::once(*value).chain(value.items().iter())).collect()
}

fn equals(values: &[&Value], wanted: &Value) -> bool {
    match wanted {
        Value::Null => values.is_empty() || candidates(values).iter().any(|value| **value == Value::Null),
        Value::Regex(pattern, flags) => candidates(values).iter().any(|value| matches(value, pattern, flags)),
        wanted => candidates(values).contains(&wanted),
    }
}

fn matches(value: &Value, pattern: &str, flags: &str) -> bool {
    let pattern = pattern.replace("\\d", "[0-9]").replace("\\w", "[A-Za-z0-9_]").replace("\\s", "[[:space:]]");
    let regex = Regex::new(&pattern, Dialect::Extended, flags.contains('i'));
    matches!(value, Value::Text(text) if regex.is_ok_and(|regex| regex.is_match(text)))
}

fn operator_holds(values: &[&Value], operator: &str, wanted: &Value, options: &str) -> Result<bool, Failure> {
    let compared = |fits: fn(Ordering) -> bool| {
        candidates(values).iter().any(|value| value.is_like(wanted) && fits(value.order(wanted)))
    };
    Ok(match operator {
        "$eq" => equals(values, wanted),
        "$ne" => !equals(values, wanted),
        "$gt" => compared(Ordering::is_gt),
        "$gte" => compared(Ordering::is_ge),
        "$lt" => compared(Ordering::is_lt),
        "$lte" => compared(Ordering::is_le),
        "$in" | "$nin" => {
            let Value::Array(list) = wanted else { return Err(("BadValue", format!("{operator} needs an array"))) };
            list.iter().any(|one| equals(values, one)) == (operator == "$in")
        }
        "$exists" => values.is_empty() != wanted.is_true(),
        "$regex" => match wanted {
            Value::Regex(pattern, flags) => candidates(values).iter().any(|value| matches(value, pattern, flags)),
            other => candidates(values).iter().any(|value| matches(value, other.as_text(), options)),
        },
        "$not" => !holds(values, wanted)?,
        "$size" => values
            .iter()
            .any(|value| matches!(value, Value::Array(items) if Some(items.len() as f64) == wanted.as_number())),
        "$all" => wanted.items().iter().all(|one| equals(values, one)),
        "$elemMatch" => {
            let items: Vec<&Value> = values.iter().flat_map(|value| value.items()).collect();
            let by_field = !wanted.fields().iter().any(|(key, _)| key.starts_with('$'));
            let mut found = false;
            for item in items {
                found |= if by_field { fits(item, wanted)? } else { holds(&[item], wanted)? };
            }
            found
        }
        "$type" => candidates(values).iter().any(|value| {
            let name = value.type_name();
            wanted.as_text() == name || wanted.as_text() == "number" && value.as_number().is_some()
        }),
        "$mod" => match wanted.items() {
            [divisor, rest] => candidates(values).iter().any(|value| {
                value.as_number().zip(divisor.as_number()).map(|(value, divisor)| value % divisor) == rest.as_number()
            }),
            _ => return Err(("BadValue", "malformed mod, not enough elements".into())),
        },
        unknown => return Err(("BadValue", format!("unknown operator: {unknown}"))),
    })
}

/// Sorts by fields: 1 up, -1 down.
pub fn sort(documents: &mut [Value], by: &Value) {
    let key =
        |document: &Value, path: &str| at_path(document, path).first().map_or(Value::Null, |value| (*value).clone());
    documents.sort_by(|one, two| {
        let orders = by.fields().iter().map(|(path, direction)| {
            let order = key(one, path).order(&key(two, path));
            if direction.as_number().is_some_and(|direction| direction < 0.0) { order.reverse() } else { order }
        });
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
}

/// The fields that a projection leaves, or adds.
pub fn projected(document: &Value, projection: &Value) -> Result<Value, Failure> {
    let fields = projection.fields();
    if fields.is_empty() {
        return Ok(document.clone());
    }
    let is_switch = |value: &Value| matches!(value, Value::Number(_) | Value::Bool(_));
    let includes = fields.iter().any(|(key, value)| key != "_id" && (!is_switch(value) || value.is_true()));
    let shows_id = projection.get("_id").is_none_or(Value::is_true);
    if !includes {
        let hidden = |key: &str| projection.get(key).is_some();
        let kept = document.fields().iter().filter(|(key, _)| !hidden(key));
        let mut result = Value::Object(kept.cloned().collect());
        for (path, _) in fields.iter().filter(|(path, _)| path.contains('.')) {
            super::update::unset(&mut result, path);
        }
        return Ok(result);
    }
    let mut result = Value::Object(Vec::new());
    if let Some(id) = document.get("_id").filter(|_| shows_id) {
        result.set("_id", id.clone());
    }
    // Fields that are there keep the document's order; those that are computed come behind.
    let plain = |path: &str| fields.iter().any(|(key, value)| key.split('.').next() == Some(path) && is_switch(value));
    for (key, _) in document.fields().iter().filter(|(key, _)| key != "_id" && plain(key)) {
        for (path, _) in fields.iter().filter(|(path, _)| path.split('.').next() == Some(key.as_str())) {
            if let Some(value) = at_path(document, path).first() {
                super::update::set(&mut result, path, (*value).clone());
            }
        }
    }
    for (key, value) in fields.iter().filter(|(_, value)| !is_switch(value)) {
        let value = super::aggregate::evaluated(value, document)?;
        if value != Value::Undefined {
            super::update::set(&mut result, key, value);
        }
    }
    Ok(result)
}
