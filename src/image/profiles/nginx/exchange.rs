//! One request on its way to its answer: what nginx knows of it, its rewriting, and the pages nginx writes itself.

use super::site::{Block, Site};
use super::{pattern, variables};
use crate::image::programs::clock::Date;
use crate::kernel::Instant;
use crate::kernel::http::{Request, Response};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// A request.
pub struct Exchange {
    /// The configuration it is answered by.
    pub site: Rc<Site>,
    /// The request as it came.
    pub request: Request,
    /// Who asks.
    pub client: Ipv4Addr,
    /// The port it came to.
    pub port: u16,
    /// Its number among all connections.
    pub number: u64,
    /// The server that answers.
    pub server: Rc<Block>,
    /// The location that answers: the innermost block that holds now.
    pub location: Rc<Block>,
    /// The path as it is rewritten, without its query.
    pub uri: String,
    /// The query as it is rewritten.
    pub args: String,
    /// Variables that were set.
    pub set: BTreeMap<String, String>,
    /// What the last expression matched.
    pub captures: Vec<String>,
    /// `$proxy_host`.
    pub upstream_host: String,
    /// `$upstream_addr`.
    pub upstream_address: String,
    /// `$upstream_status`.
    pub upstream_status: String,
    /// The status of the answer.
    pub status: u16,
    /// The size of its body.
    pub size: usize,
    /// When it came.
    pub began: Instant,
}

/// What rewriting leads to.
pub enum Flow {
    /// On to the next phase.
    Next,
    /// The location of the rewritten path is looked for.
    Again,
    /// An answer.
    Answer(Response),
    /// The connection is closed without one (`return 444`).
    Close,
}

impl Exchange {
    /// A request that came to a port.
    pub fn new(site: &Rc<Site>, request: Request, client: Ipv4Addr, port: u16, number: u64) -> Option<Self> {
        let host = host_of(&request);
        let server = site.server(port, &host)?.clone();
        let (uri, args) = request.path.split_once('?').unwrap_or((&request.path, ""));
        Some(Self {
            uri: decoded(uri),
            args: args.to_string(),
            site: site.clone(),
            client,
            port,
            number,
            location: server.clone(),
            server,
            set: BTreeMap::new(),
            captures: Vec::new(),
            upstream_host: String::new(),
            upstream_address: String::new(),
            upstream_status: String::new(),
            status: 0,
            size: 0,
            began: site.process.now(),
            request,
        })
    }

    /// `$host`: the name in the request, else the server's.
    pub fn host(&self) -> String {
        let host = host_of(&self.request);
        if host.is_empty() { self.server_name() } else { host }
    }

    /// The server's first name.
    pub fn server_name(&self) -> String {
        self.server.node.first("server_name").map_or(String::new(), |node| node.word(1).to_string())
    }

    /// The folder of files.
    pub fn root(&self) -> String {
        let root = self.location.one("root").map_or("html", |node| node.word(1));
        let root = variables_without_root(root, self);
        if root.starts_with('/') { root } else { format!("{}/{root}", super::FOLDER) }
    }

    /// The file of the path: below the root, or what an alias puts in place of the location's name.
    pub fn file(&self) -> String {
        self.file_of(&self.uri)
    }

    /// The file of a path.
    pub fn file_of(&self, uri: &str) -> String {
        let Some(alias) = self.location.node.first("alias") else { return format!("{}{uri}", self.root()) };
        let (modifier, name) = super::checks::location_words(&self.location.node);
        let alias = variables_without_root(alias.word(1), self);
        match modifier.starts_with('~') {
            true => alias,
            false => format!("{alias}{}", uri.strip_prefix(name).unwrap_or(uri)),
        }
    }

    /// A text with its variables filled in.
    pub fn filled(&self, text: &str) -> String {
        variables::filled(text, self)
    }

    /// Keeps what an expression matched.
    pub fn keep(&mut self, found: pattern::Found) {
        self.captures = found.captures;
        self.set.extend(found.named);
    }

