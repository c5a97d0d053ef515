//! A variable of the container is replaced by Compose.
//!
//! ## What it does
//! Finds `$NAME` in a command or a health check where NAME is set in the service's own environment and not in the
//! project's.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, safe};
use crate::lint::{Rule, Subject};
use crate::text::{Span, TextRange};

/// The rule.
pub const RULE: Rule = Rule {
    code: "variable-taken-by-compose",
    title: "A variable of the container is replaced by Compose",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Compose replaces variables in the file before anything runs, from the shell and `.env`, not from \
    `environment:`. The command gets an empty text. Doubling the sign leaves the variable to the shell \
    in the container.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for name in ["command", "entrypoint", "healthcheck"] {
            let Some(attribute) = service.attributes.get(name) else { continue };
            let text = subject.text(*attribute);
            for (key, _) in
                service.environment.iter().filter(|(key, _)| !subject.project.environment.contains_key(*key))
            {
                let Some(at) = single_dollar(text, key) else { continue };
                let start = attribute.range.start + at as u32;
                let place = Span { file: attribute.file, range: TextRange::new(start, start + 1 + key.len() as u32) };
                let message = format!("Compose replaces `${key}` itself, before the container exists");
                let dollar = Span { file: attribute.file, range: TextRange::at(start) };
                let fix = safe("Leave it to the container", vec![replace(dollar, "$")]);
                let remedy = format!("Write `$${key}`.");
                found.push(RULE.advice(place, message, remedy).with_fix(fix));
            }
        }
    }
}

/// Where `$key`, without braces and not doubled, stands in a text.
fn single_dollar(text: &str, key: &str) -> Option<usize> {
    let wanted = format!("${key}");
    text.match_indices(&wanted).map(|(at, _)| at).find(|at| {
        let dollars = text[..*at].bytes().rev().take_while(|byte| *byte == b'$').count();
        let after = text[at + wanted.len()..].chars().next();
        dollars % 2 == 0 && !after.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: app
    healthcheck:
      test: pg_isready -h 127.0.0.1 -U $POSTGRES_USER
#                                      ^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: app
    healthcheck:
      test: pg_isready -h 127.0.0.1 -U $$POSTGRES_USER
"#;
