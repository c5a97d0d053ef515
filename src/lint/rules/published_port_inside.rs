//! A service is addressed by its published port.
//!
//! ## What it does
//! Finds an environment value with the name of another service and a host port under which that service is published,
//! where its container port is another one.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "published-port-inside",
    title: "A service is addressed by its published port",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Published ports are for the host. On the project's network a container answers on its own port only: \
    the connection is refused.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for value in service.environment.values() {
            let Some(text) = value.value.as_deref() else { continue };
            for other in subject.services() {
                let wrong = other.ports.iter().find_map(|port| {
                    let published = port.published.as_deref()?;
                    let address = format!("{}:{published}", other.name.value);
                    let differs = published != port.target.to_string();
                    (differs && has_address(text, &address)).then_some((address, port.target))
                });
                let Some((address, target)) = wrong else { continue };
                let place = subject.find(value.span, &address).unwrap_or(value.span);
                let message = format!("`{}` listens on {target} here; the other port is the host's", other.name.value);
                let right = format!("{}:{target}", other.name.value);
                let mut diagnostic = RULE.advice(place, message, format!("Use `{right}`."));
                if place != value.span {
                    diagnostic = diagnostic.with_fix(suggested("Use the container port", vec![replace(place, right)]));
                }
                found.push(diagnostic);
            }
        }
    }
}

/// Whether a text holds this `host:port`, not merely as a part of longer names or numbers.
fn has_address(text: &str, address: &str) -> bool {
    let Some(at) = text.find(address) else { return false };
    let before = text[..at].chars().next_back();
    let after = text[at + address.len()..].chars().next();
    !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'))
        && !after.is_some_and(|letter| letter.is_ascii_digit())
}

const BAD: &str = r#"services:
  app:
    image: busybox:1.36
    environment:
      DATABASE_URL: postgres://app:app@db:15432/app
#                                      ^^^^^^^^
  db:
    image: postgres:17
    ports:
      - "127.0.0.1:15432:5432"
"#;

const GOOD: &str = r#"services:
  app:
    image: busybox:1.36
    environment:
      DATABASE_URL: postgres://app:app@db:5432/app
  db:
    image: postgres:17
    ports:
      - "127.0.0.1:15432:5432"
"#;
