//! A grace period below one second is none.
//!
//! ## What it does
//! Finds a `stop_grace_period` between zero and one second.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};
use std::time::Duration;

/// The rule.
pub const RULE: Rule =
    Rule { code: "no-grace", title: "A grace period below one second is none", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "Compose hands whole seconds to the engine and drops the rest: 500ms becomes 0, and the container is \
    killed at once, without any chance to finish.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(grace) = &service.stop_grace_period else { continue };
        if grace.value.is_zero() || grace.value >= Duration::from_secs(1) {
            continue;
        }
        let message = "this is cut to 0: SIGKILL follows at once";
        let fix = suggested("Make it one second", vec![replace(grace.span, "1s")]);
        found.push(RULE.advice(grace.span, message, "Use whole seconds.").with_fix(fix));
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    stop_grace_period: 500ms
#                      ^^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    stop_grace_period: 2s
"#;
