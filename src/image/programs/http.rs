//! HTTP/1.1, as much as the simulated servers and their clients need.

use crate::kernel::{ConnectError, Connection, Process};

/// Longest header line, and longest body.
const MOST: usize = 1 << 20;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header field's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The path without its query.
    pub fn plain_path(&self) -> &str {
        self.path.split(['?', '#']).next().unwrap_or("/")
    }

    /// Reads a request; `None` if the other end closes, or does not speak HTTP.
    pub async fn read(connection: &Connection) -> Option<Self> {
        let line = line(connection).await?;
        let mut words = line.split_whitespace();
        let (method, path) = (words.next()?.to_string(), words.next()?.to_string());
        let headers = headers(connection).await?;
        let mut request = Self { method, path, headers, body: Vec::new() };
        let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        request.body = body(connection, length).await;
        Some(request)
    }
}

impl Response {
    /// A page.
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: "text/html; charset=utf-8".to_string(), headers: Vec::new(), body: body.into() }
    }

    /// A text.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "text/plain; charset=utf-8".to_string(), ..Self::html(status, body) }
    }

    /// A JSON value.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "application/json".to_string(), ..Self::html(status, body) }
    }

    /// With a header field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// Sends it, and closes the connection when it is dropped. `HEAD` gets no body.
    pub async fn send(&self, connection: &Connection, request: &Request) {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        head.push_str(&format!("Content-Type: {}\r\nContent-Length: {}\r\n", self.content_type, self.body.len()));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        if request.method != "HEAD" {
            bytes.extend_from_slice(&self.body);
        }
        // The client may have gone away; nobody is left to be told.
        let _ = connection.write(&bytes).await;
    }

    /// Reads a response; `None` if the other end closes before it is whole.
    pub async fn read(connection: &Connection) -> Option<Self> {
        let line = line(connection).await?;
        let status = line.split_whitespace().nth(1)?.parse().ok()?;
        let headers = headers(connection).await?;
        let field = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let body = match field("content-length").and_then(|text| text.parse().ok()) {
            Some(length) => body(connection, length).await,
            None => connection.read_to_end(MOST).await.ok()?,
        };
        Some(Self { status, content_type: field("content-type").unwrap_or_default(), headers, body })
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

/// Sends `request` to a server and waits for its response.
pub async fn fetch(process: &Process, host: &str, port: u16, request: &Request) -> Result<Response, Failure> {
    let connection = process.connect(host, port).await.map_err(Failure::Connect)?;
    let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}:{port}\r\n", request.method, request.path);
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&request.body);
    connection.write(&bytes).await.map_err(|_| Failure::Broken)?;
    Response::read(&connection).await.ok_or(Failure::Broken)
}

async fn line(connection: &Connection) -> Option<String> {
    let line = connection.read_line(MOST).await.ok()?;
    let text = String::from_utf8_lossy(&line).into_owned();
    (!text.is_empty()).then(|| text.trim_end().to_string())
}

async fn headers(connection: &Connection) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = line(connection).await?;
        let Some((name, value)) = line.split_once(':') else { return Some(headers) };
        headers.push((name.to_lowercase(), value.trim().to_string()));
    }
}

async fn body(connection: &Connection, length: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < length.min(MOST) {
        match connection.read(length - body.len()).await {
            Ok(bytes) if !bytes.is_empty() => body.extend(bytes),
            _ => break,
        }
    }
    body
}

/// The words that go with a status.
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
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}
