//! Mutual exclusion among tasks.

use crate::kernel::sync::Notify;
use std::cell::Cell;
use std::rc::Rc;

/// A lock that one task holds at a time; the others wait in the order in which they came.
#[derive(Clone, Default)]
pub(super) struct Lock(Rc<LockState>);

#[derive(Default)]
struct LockState {
    held: Cell<bool>,
    freed: Notify,
}

/// Gives the lock back when it is dropped.
pub(super) struct Guard(Lock);

impl Lock {
    /// Waits until nobody holds the lock.
    pub async fn acquire(&self) -> Guard {
        while self.0.held.get() {
            let freed = self.0.freed.notified();
            freed.await;
        }
        self.0.held.set(true);
        Guard(self.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.held.set(false);
        self.0.0.freed.notify_all();
    }
}
