//! `docker ps`, `volume ls`, `network ls`. Must not change anything.

use super::Invocation;
use crate::sim::client::status::{self, health_word};
use crate::sim::client::table::{self, command_cell};
use crate::sim::client::template::{self, Listing};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ContainerFilter, ContainerState, ContainerView, VolumeView};
use crate::sim::log::DataPlace;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The rows of `ps`.
const CONTAINERS: Listing = Listing {
    kind: "*formatter.ContainerContext",
    title: container_title,
    problems: ["failed to parse template", "failed to execute template"],
};
/// The rows of `volume ls`.
pub const VOLUMES: Listing =
    Listing { kind: "*formatter.volumeContext", title: volume_title, problems: template::PARSING };
/// The rows of `network ls`.
const NETWORKS: Listing =
    Listing { kind: "*network.networkContext", title: network_title, problems: template::PARSING };

fn container_title(field: &str) -> Option<String> {
    if field == "ID" { Some("CONTAINER ID".to_owned()) } else { template::title(field) }
}

fn volume_title(field: &str) -> Option<String> {
    if field == "Name" { Some("VOLUME NAME".to_owned()) } else { template::title(field) }
}

fn network_title(field: &str) -> Option<String> {
    if field == "ID" { Some("NETWORK ID".to_owned()) } else { template::title(field) }
}

/// Prints rows as a table, as bare names, or through a template.
pub fn print(
    invocation: &Invocation,
    listing: &Listing,
    header: &[&str],
    rows: Vec<Vec<String>>,
    values: &[Value],
    quiet: &[String],
) -> Done {
    let (terminal, arguments) = (&invocation.context.terminal, &invocation.arguments);
    match arguments.text("format") {
        _ if arguments.on("quiet") => quiet.iter().for_each(|line| invocation.out(line)),
        Some("json") => values.iter().for_each(|value| invocation.out(&value.to_string())),
        Some(format) if format != "table" => {
            terminal.out(&template::listing(format, listing, values).map_err(Failure::new)?);
        }
        _ => {
            let mut all = vec![header.iter().map(|cell| (*cell).to_owned()).collect()];
            all.extend(rows);
            terminal.out(&table::table(table::DOCKER, &all));
        }
    }
    Ok(())
}

/// The filters, `key=value`.
pub fn filters(invocation: &Invocation) -> Vec<(String, String)> {
    let pair = |filter: &String| filter.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    invocation.arguments.texts("filter").iter().filter_map(pair).collect()
}

pub fn has_label(labels: &BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((name, value)) => labels.get(name).is_some_and(|found| found == value),
        None => labels.contains_key(wanted),
    }
}

