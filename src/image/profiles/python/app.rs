//! A recognised app: its start, its server, its requests.

use super::source::{Action, Source};
use super::traceback::{FLASK_REQUEST, FROZEN_OS, Frame, PSYCOPG2_CONNECT, Trace, traceback};
use super::{Python, module};
use crate::image::declared::{Clues, stand_for, trace};
use crate::image::identity::Identity;
use crate::image::profiles::postgres::client::{Session, Target, connect};
use crate::image::profiles::redis;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Process, Signal};
use std::rc::Rc;
use std::time::Duration;

/// Importing Flask and a database driver (recordings: 0.13 to 0.48 s from the start to the first words).
const IMPORT: Duration = Duration::from_millis(265);
/// Python's own start.
pub const LAUNCH: Duration = Duration::from_millis(20);
/// From the last words of a failed program to its end.
const FINISH: Duration = Duration::from_millis(30);
/// Opening a session and its statements, for a request (recording: a request takes about 35 ms in all).
const REQUEST: Duration = Duration::from_millis(8);

/// An exception: where it came from, and its last line.
struct Failure {
    way: Vec<usize>,
    below: &'static [Frame],
    error: String,
}

/// Why a program, or a request, goes no further.
enum End {
    /// It says so.
    Exit(ExitCode),
    /// An exception.
    Failure(Failure),
}

struct App {
    process: Process,
    python: Python,
    source: Source,
    file: String,
}

/// The program `python`.
pub async fn python(process: Process, python: Python) -> ExitCode {
    process.sleep(LAUNCH).await;
    let words = process.args();
    let operand = words.iter().skip(1).find(|word| !matches!(&***word, "-u" | "-B" | "-O"));
    match operand.map(|word| &**word) {
        None => ExitCode::SUCCESS,
        Some("--version" | "-V") => {
            process.print(format!("Python 3.{}\n", python.minor)).await;
            ExitCode::SUCCESS
        }
        Some("-c") => {
            let text = words.last().map(|word| word.to_string()).unwrap_or_default().replace("; ", "\n");
            run_source(process, python, &text, "<string>", "python").await
        }
        Some("-m") => module::module(process, python).await,
        Some(path) => run_file(process, python, path, "python").await,
    }
}

/// `python -m http.server`.
pub async fn serve_folder(process: Process, python: Python, port: u16) -> ExitCode {
    let page = "import flask\n@app.route('/')\ndef index():\n    return 'Directory listing for /'\n";
    let source = format!("{page}app.run(host='0.0.0.0', port={port})\n");
    let app = App { process, python, source: Source::read(&source), file: "http/server.py".to_string() };
    Rc::new(app).serve(port, true).await
}

