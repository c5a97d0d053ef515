//! Networks: who is connected, which address and which names it has, who reaches whom (semantics §9). The kernel asks
//! here through its resolver. Must not know how containers start.

use super::config::NetworkSpecification;
use super::identity;
use super::subnet::{self, Subnet};
use crate::kernel::Instant;
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
    /// How many of this name there were before it.
    pub number: u32,
    pub specification: NetworkSpecification,
    /// Where its addresses come from.
    pub subnet: Subnet,
    /// The host's address on it.
    pub gateway: Ipv4Addr,
    /// The first part of the subnet to give addresses from.
    range: Subnet,
    pub created_at: Instant,
    /// Live endpoints, by container.
    pub endpoints: BTreeMap<ContainerId, Endpoint>,
    /// Who has which address of those endpoints.
    holders: BTreeMap<Ipv4Addr, ContainerId>,
    /// No place of the range before this one is free.
    free_from: u32,
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
    /// How many networks of each name were made.
    made: RefCell<BTreeMap<Rc<str>, u32>>,
    host: NetworkSpace,
}

impl Networks {
    /// Only the default bridge, on a host with this namespace.
    pub fn new(host: &NetworkSpace) -> Self {
        let networks =
            Self(Rc::new(Shared { networks: RefCell::default(), made: RefCell::default(), host: host.clone() }));
        let bridge = NetworkSpecification { name: BRIDGE.into(), ..NetworkSpecification::default() };
        let made = networks.create(bridge, Instant::START);
        debug_assert!(made.is_ok(), "the first network finds a subnet");
        networks
    }

    /// The namespace of the host.
    pub fn host(&self) -> &NetworkSpace {
        &self.0.host
    }

    /// Adds a network with the subnet it asks for, else with the first default one that is free; the text of what is
    /// wrong with it. How many of its name there were before.
    pub fn create(&self, specification: NetworkSpecification, now: Instant) -> Result<u32, String> {
        subnet::check(&specification.pools)?;
        let mut networks = self.0.networks.borrow_mut();
        let is_free = |wanted: &Subnet| networks.values().all(|network| !network.subnet.overlaps(*wanted));
        let asked = specification.pools.iter().find_map(|pool| Some((Subnet::parse(&pool.subnet)?, pool)));
        let subnet = match asked {
            Some((wanted, _)) if !is_free(&wanted) => {
                return Err("invalid pool request: Pool overlaps with other one on this address space".to_owned());
            }
            Some((wanted, _)) => wanted,
            None => Subnet::defaults().find(is_free).ok_or("all predefined address pools have been fully subnetted")?,
        };
        let range = asked.and_then(|(_, pool)| Subnet::parse(pool.ip_range.as_ref()?)).unwrap_or(subnet);
        let gateway = asked.and_then(|(_, pool)| pool.gateway.as_ref()?.parse().ok());
        let gateway = gateway.or_else(|| range.address(first_host(subnet, range)));
        let name: Rc<str> = specification.name.as_str().into();
        let mut made = self.0.made.borrow_mut();
        let next = made.entry(name.clone()).or_default();
        let number = std::mem::replace(next, *next + 1);
        let network = Network {
            id: identity::network_id(&name, number),
            number,
            specification,
            subnet,
            gateway: gateway.unwrap_or(Ipv4Addr::UNSPECIFIED),
            range,
            created_at: now,
            endpoints: BTreeMap::new(),
            holders: BTreeMap::new(),
            free_from: first_host(subnet, range),
            turn: Cell::new(0),
        };
        networks.insert(name, network);
        Ok(number)
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
    /// The first address of the range that nobody has.
    fn lowest_free(&mut self) -> Option<Ipv4Addr> {
        while !self.is_free(self.range.address(self.free_from)?) {
            self.free_from += 1;
        }
        self.range.address(self.free_from)
    }

    fn is_free(&self, address: Ipv4Addr) -> bool {
        address != self.gateway && !self.holders.contains_key(&address)
    }

    /// What is wrong with a fixed address, in the engine's words: it has to lie in a subnet that somebody asked for.
    pub fn refuses(&self, address: Ipv4Addr) -> Option<String> {
        let mut asked = self.specification.pools.iter().filter_map(|pool| Subnet::parse(&pool.subnet)).peekable();
        match asked.peek().is_some() {
            true if asked.any(|subnet| subnet.contains(address)) => None,
            true => Some(format!("no configured subnet or ip-range contain the IP address {address}")),
            false => Some(
                "user specified IP address is supported only when connecting to networks with user configured subnets"
                    .to_owned(),
            ),
        }
    }

    fn disconnect(&mut self, container: ContainerId) {
        let Some(Endpoint { address, .. }) = self.endpoints.remove(&container) else { return };
        self.holders.remove(&address);
        let first = first_host(self.subnet, self.range);
        if let Some(place) = self.range.place(address).filter(|place| *place >= first) {
            self.free_from = self.free_from.min(place);
        }
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

/// The place in a range of the first address that somebody may have: not the subnet's own address.
fn first_host(subnet: Subnet, range: Subnet) -> u32 {
    u32::from(range.address(0) == subnet.address(0))
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
        if let Some(network) = joined().find(|network| network.subnet.contains(address)) {
            if address == network.gateway {
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
    use crate::sim::engine::config::AddressPool;

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
            let specification = NetworkSpecification { name: name.into(), ..NetworkSpecification::default() };
            networks.create(specification, Instant::START).unwrap();
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

    #[test]
    fn an_address_that_was_given_back_is_the_next_to_be_given() {
        let networks = Networks::new(&NetworkSpace::new());
        let pool =
            AddressPool { subnet: "10.0.0.0/29".into(), gateway: Some("10.0.0.3".into()), ..AddressPool::default() };
        let specification =
            NetworkSpecification { name: "net".into(), pools: vec![pool], ..NetworkSpecification::default() };
        networks.create(specification, Instant::START).unwrap();
        let last = |container: u32| join(&networks, "net", container, "one").1.octets()[3];
        assert_eq!([1, 2, 3].map(last), [1, 2, 4]);
        networks.disconnect("net", ContainerId(1));
        assert_eq!([4, 5].map(last), [1, 5]);
    }
}
