//! The project's name (semantics 1.2). Must not know what is named after it.

use super::environment::Environment;
use super::files::base;
use super::format::variable;
use super::options::LoadOptions;
use super::problems::Problems;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;
use crate::yaml::{Kind, Node, Parsed};
use std::borrow::Cow;

/// What makes a name a normal one: lower-case letters, digits, `_` and `-`, beginning with a letter or digit.
pub fn normalise(name: &str) -> String {
    let kept: String =
        name.to_lowercase().chars().filter(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_' | '-')).collect();
    kept.trim_start_matches(['_', '-']).to_string()
}

/// The name given from outside, by `-p` or `COMPOSE_PROJECT_NAME`; it must be a normal one.
pub fn given(options: &LoadOptions, environment: &Environment, problems: &mut Problems) -> Option<String> {
    let from_environment = || environment.get("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()).cloned();
    let name = options.project_name.clone().filter(|name| !name.is_empty()).or_else(from_environment)?;
    if normalise(&name) != name {
        let quoted = super::format::quote::quote(&name);
        let text = format!(
            "invalid project name {quoted}: must consist only of lowercase alphanumeric characters, hyphens, and \
             underscores as well as start with a letter or number"
        );
        let message = format!("`{name}` cannot be a project's name");
        let remedy = format!("Call it `{}`", normalise(&name));
        let diagnostic = Diagnostic::new("bad-project-name", Severity::Error, Span::default(), message);
        problems.refuse(text, diagnostic.with_remedy(remedy));
    }
    Some(name)
}

/// The name that the files or, failing that, the directory give.
pub fn from_files(parsed: &[&Parsed], directory: &str, environment: &Environment, problems: &mut Problems) -> String {
    let mut name = String::new();
    for file in parsed {
        for document in &file.documents {
            if let Some(found) = document.get("name").and_then(Node::scalar).filter(|found| !found.text.is_empty()) {
                name = found.text.clone();
            }
        }
    }
    if variable::has_variables(&name) {
        let lookup = |key: &str| environment.get(key).map(|value| Cow::Borrowed(value.as_str()));
        let result = variable::substitute(&name, &lookup);
        for (missing, _) in &result.unset {
            problems.warn_silently(format!("The \"{missing}\" variable is not set. Defaulting to a blank string."));
        }
        if let Some(error) = result.error {
            problems.refuse_silently(error.at_path("name"));
        }
        name = result.text;
    }
    let name = normalise(&name);
    if name.is_empty() && !parsed.iter().any(|file| is_named(file)) { normalise(base(directory)) } else { name }
}

/// What go-yaml says when a document is read for its `name` alone: the error, if that fails.
pub fn unmarshal_error(parsed: &Parsed) -> Option<String> {
    if let Some(failure) = parsed.failure.as_ref().filter(|failure| failure.documents == 0) {
        return Some(failure.text.clone());
    }
    let document = parsed.documents.first()?;
    let line = |node: &Node, text: String| Some(format!("yaml: unmarshal errors:\n  line {}: {text}", node.line));
    let entries = match &document.kind {
        Kind::Mapping(entries) => entries,
        Kind::Sequence(_) => return line(document, "cannot unmarshal !!seq into cli.named".into()),
        Kind::Scalar(scalar)
            if super::scalars::resolve(scalar, document.tag_text())
                .is_ok_and(|data| data == super::value::Data::Null) =>
        {
            return None;
        }
        Kind::Scalar(scalar) => {
            return line(
                document,
                format!("cannot unmarshal {} `{}` into cli.named", tag(document), shorten(&scalar.text)),
            );
        }
        Kind::Alias(_) => return None,
    };
    let mut seen: Vec<(&str, u32)> = Vec::new();
    let mut errors = Vec::new();
    for entry in entries {
        let Some(key) = entry.key.scalar() else { continue };
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == key.text) {
            errors.push(format!(
                "  line {}: mapping key \"{}\" already defined at line {first}",
                entry.key.line, key.text
            ));
        } else {
            seen.push((&key.text, entry.key.line));
        }
    }
    if errors.is_empty() {
        let name = entries.iter().find(|entry| entry.key.scalar().is_some_and(|key| key.text == "name"))?;
        return match &name.value.kind {
            Kind::Sequence(_) => line(&name.value, "cannot unmarshal !!seq into string".into()),
            Kind::Mapping(_) => line(&name.value, "cannot unmarshal !!map into string".into()),
            _ => None,
        };
    }
    Some(format!("yaml: unmarshal errors:\n{}", errors.join("\n")))
}

/// Whether a document names the project.
pub fn is_named(parsed: &Parsed) -> bool {
    let name = parsed.documents.first().and_then(|document| document.get("name")).and_then(Node::scalar);
    name.is_some_and(|name| !name.text.is_empty())
}

fn tag(node: &Node) -> &'static str {
    let Some(Ok(data)) = node.scalar().map(|scalar| super::scalars::resolve(scalar, node.tag_text())) else {
        return "!!str";
    };
    match data {
        super::value::Data::Bool(_) => "!!bool",
        super::value::Data::Integer(_) | super::value::Data::Unsigned(_) => "!!int",
        super::value::Data::Float(_) => "!!float",
        super::value::Data::Timestamp(_) => "!!timestamp",
        _ => "!!str",
    }
}

/// A long text as go-yaml shortens it in its errors.
fn shorten(text: &str) -> String {
    if text.len() <= 10 {
        return text.to_string();
    }
    let end = (0..=7).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}...", &text[..end])
}
