//! From go-yaml's complaint to the likely mistake: where it is, what to say, and how to mend the text so that the rest of
//! it can be read.

use super::draft::Change;
use super::lines::{Line, block};
use super::quoting;
use crate::text::TextRange;
use crate::yaml::problem::Problem;
use crate::yaml::token::SyntaxError;

/// What is wrong, in offsets of the draft, and what to do to it.
pub(super) struct Diagnosis {
    pub problem: Problem,
    pub changes: Vec<Change>,
    /// What the changes do, where a reader would do the same.
    pub fix: Option<&'static str>,
    /// Whether nothing can be read behind it.
    pub is_final: bool,
}

impl Diagnosis {
    pub fn new(code: &'static str, range: (usize, usize), message: impl Into<String>) -> Self {
        let range = TextRange::new(range.0 as u32, range.1.max(range.0) as u32);
        Self { problem: Problem::new(code, range, message), changes: Vec::new(), fix: None, is_final: false }
    }

    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.problem.remedy = remedy.into();
        self
    }

    /// Mends the text just to read on.
    pub fn mend(mut self, changes: impl Into<Vec<Change>>) -> Self {
        self.changes = changes.into();
        self
    }

    /// Mends the text as a reader would.
    pub fn fix(mut self, title: &'static str, changes: impl Into<Vec<Change>>) -> Self {
        self.changes = changes.into();
        self.fix = Some(title);
        self
    }
}

/// The place of an error within the draft.
pub(super) struct Place<'a> {
    pub text: &'a str,
    /// Where go-yaml stumbles.
    pub at: usize,
    /// Where the construct begins.
    pub context: usize,
    pub context_column: usize,
    /// The line of `at`.
    pub line: Line<'a>,
}

impl Place<'_> {
    /// The character at which go-yaml stumbles.
    pub fn character(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// The bytes of that character.
    pub fn character_range(&self) -> (usize, usize) {
        (self.at, self.at + self.character().filter(|next| *next != '\n').map_or(0, char::len_utf8))
    }

    /// Whether nothing but blanks stands before the place on its line.
    pub fn is_first(&self) -> bool {
        self.at <= self.line.content_start()
    }
}

/// The likely mistake behind `error`.
pub(super) fn diagnose(text: &str, error: &SyntaxError) -> Diagnosis {
    let at = (error.at.offset as usize).min(text.len());
    let context = (error.context.offset as usize).min(at);
    let line = Line::at(text, at);
    let place = Place { text, at, context, context_column: error.context.column as usize, line };
    match error.problem {
        "found character that cannot start any token" => cannot_start(&place),
        "found a tab character that violates indentation"
        | "found a tab character where an indentation space is expected" => quoting::tabs(&place),
        "found unexpected end of stream" | "found unexpected document indicator" => quoting::unclosed_quote(&place),
        "found unknown escape character" => quoting::escape(&place, at),
        "did not find expected hexdecimal number" | "found invalid Unicode character escape code" => {
            quoting::escape(&place, at.saturating_sub(2))
        }
        "did not find expected alphabetic or numeric character" => quoting::indicator(&place, context),
        "mapping values are not allowed in this context" => colon(&place),
        "could not find expected ':'" => no_colon(&place),
        "did not find expected key" => no_key(&place),
        "did not find expected '-' indicator" => no_dash(&place),
        "did not find expected ',' or ']'" => super::brackets::unclosed(&place, ']'),
        "did not find expected ',' or '}'" => super::brackets::unclosed(&place, '}'),
        "did not find expected node content" => super::brackets::no_content(&place),
        "did not find expected comment or line break" => after_block_indicator(&place),
        "block sequence entries are not allowed in this context" => item_on_key_line(&place),
        "found incompatible YAML document" | "found unknown directive name" => directive(&place),
        "exceeded max depth of 10000" => {
            let message = "Docker gives up at 10,000 levels of nesting";
            let diagnosis = Diagnosis::new("yaml-too-deep", place.character_range(), message);
            Diagnosis { is_final: true, ..diagnosis }
        }
        problem => other(&place, problem),
    }
}

fn cannot_start(place: &Place<'_>) -> Diagnosis {
    match place.character() {
        Some('\t') => quoting::tabs(place),
        _ => quoting::indicator(place, place.at),
    }
}

