//! Plain scalars: text without quotes.

use super::text::{Breaks, Text, read_as};
use super::{Scanner, chars};
use crate::yaml::node::Style;
use crate::yaml::token::{Scanned, SyntaxError, Token, TokenKind};

impl Scanner<'_> {
    pub(super) fn fetch_plain(&mut self) -> Scanned<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let indent = self.indent + 1;
        let mut text = Text::new(self.text);
        let mut breaks = Breaks::default();
        let mut end = start.offset;
        let mut new_line = false;
        loop {
            if self.at_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            let word = self.mark.offset as usize;
            let word_end = self.plain_word_end(word);
            if word_end > word {
                if new_line {
                    breaks.fold_into(&mut text);
                    new_line = false;
                } else {
                    text.push_source(end as usize, word);
                }
                text.push_source(word, word_end);
                self.skip_to(word_end);
                end = self.mark.offset;
            }
            if self.at_end() || !self.at_blank_or_end() {
                break;
            }
            new_line |= self.skip_plain_blanks(start, indent, new_line, &mut breaks)?;
            if !self.in_flow() && (self.mark.column as i32) < indent {
                break;
            }
        }
        let scalar = text.finish(Style::Plain, start.offset);
        self.tokens.push_back(Token { kind: TokenKind::Scalar(scalar), start, end });
        if new_line {
            self.simple_key_allowed = true;
        }
        Ok(())
    }

    /// The end of the run of characters that begins at `at` and holds no blank and no indicator that ends a plain scalar.
    fn plain_word_end(&self, mut at: usize) -> usize {
        let flow = self.in_flow();
        while let Some(byte) = self.source.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                b':' if chars::is_blank_or_end(self.source, at + 1) => break,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if flow => break,
                0xC2 | 0xE2 if chars::break_len(self.source, at) > 0 => break,
                _ => at += 1,
            }
        }
        at
    }

    /// Blanks and line breaks between two words; whether there was a break among them.
    fn skip_plain_blanks(
        &mut self,
        start: crate::yaml::token::Mark,
        indent: i32,
        mut new_line: bool,
        breaks: &mut Breaks,
    ) -> Scanned<bool> {
        loop {
            if self.at_blank() {
                if new_line && self.byte(0) == b'\t' && (self.mark.column as i32) < indent {
                    let problem = "found a tab character that violates indentation";
                    return Err(SyntaxError::scanner(problem, start, self.mark));
                }
                self.skip_ascii(1);
                continue;
            }
            let length = self.break_len();
            if length == 0 {
                return Ok(new_line);
            }
            breaks.push(read_as(&self.rest()[..length]), self.mark.offset);
            self.skip_break();
            new_line = true;
        }
    }
}
