//! `docker inspect`: containers, networks, volumes and images as JSON, and through a template. Only what the simulation knows
//! is there. Must not change anything.

mod container;

use super::Invocation;
use super::list::{driver, mount_point};
use crate::image::ImageConfig;
use crate::kernel::Instant;
use crate::sim::client::clock::Clock;
use crate::sim::client::template::{self, MissingKey, Problem};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::client::value::{Value, field, optional};
use crate::sim::engine::{ImageView, NetworkView, VolumeView};

/// The exit code of a template that cannot be read.
const UNREADABLE: i32 = 64;
/// What `--type` may say.
const TYPES: [&str; 10] =
    ["config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume"];

/// `docker inspect`, and the same of one kind: `container inspect`, `image inspect`, `network inspect`, `volume inspect`.
pub fn run(invocation: &Invocation, path: &str) -> Done {
    let arguments = &invocation.arguments;
    let kind = path.strip_suffix(" inspect").or(arguments.text("type")).unwrap_or("");
    if !kind.is_empty() && !TYPES.contains(&kind) {
        let known: Vec<String> = TYPES.iter().map(|name| format!("\"{name}\"")).collect();
        return Err(Failure::new(format!("unknown type: \"{kind}\": must be one of {}", known.join(", "))));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in &arguments.positional {
        match describe(invocation, name, kind) {
            Some(value) => found.push(value),
            None => failures.push(missing(name, kind)),
        }
    }
    match arguments.text("format") {
        None | Some("json") => invocation.out(&Value::List(Some(found)).pretty_json()),
        Some(format) => {
            let mut lines = Vec::new();
            for value in &found {
                match through(format, value, kind)? {
                    Ok(line) => lines.push(line),
                    Err(text) => failures.push(text),
                }
            }
            invocation.out(&lines.join("\n"));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
}

fn missing(name: &str, kind: &str) -> String {
    match kind {
        "volume" => format!("Error response from daemon: get {name}: no such volume"),
        "network" => format!("Error response from daemon: network {name} not found"),
        "container" => format!("Error response from daemon: No such container: {name}"),
        "image" => format!("Error response from daemon: No such image: {name}"),
        _ => format!("Error: No such object: {name}"),
    }
}

/// One object through a template: as Docker's own types have it, else as its JSON is read without them. A volume has no
/// second way.
fn through(format: &str, value: &Value, kind: &str) -> Done<Result<String, String>> {
    let mut rendered = template::render(format, value, MissingKey::Shown);
    if matches!(rendered, Err(Problem::Execution(_))) && kind != "volume" {
        rendered = template::render(format, &value.untyped(), MissingKey::Refused);
    }
    match rendered {
        Ok(line) => Ok(Ok(line)),
        Err(Problem::Execution(text)) => Ok(Err(format!("template parsing error: {text}"))),
        Err(Problem::Syntax(text)) => {
            Err(Failure { code: UNREADABLE, text: Some(format!("template parsing error: {text}")) })
        }
    }
}

fn describe(invocation: &Invocation, name: &str, kind: &str) -> Option<Value> {
    let (engine, clock) = (&invocation.context.engine, invocation.clock());
    let may = |wanted: &str| kind.is_empty() || kind == wanted;
    if may("container")
        && let Ok(view) = engine.find_container(name).and_then(|container| engine.inspect_container(container))
    {
        return Some(container::describe(engine, &view, clock));
    }
    if may("image")
        && let Ok(view) = engine.inspect_image(name)
    {
        return Some(image(&view, clock));
    }
    if may("network")
        && let Ok(view) = engine.inspect_network(name)
    {
        return Some(network(invocation, &view, clock));
    }
    if may("volume")
        && let Ok(view) = engine.inspect_volume(name)
    {
        return Some(volume(&view, clock));
    }
    None
}

/// A date, or Go's zero date for what has not happened.
fn date(clock: Clock, at: Option<Instant>) -> String {
    at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| clock.stamp(at))
}

/// A list that Go leaves nil when it is empty.
fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Value {
    match Value::texts(texts) {
        Value::List(Some(items)) if items.is_empty() => Value::List(None),
        list => list,
    }
}

/// A set as the API writes it: keys with empty objects.
fn set<T: AsRef<str>>(keys: impl IntoIterator<Item = T>) -> Value {
    let entries: Vec<(String, Value)> =
        keys.into_iter().map(|key| (key.as_ref().to_owned(), Value::Struct("struct {}", Vec::new()))).collect();
    if entries.is_empty() { Value::Map(None) } else { Value::map(entries) }
}

/// `Healthcheck` of an image, as written: what is not set is left out.
fn image_check(config: &ImageConfig) -> Value {
    let check = config.healthcheck.as_ref().map(|check| {
        container::health_config(
            &check.test,
            [check.interval, check.timeout, check.start_period, check.start_interval].map(Option::unwrap_or_default),
            check.retries.unwrap_or(0),
        )
    });
    check.into()
}

fn image(view: &ImageView, clock: Clock) -> Value {
    let config = &view.config;
    let environment = config.env.iter().map(|(name, value)| format!("{name}={value}"));
    Value::Struct(
        "image.InspectResponse",
        vec![
            field("Id", &*view.id),
            field("RepoTags", Value::texts(&view.tags)),
            optional("Created", date(clock, view.created_at)),
            field(
                "Config",
                Value::Struct(
                    "*dockerspec.DockerOCIImageConfig",
                    vec![
                        optional("User", &*config.user),
                        optional("ExposedPorts", set(&config.exposed_ports)),
                        optional("Env", Value::texts(environment)),
                        optional("Entrypoint", list(&config.entrypoint)),
                        optional("Cmd", list(&config.cmd)),
                        optional("Volumes", set(&config.volumes)),
                        optional("WorkingDir", &*config.working_dir),
                        optional("Labels", Value::map(view.labels.iter().map(|(name, value)| (name, value.as_str())))),
                        optional("StopSignal", config.stop_signal.as_deref().unwrap_or_default()),
                        optional("Healthcheck", image_check(config)),
                        optional("Shell", list(&config.shell)),
                    ],
                ),
            ),
        ],
    )
}

fn network(invocation: &Invocation, view: &NetworkView, clock: Clock) -> Value {
    let engine = &invocation.context.engine;
    let members = view.connected.iter().filter_map(|container| {
        let member = engine.inspect_container(*container).ok()?;
        let address = member.networks.get(&view.name).cloned().flatten();
        let address = address.map_or_else(String::new, |address| format!("{address}/{}", view.prefix_length));
        let fields = vec![field("Name", &*member.name), field("IPv4Address", address), field("IPv6Address", "")];
        Some((member.id.to_string(), Value::Struct("network.EndpointResource", fields)))
    });
    let pool = Value::Struct(
        "network.IPAMConfig",
        vec![
            optional("Subnet", view.subnet.as_str()),
            optional("IPRange", ""),
            optional("Gateway", view.gateway.to_string()),
            optional("AuxiliaryAddresses", Value::Map(None)),
        ],
    );
    let addresses = vec![
        field("Driver", "default"),
        field("Options", Value::Map(None)),
        field("Config", Value::List(Some(vec![pool]))),
    ];
    Value::Struct(
        "network.Inspect",
        vec![
            field("Name", &*view.name),
            field("Id", &*view.id),
            field("Created", date(clock, Some(view.created_at))),
            field("Scope", "local"),
            field("Driver", if view.driver.is_empty() { "bridge" } else { &view.driver }),
            field("EnableIPv4", true),
            field("EnableIPv6", false),
            field("IPAM", Value::Struct("network.IPAM", addresses)),
            field("Internal", view.internal),
            field("Attachable", false),
            field("Ingress", false),
            field("ConfigFrom", Value::Struct("network.ConfigReference", vec![field("Network", "")])),
            field("ConfigOnly", false),
            field("Containers", Value::map(members)),
            field("Options", Value::map::<&str, Value>([])),
            field("Labels", Value::map(view.labels.iter().map(|(name, value)| (name, value.as_str())))),
        ],
    )
}

fn volume(view: &VolumeView, clock: Clock) -> Value {
    let map = |texts: &std::collections::BTreeMap<String, String>| match texts.is_empty() {
        true => Value::Map(None),
        false => Value::map(texts.iter().map(|(name, value)| (name, value.as_str()))),
    };
    Value::Struct(
        "volume.Volume",
        vec![
            optional("CreatedAt", clock.second(view.created_at)),
            field("Driver", driver(view)),
            field("Labels", map(&view.labels)),
            field("Mountpoint", mount_point(&view.name)),
            field("Name", &*view.name),
            field("Options", map(&view.options)),
            field("Scope", "local"),
        ],
    )
}
