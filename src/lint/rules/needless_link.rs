//! `links` where the network does it.
//!
//! ## What it does
//! Finds `links` to a service without an alias.

use crate::compose::model::Condition;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule =
    Rule { code: "needless-link", title: "`links` where the network does it", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "Services of a network reach each other by name without it. What `links` still does is to imply a \
    dependency that only waits for the start, and to restart this service with the other: both better \
    said in `depends_on`.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        let plain = |link: &String| link.split_once(':').is_none_or(|(name, alias)| name == alias);
        let Some(attribute) = service.attributes.get("links").filter(|_| !service.links.is_empty()) else { continue };
        if !service.links.iter().all(|link| plain(&link.value)) {
            continue;
        }
        let message = "the services reach each other by name without it";
        let remedy = "Use `depends_on` for the order, and leave `links` out.";
        let mut diagnostic = RULE.advice(subject.key(*attribute), message, remedy);
        let name = service.links[0].value.split(':').next().unwrap_or_default();
        let said = service.depends_on.get(name).is_some_and(|edge| edge.explicit);
        let condition = service.depends_on.get(name).map_or(Condition::Started, |edge| edge.condition);
        let depends = (!said).then(|| subject.set_condition(service, name, condition));
        let edits: Option<Vec<_>> = [subject.remove_lines(*attribute)].into_iter().chain(depends).collect();
        if let Some(edits) = edits.filter(|_| service.links.len() == 1) {
            diagnostic = diagnostic.with_fix(suggested("Use `depends_on` instead", edits));
        }
        found.push(diagnostic);
    }
}

const BAD: &str = r#"services:
  app:
    image: busybox:1.36
    links:
#   ^^^^^
      - cache
  cache:
    image: memcached:1.6
"#;

const GOOD: &str = r#"services:
  app:
    image: busybox:1.36
    depends_on:
      - cache
  cache:
    image: memcached:1.6
"#;
