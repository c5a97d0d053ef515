//! Values as Go's templates see them: structures with fields in a fixed order, maps, lists and what may be missing. How they
//! are printed and turned into JSON, as Docker's programs do it. Must not know templates.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A pointer to nothing.
    Nil,
    /// What a map has not: it is printed as `<no value>`.
    Missing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A span of time: nanoseconds in JSON, `1m30s` in print.
    Span(Duration),
    /// A text.
    Text(String),
    /// A list; without items `null` in JSON.
    List(Option<Vec<Value>>),
    /// A map; without entries `null` in JSON.
    Map(Option<BTreeMap<String, Value>>),
    /// A structure: the name of its type, as errors show it, and its fields.
    Struct(&'static str, Vec<Field>),
}

/// A field of a structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: Value,
    /// Whether JSON leaves it out when it is empty.
    pub omits_empty: bool,
    /// What JSON calls it, if not by its name.
    pub json_name: Option<&'static str>,
}

impl Field {
    /// The same, under another name in JSON.
    pub fn written(self, name: &'static str) -> Self {
        Self { json_name: Some(name), ..self }
    }

    fn key(&self) -> &str {
        self.json_name.unwrap_or(&self.name)
    }
}

/// A field that JSON always shows.
pub fn field(name: &'static str, value: impl Into<Value>) -> Field {
    Field { name: name.into(), value: value.into(), omits_empty: false, json_name: None }
}

/// A field that JSON shows unless it is empty.
pub fn optional(name: &'static str, value: impl Into<Value>) -> Field {
    Field { name: name.into(), value: value.into(), omits_empty: true, json_name: None }
}

impl Value {
    /// A list of texts.
    pub fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(Some(texts.into_iter().map(|text| text.as_ref().into()).collect()))
    }

    /// A map.
    pub fn map<K: AsRef<str>, V: Into<Value>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(Some(entries.into_iter().map(|(key, value)| (key.as_ref().to_owned(), value.into())).collect()))
    }

    /// An object of JSON as a structure.
    pub fn structure(kind: &'static str, object: &serde_json::Value) -> Self {
        let entries = object.as_object().into_iter().flatten();
        let field = |(name, value): (&String, &serde_json::Value)| Field {
            name: name.clone().into(),
            value: value.into(),
            omits_empty: false,
            json_name: None,
        };
        Self::Struct(kind, entries.map(field).collect())
    }

    /// Whether `if` takes its first branch.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil | Self::Missing => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0,
            Self::Span(span) => !span.is_zero(),
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => items.as_ref().is_some_and(|items| !items.is_empty()),
            Self::Map(entries) => entries.as_ref().is_some_and(|entries| !entries.is_empty()),
            Self::Struct(..) => true,
        }
    }

    fn is_empty(&self) -> bool {
        !matches!(self, Self::Struct(..)) && !self.is_true()
    }

    /// The same as it is read back from JSON: without types, and without what JSON leaves out.
    pub fn untyped(&self) -> Value {
        match self {
            Self::Struct(_, fields) => {
                let shown = fields.iter().filter(|field| !(field.omits_empty && field.value.is_empty()));
                Self::map(shown.map(|field| (field.key(), field.value.untyped())))
            }
            Self::List(Some(items)) => Self::List(Some(items.iter().map(Value::untyped).collect())),
            Self::Map(Some(entries)) => Self::map(entries.iter().map(|(key, value)| (key, value.untyped()))),
            Self::List(None) | Self::Map(None) => Self::Nil,
            Self::Span(span) => Self::Number(nanoseconds(*span)),
            other => other.clone(),
        }
    }

    /// What it looks like when it is printed.
    pub fn shown(&self) -> String {
        let words = |values: Vec<String>| values.join(" ");
        match self {
            Self::Nil => "<nil>".to_owned(),
            Self::Missing => "<no value>".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Span(span) => span_text(*span),
            Self::Text(text) => text.clone(),
            Self::List(items) => {
                format!("[{}]", words(items.iter().flatten().map(Value::shown).collect()))
            }
            Self::Map(entries) => {
                let entry = |(key, value): (&String, &Value)| format!("{key}:{}", value.shown());
                format!("map[{}]", words(entries.iter().flatten().map(entry).collect()))
            }
            Self::Struct(_, fields) => {
                format!("{{{}}}", words(fields.iter().map(|field| field.value.shown()).collect()))
            }
        }
    }

    /// As JSON on one line.
    pub fn json(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, None);
        text
    }

    /// As JSON over several lines, indented by four blanks.
    pub fn pretty_json(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, Some(0));
        text
    }

    fn write(&self, text: &mut String, depth: Option<usize>) {
        match self {
            Self::Nil | Self::Missing | Self::List(None) | Self::Map(None) => text.push_str("null"),
            Self::Text(word) => text.push_str(&serde_json::Value::from(word.as_str()).to_string()),
            Self::Span(span) => text.push_str(&nanoseconds(*span).to_string()),
            Self::List(Some(items)) => {
                let items = items.iter().map(|item| (None, item)).collect();
                block(text, depth, ('[', ']'), items);
            }
            Self::Map(Some(entries)) => {
                let entries = entries.iter().map(|(key, value)| (Some(key.as_str()), value)).collect();
                block(text, depth, ('{', '}'), entries);
            }
            Self::Struct(_, fields) => {
                let shown = fields.iter().filter(|field| !(field.omits_empty && field.value.is_empty()));
                block(text, depth, ('{', '}'), shown.map(|field| (Some(field.key()), &field.value)).collect());
            }
            Self::Bool(_) | Self::Number(_) => text.push_str(&self.shown()),
        }
    }
}

