//! A long bind whose source is not created.
//!
//! ## What it does
//! Finds a bind mount in long syntax with a `bind:` block that does not say `create_host_path`.

use crate::compose::model::MountKind;
use crate::diagnostic::Diagnostic;
use crate::lint::edits::{insert_behind, suggested};
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "bind-source-must-exist",
    title: "A long bind whose source is not created",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "In short syntax a missing source is created as an empty folder. In long syntax with a `bind:` block \
    it is not, in this version of Compose: the container is not created and `up` ends with \"bind source \
    path does not exist\". The documentation says otherwise.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for mount in &service.volumes {
            let unsaid = !subject.text(mount.span).contains("create_host_path");
            if mount.kind != MountKind::Bind || !mount.has_bind_options || mount.create_host_path || !unsaid {
                continue;
            }
            let place = subject.find(mount.span, "bind:").unwrap_or(mount.span);
            let message = "with this block a missing source is an error, not an empty folder";
            let remedy = "Say which you mean: `create_host_path: true` or `false`.";
            let mut diagnostic = RULE.advice(place, message, remedy);
            let text = subject.text(mount.span);
            let block = text.find("bind:\n").map(|at| &text[at + "bind:\n".len()..]);
            let mut lines = block.into_iter().flat_map(str::lines);
            if let Some(first) = lines.find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
                let margin = &first[..first.len() - first.trim_start().len()];
                let edit = insert_behind(place, format!("\n{margin}create_host_path: true"));
                diagnostic = diagnostic.with_fix(suggested("Create a missing source", vec![edit]));
            }
            found.push(diagnostic);
        }
    }
}

const BAD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - type: bind
        source: ./html
        target: /usr/share/nginx/html
        bind:
#       ^^^^^
          propagation: rprivate
"#;

const GOOD: &str = r#"services:
  web:
    image: nginx:1.27
    volumes:
      - type: bind
        source: ./html
        target: /usr/share/nginx/html
        bind:
          create_host_path: true
          propagation: rprivate
"#;
