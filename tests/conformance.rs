//! Recorded scenarios of a real Docker Engine and Docker Compose, simulated and judged. Also reads the folder that the
//! environment variable CONFORMANCE_DIR names.

mod judge;
mod recordings;

use drydock::command_line::scenario;
use drydock::kernel::Instant;
use drydock::sim::log::{CausedBy, EventLog};
use drydock::sim::session;
use recordings::{folders, recorded, simulated};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Scenarios that do not agree yet. One that does must leave the list.
const NOT_YET: &[&str] = &[];

/// The names of the folders that differ, with what differs.
fn differing(root: &Path) -> Vec<(String, String)> {
    let mut differing = Vec::new();
    for folder in folders(root) {
        let differences = judge::judge(&recorded(&folder), &simulated(&folder));
        if !differences.is_empty() {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            differing.push((name, format!("{differences:#?}")));
        }
    }
    differing
}

#[test]
fn recorded_scenarios_agree() {
    let root = recordings::own("conformance");
    assert!(folders(&root).len() >= 96, "the recordings are missing");
    let differing = differing(&root);
    let names: BTreeSet<&str> = differing.iter().map(|(name, _)| name.as_str()).collect();
    let expected: BTreeSet<&str> = NOT_YET.iter().copied().collect();
    for (name, text) in &differing {
        if !expected.contains(name.as_str()) {
            println!("{name}: {text}");
        }
    }
    let worse: Vec<_> = names.difference(&expected).collect();
    let better: Vec<_> = expected.difference(&names).collect();
    assert!(worse.is_empty(), "these do not agree any more: {worse:?}");
    assert!(better.is_empty(), "these agree now, take them off the list: {better:?}");
}

#[test]
fn scenarios_of_another_folder_agree() {
    #[expect(clippy::disallowed_methods, reason = "the folder is named from outside, for this test alone")]
    let Ok(root) = std::env::var("CONFORMANCE_DIR") else { return };
    let differing = differing(Path::new(&root));
    assert!(differing.is_empty(), "{differing:#?}");
}

/// What holds for every log: order, causes that lie before their effects.
fn check_log(name: &str, log: &EventLog) {
    let mut before = Instant::START;
    for (number, event) in log.events.iter().enumerate() {
        assert!(event.at >= before, "{name}: event {number} goes back in time");
        before = event.at;
        if let CausedBy::Event(cause) = event.cause.by {
            assert!(
                (cause.0 as usize) < number,
                "{name}: event {number} has a cause that does not lie before it: {event:?}"
            );
        }
    }
}

#[test]
fn every_session_has_one_log_and_its_causes_point_backwards() {
    let root = recordings::own("conformance");
    for folder in folders(&root) {
        let session = scenario::read(&folder).expect("a scenario").session;
        let log = session::simulate(&session).log;
        assert!(log == session::simulate(&session).log, "{}: two logs of one session", folder.display());
        check_log(&folder.display().to_string(), &log);
    }
}

#[test]
fn a_recording_agrees_with_itself_and_not_with_another() {
    let root = recordings::own("conformance");
    let recordings: Vec<Value> = folders(&root).iter().map(|folder| recorded(folder)).collect();
    for pair in recordings.windows(2) {
        assert!(judge::judge(&pair[0], &pair[0]).is_empty());
        assert!(!judge::judge(&pair[0], &pair[1]).is_empty());
    }
}

#[test]
fn every_rule_can_fail() {
    let root = recordings::own("conformance/healthy-after-retries");
    let good = recorded(&root);
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 7] = [
        ("exits", |run| run["steps"][0]["exit"] = 1.into()),
        ("stdout", |run| run["steps"][2]["stdout"] = "2\n".into()),
        ("stderr", |run| run["steps"][0]["stderr"] = "".into()),
        ("life", |run| drop_events(run, |event| event["action"] == "kill")),
        ("probes", |run| drop_events(run, |event| event["action"] == "exec_die")),
        ("volumes", |run| drop_events(run, |event| event["type"] == "volume")),
        ("state", |run| run["steps"][0]["after"]["containers"][1]["restart_count"] = 2.into()),
    ];
    for (rule, change) in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(judge::judge(&good, &bad).contains_key(rule), "{rule}");
    }
    let mut late = good.clone();
    for event in late["events"].as_array_mut().expect("events") {
        if event["action"] == "start" && event["container"] == "demo-db-1" {
            event["t"] = (event["t"].as_f64().unwrap_or_default() + 30.0).into();
        }
    }
    let differences = judge::judge(&good, &late);
    assert!(differences.contains_key("times") && differences.contains_key("order"));
}

fn drop_events(run: &mut Value, unwanted: fn(&Value) -> bool) {
    if let Some(events) = run["events"].as_array_mut() {
        events.retain(|event| !unwanted(event));
    }
}
