//! A server is awaited to complete.
//!
//! ## What it does
//! Finds `condition: service_completed_successfully` on a service whose image is a database or another server.

use crate::compose::model::Condition;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::{image_facts, own_test};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "server-awaited-to-complete",
    title: "A server is awaited to complete",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "A server does not end by itself, so the condition never holds and `up` waits forever.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let edges = service.depends_on.iter().filter(|(_, edge)| edge.condition == Condition::CompletedSuccessfully);
        for (name, edge) in edges {
            let Some(dependency) = subject.project.services.get(name) else { continue };
            let runs_its_server = dependency.command.is_none() && dependency.entrypoint.is_none();
            let Some(facts) = image_facts(dependency).filter(|_| runs_its_server) else { continue };
            let message = format!("`{name}` is {}: it never completes", facts.product);
            let remedy = "Wait for `service_healthy`, with a health check on it.";
            let mut diagnostic = RULE.advice(edge.span, message, remedy);
            let healthy = own_test(dependency).map(|_| Condition::Healthy);
            let condition = healthy.unwrap_or(Condition::Started);
            if let Some(edit) = subject.set_condition(service, name, condition) {
                diagnostic = diagnostic.with_fix(suggested("Wait until it is up", vec![edit]));
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
  app:
    image: nginx:1.27
    depends_on:
      db:
#     ^^^
        condition: service_completed_successfully
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
  app:
    image: nginx:1.27
    depends_on:
      db:
        condition: service_started
"#;
