//! A `CMD-SHELL` test of several words.
//!
//! ## What it does
//! Finds a health check of the form `["CMD-SHELL", "a", "b"]`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "shell-test-in-pieces",
    title: "A `CMD-SHELL` test of several words",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Only the first text behind `CMD-SHELL` is the script; the others become its parameters `$0`, `$1`. \
    `[\"CMD-SHELL\", \"curl\", \"-f\", …]` runs `curl` without arguments, which fails.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some((_, test)) = own_test(service) else { continue };
        if test.first().is_none_or(|form| form != "CMD-SHELL") || test.len() < 3 {
            continue;
        }
        let message = format!("only `{}` is run, the rest are its parameters", test[1]);
        let line = test[1..].join(" ").replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
        let edit = replace(test.span, format!("[\"CMD-SHELL\", \"{line}\"]"));
        let remedy = "Write the script as one text behind `CMD-SHELL`, or use `CMD`.";
        found.push(RULE.advice(test.span, message, remedy).with_fix(suggested("Make it one text", vec![edit])));
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: ["CMD-SHELL", "curl", "-f", "http://localhost/"]
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: ["CMD-SHELL", "curl -f http://localhost/"]
"#;
