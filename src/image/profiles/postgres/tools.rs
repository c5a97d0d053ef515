//! `pg_isready`, `createdb`, `dropdb`, `createuser`, `dropuser`, `vacuumdb`.

use super::Version;
use super::client::{Refusal, connect};
use super::psql::unknown_option;
use super::target::target;
use crate::image::programs::arguments::Arguments;
use crate::kernel::{ExitCode, Process};
use std::time::Duration;

/// `pg_isready` itself (recording: two of them and a pause of 100 ms make 180 ms).
const ISREADY: Duration = Duration::from_millis(37);
/// The others, from their start to their statement.
const LAUNCH: Duration = Duration::from_millis(50);

const ISREADY_WITH_VALUE: &[&str] = &["U", "username", "d", "dbname", "h", "host", "p", "port", "t", "timeout"];

/// The program `pg_isready`: 0 accepting, 1 rejecting, 2 no response, 3 wrong options. It counts a refused role or password as
/// accepting, and the server writes the refusal into its log.
pub async fn pg_isready(process: Process, version: Version) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), ISREADY_WITH_VALUE);
    process.sleep(ISREADY).await;
    if arguments.has(&["V", "version"]) {
        process.print(format!("pg_isready (PostgreSQL) {}\n", version.build())).await;
        return ExitCode::SUCCESS;
    }
    let known = [ISREADY_WITH_VALUE, &["q", "quiet", "?", "help"]].concat();
    if let Some(name) = arguments.unknown(&known) {
        process.complain(unknown_option("/usr/lib/postgresql/15/bin/pg_isready", "pg_isready", &name)).await;
        return ExitCode(3);
    }
    if let Some(operand) = arguments.operands.first() {
        let hint = "pg_isready: hint: Try \"pg_isready --help\" for more information.\n";
        process
            .complain(format!("pg_isready: error: too many command-line arguments (first is \"{operand}\")\n{hint}"))
            .await;
        return ExitCode(3);
    }
    let mut target = target(&process, &arguments);
    target.password = None;
    let place = target.host.clone().unwrap_or_else(|| "/var/run/postgresql".to_string());
    let (code, words) = match connect(&process, &target).await {
        Ok(_) => (0, "accepting connections"),
        Err(Refusal::NoAnswer(_)) => (2, "no response"),
        Err(Refusal::Rejected(text)) if text.contains("starting up") || text.contains("shutting down") => {
            (1, "rejecting connections")
        }
        Err(Refusal::Rejected(_)) => (0, "accepting connections"),
    };
    if !arguments.has(&["q", "quiet"]) {
        process.print(format!("{place}:{} - {words}\n", target.port)).await;
    }
    ExitCode(code)
}

/// What one of the small programs does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// `createdb`.
    CreateDatabase,
    /// `dropdb`.
    DropDatabase,
    /// `createuser`.
    CreateUser,
    /// `dropuser`.
    DropUser,
    /// `vacuumdb`.
    Vacuum,
}

impl Job {
    fn program(self) -> &'static str {
        match self {
            Job::CreateDatabase => "createdb",
            Job::DropDatabase => "dropdb",
            Job::CreateUser => "createuser",
            Job::DropUser => "dropuser",
            Job::Vacuum => "vacuumdb",
        }
    }

    fn failure(self, name: &str) -> String {
        match self {
            Job::CreateDatabase => "database creation failed".to_string(),
            Job::DropDatabase => "database removal failed".to_string(),
            Job::CreateUser => "creation of new role failed".to_string(),
            Job::DropUser => format!("removal of role \"{name}\" failed"),
            Job::Vacuum => format!("vacuuming of database \"{name}\" failed"),
        }
    }

    fn sql(self, arguments: &Arguments, name: &str) -> String {
        match self {
            Job::CreateDatabase => {
                let owner =
                    arguments.value(&["O", "owner"]).map_or(String::new(), |owner| format!(" OWNER \"{owner}\""));
                format!("CREATE DATABASE \"{name}\"{owner};")
            }
            Job::DropDatabase if arguments.has(&["if-exists"]) => format!("DROP DATABASE IF EXISTS \"{name}\";"),
            Job::DropDatabase => format!("DROP DATABASE \"{name}\";"),
            Job::CreateUser => {
                let word = |names: &[&str], yes: &str, no: &str| {
                    if arguments.has(names) { yes.to_string() } else { no.to_string() }
                };
                format!(
                    "CREATE ROLE \"{name}\" {} {} {} INHERIT LOGIN;",
                    word(&["s", "superuser"], "SUPERUSER", "NOSUPERUSER"),
                    word(&["d", "createdb"], "CREATEDB", "NOCREATEDB"),
                    word(&["r", "createrole"], "CREATEROLE", "NOCREATEROLE"),
                )
            }
            Job::DropUser => format!("DROP ROLE \"{name}\";"),
            Job::Vacuum => "VACUUM;".to_string(),
        }
    }
}

/// One of the small programs.
pub async fn small(process: Process, version: Version, job: Job) -> ExitCode {
    let with_value: &[&str] = match job {
        Job::CreateUser | Job::DropUser => &["U", "username", "h", "host", "p", "port", "c"],
        _ => &["U", "username", "h", "host", "p", "port", "O", "owner", "T", "template", "E", "d", "dbname"],
    };
    let arguments = Arguments::parse(&process.args(), with_value);
    if arguments.has(&["V", "version"]) {
        process.print(format!("{} (PostgreSQL) {}\n", job.program(), version.build())).await;
        return ExitCode::SUCCESS;
    }
    process.sleep(LAUNCH).await;
    let name = arguments.operands.first().cloned().unwrap_or_default();
    let mut unnamed = arguments.clone();
    unnamed.operands.clear();
    let mut target = target(&process, &unnamed);
    match job {
        Job::Vacuum if !name.is_empty() => target.database.clone_from(&name),
        Job::Vacuum => {}
        _ => target.database = "postgres".to_string(),
    }
    let name = if name.is_empty() { target.user.clone() } else { name };
    if job == Job::DropDatabase && arguments.operands.is_empty() {
        process.complain("dropdb: error: missing required argument database name\ndropdb: hint: Try \"dropdb --help\" for more information.\n").await;
        return ExitCode::FAILURE;
    }
    let session = match connect(&process, &target).await {
        Ok(session) => session,
        Err(refusal) => {
            process.complain(format!("{}: error: {}", job.program(), refusal.text())).await;
            return ExitCode::FAILURE;
        }
    };
    if job == Job::Vacuum {
        process.print(format!("vacuumdb: vacuuming database \"{}\"\n", target.database)).await;
    }
    let reply = session.send(&job.sql(&arguments, &name)).await;
    for notice in reply.answers.iter().flat_map(|answer| &answer.notices) {
        process.complain(format!("{notice}\n")).await;
    }
    match reply.error {
        None => ExitCode::SUCCESS,
        Some(error) => {
            process.complain(format!("{}: error: {}: {error}\n", job.program(), job.failure(&name))).await;
            ExitCode::FAILURE
        }
    }
}
