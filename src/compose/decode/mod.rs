//! Decoding: the canonical model becomes what Docker Compose's own structures hold, attribute by attribute of the table,
//! with the texts of the library that does it there (semantics V5). Must not know what attributes mean.

mod collections;
mod scalars;

use super::attributes::{Attribute, Decoded, Object, PROJECT};
use super::problems::Problems;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

/// One value that cannot be decoded.
#[derive(Clone, Debug)]
struct Failure {
    /// Where it stands.
    span: Span,
    /// The field, as the library names it: `services[web].healthcheck.interval`.
    name: String,
    /// What the library says of it.
    text: String,
}

/// What a single value is decoded with.
struct Decoder {
    failures: Vec<Failure>,
    warnings: Vec<(String, Span)>,
}

/// Result of decoding one value: what Docker says of it if it cannot be.
type Outcome = Result<Data, String>;

/// Decodes a normalised model. A value that cannot be decoded is left out.
pub fn decode(model: Mapping, problems: &mut Problems) -> Mapping {
    let mut decoder = Decoder { failures: Vec::new(), warnings: Vec::new() };
    let mut decoded = Vec::new();
    for entry in model.into_entries() {
        let Some(attribute) = PROJECT.attribute(&entry.key) else {
            decoded.push(entry);
            continue;
        };
        if let Some(value) = decoder.attribute(attribute, entry.value, &entry.key) {
            decoded.push(Entry { value, ..entry });
        }
    }
    for (text, span) in decoder.warnings {
        let message = "YAML 1.2 knows only `true` and `false` as booleans";
        problems.warn(text, Diagnostic::new("old-boolean", Severity::Warning, span, message));
    }
    report(decoder.failures, problems);
    Mapping::from_entries(decoded)
}

/// Decodes a list that stands alone. A value that cannot be decoded is left out.
pub fn decode_list(object: &Object, value: Value, problems: &mut Problems) -> Vec<Value> {
    let mut decoder = Decoder { failures: Vec::new(), warnings: Vec::new() };
    let outcome = decoder.objects(object, value, "");
    report(decoder.failures, problems);
    match outcome {
        Ok(Data::Sequence(items)) => items,
        _ => Vec::new(),
    }
}

fn report(mut failures: Vec<Failure>, problems: &mut Problems) {
    if failures.is_empty() {
        return;
    }
    failures.sort_by_key(|failure| section_rank(&failure.name));
    let lines: Vec<String> = failures.iter().map(|failure| format!("'{}' {}", failure.name, failure.text)).collect();
    let text = format!("decoding failed due to the following error(s):\n\n{}", lines.join("\n"));
    for (failure, line) in failures.iter().zip(&lines) {
        let attribute = failure.name.rsplit(['.', ']']).find(|part| !part.is_empty()).unwrap_or(&failure.name);
        let message = format!("the value of `{attribute}` cannot be read: {}", failure.text);
        let diagnostic = Diagnostic::new("bad-value", Severity::Error, failure.span, message)
            .with_docker(format!("decoding failed due to the following error(s):\n\n{line}"))
            .with_remedy(remedy(&failure.text));
        problems.report(diagnostic);
    }
    problems.refuse_silently(text);
}

/// The library decodes the sections in this order.
fn section_rank(name: &str) -> usize {
    const ORDER: [&str; 6] = ["services", "networks", "volumes", "secrets", "configs", "models"];
    ORDER.iter().position(|section| name.starts_with(section)).unwrap_or(ORDER.len())
}

fn remedy(text: &str) -> &'static str {
    if text.starts_with("time: missing unit") {
        "Write a unit: `30s`, `500ms`, `1m30s`"
    } else if text.starts_with("time:") {
        "Write a number and a unit: `30s`, `500ms`, `1m30s`"
    } else if text.starts_with("invalid size") || text.starts_with("invalid suffix") {
        "Write a number and a unit: `512m`, `1g`"
    } else if text.starts_with("invalid command line") {
        "Close every quote and bracket, or write the command as a list"
    } else {
        ""
    }
}

impl Decoder {
    fn attribute(&mut self, attribute: &Attribute, value: Value, name: &str) -> Option<Value> {
        let span = value.span;
        let outcome = match attribute.decoded {
            Decoded::Nothing => return None,
            Decoded::Object(object) | Decoded::PrintedObject(object) if !value.is_null() => {
                Ok(self.object(object, value, name))
            }
            Decoded::Objects(object) => self.objects(object, value, name),
            Decoded::ObjectMap(object) | Decoded::OptionalObjectMap(object) => self.object_map(object, value, name),
            Decoded::Texts => self.texts(value, name),
            Decoded::TextMap => self.text_map(value, name),
            Decoded::Flag | Decoded::OptionalFlag | Decoded::PrintedFlag => self.flag(&value),
            decoded => scalars::decode(decoded, &value)
                .or_else(|| collections::decode(decoded, &value))
                .unwrap_or(Ok(value.data)),
        };
        self.settle(outcome, span, name)
    }

