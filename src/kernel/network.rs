//! The simulated network: namespaces with listeners, names and routes supplied from outside, connections of bytes.
//!
//! Must not know containers, networks of Docker or published ports: whoever owns the namespaces answers through
//! [`Resolver`] which name is which address and where an address leads.

use super::errno::Errno;
use super::pipe::{PipeReader, PipeWriter, pipe};
use super::sync::{Queue, Watch};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::{Rc, Weak};
use std::time::Duration;

/// How many connections wait for `accept` before a further one is refused.
const BACKLOG: usize = 128;

/// How long Linux tries to reach an address of its own network that nobody has.
pub const UNREACHABLE_AFTER: Duration = Duration::from_secs(3);

/// How long Linux tries to reach an address that does not answer at all (six repeats).
pub const UNANSWERED_AFTER: Duration = Duration::from_secs(127);

/// Why a name could not be turned into an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// There is no such name.
    Unknown,
    /// There is no name server to ask, or it does not answer.
    NoServer,
}

/// Where an address leads from a namespace.
#[derive(Clone)]
pub enum Route {
    /// To this namespace.
    To(NetworkSpace),
    /// Nobody there: "No route to host" after [`UNREACHABLE_AFTER`].
    NoHost,
    /// No network leads there: "Network is unreachable", told as [`Errno::Ehostunreach`] at once.
    NoNetwork,
    /// Nothing comes back: a time-out after [`UNANSWERED_AFTER`].
    Silence,
}

/// Names and routes, from the owner of the namespaces.
pub trait Resolver {
    /// Addresses of `name` as seen from `from`, in the order in which they are tried.
    fn resolve(&self, from: &NetworkSpace, name: &str) -> Result<Vec<Ipv4Addr>, NameError>;
    /// Where `address` leads from `from`.
    fn route(&self, from: &NetworkSpace, address: Ipv4Addr) -> Route;
}

/// Why a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The name.
    Name(NameError),
    /// The connection to that address.
    Failed(Ipv4Addr, Errno),
}

/// A network namespace: listeners by port, and a loopback. Several containers may share one. A cheap handle.
#[derive(Clone)]
pub struct NetworkSpace(Rc<NetworkState>);

struct NetworkState {
    listeners: RefCell<BTreeMap<u16, Weak<ListenerState>>>,
    local_listeners: RefCell<BTreeMap<Rc<str>, Weak<ListenerState>>>,
    forwards: RefCell<BTreeMap<u16, Forward>>,
    resolver: RefCell<Option<Rc<dyn Resolver>>>,
    address: Cell<Option<Ipv4Addr>>,
    /// Raised whenever a listener comes or goes.
    changes: Watch<u64>,
}

impl Default for NetworkSpace {
    fn default() -> Self {
        Self::new()
    }
}

impl NetworkSpace {
    /// A namespace with a loopback and nothing else.
    pub fn new() -> Self {
        Self(Rc::new(NetworkState {
            listeners: RefCell::default(),
            local_listeners: RefCell::default(),
            forwards: RefCell::default(),
            resolver: RefCell::new(None),
            address: Cell::new(None),
            changes: Watch::new(0),
        }))
    }

    /// Who answers for names and routes; none: only the loopback works.
    pub fn set_resolver(&self, resolver: Option<Rc<dyn Resolver>>) {
        self.0.resolver.replace(resolver);
    }

    /// The address others know it by, for `hostname -i` and as the remote end of its connections.
    pub fn set_address(&self, address: Option<Ipv4Addr>) {
        self.0.address.set(address);
    }

