//! `docker compose ps`, `ls`, `port`: what there is (X15, X20). Must not change anything.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::status;
use super::super::table::{self, command_cell};
use super::super::template;
use super::super::terminal::{Done, Failure};
use super::super::value;
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::labels;
use super::run::pick;
use crate::sim::engine::{ContainerFilter, ContainerState, ContainerView, PortView};
use crate::sim::log::DataPlace;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The command `ps`.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let mut wanted = arguments.texts("status").to_vec();
    if let Some(filter) = arguments.text("filter") {
        match filter.split_once('=') {
            None => return Err(Failure::new("arguments to --filter should be in form KEY=VAL")),
            Some(("status", status)) => wanted.push(status.to_owned()),
            Some((key, _)) => return Err(Failure::new(format!("unknown filter {key}"))),
        }
    }
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let all = arguments.on("all") || !wanted.is_empty();
    let (one_off, reach) = if all { (OneOff::Include, Reach::All) } else { (OneOff::Exclude, Reach::Running) };
    let mut services = arguments.positional.clone();
    if let Some(project) =
        project.filter(|_| services.is_empty() && arguments.given("orphans") && !arguments.on("orphans"))
    {
        services = project.services.keys().cloned().collect();
    }
    let mut found = containers::of_project(context, &name, one_off, reach).await;
    found.retain(|container| {
        let named = services.is_empty() || services.iter().any(|name| name == containers::service(container));
        named && (wanted.is_empty() || wanted.iter().any(|status| status == container.state.word()))
    });
    found.sort_by(|left, right| left.name.cmp(&right.name));
    print(context, compose, arguments, &found)
}

fn print(context: &Context, compose: &Compose, arguments: &Arguments, found: &[ContainerView]) -> Done {
    let out = |line: &str| context.terminal.out(&format!("{line}\n"));
    if arguments.on("quiet") {
        found.iter().for_each(|container| out(&container.id));
        return Ok(());
    }
    if arguments.on("services") {
        let mut names: Vec<&str> = found.iter().map(containers::service).collect();
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        out(&names.join("\n"));
        return Ok(());
    }
    let cut = !arguments.on("no-trunc");
    match arguments.text("format").unwrap_or("table") {
        "table" | "" => {
            let header = ["NAME", "IMAGE", "COMMAND", "SERVICE", "CREATED", "STATUS", "PORTS"];
            let mut rows = vec![header.map(str::to_owned).to_vec()];
            rows.extend(found.iter().map(|container| row(compose, container, cut)));
            context.terminal.out(&table::table(table::DOCKER, &rows));
            Ok(())
        }
        "json" => {
            found.iter().for_each(|container| out(&json_text(&describe(compose, container, cut))));
            Ok(())
        }
        format => {
            let values: Vec<_> = found.iter().map(|container| structure(&describe(compose, container, cut))).collect();
            context.terminal.out(&template::listing_of(format, &ROWS, &values).map_err(Failure::new)?);
            Ok(())
        }
    }
}

/// The titles that Compose gives the fields of a container.
fn title(field: &str) -> Option<String> {
    Some(match field {
        "ID" => "CONTAINER ID".to_owned(),
        "CreatedAt" => "CREATED AT".to_owned(),
        "RunningFor" => "CREATED".to_owned(),
        "Name" | "Project" | "Service" | "Image" | "Command" | "Ports" | "State" | "Status" | "Size" | "Labels" => {
            field.to_uppercase()
        }
        _ => return None,
    })
}

/// The rows of `ps` as templates know them.
const ROWS: template::Listing =
    template::Listing { kind: "*formatter.ContainerContext", title, problems: template::PARSING };

fn row(compose: &Compose, container: &ContainerView, cut: bool) -> Vec<String> {
    vec![
        container.name.to_string(),
        container.config.image.clone(),
        command_cell(&status::command(container), cut),
        containers::service(container).to_owned(),
        status::created(container, compose.host.clock()),
        status::status(container),
        status::ports(&container.ports),
    ]
}

