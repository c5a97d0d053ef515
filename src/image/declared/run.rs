//! The program that a declaration describes.

use super::{Declared, End, EndKind, Missing, Need, Occasion, Response, Source, Stop, Store, Unknown};
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::kernel::http::{self, Request};
use crate::kernel::select::{Either, select};
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Runs the app from its start to its end, as `declared` has it.
pub(super) async fn run(process: Process, app: Rc<Unknown>, declared: Rc<Declared>) -> ExitCode {
    app.begin(&declared);
    match declared.stop {
        Stop::After(..) => handle_signals(&process, &[Signal::TERM, Signal::INT]),
        Stop::Ignore => {
            let _ = process.set_disposition(Signal::TERM, crate::kernel::Disposition::Ignore);
            handle_signals(&process, &[Signal::INT]);
        }
    }
    if declared.source == Source::Guessed {
        process.print(guess_in_words(&declared)).await;
    }
    let booting = async {
        for need in &declared.needs {
            if !connected(&process, need).await {
                return false;
            }
        }
        process.sleep(declared.boot).await;
        true
    };
    match select(process.signal_arrived(), booting).await {
        Either::Left(()) => return stopped(&process, &declared).await,
        Either::Right(false) => return ExitCode::FAILURE,
        Either::Right(true) => {}
    }
    let mut listeners = Vec::new();
    for port in &declared.listens {
        match process.listen(*port) {
            Ok(listener) => listeners.push(listener),
            // The real app listens elsewhere, then: somebody else in this network has the port.
            Err(_) if declared.source == Source::Guessed => {
                process.complain(format!("drydock: port {port} is taken, so the guess leaves it alone\n")).await;
            }
            Err(error) => {
                process.complain(format!("listen tcp :{port}: bind: {error}\n")).await;
                return ExitCode::FAILURE;
            }
        }
    }
    for line in &declared.log {
        process.print(format!("{line}\n")).await;
    }
    app.booted(&declared);
    live(&process, &app, &declared, &listeners).await
}

fn guess_in_words(declared: &Declared) -> String {
    let needs: Vec<String> = declared.needs.iter().map(|need| format!("{}:{}", need.host, need.port)).collect();
    let ports: Vec<String> = declared.listens.iter().map(u16::to_string).collect();
    let or_nothing = |list: Vec<String>| if list.is_empty() { "nothing".to_string() } else { list.join(", ") };
    let does = match &declared.end {
        Some(End { after, kind: EndKind::Exit { code, .. } }) => {
            format!("ends after {} s with code {code}", after.as_secs_f64())
        }
        _ if declared.only_loopback => format!("listens on {}, on 127.0.0.1 only", or_nothing(ports)),
        _ => format!("listens on {}", or_nothing(ports)),
    };
    let needs = or_nothing(needs);
    format!(
        "drydock: nobody knows this program, so its behaviour is guessed: it connects to {needs}, {does}. Describe it with x-drydock.\n"
    )
}

