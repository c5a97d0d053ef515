//! The journal: one line per event that matters.

use super::Report;
use crate::kernel::Instant;
use crate::sim::log::{DataPlace, EventId, EventKind, ExecOutcome};
use std::collections::BTreeMap;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalLine {
    /// When.
    pub at: Instant,
    /// Which event.
    pub event: EventId,
    /// How much it matters.
    pub weight: Weight,
    /// What happened, without a full stop.
    pub sentence: String,
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Shown on demand: single probes, mounts, signals.
    Detail,
    /// A change of state.
    Change,
    /// Something the learner did.
    Step,
    /// Something failed or was lost.
    Alarm,
}

impl Report<'_> {
    /// All lines, in order.
    pub fn journal(&self) -> Vec<JournalLine> {
        let mut summaries: BTreeMap<&DataPlace, &str> = BTreeMap::new();
        let events = self.log.events.iter().enumerate();
        let lines = events.filter_map(|(index, event)| {
            let weight = weight(&event.kind)?;
            if let EventKind::DataSummary { place, text } = &event.kind
                && summaries.insert(place, text) == Some(text)
            {
                return None;
            }
            Some(JournalLine { at: event.at, event: EventId(index as u32), weight, sentence: self.sentence(event) })
        });
        lines.collect()
    }
}

/// How much a kind of event matters; `None` for what has a place of its own (output, logs, files) or says nothing new.
fn weight(kind: &EventKind) -> Option<Weight> {
    use EventKind as E;
    Some(match kind {
        E::StepBegan { .. } | E::FileEdited { .. } | E::Request { .. } | E::FaultInjected { .. } => Weight::Step,
        E::StepEnded { exit_code: Some(code), .. } if *code != 0 => Weight::Alarm,
        E::StepEnded { .. } => Weight::Detail,
        E::Output { .. } | E::LogLine { .. } | E::FileWritten(_) | E::FileRemoved { .. } => return None,
        E::WaitEnded { failure: Some(_), .. } => Weight::Alarm,
        E::WaitBegan(_) | E::WaitEnded { .. } => Weight::Change,
        E::NetworkCreated { .. } | E::NetworkDestroyed { .. } | E::PortBound { .. } => Weight::Detail,
        E::VolumeMounted { .. } | E::VolumeUnmounted { .. } | E::ContainerRenamed { .. } => Weight::Detail,
        E::VolumeCreated { .. } | E::BehaviourGuessed { .. } => Weight::Change,
        E::VolumeDestroyed { .. } | E::DataLost { .. } | E::BoundHit { .. } => Weight::Alarm,
        E::ContainerStartFailed { .. } | E::ContainerOutOfMemory { .. } => Weight::Alarm,
        E::ContainerDied { exit_code, .. } if *exit_code != 0 => Weight::Alarm,
        E::ContainerKilled { .. } | E::ContainerStopped { .. } | E::ContainerRestarted { .. } => Weight::Detail,
        E::HealthChanged { announced: true, .. } => Weight::Change,
        E::HealthChanged { .. } => Weight::Detail,
        E::ExecStarted { probe: true, .. } => return None,
        E::ExecEnded { outcome: ExecOutcome::Exited, .. } | E::ExecStarted { .. } | E::ExecEnded { .. } => {
            Weight::Detail
        }
        _ => Weight::Change,
    })
}
