//! The stream of events, for clients that follow what happens.

use super::Engine;
use crate::sim::log::{Event, EventId};
use crate::sim::recorder::Recorder;

impl Engine {
    /// All events of the session, those that have happened first.
    pub fn history(&self) -> EventReader {
        EventReader { recorder: self.recorder().clone(), next: 0 }
    }

    /// Events from now on.
    pub fn subscribe(&self) -> EventReader {
        EventReader { recorder: self.recorder().clone(), next: self.recorder().len() }
    }
}

/// Reads the log's events one after the other as they happen.
pub struct EventReader {
    recorder: Recorder,
    next: usize,
}

impl EventReader {
    /// The next event; waits for it.
    pub async fn next(&mut self) -> (EventId, Event) {
        loop {
            let appended = self.recorder.appended();
            if let Some(found) = self.poll() {
                return found;
            }
            appended.await;
        }
    }

    /// The next event if it has happened already.
    pub fn poll(&mut self) -> Option<(EventId, Event)> {
        let event = self.recorder.log().events.get(self.next).cloned()?;
        let id = EventId(self.next as u32);
        self.next += 1;
        Some((id, event))
    }
}
