//! The functions of templates: those of Go and those that Docker adds. Must not know templates.

use crate::sim::client::table;
use crate::sim::client::value::Value;
use std::cmp::Ordering;

/// A function: its arguments, the piped one last; Go's text for what is wrong.
pub type Function = fn(&[Value]) -> Result<Value, String>;

/// The function of a name.
pub fn find(name: &str) -> Option<Function> {
    Some(match name {
        "json" => |all| Ok(first(all).json().into()),
        "len" => |all| Ok(length(&first(all)).into()),
        "index" => |all| all.iter().skip(1).try_fold(first(all), |value, key| index(&value, key)),
        "eq" => |all| Ok(Value::Bool(all.iter().skip(1).any(|other| *other == first(all)))),
        "ne" => |all| Ok(Value::Bool(all.get(1) != all.first())),
        "lt" => |all| Ok(Value::Bool(order(all) == Ordering::Less)),
        "le" => |all| Ok(Value::Bool(order(all) != Ordering::Greater)),
        "gt" => |all| Ok(Value::Bool(order(all) == Ordering::Greater)),
        "ge" => |all| Ok(Value::Bool(order(all) != Ordering::Less)),
        "not" => |all| Ok(Value::Bool(!first(all).is_true())),
        "and" => |all| Ok(all.iter().find(|value| !value.is_true()).or(all.last()).cloned().unwrap_or(Value::Nil)),
        "or" => |all| Ok(all.iter().find(|value| value.is_true()).or(all.last()).cloned().unwrap_or(Value::Nil)),
        "join" => |all| Ok(shown_items(&first(all)).join(&text(all, 1)).into()),
        "split" => |all| Ok(Value::texts(text(all, 0).split(&text(all, 1)))),
        "upper" => |all| Ok(text(all, 0).to_uppercase().into()),
        "lower" => |all| Ok(text(all, 0).to_lowercase().into()),
        "title" => |all| Ok(title(&text(all, 0)).into()),
        "truncate" => |all| Ok(text(all, 0).chars().take(size(all, 1)).collect::<String>().into()),
        "pad" => |all| Ok(padded(all).into()),
        "println" => |all| Ok(format!("{}\n", all.iter().map(Value::shown).collect::<Vec<_>>().join(" ")).into()),
        "print" => |all| Ok(all.iter().map(Value::shown).collect::<String>().into()),
        "printf" => |all| Ok(formatted(all).into()),
        _ => return None,
    })
}

/// `.Label "name"`: one label out of the text that lists them all.
pub fn label(dot: &Value, arguments: &[Value]) -> Value {
    let Value::Struct(_, fields) = dot else { return "".into() };
    let all = fields.iter().find(|field| field.name == "Labels").map(|field| field.value.shown()).unwrap_or_default();
    let name = text(arguments, 0);
    let found = all.split(',').find_map(|label| label.strip_prefix(name.as_str())?.strip_prefix('='));
    found.unwrap_or_default().into()
}

fn first(arguments: &[Value]) -> Value {
    arguments.first().cloned().unwrap_or(Value::Nil)
}

fn text(arguments: &[Value], at: usize) -> String {
    arguments.get(at).map(Value::shown).unwrap_or_default()
}

fn size(arguments: &[Value], at: usize) -> usize {
    match arguments.get(at) {
        Some(Value::Number(number)) => usize::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

fn length(value: &Value) -> i64 {
    let count = match value {
        Value::List(items) => items.as_ref().map_or(0, Vec::len),
        Value::Map(entries) => entries.as_ref().map_or(0, std::collections::BTreeMap::len),
        other => other.shown().len(),
    };
    count as i64
}

/// An entry that a map has not is the empty text, as in Docker's maps of texts.
fn index(value: &Value, key: &Value) -> Result<Value, String> {
    match (value, key) {
        (Value::List(items), Value::Number(at)) => {
            let item = usize::try_from(*at).ok().and_then(|at| items.as_ref()?.get(at));
            item.cloned().ok_or_else(|| format!("error calling index: index out of range: {at}"))
        }
        (Value::Map(entries), key) => {
            let found = entries.as_ref().and_then(|entries| entries.get(&key.shown()));
            Ok(found.cloned().unwrap_or_else(|| "".into()))
        }
        (Value::Nil, _) => Err("error calling index: index of untyped nil".to_owned()),
        (Value::Struct(kind, _), _) => Err(format!("error calling index: can't index item of type {kind}")),
        (other, _) => Err(format!("error calling index: can't index item of type {}", other.shown())),
    }
}

fn order(arguments: &[Value]) -> Ordering {
    match (arguments.first(), arguments.get(1)) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.cmp(other),
        _ => text(arguments, 0).cmp(&text(arguments, 1)),
    }
}

fn shown_items(value: &Value) -> Vec<String> {
    match value {
        Value::List(items) => items.iter().flatten().map(Value::shown).collect(),
        _ => Vec::new(),
    }
}

fn title(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |letter| letter.to_uppercase().chain(letters).collect())
}

/// `pad TEXT BEFORE AFTER`.
fn padded(arguments: &[Value]) -> String {
    match text(arguments, 0) {
        empty if empty.is_empty() => empty,
        word => format!("{}{word}{}", " ".repeat(size(arguments, 1)), " ".repeat(size(arguments, 2))),
    }
}

/// `printf` with `%s`, `%v`, `%d` and `%q`.
fn formatted(arguments: &[Value]) -> String {
    let pattern = text(arguments, 0);
    let mut values = arguments.iter().skip(1);
    let mut line = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '%') {
            (_, true) => match letters.next() {
                Some('%') | None => line.push('%'),
                Some('q') => line.push_str(&table::quote(&values.next().map(Value::shown).unwrap_or_default())),
                Some(_) => line.push_str(&values.next().map(Value::shown).unwrap_or_default()),
            },
            (letter, false) => line.push(letter),
        }
    }
    line
}
