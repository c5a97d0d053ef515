//! Values Docker sets where nothing is written. Must not know what they do.

use super::value::{Data, Mapping, Value};

/// Sets the defaults of a canonical model.
pub fn apply(model: &mut Mapping) {
    for entry in model.mapping_mut("services").into_iter().flat_map(Mapping::iter_mut) {
        let Some(service) = entry.value.as_mapping_mut() else { continue };
        if let Some(build) = service.get_mut("build") {
            set_missing(build, "context", || Data::text("."));
        }
        for port in items(service.get_mut("ports")) {
            set_missing(port, "protocol", || Data::text("tcp"));
            set_missing(port, "mode", || Data::text("ingress"));
        }
        for secret in items(service.get_mut("secrets")) {
            let source = secret.as_mapping().and_then(|secret| secret.text("source")).map(String::from);
            if let Some(source) = source {
                set_missing(secret, "target", || Data::text(&format!("/run/secrets/{source}")));
            }
        }
        items(service.get_mut("gpus")).for_each(default_devices);
        let devices = service
            .mapping_mut("deploy")
            .and_then(|deploy| deploy.mapping_mut("resources"))
            .and_then(|resources| resources.mapping_mut("reservations"))
            .and_then(|reservations| reservations.get_mut("devices"));
        items(devices).for_each(default_devices);
    }
}

fn default_devices(request: &mut Value) {
    if request.as_mapping().is_some_and(|request| !request.contains("device_ids")) {
        set_missing(request, "count", || Data::text("all"));
    }
}

fn items(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    let items = value.and_then(|value| match &mut value.data {
        Data::Sequence(items) => Some(items),
        _ => None,
    });
    items.into_iter().flatten()
}

fn set_missing(value: &mut Value, key: &str, default: impl FnOnce() -> Data) {
    let span = value.span;
    if let Some(mapping) = value.as_mapping_mut().filter(|mapping| !mapping.contains(key)) {
        mapping.set(key, default(), span);
    }
}
