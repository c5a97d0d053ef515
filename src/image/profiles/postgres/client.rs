//! What every client of PostgreSQL does: find the server, begin a session, send statements.

use super::boot::socket;
use super::words::Report;
use crate::image::programs::wire;
use crate::image::sql::Cluster;
use crate::kernel::network::NameError;
use crate::kernel::{ConnectError, Connection, Errno, Process};
use serde_json::{Value, json};

/// Where to, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host; the Unix socket without it.
    pub host: Option<String>,
    /// Port.
    pub port: u16,
    /// Role.
    pub user: String,
    /// Database.
    pub database: String,
    /// Password, if one is given.
    pub password: Option<String>,
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody answers; libpq's text.
    NoAnswer(String),
    /// The server answers and refuses; libpq's text.
    Rejected(String),
}

impl Refusal {
    /// libpq's text.
    pub fn text(&self) -> &str {
        match self {
            Refusal::NoAnswer(text) | Refusal::Rejected(text) => text,
        }
    }
}

/// The answer to a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Command tag.
    pub tag: String,
    /// Whether it shows rows, even if there are none.
    pub has_rows: bool,
    /// Names of columns.
    pub columns: Vec<String>,
    /// Rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Which columns are numbers.
    pub numeric: Vec<bool>,
    /// Notices and warnings.
    pub notices: Vec<String>,
    /// Whether the server waits for the lines of COPY FROM STDIN.
    pub wants_lines: bool,
    /// The lines of COPY TO STDOUT.
    pub lines: Option<String>,
}

/// What came of a message: answers, and perhaps the error after them.
pub struct Reply {
    /// Answers to the statements that went through.
    pub answers: Vec<Answer>,
    /// The error, as a client prints it.
    pub error: Option<String>,
}

/// A session.
pub struct Session(Connection);

/// Begins a session.
pub async fn connect(process: &Process, target: &Target) -> Result<Session, Refusal> {
    let (connection, place) = open(process, target).await?;
    let failed = |text: &str| Refusal::Rejected(format!("connection to server {place} failed: {text}\n"));
    let broken = || {
        failed(
            "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.",
        )
    };
    let hello = json!({ "user": target.user, "database": target.database });
    let mut answer = wire::ask(&connection, &hello).await.ok_or_else(broken)?;
    if answer["password"] == json!(true) {
        let Some(password) = &target.password else { return Err(failed("fe_sendauth: no password supplied")) };
        answer = wire::ask(&connection, &json!({ "password": password })).await.ok_or_else(broken)?;
    }
    match answer["error"].as_str() {
        Some(text) => Err(failed(text)),
        None => Ok(Session(connection)),
    }
}

/// The connection, and how libpq calls the place.
async fn open(process: &Process, target: &Target) -> Result<(Connection, String), Refusal> {
    let Some(host) = &target.host else {
        let path = socket(target.port);
        let place = format!("on socket \"{path}\"");
        let question = "Is the server running locally and accepting connections on that socket?";
        let refuse =
            |error: Errno| Refusal::NoAnswer(format!("connection to server {place} failed: {error}\n\t{question}\n"));
        return process.connect_local(&path).map(|connection| (connection, place.clone())).map_err(refuse);
    };
    let at = |address: &dyn std::fmt::Display| match host == &address.to_string() {
        true => format!("at \"{host}\", port {}", target.port),
        false => format!("at \"{host}\" ({address}), port {}", target.port),
    };
    match process.connect(host, target.port).await {
        Ok(connection) => {
            let address = process.resolve(host).ok().and_then(|addresses| addresses.first().copied());
            let place = address.map_or_else(|| format!("at \"{host}\""), |address| at(&address));
            Ok((connection, place))
        }
        Err(ConnectError::Name(error)) => {
            let reason = match error {
                NameError::Unknown => "Name or service not known",
                NameError::NoServer => "Temporary failure in name resolution",
            };
            Err(Refusal::NoAnswer(format!("could not translate host name \"{host}\" to address: {reason}\n")))
        }
        Err(ConnectError::Failed(address, error)) => {
            let question = "Is the server running on that host and accepting TCP/IP connections?";
            let place = at(&address);
            Err(Refusal::NoAnswer(format!("connection to server {place} failed: {error}\n\t{question}\n")))
        }
    }
}

impl Session {
    /// Sends one statement; the error is the server's text.
    pub async fn query(&self, sql: &str) -> Result<Answer, String> {
        let reply = self.send(sql).await;
        match reply.error {
            Some(error) => Err(error),
            None => Ok(reply.answers.into_iter().next_back().unwrap_or_default()),
        }
    }

    /// Sends a message of one or several statements.
    pub async fn send(&self, sql: &str) -> Reply {
        self.exchange(&json!({ "sql": sql }), sql).await
    }

    /// Sends the lines that COPY FROM STDIN waits for.
    pub async fn send_lines(&self, lines: &str) -> Reply {
        self.exchange(&json!({ "lines": lines }), "").await
    }

    async fn exchange(&self, message: &Value, sent: &str) -> Reply {
        let Some(value) = wire::ask(&self.0, message).await else {
            let lost = "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.";
            return Reply { answers: Vec::new(), error: Some(lost.to_string()) };
        };
        let answers = list(&value["results"]).iter().map(answer).collect();
        Reply { answers, error: Report::from_json(&value["error"]).map(|report| report.shown(sent)) }
    }

    /// All there is, for a dump and for lists.
    pub async fn describe(&self) -> Result<Cluster, String> {
        let lost = "server closed the connection unexpectedly";
        let value = wire::ask(&self.0, &json!({ "describe": true })).await.ok_or(lost)?;
        if let Some(report) = Report::from_json(&value["error"]) {
            return Err(report.shown(""));
        }
        serde_json::from_value(value["cluster"].clone()).map_err(|_| lost.to_string())
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn answer(value: &Value) -> Answer {
    let text = |value: &Value| value.as_str().map(str::to_string);
    let is_true = |value: &Value| value == &json!(true);
    Answer {
        tag: text(&value["tag"]).unwrap_or_default(),
        has_rows: is_true(&value["has_rows"]),
        columns: list(&value["columns"]).iter().filter_map(text).collect(),
        rows: list(&value["rows"]).iter().map(|row| list(row).iter().map(text).collect()).collect(),
        numeric: list(&value["numeric"]).iter().map(is_true).collect(),
        notices: list(&value["notices"]).iter().filter_map(text).collect(),
        wants_lines: is_true(&value["copy_in"]),
        lines: text(&value["copy_out"]),
    }
}
