//! Block collections: items behind dashes, keys and values by their indentation.

use super::{Context, Parser, State};
use crate::yaml::token::{Scanned, SyntaxError, TokenKind};

impl Parser<'_> {
    pub(super) fn block_sequence_item(&mut self) -> Scanned<()> {
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

    pub(super) fn indentless_item(&mut self) -> Scanned<()> {
        if self.scanner.peek()?.kind != TokenKind::BlockEntry {
            self.close();
            return Ok(());
        }
        let dash = self.scanner.take()?;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.missing(&dash),
            _ => self.node(Context::Block),
        }
    }

    pub(super) fn block_mapping_key(&mut self) -> Scanned<()> {
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

    pub(super) fn block_mapping_value(&mut self) -> Scanned<()> {
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

    pub(super) fn close_block(&mut self) -> Scanned<()> {
        self.scanner.take()?;
        self.close();
        Ok(())
    }
}
