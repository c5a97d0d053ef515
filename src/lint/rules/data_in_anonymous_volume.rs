//! A database on an anonymous volume.
//!
//! ## What it does
//! Finds an anonymous volume at the data folder of a database.

use crate::compose::model::MountKind;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::mounts_at;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "data-in-anonymous-volume",
    title: "A database on an anonymous volume",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "An anonymous volume has no name by which the next container could find it. `up` hands it over when \
    it recreates a container, but after `down` the data stay in a volume nobody uses, and `down -v` \
    deletes them.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful() {
        let anonymous = |mount: &&crate::text::Spanned<crate::compose::model::Mount>| {
            mount.kind == MountKind::Volume && mount.source.is_none()
        };
        for mount in mounts_at(service, facts.data_path).filter(anonymous) {
            let message = format!("the data of {} are in a volume without a name", facts.product);
            let volume = format!("{}_data", service.name.value.replace('-', "_"));
            let remedy = format!("Give it a name: `{volume}:{}`.", facts.data_path);
            let mut diagnostic = RULE.advice(mount.span, message, remedy);
            if let Some(place) = subject.find(mount.span, &mount.target).filter(|_| mount.short_syntax) {
                let named = replace(place, format!("{volume}:{}", mount.target));
                let edits = vec![named, subject.add_volume(&volume, mount.span)];
                diagnostic = diagnostic.with_fix(suggested("Give the volume a name", edits));
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  db:
    image: mysql:8.4
    volumes:
      - /var/lib/mysql
#       ^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  db:
    image: mysql:8.4
    volumes:
      - db_data:/var/lib/mysql
volumes:
  db_data:
"#;
