//! The server: settings, loading, commands, saving, the end.

use super::Product;
use super::keys::{Keys, Reply, carry_out};
use super::storage::Storage;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::programs::wire;
use crate::kernel::sync::Notify;
use crate::kernel::{Connection, ExitCode, Instant, Process, Signal};
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
    let storage = Storage {
        process: process.clone(),
        folder: one("dir").unwrap_or_else(|| process.folder().to_string()),
        dump: one("dbfilename").unwrap_or_else(|| "dump.rdb".to_string()),
    };
    let server = Rc::new(Server {
        storage,
        keys: RefCell::default(),
        rules: save_rules(settings.get("save")),
        appends: one("appendonly").as_deref() == Some("yes"),
        password: one("requirepass").unwrap_or_default(),
        changes: Cell::new(0),
        saved: Cell::new(process.now()),
        changed: Notify::new(),
        asked_to_end: Notify::new(),
        process,
    });
    let port = one("port").and_then(|port| port.parse().ok()).unwrap_or(6379);
    server.live(&product, port, has_file).await
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
            let bytes = process
                .read_file(word)
                .map_err(|_| format!("*** FATAL CONFIG FILE ERROR ***\nCan't open the config file: {word}\n"))?;
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

    async fn live(self: &Rc<Self>, product: &Product, port: u16, has_file: bool) -> ExitCode {
        let name = product.name;
        self.log('C', '#', &format!("oO0OoO0OoO0Oo {name} is starting oO0OoO0OoO0Oo")).await;
        let pid = self.process.pid();
        let version = &product.version;
        self.log(
            'C',
            '#',
            &format!("{name} version={version}, bits=64, commit=00000000, modified=0, pid={pid}, just started"),
        )
        .await;
        let default = format!(
            "Warning: no config file specified, using the default config. In order to specify a config file use {}-server /path/to/{}.conf",
            product.prefix, product.prefix
        );
        self.log('C', '#', if has_file { "Configuration loaded" } else { &default }).await;
        self.process.sleep(Duration::from_millis(1)).await;
        self.log('M', '*', "monotonic clock: POSIX clock_gettime").await;
        let listener = match self.process.listen(port) {
            Ok(listener) => listener,
            Err(error) => {
                self.log(
                    'M',
                    '#',
                    &format!("Warning: Could not create server TCP listening socket *:{port}: bind: {error}"),
                )
                .await;
                self.log('M', '#', "Failed listening on port, aborting.").await;
                return ExitCode::FAILURE;
            }
        };
        self.log('M', '*', &format!("Running mode=standalone, port={port}.")).await;
        self.log('M', '#', "Server initialized").await;
        self.log('M', '#', OVERCOMMIT).await;
        if let Err(error) = self.load(version).await {
            self.log('M', '#', &format!("Can't open or create append-only dir appendonlydir: {error}")).await;
            return ExitCode::FAILURE;
        }
        self.storage.summarise(&self.keys.borrow());
        self.log('M', '*', "Ready to accept connections").await;
        let mut crowd = Crowd::default();
        let saver = self.clone();
        crowd.push(Box::pin(async move { saver.save_by_rules().await }));
        let handler = |_, connection| self.handle(connection);
        let listeners = [&listener];
        loop {
            let serving = serve(&self.process, &listeners, &mut crowd, &handler);
            let ended = crate::kernel::sync::select(serving, self.asked_to_end.notified()).await;
            if self.end(matches!(ended, crate::kernel::sync::Either::Left(_))).await {
                return ExitCode::SUCCESS;
            }
        }
    }

    async fn load(&self, version: &str) -> Result<(), crate::kernel::Errno> {
        let loading = format!("Loading RDB produced by version {version}");
        if !self.appends {
            if let Some(keys) = self.storage.load_dump() {
                self.snapshot_lines(&loading, keys.len()).await;
                self.log('M', '*', "DB loaded from disk: 0.000 seconds").await;
                self.keys.replace(keys);
            }
            return Ok(());
        }
        if self.storage.has_log() {
            let (base, keys) = self.storage.load_log();
            self.log('M', '*', "Reading RDB base file on AOF loading...").await;
            self.snapshot_lines(&loading, base).await;
            for what in
                ["base file appendonly.aof.1.base.rdb", "incr file appendonly.aof.1.incr.aof", "append only file"]
            {
                self.log('M', '*', &format!("DB loaded from {what}: 0.000 seconds")).await;
            }
            self.log('M', '*', "Opening AOF incr file appendonly.aof.1.incr.aof on server start").await;
            self.keys.replace(keys);
            return Ok(());
        }
        // Without an append-only file the server starts empty, whatever dump.rdb holds.
        self.storage.begin_log(&Keys::new()).await?;
        self.log('M', '*', "Creating AOF base file appendonly.aof.1.base.rdb on server start").await;
        self.log('M', '*', "Creating AOF incr file appendonly.aof.1.incr.aof on server start").await;
        Ok(())
    }

    async fn snapshot_lines(&self, loading: &str, keys: usize) {
        self.log('M', '*', loading).await;
        self.log('M', '*', "RDB memory usage when created 0.88 Mb").await;
        self.log('M', '*', &format!("Done loading RDB, keys loaded: {keys}, keys expired: 0.")).await;
    }

    fn handle(self: &Rc<Self>, connection: Connection) -> Handling {
        let server = self.clone();
        Box::pin(async move {
            while let Some(request) = wire::receive(&connection).await {
                let words: Vec<String> = serde_json::from_value(request["command"].clone()).unwrap_or_default();
                let reply = match request["password"].as_str().unwrap_or_default() {
                    given if given == server.password || server.password.is_empty() => server.command(&words).await,
                    "" => Reply::Error("NOAUTH Authentication required.".to_string()),
                    _ => Reply::Error("WRONGPASS invalid username-password pair or user is disabled.".to_string()),
                };
                if wire::send(&connection, &json!(reply)).await.is_err() {
                    return;
                }
            }
        })
    }

    async fn command(&self, words: &[String]) -> Reply {
        match words.first().map(|word| word.to_lowercase()).as_deref() {
            Some("save") => return self.save(true).await,
            Some("bgsave") => {
                self.save(false).await;
                return Reply::Status("Background saving started".to_string());
            }
            Some("shutdown") => {
                self.asked_to_end.notify_all();
                return Reply::Status(String::new());
            }
            Some("info") => {
                let changes = self.changes.get();
                return Reply::Text(format!(
                    "# Persistence\nrdb_changes_since_last_save:{changes}\naof_enabled:{}",
                    u8::from(self.appends)
                ));
            }
            _ => {}
        }
        let (reply, changed) = carry_out(&mut self.keys.borrow_mut(), words);
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
                    self.log('M', '*', "Background saving terminated with success").await;
                }
                Reply::Status("OK".to_string())
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
    async fn end(&self, by_signal: bool) -> bool {
        if by_signal {
            let seconds = self.process.kernel().wall_clock().as_secs();
            self.process
                .print(format!(
                    "{}:signal-handler ({seconds}) Received SIGTERM scheduling shutdown...\n",
                    self.process.pid()
                ))
                .await;
            self.process.sleep(NOTICE).await;
        }
        self.log('M', '#', "User requested shutdown...").await;
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
        self.log('M', '#', "Redis is now ready to exit, bye bye...").await;
        true
    }
}
