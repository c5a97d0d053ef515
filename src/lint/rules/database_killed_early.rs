//! A database with little time to stop.
//!
//! ## What it does
//! Finds a database with a `stop_grace_period` below five seconds.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};
use std::time::Duration;

/// The rule.
pub const RULE: Rule = Rule {
    code: "database-killed-early",
    title: "A database with little time to stop",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "A database writes its memory to disk when it is asked to stop. Killed before it is done, it has to \
    recover at the next start, which takes longer and, for some, loses the last writes.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        let Some(grace) = service.stop_grace_period.as_ref().filter(|grace| grace.value < Duration::from_secs(5))
        else {
            continue;
        };
        let message = format!("{} may be killed before it has written everything", facts.product);
        let fix = suggested("Give it 30 s", vec![replace(grace.span, "30s")]);
        found.push(RULE.advice(grace.span, message, "Give it 30 s or more.").with_fix(fix));
    }
}

const BAD: &str = r#"services:
  db:
    image: mysql:8.4
    stop_grace_period: 1s
#                      ^^
"#;

const GOOD: &str = r#"services:
  db:
    image: mysql:8.4
    stop_grace_period: 1m
"#;
