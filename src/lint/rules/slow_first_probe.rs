//! Dependents wait half a minute for the first probe.
//!
//! ## What it does
//! Finds a health check that somebody waits for and that sets neither `interval` nor `start_period`.

use crate::compose::model::Condition;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::{is_awaited, own_test};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "slow-first-probe",
    title: "Dependents wait half a minute for the first probe",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "The first probe is not immediate: it comes one `interval` after the start, and that is 30 s unless \
    set. A database that is ready after two seconds counts as healthy after thirty, and its dependents \
    wait so long.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some((healthcheck, test)) = own_test(service) else { continue };
        let unset = healthcheck.interval.is_none() && healthcheck.start_period.is_none();
        if !unset || !is_awaited(subject.project, &service.name, Condition::Healthy) {
            continue;
        }
        let place = service.attributes.get("healthcheck").map_or(test.span, |attribute| subject.key(*attribute));
        let message = format!("whoever waits for `{}` waits at least 30 s for its first probe", service.name.value);
        let fix = subject.insert_before(test.span, "interval: 5s").map(|edit| suggested("Probe every 5 s", vec![edit]));
        found.push(RULE.advice(place, message, "Set `interval`, for instance `interval: 5s`.").with_fixes(fix));
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
#   ^^^^^^^^^^^
      test: pg_isready -h 127.0.0.1
  app:
    image: busybox:1.36
    depends_on:
      db:
        condition: service_healthy
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
      interval: 5s
  app:
    image: busybox:1.36
    depends_on:
      db:
        condition: service_healthy
"#;
