//! Traefik: its entry points, its log, its dashboard and its ping, and what becomes of it without the engine's socket.
//!
//! Sources: the official image's Dockerfile (Alpine, port 80, entrypoint, no VOLUME) and its entrypoint for which commands are options of
//! `traefik`; Traefik's manual, "Static configuration: CLI" and "Environment variables", "EntryPoints" (`:80` without any), "Logs"
//! (the level is ERROR unless another is set), "Docker provider" (it asks the engine through its socket, and tries again), "API &
//! Dashboard" (port 8080 with `--api.insecure`), "Ping"; `cmd/healthcheck/healthcheck.go`; logs of 3.6 for the lines.
//! From memory: the day it was built, and the lines of providers. Simplified: it routes nothing, and says so.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response, fetch};
use crate::kernel::{Connection, ExitCode, Listener, Process, Signal};
use std::rc::Rc;
use std::time::Duration;

/// Traefik.
pub const PROFILE: Profile = Profile { repositories: &["traefik"], title: "Traefik", define };

/// The release of November 2025 (github.com/traefik/traefik, "Releases").
const VERSION: &str = "3.6.2";

/// The engine's socket, as the provider looks for it.
const SOCKET: &str = "/var/run/docker.sock";

/// Where the dashboard and the ping are.
const DASHBOARD: u16 = 8080;

/// Its start. Typical of a laptop; 0.1 to 1 s.
const LAUNCH: Duration = Duration::from_millis(300);

/// An orderly end (`lifeCycle.graceTimeOut` is for those who are being served). Typical; 20 to 500 ms.
const STOP: Duration = Duration::from_millis(100);

/// Levels of the log, the most talkative first.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// What it says of asking for newer releases.
const COLLECTION: [&str; 4] = [
    "Version check is enabled.",
    "Traefik checks for new releases to notify you if your version is out of date.",
    "It also collects usage data during this process.",
    "Check the documentation to get more info: https://doc.traefik.io/traefik/contributing/data-collection/",
];

