//! Python, and the recordings' counter app on it.
//!
//! A program is not interpreted: its behaviour is recognised in the source (see [`source`]), as far as the seed's kind of app
//! goes. Sources: recordings `counter-stack*` for texts and durations; the official image's settings; Flask's and psycopg2's
//! own messages.

mod app;
mod source;
mod traceback;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::{ExitCode, Process, Tree};
use std::rc::Rc;
use std::time::Duration;

/// Python.
pub const PYTHON: Profile = Profile { repositories: &["python"], title: "Python", define: python };
/// The app of the recordings.
pub const COUNTER_APP: Profile =
    Profile { repositories: &["counter-app"], title: "The counter app", define: counter_app };

const SIMPLIFIED: &[&str] = &[
    "a program is recognised by its source, not interpreted: Flask routes, psycopg2 and redis calls, print, time.sleep",
    "pip installs names only",
    "Flask's debug mode runs the program twice and ends at SIGTERM, as the real one, but does not watch files",
];

/// Which Python, as far as its messages differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// 3.11 and later point at expressions in tracebacks.
    pub minor: u32,
    /// Where packages lie.
    pub packages: Rc<str>,
}

/// The source behind `counter-app:1`: at start it connects and creates its table, each request adds one.
const COUNTER: &str = r#"import os
import psycopg2
from flask import Flask
app = Flask(__name__)
def connect():
    return psycopg2.connect(host=os.environ["DB_HOST"], dbname=os.environ["DB_NAME"], user=os.environ["DB_USER"], password=os.environ["DB_PASSWORD"])
def prepare():
    with connect() as c, c.cursor() as q:
        q.execute("CREATE TABLE IF NOT EXISTS counter (id SERIAL PRIMARY KEY, count INTEGER)")
        q.execute("INSERT INTO counter (count) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter)")
@app.route("/")
def index():
    with connect() as c, c.cursor() as q:
        q.execute("UPDATE counter SET count = count + 1")
        q.execute("SELECT count FROM counter")
        return f"Counter: {q.fetchone()[0]}"
prepare()
app.run(host="0.0.0.0", port=8000)
"#;

fn python(reference: &Reference) -> ImageDefinition {
    let minor = reference.version().get(1).copied().unwrap_or(14);
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    let packages = format!("/usr/local/lib/python3.{minor}/site-packages");
    let python = Python { minor, packages: packages.as_str().into() };
    install(&root, "/usr/local/bin", &python, &["pip"]);
    let mut config = ImageConfig { cmd: vec!["python3".into()], working_dir: "/".into(), ..ImageConfig::default() };
    config.set_variable("PATH", base::PATH);
    config.set_variable("LANG", "C.UTF-8");
    config.set_variable("PYTHON_VERSION", &format!("3.{minor}"));
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

fn counter_app(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    let python = Python { minor: 11, packages: "/usr/lib/python3/dist-packages".into() };
    install(&root, "/usr/bin", &python, &["pip", "flask", "psycopg2"]);
    base::write(&root, "/app/app.py", COUNTER);
    let mut config = ImageConfig {
        cmd: vec!["python3".into(), "app.py".into()],
        working_dir: "/app".into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// Puts Python and its tools into an image.
fn install(root: &Tree, folder: &str, python: &Python, packages: &[&str]) {
    let _ = root.make_folders(&python.packages);
    for package in packages {
        base::write(root, &format!("{}/{package}/__init__.py", python.packages), "");
    }
    let interpreter = python.clone();
    let run = programs::of(move |process| app::python(process, interpreter.clone()));
    for name in ["python", "python3", "flask", "gunicorn"] {
        root.install(&format!("{folder}/{name}"), run.clone());
    }
    let library = python.packages.clone();
    let pip_program = programs::of(move |process| pip(process, library.clone()));
    for name in ["pip", "pip3"] {
        root.install(&format!("{folder}/{name}"), pip_program.clone());
    }
}

/// `pip install`: names are written down as installed, half a second each.
async fn pip(process: Process, library: Rc<str>) -> ExitCode {
    let words = process.args();
    let mut names: Vec<String> = Vec::new();
    let mut rest = words.iter().skip(2);
    while let Some(word) = rest.next() {
        if matches!(&**word, "-r" | "--requirement") {
            let path = rest.next().map_or("", |path| path);
            let Ok(bytes) = process.read_file(path) else {
                let text =
                    format!("ERROR: Could not open requirements file: [Errno 2] No such file or directory: '{path}'\n");
                process.complain(text).await;
                return ExitCode::FAILURE;
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            names.extend(
                text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(String::from),
            );
        } else if !word.starts_with('-') {
            names.push(word.to_string());
        }
    }
    for name in &names {
        let plain = name.split(['=', '<', '>', '~', '[', ';', ' ']).next().unwrap_or(name).to_lowercase();
        process.print(format!("Collecting {name}\n")).await;
        process.sleep(Duration::from_millis(500)).await;
        let module = plain.strip_suffix("-binary").unwrap_or(&plain).replace('-', "_");
        let path = format!("{library}/{module}/__init__.py");
        let folder = format!("{library}/{module}");
        let written = match process.make_folders(&folder) {
            Ok(()) => process.write_file(&path, b"").await,
            failed => failed,
        };
        if let Err(error) = written {
            process
                .complain(format!("ERROR: Could not install packages due to an OSError: {error}: '{folder}'\n"))
                .await;
            return ExitCode::FAILURE;
        }
    }
    if !names.is_empty() {
        process.print(format!("Successfully installed {}\n", names.join(" "))).await;
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests;
