//! The executor's queue: which tasks are ready to be polled, those first that were woken first.
//!
//! Wakers may be used on any thread, so what they wake goes through a lock; what the executor wakes by itself does not, as
//! long as the order stays. Must not know what a task is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

/// The queue, by the tasks' slots.
#[derive(Default)]
pub(super) struct ReadyQueue {
    /// Woken before all that is in `woken`.
    first: RefCell<VecDeque<usize>>,
    woken: Arc<Woken>,
}

/// What wakers have woken.
#[derive(Default)]
struct Woken {
    any: AtomicBool,
    slots: Mutex<VecDeque<usize>>,
}

/// What wakes the task in a slot.
pub(super) struct TaskWaker {
    slot: usize,
    queued: AtomicBool,
    woken: Arc<Woken>,
}

impl ReadyQueue {
    /// What wakes the task in `slot` of this queue's executor.
    pub(super) fn waker(&self, slot: usize) -> Arc<TaskWaker> {
        Arc::new(TaskWaker { slot, queued: AtomicBool::new(false), woken: self.woken.clone() })
    }

    /// Puts a task at the end, unless it is in the queue already.
    pub(super) fn push(&self, task: &TaskWaker) {
        if !task.take_turn() {
            return;
        }
        if self.woken.any.load(Ordering::Acquire) {
            self.woken.push(task.slot);
        } else {
            self.first.borrow_mut().push_back(task.slot);
        }
    }

    /// Takes the first.
    pub(super) fn pop(&self) -> Option<usize> {
        let mut first = self.first.borrow_mut();
        let slot = first.pop_front();
        if slot.is_some() || !self.woken.any.load(Ordering::Acquire) {
            return slot;
        }
        let mut slots = self.woken.slots.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *first, &mut *slots);
        self.woken.any.store(false, Ordering::Release);
        first.pop_front()
    }
}

impl Woken {
    fn push(&self, slot: usize) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).push_back(slot);
        self.any.store(true, Ordering::Release);
    }
}

impl TaskWaker {
    /// From now on a wake puts the task into the queue again.
    pub(super) fn leaves_queue(&self) {
        self.queued.store(false, Ordering::Relaxed);
    }

    /// Whether the task was not in the queue. Two threads at once may both be told so: a poll too many.
    fn take_turn(&self) -> bool {
        let queued = self.queued.load(Ordering::Relaxed);
        self.queued.store(true, Ordering::Relaxed);
        !queued
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.take_turn() {
            self.woken.push(self.slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wakes_first_woken_is_first() {
        let queue = ReadyQueue::default();
        let tasks: Vec<Arc<TaskWaker>> = (0..5).map(|slot| queue.waker(slot)).collect();
        queue.push(&tasks[4]);
        tasks[0].wake_by_ref();
        queue.push(&tasks[3]);
        queue.push(&tasks[4]);
        tasks[3].wake_by_ref();
        assert_eq!(queue.pop(), Some(4));
        tasks[4].leaves_queue();
        queue.push(&tasks[4]);
        assert_eq!(queue.pop(), Some(0));
        queue.push(&tasks[1]);
        let rest: Vec<usize> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [3, 4, 1]);
    }
}
