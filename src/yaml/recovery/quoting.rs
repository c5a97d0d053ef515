//! Mistakes with quotes, escapes, tabs and characters that mean something in YAML.

use super::diagnosis::{Diagnosis, Place};
use super::draft::Change;
use super::lines::Line;

/// Quotes around `start..end`, if the quotes it needs do not stand in it already.
pub(super) fn quote_to(text: &str, start: usize, end: usize) -> Option<Vec<Change>> {
    let value = text.get(start..end).filter(|value| !value.is_empty())?;
    let quote = if !value.contains(['"', '\\']) {
        "\""
    } else if !value.contains('\'') {
        "'"
    } else {
        return None;
    };
    Some(vec![Change::insert(start, quote), Change::insert(end, quote)])
}

/// Tabs in the indentation: all of them become two spaces.
pub(super) fn tabs(place: &Place<'_>) -> Diagnosis {
    let blanks = place.text[place.at..].bytes().take_while(|byte| *byte == b'\t').count();
    let diagnosis = Diagnosis::new("yaml-tab", (place.at, place.at + blanks.max(1)), "A tab cannot indent YAML")
        .remedy("Indent with spaces; most editors can do that for the Tab key");
    if !place.is_first() && place.at != place.line.content_start() {
        return diagnosis.fix("Replace the tab by a space", [Change::replace(place.at, place.at + 1, " ")]);
    }
    let mut changes = Vec::new();
    let mut line = Some(Line::at(place.text, 0));
    while let Some(current) = line {
        let indentation = &current.text[..current.indent()];
        let tabs = indentation.match_indices('\t').map(|(at, _)| current.start + at);
        changes.extend(tabs.map(|at| Change::replace(at, at + 1, "  ")));
        line = current.below(place.text);
    }
    diagnosis.fix("Replace tabs in the indentation by spaces", changes)
}

pub(super) fn unclosed_quote(place: &Place<'_>) -> Diagnosis {
    let line = Line::at(place.text, place.context);
    let quote = &place.text[place.context..place.context + 1];
    let mut end = line.content_end().max(place.context + 1);
    let range = (place.context, end);
    let last = place.text[place.context + 1..end].chars().next_back().filter(|last| matches!(last, '"' | '\''));
    if let Some(last) = last.filter(|last| !quote.starts_with(*last)) {
        let message = format!("This value opens with `{quote}` and closes with `{last}`");
        return Diagnosis::new("yaml-mixed-quotes", range, message)
            .fix("Close with the quote that opens", [Change::replace(end - 1, end, quote)]);
    }
    if line.content().contains(['[', '{']) {
        let value = place.text[place.context..end].trim_end_matches([']', '}', ',', ' ']);
        end = (place.context + value.len()).max(place.context + 1);
    }
    Diagnosis::new("yaml-unclosed-quote", range, format!("This `{quote}` is never closed"))
        .fix("Close the quote at the end of the line", [Change::insert(end, quote)])
}

/// `\d` and the like in double quotes; `at` is the backslash.
pub(super) fn escape(place: &Place<'_>, at: usize) -> Diagnosis {
    let next = place.text[at..].chars().nth(1).filter(|next| *next != '\n').map_or(String::new(), String::from);
    let message = format!("`\\{next}` is no escape that YAML knows in double quotes");
    Diagnosis::new("yaml-escape", (at, at + 1 + next.len()), message)
        .remedy("Write the backslash twice, or put the value in single quotes")
        .fix("Double the backslash", [Change::insert(at, "\\")])
}

/// A value that begins with a character that means something in YAML.
pub(super) fn indicator(place: &Place<'_>, start: usize) -> Diagnosis {
    let line = Line::at(place.text, start);
    let character = place.text[start..].chars().next().unwrap_or(' ');
    let meaning = match character {
        '*' => "begins an alias in YAML, and this is no name of an anchor",
        '&' => "begins an anchor in YAML, and this is no name",
        '|' | '>' => "begins a block of text, which cannot stand within brackets",
        '@' | '`' => "is reserved in YAML and cannot begin a value",
        _ => "cannot begin a value",
    };
    let range = (start, start + character.len_utf8());
    let diagnosis =
        Diagnosis::new("yaml-indicator", range, format!("`{character}` {meaning}")).remedy("Put the value in quotes");
    let flow = line.text[..start - line.start].contains(['[', '{']);
    match quote_to(place.text, start, line.content_end()).filter(|_| !flow) {
        Some(changes) => diagnosis.fix("Put the value in quotes", changes),
        None => diagnosis.mend([Change::blank(range.0, range.1)]),
    }
}
