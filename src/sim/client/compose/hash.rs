//! The configuration hash by which `up` sees that a service, volume or network has changed (U22, U12, U13). Must not know
//! what is done about it.

use crate::compose::model::Service;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What of a service does not count: changing it recreates nothing (U22, U24).
const NOT_COUNTED: [&str; 5] = ["build", "pull_policy", "scale", "depends_on", "profiles"];

/// References to other containers that were looked up, by attribute: they count in place of what is written (U23).
pub type Resolved = std::collections::BTreeMap<&'static str, Value>;

/// The hash of a service.
pub fn of_service(service: &Service, resolved: &Resolved) -> String {
    let mut value = service.canonical.clone();
    if let Some(attributes) = value.as_object_mut() {
        for name in NOT_COUNTED {
            attributes.remove(name);
        }
        if let Some(deploy) = attributes.get_mut("deploy").and_then(Value::as_object_mut) {
            deploy.remove("replicas");
        }
        if attributes.get("deploy").and_then(Value::as_object).is_some_and(|deploy| deploy.is_empty()) {
            attributes.remove("deploy");
        }
        for (name, container) in resolved {
            attributes.insert((*name).to_owned(), container.clone());
        }
    }
    of_value(&value)
}

/// The hash of any configuration.
pub fn of_value(value: &Value) -> String {
    let mut text = String::new();
    write_sorted(value, &mut text);
    sha256(text.as_bytes())
}

/// The value as JSON with the keys of each object in order, so that only the meaning counts.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in sorted {
                let _ = write!(text, "{}:", Value::from(key.as_str()));
                write_sorted(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_sorted(item, text);
                text.push(',');
            }
            text.push(']');
        }
        scalar => {
            let _ = write!(text, "{scalar}");
        }
    }
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}

/// SHA-1 in hexadecimal digits.
pub fn sha1(bytes: &[u8]) -> String {
    digits(&Sha1::digest(bytes))
}

fn digits(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn digests_are_sha256_and_sha1() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha1(b"web"), "ca84d1343b96baa8137c943ed1860e522cacb238");
    }

    #[test]
    fn only_what_recreates_counts() {
        let hash = |canonical| of_service(&Service { canonical, ..Service::default() }, &Resolved::new());
        let base = hash(json!({"image": "busybox", "command": ["sleep", "1"]}));
        assert_eq!(
            base,
            hash(json!({"command": ["sleep", "1"], "image": "busybox", "scale": 3, "depends_on": {"db": {}}}))
        );
        assert_eq!(base, hash(json!({"image": "busybox", "command": ["sleep", "1"], "deploy": {"replicas": 2}})));
        assert_ne!(base, hash(json!({"image": "busybox", "command": ["sleep", "2"]})));
    }
}
