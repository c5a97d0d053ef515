//! Positions in a text: byte ranges, files, line index, edits. Must not know YAML, Compose or the editor.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes in one text, on character boundaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte; never before `start`.
    pub end: u32,
}

impl TextRange {
    /// The range from `start` up to, not including, `end`.
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    /// An empty range: a place between two bytes.
    pub fn at(offset: u32) -> Self {
        Self { start: offset, end: offset }
    }

    /// Number of bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest range that holds both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies within this range.
    pub fn contains_range(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the byte at `offset`, or the place just past the end, belongs to the range.
    pub fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }
}

/// Which file of the project a range belongs to: an index into the list of files that an analysis has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A range in one of the project's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The bytes in it.
    pub range: TextRange,
}

/// A value together with the place in a file it was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands. For an implied value (a default, a `-p` on the command line): the place that implies it.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value` as read from `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A line and a column, both from 0; the column counts UTF-16 units, as browsers and editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 0.
    pub line: u32,
    /// Column in UTF-16 units, from 0.
    pub column: u32,
}

/// Where each line of a text begins, to turn offsets into lines and back.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// The index of `text`. A line ends with `\n`; a `\r` before it belongs to the line.
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// Number of lines; a text that ends with a line break has an empty last line.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line, from 0, that holds `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32 - 1
    }

    /// Offset of the first byte of `line`; the last line's for a line past the end.
    pub fn line_start(&self, line: u32) -> u32 {
        self.starts[(line as usize).min(self.starts.len() - 1)]
    }

    /// Line and UTF-16 column of `offset` in the `text` this index was made of.
    pub fn line_column(&self, text: &str, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.line_start(line) as usize;
        let end = (offset as usize).clamp(start, text.len());
        let column = text.get(start..end).map_or(end - start, |part| part.encode_utf16().count());
        LineColumn { line, column: column as u32 }
    }
}

/// A replacement of a range of one file by a new text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub new_text: String,
}

/// `text` with those of `edits` that do not overlap an earlier one, in the order of their places.
pub fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort();
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        let (start, end) = (edit.span.range.start as usize, edit.span.range.end as usize);
        let Some(kept) = text.get(done..start) else { continue };
        if text.get(start..end).is_none() {
            continue;
        }
        result.push_str(kept);
        result.push_str(&edit.new_text);
        done = end;
    }
    result.push_str(&text[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units() {
        let text = "a: 1\nb: \u{1F600}x\n";
        let index = LineIndex::new(text);
        let at = text.find('x').unwrap() as u32;
        assert_eq!(index.line_column(text, at), LineColumn { line: 1, column: 5 });
        assert_eq!(index.line_count(), 3);
    }

    #[test]
    fn edits_apply_in_order_and_overlaps_are_left_out() {
        let edit = |start, end, new: &str| Edit {
            span: Span { file: FileId(0), range: TextRange::new(start, end) },
            new_text: new.into(),
        };
        assert_eq!(apply_edits("abcdef", &[edit(4, 5, "E"), edit(0, 2, "_"), edit(1, 3, "!")]), "_cdEf");
    }
}
