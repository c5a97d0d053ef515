//! A container as `docker inspect` shows it: the request merged with the image's settings, its state, its networks. Must not
//! know templates.

use super::super::list::{mount_point, runs};
use super::{date, list, set};
use crate::sim::client::clock::Clock;
use crate::sim::client::status::health_word;
use crate::sim::client::value::{Value, field, optional};
use crate::sim::engine::{
    ContainerConfig, ContainerState, ContainerView, Engine, HealthcheckConfig, MountConfig, NetworkConfig,
};
use crate::sim::log::{DataPlace, MountPoint};
use std::collections::BTreeMap;
use std::time::Duration;

/// Digits of the host name that a container gets from its id.
const SHORT: usize = 12;

/// The whole container.
pub fn describe(engine: &Engine, view: &ContainerView, clock: Clock) -> Value {
    let command = view.command.split_first();
    Value::Struct(
        "container.InspectResponse",
        vec![
            field("Id", &*view.id),
            field("Created", clock.stamp(view.created_at)),
            field("Path", command.map_or("", |(path, _)| path.as_str())),
            field("Args", Value::texts(command.map_or(&[][..], |(_, arguments)| arguments))),
            field("State", state(view, clock)),
            field("Image", &*view.image_id),
            field("Name", format!("/{}", view.name)),
            field("RestartCount", i64::from(view.restart_count)),
            field("Driver", "overlay2"),
            field("Platform", "linux"),
            field("HostConfig", host_config(engine, view)),
            field("Mounts", Value::List(Some(view.mounts.iter().filter_map(|point| mount(view, point)).collect()))),
            field("Config", config(view)),
            field("NetworkSettings", network_settings(engine, view)),
        ],
    )
}

fn state(view: &ContainerView, clock: Clock) -> Value {
    let health = view.health.map(|(health, streak)| {
        let probe = |probe: &crate::sim::engine::ProbeResult| {
            let fields = vec![
                field("Start", clock.stamp(probe.start)),
                field("End", clock.stamp(probe.end)),
                field("ExitCode", i64::from(probe.exit_code)),
                field("Output", &*probe.output),
            ];
            Value::Struct("*container.HealthcheckResult", fields)
        };
        let fields = vec![
            field("Status", health_word(health)),
            field("FailingStreak", i64::from(streak)),
            field("Log", Value::List(Some(view.health_log.iter().map(probe).collect()))),
        ];
        Value::Struct("*container.Health", fields)
    });
    Value::Struct(
        "*container.State",
        vec![
            field("Status", view.state.word()),
            field("Running", runs(view.state)),
            field("Paused", view.state == ContainerState::Paused),
            field("Restarting", view.state == ContainerState::Restarting),
            field("OOMKilled", view.out_of_memory),
            field("Dead", view.state == ContainerState::Dead),
            field("ExitCode", i64::from(view.exit_code)),
            field("Error", &*view.error),
            field("StartedAt", date(clock, view.started_at)),
            field("FinishedAt", date(clock, view.finished_at)),
            optional("Health", health),
        ],
    )
}

fn host_config(engine: &Engine, view: &ContainerView) -> Value {
    let config = &view.config;
    let binds = config.mounts.iter().filter_map(|mount| mount.bind_text.as_ref());
    let bindings = config.ports.iter().fold(BTreeMap::<String, Vec<Value>>::new(), |mut all, port| {
        let host = if port.host_start == 0 { String::new() } else { port.host_start.to_string() };
        let binding = vec![field("HostIp", port.host_ip.as_str()), field("HostPort", host)];
        let key = format!("{}/{}", port.container, port.protocol);
        all.entry(key).or_default().push(Value::Struct("nat.PortBinding", binding));
        all
    });
    let policy = vec![
        field("Name", if config.restart.name.is_empty() { "no" } else { &config.restart.name }),
        field("MaximumRetryCount", config.restart.maximum_retries),
    ];
    let hosts = config.extra_hosts.iter().map(|(name, address)| format!("{name}:{address}"));
    Value::Struct(
        "*container.HostConfig",
        vec![
            field("Binds", list(binds)),
            field("NetworkMode", network_mode(engine, config)),
            field("PortBindings", Value::map(bindings.into_iter().map(|(port, all)| (port, Value::List(Some(all)))))),
            field("RestartPolicy", Value::Struct("container.RestartPolicy", policy)),
            field("AutoRemove", config.auto_remove),
            field("Dns", list(&config.dns)),
            field("ExtraHosts", list(hosts)),
            field("ReadonlyRootfs", config.read_only),
            optional("Tmpfs", Value::map(config.tmpfs.iter().map(|(path, options)| (path, options.as_str())))),
            field("Memory", config.memory_limit.unwrap_or(0)),
            optional("Init", config.init.then_some(Value::Bool(true))),
        ],
    )
}

