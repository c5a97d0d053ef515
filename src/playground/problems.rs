//! Problems of the files as the page lists them and the editor underlines them. Must not know who found them.

use super::state::State;
use super::words;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{LineIndex, Span};
use serde::Serialize;
use std::rc::Rc;

/// One problem, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Position in the state's list.
    pub index: usize,
    /// The stylesheet's class.
    pub class: &'static str,
    /// How grave, in a word.
    pub severity: &'static str,
    /// Where it begins.
    pub place: Option<Place>,
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

/// A place in the project's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File and line, from 1: `compose.yaml:12`.
    pub label: String,
    /// Index of the file.
    pub file: usize,
    /// Where it begins in the file, in UTF-16 units.
    pub offset: u32,
}

/// All problems, in two parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// Errors and warnings: what Docker says.
    pub grave: Vec<Problem>,
    /// How many more there are than are listed.
    pub more_grave: usize,
    /// Advice, and what is not simulated.
    pub advice: Vec<Problem>,
    /// How many more there are than are listed.
    pub more_advice: usize,
}

/// Most problems of a part that are listed.
const MOST_LISTED: usize = 100;
/// Most problems that are underlined.
const MOST_UNDERLINED: usize = 500;

/// The problems as they are shown, made once for each check of the files and each file that is looked at.
#[derive(Debug)]
pub struct ProblemsInView {
    of: (Rc<Vec<Diagnostic>>, usize, u32),
    /// For the list.
    pub list: Rc<Problems>,
    /// For the editor, as JSON.
    pub underlined: Rc<str>,
}

impl ProblemsInView {
    /// Those of a state.
    pub fn of(state: &State) -> Self {
        let of = (state.problems.clone(), state.active, state.revision);
        Self { of, list: Rc::new(list(state)), underlined: for_editor(state).into() }
    }

    /// Whether they are still those of the state.
    pub fn is_of(&self, state: &State) -> bool {
        let (problems, active, revision) = &self.of;
        Rc::ptr_eq(problems, &state.problems) && (*active, *revision) == (state.active, state.revision)
    }
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
pub fn list(state: &State) -> Problems {
    let mut all: Vec<(usize, &Diagnostic)> = state.problems.iter().enumerate().collect();
    all.sort_by_key(|(index, problem)| (problem.severity, *index));
    let (grave, advice): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, problem)| matches!(problem.severity, Severity::Error | Severity::Warning));
    let more = |part: &[(usize, &Diagnostic)]| part.len().saturating_sub(MOST_LISTED);
    let shown = |part: &[(usize, &Diagnostic)]| {
        part.iter().take(MOST_LISTED).map(|(index, problem)| shown(state, *index, problem)).collect()
    };
    Problems { more_grave: more(&grave), grave: shown(&grave), more_advice: more(&advice), advice: shown(&advice) }
}

fn shown(state: &State, index: usize, problem: &Diagnostic) -> Problem {
    Problem {
        index,
        class: class(problem.severity),
        severity: words::severity(problem.severity),
        place: place(state, problem.span),
        message: problem.message.clone(),
        why: problem.why.clone(),
        remedy: problem.remedy.clone(),
        docker: problem.docker.clone(),
        fixes: problem.fixes.iter().map(|fix| fix.title.clone()).collect(),
    }
}

/// Where a span begins, if its file is one of the project's.
pub fn place(state: &State, span: Span) -> Option<Place> {
    let path = state.span_paths.get(span.file.0 as usize)?;
    let file = state.files.iter().position(|file| file.path == *path)?;
    let text = state.text_of(&state.files[file]);
    let line = LineIndex::new(text).line(span.range.start) + 1;
    Some(Place { label: format!("{path}:{line}"), file, offset: utf16_offset(text, span.range.start) })
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
        .take(MOST_UNDERLINED)
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
