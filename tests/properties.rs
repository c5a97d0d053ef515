//! What holds for every project and every session: tried on generated ones.

use drydock::kernel::Instant;
use drydock::sim::log::{CausedBy, ContainerId, DataPlace, Event, EventId, EventKind, EventLog, StepId, VolumeKind};
use drydock::sim::session::{Limits, Session, Step, TimedStep, simulate_within};
use drydock::timeline::{DataFate, DataKind, Timeline, draw};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const COMMANDS: [&str; 6] = [
    "sleep 1000",
    "sh -c \"sleep 2; touch /tmp/ready; sleep 1000\"",
    "sh -c \"exit 3\"",
    "sh -c \"sleep 1; echo done\"",
    "sh -c \"echo x >> /data/x; echo y > /tmp/y; sleep 1000\"",
    "sh -c \"trap 'exit 0' TERM; while true; do sleep 1; done\"",
];
const TESTS: [&str; 3] = ["\"true\"", "test -f /tmp/ready", "sleep 9"];
const RESTARTS: [&str; 5] = ["\"no\"", "always", "unless-stopped", "on-failure", "on-failure:2"];
const CONDITIONS: [&str; 3] = ["service_started", "service_healthy", "service_completed_successfully"];
const MOUNTS: [&str; 4] = ["", "[\"data:/data\"]", "[/data]", "[\"./host:/data\"]"];
const LINES: [&str; 12] = [
    "docker compose up -d",
    "docker compose up -d --force-recreate",
    "docker compose up -d -V",
    "docker compose stop -t 2",
    "docker compose start",
    "docker compose restart -t 1",
    "docker compose kill",
    "docker compose down -t 1",
    "docker compose down -v -t 1",
    "docker compose pause",
    "docker compose unpause",
    "docker volume prune -f",
];

/// One service; what it depends on are indexes of earlier ones.
#[derive(Clone, Debug)]
struct Plan {
    command: usize,
    test: Option<usize>,
    retries: u32,
    start_period: bool,
    restart: usize,
    mounts: usize,
    edges: Vec<(usize, usize)>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let edges = prop::collection::vec((0..4_usize, 0..CONDITIONS.len()), 0..3);
    let test = prop::option::of(0..TESTS.len());
    (0..COMMANDS.len(), test, 1..4_u32, any::<bool>(), 0..RESTARTS.len(), 0..MOUNTS.len(), edges).prop_map(
        |(command, test, retries, start_period, restart, mounts, edges)| Plan {
            command,
            test,
            retries,
            start_period,
            restart,
            mounts,
            edges,
        },
    )
}

fn text(plans: &[Plan]) -> String {
    let mut text = String::from("services:\n");
    for (index, plan) in plans.iter().enumerate() {
        text.push_str(&format!("  s{index}:\n    image: busybox:1.36\n    stop_grace_period: 3s\n"));
        text.push_str(&format!("    command: {}\n    restart: {}\n", COMMANDS[plan.command], RESTARTS[plan.restart]));
        if let Some(test) = plan.test {
            let (test, retries) = (TESTS[test], plan.retries);
            text.push_str(&format!("    healthcheck:\n      test: {test}\n      interval: 1s\n      timeout: 2s\n"));
            text.push_str(&format!("      retries: {retries}\n"));
            text.push_str(if plan.start_period { "      start_period: 8s\n" } else { "" });
        }
        if !MOUNTS[plan.mounts].is_empty() {
            text.push_str(&format!("    volumes: {}\n", MOUNTS[plan.mounts]));
        }
        let edges: BTreeMap<usize, usize> = plan.edges.iter().copied().filter(|(to, _)| *to < index).collect();
        text.push_str(if edges.is_empty() { "" } else { "    depends_on:\n" });
        for (to, condition) in edges {
            text.push_str(&format!("      s{to}: {{ condition: {} }}\n", CONDITIONS[condition]));
        }
    }
    text + "volumes:\n  data:\n"
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..LINES.len()).prop_map(|line| run_line(LINES[line])),
        3 => (1..20_u64).prop_map(|seconds| Step::Wait(Duration::from_secs(seconds))),
        1 => Just(Step::RestartDaemon),
        1 => Just(Step::RebootHost),
    ]
}

