//! From bytes to characters: encodings, and the characters YAML does not allow. go-yaml reads blocks of 512 bytes and
//! finds an error of this kind as soon as it needs the block it lies in.

use std::borrow::Cow;

/// Bytes that go-yaml reads at once.
const BLOCK: usize = 512;

/// A byte or character that go-yaml's reader refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// go-yaml's words.
    pub problem: &'static str,
    /// Its place in the decoded text.
    pub offset: u32,
    /// Where the block begins that holds it, in the decoded text.
    pub block: u32,
}

/// The text in a file's bytes: UTF-8, or UTF-16 with a byte order mark, as go-yaml reads it. Bytes that are none become
/// U+FFFD, and the first of them is told.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Refused>) {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), None),
            Err(error) => {
                let at = error.valid_up_to();
                let problem = utf8_problem(&bytes[at..]);
                let valid = std::str::from_utf8(&bytes[..at]).unwrap_or("");
                let refused = first_refused(valid);
                let bad = Refused { problem, offset: at as u32, block: block_start(bytes, at) as u32 };
                (String::from_utf8_lossy(bytes), Some(refused.unwrap_or(bad)))
            }
        },
    }
}

fn utf8_problem(bytes: &[u8]) -> &'static str {
    let width = match bytes[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    if bytes.len() < width {
        return "incomplete UTF-8 octet sequence";
    }
    let mut value = u32::from(bytes[0]) & (0x7F >> width);
    for byte in &bytes[1..width] {
        if byte & 0xC0 != 0x80 {
            return "invalid trailing UTF-8 octet";
        }
        value = value << 6 | u32::from(byte & 0x3F);
    }
    let shortest = [0, 0, 0x80, 0x800, 0x1_0000][width];
    if value < shortest { "invalid length of a UTF-8 sequence" } else { "invalid Unicode character" }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'_, str>, Option<Refused>) {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len());
    let mut refused = None;
    for character in char::decode_utf16(units) {
        let problem = match character {
            Ok(character) => {
                text.push(character);
                continue;
            }
            Err(error) if error.unpaired_surrogate() >= 0xDC00 => "unexpected low surrogate area",
            Err(_) => "expected low surrogate area",
        };
        let offset = text.len() as u32;
        refused.get_or_insert(Refused { problem, offset, block: offset });
        text.push(char::REPLACEMENT_CHARACTER);
    }
    if bytes.len() % 2 == 1 {
        let offset = text.len() as u32;
        refused.get_or_insert(Refused { problem: "incomplete UTF-16 character", offset, block: offset });
    }
    let refused =
        first_refused(&text).filter(|first| refused.is_none_or(|other| first.offset < other.offset)).or(refused);
    (Cow::Owned(text), refused)
}

/// The first character of `text` that YAML does not allow.
pub(super) fn first_refused(text: &str) -> Option<Refused> {
    let bytes = text.as_bytes();
    let at = bytes.iter().enumerate().position(|(at, byte)| match byte {
        b'\t' | b'\n' | b'\r' => false,
        0..=0x1F | 0x7F => true,
        0xC2 => matches!(bytes.get(at + 1), Some(0x80..=0x84 | 0x86..=0x9F)),
        0xEF => matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])),
        _ => false,
    })?;
    Some(Refused {
        problem: "control characters are not allowed",
        offset: at as u32,
        block: block_start(bytes, at) as u32,
    })
}

/// Where the block begins that holds the byte at `at`. A block ends before a character that does not wholly fit.
fn block_start(bytes: &[u8], at: usize) -> usize {
    let mut start = 0;
    loop {
        let mut end = start + BLOCK;
        if end > at || end >= bytes.len() {
            return start;
        }
        let back = (1..4).find(|back| bytes[end - back] & 0xC0 != 0x80).unwrap_or(1);
        let width = match bytes[end - back] {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => 1,
        };
        if width > back {
            end -= back;
        }
        if end > at {
            return start;
        }
        start = end;
    }
}
