//! What to do with a broken text: find all that is wrong with it, and read the rest of it nevertheless.
//!
//! go-yaml's first error decides what Docker says. Then the likely mistake is mended in a copy, and that is read again, up
//! to a number of times; the tree's ranges are led back to the text.

mod brackets;
mod diagnosis;
mod draft;
mod lines;
mod quoting;

use super::parser::{self, MAX_DEPTH, Pass};
use super::problem::Problem;
use super::reader::Refused;
use super::token::SyntaxError;
use super::{Failure, Parsed};
use crate::text::TextRange;
use diagnosis::{Diagnosis, diagnose};
use draft::{Change, Draft};
use lines::Line;
use std::collections::BTreeMap;

/// How many mistakes are mended before the rest of the text is given up.
const MAX_MENDINGS: usize = 20;

/// How many problems of one kind are told.
const MAX_OF_A_KIND: usize = 20;

/// Reads what can be read after a first pass over `text` that did not go well.
pub(super) fn recover(text: &str, pass: Pass, refused: Option<Refused>) -> Parsed {
    let mut parsed = Parsed { failure: failure(&pass, refused), ..Parsed::default() };
    if let Some(refused) = refused {
        parsed.problems.push(refused_character(text, refused));
    }
    let syntax_first = parsed
        .failure
        .as_ref()
        .is_some_and(|first| pass.error.as_ref().is_some_and(|error| error.text() == first.text));
    let mut draft = Draft::new(text);
    let mut last = mend_all(&mut draft, pass, &mut parsed);
    for (name, range, _) in last.unknown_anchors.iter().take(MAX_OF_A_KIND) {
        let message = format!("There is no anchor `&{name}` before this alias");
        let problem = Problem::new("yaml-unknown-anchor", draft.source_range(*range), message);
        parsed.problems.push(problem.with_remedy("Define the anchor above, in the same file"));
    }
    if let Some(range) = last.too_deep.filter(|_| last.error.is_none()) {
        let message = format!("Nested deeper than {MAX_DEPTH} levels: what lies below is not looked at");
        parsed.problems.push(Problem::new("yaml-too-deep", draft.source_range(range), message));
    }
    last.documents.iter_mut().for_each(|document| draft.move_to_source(document));
    parsed.documents = last.documents;
    attribute_failure(&mut parsed, syntax_first);
    parsed
}

/// Gives Docker's words to the problem they belong to, and puts that first.
fn attribute_failure(parsed: &mut Parsed, syntax_first: bool) {
    let Some(failure) = &parsed.failure else { return };
    let words = failure.text.clone();
    let found = parsed.problems.iter().position(|problem| match problem.code {
        "yaml-unknown-anchor" => words.starts_with("yaml: unknown anchor"),
        "yaml-character" => !syntax_first && !words.starts_with("yaml: unknown anchor"),
        _ => syntax_first,
    });
    let problem = match found {
        Some(at) => parsed.problems.remove(at),
        None => Problem::new("yaml-syntax", TextRange::at(0), words.clone()),
    };
    parsed.problems.insert(0, Problem { docker: Some(words), ..problem });
}

/// Mends and reads again until nothing is wrong any more, or too much was. Gives the last pass.
fn mend_all(draft: &mut Draft, first: Pass, parsed: &mut Parsed) -> Pass {
    let mut pass = first;
    let mut tries: BTreeMap<usize, usize> = BTreeMap::new();
    for _ in 0..MAX_MENDINGS {
        let Some(error) = pass.error.take() else { return pass };
        let diagnosis = diagnose(&draft.text, &error);
        let line = Line::at(&draft.text, error.at.offset as usize);
        let tried = tries.entry(draft.source_offset(line.start as u32) as usize).or_default();
        *tried += 1;
        let told = report(draft, &diagnosis, parsed);
        let changes = if diagnosis.is_final { Vec::new() } else { changes(&draft.text, &error, diagnosis, *tried) };
        if changes.is_empty() {
            pass.error = Some(error);
            break;
        }
        let mended = |change: &Change| draft.source_range(TextRange::new(change.start as u32, change.end as u32));
        parsed.mended.extend(changes.iter().map(mended).chain(told));
        draft.apply(&changes);
        pass = parser::run(&draft.text);
    }
    pass
}

/// What to change: what the diagnosis says; if that was no help, the rest of the line goes; then all of it.
fn changes(text: &str, error: &SyntaxError, diagnosis: Diagnosis, tried: usize) -> Vec<Change> {
    let at = (error.at.offset as usize).min(text.len());
    let line = Line::at(text, at);
    let rest = vec![Change::blank(at.max(line.start).min(line.end), line.end)];
    let whole = vec![Change::blank(line.start, line.end)];
    let real = |change: &Change| text.get(change.start..change.end) != Some(change.text.as_str());
    let steps = [diagnosis.changes, rest, whole].into_iter().skip(tried.saturating_sub(1));
    steps
        .map(|changes| changes.into_iter().filter(real).collect::<Vec<_>>())
        .find(|changes| !changes.is_empty())
        .unwrap_or_default()
}

/// Tells the problem, unless one was told for the same line. Gives its place.
fn report(draft: &Draft, diagnosis: &Diagnosis, parsed: &mut Parsed) -> Option<TextRange> {
    let range = draft.source_range(diagnosis.problem.range);
    let line = Line::at(&draft.text, diagnosis.problem.range.start as usize);
    let line = draft.source_offset(line.start as u32)..=draft.source_offset(line.end as u32);
    if parsed.problems.iter().any(|told| line.contains(&told.range.start)) {
        return None;
    }
    let edits = |changes: &[Change]| {
        let place = |change: &Change| draft.source_range(TextRange::new(change.start as u32, change.end as u32));
        changes.iter().map(|change| (place(change), change.text.clone())).collect()
    };
    let fix = diagnosis.fix.map(|title| (title, edits(&diagnosis.changes)));
    parsed.problems.push(Problem { range, fix, ..diagnosis.problem.clone() });
    Some(range)
}

fn refused_character(text: &str, refused: Refused) -> Problem {
    let character = text[refused.offset as usize..].chars().next();
    let end = refused.offset + character.map_or(0, char::len_utf8) as u32;
    let range = TextRange::new(refused.offset, end);
    match character {
        Some(char::REPLACEMENT_CHARACTER) | None => {
            Problem::new("yaml-character", range, "Bytes that are not UTF-8").with_remedy("Save the file as UTF-8")
        }
        Some(character) => {
            let message = format!("The control character U+{:04X} may not stand in YAML", u32::from(character));
            Problem::new("yaml-character", range, message)
                .with_remedy("Remove it, or write it as an escape in double quotes")
        }
    }
}

/// What go-yaml stops at: an alias without anchor, a character it refuses, or a syntax error, whatever comes first.
fn failure(pass: &Pass, refused: Option<Refused>) -> Option<Failure> {
    if let Some((name, range, documents)) = pass.unknown_anchors.first()
        && refused.is_none_or(|refused| range.start < refused.block)
    {
        return Some(Failure { text: format!("yaml: unknown anchor '{name}' referenced"), documents: *documents });
    }
    let refused = refused.filter(|refused| pass.error.is_none() || pass.reached + 4 > refused.block);
    if let Some(refused) = refused {
        // go-yaml reads ahead of what it parses: a document that ends with the block at fault is never complete.
        let complete = pass.documents.iter().take(pass.complete).filter(|document| document.range.end < refused.block);
        return Some(Failure { text: format!("yaml: {}", refused.problem), documents: complete.count() });
    }
    let error = pass.error.as_ref()?;
    Some(Failure { text: error.text(), documents: pass.complete })
}
