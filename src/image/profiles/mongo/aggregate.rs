//! Pipelines. Source: MongoDB's manual, "Aggregation Stages", "Aggregation Operators". Simplified: the stages and operators met every day.

use super::query::{Failure, at_path, fits, projected, sort};
use super::update;
use super::value::Value;

/// Runs a pipeline over documents; `other` gives the documents of another collection (`$lookup`).
pub fn run(
    mut documents: Vec<Value>,
    pipeline: &[Value],
    other: &dyn Fn(&str) -> Vec<Value>,
) -> Result<Vec<Value>, Failure> {
    for stage in pipeline {
        let Some((name, what)) = stage.fields().first() else {
            return Err((
                "Location40323",
                "A pipeline stage specification object must contain exactly one field.".into(),
            ));
        };
        documents = match name.as_str() {
            "$match" => kept(documents, what)?,
            "$project" => documents.iter().map(|one| projected(one, what)).collect::<Result<_, _>>()?,
            "$addFields" | "$set" => documents.into_iter().map(|one| added(one, what)).collect::<Result<_, _>>()?,
            "$unset" => documents.into_iter().map(|one| without(one, what)).collect(),
            "$sort" => {
                sort(&mut documents, what);
                documents
            }
            "$limit" => documents.into_iter().take(what.as_number().unwrap_or(0.0) as usize).collect(),
            "$skip" => documents.into_iter().skip(what.as_number().unwrap_or(0.0) as usize).collect(),
            "$count" => match documents.len() {
                0 => Vec::new(),
                count => vec![Value::object(&[(what.as_text(), Value::Number(count as f64))])],
            },
            "$group" => grouped(&documents, what)?,
            "$sortByCount" => {
                let group =
                    Value::object(&[("_id", what.clone()), ("count", Value::object(&[("$sum", Value::Number(1.0))]))]);
                let mut groups = grouped(&documents, &group)?;
                sort(&mut groups, &Value::object(&[("count", Value::Number(-1.0))]));
                groups
            }
            "$unwind" => unwound(&documents, what),
            "$lookup" => looked_up(documents, what, other),
            unknown => return Err(("Location40324", format!("Unrecognized pipeline stage name: '{unknown}'"))),
        };
    }
    Ok(documents)
}

fn kept(documents: Vec<Value>, filter: &Value) -> Result<Vec<Value>, Failure> {
    let mut kept = Vec::new();
    for document in documents {
        if fits(&document, filter)? {
            kept.push(document);
        }
    }
    Ok(kept)
}

fn added(mut document: Value, fields: &Value) -> Result<Value, Failure> {
    for (path, expression) in fields.fields() {
        let value = evaluated(expression, &document)?;
        update::set(&mut document, path, value);
    }
    Ok(document)
}

fn without(mut document: Value, what: &Value) -> Value {
    let one = std::slice::from_ref(what);
    let paths = if matches!(what, Value::Array(_)) { what.items() } else { one };
    paths.iter().for_each(|path| update::unset(&mut document, path.as_text()));
    document
}

fn unwound(documents: &[Value], what: &Value) -> Vec<Value> {
    let path = what.get("path").unwrap_or(what).as_text().trim_start_matches('$').to_string();
    let keeps = what.get("preserveNullAndEmptyArrays").is_some_and(Value::is_true);
    let mut result = Vec::new();
    for document in documents {
        match at_path(document, &path).first() {
            Some(Value::Array(items)) if !items.is_empty() => {
                for item in items {
                    let mut one = document.clone();
                    update::set(&mut one, &path, item.clone());
                    result.push(one);
                }
            }
            Some(Value::Array(_) | Value::Null) | None if !keeps => {}
            _ => result.push(document.clone()),
        }
    }
    result
}

fn looked_up(documents: Vec<Value>, what: &Value, other: &dyn Fn(&str) -> Vec<Value>) -> Vec<Value> {
    let text = |name: &str| what.get(name).map_or("", Value::as_text).to_string();
    let (from, local, foreign, name) = (text("from"), text("localField"), text("foreignField"), text("as"));
    let others = other(&from);
    let joined = documents.into_iter().map(|mut document| {
        let values: Vec<Value> = at_path(&document, &local).into_iter().cloned().collect();
        let found = others.iter().filter(|one| at_path(one, &foreign).iter().any(|value| values.contains(value)));
        let found = Value::Array(found.cloned().collect());
        update::set(&mut document, &name, found);
        document
    });
    joined.collect()
}

/// `$group`: the groups in the order in which they are met.
fn grouped(documents: &[Value], what: &Value) -> Result<Vec<Value>, Failure> {
    let Some(by) = what.get("_id") else {
        return Err(("Location15955", "a group specification must include an _id".into()));
    };
    let mut groups: Vec<(Value, Vec<&Value>)> = Vec::new();
    for document in documents {
        let key = match evaluated(by, document)? {
            Value::Undefined => Value::Null,
            key => key,
        };
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(document),
            None => groups.push((key, vec![document])),
        }
    }
    let mut result = Vec::new();
    for (key, members) in groups {
        let mut group = Value::object(&[("_id", key)]);
        for (name, accumulator) in what.fields().iter().filter(|(name, _)| name != "_id") {
            group.set(name, accumulated(name, accumulator, &members)?);
        }
        result.push(group);
    }
    Ok(result)
}

