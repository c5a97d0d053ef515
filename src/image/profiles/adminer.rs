//! Adminer: the page for logging in, and whether the database lets one in.
//!
//! Sources: the official image (TimWolla/docker-adminer, `5/Dockerfile`: PHP's own server on port 8080 as the user adminer,
//! SIGINT as its stop signal; `5/index.php`: the server's name that is filled in; `4/entrypoint.sh`). PHP 8.4,
//! `sapi/cli/php_cli_server.c`, for the lines of the log; Adminer 5, `adminer/include/auth.inc.php`, for the answers.
//! Simplified: behind the login there is the name of the server and the list of databases.

use super::php::{escaped, form};
use super::{Profile, mysql, postgres};
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::files::Owner;
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Process, Signal};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Adminer.
pub const PROFILE: Profile = Profile { repositories: &["adminer"], title: "Adminer", define };

/// From its start to its first line. Typical of a laptop; 30 to 200 ms.
const LAUNCH: Duration = Duration::from_millis(80);

/// The release of November 2025 (`5/Dockerfile`, `FROM php:8.4-alpine`).
const PHP: &str = "8.4.15";

/// The first number of users that Alpine's `adduser -S` gives (BusyBox, `loginutils/adduser.c`).
const USER: u32 = 100;

/// The port number of a client that is shown; the simulation gives clients none, so they count from here.
const FIRST_CLIENT: u32 = 40_000;

