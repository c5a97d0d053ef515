//! From a service of the file to the request that creates its container. Must not know when it is sent.

use super::super::terminal::{Done, Failure};
use super::hash::Resolved;
use super::labels::{self, Separator};
use super::{containers, hash, mounts};
use crate::compose::model::{Condition, Healthcheck, Port, Project, Service};
use crate::image::declared::{EXTENSION, decode};
use crate::sim::engine::{
    ContainerConfig, ContainerView, EndpointConfig, Engine, HealthcheckConfig, NetworkConfig, Origin, PortConfig,
    RestartConfig,
};
use crate::sim::log::ContainerId;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Other containers of the project a new one hangs on, looked up before it is created (U23).
#[derive(Clone, Debug, Default)]
pub struct References {
    /// `volumes_from`.
    pub volumes_from: Vec<ContainerId>,
    /// `network_mode: service:x` or `container:x`.
    pub network: Option<ContainerId>,
    /// What counts for the hash in place of the written references.
    pub resolved: Resolved,
    hash: OnceCell<String>,
}

impl References {
    /// The configuration hash of the service whose references these are.
    pub fn hash(&self, service: &Service) -> &str {
        self.hash.get_or_init(|| hash::of_service(service, &self.resolved))
    }
}

/// What is to be created, beside the service itself.
pub struct Wanted<'w> {
    /// The project.
    pub project: &'w Project,
    /// The service.
    pub service: &'w Service,
    /// Name of the container.
    pub name: String,
    /// Its number; none for one of `run`.
    pub number: Option<u32>,
    /// The container whose mounts it inherits (U30).
    pub inherit: Option<&'w ContainerView>,
    /// The container it replaces.
    pub replaces: Option<&'w ContainerView>,
    /// Where other containers are.
    pub references: &'w References,
    /// Between the parts of names.
    pub separator: Separator,
    /// Whether it answers to the service's name.
    pub service_alias: bool,
    /// Whether another service waits for it to complete.
    pub awaited_to_complete: bool,
    /// Remove it when it ends.
    pub auto_remove: bool,
}

/// The containers that a service's references mean now. `observed` holds the containers of each service.
pub fn references(
    service: &Service,
    observed: &BTreeMap<String, Vec<ContainerView>>,
    engine: &Engine,
) -> Done<References> {
    let mut found = References::default();
    let first = |name: &str, what: &str| {
        let missing = || Failure::new(format!("cannot share {what} with service {name}: container missing"));
        observed.get(name).and_then(|containers| containers.first()).ok_or_else(missing)
    };
    for spec in &service.volumes_from {
        let mut parts = spec.value.split(':');
        let container = match (parts.next(), parts.next()) {
            (Some("container"), Some(name)) => engine.find_container(name)?,
            (name, _) => first(name.unwrap_or_default(), "volume")?.container,
        };
        found.volumes_from.push(container);
    }
    if !found.volumes_from.is_empty() {
        let ids = found.volumes_from.iter().map(|id| engine.inspect_container(*id).map(|view| view.id.to_string()));
        found.resolved.insert("volumes_from", ids.collect::<Result<Vec<_>, _>>()?.into());
    }
    if let Some(mode) = &service.network_mode {
        if let Some(name) = mode.value.strip_prefix("service:") {
            let container = first(name, "network namespace")?;
            found.network = Some(container.container);
            found.resolved.insert("network_mode", format!("container:{}", container.id).into());
        } else if let Some(name) = mode.value.strip_prefix("container:") {
            found.network = Some(engine.find_container(name)?);
        }
    }
    for (attribute, what) in [("ipc", "IPC namespace"), ("pid", "PID namespace")] {
        let mode = service.namespaces.get(attribute).and_then(|mode| mode.value.strip_prefix("service:"));
        if let Some(name) = mode {
            let container = first(name, what)?;
            found.resolved.insert(attribute, format!("container:{}", container.id).into());
        }
    }
    Ok(found)
}

