//! Shell operators in a `CMD` test.
//!
//! ## What it does
//! Finds `||`, `&&`, `|`, `;` or `>` as a word, or a variable, in a health check of the form `["CMD", …]`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "shell-syntax-without-shell",
    title: "Shell operators in a `CMD` test",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "`CMD` runs the program itself, without a shell: `|| exit 1` is handed to the program as words, and \
    variables stay as they are written. The probe then fails, or tests something else.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some((_, test)) = own_test(service) else { continue };
        let has_shell = test.get(1).is_some_and(|program| program.ends_with("sh"));
        if test.first().is_none_or(|form| form != "CMD") || has_shell || !test[1..].iter().any(|word| is_operator(word))
        {
            continue;
        }
        let message = "this test is run without a shell, so its operators are mere words";
        let line = test[1..].join(" ").replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
        let edit = replace(test.span, format!("[\"CMD-SHELL\", \"{line}\"]"));
        let remedy = "Use `CMD-SHELL` and one text.";
        found.push(RULE.advice(test.span, message, remedy).with_fix(suggested("Run it in a shell", vec![edit])));
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "||" | "&&" | "|" | ";" | ">" | "2>&1") || word.starts_with('$')
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost/", "||", "exit", "1"]
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    healthcheck:
      test: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]
"#;
