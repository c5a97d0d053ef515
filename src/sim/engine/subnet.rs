//! Blocks of IPv4 addresses: how they are written, what they hold, which ones the engine gives to networks that ask for
//! none, and what it refuses. Must not know networks.

use super::config::AddressPool;
use std::fmt;
use std::net::Ipv4Addr;

/// A block of addresses, `10.5.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    first: u32,
    length: u32,
}

impl Subnet {
    const fn new(address: Ipv4Addr, length: u32) -> Self {
        Self { first: address.to_bits(), length }
    }

    /// A block as it is written; bits of a host in it are kept.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let length = length.parse().ok().filter(|length| *length <= 32)?;
        Some(Self::new(address.parse().ok()?, length))
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - self.length).unwrap_or(0)
    }

    /// The same without bits of a host.
    fn masked(self) -> Self {
        Self { first: self.first & self.mask(), ..self }
    }

    /// Whether an address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask() == self.first & self.mask()
    }

    /// Whether two blocks have an address in common.
    pub fn overlaps(self, other: Self) -> bool {
        let shared = self.mask() & other.mask();
        self.first & shared == other.first & shared
    }

    /// The address `host` places behind the first one; none for the broadcast address and what follows.
    pub fn address(self, host: u32) -> Option<Ipv4Addr> {
        (host < !self.mask()).then(|| Ipv4Addr::from_bits((self.first & self.mask()) + host))
    }

    /// How many places behind the first one an address lies; none for one that lies before it.
    pub fn place(self, address: Ipv4Addr) -> Option<u32> {
        address.to_bits().checked_sub(self.first & self.mask())
    }

    /// How many bits name the network.
    pub fn length(self) -> u32 {
        self.length
    }

    /// The blocks given to networks that ask for none, in this order: `default-address-pools` of a daemon that is not
    /// configured.
    pub fn defaults() -> impl Iterator<Item = Self> {
        let large = (17..=31).map(|octet| Self::new(Ipv4Addr::new(172, octet, 0, 0), 16));
        large.chain((0..16).map(|part| Self::new(Ipv4Addr::new(192, 168, part * 16, 0), 20)))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", Ipv4Addr::from_bits(self.first), self.length)
    }
}

/// What the engine refuses about the pools of a new network, in its words; IPv6 is not looked at.
pub(super) fn check(pools: &[AddressPool]) -> Result<(), String> {
    let mut problems = Vec::new();
    for pool in pools.iter().filter(|pool| !pool.subnet.is_empty() && !is_version_6(&pool.subnet)) {
        let text = &pool.subnet;
        let Some(subnet) = Subnet::parse(text) else {
            problems.push(format!("invalid subnet {text}: invalid CIDR block notation"));
            continue;
        };
        let masked = subnet.masked();
        if masked != subnet {
            problems.push(format!("invalid subnet {subnet}: it should be {masked}"));
        }
        problems.extend(pool.ip_range.iter().flat_map(|range| range_problems(range, masked)));
        problems.extend(pool.gateway.as_ref().and_then(|gateway| gateway_problem(gateway, masked)));
    }
    match problems.as_slice() {
        [] => Ok(()),
        [only] => Err(format!("invalid network config:\n{only}")),
        several => Err(format!("invalid network config:\n* {}", several.join("\n* "))),
    }
}

fn range_problems(text: &str, subnet: Subnet) -> Vec<String> {
    let Some(range) = Subnet::parse(text) else {
        return vec![format!("invalid ip-range {text}: invalid CIDR block notation")];
    };
    let problem = |found: bool, what: String| found.then(|| format!("invalid ip-range {range}: {what}"));
    let bigger = format!("CIDR block is bigger than its parent subnet {subnet}");
    let outside = format!("parent subnet {subnet} doesn't contain ip-range");
    let found = [
        problem(range.length < subnet.length, bigger),
        problem(range.masked() != range, format!("it should be {}", range.masked())),
        problem(!subnet.overlaps(range), outside),
    ];
    found.into_iter().flatten().collect()
}

fn gateway_problem(text: &str, subnet: Subnet) -> Option<String> {
    match text.parse() {
        Ok(gateway) if subnet.contains(gateway) => None,
        Ok(_) => Some(format!("invalid gateway {text}: parent subnet {subnet} doesn't contain this address")),
        Err(_) => Some(format!("invalid gateway {text}: invalid address")),
    }
}

fn is_version_6(subnet: &str) -> bool {
    subnet.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_and_overlap() {
        let [wide, narrow, other] =
            ["10.5.0.0/16", "10.5.7.0/24", "10.6.0.0/24"].map(|text| Subnet::parse(text).unwrap());
        assert!(wide.overlaps(narrow) && narrow.overlaps(wide) && !wide.overlaps(other));
        assert!(narrow.contains("10.5.7.9".parse().unwrap()) && !narrow.contains("10.5.8.9".parse().unwrap()));
        assert_eq!((narrow.address(2), narrow.address(255)), (Some(Ipv4Addr::new(10, 5, 7, 2)), None));
        assert_eq!(Subnet::defaults().map(|subnet| subnet.to_string()).nth(15).as_deref(), Some("192.168.0.0/20"));
        assert_eq!(Subnet::parse("10.5.0.0/33"), None);
    }

    #[test]
    fn what_a_network_may_not_ask_for() {
        let refused = |subnet: &str, gateway: &str| {
            let gateway = Some(gateway.to_owned()).filter(|text| !text.is_empty());
            check(&[AddressPool { subnet: subnet.into(), gateway, ..AddressPool::default() }]).err()
        };
        assert_eq!(refused("10.5.0.0/16", "10.5.0.254"), None);
        assert_eq!(
            refused("10.5.0.1/16", "10.6.0.1").as_deref(),
            Some(
                "invalid network config:\n* invalid subnet 10.5.0.1/16: it should be 10.5.0.0/16\n* invalid gateway 10.6.0.1: \
                 parent subnet 10.5.0.0/16 doesn't contain this address"
            )
        );
        let no_block = "invalid network config:\ninvalid subnet 10.5: invalid CIDR block notation";
        assert_eq!(refused("10.5", "").as_deref(), Some(no_block));
    }
}
