//! A copy of the text that is mended step by step, and the way back from its offsets to the text's.

use crate::text::TextRange;
use crate::yaml::node::{Kind, Node, Origin, Property};

/// A change to a draft: the bytes in the range become the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

impl Change {
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { start: at, end: at, text: text.into() }
    }

    pub fn replace(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self { start, end, text: text.into() }
    }

    /// Spaces in the place of what stands there.
    pub fn blank(start: usize, end: usize) -> Self {
        Self { start, end, text: " ".repeat(end.saturating_sub(start)) }
    }
}

/// The mended text.
pub(super) struct Draft {
    pub text: String,
    /// Where runs of unchanged bytes begin: offset in the draft, offset in the text; ascending in both.
    runs: Vec<(u32, u32)>,
    /// Where the text ends: what was put in behind its end leads back to there.
    source_length: u32,
}

impl Draft {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), runs: vec![(0, 0)], source_length: text.len() as u32 }
    }

    /// Makes the changes, which are in order and do not overlap.
    pub fn apply(&mut self, changes: &[Change]) {
        let mut text = String::with_capacity(self.text.len() + 16);
        let mut runs: Vec<(u32, u32)> = Vec::with_capacity(self.runs.len() + changes.len() * 2);
        let mut done = 0;
        for change in changes {
            let (Some(kept), true) = (self.text.get(done..change.start), change.start <= change.end) else { continue };
            if self.text.get(change.start..change.end).is_none() {
                continue;
            }
            self.copy_runs(done, change.start, text.len(), &mut runs);
            text.push_str(kept);
            if change.end - change.start == change.text.len() {
                runs.push((text.len() as u32, self.source_offset(change.start as u32)));
            }
            text.push_str(&change.text);
            done = change.end;
        }
        self.copy_runs(done, self.text.len(), text.len(), &mut runs);
        text.push_str(&self.text[done..]);
        *self = Self { text, runs, ..*self };
    }

    /// Carries the runs within `start..end` over to the new text, where they begin at `target`.
    fn copy_runs(&self, start: usize, end: usize, target: usize, runs: &mut Vec<(u32, u32)>) {
        runs.push((target as u32, self.source_offset(start as u32)));
        let inner = self.runs.iter().filter(|(draft, _)| start < *draft as usize && (*draft as usize) < end);
        runs.extend(inner.map(|(draft, source)| ((*draft as usize - start + target) as u32, *source)));
    }

    /// The offset in the text of the byte at `offset` of the draft.
    pub fn source_offset(&self, offset: u32) -> u32 {
        let after = self.runs.partition_point(|(draft, _)| *draft <= offset);
        let Some((draft, source)) = after.checked_sub(1).map(|at| self.runs[at]) else { return 0 };
        let limit = self.runs.get(after).map_or(self.source_length, |(_, source)| *source);
        (source + (offset - draft)).min(limit)
    }

    /// The range in the text of a range of the draft.
    pub fn source_range(&self, range: TextRange) -> TextRange {
        let start = self.source_offset(range.start);
        let end = if range.is_empty() { start } else { self.source_end(range.end) };
        TextRange::new(start, end.max(start))
    }

    /// Where the byte before `end` ends in the text; inserted bytes have no extent.
    fn source_end(&self, end: u32) -> u32 {
        self.source_offset(end).min(self.source_offset(end - 1) + 1)
    }

    /// Moves all ranges of the tree from the draft to the text.
    pub fn move_to_source(&self, node: &mut Node) {
        node.range = self.source_range(node.range);
        let move_property = |property: &mut Option<Box<Property>>| {
            if let Some(property) = property {
                property.range = self.source_range(property.range);
            }
        };
        move_property(&mut node.tag);
        move_property(&mut node.anchor);
        match &mut node.kind {
            Kind::Mapping(entries) => entries.iter_mut().for_each(|entry| {
                self.move_to_source(&mut entry.key);
                self.move_to_source(&mut entry.value);
            }),
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.move_to_source(item)),
            Kind::Scalar(scalar) => scalar.origin = self.source_origin(&scalar.origin, scalar.text.len() as u32),
            Kind::Alias(_) => {}
        }
    }

    fn source_origin(&self, origin: &Origin, length: u32) -> Origin {
        let runs = match origin {
            Origin::Verbatim(start) => vec![(0, *start)],
            Origin::Runs(runs) => runs.clone(),
        };
        let mut moved = Vec::with_capacity(runs.len());
        for (at, (text, offset)) in runs.iter().enumerate() {
            let end = runs.get(at + 1).map_or(length, |(next, _)| *next);
            moved.push((*text, self.source_offset(*offset)));
            let from = self.runs.partition_point(|(draft, _)| draft <= offset);
            let within = self.runs[from..].iter().take_while(|(draft, _)| draft - offset < end - text);
            moved.extend(within.map(|(draft, source)| (text + (draft - offset), *source)));
        }
        match moved[..] {
            [(0, start)] => Origin::Verbatim(start),
            _ => Origin::Runs(moved),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_behind_the_end() {
        let mut draft = Draft::new("ab");
        draft.apply(&[Change::insert(2, "c")]);
        draft.apply(&[Change::replace(1, 3, "xyz")]);
        assert_eq!(draft.source_range(TextRange::new(1, 4)), TextRange::new(1, 2));
    }

    #[test]
    fn offsets_lead_back() {
        let mut draft = Draft::new("abcdef");
        draft.apply(&[Change::insert(1, "::"), Change::replace(3, 5, "")]);
        assert_eq!(draft.text, "a::bcf");
        draft.apply(&[Change::blank(3, 4), Change::insert(6, "!")]);
        assert_eq!(draft.text, "a:: cf!");
        let back: Vec<u32> = (0..=7).map(|offset| draft.source_offset(offset)).collect();
        assert_eq!(back, [0, 1, 1, 1, 2, 5, 6, 6]);
        assert_eq!(draft.source_range(TextRange::new(0, 7)), TextRange::new(0, 6));
    }
}
