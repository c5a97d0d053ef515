//! Apache as images run it in the foreground: the lines of its log, its access log, its pages for errors, its signals.
//! Must not know any image, nor what is served.
//!
//! Sources: Apache 2.4, `server/mpm/event/event.c` and `server/mpm/prefork/prefork.c` for the lines and the way it stops,
//! `server/util.c` for AH00558, `server/log.c` for AH00099 and the form of a line, `server/listen.c` for AH00072,
//! `modules/http/http_protocol.c` for the pages; its manual, "Stopping and Restarting Apache HTTP Server"; logs of the
//! official images `httpd` 2.4.62 and `wordpress` 6. Simplified: workers are no processes of their own.

use crate::image::programs::clock::Date;
use crate::image::programs::daemon::Pending;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::kernel::http::{Request, Response, reason};
use crate::kernel::{Connection, Errno, ExitCode, Listener, Process, Signal};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

/// From its start to its first line. Typical of a laptop; 20 to 200 ms.
const LAUNCH: Duration = Duration::from_millis(60);

/// From the warnings to the line that it is there. Typical; 10 to 50 ms.
const CONFIGURE: Duration = Duration::from_millis(20);

/// How often it looks whether its workers have ended: a graceful stop takes this long at least (`prefork.c` and `event.c`,
/// "Pause for a second").
const GRACE: Duration = Duration::from_secs(1);

/// How long it takes to end its workers at once (`server/mpm_unix.c`: it looks after 16 ms, then after ever longer pauses).
const RECLAIM: Duration = Duration::from_millis(100);

/// How requests are shared out: the module names itself in each line, and each has its own numbers for the same messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    /// `mpm_event`, what `httpd` is built with.
    Event,
    /// `mpm_prefork`, what PHP's module needs (Dockerfile of the official `php:apache`: `a2dismod mpm_event`).
    Prefork,
}

/// What is said in the access log behind the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `%>s %b`, of `httpd.conf`.
    Common,
    /// `%>s %O "%{Referer}i" "%{User-Agent}i"`, of Debian's `apache2.conf`.
    Combined,
}

/// An Apache.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apache {
    /// Its program's name: `httpd`, or `apache2` on Debian.
    pub name: &'static str,
    pub model: Model,
    /// Release and modules: `Apache/2.4.65 (Unix)`.
    pub banner: &'static str,
    /// The `Server` header: all of the banner, or the part that `ServerTokens` shows.
    pub server: &'static str,
    /// The file with its number.
    pub pid_file: &'static str,
    pub format: Format,
}

/// What answers a request of a client.
pub(super) type Answer = Rc<dyn Fn(Request, Ipv4Addr) -> Pending<Response>>;

/// What its configuration comes to.
pub(super) struct Setup {
    pub ports: Vec<u16>,
    /// Whether `ServerName` is set for the whole server.
    pub has_name: bool,
    pub answer: Answer,
}

/// Reads the configuration: at the start, and at each restart. The error is all it says before it ends with code 1.
pub(super) type Configure<'a> = &'a dyn Fn() -> Result<Setup, String>;

/// Runs it until a signal ends it.
pub(super) async fn run(process: Process, apache: Apache, configure: Configure<'_>) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT, Signal::WINCH, Signal::HUP, Signal::USR1]);
    process.sleep(LAUNCH).await;
    loop {
        let setup = match configure() {
            Ok(setup) => setup,
            Err(text) => return refuse(&process, &text).await,
        };
        // It comes twice, since the configuration is read twice.
        process.complain(warning_of_name(&process, &apache, setup.has_name).repeat(2)).await;
        process.sleep(CONFIGURE).await;
        let listeners = match listen(&process, &apache, &setup.ports).await {
            Ok(listeners) => listeners,
            Err(text) => return refuse(&process, &text).await,
        };
        note(
            &process,
            apache.model.module(),
            &format!("{}: {} configured -- resuming normal operations", apache.model.number(0), apache.banner),
        )
        .await;
        note(&process, "core", &format!("AH00094: Command line: '{} -D FOREGROUND'", apache.name)).await;
        let mut crowd = Crowd::default();
        let all: Vec<&Listener> = listeners.iter().collect();
        let handler =
            |_: u16, connection: Connection| handle(process.clone(), apache, setup.answer.clone(), connection);
        let signal = serve(&process, &all, &mut crowd, &handler).await;
        if ends(&process, &apache, signal, &mut crowd).await {
            return ExitCode::SUCCESS;
        }
    }
}

