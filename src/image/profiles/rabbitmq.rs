//! RabbitMQ: queues with their messages, durable or not.
//!
//! Sources: the official image's Dockerfile (VOLUME, ports, entrypoint) and RabbitMQ's documentation on durability and
//! acknowledgements; the texts are those of `rabbitmqctl` and `rabbitmqadmin`. RabbitMQ keeps its data in a folder named after
//! its host name, so a recreated container without a fixed `hostname:` does not find them; a message survives a restart only
//! if it is persistent and its queue durable. A boot takes about 4 s, a typical value of a laptop.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::daemon::{Daemon, Pending, Speaks, read_json, run, write_json};
use crate::image::programs::wire;
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response};
use crate::kernel::{ExitCode, Process, Signal};
use serde_json::{Value, json};
use std::time::Duration;

/// RabbitMQ.
pub const RABBITMQ: Profile = Profile { repositories: &["rabbitmq"], title: "RabbitMQ", define: rabbitmq };
const RABBIT: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[
        (1200, "  ##  ##      RabbitMQ 4.2.1"),
        (1800, "[info] <0.254.0> node           : rabbit"),
        (900, "[info] <0.600.0> started TCP listener on [::]:5672"),
        (300, "[info] <0.651.0> Server startup complete; 4 plugins started."),
    ],
    marker: None,
    ports: &[(5672, Speaks::Values(rabbit_answer)), (15672, Speaks::Http(management))],
    stops: (&[Signal::TERM, Signal::INT], 900, 0, "[info] <0.9.0> Gracefully halting Erlang VM"),
};

