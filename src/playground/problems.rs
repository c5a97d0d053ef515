//! Problems of the files as the page lists them and the editor underlines them. Must not know who found them.

use super::state::State;
use super::words;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::LineIndex;
use serde::Serialize;

/// One problem, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Position in the state's list.
    pub index: usize,
    /// The stylesheet's class.
    pub class: &'static str,
    /// How grave, in a word.
    pub severity: &'static str,
    /// File and line, from 1: `compose.yaml:12`.
    pub place: String,
    /// Where it begins in the active file, in UTF-16 units, if it lies there.
    pub offset: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Docker's own words.
    pub docker: Option<String>,
    /// Titles of the fixes.
    pub fixes: Vec<String>,
}

/// A problem as the editor wants it.
#[derive(Serialize)]
struct Underlined<'a> {
    from: u32,
    to: u32,
    severity: &'static str,
    message: &'a str,
    why: &'a str,
    remedy: &'a str,
    docker: Option<String>,
}

/// All problems, gravest first, then in the order of the files.
pub fn list(state: &State) -> Vec<Problem> {
    let mut all: Vec<(usize, &Diagnostic)> = state.problems.iter().enumerate().collect();
    all.sort_by_key(|(index, problem)| (problem.severity, *index));
    all.into_iter().map(|(index, problem)| shown(state, index, problem)).collect()
}

fn shown(state: &State, index: usize, problem: &Diagnostic) -> Problem {
    let path = state.span_paths.get(problem.span.file.0 as usize).cloned().unwrap_or_default();
    let file = state.files.iter().find(|file| file.path == path);
    let line = file.map_or(1, |file| LineIndex::new(state.text_of(file)).line(problem.span.range.start) + 1);
    let here = state.in_active_file(problem.span);
    Problem {
        index,
        class: class(problem.severity),
        severity: words::severity(problem.severity),
        place: format!("{path}:{line}"),
        offset: here.map(|(start, _)| utf16_offset(state.active_text(), start)),
        message: problem.message.clone(),
        why: problem.why.clone(),
        remedy: problem.remedy.clone(),
        docker: problem.docker.clone(),
        fixes: problem.fixes.iter().map(|fix| fix.title.clone()).collect(),
    }
}

fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
        Severity::Notice => "notice",
    }
}

/// The problems of the active file for the editor, as JSON.
pub fn for_editor(state: &State) -> String {
    let text = state.active_text();
    let here = state.problems.iter().filter_map(|problem| Some((problem, state.in_active_file(problem.span)?)));
    let underlined: Vec<Underlined> = here
        .map(|(problem, (start, end))| Underlined {
            from: utf16_offset(text, start),
            to: utf16_offset(text, end),
            severity: match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Advice => "hint",
                Severity::Notice => "info",
            },
            message: &problem.message,
            why: &problem.why,
            remedy: &problem.remedy,
            docker: problem.docker.as_ref().map(|docker| format!("{}: {docker}", words::DOCKER_SAYS)),
        })
        .collect();
    serde_json::to_string(&underlined).unwrap_or_else(|_| "[]".into())
}

/// The lines of the active file that belong to what is pointed at on the timeline, for the editor, as JSON.
pub fn lit_for_editor(state: &State) -> String {
    let event = state.pointed.or(state.selected);
    let place = event.and_then(|event| state.run.place_of(event)).and_then(|span| state.in_active_file(span));
    match place {
        Some((start, end)) => {
            let text = state.active_text();
            format!("[[{},{}]]", utf16_offset(text, start), utf16_offset(text, end))
        }
        None => "[]".into(),
    }
}

/// The UTF-16 offset of a byte offset; the end of the text for one past it.
pub fn utf16_offset(text: &str, byte: u32) -> u32 {
    let mut end = (byte as usize).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].encode_utf16().count() as u32
}

/// The byte offset of a UTF-16 offset.
pub fn byte_offset(text: &str, utf16: u32) -> u32 {
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        if units >= utf16 {
            return at as u32;
        }
        units += letter.len_utf16() as u32;
    }
    text.len() as u32
}
