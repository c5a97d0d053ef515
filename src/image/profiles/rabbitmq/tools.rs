//! `rabbitmqctl` and `rabbitmq-diagnostics`, which talk to the node as Erlang does, and `rabbitmqadmin`, which logs in.
//!
//! Sources: manual pages of `rabbitmqctl` and `rabbitmq-diagnostics`; `deps/rabbitmq_cli`, `lib/rabbitmqctl.ex` and the files of the
//! commands, for the texts and exit codes (`sysexits.h`); what epmd is asked of a node that does not answer is left out. From
//! memory: the head of a list of queues, a user or queue that is not there, and `rabbitmqadmin` of the management plugin (the Python one) for commands `name=value` and its table.

use super::node;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::wire;
use crate::kernel::{ExitCode, Process};
use serde_json::{Value, json};
use std::time::Duration;

/// The tools start an Erlang machine. Typical of a laptop; 0.5 to 2 s.
const LAUNCH: Duration = Duration::from_millis(800);

/// Python's start. Typical; 50 to 300 ms.
const PYTHON: Duration = Duration::from_millis(150);

/// EX_UNAVAILABLE, EX_USAGE and EX_SOFTWARE.
const UNAVAILABLE: u8 = 69;
const USAGE: u8 = 64;
const SOFTWARE: u8 = 70;

const WITH_VALUE: [&str; 14] =
    ["H", "host", "u", "username", "p", "password", "n", "node", "t", "timeout", "P", "port", "vhost", "formatter"];

/// What a tool prints, or what it complains about with its exit code.
type Outcome = Result<String, (String, u8)>;

async fn finish(process: &Process, outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(text) => {
            process.print(text).await;
            ExitCode::SUCCESS
        }
        Err((text, code)) => {
            process.complain(text).await;
            ExitCode(code)
        }
    }
}

/// `rabbitmqctl` and `rabbitmq-diagnostics`.
pub async fn control(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &WITH_VALUE);
    process.sleep(LAUNCH).await;
    let outcome = command(&process, &arguments).await;
    finish(&process, outcome).await
}

/// Asks the node; the error is what the tools say of one that does not answer.
async fn ask(process: &Process, request: Value) -> Result<Value, (String, u8)> {
    let name = node(process);
    let unreachable = || {
        let text = format!(
            "Error: unable to perform an operation on node '{name}'. Please see diagnostics information and suggestions below.\n\nMost common reasons for this are:\n\n * Target node is unreachable (e.g. due to hostname resolution, TCP connection or firewall issues)\n * CLI tool fails to authenticate with the server (e.g. due to CLI tool's Erlang cookie not matching that of the server)\n * Target node is not running\n\nIn addition to the diagnostics info below:\n\n * See the CLI, clustering and networking guides on https://rabbitmq.com/documentation.html to learn more\n * Consult server logs on node {name}\n"
        );
        (text, UNAVAILABLE)
    };
    let connection = process.connect("localhost", 5672).await.map_err(|_| unreachable())?;
    let reply = wire::ask(&connection, &request).await.ok_or_else(unreachable)?;
    if reply["missing"].is_string() && request["call"] == json!("delete") {
        return Err(("Queue not found\n".into(), USAGE));
    }
    // An error with a code of its own is worded by its command.
    match (reply["error"].as_str(), reply["code"].as_u64()) {
        (Some(error), Some(code)) => Err((format!("{error}\n"), code as u8)),
        (Some(error), None) => Err((format!("Error:\n{error}\n"), SOFTWARE)),
        (None, _) => Ok(reply),
    }
}

