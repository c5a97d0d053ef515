//! A database without the password it needs.
//!
//! ## What it does
//! Finds a database that refuses to start on an empty data folder because no password is set.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "missing-password",
    title: "A database without the password it needs",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "On its first start the image wants to be told the superuser's password, or told expressly that there \
    is none. Otherwise it prints an error and exits, and with a restart policy it does so again and \
    again.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        let Some(image) = service.image.as_ref().filter(|_| service.env_file.is_empty()) else { continue };
        let set = facts.needs_one_of.iter().any(|name| service.environment.contains_key(*name));
        let Some(name) = facts.needs_one_of.first().filter(|_| !set && service.entrypoint.is_none()) else { continue };
        let message = format!("{} does not start on an empty volume without `{name}`", facts.product);
        let remedy = format!("Set `{name}` in `environment`.");
        let mut diagnostic = RULE.advice(image.span, message, remedy);
        if service.environment.is_empty() && !service.attributes.contains_key("environment") {
            let lines = format!("environment:\n  {name}: ${{{name}:-example}}");
            if let Some(edit) = subject.insert_attribute(service, &lines) {
                diagnostic = diagnostic.with_fix(suggested("Set it from `.env`", vec![edit]));
            }
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
#          ^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-example}
"#;
