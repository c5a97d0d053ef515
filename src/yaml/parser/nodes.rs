//! Nodes: what announces one, and its place in the tree.

use super::{Context, MAX_DEPTH, Open, Parser, Properties, State};
use crate::text::TextRange;
use crate::yaml::node::{Entry, Kind, Node, Property, Style};
use crate::yaml::token::{Mark, Scanned, SyntaxError, Token, TokenKind};

impl Parser<'_> {
    /// Reads a scalar or an alias, or opens a collection.
    pub(super) fn node(&mut self, context: Context) -> Scanned<()> {
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

    pub(super) fn alias(&mut self, token: Token) {
        let TokenKind::Alias(name) = token.kind else { return };
        let range = TextRange::new(token.start.offset, token.end);
        if !self.anchors.contains(&name) {
            self.pass.unknown_anchors.push((name.clone(), range, self.pass.complete));
        }
        let mut node = new_node(Kind::Alias(name), token.start, None, token.start);
        node.range = range;
        self.attach(node);
    }

    pub(super) fn scalar(&mut self, token: Token, properties: Properties) {
        let TokenKind::Scalar(scalar) = token.kind else { return };
        let mut end = token.end;
        if matches!(scalar.style, Style::Literal | Style::Folded) {
            let text = &self.text[token.start.offset as usize..end as usize];
            end = token.start.offset + text.trim_end().len() as u32;
        }
        let mut node = new_node(Kind::Scalar(scalar), token.start, Some(end), properties.start);
        self.decorate(&mut node, properties);
        self.attach(node);
    }

    pub(super) fn decorate(&mut self, node: &mut Node, properties: Properties) {
        if let Some(anchor) = &properties.anchor {
            self.anchors.insert(anchor.text.clone());
        }
        node.tag = properties.tag;
        node.anchor = properties.anchor;
    }

    pub(super) fn open(&mut self, kind: Kind, properties: Properties, at: Mark, state: State) {
        let mut node = new_node(kind, at, None, properties.start);
        self.decorate(&mut node, properties);
        self.stack.push(Open { state, start: at, node, key: None });
    }

    pub(super) fn properties(&mut self) -> Scanned<Properties> {
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

    pub(super) fn tag_text(&self, handle: &str, suffix: &str) -> Option<String> {
        if handle.is_empty() {
            return Some(short_tag(suffix));
        }
        let (_, prefix) = self.tag_prefixes.iter().find(|(known, _)| known == handle)?;
        Some(short_tag(&format!("{prefix}{suffix}")))
    }

    /// A null in the place of a value that is not there, just behind the indicator that announces it.
    pub(super) fn missing(&mut self, indicator: &Token) -> Scanned<()> {
        self.attach(Node::missing(indicator.end, indicator.start.line + 1, indicator.start.column + 2));
        Ok(())
    }

    pub(super) fn missing_here(&mut self) -> Scanned<()> {
        let at = self.scanner.peek()?.start;
        self.attach(Node::missing(at.offset, at.line + 1, at.column + 1));
        Ok(())
    }

    /// Ends the innermost collection with its last child, or at its start where it has none.
    pub(super) fn close(&mut self) {
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
    pub(super) fn attach(&mut self, node: Node) {
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
    pub(super) fn close_rest(&mut self) {
        while !self.stack.is_empty() {
            self.close();
        }
        self.pass.documents.extend(self.root.take());
    }
}

pub(super) fn new_node(kind: Kind, at: Mark, end: Option<u32>, start: Mark) -> Node {
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
