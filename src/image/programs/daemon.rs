//! Servers that boot with a few lines, answer, and stop: what most images have in common.

use super::clock::Date;
use super::serve::{Crowd, Handling, handle_signals, serve};
use super::wire;
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Something a handler is still working on.
pub type Pending<T> = Pin<Box<dyn Future<Output = T>>>;

/// What a server speaks.
#[derive(Clone, Copy)]
pub enum Speaks {
    /// HTTP.
    Http(fn(Process, Request) -> Pending<Response>),
    /// The simulation's own wire format.
    Values(fn(Process, Value) -> Pending<Value>),
    /// Something of its own.
    Own(fn(Process, Connection) -> Pending<()>),
}

/// A server.
#[derive(Clone, Copy)]
pub struct Daemon {
    /// Log lines of a first boot, each with the milliseconds before it; `{time}`, `{host}` and `{address}` are filled in.
    pub first_boot: &'static [(u64, &'static str)],
    /// Log lines of later boots.
    pub later_boot: &'static [(u64, &'static str)],
    /// The file whose absence means a first boot; it is written then.
    pub marker: Option<&'static str>,
    /// Ports with what is spoken there.
    pub ports: &'static [(u16, Speaks)],
    /// Signals that end it, after so many milliseconds, with that code and these last words.
    pub stops: (&'static [Signal], u64, u8, &'static str),
}

/// Runs a server from its start to its end.
pub async fn run(process: Process, daemon: Daemon) -> ExitCode {
    let (signals, stop_millis, code, last_words) = daemon.stops;
    handle_signals(&process, signals);
    let is_first = daemon.marker.is_some_and(|path| process.stat(path).is_err());
    for (millis, line) in if is_first { daemon.first_boot } else { daemon.later_boot } {
        process.sleep(Duration::from_millis(*millis)).await;
        if process.has_signal() {
            return ExitCode(code);
        }
        process.complain(filled(&process, line) + "\n").await;
    }
    if let Some(path) = daemon.marker.filter(|_| is_first)
        && let Err(text) = mark(&process, path).await
    {
        process.complain(text).await;
        return ExitCode::FAILURE;
    }
    let mut listeners = Vec::new();
    for (port, _) in daemon.ports {
        match process.listen(*port) {
            Ok(listener) => listeners.push(listener),
            Err(error) => {
                process.complain(format!("listen tcp :{port}: bind: {error}\n")).await;
                return ExitCode::FAILURE;
            }
        }
    }
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |port: u16, connection: Connection| {
        let speaks = daemon.ports.iter().find(|(known, _)| *known == port).map(|(_, speaks)| *speaks);
        handle(process.clone(), speaks, connection)
    };
    serve(&process, &all, &mut Crowd::default(), &handler).await;
    process.sleep(Duration::from_millis(stop_millis)).await;
    if !last_words.is_empty() {
        process.complain(filled(&process, last_words) + "\n").await;
    }
    ExitCode(code)
}

/// A line with the time, the host's name and its address where they stand for them.
pub fn filled(process: &Process, line: &str) -> String {
    let address =
        process.namespaces().network().address().map_or("127.0.0.1".to_string(), |address| address.to_string());
    line.replace("{time}", &Date::now(process).millis().replace(' ', "T"))
        .replace("{host}", &process.hostname())
        .replace("{address}", &address)
}

async fn mark(process: &Process, path: &str) -> Result<(), String> {
    let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
    let made = process.make_folders(folder);
    let written = match made {
        Ok(()) => process.write_file(path, b"initialised\n").await,
        failed => failed,
    };
    written.map_err(|error| format!("{path}: {error}\n"))
}

fn handle(process: Process, speaks: Option<Speaks>, connection: Connection) -> Handling {
    Box::pin(async move {
        match speaks {
            Some(Speaks::Http(answer)) => {
                if let Some(request) = Request::receive(&connection).await {
                    answer(process, request.clone()).await.send(&connection, &request).await;
                }
            }
            Some(Speaks::Values(answer)) => {
                while let Some(value) = wire::receive(&connection).await {
                    let reply = answer(process.clone(), value).await;
                    if wire::send(&connection, &reply).await.is_err() {
                        return;
                    }
                }
            }
            Some(Speaks::Own(answer)) => answer(process, connection).await,
            None => {}
        }
    })
}

/// A file of JSON, or the default if it is missing.
pub fn read_json(process: &Process, path: &str) -> Value {
    process.read_file(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Value::Null)
}

/// Writes a file of JSON, with the folders above it; the error is the system's text.
pub async fn write_json(process: &Process, path: &str, value: &Value) -> Result<(), String> {
    if let Some((folder, _)) = path.rsplit_once('/') {
        process.make_folders(folder).map_err(|error| error.to_string())?;
    }
    process.write_file(path, value.to_string().as_bytes()).await.map_err(|error| error.to_string())
}
