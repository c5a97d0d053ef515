//! Values of documents: JSON with its order kept, and the types that MongoDB has beside it; how they compare, and how `mongosh` shows them.

use std::cmp::Ordering;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not there.
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Array(Vec<Value>),
    /// A document, in the order of its fields.
    Object(Vec<(String, Value)>),
    /// 24 hexadecimal digits.
    ObjectId(String),
    /// Milliseconds since 1970.
    Date(i64),
    /// A pattern and its flags.
    Regex(String, String),
}

/// The longest line of `util.inspect`, and how many levels it puts on one (Node.js, `breakLength` 80, `compact` 3).
const LINE: usize = 80;
const LEVELS: usize = 3;

impl Value {
    /// A document.
    pub fn object(fields: &[(&str, Value)]) -> Self {
        Self::Object(fields.iter().map(|(key, value)| ((*key).to_string(), value.clone())).collect())
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A field of a document, or an item of an array by its number.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Object(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            Self::Array(items) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The fields of a document; none for anything else.
    pub fn fields(&self) -> &[(String, Value)] {
        if let Self::Object(fields) = self { fields } else { &[] }
    }

    /// The items of an array; none for anything else.
    pub fn items(&self) -> &[Value] {
        if let Self::Array(items) = self { items } else { &[] }
    }

    /// The text; empty for anything else.
    pub fn as_text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// Sets a field of a document, in its place or at the end; whatever else it was becomes a document.
    pub fn set(&mut self, key: &str, value: Value) {
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(Vec::new());
        }
        if let Self::Object(fields) = self {
            match fields.iter_mut().find(|(name, _)| name == key) {
                Some((_, old)) => *old = value,
                None => fields.push((key.to_string(), value)),
            }
        }
    }

    /// Whether JavaScript takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            _ => true,
        }
    }

    /// MongoDB's name of the type (`$type`), which its messages use.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(number) if number.fract() == 0.0 => "int",
            Self::Number(_) => "double",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
            Self::ObjectId(_) => "objectId",
            Self::Date(_) => "date",
            Self::Regex(..) => "regex",
        }
    }

    /// Where the type stands in MongoDB's order of types ("Comparison/Sort Order").
    fn rank(&self) -> u8 {
        match self {
            Self::Undefined | Self::Null => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
            Self::Object(_) => 4,
            Self::Array(_) => 5,
            Self::ObjectId(_) => 7,
            Self::Bool(_) => 8,
            Self::Date(_) => 9,
            Self::Regex(..) => 11,
        }
    }

    /// Whether two values are of comparable types.
    pub fn is_like(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }

    /// MongoDB's order of values.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.total_cmp(two),
            (Self::Text(one), Self::Text(two)) | (Self::ObjectId(one), Self::ObjectId(two)) => one.cmp(two),
            (Self::Bool(one), Self::Bool(two)) => one.cmp(two),
            (Self::Date(one), Self::Date(two)) => one.cmp(two),
            (Self::Array(one), Self::Array(two)) => of_lists(one.iter(), two.iter()),
            (Self::Object(one), Self::Object(two)) => {
                of_lists(one.iter().map(|(_, value)| value), two.iter().map(|(_, value)| value))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// As JSON, in which nothing is lost; the wire and the files hold this.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Self::Undefined => json!({ "u": true }),
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => json!(value),
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
            Self::Array(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(fields) => {
                json!({ "o": fields.iter().map(|(key, value)| json!([key, value.to_json()])).collect::<Vec<_>>() })
            }
            Self::ObjectId(digits) => json!({ "i": digits }),
            Self::Date(millis) => json!({ "t": millis }),
            Self::Regex(pattern, flags) => json!({ "r": [pattern, flags] }),
        }
    }

    /// From that JSON.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::Array(items.iter().map(Self::from_json).collect()),
            Json::Object(map) => {
                let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
                if let Some(pairs) = map.get("o").and_then(Json::as_array) {
                    return Self::Object(
                        pairs.iter().map(|pair| (text(&pair[0]), Self::from_json(&pair[1]))).collect(),
                    );
                }
                match (map.get("i"), map.get("t"), map.get("r")) {
                    (Some(digits), _, _) => Self::ObjectId(text(digits)),
                    (_, Some(millis), _) => Self::Date(millis.as_i64().unwrap_or_default()),
                    (_, _, Some(pair)) => Self::Regex(text(&pair[0]), text(&pair[1])),
                    _ => Self::Undefined,
                }
            }
        }
    }

    /// As JavaScript makes a text of it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::ObjectId(digits) => digits.clone(),
            Self::Array(items) => items.iter().map(Self::to_text).collect::<Vec<_>>().join(","),
            Self::Object(_) => "[object Object]".to_string(),
            other => other.inspected(),
        }
    }

    /// As `mongosh` shows it: Node.js's `util.inspect`.
    pub fn inspected(&self) -> String {
        self.shown(0).0
    }

    /// The text at an indentation, and how deep the last of the filled objects in it lies, itself counted.
    fn shown(&self, indentation: usize) -> (String, usize) {
        let plain = match self {
            Self::Undefined => "undefined".to_string(),
            Self::Null => "null".to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 1e21 => format!("{number:.0}"),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => quoted(text),
            Self::ObjectId(digits) => format!("ObjectId('{digits}')"),
            Self::Date(millis) => format!("ISODate('{}')", iso(*millis)),
            Self::Regex(pattern, flags) => format!("/{pattern}/{flags}"),
            Self::Array(items) => {
                let entries: Vec<(String, usize)> = items.iter().map(|item| item.shown(indentation + 2)).collect();
                let is_numbers = items.iter().all(|item| matches!(item, Self::Number(_)));
                return joined(entries, ('[', ']'), indentation, |texts| in_columns(texts, indentation, is_numbers));
            }
            Self::Object(fields) => {
                let entry = |(key, value): &(String, Value)| {
                    let (text, levels) = value.shown(indentation + 2);
                    (format!("{}: {text}", field_name(key)), levels)
                };
                return joined(fields.iter().map(entry).collect(), ('{', '}'), indentation, |texts| texts);
            }
        };
        (plain, 0)
    }
}

