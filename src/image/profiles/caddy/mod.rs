//! Caddy: its Caddyfile, files, answers, a proxy, logs as JSON.
//!
//! Sources: the official image (caddyserver/caddy-docker, `Dockerfile.tmpl`: Alpine, CMD, ports 80, 443 and 2019, VOLUMEs `/data` and
//! `/config` with the variables that lead there; caddyserver/dist, `config/Caddyfile`); Caddy's documentation, "Command line",
//! "Conventions" (which files it keeps); logs of `caddy` 2.10 for the lines, of which those about processors, memory and
//! certificates are left out. From memory: how a file that is not there is told of. Each file names its own.

mod answer;
mod caddyfile;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response, fetch};
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use caddyfile::Site;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Caddy.
pub const PROFILE: Profile = Profile { repositories: &["caddy"], title: "Caddy", define };

/// The release of November 2025 (caddyserver.com, "Download").
const VERSION: &str = "v2.10.2";

const FILE: &str = "/etc/caddy/Caddyfile";

/// The image's Caddyfile, without its comments.
const DEFAULT: &str = ":80 {\n\troot * /usr/share/caddy\n\tfile_server\n}\n";

const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Caddy works!</title>\n</head>\n<body>\n<h1>Congratulations!</h1>\n</body>\n</html>\n";

/// The port of its interface, for its own machine alone (Caddy's documentation, "API").
const ADMIN: u16 = 2019;

/// Its start. Typical of a laptop; 20 to 150 ms.
const LAUNCH: Duration = Duration::from_millis(50);

/// An orderly end. Typical; 10 to 200 ms.
const STOP: Duration = Duration::from_millis(40);

