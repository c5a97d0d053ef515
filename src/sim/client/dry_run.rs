//! `--dry-run`: the containers that a command would have made, so that it goes on as if they were there. Nothing is asked of the
//! engine but questions (Compose's `pkg/dryrun`). Must not know any command.

use crate::image::ImageConfig;
use crate::kernel::Instant;
use crate::sim::engine::{ContainerConfig, ContainerFilter, ContainerState, ContainerView, Engine, LastEvents};
use crate::sim::log::{ContainerId, Health};
use std::cell::RefCell;
use std::rc::Rc;

/// What one command pretends.
#[derive(Default)]
pub struct DryRun {
    /// The containers that it has found, and those that it would have made.
    known: RefCell<Vec<ContainerView>>,
}

impl DryRun {
    /// Pretends to make a container.
    pub fn create(&self, engine: &Engine, now: Instant, config: ContainerConfig) -> ContainerId {
        let mut known = self.known.borrow_mut();
        let id = ContainerId(u32::MAX - known.len() as u32);
        known.push(made(engine, now, id, config));
        id
    }

    /// The containers that are found: those of the first answer, and those made since.
    pub fn list(&self, engine: &Engine, filter: &ContainerFilter) -> Vec<ContainerView> {
        let mut known = self.known.borrow_mut();
        if known.is_empty() {
            *known = engine.list_containers(filter);
        }
        known.clone()
    }

    /// What is found when containers are to be started: only what is known already, so a `start` alone finds none.
    pub fn known(&self) -> Vec<ContainerView> {
        self.known.borrow().clone()
    }

    /// A container that was only pretended: it seems to run, in best health.
    pub fn inspect(&self, container: ContainerId) -> Option<ContainerView> {
        let known = self.known.borrow();
        let found = known.iter().find(|known| known.container == container && known.id == known.name)?;
        Some(ContainerView { state: ContainerState::Running, health: Some((Health::Healthy, 0)), ..found.clone() })
    }
}

/// A container that would have been made: its id is its name.
fn made(engine: &Engine, now: Instant, container: ContainerId, config: ContainerConfig) -> ContainerView {
    let image = engine.inspect_image(&config.image).ok();
    let name: Rc<str> = config.name.as_str().into();
    ContainerView {
        container,
        id: name.clone(),
        instance: name.clone(),
        name,
        state: ContainerState::Created,
        exit_code: 0,
        out_of_memory: false,
        error: "".into(),
        health: None,
        health_log: Vec::new(),
        restart_count: 0,
        created_at: now,
        started_at: None,
        finished_at: None,
        config: Rc::new(config),
        image_id: image.as_ref().map_or_else(|| "".into(), |image| image.id.clone()),
        image_config: image.map_or_else(|| Rc::new(ImageConfig::default()), |image| image.config),
        command: Rc::new([]),
        mounts: Vec::new(),
        mounts_named: Vec::new(),
        tmpfs: Vec::new(),
        networks: Default::default(),
        ports: Vec::new(),
        events: LastEvents::default(),
        now,
    }
}
