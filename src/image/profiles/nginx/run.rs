//! The program `nginx`: its options, its master's life, its signals.
//!
//! Source: nginx.org, "Command-line parameters", "Controlling nginx"; the lines of its log: nginx 1.22 itself and the official image's log.
//! Simplified: workers are no processes of their own; they are shown in the log by the numbers they usually have.

use super::answer::{answer, note};
use super::parse::{Node, read};
use super::site::Site;
use super::{BUILT_BY, FOLDER, WORKER};
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::kernel::{Connection, Errno, ExitCode, Listener, Process, Signal};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// From QUIT to the end when nobody is served. Typical; some milliseconds on an idle machine.
const FINISH: Duration = Duration::from_millis(30);

/// How often, and how long between, nginx tries to bind a port that is taken.
const BIND_ATTEMPTS: u32 = 5;
const BIND_PAUSE: Duration = Duration::from_millis(500);

/// Folders that nginx makes at its start.
const TEMPORARY: [&str; 5] = ["client_temp", "proxy_temp", "fastcgi_temp", "uwsgi_temp", "scgi_temp"];

/// What the command line says.
#[derive(Default)]
struct Options {
    file: Option<String>,
    global: String,
    signal: Option<String>,
    tests: bool,
    dumps: bool,
    quiet: bool,
    version: bool,
}

