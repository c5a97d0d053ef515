//! What happens, in the engine's own names, for `events`: what has happened, then what happens. Must not know who prints it.
//!
//! The log does not tell of everything that the engine announces: nothing of networks that containers join and leave, of
//! images, of prunes.

use super::clock::Clock;
use super::context::Context;
use super::moment::Window;
use crate::kernel::Instant;
use crate::sim::engine::identity::{container_id, hexadecimal, network_id};
use crate::sim::engine::{Engine, EventReader};
use crate::sim::log::{ContainerCreated, ContainerId, Event, EventKind, ExecId, ExecOutcome, Health};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What the engine tells beside an event, by name.
pub type Attributes = BTreeMap<String, String>;

/// An event of the engine.
#[derive(Clone, Debug)]
pub struct Happened {
    /// When.
    pub at: Instant,
    /// What it is about: `container`, `network` or `volume`.
    pub kind: &'static str,
    /// The engine's name for it.
    pub action: String,
    /// Id of what it is about; the name of a volume.
    pub id: Rc<str>,
    /// A container's image.
    pub image: Option<Rc<str>>,
    /// What is told beside it; of a container also its labels.
    pub attributes: Attributes,
}

/// What an event's line says of its container, which may be gone by now.
#[derive(Clone, Debug)]
struct About {
    id: Rc<str>,
    name: Rc<str>,
    created: Rc<ContainerCreated>,
    started_at: Option<Instant>,
    labels: BTreeMap<String, String>,
}

/// Attributes as one text.
pub fn attribute_text<'a>(attributes: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    attributes.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

/// Follows the engine's events from the window's beginning, or from now on.
pub struct Follower {
    engine: Engine,
    events: EventReader,
    window: Window,
    clock: Clock,
    told_from: usize,
    about: BTreeMap<ContainerId, About>,
    waiting: VecDeque<Happened>,
}

impl Follower {
    /// Begins to follow; the past is told if the window reaches there.
    pub fn new(context: &Context, window: Window, clock: Clock) -> Self {
        let told_from = if window.since.is_some() { 0 } else { context.engine.recorder().len() };
        let (engine, events) = (context.engine.clone(), context.engine.history());
        Self { engine, events, window, clock, told_from, about: BTreeMap::new(), waiting: VecDeque::new() }
    }

    /// The next event that is told; waits for it.
    pub async fn next(&mut self) -> Happened {
        loop {
            if let Some(happened) = self.waiting.pop_front() {
                return happened;
            }
            let (id, event) = self.events.next().await;
            let known = self.learn(&event);
            if (id.0 as usize) >= self.told_from && self.window.holds(self.clock, event.at) {
                self.waiting.extend(self.told(&event, known));
            }
        }
    }

    /// What the engine announces of an event of the log; of a container that it ends, what was known is `gone`.
    fn told(&self, event: &Event, gone: Option<About>) -> Vec<Happened> {
        if let Some(happened) = resource_event(event, &self.about) {
            return vec![happened];
        }
        let Some((container, actions)) = container_actions(&event.kind) else { return Vec::new() };
        let Some(about) = gone.or_else(|| self.about.get(&container).cloned()) else { return Vec::new() };
        let attributes = about.attributes(event);
        let happened = |action: String| {
            let mut attributes = attributes.clone();
            if action.starts_with("exec_create") || action.starts_with("exec_start") {
                attributes.remove("exitCode");
            }
            let (id, image) = (about.id.clone(), Some(about.created.image.clone()));
            Happened { at: event.at, kind: "container", action, id, image, attributes }
        };
        actions.into_iter().map(happened).collect()
    }

    /// Keeps in mind what is told with a container's events; what was known of one that is gone now.
    fn learn(&mut self, event: &Event) -> Option<About> {
        match &event.kind {
            EventKind::ContainerCreated(created) => {
                let about = About {
                    id: container_id(&created.instance),
                    name: created.name.clone(),
                    labels: self.engine.labels_of(created.container),
                    created: Rc::new((**created).clone()),
                    started_at: None,
                };
                self.about.insert(created.container, about);
            }
            EventKind::ContainerRenamed { container, name } => {
                if let Some(about) = self.about.get_mut(container) {
                    about.name = name.clone();
                }
            }
            EventKind::ContainerStarted { container } => {
                if let Some(about) = self.about.get_mut(container) {
                    about.started_at = Some(event.at);
                }
            }
            EventKind::ContainerDestroyed { container } => return self.about.remove(container),
            _ => {}
        }
        None
    }
}

