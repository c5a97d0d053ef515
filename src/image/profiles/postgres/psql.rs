//! `psql`: options, scripts, and how it prints rows.

use super::backslash::{self, Flow};
use super::client::{Answer, Session, Target, connect};
use crate::image::programs::arguments::Arguments;
use crate::image::programs::transaction::Control;
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
    /// Where it is run.
    pub target: &'a Target,
    /// How it was given.
    pub given: Given,
}

/// How a script was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// With `-c`.
    Command,
    /// In a file, or on standard input.
    Lines,
}

impl Script<'_> {
    fn is_command(&self) -> bool {
        self.given == Given::Command
    }
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
            let script =
                Script { text: command, file: None, stops_at_error: true, target: &target, given: Given::Command };
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
    let script = Script { text: &text, file, stops_at_error, target: &target, given: Given::Lines };
    if run_statements(&process, &session, &script, style).await { ExitCode::SUCCESS } else { ExitCode(3) }
}

/// Runs a script as `psql -v ON_ERROR_STOP=1 --no-password` does in the entrypoint: 3 if it stops at an error.
pub async fn run_script(process: &Process, script: &Script<'_>) -> ExitCode {
    let session = match begin(process, script.target).await {
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

/// A part of a script.
enum Piece {
    Statement(String),
    /// A line that begins with a backslash.
    Backslash(String),
}

fn pieces(script: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    for line in script.lines() {
        if line.trim_start().starts_with('\\') {
            pieces.extend(statements(&std::mem::take(&mut text)).into_iter().map(Piece::Statement));
            pieces.push(Piece::Backslash(line.trim().trim_end_matches(';').to_string()));
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    pieces.extend(statements(&text).into_iter().map(Piece::Statement));
    pieces
}

/// Whether it went through to the end. The statements of one `-c` are one transaction, unless they say otherwise.
async fn run_statements(process: &Process, session: &Session, script: &Script<'_>, style: Style) -> bool {
    let pieces = pieces(script.text);
    let is_control = |piece: &Piece| matches!(piece, Piece::Statement(sql) if Control::of(sql).is_some());
    let as_one = script.is_command() && pieces.len() > 1 && !pieces.iter().any(is_control);
    if as_one {
        let _ = session.query("begin").await;
    }
    let went_through = run_pieces(process, session, script, style, &pieces).await;
    if as_one {
        let _ = session.query(if went_through { "commit" } else { "rollback" }).await;
    }
    went_through
}

async fn run_pieces(process: &Process, session: &Session, script: &Script<'_>, style: Style, pieces: &[Piece]) -> bool {
    for piece in pieces {
        let sql = match piece {
            Piece::Statement(sql) => sql,
            Piece::Backslash(line) => match backslash::run(process, session, script.target, line).await {
                Flow::Goes => continue,
                Flow::Ends => return true,
                Flow::Fails if script.stops_at_error => return false,
                Flow::Fails => continue,
            },
        };
        match session.query(sql).await {
            Ok(answer) => process.print(show(&answer, style)).await,
            Err(text) => {
                let place =
                    script.file.map_or(String::new(), |file| format!("psql:{file}:{}: ", line_of(script.text, sql)));
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
        return lines.concat() + &tag_of_change(answer, style);
    }
    aligned(answer, &rows, style, &count) + &tag_of_change(answer, style)
}

/// What follows the rows of RETURNING.
fn tag_of_change(answer: &Answer, style: Style) -> String {
    let is_change = ["INSERT", "UPDATE", "DELETE"].iter().any(|word| answer.tag.starts_with(word));
    if is_change && !style.quiet { format!("{}\n", answer.tag) } else { String::new() }
}

fn aligned(answer: &Answer, rows: &[Vec<String>], style: Style, count: &str) -> String {
    let columns = &answer.columns;
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.chain([columns[at].chars().count()]).max().unwrap_or(0)
    };
    let is_number = |at: usize| answer.numeric.get(at) == Some(&true);
    let mut result = String::new();
    if !style.tuples_only {
        let heads: Vec<String> =
            columns.iter().enumerate().map(|(at, name)| format!(" {name:^width$} ", width = width(at))).collect();
        let lines: Vec<String> = (0..columns.len()).map(|at| "-".repeat(width(at) + 2)).collect();
        result.push_str(&format!("{}\n{}\n", heads.join("|"), lines.join("+")));
    }
    for row in rows {
        let last = row.len().saturating_sub(1);
        let cells = row.iter().enumerate().map(|(at, cell)| match is_number(at) {
            true => format!(" {cell:>width$} ", width = width(at)),
            false if at == last => format!(" {cell}"),
            false => format!(" {cell:<width$} ", width = width(at)),
        });
        let line = cells.collect::<Vec<_>>().join("|");
        result.push_str(if is_number(last) { line.trim_end() } else { &line });
        result.push('\n');
    }
    if !style.tuples_only {
        result.push_str(count);
    }
    result.push('\n');
    result
}
