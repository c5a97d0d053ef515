//! The server: who may begin a session, statements and their answers, the log.

use super::Version;
use super::storage::Storage;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::Handling;
use crate::image::programs::transaction::{Control, Transaction};
use crate::image::programs::wire;
use crate::image::sql::{self, Cluster, Session, SqlError, execute};
use crate::kernel::{Connection, Process};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// A simple statement from its arrival to its answer.
const STATEMENT: Duration = Duration::from_millis(2);

/// What the server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Recovering or loading.
    Starting,
    /// Accepting sessions.
    Running,
    /// Ending.
    ShuttingDown,
}

/// A server.
pub struct Server {
    /// Its process.
    pub process: Process,
    /// Its data path.
    pub storage: Storage,
    /// Its version.
    pub version: Version,
    /// The descriptor of its log: 2, or 1 for the temporary server of the first boot.
    pub log_to: u32,
    /// Its number in the log.
    pub pid: u32,
    /// What it is doing.
    pub phase: Cell<Phase>,
    /// Its data.
    pub cluster: RefCell<Cluster>,
    /// The number of its last child.
    pub last_pid: Cell<u32>,
    /// The number of its startup process.
    pub startup: Cell<u32>,
    /// Statements that changed something since the last checkpoint.
    pub written: Cell<usize>,
}

impl Server {
    /// Writes a log line of process `pid`.
    pub async fn log(&self, pid: u32, text: &str) {
        let line = format!("{} UTC [{pid}] {text}\n", Date::now(&self.process).millis());
        // A log that nobody reads is no reason to stop.
        let _ = self.process.write(self.log_to, line.as_bytes()).await;
    }

    /// The number of a new child.
    pub fn fork(&self) -> u32 {
        self.fork_after(0)
    }

    /// The number of a new child, after `others` that nobody hears of.
    pub fn fork_after(&self, others: u32) -> u32 {
        self.last_pid.set(self.last_pid.get() + others + 1);
        self.last_pid.get()
    }

    /// Whether it is the real server, not the temporary one of the first boot, which writes its log elsewhere.
    pub fn is_real(&self) -> bool {
        self.log_to == 2
    }
}

/// Handles a connection to `port`; 0 is the Unix socket.
pub fn handle(server: &Rc<Server>, port: u16, connection: Connection) -> Handling {
    let server = server.clone();
    Box::pin(async move {
        let Some(hello) = wire::receive(&connection).await else { return };
        let pid = server.fork();
        let is_local = port == 0 || connection.peer().is_loopback();
        match admit(&server, &hello, &connection, is_local).await {
            Ok(session) => serve_session(&server, pid, session, &connection).await,
            Err(Some(Rejection { fatal, detail })) => {
                server.log(pid, &fatal).await;
                if !detail.is_empty() {
                    server.log(pid, &detail).await;
                }
                let _ = wire::send(&connection, &json!({ "error": fatal })).await;
            }
            Err(None) => {}
        }
    })
}

/// Whether a session may begin; otherwise the FATAL line, or `None` for a client that went away.
async fn admit(
    server: &Server,
    hello: &Value,
    connection: &Connection,
    is_local: bool,
) -> Result<Session, Option<Rejection>> {
    let field = |name: &str| hello[name].as_str().unwrap_or_default().to_string();
    let (user, database) = (field("user"), field("database"));
    match server.phase.get() {
        Phase::Starting => return Err(Some(Rejection::of("FATAL:  the database system is starting up".to_string()))),
        Phase::ShuttingDown => {
            return Err(Some(Rejection::of("FATAL:  the database system is shutting down".to_string())));
        }
        Phase::Running => {}
    }
    let known = server.storage.roles().get(&user).cloned();
    if !is_local && !server.storage.trusts_hosts() {
        let asked = wire::ask(connection, &json!({ "password": true })).await.ok_or(None)?;
        let given = asked["password"].as_str().unwrap_or_default().to_string();
        if known.as_ref().is_none_or(|password| *password != given) {
            let missing = if known.is_none() { format!("Role \"{user}\" does not exist.\n\t") } else { String::new() };
            let matched = "Connection matched pg_hba.conf line 100: \"host all all all scram-sha-256\"";
            let detail = format!("DETAIL:  {missing}{matched}");
            return Err(Some(Rejection {
                fatal: format!("FATAL:  password authentication failed for user \"{user}\""),
                detail,
            }));
        }
    }
    if known.is_none() {
        return Err(Some(Rejection::of(format!("FATAL:  role \"{user}\" does not exist"))));
    }
    if !server.cluster.borrow().databases.contains_key(&database) {
        return Err(Some(Rejection::of(format!("FATAL:  database \"{database}\" does not exist"))));
    }
    wire::send(connection, &json!({ "ok": true })).await.map_err(|_| None)?;
    Ok(Session { database, user, version: server.version.banner(), clock: String::new() })
}

/// Why a session may not begin: what the client is told, and what the log says beside.
struct Rejection {
    fatal: String,
    detail: String,
}