impl About {
    fn attributes(&self, event: &Event) -> Attributes {
        let mut found: Attributes = self.labels.clone();
        let mut tell = |name: &str, value: String| {
            found.insert(name.to_owned(), value);
        };
        tell("image", self.created.image.to_string());
        tell("name", self.name.to_string());
        match &event.kind {
            EventKind::ContainerDied { exit_code, .. } => {
                let lasted = self.started_at.map_or(0, |started| event.at.since(started).as_secs());
                tell("execDuration", lasted.to_string());
                tell("exitCode", exit_code.to_string());
            }
            EventKind::ContainerKilled { signal, .. } => tell("signal", signal.to_string()),
            EventKind::ExecStarted { exec, .. } => tell("execID", exec_id(*exec)),
            EventKind::ExecEnded { exec, exit_code, .. } => {
                tell("execID", exec_id(*exec));
                tell("exitCode", exit_code.to_string());
            }
            _ => {}
        }
        found
    }
}

fn exec_id(exec: ExecId) -> String {
    hexadecimal("exec", &exec.0.to_string()).to_string()
}

/// The event of a network or a volume.
fn resource_event(event: &Event, about: &BTreeMap<ContainerId, About>) -> Option<Happened> {
    let happened = |kind, action: &str, id: Rc<str>, attributes: Vec<(&str, String)>| {
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Some(Happened { at: event.at, kind, action: action.to_owned(), id, image: None, attributes })
    };
    let driver = || ("driver", "local".to_owned());
    let network = |action, name: &Rc<str>, number| {
        let attributes = vec![("name", name.to_string()), ("type", "bridge".to_owned())];
        happened("network", action, network_id(name, number), attributes)
    };
    match &event.kind {
        EventKind::NetworkCreated { name, number } => network("create", name, *number),
        EventKind::NetworkDestroyed { name, number } => network("destroy", name, *number),
        EventKind::VolumeCreated { name, .. } => happened("volume", "create", name.clone(), vec![driver()]),
        EventKind::VolumeDestroyed { name } => happened("volume", "destroy", name.clone(), vec![driver()]),
        EventKind::VolumeMounted { container, mounted } => {
            let (about, destination) = (about.get(container)?, &mounted.destination);
            let mount = about.created.mounts.iter().find(|mount| mount.destination == *destination);
            let attributes = vec![
                ("container", about.id.to_string()),
                ("destination", destination.to_string()),
                driver(),
                ("propagation", String::new()),
                ("read/write", mount.is_none_or(|mount| mount.writable).to_string()),
            ];
            happened("volume", "mount", mounted.name.clone(), attributes)
        }
        EventKind::VolumeUnmounted { name, container } => {
            let attributes = vec![("container", about.get(container)?.id.to_string()), driver()];
            happened("volume", "unmount", name.clone(), attributes)
        }
        _ => None,
    }
}

/// Which container an event is about, and what the engine calls it; nothing for what the engine does not announce.
fn container_actions(kind: &EventKind) -> Option<(ContainerId, Vec<String>)> {
    let plain = |container: &ContainerId, action: &str| Some((*container, vec![action.to_owned()]));
    match kind {
        EventKind::ContainerCreated(created) => plain(&created.container, "create"),
        EventKind::ContainerRenamed { container, .. } => plain(container, "rename"),
        EventKind::ContainerStarted { container } => plain(container, "start"),
        EventKind::ContainerKilled { container, .. } => plain(container, "kill"),
        EventKind::ContainerOutOfMemory { container } => plain(container, "oom"),
        EventKind::ContainerDied { container, .. } => plain(container, "die"),
        EventKind::ContainerStopped { container } => plain(container, "stop"),
        EventKind::ContainerRestarted { container } => plain(container, "restart"),
        EventKind::ContainerPaused { container } => plain(container, "pause"),
        EventKind::ContainerUnpaused { container } => plain(container, "unpause"),
        EventKind::ContainerDestroyed { container } => plain(container, "destroy"),
        EventKind::HealthChanged { container, health, announced: true, .. } => match health {
            Health::Healthy => plain(container, "health_status: healthy"),
            Health::Unhealthy => plain(container, "health_status: unhealthy"),
            Health::Starting => None,
        },
        EventKind::ExecStarted { container, command, .. } => {
            Some((*container, vec![format!("exec_create: {command}"), format!("exec_start: {command}")]))
        }
        EventKind::ExecEnded { outcome: ExecOutcome::NotLaunched, .. } => None,
        EventKind::ExecEnded { container, .. } => plain(container, "exec_die"),
        _ => None,
    }
}
