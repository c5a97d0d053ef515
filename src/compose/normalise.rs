//! What is implied becomes explicit: the default network, dependencies from links and namespaces, names of resources,
//! values of variables that are only named (semantics D1, N1, N2, P30). Must not know who acts on it.

use super::files;
use super::value::{Data, Entry, Mapping, Value};
use crate::text::Span;
use std::collections::BTreeMap;

/// Values of variables.
pub type Environment = BTreeMap<String, String>;

/// Fills in the values of `environment` items that are only named, before an included model leaves its own environment.
pub fn resolve_environment(model: &mut Mapping, environment: &Environment) {
    for entry in model.mapping_mut("services").into_iter().flat_map(Mapping::iter_mut) {
        let Some(service) = entry.value.as_mapping_mut() else { continue };
        if let Some(value) = service.get_mut("environment").filter(|value| value.as_sequence().is_some()) {
            fill(value, environment, Unset::Stays);
        }
    }
}

/// Makes everything implied explicit in a canonical model of the project called `name`.
pub fn normalise(model: &mut Mapping, name: &str, environment: &Environment) {
    let span = Span::default();
    model.set("name", Data::text(name), span);
    normalise_networks(model);
    for entry in model.mapping_mut("services").into_iter().flat_map(Mapping::iter_mut) {
        let key_span = entry.key_span;
        if let Some(service) = entry.value.as_mapping_mut() {
            normalise_service(service, key_span, environment);
        }
    }
    name_resources(model, name);
}

fn normalise_networks(model: &mut Mapping) {
    let mut default_user: Option<Span> = None;
    for entry in model.mapping_mut("services").into_iter().flat_map(Mapping::iter_mut) {
        let key_span = entry.key_span;
        let Some(service) = entry.value.as_mapping_mut() else { continue };
        if service.contains("network_mode") || service.contains("provider") {
            continue;
        }
        if service.mapping("networks").is_none_or(Mapping::is_empty) {
            let mut networks = Mapping::default();
            networks.set("default", Data::Null, key_span);
            service.set("networks", Data::Mapping(networks), key_span);
        }
        if service.mapping("networks").is_some_and(|networks| networks.contains("default")) {
            default_user.get_or_insert(key_span);
        }
    }
    let Some(span) = default_user else { return };
    if model.mapping("networks").is_none() {
        model.set("networks", Data::Mapping(Mapping::default()), span);
    }
    if let Some(networks) = model.mapping_mut("networks").filter(|networks| !networks.contains("default")) {
        networks.set("default", Data::Null, span);
    }
}

fn normalise_service(service: &mut Mapping, key_span: Span, environment: &Environment) {
    if service.text("pull_policy") == Some("if_not_present") {
        let span = service.get("pull_policy").map_or(key_span, |value| value.span);
        service.set("pull_policy", Data::text("missing"), span);
    }
    if let Some(build) = service.get_mut("build") {
        normalise_build(build, environment);
    }
    if let Some(value) = service.get_mut("environment") {
        fill(value, environment, Unset::Stays);
    }
    let implied = implied_dependencies(service);
    if !implied.is_empty() {
        if service.mapping("depends_on").is_none() {
            service.set("depends_on", Data::Mapping(Mapping::default()), key_span);
        }
        if let Some(depends_on) = service.mapping_mut("depends_on") {
            add_missing(depends_on, implied);
        }
    }
    if let Some(Value { data: Data::Sequence(volumes), .. }) = service.get_mut("volumes") {
        for target in volumes.iter_mut().filter_map(Value::as_mapping_mut).filter_map(|long| long.get_mut("target")) {
            if let Some(text) = target.as_text() {
                target.data = Data::text(&files::clean(text));
            }
        }
    }
}

fn normalise_build(value: &mut Value, environment: &Environment) {
    let span = value.span;
    let Some(build) = value.as_mapping_mut() else { return };
    if !build.contains("dockerfile") && !build.contains("dockerfile_inline") {
        build.set("dockerfile", Data::text("Dockerfile"), span);
    }
    if let Some(args) = build.get_mut("args") {
        fill(args, environment, Unset::Goes);
    }
}

/// What becomes of a variable that is only named, and not set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unset {
    /// It stays as it is.
    Stays,
    /// It is left out.
    Goes,
}

/// Gives variables that are only named their values.
fn fill(value: &mut Value, environment: &Environment, unset: Unset) {
    match &mut value.data {
        Data::Sequence(items) => {
            for item in items.iter_mut() {
                let Some(text) = item.as_text().filter(|text| !text.contains('=')) else { continue };
                if let Some(found) = environment.get(text) {
                    item.data = Data::text(&format!("{text}={found}"));
                }
            }
            items.retain(|item| unset == Unset::Stays || item.as_text().is_none_or(|text| text.contains('=')));
        }
        Data::Mapping(mapping) => {
            for entry in mapping.iter_mut().filter(|entry| entry.value.is_null()) {
                if let Some(found) = environment.get(&*entry.key) {
                    entry.value.data = Data::text(found);
                }
            }
            mapping.retain(|entry| unset == Unset::Stays || !entry.value.is_null());
        }
        _ => {}
    }
}

struct Implied {
    service: String,
    restart: bool,
    span: Span,
}

fn implied_dependencies(service: &Mapping) -> Vec<Implied> {
    let mut implied = Vec::new();
    let texts = |key: &str| service.get(key).and_then(Value::as_sequence).unwrap_or(&[]);
    for item in texts("links") {
        let link = item.as_text().unwrap_or_default();
        let parts: Vec<&str> = link.split(':').collect();
        let target = if parts.len() == 2 { parts[0] } else { link };
        implied.push(Implied { service: target.into(), restart: true, span: item.span });
    }
    for namespace in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let Some(value) = service.get(namespace) else { continue };
        if let Some(shared) = value.as_text().and_then(|text| text.strip_prefix("service:")) {
            implied.push(Implied { service: shared.into(), restart: true, span: value.span });
        }
    }
    for item in texts("volumes_from") {
        let from = item.as_text().unwrap_or_default();
        if !from.starts_with("container:") {
            let target = from.split(':').next().unwrap_or_default();
            implied.push(Implied { service: target.into(), restart: false, span: item.span });
        }
    }
    implied
}

fn add_missing(depends_on: &mut Mapping, implied: Vec<Implied>) {
    for edge in implied {
        if depends_on.contains(&edge.service) {
            continue;
        }
        let mut long = Mapping::default();
        long.set("condition", Data::text("service_started"), edge.span);
        long.set("restart", Data::Bool(edge.restart), edge.span);
        long.set("required", Data::Bool(true), edge.span);
        depends_on.set(&edge.service, Data::Mapping(long), edge.span);
    }
}

/// Gives every network, volume, secret and config its name on the engine.
fn name_resources(model: &mut Mapping, project: &str) {
    for section in ["networks", "volumes", "configs", "secrets"] {
        for entry in model.mapping_mut(section).into_iter().flat_map(Mapping::iter_mut) {
            let Entry { key, key_span, value } = entry;
            if value.is_null() {
                value.data = Data::Mapping(Mapping::default());
            }
            let Some(resource) = value.as_mapping_mut() else { continue };
            if resource.get("name").is_none_or(Value::is_null) {
                let external = resource.get("external").is_some_and(is_true);
                let name = if external { key.to_string() } else { format!("{project}_{key}") };
                resource.set("name", Data::text(&name), *key_span);
            }
        }
    }
}

fn is_true(value: &Value) -> bool {
    matches!(&*value.go_text(), "1" | "t" | "T" | "true" | "TRUE" | "True")
}
