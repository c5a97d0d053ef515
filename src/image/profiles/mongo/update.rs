//! Changes of documents. Source: MongoDB's manual, "Update Operators". Simplified: no array filters, no positional `$`.

use super::query::{Failure, at_path, fits};
use super::value::Value;

/// Sets the value at a dotted path, making the documents on the way.
pub fn set(document: &mut Value, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        match document {
            Value::Array(items) => match path.parse::<usize>() {
                Ok(at) if at < items.len() => items[at] = value,
                _ => items.push(value),
            },
            other => other.set(path, value),
        }
        return;
    };
    if let Value::Array(items) = document {
        if let Some(item) = first.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
            set(item, rest, value);
        }
        return;
    }
    let mut inner = document.get(first).cloned().unwrap_or(Value::Object(Vec::new()));
    set(&mut inner, rest, value);
    document.set(first, inner);
}

/// Takes the value at a dotted path away.
pub fn unset(document: &mut Value, path: &str) {
    match (path.split_once('.'), document) {
        (None, Value::Object(fields)) => fields.retain(|(name, _)| name != path),
        (Some((first, rest)), document) => {
            if let Some(mut inner) = document.get(first).cloned() {
                unset(&mut inner, rest);
                document.set(first, inner);
            }
        }
        _ => {}
    }
}

/// The document after an update: operators, or a document that takes its place. `inserts`: it is new.
pub fn updated(document: &Value, update: &Value, inserts: bool, now: i64) -> Result<Value, Failure> {
    let mut result = document.clone();
    let is_replacement = update.fields().first().is_none_or(|(key, _)| !key.starts_with('$'));
    if is_replacement {
        let mut replaced = Value::Object(Vec::new());
        replaced.set("_id", document.get("_id").cloned().unwrap_or(Value::Null));
        update.fields().iter().for_each(|(key, value)| replaced.set(key, value.clone()));
        return Ok(replaced);
    }
    for (operator, changes) in update.fields() {
        for (path, operand) in changes.fields() {
            changed(&mut result, operator, path, operand, inserts, now)?;
        }
        if changes.fields().is_empty() && !KNOWN.contains(&operator.as_str()) {
            return Err(unknown(operator));
        }
    }
    if result.get("_id") != document.get("_id") && !inserts {
        let text = "Performing an update on the path '_id' would modify the immutable field '_id'";
        return Err(("ImmutableField", text.into()));
    }
    Ok(result)
}

const KNOWN: [&str; 13] = [
    "$set",
    "$unset",
    "$inc",
    "$mul",
    "$min",
    "$max",
    "$push",
    "$addToSet",
    "$pull",
    "$pop",
    "$rename",
    "$currentDate",
    "$setOnInsert",
];

fn unknown(operator: &str) -> Failure {
    let text = format!(
        "Unknown modifier: {operator}. Expected a valid update modifier or pipeline-style update specified as an array"
    );
    ("FailedToParse", text)
}

fn changed(
    document: &mut Value,
    operator: &str,
    path: &str,
    operand: &Value,
    inserts: bool,
    now: i64,
) -> Result<(), Failure> {
    let old = at_path(document, path).first().map(|value| (*value).clone());
    let id = document.get("_id").map_or_else(String::new, Value::inspected);
    match operator {
        "$set" => set(document, path, operand.clone()),
        "$setOnInsert" if inserts => set(document, path, operand.clone()),
        "$setOnInsert" => {}
        "$unset" => unset(document, path),
        "$rename" => {
            if let Some(value) = old {
                unset(document, path);
                set(document, operand.as_text(), value);
            }
        }
        "$currentDate" => set(document, path, Value::Date(now)),
        "$inc" | "$mul" => {
            let number = counted(old.as_ref(), operator, path, operand, &id)?;
            set(document, path, Value::Number(number));
        }
        "$min" | "$max" => {
            let is_new = old.as_ref().is_none_or(|old| {
                let order = operand.order(old);
                if operator == "$min" { order.is_lt() } else { order.is_gt() }
            });
            if is_new {
                set(document, path, operand.clone());
            }
        }
        "$push" | "$addToSet" | "$pull" | "$pop" => {
            let mut items = match old {
                None if operator == "$pull" || operator == "$pop" => return Ok(()),
                None => Vec::new(),
                Some(Value::Array(items)) => items,
                Some(other) => {
                    let kind = other.type_name();
                    let text =
                        format!("The field '{path}' must be an array but is of type {kind} in document {{_id: {id}}}");
                    return Err(("BadValue", text));
                }
            };
            change_array(&mut items, operator, operand)?;
            set(document, path, Value::Array(items));
        }
        other => return Err(unknown(other)),
    }
    Ok(())
}

/// What `$inc` and `$mul` make of a number; a field that is not there counts as 0.
fn counted(old: Option<&Value>, operator: &str, path: &str, operand: &Value, id: &str) -> Result<f64, Failure> {
    let number = match old {
        None => 0.0,
        Some(Value::Number(number)) => *number,
        Some(other) => {
            let kind = other.type_name();
            let text = format!(
                "Cannot apply {operator} to a value of non-numeric type. {{_id: {id}}} has the field '{path}' of non-numeric type {kind}"
            );
            return Err(("TypeMismatch", text));
        }
    };
    let Some(operand) = operand.as_number() else {
        let what = if operator == "$inc" { "increment" } else { "multiply" };
        let text = format!("Cannot {what} with non-numeric argument: {{{path}: {}}}", operand.inspected());
        return Err(("TypeMismatch", text));
    };
    Ok(if operator == "$inc" { number + operand } else { number * operand })
}

fn change_array(items: &mut Vec<Value>, operator: &str, operand: &Value) -> Result<(), Failure> {
    let each = operand.get("$each").map_or_else(|| vec![operand.clone()], |each| each.items().to_vec());
    match operator {
        "$push" => items.extend(each),
        "$addToSet" => {
            for value in each {
                if !items.contains(&value) {
                    items.push(value);
                }
            }
        }
        "$pop" if operand.as_number() == Some(-1.0) => drop((!items.is_empty()).then(|| items.remove(0))),
        "$pop" => drop(items.pop()),
        _ => {
            let mut kept = Vec::new();
            for item in items.drain(..) {
                let is_condition = matches!(operand, Value::Object(_));
                let fits = if is_condition {
                    let wrapped = Value::object(&[("item", item.clone())]);
                    let by_field = !operand.fields().iter().any(|(key, _)| key.starts_with('$'));
                    if by_field {
                        fits(&item, operand)?
                    } else {
                        fits(&wrapped, &Value::object(&[("item", operand.clone())]))?
                    }
                } else {
                    item == *operand
                };
                if !fits {
                    kept.push(item);
                }
            }
            *items = kept;
        }
    }
    Ok(())
}