fn of_lists<'a>(mut one: impl Iterator<Item = &'a Value>, mut two: impl Iterator<Item = &'a Value>) -> Ordering {
    loop {
        match (one.next(), two.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(two)) => match one.order(two) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

/// Entries in brackets: on one line if they are short and shallow enough, else a line each. How deep is counted where
/// `util.inspect` came to last.
fn joined(
    entries: Vec<(String, usize)>,
    (open, close): (char, char),
    indentation: usize,
    arranged: impl FnOnce(Vec<String>) -> Vec<String>,
) -> (String, usize) {
    if entries.is_empty() {
        return (format!("{open}{close}"), 0);
    }
    let depth = entries.iter().rev().map(|(_, depth)| *depth).find(|depth| *depth > 0).unwrap_or(0);
    let count = entries.len();
    let texts = arranged(entries.into_iter().map(|(text, _)| text).collect());
    let total = texts.iter().map(|text| text.chars().count()).sum::<usize>() + 2 * texts.len() + indentation + 1 + 10;
    let single = texts.join(", ");
    if depth < LEVELS && texts.len() == count && total <= LINE && !single.contains('\n') {
        return (format!("{open} {single} {close}"), depth + 1);
    }
    let margin = format!("\n{}", " ".repeat(indentation));
    (format!("{open}{margin}  {}{margin}{close}", texts.join(&format!(",{margin}  "))), depth + 1)
}

/// More than six items of an array stand in columns, if they are short (`groupArrayElements` of Node.js).
fn in_columns(texts: Vec<String>, indentation: usize, is_numbers: bool) -> Vec<String> {
    let lengths: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    let longest = lengths.iter().max().copied().unwrap_or(0);
    let (wide, total) = (longest + 2, lengths.iter().sum::<usize>() + 2 * texts.len());
    let is_dense = total as f64 / wide as f64 > 5.0 || longest <= 6;
    if texts.len() <= 6 || wide * 3 + indentation >= LINE || !is_dense {
        return texts;
    }
    let bias = (wide as f64 - total as f64 / texts.len() as f64).sqrt();
    let biased = (wide as f64 - bias).max(1.0);
    let by_shape = ((2.5 * biased * texts.len() as f64).sqrt() / biased).round() as usize;
    let columns = by_shape.min((LINE - indentation) / wide).min(LEVELS * 4).min(15);
    if columns <= 1 {
        return texts;
    }
    let width = |column: usize| lengths.iter().skip(column).step_by(columns).max().copied().unwrap_or(0) + 2;
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &[String]| {
        let last = row.len() - 1;
        let cell = |(column, text): (usize, &String)| match (column == last, is_numbers) {
            (false, true) => format!("{:>width$}", format!("{text}, "), width = widths[column]),
            (false, false) => format!("{:<width$}", format!("{text}, "), width = widths[column]),
            (true, true) => format!("{text:>width$}", width = widths[column] - 2),
            (true, false) => text.clone(),
        };
        row.iter().enumerate().map(cell).collect::<String>()
    };
    texts.chunks(columns).map(line).collect()
}

/// A name of a field: in quotes unless it is an identifier.
fn field_name(name: &str) -> String {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_plain = name.starts_with(is_first) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain { name.to_string() } else { quoted(name) }
}

/// A text in the quotes it has not in it.
fn quoted(text: &str) -> String {
    let quote = ['\'', '"', '`'].into_iter().find(|quote| !text.contains(*quote)).unwrap_or('\'');
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
    let escaped = if text.contains(quote) { escaped.replace('\'', "\\'") } else { escaped };
    format!("{quote}{escaped}{quote}")
}

/// `2026-11-22T09:44:47.417Z`.
fn iso(millis: i64) -> String {
    let date = crate::image::programs::clock::Date::of(std::time::Duration::from_millis(millis.max(0) as u64));
    format!("{}Z", date.millis().replace(' ', "T"))
}
