//! The server: who may begin a session, statements and their answers, the log.

use super::Version;
use super::storage::Storage;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::Handling;
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
    while let Some(request) = wire::receive(connection).await {
        session.clock = format!("{}+00", Date::now(&server.process).millis());
        let answer = match request["sql"].as_str() {
            Some(sql) => {
                server.process.sleep(STATEMENT).await;
                statement(server, pid, &session, sql).await
            }
            None => json!({ "database": server.cluster.borrow().databases.get(&session.database) }),
        };
        if wire::send(connection, &answer).await.is_err() {
            return;
        }
    }
}

async fn statement(server: &Rc<Server>, pid: u32, session: &Session, sql: &str) -> Value {
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
        Err(error) => return refuse(server, pid, sql, &error).await,
    };
    if !outcome.slept.is_zero() {
        server.process.sleep(outcome.slept).await;
    }
    if outcome.wrote {
        if let Err(error) = server.storage.tables().append(session, sql).await {
            server.cluster.replace(before);
            let text = format!("ERROR:  could not extend file \"base/16384/2619\": {error}");
            server.log(pid, &text).await;
            server.log(pid, "HINT:  Check free disk space.").await;
            return json!({ "error": format!("{text}\nHINT:  Check free disk space.") });
        }
        server.written.set(server.written.get() + 1);
        server.storage.summarise(&server.cluster.borrow());
    }
    let rows = outcome.rows.unwrap_or_default();
    let cell = |value: &sql::Value| match value {
        sql::Value::Null => Value::Null,
        value => Value::String(value.to_string()),
    };
    let cells: Vec<Vec<Value>> = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    json!({ "tag": outcome.tag, "columns": rows.columns, "rows": cells })
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
    let place = |name: &str| sql.to_lowercase().find(&name.to_lowercase());
    match error {
        SqlError::Syntax(near) if near.is_empty() => ("syntax error at end of input".to_string(), Some(sql.len())),
        SqlError::Syntax(near) => {
            (format!("syntax error, or more SQL than the simulation knows, at or near \"{near}\""), place(near))
        }
        SqlError::NoSuchTable(name) => (format!("relation \"{name}\" does not exist"), place(name)),
        SqlError::TableExists(name) => (format!("relation \"{name}\" already exists"), None),
        SqlError::NoSuchDatabase(name) => (format!("database \"{name}\" does not exist"), None),
        SqlError::DatabaseExists(name) => (format!("database \"{name}\" already exists"), None),
        SqlError::NoSuchColumn(name) => (format!("column \"{name}\" does not exist"), place(name)),
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
