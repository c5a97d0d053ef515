//! `redis-cli`, and how an app asks.

use super::keys::Reply;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::wire;
use crate::kernel::{ConnectError, Connection, ExitCode, Process};
use serde_json::json;
use std::time::Duration;

/// A session.
pub struct Session {
    connection: Connection,
    /// What the server answered to the password, if it did not take it.
    pub refused: Option<String>,
}

/// Begins a session, with a password unless it is empty; the error is the client's text.
pub async fn connect(process: &Process, host: &str, port: u16, password: &str) -> Result<Session, String> {
    let connection = process.connect(host, port).await.map_err(|error| match error {
        ConnectError::Name(_) => "Name or service not known".to_string(),
        ConnectError::Failed(_, error) => error.to_string(),
    })?;
    let mut session = Session { connection, refused: None };
    if !password.is_empty()
        && let Reply::Error(text) = session.ask(&["auth", password]).await?
    {
        session.refused = Some(text);
    }
    Ok(session)
}

impl Session {
    /// Sends a command.
    pub async fn ask(&self, words: &[&str]) -> Result<Reply, String> {
        let answer = wire::ask(&self.connection, &json!({ "command": words })).await;
        serde_json::from_value(answer.ok_or("Server closed the connection")?).map_err(|_| "Protocol error".to_string())
    }
}

/// Sends one command to a server; the error is the client's text.
pub async fn ask(process: &Process, host: &str, port: u16, password: &str, words: &[&str]) -> Result<Reply, String> {
    connect(process, host, port, password).await?.ask(words).await
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
    let option = arguments.value(&["a", "pass"]);
    if option.is_some() && !arguments.has(&["no-auth-warning"]) {
        process
            .complain(
                "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n",
            )
            .await;
    }
    let password = option.map_or(variable, str::to_string);
    process.sleep(Duration::from_millis(3)).await;
    let session = match connect(&process, &host, port, &password).await {
        Ok(session) => session,
        Err(error) => {
            let name = if prefix == "valkey" { "Valkey" } else { "Redis" };
            process.complain(format!("Could not connect to {name} at {host}:{port}: {error}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    if let Some(text) = &session.refused {
        process.complain(format!("AUTH failed: {text}\n")).await;
    }
    let strict = arguments.has(&["e"]);
    let command: Vec<&str> = words.iter().skip(split).map(|word| &**word).collect();
    if !command.is_empty() {
        return one(&process, &session, &command, strict).await;
    }
    let input = process.read_to_end(0).await.unwrap_or_default();
    for line in String::from_utf8_lossy(&input).lines() {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
        if !words.is_empty() {
            let code = one(&process, &session, &words, strict).await;
            if !code.is_success() {
                return code;
            }
        }
    }
    ExitCode::SUCCESS
}

/// One command; an error of the server is an answer like any other unless `-e` is given.
async fn one(process: &Process, session: &Session, words: &[&str], strict: bool) -> ExitCode {
    let reply = match session.ask(words).await {
        Ok(reply) => reply,
        Err(error) => {
            process.complain(format!("Error: {error}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    let failed = matches!(reply, Reply::Error(_)) && strict;
    let text = match reply {
        Reply::Status(text) | Reply::Text(text) => text,
        Reply::Error(text) => format!("{text}\n"),
        Reply::Number(number) => number.to_string(),
        Reply::Nil => String::new(),
        Reply::List(items) => items.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("\n"),
    };
    process.print(format!("{text}\n")).await;
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
