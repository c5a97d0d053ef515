//! The engine's socket in a container.
//!
//! ## What it does
//! Finds a bind mount of `/var/run/docker.sock`.

use crate::diagnostic::Diagnostic;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "docker-socket-mounted",
    title: "The engine's socket in a container",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "Who can write to this socket can start a container that mounts the whole host: it is as good as root \
    on the machine. Mounting it read-only changes nothing about that.";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        for mount in &service.volumes {
            if !mount.source.as_deref().is_some_and(|source| source.ends_with("/run/docker.sock")) {
                continue;
            }
            let message = format!("`{}` can do anything on this machine", service.name.value);
            let remedy = "Leave it out, or put a proxy before it that lets through only what is needed.";
            found.push(RULE.advice(mount.span, message, remedy));
        }
    }
}

const BAD: &str = r#"services:
  agent:
    image: nginx:1.27
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  agent:
    image: nginx:1.27
"#;
