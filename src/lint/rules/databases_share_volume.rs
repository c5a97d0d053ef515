//! Two databases on one volume.
//!
//! ## What it does
//! Finds a named volume that two services mount at the data folder of their database.

use crate::diagnostic::Diagnostic;
use crate::lint::subject::mounts_at;
use crate::lint::{Rule, Subject};
use crate::text::Span;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: Rule = Rule {
    code: "databases-share-volume",
    title: "Two databases on one volume",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Two servers on the same files damage them, or the second refuses to start. Scaling such a service \
    does the same.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let mut users: BTreeMap<&str, Span> = BTreeMap::new();
    for (service, facts) in subject.stateful() {
        for mount in mounts_at(service, facts.data_path) {
            let Some(source) = mount.source.as_deref() else { continue };
            let Some(first) = users.insert(source, mount.span) else { continue };
            let message = format!("`{source}` already holds the data of another service");
            let remedy = "Give each database a volume of its own.";
            found.push(RULE.advice(mount.span, message, remedy).with_related(first, "mounted here too"));
        }
    }
}

const BAD: &str = r#"services:
  orders:
    image: postgres:17
    volumes:
      - data:/var/lib/postgresql/data
  users:
    image: postgres:17
    volumes:
      - data:/var/lib/postgresql/data
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
volumes:
  data:
"#;

const GOOD: &str = r#"services:
  orders:
    image: postgres:17
    volumes:
      - orders:/var/lib/postgresql/data
  users:
    image: postgres:17
    volumes:
      - users:/var/lib/postgresql/data
volumes:
  orders:
  users:
"#;
