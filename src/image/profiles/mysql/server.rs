//! The server: loading, sessions, statements, the end.

use super::client::SOCKET;
use super::journal::{Found, Journal, Progress};
use super::{DATA, Product};
use crate::image::programs::arguments::Arguments;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, accept, handle_signals, serve};
use crate::image::programs::tables::TableFiles;
use crate::image::programs::transaction::{Control, Transaction};
use crate::image::programs::wire;
use crate::image::sql::{self, Cluster, Session, SqlError, execute};
use crate::kernel::sync::{Either, select};
use crate::kernel::{Connection, Errno, ExitCode, Listener, Process, Signal};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// A server.
pub struct Server {
    /// Its process.
    pub process: Process,
    /// Which server it is.
    pub product: Rc<Product>,
    /// Its files.
    pub files: TableFiles,
    /// Its data.
    pub cluster: RefCell<Cluster>,
    /// Its port; none for the temporary server.
    pub port: Option<u16>,
    /// How far its files had come when it started.
    pub progress: Cell<Progress>,
    /// Statements that changed something since.
    pub written: Cell<u64>,
}

/// The file of temporary tables: it is there while a server runs, and after one that was killed.
const TEMPORARY_TABLES: &str = "/var/lib/mysql/ibtmp1";

/// Users with their passwords, from the data path.
pub fn users(process: &Process) -> BTreeMap<String, String> {
    let bytes = process.read_file(&format!("{DATA}/mysql/global_priv.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The files of the tables.
pub fn files(process: &Process) -> TableFiles {
    let path = |name: &str| format!("{DATA}/{name}");
    TableFiles { process: process.clone(), tables: path("ibdata1"), log: path("ib_logfile0") }
}

/// The program `mysqld`.
pub async fn run(process: Process, product: Rc<Product>) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT, Signal::QUIT]);
    let arguments = Arguments::parse(&process.args(), &["port", "P", "user", "u", "bind-address"]);
    let port = arguments.value(&["port", "P"]).and_then(|port| port.parse().ok()).unwrap_or(3306);
    let server = match start(&process, &product, Some(port)).await {
        Ok(server) => server,
        Err(text) => {
            let journal = Journal { process: &process, product: &product };
            journal.error(&text).await;
            journal.error("Aborting").await;
            return ExitCode::FAILURE;
        }
    };
    let (server, listeners) = server;
    let mut crowd = Crowd::default();
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |_, connection| handle(&server, connection);
    serve(&process, &all, &mut crowd, &handler).await;
    drop(crowd);
    stop(&server).await;
    ExitCode::SUCCESS
}

/// Loads the data (after a crash: with the redo log) and listens.
pub async fn start(
    process: &Process,
    product: &Rc<Product>,
    port: Option<u16>,
) -> Result<(Rc<Server>, Vec<Listener>), String> {
    let journal = Journal { process, product };
    journal.begins(if port.is_some() { process.pid() } else { 99 }).await;
    let files = files(process);
    let (cluster, replayed) = files.load()?;
    let progress = progress(process);
    let crashed = process.stat(TEMPORARY_TABLES).is_ok();
    let found = Found { progress, replayed: replayed as u64, crashed, temporary: port.is_none() };
    journal.opens(found, product.pace().start).await;
    let progress = progress.after(replayed as u64);
    if replayed > 0 {
        files.checkpoint(&cluster).await.map_err(|error| format!("InnoDB: {error}"))?;
        write_progress(process, progress).await.map_err(|error| format!("InnoDB: {error}"))?;
    }
    process.write_file(TEMPORARY_TABLES, b"").await.map_err(|error| format!("InnoDB: {error}"))?;
    let mut listeners = Vec::new();
    if let Some(port) = port {
        listeners
            .push(process.listen(port).map_err(|error| format!("Can't start server: Bind on TCP/IP port: {error}"))?);
    }
    listeners.push(
        process.listen_local(SOCKET).map_err(|error| format!("Can't start server: Bind on unix socket: {error}"))?,
    );
    journal.ready(port).await;
    process.summarise(DATA, &cluster.summary());
    let server = Server {
        process: process.clone(),
        product: product.clone(),
        files,
        cluster: RefCell::new(cluster),
        port,
        progress: Cell::new(progress),
        written: Cell::new(0),
    };
    Ok((Rc::new(server), listeners))
}