const SIMPLIFIED: &[&str] = &[
    "routes are not simulated, neither by labels nor by files: every request gets 404",
    "of the static configuration: entrypoints, api.insecure, ping, log.level and providers.docker",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::alpine();
    root.install("/usr/local/bin/traefik", programs::of(traefik));
    root.install("/entrypoint.sh", programs::of(entrypoint));
    let mut config = ImageConfig {
        entrypoint: vec!["/entrypoint.sh".into()],
        cmd: vec!["traefik".into()],
        working_dir: "/".into(),
        exposed_ports: ["80/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// `command: --api` and `command: healthcheck` mean `traefik`.
async fn entrypoint(process: Process) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let is_own = |word: &Rc<str>| word.starts_with('-') || matches!(&**word, "healthcheck" | "version");
    if command.first().is_some_and(is_own) {
        command.insert(0, "traefik".into());
    }
    programs::exec(&process, &command, "/entrypoint.sh", 20).await
}

/// What options and variables say.
struct Settings(Vec<(String, String)>);

impl Settings {
    fn read(process: &Process) -> Self {
        let words = process.args();
        let options = words.iter().skip(1).filter_map(|word| word.strip_prefix("--"));
        let options = options.map(|word| word.split_once('=').unwrap_or((word, "true")));
        let mut all: Vec<(String, String)> =
            options.map(|(name, value)| (name.to_lowercase(), value.to_string())).collect();
        let environment = process.environment();
        let variables = environment.iter().filter_map(|(name, value)| Some((name.strip_prefix("TRAEFIK_")?, value)));
        all.extend(variables.map(|(name, value)| (name.to_lowercase().replace('_', "."), value.to_string())));
        Self(all)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn is_on(&self, name: &str) -> bool {
        self.0.iter().any(|(known, value)| known == name && value == "true" || known.starts_with(&format!("{name}.")))
    }

    /// The ports of the entry points: 80 without any.
    fn ports(&self) -> Vec<u16> {
        let addresses = self.0.iter().filter(|(name, value)| {
            name.starts_with("entrypoints.") && name.ends_with(".address") && !value.ends_with("/udp")
        });
        let mut ports: Vec<u16> =
            addresses.filter_map(|(_, value)| value.rsplit(':').next()?.split('/').next()?.parse().ok()).collect();
        if ports.is_empty() {
            ports.push(80);
        }
        if (self.get("api.insecure") == Some("true") || self.is_on("ping")) && !ports.contains(&DASHBOARD) {
            ports.push(DASHBOARD);
        }
        ports
    }

    fn level(&self) -> usize {
        let wanted = self.get("log.level").unwrap_or("ERROR").to_uppercase();
        LEVELS.iter().position(|level| *level == wanted).unwrap_or(4)
    }
}

/// A line of the log, if its level is asked for: `2025-11-24T09:00:03Z INF TEXT`.
async fn log(process: &Process, settings: &Settings, level: &str, text: &str) {
    let at = LEVELS.iter().position(|known| known.starts_with(level)).unwrap_or(4);
    if at >= settings.level() {
        let date = Date::now(process).plain().replace(' ', "T");
        process.print(format!("{date}Z {level} {text}\n")).await;
    }
}

async fn traefik(process: Process) -> ExitCode {
    let settings = Settings::read(&process);
    match process.args().get(1).map(|word| &**word) {
        Some("version") => {
            process.print(format!("Version:      {VERSION}\n")).await;
            return ExitCode::SUCCESS;
        }
        Some("healthcheck") => return health(&process, &settings).await,
        _ => {}
    }
    handle_signals(&process, &[Signal::TERM, Signal::INT, Signal::QUIT]);
    process.sleep(LAUNCH).await;
    log(
        &process,
        &settings,
        "INF",
        &format!("Traefik version {VERSION} built on 2025-11-18T12:00:00Z version={VERSION}"),
    )
    .await;
    for text in COLLECTION {
        log(&process, &settings, "INF", text).await;
    }
    let mut listeners = Vec::new();
    for port in settings.ports() {
        let Ok(listener) = process.listen(port) else {
            process.print(format!("{}Z ERR Command error error=\"command traefik error: building listener: error opening listener: listen tcp :{port}: bind: address already in use\"\n", Date::now(&process).plain().replace(' ', "T"))).await;
            return ExitCode::FAILURE;
        };
        listeners.push(listener);
    }
    log(&process, &settings, "INF", "Starting provider aggregator *aggregator.ProviderAggregator").await;
    log(&process, &settings, "INF", "Starting provider *traefik.Provider").await;
    providers(&process, &settings).await;
    let has_dashboard = settings.get("api.insecure") == Some("true");
    let has_ping = settings.is_on("ping");
    let all: Vec<&Listener> = listeners.iter().collect();
    let handler = |port: u16, connection: Connection| {
        handle(port == DASHBOARD && has_dashboard, port == DASHBOARD && has_ping, connection)
    };
    serve(&process, &all, &mut Crowd::default(), &handler).await;
    log(&process, &settings, "INF", "I have to go...").await;
    log(&process, &settings, "INF", "Stopping server gracefully").await;
    process.sleep(STOP).await;
    log(&process, &settings, "INF", "Server stopped").await;
    log(&process, &settings, "INF", "Shutting down").await;
    ExitCode::SUCCESS
}

/// What is said of providers: that the engine cannot be asked, and what is not simulated.
async fn providers(process: &Process, settings: &Settings) {
    if process.stat("/etc/traefik/traefik.yml").is_ok() || process.stat("/etc/traefik/traefik.toml").is_ok() {
        process
            .complain(
                "drydock: the file of Traefik's configuration is not simulated: options and variables alone are\n",
            )
            .await;
    }
    if !settings.is_on("providers.docker") {
        return;
    }
    log(process, settings, "INF", "Starting provider *docker.Provider").await;
    if process.stat(SOCKET).is_ok() {
        process.complain("drydock: routes by labels are not simulated: every request gets 404\n").await;
        return;
    }
    let error = format!(
        "error=\"Cannot connect to the Docker daemon at unix://{SOCKET}. Is the docker daemon running?\" providerName=docker"
    );
    log(
        process,
        settings,
        "ERR",
        &format!("Failed to retrieve information of the docker client and server host {error}"),
    )
    .await;
    log(process, settings, "ERR", &format!("Provider error, retrying in 500ms {error}")).await;
}

fn handle(has_dashboard: bool, has_ping: bool, connection: Connection) -> Handling {
    Box::pin(async move {
        let Some(request) = Request::receive(&connection).await else { return };
        let response = match request.plain_path() {
            "/ping" if has_ping => Response::text(200, "OK"),
            "/" if has_dashboard => Response::text(302, "").with("Location", "/dashboard/"),
            "/dashboard/" if has_dashboard => Response::html(200, "<title>Traefik Proxy</title>\n"),
            "/api/version" if has_dashboard => Response::json(200, format!("{{\"Version\":\"{VERSION}\"}}")),
            path if has_dashboard && path.starts_with("/api/") => {
                Response::text(501, format!("drydock: {path} is not simulated\n"))
            }
            _ => Response::text(404, "404 page not found\n"),
        };
        response.send(&connection, &request).await;
    })
}

/// `traefik healthcheck`: asks the ping of the one beside it, with the same options.
async fn health(process: &Process, settings: &Settings) -> ExitCode {
    if !settings.is_on("ping") {
        process.print("Error calling healthcheck: please enable `ping` to use health check\n").await;
        return ExitCode::FAILURE;
    }
    let address = format!("http://:{DASHBOARD}/ping");
    match fetch(process, "localhost", DASHBOARD, &Request::get("localhost", "/ping")).await {
        Ok(response) if response.status == 200 => {
            process.print(format!("OK: {address}\n")).await;
            ExitCode::SUCCESS
        }
        Ok(response) => {
            process.print(format!("Bad healthcheck status: {} {}\n", response.status, response.reason())).await;
            ExitCode::FAILURE
        }
        Err(_) => {
            process.print(format!("Error calling healthcheck: Head \"{address}\": dial tcp :{DASHBOARD}: connect: connection refused\n")).await;
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_are_ports() {
        let settings = |pairs: &[(&str, &str)]| {
            Settings(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
        };
        assert_eq!(settings(&[]).ports(), [80]);
        let all = settings(&[
            ("entrypoints.web.address", ":8000"),
            ("entrypoints.dns.address", ":53/udp"),
            ("api.insecure", "true"),
        ]);
        assert_eq!(all.ports(), [8000, 8080]);
        assert_eq!((settings(&[]).level(), settings(&[("log.level", "debug")]).level()), (4, 1));
    }
}
