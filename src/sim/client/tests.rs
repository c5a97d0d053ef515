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
    for event in &simulate(&session).log.events {
        match &event.kind {
            EventKind::Output { step, stream: Stream::Stdout | Stream::Stderr, text } => {
                written[step.0 as usize].0.push_str(text);
            }
            EventKind::StepEnded { step, exit_code } => written[step.0 as usize].1 = *exit_code,
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

/// A transcript: a Compose file, a line of dashes, then command lines behind `$ `, each with what it printed and, unless it
/// was 0, its exit code in brackets. It must come out as it stands there.
fn transcript(name: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim/client/expected").join(name);
    let expected = std::fs::read_to_string(&path).unwrap();
    let (compose, rest) = expected.split_once("\n---\n").unwrap();
    let lines: Vec<&str> = rest.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let mut found = format!("{compose}\n---\n");
    for (line, (text, code)) in lines.iter().zip(run(compose, &lines)) {
        let code = code.filter(|code| *code != 0).map_or_else(String::new, |code| format!("[{code}]\n"));
        found.push_str(&format!("$ {line}\n{text}{code}"));
    }
    if found != expected {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(name);
        std::fs::write(&beside, &found).unwrap();
        panic!("{name} differs; what came out is in {}:\n{found}", beside.display());
    }
}

#[test]
fn standard_input_reaches_exec_and_run() {
    transcript("standard-input.txt");
}

#[test]
fn logs_and_events_show_a_window_of_time() {
    transcript("windows-of-time.txt");
}

#[test]
fn docker_runs_containers_of_its_own() {
    transcript("docker-run.txt");
}

#[test]
fn a_container_that_leaks_is_killed_for_its_memory() {
    transcript("out-of-memory.txt");
}

#[test]
fn a_container_knows_its_own_addresses_and_templates_show_them() {
    transcript("own-addresses.txt");
}

#[test]
fn a_container_has_no_health_before_its_first_start_and_an_init_starts_what_is_missing() {
    transcript("before-the-first-start.txt");
}

#[test]
fn a_shell_heeds_interrupts_also_as_process_one() {
    transcript("interrupts.txt");
}

#[test]
fn a_full_tmpfs_keeps_what_there_was_room_for() {
    transcript("full-tmpfs.txt");
}

#[test]
fn run_leaves_containers_and_others_come_by_them() {
    transcript("one-off-and-orphans.txt");
}

#[test]
fn what_compose_refuses_is_said_in_its_words() {
    transcript("refusals.txt");
}

#[test]
fn secrets_are_written_before_each_start_and_hooks_are_heard() {
    transcript("secrets-and-hooks.txt");
}

#[test]
fn mounts_that_the_engine_refuses() {
    transcript("mounts-refused.txt");
}

#[test]
fn networks_with_addresses_of_their_own_and_what_excludes_what() {
    transcript("networks.txt");
}

#[test]
fn inspect_and_templates_say_what_docker_says() {
    transcript("inspect.txt");
}

#[test]
fn published_ports_are_structures_in_templates() {
    transcript("publishers.txt");
}

#[test]
fn help_is_what_docker_prints() {
    transcript("help.txt");
}

#[test]
fn what_is_removed_is_counted() {
    transcript("what-is-removed.txt");
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    transcript("dry-run.txt");
}

#[test]
fn composes_questions_are_answered_in_its_words() {
    transcript("compose-looking.txt");
}

#[test]
fn dockers_questions_are_answered_in_its_words() {
    transcript("docker-looking.txt");
}