/// How far the files had come at the last checkpoint.
fn progress(process: &Process) -> Progress {
    let bytes = process.read_file(&format!("{DATA}/aria_log_control")).unwrap_or_default();
    Progress::from_text(&String::from_utf8_lossy(&bytes)).unwrap_or(Progress::INITIAL)
}

/// Writes down how far they have come.
pub async fn write_progress(process: &Process, progress: Progress) -> Result<(), Errno> {
    process.write_file(&format!("{DATA}/aria_log_control"), progress.to_text().as_bytes()).await
}

/// Does `work` while connections are handled.
pub async fn serving<T>(server: &Rc<Server>, listeners: &[Listener], work: impl Future<Output = T>) -> T {
    let mut crowd = Crowd::default();
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |_, connection| handle(server, connection);
    let accepting = accept(&all, &mut crowd, &handler);
    match select(work, accepting).await {
        Either::Left(result) => result,
        Either::Right(never) => match never {},
    }
}

/// A normal shutdown: the tables are written, the redo log is empty.
pub async fn stop(server: &Server) {
    let (process, product) = (&server.process, &server.product);
    let journal = Journal { process, product };
    let is_temporary = server.port.is_none();
    journal.ends(is_temporary).await;
    process.sleep(product.pace().shutdown).await;
    let cluster = server.cluster.borrow().clone();
    let progress = match is_temporary {
        true => Progress::FIRST_BOOT,
        false => server.progress.get().after(server.written.get()),
    };
    let written = match server.files.checkpoint(&cluster).await {
        Ok(()) => write_progress(process, progress).await,
        failed => failed,
    };
    if let Err(error) = written {
        journal.error(&format!("InnoDB: Write to file ./ibdata1 failed: {error}")).await;
    }
    // The tables of temporary data go with the server; if they cannot be removed, the next start finds them.
    let _ = process.remove_file(TEMPORARY_TABLES);
    let shown = if is_temporary { progress } else { Progress { transaction: progress.transaction + 1, ..progress } };
    journal.ended(shown).await;
}

/// Handles a connection.
pub fn handle(server: &Rc<Server>, connection: Connection) -> Handling {
    let server = server.clone();
    Box::pin(async move {
        let Some(hello) = wire::receive(&connection).await else { return };
        let session = match admit(&server, &hello, &connection) {
            Ok(session) => session,
            Err(text) => {
                let _ = wire::send(&connection, &json!({ "error": text })).await;
                return;
            }
        };
        if wire::send(&connection, &json!({ "ok": true, "has_port": server.port.is_some() })).await.is_ok() {
            serve_session(&server, session, &connection).await;
        }
    })
}

fn admit(server: &Server, hello: &Value, connection: &Connection) -> Result<Session, String> {
    let field = |name: &str| hello[name].as_str().unwrap_or_default().to_string();
    let (user, password, database) = (field("user"), field("password"), field("database"));
    let known = users(&server.process).get(&user).cloned();
    // Within a first boot the temporary server has no root password yet; the entrypoint's own user is let in for probes.
    let is_probe = user == "healthcheck" && connection.peer().is_loopback();
    if !is_probe && known.as_ref() != Some(&password) {
        let from =
            if connection.peer().is_loopback() { "localhost".to_string() } else { connection.peer().to_string() };
        let given = if password.is_empty() { "NO" } else { "YES" };
        return Err(format!("ERROR 1045 (28000): Access denied for user '{user}'@'{from}' (using password: {given})"));
    }
    if !database.is_empty() && !server.cluster.borrow().databases.contains_key(&database) {
        return Err(format!("ERROR 1049 (42000): Unknown database '{database}'"));
    }
    Ok(Session { database, user, version: server.product.version(), clock: String::new() })
}

