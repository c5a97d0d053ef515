//! A start period makes the first probe later.
//!
//! ## What it does
//! Finds a `start_period` without `start_interval` where `interval` is shorter than 5 s.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::{go_duration, own_test};
use crate::lint::{Rule, Subject};
use std::time::Duration;

/// The rule.
pub const RULE: Rule = Rule {
    code: "start-period-slows-probes",
    title: "A start period makes the first probe later",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Within the start period the pause between probes is `start_interval`, and that is 5 s unless set, \
    even if `interval` is shorter. So a start period meant to be kind makes the container healthy later \
    than without it.";

const DEFAULT_START_INTERVAL: Duration = Duration::from_secs(5);

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some((healthcheck, _)) = own_test(service) else { continue };
        let (Some(period), Some(interval), None) =
            (&healthcheck.start_period, &healthcheck.interval, &healthcheck.start_interval)
        else {
            continue;
        };
        if period.value.is_zero() || interval.value >= DEFAULT_START_INTERVAL || interval.value.is_zero() {
            continue;
        }
        let pause = go_duration(interval.value);
        let message = format!("the first probe comes after 5 s, not after {pause}: `start_interval` is 5 s unless set");
        let remedy = format!("Set `start_interval: {pause}` too.");
        let mut diagnostic = RULE.advice(period.span, message, remedy);
        if let Some(edit) = subject.insert_before(period.span, &format!("start_interval: {pause}")) {
            diagnostic = diagnostic.with_fix(suggested("Probe as often during the start period", vec![edit]));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
      interval: 1s
      start_period: 30s
#                   ^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
      interval: 1s
      start_period: 30s
      start_interval: 1s
"#;
