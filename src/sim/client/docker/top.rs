//! `docker top`: processes of containers, as a table. Must not know Compose.

use super::Invocation;
use crate::sim::client::table::{self, COMPOSE};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::ProcessView;

/// Titles of the columns of `ps -ef`, which is what is asked for without a word.
pub const COLUMNS: [&str; 8] = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"];

/// Columns that `ps -o` knows: name, title, and the place among [`COLUMNS`] of what stands there.
const NAMED: [(&str, &str, usize); 13] = [
    ("uname", "USER", 0),
    ("user", "USER", 0),
    ("uid", "UID", 0),
    ("pid", "PID", 1),
    ("ppid", "PPID", 2),
    ("c", "C", 3),
    ("stime", "STIME", 4),
    ("tty", "TT", 5),
    ("time", "TIME", 6),
    ("cmd", "CMD", 7),
    ("args", "COMMAND", 7),
    ("command", "COMMAND", 7),
    ("comm", "COMMAND", COMMAND_NAME),
];

/// The program's name alone.
const COMMAND_NAME: usize = COLUMNS.len();

/// `docker top`.
pub fn top(invocation: &Invocation) -> Done {
    let (engine, clock) = (&invocation.context.engine, invocation.clock());
    let (name, options) = invocation.arguments.positional.split_first().expect("the arity has been checked");
    let columns = columns(options)?;
    let processes = engine.processes_of(engine.find_container(name)?)?;
    if !columns.iter().any(|(title, _)| *title == "PID") {
        return Err(Failure::new("Error response from daemon: Couldn't find PID field in ps output"));
    }
    let mut rows: Vec<Vec<String>> = vec![columns.iter().map(|(title, _)| (*title).to_owned()).collect()];
    for process in &processes {
        let mut cells = row(process, &clock.second(process.started_at));
        let program = process.command.split(' ').next().unwrap_or_default();
        cells.push(program.rsplit('/').next().unwrap_or_default().to_owned());
        rows.push(columns.iter().map(|(_, place)| cells[*place].clone()).collect());
    }
    invocation.context.terminal.out(&table::table(COMPOSE, &rows));
    Ok(())
}

/// The columns that the options of `ps` ask for: titles, and what stands there.
fn columns(options: &[String]) -> Done<Vec<(&'static str, usize)>> {
    let not_simulated =
        || Failure::new(format!("docker top with the ps options {} is not simulated", options.join(" ")));
    let named = match options {
        [] => return Ok(COLUMNS.into_iter().zip(0..).collect()),
        [one] if one == "-ef" => return Ok(COLUMNS.into_iter().zip(0..).collect()),
        [flag, names] if matches!(flag.as_str(), "-o" | "-eo") => names.as_str(),
        [one] => one.strip_prefix("-o").or(one.strip_prefix("-eo")).ok_or_else(not_simulated)?,
        _ => return Err(not_simulated()),
    };
    let column = |name: &str| NAMED.iter().find(|(known, ..)| *known == name).map(|(_, title, place)| (*title, *place));
    named.split(',').map(|name| column(name).ok_or_else(not_simulated)).collect()
}

/// A process as `ps -ef` shows it; `started` is a date.
pub fn row(process: &ProcessView, started: &str) -> Vec<String> {
    let clock = started.get(11..16).unwrap_or_default();
    let (pid, parent) = (process.pid.to_string(), process.parent.to_string());
    [&process.user, &pid, &parent, "0", clock, "?", "00:00:00", &process.command].map(str::to_owned).to_vec()
}
