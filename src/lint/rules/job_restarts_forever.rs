//! A job that is awaited to complete is always restarted.
//!
//! ## What it does
//! Finds `restart: always` or `unless-stopped` on a service that others await with `service_completed_successfully`.

use crate::compose::model::Condition;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::is_awaited;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "job-restarts-forever",
    title: "A job that is awaited to complete is always restarted",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "With such a policy the container is started again whenever it ends, also after success. It is never \
    seen as exited, so `up` waits forever.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(restart) = &service.restart else { continue };
        let always = matches!(restart.as_str(), "always" | "unless-stopped");
        if !always || !is_awaited(subject.project, &service.name, Condition::CompletedSuccessfully) {
            continue;
        }
        let message =
            format!("`{}` is awaited to complete, but is started again each time it does", service.name.value);
        let remedy = "Use `restart: on-failure` for a job that may need a second try, else no policy.";
        let fix = suggested("Restart it on failure only", vec![replace(restart.span, "on-failure")]);
        found.push(RULE.advice(restart.span, message, remedy).with_fix(fix));
    }
}

const BAD: &str = r#"services:
  migrate:
    image: busybox:1.36
    command: echo migrated
    restart: always
#            ^^^^^^
  app:
    image: nginx:1.27
    depends_on:
      migrate:
        condition: service_completed_successfully
"#;

const GOOD: &str = r#"services:
  migrate:
    image: busybox:1.36
    command: echo migrated
    restart: on-failure
  app:
    image: nginx:1.27
    depends_on:
      migrate:
        condition: service_completed_successfully
"#;
