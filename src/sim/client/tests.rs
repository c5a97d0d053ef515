//! Sessions that the recordings do not cover: each is a folder, command lines, and what they print.

use crate::sim::log::{EventKind, Stream};
use crate::sim::session::{Session, Step, TimedStep, simulate};
use std::time::Duration;

/// What each command line wrote on both streams, and its exit code.
fn run(compose: &str, lines: &[&str]) -> Vec<(String, Option<i32>)> {
    let step = |line: &&str| TimedStep {
        not_before: Duration::ZERO,
        step: Step::Run { command: (*line).to_owned(), interrupt_after: None },
    };
    let session = Session {
        folder: [("compose.yaml".to_owned(), compose.as_bytes().to_vec())].into(),
        folder_name: "demo".to_owned(),
        before: Vec::new(),
        steps: lines.iter().map(step).collect(),
    };
    let mut written = vec![(String::new(), None); lines.len()];
    for event in simulate(&session).log.events {
        match event.kind {
            EventKind::Output { step, stream: Stream::Stdout | Stream::Stderr, text } => {
                written[step.0 as usize].0.push_str(&text);
            }
            EventKind::StepEnded { step, exit_code } => written[step.0 as usize].1 = exit_code,
            _ => {}
        }
    }
    written
}

#[test]
fn files_are_copied_in_and_out() {
    let app = "services: {app: {image: busybox, command: sleep 100, stop_grace_period: 0s}}";
    let lines = [
        "docker compose up -d",
        "docker compose cp compose.yaml app:/tmp/copy",
        "docker compose cp app:/tmp/copy back.yaml && cat back.yaml",
        "docker compose cp app:/nosuch x",
    ];
    let written = run(app, &lines);
    assert!(written[2].0.ends_with(app), "{:?}", written[2]);
    assert_eq!(written[3].1, Some(1));
}

#[test]
fn a_changed_volume_is_made_anew_only_with_consent() {
    let app = "services: {app: {image: busybox, command: sleep 100, stop_grace_period: 0s, volumes: ['data:/d']}}\n\
               volumes: {data: {labels: {v: '${V:-1}'}}}";
    let lines = [
        "docker compose up -d",
        "docker compose exec -T app touch /d/file",
        "V=2 docker compose up -d",
        "docker compose exec -T app ls /d",
        "V=2 docker compose up -d -y",
        "docker compose exec -T app ls /d",
    ];
    let written = run(app, &lines);
    assert!(written[2].0.contains("Recreate (data will be lost)?"), "{:?}", written[2]);
    assert_eq!(written[3].0, "file\n");
    assert_eq!(written[5].0, "");
}

#[test]
fn an_abort_that_meets_a_crash_loop_ends() {
    let app = "services:\n  app: {image: busybox, command: sh -c 'exit 2', restart: always}\n  \
               other: {image: busybox, command: sleep 100, stop_grace_period: 0s}";
    let written = run(app, &["docker compose up --abort-on-container-failure"]);
    assert_eq!(written[0].1, Some(2), "{:?}", written[0]);
}