fn accumulated(name: &str, accumulator: &Value, members: &[&Value]) -> Result<Value, Failure> {
    let Some((operator, expression)) = accumulator.fields().first().filter(|(operator, _)| operator.starts_with('$'))
    else {
        return Err(("Location40234", format!("The field '{name}' must be an accumulator object")));
    };
    let values: Vec<Value> = members.iter().map(|member| evaluated(expression, member)).collect::<Result<_, _>>()?;
    let numbers: Vec<f64> = values.iter().filter_map(Value::as_number).collect();
    let sum: f64 = numbers.iter().sum();
    let there = || values.iter().filter(|value| !matches!(value, Value::Undefined | Value::Null));
    Ok(match operator.as_str() {
        "$sum" => Value::Number(sum),
        "$avg" if numbers.is_empty() => Value::Null,
        "$avg" => Value::Number(sum / numbers.len() as f64),
        "$count" => Value::Number(members.len() as f64),
        "$min" => there().min_by(|one, two| one.order(two)).cloned().unwrap_or(Value::Null),
        "$max" => there().max_by(|one, two| one.order(two)).cloned().unwrap_or(Value::Null),
        "$first" => values.first().cloned().unwrap_or(Value::Null),
        "$last" => values.last().cloned().unwrap_or(Value::Null),
        "$push" => Value::Array(values.into_iter().filter(|value| *value != Value::Undefined).collect()),
        "$addToSet" => {
            let mut set = Vec::new();
            for value in values {
                if value != Value::Undefined && !set.contains(&value) {
                    set.push(value);
                }
            }
            Value::Array(set)
        }
        unknown => return Err(("Location15952", format!("unknown group operator '{unknown}'"))),
    })
}

/// The value of an expression for a document.
pub fn evaluated(expression: &Value, document: &Value) -> Result<Value, Failure> {
    match expression {
        Value::Text(text) if text == "$$ROOT" => Ok(document.clone()),
        Value::Text(text) if text.starts_with('$') => {
            let found = at_path(document, &text[1..]);
            Ok(match found.as_slice() {
                [] => Value::Undefined,
                [one] => (*one).clone(),
                several => Value::Array(several.iter().map(|value| (*value).clone()).collect()),
            })
        }
        Value::Array(items) => {
            Ok(Value::Array(items.iter().map(|item| evaluated(item, document)).collect::<Result<_, _>>()?))
        }
        Value::Object(fields) => match fields.as_slice() {
            [(operator, operand)] if operator.starts_with('$') => operation(operator, operand, document),
            fields => {
                let each = fields.iter().map(|(key, value)| Ok((key.clone(), evaluated(value, document)?)));
                Ok(Value::Object(each.collect::<Result<_, Failure>>()?))
            }
        },
        other => Ok(other.clone()),
    }
}

fn operation(operator: &str, operand: &Value, document: &Value) -> Result<Value, Failure> {
    if operator == "$literal" {
        return Ok(operand.clone());
    }
    let value = evaluated(operand, document)?;
    let one = std::slice::from_ref(&value);
    let parts = if matches!(operand, Value::Array(_)) { value.items() } else { one };
    let numbers: Vec<f64> = parts.iter().filter_map(Value::as_number).collect();
    let folded = |fold: fn(f64, f64) -> f64| match numbers.split_first() {
        Some((first, rest)) => Value::Number(rest.iter().fold(*first, |sum, number| fold(sum, *number))),
        None => Value::Null,
    };
    let compared = |fits: fn(std::cmp::Ordering) -> bool| match parts {
        [one, two] => Value::Bool(fits(one.order(two))),
        _ => Value::Null,
    };
    Ok(match operator {
        "$add" | "$sum" => folded(|sum, number| sum + number),
        "$subtract" => folded(|sum, number| sum - number),
        "$multiply" => folded(|sum, number| sum * number),
        "$divide" => folded(|sum, number| sum / number),
        "$mod" => folded(|sum, number| sum % number),
        "$concat" => Value::Text(parts.iter().map(Value::as_text).collect()),
        "$toUpper" => Value::Text(parts.first().map_or("", Value::as_text).to_uppercase()),
        "$toLower" => Value::Text(parts.first().map_or("", Value::as_text).to_lowercase()),
        "$toString" => Value::Text(parts.first().map_or(String::new(), Value::to_text)),
        "$size" => Value::Number(value.items().len() as f64),
        "$eq" => compared(std::cmp::Ordering::is_eq),
        "$ne" => compared(std::cmp::Ordering::is_ne),
        "$gt" => compared(std::cmp::Ordering::is_gt),
        "$gte" => compared(std::cmp::Ordering::is_ge),
        "$lt" => compared(std::cmp::Ordering::is_lt),
        "$lte" => compared(std::cmp::Ordering::is_le),
        "$and" => Value::Bool(parts.iter().all(Value::is_true)),
        "$or" => Value::Bool(parts.iter().any(Value::is_true)),
        "$not" => Value::Bool(!parts.first().is_some_and(Value::is_true)),
        "$ifNull" => {
            parts.iter().find(|part| !matches!(part, Value::Null | Value::Undefined)).cloned().unwrap_or(Value::Null)
        }
        "$cond" => {
            let named = |name: &str| value.get(name).cloned().unwrap_or(Value::Null);
            match parts {
                [test, yes, no] => {
                    if test.is_true() {
                        yes.clone()
                    } else {
                        no.clone()
                    }
                }
                _ => {
                    if named("if").is_true() {
                        named("then")
                    } else {
                        named("else")
                    }
                }
            }
        }
        "$max" => parts.iter().max_by(|one, two| one.order(two)).cloned().unwrap_or(Value::Null),
        "$min" => parts.iter().min_by(|one, two| one.order(two)).cloned().unwrap_or(Value::Null),
        unknown => return Err(("InvalidPipelineOperator", format!("Unrecognized expression '{unknown}'"))),
    })
}
