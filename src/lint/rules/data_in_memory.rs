//! A database on a tmpfs.
//!
//! ## What it does
//! Finds a tmpfs at the data folder of a database.

use crate::compose::model::MountKind;
use crate::diagnostic::Diagnostic;
use crate::lint::subject::{mounts_at, tmpfs_at};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "data-in-memory", title: "A database on a tmpfs", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "A tmpfs is memory: it is empty at every start of the container, also after `restart` and after a \
    crash. That may be meant for tests; for anything else the data are lost.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        let short = tmpfs_at(service, facts.data_path).map(|entry| entry.span);
        let mut long = mounts_at(service, facts.data_path).filter(|mount| mount.kind == MountKind::Tmpfs);
        let Some(place) = short.or_else(|| long.next().map(|mount| mount.span)) else { continue };
        let message = format!("the data of {} are lost each time it stops", facts.product);
        let remedy = "Use a named volume, unless the data are meant to be thrown away.";
        found.push(RULE.advice(place, message, remedy));
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    tmpfs:
      - /var/lib/postgresql/data
#       ^^^^^^^^^^^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    volumes:
      - db_data:/var/lib/postgresql/data
volumes:
  db_data:
"#;
