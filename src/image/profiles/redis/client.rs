//! `redis-cli`, and how an app asks.

use super::Product;
use super::reply::Reply;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::wire;
use crate::kernel::network::NameError;
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
        ConnectError::Name(NameError::NoServer) => "Temporary failure in name resolution".to_string(),
        ConnectError::Name(NameError::Unknown) => "Name or service not known".to_string(),
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

const WITH_VALUE: &[&str] = &["h", "p", "a", "n", "pass", "user", "u", "r", "i", "s", "d", "D", "t"];
const PLAIN: &[&str] = &["raw", "no-raw", "no-auth-warning", "e", "x", "c", "2", "3", "v", "version", "json", "csv"];

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    /// One line for each string.
    Raw,
    /// As on a terminal.
    Formatted,
}

/// What the command line says.
struct Options {
    host: String,
    port: u16,
    password: String,
    database: String,
    output: Output,
    strict: bool,
    times: i64,
    pause: Duration,
}

/// The program `redis-cli`; its output is that of a pipe unless `--no-raw` says otherwise.
pub async fn cli(process: Process, product: Product) -> ExitCode {
    let words = process.args();
    // Options end at the first word that is not one: what follows belongs to the command.
    let mut split = 1;
    while split < words.len() && words[split].starts_with('-') && words[split].len() > 1 {
        split += if WITH_VALUE.contains(&words[split].trim_start_matches('-')) { 2 } else { 1 };
    }
    let split = split.min(words.len());
    let arguments = Arguments::parse(&words[..split], WITH_VALUE);
    if arguments.has(&["v", "version"]) {
        process.print(format!("{}-cli {}\n", product.prefix, product.version)).await;
        return ExitCode::SUCCESS;
    }
    if let Some(name) = arguments.unknown(&[WITH_VALUE, PLAIN].concat()) {
        let dashes = if name.chars().count() == 1 { "-" } else { "--" };
        let text = format!("the simulation's {}-cli does not know {dashes}{name}\n", product.prefix);
        process.complain(text).await;
        return ExitCode::FAILURE;
    }
    if arguments.has(&["json", "csv"]) {
        process.complain(format!("the simulation's {}-cli does not know --json and --csv\n", product.prefix)).await;
        return ExitCode::FAILURE;
    }
    let variable = process.variable("REDISCLI_AUTH").map(|value| value.to_string()).unwrap_or_default();
    if arguments.has(&["a", "pass"]) && !arguments.has(&["no-auth-warning"]) {
        let warning =
            "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";
        process.complain(warning).await;
    }
    let options = options(&arguments, variable);
    process.sleep(Duration::from_millis(3)).await;
    let session = match begin(&process, &options, product.name).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    let mut command: Vec<String> = words.iter().skip(split).map(|word| word.to_string()).collect();
    if arguments.has(&["x"]) {
        let bytes = process.read_to_end(0).await.unwrap_or_default();
        command.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    if command.is_empty() {
        return lines(&process, &session, &options).await;
    }
    repeat(&process, &session, &options, &command).await
}

fn options(arguments: &Arguments, variable: String) -> Options {
    let value = |names: &[&str]| arguments.value(names).map(str::to_string);
    let mut options = Options {
        host: value(&["h"]).unwrap_or_else(|| "127.0.0.1".to_string()),
        port: value(&["p"]).and_then(|port| port.parse().ok()).unwrap_or(6379),
        password: value(&["a", "pass"]).unwrap_or(variable),
        database: value(&["n"]).unwrap_or_default(),
        output: if arguments.has(&["no-raw"]) { Output::Formatted } else { Output::Raw },
        strict: arguments.has(&["e"]),
        times: value(&["r"]).and_then(|times| times.parse().ok()).unwrap_or(1),
        pause: Duration::from_secs_f64(
            value(&["i"]).and_then(|pause| pause.parse().ok()).unwrap_or(0.0_f64).clamp(0.0, 86_400.0),
        ),
    };
    // redis://user:password@host:port/database
    if let Some(rest) = value(&["u"]).as_deref().and_then(|address| address.split_once("://")).map(|(_, rest)| rest) {
        let (account, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (place, database) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = place.split_once(':').unwrap_or((place, "6379"));
        options.host = host.to_string();
        options.port = port.parse().unwrap_or(6379);
        options.database = database.to_string();
        if let Some((_, password)) = account.split_once(':') {
            options.password = password.to_string();
        }
    }
    options
}

async fn begin(process: &Process, options: &Options, name: &str) -> Result<Session, ExitCode> {
    let Options { host, port, password, database, .. } = options;
    let session = match connect(process, host, *port, password).await {
        Ok(session) => session,
        Err(error) => {
            process.complain(format!("Could not connect to {name} at {host}:{port}: {error}\n")).await;
            return Err(ExitCode::FAILURE);
        }
    };
    if let Some(text) = &session.refused {
        process.complain(format!("AUTH failed: {text}\n")).await;
    }
    if !database.is_empty()
        && let Ok(Reply::Error(text)) = session.ask(&["select", database]).await
    {
        process.complain(format!("SELECT {database} failed: {text}\n")).await;
    }
    Ok(session)
}

/// One command, as often as `-r` says; -1 is for ever.
async fn repeat(process: &Process, session: &Session, options: &Options, command: &[String]) -> ExitCode {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let mut left = options.times;
    while left != 0 {
        let code = one(process, session, &words, options).await;
        if !code.is_success() {
            return code;
        }
        left -= 1;
        if left != 0 {
            // Without a pause an endless repetition would stand still.
            let least = if left < 0 { Duration::from_millis(1) } else { Duration::ZERO };
            process.sleep(options.pause.max(least)).await;
        }
    }
    ExitCode::SUCCESS
}

async fn lines(process: &Process, session: &Session, options: &Options) -> ExitCode {
    let input = process.read_to_end(0).await.unwrap_or_default();
    for line in String::from_utf8_lossy(&input).lines() {
        let words = split(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if !words.is_empty() {
            let code = one(process, session, &words, options).await;
            if !code.is_success() {
                return code;
            }
        }
    }
    ExitCode::SUCCESS
}

/// The words of a line, in which quotes hold words together.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// One command; an error of the server is an answer like any other unless `-e` is given.
async fn one(process: &Process, session: &Session, words: &[&str], options: &Options) -> ExitCode {
    let reply = match session.ask(words).await {
        Ok(reply) => reply,
        // The server ends without an answer when it is told to.
        Err(_) if words[0].eq_ignore_ascii_case("shutdown") => return ExitCode::SUCCESS,
        Err(error) => {
            process.complain(format!("Error: {error}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    if let (Reply::Error(text), true) = (&reply, options.strict) {
        process.complain(format!("{text}\n")).await;
        return ExitCode::FAILURE;
    }
    // What INFO and its like say has lines of its own, whatever the form.
    let is_report = words[0].eq_ignore_ascii_case("info");
    let text = match (options.output, &reply) {
        (_, Reply::Text(text)) if is_report => text.clone(),
        (Output::Formatted, reply) => reply.formatted(0),
        (Output::Raw, reply) => format!("{}\n", reply.raw()),
    };
    process.print(text).await;
    ExitCode::SUCCESS
}
