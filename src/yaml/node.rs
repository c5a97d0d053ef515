//! The tree: nodes with ranges, scalars resolved as go-yaml v3 resolves them.

use crate::text::TextRange;

/// A value of a YAML document, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The bytes of the value itself: without anchor, tag, comment or line break behind it. A missing value has an empty
    /// range just behind its key's colon.
    pub range: TextRange,
    /// An explicit tag, as written (`!reset`, `!!str`), with its range.
    pub tag: Option<(String, TextRange)>,
    /// Line of the node's first character, from 1, as go-yaml counts it.
    pub line: u32,
    /// Column of the node's first character, from 1, as go-yaml counts it.
    pub column: u32,
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
    /// `*name`.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, unquoted, unescaped, folded.
    pub text: String,
    /// How it was written; only plain scalars resolve to something other than a string.
    pub style: Style,
    /// For each run of bytes of `text` that stands unchanged in the file: offset in `text`, offset in the file. Lets a range
    /// inside the text be found in the file though there are escapes or folds before it.
    pub origin: Vec<(u32, u32)>,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
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
