//! `pip`: names are written down as installed, and the programs that packages bring become mysteries, but for those that are known.

use super::{Python, app, module};
use crate::image::declared::mystery;
use crate::image::programs;
use crate::kernel::{Errno, ExitCode, Process, Program};
use std::rc::Rc;
use std::time::Duration;

/// What a package takes. Typical of a laptop with a fair connection; from a tenth of a second to minutes where it is compiled.
const EACH_PACKAGE: Duration = Duration::from_millis(500);

/// Packages whose modules have other names than themselves (their own documentation).
const MODULES: [(&str, &str); 10] = [
    ("python-dotenv", "dotenv"),
    ("pyyaml", "yaml"),
    ("pillow", "PIL"),
    ("beautifulsoup4", "bs4"),
    ("scikit-learn", "sklearn"),
    ("opencv-python", "cv2"),
    ("kafka-python", "kafka"),
    ("mysql-connector-python", "mysql"),
    ("djangorestframework", "rest_framework"),
    ("paho-mqtt", "paho"),
];

/// Packages whose programs have other names than themselves.
const PROGRAMS: [(&str, &str); 8] = [
    ("django", "django-admin"),
    ("waitress", "waitress-serve"),
    ("supervisor", "supervisord"),
    ("dbt-core", "dbt"),
    ("apache-airflow", "airflow"),
    ("jupyterlab", "jupyter"),
    ("notebook", "jupyter"),
    ("sqlalchemy", ""),
];

/// The programs that come with Python.
pub fn tools(python: &Python) -> Vec<(&'static str, Rc<dyn Program>)> {
    let interpreter = python.clone();
    let run = programs::of(move |process| app::python(process, interpreter.clone()));
    let library = python.clone();
    let pip = programs::of(move |process| pip(process, library.clone()));
    vec![("python", run.clone()), ("python3", run), ("pip", pip.clone()), ("pip3", pip)]
}

/// The programs that a package brings.
pub fn programs_of(python: &Python, package: &str) -> Vec<(String, Rc<dyn Program>)> {
    let name = PROGRAMS.iter().find(|(known, _)| *known == package).map_or(package, |(_, program)| program);
    let program = match name {
        "" | "pip" => return Vec::new(),
        "flask" | "gunicorn" => {
            let python = python.clone();
            programs::of(move |process| module::script(process, python.clone()))
        }
        _ => mystery(),
    };
    vec![(name.to_string(), program)]
}

/// `pip install`, `pip wheel`; whatever else is done at once.
pub async fn pip(process: Process, python: Python) -> ExitCode {
    let words: Vec<String> = process.args().iter().map(|word| word.to_string()).collect();
    let Some(at) = words.iter().position(|word| matches!(word.as_str(), "install" | "wheel" | "download")) else {
        return ExitCode::SUCCESS;
    };
    let order = match order(&process, &words[at + 1..]) {
        Ok(order) => order,
        Err(path) => {
            let text =
                format!("ERROR: Could not open requirements file: [Errno 2] No such file or directory: '{path}'\n");
            process.complain(text).await;
            return ExitCode::FAILURE;
        }
    };
    let place = match &order.prefix {
        Some(prefix) => at_prefix(&python, prefix),
        None => python,
    };
    for name in &order.names {
        process.print(format!("Collecting {name}\n")).await;
        process.sleep(EACH_PACKAGE).await;
        let plain = plain(name);
        let put = match &order.wheels {
            Some(folder) => wheel(&process, folder, &plain).await,
            None => put(&process, &place, &plain).await,
        };
        if let Err((error, path)) = put {
            let text = format!("ERROR: Could not install packages due to an OSError: {error}: '{path}'\n");
            process.complain(text).await;
            return ExitCode::FAILURE;
        }
    }
    if !order.names.is_empty() && order.wheels.is_none() {
        process.print(format!("Successfully installed {}\n", order.names.join(" "))).await;
    }
    ExitCode::SUCCESS
}

