//! Ports of the host that containers have published, and their conflicts (semantics W6-W8). Must not know networks.

use super::config::PortConfig;
use crate::sim::log::{BoundPort, ContainerId};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Where Linux begins to look for a port nobody asked for (`ip_local_port_range`).
const FIRST_RANDOM: u16 = 32768;
/// Where it ends.
const LAST_RANDOM: u16 = 60999;
/// The address that stands for all.
const ANY: &str = "0.0.0.0";
/// The same of the other family.
const ANY_V6: &str = "::";

/// A host address, and the container that has it.
type Binding = (Rc<str>, ContainerId);

/// All bound ports.
#[derive(Default)]
pub(super) struct Ports {
    bound: BTreeMap<(Rc<str>, u16), Vec<Binding>>,
    /// The port given last from each range of an address and protocol: the search goes on behind it.
    last: BTreeMap<(Rc<str>, Rc<str>, u16, u16), u16>,
}

impl Ports {
    /// Binds one port for a container; the error is the end of the daemon's text.
    pub fn bind(&mut self, container: ContainerId, wanted: &PortConfig) -> Result<BoundPort, String> {
        let host_ip: Rc<str> = if wanted.host_ip.is_empty() { ANY.into() } else { wanted.host_ip.as_str().into() };
        let protocol: Rc<str> = wanted.protocol.as_str().into();
        let (first, last) = match wanted.host_start {
            0 => (FIRST_RANDOM, LAST_RANDOM),
            first => (first, wanted.host_end.max(first)),
        };
        let host = if first < last {
            self.next(&protocol, &host_ip, first, last).ok_or("all ports are allocated")?
        } else if self.is_free(&protocol, first, &host_ip) {
            first
        } else {
            return Err(format!("Bind for {host_ip}:{first} failed: port is already allocated"));
        };
        self.bound.entry((protocol.clone(), host)).or_default().push((host_ip.clone(), container));
        Ok(BoundPort { host_ip, host, container: wanted.container, protocol })
    }

    /// A port on all addresses excludes the same port on any of them (W7).
    fn is_free(&self, protocol: &Rc<str>, port: u16, host_ip: &str) -> bool {
        let Some(holders) = self.bound.get(&(protocol.clone(), port)) else { return true };
        let same_family = |taken: &str| taken.contains(':') == host_ip.contains(':');
        let stands_for_all = |address: &str| address == ANY || address == ANY_V6;
        !holders.iter().any(|(taken, _)| {
            **taken == *host_ip || same_family(taken) && (stands_for_all(taken) || stands_for_all(host_ip))
        })
    }

    /// The next free port of a range, from behind the one that was given last, around and around.
    fn next(&mut self, protocol: &Rc<str>, host_ip: &Rc<str>, first: u16, last: u16) -> Option<u16> {
        let key = (host_ip.clone(), protocol.clone(), first, last);
        let behind = self.last.get(&key).copied().unwrap_or(last);
        let found = (behind.saturating_add(1)..=last)
            .chain(first..=behind)
            .find(|port| self.is_free(protocol, *port, host_ip))?;
        self.last.insert(key, found);
        Some(found)
    }

    /// Gives back what a container had; the TCP ports of the host among it.
    pub fn release(&mut self, container: ContainerId) -> Vec<u16> {
        let mut released = Vec::new();
        for ((protocol, port), holders) in &mut self.bound {
            let before = holders.len();
            holders.retain(|(_, holder)| *holder != container);
            if holders.len() < before && **protocol == *"tcp" {
                released.push(*port);
            }
        }
        self.bound.retain(|_, holders| !holders.is_empty());
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(host_ip: &str, host_start: u16, host_end: u16) -> PortConfig {
        PortConfig { host_ip: host_ip.into(), host_start, host_end, container: 80, protocol: "tcp".into() }
    }

    #[test]
    fn a_port_on_all_addresses_excludes_the_same_on_one() {
        let mut ports = Ports::default();
        assert_eq!(ports.bind(ContainerId(1), &wanted("127.0.0.1", 80, 80)).unwrap().host, 80);
        assert_eq!(ports.bind(ContainerId(1), &wanted("10.0.0.1", 80, 80)).unwrap().host, 80);
        assert!(ports.bind(ContainerId(3), &wanted("::", 80, 80)).is_ok(), "the families do not meet");
        assert!(ports.bind(ContainerId(3), &wanted("::1", 80, 80)).is_err());
        let refused = ports.bind(ContainerId(2), &wanted("", 80, 80)).unwrap_err();
        assert_eq!(refused, "Bind for 0.0.0.0:80 failed: port is already allocated");
        ports.release(ContainerId(1));
        assert!(ports.bind(ContainerId(2), &wanted("", 80, 80)).is_ok());
    }

    #[test]
    fn a_range_gives_its_next_free_port_and_none_a_random_one() {
        let mut ports = Ports::default();
        let taken: Vec<u16> =
            (0..2).map(|_| ports.bind(ContainerId(1), &wanted("", 8080, 8081)).unwrap().host).collect();
        assert_eq!(taken, [8080, 8081]);
        let refused = ports.bind(ContainerId(2), &wanted("", 8080, 8081)).unwrap_err();
        assert_eq!(refused, "all ports are allocated");
        ports.release(ContainerId(1));
        for next in [8080, 8081] {
            let bound = ports.bind(ContainerId(2), &wanted("", 8080, 8081)).unwrap();
            assert_eq!(bound.host, next, "it goes on behind the port that was given last");
            ports.release(ContainerId(2));
        }
        assert_eq!(ports.bind(ContainerId(1), &wanted("", 0, 0)).unwrap().host, 32768);
    }
}