/// A list or an object; indented if it has a depth.
fn block(text: &mut String, depth: Option<usize>, (open, close): (char, char), entries: Vec<(Option<&str>, &Value)>) {
    text.push(open);
    let line = |text: &mut String, depth: usize| text.extend(["\n", &"    ".repeat(depth)]);
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if let Some(depth) = depth {
            line(text, depth + 1);
        }
        if let Some(key) = key {
            text.push_str(&serde_json::Value::from(*key).to_string());
            text.push_str(if depth.is_some() { ": " } else { ":" });
        }
        value.write(text, depth.map(|depth| depth + 1));
    }
    if let Some(depth) = depth.filter(|_| !entries.is_empty()) {
        line(text, depth);
    }
    text.push(close);
}

fn nanoseconds(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

/// A span as Go prints it: `1h0m5s`, `1.5s`, `250ms`, `0s`.
fn span_text(span: Duration) -> String {
    let (seconds, below) = (span.as_secs(), span.subsec_nanos());
    if seconds == 0 && below != 0 {
        let (value, unit) = match below {
            1_000_000.. => (f64::from(below) / 1e6, "ms"),
            1_000.. => (f64::from(below) / 1e3, "µs"),
            _ => (f64::from(below), "ns"),
        };
        return format!("{value}{unit}");
    }
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let rest = if below == 0 { rest.to_string() } else { (rest as f64 + f64::from(below) / 1e9).to_string() };
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, minutes) => format!("{minutes}m{rest}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}s"),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Duration> for Value {
    fn from(span: Duration) -> Self {
        Self::Span(span)
    }
}

/// A pointer.
impl From<Option<Value>> for Value {
    fn from(value: Option<Value>) -> Self {
        value.unwrap_or(Self::Nil)
    }
}

/// A value that comes from JSON, without types.
impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Nil,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Number(number.as_i64().unwrap_or(0)),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(Some(items.iter().map(Value::from).collect())),
            serde_json::Value::Object(entries) => {
                Self::map(entries.iter().map(|(key, value)| (key, Value::from(value))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_printed_and_written_as_go_does() {
        let check = Value::Struct(
            "container.HealthConfig",
            vec![
                optional("Test", Value::texts(["CMD", "true"])),
                optional("Interval", Duration::from_millis(1500)),
                optional("Timeout", Duration::ZERO),
                field("Labels", Value::Map(None)),
            ],
        );
        assert_eq!(check.shown(), "{[CMD true] 1.5s 0s map[]}");
        assert_eq!(check.json(), r#"{"Test":["CMD","true"],"Interval":1500000000,"Labels":null}"#);
        assert_eq!(check.untyped().shown(), "map[Interval:1500000000 Labels:<nil> Test:[CMD true]]");
        assert_eq!(Value::texts(["a"]).pretty_json(), "[\n    \"a\"\n]");
        assert_eq!(Value::texts::<&str>([]).pretty_json(), "[]");
        let shown = [0, 90, 3605].map(|seconds| Value::Span(Duration::from_secs(seconds)).shown());
        assert_eq!(shown, ["0s", "1m30s", "1h0m5s"]);
    }
}
