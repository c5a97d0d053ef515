//! How fast it is: `cargo bench --bench speed`. The goals stand in the names' comments; figures are in docs/speed.md.

use divan::Bencher;
use drydock::sim::log::EventLog;
use drydock::sim::session::{Limits, Session, Step, TimedStep, simulate_within};
use drydock::timeline::Timeline;
use std::time::Duration;

fn main() {
    divan::main();
}

/// A file of `count` services, each with a health check every five seconds.
fn services(count: usize, test: &str) -> String {
    let mut text = String::from("services:\n");
    for number in 0..count {
        text.push_str(&format!(
            "  s{number}:\n    image: busybox:1.36\n    command: sleep 100000\n    healthcheck:\n      test: {test}\n      \
             interval: 5s\n"
        ));
    }
    text
}

const COUNTER: &str = include_str!("../static/examples/counter/compose.yaml");

fn session(compose: &str, steps: &[Step]) -> Session {
    let timed = |step: &Step| TimedStep { not_before: Duration::ZERO, step: step.clone() };
    Session {
        folder: [("compose.yaml".to_string(), compose.as_bytes().to_vec())].into(),
        folder_name: "demo".into(),
        before: Vec::new(),
        steps: steps.iter().map(timed).collect(),
    }
}

fn command(line: &str) -> Step {
    Step::Run { command: line.into(), interrupt_after: None }
}

fn run(session: &Session) -> EventLog {
    simulate_within(session, &Limits::default()).log
}

fn an_hour(count: usize, test: &str) -> Session {
    session(&services(count, test), &[command("docker compose up -d"), Step::Wait(Duration::from_secs(3_600))])
}

/// One simulated hour of 20 services probed every 5 s, about 15,000 probes: under 20 ms.
#[divan::bench(args = ["[\"CMD\", \"true\"]", "test -f /etc/passwd"], sample_count = 20)]
fn hour_of_twenty_services(bencher: Bencher, test: &str) {
    let session = an_hour(20, test);
    bencher.bench_local(|| run(&session));
}

/// The counter stack's session: under 1 ms.
#[divan::bench(sample_count = 50)]
fn counter_stack(bencher: Bencher) {
    let request = Step::Request { port: 8000, path: "/".into() };
    let steps = [command("docker compose up -d"), request.clone(), request, command("docker compose down")];
    let session = session(COUNTER, &steps);
    bencher.bench_local(|| run(&session));
}

/// Two hundred probes of each service, whatever their number: the time per event should stay the same within 1.5.
#[divan::bench(args = [10, 100, 1000], sample_count = 5)]
fn per_event(bencher: Bencher, count: usize) {
    let steps = [command("docker compose up -d"), Step::Wait(Duration::from_secs(1_000))];
    let session = session(&services(count, "[\"CMD\", \"true\"]"), &steps);
    let events = run(&session).events.len();
    bencher.counter(divan::counter::ItemsCount::new(events)).bench_local(|| run(&session));
}

/// The picture of that hour.
#[divan::bench(sample_count = 20)]
fn timeline_of_an_hour(bencher: Bencher) {
    let log = run(&an_hour(20, "[\"CMD\", \"true\"]"));
    bencher.bench_local(|| Timeline::of(&log));
}
