//! From start to ready, and from the stop signal to the end.

use super::Version;
use super::messages::{Checkpoint, other_version};
use super::server::{Phase, Server, handle};
use super::storage::{Control, Storage};
use crate::image::programs::arguments::Arguments;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, accept, handle_signals, serve};
use crate::image::programs::transaction::Store;
use crate::kernel::select::{Either, select};
use crate::kernel::{ExitCode, Listener, Process, Signal};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// Where the Unix socket of a port is.
pub fn socket(port: u16) -> String {
    format!("/var/run/postgresql/.s.PGSQL.{port}")
}

/// The server process from its start to its first log line (recording: 20 to 40 ms).
const LAUNCH: Duration = Duration::from_millis(25);
/// From listening to "ready to accept connections" after a shutdown (recording: 7 to 14 ms).
const LOAD: Duration = Duration::from_millis(11);
/// From "interrupted" to "automatic recovery in progress" (recording: 109 ms).
const RECOVERY: Duration = Duration::from_millis(109);
/// The checkpoint at the end of a recovery (recording: 25 ms).
const RECOVERY_CHECKPOINT: Duration = Duration::from_millis(25);
/// From the stop signal to the checkpoint (recording: 4 to 6 ms).
const QUIESCE: Duration = Duration::from_millis(5);

/// The program `postgres`.
pub async fn postgres(process: Process, version: Version) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["c", "D", "p", "N", "k", "h"]);
    if arguments.has(&["V", "version"]) {
        process.print(format!("postgres (PostgreSQL) {}\n", version.build())).await;
        return ExitCode::SUCCESS;
    }
    let set = |name: &str| {
        let prefix = format!("{name}=");
        arguments.values(&["c"]).into_iter().rev().find_map(|pair| pair.strip_prefix(prefix.as_str()))
    };
    let data = match arguments.value(&["D"]) {
        Some(folder) => folder.to_string(),
        None => process.variable("PGDATA").map_or_else(|| version.data_folder(), |path| path.to_string()),
    };
    let port = arguments.value(&["p"]).or_else(|| set("port")).and_then(|port| port.parse().ok()).unwrap_or(5432);
    handle_signals(&process, &[Signal::INT, Signal::TERM, Signal::QUIT]);
    process.sleep(LAUNCH).await;
    let server = new(&process, version, &data, process.pid(), 2);
    match server.storage.version() {
        Some(found) if found == version.major.to_string() => {}
        Some(found) => {
            for line in other_version(&found, version) {
                server.log(server.pid, &line).await;
            }
            return ExitCode::FAILURE;
        }
        None => {
            let missing = format!("File \"{data}/PG_VERSION\" is missing.");
            process.complain(format!("FATAL:  \"{data}\" is not a valid data directory\nDETAIL:  {missing}\n")).await;
            return ExitCode::FAILURE;
        }
    }
    match start(&server, Some(port)).await {
        Ok(listeners) => run(&server, &listeners).await,
        Err(text) => {
            fails(&server, &text).await;
            ExitCode::FAILURE
        }
    }
}

/// What a server says that cannot start; once it holds the data path it tells its end, too.
pub async fn fails(server: &Server, text: &str) {
    server.log(server.pid, &format!("FATAL:  {text}")).await;
    server.log(server.pid, "LOG:  database system is shut down").await;
}

/// A server that does not run yet.
pub fn new(process: &Process, version: Version, data: &str, pid: u32, log_to: u32) -> Rc<Server> {
    Rc::new(Server {
        process: process.clone(),
        storage: Storage::new(process, data),
        version,
        log_to,
        pid,
        phase: Cell::new(Phase::Starting),
        store: Store::new(Storage::new(process, data).tables()),
        last_pid: Cell::new(if pid == 1 { 24 } else { pid }),
        startup: Cell::new(pid),
        settings: settings(process, version, data),
        sessions: RefCell::default(),
    })
}

/// Settings as SHOW knows them: those of a server that initdb configured.
fn settings(process: &Process, version: Version, data: &str) -> BTreeMap<String, String> {
    let arguments = Arguments::parse(&process.args(), &["c", "D", "p", "N", "k", "h"]);
    let mut settings: BTreeMap<String, String> =
        SETTINGS.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    settings.insert("server_version".to_string(), version.build());
    settings.insert("data_directory".to_string(), data.to_string());
    settings.insert("config_file".to_string(), format!("{data}/postgresql.conf"));
    settings.insert("hba_file".to_string(), format!("{data}/pg_hba.conf"));
    for (name, value) in arguments.values(&["c"]).iter().filter_map(|pair| pair.split_once('=')) {
        settings.insert(name.to_string(), value.to_string());
    }
    settings
}