/// The request.
pub fn configuration(engine: &Engine, wanted: &Wanted<'_>) -> Done<ContainerConfig> {
    let Wanted { project, service, .. } = wanted;
    let image = labels::image_name(wanted.separator, &project.name, service);
    let mut config = ContainerConfig {
        name: wanted.name.clone(),
        command: service.command.as_ref().map(|command| command.value.clone()),
        entrypoint: service.entrypoint.as_ref().map(|entrypoint| entrypoint.value.clone()),
        environment: service.environment.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect(),
        working_dir: text(&service.working_dir),
        user: text(&service.user),
        hostname: text(&service.hostname),
        domain_name: written(service, "domainname"),
        dns: texts(service, "dns"),
        mac_address: written(service, "mac_address"),
        healthcheck: healthcheck(service.healthcheck.as_deref())?,
        stop_signal: text(&service.stop_signal),
        stop_timeout: service.stop_grace_period.as_ref().map(|grace| grace.value.as_secs()),
        restart: restart(service),
        labels: labels_of(engine, wanted, &image),
        tmpfs: service.tmpfs.iter().map(|entry| split_tmpfs(&entry.value)).collect(),
        volumes_from: wanted.references.volumes_from.clone(),
        ports: service.ports.iter().map(port).collect::<Done<_>>()?,
        exposed: service.expose.iter().map(|port| exposed(&port.value)).collect(),
        network: network(engine, wanted),
        extra_hosts: hosts(service),
        init: flag(&service.init),
        read_only: flag(&service.read_only),
        stdin_open: flag(&service.stdin_open),
        tty: flag(&service.tty),
        memory_limit: memory(service),
        auto_remove: wanted.auto_remove,
        declared: service.extensions.get(EXTENSION).map(|extension| decode(&extension.value).0),
        awaited_to_complete: wanted.awaited_to_complete,
        origin: Origin {
            span: Some(service.span),
            depends_on: service.depends_on.keys().cloned().collect(),
            replaces: wanted.replaces.map(|container| container.container),
        },
        ..ContainerConfig::default()
    };
    config.mounts = mounts::of_service(engine, project, service, &image, wanted.inherit)?;
    config.image = image;
    Ok(config)
}

fn text(value: &Option<crate::text::Spanned<String>>) -> Option<String> {
    value.as_ref().map(|value| value.value.clone())
}

/// A text of the service that nothing but the engine looks at.
fn written(service: &Service, attribute: &str) -> Option<String> {
    service.canonical.get(attribute)?.as_str().map(str::to_owned)
}

/// A list of such texts.
fn texts(service: &Service, attribute: &str) -> Vec<String> {
    let list = service.canonical.get(attribute).and_then(serde_json::Value::as_array);
    list.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}

/// The services that others wait for to complete.
pub fn awaited_to_complete(project: &Project) -> BTreeSet<&str> {
    let edges = project.services.values().flat_map(|service| &service.depends_on);
    let awaited = edges.filter(|(_, edge)| edge.condition == Condition::CompletedSuccessfully);
    awaited.map(|(name, _)| name.as_str()).collect()
}

fn flag(value: &Option<crate::text::Spanned<bool>>) -> bool {
    value.as_ref().is_some_and(|value| value.value)
}

fn memory(service: &Service) -> Option<i64> {
    let deployed = service.deploy.as_ref().and_then(|deploy| deploy.memory_limit.as_ref());
    deployed.or(service.mem_limit.as_ref()).map(|limit| limit.value)
}

fn healthcheck(check: Option<&Healthcheck>) -> Done<Option<HealthcheckConfig>> {
    let Some(check) = check else { return Ok(None) };
    if check.disable {
        return Ok(Some(HealthcheckConfig { test: vec!["NONE".to_owned()], ..HealthcheckConfig::default() }));
    }
    if check.start_interval.is_some() && check.start_period.is_none() {
        return Err(Failure::new("healthcheck.start_interval requires healthcheck.start_period to be set"));
    }
    let span = |span: &Option<crate::text::Spanned<Duration>>| span.as_ref().map_or(Duration::ZERO, |span| span.value);
    Ok(Some(HealthcheckConfig {
        test: check.test.as_ref().map_or_else(Vec::new, |test| test.value.clone()),
        interval: span(&check.interval),
        timeout: span(&check.timeout),
        retries: check.retries.as_ref().map_or(0, |retries| retries.value),
        start_period: span(&check.start_period),
        start_interval: span(&check.start_interval),
    }))
}

/// `deploy.restart_policy` wins over `restart` (R1).
fn restart(service: &Service) -> RestartConfig {
    let deployed = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref());
    if let Some(policy) = deployed {
        let maximum_retries = policy.max_attempts.map_or(0, |count| i64::try_from(count).unwrap_or(i64::MAX));
        return RestartConfig { name: policy_name(policy.condition.as_deref().unwrap_or_default()), maximum_retries };
    }
    let written = service.restart.as_ref().map_or("", |restart| restart.value.as_str());
    let mut parts = written.split(':');
    let (name, count) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    RestartConfig { name: policy_name(name), maximum_retries: count.parse().unwrap_or(0) }
}

fn policy_name(condition: &str) -> String {
    match condition {
        "none" | "no" => "no",
        "any" | "always" => "always",
        other => other,
    }
    .to_owned()
}

fn split_tmpfs(entry: &str) -> (String, String) {
    let (path, options) = entry.split_once(':').unwrap_or((entry, ""));
    (path.to_owned(), options.to_owned())
}

fn exposed(port: &str) -> String {
    if port.contains('/') { port.to_owned() } else { format!("{port}/tcp") }
}

