//! What every client of PostgreSQL does: find the server, begin a session, send statements.

use super::boot::SOCKET;
use crate::image::programs::wire;
use crate::image::sql::Database;
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
    /// Names of columns.
    pub columns: Vec<String>,
    /// Rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Which columns are numbers.
    pub numeric: Vec<bool>,
}

/// What a server tells about its databases.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// The session's database.
    pub database: Database,
    /// Names of all databases.
    pub databases: Vec<String>,
    /// Names of all roles.
    pub roles: Vec<String>,
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
        let place = format!("on socket \"{SOCKET}\"");
        let question = "Is the server running locally and accepting connections on that socket?";
        let refuse =
            |error: Errno| Refusal::NoAnswer(format!("connection to server {place} failed: {error}\n\t{question}\n"));
        return process.connect_local(SOCKET).map(|connection| (connection, place.clone())).map_err(refuse);
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
    /// Sends a statement; the error is the server's text.
    pub async fn query(&self, sql: &str) -> Result<Answer, String> {
        let lost = "server closed the connection unexpectedly";
        let value = wire::ask(&self.0, &json!({ "sql": sql })).await.ok_or(lost)?;
        if let Some(error) = value["error"].as_str() {
            return Err(error.to_string());
        }
        let text = |value: &Value| value.as_str().map(str::to_string);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        Ok(Answer {
            tag: text(&value["tag"]).unwrap_or_default(),
            columns: list(&value["columns"]).iter().filter_map(text).collect(),
            rows: list(&value["rows"]).iter().map(|row| list(row).iter().map(text).collect()).collect(),
            numeric: list(&value["numeric"]).iter().map(|value| value == &json!(true)).collect(),
        })
    }

    /// What there is: the whole database for a dump, and the names of others.
    pub async fn describe(&self) -> Option<Described> {
        let value = wire::ask(&self.0, &json!({ "describe": true })).await?;
        let names = |value: &Value| serde_json::from_value(value.clone()).unwrap_or_default();
        Some(Described {
            database: serde_json::from_value(value["database"].clone()).ok()?,
            databases: names(&value["databases"]),
            roles: names(&value["roles"]),
        })
    }
}