fn run_line(line: &str) -> Step {
    Step::Run { command: line.into(), interrupt_after: None }
}

/// A session that begins with `up`, its steps at fixed instants where the earlier ones allow it.
fn session(compose: &str, steps: &[Step]) -> Session {
    let first = run_line("docker compose up -d");
    let timed = std::iter::once(&first).chain(steps).enumerate();
    let steps = timed
        .map(|(number, step)| TimedStep { not_before: Duration::from_secs(100 * number as u64), step: step.clone() });
    Session {
        folder: [("compose.yaml".to_string(), compose.as_bytes().to_vec())].into(),
        folder_name: "demo".into(),
        before: Vec::new(),
        steps: steps.collect(),
    }
}

fn simulate(session: &Session) -> EventLog {
    let limits = Limits { step: Duration::from_secs(60), ..Limits::default() };
    simulate_within(session, &limits).log
}

fn assert_causes_point_backwards(log: &EventLog) {
    let mut begun: Vec<StepId> = Vec::new();
    for (index, event) in log.events.iter().enumerate() {
        if let EventKind::StepBegan { step } = event.kind {
            begun.push(step);
        }
        match event.cause.by {
            CausedBy::Event(EventId(earlier)) => assert!((earlier as usize) < index, "{index}: {event:?}"),
            CausedBy::Step(step) => assert!(begun.contains(&step), "{index}: {event:?}"),
        }
        assert!(index == 0 || log.events[index - 1].at <= event.at, "{index} is earlier than the event before");
    }
}

fn assert_lanes_tile_time(timeline: &Timeline) {
    let containers = timeline.containers.iter().map(|lane| {
        let phases = lane.phases.iter().map(|phase| (phase.from, phase.until)).collect();
        (lane.name.to_string(), phases)
    });
    let data = timeline.data.iter().map(|lane| {
        let segments = lane.segments.iter().map(|segment| (segment.from, segment.until)).collect();
        (format!("{:?}", lane.key), segments)
    });
    let lanes: Vec<(String, Vec<(Instant, Instant)>)> = containers.chain(data).collect();
    for (name, stretches) in lanes {
        assert_eq!(stretches.first().map(|first| first.0), Some(Instant::START), "{name}");
        assert_eq!(stretches.last().map(|last| last.1), Some(timeline.end), "{name}");
        assert!(stretches.windows(2).all(|pair| pair[0].1 == pair[1].0 && pair[0].0 < pair[0].1), "{name}");
    }
}

/// The step at the end of an event's causes.
fn first_cause(log: &EventLog, event: &Event) -> StepId {
    let mut by = event.cause.by;
    loop {
        match by {
            CausedBy::Step(step) => return step,
            CausedBy::Event(EventId(earlier)) => by = log.events[earlier as usize].cause.by,
        }
    }
}

/// Named volumes, and what is in them, end only by a step that removes volumes.
fn assert_named_volumes_last(log: &EventLog, timeline: &Timeline, session: &Session) {
    let mut named = Vec::new();
    for event in &log.events {
        match &event.kind {
            EventKind::VolumeCreated { name, kind: VolumeKind::Named } => named.push(name.clone()),
            EventKind::VolumeDestroyed { name } if named.contains(name) => {
                let step = &session.steps[first_cause(log, event).0 as usize].step;
                assert!(
                    matches!(step, Step::Run { command, .. } if command.contains("down -v")),
                    "{step:?} removed {name}"
                );
            }
            EventKind::DataLost { place: DataPlace::Volume(name) } => panic!("the data of {name} were lost"),
            _ => {}
        }
    }
    for lane in timeline.data.iter().filter(|lane| lane.kind == DataKind::NamedVolume) {
        if let DataFate::Lost(moment) = lane.fate {
            let event = &log.events[moment.event.0 as usize];
            assert!(matches!(event.kind, EventKind::VolumeDestroyed { .. }), "{event:?}");
        }
    }
}

