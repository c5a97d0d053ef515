//! Merging a later file, or a service that extends another, over an earlier one (semantics 1.7).
//! Must not know where the values came from.

use super::path::Path;
use super::problems::Problems;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;
use std::rc::Rc;

/// How the values of one attribute are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Mappings key by key, lists one after the other, everything else replaced.
    Usual,
    /// The later one stands.
    Replace,
    /// Both become lists of `KEY=VALUE`, one after the other.
    KeyValues,
    /// Like [`Rule::KeyValues`], without exact repetitions.
    Hosts,
    /// A path becomes a mapping with `context`.
    Build,
    /// A list becomes a mapping with started conditions.
    Dependencies,
    /// A list becomes a mapping with empty values.
    Names,
    /// Options are put together only if the driver is the same.
    Logging,
    /// Pools of the same subnet are put together.
    AddressPools,
}

fn rule(path: &Path) -> Rule {
    let steps = path.steps();
    let keys: Vec<&str> = steps
        .iter()
        .filter_map(|step| match step {
            super::path::Step::Key(key) => Some(key.as_str()),
            super::path::Step::Index(_) => None,
        })
        .collect();
    match keys.as_slice() {
        ["services", _, "command" | "entrypoint"] | ["services", _, "healthcheck", "test"] => Rule::Replace,
        ["services", _, "ulimits", _] => Rule::Replace,
        [
            "services",
            _,
            "annotations" | "dns" | "dns_opt" | "dns_search" | "env_file" | "label_file" | "environment" | "labels"
            | "sysctls" | "tmpfs",
        ]
        | ["services", _, "build", "args" | "additional_contexts" | "labels"]
        | ["services", _, "deploy", "labels"]
        | ["networks" | "volumes", _, "labels"] => Rule::KeyValues,
        ["services", _, "extra_hosts"] | ["services", _, "build", "extra_hosts"] => Rule::Hosts,
        ["services", _, "build"] => Rule::Build,
        ["services", _, "depends_on"] => Rule::Dependencies,
        ["services", _, "networks" | "models"] => Rule::Names,
        ["services", _, "logging"] => Rule::Logging,
        ["networks", _, "ipam", "config"] => Rule::AddressPools,
        _ => Rule::Usual,
    }
}

/// Puts `over` on top of `base`. Where the two cannot be put together Docker refuses; `base` then stays.
pub fn merge(base: &mut Value, over: Value, path: &Path, problems: &mut Problems) {
    match rule(path) {
        Rule::Usual => merge_usual(base, over, path, problems),
        Rule::Replace => *base = over,
        Rule::KeyValues => {
            let mut items = into_sequence(std::mem::replace(base, Value::new(Data::Null, over.span)));
            items.extend(into_sequence(Value { data: over.data, span: over.span }));
            *base = Value::new(Data::Sequence(items), over.span);
        }
        Rule::Hosts => {
            let mut items = into_sequence(std::mem::replace(base, Value::new(Data::Null, over.span)));
            let span = over.span;
            let more = into_sequence(over);
            let known = items.len();
            let repeated = |item: &Value, items: &[Value]| items[..known].iter().any(|other| other.same_data(item));
            let more: Vec<Value> = more.into_iter().filter(|item| !repeated(item, &items)).collect();
            items.extend(more);
            *base = Value::new(Data::Sequence(items), span);
        }
        Rule::Build => merge_as_mappings(base, over, path, problems, build_mapping),
        Rule::Dependencies => merge_as_mappings(base, over, path, problems, dependency_mapping),
        Rule::Names => merge_as_mappings(base, over, path, problems, name_mapping),
        Rule::Logging => merge_logging(base, over, path, problems),
        Rule::AddressPools => merge_pools(base, over, path, problems),
    }
}

fn merge_usual(base: &mut Value, over: Value, path: &Path, problems: &mut Problems) {
    match (&mut base.data, over.data) {
        (_, Data::Null) => {}
        (Data::Mapping(mapping), Data::Mapping(other)) => merge_mappings(mapping, other, path, problems),
        (Data::Sequence(items), Data::Sequence(more)) => items.extend(more),
        (Data::Mapping(_) | Data::Sequence(_), _) => refuse(base.span, over.span, path, problems),
        (_, data) => *base = Value::new(data, over.span),
    }
}

fn refuse(base: Span, over: Span, path: &Path, problems: &mut Problems) {
    let name = path.bracketed();
    let diagnostic = Diagnostic::new(
        "cannot-override",
        Severity::Error,
        over,
        format!("`{name}` has another form here than in the file it overrides"),
    )
    .with_why("Docker merges mappings with mappings and lists with lists, and refuses anything else")
    .with_remedy("Write it in the same form, or put `!override` before the value to replace what was there")
    .with_related(base, "the form it has there");
    problems.refuse(format!("cannot override {name}"), diagnostic);
}

