//! Two services publish the same host port.
//!
//! ## What it does
//! Finds a host port that two services publish on the same address with the same protocol.

use crate::diagnostic::Diagnostic;
use crate::lint::{Rule, Subject};
use crate::text::Span;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: Rule = Rule {
    code: "host-port-twice",
    title: "Two services publish the same host port",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Nothing complains until the second container is started: then `up` fails with \"port is already \
    allocated\", and that container stays created.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<(&str, &str), Vec<(&str, Span)>> = BTreeMap::new();
    for service in subject.services() {
        for port in &service.ports {
            let Some(published) = port.published.as_deref().filter(|published| published.parse::<u16>().is_ok()) else {
                continue;
            };
            let users = taken.entry((published, &port.protocol)).or_default();
            let everywhere = |address: &str| matches!(address, "" | "0.0.0.0" | "::");
            let clash = users
                .iter()
                .find(|(address, _)| *address == port.host_ip || everywhere(address) || everywhere(&port.host_ip));
            if let Some((_, first)) = clash {
                let message = format!("port {published} of the host is published by another service too");
                let remedy = "Publish it on another host port.";
                let diagnostic = RULE.advice(port.span, message, remedy);
                found.push(diagnostic.with_related(*first, "the other one"));
            }
            users.push((&port.host_ip, port.span));
        }
    }
}

const BAD: &str = r#"services:
  api:
    image: nginx:1.27
    ports:
      - "8080:80"
  web:
    image: nginx:1.27
    ports:
      - "8080:80"
#       ^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  api:
    image: nginx:1.27
    ports:
      - "8080:80"
  web:
    image: nginx:1.27
    ports:
      - "8081:80"
"#;
