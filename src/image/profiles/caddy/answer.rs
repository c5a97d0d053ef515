//! From a request to its answer: which site, which directive, a file, a text, what another server says.
//!
//! Sources: Caddy's documentation, "Directives" (the order in which they act, whatever their order in the file; `handle` blocks
//! exclude each other; `file_server` hides nothing but answers 404), "reverse_proxy" (names are looked up at each request, 502 for
//! an upstream that fails); Go's `net` for the reasons.

use super::caddyfile::{Directive, Site};
use super::log;
use crate::image::profiles::apache::content_type;
use crate::kernel::http::{Failure, Request, Response, fetch};
use crate::kernel::{ConnectError, Errno, Process};
use serde_json::json;
use std::net::Ipv4Addr;

/// The port that requests come from; connections have none here.
const REMOTE_PORT: u16 = 49152;

/// Answers a request that came to a port.
pub async fn answer(process: &Process, sites: &[Site], port: u16, request: &Request, client: Ipv4Addr) -> Response {
    if port == 443 {
        return Response::text(400, "Client sent an HTTP request to an HTTPS server.\n");
    }
    let host = request.header("host").unwrap_or_default().split(':').next().unwrap_or_default();
    let fits = |site: &&Site, name: &str| site.addresses.iter().any(|(own, at)| *at == port && own == name);
    let site = sites.iter().find(|site| fits(site, host)).or(sites.iter().find(|site| fits(site, "")));
    let is_secure = |site: &&Site| site.addresses.iter().any(|(own, at)| *at == 443 && own == host);
    let begun = process.now();
    let response = match site {
        Some(site) => act(process, &site.directives, request, request.path.clone(), client).await,
        None if port == 80 && sites.iter().any(|site| is_secure(&site)) => {
            Response::text(308, "").with("Location", &format!("https://{host}{}", request.path))
        }
        // A host that nobody serves gets an empty answer.
        None => Response::text(200, ""),
    };
    if site.is_some_and(|site| site.logs) {
        let took = process.now().since(begun).as_secs_f64();
        let (size, read) = (response.body.len(), request.body.len());
        let headers = headers(response.headers.iter().chain([&("Server".to_string(), "Caddy".to_string())]));
        log(process, "info", &format!("\"logger\":\"http.log.access\",\"msg\":\"handled request\",{},\"bytes_read\":{read},\"user_id\":\"\",\"duration\":{took},\"size\":{size},\"status\":{},\"resp_headers\":{headers}", shown(request, client), response.status)).await;
    }
    response
}

/// A request as it is logged.
fn shown(request: &Request, client: Ipv4Addr) -> String {
    let host = request.header("host").unwrap_or_default();
    let own = request.headers.iter().filter(|(name, _)| name != "host");
    format!(
        "\"request\":{{\"remote_ip\":\"{client}\",\"remote_port\":\"{REMOTE_PORT}\",\"client_ip\":\"{client}\",\"proto\":\"HTTP/1.1\",\"method\":{},\"host\":{},\"uri\":{},\"headers\":{}}}",
        json!(request.method),
        json!(host),
        json!(request.path),
        headers(own)
    )
}

/// Headers as they are logged: names as Go spells them, secrets hidden.
fn headers<'a>(all: impl Iterator<Item = &'a (String, String)>) -> String {
    let one = |(name, value): &(String, String)| {
        let spell = |part: &str| part[..1.min(part.len())].to_uppercase() + part.get(1..).unwrap_or_default();
        let spelled: Vec<String> = name.split('-').map(spell).collect();
        let is_secret = matches!(name.to_lowercase().as_str(), "authorization" | "cookie" | "set-cookie");
        let value = if is_secret { "REDACTED" } else { value };
        format!("{}:[{}]", json!(spelled.join("-")), json!(value))
    };
    format!("{{{}}}", all.map(one).collect::<Vec<_>>().join(","))
}

/// Whether a path fits a matcher: all, a path, or a path with a star at its end.
fn matches(matcher: &str, path: &str) -> bool {
    match matcher.strip_suffix('*') {
        _ if matcher.starts_with('@') => true,
        Some(begin) => path.starts_with(begin),
        None => path == matcher,
    }
}

/// Lets the first directive act that ends a request, in Caddy's order; an empty answer if none does.
async fn act(
    process: &Process,
    directives: &[Directive],
    request: &Request,
    uri: String,
    client: Ipv4Addr,
) -> Response {
    let path = uri.split('?').next().unwrap_or_default().to_string();
    let fitting =
        |name: &str| directives.iter().find(|directive| directive.name == name && matches(&directive.matcher, &path));
    let mut response = if let Some(directive) = fitting("redir") {
        redirect(directive, request, &uri)
    } else if let Some(directive) = fitting("handle").or(fitting("handle_path")).or(fitting("route")) {
        let prefix = directive.matcher.trim_end_matches('*').trim_end_matches('/');
        let inner = match directive.name == "handle_path" {
            true => format!("/{}", uri[prefix.len()..].trim_start_matches('/')),
            false => uri.clone(),
        };
        let outer = directives.iter().filter(|directive| directive.name == "root").cloned();
        let all: Vec<Directive> = directive.block.iter().cloned().chain(outer).collect();
        Box::pin(act(process, &all, request, inner, client)).await
    } else if let Some(directive) = fitting("respond") {
        respond(directive, request, &uri)
    } else if let Some(directive) = fitting("reverse_proxy") {
        pass(process, directive, request, &uri, client).await
    } else if let Some(directive) = fitting("file_server") {
        let root = directives.iter().find(|directive| directive.name == "root");
        let root = root.and_then(|root| root.words.last()).map_or("/srv", String::as_str);
        file(process, root, &path, directive.words.iter().any(|word| word == "browse"))
    } else {
        Response::text(200, "")
    };
    for header in directives.iter().filter(|directive| directive.name == "header" && matches(&directive.matcher, &path))
    {
        set_headers(header, &mut response);
    }
    response
}

