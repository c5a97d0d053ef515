//! A mistake in an `x-drydock`.
//!
//! ## What it does
//! Finds keys and values of `x-drydock` that are not understood.

use crate::compose::suggestion::closest;
use crate::diagnostic::Diagnostic;
use crate::image::declared::{EXTENSION, Place, Problem, decode};
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};
use crate::text::{Span, TextRange};
use crate::yaml::{self, Kind, Node};

/// The rule.
pub const RULE: Rule =
    Rule { code: "x-drydock-problem", title: "A mistake in an `x-drydock`", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "Docker ignores keys that begin with `x-`, so nobody else tells. The simulated app behaves as if the \
    value were not there.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(extension) = service.extensions.get(EXTENSION) else { continue };
        for Problem { path, message, place, expected } in decode(&extension.value).1 {
            let span = place_of(subject, extension.span, &path, place);
            let place_in_words = if path.is_empty() { EXTENSION } else { &path };
            let told = format!("`{place_in_words}` is not understood: {message}");
            let meant = closest(subject.text(span), expected.iter().copied());
            let remedy = match meant {
                Some(word) => format!("Did you mean `{word}`?"),
                None => "Write it as expected, or leave it out.".to_string(),
            };
            let advice = RULE.advice(span, told, remedy);
            found.push(match meant {
                Some(word) => advice.with_fix(suggested(&format!("Change it to `{word}`"), vec![replace(span, word)])),
                None => advice,
            });
        }
    }
}

/// Where the key or the value of `path` stands within the value at `extension`, as far as it goes.
fn place_of(subject: &Subject, extension: Span, path: &str, place: Place) -> Span {
    let documents = yaml::parse(subject.whole(extension)).documents;
    let Some(mut node) = documents.iter().find_map(|document| at(document, extension.range)) else { return extension };
    let mut key = None;
    let mut rest = path;
    while !rest.is_empty() {
        let Some((next_key, next, left)) = step(node, rest) else { break };
        (key, node, rest) = (next_key, next, left.trim_start_matches('.'));
    }
    let range = key.filter(|_| place == Place::Key && rest.is_empty()).unwrap_or(node.range);
    Span { file: extension.file, range }
}

/// The node with exactly this range.
fn at(node: &Node, range: TextRange) -> Option<&Node> {
    if node.range == range {
        return Some(node);
    }
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().find_map(|entry| at(&entry.value, range)),
        Kind::Sequence(items) => items.iter().find_map(|item| at(item, range)),
        Kind::Scalar(_) | Kind::Alias(_) => None,
    }
}

/// The child that `path` begins with: its key's place, itself, and the rest of the path. A key may hold dots, as
/// `/index.html` does.
fn step<'n, 'p>(node: &'n Node, path: &'p str) -> Option<(Option<TextRange>, &'n Node, &'p str)> {
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().find_map(|entry| {
            let rest = path.strip_prefix(entry.key.scalar()?.text.as_str())?;
            (rest.is_empty() || rest.starts_with(['.', '['])).then_some((Some(entry.key.range), &entry.value, rest))
        }),
        Kind::Sequence(items) => {
            let (number, rest) = path.strip_prefix('[')?.split_once(']')?;
            Some((None, items.get(number.parse::<usize>().ok()?)?, rest))
        }
        Kind::Scalar(_) | Kind::Alias(_) => None,
    }
}

const BAD: &str = r#"services:
  app:
    image: example/app:1
    x-drydock:
      listens: [8000]
      needs:
        - { connect: db:5432, misssing: retry }
#                             ^^^^^^^^
"#;

const GOOD: &str = r#"services:
  app:
    image: example/app:1
    x-drydock:
      listens: [8000]
      needs:
        - { connect: db:5432, missing: retry }
"#;
