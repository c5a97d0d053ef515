//! What to do with a broken text: find all that is wrong with it, and read the rest of it nevertheless.

use super::parser::Pass;
use super::problem::Problem;
use super::reader::Refused;
use super::{Failure, Parsed};
use crate::text::TextRange;

/// Reads what can be read after a first pass over `text` that did not go well.
pub(super) fn recover(text: &str, pass: Pass, refused: Option<Refused>) -> Parsed {
    let mut parsed = Parsed { failure: failure(&pass, refused), ..Parsed::default() };
    let docker = parsed.failure.as_ref().map(|failure| failure.text.clone());
    if let Some(refused) = refused {
        let range = TextRange::at(refused.offset);
        parsed.problems.push(Problem::new("yaml-character", range, refused.problem));
    }
    for (name, range, _) in &pass.unknown_anchors {
        let message = format!("There is no anchor &{name} before this alias");
        parsed.problems.push(Problem::new("yaml-unknown-anchor", *range, message));
    }
    if let Some(error) = &pass.error {
        parsed.problems.push(Problem::of(error, text));
    }
    if let Some(first) = parsed.problems.first_mut() {
        first.docker = docker;
    }
    parsed.documents = pass.documents;
    parsed
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
        return Some(Failure { text: format!("yaml: {}", refused.problem), documents: pass.complete });
    }
    let error = pass.error.as_ref()?;
    Some(Failure { text: error.text(), documents: pass.complete })
}
