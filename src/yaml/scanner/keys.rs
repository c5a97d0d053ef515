//! Simple keys (keys without `?`, known as such only at their colon) and the stack of indentations.

use super::{MAX_NESTING, Scanner};
use crate::yaml::token::{Mark, Scanned, SyntaxError, Token, TokenKind};

/// Characters within which the colon of a simple key must come.
const MAX_KEY_LENGTH: u32 = 1024;

/// A place where a simple key may have begun.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SimpleKey {
    pub possible: bool,
    /// Whether nothing else may stand here: in block context at the column of the other keys.
    pub required: bool,
    /// Number of the token, counted from the start of the text.
    pub token: usize,
    pub mark: Mark,
}

const NO_COLON: &str = "could not find expected ':'";

impl Scanner<'_> {
    /// Whether the first token at hand may still turn out to be a simple key.
    pub(super) fn first_may_be_key(&mut self) -> Scanned<bool> {
        let from = self.simple_keys.partition_point(|key| key.token < self.tokens_taken);
        for at in from..self.simple_keys.len() {
            if self.simple_keys[at].token != self.tokens_taken {
                break;
            }
            if self.simple_keys[at].possible {
                return self.still_valid(at);
            }
        }
        Ok(false)
    }

    fn still_valid(&mut self, at: usize) -> Scanned<bool> {
        let key = self.simple_keys[at];
        if key.possible && (key.mark.line < self.mark.line || key.mark.index + MAX_KEY_LENGTH < self.mark.index) {
            if key.required {
                return Err(SyntaxError::scanner(NO_COLON, key.mark, self.mark));
            }
            self.simple_keys[at].possible = false;
            return Ok(false);
        }
        Ok(key.possible)
    }

    /// Takes the key that may have begun on the current level.
    pub(super) fn current_simple_key(&mut self) -> Scanned<Option<SimpleKey>> {
        let last = self.level();
        if !self.still_valid(last)? {
            return Ok(None);
        }
        self.simple_keys[last].possible = false;
        Ok(Some(self.simple_keys[last]))
    }

    /// Remembers that a simple key may begin here.
    pub(super) fn save_simple_key(&mut self) -> Scanned<()> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let required = !self.in_flow() && self.indent == self.mark.column as i32;
        self.remove_simple_key()?;
        let token = self.tokens_taken + self.tokens.len();
        let last = self.level();
        self.simple_keys[last] = SimpleKey { possible: true, required, token, mark: self.mark };
        Ok(())
    }

    /// Gives up the key that may have begun on the current level.
    pub(super) fn remove_simple_key(&mut self) -> Scanned<()> {
        let last = self.level();
        let key = self.simple_keys[last];
        if key.possible && key.required {
            return Err(SyntaxError::scanner(NO_COLON, key.mark, self.mark));
        }
        self.simple_keys[last].possible = false;
        Ok(())
    }

    /// Enters the column of `mark` as a deeper indentation; false where it is not deeper, or in flow context.
    pub(super) fn roll_indent(&mut self, mark: Mark) -> Scanned<bool> {
        let column = mark.column as i32;
        if self.in_flow() || self.indent >= column {
            return Ok(false);
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_NESTING {
            let key = self.simple_keys[self.level()];
            return Err(SyntaxError::scanner("exceeded max depth of 10000", key.mark, self.mark));
        }
        Ok(true)
    }

    /// Leaves all indentations deeper than `column`; the blocks end at `at`.
    pub(super) fn unroll_indent(&mut self, column: i32, at: Mark) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            let token = Token { kind: TokenKind::BlockEnd, start: at, end: at.offset };
            self.tokens.push_back(token);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
