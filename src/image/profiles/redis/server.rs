//! The server: settings, loading, commands, saving, the end.

use super::Product;
use super::info::{self, Facts};
use super::keys::Databases;
use super::reply::Reply;
use super::session;
use super::storage::{Snapshot, Storage, Unreadable, millis};
use crate::image::identity::Identity;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::kernel::sync::Notify;
use crate::kernel::{Connection, ExitCode, Instant, Listener, Process, Signal};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How often the server looks at its save rules, and at a shutdown that was asked for (`hz 10`).
const TICK: Duration = Duration::from_millis(100);
/// From the signal to the shutdown (recording: 24 ms).
const NOTICE: Duration = Duration::from_millis(24);

const OVERCOMMIT: &str = "WARNING Memory overcommit must be enabled! Without it, a background save or replication may fail under low memory condition. Being disabled, it can can also cause failures without low memory condition, see https://github.com/jemalloc/jemalloc/issues/1328. To fix this issue add 'vm.overcommit_memory = 1' to /etc/sysctl.conf and then reboot or run the command 'sysctl vm.overcommit_memory=1' for this to take effect.";

/// A server.
pub struct Server {
    process: Process,
    product: Product,
    settings: RefCell<Settings>,
    storage: Storage,
    keys: RefCell<Databases>,
    /// Seconds and changes: save when both have come together.
    rules: RefCell<Vec<(u64, u64)>>,
    appends: Cell<bool>,
    password: RefCell<String>,
    port: u16,
    started: Instant,
    changes: Cell<u64>,
    saved: Cell<Instant>,
    changed: Notify,
    asked_to_end: Notify,
    /// What SHUTDOWN said about saving.
    saves_at_end: Cell<Option<bool>>,
}

/// The program `redis-server`.
pub async fn run(process: Process, product: Product) -> ExitCode {
    if process.args().iter().skip(1).any(|word| matches!(&**word, "--version" | "-v")) {
        let Product { name, version, .. } = &product;
        let build = "sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
        process.print(format!("{name} server v={version} {build}\n")).await;
        return ExitCode::SUCCESS;
    }
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    let (settings, has_file) = match settings(&process) {
        Ok(settings) => settings,
        Err(text) => {
            process.complain(text).await;
            return ExitCode::FAILURE;
        }
    };
    let one = |name: &str| settings.get(name).and_then(|values| values.last()).cloned();
    let port = one("port").and_then(|port| port.parse().ok()).unwrap_or(6379);
    let appends = one("appendonly").as_deref() == Some("yes");
    let password = one("requirepass").unwrap_or_default();
    let storage = Storage {
        process: process.clone(),
        folder: one("dir").unwrap_or_else(|| process.folder().to_string()),
        dump: one("dbfilename").unwrap_or_else(|| "dump.rdb".to_string()),
        format: product.format(),
        version: product.version.clone(),
    };
    let server = Rc::new(Server {
        storage,
        keys: RefCell::default(),
        rules: RefCell::new(save_rules(settings.get("save"))),
        appends: Cell::new(appends),
        password: RefCell::new(password),
        port,
        started: process.now(),
        changes: Cell::new(0),
        saved: Cell::new(process.now()),
        changed: Notify::new(),
        asked_to_end: Notify::new(),
        saves_at_end: Cell::new(None),
        process,
        product,
        settings: RefCell::new(settings),
    });
    server.live(port, has_file).await
}

type Settings = BTreeMap<String, Vec<String>>;

