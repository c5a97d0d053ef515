//! A configuration that runs: its servers, locations, upstreams and maps. Must not know how a request is answered.

use super::checks::{listened, location_words};
use super::parse::Node;
use super::pattern;
use super::upstream::Upstream;
use crate::kernel::Process;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Everything a worker knows.
pub struct Site {
    /// The master.
    pub process: Process,
    /// nginx's version.
    pub version: Rc<str>,
    /// Servers, in their order.
    pub servers: Vec<Rc<Block>>,
    /// By name: those of the file, and hosts that `proxy_pass` names.
    pub upstreams: BTreeMap<String, Upstream>,
    /// `map` blocks.
    pub maps: Vec<Node>,
    /// `log_format`s: name and text.
    pub formats: BTreeMap<String, String>,
}

/// A block, and the one it lies in.
pub struct Block {
    /// The directive that opens it.
    pub node: Node,
    outer: Option<Rc<Block>>,
    /// Its locations, in their order.
    pub locations: Vec<Rc<Block>>,
}

impl Block {
    fn new(node: &Node, outer: Option<Rc<Block>>) -> Rc<Self> {
        let own = Rc::new(Self { node: node.clone(), outer: outer.clone(), locations: Vec::new() });
        let locations = node.all("location").map(|location| Self::new(location, Some(own.clone()))).collect();
        Rc::new(Self { node: node.clone(), outer, locations })
    }

    /// A block of rewrites (`if`) within this one.
    pub fn within(self: &Rc<Self>, node: &Node) -> Rc<Self> {
        Rc::new(Self { node: node.clone(), outer: Some(self.clone()), locations: Vec::new() })
    }

    /// The directives of that name that hold here: those of the innermost block that has any.
    pub fn all(&self, name: &str) -> Vec<&Node> {
        let own: Vec<&Node> = self.node.block.iter().filter(|node| node.name() == name).collect();
        match (&self.outer, own.is_empty()) {
            (Some(outer), true) => outer.all(name),
            _ => own,
        }
    }

    /// The one that holds here.
    pub fn one(&self, name: &str) -> Option<&Node> {
        self.all(name).into_iter().next()
    }

    /// Whether a switch is on here.
    pub fn is_on(&self, name: &str, default: bool) -> bool {
        self.one(name).map_or(default, |node| node.word(1) == "on")
    }

    /// The location of a path: an exact one, else the longest prefix unless an expression matches; `None` for none.
    pub fn location(&self, path: &str) -> Option<(Rc<Block>, Option<pattern::Found>)> {
        let mut longest: Option<(&Rc<Block>, &str, usize)> = None;
        for location in &self.locations {
            let (modifier, name) = location_words(&location.node);
            match modifier {
                "=" if name == path => return Some((location.clone(), None)),
                "" | "^~"
                    if !name.starts_with('@')
                        && path.starts_with(name)
                        && longest.is_none_or(|(_, _, length)| name.len() > length) =>
                {
                    longest = Some((location, modifier, name.len()));
                }
                _ => {}
            }
        }
        let nested = longest.and_then(|(location, _, _)| location.location(path));
        if nested.is_some() {
            return nested;
        }
        if longest.is_none_or(|(_, modifier, _)| modifier != "^~") {
            for location in &self.locations {
                let (modifier, name) = location_words(&location.node);
                let Some(rest) = modifier.strip_prefix('~') else { continue };
                if let Some(found) = pattern::find(&format!("{rest}{name}"), path) {
                    return Some((location.clone(), Some(found)));
                }
            }
        }
        longest.map(|(location, _, _)| (location.clone(), None))
    }

    /// A location by its name: `@fallback`.
    pub fn named(&self, name: &str) -> Option<Rc<Block>> {
        self.locations.iter().find(|location| location.node.word(1) == name).cloned()
    }

    /// Addresses and ports of a server: those of `listen`, or port 80.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> =
            self.node.all("listen").filter_map(|listen| listened(listen.word(1))).map(|(_, port)| port).collect();
        if ports.is_empty() {
            ports.push(80);
        }
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The `listen` of a port, if there is one.
    pub fn listen(&self, port: u16) -> Option<&Node> {
        self.node.block.iter().find(|node| {
            node.name() == "listen" && listened(node.word(1)).is_some_and(|(_, listened)| listened == port)
        })
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.node.block.iter().filter(|node| node.name() == "server_name").flat_map(|node| node.words.iter().skip(1))
    }
}

impl Site {
    /// The site of a configuration that has been checked.
    pub fn new(process: &Process, whole: &Node, version: &str) -> Self {
        let nothing = Node::default();
        let http = whole.first("http").unwrap_or(&nothing);
        let outer = Rc::new(Block { node: http.clone(), outer: None, locations: Vec::new() });
        let servers: Vec<Rc<Block>> =
            http.all("server").map(|server| Block::new(server, Some(outer.clone()))).collect();
        let mut upstreams: BTreeMap<String, Upstream> =
            http.all("upstream").map(|node| (node.word(1).to_string(), Upstream::of_block(process, node))).collect();
        implicit(process, http, &mut upstreams);
        let formats = http.all("log_format").map(|node| {
            let text: Vec<&str> =
                node.words[2..].iter().filter(|word| !word.starts_with("escape=")).map(String::as_str).collect();
            (node.word(1).to_string(), text.concat())
        });
        Self {
            process: process.clone(),
            version: version.into(),
            servers,
            upstreams,
            maps: http.all("map").cloned().collect(),
            formats: formats.collect(),
        }
    }

    /// All ports, each once.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = self.servers.iter().flat_map(|server| server.ports()).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The server of a request: by exact name, by a name with a star, by expression, else the default of its port.
    pub fn server(&self, port: u16, host: &str) -> Option<&Rc<Block>> {
        let of_port: Vec<&Rc<Block>> = self.servers.iter().filter(|server| server.ports().contains(&port)).collect();
        let host = host.to_lowercase();
        let exact = |name: &str| name == host;
        let starred = |name: &str| {
            name.strip_prefix("*.").is_some_and(|rest| host.ends_with(&format!(".{rest}")))
                || name.strip_prefix('.').is_some_and(|rest| host == rest || host.ends_with(name))
                || name.strip_suffix(".*").is_some_and(|rest| host.starts_with(&format!("{rest}.")))
        };
        let expression = |name: &str| name.strip_prefix('~').is_some_and(|rest| pattern::find(rest, &host).is_some());
        let ways: [&dyn Fn(&str) -> bool; 3] = [&exact, &starred, &expression];
        let by_name = ways.iter().find_map(|way| of_port.iter().find(|server| server.names().any(|name| way(name))));
        let is_default = |server: &&&Rc<Block>| {
            server
                .listen(port)
                .is_some_and(|listen| listen.words.iter().any(|word| word == "default_server" || word == "default"))
        };
        by_name.or_else(|| of_port.iter().find(is_default)).or(of_port.first()).copied()
    }
}

/// The hosts that `proxy_pass` names without an upstream of that name: their addresses are those of the start.
fn implicit(process: &Process, node: &Node, upstreams: &mut BTreeMap<String, Upstream>) {
    for child in &node.block {
        implicit(process, child, upstreams);
        let url = child.word(1);
        if !matches!(child.name(), "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "grpc_pass") || url.contains('$') {
            continue;
        }
        let authority = url.rsplit("://").next().unwrap_or(url).split('/').next().unwrap_or(url);
        if !upstreams.contains_key(authority) {
            let secure = url.starts_with("https:");
            upstreams
                .insert(authority.to_string(), Upstream::of_host(process, authority, if secure { 443 } else { 80 }));
        }
    }
}
