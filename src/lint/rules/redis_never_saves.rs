//! Redis with a volume and without saving.
//!
//! ## What it does
//! Finds Redis with a named volume at its data folder and a command that switches saving off.

use crate::diagnostic::Diagnostic;
use crate::lint::subject::mounts_at;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "redis-never-saves",
    title: "Redis with a volume and without saving",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "With `--save \"\"` and no append-only file Redis keeps everything in memory: the volume stays empty, \
    and the data are gone when the container stops.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for (service, facts) in subject.stateful().filter(|(_, facts)| facts.product == "Redis") {
        let Some(command) = &service.command else { continue };
        let line = command.join(" ");
        let never = command.windows(2).any(|pair| pair[0] == "--save" && matches!(pair[1].trim(), "" | "\"\""));
        let has_volume = mounts_at(service, facts.data_path).any(|mount| mount.source.is_some());
        if !never || line.contains("--appendonly yes") || !has_volume {
            continue;
        }
        let message = "Redis is told never to save, so its volume stays empty";
        let remedy = "Use `--appendonly yes`, or leave the volume out.";
        found.push(RULE.advice(command.span, message, remedy));
    }
}

const BAD: &str = r#"services:
  cache:
    image: redis:7
    command: redis-server --save ""
#            ^^^^^^^^^^^^^^^^^^^^^^
    volumes:
      - cache:/data
volumes:
  cache:
"#;

const GOOD: &str = r#"services:
  cache:
    image: redis:7
    command: redis-server --appendonly yes
    volumes:
      - cache:/data
volumes:
  cache:
"#;
