//! Prometheus: targets that are up or down, and what it keeps of them.
//!
//! Sources: the official image's Dockerfile (prometheus/prometheus: BusyBox, user nobody, port 9090, VOLUME, and the two options in
//! CMD, which a `command:` of one's own replaces both); `cmd/prometheus/main.go` for options and exit codes; logs of 3.4 for the
//! lines; output of `promtool check config` for its SUCCESS and FAILED. From memory: the rest of `promtool`, and the lines of a
//! reload that fails and of a port in use. Each file names those of its own. Must not know what metrics mean.

mod answer;
mod scrape;
mod settings;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::clock::Date;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::files::Owner;
use crate::kernel::http::Request;
use crate::kernel::{Connection, ExitCode, Process, Signal};
use scrape::Database;
use settings::Settings;
use std::rc::Rc;
use std::time::Duration;

/// Prometheus.
pub const PROFILE: Profile = Profile { repositories: &["prom/prometheus"], title: "Prometheus", define };

/// Its start up to the database. Typical of a laptop; 50 to 500 ms.
const LAUNCH: Duration = Duration::from_millis(120);

/// Reading the log of the database. Typical of a small one; 50 ms to minutes.
const REPLAY: Duration = Duration::from_millis(80);

/// An orderly end. Typical; 10 to 500 ms.
const STOP: Duration = Duration::from_millis(60);

/// The exit code of a start that fails (`main.go`, `os.Exit(2)`), and Go's for a panic.
const FAILED: ExitCode = ExitCode(2);

/// The user nobody of BusyBox's image.
const NOBODY: Owner = Owner { user: 65534, group: 65534 };

