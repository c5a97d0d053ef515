//! A dependency is awaited to be healthy, and the file gives it no health check.
//!
//! ## What it does
//! Finds `condition: service_healthy` on a service whose health check is missing in the file or disabled.

use crate::compose::model::Condition;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::{image_facts, is_disabled};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "awaited-without-health-check",
    title: "A dependency is awaited to be healthy, and the file gives it no health check",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "If the image brings no health check of its own either, `up` fails with \"container … has no \
    healthcheck configured\" and the dependent is never started. None of the well-known database images \
    brings one.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for (name, edge) in service.depends_on.iter().filter(|(_, edge)| edge.condition == Condition::Healthy) {
            let Some(dependency) = subject.project.services.get(name) else { continue };
            // A health check without a test takes the image's.
            let asks_image = dependency.healthcheck.is_some() && !is_disabled(dependency);
            let may_be_the_images = dependency.healthcheck.is_none() && image_facts(dependency).is_none();
            if asks_image || may_be_the_images && dependency.build.is_some() {
                continue;
            }
            let message = format!("`{name}` is awaited to be healthy, but has no health check here");
            let probe = image_facts(dependency).map_or("…", |facts| facts.probe);
            let remedy = format!("Give `{name}` a `healthcheck` (`test: {probe}`), or wait for `service_started`.");
            let mut diagnostic = RULE.advice(edge.span, message, remedy);
            diagnostic = diagnostic.with_related(dependency.name.span, "this service");
            if let Some(edit) = subject.set_condition(service, name, Condition::Started) {
                diagnostic = diagnostic.with_fix(suggested("Wait only for its start", vec![edit]));
            }
            if let (Some(facts), None) = (image_facts(dependency), &dependency.healthcheck) {
                let lines = format!("healthcheck:\n  test: {}\n  interval: 5s", facts.probe);
                if let Some(edit) = subject.insert_attribute(dependency, &lines) {
                    diagnostic = diagnostic.with_fix(suggested("Add a health check", vec![edit]));
                }
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
  app:
    image: busybox:1.36
    depends_on:
      db:
#     ^^^
        condition: service_healthy
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
