//! `docker-entrypoint.sh`: the first boot with its temporary server, later boots without.

use super::boot::{fails, finish, new, serving, start};
use super::messages;
use super::print::Style;
use super::psql::{Psql, Source, run_source};
use super::server::Server;
use super::storage::{Control, Storage};
use super::{Version, client};
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::kernel::files::{Access, Owner};
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;
use std::time::Duration;

/// From the container's start to the entrypoint's first words (recording: about 50 to 100 ms after the start event).
const SCRIPT_START: Duration = Duration::from_millis(60);
/// `pg_ctl` looks every 100 ms whether the server is ready.
const CONTROL_POLL: Duration = Duration::from_millis(60);
/// A `psql` of the entrypoint, from its start to its statement.
const CLIENT: Duration = Duration::from_millis(60);

/// Where the Unix socket lies.
const SOCKETS: &str = "/var/run/postgresql";
const SCRIPTS: &str = "/docker-entrypoint-initdb.d";
const NAME: &str = "/usr/local/bin/docker-entrypoint.sh";

/// What the environment says.
struct Settings {
    data: String,
    user: String,
    password: String,
    database: String,
    hosts: String,
}

/// The entrypoint.
pub async fn run(process: Process, version: Version, owner: Owner) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if command.first().is_some_and(|word| word.starts_with('-')) {
        command.insert(0, "postgres".into());
    }
    if command.first().is_none_or(|word| &**word != "postgres") {
        return programs::exec_from_bash(&process, &command, NAME, 351).await;
    }
    process.sleep(SCRIPT_START).await;
    let settings = match settings(&process, version) {
        Ok(settings) => settings,
        Err(text) => {
            process.complain(text).await;
            return ExitCode::FAILURE;
        }
    };
    let storage = Storage::new(&process, &settings.data);
    if let Err(text) = prepare(&process, &settings.data, owner).await {
        process.complain(text).await;
        return ExitCode::FAILURE;
    }
    if storage.version().is_some() {
        process
            .print("\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n")
            .await;
    } else {
        let code = first_boot(&process, version, &settings, &storage).await;
        if !code.is_success() {
            return code;
        }
    }
    programs::exec_from_bash(&process, &command, NAME, 351).await
}

/// A variable, or the content of the file that `NAME_FILE` names.
fn setting(process: &Process, name: &str, default: &str) -> Result<String, String> {
    let direct = process.variable(name).filter(|value| !value.is_empty());
    let file = process.variable(&format!("{name}_FILE")).filter(|value| !value.is_empty());
    match (direct, file) {
        (Some(_), Some(_)) => Err(format!("error: both {name} and {name}_FILE are set (but are exclusive)\n")),
        (Some(value), None) => Ok(value.to_string()),
        (None, Some(path)) => match process.read_file(&path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_string()),
            Err(error) => Err(format!("{NAME}: line 22: {path}: {error}\n")),
        },
        (None, None) => Ok(default.to_string()),
    }
}

fn settings(process: &Process, version: Version) -> Result<Settings, String> {
    let user = setting(process, "POSTGRES_USER", "postgres")?;
    Ok(Settings {
        data: process.variable("PGDATA").map_or_else(|| version.data_folder(), |path| path.to_string()),
        password: setting(process, "POSTGRES_PASSWORD", "")?,
        database: setting(process, "POSTGRES_DB", &user)?,
        hosts: process
            .variable("POSTGRES_HOST_AUTH_METHOD")
            .map_or("scram-sha-256".to_string(), |word| word.to_string()),
        user,
    })
}

/// Makes the folders and, as root, starts over as the server's user (`docker_create_db_directories`).
async fn prepare(process: &Process, data: &str, owner: Owner) -> Result<(), String> {
    make_directories(process, data, owner).await?;
    if process.access() == Access::ROOT {
        process.set_access(Access { owner });
        make_directories(process, data, owner).await?;
    }
    Ok(())
}

