//! The deterministic executor: every concurrent thing is a task, polled in the order of (instant, sequence).
//!
//! One thread, no real clock: when no task is ready the clock jumps to the next timer. A task may belong to a
//! [`Freezer`]; while that is frozen the task is not polled, and what woke it waits for the thaw. Must not know
//! processes, files or anything that runs on it.

use super::freezer::Freezer;
use super::join::{Join, watched};
use super::ready::{ReadyQueue, TaskWaker};
use super::select::Timeout;
use super::time::Instant;
use super::timers::{Timers, Wakes};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How many polls one instant may take before [`Outcome::Bound`] says that time stands still.
pub const STEPS_PER_INSTANT: u32 = 1_000_000;

/// How many tasks may exist at once.
pub const MOST_TASKS: usize = 200_000;

/// How many places for tasks are made at a time.
const SLOTS_AT_ONCE: usize = 32;

/// Why the executor stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No task is ready and no timer is armed: nothing will ever happen by itself.
    Idle,
    /// Everything due up to the deadline has run; the clock stands at the deadline.
    Deadline,
    /// The task that was waited for has ended.
    Ended,
    /// A bound was hit; running again goes on from here with a fresh allowance.
    Bound(Bound),
}

/// The executor's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// More than [`STEPS_PER_INSTANT`] polls without the clock moving.
    StepsPerInstant,
    /// More than [`MOST_TASKS`] tasks at once; further ones are aborted at birth.
    Tasks,
}

/// The executor: a cheap handle, all clones are the same one.
#[derive(Clone)]
pub struct Tasks(Rc<Executor>);

struct Executor {
    now: Cell<Instant>,
    steps: Cell<u32>,
    too_many: Cell<bool>,
    running: Cell<Option<usize>>,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<usize>>,
    ready: ReadyQueue,
    timers: RefCell<Timers>,
}

/// What a task does.
pub(super) type Body = Pin<Box<dyn Future<Output = ()>>>;

/// A place for a task. Its waker is kept when the task ends and serves the next one: a stale wake is one poll too many.
struct Slot {
    waker: Rc<Waker>,
    queued: Arc<TaskWaker>,
    generation: u64,
    future: Option<Body>,
    freezer: Option<Freezer>,
    aborted: bool,
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Tasks {
    /// An executor without tasks, at the start of time.
    pub fn new() -> Self {
        Self(Rc::new(Executor {
            now: Cell::new(Instant::START),
            steps: Cell::new(0),
            too_many: Cell::new(false),
            running: Cell::new(None),
            slots: RefCell::default(),
            free: RefCell::default(),
            ready: ReadyQueue::default(),
            timers: RefCell::default(),
        }))
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.0.now.get()
    }

    /// Runs `future` as a task of its own, from the end of the queue of this instant.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Join<T> {
        self.spawn_frozen_by(None, future)
    }

