//! From a YAML document to a value: aliases and merge keys resolved, keys made strings, `!reset` and `!override` noted
//! (semantics L41, L43, L44, L54). Must not know any attribute.

use super::problems::Problems;
use super::scalars;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span, TextRange};
use crate::yaml::{Kind, Node, Origin};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many values a document may unfold to: aliases of aliases multiply.
pub const MAX_VALUES: usize = 1_000_000;

/// How deep a document may nest, aliases unfolded. go-yaml stops at 10,000; unfolding needs more room per level.
pub const MAX_DEPTH: usize = 500;

/// What was made of a document.
pub struct Constructed {
    /// The value.
    pub value: Value,
    /// Where the texts with variables stand in the file.
    pub origins: BTreeMap<Span, Origin>,
    /// Paths of the values with `!reset` or `!override`.
    pub replaced: Vec<Vec<Rc<str>>>,
}

/// The file a document stands in.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Its number.
    pub file: FileId,
    /// Its path, for messages.
    pub path: &'a str,
}

struct Construction<'n, 'p> {
    place: Place<'p>,
    problems: &'p mut Problems,
    anchors: BTreeMap<&'n str, &'n Node>,
    open: Vec<(&'n Node, usize)>,
    values: usize,
    depth: usize,
    path: Vec<Rc<str>>,
    origins: BTreeMap<Span, Origin>,
    replaced: Vec<Vec<Rc<str>>>,
    halted: bool,
}

/// Makes a value of a document.
pub fn construct(document: &Node, place: Place, problems: &mut Problems) -> Constructed {
    let mut work = Construction {
        place,
        problems,
        anchors: BTreeMap::new(),
        open: Vec::new(),
        values: 0,
        depth: 0,
        path: Vec::new(),
        origins: BTreeMap::new(),
        replaced: Vec::new(),
        halted: false,
    };
    let value = work.node(document);
    let value = value.unwrap_or_else(|| Value::new(Data::Null, work.span(document.range)));
    Constructed { value, origins: work.origins, replaced: work.replaced }
}

impl<'n> Construction<'n, '_> {
    fn span(&self, range: TextRange) -> Span {
        Span { file: self.place.file, range }
    }

    fn refuse(&mut self, text: &str, code: &str, range: TextRange, message: String) {
        let docker = format!("failed to parse {}: {text}", self.place.path);
        self.problems.refuse(docker, Diagnostic::new(code, Severity::Error, self.span(range), message));
    }

