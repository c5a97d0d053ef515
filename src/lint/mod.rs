//! Advice about files that are legal but unwise, one file per rule. Must not know the simulator.
//!
//! A rule is one file in [`rules`] and one word in its list; the file holds what it finds, why that is bad, the words of
//! the advice, a bad and a good example. A test walks the list and proves every rule.

mod edits;
pub mod rules;
mod subject;
mod unrecognised;

#[cfg(test)]
mod tests;

pub use rules::RULES;
pub use subject::Subject;
pub use unrecognised::unrecognised;

use crate::compose::Analysis;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

/// A rule of advice.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Stable name, in kebab case: the code of its diagnostics.
    pub code: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why that is bad: Docker's behaviour behind it, and what it costs.
    pub why: &'static str,
    /// Finds it.
    pub check: fn(&Subject, &mut Vec<Diagnostic>),
    /// A file in which it is found, once: the place is marked by carets in a comment on the line below.
    pub bad: &'static str,
    /// The same file, mended.
    pub good: &'static str,
}

/// All advice about a project, in the order of the places. A file Docker refuses gets none: its errors come first.
pub fn lint(analysis: &Analysis) -> Vec<Diagnostic> {
    let Some(project) = analysis.project.as_ref().filter(|_| analysis.docker.error.is_none()) else {
        return Vec::new();
    };
    let subject = Subject { analysis, project };
    let mut found = Vec::new();
    for rule in RULES {
        (rule.check)(&subject, &mut found);
    }
    found.sort_by(|left, right| left.span.cmp(&right.span).then_with(|| left.code.cmp(&right.code)));
    found
}

impl Rule {
    /// The fix of a guess.
    const WRITE_DOWN: &'static str = "Write the guess down";

    /// A piece of advice: what is wrong here and what to do; the rule says why it matters.
    fn advice(&self, place: Span, message: impl Into<String>, remedy: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, Severity::Advice, place, message).with_why(self.why).with_remedy(remedy)
    }
}
