//! The servers behind an upstream, and whose turn it is.
//!
//! Source: nginx.org, `ngx_http_upstream_module`: weights smooth the turns, `max_fails` within `fail_timeout` rests a server, `backup` waits for the
//! others to fail, `ip_hash` keeps a client with its server. Simplified: `least_conn`, `random` and `hash` take turns, too.

use super::checks::time;
use super::parse::Node;
use crate::kernel::{Instant, Process};
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long a server that failed rests, unless `fail_timeout` says otherwise.
const FAIL_TIMEOUT: Duration = Duration::from_secs(10);

/// A server.
pub struct Peer {
    /// Its address.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: u16,
    weight: i64,
    current: Cell<i64>,
    max_fails: u32,
    fail_timeout: Duration,
    fails: Cell<u32>,
    failed: Cell<Option<Instant>>,
    is_backup: bool,
    is_down: bool,
}

/// The servers of a name.
pub struct Upstream {
    /// In their order.
    pub peers: Vec<Peer>,
    by_client: bool,
}

impl Upstream {
    /// The servers of an `upstream` block.
    pub fn of_block(process: &Process, node: &Node) -> Self {
        let peers = node.all("server").flat_map(|server| peers(process, server)).collect();
        Self { peers, by_client: node.first("ip_hash").is_some() }
    }

    /// All addresses of a host.
    pub fn of_host(process: &Process, authority: &str, port: u16) -> Self {
        let (host, port) =
            authority.split_once(':').map_or((authority, port), |(host, text)| (host, text.parse().unwrap_or(port)));
        let addresses = process.resolve(host).unwrap_or_default();
        Self { peers: addresses.into_iter().map(|address| Peer::new(address, port)).collect(), by_client: false }
    }

    /// Servers that were found just now.
    pub fn of_peers(peers: Vec<Peer>) -> Self {
        Self { peers, by_client: false }
    }

    /// The next server for a client among those that were not `tried` yet; `None` if there is none that may be asked.
    pub fn next(&self, client: Ipv4Addr, tried: &[usize], now: Instant) -> Option<usize> {
        let may = |index: &usize, backup: bool| {
            let peer = &self.peers[*index];
            !tried.contains(index)
                && !peer.is_down
                && peer.is_backup == backup
                && (self.peers.len() == 1 || peer.is_fit(now))
        };
        let all = 0..self.peers.len();
        let first: Vec<usize> = all.clone().filter(|index| may(index, false)).collect();
        let fit = if first.is_empty() { all.filter(|index| may(index, true)).collect() } else { first };
        if self.by_client && tried.is_empty() && !fit.is_empty() {
            return Some(fit[hash(client) % fit.len()]);
        }
        let total: i64 = fit.iter().map(|index| self.peers[*index].weight).sum();
        for index in &fit {
            let peer = &self.peers[*index];
            peer.current.set(peer.current.get() + peer.weight);
        }
        let best = fit.into_iter().rev().max_by_key(|index| self.peers[*index].current.get())?;
        let peer = &self.peers[best];
        peer.current.set(peer.current.get() - total);
        Some(best)
    }
}

/// nginx's hash of the first three numbers of an address.
fn hash(client: Ipv4Addr) -> usize {
    client.octets()[..3].iter().fold(89, |hash, octet| (hash * 113 + usize::from(*octet)) % 6271)
}

fn peers(process: &Process, server: &Node) -> Vec<Peer> {
    let value = |name: &str| server.words.iter().find_map(|word| word.strip_prefix(name));
    let has = |name: &str| server.words.iter().any(|word| word == name);
    let upstream = Upstream::of_host(process, server.word(1), 80);
    let own = |peer: Peer| Peer {
        weight: value("weight=").and_then(|text| text.parse().ok()).unwrap_or(1),
        max_fails: value("max_fails=").and_then(|text| text.parse().ok()).unwrap_or(1),
        fail_timeout: value("fail_timeout=").and_then(time).unwrap_or(FAIL_TIMEOUT),
        is_backup: has("backup"),
        is_down: has("down"),
        ..peer
    };
    upstream.peers.into_iter().map(own).collect()
}

impl Peer {
    /// One without parameters.
    pub fn new(address: Ipv4Addr, port: u16) -> Self {
        Self {
            address,
            port,
            weight: 1,
            current: Cell::new(0),
            max_fails: 1,
            fail_timeout: FAIL_TIMEOUT,
            fails: Cell::new(0),
            failed: Cell::new(None),
            is_backup: false,
            is_down: false,
        }
    }

    fn is_fit(&self, now: Instant) -> bool {
        let rests = self.max_fails > 0 && self.fails.get() >= self.max_fails;
        !rests || self.failed.get().is_none_or(|failed| now.since(failed) > self.fail_timeout)
    }

    /// It did not answer.
    pub fn fail(&self, now: Instant) {
        if self.failed.get().is_some_and(|failed| now.since(failed) > self.fail_timeout) {
            self.fails.set(0);
        }
        self.fails.set(self.fails.get() + 1);
        self.failed.set(Some(now));
    }

    /// It answered.
    pub fn succeed(&self) {
        self.fails.set(0);
    }
}
