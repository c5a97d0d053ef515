//! `retries: 0` means three.
//!
//! ## What it does
//! Finds `retries: 0` in a health check.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "zero-retries", title: "`retries: 0` means three", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "Zero does not mean \"never\" or \"at the first failure\": Docker takes it for \"not set\" and uses 3 \
    (or the value of the image).";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let retries = service.healthcheck.as_ref().and_then(|healthcheck| healthcheck.retries.as_ref());
        let Some(retries) = retries.filter(|retries| retries.value == 0) else { continue };
        let message = "0 counts as not set: the container turns unhealthy after 3 failures in a row";
        let remedy = "Write the number you mean: 1 is unhealthy at the first failure.";
        let fix = suggested("Set it to 1", vec![replace(retries.span, "1")]);
        found.push(RULE.advice(retries.span, message, remedy).with_fix(fix));
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: curl -f http://localhost/
      retries: 0
#              ^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: curl -f http://localhost/
      retries: 1
"#;
