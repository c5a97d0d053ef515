//! The sink every stage reports to: all problems for the reader, and for Docker's verdict the first error with the
//! warnings before it. Must not know what a problem is about.

use super::Verdict;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{Span, TextRange};

/// What has been found so far.
#[derive(Default)]
pub struct Problems {
    diagnostics: Vec<Diagnostic>,
    verdict: Verdict,
    broken: Vec<Span>,
}

impl Problems {
    /// Docker refuses the files with `text`, unless it has done so before; `diagnostic` says it better. A problem within
    /// a place that is broken already is a consequence, and not reported.
    pub fn refuse(&mut self, text: impl Into<String>, diagnostic: Diagnostic) {
        let text = text.into();
        self.report(Diagnostic {
            docker: Some(diagnostic.docker.clone().unwrap_or_else(|| text.clone())),
            ..diagnostic
        });
        self.refuse_silently(text);
    }

    /// Docker refuses the files with `text`, unless it has done so before; the diagnostics are reported apart.
    pub fn refuse_silently(&mut self, text: impl Into<String>) {
        self.verdict.error.get_or_insert_with(|| text.into());
    }

    /// Docker warns with `text`, unless it has ended before; `diagnostic` says it better.
    pub fn warn(&mut self, text: impl Into<String>, diagnostic: Diagnostic) {
        let text = text.into();
        self.report(Diagnostic { docker: Some(text.clone()), ..diagnostic });
        self.warn_silently(text);
    }

    /// Docker warns with `text`, unless it has ended before; nothing more is to be said.
    pub fn warn_silently(&mut self, text: impl Into<String>) {
        if self.verdict.error.is_none() {
            self.verdict.warnings.push(text.into());
        }
    }

    /// Adds a problem, unless it is an error in a place that is broken already.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            if self.is_broken(diagnostic.span) {
                return;
            }
            self.broken.push(diagnostic.span);
        }
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether `span` lies within a place that an error was reported for.
    pub fn is_broken(&self, span: Span) -> bool {
        let within =
            |broken: TextRange| broken.contains_range(span.range) && (!broken.is_empty() || broken == span.range);
        self.broken.iter().any(|broken| broken.file == span.file && within(broken.range))
    }

    /// Whether an error was reported for a place within `span`.
    pub fn has_broken_inside(&self, span: Span) -> bool {
        self.broken.iter().any(|broken| broken.file == span.file && span.range.contains_range(broken.range))
    }

    /// Whether Docker has refused the files.
    pub fn is_refused(&self) -> bool {
        self.verdict.error.is_some()
    }

    /// Everything found: diagnostics in the order of their places, and the verdict.
    pub fn finish(mut self) -> (Vec<Diagnostic>, Verdict) {
        self.diagnostics.sort_by(|a, b| (a.span, a.severity, &a.code).cmp(&(b.span, b.severity, &b.code)));
        (self.diagnostics, self.verdict)
    }
}