/// Runs a file, started by `runner`: `python`, `flask`, `gunicorn`.
pub async fn run_file(process: Process, python: Python, path: &str, runner: &str) -> ExitCode {
    let Ok(bytes) = process.read_file(path) else {
        let absolute = process.absolute(path);
        if trace::is_above(&absolute, &|path| process.stat(path).is_ok()) {
            return stand_for(process, Clues::default()).await;
        }
        let text = format!("python: can't open file '{absolute}': [Errno 2] No such file or directory\n");
        process.complain(text).await;
        return ExitCode(2);
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let file = process.absolute(path);
    run_source(process, python, &text, &file, runner).await
}

async fn run_source(process: Process, python: Python, text: &str, file: &str, runner: &str) -> ExitCode {
    let app = Rc::new(App { source: Source::read(text), process, python, file: file.to_string() });
    if let Some(missing) = app.missing_module() {
        let way = app.source.lines.iter().position(|line| line.contains(&missing)).map_or(1, |at| at + 1);
        let error = format!("ModuleNotFoundError: No module named '{missing}'");
        return app.fail(&[way], &[], &error).await;
    }
    if !app.source.is_recognised() {
        return stand_for(app.process.clone(), Clues::default()).await;
    }
    let imports = app.source.imports();
    if imports.iter().any(|name| name == "flask" || name == "psycopg2") {
        app.process.sleep(IMPORT).await;
    }
    if let Err(code) = app.start().await {
        return code;
    }
    let text = app.source.lines.join("\n");
    if !imports.iter().any(|name| name == "flask") || !(text.contains(".run(") || runner != "python") {
        return ExitCode::SUCCESS;
    }
    let none = |_: &str| None;
    let argument = |name: &str| app.source.argument(".run(", &[name], &none);
    let default_port = if runner == "gunicorn" { 8000 } else { 5000 };
    let words = app.process.args();
    let option = |names: &[&str]| {
        let at = words.iter().position(|word| names.contains(&&**word))?;
        words.get(at + 1).map(|word| word.to_string())
    };
    let bind = option(&["-b", "--bind"])
        .and_then(|bind| bind.rsplit_once(':').map(|(host, port)| (host.to_string(), port.to_string())));
    let (bind_host, bind_port) = bind.map_or((None, None), |(host, port)| (Some(host), Some(port)));
    let port =
        bind_port.or_else(|| option(&["-p", "--port"])).or_else(|| argument("port")).and_then(|port| port.parse().ok());
    let host = bind_host
        .or_else(|| option(&["-h", "--host"]).or_else(|| option(&["--host=0.0.0.0"])))
        .or_else(|| argument("host"));
    let is_open = host.as_deref() == Some("0.0.0.0") || words.iter().any(|word| &**word == "--host=0.0.0.0");
    app.serve(port.unwrap_or(default_port), is_open).await
}

impl App {
    /// A module of pip's that is imported and not installed.
    fn missing_module(&self) -> Option<String> {
        let from_pip =
            ["flask", "psycopg2", "redis", "requests", "fastapi", "django", "sqlalchemy", "pymongo", "mysql"];
        if trace::is_above(&self.file, &|path| self.process.stat(path).is_ok()) {
            return None;
        }
        let is_missing = |name: &String| {
            from_pip.contains(&name.as_str()) && !module::is_installed(&self.process, &self.python, name)
        };
        self.source.imports().into_iter().find(is_missing)
    }

    async fn fail(&self, way: &[usize], below: &[Frame], error: &str) -> ExitCode {
        let trace = Trace { before: &[], way, below, error };
        self.process.complain(traceback(&self.python, &self.file, &self.source, &trace)).await;
        self.process.sleep(FINISH).await;
        ExitCode::FAILURE
    }

    /// An exception in a request: Flask writes it down and goes on.
    async fn fail_request(&self, request: &Request, failure: &Failure) {
        let date = Date::now(&self.process).millis().replace('.', ",");
        let Failure { way, below, error } = failure;
        let trace = Trace { before: FLASK_REQUEST, way, below, error };
        let text = traceback(&self.python, &self.file, &self.source, &trace);
        let head = format!("[{date}] ERROR in app: Exception on {} [{}]\n", request.plain_path(), request.method);
        self.process.complain(format!("{head}{text}")).await;
    }

    fn target(&self) -> Target {
        let variable = |name: &str| self.process.variable(name).map(|value| value.to_string());
        let argument = |names: &[&str]| self.source.argument("psycopg2.connect(", names, &variable);
        let user = argument(&["user"]).unwrap_or_else(|| "root".to_string());
        Target {
            host: argument(&["host"]),
            port: argument(&["port"]).and_then(|port| port.parse().ok()).unwrap_or(5432),
            database: argument(&["dbname", "database"]).unwrap_or_else(|| user.clone()),
            password: argument(&["password"]),
            user,
        }
    }

    /// What the program does before it serves. A script without a server loops here if it says so.
    async fn start(&self) -> Result<(), ExitCode> {
        if let Some(name) = self.missing_variable() {
            let way = self.source.way_to(&format!("environ[\"{name}\"]"), None, 0).unwrap_or_else(|| vec![1]);
            return Err(self.fail(&way, &[FROZEN_OS], &format!("KeyError: '{name}'")).await);
        }
        let actions = self.source.actions(None, 0);
        let way = self.source.way_to("psycopg2.connect(", None, 0);
        let session = match &way {
            Some(way) => match self.open(way).await {
                Ok(session) => Some(session),
                Err(failure) => return Err(self.fail(&failure.way, failure.below, &failure.error).await),
            },
            None => None,
        };
        loop {
            for action in &actions {
                if let Err(end) = self.act(action, session.as_ref(), way.as_deref().unwrap_or(&[1])).await {
                    return Err(match end {
                        End::Exit(code) => code,
                        End::Failure(failure) => self.fail(&failure.way, failure.below, &failure.error).await,
                    });
                }
            }
            let sleeps = actions.iter().any(|action| matches!(action, Action::Sleep(millis) if *millis > 0));
            if !self.source.loops() || !sleeps {
                return Ok(());
            }
        }
    }

    /// A variable that is taken with `os.environ["X"]` at start and is not set.
    fn missing_variable(&self) -> Option<String> {
        let text = self.source.lines.join("\n");
        let mut names =
            text.match_indices("environ[\"").filter_map(|(at, found)| text[at + found.len()..].split('"').next());
        names.find(|name| self.process.variable(name).is_none()).map(str::to_string)
    }

    async fn open(&self, way: &[usize]) -> Result<Session, Failure> {
        connect(&self.process, &self.target()).await.map_err(|refusal| Failure {
            way: way.to_vec(),
            below: &[PSYCOPG2_CONNECT],
            error: format!("psycopg2.OperationalError: {}", refusal.text()),
        })
    }

    async fn act(&self, action: &Action, session: Option<&Session>, way: &[usize]) -> Result<Option<String>, End> {
        match action {
            Action::Sql(sql) => {
                let Some(session) = session else { return Ok(None) };
                let answer = session.query(sql).await.map_err(|error| {
                    let error = format!("psycopg2.{}\n", exception(&error));
                    End::Failure(Failure { way: way.to_vec(), below: &[], error })
                })?;
                return Ok(answer.rows.first().and_then(|row| row.first()).cloned().flatten());
            }
            Action::Increment(key) => return self.increment(key).await.map(Some),
            Action::Print(text) => self.process.print(format!("{text}\n")).await,
            Action::Sleep(millis) => self.process.sleep(Duration::from_millis(*millis)).await,
            Action::Exit(code) => return Err(End::Exit(ExitCode(*code))),
        }
        Ok(None)
    }

    async fn increment(&self, key: &str) -> Result<String, End> {
        let variable = |name: &str| self.process.variable(name).map(|value| value.to_string());
        let argument = |names: &[&str]| self.source.argument("Redis(", names, &variable);
        let host = argument(&["host"]).unwrap_or_else(|| "localhost".to_string());
        let port = argument(&["port"]).and_then(|port| port.parse().ok()).unwrap_or(6379);
        let password = argument(&["password"]).unwrap_or_default();
        let error = match redis::ask(&self.process, &host, port, &password, &["incr", key]).await {
            Ok(redis::Reply::Number(number)) => return Ok(number.to_string()),
            Ok(redis::Reply::Error(text)) if text.starts_with("NOAUTH") => {
                format!("redis.exceptions.AuthenticationError: {}", text.trim_start_matches("NOAUTH "))
            }
            Ok(redis::Reply::Error(text)) => format!("redis.exceptions.ResponseError: {text}"),
            Ok(other) => format!("redis.exceptions.ResponseError: {other:?}"),
            Err(error) if error == "Connection refused" => {
                format!("redis.exceptions.ConnectionError: Error 111 connecting to {host}:{port}. {error}.")
            }
            Err(error) => {
                format!("redis.exceptions.ConnectionError: Error -2 connecting to {host}:{port}. {error}.")
            }
        };
        Err(End::Failure(Failure { way: vec![1], below: &[], error }))
    }

    /// Flask's server. Without `host='0.0.0.0'` it listens on the loopback only, so others get no answer.
    async fn serve(self: Rc<Self>, port: u16, is_open: bool) -> ExitCode {
        let process = &self.process;
        let stem = self.file.rsplit('/').next().unwrap_or("app").trim_end_matches(".py").to_string();
        let debug = self.source.lines.join("\n").contains("debug=True");
        process
            .print(format!(" * Serving Flask app '{stem}'\n * Debug mode: {}\n", if debug { "on" } else { "off" }))
            .await;
        process.sleep(Duration::from_millis(5)).await;
        let Ok(listener) = process.listen(port) else {
            process.complain(format!("Address already in use\nPort {port} is in use by another program. Either identify and stop that program, or start the server with a different port.\n")).await;
            return ExitCode::FAILURE;
        };
        let mut text = String::from(
            "WARNING: This is a development server. Do not use it in a production deployment. Use a production WSGI server instead.\n",
        );
        if is_open {
            text.push_str(" * Running on all addresses (0.0.0.0)\n");
        }
        text.push_str(&format!(" * Running on http://127.0.0.1:{port}\n"));
        if let Some(address) = process.namespaces().network().address().filter(|_| is_open) {
            text.push_str(&format!(" * Running on http://{address}:{port}\n"));
        }
        text.push_str("Press CTRL+C to quit\n");
        process.complain(text).await;
        if debug {
            handle_signals(process, &[Signal::TERM]);
            if let Err(code) = self.reload().await {
                return code;
            }
        }
        let mut crowd = Crowd::default();
        let app = self.clone();
        let handler = move |_: u16, connection: Connection| -> Handling {
            let app = app.clone();
            Box::pin(async move {
                if is_open || connection.peer().is_loopback() {
                    app.answer(connection).await;
                }
            })
        };
        serve(process, &[&listener], &mut crowd, &handler).await;
        ExitCode::SUCCESS
    }

    /// What debug mode does first: a second Python runs the program again, and serves. The first one ends at SIGTERM, as the
    /// reloader's handler has it (werkzeug's `run_with_reloader`); without debug mode nobody handles it.
    async fn reload(&self) -> Result<(), ExitCode> {
        self.process.complain(" * Restarting with stat\n").await;
        self.process.sleep(LAUNCH + IMPORT).await;
        self.start().await?;
        let digits: String = Identity::of(&self.file).digits().chars().filter(char::is_ascii_digit).take(9).collect();
        let pin = digits.as_bytes().chunks(3).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-");
        self.process.complain(format!(" * Debugger is active!\n * Debugger PIN: {pin}\n")).await;
        Ok(())
    }

    async fn answer(&self, connection: Connection) {
        let Some(request) = Request::receive(&connection).await else { return };
        let path = request.plain_path();
        let route = self.source.functions.iter().find(|function| function.route.as_deref() == Some(path));
        let (status, body) = match route {
            None => (404, "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n".to_string()),
            Some(function) => match self.respond(function).await {
                Ok(body) => (200, body),
                Err(end) => {
                    if let End::Failure(failure) = &end {
                        self.fail_request(&request, failure).await;
                    }
                    (500, "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>\n".to_string())
                }
            },
        };
        let date = Date::now(&self.process).werkzeug();
        let line =
            format!("{} - - [{date}] \"{} {} HTTP/1.1\" {status} -\n", connection.peer(), request.method, request.path);
        self.process.complain(line).await;
        Response::html(status, body).send(&connection, &request).await;
    }

    async fn respond(&self, function: &super::source::Function) -> Result<String, End> {
        let way = self.source.way_to("psycopg2.connect(", Some(function), 0);
        let session = match &way {
            Some(way) => Some(self.open(way).await.map_err(End::Failure)?),
            None => None,
        };
        self.process.sleep(REQUEST).await;
        let mut last = None;
        for action in self.source.actions(Some(function), 0) {
            let value = self.act(&action, session.as_ref(), way.as_deref().unwrap_or(&[1])).await?;
            last = value.or(last);
        }
        let text = self.source.returned(function).unwrap_or_default();
        Ok(fill(&text, last.as_deref().unwrap_or("")))
    }
}

/// psycopg2's exception for a server's error, with its text.
fn exception(error: &str) -> String {
    let text = error.trim_start_matches("ERROR:  ");
    let kind = match text {
        _ if text.starts_with("relation") => "errors.UndefinedTable",
        _ if text.starts_with("column") => "errors.UndefinedColumn",
        _ if text.starts_with("syntax error") => "errors.SyntaxError",
        _ if text.starts_with("duplicate key") => "errors.UniqueViolation",
        _ if text.starts_with("server closed") => "OperationalError",
        _ => "DatabaseError",
    };
    format!("{kind}: {text}")
}

/// `text` with whatever stands in braces replaced by `value`.
fn fill(text: &str, value: &str) -> String {
    match (text.find('{'), text.rfind('}')) {
        (Some(start), Some(end)) if start < end => format!("{}{value}{}", &text[..start], &text[end + 1..]),
        _ => text.to_string(),
    }
}
