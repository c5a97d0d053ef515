//! A fixed container name.
//!
//! ## What it does
//! Finds `container_name`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "fixed-container-name", title: "A fixed container name", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "The name is not prefixed with the project: a second copy of the project on the same machine fails \
    with a name conflict, and the service cannot be scaled. Other services reach it by its service name \
    anyway.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let Some(name) = &service.container_name else { continue };
        let message = "there can be only one container of that name on the whole machine";
        let remedy = "Leave it out, and use the service's name.";
        let mut diagnostic = RULE.advice(name.span, message, remedy);
        let lines = service.attributes.get("container_name").and_then(|attribute| subject.remove_lines(*attribute));
        if let Some(edit) = lines {
            diagnostic = diagnostic.with_fix(suggested("Remove it", vec![edit]));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    container_name: web
#                   ^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
"#;
