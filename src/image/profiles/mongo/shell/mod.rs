//! The program `mongosh`: it connects, runs scripts, and shows values as the real one does.
//!
//! Sources: mongosh 2's documentation, its texts of errors. It starts in about 0.7 s (Node.js; 0.5 to 2 s on a laptop). Simplified: from standard input
//! it shows what each statement yields, without prompts.

mod collection;
mod database;
mod evaluate;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;
mod values;

use super::value::Value;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::wire;
use crate::kernel::{ConnectError, Connection, ExitCode, Process};
use evaluate::{Shell, Thrown};
use serde_json::json;
use std::time::Duration;

/// From the start until it connects.
const LAUNCH: Duration = Duration::from_millis(700);

/// A session with a server.
pub struct Client {
    connection: Option<Connection>,
}

impl Client {
    /// Sends a command; the error is `MongoServerError[Name]: text` or that of the network.
    pub async fn ask(&self, database: &str, command: &Value) -> Result<Value, Thrown> {
        let Some(connection) = &self.connection else {
            return Err(Thrown::error("MongoshInvalidInputError", "[SHAPI-10004] No connected database"));
        };
        let request = json!({ "database": database, "command": command.to_json() });
        let Some(answer) = wire::ask(connection, &request).await else {
            return Err(Thrown::error("MongoNetworkError", "connection closed"));
        };
        match answer.get("answer") {
            Some(answer) => Ok(Value::from_json(answer)),
            None => {
                let part = |name: &str| answer["error"][name].as_str().unwrap_or_default().to_string();
                let (name, text) = (part("name"), part("text"));
                let shown = match name.as_str() {
                    "AuthenticationFailed" | "DuplicateKey" => "MongoServerError".to_string(),
                    name => format!("MongoServerError[{name}]"),
                };
                Err(Thrown::coded(&shown, &name, &text))
            }
        }
    }
}

/// Where to connect, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
    /// User; empty for none.
    pub user: String,
    /// Password.
    pub password: String,
    /// The database the user was created in.
    pub source: String,
}

const WITH_VALUE: [&str; 12] = [
    "eval",
    "u",
    "username",
    "p",
    "password",
    "host",
    "port",
    "authenticationDatabase",
    "file",
    "f",
    "authenticationMechanism",
    "json",
];

impl Address {
    /// That of a command line: `[options] [address | database] [files]`.
    pub fn of(arguments: &Arguments) -> Self {
        let operand = arguments.operands.first().filter(|word| !word.ends_with(".js")).map_or("", String::as_str);
        let rest = operand.strip_prefix("mongodb://");
        let (login, rest) = rest.map_or(("", ""), |rest| rest.rsplit_once('@').unwrap_or(("", rest)));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (database, query) = path.split_once('?').unwrap_or((path, ""));
        let database = if operand.contains("://") { database } else { operand.rsplit('/').next().unwrap_or(operand) };
        let first = authority.split(',').next().unwrap_or(authority);
        let given = arguments.value(&["host"]).unwrap_or(first);
        let given = given.rsplit('/').next().unwrap_or(given).split(',').next().unwrap_or(given);
        let (host, port) = given.split_once(':').unwrap_or((given, "27017"));
        let port = arguments.value(&["port"]).unwrap_or(port);
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let decoded = |text: &str| text.replace("%40", "@").replace("%3A", ":").replace("%2F", "/").replace("%25", "%");
        let source = query.split('&').find_map(|pair| pair.strip_prefix("authSource="));
        let source = arguments.value(&["authenticationDatabase"]).or(source);
        let named = if database.is_empty() { "test" } else { database };
        let default_source = if database.is_empty() || !operand.contains("://") { "admin" } else { database };
        Self {
            host: if host.is_empty() { "127.0.0.1".into() } else { host.to_string() },
            port: port.parse().unwrap_or(27017),
            database: named.to_string(),
            user: arguments.value(&["u", "username"]).map_or_else(|| decoded(user), str::to_string),
            password: arguments.value(&["p", "password"]).map_or_else(|| decoded(password), str::to_string),
            source: source.unwrap_or(default_source).to_string(),
        }
    }

