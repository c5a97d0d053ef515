//! The program `mongod`: its start, its log, who may do what, its replica set, its end.
//!
//! Sources: MongoDB 7's log as the official image shows it (numbers and texts of its lines); its manual for options, exit codes and replica
//! sets. Durations are typical of a laptop: first boot 1 to 3 s, later ones 0.5 to 2 s, an end 0.1 to 1 s. Simplified: a member
//! becomes primary at once, and the first member is the primary for ever; what it writes is passed on to the others as it is.

use super::DATA;
use super::commands::{self, Context, WRITES, done};
use super::query::Failure;
use super::store::Store;
use super::value::Value;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::clock::Date;
use crate::image::programs::daemon::{read_json, write_json};
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::programs::wire;
use crate::kernel::files::FileLock;
use crate::kernel::{Connection, Errno, ExitCode, Process, Signal};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// From the start to the first line of the log.
const LAUNCH: Duration = Duration::from_millis(100);
/// WiredTiger makes its files, or opens them.
const MAKE: Duration = Duration::from_millis(900);
const OPEN: Duration = Duration::from_millis(600);
/// From there to the first connection.
const LISTEN: Duration = Duration::from_millis(100);
/// Reading the journal after a crash.
const RECOVER: Duration = Duration::from_millis(300);
/// From SIGTERM to the end.
const SHUT: Duration = Duration::from_millis(120);

/// Commands that need no login.
const OPEN_TO_ALL: [&str; 5] = ["ping", "hello", "isMaster", "buildInfo", "authenticate"];

/// What a server is.
pub struct Server {
    pub(super) process: Process,
    pub(super) port: u16,
    pub(super) store: RefCell<Store>,
    /// The name of `--replSet`.
    pub(super) set: Option<String>,
    needs_login: bool,
    ids: Cell<u64>,
    only_loopback: bool,
    data: String,
    /// Keeps other servers out of its data path.
    lock: RefCell<Option<FileLock>>,
}

/// Who is at the other end of a connection.
#[derive(Default)]
struct Client {
    user: Option<(String, String)>,
}

/// The program.
pub async fn mongod(process: Process) -> ExitCode {
    let options = ["port", "dbpath", "bind_ip", "replSet", "keyFile", "config", "f", "logpath", "pidfilepath"];
    let arguments = Arguments::parse(&process.args(), &options);
    if arguments.has(&["version"]) {
        process.print("db version v7.0.25\n").await;
        return ExitCode::SUCCESS;
    }
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    let value = |name: &str| arguments.value(&[name]).map(str::to_string);
    let needs_login = arguments.has(&["auth"]) || value("keyFile").is_some();
    if value("replSet").is_some() && needs_login && value("keyFile").is_none() {
        let text = "BadValue: security.keyFile is required when authorization is enabled with replica sets\ntry 'mongod --help' for more information\n";
        process.complain(text).await;
        return ExitCode(2);
    }
    let server = Server {
        port: value("port").and_then(|port| port.parse().ok()).unwrap_or(27017),
        set: value("replSet").map(|name| name.split('/').next().unwrap_or(&name).to_string()),
        needs_login,
        store: RefCell::default(),
        ids: Cell::new(0),
        lock: RefCell::default(),
        only_loopback: value("bind_ip").is_some_and(|bind| bind == "127.0.0.1" || bind == "localhost"),
        data: value("dbpath").unwrap_or_else(|| DATA.to_string()),
        process,
    };
    if let Some(path) = value("keyFile")
        && let Err(text) = server.check_key(&path)
    {
        let error = json!({ "error": { "code": 30, "codeName": "InvalidPath", "errmsg": text } });
        server.log("I", "ACCESS", 20254, "main", "Read security file failed", error).await;
        return ExitCode::FAILURE;
    }
    Rc::new(server).live().await
}

impl Server {
    /// A line of the log.
    pub(super) async fn log(
        &self,
        severity: &str,
        part: &str,
        number: u32,
        context: &str,
        text: &str,
        attributes: serde_json::Value,
    ) {
        let date = Date::now(&self.process).millis().replace(' ', "T");
        let (severity, part) = (format!("\"{severity}\","), format!("\"{part}\","));
        let attributes = if attributes.is_null() { String::new() } else { format!(",\"attr\":{attributes}") };
        let number = format!("{number},");
        let line = format!(
            "{{\"t\":{{\"$date\":\"{date}+00:00\"}},\"s\":{severity:<5} \"c\":{part:<11} \"id\":{number:<9}\"ctx\":\"{context}\",\"msg\":\"{text}\"{attributes}}}\n"
        );
        self.process.print(line).await;
    }

