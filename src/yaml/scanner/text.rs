//! Puts a scalar's text together from runs of the file and what escapes and folds stand for.

use crate::yaml::node::{Origin, Scalar, Style};

/// A scalar's text in the making. A run of the file is only noted until something else has to follow it, so a scalar that
/// stands in the file as it is gets copied once.
pub(super) struct Text<'a> {
    source: &'a str,
    done: String,
    runs: Vec<(u32, u32)>,
    run: Option<(usize, usize)>,
}

impl<'a> Text<'a> {
    pub fn new(source: &'a str) -> Self {
        Self { source, done: String::new(), runs: Vec::new(), run: None }
    }

    /// Appends bytes of the file.
    pub fn push_source(&mut self, start: usize, end: usize) {
        match &mut self.run {
            Some((_, last)) if *last == start => *last = end,
            _ if start == end => {}
            _ => {
                self.flush();
                self.run = Some((start, end));
            }
        }
    }

    /// Appends text that stands for the bytes of the file at `offset`.
    pub fn push_for(&mut self, text: &str, offset: u32) {
        if text.is_empty() {
            return;
        }
        self.flush();
        self.runs.push((self.done.len() as u32, offset));
        self.done.push_str(text);
    }

    fn flush(&mut self) {
        if let Some((start, end)) = self.run.take() {
            self.runs.push((self.done.len() as u32, start as u32));
            self.done.push_str(&self.source[start..end]);
        }
    }

    /// The scalar; `offset` is where an empty one stands.
    pub fn finish(mut self, style: Style, offset: u32) -> Scalar {
        if self.runs.is_empty() {
            let (start, end) = self.run.unwrap_or((offset as usize, offset as usize));
            let text = self.source[start..end].to_owned();
            return Scalar { text, style, origin: Origin::Verbatim(start as u32) };
        }
        self.flush();
        Scalar { text: self.done, style, origin: Origin::Runs(self.runs) }
    }
}

/// A line break, or several, inside a scalar: how go-yaml joins the lines around it.
#[derive(Default)]
pub(super) struct Breaks {
    /// The first break and where it stands.
    pub first: Option<(&'static str, u32)>,
    /// The breaks of the empty lines behind it.
    pub more: String,
    /// Where those begin.
    pub more_at: u32,
}

impl Breaks {
    /// Notes one more break.
    pub fn push(&mut self, line_break: &'static str, offset: u32) {
        if self.first.is_none() {
            self.first = Some((line_break, offset));
        } else {
            self.push_more(line_break, offset);
        }
    }

    /// Notes the break of an empty line.
    pub fn push_more(&mut self, line_break: &'static str, offset: u32) {
        if self.more.is_empty() {
            self.more_at = offset;
        }
        self.more.push_str(line_break);
    }

    /// Folds: one break becomes a space, several lose the first; LS and PS stay. Without a first break (an escaped one) an
    /// empty remainder adds nothing.
    pub fn fold_into(&mut self, text: &mut Text<'_>) {
        match self.first.take() {
            Some(("\n", offset)) if self.more.is_empty() => text.push_for(" ", offset),
            Some(("\n", _)) => text.push_for(&self.more, self.more_at),
            Some((other, offset)) => {
                text.push_for(other, offset);
                text.push_for(&self.more, self.more_at);
            }
            None => text.push_for(&self.more, self.more_at),
        }
        self.more.clear();
    }
}

/// What a line break in a scalar reads as: CR, LF, CR LF and NEL as LF; LS and PS as themselves.
pub(super) fn read_as(line_break: &[u8]) -> &'static str {
    match line_break {
        [0xE2, 0x80, 0xA8] => "\u{2028}",
        [0xE2, 0x80, 0xA9] => "\u{2029}",
        _ => "\n",
    }
}
