//! `restart: no` without quotes.
//!
//! ## What it does
//! Finds `restart: no` written without quotes.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, safe};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "unquoted-no", title: "`restart: no` without quotes", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "Docker Compose reads it as the text \"no\", but many other tools read YAML 1.1, where it means \
    false, and complain or drop it.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(restart) = service.restart.as_ref().filter(|restart| subject.text(restart.span) == "no") else {
            continue;
        };
        let message = "other tools read this as `false`";
        let fix = safe("Put it in quotes", vec![replace(restart.span, "\"no\"")]);
        found.push(RULE.advice(restart.span, message, "Write `restart: \"no\"`.").with_fix(fix));
    }
}

const BAD: &str = r#"services:
  job:
    image: busybox:1.36
    restart: no
#            ^^
"#;

const GOOD: &str = r#"services:
  job:
    image: busybox:1.36
    restart: "no"
"#;