fn filled(text: &str, request: &Request, uri: &str) -> String {
    let host = request.header("host").unwrap_or_default();
    let path = uri.split('?').next().unwrap_or_default();
    text.replace("{host}", host.split(':').next().unwrap_or_default()).replace("{uri}", uri).replace("{path}", path)
}

/// `redir TARGET [permanent|temporary|CODE]`.
fn redirect(directive: &Directive, request: &Request, uri: &str) -> Response {
    let target = filled(directive.words.first().map_or("", String::as_str), request, uri);
    let code = match directive.words.get(1).map(String::as_str) {
        Some("permanent") => 301,
        Some(code) => code.parse().unwrap_or(302),
        None => 302,
    };
    Response::text(code, "").with("Location", &target)
}

/// `respond [BODY] [STATUS]`: a number alone is a status.
fn respond(directive: &Directive, request: &Request, uri: &str) -> Response {
    let code =
        |word: Option<&String>| word.and_then(|word| word.parse::<u16>().ok()).filter(|code| (100..600).contains(code));
    match (directive.words.first(), directive.words.get(1)) {
        (Some(word), None) if word.len() == 3 && code(Some(word)).is_some() => {
            Response::text(code(Some(word)).unwrap_or(200), "")
        }
        (body, status) => {
            Response::text(code(status).unwrap_or(200), filled(body.map_or("", String::as_str), request, uri))
        }
    }
}

/// `header NAME VALUE`, `header -NAME`, or a block of them.
fn set_headers(directive: &Directive, response: &mut Response) {
    let own = [directive.words.clone()].into_iter().filter(|words| !words.is_empty());
    let inner = directive.block.iter().map(|line| [vec![line.name.clone()], line.words.clone()].concat());
    for words in own.chain(inner) {
        let (Some(name), value) = (words.first(), words.get(1)) else { continue };
        let plain = name.trim_start_matches(['-', '+', '?', '>']);
        if !name.starts_with('+') {
            response.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(plain));
        }
        if let Some(value) = value.filter(|_| !name.starts_with('-')) {
            response.headers.push((plain.to_string(), value.clone()));
        }
    }
}

async fn pass(process: &Process, directive: &Directive, request: &Request, uri: &str, client: Ipv4Addr) -> Response {
    let to = directive.block.iter().find(|line| line.name == "to").and_then(|line| line.words.first());
    let upstream = directive.words.first().or(to).map_or("", String::as_str);
    let address = upstream.strip_prefix("http://").unwrap_or(upstream);
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "80"));
    let sent = Request { path: uri.to_string(), ..request.clone() };
    let port: u16 = port.parse().unwrap_or(80);
    let failure = match fetch(process, host, port, &sent).await {
        Ok(response) => return response.with("Via", "1.1 Caddy"),
        Err(failure) => failure,
    };
    let reason = match failure {
        Failure::Connect(ConnectError::Name(_)) => format!("dial tcp: lookup {host} on 127.0.0.11:53: no such host"),
        Failure::Connect(ConnectError::Failed(address, error)) => {
            format!("dial tcp {address}:{port}: connect: {}", error.message().to_lowercase())
        }
        Failure::Broken => "EOF".to_string(),
    };
    log(
        process,
        "error",
        &format!("\"logger\":\"http.log.error\",\"msg\":\"{reason}\",{},\"status\":502", shown(request, client)),
    )
    .await;
    Response::text(502, "")
}

fn file(process: &Process, root: &str, path: &str, lists: bool) -> Response {
    let full = format!("{}{path}", root.trim_end_matches('/'));
    match process.stat(&full) {
        Ok(stat) if stat.is_folder() && !path.ends_with('/') => {
            Response::text(308, "").with("Location", &format!("{path}/"))
        }
        Ok(stat) if stat.is_folder() => {
            let found = ["index.html", "index.txt"]
                .iter()
                .map(|name| format!("{full}{name}"))
                .find(|file| process.stat(file).is_ok());
            match found {
                Some(file) => content(process, &file),
                None if lists => list(process, &full, path),
                None => Response::text(404, ""),
            }
        }
        Ok(_) => content(process, &full),
        Err(Errno::Eacces) => Response::text(403, ""),
        Err(_) => Response::text(404, ""),
    }
}

fn content(process: &Process, path: &str) -> Response {
    match process.read_file(path) {
        Ok(bytes) => Response::of_type(200, content_type(path), bytes.to_vec()),
        Err(_) => Response::text(403, ""),
    }
}

fn list(process: &Process, folder: &str, path: &str) -> Response {
    let names = process.list(folder.trim_end_matches('/')).unwrap_or_default();
    let items: String = names.iter().map(|name| format!("<a href=\"./{name}\">{name}</a>\n")).collect();
    Response::html(
        200,
        format!("<!DOCTYPE html>\n<html>\n<head>\n<title>{path}</title>\n</head>\n<body>\n{items}</body>\n</html>\n"),
    )
}
