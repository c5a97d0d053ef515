//! The server: loading, sessions, statements, the end.

use super::client::SOCKET;
use super::journal::{Found, Journal, Progress};
use super::lock;
use super::words::words;
use super::{DATA, Product};
use crate::image::programs::arguments::Arguments;
use crate::image::programs::serve::{Crowd, Handling, accept, handle_signals, serve};
use crate::image::programs::tables::TableFiles;
use crate::image::programs::transaction::{Control, Failure, Job, Store, Transaction};
use crate::image::programs::wire;
use crate::image::sql::{self, Dialect, Kind, Problem, Session};
use crate::kernel::files::FileLock;
use crate::kernel::select::{Either, select};
use crate::kernel::{Connection, Errno, ExitCode, Listener, Process, Signal};
use serde_json::{Value, json};
use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// A server.
pub struct Server {
    /// Its process.
    pub process: Process,
    /// Which server it is.
    pub product: Rc<Product>,
    /// Its data.
    pub store: Store,
    /// Its port; none for the temporary server.
    pub port: Option<u16>,
    /// How far its files had come when it started.
    pub progress: Cell<Progress>,
    /// Keeps other servers out of its files.
    _lock: Option<FileLock>,
}

/// The file of temporary tables: it is there while a server runs, and after one that was killed.
const TEMPORARY_TABLES: &str = "/var/lib/mysql/ibtmp1";

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
        Err(failure) => {
            let journal = Journal { process: &process, product: &product };
            if let StartFailure::Because(text) = failure {
                journal.error(&text).await;
            }
            journal.error("Aborting").await;
            return ExitCode::FAILURE;
        }
    };
    let (server, listeners) = server;
    let mut crowd = Crowd::default();
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |port, connection| handle(&server, port, connection);
    serve(&process, &all, &mut crowd, &handler).await;
    drop(crowd);
    stop(&server).await;
    ExitCode::SUCCESS
}

/// Why a server does not start.
pub enum StartFailure {
    /// Another server has its files; all has been said.
    LockedOut,
    /// What is still to be said.
    Because(String),
}

impl From<String> for StartFailure {
    fn from(text: String) -> Self {
        Self::Because(text)
    }
}

impl From<lock::LockedOut> for StartFailure {
    fn from(_: lock::LockedOut) -> Self {
        Self::LockedOut
    }
}

