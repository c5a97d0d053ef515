//! `psql`: options, scripts, and how it prints rows.

use super::client::{Answer, Session, Target, connect};
use crate::image::programs::arguments::Arguments;
use crate::image::sql::statements;
use crate::kernel::{ExitCode, Process};
use std::time::Duration;

/// From its start to its first statement (recording: an exec of psql takes about 60 ms more than a trivial one).
const LAUNCH: Duration = Duration::from_millis(50);

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Style {
    unaligned: bool,
    tuples_only: bool,
    quiet: bool,
}

/// A script to run.
pub struct Script<'a> {
    /// Statements.
    pub text: &'a str,
    /// The file it was read from.
    pub file: Option<&'a str>,
    /// `ON_ERROR_STOP`.
    pub stops_at_error: bool,
}

/// Options of clients that have a value.
pub const WITH_VALUE: &[&str] = &[
    "U", "username", "d", "dbname", "h", "host", "p", "port", "c", "command", "f", "file", "v", "set", "variable", "P",
    "t2", "timeout",
];

/// The target that options and environment name. The operating system's user is the default role.
pub fn target(process: &Process, arguments: &Arguments) -> Target {
    let variable = |name: &str| process.variable(name).map(|value| value.to_string());
    let option = |names: &[&str]| arguments.value(names).map(str::to_string);
    let system_user = if process.access().owner.user == 0 { "root" } else { "postgres" };
    let user = option(&["U", "username"]).or_else(|| variable("PGUSER")).unwrap_or_else(|| system_user.to_string());
    let database =
        option(&["d", "dbname"]).or_else(|| arguments.operands.first().cloned()).or_else(|| variable("PGDATABASE"));
    let port = option(&["p", "port"]).or_else(|| variable("PGPORT")).and_then(|port| port.parse().ok());
    Target {
        host: option(&["h", "host"]).or_else(|| variable("PGHOST")).filter(|host| !host.starts_with('/')),
        port: port.unwrap_or(5432),
        database: database.unwrap_or_else(|| user.clone()),
        password: variable("PGPASSWORD"),
        user,
    }
}

/// The program.
pub async fn psql(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), WITH_VALUE);
    process.sleep(LAUNCH).await;
    let style = Style {
        unaligned: arguments.has(&["A", "no-align"]),
        tuples_only: arguments.has(&["t", "tuples-only"]),
        quiet: arguments.has(&["q", "quiet"]),
    };
    let sets = arguments.values(&["v", "set", "variable"]);
    let stops_at_error =
        sets.iter().any(|set| matches!(*set, "ON_ERROR_STOP=1" | "ON_ERROR_STOP=on" | "ON_ERROR_STOP"));
    let target = target(&process, &arguments);
    let session = match begin(&process, &target).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    let commands = arguments.values(&["c", "command"]);
    if !commands.is_empty() {
        // Each `-c` is tried, whatever became of the one before; the last one decides.
        let mut code = ExitCode::SUCCESS;
        for command in &commands {
            let script = Script { text: command, file: None, stops_at_error: true };
            let went_through = run_statements(&process, &session, &script, style).await;
            code = if went_through { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            if !went_through && stops_at_error {
                break;
            }
        }
        return code;
    }
    let file = arguments.value(&["f", "file"]).filter(|file| *file != "-");
    let bytes = match file {
        Some(path) => match process.read_file(path) {
            Ok(bytes) => bytes.to_vec(),
            Err(error) => {
                process.complain(format!("{path}: {error}\n")).await;
                return ExitCode::FAILURE;
            }
        },
        None => process.read_to_end(0).await.unwrap_or_default(),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let script = Script { text: &text, file, stops_at_error };
    if run_statements(&process, &session, &script, style).await { ExitCode::SUCCESS } else { ExitCode(3) }
}

/// Runs a script as `psql -v ON_ERROR_STOP=1 --no-password` does in the entrypoint: 3 if it stops at an error.
pub async fn run_script(process: &Process, target: &Target, script: &Script<'_>) -> ExitCode {
    let session = match begin(process, target).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    if run_statements(process, &session, script, Style::default()).await { ExitCode::SUCCESS } else { ExitCode(3) }
}

async fn begin(process: &Process, target: &Target) -> Result<Session, ExitCode> {
    match connect(process, target).await {
        Ok(session) => Ok(session),
        Err(refusal) => {
            process.complain(format!("psql: error: {}", refusal.text())).await;
            Err(ExitCode(2))
        }
    }
}

/// Whether it went through to the end.
async fn run_statements(process: &Process, session: &Session, script: &Script<'_>, style: Style) -> bool {
    for sql in statements(script.text) {
        if let Some(meta) = sql.strip_prefix('\\') {
            process.complain(format!("\\{}: not simulated\n", meta.split_whitespace().next().unwrap_or(""))).await;
            continue;
        }
        match session.query(&sql).await {
            Ok(answer) => process.print(show(&answer, style)).await,
            Err(text) => {
                let place =
                    script.file.map_or(String::new(), |file| format!("psql:{file}:{}: ", line_of(script.text, &sql)));
                process.complain(format!("{place}{text}\n")).await;
                if script.stops_at_error {
                    return false;
                }
            }
        }
    }
    true
}

/// The number of the line on which a statement ends.
fn line_of(script: &str, statement: &str) -> usize {
    let end = script.find(statement).map_or(0, |at| at + statement.len());
    script[..end].matches('\n').count() + 1
}

/// An answer as psql prints it.
fn show(answer: &Answer, style: Style) -> String {
    if answer.columns.is_empty() {
        return if style.quiet { String::new() } else { format!("{}\n", answer.tag) };
    }
    let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(text).collect()).collect();
    let count = format!("({} row{})\n", rows.len(), if rows.len() == 1 { "" } else { "s" });
    if style.unaligned {
        let mut lines: Vec<String> = rows.iter().map(|row| row.join("|") + "\n").collect();
        if !style.tuples_only {
            lines.insert(0, answer.columns.join("|") + "\n");
            lines.push(count);
        }
        return lines.concat();
    }
    aligned(&answer.columns, &rows, style, &count)
}

fn aligned(columns: &[String], rows: &[Vec<String>], style: Style, count: &str) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.chain([columns[at].chars().count()]).max().unwrap_or(0)
    };
    let is_number = |at: usize| rows.iter().all(|row| row.get(at).is_some_and(|cell| cell.parse::<f64>().is_ok()));
    let mut result = String::new();
    if !style.tuples_only {
        let heads: Vec<String> =
            columns.iter().enumerate().map(|(at, name)| format!(" {name:^width$} ", width = width(at))).collect();
        let lines: Vec<String> = (0..columns.len()).map(|at| "-".repeat(width(at) + 2)).collect();
        result.push_str(&format!("{}\n{}\n", heads.join("|"), lines.join("+")));
    }
    for row in rows {
        let last = row.len().saturating_sub(1);
        let cells = row.iter().enumerate().map(|(at, cell)| match is_number(at) && !rows.is_empty() {
            true => format!(" {cell:>width$} ", width = width(at)),
            false if at == last => format!(" {cell}"),
            false => format!(" {cell:<width$} ", width = width(at)),
        });
        let line = cells.collect::<Vec<_>>().join("|");
        result.push_str(if is_number(last) && !rows.is_empty() { line.trim_end() } else { &line });
        result.push('\n');
    }
    if !style.tuples_only {
        result.push_str(count);
    }
    result.push('\n');
    result
}
