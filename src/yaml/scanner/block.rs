//! Block scalars: `|` and `>`.

use super::Scanner;
use super::text::{Breaks, Text, read_as};
use crate::yaml::node::Style;
use crate::yaml::token::{Mark, Scanned, SyntaxError, Token, TokenKind};

/// What happens to the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Scanned<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip_ascii(1);
        let (chomping, increment) = self.block_header(start)?;
        let mut indent = if increment > 0 { self.indent.max(0) + increment } else { 0 };
        let mut text = Text::new(self.text);
        let mut breaks = Breaks::default();
        let mut end = self.block_breaks(&mut indent, start, &mut breaks)?;
        let mut after_blank = false;
        while self.mark.column as i32 == indent && !self.at_end() {
            let blank = self.at_blank();
            if !literal && !after_blank && !blank {
                breaks.fold_into(&mut text);
            } else {
                join(&mut breaks, &mut text);
            }
            after_blank = blank;
            let from = self.mark.offset as usize;
            self.skip_to_break();
            text.push_source(from, self.mark.offset as usize);
            let length = self.break_len();
            if length > 0 {
                breaks.first = Some((read_as(&self.rest()[..length]), self.mark.offset));
                self.skip_break();
            }
            end = self.block_breaks(&mut indent, start, &mut breaks)?;
        }
        let last = breaks.first.take();
        if let (Some((line_break, offset)), true) = (last, chomping != Chomping::Strip) {
            text.push_for(line_break, offset);
        }
        if chomping == Chomping::Keep {
            text.push_for(&breaks.more, breaks.more_at);
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        let scalar = text.finish(style, end);
        self.tokens.push_back(Token { kind: TokenKind::Scalar(scalar), start, end });
        Ok(())
    }

    /// Chomping and indentation indicators, and the rest of their line.
    fn block_header(&mut self, start: Mark) -> Scanned<(Chomping, i32)> {
        let mut chomping = Chomping::Clip;
        let mut increment = 0;
        let chomping_first = matches!(self.byte(0), b'+' | b'-');
        for round in 0..2 {
            match self.byte(0) {
                sign @ (b'+' | b'-') if (round == 0) == chomping_first => {
                    chomping = if sign == b'+' { Chomping::Keep } else { Chomping::Strip };
                    self.skip_ascii(1);
                }
                digit @ b'0'..=b'9' if (round == 1) == chomping_first => {
                    if digit == b'0' {
                        let problem = "found an indentation indicator equal to 0";
                        return Err(SyntaxError::scanner(problem, start, self.mark));
                    }
                    increment = i32::from(digit - b'0');
                    self.skip_ascii(1);
                }
                _ => {}
            }
        }
        self.skip_rest_of_line(start)?;
        Ok((chomping, increment))
    }

    /// Blanks, a comment and the line break; anything else is an error.
    pub(super) fn skip_rest_of_line(&mut self, start: Mark) -> Scanned<()> {
        while self.at_blank() {
            self.skip_ascii(1);
        }
        if self.byte(0) == b'#' {
            self.skip_to_break();
        }
        if !self.at_break_or_end() {
            return Err(SyntaxError::scanner("did not find expected comment or line break", start, self.mark));
        }
        if !self.at_end() {
            self.skip_break();
        }
        Ok(())
    }

    /// Indentation and empty lines; finds the indentation of the scalar if that is not known yet. Gives the offset behind
    /// the last line break.
    fn block_breaks(&mut self, indent: &mut i32, start: Mark, breaks: &mut Breaks) -> Scanned<u32> {
        let mut end = self.mark.offset;
        let mut deepest = 0;
        loop {
            while (*indent == 0 || (self.mark.column as i32) < *indent) && self.byte(0) == b' ' {
                self.skip_ascii(1);
            }
            let column = self.mark.column as i32;
            deepest = deepest.max(column);
            if (*indent == 0 || column < *indent) && self.byte(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(SyntaxError::scanner(problem, start, self.mark));
            }
            let length = self.break_len();
            if length == 0 {
                break;
            }
            breaks.push_more(read_as(&self.rest()[..length]), self.mark.offset);
            self.skip_break();
            end = self.mark.offset;
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(end)
    }
}

/// Keeps all breaks as they are.
fn join(breaks: &mut Breaks, text: &mut Text<'_>) {
    if let Some((line_break, offset)) = breaks.first.take() {
        text.push_for(line_break, offset);
    }
    text.push_for(&breaks.more, breaks.more_at);
    breaks.more.clear();
}