    /// A key that others can read is none (manual: "Keyfile Security").
    fn check_key(&self, path: &str) -> Result<(), String> {
        let stat =
            self.process.stat(path).map_err(|_| format!("Error opening file: {path}: No such file or directory"))?;
        self.process.read_file(path).map_err(|error| format!("Error opening file: {path}: {error}"))?;
        match stat.mode & 0o077 {
            0 => Ok(()),
            _ => Err(format!("permissions on {path} are too open")),
        }
    }

    async fn live(self: Rc<Self>) -> ExitCode {
        if let Err(code) = self.boot().await {
            return code;
        }
        let listener = match self.process.listen(self.port) {
            Ok(listener) => listener,
            Err(_) => {
                let error = json!({ "error": format!("Address already in use [0.0.0.0:{}]", self.port) });
                self.log("E", "CONTROL", 20568, "initandlisten", "Error setting up listener", error).await;
                return ExitCode(48);
            }
        };
        let bound = if self.only_loopback { "127.0.0.1" } else { "0.0.0.0" };
        self.log("I", "NETWORK", 23015, "listener", "Listening on", json!({ "address": bound })).await;
        let attributes = json!({ "port": self.port, "ssl": "off" });
        self.log("I", "NETWORK", 23016, "listener", "Waiting for connections", attributes).await;
        let server = self.clone();
        let handler = move |_: u16, connection: Connection| -> Handling {
            let server = server.clone();
            Box::pin(async move {
                if !server.only_loopback || connection.peer().is_loopback() {
                    server.talk(connection).await;
                }
            })
        };
        let signal = serve(&self.process, &[&listener], &mut Crowd::default(), &handler).await;
        drop(listener);
        self.shut(signal).await
    }

    /// What stops the start; the exit code of that.
    async fn gives_up(&self, text: &str) -> ExitCode {
        let (message, error) = ("DBException in initAndListen, terminating", json!({ "error": text }));
        self.log("E", "CONTROL", 20557, "initandlisten", message, error).await;
        ExitCode(100)
    }

    /// From the start until the data are there.
    async fn boot(&self) -> Result<(), ExitCode> {
        self.process.sleep(LAUNCH).await;
        let host = self.process.hostname();
        let started = json!({ "pid": self.process.pid(), "port": self.port, "dbPath": self.data, "architecture": "64-bit", "host": &*host });
        self.log("I", "CONTROL", 4615611, "initandlisten", "MongoDB starting", started).await;
        let lock = format!("{}/mongod.lock", self.data);
        let is_first = self.process.stat(&format!("{}/WiredTiger", self.data)).is_err();
        let made = self.process.make_folders(&self.data);
        if self
            .process
            .lock_file(&lock)
            .map(|held| self.lock.replace(Some(held)))
            .is_err_and(|error| error == Errno::Eagain)
        {
            let text = format!(
                "DBPathInUse: Unable to lock the lock file: {lock} (Resource temporarily unavailable). Another mongod instance is already running on the {} directory",
                self.data
            );
            return Err(self.gives_up(&text).await);
        }
        let was_killed = self.process.read_file(&lock).is_ok_and(|bytes| !bytes.is_empty());
        if was_killed {
            let text = "Detected unclean shutdown - Lock file is not empty";
            self.log("W", "STORAGE", 22271, "initandlisten", text, json!({ "lockFile": lock })).await;
            self.process.sleep(RECOVER).await;
        }
        let written = match made {
            Ok(()) => self.process.write_file(&lock, format!("{}\n", self.process.pid()).as_bytes()).await,
            failed => failed,
        };
        if let Err(error) = written {
            let text = format!(
                "IllegalOperation: Attempted to create a lock file on a read-only directory: {} - {error}",
                self.data
            );
            return Err(self.gives_up(&text).await);
        }
        self.process.sleep(if is_first { MAKE } else { OPEN }).await;
        let opened = if is_first { MAKE } else { OPEN };
        let attributes = json!({ "durationMillis": opened.as_millis() as u64 });
        self.log("I", "STORAGE", 4795906, "initandlisten", "WiredTiger opened", attributes).await;
        if !self.needs_login {
            let text = "Access control is not enabled for the database. Read and write access to data and configuration is unrestricted";
            self.log("W", "CONTROL", 22120, "initandlisten", text, json!({ "tags": ["startupWarnings"] })).await;
        }
        *self.store.borrow_mut() = Store::from_json(&read_json(&self.process, &self.file()));
        if is_first {
            let attributes = json!({ "namespace": "admin.system.version", "options": {} });
            self.log("I", "STORAGE", 20320, "initandlisten", "createCollection", attributes).await;
            let marked = self.process.write_file(&format!("{}/WiredTiger", self.data), b"WiredTiger\n").await;
            if marked.is_err() || self.keep().await.is_err() {
                return Err(ExitCode(100));
            }
        }
        self.process.sleep(LISTEN).await;
        match self.process.has_signal() {
            true => Err(self.shut(self.process.take_signal().unwrap_or(Signal::TERM)).await),
            false => Ok(()),
        }
    }

