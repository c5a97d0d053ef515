//! Lines of a text, as a reader who looks for the mistake sees them.

/// A line without its line break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// The line.
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// The line that holds `offset`.
    pub fn at(text: &'a str, offset: usize) -> Self {
        let offset = offset.min(text.len());
        let start = text.as_bytes()[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let end = text.as_bytes()[offset..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| offset + at);
        let end = if end > start && text.as_bytes()[end - 1] == b'\r' { end - 1 } else { end };
        Self { start, end, text: &text[start..end] }
    }

    /// The line above, if there is one.
    pub fn above(&self, text: &'a str) -> Option<Self> {
        self.start.checked_sub(1).map(|end| Self::at(text, end))
    }

    /// The nearest line above that holds more than blanks and a comment.
    pub fn filled_above(&self, text: &'a str) -> Option<Self> {
        let mut line = *self;
        loop {
            line = line.above(text)?;
            if line.is_filled() {
                return Some(line);
            }
        }
    }

    /// The line below, if there is one.
    pub fn below(&self, text: &'a str) -> Option<Self> {
        let next = text.as_bytes()[self.end..].iter().position(|byte| *byte == b'\n')? + self.end + 1;
        (next < text.len()).then(|| Self::at(text, next))
    }

    /// Whether it holds more than blanks and a comment.
    pub fn is_filled(&self) -> bool {
        let content = self.text.trim_start();
        !content.is_empty() && !content.starts_with('#')
    }

    /// Bytes of white space at its start.
    pub fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Where its content begins.
    pub fn content_start(&self) -> usize {
        self.start + self.indent()
    }

    /// Its text without the white space at both ends and without a comment.
    pub fn content(&self) -> &'a str {
        let content = self.text.trim_start();
        let comment = if content.starts_with('#') { Some(0) } else { content.find(" #") };
        content[..comment.unwrap_or(content.len())].trim_end()
    }

    /// Where its content ends.
    pub fn content_end(&self) -> usize {
        self.content_start() + self.content().len()
    }

    /// Whether it is an item of a list.
    pub fn is_item(&self) -> bool {
        let content = self.content();
        content == "-" || content.starts_with("- ")
    }

    /// The column of its first key, or of its content: behind the dashes.
    pub fn key_column(&self) -> usize {
        let mut content = self.content();
        let mut column = self.indent();
        while let Some(rest) = content.strip_prefix("- ") {
            let rest = rest.trim_start();
            column += content.len() - rest.len();
            content = rest;
        }
        column
    }

    /// The offset of its first colon that ends a key.
    pub fn key_colon(&self) -> Option<usize> {
        let content = self.content();
        let colon = content.find(": ").or_else(|| content.ends_with(':').then(|| content.len() - 1))?;
        Some(self.content_start() + colon)
    }
}

/// The line and those below that belong to it: deeper ones, and items of its list at its own column.
pub(super) fn block<'a>(text: &'a str, first: Line<'a>) -> Vec<Line<'a>> {
    let mut lines = vec![first];
    let mut next = first.below(text);
    while let Some(line) = next {
        let inside =
            line.indent() > first.indent() || (line.indent() == first.indent() && line.is_item() && !first.is_item());
        if line.is_filled() {
            if !inside {
                break;
            }
            lines.push(line);
        }
        next = line.below(text);
    }
    lines
}
