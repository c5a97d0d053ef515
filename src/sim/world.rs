//! The state of the simulated engine as the log tells it: the one fold over events that decides what a container's state
//! is. The engine reads its own state here, so that replaying the log always gives the live world. Must not know how
//! events come about.

use super::engine::view::{ContainerState, LastEvents};
use super::log::{Cause, ContainerCreated, ContainerId, Event, EventId, EventKind, EventLog, Health, Rule, VolumeKind};
use crate::kernel::Instant;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A container as the log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerRecord {
    /// What it was made of.
    pub created: Rc<ContainerCreated>,
    /// Name now.
    pub name: Rc<str>,
    /// State.
    pub state: ContainerState,
    /// Exit code of the last run or failed start; 0 while it runs.
    pub exit_code: i32,
    /// Whether the kernel killed a process of the last run because memory was used up.
    pub out_of_memory: bool,
    /// Text of the last failed start.
    pub error: Rc<str>,
    /// Stored health and failing streak; `None` without a health check, and before the first start (H1).
    pub health: Option<(Health, u32)>,
    /// Restarts by the policy since the last start by anything else (R12).
    pub restart_count: u32,
    /// Creation.
    pub created_at: Instant,
    /// Last start.
    pub started_at: Option<Instant>,
    /// Last end.
    pub finished_at: Option<Instant>,
    /// Last event of each kind.
    pub events: LastEvents,
}

/// A volume as the log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRecord {
    /// Named or anonymous.
    pub kind: VolumeKind,
    /// Creation.
    pub created_at: Instant,
    /// Containers that have it mounted now.
    pub mounted_by: Vec<ContainerId>,
}

/// Everything the engine knows, as the log tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    containers: Vec<Option<ContainerRecord>>,
    /// Volumes by name.
    pub volumes: BTreeMap<Rc<str>, VolumeRecord>,
    /// Networks by name, with their creation.
    pub networks: BTreeMap<Rc<str>, Instant>,
    names: BTreeMap<Rc<str>, ContainerId>,
}

impl World {
    /// The world after all of `log`.
    pub fn of(log: &EventLog) -> Self {
        Self::at(log, EventId(log.events.len() as u32))
    }

    /// The world just before the event `until`.
    pub fn at(log: &EventLog, until: EventId) -> Self {
        let mut world = Self::default();
        for (at, event) in log.events.iter().enumerate().take(until.0 as usize) {
            world.apply(EventId(at as u32), event);
        }
        world
    }

    /// A container that has not been removed.
    pub fn container(&self, container: ContainerId) -> Option<&ContainerRecord> {
        self.containers.get(container.0 as usize)?.as_ref()
    }

    /// The container that bears a name now.
    pub fn named(&self, name: &str) -> Option<ContainerId> {
        self.names.get(name).copied()
    }

    /// Names in use, with who bears them, in order.
    pub fn names(&self) -> impl Iterator<Item = (&Rc<str>, ContainerId)> {
        self.names.iter().map(|(name, container)| (name, *container))
    }