/// Makes the data path and the sockets' folder; that their permissions cannot be changed is only said.
async fn make_directories(process: &Process, data: &str, owner: Owner) -> Result<(), String> {
    process.make_folders(data).map_err(|error| format!("mkdir: cannot create directory '{data}': {error}\n"))?;
    for (folder, mode) in [(data, 0o700), (SOCKETS, 0o3775)] {
        if process.stat(folder).is_ok_and(|stat| stat.mode == mode) && process.may(folder, 2).is_ok() {
            continue;
        }
        if let Err(error) = process.set_mode(folder, mode) {
            process.complain(format!("chmod: changing permissions of '{folder}': {error}\n")).await;
        }
    }
    let is_foreign = |folder: &&str| process.stat(folder).is_ok_and(|stat| stat.owner.user != owner.user);
    let is_root = process.access() == Access::ROOT;
    for folder in [data, SOCKETS].iter().filter(|_| is_root).filter(|folder| is_foreign(folder)) {
        let failed = |error| format!("chown: changing ownership of '{folder}': {error}\n");
        process.set_owner(folder, owner).map_err(failed)?;
    }
    Ok(())
}

async fn first_boot(process: &Process, version: Version, settings: &Settings, storage: &Storage) -> ExitCode {
    if settings.password.is_empty() && settings.hosts != "trust" {
        process.complain(messages::NO_PASSWORD).await;
        return ExitCode::FAILURE;
    }
    if settings.hosts == "trust" {
        process.complain(messages::TRUSTS_EVERYBODY).await;
    }
    let old = old_databases(process, version);
    if !old.is_empty() {
        process.complain(messages::old_databases(&old)).await;
        return ExitCode::FAILURE;
    }
    if process.list(&settings.data).is_ok_and(|names| !names.is_empty()) {
        process.print(messages::initdb_head(version)).await;
        process.complain(messages::not_empty(&settings.data)).await;
        return ExitCode::FAILURE;
    }
    if let Err(error) = process.set_mode(&settings.data, 0o700) {
        process.print(messages::initdb_head(version)).await;
        process.print(format!("fixing permissions on existing directory {} ... ", settings.data)).await;
        let text = format!("could not change permissions of directory \"{}\": {error}", settings.data);
        process.complain(format!("initdb: error: {text}\n")).await;
        return ExitCode::FAILURE;
    }
    if let Err(error) = initdb(process, version, settings, storage).await {
        process.complain(format!("initdb: error: could not write to \"{}\": {error}\n", settings.data)).await;
        return ExitCode::FAILURE;
    }
    let server = new(process, version, &settings.data, 48, 1);
    process.print("waiting for server to start....").await;
    process.sleep(CONTROL_POLL).await;
    let listeners = match start(&server, None).await {
        Ok(listeners) => listeners,
        Err(text) => {
            fails(&server, &text).await;
            process.print(" stopped waiting\n").await;
            process.complain("pg_ctl: could not start server\nExamine the log output.\n").await;
            return ExitCode::FAILURE;
        }
    };
    let code = serving(&server, &listeners, setup(process, settings)).await;
    if !code.is_success() {
        return code;
    }
    serving(&server, &listeners, stop(&server)).await;
    process.print("\nPostgreSQL init process complete; ready for start up.\n\n").await;
    ExitCode::SUCCESS
}

/// Data, or a mount, where they lay before version 18 (semantics S62).
fn old_databases(process: &Process, version: Version) -> Vec<String> {
    if version.major < 18 {
        return Vec::new();
    }
    let old = "/var/lib/postgresql/data";
    if process.stat(&format!("{old}/PG_VERSION")).is_ok() {
        return vec![old.to_string()];
    }
    let mounts = process.namespaces().mounts().list();
    let mounted = mounts.iter().any(|(destination, _)| &**destination == old);
    if mounted { vec![format!("{old} (unused mount/volume)")] } else { Vec::new() }
}

