//! What the schema finds wrong, told to the reader; and the values at fault taken out, so that later stages meet only
//! values of a form they know. Must not check anything itself.

use super::attributes::{self, Object, Type};
use super::path::Step;
use super::problems::Problems;
use super::schema::{Violation, ViolationKind, deepest};
use super::suggestion;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::text::{Edit, Span, TextRange};

/// Reports violations; Docker prints the deepest, after the path of the file.
pub fn report(found: &[Violation], path: &str, model: &Mapping, problems: &mut Problems) {
    for violation in found.iter().filter(|violation| violation.meant) {
        let docker = format!("validating {path}: {}", violation.docker);
        problems.report(Diagnostic { docker: Some(docker), ..describe(violation, model) });
    }
    if let Some(deepest) = deepest(found) {
        problems.refuse_silently(format!("validating {path}: {}", deepest.docker));
    }
}

fn describe(violation: &Violation, model: &Mapping) -> Diagnostic {
    let name = violation.steps.last().map_or_else(String::new, |step| match step {
        Step::Key(key) => format!("`{key}`"),
        Step::Index(_) => "this item".into(),
    });
    let diagnostic = |code: &str, message: String| Diagnostic::new(code, Severity::Error, violation.span, message);
    match &violation.kind {
        ViolationKind::UnknownKey { key, known } => unknown_key(violation, key, *known, model),
        ViolationKind::WrongType { expected, found } => {
            let wanted = expected_forms(expected);
            let name = if name.is_empty() { "the file".to_string() } else { name };
            let verb = if *found == "empty" { "is" } else { "cannot be" };
            let message = format!("{name} {verb} {found}: it must be {wanted}");
            let remedy = type_remedy(violation, found, expected);
            diagnostic("wrong-type", message).with_remedy(remedy)
        }
        ViolationKind::MissingKeys(keys) => {
            let list = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
            let plural = if keys.len() == 1 { "is" } else { "are" };
            diagnostic("missing-key", format!("{list} {plural} missing here")).with_remedy(format!("Add {list}"))
        }
        ViolationKind::NotAChoice(choices) => not_a_choice(violation, choices, model),
        ViolationKind::NoMatch(pattern) => diagnostic("bad-text", format!("{name} has a value Docker does not take"))
            .with_why(format!("it must match `{pattern}`")),
        ViolationKind::OutOfRange(lowest, highest) => {
            let bound = match (lowest, highest) {
                (Some(lowest), Some(highest)) => format!("between {lowest} and {highest}"),
                (Some(lowest), None) => format!("{lowest} or more"),
                (None, Some(highest)) => format!("{highest} or less"),
                (None, None) => "another number".into(),
            };
            diagnostic("out-of-range", format!("{name} must be {bound}"))
        }
        ViolationKind::Repeated(first) => {
            diagnostic("repeated-item", format!("this item is in the list already, as number {}", first + 1))
                .with_remedy("Remove one of the two")
        }
        ViolationKind::Date => diagnostic("date", format!("{name} reads as a date, which Docker cannot take"))
            .with_remedy("Put it in quotes"),
    }
}