/// `a: b: c`, or a colon on a line that continues the value above.
fn colon(place: &Place<'_>) -> Diagnosis {
    let line = place.line;
    if let Some(first) = line.key_colon().filter(|first| *first < place.at) {
        let value = first + 1 + line.text[first + 1 - line.start..].len()
            - line.text[first + 1 - line.start..].trim_start().len();
        let diagnosis = Diagnosis::new("yaml-second-colon", (place.at, place.at + 1), "A second `: ` in one value")
            .remedy("Put the value in quotes, or the second key on a line of its own");
        return match quoting::quote_to(place.text, value, line.content_end()) {
            Some(changes) => diagnosis.fix("Put the value in quotes", changes),
            None => diagnosis.mend([Change::blank(place.at, line.end)]),
        };
    }
    let Some(above) = line.filled_above(place.text) else { return other(place, "There is no key before this colon") };
    if above.key_colon().is_none() && !above.is_item() {
        return if above.indent() < line.indent() { missing_colon(above) } else { no_key_line(place.text, above, 0) };
    }
    let target = above.key_column();
    let message = "This line is indented deeper than the line above, which has a value already";
    Diagnosis::new("yaml-indentation", (line.start, line.content_start()), message)
        .remedy("Give it the indentation of its neighbours")
        .fix("Give it the indentation of the line above", shift(place.text, line, target))
}

fn missing_colon(line: Line<'_>) -> Diagnosis {
    let range = (line.content_start(), line.content_end());
    Diagnosis::new("yaml-missing-colon", range, format!("There is no colon after `{}`", line.content()))
        .fix("Add the colon", [Change::insert(line.content_end(), ":")])
}

/// A line among keys that is none: a forgotten colon, dash or space.
fn no_colon(place: &Place<'_>) -> Diagnosis {
    no_key_line(place.text, Line::at(place.text, place.context), place.context)
}

/// `line`, from `start` on, should be a key and a value.
fn no_key_line(text: &str, line: Line<'_>, start: usize) -> Diagnosis {
    let start = line.content_start().max(start);
    let range = (start, line.content_end().max(start));
    let above = line.filled_above(text);
    if above.is_some_and(|above| above.is_item() && above.indent() == line.indent()) && !line.is_item() {
        return Diagnosis::new("yaml-missing-dash", range, "There is no dash before this item")
            .fix("Add the dash", [Change::insert(start, "- ")]);
    }
    let content = &text[range.0..range.1];
    if let Some(colon) = content.find(':').filter(|colon| *colon > 0 && !content.starts_with(['"', '\''])) {
        let after = start + colon + 1;
        return Diagnosis::new("yaml-missing-space", (after - 1, after), "There is no space after this colon")
            .fix("Add the space", [Change::insert(after, " ")]);
    }
    if above.is_some_and(|above| above.content().ends_with(':') && above.indent() == line.indent()) {
        return Diagnosis::new("yaml-indentation", range, "This value is not indented below its key")
            .fix("Indent the value", [Change::insert(line.start, "  ")]);
    }
    let below = line.below(text).filter(Line::is_filled);
    if below.is_some_and(|below| below.indent() > line.indent()) && !content.contains(' ') {
        return missing_colon(line);
    }
    Diagnosis::new("yaml-no-key", range, "This line is neither a key with a value nor part of the value above")
        .remedy("Put a colon behind it if it is a key; indent it if it belongs to the value above")
        .mend([Change::blank(range.0, line.end)])
}

fn no_key(place: &Place<'_>) -> Diagnosis {
    let line = place.line;
    if !place.is_first() {
        let before = place.text[..place.at].trim_end();
        let message = if before.ends_with(['"', '\'']) {
            "There is text after the closing quote"
        } else {
            "The value ends before this"
        };
        return Diagnosis::new("yaml-text-after-value", (place.at, line.content_end()), message)
            .remedy("Put all of the value in quotes, or nothing")
            .mend([Change::blank(place.at, line.end)]);
    }
    if line.content().starts_with(':') {
        return Diagnosis::new("yaml-no-key", place.character_range(), "There is no key before this colon")
            .mend([Change::blank(line.start, line.end)]);
    }
    match neighbour(place) {
        Some(target) if target != line.indent() => misplaced(place, target),
        _ => {
            let what =
                if line.is_item() { "A list item among keys" } else { "This line does not fit among the keys above" };
            let changes: Vec<_> =
                block(place.text, line).iter().map(|line| Change::blank(line.start, line.end)).collect();
            Diagnosis::new("yaml-indentation", (line.content_start(), line.content_end()), what)
                .remedy("A list and keys cannot stand side by side: indent the list below its key")
                .mend(changes)
        }
    }
}

