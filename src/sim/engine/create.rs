//! Creating a container: its name, its settings, its mounts and the volumes they need, copy-up (semantics §7.3-7.5, W10).

use super::config::{ContainerConfig, NetworkConfig, PortConfig};
use super::conflicts;
use super::container::{Container, Mount, Source};
use super::daemon::by_rule;
use super::error::EngineError;
use super::identity;
use super::output::Output;
use super::plan;
use super::settings::Settings;
use super::volumes::{ANONYMOUS_LABEL, is_empty};
use super::{Answer, Engine, VolumeSpecification};
use crate::kernel::files::Tree;
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerCreated, ContainerId, DataPlace, EventKind, PublishedPort, Rule};
use std::rc::Rc;

impl Engine {
    /// Creates a container and everything it needs: anonymous volumes, copy-up.
    pub async fn create_container(&self, config: ContainerConfig, cause: Cause) -> Answer<ContainerId> {
        self.tasks().sleep(costs::CONTAINER_CREATE).await;
        conflicts::check(&config).map_err(EngineError::invalid)?;
        self.check_endpoints(&config.network)?;
        let name = self.free_name(&config)?;
        let image = self.0.images.borrow_mut().find(&config.image)?;
        let settings = Settings::merge(&config, &image.config)?;
        let instance = self.next_instance(&name);
        let mut mounts = plan::mounts(self, &config, &image, &instance)?;
        plan::sort(&mut mounts);
        self.create_volumes(&mounts, cause)?;
        let layer = Tree::layered(&image.root);
        let folder = settings.working_dir.clone();
        if layer.make_folders(&folder).is_err() {
            return Err(EngineError::internal(format!("mkdir {folder}: not a directory")));
        }
        self.fill_volumes(&mounts, &layer, cause)?;
        let id = ContainerId(self.0.containers.borrow().len() as u32);
        self.0.observers.observe(&layer, DataPlace::WritableLayer(id));
        let endpoints = match &config.network {
            NetworkConfig::Endpoints(endpoints) => endpoints.clone(),
            _ => Vec::new(),
        };
        let container = Rc::new(Container {
            id,
            hex: identity::container_id(&instance),
            instance,
            output: Output::new(id, &config, self.tasks(), &self.0.recorder),
            goes_at_end: config.auto_remove.into(),
            restart: config.restart.clone().into(),
            config: Rc::new(config),
            settings,
            image,
            mounts,
            layer,
            endpoints: endpoints.into(),
            joined: Default::default(),
            manager: Default::default(),
            manually_stopped: Default::default(),
            input: Default::default(),
            run: Default::default(),
            changed: Default::default(),
            cancel_delay: Default::default(),
            being_removed: Default::default(),
            starting: Default::default(),
            last_probes: Default::default(),
            failing_probes: Default::default(),
        });
        self.0.requests.borrow_mut().push(container.config.clone());
        self.0.containers.borrow_mut().push(Some(container.clone()));
        self.record(cause, EventKind::ContainerCreated(Box::new(created(&container, &name))));
        Ok(id)
    }

    fn check_endpoints(&self, network: &NetworkConfig) -> Answer<()> {
        let NetworkConfig::Endpoints(endpoints) = network else { return Ok(()) };
        for endpoint in endpoints {
            self.check_endpoint(endpoint).map_err(|problem| {
                EngineError::invalid(format!("invalid config for network {}: {problem}", endpoint.network))
            })?;
        }
        Ok(())
    }

    /// The wanted name, if nobody bears it (W10).
    fn free_name(&self, config: &ContainerConfig) -> Answer<Rc<str>> {
        if config.name.is_empty() {
            let count = self.0.containers.borrow().len();
            return Ok(format!("container_{count}").into());
        }
        let name: Rc<str> = config.name.as_str().into();
        self.check_name_is_free(&name)?;
        Ok(name)
    }

    pub(super) fn check_name_is_free(&self, name: &str) -> Answer<()> {
        let Some(holder) = self.0.recorder.world().named(name) else { return Ok(()) };
        let hex = self.container(holder)?.hex.clone();
        Err(EngineError::conflict(format!(
            "Conflict. The container name \"/{name}\" is already in use by container \"{hex}\". You have to remove (or \
             rename) that container to be able to reuse that name."
        )))
    }

