//! An image made of a container: `POST /commit`. What its volumes hold is not in it. Must not know builds.

use super::config::{ContainerConfig, HealthcheckConfig, MountSource};
use super::container::Container;
use super::{Answer, Engine};
use crate::image::identity::Identity;
use crate::image::{Fidelity, HealthCheck, ImageConfig, ImageDefinition, Layer};
use crate::sim::log::ContainerId;
use std::rc::Rc;
use std::time::Duration;

impl Engine {
    /// Makes an image of a container's layer and configuration, under a name if there is one; its id.
    pub async fn commit_container(&self, container: ContainerId, reference: &str) -> Answer<Rc<str>> {
        let container = self.container(container)?;
        let definition = self.image_of(&container, reference);
        let (id, mut images) = (definition.id.clone(), self.0.images.borrow_mut());
        images.store(Rc::new(definition), Some(self.now()));
        if !reference.is_empty() {
            images.name(reference, &id);
        }
        Ok(id)
    }

    fn image_of(&self, container: &Container, reference: &str) -> ImageDefinition {
        let image = &container.image;
        let layer = Layer { id: layer_id(container), bytes: container.layer.own_bytes() };
        let mut identity = Identity::of(&layer.id);
        identity.add(format!("{} {:?}", container.hex, self.now()).as_bytes());
        let fidelity = match image.fidelity {
            Fidelity::Guessed => Fidelity::Guessed,
            Fidelity::Known { .. } | Fidelity::Built => Fidelity::Built,
        };
        ImageDefinition {
            reference: if reference.is_empty() { image.reference.clone() } else { reference.into() },
            id: identity.image_id().into(),
            config: Rc::new(settings(container)),
            root: container.layer.frozen(),
            fidelity,
            base: image.base.clone(),
            layers: image.layers.iter().cloned().chain([layer]).collect(),
        }
    }
}

/// The id of a layer follows from what is in it and from what is below.
fn layer_id(container: &Container) -> Rc<str> {
    let mut identity = Identity::of(&container.image.id);
    for (difference, path) in container.layer.differences() {
        identity.add(format!("{difference:?} {path}").as_bytes());
        if let Ok(bytes) = container.layer.read(&path) {
            identity.add(&bytes);
        }
    }
    identity.image_id().into()
}

/// The container's configuration as that of an image.
fn settings(container: &Container) -> ImageConfig {
    let (image, config): (&ImageConfig, &ContainerConfig) = (&container.image.config, &container.config);
    let words = |words: &[String]| words.iter().map(|word| word.as_str().into()).collect::<Vec<Rc<str>>>();
    let command = config.command.as_deref().map(words);
    let (entrypoint, cmd) = match &config.entrypoint {
        Some(entrypoint) => (words(entrypoint), command.unwrap_or_default()),
        None => (image.entrypoint.clone(), command.unwrap_or_else(|| image.cmd.clone())),
    };
    let shared = |(name, value): (&String, &String)| (name.as_str().into(), value.as_str().into());
    ImageConfig {
        entrypoint,
        cmd,
        env: container.settings.environment.iter().map(shared).collect(),
        user: container.settings.user.as_str().into(),
        working_dir: container.settings.working_dir.as_str().into(),
        stop_signal: config.stop_signal.as_deref().map(Rc::from).or_else(|| image.stop_signal.clone()),
        exposed_ports: image
            .exposed_ports
            .iter()
            .cloned()
            .chain(config.exposed.iter().map(|port| port.as_str().into()))
            .collect(),
        volumes: image.volumes.iter().cloned().chain(declared_volumes(config)).collect(),
        labels: image.labels.clone().into_iter().chain(config.labels.iter().map(shared)).collect(),
        healthcheck: config.healthcheck.as_ref().map(check).or_else(|| image.healthcheck.clone()),
        ..image.clone()
    }
}

/// What `docker run -v PATH` makes a VOLUME of the container itself; Compose asks for its anonymous volumes otherwise.
fn declared_volumes(config: &ContainerConfig) -> impl Iterator<Item = Rc<str>> {
    let anonymous = config
        .mounts
        .iter()
        .filter(|mount| mount.bind_text.is_some() && matches!(mount.source, MountSource::AnonymousVolume { .. }));
    anonymous.map(|mount| mount.target.as_str().into())
}

fn check(config: &HealthcheckConfig) -> HealthCheck {
    let span = |span: Duration| (!span.is_zero()).then_some(span);
    HealthCheck {
        test: config.test.clone(),
        interval: span(config.interval),
        timeout: span(config.timeout),
        start_period: span(config.start_period),
        start_interval: span(config.start_interval),
        retries: (config.retries != 0).then_some(config.retries),
    }
}