async fn refuse(process: &Process, text: &str) -> ExitCode {
    process.complain(text).await;
    ExitCode::FAILURE
}

/// Reacts to a signal: whether it ends. Whoever is being served keeps what is left of a graceful stop or restart.
async fn ends(process: &Process, apache: &Apache, signal: Signal, crowd: &mut Crowd) -> bool {
    let model = apache.model;
    if signal == Signal::USR1 {
        note(process, model.module(), &format!("{}: SIGUSR1 received.  Doing graceful restart", model.number(3))).await;
    } else if signal == Signal::HUP {
        note(process, model.module(), &format!("{}: SIGHUP received.  Attempting to restart", model.number(4))).await;
    } else if signal == Signal::WINCH {
        note(process, model.module(), &format!("{}: caught SIGWINCH, shutting down gracefully", model.number(2))).await;
        crowd.beside(process.sleep(GRACE)).await;
        while !crowd.is_empty() && !process.has_signal() {
            crowd.beside(process.sleep(GRACE)).await;
        }
        remove_pid(process, apache);
        return true;
    } else {
        process.sleep(RECLAIM).await;
        note(process, model.module(), &format!("{}: caught SIGTERM, shutting down", model.number(1))).await;
        remove_pid(process, apache);
        return true;
    }
    false
}

fn remove_pid(process: &Process, apache: &Apache) {
    // It may have been removed by somebody else; then there is nothing left to do.
    let _ = process.remove_file(apache.pid_file);
}

impl Model {
    fn module(self) -> &'static str {
        match self {
            Model::Event => "mpm_event",
            Model::Prefork => "mpm_prefork",
        }
    }

    /// The numbers of: configured, SIGTERM, SIGWINCH, SIGUSR1, SIGHUP.
    fn number(self, message: usize) -> &'static str {
        match self {
            Model::Event => ["AH00489", "AH00491", "AH00492", "AH00493", "AH00494"][message],
            Model::Prefork => ["AH00163", "AH00169", "AH00170", "AH00171", "AH00173"][message],
        }
    }
}

/// AH00558: a container's name is no full one unless `hostname:` has a point in it.
pub(super) fn warning_of_name(process: &Process, apache: &Apache, has_name: bool) -> String {
    if has_name || process.hostname().contains('.') {
        return String::new();
    }
    let own = process.namespaces().network().address().map_or("127.0.0.1".to_string(), |address| address.to_string());
    format!(
        "AH00558: {}: Could not reliably determine the server's fully qualified domain name, using {own}. Set the 'ServerName' directive globally to suppress this message\n",
        apache.name
    )
}

/// Opens the ports and writes the file with the process number; the error is what it says.
async fn listen(process: &Process, apache: &Apache, ports: &[u16]) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::new();
    for port in ports {
        listeners.push(process.listen(*port).map_err(|_| {
            format!(
                "(98)Address already in use: AH00072: make_sock: could not bind to address [::]:{port}\n(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:{port}\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n"
            )
        })?);
    }
    let path = apache.pid_file;
    process.write_file(path, format!("{}\n", process.pid()).as_bytes()).await.map_err(|error| {
        let reason = match error {
            Errno::Erofs => format!("(30){}", error.message()),
            Errno::Enoent => format!("(2){}", error.message()),
            _ => format!("(13){}", error.message()),
        };
        line(process, "core", "error", &format!("{reason}: AH00099: could not create {path}"))
            + &line(process, "core", "error", &format!("AH00100: {}: could not log pid to file {path}", apache.name))
    })?;
    Ok(listeners)
}

