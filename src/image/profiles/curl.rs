//! `curl`, for images that have it.
//!
//! Source: curl's manual page for options, "Exit codes" for codes; curl 8 itself for the texts of errors. Simplified: no TLS (code 35, and it says so), no
//! cookies, no login.

use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::kernel::http::{Request, Response};
use crate::kernel::{ConnectError, Errno, ExitCode, Process, Tree};
use std::time::Duration;

/// How often `-L` follows (curl's own limit is 50; who goes in a circle is told sooner).
const MOST_REDIRECTIONS: u32 = 10;

/// curl's own start.
const LAUNCH: Duration = Duration::from_millis(8);

const WITH_VALUE: [&str; 24] = [
    "o",
    "output",
    "X",
    "request",
    "H",
    "header",
    "d",
    "data",
    "data-raw",
    "m",
    "max-time",
    "connect-timeout",
    "u",
    "user",
    "w",
    "write-out",
    "A",
    "user-agent",
    "retry",
    "retry-delay",
    "b",
    "F",
    "cacert",
    "url",
];

/// Puts it into an image.
pub fn install(root: &Tree) {
    root.install("/usr/bin/curl", programs::of(curl));
}

/// What goes wrong: the exit code and the text.
type Wrong = (u8, String);

async fn curl(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &WITH_VALUE);
    process.sleep(LAUNCH).await;
    let limit = arguments.value(&["m", "max-time"]).and_then(|text| text.parse().ok());
    let limit = limit.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(Duration::MAX);
    let mut left: u32 = arguments.value(&["retry"]).and_then(|text| text.parse().ok()).unwrap_or(0);
    let wrong = loop {
        let asked = async {
            let Some(url) = arguments.operands.first().map(String::as_str).or(arguments.value(&["url"])) else {
                return Err((2, "no URL specified".to_string()));
            };
            get(&process, &arguments, url).await
        };
        let done = process.kernel().tasks().clone().timeout(limit, asked).await;
        let millis = limit.as_millis();
        match done.unwrap_or_else(|| {
            Err((28, format!("Operation timed out after {millis} milliseconds with 0 bytes received")))
        }) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(wrong) if left == 0 || !matches!(wrong.0, 7 | 28 | 52 | 56) => break wrong,
            Err(_) => left -= 1,
        }
        process.sleep(Duration::from_secs(1)).await;
    };
    let (code, text) = wrong;
    if !arguments.has(&["s", "silent"]) || arguments.has(&["S", "show-error"]) {
        process.complain(format!("curl: ({code}) {text}\n")).await;
    }
    ExitCode(code)
}

/// An address taken apart.
struct Address {
    host: String,
    port: u16,
    path: String,
    authority: String,
}

impl Address {
    fn of(url: &str) -> Result<Self, Wrong> {
        if url.starts_with("https://") {
            return Err((35, "drydock: TLS is not simulated".into()));
        }
        let rest = url.strip_prefix("http://").unwrap_or(url);
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
        let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
        let port = port.parse().map_err(|_| (3, "URL using bad/illegal format or missing URL".to_string()))?;
        Ok(Self { host: host.to_string(), port, path, authority: authority.to_string() })
    }
}

fn request(arguments: &Arguments, address: &Address) -> Request {
    let body = arguments.value(&["d", "data", "data-raw"]).unwrap_or("").as_bytes().to_vec();
    let default = if body.is_empty() { "GET" } else { "POST" };
    let is_head = arguments.has(&["I", "head"]);
    let method = if is_head { "HEAD" } else { arguments.value(&["X", "request"]).unwrap_or(default) };
    let agent = arguments.value(&["A", "user-agent"]).unwrap_or("curl/8.14.1");
    let mut headers = vec![
        ("host".to_string(), address.authority.clone()),
        ("user-agent".to_string(), agent.to_string()),
        ("accept".to_string(), "*/*".to_string()),
    ];
    if !body.is_empty() {
        headers.push(("content-type".to_string(), "application/x-www-form-urlencoded".to_string()));
    }
    for header in arguments.values(&["H", "header"]) {
        let Some((name, value)) = header.split_once(':') else { continue };
        let name = name.trim().to_lowercase();
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value.trim().to_string()));
    }
    Request { method: method.to_string(), path: address.path.clone(), headers, body }
}

async fn ask(process: &Process, arguments: &Arguments, address: &Address) -> Result<Response, Wrong> {
    let Address { host, port, .. } = address;
    let connection = process.connect(host, *port).await.map_err(|error| match error {
        ConnectError::Name(_) => (6, format!("Could not resolve host: {host}")),
        ConnectError::Failed(_, Errno::Etimedout) => {
            (28, format!("Failed to connect to {host} port {port}: Connection timed out"))
        }
        ConnectError::Failed(..) => {
            (7, format!("Failed to connect to {host} port {port} after 0 ms: Could not connect to server"))
        }
    })?;
    match request(arguments, address).send(&connection).await {
        Ok(Some(response)) => Ok(response),
        Ok(None) => Err((52, "Empty reply from server".to_string())),
        Err(Errno::Econnreset) => Err((56, "Recv failure: Connection reset by peer".to_string())),
        Err(_) => Err((52, "Empty reply from server".to_string())),
    }
}

async fn get(process: &Process, arguments: &Arguments, url: &str) -> Result<(), Wrong> {
    let mut address = Address::of(url)?;
    let mut response = ask(process, arguments, &address).await?;
    let mut left = MOST_REDIRECTIONS;
    while arguments.has(&["L", "location"]) && (301..=308).contains(&response.status) {
        let Some(target) = header(&response, "location") else { break };
        if left == 0 {
            return Err((47, format!("Maximum ({MOST_REDIRECTIONS}) redirects followed")));
        }
        left -= 1;
        address = match target.strip_prefix('/') {
            Some(_) => Address { path: target, ..address },
            None => Address::of(&target)?,
        };
        response = ask(process, arguments, &address).await?;
    }
    if arguments.has(&["f", "fail"]) && response.status >= 400 {
        return Err((22, format!("The requested URL returned error: {}", response.status)));
    }
    let mut output = Vec::new();
    if arguments.has(&["i", "include", "I", "head"]) {
        output.extend(format!("HTTP/1.1 {} {}\r\n", response.status, response.reason()).into_bytes());
        for (name, value) in &response.headers {
            output.extend(format!("{}: {value}\r\n", capital(name)).into_bytes());
        }
        output.extend(b"\r\n");
    }
    output.extend(&response.body);
    match arguments.value(&["o", "output"]) {
        None => process.print(&output).await,
        Some("/dev/null") => {}
        Some(path) => process
            .write_file(path, &output)
            .await
            .map_err(|error| (23, format!("Failure writing output to destination: {error}")))?,
    }
    if let Some(format) = arguments.value(&["w", "write-out"]) {
        let text = format
            .replace("%{http_code}", &response.status.to_string())
            .replace("%{response_code}", &response.status.to_string());
        process.print(text.replace("\\n", "\n")).await;
    }
    Ok(())
}

fn header(response: &Response, name: &str) -> Option<String> {
    let found = response.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}

/// A name of a header as servers write it; they are in lower case once read.
fn capital(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}
