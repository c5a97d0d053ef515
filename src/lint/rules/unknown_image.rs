//! An image that is not simulated.
//!
//! ## What it does
//! Finds an image nobody here knows, unless `x-drydock` describes what its program does.

use crate::compose::model::{Condition, Project, Service};
use crate::diagnostic::{Diagnostic, Severity};
use crate::image::declared::{Declared, EXTENSION, Hints, guess, written};
use crate::image::{Reference, catalog};
use crate::lint::edits::suggested;
use crate::lint::subject::is_awaited;
use crate::lint::{Rule, Subject};
use crate::text::Spanned;

/// The rule.
pub const RULE: Rule =
    Rule { code: "unknown-image", title: "An image that is not simulated", why: WHY, check, bad: BAD, good: GOOD };

const WHY: &str = "What the program does is guessed from its variables and ports: it connects to what they name, and \
    answers on its ports. The real one may behave differently.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    let own = subject.services().filter(|service| service.build.is_some()).filter_map(|service| service.image.as_ref());
    let built: Vec<&str> = own.map(|image| image.value.as_str()).collect();
    for service in subject.services().filter(|service| service.build.is_none()) {
        let Some(image) = &service.image else { continue };
        let Ok(reference) = Reference::parse(image) else { continue };
        let is_described = service.extensions.contains_key(EXTENSION);
        if is_described || built.contains(&image.value.as_str()) || catalog::find(&reference).is_some() {
            continue;
        }
        let message = format!("`{}` is not known here: its behaviour is guessed", image.value);
        let remedy = "Describe what it does with `x-drydock`: what it needs, where it listens, what it stores.";
        let notice = Diagnostic { severity: Severity::Notice, ..RULE.advice(image.span, message, remedy) };
        found.push(match subject.insert_attribute(service, &written(&guessed(subject.project, service))) {
            Some(edit) => notice.with_fix(suggested(Rule::WRITE_DOWN, vec![edit])),
            None => notice,
        });
    }
}

/// What the simulation takes for the app's behaviour.
fn guessed(project: &Project, service: &Service) -> Declared {
    let value = |value: &Spanned<Option<String>>| value.value.clone().unwrap_or_default();
    let environment: Vec<(String, String)> =
        service.environment.iter().map(|(name, given)| (name.clone(), value(given))).collect();
    let published = service.ports.iter().filter(|port| port.protocol == "tcp").map(|port| port.target);
    let exposed = service.expose.iter().filter_map(|port| match port.value.split_once('/') {
        None | Some((_, "tcp")) => port.value.split('/').next()?.parse().ok(),
        Some(_) => None,
    });
    let variable = environment.iter().filter(|(name, _)| name == "PORT").filter_map(|(_, port)| port.parse().ok());
    let mut ports: Vec<u16> = Vec::new();
    for port in published.chain(exposed).chain(variable) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    let test = service.healthcheck.as_ref().and_then(|check| check.test.as_ref());
    let test = test.map_or_else(String::new, |test| test.value.join(" "));
    let words = [&service.entrypoint, &service.command].into_iter().flatten().map(|command| command.value.join(" "));
    guess(&Hints {
        environment: &environment,
        ports: &ports,
        test: &test,
        command: &words.collect::<Vec<_>>().join(" "),
        awaited_to_complete: is_awaited(project, service.name.as_str(), Condition::CompletedSuccessfully),
    })
}

const BAD: &str = r#"services:
  app:
    image: example/app:1
#          ^^^^^^^^^^^^^
    environment:
      PORT: 8000
"#;

const GOOD: &str = r#"services:
  app:
    image: example/app:1
    x-drydock:
      listens: [8000]
"#;
