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
    next_random: u16,
}

impl Ports {
    /// Binds one port for a container; the error is the daemon's text from `Bind for` on.
    pub fn bind(&mut self, container: ContainerId, wanted: &PortConfig) -> Result<BoundPort, String> {
        let host_ip: Rc<str> = if wanted.host_ip.is_empty() { ANY.into() } else { wanted.host_ip.as_str().into() };
        let protocol: Rc<str> = wanted.protocol.as_str().into();
        let host = if wanted.host_start == 0 {
            self.random(&protocol, &host_ip).ok_or("all ports are allocated")?
        } else {
            (wanted.host_start..=wanted.host_end.max(wanted.host_start))
                .find(|port| self.is_free(&protocol, *port, &host_ip))
                .ok_or_else(|| format!("Bind for {host_ip}:{} failed: port is already allocated", wanted.host_start))?
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

    fn random(&mut self, protocol: &Rc<str>, host_ip: &str) -> Option<u16> {
        let span = LAST_RANDOM - FIRST_RANDOM + 1;
        let found = (0..span)
            .map(|step| FIRST_RANDOM + (self.next_random + step) % span)
            .find(|port| self.is_free(protocol, *port, host_ip))?;
        self.next_random = (found - FIRST_RANDOM + 1) % span;
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
        assert!(ports.bind(ContainerId(1), &wanted("", 8080, 8081)).is_err());
        assert_eq!(ports.bind(ContainerId(1), &wanted("", 0, 0)).unwrap().host, 32768);
    }
}
