//! `test: NONE` as a text runs a command called NONE.
//!
//! ## What it does
//! Finds a health check whose test is the text `NONE` (or `none`), not a list.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, safe};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "test-none-as-text",
    title: "`test: NONE` as a text runs a command called NONE",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "A text is always a command for the shell: `NONE` is then looked for as a program, is not found, and \
    the container turns unhealthy. Only the list `[\"NONE\"]`, or `disable: true`, switches a health \
    check off.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(healthcheck) = &service.healthcheck else { continue };
        let Some(test) = healthcheck.test.as_ref().filter(|_| healthcheck.test_is_string) else { continue };
        if !test.last().is_some_and(|line| line.trim().eq_ignore_ascii_case("none")) {
            continue;
        }
        let message = "this does not switch the health check off, it runs a command called NONE";
        let edit = replace(test.span, "[\"NONE\"]");
        let remedy = "Write `test: [\"NONE\"]` or `disable: true`.";
        found.push(RULE.advice(test.span, message, remedy).with_fix(safe("Write it as a list", vec![edit])));
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: NONE
#           ^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: ["NONE"]
"#;
