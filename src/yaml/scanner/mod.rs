//! From bytes to tokens, as go-yaml's scanner does it: indentation, simple keys, and its three tokens of look-ahead, which
//! decide which of two errors comes first. Must not know what a document is.

mod block;
mod chars;
mod directive;
mod keys;
mod plain;
mod quoted;
mod text;

use super::token::{Mark, Scanned, SyntaxError, Token, TokenKind};
use keys::SimpleKey;
use std::collections::VecDeque;

/// Nesting at which go-yaml gives up.
const MAX_NESTING: usize = 10_000;

/// How far go-yaml looks for the next comment behind a comment.
const COMMENT_LOOK_AHEAD: usize = 512;

/// The scanner. The parser reads from it through [`Scanner::peek`] and [`Scanner::take`].
pub(super) struct Scanner<'a> {
    source: &'a [u8],
    text: &'a str,
    mark: Mark,
    tokens: VecDeque<Token>,
    tokens_taken: usize,
    ended: bool,
    indent: i32,
    indents: Vec<i32>,
    /// One per flow level, the block level first; the last is the current one's.
    simple_keys: Vec<SimpleKey>,
    simple_key_allowed: bool,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            source: text.as_bytes(),
            text,
            mark: Mark::default(),
            tokens: VecDeque::with_capacity(16),
            tokens_taken: 0,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            simple_keys: vec![SimpleKey::default()],
            simple_key_allowed: true,
        }
    }

    /// The next token.
    pub fn peek(&mut self) -> Scanned<&Token> {
        self.fetch_enough()?;
        Ok(&self.tokens[0])
    }

    /// Takes the next token off.
    pub fn take(&mut self) -> Scanned<Token> {
        self.fetch_enough()?;
        self.tokens_taken += 1;
        Ok(self.tokens.pop_front().expect("fetch_enough leaves a token"))
    }

    /// How far the scanner has read: what lies behind cannot have caused an error.
    pub fn reached(&self) -> u32 {
        self.mark.offset
    }

    fn level(&self) -> usize {
        self.simple_keys.len() - 1
    }

    fn in_flow(&self) -> bool {
        self.simple_keys.len() > 1
    }

    /// go-yaml wants three tokens at hand, and a decision on the first if that may yet become a key.
    fn fetch_enough(&mut self) -> Scanned<()> {
        while self.tokens.len() < 3 || self.first_may_be_key()? {
            if self.ended {
                let end = Token { kind: TokenKind::StreamEnd, start: self.mark, end: self.mark.offset };
                self.tokens.push_back(end);
            } else {
                self.fetch_next()?;
            }
        }
        Ok(())
    }

    fn fetch_next(&mut self) -> Scanned<()> {
        let before_blanks = self.mark;
        self.skip_to_next_token()?;
        self.unroll_indent(self.mark.column as i32, before_blanks);
        let first = self.byte(0);
        if self.at_end() {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 {
            if first == b'%' {
                return self.fetch_directive();
            }
            if let Some(kind) = self.document_indicator() {
                return self.fetch_document_indicator(kind);
            }
        }
        let before = self.tokens.len();
        self.fetch_by_first_byte(first)?;
        let entry =
            self.tokens.len() > before && matches!(self.tokens.back(), Some(Token { kind: TokenKind::BlockEntry, .. }));
        if !entry {
            self.skip_line_comment();
        }
        Ok(())
    }

    fn fetch_by_first_byte(&mut self, first: u8) -> Scanned<()> {
        let blank_next = chars::is_blank_or_end(self.source, self.mark.offset as usize + 1);
        match first {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_next => self.fetch_block_entry(),
            b'?' if self.in_flow() || blank_next => self.fetch_key(),
            b':' if self.in_flow() || blank_next => self.fetch_value(),
            b'*' => self.fetch_anchor(true),
            b'&' => self.fetch_anchor(false),
            b'!' => self.fetch_tag(),
            b'|' if !self.in_flow() => self.fetch_block_scalar(true),
            b'>' if !self.in_flow() => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            b'-' | b'?' | b':' => self.fetch_plain(),
            b'|' | b'>' | b'%' | b'@' | b'`' | b'#' | b'\t' => {
                Err(SyntaxError::scanner("found character that cannot start any token", self.mark, self.mark))
            }
            _ => self.fetch_plain(),
        }
    }

    fn fetch_stream_end(&mut self) -> Scanned<()> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(TokenKind::StreamEnd, self.mark);
        self.ended = true;
        Ok(())
    }

    fn document_indicator(&self) -> Option<TokenKind> {
        if !self.at_document_indicator() {
            return None;
        }
        Some(if self.byte(0) == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd })
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind) -> Scanned<()> {
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip_ascii(3);
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Scanned<()> {
        self.save_simple_key()?;
        let token = self.tokens_taken + self.tokens.len();
        self.simple_keys.push(SimpleKey { token, mark: self.mark, ..SimpleKey::default() });
        if self.level() > MAX_NESTING {
            return Err(SyntaxError::scanner("exceeded max depth of 10000", self.mark, self.mark));
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind)
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Scanned<()> {
        self.remove_simple_key()?;
        if self.in_flow() {
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind)
    }

    fn fetch_flow_entry(&mut self) -> Scanned<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry)
    }

    fn fetch_block_entry(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            self.start_block("block sequence entries are not allowed in this context", TokenKind::BlockSequenceStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry)
    }

    fn fetch_key(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            self.start_block("mapping keys are not allowed in this context", TokenKind::BlockMappingStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = !self.in_flow();
        self.push_indicator(TokenKind::Key)
    }

    fn fetch_value(&mut self) -> Scanned<()> {
        if let Some(key) = self.current_simple_key()? {
            let at = key.token - self.tokens_taken;
            let token = |kind| Token { kind, start: key.mark, end: key.mark.offset };
            self.tokens.insert(at, token(TokenKind::Key));
            if self.roll_indent(key.mark)? {
                self.tokens.insert(at, token(TokenKind::BlockMappingStart));
            }
            self.simple_key_allowed = false;
        } else {
            if !self.in_flow() {
                self.start_block("mapping values are not allowed in this context", TokenKind::BlockMappingStart)?;
            }
            self.simple_key_allowed = !self.in_flow();
        }
        self.push_indicator(TokenKind::Value)
    }

    /// Begins a block collection at the current place, if it does not already lie in one of this indentation.
    fn start_block(&mut self, refusal: &'static str, kind: TokenKind) -> Scanned<()> {
        if !self.simple_key_allowed {
            return Err(SyntaxError::scanner(refusal, self.mark, self.mark));
        }
        if self.roll_indent(self.mark)? {
            self.push(kind, self.mark);
        }
        Ok(())
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.mark.offset });
    }

    fn push_indicator(&mut self, kind: TokenKind) -> Scanned<()> {
        let start = self.mark;
        self.skip_ascii(1);
        self.push(kind, start);
        Ok(())
    }

    fn skip_to_next_token(&mut self) -> Scanned<()> {
        loop {
            if self.mark.column == 0 && self.rest().starts_with(b"\xEF\xBB\xBF") {
                self.skip_char();
            }
            let tabs = self.in_flow() || !self.simple_key_allowed;
            while self.byte(0) == b' ' || (tabs && self.byte(0) == b'\t') {
                self.skip_ascii(1);
            }
            if self.byte(0) == b'#' {
                self.skip_comments();
            }
            if self.break_len() == 0 {
                return Ok(());
            }
            self.skip_break();
            if !self.in_flow() {
                self.simple_key_allowed = true;
            }
        }
    }

    /// A comment behind a token. go-yaml passes over blanks, tabs included, to find it.
    fn skip_line_comment(&mut self) {
        let passed = &self.source[..self.mark.offset as usize];
        let last = passed.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        if matches!(last, None | Some(b'\n' | b'\r')) {
            return;
        }
        let blanks =
            self.rest().iter().take(COMMENT_LOOK_AHEAD).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if self.byte(blanks) == b'#' {
            self.skip_to_break();
        }
    }

    /// A comment, and all that follow it with nothing but blanks, tabs included, and empty lines between.
    fn skip_comments(&mut self) {
        loop {
            self.skip_to_break();
            let rest = self.rest();
            let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            let between = rest.iter().take(COMMENT_LOOK_AHEAD).take_while(blank).count();
            if self.byte(between) != b'#' {
                return;
            }
            let target = self.mark.offset as usize + between;
            while (self.mark.offset as usize) < target {
                if self.break_len() > 0 { self.skip_break() } else { self.skip_ascii(1) }
            }
        }
    }
}
