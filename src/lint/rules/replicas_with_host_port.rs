//! Replicas cannot share one host port.
//!
//! ## What it does
//! Finds more than one replica of a service that publishes a fixed host port.

use crate::diagnostic::Diagnostic;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "replicas-with-host-port",
    title: "Replicas cannot share one host port",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "A host port belongs to one container. The first replica gets it, the others fail to start with \
    \"port is already allocated\".";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services().filter(|service| service.replicas() > 1) {
        let fixed = |port: &&crate::text::Spanned<crate::compose::model::Port>| {
            port.published.as_deref().is_some_and(|published| published.parse::<u16>().is_ok())
        };
        for port in service.ports.iter().filter(fixed) {
            let message = format!("only one of {} replicas can have this port", service.replicas());
            let remedy = "Leave the host port out, or give a range with one port for each replica: `8080-8081:80`.";
            found.push(RULE.advice(port.span, message, remedy));
        }
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    scale: 2
    ports:
      - "8080:80"
#       ^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    scale: 2
    ports:
      - "80"
"#;