    fn file(&self) -> String {
        format!("{}/collections.json", self.data)
    }

    /// Writes everything down. The journal is on the disk a tenth of a second after a write at the latest; here it is at once.
    pub(super) async fn keep(&self) -> Result<(), String> {
        let json = self.store.borrow().to_json();
        write_json(&self.process, &self.file(), &json).await?;
        let count = self.store.borrow().count();
        self.process.summarise(&self.data, &format!("{count} documents"));
        Ok(())
    }

    async fn shut(&self, signal: Signal) -> ExitCode {
        let words = if signal == Signal::INT { "Interrupt" } else { "Terminated" };
        let attributes = json!({ "signal": signal.number(), "error": words });
        self.log("I", "CONTROL", 23377, "SignalHandler", "Received signal", attributes).await;
        self.process.sleep(SHUT).await;
        // What cannot be emptied is taken for the trace of a crash at the next start, as it is.
        let _ = self.process.write_file(&format!("{}/mongod.lock", self.data), b"").await;
        self.log("I", "CONTROL", 20565, "SignalHandler", "Now exiting", serde_json::Value::Null).await;
        self.log("I", "CONTROL", 23138, "SignalHandler", "Shutting down", json!({ "exitCode": 0 })).await;
        ExitCode::SUCCESS
    }

    async fn talk(&self, connection: Connection) {
        let mut client = Client::default();
        while let Some(request) = wire::receive(&connection).await {
            let database = request["database"].as_str().unwrap_or("test").to_string();
            let command = Value::from_json(&request["command"]);
            let replicated = request["replicated"].as_bool().unwrap_or_default();
            let answer = match self.carry_out(&mut client, &database, &command, replicated).await {
                Ok(answer) => json!({ "answer": answer.to_json() }),
                Err((name, text)) => json!({ "error": { "name": name, "text": text } }),
            };
            if wire::send(&connection, &answer).await.is_err() {
                return;
            }
        }
    }

    async fn carry_out(
        &self,
        client: &mut Client,
        database: &str,
        command: &Value,
        replicated: bool,
    ) -> Result<Value, Failure> {
        let name = command.fields().first().map_or("", |(name, _)| name).to_string();
        if name == "authenticate" {
            return self.login(client, command);
        }
        let is_free = OPEN_TO_ALL.contains(&name.as_str()) || replicated || self.may_make_the_first_user(&name);
        if self.needs_login && client.user.is_none() && !is_free {
            return Err(("Unauthorized", format!("Command {name} requires authentication")));
        }
        if let Some((user, of)) = &client.user
            && !is_free
            && !self.may(user, of, database, &name)
        {
            let shown = format!("{{ {name}: \"{}\" … }}", command.get(&name).map_or("", Value::as_text));
            return Err(("Unauthorized", format!("not authorized on {database} to execute command {shown}")));
        }
        match name.as_str() {
            "ping" => Ok(done(&[])),
            "hello" | "isMaster" => Ok(self.hello()),
            "buildInfo" => Ok(done(&[("version", Value::text(super::version(&self.process)))])),
            "serverStatus" => Ok(done(&[
                ("host", Value::text(&*self.process.hostname())),
                ("version", Value::text(super::version(&self.process))),
            ])),
            "connectionStatus" | "endSessions" | "logout" => Ok(done(&[])),
            "shutdown" => {
                let _ = self.process.kill(i64::from(self.process.pid()), Some(Signal::TERM)).await;
                Ok(done(&[]))
            }
            "replSetInitiate" => self.initiate(command).await,
            "replSetGetStatus" => self.status(),
            "replSetGetConfig" => self.configuration(),
            "replSetJoin" => self.join(command).await,
            name => self.data_command(database, name, command, replicated).await,
        }
    }