fn port(port: &crate::text::Spanned<Port>) -> Done<PortConfig> {
    let published = port.published.as_deref().unwrap_or("");
    let (start, end) = published.split_once('-').unwrap_or((published, published));
    let parse = |text: &str| match text {
        "" => Ok(0),
        text => text.parse().map_err(|_| Failure::new(format!("invalid hostPort: {published}"))),
    };
    Ok(PortConfig {
        host_ip: port.host_ip.clone(),
        host_start: parse(start)?,
        host_end: parse(end)?,
        container: port.target,
        protocol: if port.protocol.is_empty() { "tcp".to_owned() } else { port.protocol.clone() },
    })
}

fn hosts(service: &Service) -> Vec<(String, String)> {
    let each = service.extra_hosts.iter();
    each.flat_map(|(name, addresses)| addresses.iter().map(|address| (name.clone(), address.value.clone()))).collect()
}

fn network(engine: &Engine, wanted: &Wanted<'_>) -> NetworkConfig {
    let Wanted { project, service, .. } = wanted;
    if let Some(container) = wanted.references.network {
        return NetworkConfig::Container(container);
    }
    match service.network_mode.as_ref().map(|mode| mode.value.as_str()) {
        Some("host") => return NetworkConfig::Host,
        Some("none") => return NetworkConfig::None,
        Some(name) => {
            return NetworkConfig::Endpoints(vec![EndpointConfig {
                network: name.to_owned(),
                ..EndpointConfig::default()
            }]);
        }
        None => {}
    }
    let links = links(engine, wanted);
    let endpoint = |(key, member): (&String, &crate::text::Spanned<crate::compose::model::ServiceNetwork>)| {
        let mut aliases = vec![wanted.name_for_aliases()];
        if wanted.service_alias {
            aliases.push(service.name.value.clone());
            aliases.extend(member.aliases.iter().cloned());
        }
        EndpointConfig {
            network: project.networks.get(key).map_or_else(|| key.clone(), |network| network.name.clone()),
            aliases,
            ipv4_address: member.ipv4_address.clone(),
            links: links.clone(),
        }
    };
    NetworkConfig::Endpoints(service.networks.iter().map(endpoint).collect())
}

impl Wanted<'_> {
    /// The name it will bear in the end, also while it replaces another.
    fn name_for_aliases(&self) -> String {
        let number =
            self.number.map(|number| labels::container_name(self.separator, &self.project.name, self.service, number));
        number.unwrap_or_else(|| self.name.clone())
    }
}

/// `links`: names for other services' containers that only this container knows (W4).
fn links(engine: &Engine, wanted: &Wanted<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let filter = crate::sim::engine::ContainerFilter {
        all: true,
        labels: vec![(labels::PROJECT.to_owned(), wanted.project.name.clone())],
    };
    if wanted.service.links.is_empty() {
        return found;
    }
    let all = engine.list_containers(&filter);
    for link in &wanted.service.links {
        let (name, alias) = link.value.split_once(':').unwrap_or((&link.value, &link.value));
        for container in
            containers::of_service(&all, name).iter().filter(|container| !containers::is_one_off(container))
        {
            let number = wanted.number.unwrap_or(1).to_string();
            let other = container.name.to_string();
            found.push((other.clone(), alias.to_owned()));
            found.push((other.clone(), wanted.separator.join(&[name, &number])));
            found.push((other, wanted.separator.join(&[&wanted.project.name, name, &number])));
        }
    }
    found
}

fn labels_of(engine: &Engine, wanted: &Wanted<'_>, image: &str) -> BTreeMap<String, String> {
    let Wanted { project, service, .. } = wanted;
    let mut found: BTreeMap<String, String> =
        service.labels.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect();
    let depends: Vec<String> = service
        .depends_on
        .iter()
        .map(|(name, edge)| format!("{name}:{}:{}", super::from_labels::condition_word(edge.condition), edge.restart))
        .collect();
    let number = wanted.number.map_or_else(|| "1".to_owned(), |number| number.to_string());
    let hash = wanted.references.hash(service).to_owned();
    let one_off = if wanted.number.is_some() { "False" } else { "True" };
    let image_id = engine.inspect_image(image).map_or_else(|_| String::new(), |image| image.id.to_string());
    let own = [
        (labels::PROJECT, project.name.clone()),
        (labels::SERVICE, service.name.value.clone()),
        (labels::VERSION, labels::COMPOSE_VERSION.to_owned()),
        (labels::WORKING_DIRECTORY, project.directory.clone()),
        (labels::CONFIG_FILES, project.files.join(",")),
        (labels::ONE_OFF, one_off.to_owned()),
        (labels::CONFIG_HASH, hash),
        (labels::NUMBER, number),
        (labels::DEPENDS_ON, depends.join(",")),
        (labels::IMAGE, image_id),
    ];
    found.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
    if wanted.number.is_none() {
        found.insert(labels::SLUG.to_owned(), hash::sha256(wanted.name.as_bytes()));
    }
    if let Some(replaced) = wanted.replaces {
        found.insert(labels::REPLACE.to_owned(), replaced.id.to_string());
    }
    found
}