/// Loads the data (after a crash: with the redo log) and listens.
pub async fn start(
    process: &Process,
    product: &Rc<Product>,
    port: Option<u16>,
) -> Result<(Rc<Server>, Vec<Listener>), StartFailure> {
    let journal = Journal { process, product };
    journal.begins(if port.is_some() { process.pid() } else { 99 }).await;
    let lock = lock::take(&journal).await?;
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
    let store = Store::new(files);
    store.replace(cluster);
    let server = Server {
        process: process.clone(),
        product: product.clone(),
        store,
        port,
        progress: Cell::new(progress),
        _lock: lock,
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
    let handler = |port, connection| handle(server, port, connection);
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
    let cluster = server.store.committed();
    let progress = match is_temporary {
        true => Progress::FIRST_BOOT,
        false => server.progress.get().after(server.store.written.get() as u64),
    };
    let written = match server.store.files.checkpoint(&cluster).await {
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
pub fn handle(server: &Rc<Server>, port: u16, connection: Connection) -> Handling {
    let server = server.clone();
    Box::pin(async move {
        let Some(hello) = wire::receive(&connection).await else { return };
        let session = match admit(&server, &hello, port, &connection) {
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

fn admit(server: &Server, hello: &Value, port: u16, connection: &Connection) -> Result<Session, String> {
    let field = |name: &str| hello[name].as_str().unwrap_or_default().to_string();
    let (user, password, database) = (field("user"), field("password"), field("database"));
    let cluster = server.store.committed();
    let known = cluster.roles.get(&user);
    // Within a first boot the temporary server has no root password yet; the entrypoint's own user is let in for probes.
    let is_probe = user == "healthcheck" && port == 0;
    if !is_probe && known.map(|role| role.password.clone().unwrap_or_default()) != Some(password.clone()) {
        // Names of hosts are not looked up (skip-name-resolve in the image's settings); the Unix socket is localhost.
        let from = if port == 0 { "localhost".to_string() } else { connection.peer().to_string() };
        let given = if password.is_empty() { "NO" } else { "YES" };
        return Err(format!("ERROR 1045 (28000): Access denied for user '{user}'@'{from}' (using password: {given})"));
    }
    let sees = known.is_none_or(|role| role.sees(&database));
    if !database.is_empty() && !sees {
        return Err(format!("ERROR 1044 (42000): Access denied for user '{user}'@'%' to database '{database}'"));
    }
    if !database.is_empty() && !cluster.databases.contains_key(&database) {
        return Err(format!("ERROR 1049 (42000): Unknown database '{database}'"));
    }
    Ok(Session { user: if is_probe { String::new() } else { user }, ..session(&server.product, &database) })
}

/// A session on a database, as nobody in particular.
pub fn session(product: &Product, database: &str) -> Session {
    let (number, port) = (product.version(), "3306".to_string());
    let settings = [
        ("version", number.clone()),
        ("port", port),
        ("max_connections", "151".to_string()),
        ("datadir", format!("{DATA}/")),
        ("socket", SOCKET.to_string()),
        ("autocommit", "ON".to_string()),
        ("character_set_server", "utf8mb4".to_string()),
        ("innodb_buffer_pool_size", "134217728".to_string()),
        ("time_zone", "SYSTEM".to_string()),
        ("tx_isolation", "REPEATABLE-READ".to_string()),
    ];
    Session {
        dialect: Dialect::MySql,
        database: database.to_string(),
        version: number,
        settings: settings.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
        ..Session::default()
    }
}

async fn serve_session(server: &Rc<Server>, mut session: Session, connection: &Connection) {
    let mut work = Transaction::default();
    while let Some(request) = wire::receive(connection).await {
        session.now = server.process.kernel().wall_clock().as_micros() as i64;
        let answer = match request["sql"].as_str() {
            Some(sql) => {
                server.process.sleep(Duration::from_millis(2)).await;
                match Control::of(sql) {
                    Some(control) => steer(server, &mut work, &control).await,
                    None => statement(server, &mut session, &mut work, sql).await,
                }
            }
            None => json!({ "cluster": server.store.committed() }),
        };
        if wire::send(connection, &answer).await.is_err() {
            break;
        }
    }
    server.store.roll_back(&mut work);
}

fn refused(number: &str, text: &str) -> Value {
    json!({ "error": { "number": number, "text": text } })
}

fn full() -> Value {
    refused("1114 (HY000)", "The table is full")
}

async fn steer(server: &Server, work: &mut Transaction, control: &Control) -> Value {
    match control {
        Control::Begin => {
            // A transaction that is open is committed first.
            if work.is_open() && server.store.commit(work).await.is_err() {
                return full();
            }
            server.store.begin(work);
        }
        Control::Rollback => server.store.roll_back(work),
        Control::Commit => {
            if work.is_open() && server.store.commit(work).await.is_err() {
                return full();
            }
        }
        Control::Savepoint(_) if !work.is_open() => {}
        control @ (Control::Savepoint(name) | Control::RollbackTo(name) | Control::Release(name)) => {
            if server.store.savepoint(work, control).is_none() {
                return refused("1305 (42000)", &format!("SAVEPOINT {name} does not exist"));
            }
        }
    }
    server.process.summarise(DATA, &server.store.committed().summary());
    json!({ "columns": [], "rows": [] })
}

/// Whether a statement ends a transaction before it begins: MySQL commits when tables are made or changed.
fn commits_first(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().to_lowercase();
    ["create", "alter", "drop", "truncate", "grant", "revoke", "rename"].contains(&first.as_str())
}

async fn statement(server: &Rc<Server>, session: &mut Session, work: &mut Transaction, sql: &str) -> Value {
    if work.is_open() && commits_first(sql) && server.store.commit(work).await.is_err() {
        return full();
    }
    let outcome = match server.store.run(session, work, Job::Statement(sql)).await {
        Ok(outcome) => outcome,
        Err(Failure::File(_)) => return full(),
        Err(Failure::Sql(error)) => {
            if error.problem == Problem::Deadlock {
                server.store.roll_back(work);
            }
            let (number, text) = words(&error, &server.product, &session.database);
            return refused(&number, &text);
        }
    };
    if let Some(database) = outcome.uses {
        session.database = database;
    }
    if let Some((name, value)) = outcome.sets {
        if name == "autocommit" && matches!(value.to_lowercase().as_str(), "0" | "off") {
            return refused("1235 (42000)", "the simulation's SQL does not know autocommit = 0");
        }
        session.settings.insert(name, value);
    }
    if !work.is_open() {
        server.process.summarise(DATA, &server.store.committed().summary());
    }
    let has_rows = outcome.rows.is_some();
    let rows = outcome.rows.unwrap_or_default();
    let cells: Vec<Vec<Value>> = rows
        .rows
        .iter()
        .map(|row| {
            let columns = rows.columns.iter().map(|(_, kind)| kind);
            row.iter().zip(columns).map(|(value, kind)| cell(value, kind)).collect()
        })
        .collect();
    let columns: Vec<&String> = rows.columns.iter().map(|(name, _)| name).collect();
    let numeric: Vec<bool> = rows.columns.iter().map(|(_, kind)| kind.is_number() || *kind == Kind::Boolean).collect();
    json!({
        "columns": columns, "rows": cells, "numeric": numeric, "has_rows": has_rows, "affected": outcome.affected,
        "warnings": outcome.notices.len(),
    })
}

fn cell(value: &sql::Value, _kind: &Kind) -> Value {
    match value {
        sql::Value::Null => Value::Null,
        value => Value::String(value.shown(Dialect::MySql)),
    }
}