/// `docker ps`.
pub async fn containers(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let filters = filters(invocation);
    let last = if arguments.on("latest") { Some(1) } else { arguments.number("last").filter(|count| *count >= 0) };
    let status = filters.iter().any(|(key, _)| key == "status");
    let filter = ContainerFilter { all: arguments.on("all") || last.is_some() || status, labels: Vec::new() };
    let mut found = context.list(&filter).await;
    for (key, value) in &filters {
        match key.as_str() {
            "name" => found.retain(|container| {
                container.name.contains(value.trim_start_matches('/').trim_start_matches('^').trim_end_matches('$'))
            }),
            "id" => found.retain(|container| container.id.starts_with(value.as_str())),
            "label" => found.retain(|container| has_label(&container.config.labels, value)),
            "health" => {
                found.retain(|container| container.health.is_some_and(|(health, _)| health_word(health) == value))
            }
            "exited" => found.retain(|container| container.exit_code.to_string() == *value),
            "ancestor" => found.retain(|container| container.config.image == *value),
            "network" => found.retain(|container| container.networks.contains_key(value.as_str())),
            "volume" => found.retain(|container| mounts(container, value)),
            "status" => {}
            other => return Err(Failure::new(format!("Error response from daemon: invalid filter '{other}'"))),
        }
    }
    if status {
        found.retain(|container| filters.iter().any(|(key, value)| key == "status" && container.state.word() == value));
    }
    found.truncate(last.map_or(usize::MAX, |last| last as usize));
    let cut = !arguments.on("no-trunc");
    let values: Vec<Value> = found.iter().map(|container| describe(invocation, container, cut)).collect();
    let sized = arguments.on("size");
    let mut keys = vec!["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"];
    keys.extend(sized.then_some("Size"));
    let cell = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let rows = values.iter().map(|value| keys.iter().map(|key| cell(value, key)).collect()).collect();
    let ids: Vec<String> = values.iter().map(|value| cell(value, "ID")).collect();
    let mut header = vec!["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
    header.extend(sized.then_some("SIZE"));
    print(invocation, &CONTAINERS, &header, rows, &values, &ids)
}

fn mounts(container: &ContainerView, wanted: &str) -> bool {
    container.mounts.iter().any(|mount| {
        *mount.destination == *wanted || matches!(&mount.place, DataPlace::Volume(name) if **name == *wanted)
    })
}

fn describe(invocation: &Invocation, container: &ContainerView, cut: bool) -> Value {
    let id = if cut { container.id.chars().take(12).collect() } else { container.id.to_string() };
    let labels = container.config.labels.iter().map(|(name, value)| format!("{name}={value}"));
    let mounts = container.mounts.iter().filter_map(|mount| match &mount.place {
        DataPlace::Volume(name) | DataPlace::Host(name) => {
            Some(if cut { table::ellipsis(name, 15) } else { name.to_string() })
        }
        _ => None,
    });
    json!({
        "Command": command_cell(&status::command(container), cut),
        "CreatedAt": invocation.clock().stamp(container.created_at),
        "ID": id,
        "Image": container.config.image,
        "Labels": labels.collect::<Vec<_>>().join(","),
        "LocalVolumes": container.mounts.iter().filter(|mount| matches!(mount.place, DataPlace::Volume(_))).count().to_string(),
        "Mounts": mounts.collect::<Vec<_>>().join(","),
        "Names": &*container.name,
        "Networks": container.networks.keys().map(|name| name.to_string()).collect::<Vec<_>>().join(","),
        "Ports": status::ports(&container.ports),
        "RunningFor": status::created(container, invocation.clock()),
        "Size": size(invocation, container),
        "State": container.state.word(),
        "Status": status::status(container),
    })
}

/// What its writable layer holds. What the image holds the simulation does not know.
fn size(invocation: &Invocation, container: &ContainerView) -> String {
    let own = invocation.context.engine.container_size(container.container).unwrap_or(0);
    format!("{} (virtual N/A)", table::size(own))
}

/// `docker volume ls`.
pub fn volumes(invocation: &Invocation) -> Done {
    let mut found = invocation.context.engine.list_volumes();
    for (key, value) in filters(invocation) {
        match key.as_str() {
            "dangling" => {
                let wanted = crate::sim::client::arguments::truth(&value).unwrap_or(false);
                found.retain(|volume| volume.used_by.is_empty() == wanted);
            }
            "name" => found.retain(|volume| volume.name.contains(value.as_str())),
            "driver" => found.retain(|volume| driver(volume) == value),
            "label" => found.retain(|volume| has_label(&volume.labels, &value)),
            other => return Err(Failure::new(format!("Error response from daemon: invalid filter '{other}'"))),
        }
    }
    let names: Vec<String> = found.iter().map(|volume| volume.name.to_string()).collect();
    let rows = found.iter().map(|volume| vec![driver(volume).to_owned(), volume.name.to_string()]).collect();
    let values: Vec<Value> = found.iter().map(describe_volume).collect();
    print(invocation, &VOLUMES, &["DRIVER", "VOLUME NAME"], rows, &values, &names)
}

/// A volume as `--format` sees it; what belongs to clusters, and sizes nobody asked for, are not available.
pub fn describe_volume(volume: &VolumeView) -> Value {
    let labels: Vec<String> = volume.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    json!({"Availability": "N/A", "Driver": driver(volume), "Group": "N/A", "Labels": labels.join(","), "Links": "N/A",
        "Mountpoint": mount_point(&volume.name), "Name": &*volume.name, "Scope": "local", "Size": "N/A", "Status": "N/A"})
}

/// A volume's driver.
pub fn driver(volume: &VolumeView) -> &str {
    if volume.driver.is_empty() { "local" } else { &volume.driver }
}

/// Where the engine keeps a volume's files.
pub fn mount_point(name: &str) -> String {
    format!("/var/lib/docker/volumes/{name}/_data")
}

/// `docker network ls`: with the engine's own three.
pub fn networks(invocation: &Invocation) -> Done {
    let fixed = |name: &str, driver: &str| {
        let id = crate::sim::client::compose::hash::sha256(format!("network {name}").as_bytes());
        (name.to_owned(), id, driver.to_owned(), BTreeMap::new(), false)
    };
    let mut found = vec![fixed("bridge", "bridge"), fixed("host", "host"), fixed("none", "null")];
    for network in invocation.context.engine.list_networks() {
        let driver = if network.driver.is_empty() { "bridge".to_owned() } else { network.driver };
        found.push((network.name.to_string(), network.id.to_string(), driver, network.labels, network.internal));
    }
    for (key, value) in filters(invocation) {
        match key.as_str() {
            "name" => found.retain(|(name, ..)| name.contains(value.as_str())),
            "driver" => found.retain(|(_, _, driver, ..)| *driver == value),
            "label" => found.retain(|(.., labels, _)| has_label(labels, &value)),
            other => return Err(Failure::new(format!("Error response from daemon: invalid filter '{other}'"))),
        }
    }
    found.sort();
    let cut = !invocation.arguments.on("no-trunc");
    let short = |id: &str| if cut { id.chars().take(12).collect() } else { id.to_owned() };
    let rows =
        found.iter().map(|(name, id, driver, ..)| vec![short(id), name.clone(), driver.clone(), "local".to_owned()]);
    let values: Vec<Value> = found
        .iter()
        .map(|(name, id, driver, labels, internal)| {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            json!({"Driver": driver, "ID": short(id), "IPv4": "true", "IPv6": "false", "Internal": internal.to_string(),
                "Labels": labels.join(","), "Name": name, "Scope": "local"})
        })
        .collect();
    let ids: Vec<String> = found.iter().map(|(_, id, ..)| short(id)).collect();
    print(invocation, &NETWORKS, &["NETWORK ID", "NAME", "DRIVER", "SCOPE"], rows.collect(), &values, &ids)
}

/// Whether a state means that processes exist.
pub fn runs(state: ContainerState) -> bool {
    matches!(state, ContainerState::Running | ContainerState::Paused | ContainerState::Restarting)
}