async fn serve_session(server: &Rc<Server>, mut session: Session, connection: &Connection) {
    let mut work = Transaction::default();
    while let Some(request) = wire::receive(connection).await {
        session.clock = Date::now(&server.process).plain();
        let answer = match request["sql"].as_str() {
            Some(sql) => {
                server.process.sleep(Duration::from_millis(2)).await;
                match Control::of(sql) {
                    Some(control) => steer(server, &mut work, control).await,
                    None => statement(server, &mut session, &mut work, sql).await,
                }
            }
            None => json!({ "database": server.cluster.borrow().databases.get(&session.database) }),
        };
        if wire::send(connection, &answer).await.is_err() {
            break;
        }
    }
    work.roll_back(&mut server.cluster.borrow_mut());
}

async fn steer(server: &Server, work: &mut Transaction, control: Control) -> Value {
    match control {
        Control::Begin => work.begin(&server.cluster.borrow()),
        Control::Rollback => work.roll_back(&mut server.cluster.borrow_mut()),
        Control::Commit => {
            if work.commit(&server.files).await.is_err() {
                return json!({ "error": "ERROR 1114 (HY000) at line 1: The table is full" });
            }
        }
    }
    json!({ "columns": [], "rows": [] })
}

async fn statement(server: &Rc<Server>, session: &mut Session, work: &mut Transaction, sql: &str) -> Value {
    let before = server.cluster.borrow().clone();
    let result = execute(&mut server.cluster.borrow_mut(), session, sql);
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => return json!({ "error": server_error(&error, &session.database) }),
    };
    if !outcome.slept.is_zero() {
        server.process.sleep(outcome.slept).await;
    }
    if let Some(database) = outcome.uses {
        session.database = database;
    }
    if outcome.wrote {
        if work.wrote(&server.files, session, sql).await.is_err() {
            server.cluster.replace(before);
            return json!({ "error": "ERROR 1114 (HY000) at line 1: The table is full" });
        }
        server.written.set(server.written.get() + 1);
        server.process.summarise(DATA, &server.cluster.borrow().summary());
    }
    let rows = outcome.rows.unwrap_or_default();
    let cell = |value: &sql::Value| match value {
        sql::Value::Null => Value::Null,
        sql::Value::Boolean(value) => Value::String(u8::from(*value).to_string()),
        value => Value::String(value.to_string()),
    };
    let cells: Vec<Vec<Value>> = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    json!({ "columns": rows.columns, "rows": cells })
}

/// MySQL's text for an error.
pub fn server_error(error: &SqlError, database: &str) -> String {
    let (number, text) = match error {
        SqlError::Syntax(near) => (
            "1064 (42000)",
            format!(
                "You have an error in your SQL syntax (or the simulation knows too little SQL); check the manual that corresponds to your server version for the right syntax to use near '{near}'"
            ),
        ),
        SqlError::NoSuchTable(_) if database.is_empty() => ("1046 (3D000)", "No database selected".to_string()),
        SqlError::NoSuchTable(name) => ("1146 (42S02)", format!("Table '{database}.{name}' doesn't exist")),
        SqlError::TableExists(name) => ("1050 (42S01)", format!("Table '{name}' already exists")),
        SqlError::NoSuchDatabase(name) if name.is_empty() => ("1046 (3D000)", "No database selected".to_string()),
        SqlError::NoSuchDatabase(name) => ("1049 (42000)", format!("Unknown database '{name}'")),
        SqlError::DatabaseExists(name) => ("1007 (HY000)", format!("Can't create database '{name}'; database exists")),
        SqlError::NoSuchColumn(name) => ("1054 (42S22)", format!("Unknown column '{name}' in 'field list'")),
        SqlError::ColumnExists { column, .. } => ("1060 (42S21)", format!("Duplicate column name '{column}'")),
        SqlError::NoSuchFunction(name) => ("1305 (42000)", format!("FUNCTION {database}.{name} does not exist")),
        SqlError::Duplicate { value, .. } => ("1062 (23000)", format!("Duplicate entry '{value}' for key 'PRIMARY'")),
        SqlError::DivisionByZero => ("1365 (22012)", "Division by 0".to_string()),
        SqlError::OutOfRange => ("1264 (22003)", "Out of range value".to_string()),
        SqlError::Unsupported(what) => ("1235 (42000)", format!("the simulation's SQL does not know {what}")),
    };
    format!("ERROR {number} at line 1: {text}")
}
