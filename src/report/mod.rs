//! The event log as words: why something happened, why something has not happened yet, the journal, the state and the
//! logs at an instant, and what data survive which command next.
//!
//! Computes no new facts: all it says is in the log or in the [`Timeline`] folded from it. Must not know the DOM.
//!
//! The wording stands in two files: [`rules`] (the rules of Docker) and `words` (names, states, sentences).

pub mod explanation;
pub mod journal;
pub mod pending;
pub mod rules;
pub mod state;
pub mod survival;
mod words;

#[cfg(test)]
mod tests;

pub use explanation::{Explanation, Link};
pub use journal::{JournalLine, Weight};
pub use pending::Pending;
pub use state::{ContainerRow, LogEntry, VolumeRow};
pub use survival::{NextCommand, Survival, SurvivalCell, SurvivalRow};

use crate::kernel::Instant;
use crate::sim::log::{Event, EventId, EventKind, EventLog, ExecId};
use crate::timeline::Timeline;
use std::collections::BTreeMap;
use std::rc::Rc;

/// All reports of one session. Made once per log; every question is then answered by look-ups.
pub struct Report<'a> {
    log: &'a EventLog,
    timeline: &'a Timeline,
    /// What the learner did in each step, as it was typed: `docker compose up -d`.
    steps: &'a [String],
    /// The start of each exec.
    execs: BTreeMap<ExecId, EventId>,
    /// Starts of probes, by instant, for "the next probe".
    logs: Vec<LogEntry>,
    /// Networks with the instants of their creation and removal.
    networks: Vec<(Rc<str>, Instant, Option<Instant>)>,
}

impl<'a> Report<'a> {
    /// Prepares the reports of a log, its timeline, and the words of its steps.
    pub fn new(log: &'a EventLog, timeline: &'a Timeline, steps: &'a [String]) -> Self {
        let mut report = Self { log, timeline, steps, execs: BTreeMap::new(), logs: Vec::new(), networks: Vec::new() };
        for (index, event) in log.events.iter().enumerate() {
            report.index(EventId(index as u32), event);
        }
        report
    }

    fn index(&mut self, id: EventId, event: &Event) {
        match &event.kind {
            EventKind::ExecStarted { exec, .. } => {
                self.execs.insert(*exec, id);
            }
            EventKind::LogLine { container, stream, text } => {
                let entry =
                    LogEntry { at: event.at, event: id, container: *container, stream: *stream, text: text.clone() };
                self.logs.push(entry);
            }
            EventKind::NetworkCreated { name, .. } => self.networks.push((name.clone(), event.at, None)),
            EventKind::NetworkDestroyed { name, .. } => {
                let known = self.networks.iter_mut().rev().find(|network| network.0 == *name);
                if let Some(network) = known {
                    network.2 = Some(event.at);
                }
            }
            _ => {}
        }
    }

    fn event(&self, id: EventId) -> Option<&'a Event> {
        self.log.events.get(id.0 as usize)
    }
}
