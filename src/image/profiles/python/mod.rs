//! Python, and the recordings' counter app on it.
//!
//! A program is not interpreted: its behaviour is recognised in the source (see [`source`]), as far as the seed's kind of app
//! goes. Sources: recordings `counter-stack*` for texts and durations; the official image's settings; Flask's and psycopg2's
//! own messages.

mod app;
mod module;
mod pip;
mod source;
mod traceback;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::reference::Reference;
use crate::kernel::Tree;
use std::rc::Rc;

/// Python.
pub const PYTHON: Profile = Profile { repositories: &["python"], title: "Python", define: python };
/// The app of the recordings.
pub const COUNTER_APP: Profile =
    Profile { repositories: &["counter-app"], title: "The counter app", define: counter_app };

const SIMPLIFIED: &[&str] = &[
    "a program is recognised by its source, not interpreted: Flask routes, psycopg2 and redis calls, print, time.sleep; any other one is guessed, and says so",
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
    /// Where the programs of packages lie.
    pub programs: Rc<str>,
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
    if !reference.has_variant("alpine") && !reference.has_variant("slim") {
        base::install_downloaders(&root);
    }
    let packages = format!("/usr/local/lib/python3.{minor}/site-packages");
    let python = Python { minor, packages: packages.as_str().into(), programs: "/usr/local/bin".into() };
    install(&root, &python, &["pip"]);
    let mut config = ImageConfig { cmd: vec!["python3".into()], working_dir: "/".into(), ..ImageConfig::default() };
    config.set_variable("PATH", base::PATH);
    config.set_variable("LANG", "C.UTF-8");
    config.set_variable("PYTHON_VERSION", &format!("3.{minor}"));
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

fn counter_app(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    let python = Python { minor: 11, packages: "/usr/lib/python3/dist-packages".into(), programs: "/usr/bin".into() };
    install(&root, &python, &["pip", "flask", "psycopg2"]);
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
fn install(root: &Tree, python: &Python, packages: &[&str]) {
    let _ = root.make_folders(&python.packages);
    for package in packages {
        base::write(root, &format!("{}/{package}/__init__.py", python.packages), "");
    }
    for (name, program) in pip::tools(python) {
        root.install(&format!("{}/{name}", python.programs), program);
    }
    for package in packages {
        for (name, program) in pip::programs_of(python, package) {
            root.install(&format!("{}/{name}", python.programs), program);
        }
    }
}

#[cfg(test)]
mod tests;
