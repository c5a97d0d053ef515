//! `docker top` and `stats`: processes of containers, as a table. What the simulation does not know (processor, memory, traffic)
//! is shown as Docker shows what it cannot read: `--`. Must not know Compose.

use super::Invocation;
use crate::sim::client::arguments::Arguments;
use crate::sim::client::context::Context;
use crate::sim::client::table::{self, COMPOSE, DOCKER};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ContainerFilter, ContainerView, ProcessView};

/// Titles of the columns of `ps -ef`, which both commands print.
pub const COLUMNS: [&str; 8] = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"];

/// `docker top`.
pub fn top(invocation: &Invocation) -> Done {
    let engine = &invocation.context.engine;
    let container = engine.find_container(&invocation.arguments.positional[0])?;
    let clock = invocation.clock();
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
    rows.extend(engine.processes_of(container)?.iter().map(|process| row(process, &clock.second(process.started_at))));
    invocation.context.terminal.out(&table::table(COMPOSE, &rows));
    Ok(())
}

/// A process as `ps -ef` shows it; `started` is a date.
pub fn row(process: &ProcessView, started: &str) -> Vec<String> {
    let clock = started.get(11..16).unwrap_or_default();
    let (pid, parent) = (process.pid.to_string(), process.parent.to_string());
    [&process.user, &pid, &parent, "0", clock, "?", "00:00:00", &process.command].map(str::to_owned).to_vec()
}

/// `docker stats --no-stream`.
pub async fn stats(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let filter = ContainerFilter { all: arguments.on("all"), labels: Vec::new() };
    let mut found = context.list(&filter).await;
    if !arguments.positional.is_empty() {
        let named = arguments.positional.iter().map(|name| {
            let container = context.engine.find_container(name)?;
            context.engine.inspect_container(container)
        });
        found = named.collect::<Result<_, _>>()?;
    }
    print_stats(context, arguments, &found)
}

/// The table of `stats`, for containers that were looked up.
pub fn print_stats(context: &Context, arguments: &Arguments, found: &[ContainerView]) -> Done {
    if !arguments.on("no-stream") {
        return Err(Failure::new("stats without --no-stream is not simulated"));
    }
    let titles = ["CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    for container in found {
        let id: String = container.id.chars().take(12).collect();
        let count = context.engine.processes_of(container.container).map_or(0, |processes| processes.len());
        let cells = [&*id, &container.name, "--", "-- / --", "--", "--", "--", &count.to_string()];
        rows.push(cells.map(str::to_owned).to_vec());
    }
    context.terminal.out(&table::table(DOCKER, &rows));
    Ok(())
}
