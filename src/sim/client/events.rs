//! The engine's own names for what happens to containers, for `events`. Must not know who prints them.

use crate::sim::log::{ContainerId, EventKind, Health};

/// Which container an event is about, and what the engine calls it; nothing for what the engine does not announce.
pub fn container_action(kind: &EventKind) -> Option<(ContainerId, String)> {
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
