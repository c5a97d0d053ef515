//! Just enough HTTP/1.1 over a [`Connection`]: one request, one response, close.

use super::errno::Errno;
use super::network::Connection;

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
    /// Headers other than Content-Length and Connection; names in lower case when read.
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
    pub async fn receive(connection: &Connection) -> Result<Option<Self>, Errno> {
        let first = line(connection).await?;
        let mut words = first.split_whitespace();
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
        let (method, path) = (method.to_owned(), path.to_owned());
        let headers = headers(connection).await?;
        let length = header(&headers, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let body = body(connection, length).await?;
        Ok(Some(Self { method, path, headers, body }))
    }

    /// The value of a header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Sends it and reads the response; `None` if the other end closes without one.
    pub async fn send(&self, connection: &Connection) -> Result<Option<Response>, Errno> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            text.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        text.push_str("connection: close\r\n\r\n");
        connection.write(&[text.as_bytes(), &self.body].concat()).await?;
        Response::receive(connection, self.method == "HEAD").await
    }
}

impl Response {
    /// A plain text with a status.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".into(), "text/plain".into())], body: body.into() }
    }

    /// Sends it; `head`: without its body.
    pub async fn send(&self, connection: &Connection, head: bool) -> Result<(), Errno> {
        let mut text = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len()));
        let body = if head { &[][..] } else { &self.body };
        connection.write(&[text.as_bytes(), body].concat()).await
    }

    async fn receive(connection: &Connection, head: bool) -> Result<Option<Self>, Errno> {
        let first = line(connection).await?;
        let status =
            first.strip_prefix("HTTP/").and_then(|rest| rest.split(' ').nth(1)).and_then(|text| text.parse().ok());
        let Some(status) = status else { return Ok(None) };
        let headers = headers(connection).await?;
        let length = header(&headers, "content-length").and_then(|text| text.parse().ok());
        let body = match length {
            _ if head => Vec::new(),
            Some(length) => body(connection, length).await?,
            None => connection.read_to_end(BIGGEST_BODY).await?,
        };
        Ok(Some(Self { status, headers, body }))
    }

    /// The value of a header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}
