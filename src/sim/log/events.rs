//! The events of a log, in order. They lie in blocks of one size: a log that grows never moves what it holds, and a long one
//! takes no more memory than its events do. Must not know what an event is about.

use super::Event;
use serde::{Serialize, Serializer};
use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Index, IndexMut, Range};

/// How many events a block holds. The first block grows up to that; later ones are made whole.
const BLOCK: usize = 1_024;

/// Events by their place in the log, from 0.
#[derive(Clone, Default, PartialEq)]
pub struct Events {
    /// All but the last are full; none is empty.
    blocks: Vec<Vec<Event>>,
}

/// Some events in order, from both ends. Made by [`Events::iter`] and [`Events::before`].
#[derive(Clone)]
pub struct Iter<'a> {
    events: &'a Events,
    left: Range<usize>,
}

impl Events {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Adds one at the end.
    pub fn push(&mut self, event: Event) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => last.push(event),
            last => {
                let mut block = if last.is_some() { Vec::with_capacity(BLOCK) } else { Vec::new() };
                block.push(event);
                self.blocks.push(block);
            }
        }
    }

    /// The event at a place.
    pub fn get(&self, place: usize) -> Option<&Event> {
        self.blocks.get(place / BLOCK)?.get(place % BLOCK)
    }

    /// The last one.
    pub fn last(&self) -> Option<&Event> {
        self.blocks.last()?.last()
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_> {
        self.before(self.len())
    }

    /// The first `count`, or all if there are not as many.
    pub fn before(&self, count: usize) -> Iter<'_> {
        Iter { events: self, left: 0..count.min(self.len()) }
    }

    /// How many of the first hold `holds`, where no event holds it after one that does not.
    pub fn partition_point(&self, mut holds: impl FnMut(&Event) -> bool) -> usize {
        let full = self.blocks.partition_point(|block| block.last().is_some_and(&mut holds));
        self.blocks.get(full).map_or(self.len(), |block| full * BLOCK + block.partition_point(holds))
    }
}

impl Index<usize> for Events {
    type Output = Event;

    fn index(&self, place: usize) -> &Event {
        &self.blocks[place / BLOCK][place % BLOCK]
    }
}

impl IndexMut<usize> for Events {
    fn index_mut(&mut self, place: usize) -> &mut Event {
        &mut self.blocks[place / BLOCK][place % BLOCK]
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self).finish()
    }
}

impl Serialize for Events {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = &'a Event;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Event;

    fn next(&mut self) -> Option<&'a Event> {
        self.left.next().map(|place| &self.events[place])
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }

    fn nth(&mut self, skipped: usize) -> Option<&'a Event> {
        self.left.nth(skipped).map(|place| &self.events[place])
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left.next_back().map(|place| &self.events[place])
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl FusedIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Instant;
    use crate::sim::log::{Cause, CausedBy, EventKind, Rule, StepId};

    fn event(at: usize) -> Event {
        let cause = Cause { by: CausedBy::Step(StepId(0)), rule: Rule::Asked, place: None };
        Event { at: Instant::from_micros(at as u64), cause, kind: EventKind::StepBegan { step: StepId(at as u32) } }
    }

    #[test]
    fn events_are_found_in_whatever_block_they_lie() {
        for count in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 7] {
            let mut events = Events::default();
            (0..count).for_each(|at| events.push(event(at)));
            assert_eq!((events.len(), events.is_empty()), (count, count == 0));
            assert!(events.iter().eq((0..count).map(event).collect::<Vec<_>>().iter()));
            assert!(events.iter().rev().eq((0..count).rev().map(event).collect::<Vec<_>>().iter()));
            assert_eq!(events.last(), count.checked_sub(1).map(event).as_ref());
            assert_eq!((events.get(count), events.before(count + 9).len()), (None, count));
            for until in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 7] {
                let expected = until.min(count);
                let point = events.partition_point(|event| event.at < Instant::from_micros(until as u64));
                assert_eq!(point, expected, "of {count} until {until}");
            }
        }
    }
}
