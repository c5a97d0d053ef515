//! From a request to its answer: the location is found, rewritten, tried for files, served or passed on; errors find their page.

use super::exchange::{Exchange, Flow};
use super::proxy;
use super::site::Site;
use crate::image::programs::clock::Date;
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, Errno};
use std::rc::Rc;

/// How often a request may be led on within the server.
const MOST_REDIRECTIONS: u32 = 10;

/// The biggest body without `client_max_body_size`: one megabyte.
const BIGGEST_BODY: u64 = 1 << 20;

/// Answers one request of a connection, and writes it into the access log.
pub async fn answer(site: Rc<Site>, port: u16, number: u64, connection: Connection) {
    let Some(request) = Request::receive(&connection).await else { return };
    let Some(mut exchange) = Exchange::new(&site, request, connection.peer(), port, number) else { return };
    let Some(mut response) = respond(&mut exchange).await else {
        exchange.status = 444;
        return log(&exchange).await;
    };
    add_headers(&exchange, &mut response);
    (exchange.status, exchange.size) =
        (response.status, if exchange.request.method == "HEAD" { 0 } else { response.body.len() });
    log(&exchange).await;
    response.send(&connection, &exchange.request).await;
}

/// The answer; `None` for a connection that is closed without one.
async fn respond(exchange: &mut Exchange) -> Option<Response> {
    let is_secure =
        exchange.server.listen(exchange.port).is_some_and(|listen| listen.words.iter().any(|word| word == "ssl"));
    if is_secure {
        return Some(plain_to_secure(exchange));
    }
    let server = exchange.server.clone();
    let first = match exchange.rewrite(&server) {
        Flow::Close => return None,
        Flow::Answer(response) => response,
        Flow::Next | Flow::Again => located(exchange).await?,
    };
    with_error_page(exchange, first).await
}

fn plain_to_secure(exchange: &Exchange) -> Response {
    let mut response = exchange.page(400);
    let text = String::from_utf8_lossy(&response.body)
        .replace("<head><title>400 Bad Request", "<head><title>400 The plain HTTP request was sent to HTTPS port")
        .replace("</h1></center>", "</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>");
    response.body = text.into_bytes();
    response
}

/// Puts the page that `error_page` names in the place of an error's own.
async fn with_error_page(exchange: &mut Exchange, response: Response) -> Option<Response> {
    let is_own = exchange.upstream_status.is_empty()
        || matches!(response.status, 502 | 504)
            && response.reason.is_some()
            && exchange.upstream_status == response.status.to_string()
        || exchange.location.is_on("proxy_intercept_errors", false);
    let status = response.status.to_string();
    let pages = exchange.location.all("error_page");
    let page =
        pages.iter().find(|node| node.words[1..node.words.len() - 1].contains(&status)).map(|node| node.words.clone());
    let Some(page) = page.filter(|_| is_own && response.status >= 300) else { return Some(response) };
    let target = exchange.filled(page.last().map_or("", String::as_str));
    let code = page.iter().find_map(|word| word.strip_prefix('='));
    if target.starts_with("http") {
        return Some(exchange.redirect(code.and_then(|code| code.parse().ok()).unwrap_or(302), &target));
    }
    let mut shown = if target.starts_with('@') {
        exchange.location = exchange.server.named(&target)?;
        served(exchange).await?
    } else {
        (exchange.uri, exchange.args) = (target, String::new());
        exchange.request.method = "GET".into();
        located(exchange).await?
    };
    match code {
        Some("") => {}
        Some(code) => shown.status = code.parse().unwrap_or(shown.status),
        None => (shown.status, shown.reason) = (response.status, response.reason),
    }
    Some(shown)
}

/// Finds the location of the path, and lets it answer.
async fn located(exchange: &mut Exchange) -> Option<Response> {
    for _ in 0..MOST_REDIRECTIONS {
        let Some((location, found)) = exchange.server.location(&exchange.uri) else {
            exchange.location = exchange.server.clone();
            return served(exchange).await;
        };
        if let Some(found) = found {
            exchange.keep(found);
        }
        exchange.location = location.clone();
        if let Some(response) = refused(exchange).await {
            return Some(response);
        }
        match exchange.rewrite(&location) {
            Flow::Close => return None,
            Flow::Answer(response) => return Some(response),
            Flow::Again => continue,
            Flow::Next if exchange.take_rewritten() => continue,
            Flow::Next => {}
        }
        match files(exchange).await {
            Tried::Serve => return served(exchange).await,
            Tried::Answer(response) => return Some(response),
            Tried::Again => {}
        }
    }
    let text = format!("rewrite or internal redirection cycle while internally redirecting to \"{}\"", exchange.uri);
    exchange.complain("error", &text, "").await;
    Some(exchange.page(500))
}

