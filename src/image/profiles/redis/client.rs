//! `redis-cli`, and how an app asks.

use super::keys::Reply;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::wire;
use crate::kernel::{ConnectError, ExitCode, Process};
use serde_json::json;
use std::time::Duration;

/// Sends a command to a server; the error is the client's text.
pub async fn ask(process: &Process, host: &str, port: u16, password: &str, words: &[&str]) -> Result<Reply, String> {
    let connection = process.connect(host, port).await.map_err(|error| match error {
        ConnectError::Name(_) => "Name or service not known".to_string(),
        ConnectError::Failed(_, error) => error.to_string(),
    })?;
    let request = json!({ "password": password, "command": words });
    let answer = wire::ask(&connection, &request).await.ok_or("Server closed the connection")?;
    serde_json::from_value(answer).map_err(|_| "Protocol error".to_string())
}

/// The program `redis-cli`; its output is that of a pipe, not of a terminal.
pub async fn cli(process: Process, prefix: &'static str) -> ExitCode {
    let words = process.args();
    // Options end at the first word that is not one: what follows belongs to the command.
    let mut split = 1;
    while split < words.len() && words[split].starts_with('-') {
        split += if matches!(&*words[split], "-h" | "-p" | "-a" | "-n" | "--pass" | "--user") { 2 } else { 1 };
    }
    let arguments = Arguments::parse(&words[..split.min(words.len())], &["h", "p", "a", "n", "pass", "user"]);
    let host = arguments.value(&["h"]).unwrap_or("127.0.0.1").to_string();
    let port = arguments.value(&["p"]).and_then(|port| port.parse().ok()).unwrap_or(6379);
    let variable = process.variable("REDISCLI_AUTH").map(|value| value.to_string()).unwrap_or_default();
    let password = arguments.value(&["a", "pass"]).map_or(variable, str::to_string);
    process.sleep(Duration::from_millis(3)).await;
    let command: Vec<&str> = words.iter().skip(split).map(|word| &**word).collect();
    if command.is_empty() {
        return from_input(&process, &host, port, &password, prefix).await;
    }
    one(&process, &host, port, &password, &command, prefix).await
}

async fn from_input(process: &Process, host: &str, port: u16, password: &str, prefix: &str) -> ExitCode {
    let input = process.read_to_end(0).await.unwrap_or_default();
    for line in String::from_utf8_lossy(&input).lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !words.is_empty() {
            let code = one(process, host, port, password, &words, prefix).await;
            if !code.is_success() {
                return code;
            }
        }
    }
    ExitCode::SUCCESS
}

async fn one(process: &Process, host: &str, port: u16, password: &str, words: &[&str], prefix: &str) -> ExitCode {
    let reply = match ask(process, host, port, password, words).await {
        Ok(reply) => reply,
        Err(error) => {
            let name = if prefix == "valkey" { "Valkey" } else { "Redis" };
            process.complain(format!("Could not connect to {name} at {host}:{port}: {error}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    let text = match reply {
        Reply::Status(text) | Reply::Text(text) => text,
        Reply::Error(text) => format!("{text}\n"),
        Reply::Number(number) => number.to_string(),
        Reply::Nil => String::new(),
        Reply::List(items) => items.join("\n"),
    };
    process.print(format!("{text}\n")).await;
    ExitCode::SUCCESS
}