fn expected_forms(expected: &[Type]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for kind in expected {
        let word = match kind {
            Type::Array => "a list",
            Type::Boolean => "`true` or `false`",
            Type::Integer => "a whole number",
            Type::Mapping => "a mapping",
            Type::Null => "empty",
            Type::Number => "a number",
            Type::String => "a string",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.split_last() {
        Some((last, [])) => last.to_string(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => "something else".into(),
    }
}

fn type_remedy(violation: &Violation, found: &str, expected: &[Type]) -> String {
    let path: Vec<&str> = violation.steps.iter().map(step_text).collect();
    let meaning = attributes::find(&path).map_or("", |attribute| attribute.meaning);
    match found {
        "a number" | "a boolean" | "a date" if expected.contains(&Type::String) => "Put it in quotes".into(),
        "empty" => "Give it a value, or remove it".into(),
        _ => meaning.to_string(),
    }
}

fn step_text(step: &Step) -> &str {
    match step {
        Step::Key(key) => key,
        Step::Index(_) => "[]",
    }
}

fn unknown_key(violation: &Violation, key: &str, known: Option<&'static Object>, model: &Mapping) -> Diagnostic {
    let place = violation.steps.iter().rev().nth(1).map_or("the top level", step_text);
    let Some(object) = known else {
        let message = format!("`{key}` cannot be a name here");
        return Diagnostic::new("bad-name", Severity::Error, violation.span, message)
            .with_why("names have only letters, digits, `.`, `_` and `-`");
    };
    let place = match violation.steps.as_slice() {
        [_] => "at the top level".to_string(),
        [Step::Key(section), _, _] if section == "services" => "of a service".into(),
        _ => format!("of `{place}`"),
    };
    let message = format!("`{key}` is no attribute {place}");
    let diagnostic = Diagnostic::new("unknown-attribute", Severity::Error, violation.span, message);
    let names = object.attributes.iter().map(|attribute| attribute.name);
    if let Some(meant) = suggestion::closest(key, names) {
        let exact = Span { range: TextRange { ..violation.span.range }, ..violation.span };
        let rename = Fix {
            title: format!("Rename to `{meant}`"),
            applicability: Applicability::Suggested,
            edits: vec![Edit { span: exact, new_text: meant.into() }],
        };
        return diagnostic.with_remedy(format!("Did you mean `{meant}`?")).with_fix(rename);
    }
    let is_service = violation.steps.len() == 1
        && model.mapping(key).is_some_and(|value| value.contains("image") || value.contains("build"));
    let remedy = if is_service {
        format!("Indent `{key}` so that it stands under `services:`")
    } else if violation.steps.len() > 1 && attributes::PROJECT.attribute(key).is_some() {
        format!("`{key}` belongs at the top level")
    } else if attributes::service::SERVICE.attribute(key).is_some() {
        format!("`{key}` belongs to a service")
    } else if attributes::service::HEALTHCHECK.attribute(key).is_some() {
        format!("`{key}` belongs under `healthcheck:`")
    } else {
        "Remove it, or begin its name with `x-` if it is a note of your own".into()
    };
    diagnostic.with_remedy(remedy)
}

fn not_a_choice(violation: &Violation, choices: &'static [&'static str], model: &Mapping) -> Diagnostic {
    let list = choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    let found = locate(model, &violation.steps).and_then(Value::as_text).unwrap_or_default();
    let message = format!("`{found}` is not one of {list}");
    let diagnostic = Diagnostic::new("not-a-choice", Severity::Error, violation.span, message);
    let part = |choice: &&&str| !found.is_empty() && choice.contains(found);
    match suggestion::closest(found, choices.iter().copied()).or_else(|| choices.iter().find(part).copied()) {
        Some(meant) => diagnostic.with_remedy(format!("Did you mean `{meant}`?")).with_fix(Fix {
            title: format!("Replace by `{meant}`"),
            applicability: Applicability::Suggested,
            edits: vec![Edit { span: violation.span, new_text: meant.into() }],
        }),
        None => diagnostic,
    }
}

fn locate<'v>(model: &'v Mapping, steps: &[Step]) -> Option<&'v Value> {
    let (first, rest) = steps.split_first()?;
    let Step::Key(key) = first else { return None };
    let mut value = model.get(key)?;
    for step in rest {
        value = match step {
            Step::Key(key) => value.as_mapping()?.get(key)?,
            Step::Index(at) => value.as_sequence()?.get(*at)?,
        };
    }
    Some(value)
}

/// Takes the values at fault out of a model.
pub fn prune(found: &[Violation], model: &mut Mapping) {
    let mut paths: Vec<&[Step]> = found.iter().map(|violation| violation.steps.as_slice()).collect();
    paths.sort();
    paths.dedup();
    for path in paths.into_iter().rev() {
        match path {
            [] => *model = Mapping::default(),
            [Step::Key(key)] => drop(model.remove(key)),
            [Step::Key(key), rest @ ..] => {
                if let Some(value) = model.get_mut(key) {
                    prune_below(value, rest);
                }
            }
            _ => {}
        }
    }
}

fn prune_below(value: &mut Value, path: &[Step]) {
    match (&mut value.data, path) {
        (Data::Mapping(mapping), [Step::Key(key)]) => drop(mapping.remove(key)),
        (Data::Sequence(items), [Step::Index(at)]) if *at < items.len() => drop(items.remove(*at)),
        (Data::Mapping(mapping), [Step::Key(key), rest @ ..]) => {
            if let Some(value) = mapping.get_mut(key) {
                prune_below(value, rest);
            }
        }
        (Data::Sequence(items), [Step::Index(at), rest @ ..]) => {
            if let Some(item) = items.get_mut(*at) {
                prune_below(item, rest);
            }
        }
        _ => {}
    }
}

/// That `version` is obsolete, with the fix that removes its line.
pub fn obsolete_version(version: &Entry, text: &str) -> Diagnostic {
    let span = version.whole_span();
    let (start, end) = (span.range.start as usize, span.range.end as usize);
    let line_start = text.get(..start).map_or(start, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let line_end = text.get(end..).map_or(end, |after| after.find('\n').map_or(text.len(), |at| end + at + 1));
    let diagnostic = Diagnostic::new("obsolete-version", Severity::Warning, span, "`version` is obsolete")
        .with_why("Docker Compose ignores it, and warns each time")
        .with_remedy("Remove the line");
    let alone = text.get(line_start..start).is_some_and(|before| before.trim().is_empty());
    if !alone {
        return diagnostic;
    }
    let range = TextRange::new(line_start as u32, line_end as u32);
    diagnostic.with_fix(Fix {
        title: "Remove `version`".into(),
        applicability: Applicability::Safe,
        edits: vec![Edit { span: Span { file: span.file, range }, new_text: String::new() }],
    })
}
