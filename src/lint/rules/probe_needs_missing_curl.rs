//! A probe uses `curl` in an image without it.
//!
//! ## What it does
//! Finds a health check that calls `curl` in an image that is known not to have it.

use crate::diagnostic::Diagnostic;
use crate::image::facts::lacks_curl;
use crate::lint::subject::own_test;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "probe-needs-missing-curl",
    title: "A probe uses `curl` in an image without it",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "A program that is not there fails like a probe that finds the service dead: the container turns \
    unhealthy although it works, and whoever waits for it never starts.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services().filter(|service| service.build.is_none()) {
        let (Some((_, test)), Some(image)) = (own_test(service), &service.image) else { continue };
        let calls_curl = test.iter().flat_map(|part| part.split_whitespace()).any(|word| word == "curl");
        if !calls_curl || !lacks_curl(image) {
            continue;
        }
        let place = subject.find(test.span, "curl").unwrap_or(test.span);
        let message = format!("the image `{}` has no `curl`", image.value);
        let remedy = "Use a program of the image: `wget -qO- URL` in Alpine and busybox, or the server's own client.";
        found.push(RULE.advice(place, message, remedy));
    }
}

const BAD: &str = r#"services:
  web:
    image: node:22-alpine
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:3000/"]
#                    ^^^^
"#;

const GOOD: &str = r#"services:
  web:
    image: node:22-alpine
    healthcheck:
      test: ["CMD", "wget", "-qO-", "http://localhost:3000/"]
"#;
