//! Replicas of a database share one volume.
//!
//! ## What it does
//! Finds more than one replica of a service that mounts a named volume at the data folder of its database.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::mounts_at;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "database-replicas",
    title: "Replicas of a database share one volume",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "All replicas of a service mount the same named volume. Several servers on the same files damage \
    them, or all but one refuse to start.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful().filter(|(service, _)| service.replicas() > 1) {
        if !mounts_at(service, facts.data_path).any(|mount| mount.source.is_some()) {
            continue;
        }
        let deployed = service.deploy.as_ref().and_then(|deploy| deploy.replicas.as_ref());
        let Some(count) = service.scale.as_ref().or(deployed) else { continue };
        let message = format!("{} replicas of {} share one data folder", count.value, facts.product);
        let fix = suggested("Run one replica", vec![replace(count.span, "1")]);
        let remedy = "Run one replica; replication is the database's own business, with one service per server.";
        found.push(RULE.advice(count.span, message, remedy).with_fix(fix));
    }
}

const BAD: &str = r#"services:
  db:
    image: mysql:8.4
    scale: 2
#          ^
    volumes:
      - data:/var/lib/mysql
volumes:
  data:
"#;

const GOOD: &str = r#"services:
  db:
    image: mysql:8.4
    scale: 1
    volumes:
      - data:/var/lib/mysql
volumes:
  data:
"#;
