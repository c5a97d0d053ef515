//! What makes tasks stand still: a pause. Must not know why, nor what the tasks do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

/// Stops the tasks spawned in it from being polled while it, or the freezer it was made within, is frozen. Timers go on:
/// one that is due in the meantime fires at the thaw.
#[derive(Clone, Default)]
pub struct Freezer(Rc<FreezerState>);

#[derive(Default)]
struct FreezerState {
    outer: Option<Freezer>,
    frozen: Cell<bool>,
    parked: RefCell<Vec<Waker>>,
}

impl Freezer {
    /// A freezer that is not frozen.
    pub fn new() -> Self {
        Self::default()
    }

    /// A freezer whose tasks also stand still while `self` is frozen.
    pub fn within(&self) -> Self {
        Self(Rc::new(FreezerState { outer: Some(self.clone()), ..FreezerState::default() }))
    }

    /// From now on none of its tasks is polled.
    pub fn freeze(&self) {
        self.0.frozen.set(true);
    }

    /// Its tasks go on; those woken in the meantime, in the order in which they were.
    pub fn thaw(&self) {
        self.0.frozen.set(false);
        for waker in self.0.parked.take() {
            waker.wake();
        }
    }

    /// Whether this freezer itself is frozen.
    pub fn is_frozen(&self) -> bool {
        self.0.frozen.get()
    }

    /// Wakes a task at the thaw.
    pub(super) fn park(&self, waker: Waker) {
        self.0.parked.borrow_mut().push(waker);
    }

    /// The freezer that is frozen, this one or one around it.
    pub(super) fn holding(&self) -> Option<&Freezer> {
        if self.0.frozen.get() {
            return Some(self);
        }
        self.0.outer.as_ref().and_then(Freezer::holding)
    }
}