fn network_mode(engine: &Engine, config: &ContainerConfig) -> String {
    match &config.network {
        NetworkConfig::Host => "host".to_owned(),
        NetworkConfig::None => "none".to_owned(),
        NetworkConfig::Container(donor) => {
            engine.inspect_container(*donor).map_or_else(|_| String::new(), |donor| format!("container:{}", donor.id))
        }
        NetworkConfig::Endpoints(endpoints) => {
            endpoints.first().map_or_else(|| "default".to_owned(), |endpoint| endpoint.network.clone())
        }
    }
}

/// What a mount of the request says of how it may be used, `rw` for one that was sent as a text.
fn mode(view: &ContainerView, point: &MountPoint) -> String {
    let wanted = view.config.mounts.iter().find(|mount| mount.target.trim_end_matches('/') == &*point.destination);
    let text = wanted.and_then(|mount: &MountConfig| mount.bind_text.as_ref());
    text.and_then(|text| Some(text.splitn(3, ':').nth(2)?.to_owned())).unwrap_or_default()
}

fn mount(view: &ContainerView, point: &MountPoint) -> Option<Value> {
    let (kind, name, source, driver, propagation) = match &point.place {
        DataPlace::Volume(name) => ("volume", &**name, mount_point(name), "local", ""),
        DataPlace::Host(path) => ("bind", "", path.to_string(), "", "rprivate"),
        DataPlace::Tmpfs(..) if !view.tmpfs.contains(&point.destination) => ("tmpfs", "", String::new(), "", ""),
        DataPlace::Tmpfs(..) | DataPlace::WritableLayer(_) => return None,
    };
    let fields = vec![
        optional("Type", kind),
        optional("Name", name),
        field("Source", source),
        field("Destination", &*point.destination),
        optional("Driver", driver),
        field("Mode", mode(view, point)),
        field("RW", point.writable),
        field("Propagation", propagation),
    ];
    Some(Value::Struct("container.MountPoint", fields))
}

