//! Short forms become long ones: what later stages meet is the canonical form (semantics 1.6).
//! Runs after the schema was checked; a value of another form was taken out there.

use super::files;
use super::format;
use super::merge::dependency_mapping;
use super::model::MountKind;
use super::path::Path;
use super::problems::Problems;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;
use std::rc::Rc;

/// Brings a whole model into canonical form.
pub fn transform(model: &mut Mapping, problems: &mut Problems) {
    let top = Path::TOP.key("services");
    if let Some(services) = model.mapping_mut("services") {
        for entry in services.iter_mut() {
            if let Some(service) = entry.value.as_mapping_mut() {
                transform_service(service, &top.key(&entry.key), problems);
            }
        }
    }
    for section in ["volumes", "networks", "secrets", "configs"] {
        let top = Path::TOP.key(section);
        for entry in model.mapping_mut(section).into_iter().flat_map(Mapping::iter_mut) {
            if let Some(resource) = entry.value.as_mapping_mut() {
                transform_external(resource, &top.key(&entry.key), problems);
            }
        }
    }
}

fn transform_service(service: &mut Mapping, path: &Path, problems: &mut Problems) {
    service.retain(|entry| !(&*entry.key == "dns" && is_empty(&entry.value)));
    for entry in service.iter_mut() {
        let value = &mut entry.value;
        match &*entry.key {
            "build" => transform_build(value),
            "depends_on" => transform_dependencies(value),
            "env_file" => transform_env_files(value),
            "label_file" | "dns" => transform_text_list(value),
            "extends" => transform_extends(value),
            "gpus" => transform_gpus(value),
            "networks" | "models" => transform_names(value),
            "volumes" => transform_volumes(value, problems),
            "devices" => transform_devices(value, problems),
            "secrets" | "configs" => transform_grants(value),
            "ports" => transform_ports(value, &path.key("ports"), problems),
            "ulimits" => transform_ulimits(value),
            _ => {}
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::Text(text) => text.is_empty(),
        Data::Sequence(items) => items.is_empty(),
        Data::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    }
}

fn single(key: &str, value: Value) -> Data {
    let key_span = value.span;
    Data::Mapping(Mapping::from_entries(vec![Entry { key: key.into(), key_span, value }]))
}

fn take(value: &mut Value) -> Value {
    let span = value.span;
    std::mem::replace(value, Value::new(Data::Null, span))
}

fn transform_text_list(value: &mut Value) {
    if value.as_text().is_some() {
        value.data = Data::Sequence(vec![take(value)]);
    }
}

fn transform_build(value: &mut Value) {
    if value.as_text().is_some() {
        value.data = single("context", take(value));
    }
    let Some(build) = value.as_mapping_mut() else { return };
    for entry in build.iter_mut() {
        match &*entry.key {
            "secrets" => transform_grants(&mut entry.value),
            "ulimits" => transform_ulimits(&mut entry.value),
            "additional_contexts" => transform_key_values(&mut entry.value),
            "ssh" => transform_ssh(&mut entry.value),
            _ => {}
        }
    }
}

/// A list of `KEY=VALUE` as a mapping.
fn transform_key_values(value: &mut Value) {
    let Data::Sequence(items) = &value.data else { return };
    let pair = |item: &Value| {
        let (key, text) = item.as_text()?.split_once('=')?;
        Some(Entry { key: key.into(), key_span: item.span, value: Value::new(Data::text(text), item.span) })
    };
    value.data = Data::Mapping(Mapping::from_entries(items.iter().filter_map(pair).collect()));
}

/// SSH keys as a mapping from id to path; an id alone has no path.
fn transform_ssh(value: &mut Value) {
    let entry = |item: &Value| {
        let text = item.as_text()?;
        let (id, data) = match text.split_once('=') {
            Some((id, path)) => (id, Data::text(path)),
            None => (text, Data::Null),
        };
        Some(Entry { key: id.into(), key_span: item.span, value: Value::new(data, item.span) })
    };
    match &value.data {
        Data::Sequence(items) => {
            value.data = Data::Mapping(Mapping::from_entries(items.iter().filter_map(entry).collect()));
        }
        Data::Text(_) => value.data = Data::Mapping(Mapping::from_entries(entry(value).into_iter().collect())),
        _ => {}
    }
}

fn transform_dependencies(value: &mut Value) {
    let mut mapping = dependency_mapping(take(value));
    for entry in mapping.iter_mut() {
        let Some(long) = entry.value.as_mapping_mut() else { continue };
        if !long.contains("condition") {
            long.set("condition", Data::text("service_started"), entry.key_span);
        }
        if !long.contains("required") {
            long.set("required", Data::Bool(true), entry.key_span);
        }
    }
    value.data = Data::Mapping(mapping);
}

fn transform_env_files(value: &mut Value) {
    transform_text_list(value);
    let Data::Sequence(items) = &mut value.data else { return };
    for item in items {
        if item.as_text().is_some() {
            item.data = single("path", take(item));
        }
        let span = item.span;
        if let Some(long) = item.as_mapping_mut().filter(|long| !long.contains("required")) {
            long.set("required", Data::Bool(true), span);
        }
    }
}

fn transform_extends(value: &mut Value) {
    if value.as_text().is_some() {
        value.data = single("service", take(value));
    }
}

fn transform_gpus(value: &mut Value) {
    if value.as_text().is_some() {
        let request = single("count", take(value));
        value.data = Data::Sequence(vec![Value::new(request, value.span)]);
    }
}

/// A list of names as a mapping to nothing.
fn transform_names(value: &mut Value) {
    let Data::Sequence(items) = &value.data else { return };
    let named = items.iter().filter_map(|item| {
        let Data::Text(key) = &item.data else { return None };
        Some(Entry { key: key.clone(), key_span: item.span, value: Value::new(Data::Null, item.span) })
    });
    value.data = Data::Mapping(Mapping::from_entries(named.collect()));
}

fn transform_grants(value: &mut Value) {
    let Data::Sequence(items) = &mut value.data else { return };
    for item in items {
        if item.as_text().is_some() {
            item.data = single("source", take(item));
        }
    }
}

fn transform_ulimits(value: &mut Value) {
    for entry in value.as_mapping_mut().into_iter().flat_map(Mapping::iter_mut) {
        if entry.value.as_integer().is_some() {
            entry.value.data = single("single", take(&mut entry.value));
        }
    }
}

fn transform_volumes(value: &mut Value, problems: &mut Problems) {
    let Data::Sequence(items) = &mut value.data else { return };
    for item in items.iter_mut() {
        match &item.data {
            Data::Text(text) => match format::volume::parse(text) {
                Ok(volume) => item.data = Data::Mapping(volume_mapping(&volume, item.span)),
                Err(error) => {
                    let text = error.docker;
                    let message = format!("this is not a volume Docker can read: {text}");
                    problems.refuse(text, Diagnostic::new("bad-volume", Severity::Error, item.span, message));
                }
            },
            Data::Mapping(_) => clean_target(item),
            _ => {}
        }
    }
    items.retain(|item| item.as_mapping().is_some());
}

fn clean_target(item: &mut Value) {
    let Some(target) = item.as_mapping_mut().and_then(|long| long.get_mut("target")) else { return };
    if let Some(text) = target.as_text().filter(|text| !text.is_empty()) {
        target.data = Data::text(&files::clean(text));
    }
}

fn volume_mapping(volume: &format::volume::ShortVolume, span: Span) -> Mapping {
    let is_bind = volume.kind == MountKind::Bind;
    let mut long = Mapping::default();
    long.set(
        "type",
        Data::text(if is_bind {
            "bind"
        } else if volume.kind == MountKind::NamedPipe {
            "npipe"
        } else {
            "volume"
        }),
        span,
    );
    if !volume.source.is_empty() {
        long.set("source", Data::text(&volume.source), span);
    }
    if !volume.target.is_empty() {
        long.set("target", Data::text(&files::clean(&volume.target)), span);
    }
    if volume.read_only {
        long.set("read_only", Data::Bool(true), span);
    }
    if is_bind || volume.has_bind_options() {
        let mut bind = Mapping::default();
        if is_bind {
            bind.set("create_host_path", Data::Bool(true), span);
        }
        for (key, text) in [("propagation", &volume.propagation), ("selinux", &volume.selinux)] {
            if let Some(text) = text {
                bind.set(key, Data::text(text), span);
            }
        }
        long.set("bind", Data::Mapping(bind), span);
    }
    if volume.kind == MountKind::Volume || volume.no_copy {
        let mut options = Mapping::default();
        if volume.no_copy {
            options.set("nocopy", Data::Bool(true), span);
        }
        long.set("volume", Data::Mapping(options), span);
    }
    long
}

fn transform_devices(value: &mut Value, problems: &mut Problems) {
    let Data::Sequence(items) = &mut value.data else { return };
    for item in items.iter_mut() {
        let Some(text) = item.as_text() else { continue };
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, permissions) = match parts.as_slice() {
            [source] => (*source, *source, "rwm"),
            [source, target] => (*source, *target, "rwm"),
            [source, target, permissions] => (*source, *target, *permissions),
            _ => {
                let text = format!("confusing device mapping, please use long syntax: {text}");
                let message = "a device is written SOURCE[:TARGET[:PERMISSIONS]]";
                problems.refuse(text, Diagnostic::new("bad-device", Severity::Error, item.span, message));
                continue;
            }
        };
        let mut long = Mapping::default();
        for (key, text) in [("source", source), ("target", target), ("permissions", permissions)] {
            long.set(key, Data::text(text), item.span);
        }
        item.data = Data::Mapping(long);
    }
    items.retain(|item| item.as_mapping().is_some());
}