    fn settle(&mut self, outcome: Outcome, span: Span, name: &str) -> Option<Value> {
        match outcome {
            Ok(data) => Some(Value::new(data, span)),
            Err(text) => {
                self.failures.push(Failure { span, name: name.to_string(), text });
                None
            }
        }
    }

    fn flag(&mut self, value: &Value) -> Outcome {
        match &value.data {
            Data::Text(text) => {
                let (flag, warning) = super::format::number::parse_boolean(text).map_err(|error| error.docker)?;
                self.warnings.extend(warning.map(|warning| (warning, value.span)));
                Ok(Data::Bool(flag))
            }
            Data::Null => Ok(Data::Bool(false)),
            Data::Bool(flag) => Ok(Data::Bool(*flag)),
            _ => Err(unconvertible("bool", value)),
        }
    }

    fn object(&mut self, object: &Object, value: Value, name: &str) -> Data {
        let Data::Mapping(mapping) = value.data else {
            let text = format!("expected a map or struct, got \"{}\"", kind_name(&value));
            self.failures.push(Failure { span: value.span, name: name.to_string(), text });
            return Data::Mapping(Mapping::default());
        };
        let (mut known, mut entries): (Vec<(usize, Entry)>, Vec<Entry>) = (Vec::new(), Vec::new());
        for entry in mapping.into_entries() {
            match object.attributes.iter().position(|attribute| *attribute.name == *entry.key) {
                Some(at) => known.push((at, entry)),
                None if entry.key.starts_with("x-") => entries.push(entry),
                None => {}
            }
        }
        known.sort_by_key(|(at, _)| *at);
        for (at, entry) in known {
            let attribute = &object.attributes[at];
            let (key, key_span) = (entry.key, entry.key_span);
            if let Some(value) = self.attribute(attribute, entry.value, &format!("{name}.{key}")) {
                entries.push(Entry { key, key_span, value });
            }
        }
        Data::Mapping(Mapping::from_entries(entries))
    }

    fn objects(&mut self, object: &Object, value: Value, name: &str) -> Outcome {
        let Data::Sequence(items) = value.data else {
            return match value.data {
                Data::Null => Ok(Data::Null),
                _ => Err(format!("source data must be an array or slice, got {}", kind_name(&value))),
            };
        };
        let decoded = items.into_iter().enumerate().map(|(index, item)| {
            let span = item.span;
            Value::new(self.object(object, item, &format!("{name}[{index}]")), span)
        });
        Ok(Data::Sequence(decoded.collect()))
    }

    fn object_map(&mut self, object: &Object, value: Value, name: &str) -> Outcome {
        let Data::Mapping(mapping) = value.data else {
            return match value.data {
                Data::Null => Ok(Data::Null),
                _ => Err(format!("expected a map, got '{}'", kind_name(&value))),
            };
        };
        let mut entries = Vec::with_capacity(mapping.len());
        for entry in mapping.into_entries() {
            let (key, key_span) = (entry.key, entry.key_span);
            let value = if entry.value.is_null() {
                entry.value
            } else {
                let span = entry.value.span;
                Value::new(self.object(object, entry.value, &format!("{name}[{key}]")), span)
            };
            entries.push(Entry { key, key_span, value });
        }
        Ok(Data::Mapping(Mapping::from_entries(entries)))
    }

    fn texts(&mut self, value: Value, name: &str) -> Outcome {
        let Data::Sequence(items) = value.data else {
            return match value.data {
                Data::Null => Ok(Data::Null),
                Data::Text(text) => Ok(Data::Sequence(vec![Value::new(Data::Text(text), value.span)])),
                _ => Err(format!("source data must be an array or slice, got {}", kind_name(&value))),
            };
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let outcome = scalars::text(&item);
            texts.extend(self.settle(outcome, item.span, &format!("{name}[{index}]")));
        }
        Ok(Data::Sequence(texts))
    }

    fn text_map(&mut self, value: Value, name: &str) -> Outcome {
        let Data::Mapping(mapping) = value.data else { return Ok(Data::Null) };
        let mut entries = Vec::with_capacity(mapping.len());
        for entry in mapping.into_entries() {
            let outcome = scalars::text(&entry.value);
            if let Some(value) = self.settle(outcome, entry.value.span, &format!("{name}[{}]", entry.key)) {
                entries.push(Entry { value, ..entry });
            }
        }
        Ok(Data::Mapping(Mapping::from_entries(entries)))
    }
}

/// What the library says of a value that has no way to become `wanted`.
fn unconvertible(wanted: &str, value: &Value) -> String {
    format!("expected type '{wanted}', got unconvertible type '{}'", value.go_type())
}

/// The kind of a value as Go's reflection names it.
fn kind_name(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "invalid",
        Data::Bool(_) => "bool",
        Data::Integer(_) => "int",
        Data::Unsigned(_) => "uint64",
        Data::Float(_) => "float64",
        Data::Text(_) => "string",
        Data::Sequence(_) => "slice",
        Data::Mapping(_) => "map",
        _ => "struct",
    }
}