/// Puts the keys of `other` on top of those of `mapping`.
pub fn merge_mappings(mapping: &mut Mapping, other: Mapping, path: &Path, problems: &mut Problems) {
    if mapping.is_empty() {
        *mapping = other;
        return;
    }
    for entry in other.into_entries() {
        let extension = entry.key.starts_with("x-");
        match mapping.get_mut(&entry.key) {
            Some(known) if !extension => merge(known, entry.value, &path.key(&entry.key), problems),
            _ => mapping.insert(entry),
        }
    }
}

fn merge_as_mappings(
    base: &mut Value,
    over: Value,
    path: &Path,
    problems: &mut Problems,
    convert: fn(Value) -> Mapping,
) {
    let span = over.span;
    let mut mapping = convert(std::mem::replace(base, Value::new(Data::Null, span)));
    merge_mappings(&mut mapping, convert(over), path, problems);
    *base = Value::new(Data::Mapping(mapping), span);
}

fn build_mapping(value: Value) -> Mapping {
    match value.data {
        Data::Mapping(mapping) => mapping,
        Data::Text(_) => {
            let key_span = value.span;
            Mapping::from_entries(vec![Entry { key: "context".into(), key_span, value }])
        }
        _ => Mapping::default(),
    }
}

fn named(value: Value, make: impl Fn(Span) -> Data) -> Mapping {
    match value.data {
        Data::Mapping(mapping) => mapping,
        Data::Sequence(items) => {
            let named = items.into_iter().filter_map(|item| {
                let Data::Text(key) = item.data else { return None };
                Some(Entry { key, key_span: item.span, value: Value::new(make(item.span), item.span) })
            });
            Mapping::from_entries(named.collect())
        }
        _ => Mapping::default(),
    }
}

fn name_mapping(value: Value) -> Mapping {
    named(value, |_| Data::Null)
}

/// A list of services as the long form of `depends_on`.
pub fn dependency_mapping(value: Value) -> Mapping {
    named(value, |span| {
        let mut long = Mapping::default();
        long.set("condition", Data::text("service_started"), span);
        long.set("required", Data::Bool(true), span);
        Data::Mapping(long)
    })
}

fn merge_logging(base: &mut Value, over: Value, path: &Path, problems: &mut Problems) {
    let (Some(mapping), Some(other)) = (base.as_mapping(), over.as_mapping()) else {
        return merge_usual(base, over, path, problems);
    };
    let same = match (mapping.get("driver"), other.get("driver")) {
        (Some(one), Some(two)) => one.same_data(two),
        _ => true,
    };
    if same {
        merge_usual(base, over, path, problems);
    } else {
        *base = over;
    }
}

fn merge_pools(base: &mut Value, over: Value, path: &Path, problems: &mut Problems) {
    let (Data::Sequence(pools), Data::Sequence(others)) = (&base.data, &over.data) else {
        return merge_usual(base, over, path, problems);
    };
    let mut merged: Vec<Value> = Vec::new();
    let subnet = |value: &Value| value.as_mapping().and_then(|pool| pool.text("subnet").map(Rc::<str>::from));
    for pool in pools {
        for other in others {
            let place =
                |merged: &[Value], wanted: &Value| merged.iter().position(|item| subnet(item) == subnet(wanted));
            if subnet(other) != subnet(pool) && place(&merged, other).is_none() {
                merged.push(other.clone());
                continue;
            }
            let mut both = pool.clone();
            merge_usual(&mut both, other.clone(), path, problems);
            match place(&merged, &both) {
                Some(at) => merged[at] = both,
                None => merged.push(both),
            }
        }
    }
    *base = Value::new(Data::Sequence(merged), over.span);
}

/// A mapping as `KEY=VALUE` items, sorted; a string as a list of one.
fn into_sequence(value: Value) -> Vec<Value> {
    match value.data {
        Data::Sequence(items) => items,
        Data::Text(_) => vec![value],
        Data::Mapping(mapping) => {
            let mut items: Vec<Value> = mapping.iter().flat_map(key_value_items).collect();
            items.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
            items
        }
        _ => Vec::new(),
    }
}

fn key_value_items(entry: &Entry) -> Vec<Value> {
    let pair = |value: &Value| {
        let span = entry.whole_span();
        Value::new(Data::Text(format!("{}={}", entry.key, value.go_text()).into()), span)
    };
    match &entry.value.data {
        Data::Null => vec![Value::new(Data::Text(entry.key.clone()), entry.key_span)],
        Data::Sequence(items) => items.iter().map(pair).collect(),
        _ => vec![pair(&entry.value)],
    }
}
