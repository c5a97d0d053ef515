//! Answers to questions about containers: find, inspect, list, logs (semantics X20-X24).

use super::config::ContainerConfig;
use super::container::Container;
use super::create::network_names;
use super::daemon::counts_as_running;
use super::error::EngineError;
use super::output::Attachment;
use super::view::{ContainerFilter, ContainerView, LogEntry, PortView, ProbeResult};
use super::{Answer, Engine, OutputSink};
use crate::kernel::pipe::{PipeWriter, pipe};
use crate::sim::log::{CausedBy, ContainerId, EventId, EventKind};
use std::collections::BTreeMap;
use std::rc::Rc;

impl Engine {
    /// A container by name, id or the beginning of its id.
    pub fn find_container(&self, reference: &str) -> Answer<ContainerId> {
        let name = reference.strip_prefix('/').unwrap_or(reference);
        if let Some(container) = self.0.recorder.world().named(name) {
            return Ok(container);
        }
        let containers = self.0.containers.borrow();
        let found = containers.iter().flatten().find(|one| !reference.is_empty() && one.hex.starts_with(reference));
        let found = found.map(|container| container.id);
        found.ok_or_else(|| EngineError::not_found(format!("No such container: {reference}")))
    }

    /// A container's details.
    pub fn inspect_container(&self, container: ContainerId) -> Answer<ContainerView> {
        let container = self.container(container)?;
        self.view(&container).ok_or_else(|| EngineError::not_found(format!("No such container: {}", container.hex)))
    }

    /// Containers, newest first as `docker ps` lists them.
    pub fn list_containers(&self, filter: &ContainerFilter) -> Vec<ContainerView> {
        let fits = |container: &&Rc<Container>| {
            let labels = &container.config.labels;
            (filter.all || counts_as_running(self.state(container)))
                && filter.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
        };
        self.containers().iter().rev().filter(fits).filter_map(|container| self.view(container)).collect()
    }

    /// The labels of a container, also of one that is gone.
    pub fn labels_of(&self, container: ContainerId) -> BTreeMap<String, String> {
        self.0.requests.borrow().get(container.0 as usize).map(|config| config.labels.clone()).unwrap_or_default()
    }

    /// The lines in a container's log.
    pub fn logs(&self, container: ContainerId) -> Answer<Vec<LogEntry>> {
        Ok(self.container(container)?.output.entries())
    }

    /// Sends what the container's main process writes from now on to `output`, until the returned guard is dropped. Attach
    /// before starting to miss nothing.
    pub fn attach(&self, container: ContainerId, output: OutputSink) -> Answer<Attachment> {
        Ok(self.container(container)?.output.attach(output))
    }

    /// What a client writes here is what the container's next run reads.
    pub fn attach_input(&self, container: ContainerId) -> Answer<PipeWriter> {
        let (reader, writer) = pipe();
        self.container(container)?.input.replace(Some(reader));
        Ok(writer)
    }

    fn view(&self, container: &Rc<Container>) -> Option<ContainerView> {
        let world = self.0.recorder.world();
        let record = world.container(container.id)?;
        let mounts = container.mount_points();
        let named = |destination: &str| {
            container.mounts.iter().find(|mount| &*mount.destination == destination).is_none_or(|mount| mount.named)
        };
        Some(ContainerView {
            container: container.id,
            id: container.hex.clone(),
            name: record.name.clone(),
            instance: container.instance.clone(),
            state: record.state,
            exit_code: record.exit_code,
            out_of_memory: record.out_of_memory,
            error: record.error.clone(),
            health: record.health,
            health_log: container.last_probes.get().into_iter().flatten().filter_map(|end| self.probe(end)).collect(),
            restart_count: record.restart_count,
            created_at: record.created_at,
            started_at: record.started_at,
            finished_at: record.finished_at,
            config: present_config(container),
            image_id: container.image.id.clone(),
            image_config: container.image.config.clone(),
            command: container.settings.argv.iter().map(|word| word.to_string()).collect(),
            mounts_named: mounts.iter().map(|mount| named(&mount.destination)).collect(),
            mounts,
            tmpfs: record.created.tmpfs.clone(),
            networks: self.addresses(container),
            ports: self.ports(container),
            events: record.events,
            now: self.now(),
        })
    }

    /// The result of the probe that ended with an event.
    fn probe(&self, ended: EventId) -> Option<ProbeResult> {
        let log = self.0.recorder.log();
        let end = log.events.get(ended.0 as usize)?;
        let EventKind::ExecEnded { exit_code, output, .. } = &end.kind else { return None };
        let CausedBy::Event(started) = end.cause.by else { return None };
        let start = log.events.get(started.0 as usize)?.at;
        Some(ProbeResult { start, end: end.at, exit_code: *exit_code, output: output.clone() })
    }

    fn addresses(&self, container: &Container) -> BTreeMap<Rc<str>, Option<Rc<str>>> {
        let address = |network: &str| self.0.networks.address(network, container.id).map(|it| it.to_string().into());
        network_names(container).into_iter().map(|network| (network.clone(), address(&network))).collect()
    }

    fn ports(&self, container: &Container) -> Vec<PortView> {
        let Some(run) = container.current_run() else { return Vec::new() };
        let mut ports: Vec<PortView> = run
            .attached
            .ports
            .borrow()
            .iter()
            .map(|port| PortView {
                container: port.container,
                protocol: port.protocol.clone(),
                host: Some((port.host_ip.clone(), port.host)),
            })
            .collect();
        let exposed = container.image.config.exposed_ports.iter().map(|port| port.to_string());
        for port in exposed.chain(container.config.exposed.iter().cloned()) {
            let (number, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
            let Ok(number) = number.parse() else { continue };
            if !ports.iter().any(|known| known.container == number && *known.protocol == *protocol) {
                ports.push(PortView { container: number, protocol: protocol.into(), host: None });
            }
        }
        ports.sort();
        ports
    }
}

/// A container's configuration with what has been updated since.
fn present_config(container: &Container) -> Rc<ContainerConfig> {
    let restart = container.restart.borrow();
    if *restart == container.config.restart {
        return container.config.clone();
    }
    Rc::new(ContainerConfig { restart: restart.clone(), ..(*container.config).clone() })
}