/// A line of the error log: `[Sun Nov 22 09:47:29.123456 2026] [core:notice] [pid 1:tid 1] TEXT`.
fn line(process: &Process, module: &str, level: &str, text: &str) -> String {
    let number = process.pid();
    format!("[{}] [{module}:{level}] [pid {number}:tid {number}] {text}\n", Date::now(process).apache())
}

/// Writes a notice.
pub(super) async fn note(process: &Process, module: &str, text: &str) {
    process.complain(line(process, module, "notice", text)).await;
}

/// Writes an error or a warning; what is about a request names its client, too.
pub(super) async fn complain(process: &Process, module: &str, level: &str, text: &str) {
    process.complain(line(process, module, level, text)).await;
}

fn handle(process: Process, apache: Apache, answer: Answer, connection: Connection) -> Handling {
    Box::pin(async move {
        let Some(request) = Request::receive(&connection).await else { return };
        let mut response = answer(request.clone(), connection.peer()).await;
        let own = [("Date", Date::now(&process).http()), ("Server", apache.server.to_string())];
        response.headers.splice(0..0, own.map(|(name, value)| (name.to_string(), value)));
        process.print(access(&process, apache.format, &connection, &request, &response)).await;
        response.send(&connection, &request).await;
    })
}

/// The line of the access log.
fn access(
    process: &Process,
    format: Format,
    connection: &Connection,
    request: &Request,
    response: &Response,
) -> String {
    let body = if request.method == "HEAD" { 0 } else { response.body.len() };
    let head = format!(
        "{} - - [{}] \"{} {} HTTP/1.1\" {}",
        connection.peer(),
        Date::now(process).access_log(),
        request.method,
        request.path,
        response.status
    );
    match format {
        Format::Common if body == 0 => format!("{head} -\n"),
        Format::Common => format!("{head} {body}\n"),
        Format::Combined => {
            let headers: usize = response.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
            let ending = format!("Content-Length: {}\r\nConnection: close\r\n\r\n", response.body.len()).len();
            let all = "HTTP/1.1 200 \r\n".len() + response.reason().len() + headers + ending + body;
            let given = |name: &str| request.header(name).unwrap_or("-").to_string();
            format!("{head} {all} \"{}\" \"{}\"\n", given("referer"), given("user-agent"))
        }
    }
}

/// Its own page for a status.
pub(super) fn error_page(status: u16) -> Response {
    let explanation = match status {
        403 => "You don't have permission to access this resource.",
        404 => "The requested URL was not found on this server.",
        405 => "The requested method is not allowed for this URL.",
        500 => {
            "The server encountered an internal error or\nmisconfiguration and was unable to complete\nyour request."
        }
        503 => {
            "The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems. Please try again later."
        }
        _ => "",
    };
    let title = reason(status);
    Response::of_type(
        status,
        "text/html; charset=iso-8859-1",
        format!(
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{status} {title}</title>\n</head><body>\n<h1>{title}</h1>\n<p>{explanation}</p>\n</body></html>\n"
        ),
    )
}

/// Its page that leads elsewhere.
pub(super) fn moved(status: u16, target: &str) -> Response {
    let title = reason(status);
    let body = format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{status} {title}</title>\n</head><body>\n<h1>{title}</h1>\n<p>The document has moved <a href=\"{target}\">here</a>.</p>\n</body></html>\n"
    );
    Response::of_type(status, "text/html; charset=iso-8859-1", body).with("Location", target)
}

/// The type of a file's content (`conf/mime.types`).
pub(super) fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" => "text/javascript",
        "json" => "application/json",
        "txt" => "text/plain",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}
