//! The configuration hash by which `up` sees that a service, volume or network has changed (U22, U12, U13). Must not know
//! what is done about it.

use crate::compose::model::Service;
use serde_json::Value;
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
    let mut state: [u32; 8] =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    for block in padded(bytes).chunks_exact(64) {
        compress(&mut state, block);
    }
    digits(&state)
}

/// SHA-1 in hexadecimal digits.
pub fn sha1(bytes: &[u8]) -> String {
    let mut state: [u32; 5] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
    for block in padded(bytes).chunks_exact(64) {
        compress_sha1(&mut state, block);
    }
    digits(&state)
}

/// The message in whole blocks, its length in bits at their end.
fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((bytes.len() as u64 * 8).to_be_bytes());
    padded
}

fn digits(state: &[u32]) -> String {
    state.iter().map(|word| format!("{word:08x}")).collect()
}

fn compress_sha1(state: &mut [u32; 5], block: &[u8]) {
    let mut words = [0u32; 80];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for at in 16..80 {
        words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (at, word) in words.iter().enumerate() {
        let (mixed, constant) = match at / 20 {
            0 => ((b & c) | (!b & d), 0x5a827999),
            1 => (b ^ c ^ d, 0x6ed9eba1),
            2 => ((b & c) | (b & d) | (c & d), 0x8f1bbcdc),
            _ => (b ^ c ^ d, 0xca62c1d6u32),
        };
        let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (kept, new) in state.iter_mut().zip([a, b, c, d, e]) {
        *kept = kept.wrapping_add(new);
    }
}

fn compress(state: &mut [u32; 8], block: &[u8]) {
    let mut words = [0u32; 64];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for at in 16..64 {
        let (early, late) = (words[at - 15], words[at - 2]);
        let small = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
        let large = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
        words[at] = words[at - 16].wrapping_add(small).wrapping_add(words[at - 7]).wrapping_add(large);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (word, constant) in words.iter().zip(ROUND_CONSTANTS) {
        let mixed = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let first = h.wrapping_add(mixed).wrapping_add((e & f) ^ (!e & g)).wrapping_add(constant).wrapping_add(*word);
        let rotated = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let second = rotated.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
    }
    for (kept, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *kept = kept.wrapping_add(new);
    }
}

#[rustfmt::skip]
const ROUND_CONSTANTS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn digests_are_sha256_and_sha1() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(&[b'a'; 56]).len(), 64);
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
