//! Settings of a new container that exclude each other, in the engine's words (semantics W5). Must not know the image: its
//! EXPOSE conflicts with nothing.

use super::config::{ContainerConfig, NetworkConfig};

impl ContainerConfig {
    /// What the answer to the request that creates such a container warns of.
    pub fn warnings(&self) -> Vec<&'static str> {
        let discards = self.network == NetworkConfig::Host && !self.ports.is_empty();
        discards.then_some("Published ports are discarded when using host network mode").into_iter().collect()
    }
}

/// Refuses what a container that shares another one's network cannot have of its own, and what the host's network has not.
pub(super) fn check(config: &ContainerConfig) -> Result<(), String> {
    let conflicts = match &config.network {
        NetworkConfig::Container(_) => vec![
            (config.hostname.is_some(), "hostname and the network mode"),
            (!config.dns.is_empty(), "dns and the network mode"),
            (!config.extra_hosts.is_empty(), "custom host-to-IP mapping and the network mode"),
            (config.mac_address.is_some(), "mac-address and the network mode"),
            (!config.ports.is_empty(), "port publishing and the container type network mode"),
            (!config.exposed.is_empty(), "port exposing and the container type network mode"),
        ],
        NetworkConfig::Host => vec![(config.mac_address.is_some(), "mac-address and the network mode")],
        NetworkConfig::Endpoints(_) | NetworkConfig::None => Vec::new(),
    };
    let found = conflicts.into_iter().find(|(conflicts, _)| *conflicts);
    found.map_or(Ok(()), |(_, options)| Err(format!("conflicting options: {options}")))
}
