//! The broker: its log, its ports, its end.
//!
//! Sources: logs of `rabbitmq` 4 and of `rabbitmq:4-management-alpine` for the lines and their order;
//! `deps/rabbit/src/rabbit.erl` for the banner; RabbitMQ's documentation, "Management Plugin", for the page on port 15672.

use super::node;
use super::store::{Store, folder};
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::programs::wire;
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use std::rc::Rc;
use std::time::Duration;

/// Erlang's start, up to the banner. Typical of a laptop; 1 to 4 s.
const LAUNCH: Duration = Duration::from_millis(1200);

/// From there to the listeners. Typical; 1.5 to 8 s.
const START: Duration = Duration::from_millis(2700);

/// From the listeners to the end of the start. Typical; 0.1 to 1 s.
const PLUGINS: Duration = Duration::from_millis(300);

/// An orderly end. Typical; 0.5 to 4 s.
const STOP: Duration = Duration::from_millis(900);

/// Where the plugin for Prometheus answers, which every image has on (Dockerfile).
pub const METRICS: u16 = 15692;

/// The program.
pub async fn broker(process: Process, release: Rc<str>, has_management: bool) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    process.sleep(LAUNCH).await;
    process.print(banner(&process, &release)).await;
    process.sleep(START).await;
    if let Err(error) = begin(&process).await {
        process
            .print(line(
                &process,
                "error",
                &format!("Error description:\n    {{error,{{cannot_write_file,\"{}\",{error}}}}}", folder(&process)),
            ))
            .await;
        return ExitCode::FAILURE;
    }
    let ports: &[u16] = if has_management { &[5672, METRICS, 15672] } else { &[5672, METRICS] };
    let mut listeners = Vec::new();
    for port in ports {
        let Ok(listener) = process.listen(*port) else {
            process.print(line(&process, "error", &format!("Failed to start Ranch listener {{acceptor,{{0,0,0,0,0,0,0,0}},{port}}} - reason: eaddrinuse (address already in use)"))).await;
            return ExitCode::FAILURE;
        };
        listeners.push(listener);
    }
    if has_management {
        process.print(line(&process, "info", "Management plugin: HTTP (non-TLS) listener started on port 15672")).await;
    }
    let text = format!("Prometheus metrics: HTTP (non-TLS) listener started on port {METRICS}");
    process.print(line(&process, "info", &text)).await;
    process.print(line(&process, "info", "Ready to start client connection listeners")).await;
    process.print(line(&process, "info", "started TCP listener on [::]:5672")).await;
    process.sleep(PLUGINS).await;
    process.print(plugins(&process, has_management)).await;
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |port: u16, connection: Connection| handle(process.clone(), port, connection);
    serve(&process, &all, &mut Crowd::default(), &handler).await;
    process.print(line(&process, "info", "SIGTERM received - shutting down")).await;
    process.sleep(STOP).await;
    process.print(line(&process, "info", "stopped TCP listener on [::]:5672")).await;
    ExitCode::SUCCESS
}

/// A line of the log: `2025-03-16 08:47:31.451052+00:00 [info] <0.216.0> TEXT`; each line of a text has its own head.
fn line(process: &Process, level: &str, text: &str) -> String {
    let date = Date::now(process).iso().replace('T', " ").replace('Z', "+00:00");
    text.split('\n').map(|text| format!("{date} [{level}] <0.216.0> {text}\n")).collect()
}

/// What is printed without a head, between the first line and the broker's own settings.
const GUIDES: &str = "  Release series support status: see https://www.rabbitmq.com/release-information

  Doc guides:  https://www.rabbitmq.com/docs
  Support:     https://www.rabbitmq.com/docs/contact
  Tutorials:   https://www.rabbitmq.com/tutorials
  Monitoring:  https://www.rabbitmq.com/docs/monitoring
  Upgrading:   https://www.rabbitmq.com/docs/upgrade

  Logs: <stdout>
";