impl Rejection {
    fn of(fatal: impl Into<String>) -> Self {
        Self { fatal: fatal.into(), detail: String::new() }
    }
}

async fn serve_session(server: &Rc<Server>, pid: u32, mut session: Session, connection: &Connection) {
    let mut work = Transaction::default();
    while let Some(request) = wire::receive(connection).await {
        session.clock = format!("{}+00", Date::now(&server.process).millis());
        let answer = match request["sql"].as_str() {
            Some(sql) => {
                server.process.sleep(STATEMENT).await;
                one(server, pid, &session, &mut work, sql).await
            }
            None => describe(server, &session),
        };
        if wire::send(connection, &answer).await.is_err() {
            break;
        }
    }
    work.roll_back(&mut server.cluster.borrow_mut());
}

/// What the backslash commands of psql and `pg_dump` ask for.
fn describe(server: &Server, session: &Session) -> Value {
    let cluster = server.cluster.borrow();
    let names: Vec<&String> = cluster.databases.keys().collect();
    let roles: Vec<String> = server.storage.roles().into_keys().collect();
    json!({ "database": cluster.databases.get(&session.database), "databases": names, "roles": roles })
}

async fn one(server: &Rc<Server>, pid: u32, session: &Session, work: &mut Transaction, sql: &str) -> Value {
    if let Some(control) = Control::of(sql) {
        return steer(server, work, control, sql).await;
    }
    if work.has_failed() {
        let error = "current transaction is aborted, commands ignored until end of transaction block";
        server.log(pid, &format!("ERROR:  {error}")).await;
        server.log(pid, &format!("STATEMENT:  {sql}")).await;
        return json!({ "error": format!("ERROR:  {error}") });
    }
    let answer = match setting(server, sql) {
        Some(answer) => answer,
        None => statement(server, pid, session, work, sql).await,
    };
    if answer["error"].is_string() {
        work.fail();
    }
    answer
}

async fn steer(server: &Server, work: &mut Transaction, control: Control, sql: &str) -> Value {
    let outcome = match control {
        Control::Begin => {
            work.begin(&server.cluster.borrow());
            let starts = sql.to_lowercase().starts_with("start");
            return json!({ "tag": if starts { "START TRANSACTION" } else { "BEGIN" }, "columns": [], "rows": [] });
        }
        Control::Commit if !work.has_failed() => {
            let committed = work.commit(&server.storage.tables()).await;
            committed.map(|()| "COMMIT").map_err(|error| format!("ERROR:  could not write to file: {error}"))
        }
        Control::Commit | Control::Rollback => {
            work.roll_back(&mut server.cluster.borrow_mut());
            Ok("ROLLBACK")
        }
    };
    server.storage.summarise(&server.cluster.borrow());
    match outcome {
        Ok(tag) => json!({ "tag": tag, "columns": [], "rows": [] }),
        Err(error) => json!({ "error": error }),
    }
}

/// `SHOW`: a setting of the server.
fn setting(server: &Server, sql: &str) -> Option<Value> {
    let name = sql.trim().to_lowercase();
    let name = name.strip_prefix("show ")?.trim();
    let value = match name {
        "server_version" => server.version.build(),
        "max_connections" => "100".to_string(),
        "shared_buffers" => "128MB".to_string(),
        "data_directory" => server.storage.folder().to_string(),
        "port" => "5432".to_string(),
        "timezone" => "Etc/UTC".to_string(),
        "listen_addresses" => "*".to_string(),
        _ => return Some(json!({ "error": format!("ERROR:  unrecognized configuration parameter \"{name}\"") })),
    };
    Some(json!({ "tag": "SHOW", "columns": [name], "rows": [[value]], "numeric": [false] }))
}

async fn statement(server: &Rc<Server>, pid: u32, session: &Session, work: &mut Transaction, sql: &str) -> Value {
    if let Some((user, password)) = role(sql) {
        let mut roles = server.storage.roles();
        roles.insert(user, password);
        if let Err(error) = server.storage.write_roles(&roles).await {
            return json!({ "error": format!("ERROR:  could not write file \"global/pg_authid\": {error}") });
        }
    }
    let before = server.cluster.borrow().clone();
    let result = execute(&mut server.cluster.borrow_mut(), session, sql);
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => {
            // What a statement did before it failed is taken back.
            server.cluster.replace(before);
            return refuse(server, pid, sql, &error).await;
        }
    };
    if !outcome.slept.is_zero() {
        server.process.sleep(outcome.slept).await;
    }
    if outcome.wrote {
        if let Err(error) = work.wrote(&server.storage.tables(), session, sql).await {
            server.cluster.replace(before);
            let text = format!("ERROR:  could not extend file \"base/16384/2619\": {error}");
            server.log(pid, &text).await;
            server.log(pid, "HINT:  Check free disk space.").await;
            return json!({ "error": format!("{text}\nHINT:  Check free disk space.") });
        }
        server.written.set(server.written.get() + 1);
        if !work.is_open() {
            server.storage.summarise(&server.cluster.borrow());
        }
    }
    shown(&outcome.tag, &outcome.rows.unwrap_or_default())
}