const SETTINGS: [(&str, &str); 44] = [
    ("max_connections", "100"),
    ("shared_buffers", "128MB"),
    ("work_mem", "4MB"),
    ("maintenance_work_mem", "64MB"),
    ("effective_cache_size", "4GB"),
    ("port", "5432"),
    ("timezone", "Etc/UTC"),
    ("log_timezone", "Etc/UTC"),
    ("datestyle", "ISO, MDY"),
    ("listen_addresses", "*"),
    ("search_path", "\"$user\", public"),
    ("client_encoding", "UTF8"),
    ("server_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("standard_conforming_strings", "on"),
    ("transaction_isolation", "read committed"),
    ("default_transaction_isolation", "read committed"),
    ("transaction_read_only", "off"),
    ("default_transaction_read_only", "off"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("deadlock_timeout", "1s"),
    ("application_name", "psql"),
    ("wal_level", "replica"),
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("archive_mode", "off"),
    ("max_wal_size", "1GB"),
    ("min_wal_size", "80MB"),
    ("max_wal_senders", "10"),
    ("checkpoint_timeout", "5min"),
    ("log_statement", "none"),
    ("log_min_duration_statement", "-1"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("password_encryption", "scram-sha-256"),
    ("ssl", "off"),
    ("row_security", "on"),
    ("check_function_bodies", "on"),
    ("xmloption", "content"),
    ("default_tablespace", ""),
    ("default_table_access_method", "heap"),
];

/// Listens, loads or recovers, and is ready. Without a port only the Unix socket is opened.
pub async fn start(server: &Rc<Server>, port: Option<u16>) -> Result<Vec<Listener>, String> {
    server.log(server.pid, &format!("LOG:  starting {}", server.version.banner())).await;
    let listeners = listen(server, port).await?;
    serving(server, &listeners, load(server)).await?;
    server.phase.set(Phase::Running);
    server.storage.summarise(&server.store.committed());
    server.log(server.pid, "LOG:  database system is ready to accept connections").await;
    Ok(listeners)
}

/// Does `work` while connections are handled.
pub async fn serving<T>(server: &Rc<Server>, listeners: &[Listener], work: impl Future<Output = T>) -> T {
    let mut crowd = Crowd::default();
    let listeners: Vec<&Listener> = listeners.iter().collect();
    let handler = |port, connection| handle(server, port, connection);
    let accepting = accept(&listeners, &mut crowd, &handler);
    match select(work, accepting).await {
        Either::Left(result) => result,
        Either::Right(never) => match never {},
    }
}

async fn listen(server: &Server, port: Option<u16>) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    let path = socket(port.unwrap_or(5432));
    if let Some(port) = port {
        let bound = server.process.listen(port);
        listeners.push(bound.map_err(|error| format!("could not bind IPv4 address \"0.0.0.0\": {error}"))?);
        for address in ["IPv4 address \"0.0.0.0\"", "IPv6 address \"::\""] {
            server.log(server.pid, &format!("LOG:  listening on {address}, port {port}")).await;
        }
    }
    let bound = server.process.listen_local(&path);
    listeners.push(bound.map_err(|error| format!("could not create lock file \"{path}.lock\": {error}"))?);
    server.log(server.pid, &format!("LOG:  listening on Unix socket \"{path}\"")).await;
    Ok(listeners)
}

async fn load(server: &Server) -> Result<(), String> {
    // The checkpointer and the background writer come first; three more children follow the start.
    let startup = server.fork_after(2);
    server.startup.set(startup);
    let _ = server.fork_after(2);
    match server.storage.control() {
        Control::ShutDown(time) => {
            server.log(startup, &format!("LOG:  database system was shut down at {time}")).await;
            server.process.sleep(LOAD).await;
            server.store.replace(server.storage.tables().load()?.0);
        }
        Control::InProduction(time) => recover(server, startup, &time).await?,
    }
    let control = Control::InProduction(format!("{} UTC", Date::now(&server.process).plain()));
    let written = server.storage.set_control(&control).await;
    written.map_err(|error| format!("could not write file \"global/pg_control\": {error}"))
}

/// Recovery after a crash (recording `postgres-kill-and-recover`).
async fn recover(server: &Server, startup: u32, time: &str) -> Result<(), String> {
    server.log(startup, &format!("LOG:  database system was interrupted; last known up at {time}")).await;
    server.process.sleep(RECOVERY).await;
    let (mut cluster, replayed) = server.storage.tables().load()?;
    cluster.skip_logged_numbers();
    server.log(startup, "LOG:  database system was not properly shut down; automatic recovery in progress").await;
    // Two statements made 88 kB of log in the recording.
    let end = 0x0192_0708 + 0xB000 * replayed + if replayed > 0 { 8 } else { 0 };
    if replayed > 0 {
        server.log(startup, "LOG:  redo starts at 0/1920708").await;
    }
    server.log(startup, &format!("LOG:  invalid record length at 0/{end:X}: wanted 24, got 0")).await;
    let usage = "system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.00 s";
    let done = match replayed {
        0 => "LOG:  redo is not required".to_string(),
        _ => format!("LOG:  redo done at 0/{:X} {usage}", end - 0x28),
    };
    server.log(startup, &done).await;
    let checkpointer = startup.saturating_sub(2);
    server.log(checkpointer, "LOG:  checkpoint starting: end-of-recovery immediate wait").await;
    server.process.sleep(RECOVERY_CHECKPOINT).await;
    server.storage.tables().checkpoint(&cluster).await.map_err(|error| format!("could not write file: {error}"))?;
    server.log(checkpointer, &Checkpoint::after(replayed).text()).await;
    server.store.replace(cluster);
    Ok(())
}

/// Serves until a signal: smart (SIGTERM), fast (SIGINT, the image's stop signal) or immediate (SIGQUIT) shutdown.
async fn run(server: &Rc<Server>, listeners: &[Listener]) -> ExitCode {
    let mut crowd = Crowd::default();
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |port, connection| handle(server, port, connection);
    let mut signal = serve(&server.process, &all, &mut crowd, &handler).await;
    if signal == Signal::TERM {
        server.log(server.pid, "LOG:  received smart shutdown request").await;
        server.phase.set(Phase::ShuttingDown);
        signal = wait_for_sessions(server, &mut crowd).await;
    }
    if signal == Signal::QUIT {
        server.log(server.pid, "LOG:  received immediate shutdown request").await;
        server.log(server.pid, "LOG:  database system is shut down").await;
        return ExitCode::SUCCESS;
    }
    if signal == Signal::INT {
        server.log(server.pid, "LOG:  received fast shutdown request").await;
        server.log(server.pid, "LOG:  aborting any active transactions").await;
    }
    drop(crowd);
    serving(server, listeners, finish(server)).await;
    ExitCode::SUCCESS
}

/// Waits until the last session has ended, or a stronger signal comes; SIGTERM stands for "all have ended".
async fn wait_for_sessions(server: &Server, crowd: &mut Crowd) -> Signal {
    loop {
        if crowd.is_empty() {
            return Signal::TERM;
        }
        if let Some(signal) = server.process.take_signal().filter(|signal| *signal != Signal::TERM) {
            return signal;
        }
        crowd.beside(server.process.sleep(Duration::from_millis(50))).await;
    }
}

/// The end of a fast or smart shutdown: a checkpoint, and the note that all is well.
pub async fn finish(server: &Rc<Server>) {
    server.phase.set(Phase::ShuttingDown);
    let (launcher, checkpointer) = (server.startup.get() + 3, server.startup.get().saturating_sub(2));
    server.process.sleep(QUIESCE).await;
    let exited =
        format!("LOG:  background worker \"logical replication launcher\" (PID {launcher}) exited with exit code 1");
    server.log(server.pid, &exited).await;
    server.log(checkpointer, "LOG:  shutting down").await;
    server.log(checkpointer, "LOG:  checkpoint starting: shutdown immediate").await;
    let checkpoint = match server.is_real() {
        true => Checkpoint::after(server.store.written.get()),
        false => Checkpoint::FIRST_BOOT,
    };
    server.process.sleep(checkpoint.duration()).await;
    let cluster = server.store.committed();
    let time = format!("{} UTC", Date::now(&server.process).plain());
    let written = match server.storage.tables().checkpoint(&cluster).await {
        Ok(()) => server.storage.set_control(&Control::ShutDown(time)).await,
        failed => failed,
    };
    match written {
        Ok(()) => server.log(checkpointer, &checkpoint.text()).await,
        Err(error) => server.log(checkpointer, &format!("PANIC:  could not write to data files: {error}")).await,
    }
    server.process.sleep(Duration::from_millis(4)).await;
    server.log(server.pid, "LOG:  database system is shut down").await;
}
