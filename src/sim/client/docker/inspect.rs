//! `docker inspect`: containers, networks, volumes and images as JSON, and through a template. Must not change anything.

use super::Invocation;
use super::list::{driver, mount_point, runs};
use crate::kernel::Instant;
use crate::sim::client::arguments::{Flag, switch, text};
use crate::sim::client::clock::Clock;
use crate::sim::client::status::health_word;
use crate::sim::client::template;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{ContainerState, ContainerView, ImageView, NetworkView, VolumeView};
use crate::sim::log::DataPlace;
use serde_json::{Map, Value, json};

/// Flags of the command.
pub const FLAGS: &[Flag] = &[text("format").or('f'), switch("size").or('s'), text("type"), switch("verbose").or('v')];

/// `docker inspect`, `network inspect`, `volume inspect`.
pub fn run(invocation: &Invocation, path: &str) -> Done {
    let arguments = &invocation.arguments;
    let kind = match path {
        "network inspect" => "network",
        "volume inspect" => "volume",
        _ => arguments.text("type").unwrap_or(""),
    };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in &arguments.positional {
        match describe(invocation, name, kind) {
            Some(value) => found.push(value),
            None if kind == "volume" => {
                failures.push(format!("Error response from daemon: get {name}: no such volume"))
            }
            None if kind == "network" => failures.push(format!("Error response from daemon: network {name} not found")),
            None => failures.push(format!("error: no such object: {name}")),
        }
    }
    match arguments.text("format") {
        None | Some("json") => {
            let all = Value::Array(found);
            let mut text = Vec::new();
            let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
            if serde::Serialize::serialize(&all, &mut serializer).is_ok() {
                invocation.out(&String::from_utf8_lossy(&text));
            }
        }
        Some(format) => {
            for value in &found {
                match template::render(format, value) {
                    Ok(line) => invocation.out(&line),
                    Err(text) => failures.push(text),
                }
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
}

fn describe(invocation: &Invocation, name: &str, kind: &str) -> Option<Value> {
    let (engine, clock) = (&invocation.context.engine, invocation.clock());
    let may = |wanted: &str| kind.is_empty() || kind == wanted;
    if may("container")
        && let Ok(view) = engine.find_container(name).and_then(|container| engine.inspect_container(container))
    {
        return Some(container(&view, clock));
    }
    if may("image")
        && let Ok(view) = engine.inspect_image(name)
    {
        return Some(image(&view, clock));
    }
    if may("network")
        && let Ok(view) = engine.inspect_network(name)
    {
        return Some(network(invocation, &view));
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

fn container(view: &ContainerView, clock: Clock) -> Value {
    let config = &view.config;
    let environment: Vec<String> = config
        .environment
        .iter()
        .map(|(name, value)| value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}")))
        .collect();
    let command = view.command.split_first();
    json!({
        "Id": &*view.id,
        "Created": clock.stamp(view.created_at),
        "Path": command.map_or("", |(path, _)| path.as_str()),
        "Args": command.map_or(&[][..], |(_, arguments)| arguments),
        "State": state(view, clock),
        "Image": &*view.image_id,
        "Name": format!("/{}", view.name),
        "RestartCount": view.restart_count,
        "HostConfig": {
            "NetworkMode": view.networks.keys().next().map_or("default", |name| &**name),
            "RestartPolicy": {
                "Name": if config.restart.name.is_empty() { "no" } else { &config.restart.name },
                "MaximumRetryCount": config.restart.maximum_retries,
            },
            "AutoRemove": config.auto_remove,
            "ReadonlyRootfs": config.read_only,
            "Init": config.init,
            "Tmpfs": config.tmpfs,
        },
        "Mounts": view.mounts.iter().filter_map(mount).collect::<Vec<_>>(),
        "Config": {
            "Hostname": config.hostname.clone().unwrap_or_else(|| view.id.chars().take(12).collect()),
            "User": config.user.clone().unwrap_or_default(),
            "Tty": config.tty,
            "Env": environment,
            "Cmd": config.command,
            "Entrypoint": config.entrypoint,
            "Image": config.image,
            "WorkingDir": config.working_dir.clone().unwrap_or_default(),
            "Labels": config.labels,
            "StopSignal": config.stop_signal,
            "StopTimeout": config.stop_timeout,
            "Healthcheck": config.healthcheck.as_ref().map(|check| json!({
                "Test": check.test,
                "Interval": check.interval.as_nanos() as u64,
                "Timeout": check.timeout.as_nanos() as u64,
                "StartPeriod": check.start_period.as_nanos() as u64,
                "StartInterval": check.start_interval.as_nanos() as u64,
                "Retries": check.retries,
            })),
        },
        "NetworkSettings": {"Ports": ports(view), "Networks": networks(view)},
    })
}

fn state(view: &ContainerView, clock: Clock) -> Value {
    let mut state = json!({
        "Status": view.state.word(),
        "Running": runs(view.state),
        "Paused": view.state == ContainerState::Paused,
        "Restarting": view.state == ContainerState::Restarting,
        "OOMKilled": view.out_of_memory,
        "Dead": view.state == ContainerState::Dead,
        "ExitCode": view.exit_code,
        "Error": &*view.error,
        "StartedAt": date(clock, view.started_at),
        "FinishedAt": date(clock, view.finished_at),
    });
    if let Some((health, streak)) = view.health {
        let log = view.health_log.iter().map(|probe| {
            json!({"Start": clock.stamp(probe.start), "End": clock.stamp(probe.end), "ExitCode": probe.exit_code,
                "Output": &*probe.output})
        });
        state["Health"] =
            json!({"Status": health_word(health), "FailingStreak": streak, "Log": log.collect::<Vec<_>>()});
    }
    state
}

fn mount(mount: &crate::sim::log::MountPoint) -> Option<Value> {
    let mut value = json!({"Destination": &*mount.destination, "Mode": "", "RW": mount.writable, "Propagation": ""});
    match &mount.place {
        DataPlace::Volume(name) => {
            value["Type"] = "volume".into();
            value["Name"] = (&**name).into();
            value["Source"] = mount_point(name).into();
            value["Driver"] = "local".into();
        }
        DataPlace::Host(path) => {
            value["Type"] = "bind".into();
            value["Source"] = (&**path).into();
        }
        DataPlace::Tmpfs(..) => {
            value["Type"] = "tmpfs".into();
            value["Source"] = "".into();
        }
        DataPlace::WritableLayer(_) => return None,
    }
    Some(value)
}

fn ports(view: &ContainerView) -> Value {
    let mut ports: Map<String, Value> = Map::new();
    for port in &view.ports {
        let entry = ports.entry(format!("{}/{}", port.container, port.protocol)).or_insert(Value::Null);
        if let Some((address, public)) = &port.host {
            let bound = json!({"HostIp": &**address, "HostPort": public.to_string()});
            match entry {
                Value::Array(all) => all.push(bound),
                other => *other = json!([bound]),
            }
        }
    }
    Value::Object(ports)
}

fn networks(view: &ContainerView) -> Value {
    let each = view.networks.iter().map(|(name, address)| {
        let address = address.as_deref().unwrap_or("");
        (name.to_string(), json!({"IPAddress": address}))
    });
    Value::Object(each.collect())
}

fn image(view: &ImageView, clock: Clock) -> Value {
    let volumes: Map<String, Value> = view.volumes.iter().map(|path| (path.clone(), json!({}))).collect();
    json!({
        "Id": &*view.id,
        "RepoTags": view.tags.iter().map(|tag| tag.to_string()).collect::<Vec<_>>(),
        "Created": date(clock, view.created_at),
        "Config": {"Volumes": volumes, "Labels": view.labels},
    })
}

fn network(invocation: &Invocation, view: &NetworkView) -> Value {
    let mut members = Map::new();
    for container in &view.connected {
        if let Ok(member) = invocation.context.engine.inspect_container(*container) {
            let address = member.networks.get(&view.name).cloned().flatten();
            let address = address.map_or_else(String::new, |address| format!("{address}/16"));
            members.insert(member.id.to_string(), json!({"Name": &*member.name, "IPv4Address": address}));
        }
    }
    json!({
        "Name": &*view.name,
        "Id": &*view.id,
        "Scope": "local",
        "Driver": if view.driver.is_empty() { "bridge" } else { &view.driver },
        "Internal": view.internal,
        "Containers": members,
        "Labels": view.labels,
    })
}

fn volume(view: &VolumeView, clock: Clock) -> Value {
    json!({
        "CreatedAt": clock.stamp(view.created_at).split('.').next().map(|date| format!("{date}Z")),
        "Driver": driver(view),
        "Labels": view.labels,
        "Mountpoint": mount_point(&view.name),
        "Name": &*view.name,
        "Options": if view.options.is_empty() { Value::Null } else { json!(view.options) },
        "Scope": "local",
    })
}
