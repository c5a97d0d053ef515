//! The server: settings, loading, commands, saving, the end.

use super::Product;
use super::keys::{Keys, Reply, carry_out};
use super::storage::{Snapshot, Storage, Unreadable, millis};
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::programs::wire;
use crate::kernel::sync::Notify;
use crate::kernel::{Connection, ExitCode, Instant, Listener, Process, Signal};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How often the server looks at its save rules, and at a shutdown that was asked for (`hz 10`).
const TICK: Duration = Duration::from_millis(100);
/// From the signal to the shutdown (recording: 24 ms).
const NOTICE: Duration = Duration::from_millis(24);

const OVERCOMMIT: &str = "WARNING Memory overcommit must be enabled! Without it, a background save or replication may fail under low memory condition. Being disabled, it can can also cause failures without low memory condition, see https://github.com/jemalloc/jemalloc/issues/1328. To fix this issue add 'vm.overcommit_memory = 1' to /etc/sysctl.conf and then reboot or run the command 'sysctl vm.overcommit_memory=1' for this to take effect.";

struct Server {
    process: Process,
    product: Product,
    settings: Settings,
    storage: Storage,
    keys: RefCell<Keys>,
    /// Seconds and changes: save when both have come together.
    rules: Vec<(u64, u64)>,
    appends: bool,
    password: String,
    changes: Cell<u64>,
    saved: Cell<Instant>,
    changed: Notify,
    asked_to_end: Notify,
}

