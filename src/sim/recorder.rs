//! Keeps the session's log and the world in step: the only way an event comes into being. Must not know why it does.

use super::log::{Cause, Event, EventId, EventKind, EventLog};
use super::world::World;
use crate::kernel::Instant;
use crate::kernel::sync::{Notified, Notify};
use std::cell::{Ref, RefCell};
use std::rc::Rc;

/// A cheap handle on the log and the world it folds to.
#[derive(Clone, Default)]
pub struct Recorder {
    recorded: Rc<RefCell<Recorded>>,
    appended: Notify,
}

#[derive(Default)]
struct Recorded {
    log: EventLog,
    world: World,
}

impl Recorder {
    /// Appends an event that happens at `at` and folds it into the world.
    pub fn record(&self, at: Instant, cause: Cause, kind: EventKind) -> EventId {
        let mut recorded = self.recorded.borrow_mut();
        let id = EventId(recorded.log.events.len() as u32);
        let event = Event { at, cause, kind };
        recorded.world.apply(id, &event);
        recorded.log.events.push(event);
        drop(recorded);
        self.appended.notify_all();
        id
    }

    /// Ends at the next event after this call.
    pub fn appended(&self) -> Notified {
        self.appended.notified()
    }

    /// The world as of the last event.
    pub fn world(&self) -> Ref<'_, World> {
        Ref::map(self.recorded.borrow(), |recorded| &recorded.world)
    }

    /// The log so far.
    pub fn log(&self) -> Ref<'_, EventLog> {
        Ref::map(self.recorded.borrow(), |recorded| &recorded.log)
    }

    /// Number of events so far.
    pub fn len(&self) -> usize {
        self.recorded.borrow().log.events.len()
    }

    /// Whether nothing happened yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the finished log.
    pub fn finish(&self, end: Instant) -> EventLog {
        let mut log = std::mem::take(&mut self.recorded.borrow_mut().log);
        log.end = end;
        log
    }
}
