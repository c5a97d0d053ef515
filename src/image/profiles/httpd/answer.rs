//! From a request to its answer: a file, a folder's index or its list, or what another server says.
//!
//! Sources: Apache's manual, "mod_dir", "mod_autoindex", "mod_proxy" (the first `ProxyPass` that fits; names are looked up at
//! the request, not at the start); `modules/generators/mod_autoindex.c` for the list; `modules/proxy/proxy_util.c` and
//! `mod_proxy_http.c` for the errors; logs of 2.4.68 and before for which of their lines name the client; pages as they were sent
//! for a 500 (2.4.61) and a 502. From memory: the number before a name that is not known on Debian (a log of Alpine has
//! `(EAI 3)Try again`), and that nothing is before AH01102.

use super::settings::{Proxy, Server, Settings};
use crate::image::profiles::apache::{complain, content_type, error_page, moved};
use crate::kernel::http::{Failure, Request, Response, fetch};
use crate::kernel::network::NameError;
use crate::kernel::{ConnectError, Errno, Process};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// The advice for a request whose protocol no module speaks.
const NO_HANDLER: &str = "If you are using a DSO version of mod_proxy, make sure the proxy submodules are included in the configuration using LoadModule.";

/// The port that requests come from; connections have none here.
const CLIENT_PORT: u16 = 49152;

/// Answers a request.
pub async fn answer(process: Process, settings: Rc<Settings>, request: Request, client: Ipv4Addr) -> Response {
    let host = request.header("host").unwrap_or_default().split(':').next().unwrap_or_default().to_string();
    let server = settings.server(&host);
    let path = request.plain_path();
    if let Some(proxy) = server.proxies.iter().find(|proxy| path.starts_with(proxy.prefix.as_str()))
        && proxy.target != "!"
    {
        return pass(&process, &settings, (&request, client), proxy).await;
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD" | "POST") {
        return error_page(405);
    }
    file(&process, &settings, server, &request)
}

fn file(process: &Process, settings: &Settings, server: &Server, request: &Request) -> Response {
    let (folder, uri) = (settings.folder(server).trim_end_matches('/'), request.plain_path());
    let path = format!("{folder}{uri}");
    if uri.split('/').any(|part| part.starts_with(".ht")) {
        return error_page(403);
    }
    match process.stat(&path) {
        Ok(stat) if stat.is_folder() && !uri.ends_with('/') => {
            let host = request.header("host").unwrap_or_default();
            moved(301, &format!("http://{host}{uri}/"))
        }
        Ok(stat) if stat.is_folder() => {
            let found = settings.index(server).iter().find(|name| process.stat(&format!("{path}{name}")).is_ok());
            match found {
                Some(name) => content(process, &format!("{path}{name}")),
                None => list(process, &path, uri),
            }
        }
        Ok(_) => content(process, &path),
        Err(Errno::Eacces) => error_page(403),
        Err(_) => error_page(404),
    }
}

fn content(process: &Process, path: &str) -> Response {
    match process.read_file(path) {
        Ok(bytes) => Response::of_type(200, content_type(path), bytes.to_vec()),
        Err(Errno::Eacces) => error_page(403),
        Err(_) => error_page(404),
    }
}

/// A folder without an index: `Options Indexes` is the image's default for `htdocs`.
fn list(process: &Process, path: &str, uri: &str) -> Response {
    let Ok(names) = process.list(path.trim_end_matches('/')) else { return error_page(403) };
    let upper = (uri != "/").then(|| "<li><a href=\"/\"> Parent Directory</a></li>\n".to_string());
    let item = |name: &Rc<str>| {
        let slash = if process.stat(&format!("{path}{name}")).is_ok_and(|stat| stat.is_folder()) { "/" } else { "" };
        format!("<li><a href=\"{name}{slash}\"> {name}{slash}</a></li>\n")
    };
    let items: String = upper.into_iter().chain(names.iter().map(item)).collect();
    Response::of_type(
        200,
        "text/html;charset=UTF-8",
        format!(
            "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<html>\n <head>\n  <title>Index of {0}</title>\n </head>\n <body>\n<h1>Index of {0}</h1>\n<ul>{items}</ul>\n</body></html>\n",
            if uri == "/" { uri } else { uri.trim_end_matches('/') }
        ),
    )
}

