//! What nginx finds wrong with the words of its directives, each in nginx's own words.
//!
//! Source: nginx 1.22 itself and its documentation.

use super::directives::Context;
use super::parse::Node;
use super::variables;
use crate::kernel::Process;
use std::collections::{BTreeMap, BTreeSet};

/// Directives that take a span of time.
const TIMES: [&str; 12] = [
    "proxy_connect_timeout",
    "proxy_read_timeout",
    "proxy_send_timeout",
    "client_body_timeout",
    "client_header_timeout",
    "send_timeout",
    "fastcgi_connect_timeout",
    "fastcgi_read_timeout",
    "fastcgi_send_timeout",
    "resolver_timeout",
    "keepalive_timeout",
    "uwsgi_read_timeout",
];
/// Directives that take a size.
const SIZES: [&str; 6] = [
    "client_max_body_size",
    "client_body_buffer_size",
    "client_header_buffer_size",
    "proxy_buffer_size",
    "gzip_min_length",
    "types_hash_max_size",
];
/// Other directives that stand once in a block.
const ONCE: [&str; 6] = ["root", "alias", "default_type", "proxy_pass", "server_tokens", "try_files"];
/// Parameters of a server in an upstream.
const PEER_PARAMETERS: [&str; 9] =
    ["weight=", "max_fails=", "fail_timeout=", "max_conns=", "backup", "down", "resolve", "route=", "slow_start="];

/// What has been met so far.
pub struct Checks<'a> {
    process: &'a Process,
    upstreams: BTreeSet<String>,
    formats: BTreeSet<String>,
    /// What does not keep nginx from starting.
    pub warnings: Vec<String>,
}

impl<'a> Checks<'a> {
    /// Nothing so far.
    pub fn new(process: &'a Process) -> Self {
        let formats = ["combined".to_string()].into();
        Self { process, upstreams: BTreeSet::new(), formats, warnings: Vec::new() }
    }

    /// A directive as it comes; `parent` holds those before it in the same block.
    pub fn directive(&mut self, node: &Node, parent: &Node, context: Context, is_flag: bool) -> Result<(), String> {
        let (name, value) = (node.name(), node.word(1));
        let is_once = is_flag || TIMES.contains(&name) || SIZES.contains(&name) || ONCE.contains(&name);
        if name == "root" || name == "alias" {
            let other = if name == "root" { "alias" } else { "root" };
            if parent.first(other).is_some() {
                return Err(format!("\"{name}\" directive is duplicate, \"{other}\" directive was specified earlier"));
            }
        }
        if is_once && parent.first(name).is_some() {
            return Err(format!("\"{name}\" directive is duplicate"));
        }
        if is_flag && !matches!(value, "on" | "off") {
            return Err(format!("invalid value \"{value}\" in \"{name}\" directive, it must be \"on\" or \"off\""));
        }
        let is_bad = TIMES.contains(&name) && time(value).is_none() || SIZES.contains(&name) && size(value).is_none();
        if is_bad {
            return Err(format!("\"{name}\" directive invalid value"));
        }
        match name {
            "listen" => self.listen(node, parent),
            "location" => location(node, parent),
            "return" => returns(node),
            "proxy_pass" => self.proxy_pass(node, parent, context),
            "upstream" if !self.upstreams.insert(value.to_string()) => Err(format!("duplicate upstream \"{value}\"")),
            "server" if context == Context::Upstream => self.peer(node),
            "log_format" if !self.formats.insert(value.to_string()) => {
                Err(format!("duplicate \"log_format\" name \"{value}\""))
            }
            "access_log" => self.access_log(node),
            "error_page" => error_page(node),
            "set" if !value.starts_with('$') => Err(format!("invalid variable name \"{value}\"")),
            "rewrite" => rewrite(node),
            "resolver" => self.resolver(node),
            _ => Ok(()),
        }
    }

    fn listen(&mut self, node: &Node, parent: &Node) -> Result<(), String> {
        let value = node.word(1);
        let Some((host, port)) = listened(value) else {
            return Err(format!("invalid port in \"{value}\" of the \"listen\" directive"));
        };
        if host.parse::<std::net::Ipv4Addr>().is_err() && self.process.resolve(&host).is_err() {
            return Err(format!("host not found in \"{value}\" of the \"listen\" directive"));
        }
        if !value.starts_with('[')
            && parent
                .all("listen")
                .any(|other| listened(other.word(1)) == Some((host.clone(), port)) && !other.word(1).starts_with('['))
        {
            return Err(format!("a duplicate listen {host}:{port}"));
        }
        Ok(())
    }

    fn peer(&mut self, node: &Node) -> Result<(), String> {
        let value = node.word(1);
        let has_resolve = node.words.iter().any(|word| word == "resolve");
        if let Some(wrong) = node.words.iter().skip(2).find(|word| {
            !PEER_PARAMETERS
                .iter()
                .any(|known| if known.ends_with('=') { word.starts_with(known) } else { word == known })
        }) {
            return Err(format!("invalid parameter \"{wrong}\""));
        }
        if value.starts_with("unix:") || has_resolve {
            return Ok(());
        }
        let (host, port) = value.split_once(':').unwrap_or((value, "80"));
        if port.parse::<u16>().is_err() {
            return Err(format!("invalid port in upstream \"{value}\""));
        }
        self.process.resolve(host).map(drop).map_err(|_| format!("host not found in upstream \"{value}\""))
    }