    /// A page nginx writes itself.
    pub fn page(&self, status: u16) -> Response {
        let title = title(status);
        let tokens = self.location.one("server_tokens").is_none_or(|node| node.word(1) != "off");
        let name = if tokens { format!("nginx/{}", self.site.version) } else { "nginx".to_string() };
        let body = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>{name}</center>\r\n</body>\r\n</html>\r\n"
        );
        let mut response = Response::of_type(status, "text/html", body);
        response.reason = title.split_once(' ').map(|(_, reason)| reason.to_string());
        response
    }

    /// A line of the error log, with what nginx adds about the request; `upstream` stands between.
    pub async fn complain(&self, level: &str, text: &str, upstream: &str) {
        let date = Date::now(&self.site.process).slashes();
        let worker = super::WORKER;
        let name = self.server_name();
        let request = format!("{} {} HTTP/1.1", self.request.method, self.request.path);
        let upstream = if upstream.is_empty() { String::new() } else { format!(", upstream: \"{upstream}\"") };
        let host = self.request.header("host").map_or(String::new(), |host| format!(", host: \"{host}\""));
        let line = format!(
            "{date} [{level}] {worker}#{worker}: *{} {text}, client: {}, server: {name}, request: \"{request}\"{upstream}{host}\n",
            self.number, self.client
        );
        self.site.process.complain(line).await;
    }

    /// Carries out `set`, `if`, `rewrite`, `return`, `break` of a block, in their order.
    pub fn rewrite(&mut self, block: &Rc<Block>) -> Flow {
        for node in &block.node.block {
            match node.name() {
                "set" => {
                    let value = self.filled(node.word(2));
                    self.set.insert(node.word(1).trim_start_matches('$').to_string(), value);
                }
                "break" => return Flow::Next,
                "return" => return self.returned(&node.words[1..]),
                "if" if self.holds(&node.words[1..]) => {
                    let inner = block.within(node);
                    match self.rewrite(&inner) {
                        Flow::Next if node.first("proxy_pass").is_some() => self.location = inner,
                        Flow::Next => {}
                        other => return other,
                    }
                }
                "rewrite" => match self.rewritten(&node.words[1..]) {
                    Some(Flow::Next) => return Flow::Next,
                    Some(flow) => return flow,
                    None => {}
                },
                _ => {}
            }
        }
        Flow::Next
    }

    /// `rewrite EXPRESSION REPLACEMENT [FLAG]`; `None` if it changes nothing, or lets the next ones go on.
    fn rewritten(&mut self, words: &[String]) -> Option<Flow> {
        let found = pattern::find(&words[0], &self.uri)?;
        self.keep(found);
        let replacement = self.filled(&words[1]);
        let flag = words.get(2).map_or("", String::as_str);
        let is_address = ["http://", "https://"].iter().any(|scheme| replacement.starts_with(scheme));
        let keeps_args = !replacement.ends_with('?');
        let replacement = replacement.trim_end_matches('?');
        let (path, own) = replacement.split_once('?').unwrap_or((replacement, ""));
        let args = match (own.is_empty(), keeps_args && !self.args.is_empty()) {
            (true, true) => self.args.clone(),
            (false, true) => format!("{own}&{}", self.args),
            (_, false) => own.to_string(),
        };
        if is_address || matches!(flag, "redirect" | "permanent") {
            let query = if args.is_empty() { String::new() } else { format!("?{args}") };
            let code = if flag == "permanent" { 301 } else { 302 };
            return Some(Flow::Answer(self.redirect(code, &format!("{path}{query}"))));
        }
        (self.uri, self.args) = (path.to_string(), args);
        match flag {
            "last" => Some(Flow::Again),
            "break" => Some(Flow::Next),
            _ => {
                self.set.insert(REWRITTEN.into(), String::new());
                None
            }
        }
    }

    /// Whether a `rewrite` without flag has changed the path since the last time it was asked.
    pub fn take_rewritten(&mut self) -> bool {
        self.set.remove(REWRITTEN).is_some()
    }

    /// An answer that leads elsewhere; a path becomes an address of this server.
    pub fn redirect(&self, status: u16, target: &str) -> Response {
        let port = match (self.port, self.location.is_on("port_in_redirect", true)) {
            (80, _) | (_, false) => String::new(),
            (port, true) => format!(":{port}"),
        };
        let is_absolute = self.location.is_on("absolute_redirect", true);
        let address = match target.starts_with('/') && is_absolute {
            true => format!("http://{}{port}{target}", self.host()),
            false => target.to_string(),
        };
        self.page(status).with("Location", &address)
    }

    /// `return CODE [TEXT]`, `return CODE URL`, `return URL`.
    fn returned(&self, words: &[String]) -> Flow {
        let Ok(code) = words[0].parse::<u16>() else {
            return Flow::Answer(self.redirect(302, &self.filled(&words[0])));
        };
        let text = words.get(1).map(|text| self.filled(text));
        Flow::Answer(match (code, text) {
            (444, _) => return Flow::Close,
            (301 | 302 | 303 | 307 | 308, Some(target)) => self.redirect(code, &target),
            (_, Some(text)) => Response::of_type(code, &self.content_type(&self.uri), text),
            (200..=299, None) => Response { status: code, ..Response::default() },
            (_, None) => self.page(code),
        })
    }

    /// Whether the condition of an `if` holds.
    fn holds(&mut self, words: &[String]) -> bool {
        let text = words.join(" ");
        let text = text.trim().trim_start_matches('(');
        let text = text.strip_suffix(')').unwrap_or(text).trim();
        let parts: Vec<&str> = text.splitn(3, ' ').collect();
        let unquoted = |text: &str| text.trim_matches(['"', '\'']).to_string();
        match parts.as_slice() {
            [test @ ("-f" | "-d" | "-e" | "!-f" | "!-d" | "!-e"), path, ..] => {
                let found = self.site.process.stat(&self.filled(&unquoted(path))).ok();
                let holds = match test.trim_start_matches('!') {
                    "-f" => found.is_some_and(|stat| !stat.is_folder()),
                    "-d" => found.is_some_and(|stat| stat.is_folder()),
                    _ => found.is_some(),
                };
                holds != test.starts_with('!')
            }
            [left, "=", right] => self.filled(&unquoted(left)) == self.filled(&unquoted(right)),
            [left, "!=", right] => self.filled(&unquoted(left)) != self.filled(&unquoted(right)),
            [left, how @ ("~" | "~*" | "!~" | "!~*"), right] => {
                let star = if how.ends_with('*') { "*" } else { "" };
                let found = pattern::find(&format!("{star}{}", unquoted(right)), &self.filled(left));
                let is_found = found.is_some();
                if let Some(found) = found {
                    self.keep(found);
                }
                is_found != how.starts_with('!')
            }
            [value] => !matches!(self.filled(value).as_str(), "" | "0"),
            _ => false,
        }
    }

    /// The type of a file by its ending.
    pub fn content_type(&self, path: &str) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let known = TYPES.iter().find(|(endings, _)| endings.split(' ').any(|known| known == ending));
        let default = self.location.one("default_type").map_or("text/plain", |node| node.word(1));
        let plain = known.map_or(default, |(_, kind)| kind);
        match self.location.one("charset").map(|node| node.word(1)).filter(|name| *name != "off") {
            Some(charset) if plain.starts_with("text/") => format!("{plain}; charset={charset}"),
            _ => plain.to_string(),
        }
    }
}