fn rabbitmq(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    base::folder(&root, "/var/lib/rabbitmq", Default::default(), 0o777);
    root.install(
        "/usr/local/bin/docker-entrypoint.sh",
        programs::of(|process: Process| async move {
            let command: Vec<_> = process.args().iter().skip(1).cloned().collect();
            programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", 60).await
        }),
    );
    root.install(
        "/usr/bin/rabbitmq-server",
        programs::of(|process: Process| async move {
            forget_transient(&process).await;
            run(process, RABBIT).await
        }),
    );
    for name in ["rabbitmqctl", "rabbitmq-diagnostics", "rabbitmqadmin"] {
        root.install(&format!("/usr/bin/{name}"), programs::of(rabbit_tool));
    }
    let mut config =
        image(&["rabbitmq-server"], "/var/lib/rabbitmq", &["5672/tcp", "4369/tcp", "25672/tcp", "5671/tcp"]);
    config.entrypoint = vec!["docker-entrypoint.sh".into()];
    if reference.has_variant("management") {
        config.exposed_ports.insert("15672/tcp".into());
    }
    let simplified =
        &["a broker's data are one JSON file", "the default exchange only; a message is taken with rabbitmqadmin get"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

fn image(command: &[&str], volume: &str, ports: &[&str]) -> ImageConfig {
    let mut config = ImageConfig {
        cmd: command.iter().map(|word| (*word).into()).collect(),
        volumes: [volume.into()].into(),
        working_dir: "/".into(),
        exposed_ports: ports.iter().map(|port| (*port).into()).collect(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config
}

fn rabbit_path(process: &Process) -> String {
    format!("/var/lib/rabbitmq/mnesia/rabbit@{}.json", process.hostname())
}

/// At its start a broker knows durable queues with their persistent messages only.
async fn forget_transient(process: &Process) {
    let path = rabbit_path(process);
    let mut data = read_json(process, &path);
    if let Some(queues) = data.as_object_mut() {
        queues.retain(|_, queue| queue["durable"] == json!(true));
        for queue in queues.values_mut() {
            let kept: Vec<Value> = queue["messages"].as_array().cloned().unwrap_or_default();
            queue["messages"] = kept.into_iter().filter(|message| message["persistent"] == json!(true)).collect();
        }
    }
    let data = if data.is_object() { data } else { json!({}) };
    // A folder that cannot be written shows at the first message.
    let _ = write_json(process, &path, &data).await;
}

fn rabbit_answer(process: Process, request: Value) -> Pending<Value> {
    Box::pin(async move {
        let path = rabbit_path(&process);
        let mut data = read_json(&process, &path);
        let name = request["queue"].as_str().unwrap_or_default().to_string();
        let reply = match request["call"].as_str().unwrap_or_default() {
            "ping" => return json!({}),
            "list" => return json!({ "queues": data }),
            "declare" => {
                let known = data[&name]["durable"].clone();
                if known.is_boolean() && known != request["durable"] {
                    return json!({ "error": format!("PRECONDITION_FAILED - inequivalent arg 'durable' for queue '{name}' in vhost '/'") });
                }
                if !known.is_boolean() {
                    data[&name] = json!({ "durable": request["durable"], "messages": [] });
                }
                json!({ "text": "queue declared\n" })
            }
            _ if !data[&name].is_object() => {
                if request["call"] == json!("publish") {
                    // The default exchange has nowhere to send it: it is dropped, and the publisher is not told by itself.
                    return json!({ "text": "Message published but NOT routed\n" });
                }
                return json!({ "error": "Not found: Object Not Found" });
            }
            "publish" => {
                let mut messages = data[&name]["messages"].as_array().cloned().unwrap_or_default();
                messages.push(json!({ "text": request["text"], "persistent": request["persistent"] }));
                data[&name]["messages"] = json!(messages);
                json!({ "text": "Message published\n" })
            }
            "purge" => {
                data[&name]["messages"] = json!([]);
                json!({ "text": "queue purged\n" })
            }
            "delete" => {
                if let Some(queues) = data.as_object_mut() {
                    queues.remove(&name);
                }
                json!({ "text": "queue deleted\n" })
            }
            _ => {
                let mut messages = data[&name]["messages"].as_array().cloned().unwrap_or_default();
                if messages.is_empty() {
                    return json!({ "text": "No items\n" });
                }
                let mut first = messages.remove(0);
                let table = message_table(&name, &first, messages.len());
                // A message that is not acknowledged goes back to where it was, and is marked.
                if request["requeue"] == json!(true) {
                    first["redelivered"] = json!(true);
                    messages.insert(0, first);
                }
                data[&name]["messages"] = json!(messages);
                json!({ "text": table })
            }
        };
        if let Err(error) = write_json(&process, &path, &data).await {
            return json!({ "error": error });
        }
        let total: usize = data
            .as_object()
            .map_or(0, |map| map.values().filter_map(|queue| queue["messages"].as_array()).map(Vec::len).sum());
        process.summarise("/var/lib/rabbitmq", &format!("{total} messages"));
        reply
    })
}

/// What `rabbitmqadmin get` shows of a message.
fn message_table(queue: &str, message: &Value, left: usize) -> String {
    let payload = message["text"].as_str().unwrap_or_default();
    let redelivered = if message["redelivered"] == json!(true) { "True" } else { "False" };
    let (count, bytes) = (left.to_string(), payload.len().to_string());
    let cells = [
        ("routing_key", queue),
        ("exchange", ""),
        ("message_count", count.as_str()),
        ("payload", payload),
        ("payload_bytes", bytes.as_str()),
        ("payload_encoding", "string"),
        ("redelivered", redelivered),
    ];
    let width = |(head, cell): &(&str, &str)| head.len().max(cell.len());
    let rule: String = cells.iter().map(|cell| format!("+{}", "-".repeat(width(cell) + 2))).collect();
    let heads: String = cells.iter().map(|cell| format!("| {:^1$} ", cell.0, width(cell))).collect();
    let values: String = cells.iter().map(|cell| format!("| {:<1$} ", cell.1, width(cell))).collect();
    format!("{rule}+\n{heads}|\n{rule}+\n{values}|\n{rule}+\n")
}

/// What `rabbitmqctl list_queues` shows: the columns asked for, name and messages without any.
fn queue_list(queues: &Value, columns: &[String], arguments: &Arguments) -> String {
    let columns: Vec<&str> = match columns {
        [] => vec!["name", "messages"],
        some => some.iter().map(String::as_str).collect(),
    };
    let mut text = String::new();
    if !arguments.has(&["q", "quiet", "s", "silent"]) {
        text.push_str("Timeout: 60.0 seconds ...\nListing queues for vhost / ...\n");
    }
    let Some(map) = queues.as_object().filter(|map| !map.is_empty()) else { return text };
    if !arguments.has(&["s", "silent", "no-table-headers"]) {
        text.push_str(&format!("{}\n", columns.join("\t")));
    }
    for (name, queue) in map {
        let cell = |column: &&str| match *column {
            "name" => name.clone(),
            "durable" => (queue["durable"] == json!(true)).to_string(),
            "messages" | "messages_ready" => queue["messages"].as_array().map_or(0, Vec::len).to_string(),
            _ => "0".to_string(),
        };
        text.push_str(&format!("{}\n", columns.iter().map(cell).collect::<Vec<_>>().join("\t")));
    }
    text
}

fn management(_: Process, _: Request) -> Pending<Response> {
    Box::pin(async { Response::html(200, "<title>RabbitMQ Management</title>\n") })
}

/// `rabbitmq-diagnostics -q ping`, `rabbitmqctl list_queues`, and `rabbitmqadmin declare|publish|get` with `name=value`.
async fn rabbit_tool(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["H", "host", "u", "username", "p", "password", "n", "t"]);
    // The tools start an Erlang machine: about 0.8 s.
    process.sleep(Duration::from_millis(800)).await;
    let value = |name: &str| arguments.operands.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let words: Vec<&str> = arguments.operands.iter().map(String::as_str).collect();
    let plain = words.get(1).filter(|word| !word.contains('=')).copied();
    let call = match words.first().copied().unwrap_or_default() {
        call @ ("declare" | "publish" | "get" | "purge" | "delete") => call,
        "list_queues" | "list" => "list",
        "purge_queue" => "purge",
        "delete_queue" => "delete",
        _ => "ping",
    };
    let queue = value("name").or(value("queue")).or(value("routing_key")).or(plain).unwrap_or_default();
    let persistent = value("properties").is_some_and(|text| text.replace(' ', "").contains("\"delivery_mode\":2"));
    let request = json!({
        "call": call,
        "queue": queue,
        "durable": value("durable") != Some("false"),
        "persistent": persistent,
        "text": value("payload"),
        "requeue": value("ackmode").is_none_or(|mode| mode == "ack_requeue_true" || mode == "reject_requeue_true"),
    });
    let host = arguments.value(&["H", "host"]).unwrap_or("localhost");
    let reply = match process.connect(host, 5672).await {
        Ok(connection) => wire::ask(&connection, &request).await,
        Err(_) => None,
    };
    let Some(reply) = reply else {
        process.complain("Error: unable to perform an operation on node. Is it running?\n").await;
        return ExitCode(69);
    };
    if let Some(error) = reply["error"].as_str() {
        process.complain(format!("*** {error}\n")).await;
        return ExitCode::FAILURE;
    }
    let text = match call {
        "list" => queue_list(&reply["queues"], &arguments.operands[1..], &arguments),
        "ping" if arguments.has(&["q", "quiet"]) => String::new(),
        "ping" => format!(
            "Will ping rabbit@{}. This only checks if the OS process is running and registered with epmd. Timeout: 60000 ms.\nPing succeeded\n",
            process.hostname()
        ),
        _ => reply["text"].as_str().unwrap_or_default().to_string(),
    };
    process.print(text).await;
    ExitCode::SUCCESS
}