/// The program.
pub async fn nginx(process: Process) -> ExitCode {
    let options = match options(&process.args()) {
        Ok(options) => options,
        Err(text) => {
            process.complain(format!("nginx: {text}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    let version = version(&process);
    if options.version {
        process.complain(format!("nginx version: nginx/{version}\n")).await;
        return ExitCode::SUCCESS;
    }
    let path = options.file.clone().unwrap_or_else(|| format!("{FOLDER}/nginx.conf"));
    let mut warnings = Vec::new();
    let read = read(&process, &path, &options.global, &mut warnings);
    for text in warnings.iter().chain(&not_root(&process, &read)) {
        complain(&process, "warn", text).await;
    }
    let whole = match read {
        Ok(whole) => whole,
        Err(text) => {
            complain(&process, "emerg", &text).await;
            if options.tests {
                process.complain(format!("nginx: configuration file {path} test failed\n")).await;
            }
            return ExitCode::FAILURE;
        }
    };
    if options.tests {
        return tested(&process, &path, &options).await;
    }
    if let Some(signal) = &options.signal {
        return send(&process, &whole, signal).await;
    }
    let is_daemon = whole.first("daemon").is_none_or(|node| node.word(1) == "on");
    if is_daemon {
        // Whoever started it goes on at once: as a container's main process, that is the end of the container.
        let started = process.fork(move |child| async move { master(child, whole, path, options.global).await });
        return if started.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    master(process, whole, path, options.global).await
}

fn options(words: &[Rc<str>]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let mut value = |name: &str| match word.get(2..).filter(|rest| !rest.is_empty()) {
            Some(inline) => Ok(inline.to_string()),
            None => rest.next().map(|value| value.to_string()).ok_or(format!("option \"-{name}\" requires parameter")),
        };
        match word.get(..2) {
            Some("-t") => options.tests = true,
            Some("-T") => (options.tests, options.dumps) = (true, true),
            Some("-q") => options.quiet = true,
            Some("-v" | "-V") => options.version = true,
            Some("-c") => options.file = Some(value("c")?),
            Some("-g") => options.global = value("g")?,
            Some("-s") => {
                let signal = value("s")?;
                if !matches!(signal.as_str(), "stop" | "quit" | "reopen" | "reload") {
                    return Err(format!("invalid option: \"-s {signal}\""));
                }
                options.signal = Some(signal);
            }
            Some("-p" | "-e") => drop(value("p")?),
            _ if word.starts_with('-') => return Err(format!("invalid option: \"{}\"", word.trim_start_matches('-'))),
            _ => return Err(format!("invalid option: \"{word}\"")),
        }
    }
    Ok(options)
}

fn version(process: &Process) -> String {
    process.variable("NGINX_VERSION").map_or_else(|| super::NEWEST.to_string(), |version| version.to_string())
}

/// A message that is in the log and on the terminal: both are the container's standard error.
async fn complain(process: &Process, level: &str, text: &str) {
    let (date, number) = (Date::now(process).slashes(), process.pid());
    process.complain(format!("{date} [{level}] {number}#{number}: {text}\nnginx: [{level}] {text}\n")).await;
}

fn not_root(process: &Process, read: &Result<Node, String>) -> Option<String> {
    let user = read.as_ref().ok()?.first("user").filter(|_| process.access().owner.user != 0)?;
    Some(format!(
        "the \"user\" directive makes sense only if the master process runs with super-user privileges, ignored in {}",
        user.place
    ))
}

async fn tested(process: &Process, path: &str, options: &Options) -> ExitCode {
    if !options.quiet {
        process.complain(format!("nginx: the configuration file {path} syntax is ok\n")).await;
        process.complain(format!("nginx: configuration file {path} test is successful\n")).await;
    }
    if options.dumps {
        let text =
            process.read_file(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        process.print(format!("# configuration file {path}:\n{text}\n")).await;
    }
    ExitCode::SUCCESS
}

fn pid_file(whole: &Node) -> String {
    whole.first("pid").map_or("/run/nginx.pid", |node| node.word(1)).to_string()
}

/// `nginx -s SIGNAL`: a signal for the process whose number is in the file.
async fn send(process: &Process, whole: &Node, signal: &str) -> ExitCode {
    let path = pid_file(whole);
    let Ok(bytes) = process.read_file(&path) else {
        let text = format!("open() \"{path}\" failed (2: No such file or directory)");
        process.complain(format!("nginx: [error] {text}\n")).await;
        return ExitCode::FAILURE;
    };
    let text = String::from_utf8_lossy(&bytes).trim().to_string();
    let Ok(number) = text.parse::<i64>() else {
        process.complain(format!("nginx: [error] invalid PID number \"{text}\" in \"{path}\"\n")).await;
        return ExitCode::FAILURE;
    };
    let signal = match signal {
        "reload" => Signal::HUP,
        "quit" => Signal::QUIT,
        "reopen" => Signal::USR1,
        _ => Signal::TERM,
    };
    let (date, own) = (Date::now(process).slashes(), process.pid());
    process.complain(format!("{date} [notice] {own}#{own}: signal process started\n")).await;
    match process.kill(number, Some(signal)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            let text = format!("kill({number}, {}) failed (3: No such process)", signal.number());
            process.complain(format!("nginx: [alert] {text}\n")).await;
            ExitCode::FAILURE
        }
    }
}

/// Folders, ports, the file with the process number: what can be missing at the start.
async fn prepare(process: &Process, whole: &Node, ports: &[u16]) -> Result<Vec<Listener>, String> {
    for name in TEMPORARY {
        let path = format!("/var/cache/nginx/{name}");
        if let Err(error) = process.make_folders(&path) {
            let number = match error {
                Errno::Erofs => 30,
                Errno::Eacces => 13,
                _ => 2,
            };
            return Err(format!("mkdir() \"{path}\" failed ({number}: {})", error.message()));
        }
    }
    let mut listeners = Vec::new();
    for port in ports {
        listeners.push(bind(process, *port).await?);
    }
    let path = pid_file(whole);
    let written = process.write_file(&path, format!("{}\n", process.pid()).as_bytes()).await;
    written.map_err(|error| {
        let number = if error == Errno::Erofs { 30 } else { 13 };
        format!("open() \"{path}\" failed ({number}: {})", error.message())
    })?;
    Ok(listeners)
}

async fn bind(process: &Process, port: u16) -> Result<Listener, String> {
    for _ in 0..BIND_ATTEMPTS {
        match process.listen(port) {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                let number = if error == Errno::Eacces { 13 } else { 98 };
                let text = format!("bind() to 0.0.0.0:{port} failed ({number}: {})", error.message());
                if error == Errno::Eacces {
                    return Err(text);
                }
                complain(process, "emerg", &text).await;
                process.sleep(BIND_PAUSE).await;
            }
        }
    }
    Err("still could not bind()".into())
}

/// The master: it serves until a signal ends it.
async fn master(process: Process, whole: Node, path: String, global: String) -> ExitCode {
    handle_signals(&process, &[Signal::QUIT, Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1, Signal::WINCH]);
    let site = Rc::new(Site::new(&process, &whole, &version(&process)));
    let mut listeners = match prepare(&process, &whole, &site.ports()).await {
        Ok(listeners) => listeners,
        Err(text) => {
            complain(&process, "emerg", &text).await;
            return ExitCode::FAILURE;
        }
    };
    begin(&site, &whole).await;
    let current = Rc::new(RefCell::new(site));
    let count = Rc::new(Cell::new(0));
    let mut crowd = Crowd::default();
    loop {
        let handler = |port: u16, connection: Connection| -> Handling {
            count.set(count.get() + 1);
            let site = current.borrow().clone();
            Box::pin(answer(site, port, count.get(), connection))
        };
        let all: Vec<&Listener> = listeners.iter().collect();
        let signal = serve(&process, &all, &mut crowd, &handler).await;
        let site = current.borrow().clone();
        match signal {
            Signal::HUP => {
                if let Some(next) = reloaded(&site, &path, &global, &mut listeners).await {
                    current.replace(next);
                }
            }
            Signal::USR1 => note(&site, "notice", "signal 10 (SIGUSR1) received, reopening logs").await,
            Signal::WINCH => {}
            Signal::QUIT => {
                drop(listeners);
                return quit(&site, &mut crowd).await;
            }
            other => return exited(&site, other).await,
        }
    }
}

async fn begin(site: &Site, whole: &Node) {
    let workers = whole.first("worker_processes").and_then(|node| node.word(1).parse().ok());
    let lines = [
        "using the \"epoll\" event method".to_string(),
        format!("nginx/{}", site.version),
        format!("built by {BUILT_BY}"),
        "getrlimit(RLIMIT_NOFILE): 1048576:1048576".to_string(),
        "start worker processes".to_string(),
    ];
    for line in lines {
        note(site, "notice", &line).await;
    }
    for number in 0..workers.unwrap_or(2_u32) {
        note(site, "notice", &format!("start worker process {}", WORKER + number)).await;
    }
}

/// SIGHUP: the configuration is read again; with a mistake in it everything stays as it was.
async fn reloaded(site: &Site, path: &str, global: &str, listeners: &mut Vec<Listener>) -> Option<Rc<Site>> {
    let process = &site.process;
    note(site, "notice", "signal 1 (SIGHUP) received, reconfiguring").await;
    note(site, "notice", "reconfiguring").await;
    let mut warnings = Vec::new();
    let whole = match read(process, path, global, &mut warnings) {
        Ok(whole) => whole,
        Err(text) => {
            note(site, "emerg", &text).await;
            return None;
        }
    };
    for text in warnings {
        note(site, "warn", &text).await;
    }
    let next = Rc::new(Site::new(process, &whole, &site.version));
    let ports = next.ports();
    for port in &ports {
        if listeners.iter().any(|listener| listener.port() == *port) {
            continue;
        }
        match bind(process, *port).await {
            Ok(listener) => listeners.push(listener),
            Err(text) => {
                note(site, "emerg", &text).await;
                return None;
            }
        }
    }
    listeners.retain(|listener| ports.contains(&listener.port()));
    note(&next, "notice", "using the \"epoll\" event method").await;
    note(&next, "notice", "start worker processes").await;
    Some(next)
}

/// SIGQUIT: no new connections; those that are served are served to their end.
async fn quit(site: &Site, crowd: &mut Crowd) -> ExitCode {
    note(site, "notice", "signal 3 (SIGQUIT) received, shutting down").await;
    let process = &site.process;
    let worker = |text: &str| format!("{} [notice] {WORKER}#{WORKER}: {text}\n", Date::now(process).slashes());
    process.complain(worker("gracefully shutting down")).await;
    while !crowd.is_empty() {
        crowd.beside(process.sleep(Duration::from_millis(10))).await;
    }
    process.sleep(FINISH).await;
    process.complain(worker("exiting")).await;
    process.complain(worker("exit")).await;
    ended(site).await
}

async fn exited(site: &Site, signal: Signal) -> ExitCode {
    let name = signal.name().unwrap_or_default();
    note(site, "notice", &format!("signal {} (SIG{name}) received, exiting", signal.number())).await;
    site.process.sleep(FINISH).await;
    ended(site).await
}

async fn ended(site: &Site) -> ExitCode {
    note(site, "notice", &format!("signal 17 (SIGCHLD) received from {WORKER}")).await;
    note(site, "notice", &format!("worker process {WORKER} exited with code 0")).await;
    note(site, "notice", "exit").await;
    ExitCode::SUCCESS
}
