//! What is wrong with a text, in our words: go-yaml's name a symptom, often lines away from the cause.

use super::token::SyntaxError;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span, TextRange};

/// One thing that is wrong with the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable name of its kind.
    pub code: &'static str,
    /// The place to look at first.
    pub range: TextRange,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do; empty where the message says it.
    pub remedy: String,
    /// What go-yaml says, for the problem at which it stops.
    pub docker: Option<String>,
    /// Another place that belongs to it, with a word on it.
    pub related: Option<(TextRange, &'static str)>,
}

impl Problem {
    pub(super) fn new(code: &'static str, range: TextRange, message: impl Into<String>) -> Self {
        Self { code, range, message: message.into(), remedy: String::new(), docker: None, related: None }
    }

    /// The problem as a diagnostic of `file`. Docker's text may need a prefix (semantics L42), so it is not in it.
    pub fn diagnostic(&self, file: FileId) -> Diagnostic {
        let span = |range| Span { file, range };
        let mut diagnostic = Diagnostic::new(self.code, Severity::Error, span(self.range), self.message.clone());
        diagnostic.remedy = self.remedy.clone();
        match self.related {
            Some((range, message)) => diagnostic.with_related(span(range), message),
            None => diagnostic,
        }
    }

    pub(super) fn of(error: &SyntaxError, text: &str) -> Self {
        let at = (error.at.offset as usize).min(text.len());
        let end = text[at..].chars().next().filter(|next| *next != '\n').map_or(at, |next| at + next.len_utf8());
        Self::new("yaml-syntax", TextRange::new(at as u32, end as u32), error.problem)
    }
}
