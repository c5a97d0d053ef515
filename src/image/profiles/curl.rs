//! `curl`, for images that have it: a GET, `-f` for an exit code, `-o` and `-s` as usual.

use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::kernel::http::{Failure, Request, fetch};
use crate::kernel::{ConnectError, Errno, ExitCode, Process, Tree};
use std::time::Duration;

/// Puts it into an image.
pub fn install(root: &Tree) {
    root.install("/usr/bin/curl", programs::of(curl));
}

async fn curl(process: Process) -> ExitCode {
    let options =
        ["o", "output", "X", "request", "H", "header", "d", "data", "m", "max-time", "connect-timeout", "u", "w"];
    let arguments = Arguments::parse(&process.args(), &options);
    process.sleep(Duration::from_millis(8)).await;
    let (code, text) = match arguments.operands.first() {
        None => (2, "no URL specified".to_string()),
        Some(url) => match get(&process, &arguments, url).await {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => failure,
        },
    };
    if !arguments.has(&["s", "silent"]) || arguments.has(&["S", "show-error"]) {
        process.complain(format!("curl: ({code}) {text}\n")).await;
    }
    ExitCode(code)
}

async fn get(process: &Process, arguments: &Arguments, url: &str) -> Result<(), (u8, String)> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (authority, path) =
        rest.split_once('/').map_or((rest, String::from("/")), |(host, path)| (host, format!("/{path}")));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let port = port.parse().map_err(|_| (3, "URL using bad/illegal format or missing URL".to_string()))?;
    let body = arguments.value(&["d", "data"]).unwrap_or("").as_bytes().to_vec();
    let default = if body.is_empty() { "GET" } else { "POST" };
    let method =
        if arguments.has(&["I", "head"]) { "HEAD" } else { arguments.value(&["X", "request"]).unwrap_or(default) };
    let request = Request { method: method.to_string(), path, headers: Vec::new(), body };
    let response = fetch(process, host, port, &request).await.map_err(|failure| match failure {
        Failure::Connect(ConnectError::Name(_)) => (6, format!("Could not resolve host: {host}")),
        Failure::Connect(ConnectError::Failed(_, Errno::Etimedout)) => {
            (28, format!("Failed to connect to {host} port {port}: Connection timed out"))
        }
        Failure::Connect(_) => {
            (7, format!("Failed to connect to {host} port {port} after 0 ms: Could not connect to server"))
        }
        Failure::Broken => (56, "Recv failure: Connection reset by peer".to_string()),
    })?;
    if arguments.has(&["f", "fail"]) && response.status >= 400 {
        return Err((22, format!("The requested URL returned error: {}", response.status)));
    }
    match arguments.value(&["o", "output"]) {
        None => process.print(&response.body).await,
        Some("/dev/null") => {}
        Some(path) => process
            .write_file(path, &response.body)
            .await
            .map_err(|error| (23, format!("Failure writing output to destination: {error}")))?,
    }
    Ok(())
}
