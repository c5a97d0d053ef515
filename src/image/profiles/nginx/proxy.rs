//! Requests passed on to a server behind: which one, with which path and headers, and what its silence becomes.
//!
//! Source: nginx.org, `ngx_http_proxy_module`; texts of errors: nginx 1.22 itself.

use super::checks::time;
use super::exchange::Exchange;
use super::upstream::{Peer, Upstream};
use crate::kernel::http::{Request, Response};
use crate::kernel::select::{Either, select};
use crate::kernel::{ConnectError, Errno};
use std::net::Ipv4Addr;
use std::time::Duration;

/// `proxy_connect_timeout` and `proxy_read_timeout` where they are not given.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where a request goes: the upstream's name, the scheme, the path.
struct Target {
    scheme: String,
    authority: String,
    path: String,
}

/// Passes a request on to what `proxy_pass` names.
pub async fn pass(exchange: &mut Exchange, url: &str) -> Response {
    let target = target(exchange, url);
    exchange.upstream_host.clone_from(&target.authority);
    let site = exchange.site.clone();
    if let Some(upstream) = site.upstreams.get(&target.authority) {
        return through(exchange, upstream, &target).await;
    }
    let port = if target.scheme == "https" { 443 } else { 80 };
    let (host, port) = target
        .authority
        .split_once(':')
        .map_or((target.authority.as_str(), port), |(host, text)| (host, text.parse().unwrap_or(port)));
    match resolved(exchange, host).await {
        Some(addresses) => {
            let peers = addresses.into_iter().map(|address| Peer::new(address, port)).collect();
            through(exchange, &Upstream::of_peers(peers), &target).await
        }
        None => exchange.page(502),
    }
}

/// The addresses of a host that a variable names: only a resolver of the configuration finds them, at each request.
async fn resolved(exchange: &Exchange, host: &str) -> Option<Vec<Ipv4Addr>> {
    if let Ok(address) = host.parse() {
        return Some(vec![address]);
    }
    if exchange.location.one("resolver").is_none() {
        exchange.complain("error", &format!("no resolver defined to resolve {host}"), "").await;
        return None;
    }
    match exchange.site.process.resolve(host) {
        Ok(addresses) => Some(addresses),
        Err(_) => {
            exchange.complain("error", &format!("{host} could not be resolved (3: Host not found)"), "").await;
            None
        }
    }
}

/// The path of the request behind: with a path in `proxy_pass` it takes the place of the location's name; without, nothing
/// changes. With variables it is taken as it is.
fn target(exchange: &Exchange, url: &str) -> Target {
    let filled = exchange.filled(url);
    let (scheme, rest) = filled.split_once("://").unwrap_or(("http", &filled));
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let query = if exchange.args.is_empty() { String::new() } else { format!("?{}", exchange.args) };
    let (modifier, name) = super::checks::location_words(&exchange.location.node);
    let was_rewritten = !exchange.request.path.starts_with(&exchange.uri);
    let path = match path {
        "" if was_rewritten => format!("{}{query}", exchange.uri),
        "" => exchange.request.path.clone(),
        path if url.contains('$') => path.to_string(),
        path if modifier.starts_with('~') => format!("{path}{query}"),
        path => format!("{path}{}{query}", exchange.uri.strip_prefix(name).unwrap_or("")),
    };
    Target { scheme: scheme.to_string(), authority: authority.to_string(), path }
}

/// The request behind: HTTP headers as they came, but for `Host` and `Connection`, and those that are set.
fn request(exchange: &Exchange, target: &Target) -> Request {
    let mut request = exchange.request.clone();
    request.path.clone_from(&target.path);
    request.headers.retain(|(name, _)| name != "host" && name != "connection");
    let mut host = target.authority.clone();
    for node in exchange.location.all("proxy_set_header") {
        let (name, value) = (node.word(1).to_lowercase(), exchange.filled(node.word(2)));
        request.headers.retain(|(known, _)| *known != name);
        match name.as_str() {
            "host" => host = value,
            "connection" => {}
            _ if value.is_empty() => {}
            _ => request.headers.push((name, value)),
        }
    }
    request.headers.insert(0, ("host".into(), host));
    request
}