/// A result, and which of its columns are numbers.
fn shown(tag: &str, rows: &sql::Rows) -> Value {
    let cell = |value: &sql::Value| match value {
        sql::Value::Null => Value::Null,
        value => Value::String(value.to_string()),
    };
    let cells: Vec<Vec<Value>> = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let is_number = |value: &sql::Value| matches!(value, sql::Value::Integer(_) | sql::Value::Real(_));
    let numeric = |at: usize| {
        let mut values = rows.rows.iter().filter_map(|row| row.get(at)).filter(|value| **value != sql::Value::Null);
        values.clone().next().is_some() && values.all(is_number)
    };
    let numeric: Vec<bool> = (0..rows.columns.len()).map(numeric).collect();
    json!({ "tag": tag, "columns": rows.columns, "rows": cells, "numeric": numeric })
}

async fn refuse(server: &Server, pid: u32, sql: &str, error: &SqlError) -> Value {
    let (text, place) = words(sql, error);
    let at = place.map_or(String::new(), |at| format!(" at character {}", at + 1));
    server.log(pid, &format!("ERROR:  {text}{at}")).await;
    server.log(pid, &format!("STATEMENT:  {sql}")).await;
    let first_line = sql.lines().next().unwrap_or("");
    let pointer = match place.filter(|at| *at <= first_line.len()) {
        Some(at) => format!("\nLINE 1: {first_line}\n{}^", " ".repeat("LINE 1: ".len() + at)),
        None => String::new(),
    };
    json!({ "error": format!("ERROR:  {text}{pointer}") })
}

/// PostgreSQL's text, and the place in the statement it points at.
fn words(sql: &str, error: &SqlError) -> (String, Option<usize>) {
    let place = |name: &str| place_of(sql, name);
    match error {
        SqlError::Syntax(near) if near.is_empty() => ("syntax error at end of input".to_string(), Some(sql.len())),
        SqlError::Syntax(near) => {
            let known = ["select", "insert", "update", "delete", "create", "drop", "alter", "truncate", "with", "copy"];
            let begins = sql.split_whitespace().next().unwrap_or_default().to_lowercase();
            // Of a statement that is none, the text is PostgreSQL's; of others nobody knows whether it is an error.
            let doubt = if known.contains(&begins.as_str()) { " (or the simulation knows too little SQL)" } else { "" };
            (format!("syntax error at or near \"{near}\"{doubt}"), place(near))
        }
        SqlError::NoSuchTable(name) => (format!("relation \"{name}\" does not exist"), place(name)),
        SqlError::TableExists(name) => (format!("relation \"{name}\" already exists"), None),
        SqlError::NoSuchDatabase(name) => (format!("database \"{name}\" does not exist"), None),
        SqlError::DatabaseExists(name) => (format!("database \"{name}\" already exists"), None),
        SqlError::NoSuchColumn(name) => (format!("column \"{name}\" does not exist"), place(name)),
        SqlError::ColumnExists { table, column } => {
            (format!("column \"{column}\" of relation \"{table}\" already exists"), None)
        }
        SqlError::NoSuchFunction(name) => (format!("function {name}() does not exist"), place(name)),
        SqlError::Duplicate { table, column, value } => {
            let constraint = format!("duplicate key value violates unique constraint \"{table}_pkey\"");
            (format!("{constraint}\nDETAIL:  Key ({column})=({value}) already exists."), None)
        }
        SqlError::DivisionByZero => ("division by zero".to_string(), None),
        SqlError::OutOfRange => ("integer out of range".to_string(), None),
        SqlError::Unsupported(what) => (format!("the simulation's SQL does not know {what}"), None),
    }
}

/// Where a word of a statement begins.
fn place_of(sql: &str, name: &str) -> Option<usize> {
    let (text, name) = (sql.to_lowercase(), name.to_lowercase());
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |at: &usize| {
        !text[..*at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part) || !name.starts_with(is_part)
    };
    text.match_indices(name.as_str()).map(|(at, _)| at).find(whole)
}

/// `CREATE USER x … PASSWORD 'y'` or `ALTER USER x … PASSWORD 'y'`: the role and its password.
fn role(sql: &str) -> Option<(String, String)> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let lower = |at: usize| words.get(at).map(|word| word.to_lowercase()).unwrap_or_default();
    if !matches!(lower(0).as_str(), "create" | "alter") || !matches!(lower(1).as_str(), "user" | "role") {
        return None;
    }
    let name = words.get(2)?.trim_matches(['"', ';']).to_string();
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("password"));
    let password = at.and_then(|at| words.get(at + 1)).copied().unwrap_or("");
    Some((name, password.trim_matches(['\'', ';']).to_string()))
}
