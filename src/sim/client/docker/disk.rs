//! `docker system df`: what images, containers and volumes hold, and how much of it nobody uses. Must not change anything.

use super::Invocation;
use super::images::{self, UNKNOWN};
use super::list::runs;
use crate::sim::client::status;
use crate::sim::client::table::{self, DOCKER, age, command_cell, human_size, size};
use crate::sim::client::template::{self, Listing};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ContainerFilter, ContainerView, VolumeView};
use crate::sim::log::DataPlace;
use serde_json::{Value, json};

/// The rows.
const USAGE: Listing = Listing { kind: "*formatter.diskUsageContext", title, problems: template::PARSING };

/// The columns, and the fields under them.
const COLUMNS: [(&str, &str); 5] =
    [("TYPE", "Type"), ("TOTAL", "TotalCount"), ("ACTIVE", "Active"), ("SIZE", "Size"), ("RECLAIMABLE", "Reclaimable")];

fn title(field: &str) -> Option<String> {
    COLUMNS.iter().find(|(_, key)| *key == field).map(|(title, _)| (*title).to_owned())
}

/// What is there, with the bytes that each thing holds.
struct Usage {
    images: Vec<images::Row>,
    containers: Vec<(ContainerView, u64)>,
    volumes: Vec<VolumeView>,
}

/// `docker system df`.
pub fn run(invocation: &Invocation) -> Done {
    let engine = &invocation.context.engine;
    let containers = engine.list_containers(&ContainerFilter { all: true, labels: Vec::new() });
    let sized = |container: ContainerView| {
        let bytes = engine.container_size(container.container)?;
        Ok((container, bytes))
    };
    let usage = Usage {
        images: images::rows(invocation),
        containers: containers.into_iter().map(sized).collect::<Done<_>>()?,
        volumes: engine.list_volumes(),
    };
    let (verbose, format) = (invocation.arguments.on("verbose"), invocation.arguments.text("format"));
    match format {
        None if verbose => invocation.context.terminal.out(&details(invocation, &usage)),
        Some(_) if verbose => {
            return Err(Failure::new("docker system df --verbose with --format is not simulated"));
        }
        _ => summary(invocation, &usage, format)?,
    }
    Ok(())
}

fn summary(invocation: &Invocation, usage: &Usage, format: Option<&str>) -> Done {
    let values = [images_row(usage), containers_row(usage), volumes_row(usage), row("Build Cache", (0, 0), "0B", "0B")];
    let terminal = &invocation.context.terminal;
    match format {
        Some("json") => values.iter().for_each(|value| invocation.out(&value.to_string())),
        Some(format) if format != "table" => {
            terminal.out(&template::listing(format, &USAGE, &values).map_err(Failure::new)?);
        }
        _ => {
            let cell = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
            let mut rows = vec![COLUMNS.map(|(title, _)| title.to_owned()).to_vec()];
            rows.extend(values.iter().map(|value| COLUMNS.iter().map(|(_, key)| cell(value, key)).collect()));
            terminal.out(&table::table(DOCKER, &rows));
        }
    }
    Ok(())
}

fn row(kind: &str, (total, active): (usize, usize), size: &str, reclaimable: &str) -> Value {
    json!({"Active": active.to_string(), "Reclaimable": reclaimable, "Size": size, "TotalCount": total.to_string(), "Type": kind})
}

fn images_row(usage: &Usage) -> Value {
    let mut ids: Vec<&str> = usage.images.iter().map(|row| &*row.image.id).collect();
    ids.dedup();
    let used = |id: &&&str| usage.containers.iter().any(|(container, _)| *container.image_id == ***id);
    let active = ids.iter().filter(used).count();
    let size = if ids.is_empty() { "0B" } else { UNKNOWN };
    row("Images", (ids.len(), active), size, size)
}

fn containers_row(usage: &Usage) -> Value {
    let active = usage.containers.iter().filter(|(container, _)| runs(container.state));
    let all: u64 = usage.containers.iter().map(|(_, bytes)| bytes).sum();
    let used: u64 = active.clone().map(|(_, bytes)| bytes).sum();
    let counts = (usage.containers.len(), active.count());
    row("Containers", counts, &human_size(all), &reclaimable(all - used, all))
}

fn volumes_row(usage: &Usage) -> Value {
    let active = usage.volumes.iter().filter(|volume| !volume.used_by.is_empty());
    let all: u64 = usage.volumes.iter().map(|volume| volume.bytes).sum();
    let used: u64 = active.clone().map(|volume| volume.bytes).sum();
    let counts = (usage.volumes.len(), active.count());
    row("Local Volumes", counts, &human_size(all), &reclaimable(all - used, all))
}

/// `1.5MB (50%)`; no share of nothing.
fn reclaimable(bytes: u64, all: u64) -> String {
    let share = (bytes * 100).checked_div(all).map(|share| format!(" ({share}%)"));
    human_size(bytes) + &share.unwrap_or_default()
}

/// `--verbose`: a table for each kind.
fn details(invocation: &Invocation, usage: &Usage) -> String {
    let sections = [
        ("Images space usage:", images_table(invocation, usage)),
        ("Containers space usage:", containers_table(invocation, usage)),
        ("Local Volumes space usage:", volumes_table(usage)),
    ];
    let sections: Vec<String> = sections.iter().map(|(title, table)| format!("{title}\n\n{table}\n")).collect();
    let cache = table_of(&["CACHE ID", "CACHE TYPE", "SIZE", "CREATED", "LAST USED", "USAGE", "SHARED"], Vec::new());
    format!("{}Build cache usage: 0B\n\n{cache}", sections.concat())
}

fn table_of(titles: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut all = vec![titles.iter().map(|title| (*title).to_owned()).collect()];
    all.extend(rows);
    table::table(DOCKER, &all)
}

fn images_table(invocation: &Invocation, usage: &Usage) -> String {
    let now = invocation.process.now();
    let cells = |row: &images::Row| {
        let id = row.image.id.trim_start_matches("sha256:").chars().take(12).collect();
        let created =
            row.image.created_at.map_or_else(|| UNKNOWN.to_owned(), |at| format!("{} ago", age(now.since(at))));
        let unknown = UNKNOWN.to_owned();
        let users = images::users(invocation, &row.image).to_string();
        vec![row.repository.clone(), row.tag.clone(), id, created, unknown.clone(), unknown.clone(), unknown, users]
    };
    let titles = ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"];
    table_of(&titles, usage.images.iter().map(cells).collect())
}

fn containers_table(invocation: &Invocation, usage: &Usage) -> String {
    let cells = |(container, bytes): &(ContainerView, u64)| {
        let volumes = container.mounts.iter().filter(|mount| matches!(mount.place, DataPlace::Volume(_))).count();
        vec![
            container.id.chars().take(12).collect(),
            container.config.image.clone(),
            command_cell(&status::command(container), true),
            volumes.to_string(),
            size(*bytes),
            status::created(container, invocation.clock()),
            status::status(container),
            container.name.to_string(),
        ]
    };
    let titles = ["CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"];
    table_of(&titles, usage.containers.iter().map(cells).collect())
}

fn volumes_table(usage: &Usage) -> String {
    let cells =
        |volume: &VolumeView| vec![volume.name.to_string(), volume.used_by.len().to_string(), human_size(volume.bytes)];
    table_of(&["VOLUME NAME", "LINKS", "SIZE"], usage.volumes.iter().map(cells).collect())
}