const SIMPLIFIED: &[&str] = &[
    "TLS is not simulated: a name without http:// leads to https:// on port 80, and port 443 answers that it got plain HTTP",
    "of the Caddyfile these act: respond, file_server, root, reverse_proxy, redir, header, handle, handle_path, route, log; what nobody here knows is named in the log",
    "autosave.json and instance.uuid are there, but their content is always the same",
    "requests come from the same port, as far as its log tells; errors in it have no number and no trace",
    "matchers are paths; placeholders are {$NAME}, {host}, {uri} and {path}",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::alpine();
    for folder in ["/config/caddy", "/data/caddy", "/etc/caddy", "/usr/share/caddy", "/srv"] {
        base::folder(&root, folder, Default::default(), 0o755);
    }
    base::write(&root, FILE, DEFAULT);
    base::write(&root, "/usr/share/caddy/index.html", WELCOME);
    root.install("/usr/bin/caddy", programs::of(caddy));
    let mut config = ImageConfig {
        cmd: ["caddy", "run", "--config", FILE, "--adapter", "caddyfile"].map(Into::into).to_vec(),
        volumes: ["/config".into(), "/data".into()].into(),
        working_dir: "/srv".into(),
        exposed_ports: ["80/tcp", "443/tcp", "443/udp", "2019/tcp"].map(Into::into).into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("CADDY_VERSION", VERSION);
    config.set_variable("XDG_CONFIG_HOME", "/config");
    config.set_variable("XDG_DATA_HOME", "/data");
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// A line of the log: `{"level":"info","ts":1767736740.306,…}`; `rest` is the JSON behind the time.
async fn log(process: &Process, level: &str, rest: &str) {
    let now = process.kernel().wall_clock();
    process
        .complain(format!("{{\"level\":\"{level}\",\"ts\":{}.{:06},{rest}}}\n", now.as_secs(), now.subsec_micros()))
        .await;
}

/// `caddy run|validate|reload|version`.
async fn caddy(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["config", "c", "adapter", "a"]);
    let path = arguments.value(&["config", "c"]).map_or_else(|| process.absolute("Caddyfile"), str::to_string);
    match arguments.operands.first().map(String::as_str) {
        Some("version") => {
            process.print(format!("{VERSION}\n")).await;
            ExitCode::SUCCESS
        }
        Some("validate") => match read(&process, &path) {
            Ok(_) => {
                adapted(&process, &path).await;
                process.print("Valid configuration\n").await;
                ExitCode::SUCCESS
            }
            Err(text) => fail(&process, &text).await,
        },
        Some("reload") => reload(&process, &path).await,
        Some("run" | "start") => run(process, path).await,
        other => {
            fail(&process, &format!("drydock: caddy {} is not simulated", other.unwrap_or("without a command"))).await
        }
    }
}

/// What is said of a file that has been read.
async fn adapted(process: &Process, path: &str) {
    log(process, "info", &format!("\"msg\":\"using config from file\",\"file\":\"{path}\"")).await;
    log(process, "info", "\"msg\":\"adapted config to JSON\",\"adapter\":\"caddyfile\"").await;
}

async fn fail(process: &Process, text: &str) -> ExitCode {
    process.complain(format!("Error: {text}\n")).await;
    ExitCode::FAILURE
}

/// Reads a Caddyfile; the error is Caddy's text.
fn read(process: &Process, path: &str) -> Result<Vec<Site>, String> {
    if process.stat(path).is_ok_and(|stat| stat.is_folder()) {
        return Err(format!("reading config file: read {path}: is a directory"));
    }
    let bytes = process
        .read_file(path)
        .map_err(|error| format!("reading config file: open {path}: {}", error.message().to_lowercase()))?;
    let variable = |name: &str| process.variable(name).map(|value| value.to_string());
    caddyfile::parse(&String::from_utf8_lossy(&bytes), path, &variable)
        .map_err(|text| format!("adapting config using caddyfile: {text}"))
}

/// `caddy reload`: the running one reads the file again; if it is wrong, the old configuration stays.
async fn reload(process: &Process, path: &str) -> ExitCode {
    if let Err(text) = read(process, path) {
        return fail(process, &text).await;
    }
    adapted(process, path).await;
    let mut request = Request::get("localhost", "/load");
    request.method = "POST".into();
    match fetch(process, "localhost", ADMIN, &request).await {
        Ok(response) if response.status == 200 => ExitCode::SUCCESS,
        _ => fail(process, &format!("sending configuration to instance: performing request: Post \"http://localhost:{ADMIN}/load\": dial tcp 127.0.0.1:{ADMIN}: connect: connection refused")).await,
    }
}

async fn run(process: Process, path: String) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT, Signal::USR1]);
    process.sleep(LAUNCH).await;
    let mut sites = match read(&process, &path) {
        Ok(sites) => Rc::new(sites),
        Err(text) => return fail(&process, &text).await,
    };
    adapted(&process, &path).await;
    log(&process, "info", &format!("\"logger\":\"admin\",\"msg\":\"admin endpoint started\",\"address\":\"localhost:{ADMIN}\",\"enforce_origin\":false,\"origins\":[\"//localhost:{ADMIN}\",\"//[::1]:{ADMIN}\",\"//127.0.0.1:{ADMIN}\"]")).await;
    loop {
        let listeners = match start(&process, &sites).await {
            Ok(listeners) => listeners,
            Err(text) => return fail(&process, &text).await,
        };
        let all: Vec<&Listener> = listeners.iter().collect();
        let wants_reload = Rc::new(Cell::new(false));
        let handler = |port: u16, connection: Connection| {
            handle(process.clone(), sites.clone(), wants_reload.clone(), port, connection)
        };
        let signal = serve(&process, &all, &mut Crowd::default(), &handler).await;
        if signal != Signal::USR1 {
            return stop(&process, signal).await;
        }
        if let (true, Ok(new)) = (wants_reload.get(), read(&process, &path)) {
            sites = Rc::new(new);
            log(&process, "info", "\"logger\":\"admin\",\"msg\":\"load complete\"").await;
        }
    }
}

