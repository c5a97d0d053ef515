//! Values with places: what every stage of the pipeline reads and rewrites. Must not know any attribute.

use crate::text::{Span, TextRange};
use std::rc::Rc;

/// A value and the place it was read from, or, for an implied value, the place that implies it.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of values: those go-yaml makes, and three that only decoding makes.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond 64 signed bits.
    Unsigned(u64),
    /// A number with a fraction.
    Float(f64),
    /// A string.
    Text(Rc<str>),
    /// A date or a moment, as written. Go cannot make anything of it.
    Timestamp(Rc<str>),
    /// A list.
    Sequence(Vec<Value>),
    /// A mapping with string keys.
    Mapping(Mapping),
    /// Decoded: nanoseconds.
    Duration(i64),
    /// Decoded: bytes.
    Bytes(i64),
    /// Decoded: a 32-bit fraction.
    Single(f32),
}

impl Data {
    /// A string.
    pub fn text(text: &str) -> Self {
        Data::Text(text.into())
    }
}

/// A mapping, kept sorted by key: Go's maps have no order, and this one prints as Go's encoders print them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    entries: Vec<Entry>,
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Rc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

impl Entry {
    /// From the key's first character to the value's last, if both stand in the same file.
    pub fn whole_span(&self) -> Span {
        if self.key_span.file != self.value.span.file || self.value.span.range.start < self.key_span.range.start {
            return self.key_span;
        }
        Span { file: self.key_span.file, range: self.key_span.range.cover(self.value.span.range) }
    }
}

impl Mapping {
    /// A mapping of `entries` in any order; of two with the same key the later one stays.
    pub fn from_entries(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let duplicated = entries.windows(2).any(|pair| pair[0].key == pair[1].key);
        if duplicated {
            entries.reverse();
            entries.dedup_by(|next, kept| next.key == kept.key);
            entries.reverse();
        }
        Self { entries }
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| (*entry.key).cmp(key))
    }

    /// The entry of `key`.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.position(key).ok().map(|at| &self.entries[at])
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.position(key).ok().map(|at| &mut self.entries[at].value)
    }

    /// Whether `key` is there.
    pub fn contains(&self, key: &str) -> bool {
        self.position(key).is_ok()
    }

    /// Sets `key`, replacing what was there.
    pub fn insert(&mut self, entry: Entry) {
        match self.position(&entry.key) {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
    }

    /// Sets `key` to a value implied by the place `span`.
    pub fn set(&mut self, key: &str, data: Data, span: Span) {
        self.insert(Entry { key: key.into(), key_span: span, value: Value { data, span } });
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        self.position(key).ok().map(|at| self.entries.remove(at))
    }

    /// Keeps the entries for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Entry) -> bool) {
        self.entries.retain(keep);
    }

    /// The entries, sorted by key.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// The entries, sorted by key, to change their values. Keys must stay as they are.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Entry> {
        self.entries.iter_mut()
    }

    /// The entries themselves.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The mapping under `key`.
    pub fn mapping(&self, key: &str) -> Option<&Mapping> {
        self.get(key).and_then(Value::as_mapping)
    }

    /// The mapping under `key`, to change.
    pub fn mapping_mut(&mut self, key: &str) -> Option<&mut Mapping> {
        self.get_mut(key).and_then(Value::as_mapping_mut)
    }

    /// The string under `key`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_text)
    }
}

impl Value {
    /// A value implied by, or read from, `span`.
    pub fn new(data: Data, span: Span) -> Self {
        Self { data, span }
    }

    /// An empty mapping at an unknown place.
    pub fn empty_mapping() -> Self {
        Self::new(Data::Mapping(Mapping::default()), Span { range: TextRange::at(0), ..Span::default() })
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The mapping it is.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.data {
            Data::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The mapping it is, to change.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.data {
            Data::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The list it is.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match &self.data {
            Data::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The string it is.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean it is.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number it is.
    pub fn as_integer(&self) -> Option<i64> {
        match self.data {
            Data::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The name of its type as Go's `%T` prints it.
    pub fn go_type(&self) -> &'static str {
        match self.data {
            Data::Null => "<nil>",
            Data::Bool(_) => "bool",
            Data::Integer(_) => "int",
            Data::Unsigned(_) => "uint64",
            Data::Float(_) => "float64",
            Data::Text(_) => "string",
            Data::Timestamp(_) => "time.Time",
            Data::Sequence(_) => "[]interface {}",
            Data::Mapping(_) => "map[string]interface {}",
            Data::Duration(_) => "types.Duration",
            Data::Bytes(_) => "types.UnitBytes",
            Data::Single(_) => "float32",
        }
    }

    /// The value as Go's `%v` prints it.
    pub fn go_text(&self) -> Rc<str> {
        match &self.data {
            Data::Text(text) | Data::Timestamp(text) => text.clone(),
            other => go_text(other).into(),
        }
    }

    /// Equality of values whatever their places, as Go's `reflect.DeepEqual` sees it.
    pub fn same_data(&self, other: &Value) -> bool {
        match (&self.data, &other.data) {
            (Data::Sequence(a), Data::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(left, right)| left.same_data(right))
            }
            (Data::Mapping(a), Data::Mapping(b)) => {
                let same =
                    |(left, right): (&Entry, &Entry)| left.key == right.key && left.value.same_data(&right.value);
                a.len() == b.len() && a.iter().zip(b.iter()).all(same)
            }
            (a, b) => a == b,
        }
    }
}

fn go_text(data: &Data) -> String {
    match data {
        Data::Null => "<nil>".into(),
        Data::Bool(value) => value.to_string(),
        Data::Integer(value) | Data::Duration(value) | Data::Bytes(value) => value.to_string(),
        Data::Unsigned(value) => value.to_string(),
        Data::Float(value) => go_float(*value),
        // The shortest digits of the narrow number, not those of the wide one that equals it.
        Data::Single(value) => go_float(value.to_string().parse().unwrap_or(f64::from(*value))),
        Data::Text(text) | Data::Timestamp(text) => text.to_string(),
        Data::Sequence(items) => {
            let parts: Vec<String> = items.iter().map(|item| go_text(&item.data)).collect();
            format!("[{}]", parts.join(" "))
        }
        Data::Mapping(mapping) => {
            let parts: Vec<String> =
                mapping.iter().map(|entry| format!("{}:{}", entry.key, go_text(&entry.value.data))).collect();
            format!("map[{}]", parts.join(" "))
        }
    }
}

/// A fraction as Go's `%v` prints it: the shortest digits that read back, with an exponent below 1e-4 and from 1e6.
pub fn go_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let magnitude = value.abs();
    // What Go decides by the digits it would print is the same as the magnitude: it never rounds here.
    if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{value}")
}