/// Why a server behind gave no answer.
enum Silence {
    Refused(Errno),
    ConnectTimeout,
    ReadTimeout,
    Closed,
}

impl Silence {
    fn words(&self) -> String {
        let connect = |number: u32, error: Errno| {
            format!("connect() failed ({number}: {}) while connecting to upstream", error.message())
        };
        match self {
            Self::Refused(error @ Errno::Ehostunreach) => connect(113, *error),
            Self::Refused(error @ Errno::Etimedout) => connect(110, *error),
            Self::Refused(error @ Errno::Econnreset) => connect(104, *error),
            Self::Refused(error) => connect(111, *error),
            Self::ConnectTimeout => {
                "upstream timed out (110: Connection timed out) while connecting to upstream".into()
            }
            Self::ReadTimeout => {
                "upstream timed out (110: Connection timed out) while reading response header from upstream".into()
            }
            Self::Closed => "upstream prematurely closed connection while reading response header from upstream".into(),
        }
    }

    fn status(&self) -> u16 {
        if matches!(self, Self::ConnectTimeout | Self::ReadTimeout) { 504 } else { 502 }
    }
}

/// One server after the other, until one answers.
async fn through(exchange: &mut Exchange, upstream: &Upstream, target: &Target) -> Response {
    let process = exchange.site.process.clone();
    let request = request(exchange, target);
    let (mut tried, mut status) = (Vec::new(), 502);
    let (mut addresses, mut statuses) = (Vec::new(), Vec::new());
    while let Some(index) = upstream.next(exchange.client, &tried, process.now()) {
        tried.push(index);
        let peer = &upstream.peers[index];
        addresses.push(format!("{}:{}", peer.address, peer.port));
        match ask(exchange, peer, &request).await {
            Ok(response) => {
                peer.succeed();
                statuses.push(response.status.to_string());
                (exchange.upstream_address, exchange.upstream_status) = (addresses.join(", "), statuses.join(", "));
                return response;
            }
            Err(silence) => {
                let address = format!("{}://{}:{}{}", target.scheme, peer.address, peer.port, target.path);
                exchange.complain("error", &silence.words(), &address).await;
                peer.fail(process.now());
                status = silence.status();
                statuses.push(status.to_string());
                // A request that changes something is not sent twice once it has been sent.
                let is_sent = !matches!(silence, Silence::Refused(_) | Silence::ConnectTimeout);
                if is_sent && !matches!(exchange.request.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS")
                {
                    break;
                }
            }
        }
    }
    if tried.is_empty() {
        let address = format!("{}://{}{}", target.scheme, target.authority, target.path);
        exchange.complain("error", "no live upstreams while connecting to upstream", &address).await;
        addresses.push(target.authority.clone());
        statuses.push("502".to_string());
    }
    (exchange.upstream_address, exchange.upstream_status) = (addresses.join(", "), status.to_string());
    exchange.page(status)
}

async fn ask(exchange: &Exchange, peer: &Peer, request: &Request) -> Result<Response, Silence> {
    let process = &exchange.site.process;
    let span = |name: &str| exchange.location.one(name).and_then(|node| time(node.word(1))).unwrap_or(TIMEOUT);
    let host = peer.address.to_string();
    let connecting = select(process.connect(&host, peer.port), process.sleep(span("proxy_connect_timeout"))).await;
    let connection = match connecting {
        Either::Left(Ok(connection)) => connection,
        Either::Left(Err(ConnectError::Failed(_, error))) => return Err(Silence::Refused(error)),
        Either::Left(Err(ConnectError::Name(_))) => return Err(Silence::Refused(Errno::Econnrefused)),
        Either::Right(()) => return Err(Silence::ConnectTimeout),
    };
    match select(request.send(&connection), process.sleep(span("proxy_read_timeout"))).await {
        Either::Left(Ok(Some(response))) => Ok(response),
        Either::Left(_) => Err(Silence::Closed),
        Either::Right(()) => Err(Silence::ReadTimeout),
    }
}