/// Opens the ports and writes what it keeps.
async fn start(process: &Process, sites: &[Site]) -> Result<Vec<Listener>, String> {
    for text in sites.iter().flat_map(|site| &site.notes) {
        process.complain(format!("drydock: {text}\n")).await;
    }
    let mut listeners = Vec::new();
    for (at, port) in caddyfile::ports(sites).into_iter().enumerate() {
        let listener = process.listen(port).map_err(|_| {
            format!("loading initial config: loading new config: http app module: start: listening on :{port}: listen tcp :{port}: bind: address already in use")
        })?;
        listeners.push(listener);
        if port == 80 && !sites.iter().any(Site::is_secure) {
            log(process, "warn", &format!("\"logger\":\"http.auto_https\",\"msg\":\"server is listening only on the HTTP port, so no automatic HTTPS will be applied to this server\",\"server_name\":\"srv{at}\",\"http_port\":80")).await;
        }
        if port == 443 {
            log(process, "info", "\"logger\":\"http\",\"msg\":\"enabling HTTP/3 listener\",\"addr\":\":443\"").await;
        } else {
            for version in [2, 3] {
                log(process, "warn", &format!("\"logger\":\"http\",\"msg\":\"HTTP/{version} skipped because it requires TLS\",\"network\":\"tcp\",\"addr\":\":{port}\"")).await;
            }
        }
        log(process, "info", &format!("\"logger\":\"http.log\",\"msg\":\"server running\",\"name\":\"srv{at}\",\"protocols\":[\"h1\",\"h2\",\"h3\"]")).await;
    }
    if let Ok(listener) = process.listen(ADMIN) {
        listeners.push(listener);
    }
    keep(process).await;
    log(process, "info", "\"msg\":\"serving initial configuration\"").await;
    Ok(listeners)
}

/// What lies in the two volumes; a folder that is read-only is told of and does not matter else.
async fn keep(process: &Process) {
    let file = "/config/caddy/autosave.json";
    let made = process.make_folders("/config/caddy").and(process.make_folders("/data/caddy"));
    let saved = match made {
        Ok(()) => process.write_file(file, b"{}").await,
        failed => failed,
    };
    match saved {
        Ok(()) => {
            log(process, "info", &format!("\"msg\":\"autosaved config (load with --resume flag)\",\"file\":\"{file}\""))
                .await
        }
        Err(error) => {
            log(
                process,
                "error",
                &format!(
                    "\"msg\":\"unable to autosave config\",\"file\":\"{file}\",\"error\":\"open {file}: {}\"",
                    error.message().to_lowercase()
                ),
            )
            .await
        }
    }
    if process.stat("/data/caddy/instance.uuid").is_err() {
        let _ = process.write_file("/data/caddy/instance.uuid", b"6fe001ee-8032-4860-aea3-2b0221df228b").await;
    }
    log(process, "info", "\"logger\":\"tls\",\"msg\":\"finished cleaning storage units\"").await;
}

async fn stop(process: &Process, signal: Signal) -> ExitCode {
    let name = if signal == Signal::INT { "SIGINT" } else { "SIGTERM" };
    log(process, "info", &format!("\"msg\":\"shutting down apps, then terminating\",\"signal\":\"{name}\"")).await;
    log(process, "warn", &format!("\"msg\":\"exiting; byeee!! 👋\",\"signal\":\"{name}\"")).await;
    log(process, "info", "\"logger\":\"http\",\"msg\":\"servers shutting down with eternal grace period\"").await;
    process.sleep(STOP).await;
    log(
        process,
        "info",
        &format!("\"logger\":\"admin\",\"msg\":\"stopped previous server\",\"address\":\"localhost:{ADMIN}\""),
    )
    .await;
    log(process, "info", &format!("\"msg\":\"shutdown complete\",\"signal\":\"{name}\",\"exit_code\":0")).await;
    ExitCode::SUCCESS
}

fn handle(
    process: Process,
    sites: Rc<Vec<Site>>,
    wants_reload: Rc<Cell<bool>>,
    port: u16,
    connection: Connection,
) -> Handling {
    Box::pin(async move {
        let Some(request) = Request::receive(&connection).await else { return };
        if port == ADMIN {
            let is_load =
                request.method == "POST" && request.plain_path() == "/load" && connection.peer().is_loopback();
            Response::text(if is_load { 200 } else { 404 }, "").send(&connection, &request).await;
            if is_load {
                wants_reload.set(true);
                let _ = process.kill(i64::from(process.pid()), Some(Signal::USR1)).await;
            }
            return;
        }
        let response = answer::answer(&process, &sites, port, &request, connection.peer()).await;
        response.with("Server", "Caddy").send(&connection, &request).await;
    })
}