    /// The value of a node; `None` for one with `!reset`.
    fn node(&mut self, node: &'n Node) -> Option<Value> {
        let span = self.span(node.range);
        if self.halted {
            return Some(Value::new(Data::Null, span));
        }
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(&anchor.text, node);
        }
        self.values += 1;
        if self.values > MAX_VALUES || self.depth > MAX_DEPTH {
            self.halt(node.range);
            return Some(Value::new(Data::Null, span));
        }
        match node.tag_text() {
            Some("!reset") => {
                self.replaced.push(self.path.clone());
                return None;
            }
            Some("!override") => self.replaced.push(self.path.clone()),
            _ => {}
        }
        self.depth += 1;
        if node.anchor.is_some() {
            self.open.push((node, self.path.len()));
        }
        let value = self.value(node, span);
        if node.anchor.is_some() {
            self.open.pop();
        }
        self.depth -= 1;
        value
    }

    fn halt(&mut self, range: TextRange) {
        self.halted = true;
        let (limit, message) = if self.depth > MAX_DEPTH {
            ("depth", format!("values nest deeper than {MAX_DEPTH} levels"))
        } else {
            ("aliases", format!("aliases unfold to more than {MAX_VALUES} values"))
        };
        self.refuse(&format!("{message} (limit of drydock)"), &format!("too-many-{limit}"), range, message.clone());
    }

    fn value(&mut self, node: &'n Node, span: Span) -> Option<Value> {
        match &node.kind {
            Kind::Scalar(scalar) => {
                let data = scalars::resolve(scalar, node.tag_text()).unwrap_or_else(|text| {
                    self.refuse(&text, "bad-tag", node.range, text.trim_start_matches("yaml: ").to_string());
                    Data::Null
                });
                if scalar.text.contains('$') && matches!(data, Data::Text(_)) {
                    self.origins.insert(span, scalar.origin.clone());
                }
                Some(Value::new(data, span))
            }
            Kind::Sequence(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.to_string().into());
                    values.extend(self.node(item));
                    self.path.pop();
                }
                Some(Value::new(Data::Sequence(values), span))
            }
            Kind::Mapping(entries) => Some(Value::new(Data::Mapping(self.mapping(entries)), span)),
            Kind::Alias(name) => self.alias(name, node),
        }
    }

    fn alias(&mut self, name: &'n str, node: &'n Node) -> Option<Value> {
        let nothing = Some(Value::new(Data::Null, self.span(node.range)));
        let Some(target) = self.anchors.get(name).copied() else { return nothing };
        let opened = self.open.iter().find(|(open, _)| std::ptr::eq(*open, target)).map(|(_, depth)| *depth);
        if let Some(depth) = opened {
            self.cycle(depth, node);
            return nothing;
        }
        self.node(target)
    }

    /// An alias within the value it stands for: Docker notices when it meets the alias for the second time.
    fn cycle(&mut self, target_depth: usize, node: &'n Node) {
        let first = self.path.join(".");
        let again: Vec<&str> = self.path.iter().chain(&self.path[target_depth..]).map(|key| &**key).collect();
        let text = format!("cycle detected: node at path {} references node at path {first}", again.join("."));
        self.refuse(&text, "alias-cycle", node.range, "this alias stands within the value it stands for".into());
    }

    fn mapping(&mut self, entries: &'n [crate::yaml::Entry]) -> Mapping {
        let mut own: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut merged: Vec<Entry> = Vec::new();
        let mut lines: BTreeMap<&str, u32> = BTreeMap::new();
        for entry in entries {
            let Some(key) = self.key(&entry.key) else { continue };
            let plain = entry.key.scalar().is_some_and(|scalar| scalar.style == crate::yaml::Style::Plain);
            if let Some(first) = lines.get(key).copied() {
                self.repeated(key, first, &entry.key);
                continue;
            }
            lines.insert(key, entry.key.line);
            if key == "<<" && plain {
                self.merge(&entry.value, &mut merged);
                continue;
            }
            let key: Rc<str> = key.into();
            self.path.push(key.clone());
            let value = self.node(&entry.value);
            self.path.pop();
            if let Some(value) = value {
                own.push(Entry { key, key_span: self.span(entry.key.range), value });
            }
        }
        if merged.is_empty() {
            return Mapping::from_entries(own);
        }
        merged.reverse();
        merged.extend(own);
        Mapping::from_entries(merged)
    }

    fn repeated(&mut self, key: &str, first: u32, node: &Node) {
        let quoted = super::format::quote::quote(key);
        let text = format!("line {}: mapping key {quoted} already defined at line {first}", node.line);
        let message = format!("`{key}` is already set on line {first}");
        self.refuse(&text, "duplicate-key", node.range, message);
    }

    /// The text of a key, if it can be one.
    fn key(&mut self, node: &'n Node) -> Option<&'n str> {
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(&anchor.text, node);
        }
        let target = match &node.kind {
            Kind::Alias(name) => self.anchors.get(name.as_str()).copied()?,
            _ => node,
        };
        let Some(scalar) = target.scalar() else {
            let shown = self.node(target).map_or_else(String::new, |value| go_syntax(&value));
            let text = format!("yaml: invalid map key: {shown}");
            self.refuse(&text, "bad-key", node.range, "a key must be a string".into());
            return None;
        };
        match scalars::resolve(scalar, target.tag_text()) {
            Ok(Data::Text(_)) | Err(_) => Some(&scalar.text),
            Ok(_) if scalar.text == "<<" => Some(&scalar.text),
            Ok(data) => {
                let place =
                    if self.path.is_empty() { "at top level".to_string() } else { format!("in {}", self.path_text()) };
                // Go's `%#v` shows no type for nil that stands alone.
                let shown = match data {
                    Data::Null => "<nil>".to_string(),
                    data => go_syntax(&Value::new(data, Span::default())),
                };
                let message = format!("`{}` is not a string; put it in quotes", scalar.text);
                let span = self.span(node.range);
                let text = format!("non-string key {place}: {shown}");
                self.problems.refuse(text, Diagnostic::new("non-string-key", Severity::Error, span, message));
                Some(&scalar.text)
            }
        }
    }

    /// The path with list items as `[0]` behind their list.
    fn path_text(&self) -> String {
        let mut text = String::new();
        for part in &self.path {
            if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
                text.push_str(&format!("[{part}]"));
            } else {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(part);
            }
        }
        text
    }

    /// Adds the entries of a merge key's value: of two with the same key the earlier one stays.
    fn merge(&mut self, node: &'n Node, merged: &mut Vec<Entry>) {
        let is_list = node.items().is_some();
        let sources: Vec<&'n Node> = node.items().map_or_else(|| vec![node], |items| items.iter().collect());
        for source in sources {
            match self.node(source) {
                Some(Value { data: Data::Mapping(mapping), .. }) => {
                    for entry in mapping.into_entries() {
                        if !merged.iter().any(|known| known.key == entry.key) {
                            merged.push(entry);
                        }
                    }
                }
                _ if self.halted => {}
                _ => {
                    let text = "yaml: map merge requires map or sequence of maps as the value";
                    let message = if is_list {
                        "every item of `<<` must be a mapping"
                    } else {
                        "the value of `<<` must be a mapping"
                    };
                    self.refuse(text, "bad-merge", source.range, message.into());
                }
            }
        }
    }
}

/// A value as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    match &value.data {
        Data::Null => "interface {}(nil)".into(),
        Data::Text(text) => super::format::quote::quote(text),
        Data::Sequence(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Data::Mapping(mapping) => {
            let pair =
                |entry: &Entry| format!("{}:{}", super::format::quote::quote(&entry.key), go_syntax(&entry.value));
            let items: Vec<String> = mapping.iter().map(pair).collect();
            format!("map[string]interface {{}}{{{}}}", items.join(", "))
        }
        _ => value.go_text().to_string(),
    }
}
