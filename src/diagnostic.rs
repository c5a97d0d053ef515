//! What a problem is: code, severity, place, why, remedy, Docker's own words, fixes.
//! Must not know who found it, nor how it is drawn.

pub mod frame;

use crate::text::{Edit, Span};
use serde::{Deserialize, Serialize};

/// How grave a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Docker refuses the file.
    Error,
    /// Docker accepts the file and prints a warning.
    Warning,
    /// Legal, but unwise: advice of [`crate::lint`].
    Advice,
    /// Accepted by Docker, and not, or not fully, simulated here.
    Notice,
}

/// Another place that belongs to a problem, with a word on what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What it has to do with the problem.
    pub message: String,
}

/// How safe it is to apply a fix without looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Keeps the meaning, or can only have been meant so.
    Safe,
    /// May change what the file does: look at it.
    Suggested,
}

/// A way to mend a problem by editing the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, imperative: "Rename to `image`".
    pub title: String,
    /// How safe it is.
    pub applicability: Applicability,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// One problem found in the project's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable name of the kind of problem, in kebab case: `unknown-attribute`.
    pub code: String,
    /// How grave it is.
    pub severity: Severity,
    /// The place to look at first.
    pub span: Span,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// Why it matters: what Docker does because of it. Empty where the message says all.
    pub why: String,
    /// What to do. Empty where there is nothing better to say than the message.
    pub remedy: String,
    /// What Docker Compose prints for it, word for word, if it prints anything.
    pub docker: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Ways to mend it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic with the bare necessities; the `with_` methods add the rest.
    pub fn new(code: &str, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity,
            span,
            message: message.into(),
            why: String::new(),
            remedy: String::new(),
            docker: None,
            related: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Says why it matters.
    pub fn with_why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Says what to do.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Quotes what Docker prints.
    pub fn with_docker(mut self, docker: impl Into<String>) -> Self {
        self.docker = Some(docker.into());
        self
    }

    /// Adds another place.
    pub fn with_related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }

    /// Adds a way to mend it.
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Adds the ways to mend it that there are: an `Option` where the text may be in a form that an edit would spoil.
    pub fn with_fixes(mut self, fixes: impl IntoIterator<Item = Fix>) -> Self {
        self.fixes.extend(fixes);
        self
    }
}
