//! An image that is not simulated.
//!
//! ## What it does
//! Finds an image nobody here knows, unless `x-drydock` describes what its program does.

use crate::diagnostic::{Diagnostic, Severity};
use crate::image::declared::EXTENSION;
use crate::image::{Reference, catalog};
use crate::lint::{Rule, Subject};

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
        found.push(Diagnostic { severity: Severity::Notice, ..RULE.advice(image.span, message, remedy) });
    }
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
