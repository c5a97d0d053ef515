//! A volume is mounted beside the data folder.
//!
//! ## What it does
//! Finds a mount on a database at a path that looks right and is not: the parent of the data folder, the folder of
//! another version, a folder of another distribution.

use crate::compose::model::MountKind;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::{mounts_at, tmpfs_at};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "mount-misses-data",
    title: "A volume is mounted beside the data folder",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "The mounted volume stays empty. The data go to an anonymous volume that the image declares at its \
    data folder, and seem to vanish after `down` and `up`. PostgreSQL keeps them in \
    /var/lib/postgresql/data up to version 17, and below /var/lib/postgresql from 18 on, where a mount \
    at the old path keeps the server from starting.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        if mounts_at(service, facts.data_path).next().is_some() || tmpfs_at(service, facts.data_path).is_some() {
            continue;
        }
        let near = facts.near_misses.iter().flat_map(|path| mounts_at(service, path));
        for mount in near.filter(|mount| matches!(mount.kind, MountKind::Volume | MountKind::Bind)) {
            let place = subject.find(mount.span, &mount.target).unwrap_or(mount.span);
            let message = format!("{} keeps its data in {}, not here", facts.product, facts.data_path);
            let remedy = format!("Mount it at {}.", facts.data_path);
            let mut diagnostic = RULE.advice(place, message, remedy);
            if place != mount.span {
                let fix = suggested("Mount it at the data folder", vec![replace(place, facts.data_path)]);
                diagnostic = diagnostic.with_fix(fix);
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
    volumes:
      - db_data:/var/lib/postgresql
#               ^^^^^^^^^^^^^^^^^^^
volumes:
  db_data:
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    volumes:
      - db_data:/var/lib/postgresql/data
volumes:
  db_data:
"#;