/// Where it is noted that the path was changed: no variable can have this name.
const REWRITTEN: &str = "\0";

/// Endings of names, and the type of such files (nginx's `mime.types`, as far as they are met in web apps).
const TYPES: [(&str, &str); 16] = [
    ("html htm shtml", "text/html"),
    ("css", "text/css"),
    ("js mjs", "application/javascript"),
    ("json", "application/json"),
    ("txt", "text/plain"),
    ("xml", "text/xml"),
    ("svg svgz", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("pdf", "application/pdf"),
    ("wasm", "application/wasm"),
    ("zip", "application/zip"),
];

/// A root may name variables, but for those that come from it.
fn variables_without_root(text: &str, exchange: &Exchange) -> String {
    match text.contains("$document_root") || text.contains("$request_filename") {
        true => text.to_string(),
        false => variables::filled(text, exchange),
    }
}

fn host_of(request: &Request) -> String {
    let host = request.header("host").unwrap_or_default();
    host.split(':').next().unwrap_or(host).to_lowercase()
}

/// `%41` as `A`, `//` as `/`; `.` and `..` resolved.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        let pair: Vec<u8> = if byte == b'%' { rest.clone().take(2).collect() } else { Vec::new() };
        let number = std::str::from_utf8(&pair)
            .ok()
            .filter(|text| text.len() == 2)
            .and_then(|text| u8::from_str_radix(text, 16).ok());
        if number.is_some() {
            rest.nth(1);
        }
        bytes.push(number.unwrap_or(byte));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let slash = if text.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("/{}{slash}", parts.join("/"))
}

/// A status as nginx words it on its pages and in the first line of its answers.
fn title(status: u16) -> String {
    let words = match status {
        401 => "Authorization Required",
        405 => "Not Allowed",
        408 => "Request Time-out",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        410 => "Gone",
        other => crate::kernel::http::reason(other),
    };
    format!("{status} {words}")
}