    /// The address others know it by.
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.0.address.get()
    }

    /// Whether two handles are the same namespace.
    pub fn is_same(&self, other: &NetworkSpace) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Publishes a port: a connection to `port` here is accepted and passed on to `port_there` of `to`, where it arrives from
    /// `gateway`, as from Docker's proxy. It is reset there if nobody listens.
    pub fn forward(&self, port: u16, to: &NetworkSpace, port_there: u16, gateway: Ipv4Addr) {
        self.0.forwards.borrow_mut().insert(port, Forward { to: to.clone(), port_there, gateway });
    }

    /// Ends [`NetworkSpace::forward`].
    pub fn stop_forwarding(&self, port: u16) {
        self.0.forwards.borrow_mut().remove(&port);
    }

    /// Whether somebody listens on `port`.
    pub fn is_listening(&self, port: u16) -> bool {
        self.listener(port).is_some()
    }

    /// The ports that are listened on.
    pub fn ports(&self) -> Vec<u16> {
        let listeners = self.0.listeners.borrow();
        listeners.iter().filter(|(_, listener)| listener.strong_count() > 0).map(|(port, _)| *port).collect()
    }

    /// Changes whenever a listener comes or goes.
    pub fn changes(&self) -> &Watch<u64> {
        &self.0.changes
    }

    /// Listens on `port`; EADDRINUSE if somebody does.
    pub fn listen(&self, port: u16) -> Result<Listener, Errno> {
        if self.listener(port).is_some() || self.0.forwards.borrow().contains_key(&port) {
            return Err(Errno::Eaddrinuse);
        }
        let endpoint = Endpoint::Port(port);
        let state = Rc::new(ListenerState { space: self.clone(), endpoint, incoming: Queue::default() });
        self.0.listeners.borrow_mut().insert(port, Rc::downgrade(&state));
        self.0.changes.update(|count| *count += 1);
        Ok(Listener(state))
    }

    /// Listens on a Unix socket by its path; EADDRINUSE if somebody does. Simplified: the socket belongs to the network
    /// namespace, not to the file system, so a volume does not carry it into another container.
    pub fn listen_local(&self, path: &str) -> Result<Listener, Errno> {
        let taken = self.0.local_listeners.borrow().get(path).is_some_and(|listener| listener.strong_count() > 0);
        if taken {
            return Err(Errno::Eaddrinuse);
        }
        let endpoint = Endpoint::Local(path.into());
        let state = Rc::new(ListenerState { space: self.clone(), endpoint, incoming: Queue::default() });
        self.0.local_listeners.borrow_mut().insert(path.into(), Rc::downgrade(&state));
        Ok(Listener(state))
    }

    /// Connects to a Unix socket by its path; ENOENT if nobody listens there.
    pub fn connect_local(&self, path: &str) -> Result<Connection, Errno> {
        let listener = self.0.local_listeners.borrow().get(path).and_then(Weak::upgrade).ok_or(Errno::Enoent)?;
        let (here, there) = Connection::pair(Ipv4Addr::LOCALHOST);
        listener.incoming.push(there);
        Ok(here)
    }

    fn listener(&self, port: u16) -> Option<Rc<ListenerState>> {
        self.0.listeners.borrow().get(&port).and_then(Weak::upgrade)
    }

    /// Addresses of `name`: a dotted address, `localhost`, or what the resolver says.
    pub fn resolve(&self, name: &str) -> Result<Vec<Ipv4Addr>, NameError> {
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            return Ok(vec![address]);
        }
        if name == "localhost" {
            return Ok(vec![Ipv4Addr::LOCALHOST]);
        }
        let resolver = self.0.resolver.borrow().clone();
        resolver.ok_or(NameError::NoServer)?.resolve(self, name)
    }

    /// Where `address` leads.
    pub fn route(&self, address: Ipv4Addr) -> Route {
        if address.is_loopback() || address.is_unspecified() || self.address() == Some(address) {
            return Route::To(self.clone());
        }
        let resolver = self.0.resolver.borrow().clone();
        resolver.map_or(Route::NoNetwork, |resolver| resolver.route(self, address))
    }

    /// Connects to `port` of this namespace, as `from` sees it; at once. ECONNREFUSED if nobody listens.
    pub fn connect_to(&self, port: u16, from: Ipv4Addr) -> Result<Connection, Errno> {
        if let Some(listener) = self.listener(port) {
            if listener.incoming.len() >= BACKLOG {
                return Err(Errno::Etimedout);
            }
            let (here, there) = Connection::pair(from);
            listener.incoming.push(there);
            return Ok(here);
        }
        let forward = self.0.forwards.borrow().get(&port).cloned();
        let Forward { to, port_there, gateway } = forward.ok_or(Errno::Econnrefused)?;
        Ok(to.connect_to(port_there, gateway).unwrap_or_else(|_| Connection::reset()))
    }
}

/// Where a published port leads.
#[derive(Clone)]
struct Forward {
    to: NetworkSpace,
    port_there: u16,
    /// The address from which connections arrive there.
    gateway: Ipv4Addr,
}