fn misplaced(place: &Place<'_>, target: usize) -> Diagnosis {
    let line = place.line;
    Diagnosis::new(
        "yaml-indentation",
        (line.start, line.content_start()),
        "This line's indentation fits no line above it",
    )
    .remedy(format!("Indent it by {target} spaces, like its neighbours"))
    .fix("Give it the indentation of its neighbours", shift(place.text, line, target))
}

/// The indentation of the line above that this one most likely belongs beside.
fn neighbour(place: &Place<'_>) -> Option<usize> {
    let (line, mut deeper) = (place.line, None);
    let mut above = line.filled_above(place.text);
    while let Some(candidate) = above {
        let (column, own) = (candidate.indent(), line.indent());
        if line.is_item() && candidate.is_item() && column != own {
            return Some(column);
        }
        if column <= own && !line.is_item() {
            let shallower = candidate.key_column();
            return deeper.or((shallower > own).then_some(shallower)).or(Some(place.context_column));
        }
        if column < own {
            return None;
        }
        deeper = Some(column);
        above = candidate.filled_above(place.text);
    }
    if line.is_item() { None } else { deeper }
}

/// Moves a line, and what belongs to it, to another indentation.
pub(super) fn shift(text: &str, line: Line<'_>, target: usize) -> Vec<Change> {
    let own = line.indent();
    let change = |line: Line<'_>| {
        if target >= own {
            return Change::insert(line.start, " ".repeat(target - own));
        }
        let end = line.start + (own - target).min(line.indent());
        Change::replace(line.start, end, "")
    };
    block(text, line).into_iter().map(change).collect()
}

fn no_dash(place: &Place<'_>) -> Diagnosis {
    let line = place.line;
    if place.is_first() && line.is_item() && place.context_column != line.indent() {
        return misplaced(place, place.context_column);
    }
    if !place.is_first() {
        return no_key(place);
    }
    let changes: Vec<_> = block(place.text, line).iter().map(|line| Change::blank(line.start, line.end)).collect();
    Diagnosis::new(
        "yaml-indentation",
        (line.content_start(), line.content_end()),
        "This line stands among list items without a dash",
    )
    .remedy("Put `- ` before it if it is an item; indent it differently if it is a key")
    .mend(changes)
}

fn after_block_indicator(place: &Place<'_>) -> Diagnosis {
    let indicator = place.text[place.context..].chars().next().unwrap_or('|');
    let range = (place.at, place.line.content_end());
    Diagnosis::new("yaml-block-scalar", range, format!("Nothing may follow `{indicator}` on its line"))
        .remedy("Begin the text on the next line, indented deeper than its key")
        .mend([Change::blank(place.at, place.line.end)])
}

fn item_on_key_line(place: &Place<'_>) -> Diagnosis {
    let indent = " ".repeat(place.line.key_column() + 2);
    Diagnosis::new("yaml-item-on-key-line", place.character_range(), "A list cannot begin on its key's line")
        .fix("Begin the list on the next line", [Change::insert(place.at, format!("\n{indent}"))])
}

fn directive(place: &Place<'_>) -> Diagnosis {
    let range = (place.line.content_start(), place.line.content_end());
    Diagnosis::new("yaml-directive", range, "Docker does not understand this directive")
        .remedy("Leave the line out")
        .fix("Remove the directive", [Change::blank(place.line.start, place.line.end)])
}

fn other(place: &Place<'_>, problem: &str) -> Diagnosis {
    Diagnosis::new("yaml-syntax", place.character_range(), problem).mend([Change::blank(place.at, place.line.end)])
}
