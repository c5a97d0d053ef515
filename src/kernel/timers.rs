//! The executor's timers, ordered by (instant, sequence); a timer can be taken back.
//!
//! Most timers of a session have one of a few spans: the interval of a health check, what an operation costs. Those of one
//! span are due in the order in which they were armed, so they stand in a line, and only the first of each line is compared
//! with others: what a timer costs does not depend on how many there are.

use super::time::Instant;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::task::Waker;
use std::time::Duration;

/// How many spans may have a line at once; timers of further ones are compared with all.
const MOST_LINES: usize = 16;

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

/// A timer: when it is due, its sequence and its slot, from the highest bits to the lowest. Two of them are
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

/// A timer that is compared with others: the first of a line, or one that stands in none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct First {
    entry: Entry,
    line: Option<u8>,
}

/// The timers of one span behind the first.
struct Line {
    span: Duration,
    /// Whether its first is in the heap.
    busy: bool,
    waiting: VecDeque<Entry>,
}

#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<First>>,
    lines: Vec<Line>,
    slots: Vec<(u64, Option<Wakes>)>,
    free: Vec<usize>,
    sequence: u64,
    /// How many there are, with those that are cancelled and not yet taken out.
    count: usize,
    cancelled: usize,
}

impl Timers {
    /// Arms a timer that does `wakes` at `at`. `now` is never earlier than at the call before.
    pub(super) fn arm(&mut self, now: Instant, at: Instant, wakes: Wakes) -> TimerKey {
        self.sequence += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            self.slots.len() - 1
        });
        self.slots[slot] = (self.sequence, Some(wakes));
        self.stand_in_line(at.since(now), Entry::new(at, self.sequence, slot));
        TimerKey { slot, sequence: self.sequence }
    }

    fn stand_in_line(&mut self, span: Duration, entry: Entry) {
        self.count += 1;
        let line = self.line_of(span);
        match line.map(|at| &mut self.lines[usize::from(at)]) {
            Some(line) if line.busy => return line.waiting.push_back(entry),
            Some(line) => line.busy = true,
            None => {}
        }
        self.heap.push(Reverse(First { entry, line }));
    }

    /// The line for timers of a span, a new one or one that nobody stands in if there is none yet.
    fn line_of(&mut self, span: Duration) -> Option<u8> {
        let known = self.lines.iter().position(|line| line.span == span);
        let at = known.or_else(|| {
            if self.lines.len() < MOST_LINES {
                self.lines.push(Line { span, busy: false, waiting: VecDeque::new() });
                return Some(self.lines.len() - 1);
            }
            let unused = self.lines.iter().position(|line| !line.busy)?;
            self.lines[unused].span = span;
            Some(unused)
        });
        at.map(|at| at as u8)
    }

    /// Takes a timer back; nothing happens if it has fired.
    pub(super) fn cancel(&mut self, key: TimerKey) {
        if self.slots[key.slot].0 != key.sequence || self.slots[key.slot].1.take().is_none() {
            return;
        }
        self.cancelled += 1;
        if self.cancelled > 64 && self.cancelled * 2 > self.count {
            self.sweep();
        }
    }

    /// When the next timer is due.
    pub(super) fn next(&mut self) -> Option<Instant> {
        while let Some(Reverse(First { entry, .. })) = self.heap.peek().copied() {
            if self.slots[entry.slot()].1.is_some() {
                return Some(entry.at());
            }
            self.take_first();
            self.cancelled -= 1;
        }
        None
    }

    /// What the next timer that is due at `now` does, in the order in which they were armed.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Wakes> {
        if self.next()? > now {
            return None;
        }
        let slot = self.take_first()?;
        self.slots[slot].1.take()
    }

    /// Takes the first timer out; the one behind it in its line is compared from now on. Its slot is free.
    fn take_first(&mut self) -> Option<usize> {
        let Reverse(First { entry, line }) = self.heap.pop()?;
        if let Some(at) = line {
            let waiting = &mut self.lines[usize::from(at)];
            match waiting.waiting.pop_front() {
                Some(entry) => self.heap.push(Reverse(First { entry, line })),
                None => waiting.busy = false,
            }
        }
        self.count -= 1;
        self.free.push(entry.slot());
        Some(entry.slot())
    }

    /// Forgets cancelled timers at once, so that many long ones that are always cancelled do not pile up. The firsts of
    /// lines stay, for others stand behind them.
    fn sweep(&mut self) {
        let (slots, free, before) = (&self.slots, &mut self.free, self.count);
        let mut keeps = |entry: &Entry| {
            let alive = slots[entry.slot()].1.is_some();
            if !alive {
                free.push(entry.slot());
            }
            alive
        };
        self.heap.retain(|Reverse(first)| first.line.is_some() || keeps(&first.entry));
        for line in &mut self.lines {
            line.waiting.retain(&mut keeps);
        }
        self.count = self.heap.len() + self.lines.iter().map(|line| line.waiting.len()).sum::<usize>();
        self.cancelled -= before - self.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Arms, cancels and fires at random, beside a list that is always sorted.
    #[test]
    fn timers_fire_in_order_whatever_their_spans() {
        let (mut timers, mut sorted, mut now) = (Timers::default(), BTreeMap::new(), Instant::START);
        let mut random = 7_u64;
        let mut roll = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for number in 0..20_000 {
            let span = Duration::from_micros(roll(if number % 3 == 0 { 1_000 } else { 12 }) * 10);
            let key = timers.arm(now, now + span, Wakes::Task(number));
            sorted.insert((now + span, number), key);
            if roll(3) == 0 {
                let victim = *sorted.keys().nth(roll(sorted.len() as u64) as usize).expect("one is armed");
                timers.cancel(sorted.remove(&victim).expect("it is armed"));
            }
            while roll(5) < 2 {
                let first = sorted.first_key_value().map(|(first, _)| *first);
                assert_eq!(timers.next(), first.map(|(at, _)| at));
                let Some((at, expected)) = first else { break };
                now = at;
                assert!(matches!(timers.pop_due(now), Some(Wakes::Task(fired)) if fired == expected));
                sorted.remove(&(at, expected));
            }
        }
    }
}