const SIMPLIFIED: &[&str] = &[
    "of the query language the names of metrics with labels alone are understood; the last value of each series is kept",
    "static_configs are scraped, other discoveries, rules and alerts are not",
    "lines of its log have no source=",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::busybox();
    base::folder(&root, "/prometheus", NOBODY, 0o777);
    base::write(&root, settings::FILE, settings::DEFAULT);
    root.install("/bin/prometheus", programs::of(prometheus));
    root.install("/bin/promtool", programs::of(promtool));
    let mut config = ImageConfig {
        entrypoint: vec!["/bin/prometheus".into()],
        cmd: vec!["--config.file=/etc/prometheus/prometheus.yml".into(), "--storage.tsdb.path=/prometheus".into()],
        volumes: ["/prometheus".into()].into(),
        working_dir: "/prometheus".into(),
        user: "nobody".into(),
        exposed_ports: ["9090/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// `promtool check config FILE` (its manual page).
async fn promtool(process: Process) -> ExitCode {
    let words = process.args();
    let [_, check, config, path] = &*words else {
        process.complain("drydock: of promtool only `check config FILE` is simulated\n").await;
        return ExitCode::FAILURE;
    };
    if (&**check, &**config) != ("check", "config") {
        process.complain("drydock: of promtool only `check config FILE` is simulated\n").await;
        return ExitCode::FAILURE;
    }
    process.print(format!("Checking {path}\n")).await;
    match Settings::read(&process, path) {
        Ok(_) => {
            process.print(format!(" SUCCESS: {path} is valid prometheus config file syntax\n\n")).await;
            ExitCode::SUCCESS
        }
        Err(text) => {
            process.complain(format!("  FAILED: {text}\n")).await;
            ExitCode::FAILURE
        }
    }
}

/// A line of the log: `time=2026-04-01T03:51:44.469Z level=INFO msg="TEXT" REST`.
async fn log(process: &Process, level: &str, text: &str) {
    let date = Date::now(process).millis().replace(' ', "T");
    process.complain(format!("time={date}Z level={level} {text}\n")).await;
}

async fn prometheus(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["config.file", "storage.tsdb.path", "web.listen-address"]);
    let path = arguments.value(&["config.file"]).unwrap_or("prometheus.yml").to_string();
    let folder = arguments.value(&["storage.tsdb.path"]).unwrap_or("data/").trim_end_matches('/').to_string();
    let port = arguments.value(&["web.listen-address"]).and_then(|text| text.rsplit(':').next()?.parse().ok());
    handle_signals(&process, &[Signal::TERM, Signal::INT, Signal::HUP]);
    let settings = match Settings::read(&process, &path) {
        Ok(settings) => settings,
        Err(text) => {
            let text = text.replace('"', "\\\"").replace('\n', "\\n");
            log(
                &process,
                "ERROR",
                &format!(
                    "msg=\"Error loading config (--config.file={path})\" file={} err=\"{text}\"",
                    process.absolute(&path)
                ),
            )
            .await;
            return FAILED;
        }
    };
    log(&process, "INFO", "msg=\"No time or size retention was set so using the default time retention\" duration=15d")
        .await;
    log(&process, "INFO", "msg=\"Starting Prometheus Server\" mode=server").await;
    process.sleep(LAUNCH).await;
    let database = match Database::open(&process, &folder).await {
        Ok(database) => Rc::new(database),
        Err(reason) => return not_writable(&process, &folder, &reason).await,
    };
    let port = port.unwrap_or(9090);
    let Ok(listener) = process.listen(port) else {
        log(
            &process,
            "ERROR",
            &format!(
                "msg=\"Unable to start web listener\" err=\"listen tcp 0.0.0.0:{port}: bind: address already in use\""
            ),
        )
        .await;
        return ExitCode::FAILURE;
    };
    log(&process, "INFO", &format!("msg=\"Start listening for connections\" component=web address=0.0.0.0:{port}"))
        .await;
    log(&process, "INFO", "msg=\"Starting TSDB ...\"").await;
    process.sleep(REPLAY).await;
    log(&process, "INFO", "msg=\"TSDB started\"").await;
    let may_reload = arguments.has(&["web.enable-lifecycle"]);
    let server = Server { path, database, may_reload };
    server.run(&process, &listener, settings).await
}

/// A folder that it may not write to, as a mounted one of root: nobody cannot open the file of running queries.
async fn not_writable(process: &Process, folder: &str, reason: &str) -> ExitCode {
    let file = format!("{}/queries.active", process.absolute(folder));
    log(process, "ERROR", &format!("msg=\"Error opening query log file\" component=activeQueryTracker file={file} err=\"open {file}: {reason}\"")).await;
    process.complain("panic: Unable to create mmap-ed active query log\n").await;
    FAILED
}

/// The running server.
struct Server {
    path: String,
    database: Rc<Database>,
    may_reload: bool,
}

impl Server {
    /// Scrapes and answers until it is ended; begins anew with other settings when it is told to.
    async fn run(&self, process: &Process, listener: &crate::kernel::Listener, mut settings: Settings) -> ExitCode {
        let file = &self.path;
        let mut is_new = true;
        loop {
            log(process, "INFO", &format!("msg=\"Loading configuration file\" filename={file}")).await;
            log(process, "INFO", &format!("msg=\"Completed loading of configuration file\" filename={file}")).await;
            if is_new {
                log(process, "INFO", "msg=\"Server is ready to receive web requests.\"").await;
                log(process, "INFO", "msg=\"Starting rule manager...\" component=\"rule manager\"").await;
                is_new = false;
            }
            self.database.watch(&settings);
            let mut crowd = Crowd::default();
            for target in self.database.targets() {
                crowd.push(scrape::forever(process.clone(), self.database.clone(), target));
            }
            let handler = |_: u16, connection: Connection| self.handle(process.clone(), connection);
            let signal = serve(process, &[listener], &mut crowd, &handler).await;
            if signal != Signal::HUP {
                let name = if signal == Signal::INT { "interrupt" } else { "terminated" };
                log(process, "WARN", &format!("msg=\"Received an OS signal, exiting gracefully...\" signal={name}"))
                    .await;
                process.sleep(STOP).await;
                log(process, "INFO", "msg=\"See you next time!\"").await;
                return ExitCode::SUCCESS;
            }
            match Settings::read(process, file) {
                Ok(new) => settings = new,
                Err(text) => log(process, "ERROR", &format!("msg=\"Error reloading config\" err=\"couldn't load configuration (--config.file=\\\"{file}\\\"): {text}\"")).await,
            }
        }
    }

    fn handle(&self, process: Process, connection: Connection) -> Handling {
        let (database, may_reload) = (self.database.clone(), self.may_reload);
        Box::pin(async move {
            let Some(request) = Request::receive(&connection).await else { return };
            if request.plain_path() == "/-/reload" && request.method == "POST" && may_reload {
                answer::plain(200, "").send(&connection, &request).await;
                let _ = process.kill(i64::from(process.pid()), Some(Signal::HUP)).await;
                return;
            }
            answer::answer(&process, &database, &request).send(&connection, &request).await;
        })
    }
}
