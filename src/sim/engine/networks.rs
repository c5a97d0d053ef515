//! Networks: who is connected, which address and which names it has, who reaches whom (semantics §9). The kernel asks
//! here through its resolver. Must not know how containers start.

use super::config::NetworkSpecification;
use super::identity;
use crate::kernel::network::{NameError, NetworkSpace, Resolver, Route};
use crate::sim::log::ContainerId;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// The legacy default network: connects, but knows no names (W5).
pub(super) const BRIDGE: &str = "bridge";

/// A network.
pub(super) struct Network {
    pub id: Rc<str>,
    pub specification: NetworkSpecification,
    /// Second octet of its `172.N.0.0/16`.
    subnet: u8,
    /// Live endpoints, by container.
    pub endpoints: BTreeMap<ContainerId, Endpoint>,
    /// Who has which address of those endpoints.
    holders: BTreeMap<Ipv4Addr, ContainerId>,
    /// Turns with every answer that has several addresses, as the shuffling of a real server would.
    turn: Cell<usize>,
}

/// A live connection of a container to a network.
pub(super) struct Endpoint {
    pub address: Ipv4Addr,
    /// Names others know it by here.
    pub names: Vec<String>,
    /// Names of others that only it knows: alias, and container (W4).
    pub links: Vec<(String, ContainerId)>,
    pub space: NetworkSpace,
}

/// All networks, shared with the resolvers.
#[derive(Clone)]
pub(super) struct Networks(Rc<Shared>);

struct Shared {
    networks: RefCell<BTreeMap<Rc<str>, Network>>,
    host: NetworkSpace,
}

impl Networks {
    /// Only the default bridge, on a host with this namespace.
    pub fn new(host: &NetworkSpace) -> Self {
        let networks = Self(Rc::new(Shared { networks: RefCell::default(), host: host.clone() }));
        networks.create(NetworkSpecification { name: BRIDGE.into(), ..NetworkSpecification::default() });
        networks
    }

    /// The namespace of the host.
    pub fn host(&self) -> &NetworkSpace {
        &self.0.host
    }

    /// Adds a network with the lowest free subnet.
    pub fn create(&self, specification: NetworkSpecification) {
        let mut networks = self.0.networks.borrow_mut();
        let subnet = (17..=255).find(|octet| networks.values().all(|network| network.subnet != *octet)).unwrap_or(255);
        let name: Rc<str> = specification.name.as_str().into();
        let id = identity::network_id(&name);
        let (endpoints, holders) = (BTreeMap::new(), BTreeMap::new());
        let network = Network { id, specification, subnet, endpoints, holders, turn: Cell::new(0) };
        networks.insert(name, network);
    }

    /// Forgets a network.
    pub fn remove(&self, name: &str) {
        self.0.networks.borrow_mut().remove(name);
    }

    /// Looks at a network by name or id.
    pub fn with<T>(&self, reference: &str, look: impl FnOnce(&Rc<str>, &Network) -> T) -> Option<T> {
        let networks = self.0.networks.borrow();
        let found = networks.get_key_value(reference);
        let found = found.or_else(|| networks.iter().find(|(_, network)| &*network.id == reference));
        found.map(|(name, network)| look(name, network))
    }

    /// Looks at all but the built-in ones, by name.
    pub fn map<T>(&self, look: impl Fn(&Rc<str>, &Network) -> T) -> Vec<T> {
        let networks = self.0.networks.borrow();
        networks.iter().filter(|(name, _)| &***name != BRIDGE).map(|(name, network)| look(name, network)).collect()
    }

    /// Gives a container an address on a network: the wanted one, else the lowest free one.
    pub fn connect(
        &self,
        network: &str,
        container: ContainerId,
        wanted: Option<Ipv4Addr>,
        endpoint: impl FnOnce(Ipv4Addr) -> Endpoint,
    ) -> Result<Ipv4Addr, String> {
        let mut networks = self.0.networks.borrow_mut();
        let network = networks.get_mut(network).ok_or_else(|| format!("network {network} not found"))?;
        let address = match wanted {
            Some(address) if !network.is_free(address) => return Err("Address already in use".into()),
            Some(address) => address,
            None => network.lowest_free().ok_or("no available IPv4 addresses on this network's address pools")?,
        };
        network.disconnect(container);
        network.endpoints.insert(container, endpoint(address));
        network.holders.insert(address, container);
        Ok(address)
    }

    /// Takes a container off a network.
    pub fn disconnect(&self, network: &str, container: ContainerId) {
        if let Some(network) = self.0.networks.borrow_mut().get_mut(network) {
            network.disconnect(container);
        }
    }

    /// Lets go of everything.
    pub fn clear(&self) {
        self.0.networks.take();
    }

    /// Address of a container on a network, while it runs.
    pub fn address(&self, network: &str, container: ContainerId) -> Option<Ipv4Addr> {
        let networks = self.0.networks.borrow();
        networks.get(network)?.endpoints.get(&container).map(|endpoint| endpoint.address)
    }

