//! The containers that a command stays with: what happens to them, until none of them is left that runs or will. For an attached
//! `up` and for `logs --follow`. Must not know what is made of it.

use super::super::context::Context;
use super::containers::{self, OneOff, Reach};
use super::labels;
use crate::sim::engine::{ContainerState, ContainerView, EventReader};
use crate::sim::log::{ContainerId, EventKind};
use std::collections::BTreeSet;

/// What happened to one of the containers.
pub enum Told {
    /// It has started.
    Started(ContainerView),
    /// A run of it has ended with this code.
    Ended {
        /// The container.
        container: ContainerView,
        /// Its exit code.
        exit_code: i32,
        /// Whether it runs again, or will.
        back: bool,
    },
}

/// Follows the containers of a project.
pub struct Monitor {
    context: Context,
    project: String,
    services: Option<BTreeSet<String>>,
    events: EventReader,
    left: BTreeSet<ContainerId>,
}

impl Monitor {
    /// A monitor of these services; of all if there is none. Containers that do not run count: one that is never started keeps
    /// the command waiting.
    pub async fn new(context: &Context, project: &str, services: Option<BTreeSet<String>>) -> Self {
        let events = context.engine.subscribe();
        let found = containers::of_project(context, project, OneOff::Exclude, Reach::All).await;
        let mut monitor =
            Self { context: context.clone(), project: project.to_owned(), services, events, left: BTreeSet::new() };
        let ours = found.iter().filter(|container| monitor.counts(container));
        monitor.left = ours.map(|container| container.container).collect();
        monitor
    }

    /// What happens next; nothing if none of the containers is left.
    pub async fn next(&mut self) -> Option<Told> {
        while !self.left.is_empty() {
            let (_, event) = self.events.next().await;
            match event.kind {
                EventKind::ContainerCreated(created) if self.ours(created.container).is_some() => {
                    self.left.insert(created.container);
                }
                EventKind::ContainerStarted { container } => {
                    if let Some(view) = self.ours(container) {
                        self.left.insert(container);
                        return Some(Told::Started(view));
                    }
                }
                EventKind::ContainerDied { container, exit_code } => {
                    let Some(view) = self.ours(container) else { continue };
                    let back = is_back(&view);
                    if !back {
                        self.left.remove(&container);
                    }
                    return Some(Told::Ended { container: view, exit_code, back });
                }
                // A stop that catches a container between two runs of a crash loop: no run ends.
                EventKind::ContainerStopped { container }
                    if self.ours(container).is_none_or(|view| !is_back(&view)) =>
                {
                    self.left.remove(&container);
                }
                _ => {}
            }
        }
        None
    }

    /// The container, if it is one of those that count.
    fn ours(&self, container: ContainerId) -> Option<ContainerView> {
        let view = self.context.engine.inspect_container(container).ok()?;
        self.counts(&view).then_some(view)
    }

    fn counts(&self, container: &ContainerView) -> bool {
        let same = containers::label(container, labels::PROJECT) == self.project;
        let services = self.services.as_ref();
        same && !containers::is_one_off(container)
            && services.is_none_or(|services| services.contains(containers::service(container)))
    }
}

/// Whether a container whose run has ended runs again, or will.
fn is_back(container: &ContainerView) -> bool {
    matches!(container.state, ContainerState::Restarting | ContainerState::Running)
}