    /// `name#n`. A container that replaces another is created as `<id>_<name>` and will bear the name.
    fn next_instance(&self, name: &str) -> Rc<str> {
        let lasting = match name.split_once('_') {
            Some((id, rest)) if id.len() == identity::SHORT && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => rest,
            _ => name,
        };
        let mut instances = self.0.instances.borrow_mut();
        let number = instances.entry(lasting.to_string()).or_default();
        *number += 1;
        format!("{lasting}#{number}").into()
    }

    /// Makes the volumes that are missing.
    fn create_volumes(&self, mounts: &[Mount], cause: Cause) -> Answer<()> {
        for mount in mounts {
            let Source::Volume { name, .. } = &mount.source else { continue };
            if self.0.volumes.borrow().by_name.contains_key(name) {
                continue;
            }
            let mut specification = VolumeSpecification { name: name.to_string(), ..VolumeSpecification::default() };
            if !mount.named {
                specification.labels.insert(ANONYMOUS_LABEL.into(), String::new());
            }
            self.add_volume(specification, cause)?;
        }
        Ok(())
    }

    /// Copy-up: an empty volume gets what the image has at the mount's path (S30, S31).
    fn fill_volumes(&self, mounts: &[Mount], layer: &Tree, cause: Cause) -> Answer<()> {
        for mount in mounts.iter().filter(|mount| mount.copies_up) {
            let Source::Volume { name, subpath: None } = &mount.source else { continue };
            if !layer.stat(&mount.destination).is_ok_and(|stat| stat.is_folder()) {
                continue;
            }
            let mounted = self.0.volumes.borrow_mut().mount(name);
            let (tree, path) =
                mounted.map_err(|problem| EngineError::internal(format!("failed to populate volume: {problem}")))?;
            if path == "/" && is_empty(&tree) {
                let copied = self
                    .0
                    .observers
                    .on_behalf(by_rule(cause, Rule::CopyUp), || tree.copy_from(layer, &mount.destination));
                debug_assert!(copied.is_ok(), "the image's folder was there a moment ago");
            }
            self.0.volumes.borrow_mut().unmount(name);
        }
        Ok(())
    }
}

/// The event that tells of a new container.
fn created(container: &Container, name: &Rc<str>) -> ContainerCreated {
    let config = &container.config;
    let label = |key: &str| config.labels.get(key).map(|value| Rc::from(value.as_str()));
    let tmpfs = container.mounts.iter().filter(|mount| matches!(mount.source, Source::Tmpfs { short: true, .. }));
    let number = config.labels.get("com.docker.compose.container-number").and_then(|number| number.parse().ok());
    ContainerCreated {
        container: container.id,
        name: name.clone(),
        instance: container.instance.clone(),
        service: label("com.docker.compose.service"),
        project: label("com.docker.compose.project"),
        number: number.unwrap_or(1),
        one_off: config.labels.get("com.docker.compose.oneoff").is_some_and(|value| value == "True"),
        image: config.image.as_str().into(),
        command: container.settings.argv.join(" ").into(),
        health_check: container.settings.health.as_ref().map(|health| health.pace),
        ports: published_ports(config),
        mounts: container.mount_points(),
        tmpfs: tmpfs.map(|mount| mount.destination.clone()).collect(),
        networks: network_names(container),
        replaces: config.origin.replaces,
        span: config.origin.span,
        depends_on: config.origin.depends_on.iter().map(|name| name.as_str().into()).collect(),
    }
}

/// The ports a container publishes; on the host's own network there is nothing to publish (W5).
fn published_ports(config: &ContainerConfig) -> Vec<PublishedPort> {
    let published = |port: &PortConfig| PublishedPort {
        host_ip: port.host_ip.as_str().into(),
        first: port.host_start,
        last: port.host_end.max(port.host_start),
        container: port.container,
        protocol: port.protocol.as_str().into(),
    };
    match config.network {
        NetworkConfig::Endpoints(_) => config.ports.iter().map(published).collect(),
        NetworkConfig::Host | NetworkConfig::None | NetworkConfig::Container(_) => Vec::new(),
    }
}

/// Names of the networks a container joins, sorted.
pub(super) fn network_names(container: &Container) -> Vec<Rc<str>> {
    let mut names: Vec<Rc<str>> =
        container.endpoints.borrow().iter().map(|endpoint| endpoint.network.as_str().into()).collect();
    names.extend(match container.config.network {
        NetworkConfig::Host => Some(Rc::from("host")),
        NetworkConfig::None => Some(Rc::from("none")),
        _ => None,
    });
    names.sort();
    names
}
