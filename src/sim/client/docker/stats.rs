//! `docker stats --no-stream`, and that of Compose. What the simulation does not know of a container that runs (processor, memory,
//! traffic) is shown as Docker shows what it cannot read: `--`. Must not know Compose.

use super::Invocation;
use crate::sim::client::arguments::Arguments;
use crate::sim::client::context::Context;
use crate::sim::client::docker::list::runs;
use crate::sim::client::table::{self, DOCKER};
use crate::sim::client::template::{self, Listing};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ContainerFilter, ContainerView};
use serde_json::{Value, json};

/// The rows.
const STATS: Listing = Listing { kind: "*container.statsContext", title, problems: template::PARSING };

/// The columns, and the fields under them.
const COLUMNS: [(&str, &str); 8] = [
    ("CONTAINER ID", "ID"),
    ("NAME", "Name"),
    ("CPU %", "CPUPerc"),
    ("MEM USAGE / LIMIT", "MemUsage"),
    ("MEM %", "MemPerc"),
    ("NET I/O", "NetIO"),
    ("BLOCK I/O", "BlockIO"),
    ("PIDS", "PIDs"),
];

fn title(field: &str) -> Option<String> {
    let column = COLUMNS.iter().find(|(_, key)| *key == field).map(|(title, _)| (*title).to_owned());
    column.or_else(|| (field == "Container").then(|| "CONTAINER".to_owned()))
}

/// `docker stats --no-stream`.
pub async fn run(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let filter = ContainerFilter { all: arguments.on("all"), labels: Vec::new() };
    let found: Vec<(String, ContainerView)> = match arguments.positional.is_empty() {
        true => {
            context.list(&filter).await.into_iter().map(|container| (container.id.to_string(), container)).collect()
        }
        false => {
            let named = arguments.positional.iter().map(|name| {
                let container = context.engine.inspect_container(context.engine.find_container(name)?)?;
                Ok((name.clone(), container))
            });
            named.collect::<Done<_>>()?
        }
    };
    print(context, arguments, &found)
}

/// What `stats` prints of containers, each with what it was asked for by.
pub fn print(context: &Context, arguments: &Arguments, found: &[(String, ContainerView)]) -> Done {
    if !arguments.on("no-stream") {
        return Err(Failure::new("stats without --no-stream is not simulated"));
    }
    let cut = !arguments.on("no-trunc");
    let values: Vec<Value> = found.iter().map(|(asked, container)| describe(context, asked, container, cut)).collect();
    match arguments.text("format").unwrap_or_default() {
        "json" => values.iter().for_each(|value| context.terminal.out(&format!("{value}\n"))),
        "" | "table" => {
            let cell = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
            let mut rows = vec![COLUMNS.map(|(title, _)| title.to_owned()).to_vec()];
            rows.extend(values.iter().map(|value| COLUMNS.iter().map(|(_, key)| cell(value, key)).collect()));
            context.terminal.out(&table::table(DOCKER, &rows));
        }
        format => context.terminal.out(&template::listing(format, &STATS, &values).map_err(Failure::new)?),
    }
    Ok(())
}

fn describe(context: &Context, asked: &str, container: &ContainerView, cut: bool) -> Value {
    let id = if cut { container.id.chars().take(12).collect() } else { container.id.to_string() };
    let count = context.engine.processes_of(container.container).map_or(0, |processes| processes.len());
    let [percent, memory, pair] =
        if runs(container.state) { ["--", "-- / --", "--"] } else { ["0.00%", "0B / 0B", "0B / 0B"] };
    json!({"BlockIO": pair, "CPUPerc": percent, "Container": asked, "ID": id, "MemPerc": percent, "MemUsage": memory,
        "Name": &*container.name, "NetIO": pair, "PIDs": count.to_string()})
}