/// What is refused before it is looked at: a body that is too big, an address that is denied, an internal location.
async fn refused(exchange: &Exchange) -> Option<Response> {
    let biggest = exchange.location.one("client_max_body_size").and_then(|node| super::checks::size(node.word(1)));
    let biggest = biggest.unwrap_or(BIGGEST_BODY);
    let size = exchange.request.body.len() as u64;
    if biggest > 0 && size > biggest {
        exchange.complain("error", &format!("client intended to send too large body: {size} bytes"), "").await;
        return Some(exchange.page(413));
    }
    let deny = exchange.location.all("deny").iter().any(|node| node.word(1) == "all");
    let allowed = exchange
        .location
        .all("allow")
        .iter()
        .any(|node| node.word(1) == "all" || node.word(1) == exchange.client.to_string());
    if deny && !allowed {
        exchange.complain("error", "access forbidden by rule", "").await;
        return Some(exchange.page(403));
    }
    None
}

/// What `try_files` leads to.
enum Tried {
    /// The path as it is now is served.
    Serve,
    /// An answer.
    Answer(Response),
    /// A location is looked for again.
    Again,
}

async fn files(exchange: &mut Exchange) -> Tried {
    let Some(words) = exchange.location.one("try_files").map(|node| node.words[1..].to_vec()) else {
        return Tried::Serve;
    };
    let Some((last, names)) = words.split_last() else { return Tried::Serve };
    for name in names {
        let uri = exchange.filled(name);
        let is_folder = uri.ends_with('/');
        let path = exchange.file_of(uri.trim_end_matches('/'));
        if exchange.site.process.stat(&path).is_ok_and(|stat| stat.is_folder() == is_folder) {
            exchange.uri = uri;
            return Tried::Serve;
        }
    }
    if let Some(code) = last.strip_prefix('=') {
        return Tried::Answer(exchange.page(code.parse().unwrap_or(404)));
    }
    if last.starts_with('@') {
        if let Some(location) = exchange.server.named(last) {
            exchange.location = location;
            return Tried::Serve;
        }
        return Tried::Answer(exchange.page(500));
    }
    let target = exchange.filled(last);
    let (path, args) = target.split_once('?').unwrap_or((&target, ""));
    (exchange.uri, exchange.args) = (path.to_string(), args.to_string());
    Tried::Again
}

/// The content of a location: what is behind it, or a file.
async fn served(exchange: &mut Exchange) -> Option<Response> {
    let location = exchange.location.clone();
    let own = |name: &str| location.node.first(name);
    if let Some(node) = ["proxy_pass", "grpc_pass"].into_iter().find_map(own) {
        return Some(proxy::pass(exchange, node.word(1)).await);
    }
    if let Some(node) = ["fastcgi_pass", "uwsgi_pass", "scgi_pass"].into_iter().find_map(own) {
        return Some(proxy::pass(exchange, &format!("http://{}", node.word(1))).await);
    }
    if own("stub_status").is_some() {
        let text =
            "Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n";
        return Some(Response::of_type(200, "text/plain", text));
    }
    Some(file(exchange).await)
}

async fn file(exchange: &mut Exchange) -> Response {
    if !matches!(exchange.request.method.as_str(), "GET" | "HEAD") {
        return exchange.page(405);
    }
    if exchange.uri.ends_with('/') {
        return index(exchange).await;
    }
    let path = exchange.file();
    let process = &exchange.site.process;
    if process.stat(&path).is_ok_and(|stat| stat.is_folder()) {
        return exchange.redirect(301, &format!("{}/", exchange.uri));
    }
    match process.read_file(&path) {
        Ok(bytes) => Response::of_type(200, &exchange.content_type(&path), bytes.to_vec()),
        Err(error) => missing(exchange, &path, error).await,
    }
}

async fn missing(exchange: &Exchange, path: &str, error: Errno) -> Response {
    let (number, status) = match error {
        Errno::Eacces => (13, 403),
        Errno::Enotdir => (20, 404),
        _ => (2, 404),
    };
    let text = format!("open() \"{path}\" failed ({number}: {})", error.message());
    exchange.complain("error", &text, "").await;
    exchange.page(status)
}

