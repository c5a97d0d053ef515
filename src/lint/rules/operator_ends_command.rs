//! A shell operator in a command without a shell.
//!
//! ## What it does
//! Finds `&&`, `||`, `;`, `|`, `&`, `<` or `>` in a `command` or `entrypoint` that is one text.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "operator-ends-command",
    title: "A shell operator in a command without a shell",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Compose only splits the text into words; there is no shell. At the first such sign it stops reading: \
    of `a && b` it runs `a`, without a word about `b`.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for name in ["command", "entrypoint"] {
            let Some(attribute) = service.attributes.get(name) else { continue };
            let Some(value) = subject.value(*attribute) else { continue };
            let text = subject.text(value);
            // A list, a block or an anchor is read by other rules.
            if text.is_empty() || text.starts_with(['[', '-', '|', '>', '&', '*', '!']) || text.contains('\n') {
                continue;
            }
            let line = text.trim_matches(|letter| letter == '"' || letter == '\'');
            let Some(operator) = first_operator(if text.starts_with(['"', '\'']) { line } else { text }) else {
                continue;
            };
            let message = format!("everything from `{operator}` on is dropped");
            let script = line.replace('\\', "\\\\").replace('"', "\\\"");
            let fix = suggested("Run it in a shell", vec![replace(value, format!("[\"sh\", \"-c\", \"{script}\"]"))]);
            let remedy = "Say that a shell runs it: `[\"sh\", \"-c\", \"…\"]`.";
            found.push(RULE.advice(value, message, remedy).with_fix(fix));
        }
    }
}

/// The first operator outside of quotes.
fn first_operator(text: &str) -> Option<char> {
    let mut quote = None;
    let mut escaped = false;
    for letter in text.chars() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ';' | '&' | '|' | '<' | '>') => return Some(letter),
            _ => {}
        }
    }
    None
}

const BAD: &str = r#"services:
  app:
    image: busybox:1.36
    command: echo migrate && echo serve
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  app:
    image: busybox:1.36
    command: ["sh", "-c", "echo migrate && echo serve"]
"#;
