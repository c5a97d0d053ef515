//! `docker-entrypoint.sh` of the official image.
//!
//! Source: github.com/docker-library/mongo, `docker-entrypoint.sh`: variables and their `_FILE` forms, the first start with a temporary
//! server on 127.0.0.1, the scripts that run then and never again, `--auth`, `--bind_ip_all`. Simplified: the user is not changed.

use super::DATA;
use crate::image::programs;
use crate::kernel::process::Origin;
use crate::kernel::{ExitCode, Process, Signal};
use std::rc::Rc;
use std::time::Duration;

/// Where the entrypoint runs `exec "$@"`.
const EXEC_LINE: u32 = 420;
/// Where scripts for the first start lie.
const SCRIPTS: &str = "/docker-entrypoint-initdb.d";
/// How often the entrypoint asks whether the temporary server is up, a second apart.
const ATTEMPTS: u32 = 30;
/// What the shell's own work takes before anything is started.
const CHECKS: Duration = Duration::from_millis(100);

/// The entrypoint.
pub async fn entrypoint(process: Process) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if command.first().is_some_and(|word| word.starts_with('-')) {
        command.insert(0, "mongod".into());
    }
    if command.first().is_some_and(|word| &**word == "mongod")
        && let Err(code) = prepare(&process, &mut command).await
    {
        return code;
    }
    programs::exec_from_bash(&process, &command, "/usr/local/bin/docker-entrypoint.sh", EXEC_LINE).await
}

async fn fail(process: &Process, text: &str) -> ExitCode {
    process.complain(text.to_string()).await;
    ExitCode::FAILURE
}

/// A variable, or the content of the file that `NAME_FILE` names.
async fn file_variable(process: &Process, name: &str) -> Result<Option<String>, ExitCode> {
    let given = |name: &str| process.variable(name).filter(|value| !value.is_empty()).map(|value| value.to_string());
    match (given(name), given(&format!("{name}_FILE"))) {
        (Some(_), Some(_)) => {
            Err(fail(process, &format!("error: both {name} and {name}_FILE are set (but are exclusive)\n")).await)
        }
        (None, Some(path)) => match process.read_file(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_string())),
            Err(error) => {
                let text = format!("/usr/local/bin/docker-entrypoint.sh: line 47: {path}: {error}\n");
                Err(fail(process, &text).await)
            }
        },
        (value, None) => Ok(value),
    }
}

async fn prepare(process: &Process, command: &mut Vec<Rc<str>>) -> Result<(), ExitCode> {
    let user = file_variable(process, "MONGO_INITDB_ROOT_USERNAME").await?;
    let password = file_variable(process, "MONGO_INITDB_ROOT_PASSWORD").await?;
    if user.is_some() != password.is_some() {
        let text = "\nerror: missing 'MONGO_INITDB_ROOT_USERNAME' or 'MONGO_INITDB_ROOT_PASSWORD'\n       both must be specified for a user to be created\n\n";
        return Err(fail(process, text).await);
    }
    let has = |command: &[Rc<str>], name: &str| {
        command.iter().any(|word| &**word == name || word.starts_with(&format!("{name}=")))
    };
    let root = user.zip(password);
    if root.is_some() && !has(command, "--auth") {
        command.push("--auth".into());
    }
    process.sleep(CHECKS).await;
    let scripts = process.list(SCRIPTS).unwrap_or_default();
    let has_scripts = scripts.iter().any(|name| name.ends_with(".sh") || name.ends_with(".js"));
    let at = command.iter().position(|word| &**word == "--dbpath").and_then(|at| command.get(at + 1).cloned());
    let data = at.map_or(DATA.to_string(), |path| path.to_string());
    let is_new = ["WiredTiger", "journal", "local.0", "storage.bson"]
        .iter()
        .all(|name| process.stat(&format!("{data}/{name}")).is_err());
    if is_new && (root.is_some() || has_scripts) {
        first_start(process, command, root, scripts).await?;
    }
    if !has(command, "--bind_ip") && !has(command, "--bind_ip_all") {
        command.push("--bind_ip_all".into());
    }
    Ok(())
}