/// What is to be installed, and where.
#[derive(Default)]
struct Order {
    names: Vec<String>,
    prefix: Option<String>,
    wheels: Option<String>,
}

/// Reads the words behind `install`; the error is a file of requirements that is not there.
fn order(process: &Process, words: &[String]) -> Result<Order, String> {
    let mut order = Order::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (option, inline) = word.split_once('=').filter(|_| word.starts_with("--")).unwrap_or((word, ""));
        let mut value =
            || if inline.is_empty() { rest.next().cloned().unwrap_or_default() } else { inline.to_string() };
        match option {
            "-r" | "--requirement" => order.names.extend(requirements(process, &value())?),
            "--prefix" => order.prefix = Some(value()),
            "--user" => order.prefix = Some(home(process) + "/.local"),
            "-w" | "--wheel-dir" => order.wheels = Some(value()),
            "-c" | "-i" | "--constraint" | "--index-url" | "--extra-index-url" | "-f" | "--find-links" | "-t"
            | "--timeout" | "--root-user-action" | "-e" | "--editable" => drop(value()),
            option if option.starts_with('-') || option == "." => {}
            name => order.names.push(name.to_string()),
        }
    }
    Ok(order)
}

fn requirements(process: &Process, path: &str) -> Result<Vec<String>, String> {
    let bytes = process.read_file(path).map_err(|_| path.to_string())?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '-'])).map(String::from).collect())
}

pub fn home(process: &Process) -> String {
    process.variable("HOME").map_or_else(|| "/root".to_string(), |home| home.to_string())
}

/// A Python whose packages go below a folder of their own.
pub fn at_prefix(python: &Python, prefix: &str) -> Python {
    let prefix = prefix.trim_end_matches('/');
    Python {
        minor: python.minor,
        packages: format!("{prefix}/lib/python3.{}/site-packages", python.minor).into(),
        programs: format!("{prefix}/bin").into(),
    }
}

/// The name without version, extras, path and ending.
fn plain(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_suffix("-0-py3-none-any.whl").unwrap_or(name);
    let plain = name.split(['=', '<', '>', '~', '[', ';', ' ', '@']).next().unwrap_or(name).to_lowercase();
    plain.strip_suffix("-binary").unwrap_or(&plain).to_string()
}

async fn wheel(process: &Process, folder: &str, name: &str) -> Result<(), (Errno, String)> {
    let path = format!("{}/{name}-0-py3-none-any.whl", folder.trim_end_matches('/'));
    process.make_folders(folder).map_err(|error| (error, folder.to_string()))?;
    process.write_file(&path, b"").await.map_err(|error| (error, path))
}

/// Writes a package down; the error, and the folder it is about.
async fn put(process: &Process, python: &Python, name: &str) -> Result<(), (Errno, String)> {
    let module = MODULES.iter().find(|(package, _)| *package == name).map_or(name, |(_, module)| module);
    let folder = format!("{}/{}", python.packages, module.replace('-', "_"));
    let with_place = |error| (error, folder.clone());
    process.make_folders(&folder).map_err(with_place)?;
    process.write_file(&format!("{folder}/__init__.py"), b"").await.map_err(with_place)?;
    process.make_folders(&python.programs).map_err(with_place)?;
    for (program, content) in programs_of(python, name) {
        process.install(&format!("{}/{program}", python.programs), content).map_err(with_place)?;
    }
    Ok(())
}

/// `python -m venv FOLDER`: a folder with its own interpreter, packages and programs.
pub fn make_environment(process: &Process, python: &Python, folder: &str) -> Result<(), Errno> {
    let own = at_prefix(python, &process.absolute(folder));
    process.make_folders(&own.packages)?;
    process.make_folders(&own.programs)?;
    for (name, program) in tools(&own) {
        process.install(&format!("{}/{name}", own.programs), program)?;
    }
    Ok(())
}
