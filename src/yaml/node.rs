//! The tree: nodes with ranges, as go-yaml v3 builds them.

use crate::text::TextRange;

/// A value of a YAML document, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The bytes of the value itself: without anchor, tag, comment or line break behind it. A missing value has an empty
    /// range just behind its key's colon or its item's dash.
    pub range: TextRange,
    /// An explicit tag in its short form (`!reset`, `!!str`), with its range.
    pub tag: Option<Box<Property>>,
    /// An anchor (`&name`, here without the `&`), with the range of `&name`.
    pub anchor: Option<Box<Property>>,
    /// Line of the node's first character, its tag or anchor included, from 1, as go-yaml counts it.
    pub line: u32,
    /// Column of the node's first character, its tag or anchor included, in characters from 1, as go-yaml counts it.
    pub column: u32,
}

/// A tag or an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its text: `!override`, `!!str`, or an anchor's name.
    pub text: String,
    /// Where it stands.
    pub range: TextRange,
}

/// The kinds of nodes. Aliases and merge keys are resolved by a later step, so both stand in the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A mapping, its entries in the order of the text.
    Mapping(Vec<Entry>),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A scalar.
    Scalar(Scalar),
    /// `*name`. It stands for the last node before it, in the order of the file, that carries this anchor.
    Alias(String),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; any node, as YAML allows it.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// A scalar: its text after unquoting and unfolding, and how it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scalar {
    /// The text, unquoted, unescaped, folded.
    pub text: String,
    /// How it was written; only plain scalars resolve to something other than a string.
    pub style: Style,
    /// Where the bytes of `text` stand in the file.
    pub origin: Origin,
}

/// Where the bytes of a scalar's text stand in the file. Lets a range inside the text be found there though there are
/// escapes, folds or indentation before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The text stands in the file as it is, from this offset on.
    Verbatim(u32),
    /// For each run of bytes that stands unchanged in the file: offset in the text, offset in the file; ascending.
    Runs(Vec<(u32, u32)>),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    #[default]
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

impl Default for Origin {
    fn default() -> Self {
        Self::Verbatim(0)
    }
}

impl Origin {
    /// The offset in the file of the byte at `offset` of the text.
    pub fn file_offset(&self, offset: u32) -> u32 {
        match self {
            Self::Verbatim(start) => start + offset,
            Self::Runs(runs) => {
                let after = runs.partition_point(|(text, _)| *text <= offset);
                after.checked_sub(1).map_or(0, |at| runs[at].1 + (offset - runs[at].0))
            }
        }
    }

    /// The range in the file of a range of the text. Ends behind the last of its bytes, also where the run ends there.
    pub fn file_range(&self, range: TextRange) -> TextRange {
        let start = self.file_offset(range.start);
        let end = if range.is_empty() { start } else { self.file_offset(range.end - 1) + 1 };
        TextRange { start, end: end.max(start) }
    }
}

impl Node {
    /// A null without text at `offset`: what stands for a missing value.
    pub fn missing(offset: u32, line: u32, column: u32) -> Self {
        let scalar = Scalar { origin: Origin::Verbatim(offset), ..Scalar::default() };
        Self { kind: Kind::Scalar(scalar), range: TextRange::at(offset), tag: None, anchor: None, line, column }
    }

    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The text of the tag, if there is one.
    pub fn tag_text(&self) -> Option<&str> {
        self.tag.as_ref().map(|tag| tag.text.as_str())
    }

    /// The value of the first entry whose key is the scalar `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let entries = self.entries()?;
        entries
            .iter()
            .find(|entry| entry.key.scalar().is_some_and(|scalar| scalar.text == key))
            .map(|entry| &entry.value)
    }
}
