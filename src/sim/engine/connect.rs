//! Networks as requests: creating and removing them, connecting containers, publishing ports (semantics §9).

use super::config::{EndpointConfig, NetworkConfig, NetworkSpecification};
use super::container::{Attached, Container};
use super::error::EngineError;
use super::networks::{BRIDGE, Endpoint, Network};
use super::view::NetworkView;
use super::{Answer, Engine, identity};
use crate::kernel::NetworkSpace;
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerId, EventKind};
use std::net::Ipv4Addr;
use std::rc::Rc;

impl Engine {
    /// Creates a network.
    pub async fn create_network(&self, network: NetworkSpecification, cause: Cause) -> Answer<()> {
        self.tasks().sleep(costs::NETWORK_CREATE).await;
        let name: Rc<str> = network.name.as_str().into();
        if matches!(&*name, BRIDGE | "host" | "none" | "default") {
            return Err(EngineError::invalid(format!("operation is not permitted on predefined {name} network ")));
        }
        check_driver(&network.driver)?;
        if self.0.networks.with(&name, |_, _| ()).is_some() {
            return Err(EngineError::conflict(format!("network with name {name} already exists")));
        }
        let number = self.0.networks.create(network, self.now()).map_err(EngineError::invalid)?;
        self.record(cause, EventKind::NetworkCreated { name, number });
        Ok(())
    }

    /// Removes a network nobody is connected to.
    pub async fn remove_network(&self, name: &str, cause: Cause) -> Answer<()> {
        if matches!(name, BRIDGE | "host" | "none") {
            return Err(EngineError::invalid(format!("{name} is a pre-defined network and cannot be removed")));
        }
        let network = self.inspect_network(name)?;
        if !network.connected.is_empty() {
            let endpoint = |id: &ContainerId| {
                let container = self.container(*id).ok()?;
                let endpoint = identity::endpoint_id(&container.instance, &network.name);
                Some(format!("name:\"{}\" id:\"{}\"", self.name(&container), &endpoint[..identity::SHORT]))
            };
            let endpoints: Vec<String> = network.connected.iter().filter_map(endpoint).collect();
            return Err(EngineError::conflict(format!(
                "error while removing network: network {} has active endpoints ({})",
                network.name,
                endpoints.join(", ")
            )));
        }
        self.tasks().sleep(costs::NETWORK_REMOVE).await;
        let number = self.0.networks.with(&network.name, |_, network| network.number).unwrap_or_default();
        self.0.networks.remove(&network.name);
        self.record(cause, EventKind::NetworkDestroyed { name: network.name, number });
        Ok(())
    }

    /// Connects a container to a network, at once if it runs.
    pub async fn connect_network(&self, container: ContainerId, endpoint: EndpointConfig, _cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        let network = self.inspect_network(&endpoint.network)?;
        if network.connected.contains(&container.id) {
            let name = self.name(&container);
            let text = format!("endpoint with name {name} already exists in network {}", network.name);
            return Err(EngineError::conflict(text));
        }
        self.check_endpoint(&endpoint).map_err(EngineError::invalid)?;
        container.endpoints.borrow_mut().retain(|known| known.network != endpoint.network);
        container.joined.borrow_mut().remove(&endpoint.network);
        container.endpoints.borrow_mut().push(endpoint.clone());
        match self.live_run(&container) {
            Some(run) => self.join(&container, run.namespaces.network(), &endpoint).map_err(EngineError::internal),
            None => Ok(()),
        }
    }

    /// Disconnects a container from a network.
    pub async fn disconnect_network(&self, container: ContainerId, network: &str, _cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        let network = self.inspect_network(network)?.name;
        if !container.endpoints.borrow().iter().any(|known| known.network == *network) {
            let text = format!("container {} is not connected to network {network}", container.hex);
            return Err(EngineError::internal(text));
        }
        container.endpoints.borrow_mut().retain(|known| known.network != *network);
        container.joined.borrow_mut().remove(&*network);
        self.0.networks.disconnect(&network, container.id);
        Ok(())
    }

    /// What is wrong with the fixed address of a membership, in the engine's words; a network that does not exist yet is
    /// not asked.
    pub(super) fn check_endpoint(&self, endpoint: &EndpointConfig) -> Result<(), String> {
        let Some(text) = &endpoint.ipv4_address else { return Ok(()) };
        let problem = match text.parse::<Ipv4Addr>() {
            Err(_) => Some(format!("invalid IPv4 address: {text}")),
            Ok(_) if endpoint.network == BRIDGE => {
                Some("user specified IP address is supported on user defined networks only".to_owned())
            }
            Ok(address) => self.0.networks.with(&endpoint.network, |_, network| network.refuses(address)).flatten(),
        };
        problem.map_or(Ok(()), |problem| Err(format!("invalid endpoint settings:\n{problem}")))
    }

    /// A network by name or id.
    pub fn inspect_network(&self, name: &str) -> Answer<NetworkView> {
        let found = self.0.networks.with(name, view);
        found.ok_or_else(|| EngineError::not_found(format!("network {name} not found")))
    }

    /// All networks but `bridge`, `host` and `none`, by name.
    pub fn list_networks(&self) -> Vec<NetworkView> {
        self.0.networks.map(view)
    }

