//! The executor's timers: a heap ordered by (instant, sequence), from which a timer can be taken back.

use super::time::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::task::Waker;

/// Which timer; of no use once it has fired or was cancelled.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimerKey {
    slot: usize,
    sequence: u64,
}

/// What a timer does when it fires.
pub(super) enum Wakes {
    /// Makes the task in this slot ready.
    Task(usize),
    /// Wakes what stands between the executor and a future.
    Waker(Waker),
}

/// A timer in the heap: when it is due, its sequence and its slot, from the highest bits to the lowest. Two of them are
/// compared as one number, which takes no branch that a processor could guess wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

/// Bits of an entry that name the slot, and those that give the sequence.
const SLOT_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 40;

impl Entry {
    fn new(at: Instant, sequence: u64, slot: usize) -> Self {
        debug_assert!(sequence < 1 << SEQUENCE_BITS && slot < 1 << SLOT_BITS, "more timers than a session can hold");
        let at = u128::from(at.as_micros()) << (SEQUENCE_BITS + SLOT_BITS);
        Self(at | u128::from(sequence) << SLOT_BITS | slot as u128)
    }

    fn at(self) -> Instant {
        Instant::from_micros((self.0 >> (SEQUENCE_BITS + SLOT_BITS)) as u64)
    }

    fn slot(self) -> usize {
        self.0 as usize & ((1 << SLOT_BITS) - 1)
    }
}

#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Vec<(u64, Option<Wakes>)>,
    free: Vec<usize>,
    sequence: u64,
    cancelled: usize,
}

impl Timers {
    /// Arms a timer that does `wakes` at `at`.
    pub(super) fn arm(&mut self, at: Instant, wakes: Wakes) -> TimerKey {
        self.sequence += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() - 1
        });
        self.slots[slot] = (self.sequence, Some(wakes));
        self.heap.push(Reverse(Entry::new(at, self.sequence, slot)));
        TimerKey { slot, sequence: self.sequence }
    }

    /// Takes a timer back; nothing happens if it has fired.
    pub(super) fn cancel(&mut self, key: TimerKey) {
        if self.slots[key.slot].0 != key.sequence || self.slots[key.slot].1.take().is_none() {
            return;
        }
        self.cancelled += 1;
        if self.cancelled > 64 && self.cancelled * 2 > self.heap.len() {
            self.sweep();
        }
    }

    /// When the next timer is due.
    pub(super) fn next(&mut self) -> Option<Instant> {
        while let Some(Reverse(entry)) = self.heap.peek().copied() {
            if self.slots[entry.slot()].1.is_some() {
                return Some(entry.at());
            }
            self.heap.pop();
            self.free.push(entry.slot());
            self.cancelled -= 1;
        }
        None
    }

    /// What the next timer that is due at `now` does, in the order in which they were armed.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Wakes> {
        if self.next()? > now {
            return None;
        }
        let slot = self.heap.pop()?.0.slot();
        self.free.push(slot);
        self.slots[slot].1.take()
    }

    /// Forgets the cancelled timers at once, so that many long ones that are always cancelled do not pile up.
    fn sweep(&mut self) {
        let (slots, free) = (&self.slots, &mut self.free);
        self.heap.retain(|Reverse(entry)| {
            let alive = slots[entry.slot()].1.is_some();
            if !alive {
                free.push(entry.slot());
            }
            alive
        });
        self.cancelled = 0;
    }
}