    /// Without any user, the first one can be made from the machine itself ("Localhost Exception").
    fn may_make_the_first_user(&self, name: &str) -> bool {
        name == "createUser" && self.store.borrow().users.is_empty()
            || name == "replSetInitiate" && self.store.borrow().users.is_empty()
    }

    fn login(&self, client: &mut Client, command: &Value) -> Result<Value, Failure> {
        let text = |name: &str| command.get(name).map_or("", Value::as_text).to_string();
        let (user, password, database) = (text("user"), text("password"), text("database"));
        let store = self.store.borrow();
        let known = store
            .users
            .iter()
            .any(|known| known.name == user && known.password == password && known.database == database);
        if !known {
            return Err(("AuthenticationFailed", "Authentication failed.".into()));
        }
        client.user = Some((user, database));
        Ok(done(&[]))
    }

    /// What a user's roles allow: `read` and `readWrite` of a database, the roles for all databases, and `root`.
    fn may(&self, user: &str, of: &str, database: &str, command: &str) -> bool {
        let store = self.store.borrow();
        let Some(user) = store.users.iter().find(|known| known.name == user && known.database == of) else {
            return false;
        };
        let writes = WRITES.contains(&command);
        user.roles.iter().any(|(role, on)| match role.as_str() {
            "root" | "__system" | "dbOwner" if role != "dbOwner" || on == database => true,
            "readWriteAnyDatabase" => !command.contains("User"),
            "readAnyDatabase" | "clusterMonitor" => !writes,
            "readWrite" => on == database && !command.contains("User"),
            "read" => on == database && !writes,
            "dbAdmin" => on == database && !matches!(command, "find" | "insert" | "update" | "delete"),
            "userAdmin" | "userAdminAnyDatabase" => command.contains("User") || command == "usersInfo",
            "clusterAdmin" => command.starts_with("replSet"),
            _ => false,
        })
    }

    fn is_primary(&self) -> bool {
        let store = self.store.borrow();
        self.set.is_none() || store.replica_set.as_ref().is_some_and(|set| set.own == set.primary)
    }

    fn hello(&self) -> Value {
        let is_primary = self.is_primary();
        let mut answer =
            Value::object(&[("isWritablePrimary", Value::Bool(is_primary)), ("ismaster", Value::Bool(is_primary))]);
        if let Some(set) = &self.store.borrow().replica_set {
            answer.set("secondary", Value::Bool(!is_primary));
            answer.set("setName", Value::text(set.name.clone()));
            answer.set("hosts", Value::Array(set.members.iter().map(|member| Value::text(member.clone())).collect()));
            answer.set("primary", Value::text(set.members[set.primary].clone()));
            answer.set("me", Value::text(set.members[set.own].clone()));
        }
        answer.set("ok", Value::Number(1.0));
        answer
    }

    async fn data_command(
        &self,
        database: &str,
        name: &str,
        command: &Value,
        replicated: bool,
    ) -> Result<Value, Failure> {
        let writes = WRITES.contains(&name)
            || name == "aggregate"
                && command
                    .get("pipeline")
                    .is_some_and(|all| all.items().iter().any(|stage| stage.get("$out").is_some()));
        let has_set = self.store.borrow().replica_set.is_some();
        if writes && !self.is_primary() && !replicated {
            return Err(("NotWritablePrimary", "not primary".into()));
        }
        if self.set.is_some() && !has_set {
            return Err(("NotPrimaryOrSecondary", "node is not in primary or recovering state".into()));
        }
        let before = writes.then(|| self.store.borrow().clone());
        let answer = {
            let new_id = || self.new_id();
            let now = self.process.kernel().wall_clock().as_millis() as i64;
            let mut store = self.store.borrow_mut();
            commands::run(&mut Context { store: &mut store, database, now, new_id: &new_id }, command)
        };
        let Some(before) = before.filter(|before| *before != *self.store.borrow()) else { return answer };
        if let Err(error) = self.keep().await {
            *self.store.borrow_mut() = before;
            return Err(("OutOfDiskSpace", error));
        }
        if !replicated {
            self.pass_on().await;
        }
        answer
    }

    /// 24 hexadecimal digits, the first eight of which are the time.
    fn new_id(&self) -> String {
        let number = self.ids.get() + 1;
        self.ids.set(number);
        let seconds = self.process.kernel().wall_clock().as_secs();
        format!("{seconds:08x}a1b2c3d4e5{number:06x}")
    }
}
