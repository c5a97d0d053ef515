//! Flow collections: `[a, b]`, `{a: b}`, and the single pair `[a: b]`.

use super::nodes::new_node;
use super::{Context, Open, Parser, State};
use crate::yaml::node::Kind;
use crate::yaml::token::{Mark, Scanned, SyntaxError, TokenKind};

impl Parser<'_> {
    pub(super) fn flow_sequence_item(&mut self, first: bool) -> Scanned<()> {
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

    pub(super) fn flow_comma(&mut self, problem: &'static str, context: Mark) -> Scanned<()> {
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::FlowEntry {
            return Err(SyntaxError::parser(problem, context, token.start));
        }
        self.scanner.take()?;
        Ok(())
    }

    pub(super) fn pair_key(&mut self) -> Scanned<()> {
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

    pub(super) fn pair_value(&mut self) -> Scanned<()> {
        self.expect(State::PairEnd);
        self.flow_value(TokenKind::FlowSequenceEnd)
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Scanned<()> {
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

    pub(super) fn flow_mapping_value(&mut self) -> Scanned<()> {
        self.expect(State::FlowMappingKey { first: false });
        self.flow_value(TokenKind::FlowMappingEnd)
    }

    pub(super) fn flow_value(&mut self, end: TokenKind) -> Scanned<()> {
        if self.scanner.peek()?.kind != TokenKind::Value {
            return self.missing_here();
        }
        let colon = self.scanner.take()?;
        let next = &self.scanner.peek()?.kind;
        if *next == TokenKind::FlowEntry || *next == end { self.missing(&colon) } else { self.node(Context::Flow) }
    }

    pub(super) fn flow_mapping_no_value(&mut self) -> Scanned<()> {
        self.expect(State::FlowMappingKey { first: false });
        self.missing_here()
    }

    pub(super) fn close_flow(&mut self) -> Scanned<()> {
        let end = self.scanner.take()?.end;
        if let Some(open) = self.stack.pop() {
            let mut node = open.node;
            node.range.end = end;
            self.attach(node);
        }
        Ok(())
    }
}
