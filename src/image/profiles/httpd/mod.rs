//! Apache's HTTP Server as its own image: files from `htdocs`, virtual hosts, a proxy in front of other services.
//!
//! Sources: the official image's Dockerfile (docker-library/httpd, 2.4: prefix, PATH, working directory, port 80, SIGWINCH as its
//! stop signal, logs sent to the container's streams) and `httpd-foreground`, which replaces itself by `httpd -DFOREGROUND`;
//! Apache's manual, "httpd" for the options. Log and signals: [`super::apache`]. Must not know what PHP applications do.

mod answer;
mod settings;

use super::Profile;
use super::apache::{self, Apache, Format, Model, Setup};
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::reference::Reference;
use crate::kernel::{ExitCode, Process, Signal};
use settings::Settings;
use std::rc::Rc;

/// Apache HTTP Server.
pub const PROFILE: Profile = Profile { repositories: &["httpd"], title: "Apache HTTP Server", define };

/// `ServerRoot`: the Dockerfile's HTTPD_PREFIX.
const ROOT: &str = "/usr/local/apache2";

/// The server; 2.4.65 is the release of the second half of 2025 (httpd.apache.org, "Download").
const SERVER: Apache = Apache {
    name: "httpd",
    model: Model::Event,
    banner: "Apache/2.4.65 (Unix)",
    server: "Apache/2.4.65 (Unix)",
    pid_file: "/usr/local/apache2/logs/httpd.pid",
    format: Format::Common,
};

/// `htdocs/index.html` (httpd 2.4, `docs/docroot/index.html`).
const PAGE: &str = "<html><body><h1>It works!</h1></body></html>\n";

const SIMPLIFIED: &[&str] = &[
    "of httpd.conf these act: Listen, ServerName, ServerAlias, DocumentRoot, DirectoryIndex, Include, IfModule, VirtualHost, ProxyPass; what nobody here knows is named in the log",
    "access is not limited by Require; logs go to the container's streams wherever CustomLog and ErrorLog point",
    "TLS is not simulated",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    base::write(&root, &format!("{ROOT}/htdocs/index.html"), PAGE);
    base::write(&root, settings::FILE, settings::DEFAULT);
    base::folder(&root, &format!("{ROOT}/logs"), Default::default(), 0o755);
    base::folder(&root, &format!("{ROOT}/modules"), Default::default(), 0o755);
    base::add_user(&root, "www-data", if reference.has_variant("alpine") { 82 } else { 33 }, "/var/www");
    root.install(&format!("{ROOT}/bin/httpd"), programs::of(httpd));
    root.install(&format!("{ROOT}/bin/apachectl"), programs::of(apachectl));
    root.install("/usr/local/bin/httpd-foreground", programs::of(foreground));
    let mut config = ImageConfig {
        cmd: vec!["httpd-foreground".into()],
        working_dir: ROOT.into(),
        stop_signal: Some("SIGWINCH".into()),
        exposed_ports: ["80/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", &format!("{ROOT}/bin:{}", base::PATH));
    config.set_variable("HTTPD_PREFIX", ROOT);
    config.set_variable("HTTPD_VERSION", "2.4.65");
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// `httpd-foreground`: what is behind it are options more.
async fn foreground(process: Process) -> ExitCode {
    let own = ["httpd", "-DFOREGROUND"].map(Rc::from);
    let command: Vec<Rc<str>> = own.into_iter().chain(process.args().iter().skip(1).cloned()).collect();
    // Line 7 of the script is its `exec`.
    programs::exec(&process, &command, "/usr/local/bin/httpd-foreground", 7).await
}

/// `apachectl configtest`, `graceful`, `stop` …: `httpd -t` and `httpd -k …` (`support/apachectl.in`).
async fn apachectl(process: Process) -> ExitCode {
    let words = process.args();
    let command: Vec<Rc<str>> = match words.get(1).map(|word| &**word) {
        Some("configtest") => vec!["httpd".into(), "-t".into()],
        Some(word @ ("start" | "stop" | "restart" | "graceful" | "graceful-stop")) => {
            vec!["httpd".into(), "-k".into(), word.into()]
        }
        _ => [Rc::from("httpd")].into_iter().chain(words.iter().skip(1).cloned()).collect(),
    };
    programs::exec(&process, &command, "apachectl", 1).await
}

/// `httpd [-D NAME] [-f FILE] [-t] [-v] [-k WORD]`.
async fn httpd(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &["D", "f", "k", "c", "C", "d", "e", "E"]);
    if arguments.has(&["v", "V"]) {
        process.print(format!("Server version: {}\n", SERVER.banner)).await;
        return ExitCode::SUCCESS;
    }
    let path = arguments.value(&["f"]).map_or(settings::FILE.to_string(), settings::below_root);
    if arguments.has(&["t"]) {
        return test(&process, &path).await;
    }
    match arguments.value(&["k"]) {
        Some(word) if word != "start" => return send(&process, word).await,
        _ => {}
    }
    if arguments.values(&["D"]).contains(&"FOREGROUND") {
        return serve(process, path).await;
    }
    // Whoever started it goes on at once: as a container's main process, that is the end of the container.
    match process.fork(move |child| async move { serve(child, path).await }) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn serve(process: Process, path: String) -> ExitCode {
    let first = Settings::read(&process, &path);
    for text in first.iter().flat_map(|settings| &settings.notes) {
        process.complain(format!("drydock: {text}\n")).await;
    }
    let configure = || {
        let settings = Rc::new(Settings::read(&process, &path)?);
        let (ports, has_name, process) = (settings.ports.clone(), settings.has_name(), process.clone());
        let answer: apache::Answer = Rc::new(move |request, client| {
            Box::pin(answer::answer(process.clone(), settings.clone(), request, client))
        });
        Ok(Setup { ports, has_name, answer })
    };
    apache::run(process.clone(), SERVER, &configure).await
}

/// `-t`: whether the configuration can be read.
async fn test(process: &Process, path: &str) -> ExitCode {
    match Settings::read(process, path) {
        Ok(settings) => {
            process.complain(apache::warning_of_name(process, &SERVER, settings.has_name())).await;
            process.complain("Syntax OK\n").await;
            ExitCode::SUCCESS
        }
        Err(text) => {
            process.complain(text).await;
            ExitCode::FAILURE
        }
    }
}

/// `-k WORD`: a signal for the process whose number is in the file (manual, "Stopping and Restarting").
async fn send(process: &Process, word: &str) -> ExitCode {
    let signal = match word {
        "stop" => Signal::TERM,
        "graceful-stop" => Signal::WINCH,
        "restart" => Signal::HUP,
        _ => Signal::USR1,
    };
    let number =
        process.read_file(SERVER.pid_file).ok().and_then(|bytes| String::from_utf8_lossy(&bytes).trim().parse().ok());
    let Some(number) = number else {
        process.print("httpd (no pid file) not running\n").await;
        return ExitCode::FAILURE;
    };
    match process.kill(number, Some(signal)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            process.print(format!("httpd (pid {number}?) not running\n")).await;
            ExitCode::FAILURE
        }
    }
}
