//! Quotes that become part of the value.
//!
//! ## What it does
//! Finds an entry of an environment list of the form `- KEY="value"`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::{replace, safe};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "quotes-in-environment",
    title: "Quotes that become part of the value",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "In a list the whole entry is one text, and quotes in the middle of it are letters like others: the \
    program gets the value with its quotes.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for (key, value) in &service.environment {
            let Some(text) = value.value.as_deref() else { continue };
            let quoted = ['"', '\'']
                .into_iter()
                .find(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote));
            let Some(quote) = quoted.filter(|_| subject.attribute_holds(service, "environment", value.span)) else {
                continue;
            };
            let place = subject.find(value.span, text).unwrap_or(value.span);
            let message = format!("the value of `{key}` begins and ends with a quote");
            let remedy = "Leave the quotes out, or put them around the whole entry.";
            let mut diagnostic = RULE.advice(place, message, remedy);
            if subject.text(place) == text {
                let fix = safe("Remove the quotes", vec![replace(place, text.trim_matches(quote))]);
                diagnostic = diagnostic.with_fix(fix);
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  app:
    image: nginx:1.27
    environment:
      - GREETING="hello"
#                ^^^^^^^
"#;

const GOOD: &str = r#"services:
  app:
    image: nginx:1.27
    environment:
      - "GREETING=hello"
"#;
