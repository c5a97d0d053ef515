//! An image without a fixed tag.
//!
//! ## What it does
//! Finds an image without a tag, or with `latest`.

use crate::diagnostic::Diagnostic;
use crate::image::Reference;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::image_facts;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "moving-tag", title: "An image without a fixed tag", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "`latest` is whatever the last pull brought: machines differ, and a later pull may bring a new major \
    version that cannot read the old data. `up` itself never looks for a newer one.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services().filter(|service| service.build.is_none()) {
        let Some(image) = &service.image else { continue };
        let Ok(reference) = Reference::parse(image) else { continue };
        if reference.tag != "latest" || reference.digest.is_some() {
            continue;
        }
        let message = format!("`{}` is another image on every machine and every day", image.value);
        let mut diagnostic = RULE.advice(image.span, message, "Name a version.");
        let bare = image.value.strip_suffix(":latest").unwrap_or(&image.value);
        if let Some(facts) = image_facts(service).filter(|_| subject.text(image.span) == image.value) {
            let pinned = format!("{bare}:{}", facts.tag);
            let title = format!("Use `{pinned}`");
            diagnostic = diagnostic.with_fix(suggested(&title, vec![replace(image.span, pinned)]));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  cache:
    image: redis:latest
#          ^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  cache:
    image: redis:7
"#;
