//! `deploy.restart_policy` overrides `restart`.
//!
//! ## What it does
//! Finds a service with both `restart` and `deploy.restart_policy`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "restart-is-overridden",
    title: "`deploy.restart_policy` overrides `restart`",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "If `deploy.restart_policy` is there, `restart` is not looked at. Without a `condition` in it the \
    container is not restarted at all.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let policy = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref());
        let (Some(policy), Some(restart)) = (policy, &service.restart) else { continue };
        let message = "this has no effect: `deploy.restart_policy` is used instead";
        let mut diagnostic = RULE.advice(restart.span, message, "Keep one of the two.");
        diagnostic = diagnostic.with_related(policy.span, "this one counts");
        let lines = service.attributes.get("restart").and_then(|attribute| subject.remove_lines(*attribute));
        if let Some(edit) = lines {
            diagnostic = diagnostic.with_fix(suggested("Remove `restart`", vec![edit]));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    restart: always
#            ^^^^^^
    deploy:
      restart_policy:
        condition: on-failure
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    deploy:
      restart_policy:
        condition: on-failure
"#;
