//! `localhost` is meant to reach another service.
//!
//! ## What it does
//! Finds an environment value with `localhost` or 127.0.0.1 and the port of another service of the project.

use crate::compose::model::Service;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, suggested};
use crate::lint::subject::image_facts;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "localhost-means-itself",
    title: "`localhost` is meant to reach another service",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "In a container `localhost` is that container. Another service is reached by its name, on its \
    container port, whether that port is published or not.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services().filter(|service| service.network_mode.is_none()) {
        for value in service.environment.values() {
            let Some(text) = value.value.as_deref() else { continue };
            let Some((host, port)) = local_address(text) else { continue };
            if serves(service, port).is_some() {
                continue;
            }
            let others = subject.services().filter(|other| other.name.value != service.name.value);
            let Some((other, target)) = others.into_iter().find_map(|other| Some((other, serves(other, port)?))) else {
                continue;
            };
            let address = format!("{host}:{port}");
            let place = subject.find(value.span, &address).unwrap_or(value.span);
            let message = format!("this is `{}` itself, not `{}`", service.name.value, other.name.value);
            let right = format!("{}:{target}", other.name.value);
            let mut diagnostic = RULE.advice(place, message, format!("Use `{right}`."));
            if place != value.span {
                diagnostic = diagnostic.with_fix(suggested("Use the service's name", vec![replace(place, right)]));
            }
            found.push(diagnostic);
        }
    }
}

/// A local host with a port in a text.
fn local_address(text: &str) -> Option<(&'static str, u16)> {
    ["localhost", "127.0.0.1"].into_iter().find_map(|host| {
        let (_, after) = text.split_once(&format!("{host}:"))?;
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        Some((host, digits.parse().ok()?))
    })
}

/// The container port by which a service is meant, if it serves this port or publishes it.
fn serves(service: &Service, port: u16) -> Option<u16> {
    let known = image_facts(service).filter(|facts| facts.port == port).map(|facts| facts.port);
    let published = service.ports.iter().find(|one| {
        one.target == port || one.published.as_deref().is_some_and(|published| published == port.to_string())
    });
    known.or(published.map(|one| one.target))
}

const BAD: &str = r#"services:
  app:
    image: busybox:1.36
    environment:
      DATABASE_URL: postgres://app:app@localhost:5432/app
#                                      ^^^^^^^^^^^^^^
  db:
    image: postgres:17
"#;

const GOOD: &str = r#"services:
  app:
    image: busybox:1.36
    environment:
      DATABASE_URL: postgres://app:app@db:5432/app
  db:
    image: postgres:17
"#;