    /// Connects and logs in; the error is the client's text.
    pub async fn connect(&self, process: &Process) -> Result<Client, String> {
        let connection = process.connect(&self.host, self.port).await.map_err(|error| match error {
            ConnectError::Name(_) => format!("MongoNetworkError: getaddrinfo ENOTFOUND {}", self.host),
            ConnectError::Failed(address, _) => {
                format!("MongoNetworkError: connect ECONNREFUSED {address}:{}", self.port)
            }
        })?;
        let client = Client { connection: Some(connection) };
        if self.user.is_empty() {
            // Whoever is let in and then cut off has not been served.
            let alive = client.ask("admin", &Value::object(&[("ping", Value::Number(1.0))])).await;
            return alive
                .map(|_| client)
                .map_err(|_| format!("MongoNetworkError: connect ECONNREFUSED {}:{}", self.host, self.port));
        }
        let login = Value::object(&[
            ("authenticate", Value::Number(1.0)),
            ("user", Value::text(self.user.clone())),
            ("password", Value::text(self.password.clone())),
            ("database", Value::text(self.source.clone())),
        ]);
        client.ask(&self.source, &login).await.map_err(|thrown| thrown.shown())?;
        Ok(client)
    }
}

/// The program.
pub async fn mongosh(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &WITH_VALUE);
    if arguments.has(&["version"]) {
        process.print("2.5.9\n").await;
        return ExitCode::SUCCESS;
    }
    process.sleep(LAUNCH).await;
    let address = Address::of(&arguments);
    let client = match arguments.has(&["nodb"]) {
        true => Client { connection: None },
        false => match address.connect(&process).await {
            Ok(client) => client,
            Err(text) => {
                process.complain(format!("{text}\n")).await;
                return ExitCode::FAILURE;
            }
        },
    };
    let mut shell = Shell::new(&process, client, &address.database);
    for text in arguments.values(&["eval"]) {
        if let Err(code) = run(&process, &mut shell, text, Shows::Last).await {
            return code;
        }
    }
    let files = arguments.operands.iter().chain(None).filter(|word| word.ends_with(".js")).cloned();
    let files: Vec<String> = files.chain(arguments.values(&["file", "f"]).into_iter().map(str::to_string)).collect();
    for path in &files {
        let Ok(bytes) = process.read_file(path) else {
            let absolute = process.absolute(path);
            process.complain(format!("Error: ENOENT: no such file or directory, open '{absolute}'\n")).await;
            return ExitCode::FAILURE;
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Err(code) = run(&process, &mut shell, &text, Shows::Nothing).await {
            return code;
        }
    }
    if files.is_empty() && arguments.values(&["eval"]).is_empty() {
        let text = String::from_utf8_lossy(&process.read_to_end(0).await.unwrap_or_default()).into_owned();
        if let Err(code) = run(&process, &mut shell, &text, Shows::Each).await {
            return code;
        }
    }
    ExitCode::SUCCESS
}

/// Which values of a script's statements are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Nothing,
    Last,
    Each,
}

/// Runs a script; the error is the program's exit code.
async fn run(process: &Process, shell: &mut Shell, text: &str, shows: Shows) -> Result<(), ExitCode> {
    let statements = match syntax::parse(text) {
        Ok(statements) => statements,
        Err(text) => {
            process.complain(format!("{text}\n")).await;
            return Err(ExitCode::FAILURE);
        }
    };
    let last = statements.len().saturating_sub(1);
    for (number, statement) in statements.iter().enumerate() {
        let is_shown = shows == Shows::Each || shows == Shows::Last && number == last;
        let shown = match shell.top(statement).await {
            Ok(value) if is_shown => shell.shown(value).await,
            Ok(_) => Ok(String::new()),
            Err(thrown) => Err(thrown),
        };
        match shown {
            Ok(text) if text.is_empty() => {}
            Ok(text) => process.print(format!("{text}\n")).await,
            Err(Thrown::Quit(code)) => return Err(ExitCode(code)),
            Err(thrown) => {
                process.complain(format!("{}\n", thrown.shown())).await;
                if shows != Shows::Each {
                    return Err(ExitCode::FAILURE);
                }
            }
        }
    }
    Ok(())
}
