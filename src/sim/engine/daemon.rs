//! What the daemon holds in memory, and the ways all requests share to look things up and to record what happens.

use super::container::{Container, Run};
use super::error::EngineError;
use super::images::Images;
use super::machine::{ENDS, Machine, STARTS};
use super::networks::Networks;
use super::ports::Ports;
use super::record::Observers;
use super::view::ContainerState;
use super::volumes::Volumes;
use super::{Answer, ContainerConfig, Engine};
use crate::kernel::files::Tree;
use crate::kernel::sync::Watch;
use crate::kernel::{Instant, Kernel, NetworkSpace, Tasks};
use crate::sim::log::{Cause, CausedBy, ContainerId, EventId, EventKind, ExecId, Rule};
use crate::sim::recorder::Recorder;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The daemon's memory.
pub(super) struct Daemon {
    pub kernel: Kernel,
    pub recorder: Recorder,
    /// The host's files: project folder, binds, volumes with a device.
    pub host: Tree,
    /// What starting containers takes of the machine, and what ending ones takes.
    pub starts: Machine,
    pub ends: Machine,
    pub networks: Networks,
    pub observers: Observers,
    pub volumes: RefCell<Volumes>,
    pub ports: RefCell<Ports>,
    pub images: RefCell<Images>,
    pub containers: RefCell<Vec<Option<Rc<Container>>>>,
    /// What was asked for when each of them was made, also of those that are gone.
    pub requests: RefCell<Vec<Rc<ContainerConfig>>>,
    /// How many containers bore, or will bear, a name.
    pub instances: RefCell<BTreeMap<String, u32>>,
    pub next_exec: Cell<u32>,
    /// Whether it stops containers only because it goes down itself.
    pub shutting_down: Cell<bool>,
    /// Whether it answers.
    pub up: Watch<bool>,
    /// The empty text, shared by all events without one.
    pub nothing: Rc<str>,
}

impl Engine {
    /// A daemon on a machine: its kernel, its files, its network, and the log everything is recorded in.
    pub fn new(kernel: &Kernel, recorder: &Recorder, host: &Tree, network: &NetworkSpace) -> Self {
        let tasks = kernel.tasks();
        let observers = Observers::new(kernel, recorder);
        observers.observe_host(host);
        Self(Rc::new(Daemon {
            kernel: kernel.clone(),
            recorder: recorder.clone(),
            host: host.clone(),
            starts: Machine::new(tasks, STARTS),
            ends: Machine::new(tasks, ENDS),
            networks: Networks::new(network),
            volumes: RefCell::new(Volumes::new(host, &observers)),
            observers,
            ports: RefCell::default(),
            images: RefCell::default(),
            containers: RefCell::default(),
            requests: RefCell::default(),
            instances: RefCell::default(),
            next_exec: Cell::new(0),
            shutting_down: Cell::new(false),
            up: Watch::new(true),
            nothing: "".into(),
        }))
    }

    /// The executor.
    pub fn tasks(&self) -> &Tasks {
        self.0.kernel.tasks()
    }

    /// The machine the daemon runs on.
    pub fn kernel(&self) -> &Kernel {
        &self.0.kernel
    }

    /// Where everything is recorded; a client records its own events (waits) there, too.
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// Whether the daemon answers.
    pub fn is_up(&self) -> bool {
        self.0.up.get()
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.tasks().now()
    }

    pub(super) fn record(&self, cause: Cause, kind: EventKind) -> EventId {
        self.0.recorder.record(self.now(), cause, kind)
    }

    /// Records a change of a container's state and tells all who wait for one.
    pub(super) fn change(&self, container: &Container, cause: Cause, kind: EventKind) -> EventId {
        let id = self.record(cause, kind);
        container.changed.notify_all();
        id
    }

    pub(super) fn container(&self, id: ContainerId) -> Answer<Rc<Container>> {
        let containers = self.0.containers.borrow();
        let found = containers.get(id.0 as usize).and_then(Option::clone);
        found.ok_or_else(|| EngineError::not_found(format!("No such container: {}", id.0)))
    }

    /// All containers, in the order of their creation.
    pub(super) fn containers(&self) -> Vec<Rc<Container>> {
        self.0.containers.borrow().iter().flatten().cloned().collect()
    }

    pub(super) fn state(&self, container: &Container) -> ContainerState {
        let world = self.0.recorder.world();
        world.container(container.id).map_or(ContainerState::Removing, |record| record.state)
    }

    pub(super) fn name(&self, container: &Container) -> Rc<str> {
        let world = self.0.recorder.world();
        world.container(container.id).map_or_else(|| container.instance.clone(), |record| record.name.clone())
    }

    /// The present run of a container whose processes run, frozen or not.
    pub(super) fn live_run(&self, container: &Container) -> Option<Rc<Run>> {
        container.current_run().filter(|run| !run.has_ended())
    }

    pub(super) fn next_exec(&self) -> ExecId {
        let id = self.0.next_exec.get();
        self.0.next_exec.set(id + 1);
        ExecId(id)
    }

    /// Ends when a container is in one of the states that `wanted` accepts, or is gone.
    pub(super) async fn wait_for_state(&self, container: &Container, wanted: fn(ContainerState) -> bool) {
        loop {
            let changed = container.changed.notified();
            if wanted(self.state(container)) {
                return;
            }
            changed.await;
        }
    }
}

/// The engine calls a container running that waits for its next restart, too.
pub(super) fn counts_as_running(state: ContainerState) -> bool {
    matches!(state, ContainerState::Running | ContainerState::Paused | ContainerState::Restarting)
}

/// `cause` with another rule: the same request brings about something that follows from it.
pub(super) fn by_rule(cause: Cause, rule: Rule) -> Cause {
    Cause { rule, ..cause }
}

/// A cause that is an earlier event.
pub(super) fn because_of(event: EventId, rule: Rule) -> Cause {
    Cause { by: CausedBy::Event(event), rule, place: None }
}
