//! Every stack of the gallery is a file Docker accepts, and what `docker compose config` prints of it means the same.

use drydock::compose::{Analysis, FolderSource, LoadOptions, analyze};
use drydock::diagnostic::Severity;
use drydock::gallery::{STACKS, Stack};
use drydock::sim::log::{EventKind, Stream};
use drydock::sim::session::{Folder, Session, Step, TimedStep, simulate};
use std::time::Duration;

fn analyzed(stack: &Stack, folder: &Folder) -> Analysis {
    let directory = format!("/srv/{}", stack.name);
    let options = LoadOptions { working_directory: directory.clone(), ..LoadOptions::default() };
    analyze(&FolderSource::new(&directory, folder), &options)
}

/// What `docker compose config` prints for a stack.
fn printed(stack: &Stack) -> String {
    let step = Step::Run { command: "docker compose config".into(), interrupt_after: None };
    let config = TimedStep { not_before: Duration::ZERO, step };
    let log = simulate(&Session { steps: vec![config], ..stack.session(false) }).log;
    let output = log.events.iter().filter_map(|event| match &event.kind {
        EventKind::Output { stream: Stream::Stdout, text, .. } => Some(&**text),
        _ => None,
    });
    output.collect()
}

#[test]
fn every_stack_is_accepted() {
    for stack in STACKS {
        let analysis = analyzed(stack, &stack.session(false).folder);
        let errors = analysis.diagnostics.iter().filter(|one| one.severity == Severity::Error);
        let errors: Vec<&str> = errors.map(|one| one.message.as_str()).collect();
        assert!(errors.is_empty() && analysis.docker.error.is_none(), "{}: {errors:?}", stack.name);
    }
}

#[test]
fn every_stack_is_printed_as_a_file_that_means_the_same() {
    for stack in STACKS {
        let folder = stack.session(false).folder;
        let text = printed(stack);
        let mut again = folder.clone();
        again.insert("compose.yaml".into(), text.clone().into_bytes());
        let (first, second) = (analyzed(stack, &folder).canonical(), analyzed(stack, &again).canonical());
        assert!(first.is_some(), "{}", stack.name);
        assert_eq!(first, second, "{}:\n{text}", stack.name);
    }
}
