//! Ids of 64 hexadecimal digits. A real engine draws them at random; here they follow from what they name, so that the same
//! session has the same ids, and a service more or less changes nobody else's.

use std::rc::Rc;

/// Digits of the short form of an id.
pub const SHORT: usize = 12;

/// Id of the container with this instance name (`demo-db-1#1`).
pub fn container_id(instance: &str) -> Rc<str> {
    hexadecimal("container", instance)
}

/// Id of the `number`-th network, from 0, that bears this name.
pub fn network_id(name: &str, number: u32) -> Rc<str> {
    match number {
        0 => hexadecimal("network", name),
        number => hexadecimal("network", &format!("{name}#{number}")),
    }
}

/// Name of the anonymous volume of a container for a destination.
pub fn anonymous_volume(instance: &str, destination: &str) -> Rc<str> {
    hexadecimal("volume", &format!("{instance} {destination}"))
}

/// Id of the endpoint of a container in a network.
pub fn endpoint_id(instance: &str, network: &str) -> Rc<str> {
    hexadecimal("endpoint", &format!("{instance} {network}"))
}

/// 64 hexadecimal digits that follow from a kind and a name.
pub fn hexadecimal(kind: &str, name: &str) -> Rc<str> {
    let mut state = kind
        .bytes()
        .chain(*b"/")
        .chain(name.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let words: String = (0..4).map(|_| format!("{:016x}", next(&mut state))).collect();
    words.into()
}

/// The next word of the generator SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_long_and_distinct() {
        assert_eq!(container_id("a#1").len(), 64);
        assert_ne!(container_id("a#1"), container_id("a#2"));
        assert_ne!(container_id("a"), network_id("a", 0));
    }
}
