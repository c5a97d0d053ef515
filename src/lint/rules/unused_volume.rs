//! A volume that nobody mounts.
//!
//! ## What it does
//! Finds a volume declared at the top level that no service mounts.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "unused-volume", title: "A volume that nobody mounts", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "Compose does not create it. Most often a mount was forgotten or names another volume, and the data \
    are somewhere else than the file suggests.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let all = subject.project.services.values().chain(subject.project.disabled_services.values());
    let used: Vec<&str> =
        all.flat_map(|service| service.volumes.iter()).filter_map(|mount| mount.source.as_deref()).collect();
    for (key, volume) in subject.project.volumes.iter().filter(|(key, _)| !used.contains(&key.as_str())) {
        let message = format!("no service mounts `{key}`, so it is never created");
        let mut diagnostic = RULE.advice(volume.key.span, message, "Mount it, or remove it.");
        let others = subject.project.volumes.len() > 1;
        let mut entry = volume.key.span;
        entry.range.end += 1;
        // Only an entry without a body is sure to be one line.
        let is_bare = subject.whole(entry)[entry.range.end as usize..].starts_with('\n');
        if let Some(edit) = subject.remove_lines(entry).filter(|_| others && is_bare) {
            diagnostic = diagnostic.with_fix(suggested("Remove it", vec![edit]));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  db:
    image: redis:7
    volumes:
      - data:/data
volumes:
  data:
  backup:
# ^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: redis:7
    volumes:
      - data:/data
volumes:
  data:
"#;
