//! The canonical form as Docker prints it: structures in the order of their fields, mappings by key, and what is not set
//! left out. As JSON, as YAML, as a JSON value. Must not read anything.

use super::attributes::{Attribute, Decoded, Object};
use super::format::duration;
use super::value::{Data, Mapping, Value};
use crate::yaml::emit::{Output, emit};
use std::borrow::Cow;
use std::rc::Rc;

/// A value ready to be printed.
#[derive(Clone, Debug, PartialEq)]
pub enum Printed {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number as text.
    Number(String),
    /// A string.
    Text(Rc<str>),
    /// A list.
    List(Vec<Printed>),
    /// Keys and values, in this order.
    Object(Vec<(Rc<str>, Printed)>),
    /// What only JSON shows: what is not set, and YAML leaves out.
    OnlyJson(Box<Printed>),
    /// What only YAML shows: extensions within structures.
    OnlyYaml(Box<Printed>),
}

/// The canonical form of a project before it is printed: few who read a project want to see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Canonical {
    /// Name of the project.
    pub(super) name: String,
    /// Its services.
    pub(super) services: Mapping,
    /// All other sections.
    pub(super) model: Mapping,
}

impl Canonical {
    /// What `docker compose config` prints.
    pub fn print(&self) -> Printed {
        project(&self.name, &self.services, &self.model)
    }
}

/// The fields of a structure.
pub fn object(object: &'static Object, mapping: &Mapping) -> Printed {
    let fields = object.attributes.iter().filter_map(|attribute| {
        let printed = field(attribute, mapping.get(attribute.name))?;
        Some((attribute.name.into(), printed))
    });
    let extensions = mapping.iter().filter(|entry| entry.key.starts_with("x-"));
    let extensions = extensions.map(|entry| (entry.key.clone(), Printed::OnlyYaml(Box::new(extension(&entry.value)))));
    Printed::Object(fields.chain(extensions).collect())
}

/// A field; `None` if it is left out.
fn field(attribute: &Attribute, value: Option<&Value>) -> Option<Printed> {
    let set = value.filter(|value| !value.is_null());
    match attribute.decoded {
        Decoded::Nothing => None,
        Decoded::Command => Some(set.map_or_else(|| Printed::OnlyJson(Box::new(Printed::Null)), plain)),
        Decoded::PrintedObject(inner) => Some(printed_object(inner, set.and_then(Value::as_mapping))),
        Decoded::PrintedFlag => Some(Printed::Bool(set.and_then(Value::as_bool).unwrap_or(false))),
        Decoded::OptionalFlag
        | Decoded::OptionalInteger(_)
        | Decoded::OptionalUnsigned(_)
        | Decoded::OptionalDuration => set.map(plain),
        Decoded::Object(inner) => set.and_then(Value::as_mapping).map(|mapping| object(inner, mapping)),
        Decoded::Objects(inner) => {
            let items = set.and_then(Value::as_sequence).filter(|items| !items.is_empty())?;
            let list = items.iter().filter_map(Value::as_mapping).map(|mapping| object(inner, mapping));
            Some(Printed::List(list.collect()))
        }
        Decoded::ObjectMap(inner) | Decoded::OptionalObjectMap(inner) => {
            let mapping = set.and_then(Value::as_mapping).filter(|mapping| !mapping.is_empty())?;
            let entries = mapping.iter().map(|entry| {
                let value = entry.value.as_mapping().map_or(Printed::Null, |mapping| object(inner, mapping));
                (entry.key.clone(), value)
            });
            Some(Printed::Object(entries.collect()))
        }
        Decoded::Hosts => set.and_then(Value::as_mapping).filter(|hosts| !hosts.is_empty()).map(hosts),
        _ => set.filter(|value| !is_zero(value)).map(plain),
    }
}

/// A structure that JSON always shows, and YAML only when something in it is set.
fn printed_object(kind: &'static Object, mapping: Option<&Mapping>) -> Printed {
    let printed = mapping.map_or_else(|| object(kind, &Mapping::default()), |mapping| object(kind, mapping));
    let Printed::Object(fields) = &printed else { return printed };
    if fields.iter().all(|(_, field)| matches!(field, Printed::OnlyJson(_))) {
        return Printed::OnlyJson(Box::new(printed));
    }
    printed
}

fn hosts(hosts: &Mapping) -> Printed {
    let mut lines: Vec<String> = Vec::new();
    for entry in hosts.iter() {
        let addresses = entry.value.as_sequence().unwrap_or(&[]);
        lines.extend(addresses.iter().map(|address| format!("{}={}", entry.key, address.go_text())));
    }
    lines.sort();
    Printed::List(lines.into_iter().map(|line| Printed::Text(line.into())).collect())
}

