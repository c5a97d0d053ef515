//! From tokens to the tree: go-yaml's grammar, with its errors at the same tokens, and a stack of its own in place of
//! recursion, so that no nesting can exhaust the machine's. Stops at the first error. Must not know how to recover.

mod block;
mod flow;
mod nodes;

use super::node::{Node, Property};
use super::scanner::Scanner;
use super::token::{Mark, Scanned, SyntaxError, TokenKind};
use crate::text::TextRange;
use std::collections::BTreeSet;

/// Depth from which on nodes are left out of the tree: whoever walks it may recurse.
pub(super) const MAX_DEPTH: usize = 256;

/// What one pass over a text gives.
pub(super) struct Pass {
    /// The documents that were read to their end, then the rest of the one in which the error was found, if there is any.
    pub documents: Vec<Node>,
    /// How many of them were read to their end.
    pub complete: usize,
    /// The error that stopped the pass.
    pub error: Option<Box<SyntaxError>>,
    /// Aliases whose anchor does not stand before them: name, range, and the number of complete documents before it.
    pub unknown_anchors: Vec<(String, TextRange, usize)>,
    /// Where nodes were left out because they lie too deep.
    pub too_deep: Option<TextRange>,
    /// How far the scanner has read.
    pub reached: u32,
}

/// What comes next, in the collection on top of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    BlockSequenceItem,
    IndentlessItem,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceItem {
        first: bool,
    },
    FlowMappingKey {
        first: bool,
    },
    FlowMappingValue,
    FlowMappingNoValue,
    /// A mapping of a single pair within a flow sequence: `[a: b]`.
    PairKey,
    PairValue,
    PairEnd,
}

/// A collection that is being read.
struct Open {
    state: State,
    start: Mark,
    node: Node,
    key: Option<Node>,
}

/// How a node may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Block,
    BlockOrIndentless,
    Flow,
}

/// Tag and anchor before a node.
struct Properties {
    start: Mark,
    tag: Option<Box<Property>>,
    anchor: Option<Box<Property>>,
    end: u32,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    text: &'a str,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeSet<String>,
    tag_prefixes: Vec<(String, String)>,
    pass: Pass,
}

/// Reads `text` up to its end or the first error.
pub(super) fn run(text: &str) -> Pass {
    let pass = Pass {
        documents: Vec::new(),
        complete: 0,
        error: None,
        unknown_anchors: Vec::new(),
        too_deep: None,
        reached: 0,
    };
    let mut parser = Parser {
        scanner: Scanner::new(text),
        text,
        stack: Vec::new(),
        root: None,
        anchors: BTreeSet::new(),
        tag_prefixes: Vec::new(),
        pass,
    };
    parser.pass.error = parser.stream().err();
    parser.close_rest();
    parser.pass.reached = parser.scanner.reached();
    parser.pass
}

impl Parser<'_> {
    fn stream(&mut self) -> Scanned<()> {
        let mut implicit = true;
        loop {
            while !implicit && self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.take()?;
            }
            match self.scanner.peek()?.kind {
                TokenKind::StreamEnd => return Ok(()),
                TokenKind::Version { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart => {
                    self.explicit_document()?;
                }
                _ if implicit => {
                    self.default_tag_prefixes();
                    self.node(Context::Block)?;
                    self.collections()?;
                }
                _ => self.explicit_document()?,
            }
            implicit = false;
            if self.scanner.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.take()?;
            }
            self.tag_prefixes.clear();
            self.pass.documents.extend(self.root.take());
            self.pass.complete += 1;
        }
    }

    fn explicit_document(&mut self) -> Scanned<()> {
        self.directives()?;
        let start = self.scanner.peek()?;
        if start.kind != TokenKind::DocumentStart {
            return Err(SyntaxError::parser("did not find expected <document start>", Mark::default(), start.start));
        }
        let marker = self.scanner.take()?;
        match self.scanner.peek()?.kind {
            TokenKind::Version { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.root = Some(Node::missing(marker.end, marker.start.line + 1, marker.start.column + 1));
                Ok(())
            }
            _ => {
                self.node(Context::Block)?;
                self.collections()
            }
        }
    }

    fn directives(&mut self) -> Scanned<()> {
        let mut versions = 0;
        loop {
            let error = |problem, at| Err(SyntaxError::parser(problem, Mark::default(), at));
            match &self.scanner.peek()?.kind {
                TokenKind::Version { major, minor } => {
                    let supported = (*major, *minor) == (1, 1);
                    let at = self.scanner.take()?.start;
                    versions += 1;
                    if versions > 1 {
                        return error("found duplicate %YAML directive", at);
                    }
                    if !supported {
                        return error("found incompatible YAML document", at);
                    }
                }
                TokenKind::TagDirective { .. } => {
                    let token = self.scanner.take()?;
                    let TokenKind::TagDirective { handle, prefix } = token.kind else { continue };
                    if self.tag_prefixes.iter().any(|(known, _)| *known == handle) {
                        return error("found duplicate %TAG directive", token.start);
                    }
                    self.tag_prefixes.push((handle, prefix));
                }
                _ => break,
            }
        }
        self.default_tag_prefixes();
        Ok(())
    }

    fn default_tag_prefixes(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.tag_prefixes.iter().any(|(known, _)| known == handle) {
                self.tag_prefixes.push((handle.to_owned(), prefix.to_owned()));
            }
        }
    }

    /// Reads on until no collection is open any more.
    fn collections(&mut self) -> Scanned<()> {
        while let Some(open) = self.stack.last() {
            match open.state {
                State::BlockSequenceItem => self.block_sequence_item()?,
                State::IndentlessItem => self.indentless_item()?,
                State::BlockMappingKey => self.block_mapping_key()?,
                State::BlockMappingValue => self.block_mapping_value()?,
                State::FlowSequenceItem { first } => self.flow_sequence_item(first)?,
                State::FlowMappingKey { first } => self.flow_mapping_key(first)?,
                State::FlowMappingValue => self.flow_mapping_value()?,
                State::FlowMappingNoValue => self.flow_mapping_no_value()?,
                State::PairKey => self.pair_key()?,
                State::PairValue => self.pair_value()?,
                State::PairEnd => {
                    self.scanner.peek()?;
                    self.close();
                }
            }
        }
        Ok(())
    }

    fn expect(&mut self, state: State) {
        if let Some(open) = self.stack.last_mut() {
            open.state = state;
        }
    }

    fn context(&self) -> Mark {
        self.stack.last().map_or(Mark::default(), |open| open.start)
    }
}