fn config(view: &ContainerView) -> Value {
    let (own, image) = (&view.config, &view.image_config);
    let hostname = own.hostname.clone().unwrap_or_else(|| view.id.chars().take(SHORT).collect());
    let exposed = own.ports.iter().map(|port| format!("{}/{}", port.container, port.protocol));
    let exposed = exposed.chain(own.exposed.iter().cloned()).chain(image.exposed_ports.iter().map(|it| it.to_string()));
    let replaces = own.entrypoint.as_ref().is_some_and(|words| !words.is_empty());
    let command = match &own.command {
        Some(words) if !words.is_empty() => list(words),
        _ if replaces => Value::List(None),
        _ => list(&image.cmd),
    };
    let mut labels: BTreeMap<&str, &str> = image.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
    labels.extend(own.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Value::Struct(
        "*container.Config",
        vec![
            field("Hostname", hostname),
            field("Domainname", own.domain_name.as_deref().unwrap_or_default()),
            field("User", own.user.as_deref().unwrap_or(&image.user)),
            optional("ExposedPorts", set(exposed)),
            field("Tty", own.tty),
            field("OpenStdin", own.stdin_open),
            field("Env", Value::texts(environment(view))),
            field("Cmd", command),
            optional("Healthcheck", merged_check(view)),
            field("Image", own.image.as_str()),
            field("Volumes", set(&image.volumes)),
            field("WorkingDir", own.working_dir.as_deref().unwrap_or(&image.working_dir)),
            field("Entrypoint", own.entrypoint.as_ref().map_or_else(|| list(&image.entrypoint), list)),
            field("Labels", Value::map(labels)),
            optional("StopSignal", own.stop_signal.as_deref().or(image.stop_signal.as_deref()).unwrap_or_default()),
            optional("StopTimeout", own.stop_timeout.map(|seconds| Value::Number(seconds as i64))),
        ],
    )
}

/// The request's variables, and those of the image that it does not name.
fn environment(view: &ContainerView) -> Vec<String> {
    let own = &view.config.environment;
    let shown = |name: &str, value: &str| format!("{name}={value}");
    let mut all: Vec<String> = own
        .iter()
        .map(|(name, value)| value.as_ref().map_or_else(|| name.clone(), |value| shown(name, value)))
        .collect();
    let is_new = |name: &str| own.iter().all(|(known, _)| known != name);
    all.extend(view.image_config.env.iter().filter(|(name, _)| is_new(name)).map(|(name, value)| shown(name, value)));
    all
}

/// Field by field from the request, then from the image; the engine's own defaults are not written down (P51).
fn merged_check(view: &ContainerView) -> Value {
    let image = view.image_config.healthcheck.as_ref();
    let own = view.config.healthcheck.clone();
    if image.is_none() && own.is_none() {
        return Value::Nil;
    }
    let own: HealthcheckConfig = own.unwrap_or_default();
    let span =
        |own: Duration, inherited: Option<Duration>| if own.is_zero() { inherited.unwrap_or_default() } else { own };
    let test = match image {
        Some(image) if own.test.is_empty() => &image.test,
        _ => &own.test,
    };
    let spans = [
        span(own.interval, image.and_then(|image| image.interval)),
        span(own.timeout, image.and_then(|image| image.timeout)),
        span(own.start_period, image.and_then(|image| image.start_period)),
        span(own.start_interval, image.and_then(|image| image.start_interval)),
    ];
    let retries = match own.retries {
        0 => image.and_then(|image| image.retries).unwrap_or(0),
        own => own,
    };
    health_config(test, spans, retries)
}

/// A health check: its test; interval, timeout, start period and start interval; retries.
pub fn health_config(test: &[String], spans: [Duration; 4], retries: u64) -> Value {
    let [interval, timeout, start_period, start_interval] = spans;
    let fields = vec![
        optional("Test", list(test)),
        optional("Interval", interval),
        optional("Timeout", timeout),
        optional("StartPeriod", start_period),
        optional("StartInterval", start_interval),
        optional("Retries", i64::try_from(retries).unwrap_or(i64::MAX)),
    ];
    Value::Struct("*container.HealthConfig", fields)
}

fn network_settings(engine: &Engine, view: &ContainerView) -> Value {
    let mut ports: BTreeMap<String, Option<Vec<Value>>> = BTreeMap::new();
    for port in &view.ports {
        let bound = ports.entry(format!("{}/{}", port.container, port.protocol)).or_default();
        if let Some((address, public)) = &port.host {
            let fields = vec![field("HostIp", &**address), field("HostPort", public.to_string())];
            bound.get_or_insert_default().push(Value::Struct("nat.PortBinding", fields));
        }
    }
    let networks = view.networks.keys().map(|name| (name.to_string(), endpoint(engine, view, name)));
    let fields = vec![
        field("Ports", Value::map(ports.into_iter().map(|(port, bound)| (port, Value::List(bound))))),
        field("Networks", Value::map(networks)),
    ];
    Value::Struct("*container.NetworkSettings", fields)
}

/// A membership of a network: all but the aliases is empty while the container does not run.
fn endpoint(engine: &Engine, view: &ContainerView, name: &str) -> Value {
    let address = view.networks.get(name).cloned().flatten();
    let network = engine.inspect_network(name).ok().filter(|_| address.is_some());
    let aliases = match &view.config.network {
        NetworkConfig::Endpoints(all) => all.iter().find(|one| one.network == name).map(|one| list(&one.aliases)),
        _ => None,
    };
    let gateway = network.as_ref().map_or_else(String::new, |network| network.gateway.to_string());
    let fields = vec![
        field("Aliases", aliases.unwrap_or(Value::List(None))),
        field("NetworkID", network.as_ref().map_or("", |network| &network.id)),
        field("Gateway", gateway),
        field("IPAddress", address.as_deref().unwrap_or_default()),
        field("IPPrefixLen", network.as_ref().map_or(0, |network| i64::from(network.prefix_length))),
    ];
    Value::Struct("*network.EndpointSettings", fields)
}
