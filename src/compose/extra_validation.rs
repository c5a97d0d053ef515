//! Checks the schema cannot express, made on the canonical model before paths are resolved (semantics V6).
//! Must not change values.

use super::problems::Problems;
use super::value::{Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};

/// Checks a whole canonical model.
pub fn check(model: &Mapping, problems: &mut Problems) {
    for entry in resources(model, "configs") {
        check_source("configs", entry, &["file", "environment", "content"], problems);
    }
    for entry in resources(model, "secrets") {
        check_source("secrets", entry, &["file", "environment"], problems);
    }
    for entry in resources(model, "services") {
        if let Some(service) = entry.value.as_mapping() {
            check_service(&entry.key, service, problems);
        }
    }
    for entry in resources(model, "volumes") {
        check_volume(entry, problems);
    }
}

fn resources<'a>(model: &'a Mapping, section: &str) -> impl Iterator<Item = &'a Entry> {
    model.mapping(section).into_iter().flat_map(Mapping::iter)
}

fn error(code: &str, span: crate::text::Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, Severity::Error, span, message)
}

fn check_volume(entry: &Entry, problems: &mut Problems) {
    let Some(volume) = entry.value.as_mapping() else { return };
    let external = volume.get("external").and_then(Value::as_bool).unwrap_or(false);
    if !external {
        return;
    }
    for other in volume.iter() {
        if matches!(&*other.key, "name" | "external") || other.key.starts_with("x-") {
            continue;
        }
        let text =
            format!("volumes.{}: conflicting parameters \"external\" and \"{}\" specified", entry.key, other.key);
        let message = format!("`{}` has no meaning for a volume that exists already", other.key);
        let diagnostic = error("external-with-settings", other.key_span, message)
            .with_why("Compose does not create an external volume, so it cannot set it up")
            .with_remedy(format!("Remove `external`, or remove `{}`", other.key));
        problems.refuse(text, diagnostic);
        return;
    }
}

fn check_source(section: &str, entry: &Entry, keys: &[&str], problems: &mut Problems) {
    let Some(object) = entry.value.as_mapping() else { return };
    let set: Vec<&Entry> = keys.iter().filter_map(|key| object.entry(key)).collect();
    let (place, list) = (format!("{section}.{}", entry.key), keys.join("|"));
    if let [_, second, ..] = set.as_slice() {
        let message = format!("`{place}` is filled in more than one way");
        let text = format!("{place}: {list} attributes are mutually exclusive");
        problems.refuse(text, error("several-sources", second.key_span, message).with_remedy("Keep one of them"));
    }
    if set.is_empty() && !object.contains("driver") && !object.contains("external") {
        let message = format!("nothing says what `{place}` holds");
        let remedy = format!("Set one of {}", keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "));
        let text = format!("{place}: one of {list} must be set");
        problems.refuse(text, error("no-source", entry.key_span, message).with_remedy(remedy));
    }
}

fn check_service(name: &str, service: &Mapping, problems: &mut Problems) {
    let devices = service
        .mapping("deploy")
        .and_then(|deploy| deploy.mapping("resources"))
        .and_then(|resources| resources.mapping("reservations"))
        .and_then(|reservations| reservations.get("devices"));
    for request in items(devices) {
        check_devices(request, &format!("services.{name}.deploy.resources.reservations.devices.[]"), problems);
    }
    for watch in items(service.mapping("develop").and_then(|develop| develop.get("watch"))) {
        let blank = watch.as_mapping().and_then(|watch| watch.get("path")).filter(|path| path.as_text() == Some(""));
        if let Some(path) = blank {
            let text = format!("services.{name}.develop.watch.[].path: value can't be blank");
            problems.refuse(text, error("blank-path", path.span, "a watched path cannot be blank"));
        }
    }
    for request in items(service.get("gpus")) {
        check_devices(request, &format!("services.{name}.gpus.[]"), problems);
    }
    for port in items(service.get("ports")) {
        let Some(address) = port.as_mapping().and_then(|port| port.get("host_ip")) else { continue };
        let text = address.as_text().unwrap_or_default();
        if text.parse::<std::net::IpAddr>().is_err() {
            let docker = format!("services.{name}.ports.[]: invalid ip address: {text}");
            let message = format!("`{text}` is not an IP address");
            problems.refuse(docker, error("bad-host-ip", address.span, message));
        }
    }
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

fn check_devices(request: &Value, place: &str, problems: &mut Problems) {
    let Some(mapping) = request.as_mapping() else { return };
    if let (Some(_), Some(ids)) = (mapping.entry("count"), mapping.entry("device_ids")) {
        let text = format!("{place}: \"count\" and \"device_ids\" attributes are exclusive");
        let message = "devices are asked for by number or by id, not both";
        problems.refuse(text, error("count-and-ids", ids.key_span, message).with_remedy("Keep one of them"));
    }
}
