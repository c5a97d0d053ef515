//! Mistakes with brackets, braces and commas.

use super::diagnosis::{Diagnosis, Place};
use super::draft::Change;
use super::lines::Line;

/// Something within brackets that is neither a comma nor their end.
pub(super) fn unclosed(place: &Place<'_>, closing: char) -> Diagnosis {
    let opening = Line::at(place.text, place.context);
    if place.line.start > opening.start && !closes_below(place, opening, closing) {
        let end = place.line.filled_above(place.text).map_or(opening.content_end(), |line| line.content_end());
        let end = end.max(place.context + 1);
        let bracket = &place.text[place.context..place.context + 1];
        let message = format!("This `{bracket}` is never closed");
        return Diagnosis::new("yaml-unclosed-bracket", (place.context, place.context + 1), message)
            .fix("Close it at the end of the line", [Change::insert(end, closing)]);
    }
    let diagnosis = |message: &str| Diagnosis::new("yaml-missing-comma", place.character_range(), message);
    match place.character() {
        None => diagnosis("The brackets are never closed").mend([Change::insert(place.text.trim_end().len(), closing)]),
        Some('?') => {
            let range = place.character_range();
            diagnosis("Within brackets a `?` begins a key")
                .remedy("Put the value in quotes")
                .mend([Change::blank(range.0, range.1)])
        }
        Some(':' | ']' | '}') => {
            let range = place.character_range();
            diagnosis("This does not belong within these brackets").mend([Change::blank(range.0, range.1)])
        }
        Some(_) => diagnosis("There is no comma before this").fix("Add the comma", [Change::insert(place.at, ", ")]),
    }
}

/// Whether the closing bracket comes before the next line that stands left of it all.
fn closes_below(place: &Place<'_>, opening: Line<'_>, closing: char) -> bool {
    let mut line = Some(place.line);
    while let Some(current) = line {
        if current.is_filled() && current.indent() <= opening.indent() {
            return current.content().starts_with(closing);
        }
        let colon = current.key_colon().is_some() && closing == ']';
        if current.content().contains(closing) && !colon {
            return true;
        }
        line = current.below(place.text);
    }
    false
}

/// A closing bracket, a comma or the like where a value should be.
pub(super) fn no_content(place: &Place<'_>) -> Diagnosis {
    let range = place.character_range();
    let found = place.text[range.0..range.1].to_owned();
    let message = if found.is_empty() {
        "There is no value here".to_owned()
    } else {
        format!("There is `{found}` where a value should be")
    };
    Diagnosis::new("yaml-no-value", range, message)
        .remedy("Remove it, or open the bracket it should close")
        .mend([Change::blank(range.0, range.1)])
}
