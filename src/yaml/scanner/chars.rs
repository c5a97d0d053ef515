//! Characters and how to move over them.

use super::Scanner;

/// Length in bytes of the line break at `at`, 0 where there is none: CR, LF, CR LF, NEL, LS, PS.
pub(super) fn break_len(source: &[u8], at: usize) -> usize {
    match source.get(at) {
        Some(b'\n') => 1,
        Some(b'\r') => 1 + usize::from(source.get(at + 1) == Some(&b'\n')),
        Some(0xC2) => 2 * usize::from(source.get(at + 1) == Some(&0x85)),
        Some(0xE2) => 3 * usize::from(matches!(source.get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9]))),
        _ => 0,
    }
}

/// Whether a space, a tab, a line break or the end of the text stands at `at`.
pub(super) fn is_blank_or_end(source: &[u8], at: usize) -> bool {
    match source.get(at) {
        None | Some(b' ' | b'\t' | b'\n' | b'\r') => true,
        Some(0xC2 | 0xE2) => break_len(source, at) > 0,
        _ => false,
    }
}

/// Letters, digits, `_` and `-`: what go-yaml takes for a name.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

impl Scanner<'_> {
    /// The byte `ahead` of the current place, 0 behind the end.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.source.get(self.mark.offset as usize + ahead).copied().unwrap_or(0)
    }

    pub(super) fn rest(&self) -> &[u8] {
        &self.source[(self.mark.offset as usize).min(self.source.len())..]
    }

    pub(super) fn at_end(&self) -> bool {
        self.mark.offset as usize >= self.source.len()
    }

    pub(super) fn at_blank(&self) -> bool {
        matches!(self.byte(0), b' ' | b'\t')
    }

    pub(super) fn break_len(&self) -> usize {
        break_len(self.source, self.mark.offset as usize)
    }

    pub(super) fn at_break_or_end(&self) -> bool {
        self.at_end() || self.break_len() > 0
    }

    pub(super) fn at_blank_or_end(&self) -> bool {
        is_blank_or_end(self.source, self.mark.offset as usize)
    }

    /// `---` or `...` at the start of a line, alone or with a blank behind.
    pub(super) fn at_document_indicator(&self) -> bool {
        let rest = self.rest();
        self.mark.column == 0
            && (rest.starts_with(b"---") || rest.starts_with(b"..."))
            && is_blank_or_end(self.source, self.mark.offset as usize + 3)
    }

    /// Moves over bytes that are known to be ASCII and no line break.
    pub(super) fn skip_ascii(&mut self, count: u32) {
        self.mark.offset += count;
        self.mark.index += count;
        self.mark.column += count;
    }

    /// Moves over one character that is no line break.
    pub(super) fn skip_char(&mut self) {
        let width = match self.byte(0) {
            0..=0x7F => 1,
            0x80..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        self.mark.offset = (self.mark.offset + width).min(self.source.len() as u32);
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Moves over the bytes up to `end`, in which there is no line break.
    pub(super) fn skip_to(&mut self, end: usize) {
        let passed = &self.source[self.mark.offset as usize..end];
        let characters = passed.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32;
        self.mark.offset = end as u32;
        self.mark.index += characters;
        self.mark.column += characters;
    }

    /// Moves to the next line break, or to the end.
    pub(super) fn skip_to_break(&mut self) {
        let mut end = self.mark.offset as usize;
        while end < self.source.len() {
            match self.source[end] {
                b'\n' | b'\r' => break,
                0xC2 | 0xE2 if break_len(self.source, end) > 0 => break,
                _ => end += 1,
            }
        }
        self.skip_to(end);
    }

    /// Moves over the line break here.
    pub(super) fn skip_break(&mut self) {
        let length = self.break_len() as u32;
        self.mark.offset += length;
        self.mark.index += if self.source[(self.mark.offset - length) as usize] == b'\r' { length } else { 1 };
        self.mark.column = 0;
        self.mark.line += 1;
    }
}
