//! A secret in plain text.
//!
//! ## What it does
//! Finds an environment variable that is named like a secret and whose value stands in the file.

use crate::diagnostic::Diagnostic;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "secret-in-environment", title: "A secret in plain text", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "The file is kept in version control, and everyone who may look at the container sees its \
    environment. A value that should differ between machines does not belong here either.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for (key, value) in &service.environment {
            let Some(text) = value.value.as_deref().filter(|text| !text.is_empty()) else { continue };
            let from_file = subject.attribute_holds(service, "environment", value.span);
            let written = subject.text(value.span);
            if !is_secret(key) || !from_file || written.contains('$') || text.starts_with('/') {
                continue;
            }
            let message = format!("the value of `{key}` stands in the file for everyone to read");
            let remedy = format!("Take it from outside: `{key}: ${{{key}:?}}` with `.env`, or a secret file.");
            let place = subject.find(value.span, text).unwrap_or(value.span);
            found.push(RULE.advice(place, message, remedy));
        }
    }
}

/// Whether a variable of that name holds a secret itself, not the path of one.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let ends = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "SECRET_KEY"];
    ends.iter().any(|end| key.ends_with(end)) && !key.contains("ALLOW_EMPTY") && !key.contains("RANDOM")
}

const BAD: &str = r#"services:
  app:
    image: nginx:1.27
    environment:
      API_TOKEN: abc123
#                ^^^^^^
"#;

const GOOD: &str = r#"services:
  app:
    image: nginx:1.27
    environment:
      API_TOKEN: ${API_TOKEN:-}
"#;