fn is_zero(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::Bool(flag) => !flag,
        Data::Integer(number) | Data::Duration(number) | Data::Bytes(number) => *number == 0,
        Data::Unsigned(number) => *number == 0,
        Data::Float(number) => *number == 0.0,
        Data::Single(number) => *number == 0.0,
        Data::Text(text) | Data::Timestamp(text) => text.is_empty(),
        Data::Sequence(items) => items.is_empty(),
        Data::Mapping(mapping) => mapping.is_empty(),
    }
}

/// A value without known fields.
pub fn plain(value: &Value) -> Printed {
    match &value.data {
        Data::Null => Printed::Null,
        Data::Bool(flag) => Printed::Bool(*flag),
        Data::Integer(number) => Printed::Integer(*number),
        Data::Unsigned(number) => Printed::Number(number.to_string()),
        Data::Float(number) => Printed::Number(json_float(*number)),
        Data::Single(number) => Printed::Number(format!("{number}")),
        Data::Text(text) | Data::Timestamp(text) => Printed::Text(text.clone()),
        Data::Duration(nanoseconds) => Printed::Text(duration::print(*nanoseconds).into()),
        Data::Bytes(bytes) => Printed::Text(bytes.to_string().into()),
        Data::Sequence(items) => Printed::List(items.iter().map(plain).collect()),
        Data::Mapping(mapping) => {
            Printed::Object(mapping.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect())
        }
    }
}

/// A value of an extension: Docker prints an empty list in a list there as null.
fn extension(value: &Value) -> Printed {
    match &value.data {
        Data::Sequence(items) if items.is_empty() => Printed::Null,
        Data::Sequence(items) => Printed::List(items.iter().map(extension).collect()),
        Data::Mapping(mapping) => {
            Printed::Object(mapping.iter().map(|entry| (entry.key.clone(), extension(&entry.value))).collect())
        }
        _ => plain(value),
    }
}

/// A fraction as Go's JSON encoder writes it: with an exponent below 1e-6 and from 1e21.
fn json_float(number: f64) -> String {
    if !number.is_finite() {
        return "null".into();
    }
    if number == 0.0 || (1e-6..1e21).contains(&number.abs()) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

/// The whole project.
fn project(name: &str, services: &Mapping, model: &Mapping) -> Printed {
    use super::attributes::{service::SERVICE, top_level};
    let mut entries: Vec<(Rc<str>, Printed)> = Vec::new();
    let sections = [
        ("configs", &top_level::CONFIG),
        ("networks", &top_level::NETWORK),
        ("secrets", &top_level::SECRET),
        ("volumes", &top_level::VOLUME),
    ];
    entries.push(("name".into(), Printed::Text(name.into())));
    entries.push(("services".into(), resources(&SERVICE, services)));
    for (section, kind) in sections {
        if let Some(mapping) = model.mapping(section).filter(|mapping| !mapping.is_empty()) {
            entries.push((section.into(), resources(kind, mapping)));
        }
    }
    for entry in model.iter().filter(|entry| entry.key.starts_with("x-")) {
        entries.push((entry.key.clone(), extension(&entry.value)));
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Printed::Object(entries)
}

fn resources(kind: &'static Object, mapping: &Mapping) -> Printed {
    let entries = mapping.iter().filter_map(|entry| Some((entry.key.clone(), object(kind, entry.value.as_mapping()?))));
    Printed::Object(entries.collect())
}

impl Printed {
    /// The value as `serde_json` holds it. `docker compose config` writes every dollar sign twice; this does not.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Printed::Null => serde_json::Value::Null,
            Printed::Bool(flag) => (*flag).into(),
            Printed::Integer(number) => (*number).into(),
            Printed::Number(text) => serde_json::from_str(text).unwrap_or(serde_json::Value::Null),
            Printed::Text(text) => (&**text).into(),
            Printed::List(items) => items.iter().map(Printed::to_json).collect(),
            Printed::Object(entries) => {
                let shown = json_entries(entries).map(|(key, value)| (key.to_string(), value.to_json()));
                shown.collect::<serde_json::Map<_, _>>().into()
            }
            Printed::OnlyJson(inner) | Printed::OnlyYaml(inner) => inner.to_json(),
        }
    }

    /// As `docker compose config --format json` prints it, without the line break at its end.
    pub fn json_text(&self) -> String {
        let mut text = String::new();
        self.write_json(0, &mut text);
        text.replace('$', "$$")
    }

    /// Its keys and values, if it has some.
    pub fn entries(&self) -> Option<&[(Rc<str>, Printed)]> {
        match self {
            Printed::Object(entries) => Some(entries),
            Printed::OnlyJson(inner) | Printed::OnlyYaml(inner) => inner.entries(),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Printed> {
        self.entries()?.iter().find(|(known, _)| **known == *key).map(|(_, value)| value)
    }

    /// The same without some keys.
    pub fn without(&self, keys: &[&str]) -> Printed {
        let kept = self.entries().unwrap_or(&[]).iter().filter(|(key, _)| !keys.contains(&&**key));
        Printed::Object(kept.cloned().collect())
    }

    /// Puts something else under a key that is there.
    pub fn replace(&mut self, key: &str, with: impl Fn(&Printed) -> Printed) {
        let Printed::Object(entries) = self else { return };
        for (_, value) in entries.iter_mut().filter(|(known, _)| **known == *key) {
            *value = with(value);
        }
    }

    /// On one line, as Go's `json.Marshal` writes it: without spaces, and with `<`, `>` and `&` escaped.
    pub fn compact_json(&self) -> String {
        let mut text = String::new();
        self.write_compact(&mut text);
        text
    }

    fn write_compact(&self, text: &mut String) {
        match self {
            Printed::List(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    item.write_compact(text);
                }
                text.push(']');
            }
            Printed::Object(entries) => {
                text.push('{');
                for (at, (key, value)) in json_entries(entries).enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    Printed::Text(key.clone()).write_compact(text);
                    text.push(':');
                    value.write_compact(text);
                }
                text.push('}');
            }
            Printed::OnlyJson(inner) | Printed::OnlyYaml(inner) => inner.write_compact(text),
            scalar => {
                let mut plain = String::new();
                scalar.write_json(0, &mut plain);
                text.push_str(&plain.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
            }
        }
    }

    fn write_json(&self, depth: usize, text: &mut String) {
        match self {
            Printed::Null => text.push_str("null"),
            Printed::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
            Printed::Integer(number) => text.push_str(&number.to_string()),
            Printed::Number(number) => text.push_str(number),
            Printed::Text(string) => write_json_string(string, text),
            Printed::OnlyJson(inner) | Printed::OnlyYaml(inner) => inner.write_json(depth, text),
            Printed::List(items) => {
                let items = items.iter().map(|item| (None, item));
                write_json_items(('[', ']'), items, depth, text);
            }
            Printed::Object(entries) => {
                let entries = json_entries(entries).map(|(key, value)| (Some(&**key), value));
                write_json_items(('{', '}'), entries, depth, text);
            }
        }
    }

    /// As `docker compose config` prints it.
    pub fn yaml_text(&self) -> String {
        emit(&self.yaml())
    }

    /// The value as YAML shows it, with every dollar sign twice.
    fn yaml(&self) -> Output<'_> {
        match self {
            Printed::Null => Output::Null,
            Printed::Bool(flag) => Output::Bool(*flag),
            Printed::Integer(number) => Output::Integer(*number),
            Printed::Number(number) => number.parse().map_or(Output::Null, Output::Float),
            Printed::Text(string) => Output::Text(doubled(string)),
            Printed::List(items) => Output::Sequence(items.iter().map(Printed::yaml).collect()),
            Printed::Object(entries) => {
                let mut shown: Vec<(Cow<str>, Output)> = entries
                    .iter()
                    .filter(|(_, value)| !matches!(value, Printed::OnlyJson(_)))
                    .map(|(key, value)| (doubled(key), value.yaml()))
                    .collect();
                if shown.iter().any(|(key, _)| key == "services") {
                    shown.sort_by_key(|(key, _)| section_rank(key));
                }
                Output::Mapping(shown)
            }
            Printed::OnlyJson(inner) | Printed::OnlyYaml(inner) => inner.yaml(),
        }
    }
}

