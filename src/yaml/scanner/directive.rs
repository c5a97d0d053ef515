//! Directives, anchors, aliases and tags.

use super::{Scanner, chars};
use crate::yaml::token::{Mark, Scanned, SyntaxError, Token, TokenKind};

impl Scanner<'_> {
    pub(super) fn fetch_directive(&mut self) -> Scanned<()> {
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip_ascii(1);
        let name = self.name();
        if name.is_empty() {
            return Err(SyntaxError::scanner("could not find expected directive name", start, self.mark));
        }
        if !self.at_blank_or_end() {
            return Err(SyntaxError::scanner("found unexpected non-alphabetical character", start, self.mark));
        }
        let kind = match name.as_str() {
            "YAML" => self.version(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return Err(SyntaxError::scanner("found unknown directive name", start, self.mark)),
        };
        let end = self.mark.offset;
        self.skip_rest_of_line(start)?;
        self.tokens.push_back(Token { kind, start, end });
        Ok(())
    }

    fn name(&mut self) -> String {
        let length = self.rest().iter().take_while(|byte| chars::is_name(**byte)).count();
        let from = self.mark.offset as usize;
        self.skip_ascii(length as u32);
        self.text[from..from + length].to_owned()
    }

    fn skip_blanks(&mut self) {
        while self.at_blank() {
            self.skip_ascii(1);
        }
    }

    fn version(&mut self, start: Mark) -> Scanned<TokenKind> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.byte(0) != b'.' {
            return Err(SyntaxError::scanner("did not find expected digit or '.' character", start, self.mark));
        }
        self.skip_ascii(1);
        let minor = self.version_number(start)?;
        Ok(TokenKind::Version { major, minor })
    }

    fn version_number(&mut self, start: Mark) -> Scanned<u8> {
        let mut number = 0;
        let mut length = 0;
        while self.byte(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return Err(SyntaxError::scanner("found extremely long version number", start, self.mark));
            }
            number = number * 10 + (self.byte(0) - b'0');
            self.skip_ascii(1);
        }
        if length == 0 {
            return Err(SyntaxError::scanner("did not find expected version number", start, self.mark));
        }
        Ok(number)
    }

    fn tag_directive(&mut self, start: Mark) -> Scanned<TokenKind> {
        self.skip_blanks();
        let handle = self.tag_handle(true, start)?;
        if !self.at_blank() {
            return Err(SyntaxError::scanner("did not find expected whitespace", start, self.mark));
        }
        self.skip_blanks();
        let prefix = self.tag_uri("", start)?;
        if !self.at_blank_or_end() {
            return Err(SyntaxError::scanner("did not find expected whitespace or line break", start, self.mark));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Scanned<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip_ascii(1);
        let name = self.name();
        let ended =
            self.at_blank_or_end() || matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ended {
            let problem = "did not find expected alphabetic or numeric character";
            return Err(SyntaxError::scanner(problem, start, self.mark));
        }
        self.push(if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Scanned<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let (handle, suffix) = if self.byte(1) == b'<' {
            self.skip_ascii(2);
            let suffix = self.tag_uri("", start)?;
            if self.byte(0) != b'>' {
                return Err(SyntaxError::scanner("did not find the expected '>'", start, self.mark));
            }
            self.skip_ascii(1);
            (String::new(), suffix)
        } else {
            let handle = self.tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.tag_uri("", start)?;
                (handle, suffix)
            } else {
                let suffix = self.tag_uri(&handle, start)?;
                if suffix.is_empty() { (String::new(), "!".to_owned()) } else { ("!".to_owned(), suffix) }
            }
        };
        if !self.at_blank_or_end() {
            return Err(SyntaxError::scanner("did not find expected whitespace or line break", start, self.mark));
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    fn tag_handle(&mut self, directive: bool, start: Mark) -> Scanned<String> {
        if self.byte(0) != b'!' {
            return Err(SyntaxError::scanner("did not find expected '!'", start, self.mark));
        }
        self.skip_ascii(1);
        let mut handle = format!("!{}", self.name());
        if self.byte(0) == b'!' {
            self.skip_ascii(1);
            handle.push('!');
        } else if directive && handle != "!" {
            return Err(SyntaxError::scanner("did not find expected '!'", start, self.mark));
        }
        Ok(handle)
    }

    /// The characters of a tag's address. `head` is what was first taken for a handle; its `!` is not part of the address.
    fn tag_uri(&mut self, head: &str, start: Mark) -> Scanned<String> {
        let mut uri = head.get(1..).unwrap_or("").as_bytes().to_vec();
        let mut found = !head.is_empty();
        loop {
            let byte = self.byte(0);
            if byte == b'%' {
                self.uri_escape(&mut uri, start)?;
            } else if chars::is_name(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) {
                uri.push(byte);
                self.skip_ascii(1);
            } else {
                break;
            }
            found = true;
        }
        if !found {
            return Err(SyntaxError::scanner("did not find expected tag URI", start, self.mark));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// One character written as `%` and two digits per byte.
    fn uri_escape(&mut self, uri: &mut Vec<u8>, start: Mark) -> Scanned<()> {
        let mut left = 0;
        loop {
            let digit = |ahead| (self.byte(ahead) as char).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.byte(0), digit(1), digit(2)) else {
                return Err(SyntaxError::scanner("did not find URI escaped octet", start, self.mark));
            };
            let octet = (high << 4 | low) as u8;
            if left == 0 {
                left = match octet {
                    0..=0x7F => 1,
                    0xC0..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    0xF0..=0xF7 => 4,
                    _ => return Err(SyntaxError::scanner("found an incorrect leading UTF-8 octet", start, self.mark)),
                };
            } else if octet & 0xC0 != 0x80 {
                return Err(SyntaxError::scanner("found an incorrect trailing UTF-8 octet", start, self.mark));
            }
            uri.push(octet);
            self.skip_ascii(3);
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