async fn command(process: &Process, arguments: &Arguments) -> Outcome {
    let words: Vec<&str> = arguments.operands.iter().map(String::as_str).collect();
    let is_quiet = arguments.has(&["q", "quiet", "s", "silent"]);
    let said = |text: String| if is_quiet { String::new() } else { text };
    let node = node(process);
    match words.as_slice() {
        ["ping", ..] => {
            ask(process, json!({ "call": "ping" })).await?;
            Ok(said(format!(
                "Will ping {node}. This only checks if the OS process is running and registered with epmd. Timeout: 60000 ms.\nPing succeeded\n"
            )))
        }
        [
            "await_startup"
            | "check_running"
            | "check_local_alarms"
            | "check_port_connectivity"
            | "check_virtual_hosts",
            ..,
        ] => {
            ask(process, json!({ "call": "ping" })).await?;
            Ok(said(checked(process, words[0], &node)))
        }
        ["status", ..] => {
            ask(process, json!({ "call": "ping" })).await?;
            Ok(format!(
                "Status of node {node} ...\n\nRuntime\n\nOS PID: 1\n\ndrydock: the rest of the status is not simulated\n"
            ))
        }
        ["list_queues", columns @ ..] => {
            let reply = ask(process, json!({ "call": "queues" })).await?;
            Ok(queues(&reply["queues"], columns, arguments))
        }
        ["list_users"] => {
            let reply = ask(process, json!({ "call": "users" })).await?;
            let rows = reply["users"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let rows: String = rows.map(|name| format!("{name}\t[administrator]\n")).collect();
            Ok(said("Listing users ...\n".into()) + "user\ttags\n" + &rows)
        }
        ["list_vhosts"] => Ok(said("Listing vhosts ...\n".into()) + "name\n/\n"),
        [call @ ("add_user" | "change_password" | "authenticate_user"), name, word] => {
            ask(process, json!({ "call": call, "name": name, "word": word })).await?;
            Ok(said(user_text(call, name)))
        }
        ["delete_user", name] => {
            ask(process, json!({ "call": "delete_user", "name": name })).await?;
            Ok(said(format!("Deleting user \"{name}\" ...\n")))
        }
        [call @ ("purge_queue" | "delete_queue"), queue] => {
            let reply = ask(process, json!({ "call": call.trim_end_matches("_queue"), "queue": queue })).await?;
            let text = match reply["left"].as_u64() {
                Some(left) => format!(
                    "Deleting queue '{queue}' on vhost '/' ...\nQueue was successfully deleted with {left} ready messages\n"
                ),
                None => format!("Purging queue '{queue}' in vhost '/' ...\n"),
            };
            Ok(said(text))
        }
        [other, ..] => Err((format!("drydock: {other} of rabbitmqctl is not simulated\n"), USAGE)),
        [] => Err(("drydock: the usage of rabbitmqctl is not simulated\n".into(), USAGE)),
    }
}

fn checked(process: &Process, check: &str, node: &str) -> String {
    let pages = if process.find_program("rabbitmqadmin").is_ok() { ", 15672" } else { "" };
    match check {
        "check_running" => format!(
            "Checking if RabbitMQ is running on node {node} ...\nRabbitMQ on node {node} is fully booted and running\n"
        ),
        "check_local_alarms" => format!(
            "Asking node {node} to report any local resource alarms ...\nNode {node} reported no local alarms\n"
        ),
        "check_port_connectivity" => format!(
            "Testing TCP connections to all active listeners on node {node} using hostname resolution ...\nSuccessfully connected to ports 5672{pages}, 15692, 25672 on node {node} (using node hostname resolution)\n"
        ),
        "check_virtual_hosts" => format!(
            "Checking if all vhosts are running on node {node} ...\nNode {node} reported all vhosts as running\n"
        ),
        _ => String::new(),
    }
}

fn user_text(call: &str, name: &str) -> String {
    match call {
        "add_user" => format!(
            "Adding user \"{name}\" ...\nDone. Don't forget to grant the user permissions to some virtual hosts! See 'rabbitmqctl help set_permissions' to learn more.\n"
        ),
        "change_password" => format!("Changing password for user \"{name}\" ...\n"),
        _ => format!("Authenticating user \"{name}\" ...\nSuccess\n"),
    }
}

/// What `rabbitmqctl list_queues` shows: the columns asked for, name and messages without any.
fn queues(queues: &Value, columns: &[&str], arguments: &Arguments) -> String {
    let columns = if columns.is_empty() { &["name", "messages"] } else { columns };
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

/// `rabbitmqadmin declare|publish|get|purge|delete|list` with `name=value`.
pub async fn administrate(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &WITH_VALUE);
    process.sleep(PYTHON).await;
    let outcome = administer(&process, &arguments).await;
    finish(&process, outcome).await
}

async fn administer(process: &Process, arguments: &Arguments) -> Outcome {
    let words: Vec<&str> = arguments.operands.iter().map(String::as_str).collect();
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let call = match words.as_slice() {
        [call @ ("declare" | "delete"), "queue", ..] => call,
        [call @ ("publish" | "get"), ..] | [call @ "purge", "queue", ..] => call,
        ["list", "queues", ..] => "queues",
        _ => return Err((format!("drydock: rabbitmqadmin {} is not simulated\n", words.join(" ")), 1)),
    };
    let queue = value("name").or(value("queue")).or(value("routing_key")).unwrap_or_default();
    let persistent = value("properties").is_some_and(|text| text.replace(' ', "").contains("\"delivery_mode\":2"));
    let requeue = value("ackmode").is_none_or(|mode| mode == "ack_requeue_true" || mode == "reject_requeue_true");
    let request = json!({
        "call": call,
        "user": arguments.value(&["u", "username"]).unwrap_or("guest"),
        "password": arguments.value(&["p", "password"]).unwrap_or("guest"),
        "queue": queue,
        "durable": value("durable") != Some("false"),
        "persistent": persistent,
        "text": value("payload"),
        "requeue": requeue,
    });
    let host = arguments.value(&["H", "host"]).unwrap_or("localhost");
    let refused = |_| ("*** Could not connect: [Errno 111] Connection refused\n".to_string(), 1);
    let connection = process.connect(host, 5672).await.map_err(refused)?;
    let reply = wire::ask(&connection, &request).await.unwrap_or_default();
    if let Some(error) = reply["error"].as_str() {
        return Err((format!("*** {error}\n"), 1));
    }
    if call == "queues" {
        return Ok(queue_table(&reply["queues"]));
    }
    if reply["message"].is_object() {
        return Ok(message_table(queue, &reply["message"], reply["left"].as_u64().unwrap_or(0)));
    }
    Ok(reply["text"].as_str().unwrap_or_default().to_string())
}

/// A table as `rabbitmqadmin` draws it.
fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].len()).chain([heads[at].len()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let rule: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect();
    let head: String = heads.iter().zip(&widths).map(|(head, width)| format!("| {head:^width$} ")).collect();
    let row = |row: &Vec<String>| {
        let cells: String = row.iter().zip(&widths).map(|(cell, width)| format!("| {cell:<width$} ")).collect();
        format!("{cells}|\n")
    };
    format!("{rule}+\n{head}|\n{rule}+\n{}{rule}+\n", rows.iter().map(row).collect::<String>())
}

fn queue_table(queues: &Value) -> String {
    let row = |(name, queue): (&String, &Value)| {
        vec![name.clone(), queue["messages"].as_array().map_or(0, Vec::len).to_string()]
    };
    let rows: Vec<Vec<String>> = queues.as_object().into_iter().flatten().map(row).collect();
    if rows.is_empty() { "No items\n".into() } else { table(&["name", "messages"], &rows) }
}

fn message_table(queue: &str, message: &Value, left: u64) -> String {
    let payload = message["text"].as_str().unwrap_or_default();
    let redelivered = if message["redelivered"] == json!(true) { "True" } else { "False" };
    let heads =
        ["routing_key", "exchange", "message_count", "payload", "payload_bytes", "payload_encoding", "redelivered"];
    let row = [queue, "", &left.to_string(), payload, &payload.len().to_string(), "string", redelivered];
    table(&heads, &[row.map(str::to_string).to_vec()])
}
