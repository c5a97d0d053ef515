//! A request from the host to a published port, as a browser would send it.

use super::host::Host;
use crate::kernel::Connection;
use crate::sim::log::RequestOutcome;
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long the host waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of an answer is read.
const MOST_BYTES: usize = 64 * 1024;

/// `GET http://localhost:PORT/PATH`.
pub(super) async fn get(host: &Host, port: u16, path: &str) -> RequestOutcome {
    let Ok(connection) = host.network.connect_to(port, Ipv4Addr::LOCALHOST) else {
        return RequestOutcome::ConnectionRefused;
    };
    host.tasks.timeout(PATIENCE, ask(connection, port, path)).await.unwrap_or(RequestOutcome::TimedOut)
}

async fn ask(connection: Connection, port: u16, path: &str) -> RequestOutcome {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    if connection.write(request.as_bytes()).await.is_err() {
        return RequestOutcome::ConnectionReset;
    }
    match connection.read_to_end(MOST_BYTES).await {
        Ok(answer) if !answer.is_empty() => read_answer(&String::from_utf8_lossy(&answer)),
        _ => RequestOutcome::ConnectionReset,
    }
}

/// Status and body of an answer; one without a status line is all body.
fn read_answer(answer: &str) -> RequestOutcome {
    let (head, body) = answer.split_once("\r\n\r\n").or_else(|| answer.split_once("\n\n")).unwrap_or((answer, ""));
    let status = head.strip_prefix("HTTP/").and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    match status {
        Some(status) => RequestOutcome::Response { status, body: body.into() },
        None => RequestOutcome::Response { status: 200, body: answer.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_and_a_body() {
        let read = |answer: &str| read_answer(answer);
        assert_eq!(
            read("HTTP/1.0 404 Not Found\r\nX: y\r\n\r\ngone"),
            RequestOutcome::Response { status: 404, body: "gone".into() }
        );
        assert_eq!(read("counter 3\n"), RequestOutcome::Response { status: 200, body: "counter 3\n".into() });
    }
}