/// A folder: its index, a list, or a refusal.
async fn index(exchange: &mut Exchange) -> Response {
    let names: Vec<String> = match exchange.location.one("index") {
        Some(node) => node.words[1..].to_vec(),
        None => vec!["index.html".to_string()],
    };
    let folder = exchange.file();
    let found = names.iter().find(|name| exchange.site.process.stat(&format!("{folder}{name}")).is_ok());
    if let Some(name) = found {
        exchange.uri = format!("{}{name}", exchange.uri);
        // The index is led to as any other path is: another location may answer for it.
        if let Some((location, None)) = exchange.server.location(&exchange.uri)
            && location.node.place != exchange.location.node.place
        {
            exchange.location = location.clone();
            if let Some(node) = location.node.first("proxy_pass") {
                let target = node.word(1).to_string();
                return proxy::pass(exchange, &target).await;
            }
        }
        let path = exchange.file();
        return match exchange.site.process.read_file(&path) {
            Ok(bytes) => Response::of_type(200, &exchange.content_type(&path), bytes.to_vec()),
            Err(error) => missing(exchange, &path, error).await,
        };
    }
    let Ok(list) = exchange.site.process.list(folder.trim_end_matches('/')) else {
        let name = names.last().map_or("", String::as_str);
        exchange
            .complain("error", &format!("\"{folder}{name}\" is not found (2: No such file or directory)"), "")
            .await;
        return exchange.page(404);
    };
    if !exchange.location.is_on("autoindex", false) {
        exchange.complain("error", &format!("directory index of \"{folder}\" is forbidden"), "").await;
        return exchange.page(403);
    }
    let uri = &exchange.uri;
    let lines: String = list.iter().map(|name| format!("<a href=\"{name}\">{name}</a>\r\n")).collect();
    let body = format!(
        "<html>\r\n<head><title>Index of {uri}</title></head>\r\n<body>\r\n<h1>Index of {uri}</h1><hr><pre><a href=\"../\">../</a>\r\n{lines}</pre><hr></body>\r\n</html>\r\n"
    );
    Response::of_type(200, "text/html", body)
}

/// `Server`, and what `add_header` adds: to errors only with `always`.
fn add_headers(exchange: &Exchange, response: &mut Response) {
    let is_shown = exchange.location.one("server_tokens").is_none_or(|node| node.word(1) != "off");
    let name = if is_shown { format!("nginx/{}", exchange.site.version) } else { "nginx".to_string() };
    response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("server"));
    response.headers.insert(0, ("Server".into(), name));
    let is_good = matches!(response.status, 200 | 201 | 204 | 206 | 301..=304 | 307 | 308);
    for node in exchange.location.all("add_header") {
        if is_good || node.word(3) == "always" {
            let value = exchange.filled(node.word(2));
            response.headers.push((node.word(1).to_string(), value));
        }
    }
}

/// The line of the access log, where `access_log` puts it.
async fn log(exchange: &Exchange) {
    for node in exchange.location.all("access_log") {
        if node.word(1) == "off" {
            return;
        }
        let name = if node.word(2).is_empty() || node.word(2).contains('=') { "combined" } else { node.word(2) };
        let format = exchange.site.formats.get(name).map_or(COMBINED, String::as_str);
        // What is empty is a dash in a log.
        let line = exchange.logged(format);
        let process = &exchange.site.process;
        match node.word(1) {
            "/var/log/nginx/access.log" | "/dev/stdout" | "/dev/fd/1" => process.print(format!("{line}\n")).await,
            "/dev/stderr" | "/dev/fd/2" => process.complain(format!("{line}\n")).await,
            // A log that cannot be written to does not keep nginx from answering.
            path => drop(process.append_file(path, format!("{line}\n").as_bytes()).await),
        }
    }
}

/// nginx's own format.
const COMBINED: &str = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \
                        \"$http_referer\" \"$http_user_agent\"";

impl Exchange {
    fn logged(&self, format: &str) -> String {
        let mut line = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('$') {
            let (before, after) = rest.split_at(at);
            let name: String = after[1..]
                .trim_start_matches('{')
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let length = if after[1..].starts_with('{') { name.len() + 3 } else { name.len() + 1 };
            let value = super::variables::value(&name, self);
            line.push_str(before);
            line.push_str(if value.is_empty() { "-" } else { &value });
            rest = &after[length..];
        }
        line + rest
    }
}

/// A line of the error log that is about no request.
pub async fn note(site: &Site, level: &str, text: &str) {
    let process = &site.process;
    let (date, number) = (Date::now(process).slashes(), process.pid());
    process.complain(format!("{date} [{level}] {number}#{number}: {text}\n")).await;
}
