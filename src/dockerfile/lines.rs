//! Physical lines to logical ones: comments, continuations, the escape directive, here-documents.

use crate::text::TextRange;

/// The logical lines of a Dockerfile.
pub struct Source {
    pub escape: char,
    pub lines: Vec<Line>,
}

/// One logical line.
pub struct Line {
    /// The text with continuations joined, without leading blanks.
    pub text: String,
    /// For each byte of `text` its offset in the file; one more for the end.
    offsets: Vec<u32>,
    /// From the first byte to the last, here-documents included.
    pub range: TextRange,
    /// Number of the first physical line, from 1.
    pub number: usize,
    /// Here-documents that follow the line, in order.
    pub heredocs: Vec<Heredoc>,
}

impl Line {
    /// The place in the file of a range of `text`.
    pub fn place(&self, start: usize, end: usize) -> TextRange {
        let at = |index: usize| self.offsets[index.min(self.offsets.len() - 1)];
        TextRange::new(at(start), at(end).max(at(start)))
    }
}

/// A here-document.
#[derive(Clone)]
pub struct Heredoc {
    /// The delimiter.
    pub name: String,
    /// The lines before the delimiter.
    pub content: String,
    /// Whether variables in it are replaced.
    pub expand: bool,
}

/// A physical line: where it begins, its text without the line break.
struct Physical<'a> {
    start: usize,
    text: &'a str,
}

/// Splits a text into logical lines.
pub fn split(text: &str) -> Source {
    let physical = physical_lines(text);
    let escape = escape_directive(&physical);
    let mut lines = Vec::new();
    let mut next = 0;
    while next < physical.len() {
        if is_skipped(physical[next].text) {
            next += 1;
        } else {
            next = logical_line(&physical, next, escape, &mut lines);
        }
    }
    Source { escape, lines }
}

fn physical_lines(text: &str) -> Vec<Physical<'_>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for piece in text.split_inclusive('\n') {
        lines.push(Physical { start, text: piece.trim_end_matches('\n').trim_end_matches('\r') });
        start += piece.len();
    }
    lines
}

fn is_skipped(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Directives stand in comments before anything else.
fn escape_directive(lines: &[Physical]) -> char {
    for line in lines {
        let Some(comment) = line.text.trim().strip_prefix('#') else { break };
        let Some((name, value)) = comment.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// Reads the logical line that begins with physical line `first`; returns the number of the one after it.
fn logical_line(physical: &[Physical], first: usize, escape: char, lines: &mut Vec<Line>) -> usize {
    let mut text = String::new();
    let mut offsets = Vec::new();
    let mut next = first;
    let mut end = physical[first].start;
    while next < physical.len() {
        let line = &physical[next];
        if next > first && is_skipped(line.text) {
            next += 1;
            continue;
        }
        let skipped = if next == first { line.text.len() - line.text.trim_start().len() } else { 0 };
        let trimmed = line.text.trim_end();
        let continued = trimmed.ends_with(escape);
        let kept = if continued { &trimmed[skipped..trimmed.len() - 1] } else { &line.text[skipped..] };
        text.push_str(kept);
        offsets.extend((0..kept.len()).map(|index| (line.start + skipped + index) as u32));
        end = line.start + trimmed.len();
        next += 1;
        if !continued {
            break;
        }
    }
    text.truncate(text.trim_end().len());
    offsets.truncate(text.len());
    offsets.push(end as u32);
    let heredocs = read_heredocs(physical, &text, &mut next);
    if !heredocs.is_empty() {
        let last = &physical[next - 1];
        end = last.start + last.text.len();
    }
    let start = offsets[0];
    lines.push(Line {
        text,
        offsets,
        range: TextRange::new(start, (end as u32).max(start)),
        number: first + 1,
        heredocs,
    });
    next
}

fn read_heredocs(physical: &[Physical], text: &str, next: &mut usize) -> Vec<Heredoc> {
    let keyword = text.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
    if !matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") || text.contains('[') && !text.contains("<<") {
        return Vec::new();
    }
    let mut heredocs = Vec::new();
    for word in text.split_whitespace() {
        let Some(opening) = heredoc_opening(word) else { continue };
        let mut content = String::new();
        while *next < physical.len() {
            let line = physical[*next].text;
            *next += 1;
            let line = if opening.strip_tabs { line.trim_start_matches('\t') } else { line };
            if line == opening.name {
                break;
            }
            content.push_str(line);
            content.push('\n');
        }
        heredocs.push(Heredoc { name: opening.name, content, expand: opening.expand });
    }
    heredocs
}

/// The beginning of a here-document: `<<EOF`, `<<-EOF`, `<<"EOF"`.
pub struct Opening {
    name: String,
    strip_tabs: bool,
    expand: bool,
}

/// Reads a word such as `<<-"EOF"`; a file descriptor may stand before it.
pub fn heredoc_opening(word: &str) -> Option<Opening> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let bare = rest.trim_matches(|c| c == '"' || c == '\'');
    let valid = !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    valid.then(|| Opening { name: bare.to_string(), strip_tabs, expand: bare.len() == rest.len() })
}
