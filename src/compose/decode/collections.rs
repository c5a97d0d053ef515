//! Decoding of lists and mappings with free keys. Must not know attributes.

use super::super::attributes::Decoded;
use super::super::format::pair;
use super::super::value::{Data, Entry, Mapping, Value};
use super::Outcome;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A value decoded to a kind of collection; `None` if the kind is none.
pub fn decode(decoded: Decoded, value: &Value) -> Option<Outcome> {
    Some(match decoded {
        Decoded::TextList => text_list(value),
        Decoded::NumberTexts => number_texts(value),
        Decoded::KeyValues => key_values(value, "mapping"),
        Decoded::Labels => key_values(value, "labels"),
        Decoded::Options => options(value),
        Decoded::ManyOptions => many_options(value),
        Decoded::Environment => environment(value),
        Decoded::Hosts => hosts(value),
        Decoded::Ssh => Ok(ssh(value)),
        Decoded::Ulimits => Ok(ulimits(value)),
        _ => return None,
    })
}

fn wrong(value: &Value, what: &str) -> String {
    format!("unexpected value type {} for {what}", value.go_type())
}

fn text_value(item: &Value) -> Value {
    let data = if item.is_null() { Data::text("") } else { Data::Text(item.go_text()) };
    Value::new(data, item.span)
}

fn text_list(value: &Value) -> Outcome {
    match &value.data {
        Data::Text(_) => Ok(Data::Sequence(vec![value.clone()])),
        Data::Sequence(items) if items.iter().all(|item| item.as_text().is_some()) => Ok(value.data.clone()),
        _ => Err(format!("invalid type {} for string list", value.go_type())),
    }
}

fn number_texts(value: &Value) -> Outcome {
    match &value.data {
        Data::Text(_) => Ok(Data::Sequence(vec![value.clone()])),
        Data::Sequence(items) => Ok(Data::Sequence(items.iter().map(text_value).collect())),
        _ => Err(format!("invalid type {} for string list", value.go_type())),
    }
}

/// Keys to strings, from a mapping or from `KEY=VALUE` items; what has no value is empty.
fn key_values(value: &Value, what: &str) -> Outcome {
    let entries = match &value.data {
        Data::Mapping(mapping) => {
            mapping.iter().map(|entry| Entry { value: text_value(&entry.value), ..entry.clone() }).collect()
        }
        Data::Sequence(items) => items
            .iter()
            .map(|item| {
                let text = item.go_text();
                let (key, found) = pair::split(&text);
                let value = Value::new(Data::text(found.unwrap_or_default()), item.span);
                Entry { key: key.into(), key_span: item.span, value }
            })
            .collect(),
        Data::Null => Vec::new(),
        _ => return Err(wrong(value, what)),
    };
    Ok(Data::Mapping(Mapping::from_entries(entries)))
}

fn options(value: &Value) -> Outcome {
    match &value.data {
        Data::Mapping(_) => key_values(value, "options"),
        Data::Null => Ok(Data::Mapping(Mapping::default())),
        _ => Err(format!("invalid type {} for options", value.go_type())),
    }
}

fn many_options(value: &Value) -> Outcome {
    let Data::Mapping(mapping) = &value.data else {
        return Err(format!("invalid type {} for options", value.go_type()));
    };
    let entries = mapping.iter().map(|entry| {
        let items = match &entry.value.data {
            Data::Sequence(items) => items.iter().map(text_value).collect(),
            _ => vec![text_value(&entry.value)],
        };
        Entry { value: Value::new(Data::Sequence(items), entry.value.span), ..entry.clone() }
    });
    Ok(Data::Mapping(Mapping::from_entries(entries.collect())))
}

/// Variables; what has no value is null.
fn environment(value: &Value) -> Outcome {
    let mut entries = Vec::new();
    match &value.data {
        Data::Mapping(mapping) => {
            for entry in mapping.iter() {
                let found = if entry.value.is_null() { entry.value.clone() } else { text_value(&entry.value) };
                entries.push(Entry { value: found, ..entry.clone() });
            }
        }
        Data::Sequence(items) => {
            for item in items {
                let text = item.go_text();
                let (key, found) = pair::variable(&text).map_err(|error| error.docker)?;
                let data = found.map_or(Data::Null, Data::text);
                entries.push(Entry { key: key.into(), key_span: item.span, value: Value::new(data, item.span) });
            }
        }
        Data::Null => {}
        _ => return Err(wrong(value, "mapping")),
    }
    Ok(Data::Mapping(Mapping::from_entries(entries)))
}

/// Host names to lists of addresses.
fn hosts(value: &Value) -> Outcome {
    let mut list: BTreeMap<Rc<str>, Vec<Value>> = BTreeMap::new();
    match &value.data {
        Data::Mapping(mapping) => {
            for entry in mapping.iter() {
                let addresses = match &entry.value.data {
                    Data::Null | Data::Text(_) => vec![text_value(&entry.value)],
                    Data::Sequence(items) => items.iter().map(text_value).collect(),
                    _ => return Err(wrong(value, "extra_hosts entry")),
                };
                list.insert(entry.key.clone(), addresses);
            }
        }
        Data::Sequence(items) => {
            for item in items {
                let text = item.go_text();
                let Some((host, addresses)) = text.split_once('=').or_else(|| text.split_once(':')) else {
                    return Err(format!("invalid additional host, missing IP: {text}"));
                };
                let addresses = addresses.split(',').map(|address| Value::new(Data::text(address), item.span));
                list.entry(host.into()).or_default().extend(addresses);
            }
        }
        Data::Null => {}
        _ => return Err(wrong(value, "extra_hosts")),
    }
    if let Some(host) = list.keys().find(|host| host.is_empty() || host.contains([':', '='])) {
        return Err(format!("bad host name '{host}'"));
    }
    let entry = |(key, mut addresses): (Rc<str>, Vec<Value>)| {
        addresses.iter_mut().for_each(strip_brackets);
        Entry { key, key_span: value.span, value: Value::new(Data::Sequence(addresses), value.span) }
    };
    Ok(Data::Mapping(Mapping::from_entries(list.into_iter().map(entry).collect())))
}

fn strip_brackets(address: &mut Value) {
    let bare =
        address.as_text().and_then(|text| text.strip_prefix('[')?.strip_suffix(']')).filter(|text| !text.is_empty());
    if let Some(bare) = bare {
        address.data = Data::text(bare);
    }
}

/// Items `ID` or `ID=PATH`.
fn ssh(value: &Value) -> Data {
    let Data::Mapping(mapping) = &value.data else { return Data::Null };
    let item = |entry: &Entry| {
        let text = match entry.value.as_text().filter(|path| !path.is_empty()) {
            Some(path) => format!("{}={path}", entry.key).into(),
            None => entry.key.clone(),
        };
        Value::new(Data::Text(text), entry.value.span)
    };
    Data::Sequence(mapping.iter().map(item).collect())
}

/// Limits by name: one number, or soft and hard.
fn ulimits(value: &Value) -> Data {
    let Data::Mapping(mapping) = &value.data else { return Data::Null };
    let entries = mapping.iter().map(|entry| {
        let single = entry.value.as_mapping().and_then(|limit| limit.get("single")).cloned();
        Entry { value: single.unwrap_or_else(|| entry.value.clone()), ..entry.clone() }
    });
    Data::Mapping(Mapping::from_entries(entries.collect()))
}
