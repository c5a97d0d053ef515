//! What there is at an instant: containers, volumes, networks, log lines. Look-ups only, so that scrubbing stays cheap.

use super::{Report, words};
use crate::kernel::Instant;
use crate::sim::log::{ContainerId, EventId, Stream};
use crate::timeline::{ContainerLane, DataKind, DataState, PhaseKind, ProbeCount};
use std::rc::Rc;

/// A container at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerRow {
    /// Lane, as an index into the timeline's.
    pub lane: usize,
    /// Which container.
    pub container: ContainerId,
    /// Its name on the picture: `db-1`.
    pub title: String,
    /// Its name and `#n`.
    pub instance: Rc<str>,
    /// Image reference.
    pub image: Rc<str>,
    /// Docker's word for its state, with exit code where there is one: `exited (137)`.
    pub state: String,
    /// Its health in words where it has a health check and runs: `starting, 2 of 5 probes failed`.
    pub health: String,
    /// Since when it is in this state.
    pub since: Instant,
    /// The event since which it is.
    pub event: Option<EventId>,
}

/// A place where bytes live, at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeRow {
    /// Data lane, as an index into the timeline's.
    pub lane: usize,
    /// Its name: volume name, host path, or path of the container.
    pub name: String,
    /// What kind of place.
    pub kind: DataKind,
    /// What is in it, in a few words.
    pub content: String,
    /// Number of files and bytes.
    pub size: (u32, u64),
    /// Names of the containers that have it; empty: unattached.
    pub attached: Vec<String>,
}

/// A line of a container's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// When it was written.
    pub at: Instant,
    /// The event.
    pub event: EventId,
    /// Which container wrote it.
    pub container: ContainerId,
    /// Where to.
    pub stream: Stream,
    /// The line.
    pub text: Rc<str>,
}

impl Report<'_> {
    /// The containers there are at an instant, in the order of the lanes.
    pub fn containers(&self, at: Instant) -> Vec<ContainerRow> {
        let lanes = self.timeline.containers.iter().enumerate();
        lanes.filter_map(|(index, lane)| container_row(index, lane, at)).collect()
    }

    /// The places where bytes live at an instant, in the order of the lanes.
    pub fn volumes(&self, at: Instant) -> Vec<VolumeRow> {
        let lanes = self.timeline.data.iter().enumerate();
        let rows = lanes.filter_map(|(index, lane)| {
            let DataState::Present { content, attached } = &lane.segment_at(at).state else { return None };
            Some(VolumeRow {
                lane: index,
                name: data_name(&lane.key),
                kind: lane.kind,
                content: content.words(),
                size: (content.files, content.bytes),
                attached: attached.iter().map(|container| self.container(*container)).collect(),
            })
        });
        rows.collect()
    }

    /// The networks there are at an instant.
    pub fn networks(&self, at: Instant) -> Vec<Rc<str>> {
        let there = self.networks.iter().filter(|(_, from, until)| *from <= at && until.is_none_or(|until| at < until));
        there.map(|(name, ..)| name.clone()).collect()
    }

    /// All lines that had been logged by an instant, also those of containers that are gone since; the latest last.
    pub fn logs(&self, at: Instant) -> &[LogEntry] {
        &self.logs[..self.logs.partition_point(|entry| entry.at <= at)]
    }

    /// Whether a container is there at an instant: the log goes with its container.
    pub fn is_there(&self, container: ContainerId, at: Instant) -> bool {
        let lane = self.timeline.lane_of(container).map(|lane| &self.timeline.containers[lane]);
        let life = lane.and_then(|lane| lane.lives.iter().find(|life| life.container == container));
        life.is_some_and(|life| life.created.at <= at && life.destroyed.is_none_or(|gone| at < gone.at))
    }

    /// The name of a container on the picture: `db-1`.
    pub fn container_name(&self, container: ContainerId) -> String {
        self.container(container)
    }
}

fn container_row(index: usize, lane: &ContainerLane, at: Instant) -> Option<ContainerRow> {
    let phase = lane.phase_at(at);
    let life = lane.lives.get(phase.life?)?;
    let state = match &phase.kind {
        PhaseKind::Waiting(_) => "waits to start".into(),
        PhaseKind::Exited { code } => format!("exited ({code})"),
        PhaseKind::Restarting { exit_code, .. } => format!("restarting ({exit_code})"),
        PhaseKind::HealthStarting | PhaseKind::Healthy | PhaseKind::Unhealthy => "running".into(),
        PhaseKind::Stopping { .. } => "running, stopping".into(),
        kind => kind.word().into(),
    };
    Some(ContainerRow {
        lane: index,
        container: life.container,
        title: lane.title(),
        instance: life.instance.clone(),
        image: life.image.clone(),
        state,
        health: health(lane, &phase.kind, at),
        since: phase.from,
        event: phase.event,
    })
}

fn health(lane: &ContainerLane, kind: &PhaseKind, at: Instant) -> String {
    let word = match kind {
        PhaseKind::HealthStarting | PhaseKind::Healthy | PhaseKind::Unhealthy => kind.word(),
        _ => return String::new(),
    };
    let done = lane.probes_until(at).iter().rev().find(|probe| probe.ended.is_some_and(|ended| ended.at <= at));
    match done.map(|probe| probe.count) {
        Some(ProbeCount::Failures { streak, retries }) => format!("{word}, {}", words::failures(streak, retries)),
        _ => word.into(),
    }
}

pub(super) fn data_name(key: &crate::timeline::DataKey) -> String {
    use crate::timeline::DataKey;
    match key {
        DataKey::WritableLayer(lane) => lane.to_string(),
        DataKey::Volume(name) => words::volume(name),
        DataKey::Host(path) => path.to_string(),
        DataKey::Tmpfs(lane, destination) => format!("{lane}:{destination}"),
    }
}