async fn initdb(
    process: &Process,
    version: Version,
    settings: &Settings,
    storage: &Storage,
) -> Result<(), crate::kernel::Errno> {
    for (text, millis) in messages::initdb(version, &settings.data) {
        process.print(text).await;
        if millis > 0 {
            process.sleep(Duration::from_millis(millis)).await;
        }
    }
    process.complain(messages::TRUST_WARNING).await;
    storage.initialise(version.major, &settings.user, &settings.password, &settings.hosts).await?;
    storage.set_control(&Control::ShutDown(format!("{} UTC", Date::now(process).plain()))).await
}

/// What the entrypoint does with the temporary server: the database, then the scripts.
async fn setup(process: &Process, settings: &Settings) -> ExitCode {
    process.sleep(CONTROL_POLL).await;
    process.print(" done\nserver started\n").await;
    process.sleep(CLIENT).await;
    if settings.database != "postgres" {
        let sql = format!("CREATE DATABASE \"{}\"", settings.database);
        process.sleep(CLIENT).await;
        let code = run_psql(process, target(settings, "postgres"), Source::Lines(&sql)).await;
        if !code.is_success() {
            return code;
        }
        process.print("\n").await;
    }
    process.print("\n").await;
    let names = process.list(SCRIPTS).unwrap_or_default();
    if names.is_empty() {
        process.print(format!("{NAME}: ignoring {SCRIPTS}/*\n\n")).await;
    }
    for name in names {
        let code = init_script(process, settings, &format!("{SCRIPTS}/{name}")).await;
        if !code.is_success() {
            return code;
        }
        process.print("\n").await;
    }
    ExitCode::SUCCESS
}

fn target(settings: &Settings, database: &str) -> client::Target {
    client::Target {
        host: None,
        port: 5432,
        user: settings.user.clone(),
        database: database.to_string(),
        password: None,
    }
}

/// `psql -v ON_ERROR_STOP=1 --no-password`, as the entrypoint calls it.
async fn run_psql(process: &Process, target: client::Target, source: Source<'_>) -> ExitCode {
    let session = match client::connect(process, &target).await {
        Ok(session) => session,
        Err(refusal) => {
            process.complain(format!("psql: error: {}", refusal.text())).await;
            return ExitCode(2);
        }
    };
    let mut psql = Psql {
        process: process.clone(),
        session,
        target,
        style: Style::default(),
        quiet: false,
        variables: [("ON_ERROR_STOP".to_string(), "1".to_string())].into(),
        file: None,
        depth: 0,
    };
    run_source(&mut psql, source).await
}

/// One file of `/docker-entrypoint-initdb.d`. A failing one ends the container, and the half-made database stays.
async fn init_script(process: &Process, settings: &Settings, path: &str) -> ExitCode {
    if path.ends_with(".sql") {
        process.print(format!("{NAME}: running {path}\n")).await;
        let Ok(bytes) = process.read_file(path) else {
            process.complain(format!("psql: error: {path}: Permission denied\n")).await;
            return ExitCode::FAILURE;
        };
        process.sleep(CLIENT).await;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let code = run_psql(process, target(settings, &settings.database), Source::File(path, &text)).await;
        process.print("\n").await;
        return code;
    }
    if !path.ends_with(".sh") {
        process.print(format!("{NAME}: ignoring {path}\n")).await;
        return ExitCode::SUCCESS;
    }
    let is_executable = process.may(path, 1).is_ok();
    let word = if is_executable { "running" } else { "sourcing" };
    process.print(format!("{NAME}: {word} {path}\n")).await;
    let line: Vec<Rc<str>> = if is_executable { vec![path.into()] } else { vec!["sh".into(), path.into()] };
    match process.run(line.into()).await {
        Ok(status) => ExitCode(status.code()),
        Err(error) => {
            process.complain(format!("{NAME}: line 180: {path}: {error}\n")).await;
            ExitCode(126)
        }
    }
}

async fn stop(server: &Rc<Server>) {
    let process = &server.process;
    process.print("waiting for server to shut down....").await;
    server.log(server.pid, "LOG:  received fast shutdown request").await;
    server.log(server.pid, "LOG:  aborting any active transactions").await;
    finish(server).await;
    process.sleep(CONTROL_POLL).await;
    process.print(" done\nserver stopped\n").await;
}