    /// Containers that have not been removed, in the order of their creation.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerRecord> {
        self.containers.iter().flatten()
    }

    /// Records one event.
    pub fn apply(&mut self, id: EventId, event: &Event) {
        match &event.kind {
            EventKind::NetworkCreated { name, .. } => {
                self.networks.insert(name.clone(), event.at);
            }
            EventKind::NetworkDestroyed { name, .. } => {
                self.networks.remove(name);
            }
            EventKind::VolumeCreated { name, kind } => {
                let record = VolumeRecord { kind: *kind, created_at: event.at, mounted_by: Vec::new() };
                self.volumes.insert(name.clone(), record);
            }
            EventKind::VolumeMounted { container, mounted } => {
                if let Some(volume) = self.volumes.get_mut(&mounted.name) {
                    volume.mounted_by.push(*container);
                }
            }
            EventKind::VolumeUnmounted { name, container } => {
                if let Some(volume) = self.volumes.get_mut(name)
                    && let Some(at) = volume.mounted_by.iter().position(|other| other == container)
                {
                    volume.mounted_by.remove(at);
                }
            }
            EventKind::VolumeDestroyed { name } => {
                self.volumes.remove(name);
            }
            EventKind::ContainerCreated(created) => self.create(id, event.at, created),
            EventKind::ContainerRenamed { container, name } => self.rename(*container, name),
            EventKind::ContainerDestroyed { container } => self.destroy(*container),
            kind => self.change(id, event.at, event.cause, kind),
        }
    }

    fn create(&mut self, id: EventId, at: Instant, created: &ContainerCreated) {
        let index = created.container.0 as usize;
        if self.containers.len() <= index {
            self.containers.resize(index + 1, None);
        }
        self.names.insert(created.name.clone(), created.container);
        self.containers[index] = Some(ContainerRecord {
            name: created.name.clone(),
            state: ContainerState::Created,
            exit_code: 0,
            out_of_memory: false,
            error: "".into(),
            health: None,
            restart_count: 0,
            created_at: at,
            started_at: None,
            finished_at: None,
            events: LastEvents { created: Some(id), ..LastEvents::default() },
            created: Rc::new(created.clone()),
        });
    }

    fn rename(&mut self, container: ContainerId, name: &Rc<str>) {
        if let Some(Some(record)) = self.containers.get_mut(container.0 as usize) {
            self.names.remove(&record.name);
            record.name = name.clone();
            self.names.insert(name.clone(), container);
        }
    }

    fn destroy(&mut self, container: ContainerId) {
        if let Some(record) = self.containers.get_mut(container.0 as usize).and_then(Option::take) {
            self.names.remove(&record.name);
        }
    }

    /// Events that change one container's state.
    fn change(&mut self, id: EventId, at: Instant, cause: Cause, kind: &EventKind) {
        let Some(container) = subject(kind) else { return };
        let Some(Some(record)) = self.containers.get_mut(container.0 as usize) else { return };
        match kind {
            EventKind::ContainerStarted { .. } => record.start(id, at, cause.rule),
            EventKind::ContainerStartFailed { exit_code, message, .. } => {
                record.exit_code = *exit_code;
                record.error = message.clone();
                if record.state == ContainerState::Restarting {
                    record.state = ContainerState::Exited;
                }
            }
            EventKind::ContainerDied { exit_code, .. } => {
                record.state = ContainerState::Exited;
                record.exit_code = *exit_code;
                record.finished_at = Some(at);
                record.events.died = Some(id);
            }
            EventKind::ContainerOutOfMemory { .. } => record.out_of_memory = true,
            EventKind::RestartCanceled { .. } => record.state = ContainerState::Exited,
            EventKind::ContainerPaused { .. } => record.state = ContainerState::Paused,
            EventKind::ContainerUnpaused { .. } => record.state = ContainerState::Running,
            EventKind::RestartScheduled { restart_count, .. } => {
                record.state = ContainerState::Restarting;
                record.restart_count = *restart_count;
            }
            EventKind::HealthChanged { health, failing_streak, .. } => {
                record.health = Some((*health, *failing_streak));
                record.events.health = Some(id);
            }
            _ => {}
        }
    }
}

impl ContainerRecord {
    fn start(&mut self, id: EventId, at: Instant, rule: Rule) {
        self.state = ContainerState::Running;
        self.exit_code = 0;
        self.out_of_memory = false;
        self.error = "".into();
        self.started_at = Some(at);
        self.events.started = Some(id);
        if rule != Rule::RestartPolicy {
            self.restart_count = 0;
        }
    }

    /// Whether its main process runs, frozen or not.
    pub fn runs(&self) -> bool {
        matches!(self.state, ContainerState::Running | ContainerState::Paused)
    }
}

/// The container whose state an event changes.
fn subject(kind: &EventKind) -> Option<ContainerId> {
    match kind {
        EventKind::ContainerStarted { container }
        | EventKind::ContainerStartFailed { container, .. }
        | EventKind::ContainerOutOfMemory { container }
        | EventKind::ContainerDied { container, .. }
        | EventKind::RestartCanceled { container }
        | EventKind::ContainerPaused { container }
        | EventKind::ContainerUnpaused { container }
        | EventKind::RestartScheduled { container, .. }
        | EventKind::HealthChanged { container, .. } => Some(*container),
        _ => None,
    }
}
