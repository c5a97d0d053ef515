//! The machine's two cores, which containers that start or end at the same time share.
//!
//! The rule: work takes its cost; when n pieces of a kind overlap, each goes on at 1/(share x n) of the speed, never faster
//! than alone, and beyond a limit they wait for their turn. Starts (0.65, four at once) then take the recordings' 0.19 s for
//! two, 0.28 s for three, 0.4 s for four, and of nine the first 0.4 s and the last 0.9 s; ends (0.5) take 0.18 s for three
//! and 0.28 s for five (FINDINGS §2 and the recordings themselves). Must not know what is started.

use crate::kernel::select::select;
use crate::kernel::sync::{Notify, Sender, oneshot};
use crate::kernel::{Instant, Tasks};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// How work of one kind shares the machine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sharing {
    /// How much of its speed alone each overlapping piece of work costs, in percent.
    share_percent: u64,
    /// How many are worked on at once.
    at_once: usize,
}

/// Starts of containers.
pub(super) const STARTS: Sharing = Sharing { share_percent: 65, at_once: 4 };
/// Ends of containers: mostly waiting, so they slow each other less.
pub(super) const ENDS: Sharing = Sharing { share_percent: 50, at_once: usize::MAX };

/// A handle on the machine.
#[derive(Clone)]
pub(super) struct Machine {
    tasks: Tasks,
    load: Rc<RefCell<Load>>,
    changed: Notify,
}

/// The work in progress, on a clock that runs slower the more there is: a job is done when that clock has gone on by its
/// cost. The clock counts hundredths of microseconds.
#[derive(Default)]
struct Load {
    sharing: Sharing,
    clock: u64,
    as_of: Instant,
    jobs: BTreeMap<(u64, u64), Sender<()>>,
    /// Those whose turn has not come: their cost on the clock, and whom to tell.
    waiting: VecDeque<(u64, Sender<()>)>,
    sequence: u64,
    driven: bool,
}

impl Load {
    /// How much slower than alone, in percent.
    fn slowness(&self) -> u64 {
        (self.jobs.len() as u64 * self.sharing.share_percent).max(100)
    }

    fn advance(&mut self, now: Instant) {
        let passed = now.since(self.as_of).as_micros() as u64;
        self.clock += passed * 10_000 / self.slowness();
        self.as_of = now;
    }

    /// When the first job is done, if none is added.
    fn next(&self) -> Option<Duration> {
        let ((end, _), _) = self.jobs.first_key_value()?;
        let left = end.saturating_sub(self.clock);
        Some(Duration::from_micros((left * self.slowness()).div_ceil(10_000)))
    }

    fn add(&mut self, cost: u64, done: Sender<()>) {
        if self.jobs.len() >= self.sharing.at_once {
            self.waiting.push_back((cost, done));
            return;
        }
        self.sequence += 1;
        self.jobs.insert((self.clock + cost, self.sequence), done);
    }

    fn finish_due(&mut self) {
        while let Some(entry) = self.jobs.first_entry() {
            if entry.key().0 > self.clock {
                break;
            }
            entry.remove().send(());
        }
        while self.jobs.len() < self.sharing.at_once
            && let Some((cost, done)) = self.waiting.pop_front()
        {
            self.add(cost, done);
        }
    }
}

impl Machine {
    pub fn new(tasks: &Tasks, sharing: Sharing) -> Self {
        let load = Rc::new(RefCell::new(Load { sharing, ..Load::default() }));
        Self { tasks: tasks.clone(), load, changed: Notify::new() }
    }

    /// Works for `cost`, longer if others work at the same time.
    pub async fn work(&self, cost: Duration) {
        let (done, wait) = oneshot();
        {
            let mut load = self.load.borrow_mut();
            load.advance(self.tasks.now());
            load.add(cost.as_micros() as u64 * 100, done);
        }
        self.changed.notify_all();
        let idle = !std::mem::replace(&mut self.load.borrow_mut().driven, true);
        if idle {
            self.tasks.spawn(self.clone().drive());
        }
        let _ = wait.await;
    }

    /// Finishes jobs until there is none.
    async fn drive(self) {
        loop {
            let changed = self.changed.notified();
            let next = {
                let mut load = self.load.borrow_mut();
                load.advance(self.tasks.now());
                load.finish_due();
                let next = load.next();
                load.driven = next.is_some();
                next
            };
            let Some(next) = next else { return };
            select(self.tasks.sleep(next), changed).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(count: usize) -> Vec<u64> {
        let tasks = Tasks::new();
        let machine = Machine::new(&tasks, STARTS);
        let joins: Vec<_> = (0..count)
            .map(|_| {
                let (machine, tasks_inside) = (machine.clone(), tasks.clone());
                tasks.spawn(async move {
                    machine.work(Duration::from_millis(150)).await;
                    tasks_inside.now().as_micros() / 1000
                })
            })
            .collect();
        tasks.run_until(Instant::from_micros(60_000_000));
        joins.iter().filter_map(|join| join.take()).collect()
    }

    #[test]
    fn starts_that_overlap_slow_each_other() {
        assert_eq!(ends(1), [150]);
        assert_eq!(ends(2), [195, 195]);
        assert_eq!(ends(8), [390, 390, 390, 390, 780, 780, 780, 780]);
    }
}