fn transform_ports(value: &mut Value, path: &Path, problems: &mut Problems) {
    let Data::Sequence(items) = &mut value.data else { return };
    let mut ports = Vec::with_capacity(items.len());
    for item in std::mem::take(items) {
        match &item.data {
            Data::Text(_) | Data::Integer(_) => match format::port::parse(&item.go_text()) {
                Ok(parsed) => ports.extend(parsed.iter().map(|port| port_value(port, item.span))),
                Err(error) => problems.refuse(error.docker.clone(), bad_port(&item, &error.docker)),
            },
            Data::Mapping(_) => ports.push(item),
            _ => {
                let text = format!("{}: invalid type {} for port", path.unnumbered(), item.go_type());
                problems.refuse(text, bad_port(&item, "it is neither a number, a string nor a mapping"));
            }
        }
    }
    *items = ports;
}

fn bad_port(item: &Value, why: &str) -> Diagnostic {
    let message = format!("this is not a port Docker can read: {why}");
    Diagnostic::new("bad-port", Severity::Error, item.span, message)
        .with_remedy("Write `\"HOST:CONTAINER\"`, such as `\"8080:80\"`, or the container's port alone")
}

fn port_value(port: &format::port::PortMapping, span: Span) -> Value {
    let mut long = Mapping::default();
    long.set("mode", Data::text("ingress"), span);
    if !port.host_ip.is_empty() {
        long.set("host_ip", Data::text(&port.host_ip), span);
    }
    long.set("target", Data::Integer(i64::from(port.target)), span);
    if !port.published.is_empty() {
        long.set("published", Data::text(&port.published), span);
    }
    long.set("protocol", Data::text(&port.protocol), span);
    Value::new(Data::Mapping(long), span)
}

fn transform_external(resource: &mut Mapping, path: &Path, problems: &mut Problems) {
    let Some(external) = resource.get("external").and_then(Value::as_mapping) else { return };
    let old: Option<(Rc<str>, Span)> = external.get("name").map(|name| (name.go_text(), name.span));
    let name = resource.get("name").map(Value::go_text);
    let span = resource.get("external").map_or_else(Span::default, |value| value.span);
    resource.set("external", Data::Bool(true), span);
    let Some((old, old_span)) = old else { return };
    let place = path.bracketed();
    let message = "`external.name` is an old form: write `external: true` and `name:` beside it";
    problems.warn(
        format!("{place}: external.name is deprecated. Please set name and external: true"),
        Diagnostic::new("external-name", Severity::Warning, span, message),
    );
    match name {
        Some(name) if name != old => problems.refuse(
            format!("{place}: name and external.name conflict; only use name"),
            Diagnostic::new("external-name-conflict", Severity::Error, old_span, "two names for one resource"),
        ),
        Some(_) => {}
        None => resource.set("name", Data::Text(old), old_span),
    }
}
