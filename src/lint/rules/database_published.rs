//! A database is published to all interfaces.
//!
//! ## What it does
//! Finds a database whose port is published without a host address.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};
use crate::text::{Span, TextRange};

/// The rule.
pub const RULE: Rule = Rule {
    code: "database-published",
    title: "A database is published to all interfaces",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Without an address Docker publishes on all interfaces, past the host's usual firewall rules: the \
    database is reachable from the whole network. Other services do not need it at all: they reach the \
    container port over the project's network.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        let open = |address: &str| matches!(address, "" | "0.0.0.0" | "::");
        let exposed = |port: &crate::compose::model::Port| port.target == facts.port && open(&port.host_ip);
        for port in service.ports.iter().filter(|port| exposed(port) && port.published.is_some()) {
            let message = format!("{} is reachable from outside of this machine", facts.product);
            let remedy = "Publish it on 127.0.0.1 only, or not at all.";
            let mut diagnostic = RULE.advice(port.span, message, remedy);
            let text = subject.text(port.span);
            let quote = u32::from(text.starts_with(['"', '\'']));
            if text[quote as usize..].starts_with(|letter: char| letter.is_ascii_digit()) && port.host_ip.is_empty() {
                let start = Span { file: port.span.file, range: TextRange::at(port.span.range.start + quote) };
                let fix = suggested("Publish it on 127.0.0.1", vec![replace(start, "127.0.0.1:")]);
                diagnostic = diagnostic.with_fix(fix);
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    ports:
      - "5432:5432"
#       ^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    ports:
      - "127.0.0.1:5432:5432"
"#;