/// Passes a request on. A server that refused a connection is not asked again before its `retry` is over, although it may
/// answer by then.
async fn pass(
    process: &Process,
    settings: &Settings,
    (request, client): (&Request, Ipv4Addr),
    proxy: &Proxy,
) -> Response {
    if !settings.modules.contains("proxy_http_module") {
        let path = request.plain_path();
        let text = format!("AH01144: No protocol handler was valid for the URL {path} (scheme 'http'). {NO_HANDLER}");
        complain(process, "proxy", "warn", &about(request, client, &text)).await;
        return error_page(500);
    }
    let rest = proxy.target.strip_prefix("http://").unwrap_or(&proxy.target);
    let (authority, folder) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let since = settings.refused.borrow().get(authority).copied();
    if since.is_some_and(|since| process.now() < since + proxy.retry) {
        complain(process, "proxy", "error", &format!("AH00940: http: disabled connection for ({host}:{port})")).await;
        return error_page(503);
    }
    let mut sent = request.clone();
    sent.path = format!("{folder}{}", &request.path[proxy.prefix.len()..]);
    if !sent.path.starts_with('/') {
        sent.path.insert(0, '/');
    }
    match fetch(process, host, port.parse().unwrap_or(80), &sent).await {
        Ok(response) => response,
        Err(failure) => {
            if matches!(failure, Failure::Connect(ConnectError::Failed(..))) {
                settings.refused.borrow_mut().insert(authority.to_string(), process.now());
            }
            failed(process, proxy, (request, client), (host, port), failure).await
        }
    }
}

/// What is logged and answered when there is no answer from behind.
async fn failed(
    process: &Process,
    proxy: &Proxy,
    (request, client): (&Request, Ipv4Addr),
    (host, port): (&str, &str),
    failure: Failure,
) -> Response {
    match failure {
        Failure::Connect(ConnectError::Name(error)) => {
            let text = format!("AH00898: DNS lookup failure for: {host} returned by {}", request.plain_path());
            let text = format!("{}: {}", unnamed(error), about(request, client, &text));
            complain(process, "proxy", "error", &text).await;
            let reason = format!("DNS lookup failure for: {host}");
            proxy_error(500, &reason, "")
        }
        Failure::Connect(ConnectError::Failed(address, error)) => {
            let place = format!("{address}:{port} ({host}:{port})");
            let reason = error.message();
            let number = number(error);
            let text = format!("({number}){reason}: AH00957: http: attempt to connect to {place} failed");
            complain(process, "proxy", "error", &text).await;
            let seconds = proxy.retry.as_secs();
            let text = format!("AH00959: ap_proxy_connect_backend disabling worker for ({host}:{port}) for {seconds}s");
            complain(process, "proxy", "error", &text).await;
            let text = format!("AH01114: HTTP: failed to make connection to backend: {host}");
            complain(process, "proxy_http", "error", &about(request, client, &text)).await;
            error_page(503)
        }
        Failure::Broken => {
            let text = format!("AH01102: error reading status line from remote server {host}:{port}");
            complain(process, "proxy_http", "error", &about(request, client, &text)).await;
            proxy_error(
                502,
                "Error reading from remote server",
                "<p>The proxy server received an invalid\r\nresponse from an upstream server.<br />\r\n",
            )
        }
    }
}

/// A text about a request: with its client before, and the page that led to it behind.
fn about(request: &Request, client: Ipv4Addr, text: &str) -> String {
    let referer = request.header("referer").map(|page| format!(", referer: {page}")).unwrap_or_default();
    format!("[client {client}:{CLIENT_PORT}] {text}{referer}")
}

/// What Debian's C library says of a name without an address.
fn unnamed(error: NameError) -> &'static str {
    match error {
        NameError::Unknown => "(EAI 2)Name or service not known",
        NameError::NoServer => "(EAI 3)Temporary failure in name resolution",
    }
}

fn number(error: Errno) -> u32 {
    match error {
        Errno::Etimedout => 110,
        Errno::Ehostunreach => 113,
        _ => 111,
    }
}

/// The page for what went wrong behind the proxy (`ap_proxyerror`).
fn proxy_error(status: u16, reason: &str, before: &str) -> Response {
    let end = if before.is_empty() { "<p />" } else { "</p>" };
    let body = format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{status} Proxy Error</title>\n</head><body>\n<h1>Proxy Error</h1>\n{before}The proxy server could not handle the request<p>Reason: <strong>{reason}</strong></p>{end}\n</body></html>\n"
    );
    let response = Response::of_type(status, "text/html; charset=iso-8859-1", body);
    Response { reason: Some("Proxy Error".to_string()), ..response }
}
