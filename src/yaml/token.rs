//! What the scanner gives and the parser takes: marks, tokens, syntax errors.

use super::node::Scalar;

/// A place in the text, counted as go-yaml counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Offset in bytes.
    pub offset: u32,
    /// Offset in characters; a CR LF pair counts two.
    pub index: u32,
    /// Line, from 0.
    pub line: u32,
    /// Column in characters, from 0.
    pub column: u32,
}

/// The tokens of YAML.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    StreamEnd,
    Version { major: u8, minor: u8 },
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar(Scalar),
}

/// A token with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: Mark,
    /// Offset behind its last byte. A block scalar's is behind its last line break.
    pub end: u32,
}

/// Which part of go-yaml finds an error; it decides how the line is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finder {
    Scanner,
    Parser,
}

/// The error that stops go-yaml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub finder: Finder,
    /// go-yaml's words.
    pub problem: &'static str,
    /// Where the construct began.
    pub context: Mark,
    /// Where it went wrong.
    pub at: Mark,
}

impl SyntaxError {
    pub fn scanner(problem: &'static str, context: Mark, at: Mark) -> Box<Self> {
        Box::new(Self { finder: Finder::Scanner, problem, context, at })
    }

    pub fn parser(problem: &'static str, context: Mark, at: Mark) -> Box<Self> {
        Box::new(Self { finder: Finder::Parser, problem, context, at })
    }

    /// The text go-yaml prints. It names the line of the context if that is not the first, else that of the problem if that
    /// is not the first, else none; the scanner counts lines from 1, the parser from 0.
    pub fn text(&self) -> String {
        let line = if self.context.line != 0 { self.context.line } else { self.at.line };
        let first = u32::from(self.finder == Finder::Scanner);
        match line {
            0 => format!("yaml: {}", self.problem),
            line => format!("yaml: line {}: {}", line + first, self.problem),
        }
    }
}

pub(super) type Scanned<T> = Result<T, Box<SyntaxError>>;
