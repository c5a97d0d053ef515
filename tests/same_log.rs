//! The same session gives the same event log natively and in the browser: this test leaves the native hashes in
//! target/page/log-hashes.json, and tests/browser/ compares the browser's with them.

use drydock::playground::{Action, State, Step, update};
use std::fs;
use std::path::Path;

/// The sessions that both sides run, by name: actions after a first visit.
fn sessions() -> Vec<(&'static str, Vec<Action>)> {
    let run = |command: &str| Action::Take(Step::Run { command: command.into(), interrupt_after: None });
    let request = || Action::Take(Step::Request { port: 8000, path: "/".into() });
    let story = vec![request(), request(), request(), run("docker compose down"), run("docker compose up -d")];
    vec![("first visit", Vec::new()), ("story", story)]
}

#[test]
fn the_native_logs_leave_their_hashes() {
    let mut lines = Vec::new();
    for (name, actions) in sessions() {
        let hash = || {
            let mut state = State::first_visit();
            for action in &actions {
                update(&mut state, action.clone());
            }
            assert!(!state.run.log.events.is_empty(), "{name}: nothing happened");
            state.run.hash()
        };
        let first = hash();
        assert_eq!(first, hash(), "{name}: two native runs differ");
        lines.push(format!("  \"{name}\": \"{first}\""));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page");
    fs::create_dir_all(&folder).expect("a folder below target/");
    fs::write(folder.join("log-hashes.json"), format!("{{\n{}\n}}\n", lines.join(",\n"))).expect("a written file");
}
