//! `volumes_from` is never read-only.
//!
//! ## What it does
//! Finds an entry of `volumes_from` that ends in `:ro`.

use crate::diagnostic::Diagnostic;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "volumes-from-not-read-only",
    title: "`volumes_from` is never read-only",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "This version of Compose drops the ending: the volumes are mounted as they are in the other \
    container, writable.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for entry in service.volumes_from.iter().filter(|entry| entry.ends_with(":ro")) {
            let message = "`:ro` is dropped: the volumes are writable here";
            let remedy = "Name the volumes in `volumes`, each with `:ro`.";
            found.push(RULE.advice(entry.span, message, remedy));
        }
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - html:/html
  reader:
    image: nginx:1.27
    volumes_from:
      - web:ro
#       ^^^^^^
volumes:
  html:
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - html:/html
  reader:
    image: nginx:1.27
    volumes:
      - html:/html:ro
volumes:
  html:
"#;
