//! Which source a command line of Python runs: a file, a module, what a program such as `flask` is given.

use super::app::{run_file, serve_folder};
use super::{Python, pip};
use crate::image::declared::{Clues, stand_for};
use crate::kernel::{ExitCode, Process};

/// `python -m MODULE`.
pub async fn module(process: Process, python: Python) -> ExitCode {
    let words = process.args();
    let at = words.iter().position(|word| &**word == "-m").unwrap_or(0);
    let name = words.get(at + 1).map_or(String::new(), |word| word.to_string());
    match name.as_str() {
        "flask" => run_file(process.clone(), python, &flask_file(&process), "flask").await,
        "http.server" => {
            let port = words.get(at + 2).and_then(|port| port.parse().ok()).unwrap_or(8000);
            serve_folder(process, python, port).await
        }
        "pip" => pip::pip(process, python).await,
        "venv" => match words.iter().skip(at + 2).find(|word| !word.starts_with('-')) {
            Some(folder) if pip::make_environment(&process, &python, folder).is_ok() => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
        name => match own_file(&process, name) {
            Some(path) => run_file(process, python, &path, "python").await,
            None if is_installed(&process, &python, name) => stand_for(process, Clues::default()).await,
            None => {
                process.complain(format!("/usr/local/bin/python: No module named {name}\n")).await;
                ExitCode::FAILURE
            }
        },
    }
}

/// The programs `flask` and `gunicorn`: the app they are given.
pub async fn script(process: Process, python: Python) -> ExitCode {
    process.sleep(super::app::LAUNCH).await;
    let words = process.args();
    let own_name = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word)).to_string();
    if own_name == "flask" {
        let path = flask_file(&process);
        return run_file(process, python, &path, &own_name).await;
    }
    let app = words.iter().skip(1).find(|word| word.contains(':') && !word.starts_with(['-', ':', '0', '1']));
    let module = app.and_then(|app| app.split_once(':')).map_or("app", |(module, _)| module).to_string();
    match own_file(&process, &module) {
        Some(path) => run_file(process, python, &path, &own_name).await,
        None => stand_for(process, Clues::default()).await,
    }
}

/// The file of the app: `FLASK_APP`, `--app`, or `app.py`.
fn flask_file(process: &Process) -> String {
    let words = process.args();
    let given =
        words.iter().position(|word| matches!(&**word, "--app" | "-A")).and_then(|at| words.get(at + 1).cloned());
    let name = given.or_else(|| process.variable("FLASK_APP")).map_or("app".to_string(), |name| name.to_string());
    let name = name.split(':').next().unwrap_or(&name).trim_end_matches(".py").replace('.', "/");
    let package = format!("{name}/__init__.py");
    if process.stat(&package).is_ok() { package } else { format!("{name}.py") }
}

/// The file of a module among the app's own.
fn own_file(process: &Process, module: &str) -> Option<String> {
    let path = module.replace('.', "/");
    let candidates = [format!("{path}.py"), format!("{path}/__main__.py"), format!("{path}/__init__.py")];
    candidates.into_iter().find(|path| process.stat(path).is_ok())
}

/// Whether pip brought a module, for all or for the user.
pub fn is_installed(process: &Process, python: &Python, name: &str) -> bool {
    let name = name.split('.').next().unwrap_or(name);
    let own = pip::at_prefix(python, &format!("{}/.local", pip::home(process)));
    [&python.packages, &own.packages].iter().any(|packages| process.stat(&format!("{packages}/{name}")).is_ok())
}