fn banner(process: &Process, release: &str) -> String {
    let start = line(process, "info", &format!(" Starting RabbitMQ {release} on Erlang 27.3 [jit]"));
    let (node, folder) = (node(process), folder(process));
    let files = process.list("/etc/rabbitmq/conf.d").unwrap_or_default();
    let listed = |gap: &str| -> String {
        let paths: Vec<String> = files.iter().map(|name| format!("/etc/rabbitmq/conf.d/{name}")).collect();
        paths.join(&format!("\n{gap}"))
    };
    let (shown, told) = (listed("                  "), listed("                : "));
    let home = format!(
        "\n node           : {node}\n home dir       : /var/lib/rabbitmq\n config file(s) : {told}\n log(s)         : <stdout>\n data dir       : {folder}"
    );
    format!(
        "{start}\n  ##  ##      RabbitMQ {release}\n  ##  ##\n  ##########  Copyright (c) 2007-2025 Broadcom Inc and/or its subsidiaries\n  ######  ##\n  ##########  Licensed under the MPL 2.0. Website: https://rabbitmq.com\n\n  Erlang:      27.3 [jit]\n{GUIDES}\n  Config file(s): {shown}\n\n  Starting broker...{}",
        line(process, "info", &home)
    )
}

fn plugins(process: &Process, has_management: bool) -> String {
    let names: &[&str] = if has_management {
        &["rabbitmq_prometheus", "rabbitmq_management", "rabbitmq_management_agent", "rabbitmq_web_dispatch"]
    } else {
        &["rabbitmq_prometheus", "rabbitmq_management_agent", "rabbitmq_web_dispatch"]
    };
    let count = names.len();
    let mut text = format!(" completed with {count} plugins.\n");
    text.push_str(&line(process, "info", &format!("Server startup complete; {count} plugins started.")));
    for name in names {
        text.push_str(&line(process, "info", &format!(" * {name}")));
    }
    text
}

/// Reads the data, or makes new ones with the default user: from then on RABBITMQ_DEFAULT_USER and _PASS change nothing.
async fn begin(process: &Process) -> Result<(), String> {
    if let Some(mut store) = Store::open(process) {
        store.forget_transient();
        return store.save().await;
    }
    let store = Store::create(process);
    process.print(line(process, "info", "Will seed default virtual host and user...")).await;
    process.print(line(process, "info", "Adding vhost '/' (description: 'Default virtual host', tags: [])")).await;
    for user in store.users() {
        process.print(line(process, "info", &format!("Created user '{user}'"))).await;
        process
            .print(line(process, "info", &format!("Successfully set user tags for user '{user}' to [administrator]")))
            .await;
        process
            .print(line(
                process,
                "info",
                &format!("Successfully set permissions for user '{user}' in virtual host '/' to '.*', '.*', '.*'"),
            ))
            .await;
    }
    store.save().await
}

fn handle(process: Process, port: u16, connection: Connection) -> Handling {
    Box::pin(async move {
        if port != 5672 {
            if let Some(request) = Request::receive(&connection).await {
                let metrics = || Response::text(501, "drydock: the metrics of RabbitMQ are not simulated\n");
                let response = if port == METRICS { metrics() } else { page(&request) };
                response.send(&connection, &request).await;
            }
            return;
        }
        while let Some(request) = wire::receive(&connection).await {
            let Some(mut store) = Store::open(&process) else { return };
            let reply = store.answer(&request).await;
            if let Some(user) = reply["refused"].as_str() {
                let text = format!("HTTP access denied: user '{user}' - invalid credentials");
                process.print(line(&process, "warning", &text)).await;
            }
            if wire::send(&connection, &reply).await.is_err() {
                return;
            }
        }
    })
}

/// The management page; its interface asks for a login, which is not simulated.
fn page(request: &Request) -> Response {
    match request.plain_path() {
        path if path.starts_with("/api/") => {
            Response::json(401, "{\"error\":\"not_authorized\",\"reason\":\"Not_Authorized\"}")
        }
        _ => Response::html(200, "<title>RabbitMQ Management</title>\n"),
    }
}