    fn proxy_pass(&mut self, node: &Node, parent: &Node, context: Context) -> Result<(), String> {
        let url = node.word(1);
        if url.contains('$') {
            return Ok(());
        }
        let Some((_, rest)) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) else {
            return Err("invalid URL prefix".into());
        };
        let is_regex = matches!(parent.word(1), "~" | "~*") || parent.word(1).starts_with('~');
        let has_no_prefix = is_regex || parent.word(1).starts_with('@') || context != Context::Location;
        if rest.contains('/') && !rest.starts_with("unix:") && has_no_prefix {
            return Err(
                "\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named \
                        location, or inside \"if\" statement, or inside \"limit_except\" block"
                    .into(),
            );
        }
        Ok(())
    }

    fn access_log(&self, node: &Node) -> Result<(), String> {
        let format = node.word(2);
        let is_named = !format.is_empty() && !format.contains('=') && node.word(1) != "off";
        match is_named && !self.formats.contains(format) {
            true => Err(format!("unknown log format \"{format}\"")),
            false => Ok(()),
        }
    }

    fn resolver(&self, node: &Node) -> Result<(), String> {
        let mut names = node.words.iter().skip(1).filter(|word| !word.contains('='));
        let unknown = names.find(|name| self.process.resolve(name.split(':').next().unwrap_or(name)).is_err());
        unknown.map_or(Ok(()), |name| Err(format!("host not found in resolver \"{name}\"")))
    }

    /// A block at its end.
    pub fn closed(&mut self, node: &Node) -> Result<(), String> {
        match node.name() == "upstream" && node.first("server").is_none() {
            true => Err("no servers are inside upstream".into()),
            false => Ok(()),
        }
    }

    /// The whole, when all of it has been read: names in `proxy_pass`, equal locations, variables, certificates.
    pub fn whole(&mut self, whole: &Node) -> Result<(), String> {
        if whole.first("events").is_none() {
            return Err("no \"events\" section in configuration".into());
        }
        let Some(http) = whole.first("http") else { return Ok(()) };
        self.names(http)?;
        for server in http.all("server") {
            equal_locations(server)?;
            self.certificates(http, server)?;
        }
        self.equal_servers(http)?;
        variables::check(http)
    }

    /// The hosts that are no upstream are looked up once, at the start.
    fn names(&self, node: &Node) -> Result<(), String> {
        for child in &node.block {
            self.names(child)?;
            let url = child.word(1);
            if !matches!(child.name(), "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "grpc_pass") || url.contains('$')
            {
                continue;
            }
            let authority = url.rsplit("://").next().unwrap_or(url).split('/').next().unwrap_or(url);
            let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
            if self.upstreams.contains(host) {
                if let Some(port) = port {
                    return Err(format!("upstream \"{host}\" may not have port {port} in {}", child.place));
                }
                continue;
            }
            if host != "unix" && self.process.resolve(host).is_err() {
                return Err(format!("host not found in upstream \"{host}\" in {}", child.place));
            }
        }
        Ok(())
    }

    fn certificates(&self, http: &Node, server: &Node) -> Result<(), String> {
        let has_ssl = server.all("listen").any(|listen| listen.words.iter().any(|word| word == "ssl"));
        let Some(certificate) = server.first("ssl_certificate").or_else(|| http.first("ssl_certificate")) else {
            let text =
                format!("no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in {}", server.place);
            return if has_ssl { Err(text) } else { Ok(()) };
        };
        let path = certificate.word(1);
        let is_missing = has_ssl && !path.contains('$') && self.process.stat(path).is_err();
        match is_missing {
            true => Err(format!(
                "cannot load certificate \"{path}\": BIO_new_file() failed (SSL: error:80000002:system library::No such \
                 file or directory:calling fopen({path}, r) error:10000080:BIO routines::no such file)"
            )),
            false => Ok(()),
        }
    }

    /// Servers of the same address and name: the first one counts; two that are the default are one too many.
    fn equal_servers(&mut self, http: &Node) -> Result<(), String> {
        let mut names = BTreeSet::new();
        let mut defaults: BTreeMap<(String, u16), &Node> = BTreeMap::new();
        for server in http.all("server") {
            let mut addresses: Vec<(String, u16)> = Vec::new();
            for listen in server.all("listen").filter(|listen| !listen.word(1).starts_with('[')) {
                let Some(address) = listened(listen.word(1)) else { continue };
                let is_default = listen.words.iter().any(|word| word == "default_server");
                if is_default && defaults.insert(address.clone(), server).is_some() {
                    let (host, port) = address;
                    return Err(format!("a duplicate default server for {host}:{port} in {}", listen.place));
                }
                addresses.push(address);
            }
            if addresses.is_empty() {
                addresses.push(("0.0.0.0".into(), 80));
            }
            let own = server.all("server_name").flat_map(|names| names.words[1..].iter().cloned());
            let own: Vec<String> = own.collect();
            let own = if own.is_empty() { vec![String::new()] } else { own };
            for (host, port) in addresses {
                for name in own.iter().filter(|name| !names.insert((host.clone(), port, (*name).clone()))) {
                    self.warnings.push(format!("conflicting server name \"{name}\" on {host}:{port}, ignored"));
                }
            }
        }
        Ok(())
    }
}