/// Tries to reach what the app needs, as it is declared to.
async fn connected(process: &Process, need: &Need) -> bool {
    let mut pause = match need.missing {
        Missing::Exit => Duration::ZERO,
        Missing::Retry { every, .. } => every,
    };
    let mut attempt = 1;
    loop {
        let tried = select(process.connect(&need.host, need.port), process.sleep(ATTEMPT)).await;
        let reason = match tried {
            Either::Left(Ok(_)) => return true,
            Either::Left(Err(error)) => error_words(&error),
            Either::Right(()) => "Connection timed out".to_string(),
        };
        let Need { host, port, missing } = need;
        process.complain(format!("cannot connect to {host}:{port}: {reason}\n")).await;
        match missing {
            Missing::Exit => return false,
            Missing::Retry { attempts: Some(most), .. } if attempt >= *most => return false,
            Missing::Retry { .. } => process.sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        attempt += 1;
    }
}

fn error_words(error: &crate::kernel::ConnectError) -> String {
    match error {
        crate::kernel::ConnectError::Name(_) => "Name or service not known".to_string(),
        crate::kernel::ConnectError::Failed(_, error) => error.to_string(),
    }
}

/// From booted to the end.
async fn live(process: &Process, app: &Rc<Unknown>, declared: &Rc<Declared>, listeners: &[Listener]) -> ExitCode {
    for store in declared.stores.iter().filter(|store| store.on == Occasion::Start) {
        add_line(process, store).await;
    }
    let mut crowd = Crowd::default();
    for store in &declared.stores {
        if let Occasion::Every(span) = store.on {
            crowd.push(writing(process.clone(), store.clone(), span));
        }
    }
    let listeners: Vec<&Listener> = listeners.iter().collect();
    let answering =
        Answering { process: process.clone(), app: app.clone(), declared: declared.clone(), count: Rc::default() };
    let handler = |_, connection| answering.clone().answer(connection);
    let serving = serve(process, &listeners, &mut crowd, &handler);
    match select(serving, ending(process, declared.end.as_ref())).await {
        Either::Left(_) => stopped(process, declared).await,
        Either::Right(code) => code,
    }
}

fn writing(process: Process, store: Store, span: Duration) -> Handling {
    Box::pin(async move {
        loop {
            process.sleep(span).await;
            add_line(&process, &store).await;
        }
    })
}

async fn ending(process: &Process, end: Option<&End>) -> ExitCode {
    let Some(end) = end else { return std::future::pending().await };
    process.sleep(end.after).await;
    match &end.kind {
        EndKind::Exit { code, log } => {
            if let Some(log) = log {
                process.complain(format!("{log}\n")).await;
            }
            ExitCode(*code)
        }
        // The kernel kills from outside, and takes no part in what the process would say.
        EndKind::OutOfMemory => {
            process.namespaces().run_out_of_memory(process.pid());
            std::future::pending().await
        }
    }
}

async fn stopped(process: &Process, declared: &Declared) -> ExitCode {
    match declared.stop {
        Stop::After(span, code) => {
            process.sleep(span).await;
            ExitCode(code)
        }
        Stop::Ignore => ExitCode(130),
    }
}

/// Adds the store's line to its file, and says how many there are.
async fn add_line(process: &Process, store: &Store) {
    let lines = process.read_file(&store.path).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
    if let Some((folder, _)) = store.path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
        // If the folder cannot be made, writing the file says so.
        let _ = process.make_folders(folder);
    }
    let text = store.text.replace("{count}", &(lines + 1).to_string());
    match process.append_file(&store.path, format!("{text}\n").as_bytes()).await {
        Ok(()) => process.summarise(&store.path, &format!("{} lines", lines + 1)),
        Err(error) => process.complain(format!("{}: {error}\n", store.path)).await,
    }
}

/// What an answer takes.
#[derive(Clone)]
struct Answering {
    process: Process,
    app: Rc<Unknown>,
    declared: Rc<Declared>,
    count: Rc<Cell<u64>>,
}

impl Answering {
    fn answer(self, connection: Connection) -> Handling {
        Box::pin(async move {
            let Self { process, app, declared, count } = &self;
            if declared.only_loopback && !connection.peer().is_loopback() {
                return;
            }
            let Some(request) = Request::receive(&connection).await else { return };
            app.answered(process.now());
            count.set(count.get() + 1);
            for store in declared.stores.iter().filter(|store| store.on == Occasion::Request) {
                add_line(process, store).await;
            }
            let missing = Response { status: 404, body: "not found".to_string(), delay: Duration::ZERO };
            let nothing = Response { status: 200, body: "ok".to_string(), delay: Duration::ZERO };
            let otherwise = if declared.responds.is_empty() { &nothing } else { &missing };
            let response = declared.responds.get(request.plain_path()).unwrap_or(otherwise);
            process.sleep(response.delay).await;
            let body = response.body.replace("{count}", &count.get().to_string());
            http::Response::text(response.status, body).send(&connection, &request).await;
        })
    }
}