    /// What the kernel asks on behalf of a container.
    pub fn resolver(&self, container: ContainerId, hosts: Vec<(String, Ipv4Addr)>) -> Rc<dyn Resolver> {
        Rc::new(View { networks: self.clone(), container, hosts })
    }
}

impl Network {
    /// The first address of the subnet that nobody has: a walk along those that somebody has.
    fn lowest_free(&self) -> Option<Ipv4Addr> {
        let at = |host: u16| {
            let [high, low] = host.to_be_bytes();
            Ipv4Addr::new(172, self.subnet, high, low)
        };
        let mut host = 2;
        for (taken, _) in self.holders.range(at(2)..) {
            if *taken != at(host) || host == u16::MAX {
                break;
            }
            host += 1;
        }
        (host < u16::MAX).then(|| at(host))
    }

    fn is_free(&self, address: Ipv4Addr) -> bool {
        !self.holders.contains_key(&address)
    }

    fn disconnect(&mut self, container: ContainerId) {
        if let Some(endpoint) = self.endpoints.remove(&container) {
            self.holders.remove(&endpoint.address);
        }
    }

    fn holds(&self, address: Ipv4Addr) -> bool {
        address.octets()[..2] == [172, self.subnet]
    }

    /// The host's address on it.
    pub fn gateway(&self) -> Ipv4Addr {
        Ipv4Addr::new(172, self.subnet, 0, 1)
    }

    fn resolve(&self, own: &Endpoint, name: &str) -> Vec<Ipv4Addr> {
        let linked = own.links.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, id)| id);
        let mut found: Vec<Ipv4Addr> = self
            .endpoints
            .iter()
            .filter(|(id, other)| {
                Some(*id) == linked || other.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            })
            .map(|(_, other)| other.address)
            .collect();
        if found.len() > 1 {
            let turn = self.turn.replace(self.turn.get() + 1);
            let steps = turn % found.len();
            found.rotate_left(steps);
        }
        found
    }
}

/// The networks as one container sees them.
struct View {
    networks: Networks,
    container: ContainerId,
    hosts: Vec<(String, Ipv4Addr)>,
}

impl Resolver for View {
    fn resolve(&self, _from: &NetworkSpace, name: &str) -> Result<Vec<Ipv4Addr>, NameError> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if let Some((_, address)) = self.hosts.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Ok(vec![*address]);
        }
        let networks = self.networks.0.networks.borrow();
        let mut found = Vec::new();
        for (network_name, network) in networks.iter() {
            let Some(own) = network.endpoints.get(&self.container) else { continue };
            if &**network_name != BRIDGE {
                found.extend(network.resolve(own, name));
            }
        }
        if found.is_empty() { Err(NameError::Unknown) } else { Ok(found) }
    }

    fn route(&self, _from: &NetworkSpace, address: Ipv4Addr) -> Route {
        let networks = self.networks.0.networks.borrow();
        let joined = || networks.values().filter(|network| network.endpoints.contains_key(&self.container));
        if let Some(network) = joined().find(|network| network.holds(address)) {
            if address == network.gateway() {
                return Route::To(self.networks.0.host.clone());
            }
            let there = network.holders.get(&address).and_then(|holder| network.endpoints.get(holder));
            return there.map_or(Route::NoHost, |endpoint| Route::To(endpoint.space.clone()));
        }
        match joined().any(|network| !network.specification.internal) {
            true => Route::Silence,
            false => Route::NoNetwork,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(networks: &Networks, network: &str, container: u32, name: &str) -> (NetworkSpace, Ipv4Addr) {
        let space = NetworkSpace::new();
        space.set_resolver(Some(networks.resolver(ContainerId(container), Vec::new())));
        let endpoint =
            |address| Endpoint { address, names: vec![name.into()], links: Vec::new(), space: space.clone() };
        let address = networks.connect(network, ContainerId(container), None, endpoint).unwrap();
        (space, address)
    }

    #[test]
    fn names_and_routes_stay_within_shared_networks() {
        let networks = Networks::new(&NetworkSpace::new());
        for name in ["front", "back"] {
            networks.create(NetworkSpecification { name: name.into(), ..NetworkSpecification::default() });
        }
        let (web, _) = join(&networks, "front", 1, "web");
        let (_, db_address) = join(&networks, "back", 2, "db");
        let (_, other) = join(&networks, "front", 3, "other");
        assert_eq!(db_address, Ipv4Addr::new(172, 19, 0, 2));
        assert_eq!(web.resolve("other"), Ok(vec![other]));
        assert_eq!(web.resolve("db"), Err(NameError::Unknown));
        assert!(matches!(web.route(db_address), Route::Silence));
        networks.disconnect("front", ContainerId(3));
        assert_eq!(web.resolve("other"), Err(NameError::Unknown));
        assert!(matches!(web.route(other), Route::NoHost));
    }
}
