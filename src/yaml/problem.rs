//! What is wrong with a text, in our words: go-yaml's name a symptom, often lines away from the cause.

use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::text::{Edit, FileId, Span, TextRange};

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
    /// A way to mend it: what it does, and the replacements.
    pub fix: Option<(&'static str, Vec<(TextRange, String)>)>,
}

impl Problem {
    pub(super) fn new(code: &'static str, range: TextRange, message: impl Into<String>) -> Self {
        Self { code, range, message: message.into(), remedy: String::new(), docker: None, fix: None }
    }

    pub(super) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The problem as a diagnostic of `file`. Docker's text may need a prefix (semantics L42), so it is not in it.
    pub fn diagnostic(&self, file: FileId) -> Diagnostic {
        let span = |range| Span { file, range };
        let diagnostic = Diagnostic::new(self.code, Severity::Error, span(self.range), self.message.clone())
            .with_why(if self.docker.is_some() { "Docker reads nothing behind this, and refuses the file" } else { "" })
            .with_remedy(self.remedy.clone());
        match &self.fix {
            None => diagnostic,
            Some((title, edits)) => {
                let edit = |(range, text): &(TextRange, String)| Edit { span: span(*range), new_text: text.clone() };
                let edits = edits.iter().map(edit).collect();
                diagnostic.with_fix(Fix { title: (*title).to_owned(), applicability: Applicability::Suggested, edits })
            }
        }
    }
}