/// When each container was started for the first time.
fn first_starts(log: &EventLog) -> BTreeMap<ContainerId, Instant> {
    let mut first = BTreeMap::new();
    for event in &log.events {
        if let EventKind::ContainerStarted { container } = event.kind {
            first.entry(container).or_insert(event.at);
        }
    }
    first
}

/// How long the log shows even the container that was started last.
fn shown(log: &EventLog) -> Duration {
    first_starts(log).values().max().map_or(Duration::ZERO, |last| log.end.since(*last))
}

/// What happened to the containers of these services since each was started, told without the numbers that count all
/// containers. Starts themselves may move: `up` creates every container before it starts the first, and the engine takes
/// longer for many at once.
///
/// Told up to `horizon` after each container's first start: a session that starts later shows less at its end.
fn story(log: &EventLog, services: usize, horizon: Duration) -> Vec<(String, Duration, String)> {
    let first = first_starts(log);
    let mut names: BTreeMap<ContainerId, String> = BTreeMap::new();
    let mut started: BTreeMap<ContainerId, Instant> = BTreeMap::new();
    let mut story = Vec::new();
    for event in &log.events {
        if let EventKind::ContainerCreated(created) = &event.kind {
            names.insert(created.container, created.instance.to_string());
        }
        let Some(name) = event.kind.container().and_then(|container| names.get(&container)) else { continue };
        let known = (0..services).any(|index| name.starts_with(&format!("demo-s{index}-")));
        let kind = match &event.kind {
            EventKind::ContainerCreated(created) => format!("created from {}", created.image),
            EventKind::ExecStarted { command, .. } => format!("exec {command}"),
            EventKind::ExecEnded { exit_code, outcome, .. } => format!("exec ended {exit_code} {outcome:?}"),
            EventKind::LogLine { text, .. } => format!("log {text}"),
            EventKind::ContainerDied { exit_code, .. } => format!("died {exit_code}"),
            EventKind::HealthChanged { health, failing_streak, .. } => format!("{health:?} {failing_streak}"),
            EventKind::ContainerStarted { .. } => "started".into(),
            _ => continue,
        };
        let container = event.kind.container().unwrap_or(ContainerId(0));
        if matches!(event.kind, EventKind::ContainerStarted { .. }) {
            started.insert(container, event.at);
        }
        let told = first.get(&container).is_none_or(|start| event.at.since(*start) <= horizon);
        if known && told {
            let since = started.get(&container).map_or(Duration::ZERO, |start| event.at.since(*start));
            story.push((name.clone(), since, kind));
        }
    }
    story.sort_by(|left, right| left.0.cmp(&right.0));
    story
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_session_keeps_the_laws(plans in prop::collection::vec(plan(), 1..5), steps in prop::collection::vec(step(), 0..6)) {
        let session = session(&text(&plans), &steps);
        let log = simulate(&session);
        prop_assert!(log.events.iter().any(|event| matches!(event.kind, EventKind::ContainerCreated(_))), "nothing ran");
        prop_assert_eq!(&simulate(&session), &log);
        assert_causes_point_backwards(&log);
        let timeline = Timeline::of(&log);
        assert_lanes_tile_time(&timeline);
        draw(&timeline, 80);
        assert_named_volumes_last(&log, &timeline, &session);
    }

    #[test]
    fn a_stranger_changes_nobody(plans in prop::collection::vec(plan(), 1..4)) {
        let alone = text(&plans);
        let stranger = "services:\n  zz:\n    image: busybox:1.36\n    command: sleep 1000\n";
        let together = alone.replacen("services:\n", stranger, 1);
        let wait = [Step::Wait(Duration::from_secs(30))];
        let first = simulate(&session(&alone, &wait));
        let second = simulate(&session(&together, &wait));
        let horizon = shown(&first).min(shown(&second));
        prop_assert_eq!(story(&first, plans.len(), horizon), story(&second, plans.len(), horizon));
    }
}
