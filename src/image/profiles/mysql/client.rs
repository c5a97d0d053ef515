//! What every client of MySQL and MariaDB does: find the server, begin a session, send statements.

use crate::image::programs::wire;
use crate::image::sql::Cluster;
use crate::kernel::network::NameError;
use crate::kernel::{ConnectError, Connection, Errno, Process};
use serde_json::{Value, json};

/// The Unix socket.
pub const SOCKET: &str = "/run/mysqld/mysqld.sock";

/// Where to, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host; the Unix socket without it, and for `localhost`.
    pub host: Option<String>,
    /// Port.
    pub port: u16,
    /// User.
    pub user: String,
    /// Password; empty for none.
    pub password: String,
    /// Database; empty for none.
    pub database: String,
    /// Whether the client is MariaDB's.
    pub is_mariadb: bool,
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody answers.
    NoAnswer(String),
    /// The server refuses.
    Denied(String),
}

impl Refusal {
    /// The client's text: `ERROR 2002 (HY000): …` or `ERROR 1045 (28000): …`.
    pub fn text(&self) -> &str {
        match self {
            Refusal::NoAnswer(text) | Refusal::Denied(text) => text,
        }
    }

    /// Its number and its text alone.
    pub fn parts(&self) -> (&str, &str) {
        let (head, text) = self.text().split_once(": ").unwrap_or(("", self.text()));
        (head.split(' ').nth(1).unwrap_or_default(), text)
    }
}

/// The answer to a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Whether it shows rows, even if there are none.
    pub has_rows: bool,
    /// Names of columns.
    pub columns: Vec<String>,
    /// Rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Which columns are numbers.
    pub numeric: Vec<bool>,
    /// How many rows it changed.
    pub affected: u64,
    /// How many warnings and notes it left.
    pub warnings: u64,
}

/// A server's error: number with state, and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// `1146 (42S02)`.
    pub number: String,
    /// The text.
    pub text: String,
}

/// A session.
pub struct Session {
    connection: Connection,
    /// Whether the server listens on a port; the temporary one of a first boot does not.
    pub has_port: bool,
}

/// Begins a session.
pub async fn connect(process: &Process, target: &Target) -> Result<Session, Refusal> {
    let host = target.host.as_deref().filter(|host| *host != "localhost");
    let connection = match host {
        None => process.connect_local(SOCKET).map_err(|error| {
            let number = if error == Errno::Enoent { 2 } else { 111 };
            Refusal::NoAnswer(format!(
                "ERROR 2002 (HY000): Can't connect to local server through socket '{SOCKET}' ({number})"
            ))
        })?,
        Some(host) => process
            .connect(host, target.port)
            .await
            .map_err(|error| Refusal::NoAnswer(no_answer(host, target.port, &error, target.is_mariadb)))?,
    };
    let hello = json!({ "user": target.user, "password": target.password, "database": target.database });
    let lost = || {
        Refusal::NoAnswer(
            "ERROR 2013 (HY000): Lost connection to server at 'handshake: reading initial communication packet'"
                .to_string(),
        )
    };
    let answer = wire::ask(&connection, &hello).await.ok_or_else(lost)?;
    match answer["error"].as_str() {
        Some(text) => Err(Refusal::Denied(text.to_string())),
        None => Ok(Session { connection, has_port: answer["has_port"] == json!(true) }),
    }
}

fn no_answer(host: &str, port: u16, error: &ConnectError, is_mariadb: bool) -> String {
    match error {
        ConnectError::Name(NameError::Unknown) => format!("ERROR 2005 (HY000): Unknown server host '{host}' (-2)"),
        ConnectError::Name(NameError::NoServer) => format!("ERROR 2005 (HY000): Unknown server host '{host}' (-3)"),
        // MariaDB's library names the state of the attempt, EINPROGRESS, whatever became of it.
        ConnectError::Failed(..) if is_mariadb => {
            format!("ERROR 2002 (HY000): Can't connect to server on '{host}' (115)")
        }
        ConnectError::Failed(..) => {
            format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' (111)")
        }
    }
}

impl Session {
    /// Sends a statement.
    pub async fn query(&self, sql: &str) -> Result<Answer, ServerError> {
        let lost = || ServerError {
            number: "2013 (HY000)".to_string(),
            text: "Lost connection to server during query".to_string(),
        };
        let value = wire::ask(&self.connection, &json!({ "sql": sql })).await.ok_or_else(lost)?;
        let text = |value: &Value| value.as_str().map(str::to_string);
        if let (Some(number), Some(text)) = (text(&value["error"]["number"]), text(&value["error"]["text"])) {
            return Err(ServerError { number, text });
        }
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        Ok(Answer {
            has_rows: value["has_rows"] == json!(true),
            columns: list(&value["columns"]).iter().filter_map(text).collect(),
            rows: list(&value["rows"]).iter().map(|row| list(row).iter().map(text).collect()).collect(),
            numeric: list(&value["numeric"]).iter().map(|value| value == &json!(true)).collect(),
            affected: value["affected"].as_u64().unwrap_or(0),
            warnings: value["warnings"].as_u64().unwrap_or(0),
        })
    }

    /// All there is, for a dump.
    pub async fn cluster(&self) -> Option<Cluster> {
        let value = wire::ask(&self.connection, &json!({ "dump": true })).await?;
        serde_json::from_value(value["cluster"].clone()).ok()
    }
}
