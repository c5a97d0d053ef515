//! A database without a volume.
//!
//! ## What it does
//! Finds a service whose image keeps data and that mounts nothing at or near its data folder.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::{mounts_at, tmpfs_at};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "data-without-volume", title: "A database without a volume", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "The data go to an anonymous volume of this one container. It outlives stop and restart, but after \
    `down` the next container gets a new, empty one: the data seem to have vanished, and the old volume \
    stays behind without a name.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        let near = facts.near_misses.iter().copied().chain([facts.data_path]);
        let mut near =
            near.filter(|path| mounts_at(service, path).next().is_some() || tmpfs_at(service, path).is_some());
        let Some(image) = &service.image else { continue };
        if near.next().is_some() || !service.volumes_from.is_empty() {
            continue;
        }
        let message = format!("{} keeps its data in {}, and nothing is mounted there", facts.product, facts.data_path);
        let volume = format!("{}_data", service.name.value.replace('-', "_"));
        let mount = format!("{volume}:{}", facts.data_path);
        let remedy = format!("Mount a named volume: `- {mount}`.");
        let mut diagnostic = RULE.advice(image.span, message, remedy);
        let mounted = match service.volumes.first() {
            Some(first) => subject.insert_before(first.span, &format!("- {mount}")),
            None => subject.insert_attribute(service, &format!("volumes:\n  - {mount}")),
        };
        if let Some(edit) = mounted {
            let edits = vec![edit, subject.add_volume(&volume, image.span)];
            diagnostic = diagnostic.with_fix(suggested("Mount a named volume", edits));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  db:
    image: postgres:17
#          ^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: postgres:17
    volumes:
      - db_data:/var/lib/postgresql/data
volumes:
  db_data:
"#;