/// The sections of a project in the order YAML shows them; JSON shows them by name.
fn section_rank(section: &str) -> usize {
    const ORDER: [&str; 6] = ["name", "services", "networks", "volumes", "secrets", "configs"];
    ORDER.iter().position(|known| *known == section).unwrap_or(ORDER.len())
}

fn doubled(text: &str) -> Cow<'_, str> {
    if text.contains('$') { Cow::Owned(text.replace('$', "$$")) } else { Cow::Borrowed(text) }
}

fn json_entries(entries: &[(Rc<str>, Printed)]) -> impl Iterator<Item = &(Rc<str>, Printed)> {
    entries.iter().filter(|(_, value)| !matches!(value, Printed::OnlyYaml(_)))
}

/// Items, or keys and values, between brackets, each on a line of its own.
fn write_json_items<'p>(
    (open, close): (char, char),
    items: impl Iterator<Item = (Option<&'p str>, &'p Printed)>,
    depth: usize,
    text: &mut String,
) {
    let indent = |text: &mut String, depth: usize| {
        text.push('\n');
        (0..depth).for_each(|_| text.push_str("  "));
    };
    text.push(open);
    let before = text.len();
    for (key, value) in items {
        if text.len() > before {
            text.push(',');
        }
        indent(text, depth + 1);
        if let Some(key) = key {
            write_json_string(key, text);
            text.push_str(": ");
        }
        value.write_json(depth + 1, text);
    }
    if text.len() > before {
        indent(text, depth);
    }
    text.push(close);
}

/// A string as Go's JSON encoder writes it without HTML escapes.
fn write_json_string(string: &str, text: &mut String) {
    text.push('"');
    for letter in string.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => text.push_str(&format!("\\u{:04x}", letter as u32)),
            other => text.push(other),
        }
    }
    text.push('"');
}
