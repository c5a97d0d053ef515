//! Lists whose items must be unique by key: of two items with the same key the later one stays, at the earlier one's
//! place (semantics L53). Runs before the schema is checked, so it meets values of any form.

use super::format;
use super::path::Path;
use super::problems::Problems;
use super::value::{Data, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use std::collections::BTreeMap;
use std::rc::Rc;

/// By what the items of a list are told apart; the error is Docker's text.
type Key = fn(&Value, &Path) -> Result<Rc<str>, String>;

/// Removes repeated items from the lists of a whole model.
pub fn enforce(model: &mut Mapping, problems: &mut Problems) {
    for section in ["networks", "services"] {
        let top = Path::TOP.key(section);
        let Some(resources) = model.mapping_mut(section) else { continue };
        for entry in resources.iter_mut() {
            let path = top.key(&entry.key);
            let Some(resource) = entry.value.as_mapping_mut() else { continue };
            match section {
                "networks" => enforce_list(resource, "labels", key_value, &path, problems),
                _ => enforce_service(resource, &path, problems),
            }
        }
    }
}

fn enforce_service(service: &mut Mapping, path: &Path, problems: &mut Problems) {
    for entry in service.iter_mut() {
        let here = path.key(&entry.key);
        let key: Key = match &*entry.key {
            "annotations" | "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search" | "environment" | "labels"
            | "links" | "profiles" | "sysctls" | "tmpfs" => key_value,
            "devices" => device,
            "volumes" => target,
            "configs" => config_target,
            "secrets" => secret_target,
            "env_file" => env_file,
            "expose" => exposed,
            "ports" => port,
            "build" | "deploy" | "networks" => {
                enforce_inside(&mut entry.value, &here, problems);
                continue;
            }
            _ => continue,
        };
        enforce_value(&mut entry.value, key, &here, problems);
    }
}

fn enforce_inside(value: &mut Value, path: &Path, problems: &mut Problems) {
    let Some(mapping) = value.as_mapping_mut() else { return };
    match path.part() {
        super::path::Part::Key("build") => {
            for attribute in ["additional_contexts", "args", "labels", "tags"] {
                enforce_list(mapping, attribute, key_value, path, problems);
            }
        }
        super::path::Part::Key("deploy") => enforce_list(mapping, "labels", key_value, path, problems),
        _ => {
            for entry in mapping.iter_mut() {
                let here = path.key(&entry.key);
                if let Some(network) = entry.value.as_mapping_mut() {
                    enforce_list(network, "aliases", key_value, &here, problems);
                    enforce_list(network, "link_local_ips", key_value, &here, problems);
                }
            }
        }
    }
}

fn enforce_list(mapping: &mut Mapping, attribute: &str, key: Key, path: &Path, problems: &mut Problems) {
    if let Some(value) = mapping.get_mut(attribute) {
        enforce_value(value, key, &path.key(attribute), problems);
    }
}

fn enforce_value(value: &mut Value, key: Key, path: &Path, problems: &mut Problems) {
    let Data::Sequence(items) = &mut value.data else { return };
    let mut places: BTreeMap<Rc<str>, usize> = BTreeMap::new();
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for (index, item) in std::mem::take(items).into_iter().enumerate() {
        let name = match key(&item, &path.index(index)) {
            Ok(name) => name,
            Err(text) => {
                problems.refuse(text, bad_item(&item));
                continue;
            }
        };
        if let Some(at) = places.get(&name) {
            kept[*at] = item;
        } else {
            places.insert(name, kept.len());
            kept.push(item);
        }
    }
    *items = kept;
}

fn bad_item(item: &Value) -> Diagnostic {
    let what = super::schema::type_name(item);
    let message = match &item.data {
        Data::Text(text) => format!("`{text}` is not a volume Docker can read"),
        Data::Mapping(_) => "this entry has no `target`, or is a mapping where a string is wanted".to_string(),
        _ => format!("this item is {what}, and a string is wanted"),
    };
    Diagnostic::new("bad-list-item", Severity::Error, item.span, message)
}

fn key_value(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    match &item.data {
        Data::Text(text) => Ok(text.split_once('=').map_or_else(|| text.clone(), |(key, _)| key.into())),
        _ => Err(format!("{}: unexpected type {}", path.bracketed(), item.go_type())),
    }
}

fn target(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    match &item.data {
        Data::Mapping(mapping) => match mapping.get("target").map(|target| &target.data) {
            Some(Data::Text(target)) => Ok(target.clone()),
            _ => Err(format!("service volume {} is missing a mount target", path.bracketed())),
        },
        Data::Text(text) => Ok(format::volume::parse(text).map_err(|error| error.docker)?.target.as_str().into()),
        _ => Ok("".into()),
    }
}

fn device(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    match &item.data {
        Data::Mapping(mapping) => match mapping.get("target") {
            Some(target) => Ok(target.go_text()),
            None => Err(format!("service device {} is missing a mount target", path.bracketed())),
        },
        Data::Text(text) => match text.split(':').collect::<Vec<_>>().as_slice() {
            [source] => Ok((*source).into()),
            [_, target] | [_, target, _] => Ok((*target).into()),
            _ => Err(format!("confusing device mapping, please use long syntax: {text}")),
        },
        _ => Ok("".into()),
    }
}

fn exposed(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    match &item.data {
        Data::Text(_) | Data::Integer(_) => Ok(item.go_text()),
        _ => Err(format!("{}: unsupported expose value {}", path.bracketed(), wrong_verb(item))),
    }
}

/// A value that is no string as Go's `%s` prints it.
fn wrong_verb(item: &Value) -> String {
    match &item.data {
        Data::Null => "%!s(<nil>)".into(),
        Data::Text(text) => text.to_string(),
        Data::Mapping(_) | Data::Sequence(_) => item.go_text().to_string(),
        _ => format!("%!s({}={})", item.go_type(), item.go_text()),
    }
}

fn granted(item: &Value, path: &Path, folder: &str) -> Result<Rc<str>, String> {
    match &item.data {
        Data::Text(text) => Ok(format!("{folder}/{text}").into()),
        Data::Mapping(mapping) => match mapping.get("target") {
            Some(target) => Ok(target.go_text()),
            None => {
                let source = mapping.get("source").map_or_else(|| "".into(), Value::go_text);
                Ok(format!("{folder}/{source}").into())
            }
        },
        _ => Err(format!("{}: unsupported expose value {}", path.bracketed(), wrong_verb(item))),
    }
}

fn config_target(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    granted(item, path, "")
}

fn secret_target(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    granted(item, path, "/run/secrets")
}

fn env_file(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    match &item.data {
        Data::Text(text) => Ok(text.clone()),
        Data::Mapping(mapping) => match mapping.get("path") {
            Some(file) => Ok(file.go_text()),
            None => Err(format!("environment path attribute {} is missing", path.bracketed())),
        },
        _ => Ok("".into()),
    }
}

fn port(item: &Value, path: &Path) -> Result<Rc<str>, String> {
    let Data::Mapping(mapping) = &item.data else {
        return Ok(if matches!(item.data, Data::Text(_) | Data::Integer(_)) { item.go_text() } else { "".into() });
    };
    let Some(target) = mapping.get("target") else {
        return Err(format!("service ports {} is missing a target port", path.bracketed()));
    };
    let or = |key: &str, default: &str| mapping.get(key).map_or_else(|| default.to_string(), wrong_verb);
    let (host, published, protocol) = (or("host_ip", "0.0.0.0"), or("published", ""), or("protocol", "tcp"));
    Ok(format!("{host}:{published}:{}/{protocol}", target.go_text()).into())
}
