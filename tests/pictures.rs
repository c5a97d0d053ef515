//! Pictures and words of real sessions, as text, compared with the files in `tests/pictures`. Where a change is
//! meant, `UPDATE_PICTURES=1 cargo test --test pictures` writes them anew; look at the difference.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use drydock::kernel::Instant;
use drydock::report::{Report, Weight};
use drydock::sim::session::{Limits, Session, Step, TimedStep, simulate_within};
use drydock::timeline::{Timeline, draw};
use std::path::Path;
use std::time::Duration;

/// A folder of `tests/pictures`: `compose.yaml`, `steps.txt` (each line a second from the start and a command, a `GET` of a
/// port, or `wait`), and what is to come out, in `expected.txt`.
fn session(folder: &Path) -> (Session, Vec<String>) {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let text = String::from_utf8(read("steps.txt")).unwrap();
    let mut steps = Vec::new();
    let mut words = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (second, what) = line.split_once(' ').unwrap();
        let step = match what.split_once(' ') {
            Some(("GET", port)) => Step::Request { port: port.parse().unwrap(), path: "/".into() },
            _ if what == "reboot" => Step::RebootHost,
            _ if what == "wait" => Step::Wait(Duration::from_millis(1)),
            _ => Step::Run { command: what.into(), interrupt_after: None },
        };
        steps.push(TimedStep { not_before: Duration::from_secs_f64(second.parse().unwrap()), step });
        words.push(what.to_string());
    }
    let folder = [("compose.yaml".to_string(), read("compose.yaml"))].into();
    (Session { folder, folder_name: "demo".into(), before: Vec::new(), steps }, words)
}

fn told(folder: &Path) -> String {
    let (session, words) = session(folder);
    let log = simulate_within(&session, &Limits::default()).log;
    let timeline = Timeline::of(&log);
    let report = Report::new(&log, &timeline, &words);
    let mut text = draw(&timeline, 130);
    text.push_str("\njournal\n");
    for line in report.journal().iter().filter(|line| line.weight > Weight::Detail) {
        text.push_str(&format!("{:>9.3} {}\n", line.at.as_secs_f64(), line.sentence));
    }
    for (number, step) in timeline.steps.iter().enumerate() {
        let at = step.ended.map_or(timeline.end, |ended| ended.at);
        text.push_str(&format!("\nafter {}: {:.3} s\n", words[number], at.as_secs_f64()));
        text.push_str(&state(&report, at));
    }
    if let Some(last) = timeline.gates.iter().flat_map(|gate| &gate.targets).next_back() {
        text.push_str(&format!("\nwhy\n{}", report.explain(last.at.event).text()));
    }
    text
}

fn state(report: &Report, at: Instant) -> String {
    let mut text = String::new();
    for row in report.containers(at) {
        text.push_str(&format!("  {}: {} {}\n", row.instance, row.state, row.health));
    }
    for row in report.volumes(at) {
        text.push_str(&format!("  {}, {}: {} {:?}\n", row.kind.word(), row.name, row.content, row.attached));
    }
    for pending in report.pending(at) {
        text.push_str(&format!("  {}\n", pending.sentence));
    }
    text
}

#[test]
fn pictures_are_as_they_were() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<_> =
        std::fs::read_dir(root.join("tests/pictures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    #[expect(clippy::disallowed_methods, reason = "a test may be asked to write its expectations")]
    let update = std::env::var("UPDATE_PICTURES").is_ok();
    let mut differing = Vec::new();
    for folder in folders {
        let found = told(&folder);
        if update {
            std::fs::write(folder.join("expected.txt"), &found).unwrap();
        }
        if found != std::fs::read_to_string(folder.join("expected.txt")).unwrap_or_default() {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            std::fs::write(root.join(format!("target/picture-{name}.txt")), &found).unwrap();
            differing.push(format!("{name}: what came out is in target/picture-{name}.txt"));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
}
