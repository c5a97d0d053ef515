//! `start_interval` without `start_period`.
//!
//! ## What it does
//! Finds `start_interval` in a health check that has no `start_period`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "start-interval-without-start-period",
    title: "`start_interval` without `start_period`",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "`start_interval` is the pause between probes during the start period only. Without one, Compose \
    refuses to create the container: \"healthcheck.start_interval requires healthcheck.start_period to \
    be set\".";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(healthcheck) = &service.healthcheck else { continue };
        let Some(start_interval) = healthcheck.start_interval.as_ref().filter(|_| healthcheck.start_period.is_none())
        else {
            continue;
        };
        let message = "`start_interval` counts only within a `start_period`, and there is none";
        let remedy = "Set `start_period` to the longest time the start may take.";
        let fix = subject
            .insert_before(start_interval.span, "start_period: 30s")
            .map(|edit| suggested("Add a start period of 30 s", vec![edit]));
        found.push(RULE.advice(start_interval.span, message, remedy).with_fixes(fix));
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: curl -f http://localhost/
      start_interval: 1s
#                     ^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: curl -f http://localhost/
      start_period: 20s
      start_interval: 1s
"#;
