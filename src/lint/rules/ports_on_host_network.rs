//! Published ports on the host's network.
//!
//! ## What it does
//! Finds `ports` on a service with `network_mode: host`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "ports-on-host-network",
    title: "Published ports on the host's network",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "On the host's network the container has no network of its own, so there is nothing to publish: \
    Docker discards the ports with a warning, and the program listens on whatever port it likes.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let on_host = service.network_mode.as_ref().is_some_and(|mode| mode.value == "host");
        let Some(ports) = service.attributes.get("ports").filter(|_| on_host && !service.ports.is_empty()) else {
            continue;
        };
        let message = "these ports are discarded: the service is on the host's network";
        let fix = subject.remove_lines(*ports).map(|edit| suggested("Remove `ports`", vec![edit]));
        found.push(RULE.advice(subject.key(*ports), message, "Remove `ports` or `network_mode`.").with_fixes(fix));
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    network_mode: host
    ports:
#   ^^^^^
      - "8080:80"
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    network_mode: host
"#;