/// Options and the configuration file; second: whether there are any.
fn settings(process: &Process) -> Result<(Settings, bool), String> {
    let words = process.args();
    let mut settings = Settings::new();
    let mut rest = words.iter().skip(1).peekable();
    let has_any = rest.peek().is_some();
    while let Some(word) = rest.next() {
        let Some(name) = word.strip_prefix("--") else {
            let date = Date::now(process).redis();
            let missing =
                |error| format!("{}:C {date} # Fatal error, can't open config file '{word}': {error}\n", process.pid());
            let bytes = process.read_file(word).map_err(missing)?;
            for line in String::from_utf8_lossy(&bytes).lines().map(str::trim).filter(|line| !line.starts_with('#')) {
                if let Some((name, value)) = line.split_once(char::is_whitespace) {
                    settings.entry(name.to_lowercase()).or_default().push(value.trim().trim_matches('"').to_string());
                }
            }
            continue;
        };
        let mut value: Vec<&str> = Vec::new();
        while let Some(word) = rest.next_if(|word| !word.starts_with("--")) {
            value.push(word);
        }
        settings.entry(name.to_lowercase()).or_default().push(value.join(" "));
    }
    Ok((settings, has_any))
}

/// `save 3600 1 300 100 60 10000`, the default; `save ""` is none.
fn save_rules(given: Option<&Vec<String>>) -> Vec<(u64, u64)> {
    let Some(given) = given else { return vec![(3600, 1), (300, 100), (60, 10_000)] };
    let numbers: Vec<u64> =
        given.iter().flat_map(|line| line.split_whitespace()).filter_map(|word| word.parse().ok()).collect();
    numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Whether so much memory may be used up here, so that keys would be evicted; more never is.
fn evicts(maxmemory: &str) -> bool {
    (1..16 << 20).contains(&bytes(maxmemory))
}

/// A size such as `100mb`, in bytes.
fn bytes(text: &str) -> u64 {
    let lower = text.to_lowercase();
    let split = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let unit = match &lower[split..] {
        "k" => 1_000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => 1,
    };
    lower[..split].parse::<u64>().unwrap_or(0).saturating_mul(unit)
}

impl Server {
    async fn log(&self, role: char, level: char, text: &str) {
        let (pid, date) = (self.process.pid(), Date::now(&self.process).redis());
        self.process.print(format!("{pid}:{role} {date} {level} {text}\n")).await;
    }

    /// A line at start that older versions wrote as a warning.
    async fn log_start(&self, role: char, text: &str) {
        self.log(role, if self.product.has_quiet_log() { '*' } else { '#' }, text).await;
    }

    async fn live(self: &Rc<Self>, port: u16, has_file: bool) -> ExitCode {
        self.announce(has_file).await;
        // A replica that held nothing, and took writes, would be an untruth.
        if self.setting("replicaof").or_else(|| self.setting("slaveof")).is_some_and(|of| of != "no one") {
            self.process
                .complain("drydock: replication is not simulated; leave `replicaof` out to run a server of its own\n")
                .await;
            return ExitCode::FAILURE;
        }
        if evicts(&self.setting("maxmemory").unwrap_or_default()) {
            self.process.complain("drydock: `maxmemory` is not enforced: no key is evicted, no write refused\n").await;
        }
        let listener = match self.process.listen(port) {
            Ok(listener) => listener,
            Err(error) => {
                let text = format!("Warning: Could not create server TCP listening socket *:{port}: bind: {error}");
                self.log('M', '#', &text).await;
                self.log('M', '#', "Failed listening on port, aborting.").await;
                return ExitCode::FAILURE;
            }
        };
        self.log('M', '*', &format!("Running mode=standalone, port={port}.")).await;
        self.log_start('M', "Server initialized").await;
        self.log('M', '#', OVERCOMMIT).await;
        if !self.load().await {
            return ExitCode::FAILURE;
        }
        self.storage.summarise(&self.keys.borrow());
        let ready = if self.product.has_quiet_log() {
            "Ready to accept connections tcp"
        } else {
            "Ready to accept connections"
        };
        self.log('M', '*', ready).await;
        self.serve(&listener).await
    }

    async fn announce(&self, has_file: bool) {
        let Product { name, prefix, version } = &self.product;
        let pid = self.process.pid();
        self.log_start('C', &format!("oO0OoO0OoO0Oo {name} is starting oO0OoO0OoO0Oo")).await;
        let settings = "bits=64, commit=00000000, modified=0";
        self.log_start('C', &format!("{name} version={version}, {settings}, pid={pid}, just started")).await;
        if has_file {
            self.log_start('C', "Configuration loaded").await;
        } else {
            let advice = format!("In order to specify a config file use {prefix}-server /path/to/{prefix}.conf");
            self.log('C', '#', &format!("Warning: no config file specified, using the default config. {advice}")).await;
        }
        self.process.sleep(Duration::from_millis(1)).await;
        self.log('M', '*', "monotonic clock: POSIX clock_gettime").await;
    }

    async fn serve(self: &Rc<Self>, listener: &Listener) -> ExitCode {
        let mut crowd = Crowd::default();
        let saver = self.clone();
        crowd.push(Box::pin(async move { saver.save_by_rules().await }));
        let handler = |_, connection| self.handle(connection);
        let listeners = [listener];
        loop {
            let serving = serve(&self.process, &listeners, &mut crowd, &handler);
            let ended = crate::kernel::select::select(serving, self.asked_to_end.notified()).await;
            let signal = match ended {
                crate::kernel::select::Either::Left(signal) => Some(signal),
                crate::kernel::select::Either::Right(()) => None,
            };
            if self.end(signal).await {
                return ExitCode::SUCCESS;
            }
        }
    }

    /// Reads what is there; whether the server may begin.
    async fn load(&self) -> bool {
        let result = if self.appends.get() { self.load_log().await } else { self.load_dump().await };
        match result {
            Ok(()) => true,
            Err(Trouble::Unreadable(reason)) => {
                let text = match reason {
                    Unreadable::Format(format) => format!("Can't handle RDB format version {format}"),
                    Unreadable::Broken => "Wrong signature trying to load DB from file".to_string(),
                };
                self.log('M', '#', &text).await;
                self.log('M', '#', "Fatal error loading the DB, check server logs. Exiting.").await;
                false
            }
            Err(Trouble::Folder(error)) => {
                self.log('M', '#', &format!("Can't open or create append-only dir appendonlydir: {error}")).await;
                false
            }
        }
    }

    async fn load_dump(&self) -> Result<(), Trouble> {
        let Some(snapshot) = self.storage.load_dump().map_err(Trouble::Unreadable)? else { return Ok(()) };
        let mut keys = snapshot.keys.clone();
        let expired = keys.expire(millis(&self.process));
        self.describe(&snapshot, false).await;
        self.log('M', '*', &format!("Done loading RDB, keys loaded: {}, keys expired: {expired}.", keys.len())).await;
        self.log('M', '*', "DB loaded from disk: 0.000 seconds").await;
        self.keys.replace(keys);
        Ok(())
    }

    async fn load_log(&self) -> Result<(), Trouble> {
        if !self.storage.has_log() {
            // Without an append-only file the server starts empty, whatever dump.rdb holds.
            self.storage.begin_log(&Databases::default()).await.map_err(Trouble::Folder)?;
            self.log('M', '*', "Creating AOF base file appendonly.aof.1.base.rdb on server start").await;
            self.log('M', '*', "Creating AOF incr file appendonly.aof.1.incr.aof on server start").await;
            return Ok(());
        }
        let (base, mut keys) = self.storage.load_log().map_err(Trouble::Unreadable)?;
        keys.expire(millis(&self.process));
        self.log('M', '*', "Reading RDB base file on AOF loading...").await;
        self.describe(&base, true).await;
        self.log('M', '*', &format!("Done loading RDB, keys loaded: {}, keys expired: 0.", base.keys.len())).await;
        for what in ["base file appendonly.aof.1.base.rdb", "incr file appendonly.aof.1.incr.aof", "append only file"] {
            self.log('M', '*', &format!("DB loaded from {what}: 0.000 seconds")).await;
        }
        self.log('M', '*', "Opening AOF incr file appendonly.aof.1.incr.aof on server start").await;
        self.keys.replace(keys);
        Ok(())
    }

    /// The lines about a snapshot that is read.
    async fn describe(&self, snapshot: &Snapshot, is_base: bool) {
        let age = millis(&self.process).saturating_sub(snapshot.written) / 1000;
        let size = if snapshot.keys.len() == 0 { "0.84" } else { "0.88" };
        self.log('M', '*', &format!("Loading RDB produced by version {}", snapshot.version)).await;
        self.log('M', '*', &format!("RDB age {age} seconds")).await;
        self.log('M', '*', &format!("RDB memory usage when created {size} Mb")).await;
        if is_base {
            self.log('M', '*', "RDB is base AOF").await;
        }
    }

    fn handle(self: &Rc<Self>, connection: Connection) -> Handling {
        let server = self.clone();
        Box::pin(async move { session::serve(&server, &connection).await })
    }

    /// The password that is asked; empty for none.
    pub fn password(&self) -> String {
        self.password.borrow().clone()
    }

    /// AUTH.
    pub fn authenticate(&self, words: &[String], admitted: &mut bool) -> Reply {
        let (user, given) = match words {
            [password] => ("default", password),
            [user, password] => (user.as_str(), password),
            _ => return Reply::Error("ERR wrong number of arguments for 'auth' command".to_string()),
        };
        let password = self.password();
        if password.is_empty() && words.len() == 1 {
            return Reply::Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?".to_string());
        }
        if user == "default" && (password.is_empty() || *given == password) {
            *admitted = true;
            return Reply::ok();
        }
        Reply::Error("WRONGPASS invalid username-password pair or user is disabled.".to_string())
    }

    /// A command on one of the databases.
    pub async fn command(&self, database: u8, words: &[String]) -> Reply {
        let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        if let Some(reply) = self.administer(&name, &rest).await {
            return reply;
        }
        let (reply, changed) = self.keys.borrow_mut().carry_out(database, words, millis(&self.process));
        if changed {
            self.changes.set(self.changes.get() + 1);
            self.changed.notify_all();
            if self.appends.get()
                && let Err(error) = self.storage.append(database, words).await
            {
                self.log('M', '#', &format!("Error writing to the AOF file: {error}")).await;
                return Reply::Error(format!("MISCONF Errors writing to the AOF file: {error}"));
            }
            self.storage.summarise(&self.keys.borrow());
        }
        reply
    }

    /// Commands on the server itself.
    async fn administer(&self, name: &str, rest: &[&str]) -> Option<Reply> {
        Some(match (name, rest) {
            ("save", []) => self.save(true).await,
            ("bgsave", _) => {
                self.save(false).await;
                Reply::Status("Background saving started".to_string())
            }
            ("lastsave", []) => Reply::Number(self.last_save() as i64),
            ("shutdown", words) => self.shutdown(words),
            ("config", [verb, rest @ ..]) => self.config(&verb.to_lowercase(), rest).await,
            ("info", sections) => Reply::Text(self.info(sections.first().copied().unwrap_or(""))),
            ("role", []) => {
                let place = [Reply::Text("master".to_string()), Reply::Number(0), Reply::List(Vec::new())];
                Reply::List(place.to_vec())
            }
            ("replicaof" | "slaveof", [no, one]) if no.eq_ignore_ascii_case("no") && one.eq_ignore_ascii_case("one") => Reply::ok(),
            ("replicaof" | "slaveof", [_, _]) => Reply::unsupported("replication"),
            ("publish", [_, _]) | ("wait", [_, _]) => Reply::Number(0),
            ("time", []) => {
                let now = self.process.kernel().wall_clock();
                Reply::list([now.as_secs().to_string(), now.subsec_micros().to_string()])
            }
            ("acl", [verb]) if verb.eq_ignore_ascii_case("whoami") => Reply::Text("default".to_string()),
            ("acl", _) => Reply::unsupported("ACL"),
            ("debug", _) => Reply::Error("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.".to_string()),
            _ => return None,
        })
    }

    fn last_save(&self) -> u64 {
        let ago = self.process.now().since(self.saved.get()).as_secs();
        millis(&self.process) / 1000 - ago
    }

    /// SHUTDOWN, SHUTDOWN SAVE and SHUTDOWN NOSAVE.
    fn shutdown(&self, words: &[&str]) -> Reply {
        let saves = match words {
            [] => None,
            [word] if word.eq_ignore_ascii_case("nosave") => Some(false),
            [word] if word.eq_ignore_ascii_case("save") => Some(true),
            _ => return Reply::syntax(),
        };
        self.saves_at_end.set(saves);
        self.asked_to_end.notify_all();
        Reply::Status(String::new())
    }

    /// CONFIG GET, SET, RESETSTAT and REWRITE.
    async fn config(&self, verb: &str, words: &[&str]) -> Reply {
        match (verb, words) {
            ("get", [name]) => match self.setting(&name.to_lowercase()) {
                Some(value) => Reply::list([name.to_lowercase(), value]),
                None if name.contains('*') => Reply::unsupported("CONFIG GET with a pattern"),
                None => Reply::List(Vec::new()),
            },
            ("set", [name, value]) => self.set(&name.to_lowercase(), value).await,
            ("resetstat", []) => Reply::ok(),
            ("rewrite", []) => Reply::Error("ERR The server is running without a config file".to_string()),
            _ => Reply::Error(format!(
                "ERR unknown subcommand or wrong number of arguments for '{verb}'. Try CONFIG HELP."
            )),
        }
    }

    fn setting(&self, name: &str) -> Option<String> {
        let given = self.settings.borrow().get(name).and_then(|values| values.last()).cloned();
        let rules =
            || self.rules.borrow().iter().map(|(seconds, least)| format!("{seconds} {least}")).collect::<Vec<_>>();
        let otherwise = |value: &str| Some(given.clone().unwrap_or_else(|| value.to_string()));
        match name {
            "save" => Some(rules().join(" ")),
            "appendonly" => Some(if self.appends.get() { "yes" } else { "no" }.to_string()),
            "dir" => Some(self.storage.folder.clone()),
            "dbfilename" => Some(self.storage.dump.clone()),
            "requirepass" => Some(self.password()),
            "port" => Some(self.port.to_string()),
            "maxmemory" => Some(given.as_deref().map_or(0, bytes).to_string()),
            "appendfsync" => otherwise("everysec"),
            "maxmemory-policy" => otherwise("noeviction"),
            "databases" => otherwise("16"),
            "timeout" => otherwise("0"),
            "maxclients" => otherwise("10000"),
            "loglevel" => otherwise("notice"),
            "bind" => otherwise("* -::*"),
            "protected-mode" => otherwise("yes"),
            _ => given,
        }
    }

    async fn set(&self, name: &str, value: &str) -> Reply {
        if self.setting(name).is_none() {
            return Reply::Error(format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'"));
        }
        match name {
            "save" => drop(self.rules.replace(save_rules(Some(&vec![value.to_string()])))),
            "requirepass" => drop(self.password.replace(value.to_string())),
            "appendonly" => {
                if value == "yes" && !self.appends.get() {
                    let keys = self.keys.borrow().clone();
                    if self.storage.begin_log(&keys).await.is_err() {
                        return Reply::Error("ERR Unable to turn on AOF. Check server logs.".to_string());
                    }
                }
                self.appends.set(value == "yes");
            }
            "maxmemory" if evicts(value) => return Reply::unsupported("eviction"),
            "dir" | "dbfilename" | "port" | "bind" | "databases" => {
                return Reply::unsupported(&format!("CONFIG SET {name}"));
            }
            _ => {}
        }
        self.settings.borrow_mut().entry(name.to_string()).or_default().push(value.to_string());
        Reply::ok()
    }

    /// The sections of `INFO` that tell about data.
    fn info(&self, section: &str) -> String {
        let facts = Facts {
            product: &self.product,
            changes: self.changes.get(),
            saved: self.last_save(),
            appends: self.appends.get(),
            port: self.port,
            uptime: self.process.now().since(self.started).as_secs(),
            databases: self.keys.borrow().counts(millis(&self.process)),
            history: Identity::of(&format!("{:?}", self.started)).digits()[..40].to_string(),
        };
        let known = ["", "default", "all", "everything", "server", "persistence", "replication", "cluster", "keyspace"];
        if known.iter().any(|known| known.eq_ignore_ascii_case(section)) {
            return info::text(&facts, section);
        }
        let left_out = ["clients", "memory", "stats", "cpu", "commandstats", "errorstats", "latencystats", "modules"];
        match left_out.iter().find(|known| known.eq_ignore_ascii_case(section)) {
            Some(name) => format!("# the simulation does not know the section {name}\n"),
            None => String::new(),
        }
    }

    async fn save(&self, in_foreground: bool) -> Reply {
        if !in_foreground {
            self.log('M', '*', "Background saving started by pid 20").await;
        }
        let keys = self.keys.borrow().clone();
        match self.storage.save(&keys).await {
            Ok(()) => {
                self.changes.set(0);
                self.saved.set(self.process.now());
                self.log(if in_foreground { 'M' } else { 'C' }, '*', "DB saved on disk").await;
                if !in_foreground {
                    self.log('C', '*', "Fork CoW for RDB: current 0 MB, peak 0 MB, average 0 MB").await;
                    self.log('M', '*', "Background saving terminated with success").await;
                }
                Reply::ok()
            }
            Err(error) => {
                self.log('M', '#', &format!("Failed opening the temp RDB file temp-1.rdb for saving: {error}")).await;
                Reply::Error("ERR".to_string())
            }
        }
    }

    async fn save_by_rules(&self) {
        loop {
            let changed = self.changed.notified();
            if self.changes.get() == 0 || self.rules.borrow().is_empty() {
                changed.await;
                continue;
            }
            self.process.sleep(TICK * 10).await;
            let (changes, since) = (self.changes.get(), self.process.now().since(self.saved.get()).as_secs());
            let rule =
                self.rules.borrow().iter().find(|(seconds, least)| changes >= *least && since >= *seconds).copied();
            if let Some((seconds, least)) = rule {
                self.log('M', '*', &format!("{least} changes in {seconds} seconds. Saving...")).await;
                self.save(false).await;
            }
        }
    }

    /// A shutdown; whether the server may end. It saves unless there are no save rules.
    async fn end(&self, signal: Option<Signal>) -> bool {
        let name = self.product.name;
        if let Some(signal) = signal {
            let seconds = self.process.kernel().wall_clock().as_secs();
            let pid = self.process.pid();
            let received = if signal == Signal::INT { "SIGINT" } else { "SIGTERM" };
            let line = format!("{pid}:signal-handler ({seconds}) Received {received} scheduling shutdown...\n");
            self.process.print(line).await;
            self.process.sleep(NOTICE).await;
        }
        self.log_start('M', "User requested shutdown...").await;
        if self.appends.get() {
            self.log('M', '*', "Calling fsync() on the AOF file.").await;
        }
        let saves = self.saves_at_end.take().unwrap_or(!self.rules.borrow().is_empty());
        if saves {
            self.log('M', '*', "Saving the final RDB snapshot before exiting.").await;
            if let Reply::Error(_) = self.save(true).await {
                self.log('M', '#', "Error trying to save the DB, can't exit.").await;
                return false;
            }
        }
        self.log('M', '#', &format!("{name} is now ready to exit, bye bye...")).await;
        true
    }
}

/// Why a server cannot begin.
enum Trouble {
    Unreadable(Unreadable),
    Folder(crate::kernel::Errno),
}