    /// Gives a starting container its addresses and publishes its ports; the text of what failed.
    pub(super) fn connect_all(
        &self,
        container: &Container,
        space: &NetworkSpace,
        attached: &Attached,
    ) -> Result<(), String> {
        if !matches!(container.config.network, NetworkConfig::Endpoints(_)) {
            return Ok(());
        }
        let endpoints = container.endpoints.borrow().clone();
        let mut internal_only = true;
        for endpoint in &endpoints {
            self.join(container, space, endpoint)?;
            internal_only &=
                self.0.networks.with(&endpoint.network, |_, network| network.specification.internal) == Some(true);
        }
        let known = self.known_hosts(container, space.address());
        space.set_resolver(Some(self.0.networks.resolver(container.id, known)));
        let Some(first) = endpoints.first().filter(|_| !internal_only) else { return Ok(()) };
        self.publish(container, space, attached, first).map_err(|problem| {
            let endpoint = identity::endpoint_id(&container.instance, &first.network);
            let name = self.name(container);
            format!("driver failed programming external connectivity on endpoint {name} ({endpoint}): {problem}")
        })
    }

    /// Gives a container its place on a network. It keeps the id of the network it was on, and does not take another one of
    /// the same name for it (moby, daemon/container_operations.go findAndAttachNetwork).
    fn join(&self, container: &Container, space: &NetworkSpace, wanted: &EndpointConfig) -> Result<(), String> {
        let id = self.0.networks.with(&wanted.network, |_, network| network.id.clone());
        let before = container.joined.borrow().get(&wanted.network).cloned();
        if let Some(gone) = before.filter(|before| Some(before) != id.as_ref()) {
            return Err(format!("network {gone} not found"));
        }
        let fixed = wanted.ipv4_address.as_ref().and_then(|text| text.parse::<Ipv4Addr>().ok());
        let mut names: Vec<String> = vec![self.name(container).to_string()];
        names.extend(wanted.aliases.iter().cloned());
        names.push(container.hex[..identity::SHORT].to_string());
        names.extend(container.config.hostname.clone());
        let found = |reference: &String| self.find_container(reference).ok();
        let links = wanted.links.iter().filter_map(|(other, alias)| Some((alias.clone(), found(other)?))).collect();
        let space_there = space.clone();
        let endpoint = |address| Endpoint { address, names, links, space: space_there };
        let address = self.0.networks.connect(&wanted.network, container.id, fixed, endpoint)?;
        container.joined.borrow_mut().extend(id.map(|id| (wanted.network.clone(), id)));
        if space.address().is_none() {
            space.set_address(Some(address));
        }
        Ok(())
    }

    /// What `host-gateway` stands for: the host's address on the default bridge.
    pub(super) fn host_gateway(&self) -> Ipv4Addr {
        self.0.networks.with(BRIDGE, |_, network| network.gateway).unwrap_or(Ipv4Addr::LOCALHOST)
    }

    /// What `/etc/hosts` says.
    fn known_hosts(&self, container: &Container, own: Option<Ipv4Addr>) -> Vec<(String, Ipv4Addr)> {
        let address = |text: &str| if text == "host-gateway" { Some(self.host_gateway()) } else { text.parse().ok() };
        let mut hosts: Vec<(String, Ipv4Addr)> = container
            .config
            .extra_hosts
            .iter()
            .filter_map(|(name, text)| Some((name.clone(), address(text)?)))
            .collect();
        hosts.push((super::launch::hostname(container), own.unwrap_or(Ipv4Addr::LOCALHOST)));
        hosts
    }

    fn publish(
        &self,
        container: &Container,
        space: &NetworkSpace,
        attached: &Attached,
        first: &EndpointConfig,
    ) -> Result<(), String> {
        let gateway = self.0.networks.with(&first.network, |_, network| network.gateway);
        let gateway = gateway.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let mut wanted = container.config.ports.clone();
        wanted.sort_by(|one, other| one.container.cmp(&other.container).then(one.host_start.cmp(&other.host_start)));
        let host = self.0.networks.host();
        for port in &wanted {
            if port.host_start != 0 && port.protocol == "tcp" && host.is_listening(port.host_start) {
                let ip = if port.host_ip.is_empty() { "0.0.0.0" } else { &port.host_ip };
                let address = space.address().map_or_else(String::new, |address| address.to_string());
                return Err(format!(
                    "failed to bind host port for {ip}:{}:{address}:{}/tcp: address already in use",
                    port.host_start, port.container
                ));
            }
            let bound = self.0.ports.borrow_mut().bind(container.id, port)?;
            if &*bound.protocol == "tcp" {
                host.forward(bound.host, space, bound.container, gateway);
            }
            attached.ports.borrow_mut().push(bound);
        }
        Ok(())
    }

    /// Takes a container that ends off its networks and gives its ports back.
    pub(super) fn disconnect_all(&self, container: &Container) {
        let released = self.0.ports.borrow_mut().release(container.id);
        for port in released {
            self.0.networks.host().stop_forwarding(port);
        }
        for endpoint in container.endpoints.borrow().iter() {
            self.0.networks.disconnect(&endpoint.network, container.id);
        }
    }
}

/// The drivers that a lone engine can make a network with; else its words.
fn check_driver(driver: &str) -> Answer<()> {
    match driver {
        "" | BRIDGE | "macvlan" | "ipvlan" => Ok(()),
        "host" | "null" => Err(EngineError::invalid(format!("only one instance of \"{driver}\" network is allowed"))),
        "overlay" => Err(EngineError::invalid(
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to \
             swarm and try again.",
        )),
        driver => Err(EngineError::not_found(format!("plugin \"{driver}\" not found"))),
    }
}

fn view(name: &Rc<str>, network: &Network) -> NetworkView {
    let specification = &network.specification;
    NetworkView {
        name: name.clone(),
        id: network.id.clone(),
        driver: if specification.driver.is_empty() { BRIDGE.into() } else { specification.driver.clone() },
        internal: specification.internal,
        labels: specification.labels.clone(),
        connected: network.endpoints.keys().copied().collect(),
        subnet: network.subnet.to_string(),
        prefix_length: network.subnet.length(),
        gateway: network.gateway,
        created_at: network.created_at,
    }
}
