//! A start period that is over before the first probe.
//!
//! ## What it does
//! Finds a `start_period` that is not longer than the pause before the first probe within it.

use crate::diagnostic::Diagnostic;
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};
use std::time::Duration;

/// The rule.
pub const RULE: Rule = Rule {
    code: "start-period-too-short",
    title: "A start period that is over before the first probe",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "The first probe comes one `start_interval` (5 s unless set) after the start. If the start period is \
    over by then, that probe already counts, and the start period has no effect but to move it.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some((healthcheck, _)) = own_test(service) else { continue };
        let Some(period) = &healthcheck.start_period else { continue };
        let pause = healthcheck.start_interval.as_ref().map_or(Duration::from_secs(5), |pause| pause.value);
        if period.value.is_zero() || period.value > pause {
            continue;
        }
        let message = "the start period is over before the first probe, so no failure falls into it";
        let remedy = "Make `start_period` longer than `start_interval`, or leave it out.";
        found.push(RULE.advice(period.span, message, remedy));
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
      interval: 10s
      start_period: 3s
#                   ^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
      interval: 10s
      start_period: 30s
"#;