/// A server that only this container reaches, without `--auth` and, with a user, without `--replSet`.
fn temporary(command: &[Rc<str>], has_user: bool) -> Vec<Rc<str>> {
    let mut words: Vec<Rc<str>> = Vec::new();
    let mut rest = command.iter();
    while let Some(word) = rest.next() {
        match &**word {
            "--auth" | "--bind_ip_all" => {}
            "--bind_ip" | "--port" | "--keyFile" => drop(rest.next()),
            "--replSet" if has_user => drop(rest.next()),
            word if has_user && word.starts_with("--replSet=") => {}
            _ => words.push(word.clone()),
        }
    }
    words.extend(["--bind_ip", "127.0.0.1", "--port", "27017"].map(Rc::from));
    words
}

async fn first_start(
    process: &Process,
    command: &[Rc<str>],
    root: Option<(String, String)>,
    scripts: Vec<Rc<str>>,
) -> Result<(), ExitCode> {
    let words = temporary(command, root.is_some());
    process.print("about to fork child process, waiting until server is ready for connections.\n").await;
    let program = process.find_program("mongod").map_err(|_| ExitCode(127))?;
    let server = process.spawn(&program, words.into(), |_| {}).map_err(|_| ExitCode::FAILURE)?;
    process.print(format!("forked process: {}\n", server.pid())).await;
    let mut left = ATTEMPTS;
    while process.connect("127.0.0.1", 27017).await.is_err() {
        if server.status().is_some() || left == 0 {
            let text = "\nerror: mongod does not appear to have stayed running -- perhaps it had an error?\n\n";
            return Err(fail(process, text).await);
        }
        left -= 1;
        process.sleep(Duration::from_millis(100)).await;
    }
    process.print("child process started successfully, parent exiting\n").await;
    if let Some((user, password)) = root {
        let quoted = |text: &str| serde_json::json!(text).to_string();
        let script = format!(
            "db.getSiblingDB('admin').createUser({{ user: {}, pwd: {}, roles: [{{ role: 'root', db: 'admin' }}] }})",
            quoted(&user),
            quoted(&password)
        );
        run(process, &[shell(process), "--host", "127.0.0.1", "--quiet", "admin", "--eval", &script]).await?;
    }
    process.print("\n").await;
    let database = process
        .variable("MONGO_INITDB_DATABASE")
        .filter(|name| !name.is_empty())
        .map_or("test".to_string(), |name| name.to_string());
    process.set_variable("MONGO_INITDB_DATABASE", &database);
    for name in scripts {
        let path = format!("{SCRIPTS}/{name}");
        let own = "/usr/local/bin/docker-entrypoint.sh";
        match name.rsplit('.').next() {
            Some("js") => {
                process.print(format!("{own}: running {path}\n")).await;
                run(process, &[shell(process), "--host", "127.0.0.1", "--port", "27017", "--quiet", &database, &path])
                    .await?;
                process.print("\n").await;
            }
            Some("sh") => {
                process.print(format!("{own}: running {path}\n")).await;
                run(process, &["bash", &path]).await?;
            }
            _ => process.print(format!("{own}: ignoring {path}\n")).await,
        }
        process.print("\n").await;
    }
    server.deliver(Signal::TERM, Origin::Inside);
    process.wait(&server).await;
    process.print("\nMongoDB init process complete; ready for start up.\n\n").await;
    Ok(())
}

/// The image's shell: `mongosh`, or `mongo` in old images.
fn shell(process: &Process) -> &'static str {
    if process.find_program("mongosh").is_ok() { "mongosh" } else { "mongo" }
}

/// A command that ends the entrypoint if it fails (`set -e`).
async fn run(process: &Process, words: &[&str]) -> Result<(), ExitCode> {
    let words: Vec<Rc<str>> = words.iter().map(|word| Rc::from(*word)).collect();
    match process.run(words.into()).await.map(|status| status.code()) {
        Ok(0) => Ok(()),
        Ok(code) => Err(ExitCode(code)),
        Err(_) => Err(ExitCode(127)),
    }
}
