//! What happens to containers, in the engine's own names, for `events`: what has happened, then what happens. Must not know who
//! prints it.

use super::clock::Clock;
use super::compose::labels;
use super::context::Context;
use super::moment::Window;
use crate::kernel::Instant;
use crate::sim::engine::EventReader;
use crate::sim::log::{ContainerCreated, ContainerId, Event, EventKind, Health};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What an event's line says of its container, which may be gone by now.
#[derive(Clone, Debug)]
pub struct About {
    /// Its id: 64 hexadecimal digits.
    pub id: Rc<str>,
    /// Its name at that moment.
    pub name: Rc<str>,
    /// Image reference.
    pub image: Rc<str>,
    created: Rc<ContainerCreated>,
    started_at: Option<Instant>,
}

impl About {
    /// The text of one of the labels Compose gives; empty without it.
    pub fn label(&self, name: &str) -> &str {
        match name {
            labels::PROJECT => self.created.project.as_deref().unwrap_or_default(),
            labels::SERVICE => self.created.service.as_deref().unwrap_or_default(),
            labels::ONE_OFF if self.created.project.is_none() => "",
            labels::ONE_OFF => {
                if self.created.one_off {
                    "True"
                } else {
                    "False"
                }
            }
            _ => "",
        }
    }
}

/// An event of a container.
pub struct Happened {
    /// When.
    pub at: Instant,
    /// The engine's name for it.
    pub action: String,
    /// Its container.
    pub about: About,
    kind: EventKind,
}

impl Happened {
    /// What the engine tells beside it, by name.
    pub fn attributes(&self) -> BTreeMap<&'static str, String> {
        let mut found =
            BTreeMap::from([("image", self.about.image.to_string()), ("name", self.about.name.to_string())]);
        match &self.kind {
            EventKind::ContainerDied { exit_code, .. } => {
                let lasted = self.about.started_at.map_or(0, |started| self.at.since(started).as_secs());
                found.insert("execDuration", lasted.to_string());
                found.insert("exitCode", exit_code.to_string());
            }
            EventKind::ContainerKilled { signal, .. } => {
                found.insert("signal", signal.to_string());
            }
            EventKind::ExecEnded { exit_code, .. } => {
                found.insert("exitCode", exit_code.to_string());
            }
            _ => {}
        }
        found
    }

    /// The same as one text.
    pub fn attribute_text(&self) -> String {
        let texts: Vec<String> = self.attributes().iter().map(|(name, value)| format!("{name}={value}")).collect();
        texts.join(", ")
    }
}

/// Follows the containers' events from the window's beginning, or from now on.
pub struct Follower {
    events: EventReader,
    window: Window,
    clock: Clock,
    told_from: usize,
    about: BTreeMap<ContainerId, About>,
}

impl Follower {
    /// Begins to follow; the past is told if the window reaches there.
    pub fn new(context: &Context, window: Window, clock: Clock) -> Self {
        let told_from = if window.since.is_some() { 0 } else { context.engine.recorder().len() };
        let events = context.engine.history();
        Self { events, window, clock, told_from, about: BTreeMap::new() }
    }

    /// The next event that is told; waits for it.
    pub async fn next(&mut self) -> Happened {
        loop {
            let (id, event) = self.events.next().await;
            let known = self.learn(&event);
            let Some((container, action)) = container_action(&event.kind) else { continue };
            let Some(about) = known.or_else(|| self.about.get(&container).cloned()) else { continue };
            if (id.0 as usize) >= self.told_from && self.window.holds(self.clock, event.at) {
                return Happened { at: event.at, action, about, kind: event.kind };
            }
        }
    }

    /// Keeps in mind what is told with a container's events; what was known of one that is gone now.
    fn learn(&mut self, event: &Event) -> Option<About> {
        match &event.kind {
            EventKind::ContainerCreated(created) => {
                let about = about(created);
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

fn about(created: &ContainerCreated) -> About {
    About {
        id: crate::sim::engine::identity::container_id(&created.instance),
        name: created.name.clone(),
        image: created.image.clone(),
        created: Rc::new(created.clone()),
        started_at: None,
    }
}

/// Which container an event is about, and what the engine calls it; nothing for what the engine does not announce.
fn container_action(kind: &EventKind) -> Option<(ContainerId, String)> {
    let plain = |container: &ContainerId, action: &str| Some((*container, action.to_owned()));
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
        EventKind::ExecStarted { container, command, .. } => Some((*container, format!("exec_start: {command}"))),
        EventKind::ExecEnded { container, .. } => plain(container, "exec_die"),
        _ => None,
    }
}
