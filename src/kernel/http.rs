//! Just enough HTTP/1.1 over a [`Connection`]: one request, one response, close. Header names are in lower case once read.

use super::errno::Errno;
use super::network::{ConnectError, Connection};
use super::process::Process;

/// The longest line and the most header lines that are read.
const LONGEST_LINE: usize = 8 << 10;
const MOST_HEADERS: usize = 100;

/// The biggest body that is read.
const BIGGEST_BODY: usize = 4 << 20;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, as long as Content-Length says.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// The words behind the status, where they are not the usual ones of [`reason`].
    pub reason: Option<String>,
    /// Headers; when it is sent, Content-Length and Connection are added.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// The words for a status code.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

async fn line(connection: &Connection) -> Result<String, Errno> {
    let line = connection.read_line(LONGEST_LINE).await?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

async fn headers(connection: &Connection) -> Result<Vec<(String, String)>, Errno> {
    let mut headers = Vec::new();
    while headers.len() < MOST_HEADERS {
        let line = line(connection).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(headers)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A name as clients write it: `User-Agent`.
fn titled(name: &str) -> String {
    let mut begins = true;
    let letter = |next: char| {
        if std::mem::replace(&mut begins, next == '-') { next.to_ascii_uppercase() } else { next }
    };
    name.chars().map(letter).collect()
}

async fn body(connection: &Connection, length: usize) -> Result<Vec<u8>, Errno> {
    let length = length.min(BIGGEST_BODY);
    let mut body = Vec::new();
    while body.len() < length {
        let bytes = connection.read(length - body.len()).await?;
        if bytes.is_empty() {
            break;
        }
        body.extend(bytes);
    }
    Ok(body)
}

impl Request {
    /// A GET of `path` from `host`.
    pub fn get(host: &str, path: &str) -> Self {
        let headers = vec![("host".to_owned(), host.to_owned())];
        Self { method: "GET".into(), path: path.into(), headers, body: Vec::new() }
    }

    /// Reads a request; `None` if the other end closes first or does not speak HTTP.
    pub async fn receive(connection: &Connection) -> Option<Self> {
        let first = line(connection).await.ok()?;
        let mut words = first.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers = headers(connection).await.ok()?;
        let length = header(&headers, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let body = body(connection, length).await.ok()?;
        Some(Self { method, path, headers, body })
    }

    /// The value of a header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The path without its query.
    pub fn plain_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or("/")
    }

    /// Sends it and reads the response; `None` if the other end closes without one.
    pub async fn send(&self, connection: &Connection) -> Result<Option<Response>, Errno> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{}: {value}\r\n", titled(name)));
        }
        if !self.body.is_empty() && self.header("content-length").is_none() {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("Connection: close\r\n\r\n");
        connection.write(&[text.as_bytes(), &self.body].concat()).await?;
        Response::receive(connection, self).await
    }
}

/// Why a request got no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection.
    Connect(ConnectError),
    /// The connection broke before the response was whole.
    Broken,
}

/// Sends `request` to a server, with its name as `Host`, and waits for the response.
pub async fn fetch(process: &Process, host: &str, port: u16, request: &Request) -> Result<Response, Failure> {
    let connection = process.connect(host, port).await.map_err(Failure::Connect)?;
    let mut request = request.clone();
    request.headers.retain(|(name, _)| name != "host" && name != "connection");
    request.headers.insert(0, ("host".to_owned(), format!("{host}:{port}")));
    request.send(&connection).await.ok().flatten().ok_or(Failure::Broken)
}

impl Response {
    /// A plain text with a status.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of_type(status, "text/plain; charset=utf-8", body)
    }

    /// A page.
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of_type(status, "text/html; charset=utf-8", body)
    }

    /// A JSON value.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::of_type(status, "application/json", body)
    }

    /// A body of this content type.
    pub fn of_type(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, reason: None, headers: vec![("Content-Type".into(), content_type.into())], body: body.into() }
    }

    /// The words behind the status.
    pub fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or_else(|| reason(self.status))
    }

    /// With a header more.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it as the answer to `request`: without its body if that is a HEAD. The client may have gone away; then nobody is
    /// left to be told.
    pub async fn send(&self, connection: &Connection, request: &Request) {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason());
        let own = |name: &str| name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("connection");
        for (name, value) in self.headers.iter().filter(|(name, _)| !own(name)) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len()));
        let body = if request.method == "HEAD" { &[][..] } else { &self.body };
        let _ = connection.write(&[text.as_bytes(), body].concat()).await;
    }

    async fn receive(connection: &Connection, request: &Request) -> Result<Option<Self>, Errno> {
        let first = line(connection).await?;
        let status =
            first.strip_prefix("HTTP/").and_then(|rest| rest.split(' ').nth(1)).and_then(|text| text.parse().ok());
        let Some(status) = status else { return Ok(None) };
        let words = first.splitn(3, ' ').nth(2).map(str::to_owned);
        let headers = headers(connection).await?;
        let length = header(&headers, "content-length").and_then(|text| text.parse().ok());
        let body = match length {
            _ if request.method == "HEAD" => Vec::new(),
            Some(length) => body(connection, length).await?,
            None => connection.read_to_end(BIGGEST_BODY).await?,
        };
        Ok(Some(Self { status, reason: words, headers, body }))
    }

    /// The value of a header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}
