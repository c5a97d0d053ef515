//! A dependency that has a health check is only waited for to start.
//!
//! ## What it does
//! Finds an edge of `depends_on` without `condition: service_healthy` to a service that has a health check.

use crate::compose::model::Condition;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "start-only-dependency",
    title: "A dependency that has a health check is only waited for to start",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Without a condition, `depends_on` waits only until the container has been started. The program in it \
    may need seconds more; whoever connects before that fails. The health check is there, but nobody \
    asks for it.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let plain = service.depends_on.iter().filter(|(_, edge)| edge.explicit && edge.condition == Condition::Started);
        for (name, edge) in plain {
            let Some(dependency) = subject.project.services.get(name) else { continue };
            if own_test(dependency).is_none() {
                continue;
            }
            let message = format!("`{}` starts as soon as `{name}` has been started, ready or not", service.name.value);
            let remedy = format!("Wait for the health check: `{name}: {{ condition: service_healthy }}`.");
            let fix = subject
                .set_condition(service, name, Condition::Healthy)
                .map(|edit| suggested("Wait until it is healthy", vec![edit]));
            found.push(RULE.advice(edge.span, message, remedy).with_fixes(fix));
        }
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
  app:
    image: busybox:1.36
    depends_on:
      - db
#       ^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    healthcheck:
      test: pg_isready -h 127.0.0.1
  app:
    image: busybox:1.36
    depends_on:
      db:
        condition: service_healthy
"#;