struct ListenerState {
    space: NetworkSpace,
    endpoint: Endpoint,
    incoming: Queue<Connection>,
}

/// What a listener listens on.
enum Endpoint {
    Port(u16),
    /// A Unix socket.
    Local(Rc<str>),
}

impl Drop for ListenerState {
    fn drop(&mut self) {
        match &self.endpoint {
            Endpoint::Port(port) => drop(self.space.0.listeners.borrow_mut().remove(port)),
            Endpoint::Local(path) => drop(self.space.0.local_listeners.borrow_mut().remove(path)),
        }
        while let Some(waiting) = self.incoming.try_pop() {
            waiting.0.reset.set(true);
        }
        self.space.0.changes.update(|count| *count += 1);
    }
}

/// A listening socket; dropping it stops listening and resets the connections that were not accepted.
pub struct Listener(Rc<ListenerState>);

impl Listener {
    /// The next connection.
    pub async fn accept(&self) -> Connection {
        self.0.incoming.pop().await
    }

    /// Its port; 0 for a Unix socket.
    pub fn port(&self) -> u16 {
        match self.0.endpoint {
            Endpoint::Port(port) => port,
            Endpoint::Local(_) => 0,
        }
    }
}

/// One end of a connection. Dropping it closes it: the other end reads to the end and then nothing.
pub struct Connection(ConnectionState);

struct ConnectionState {
    incoming: PipeReader,
    outgoing: RefCell<Option<Rc<PipeWriter>>>,
    peer: Ipv4Addr,
    /// Shared by both ends: the other end went away without reading, so reads fail.
    reset: Rc<Cell<bool>>,
}

impl Connection {
    /// Both ends of a connection that comes from `from`.
    pub fn pair(from: Ipv4Addr) -> (Connection, Connection) {
        let ((read_here, write_there), (read_there, write_here)) = (pipe(), pipe());
        let reset = Rc::new(Cell::new(false));
        let end = |incoming, outgoing| {
            let outgoing = RefCell::new(Some(Rc::new(outgoing)));
            Connection(ConnectionState { incoming, outgoing, peer: from, reset: reset.clone() })
        };
        (end(read_here, write_here), end(read_there, write_there))
    }

    fn reset() -> Connection {
        let (here, there) = Self::pair(Ipv4Addr::UNSPECIFIED);
        there.0.reset.set(true);
        here
    }

    /// The address of the end that connected.
    pub fn peer(&self) -> Ipv4Addr {
        self.0.peer
    }

    /// At most `most` bytes, waiting for the first; nothing when the other end has closed; ECONNRESET.
    pub async fn read(&self, most: usize) -> Result<Vec<u8>, Errno> {
        let bytes = self.0.incoming.read(most).await;
        if bytes.is_empty() && self.0.reset.get() {
            return Err(Errno::Econnreset);
        }
        Ok(bytes)
    }

    /// Everything up to and including the next line break (or to the end), at most `most` bytes.
    pub async fn read_line(&self, most: usize) -> Result<Vec<u8>, Errno> {
        let line = self.0.incoming.read_line(most).await;
        let is_whole = line.last() == Some(&b'\n') || line.len() >= most;
        if !is_whole && self.0.reset.get() { Err(Errno::Econnreset) } else { Ok(line) }
    }

    /// Everything until the other end closes, at most `most` bytes.
    pub async fn read_to_end(&self, most: usize) -> Result<Vec<u8>, Errno> {
        let mut all = Vec::new();
        while all.len() < most {
            let bytes = self.read(most - all.len()).await?;
            if bytes.is_empty() {
                break;
            }
            all.extend(bytes);
        }
        Ok(all)
    }

    /// Sends all of `bytes`; EPIPE or ECONNRESET if the other end is gone.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        if self.0.reset.get() {
            return Err(Errno::Econnreset);
        }
        let outgoing = self.0.outgoing.borrow().clone();
        outgoing.ok_or(Errno::Epipe)?.write(bytes).await
    }

    /// Says that no more will be sent; reading goes on.
    pub fn close_write(&self) {
        self.0.outgoing.replace(None);
    }

    /// Ends when a read would return at once.
    pub async fn ready(&self) {
        self.0.incoming.ready().await;
    }
}
