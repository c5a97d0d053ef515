//! The guess: what environment, ports and health check suggest about an app nobody has described.

use super::{Declared, Missing, Need, Response, Source};
use std::collections::BTreeMap;
use std::time::Duration;

/// Schemes of addresses, and what a variable's value or name begins with, and the port they stand for.
const SERVERS: [(&str, u16); 14] = [
    ("postgresql", 5432),
    ("postgres", 5432),
    ("pg", 5432),
    ("mysql", 3306),
    ("mariadb", 3306),
    ("mongodb", 27017),
    ("mongo", 27017),
    ("redis", 6379),
    ("amqp", 5672),
    ("rabbitmq", 5672),
    ("kafka", 9092),
    ("memcached", 11211),
    ("elasticsearch", 9200),
    ("http", 80),
];

/// What a guess goes by.
pub struct Hints<'a> {
    /// Variables with their values.
    pub environment: &'a [(String, String)],
    /// Ports that file and image name.
    pub ports: &'a [u16],
    /// The test of the health check, its words joined by spaces; empty for none.
    pub test: &'a str,
}

/// Names by which a test addresses its own container.
const OWN_NAMES: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// An app that connects to what its variables name (and tries again every second when it is missing), boots in half a
/// second, and answers on the ports it is known or probed by. Rules: a value `scheme://[user@]host[:port]…` names a need; so does `X_HOST=name`, with
/// `X_PORT`, or with the port that X, or the image of that name, suggests.
pub fn guess(hints: &Hints<'_>) -> Declared {
    let environment = hints.environment;
    let mut needs: Vec<Need> = Vec::new();
    for (name, value) in environment {
        let address = from_address(value).or_else(|| from_host(environment, name, value));
        let Some((host, port)) = address else { continue };
        let is_itself = matches!(host.as_str(), "localhost" | "127.0.0.1" | "0.0.0.0");
        let is_known = needs.iter().any(|need| need.host == host && need.port == port);
        if !is_itself && !is_known {
            let missing = Missing::Retry { every: Duration::from_secs(1), attempts: None };
            needs.push(Need { host, port, missing });
        }
    }
    let response = Response { status: 200, body: "ok".to_string(), delay: Duration::ZERO };
    let mut listens = hints.ports.to_vec();
    let mut responds = BTreeMap::from([("/".to_string(), response.clone())]);
    for (port, path) in addressed(hints.test) {
        if !listens.contains(&port) {
            listens.push(port);
        }
        responds.extend(path.map(|path| (path, response.clone())));
    }
    Declared { needs, listens, responds, source: Source::Guessed, ..Declared::default() }
}

/// Ports and paths that a test asks for on its own container: `http://localhost:3000/health`, `nc -z 127.0.0.1 5432`,
/// `/dev/tcp/localhost/80`.
fn addressed(test: &str) -> Vec<(u16, Option<String>)> {
    let starts = OWN_NAMES.iter().flat_map(|name| test.match_indices(name).map(|(at, name)| (at, at + name.len())));
    let mut starts: Vec<(usize, usize)> = starts.collect();
    starts.sort_unstable();
    starts.into_iter().filter_map(|(from, to)| address(&test[..from], &test[to..])).collect()
}

/// The port, and the path of a URL, between what stands before and after the name of a host.
fn address(before: &str, after: &str) -> Option<(u16, Option<String>)> {
    let number = |text: &str| -> Option<(u16, usize)> {
        let length = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
        Some((text[..length].parse().ok().filter(|port| *port > 0)?, length))
    };
    let scheme = [("http://", 80), ("https://", 443)].into_iter().find(|(scheme, _)| before.ends_with(scheme));
    let (port, rest) = match (after.strip_prefix(':'), scheme) {
        (Some(text), _) => number(text).map(|(port, length)| (port, &text[length..]))?,
        (None, Some((_, port))) => (port, after),
        (None, None) => return number(after.strip_prefix([' ', '/'])?).map(|(port, _)| (port, None)),
    };
    let end = rest.find(|end: char| end.is_whitespace() || "\"'|;&)<>?#`".contains(end)).unwrap_or(rest.len());
    let path = Some(&rest[..end]).filter(|path| path.starts_with('/') && !path.contains('$'));
    Some((port, path.map(str::to_string)))
}

/// `scheme://user:password@host:port/path`.
fn from_address(value: &str) -> Option<(String, u16)> {
    let (scheme, rest) = value.split_once("://")?;
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    let (_, port) = SERVERS.iter().find(|(name, _)| *name == scheme)?;
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    let authority = authority.rsplit('@').next().unwrap_or("");
    let (host, port) = match authority.split_once(':') {
        Some((host, text)) => (host, text.parse().ok()?),
        None => (authority, *port),
    };
    // A single name is a service of the project; anything with dots is out there.
    let inside = !host.is_empty() && !host.contains('.');
    inside.then(|| (host.to_string(), port))
}

/// `DB_HOST=db`, with `DB_PORT=5432` if it is there.
fn from_host(environment: &[(String, String)], name: &str, value: &str) -> Option<(String, u16)> {
    let prefix = name
        .strip_suffix("_HOST")
        .or_else(|| name.strip_suffix("_HOSTNAME"))
        .or_else(|| name.strip_suffix("_SERVER"))?;
    let (host, written) = match value.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (value, None),
    };
    if host.is_empty() || host.contains(['.', '/', ' ']) {
        return None;
    }
    let of_port = |suffix: &str| environment.iter().find(|(key, _)| *key == format!("{prefix}{suffix}"));
    let beside = of_port("_PORT").and_then(|(_, port)| port.parse().ok());
    let known = |text: &str| {
        let text = text.to_lowercase();
        SERVERS.iter().find(|(server, _)| text.contains(server)).map(|(_, port)| *port)
    };
    let port = written.or(beside).or_else(|| known(prefix)).or_else(|| known(host));
    let database = (prefix.contains("DB") || prefix.contains("DATABASE")).then_some(5432);
    Some((host.to_string(), port.or(database)?))
}