/// A container as `--format json` and templates see it.
fn describe(compose: &Compose, container: &ContainerView, cut: bool) -> Value {
    let health = match (container.state, container.health) {
        (ContainerState::Running, Some((health, _))) => status::health_word(health),
        _ => "",
    };
    let volumes = container.mounts.iter().filter(|mount| matches!(mount.place, DataPlace::Volume(_))).count();
    let exited = matches!(container.state, ContainerState::Exited | ContainerState::Dead);
    let label = container.config.labels.iter().map(|(name, value)| format!("{name}={value}"));
    let publishers = container.ports.iter().map(|port| {
        let (address, public) =
            port.host.clone().map_or((String::new(), 0), |(address, port)| (address.to_string(), port));
        json!({"URL": address, "TargetPort": port.container, "PublishedPort": public, "Protocol": &*port.protocol})
    });
    json!({
        "Command": command_cell(&status::command(container), cut),
        "CreatedAt": compose.host.clock().go(container.created_at),
        "ExitCode": if exited { container.exit_code } else { 0 },
        "Health": health,
        "ID": if cut { container.id.chars().take(12).collect::<String>() } else { container.id.to_string() },
        "Image": container.config.image,
        "Labels": label.collect::<Vec<_>>().join(","),
        "LocalVolumes": volumes.to_string(),
        "Mounts": container.mounts.iter().map(|mount| mount_cell(&mount.place, cut)).collect::<Vec<_>>().join(","),
        "Name": &*container.name,
        "Names": &*container.name,
        "Networks": container.networks.keys().map(|name| name.to_string()).collect::<Vec<_>>().join(","),
        "Ports": status::ports(&container.ports),
        "Project": containers::label(container, labels::PROJECT),
        "Publishers": publishers.collect::<Vec<_>>(),
        "RunningFor": status::created(container, compose.host.clock()),
        "Service": containers::service(container),
        "Size": "0B",
        "State": container.state.word(),
        "Status": status::status(container),
    })
}

/// What a mount shows, by its name: a volume's, else the path on the host.
fn mount_cell(place: &DataPlace, cut: bool) -> String {
    let name = match place {
        DataPlace::Volume(name) | DataPlace::Host(name) => name.to_string(),
        DataPlace::Tmpfs(..) | DataPlace::WritableLayer(_) => String::new(),
    };
    match cut && name.chars().count() > 15 {
        true => name.chars().take(14).chain(['…']).collect(),
        false => name,
    }
}

