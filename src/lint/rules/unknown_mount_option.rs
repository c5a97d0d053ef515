//! A mount option that does nothing.
//!
//! ## What it does
//! Finds an option in the third part of a short mount that Docker Compose does not know.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "unknown-mount-option",
    title: "A mount option that does nothing",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Unknown options are dropped without a word: `:r` is not read-only, and `:cached` or `:delegated` \
    have had no effect for years.";

const KNOWN: [&str; 11] =
    ["ro", "rw", "nocopy", "z", "Z", "private", "rprivate", "shared", "rshared", "slave", "rslave"];

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for mount in service.volumes.iter().filter(|mount| mount.short_syntax) {
            let text = subject.text(mount.span).trim_matches(|letter| letter == '"' || letter == '\'');
            let Some((rest, options)) = text.rsplit_once(':') else { continue };
            if !rest.ends_with(mount.target.as_str()) || !rest.contains(':') {
                continue;
            }
            let Some(unknown) = options.split(',').find(|option| !KNOWN.contains(option)) else { continue };
            let Some(place) = subject.find(mount.span, &format!(":{options}")) else { continue };
            let kept: Vec<&str> = options.split(',').filter(|option| KNOWN.contains(option)).collect();
            let new_text = if kept.is_empty() { String::new() } else { format!(":{}", kept.join(",")) };
            let message = format!("`{unknown}` is not an option of a mount, and is ignored");
            let fix = suggested("Remove it", vec![replace(place, new_text)]);
            let remedy = "Use `ro` for read-only; leave out the rest.";
            found.push(RULE.advice(place, message, remedy).with_fix(fix));
        }
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - ./html:/usr/share/nginx/html:readonly
#                                   ^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - ./html:/usr/share/nginx/html:ro
"#;
