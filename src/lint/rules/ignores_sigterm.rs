//! A main process that ignores SIGTERM.
//!
//! ## What it does
//! Finds a command that is a shell script without `exec` and `trap`, or a mere `sleep` or `tail`, on a service without
//! `init: true`.

use crate::diagnostic::Diagnostic;
use crate::lint::edits::suggested;
use crate::lint::{Rule, Subject};

/// The rule.
pub const RULE: Rule = Rule {
    code: "ignores-sigterm",
    title: "A main process that ignores SIGTERM",
    why: WHY,
    check,
    bad: BAD,
    good: GOOD,
};

const WHY: &str = "The main process of a container ignores signals it has no handler for. `stop`, `down` and every \
    recreation then wait out the whole grace period, 10 s unless set, and end with SIGKILL (137).";

fn check(subject: &Subject, found: &mut Vec<Diagnostic>) {
    for service in subject.services() {
        if service.init.as_ref().is_some_and(|init| init.value) || service.stop_signal.is_some() {
            continue;
        }
        let entrypoint = service.entrypoint.as_ref().filter(|words| !words.is_empty());
        let Some(words) = entrypoint.or(service.command.as_ref()).filter(|words| ignores(words)) else { continue };
        let message = "stopping this takes the whole grace period: its main process ignores SIGTERM";
        let remedy = "Set `init: true`, or let the script end with `exec PROGRAM`, or handle the signal with `trap`.";
        let fix = subject
            .insert_attribute(service, "init: true")
            .filter(|_| service.init.is_none())
            .map(|edit| suggested("Add a small init process", vec![edit]));
        found.push(RULE.advice(words.span, message, remedy).with_fixes(fix));
    }
}

fn ignores(words: &[String]) -> bool {
    let program = words.first().map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    let script = words.iter().skip_while(|word| *word != "-c").nth(1);
    match (program, script) {
        ("sh" | "ash" | "dash" | "bash", Some(script)) => {
            // A shell whose script is one program turns into that program.
            !script.contains("exec ") && !script.contains("trap ") && script.contains([';', '&', '|', '\n'])
        }
        ("sleep" | "tail", _) => true,
        _ => false,
    }
}

const BAD: &str = r#"services:
  app:
    image: busybox:1.36
    command: ["sh", "-c", "echo up; sleep 1000"]
#            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"#;

const GOOD: &str = r#"services:
  app:
    image: busybox:1.36
    init: true
    command: ["sh", "-c", "echo up; sleep 1000"]
"#;