/// An object as Go prints it: the fields of a port in the order in which Compose declares them, everything else by name.
fn json_text(described: &Value) -> String {
    let fields = described.as_object().into_iter().flatten().map(|(name, value)| {
        let text = match value.as_array() {
            None => value.to_string(),
            Some(publishers) => {
                let publishers = publishers.iter().map(|port| ordered(port, PUBLISHER));
                format!("[{}]", publishers.collect::<Vec<_>>().join(","))
            }
        };
        format!("{}:{text}", json!(name))
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// A container as templates see it: its ports are structures, not maps.
fn structure(described: &Value) -> value::Value {
    let publisher = |port: &Value| {
        let fields = PUBLISHER.iter().map(|name| value::field(name, &port[*name]));
        value::Value::Struct("api.PortPublisher", fields.collect())
    };
    let fields = described.as_object().into_iter().flatten().map(|(name, given)| {
        let seen = match given.as_array() {
            Some(ports) => value::Value::List(Some(ports.iter().map(publisher).collect())),
            None => given.into(),
        };
        value::Field { name: name.clone().into(), value: seen, omits_empty: false, json_name: None }
    });
    value::Value::Struct(ROWS.kind, fields.collect())
}

/// The fields of a published port.
const PUBLISHER: &[&str] = &["URL", "TargetPort", "PublishedPort", "Protocol"];

/// An object with its fields in this order.
fn ordered(value: &Value, names: &[&str]) -> String {
    let fields = names.iter().map(|name| format!("{}:{}", json!(name), value[*name]));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// The command `ls`: the projects that have containers.
pub async fn ls(context: &Context, arguments: &Arguments) -> Done {
    if let Some(filter) = arguments.texts("filter").iter().find(|filter| !filter.contains('=')) {
        return Err(Failure::new(format!(
            "invalid argument {} for \"--filter\" flag: bad format of filter (expected name=value)",
            table::quote(filter)
        )));
    }
    if let Some(filter) = arguments.texts("filter").iter().find(|filter| !filter.starts_with("name=")) {
        return Err(Failure::new(format!("invalid filter '{}'", filter.split('=').next().unwrap_or_default())));
    }
    let filter = ContainerFilter { all: arguments.on("all"), labels: Vec::new() };
    let mut projects: BTreeMap<String, Vec<ContainerView>> = BTreeMap::new();
    for container in context.list(&filter).await {
        let name = containers::label(&container, labels::PROJECT).to_owned();
        let wanted = |filter: &String| filter.strip_prefix("name=").is_none_or(|part| name.contains(part));
        if !name.is_empty() && arguments.texts("filter").iter().all(wanted) {
            projects.entry(name).or_default().push(container);
        }
    }
    if arguments.on("quiet") {
        projects.keys().for_each(|name| context.terminal.out(&format!("{name}\n")));
        return Ok(());
    }
    check_format(arguments)?;
    let described: Vec<[String; 3]> = projects.iter().map(|(name, containers)| project_row(name, containers)).collect();
    if arguments.text("format") == Some("json") {
        let values =
            described.iter().map(|[name, status, files]| json!({"Name": name, "Status": status, "ConfigFiles": files}));
        let values: Vec<String> = values.map(|value| ordered(&value, &["Name", "Status", "ConfigFiles"])).collect();
        context.terminal.out(&format!("[{}]\n", values.join(",")));
        return Ok(());
    }
    let mut rows = vec![["NAME", "STATUS", "CONFIG FILES"].map(str::to_owned).to_vec()];
    rows.extend(described.into_iter().map(Vec::from));
    context.terminal.out(&table::table(table::COMPOSE, &rows));
    Ok(())
}

/// An error for a `--format` that is neither a table nor JSON.
pub fn check_format(arguments: &Arguments) -> Done {
    match arguments.text("format").unwrap_or_default() {
        "" | "table" | "json" | "pretty" => Ok(()),
        other => Err(Failure::new(format!("format value {} could not be parsed: parsing failed", table::quote(other)))),
    }
}

fn project_row(name: &str, found: &[ContainerView]) -> [String; 3] {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    found.iter().for_each(|container| *states.entry(container.state.word()).or_default() += 1);
    let states: Vec<String> = states.iter().map(|(state, count)| format!("{state}({count})")).collect();
    let mut files: Vec<&str> = Vec::new();
    for container in found {
        for file in containers::label(container, labels::CONFIG_FILES).split(',') {
            if !file.is_empty() && !files.contains(&file) {
                files.push(file);
            }
        }
    }
    [name.to_owned(), states.join(", "), if files.is_empty() { "N/A".to_owned() } else { files.join(",") }]
}

/// The command `port`.
pub async fn port(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (service, wanted) = (&arguments.positional[0], &arguments.positional[1]);
    let is_number = !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit());
    let problem = if is_number { "value out of range" } else { "invalid syntax" };
    let wanted: u16 = wanted
        .parse()
        .map_err(|_| Failure::new(format!("strconv.ParseUint: parsing {}: {problem}", table::quote(wanted))))?;
    let protocol = arguments.text("protocol").unwrap_or("tcp").to_lowercase();
    let (_, name) = compose.project_or_name(context, &[])?;
    let found = containers::of_project(context, &name, OneOff::Include, Reach::Running).await;
    let container = pick(&found, service, arguments.number("index").unwrap_or(0))?;
    let host = |port: &PortView| port.host.clone().unwrap_or_else(|| ("".into(), 0));
    match container.ports.iter().find(|port| port.container == wanted && *port.protocol == *protocol) {
        Some(port) => {
            let (address, public) = host(port);
            context.terminal.out(&format!("{address}:{public}\n"));
            Ok(())
        }
        None => {
            let public = container.ports.iter().map(|port| format!("{}/{}", host(port).1, port.protocol));
            let public = public.collect::<Vec<_>>().join(", ");
            Err(Failure::new(format!("no port {wanted}/{protocol} for container {}: {public}", container.name)))
        }
    }
}