    /// Like [`Tasks::spawn`], for a task that stands still while `freezer` is frozen.
    pub fn spawn_in<T: 'static>(&self, freezer: &Freezer, future: impl Future<Output = T> + 'static) -> Join<T> {
        self.spawn_frozen_by(Some(freezer.clone()), future)
    }

    fn spawn_frozen_by<T: 'static>(
        &self,
        freezer: Option<Freezer>,
        future: impl Future<Output = T> + 'static,
    ) -> Join<T> {
        let (body, state) = watched(future);
        let task = self.start(freezer, body);
        Join::new(self, task, state)
    }

    /// Runs `body` as a task whose end nobody waits for.
    pub(super) fn start(&self, freezer: Option<Freezer>, body: Body) -> TaskKey {
        let free = self.0.free.borrow_mut().pop();
        let mut slots = self.0.slots.borrow_mut();
        if free.is_none() && slots.len() >= MOST_TASKS {
            drop(slots);
            self.0.too_many.set(true);
            drop(body);
            return TaskKey { slot: usize::MAX, generation: 0 };
        }
        let at = free.unwrap_or_else(|| self.add_slots(&mut slots));
        let slot = &mut slots[at];
        slot.future = Some(body);
        slot.freezer = freezer;
        self.0.ready.push(&slot.queued);
        TaskKey { slot: at, generation: slot.generation }
    }

    /// Adds some slots at once, so that what belongs to them lies side by side; the first of them.
    fn add_slots(&self, slots: &mut Vec<Slot>) -> usize {
        let first = slots.len();
        slots.extend((first..first + SLOTS_AT_ONCE).map(|at| Slot::new(self.0.ready.waker(at))));
        self.0.free.borrow_mut().extend((first + 1..first + SLOTS_AT_ONCE).rev());
        first
    }

    /// Ends after `span`. Dropping it cancels the timer.
    pub fn sleep(&self, span: Duration) -> Sleep {
        self.sleep_until(self.now() + span)
    }

    /// Ends at `at`, or at once if that has passed. Dropping it cancels the timer.
    pub fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep { tasks: self.clone(), at, timer: None }
    }

    /// `future`'s result, or `None` if `span` passes first.
    pub fn timeout<F: Future>(&self, span: Duration, future: F) -> Timeout<F> {
        Timeout::new(future, self.sleep(span))
    }

    /// Lets every other task that is ready now run first.
    pub async fn yield_now(&self) {
        let mut yielded = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// When the next timer is due, if any is armed.
    pub fn next_timer(&self) -> Option<Instant> {
        self.0.timers.borrow_mut().next()
    }

    /// Runs everything that is due up to and including `deadline`, jumping the clock from timer to timer.
    pub fn run_until(&self, deadline: Instant) -> Outcome {
        self.run(deadline, || false)
    }

    /// Runs until the task behind `join` has ended, or until `limit`.
    pub fn run_to_completion<T>(&self, join: &Join<T>, limit: Instant) -> Outcome {
        self.run(limit, || join.is_done())
    }

    fn run(&self, deadline: Instant, done: impl Fn() -> bool) -> Outcome {
        loop {
            while let Some(slot) = self.0.ready.pop() {
                self.poll(slot);
                if let Some(bound) = self.count_step() {
                    return Outcome::Bound(bound);
                }
                if done() {
                    return Outcome::Ended;
                }
            }
            if done() {
                return Outcome::Ended;
            }
            let Some(next) = self.next_timer() else {
                self.advance(deadline);
                return Outcome::Idle;
            };
            if next > deadline {
                self.advance(deadline);
                return Outcome::Deadline;
            }
            self.advance(next);
            self.fire(next);
        }
    }

    /// Drops every task, so that what they hold is freed although they hold the executor.
    pub fn abort_all(&self) {
        let count = self.0.slots.borrow().len();
        for at in 0..count {
            let future = self.0.slots.borrow_mut().get_mut(at).and_then(|slot| slot.future.take());
            drop(future);
        }
    }

    fn count_step(&self) -> Option<Bound> {
        if self.0.too_many.take() {
            return Some(Bound::Tasks);
        }
        self.0.steps.set(self.0.steps.get() + 1);
        if self.0.steps.get() < STEPS_PER_INSTANT {
            return None;
        }
        self.0.steps.set(0);
        Some(Bound::StepsPerInstant)
    }

    fn advance(&self, to: Instant) {
        if to > self.0.now.get() {
            self.0.now.set(to);
            self.0.steps.set(0);
        }
    }

    fn fire(&self, now: Instant) {
        loop {
            let due = self.0.timers.borrow_mut().pop_due(now);
            match due {
                Some(Wakes::Task(slot)) => self.0.ready.push(&self.0.slots.borrow()[slot].queued),
                Some(Wakes::Waker(waker)) => waker.wake(),
                None => return,
            }
        }
    }

    fn poll(&self, at: usize) {
        let taken = {
            let mut slots = self.0.slots.borrow_mut();
            let slot = &mut slots[at];
            slot.queued.leaves_queue();
            match slot.freezer.as_ref().and_then(Freezer::holding) {
                Some(freezer) => {
                    freezer.park(Waker::clone(&slot.waker));
                    None
                }
                None => slot.future.take().map(|future| (future, slot.waker.clone())),
            }
        };
        let Some((mut future, waker)) = taken else { return };
        let outer = self.0.running.replace(Some(at));
        let ended = future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        self.0.running.set(outer);
        let mut slots = self.0.slots.borrow_mut();
        let slot = &mut slots[at];
        if ended || slot.aborted {
            slot.vacate();
            drop(slots);
            drop(future);
            self.0.free.borrow_mut().push(at);
        } else {
            slot.future = Some(future);
        }
    }

    /// What a sleep of the task that runs wakes: the task itself, or what stands between them and has a waker of its own.
    fn wakes(&self, waker: &Waker) -> Wakes {
        let slots = self.0.slots.borrow();
        let running = self.0.running.get().filter(|at| slots[*at].waker.will_wake(waker));
        running.map_or_else(|| Wakes::Waker(waker.clone()), Wakes::Task)
    }

    /// What wakes a task, if it has not ended.
    pub(super) fn waker(&self, task: TaskKey) -> Waker {
        let slots = self.0.slots.borrow();
        let slot = slots.get(task.slot).filter(|slot| slot.generation == task.generation);
        slot.map_or_else(|| Waker::noop().clone(), |slot| Waker::clone(&slot.waker))
    }

    /// Ends a task now, see [`Join::abort`].
    pub(super) fn abort(&self, task: TaskKey) {
        let at = task.slot;
        let mut slots = self.0.slots.borrow_mut();
        let Some(slot) = slots.get_mut(at).filter(|slot| slot.generation == task.generation) else { return };
        if self.0.running.get() == Some(at) {
            slot.aborted = true;
            return;
        }
        let Some(future) = slot.future.take() else { return };
        slot.vacate();
        drop(slots);
        drop(future);
        self.0.free.borrow_mut().push(at);
    }
}