/// Host and port of a `listen`: `80`, `0.0.0.0:80`, `*:80`, `[::]:80`, `localhost`; `None` for a port that is none.
pub fn listened(value: &str) -> Option<(String, u16)> {
    if let Some(rest) = value.strip_prefix('[') {
        let port = rest.split_once("]:").map_or(Some(80), |(_, port)| port.parse().ok().filter(|port| *port > 0));
        return port.map(|port| ("0.0.0.0".to_string(), port));
    }
    if value.chars().all(|c| c.is_ascii_digit()) {
        return value.parse().ok().filter(|port| *port > 0).map(|port| ("0.0.0.0".to_string(), port));
    }
    let (host, port) = value.split_once(':').unwrap_or((value, "80"));
    let host = if host == "*" { "0.0.0.0" } else { host };
    port.parse().ok().filter(|port| *port > 0).map(|port| (host.to_string(), port))
}

/// The words of a location: its modifier, if it has one, and its name.
pub fn location_words(node: &Node) -> (&str, &str) {
    if node.words.len() > 2 {
        return (node.word(1), node.word(2));
    }
    let word = node.word(1);
    let modifier = ["~*", "^~", "=", "~"].into_iter().find(|modifier| word.starts_with(modifier)).unwrap_or("");
    (modifier, &word[modifier.len()..])
}

fn location(node: &Node, parent: &Node) -> Result<(), String> {
    if node.words.len() > 2 && !matches!(node.word(1), "=" | "^~" | "~" | "~*") {
        return Err(format!("invalid location modifier \"{}\"", node.word(1)));
    }
    let (modifier, name) = location_words(node);
    let opened = name.replace("\\(", "").matches('(').count();
    let is_regex = modifier.starts_with('~');
    if is_regex && opened > name.replace("\\)", "").matches(')').count() {
        return Err(format!("pcre2_compile() failed: missing closing parenthesis in \"{name}\""));
    }
    let (outer_modifier, outer) = location_words(parent);
    if parent.name() == "location" && !is_regex && !outer_modifier.starts_with('~') && !name.starts_with(outer) {
        return Err(format!("location \"{name}\" is outside location \"{outer}\""));
    }
    Ok(())
}

fn returns(node: &Node) -> Result<(), String> {
    let code = node.word(1);
    let is_url = node.words.len() == 2 && ["http://", "https://", "$scheme"].iter().any(|url| code.starts_with(url));
    match is_url || code.parse::<u16>().is_ok_and(|code| code <= 999) {
        true => Ok(()),
        false => Err(format!("invalid return code \"{code}\"")),
    }
}

fn error_page(node: &Node) -> Result<(), String> {
    let codes = &node.words[1..node.words.len() - 1];
    for code in codes.iter().filter(|code| !code.starts_with('=')) {
        match code.parse::<u16>() {
            Ok(300..=599) => {}
            Ok(_) => return Err(format!("value \"{code}\" must be between 300 and 599")),
            Err(_) => return Err(format!("invalid value \"{code}\"")),
        }
    }
    Ok(())
}

fn rewrite(node: &Node) -> Result<(), String> {
    match node.word(3) {
        "" | "last" | "break" | "redirect" | "permanent" => Ok(()),
        other => Err(format!("invalid parameter \"{other}\"")),
    }
}

fn equal_locations(node: &Node) -> Result<(), String> {
    let mut known = BTreeSet::new();
    for location in node.all("location") {
        equal_locations(location)?;
        let (modifier, name) = location_words(location);
        let kind = if modifier == "=" { "=" } else { "" };
        if !modifier.starts_with('~') && !known.insert((kind, name)) {
            return Err(format!("duplicate location \"{name}\" in {}", location.place));
        }
    }
    Ok(())
}

/// A span of time: `60`, `60s`, `1m30s`, `500ms`.
pub fn time(text: &str) -> Option<std::time::Duration> {
    let mut millis = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let factor = match rest[end..unit_end].trim() {
            "" | "s" => 1000,
            "ms" => 1,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return None,
        };
        millis = millis.checked_add(number.checked_mul(factor)?)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then(|| std::time::Duration::from_millis(millis))
}

/// A size in bytes: `1024`, `8k`, `10m`, `1g`.
pub fn size(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let factor = match &text[end..] {
        "" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        _ => return None,
    };
    text[..end].parse::<u64>().ok()?.checked_mul(factor)
}
