//! Scalars in single and in double quotes.

use super::text::{Breaks, Text, read_as};
use super::{Scanner, chars};
use crate::yaml::node::Style;
use crate::yaml::token::{Mark, Scanned, SyntaxError, Token, TokenKind};

/// What stopped a run of characters that are neither blanks nor breaks.
#[derive(PartialEq, Eq)]
enum Stop {
    Quote,
    Blank,
    /// A backslash before a line break: the break is left out.
    EscapedBreak,
}

impl Scanner<'_> {
    pub(super) fn fetch_quoted(&mut self, single: bool) -> Scanned<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip_ascii(1);
        let mut text = Text::new(self.text);
        loop {
            if self.at_document_indicator() {
                return Err(SyntaxError::scanner("found unexpected document indicator", start, self.mark));
            }
            if self.at_end() {
                return Err(SyntaxError::scanner("found unexpected end of stream", start, self.mark));
            }
            match self.quoted_run(single, start, &mut text)? {
                Stop::Quote => break,
                stop => self.quoted_blanks(stop == Stop::EscapedBreak, &mut text),
            }
        }
        self.skip_ascii(1);
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        let scalar = text.finish(style, start.offset + 1);
        self.tokens.push_back(Token { kind: TokenKind::Scalar(scalar), start, end: self.mark.offset });
        Ok(())
    }

    fn quoted_run(&mut self, single: bool, start: Mark, text: &mut Text<'_>) -> Scanned<Stop> {
        let quote = if single { b'\'' } else { b'"' };
        loop {
            let from = self.mark.offset as usize;
            let mut at = from;
            while let Some(byte) = self.source.get(at) {
                match byte {
                    b' ' | b'\t' | b'\n' | b'\r' => break,
                    b'\\' if !single => break,
                    byte if *byte == quote => break,
                    0xC2 | 0xE2 if chars::break_len(self.source, at) > 0 => break,
                    _ => at += 1,
                }
            }
            text.push_source(from, at);
            self.skip_to(at);
            if self.byte(0) == quote && !self.at_end() {
                if !(single && self.byte(1) == b'\'') {
                    return Ok(Stop::Quote);
                }
                text.push_source(at, at + 1);
                self.skip_ascii(2);
            } else if self.byte(0) == b'\\' && !single {
                if chars::break_len(self.source, at + 1) > 0 {
                    self.skip_ascii(1);
                    self.skip_break();
                    return Ok(Stop::EscapedBreak);
                }
                self.escape(start, text)?;
            } else {
                return Ok(Stop::Blank);
            }
        }
    }

    /// Blanks and line breaks inside quotes: blanks on one line stay, breaks are folded.
    fn quoted_blanks(&mut self, mut new_line: bool, text: &mut Text<'_>) {
        let from = self.mark.offset as usize;
        let mut breaks = Breaks::default();
        loop {
            let length = self.break_len();
            if self.at_blank() {
                self.skip_ascii(1);
            } else if length > 0 {
                let line_break = read_as(&self.rest()[..length]);
                if new_line {
                    breaks.push_more(line_break, self.mark.offset);
                } else {
                    breaks.push(line_break, self.mark.offset);
                }
                self.skip_break();
                new_line = true;
            } else {
                break;
            }
        }
        if new_line {
            breaks.fold_into(text);
        } else {
            text.push_source(from, self.mark.offset as usize);
        }
    }

    fn escape(&mut self, start: Mark, text: &mut Text<'_>) -> Scanned<()> {
        let offset = self.mark.offset;
        let plain = match self.byte(1) {
            b'0' => "\0",
            b'a' => "\x07",
            b'b' => "\x08",
            b't' | b'\t' => "\t",
            b'n' => "\n",
            b'v' => "\x0B",
            b'f' => "\x0C",
            b'r' => "\r",
            b'e' => "\x1B",
            b' ' => " ",
            b'"' => "\"",
            b'\'' => "'",
            b'\\' => "\\",
            b'N' => "\u{85}",
            b'_' => "\u{A0}",
            b'L' => "\u{2028}",
            b'P' => "\u{2029}",
            b'x' => return self.numeric_escape(2, start, text),
            b'u' => return self.numeric_escape(4, start, text),
            b'U' => return self.numeric_escape(8, start, text),
            _ => return Err(SyntaxError::scanner("found unknown escape character", start, self.mark)),
        };
        self.skip_ascii(2);
        text.push_for(plain, offset);
        Ok(())
    }

    fn numeric_escape(&mut self, digits: u32, start: Mark, text: &mut Text<'_>) -> Scanned<()> {
        let offset = self.mark.offset;
        self.skip_ascii(2);
        let mut value = 0u64;
        for ahead in 0..digits as usize {
            let Some(digit) = (self.byte(ahead) as char).to_digit(16) else {
                return Err(SyntaxError::scanner("did not find expected hexdecimal number", start, self.mark));
            };
            value = value << 4 | u64::from(digit);
        }
        let Some(character) = u32::try_from(value).ok().and_then(char::from_u32) else {
            return Err(SyntaxError::scanner("found invalid Unicode character escape code", start, self.mark));
        };
        self.skip_ascii(digits);
        text.push_for(character.encode_utf8(&mut [0; 4]), offset);
        Ok(())
    }
}