impl Slot {
    fn new(queued: Arc<TaskWaker>) -> Self {
        let waker = Rc::new(Waker::from(queued.clone()));
        Self { waker, queued, generation: 0, future: None, freezer: None, aborted: false }
    }

    fn vacate(&mut self) {
        self.generation += 1;
        self.aborted = false;
        self.freezer = None;
    }
}

/// Which task; of no use once that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaskKey {
    slot: usize,
    generation: u64,
}

/// Ends at an instant. Made by [`Tasks::sleep`].
pub struct Sleep {
    tasks: Tasks,
    at: Instant,
    timer: Option<super::timers::TimerKey>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.tasks.now() >= self.at {
            return Poll::Ready(());
        }
        if self.timer.is_none() {
            let wakes = self.tasks.wakes(context.waker());
            let key = self.tasks.0.timers.borrow_mut().arm(self.tasks.now(), self.at, wakes);
            self.timer = Some(key);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.timer {
            self.tasks.0.timers.borrow_mut().cancel(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Aborted;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn tasks_run_in_the_order_of_instant_and_sequence() {
        let tasks = Tasks::new();
        let seen = Rc::new(RefCell::new(Vec::new()));
        for (name, delay) in [("c", 2), ("a", 1), ("b", 1), ("now", 0)] {
            let (tasks_inside, seen) = (tasks.clone(), seen.clone());
            tasks.spawn(async move {
                tasks_inside.sleep(seconds(delay)).await;
                seen.borrow_mut().push((name, tasks_inside.now().as_micros()));
            });
        }
        assert_eq!(tasks.run_until(at(1)), Outcome::Deadline);
        assert_eq!(*seen.borrow(), [("now", 0), ("a", 1_000_000), ("b", 1_000_000)]);
        assert_eq!(tasks.run_until(at(9)), Outcome::Idle);
        assert_eq!(seen.borrow().len(), 4);
        assert_eq!(tasks.now(), at(9));
    }

    #[test]
    fn an_aborted_task_ends_and_its_join_says_so() {
        let tasks = Tasks::new();
        let inside = tasks.clone();
        let sleeper = tasks.spawn(async move { inside.sleep(seconds(5)).await });
        tasks.run_until(at(1));
        sleeper.abort();
        assert!(sleeper.is_done());
        assert_eq!(tasks.run_until(at(2)), Outcome::Idle, "the timer is cancelled");
        let waiter = tasks.spawn(sleeper);
        assert_eq!(tasks.run_to_completion(&waiter, at(3)), Outcome::Ended);
        assert_eq!(waiter.take(), Some(Err(Aborted)));
    }

    #[test]
    fn a_frozen_task_goes_on_after_the_thaw() {
        let tasks = Tasks::new();
        let freezer = Freezer::new();
        let inside = tasks.clone();
        let sleeper = tasks.spawn_in(&freezer.within(), async move {
            inside.sleep(seconds(2)).await;
            inside.now()
        });
        tasks.run_until(at(1));
        freezer.freeze();
        assert_eq!(tasks.run_until(at(5)), Outcome::Idle);
        assert!(!sleeper.is_done());
        freezer.thaw();
        tasks.run_until(at(6));
        assert_eq!(sleeper.take(), Some(at(5)));
    }

    #[test]
    fn an_instant_that_never_ends_is_cut() {
        let tasks = Tasks::new();
        let inside = tasks.clone();
        tasks.spawn(async move {
            loop {
                inside.yield_now().await;
            }
        });
        assert_eq!(tasks.run_until(at(1)), Outcome::Bound(Bound::StepsPerInstant));
    }
}
