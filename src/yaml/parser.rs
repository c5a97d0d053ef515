//! From tokens to the tree: go-yaml's grammar, with its errors at the same tokens, and a stack of its own in place of
//! recursion, so that no nesting can exhaust the machine's. Stops at the first error. Must not know how to recover.

use super::node::{Entry, Kind, Node, Property};
use super::scanner::Scanner;
use super::token::{Mark, Scanned, SyntaxError, Token, TokenKind};
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
                    let end = self.scanner.peek()?.start.offset;
                    self.close(end);
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

    fn block_sequence_item(&mut self) -> Scanned<()> {
        let context = self.context();
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::BlockEntry => {
                let dash = self.scanner.take()?;
                match self.scanner.peek()?.kind {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => self.missing(&dash),
                    _ => self.node(Context::Block),
                }
            }
            TokenKind::BlockEnd => self.close_block(),
            _ => Err(SyntaxError::parser("did not find expected '-' indicator", context, token.start)),
        }
    }

    fn indentless_item(&mut self) -> Scanned<()> {
        if self.scanner.peek()?.kind != TokenKind::BlockEntry {
            let end = self.scanner.peek()?.start.offset;
            self.close(end);
            return Ok(());
        }
        let dash = self.scanner.take()?;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.missing(&dash),
            _ => self.node(Context::Block),
        }
    }

    fn block_mapping_key(&mut self) -> Scanned<()> {
        let context = self.context();
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::Key => {
                let indicator = self.scanner.take()?;
                self.expect(State::BlockMappingValue);
                match self.scanner.peek()?.kind {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.missing(&indicator),
                    _ => self.node(Context::BlockOrIndentless),
                }
            }
            TokenKind::BlockEnd => self.close_block(),
            _ => Err(SyntaxError::parser("did not find expected key", context, token.start)),
        }
    }

    fn block_mapping_value(&mut self) -> Scanned<()> {
        self.expect(State::BlockMappingKey);
        if self.scanner.peek()?.kind != TokenKind::Value {
            return self.missing_here();
        }
        let colon = self.scanner.take()?;
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.missing(&colon),
            _ => self.node(Context::BlockOrIndentless),
        }
    }

    fn flow_sequence_item(&mut self, first: bool) -> Scanned<()> {
        let context = self.context();
        self.expect(State::FlowSequenceItem { first: false });
        if !first && self.scanner.peek()?.kind != TokenKind::FlowSequenceEnd {
            self.flow_comma("did not find expected ',' or ']'", context)?;
        }
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::FlowSequenceEnd => self.close_flow(),
            TokenKind::Key => {
                let key = self.scanner.take()?;
                let node = new_node(Kind::Mapping(Vec::new()), key.start, None, key.start);
                self.stack.push(Open { state: State::PairKey, start: key.start, node, key: None });
                Ok(())
            }
            _ => self.node(Context::Flow),
        }
    }

    fn flow_comma(&mut self, problem: &'static str, context: Mark) -> Scanned<()> {
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::FlowEntry {
            return Err(SyntaxError::parser(problem, context, token.start));
        }
        self.scanner.take()?;
        Ok(())
    }

    fn pair_key(&mut self) -> Scanned<()> {
        self.expect(State::PairValue);
        match self.scanner.peek()?.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // go-yaml drops the token it looks at here, so `[? : b]` loses its value.
                let token = self.scanner.take()?;
                self.missing(&token)
            }
            _ => self.node(Context::Flow),
        }
    }

    fn pair_value(&mut self) -> Scanned<()> {
        self.expect(State::PairEnd);
        self.flow_value(TokenKind::FlowSequenceEnd)
    }

    fn flow_mapping_key(&mut self, first: bool) -> Scanned<()> {
        let context = self.context();
        if !first && self.scanner.peek()?.kind != TokenKind::FlowMappingEnd {
            self.flow_comma("did not find expected ',' or '}'", context)?;
        }
        match self.scanner.peek()?.kind {
            TokenKind::FlowMappingEnd => self.close_flow(),
            TokenKind::Key => {
                self.scanner.take()?;
                self.expect(State::FlowMappingValue);
                match self.scanner.peek()?.kind {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => self.missing_here(),
                    _ => self.node(Context::Flow),
                }
            }
            _ => {
                self.expect(State::FlowMappingNoValue);
                self.node(Context::Flow)
            }
        }
    }

    fn flow_mapping_value(&mut self) -> Scanned<()> {
        self.expect(State::FlowMappingKey { first: false });
        self.flow_value(TokenKind::FlowMappingEnd)
    }

    fn flow_value(&mut self, end: TokenKind) -> Scanned<()> {
        if self.scanner.peek()?.kind != TokenKind::Value {
            return self.missing_here();
        }
        let colon = self.scanner.take()?;
        let next = &self.scanner.peek()?.kind;
        if *next == TokenKind::FlowEntry || *next == end { self.missing(&colon) } else { self.node(Context::Flow) }
    }

    fn flow_mapping_no_value(&mut self) -> Scanned<()> {
        self.expect(State::FlowMappingKey { first: false });
        self.missing_here()
    }

    /// Reads a scalar or an alias, or opens a collection.
    fn node(&mut self, context: Context) -> Scanned<()> {
        if matches!(self.scanner.peek()?.kind, TokenKind::Alias(_)) {
            let token = self.scanner.take()?;
            self.alias(token);
            return Ok(());
        }
        let properties = self.properties()?;
        let (start, at) = (properties.start, self.scanner.peek()?.start);
        let block = context != Context::Flow;
        match &self.scanner.peek()?.kind {
            TokenKind::BlockEntry if context == Context::BlockOrIndentless => {
                self.open(Kind::Sequence(Vec::new()), properties, at, State::IndentlessItem);
            }
            TokenKind::Scalar(_) => {
                let token = self.scanner.take()?;
                self.scalar(token, properties);
            }
            TokenKind::FlowSequenceStart => {
                self.open(Kind::Sequence(Vec::new()), properties, at, State::FlowSequenceItem { first: true });
                self.scanner.take()?;
            }
            TokenKind::FlowMappingStart => {
                self.open(Kind::Mapping(Vec::new()), properties, at, State::FlowMappingKey { first: true });
                self.scanner.take()?;
            }
            TokenKind::BlockSequenceStart if block => {
                self.open(Kind::Sequence(Vec::new()), properties, at, State::BlockSequenceItem);
                self.scanner.take()?;
            }
            TokenKind::BlockMappingStart if block => {
                self.open(Kind::Mapping(Vec::new()), properties, at, State::BlockMappingKey);
                self.scanner.take()?;
            }
            _ if properties.tag.is_some() || properties.anchor.is_some() => {
                let mut node = Node::missing(properties.end, start.line + 1, start.column + 1);
                self.decorate(&mut node, properties);
                self.attach(node);
            }
            _ => return Err(SyntaxError::parser("did not find expected node content", start, at)),
        }
        Ok(())
    }

    fn alias(&mut self, token: Token) {
        let TokenKind::Alias(name) = token.kind else { return };
        let range = TextRange::new(token.start.offset, token.end);
        if !self.anchors.contains(&name) {
            self.pass.unknown_anchors.push((name.clone(), range, self.pass.complete));
        }
        let mut node = new_node(Kind::Alias(name), token.start, None, token.start);
        node.range = range;
        self.attach(node);
    }

    fn scalar(&mut self, token: Token, properties: Properties) {
        let TokenKind::Scalar(scalar) = token.kind else { return };
        let mut end = token.end;
        if matches!(scalar.style, super::Style::Literal | super::Style::Folded) {
            let text = &self.text[token.start.offset as usize..end as usize];
            end = token.start.offset + text.trim_end().len() as u32;
        }
        let mut node = new_node(Kind::Scalar(scalar), token.start, Some(end), properties.start);
        self.decorate(&mut node, properties);
        self.attach(node);
    }

    fn decorate(&mut self, node: &mut Node, properties: Properties) {
        if let Some(anchor) = &properties.anchor {
            self.anchors.insert(anchor.text.clone());
        }
        node.tag = properties.tag;
        node.anchor = properties.anchor;
    }

    fn open(&mut self, kind: Kind, properties: Properties, at: Mark, state: State) {
        let mut node = new_node(kind, at, None, properties.start);
        self.decorate(&mut node, properties);
        self.stack.push(Open { state, start: at, node, key: None });
    }

    fn properties(&mut self) -> Scanned<Properties> {
        let start = self.scanner.peek()?.start;
        let mut properties = Properties { start, tag: None, anchor: None, end: start.offset };
        for _ in 0..2 {
            match &self.scanner.peek()?.kind {
                TokenKind::Anchor(_) if properties.anchor.is_none() => {
                    let token = self.scanner.take()?;
                    let TokenKind::Anchor(text) = token.kind else { break };
                    let range = TextRange::new(token.start.offset, token.end);
                    properties.end = token.end;
                    properties.anchor = Some(Box::new(Property { text, range }));
                }
                TokenKind::Tag { .. } if properties.tag.is_none() => {
                    let token = self.scanner.take()?;
                    let TokenKind::Tag { handle, suffix } = token.kind else { break };
                    let range = TextRange::new(token.start.offset, token.end);
                    properties.end = token.end;
                    // go-yaml looks the handle up when it has seen all properties: an error behind the tag comes first.
                    self.scanner.peek()?;
                    let text = self
                        .tag_text(&handle, &suffix)
                        .ok_or_else(|| SyntaxError::parser("found undefined tag handle", start, token.start))?;
                    properties.tag = Some(Box::new(Property { text, range }));
                }
                _ => break,
            }
        }
        Ok(properties)
    }

    fn tag_text(&self, handle: &str, suffix: &str) -> Option<String> {
        if handle.is_empty() {
            return Some(short_tag(suffix));
        }
        let (_, prefix) = self.tag_prefixes.iter().find(|(known, _)| known == handle)?;
        Some(short_tag(&format!("{prefix}{suffix}")))
    }

    /// A null in the place of a value that is not there, just behind the indicator that announces it.
    fn missing(&mut self, indicator: &Token) -> Scanned<()> {
        self.attach(Node::missing(indicator.end, indicator.start.line + 1, indicator.start.column + 2));
        Ok(())
    }

    fn missing_here(&mut self) -> Scanned<()> {
        let at = self.scanner.peek()?.start;
        self.attach(Node::missing(at.offset, at.line + 1, at.column + 1));
        Ok(())
    }

    fn close_block(&mut self) -> Scanned<()> {
        let end = self.scanner.take()?.start.offset;
        self.close(end);
        Ok(())
    }

    fn close_flow(&mut self) -> Scanned<()> {
        let end = self.scanner.take()?.end;
        if let Some(open) = self.stack.pop() {
            let mut node = open.node;
            node.range.end = end;
            self.attach(node);
        }
        Ok(())
    }

    /// Ends the innermost collection with its last child, or at its start where it has none.
    fn close(&mut self, _end: u32) {
        let Some(mut open) = self.stack.pop() else { return };
        if let (Kind::Mapping(entries), Some(key)) = (&mut open.node.kind, open.key.take()) {
            let value = Node::missing(key.range.end, key.line, key.column);
            entries.push(Entry { key, value });
        }
        let last = match &open.node.kind {
            Kind::Mapping(entries) => entries.last().map(|entry| entry.value.range.end.max(entry.key.range.end)),
            Kind::Sequence(items) => items.last().map(|item| item.range.end),
            _ => None,
        };
        open.node.range.end = last.unwrap_or(0).max(open.node.range.start);
        self.attach(open.node);
    }

    /// Gives `node` to the collection it belongs to.
    fn attach(&mut self, node: Node) {
        let depth = self.stack.len();
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        if depth > MAX_DEPTH {
            self.pass.too_deep.get_or_insert(node.range);
            open.node.range.end = open.node.range.end.max(node.range.end);
            return;
        }
        match &mut open.node.kind {
            Kind::Sequence(items) => items.push(node),
            Kind::Mapping(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => entries.push(Entry { key, value: node }),
            },
            Kind::Scalar(_) | Kind::Alias(_) => {}
        }
    }

    /// After an error: what was read of the last document, as far as it goes.
    fn close_rest(&mut self) {
        while !self.stack.is_empty() {
            self.close(0);
        }
        self.pass.documents.extend(self.root.take());
    }
}

fn new_node(kind: Kind, at: Mark, end: Option<u32>, start: Mark) -> Node {
    let range = TextRange::new(at.offset, end.unwrap_or(at.offset).max(at.offset));
    Node { kind, range, tag: None, anchor: None, line: start.line + 1, column: start.column + 1 }
}

/// `!!str` for `tag:yaml.org,2002:str`.
fn short_tag(tag: &str) -> String {
    match tag.strip_prefix("tag:yaml.org,2002:") {
        Some(name) => format!("!!{name}"),
        None => tag.to_owned(),
    }
}
