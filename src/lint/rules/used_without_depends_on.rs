//! A database is used, and not depended on.
//!
//! ## What it does
//! Finds an environment value that addresses a database of the project by its name, in a service that does not depend
//! on it.

use crate::compose::model::{Condition, Service};
use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "used-without-depends-on",
    title: "A database is used, and not depended on",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Services that do not depend on each other start at the same time. The program may look for the \
    database before it is there; and `up app` alone would not start the database at all.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let stateful = subject.stateful();
    let databases: Vec<(&Service, String)> =
        stateful.map(|(database, facts)| (database, format!("{}:{}", database.name.value, facts.port))).collect();
    for service in subject.services() {
        for (database, address) in &databases {
            let name = database.name.value.as_str();
            let mut values = service.environment.values();
            let Some(value) = values.find(|value| value.value.as_deref().is_some_and(|text| uses(text, address)))
            else {
                continue;
            };
            // The walk along the edges comes last: it is long, and few values name a database.
            if name == service.name.value || reaches(subject, &service.name, name) {
                continue;
            }
            let place = subject.find(value.span, address).unwrap_or(value.span);
            let message = format!("`{}` uses `{name}` and does not depend on it", service.name.value);
            let condition = own_test(database).map_or(Condition::Started, |_| Condition::Healthy);
            let remedy = format!("Add `{name}` to `depends_on`, with `condition: service_healthy` and a health check.");
            let fix = subject.set_condition(service, name, condition).map(|edit| suggested("Depend on it", vec![edit]));
            found.push(RULE.advice(place, message, remedy).with_fixes(fix));
        }
    }
}

fn uses(text: &str, address: &str) -> bool {
    text.find(address).is_some_and(|at| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'))
    })
}

/// Whether a service depends on another, directly or through others.
fn reaches(subject: &Subject, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen = Vec::new();
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let service = subject.project.services.get(name);
        open.extend(service.into_iter().flat_map(|service| service.depends_on.keys().map(String::as_str)));
    }
    false
}

const BAD: &str = r#"services:
  app:
    image: busybox:1.36
    environment:
      DATABASE_URL: postgres://app:app@db:5432/app
#                                      ^^^^^^^
  db:
    image: postgres:17
"#;

const GOOD: &str = r#"services:
  app:
    image: busybox:1.36
    environment:
      DATABASE_URL: postgres://app:app@db:5432/app
    depends_on: [db]
  db:
    image: postgres:17
"#;
