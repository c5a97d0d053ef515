//! A mount with a host path and no target.
//!
//! ## What it does
//! Finds an entry of `volumes` like `./data` that has no path of the container.

use crate::diagnostic::Diagnostic;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "relative-target",
    title: "A mount with a host path and no target",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "One part alone is the path in the container: this is an anonymous volume at a relative path, which \
    the engine refuses when the container is created.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for mount in service.volumes.iter().filter(|mount| mount.short_syntax && mount.source.is_none()) {
            if mount.target.starts_with('/') {
                continue;
            }
            let message = "this is a path in the container, and a relative one";
            let remedy = format!("Say where it goes: `{}:/path/in/the/container`.", subject.text(mount.span));
            found.push(RULE.advice(mount.span, message, remedy));
        }
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - ./data
#       ^^^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - ./data:/data
"#;
