//! The machine's two cores, which containers that start at the same time share.
//!
//! The rule: a start takes its cost; when n starts overlap, each goes on at 1/(0.65 n) of the speed, never faster than
//! alone. That gives the recordings' 0.19 s for two, 0.28 s for three and about 0.9 s for eight (FINDINGS §2). Must not
//! know what is started.

use crate::kernel::sync::{Notify, Sender, oneshot, select};
use crate::kernel::{Instant, Tasks};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Percent of a start's speed alone that each overlapping start costs.
const SHARE_PERCENT: u64 = 65;

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
    clock: u64,
    as_of: Instant,
    jobs: BTreeMap<(u64, u64), Sender<()>>,
    sequence: u64,
    driven: bool,
}

impl Load {
    /// How much slower than alone, in percent.
    fn slowness(&self) -> u64 {
        (self.jobs.len() as u64 * SHARE_PERCENT).max(100)
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

    fn finish_due(&mut self) {
        while let Some(entry) = self.jobs.first_entry() {
            if entry.key().0 > self.clock {
                return;
            }
            entry.remove().send(());
        }
    }
}

impl Machine {
    pub fn new(tasks: &Tasks) -> Self {
        Self { tasks: tasks.clone(), load: Rc::default(), changed: Notify::new() }
    }

    /// Works for `cost`, longer if others work at the same time.
    pub async fn work(&self, cost: Duration) {
        let (done, wait) = oneshot();
        {
            let mut load = self.load.borrow_mut();
            load.advance(self.tasks.now());
            load.sequence += 1;
            let key = (load.clock + cost.as_micros() as u64 * 100, load.sequence);
            load.jobs.insert(key, done);
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
        let machine = Machine::new(&tasks);
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
        assert_eq!(ends(8), [780; 8]);
    }
}