/// The program `redis-server`.
pub async fn run(process: Process, product: Product) -> ExitCode {
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
        rules: save_rules(settings.get("save")),
        appends,
        password,
        changes: Cell::new(0),
        saved: Cell::new(process.now()),
        changed: Notify::new(),
        asked_to_end: Notify::new(),
        process,
        product,
        settings,
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
            let ended = crate::kernel::sync::select(serving, self.asked_to_end.notified()).await;
            let signal = match ended {
                crate::kernel::sync::Either::Left(signal) => Some(signal),
                crate::kernel::sync::Either::Right(()) => None,
            };
            if self.end(signal).await {
                return ExitCode::SUCCESS;
            }
        }
    }

    /// Reads what is there; whether the server may begin.
    async fn load(&self) -> bool {
        let result = if self.appends { self.load_log().await } else { self.load_dump().await };
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
            self.storage.begin_log(&Keys::default()).await.map_err(Trouble::Folder)?;
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
        Box::pin(async move {
            let mut admitted = server.password.is_empty();
            while let Some(request) = wire::receive(&connection).await {
                let words: Vec<String> = serde_json::from_value(request["command"].clone()).unwrap_or_default();
                let is_auth = words.first().is_some_and(|word| word.eq_ignore_ascii_case("auth"));
                let reply = match is_auth {
                    true => server.authenticate(&words[1..], &mut admitted),
                    false if admitted => server.command(&words).await,
                    false => Reply::Error("NOAUTH Authentication required.".to_string()),
                };
                if wire::send(&connection, &json!(reply)).await.is_err() {
                    return;
                }
            }
        })
    }

    fn authenticate(&self, words: &[String], admitted: &mut bool) -> Reply {
        let (user, given) = match words {
            [password] => ("default", password),
            [user, password] => (user.as_str(), password),
            _ => return Reply::Error("ERR wrong number of arguments for 'auth' command".to_string()),
        };
        if self.password.is_empty() && words.len() == 1 {
            return Reply::Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?".to_string());
        }
        if user == "default" && (self.password.is_empty() || *given == self.password) {
            *admitted = true;
            return Reply::ok();
        }
        Reply::Error("WRONGPASS invalid username-password pair or user is disabled.".to_string())
    }

    async fn command(&self, words: &[String]) -> Reply {
        let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        match name.as_str() {
            "save" => return self.save(true).await,
            "bgsave" => {
                self.save(false).await;
                return Reply::Status("Background saving started".to_string());
            }
            "lastsave" => {
                let ago = self.process.now().since(self.saved.get()).as_secs();
                return Reply::Number((millis(&self.process) / 1000 - ago) as i64);
            }
            "shutdown" => {
                self.asked_to_end.notify_all();
                return Reply::Status(String::new());
            }
            "config" => return self.config(&words[1..]),
            "info" => return Reply::Text(self.info(words.get(1).map_or("", String::as_str))),
            _ => {}
        }
        let (reply, changed) = carry_out(&mut self.keys.borrow_mut(), words, millis(&self.process));
        if changed {
            self.changes.set(self.changes.get() + 1);
            self.changed.notify_all();
            if self.appends
                && let Err(error) = self.storage.append(words).await
            {
                self.log('M', '#', &format!("Error writing to the AOF file: {error}")).await;
                return Reply::Error(format!("MISCONF Errors writing to the AOF file: {error}"));
            }
            self.storage.summarise(&self.keys.borrow());
        }
        reply
    }

    /// `CONFIG GET`; settings are not changed while the server runs.
    fn config(&self, words: &[String]) -> Reply {
        let [verb, name] = words else { return Reply::Error("ERR syntax error".to_string()) };
        if !verb.eq_ignore_ascii_case("get") {
            return Reply::Error("ERR the simulation's server takes its settings at start only".to_string());
        }
        let given = self.settings.get(name).and_then(|values| values.last()).cloned();
        let rules: Vec<String> = self.rules.iter().map(|(seconds, least)| format!("{seconds} {least}")).collect();
        let value = match name.to_lowercase().as_str() {
            "save" => rules.join(" "),
            "appendonly" => if self.appends { "yes" } else { "no" }.to_string(),
            "dir" => self.storage.folder.clone(),
            "dbfilename" => self.storage.dump.clone(),
            "requirepass" => self.password.clone(),
            "appendfsync" => given.unwrap_or_else(|| "everysec".to_string()),
            "maxmemory" => given.unwrap_or_else(|| "0".to_string()),
            "maxmemory-policy" => given.unwrap_or_else(|| "noeviction".to_string()),
            _ => match given {
                Some(value) => value,
                None => return Reply::List(Vec::new()),
            },
        };
        Reply::list([name.clone(), value])
    }

    /// The sections of `INFO` that tell about data.
    fn info(&self, section: &str) -> String {
        let Product { prefix, version, .. } = &self.product;
        let keys = self.keys.borrow();
        let sections = [
            ("server", format!("# Server\r\n{prefix}_version:{version}\r\n{prefix}_mode:standalone\r\n")),
            (
                "persistence",
                format!(
                    "# Persistence\r\nloading:0\r\nrdb_changes_since_last_save:{}\r\nrdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:ok\r\naof_enabled:{}\r\n",
                    self.changes.get(),
                    u8::from(self.appends)
                ),
            ),
            ("replication", "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n".to_string()),
            (
                "keyspace",
                match keys.len() {
                    0 => "# Keyspace\r\n".to_string(),
                    count => format!("# Keyspace\r\ndb0:keys={count},expires=0,avg_ttl=0\r\n"),
                },
            ),
        ];
        let wanted = sections.iter().filter(|(name, _)| section.is_empty() || section.eq_ignore_ascii_case(name));
        wanted.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\r\n")
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
            if self.changes.get() == 0 || self.rules.is_empty() {
                changed.await;
                continue;
            }
            self.process.sleep(TICK * 10).await;
            let (changes, since) = (self.changes.get(), self.process.now().since(self.saved.get()).as_secs());
            if let Some((seconds, least)) =
                self.rules.iter().find(|(seconds, least)| changes >= *least && since >= *seconds)
            {
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
        if self.appends {
            self.log('M', '*', "Calling fsync() on the AOF file.").await;
        }
        if !self.rules.is_empty() {
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
