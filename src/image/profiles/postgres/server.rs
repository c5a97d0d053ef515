//! The server: who may begin a session, and the log.

use super::Version;
use super::session;
use super::storage::Storage;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::Handling;
use crate::image::programs::transaction::Store;
use crate::image::programs::wire;
use crate::image::sql::{Dialect, Session};
use crate::kernel::{Connection, Process};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

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
    pub store: Store,
    /// The number of its last child.
    pub last_pid: Cell<u32>,
    /// The number of its startup process.
    pub startup: Cell<u32>,
    /// Settings as SHOW knows them.
    pub settings: BTreeMap<String, String>,
    /// Databases of the sessions that are open, by the session's number.
    pub sessions: RefCell<BTreeMap<u32, String>>,
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
            Ok(begun) => {
                server.sessions.borrow_mut().insert(pid, begun.database.clone());
                session::serve(&server, pid, begun, &connection).await;
                server.sessions.borrow_mut().remove(&pid);
            }
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
    let cluster = server.store.committed();
    let known = cluster.roles.get(&user);
    if !is_local && !server.storage.trusts_hosts() {
        let asked = wire::ask(connection, &json!({ "password": true })).await.ok_or(None)?;
        let given = asked["password"].as_str().unwrap_or_default();
        if known.and_then(|role| role.password.as_deref()) != Some(given) {
            return Err(Some(refused_password(&user, known.map(|role| role.password.is_some()))));
        }
    }
    let Some(role) = known else {
        return Err(Some(Rejection::of(format!("FATAL:  role \"{user}\" does not exist"))));
    };
    if !role.login {
        return Err(Some(Rejection::of(format!("FATAL:  role \"{user}\" is not permitted to log in"))));
    }
    if !cluster.databases.contains_key(&database) {
        return Err(Some(Rejection::of(format!("FATAL:  database \"{database}\" does not exist"))));
    }
    wire::send(connection, &json!({ "ok": true })).await.map_err(|_| None)?;
    let (version, settings) = (server.version.banner(), server.settings.clone());
    Ok(Session { dialect: Dialect::Postgres, database, user, version, now: 0, settings })
}

/// What the log says beside depends on whether there is such a role, and whether it has a password.
fn refused_password(user: &str, has_password: Option<bool>) -> Rejection {
    let why = match has_password {
        None => format!("Role \"{user}\" does not exist.\n\t"),
        Some(false) => format!("User \"{user}\" does not have a valid SCRAM secret.\n\t"),
        Some(true) => String::new(),
    };
    // The line that the entrypoint adds to the file that initdb made.
    let matched = "Connection matched pg_hba.conf line 100: \"host all all all scram-sha-256\"";
    Rejection {
        fatal: format!("FATAL:  password authentication failed for user \"{user}\""),
        detail: format!("DETAIL:  {why}{matched}"),
    }
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