const SIMPLIFIED: &[&str] = &[
    "behind its login there is the server's name and the list of databases",
    "MySQL and PostgreSQL alone; no plugins, no designs",
    "the numbers of clients' ports are counted, not real",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::alpine();
    super::curl::install(&root);
    base::add_user(&root, "adminer", USER, "/home/adminer");
    base::folder(&root, "/var/www/html/plugins-enabled", Owner { user: USER, group: USER }, 0o755);
    for name in ["index.php", "adminer.php"] {
        base::write(&root, &format!("/var/www/html/{name}"), "<?php\n");
    }
    for name in ["entrypoint.sh", "docker-php-entrypoint"] {
        root.install(&format!("/usr/local/bin/{name}"), programs::of(move |process| pass_on(process, name)));
    }
    root.install("/usr/local/bin/php", programs::of(php));
    let mut config = ImageConfig {
        entrypoint: vec!["entrypoint.sh".into(), "docker-php-entrypoint".into()],
        cmd: ["php", "-S", "[::]:8080", "-t", "/var/www/html"].map(Into::into).to_vec(),
        working_dir: "/var/www/html".into(),
        user: "adminer".into(),
        stop_signal: Some("SIGINT".into()),
        exposed_ports: ["8080/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("ADMINER_VERSION", "5.4.1");
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// An entrypoint that ends with `exec "$@"`; PHP's own gives options to `php`.
async fn pass_on(process: Process, name: &'static str) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if name == "docker-php-entrypoint" && command.first().is_some_and(|word| word.starts_with('-')) {
        command.insert(0, "php".into());
    }
    // Where each of the scripts runs `exec "$@"`.
    let line = if name == "entrypoint.sh" { 22 } else { 9 };
    programs::exec(&process, &command, &format!("/usr/local/bin/{name}"), line).await
}

/// `php -S ADDRESS -t FOLDER`. It handles SIGINT alone: as process 1 it does not end at SIGTERM.
async fn php(process: Process) -> ExitCode {
    let words = process.args();
    let after = |option: &str| words.iter().skip_while(|word| ***word != *option).nth(1).map(|word| word.to_string());
    let Some(address) = after("-S") else {
        process.complain("drydock: of PHP only its own server, -S, is simulated\n").await;
        return ExitCode::FAILURE;
    };
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(8080);
    handle_signals(&process, &[Signal::INT]);
    process.sleep(LAUNCH).await;
    let Ok(listener) = process.listen(port) else {
        let text = format!("Failed to listen on {address} (reason: Address already in use)");
        process.complain(line(&process, &text)).await;
        return ExitCode::FAILURE;
    };
    process.complain(line(&process, &format!("PHP {PHP} Development Server (http://{address}) started"))).await;
    let clients = Rc::new(Cell::new(FIRST_CLIENT));
    let handler = |_: u16, connection: Connection| handle(process.clone(), clients.clone(), connection);
    serve(&process, &[&listener], &mut Crowd::default(), &handler).await;
    ExitCode::SUCCESS
}

/// A line of the log: `[Mon Nov 24 09:00:03 2025] TEXT`.
fn line(process: &Process, text: &str) -> String {
    let date = Date::now(process).apache();
    let (head, rest) = date.split_once('.').unwrap_or((&date, ""));
    format!("[{head} {}] {text}\n", rest.rsplit(' ').next().unwrap_or_default())
}

/// PHP's server tells of each connection when it comes, when it is answered, and when it goes.
fn handle(process: Process, clients: Rc<Cell<u32>>, connection: Connection) -> Handling {
    Box::pin(async move {
        clients.set(clients.get() + 2);
        let client = format!("[::ffff:{}]:{}", connection.peer(), clients.get());
        process.complain(line(&process, &format!("{client} Accepted"))).await;
        if let Some(request) = Request::receive(&connection).await {
            let response = answer(&process, &request).await;
            let text = format!("{client} [{}]: {} {}", response.status, request.method, request.path);
            process.complain(line(&process, &text)).await;
            response.send(&connection, &request).await;
        }
        process.complain(line(&process, &format!("{client} Closing"))).await;
    })
}

async fn answer(process: &Process, request: &Request) -> Response {
    let form = form(&request.body);
    let shown = match request.method.as_str() {
        "POST" if form.contains_key("auth[username]") => Some(enter(process, &form).await),
        _ => None,
    };
    match shown {
        Some(Ok(databases)) => {
            let list: String = databases.iter().map(|name| format!("<li>{}</li>\n", escaped(name))).collect();
            page(200, "Select database - Adminer", &format!("<ul>\n{list}</ul>\n"))
        }
        Some(Err(text)) => {
            page(403, "Login - Adminer", &format!("<div class='error'>{}</div>\n{}", escaped(&text), login(process)))
        }
        None => page(200, "Login - Adminer", &login(process)),
    }
}

fn page(status: u16, title: &str, body: &str) -> Response {
    let text = format!("<!DOCTYPE html>\n<html lang=\"en\">\n<title>{title}</title>\n{body}</html>\n");
    Response::html(status, text).with("X-Powered-By", &format!("PHP/{PHP}"))
}

/// The form; the server's name is `db` unless ADMINER_DEFAULT_SERVER says another.
fn login(process: &Process) -> String {
    let server = process.variable("ADMINER_DEFAULT_SERVER").filter(|name| !name.is_empty());
    let server = server.map_or("db".to_string(), |name| escaped(&name));
    format!(
        "<form action='' method='post'>\n<input name=\"auth[server]\" value=\"{server}\" title=\"hostname[:port]\">\n</form>\n"
    )
}

/// Logs in: the names of the databases, or what the database says.
async fn enter(process: &Process, form: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let field = |name: &str| form.get(&format!("auth[{name}]")).cloned().unwrap_or_default();
    let address = field("server");
    let (host, port) =
        address.split_once(':').map_or((address.clone(), None), |(host, port)| (host.to_string(), port.parse().ok()));
    if field("password").is_empty() {
        return Err("Adminer does not support accessing a database without a password, more information.".into());
    }
    let (user, password) = (field("username"), field("password"));
    match field("driver").as_str() {
        "server" | "" => {
            let target = mysql::client::Target {
                host: Some(host),
                port: port.unwrap_or(3306),
                user,
                password,
                database: field("db"),
                is_mariadb: false,
            };
            let session =
                mysql::client::connect(process, &target).await.map_err(|refusal| refusal.parts().1.to_string())?;
            let answer = session.query("SHOW DATABASES").await.map_err(|error| error.text)?;
            Ok(answer.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
        }
        "pgsql" => {
            let database = if field("db").is_empty() { "postgres".to_string() } else { field("db") };
            let target = postgres::client::Target {
                host: Some(host),
                port: port.unwrap_or(5432),
                user,
                password: Some(password),
                database,
            };
            let session = postgres::client::connect(process, &target)
                .await
                .map_err(|refusal| refusal.text().trim().to_string())?;
            let answer = session.query("SELECT datname FROM pg_database ORDER BY datname").await?;
            Ok(answer.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
        }
        other => Err(format!("drydock: the driver {other} is not simulated")),
    }
}
