//! The picture of hand-written logs, and what holds for every picture.

use super::sample::{counter_stack, nonsense};
use super::*;

/// Lanes tile time: no gap, no overlap, nothing empty.
pub(crate) fn assert_tiles(timeline: &Timeline) {
    let tiles = |name: &str, stretches: Vec<(Instant, Instant)>| {
        assert_eq!(stretches.first().map(|first| first.0), Some(Instant::START), "{name} begins at the start");
        assert_eq!(stretches.last().map(|last| last.1), Some(timeline.end), "{name} ends at the end");
        for pair in stretches.windows(2) {
            assert_eq!(pair[0].1, pair[1].0, "{name} has neither gap nor overlap");
            assert!(pair[0].0 < pair[0].1, "{name} has no empty stretch");
        }
    };
    for lane in &timeline.containers {
        tiles(&lane.name, lane.phases.iter().map(|phase| (phase.from, phase.until)).collect());
    }
    for lane in &timeline.data {
        let name = format!("{:?}", lane.key);
        tiles(&name, lane.segments.iter().map(|segment| (segment.from, segment.until)).collect());
    }
}

/// Compares with a text in a file; writes what came out beside the build, to be looked at and moved into its place.
pub(crate) fn same(drawn: &str, path: &str) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(root.join(path)).unwrap_or_default();
    if drawn != expected {
        let found = root.join("target").join(path.replace('/', "-"));
        std::fs::write(&found, drawn).unwrap();
        panic!("differs from {path}; what came out is in {}:\n{drawn}", found.display());
    }
}

#[test]
fn the_counter_stack_is_drawn() {
    let timeline = Timeline::of(&counter_stack());
    assert_tiles(&timeline);
    same(&draw(&timeline, 120), "src/timeline/expected/counter-stack.txt");
}

#[test]
fn projects_with_a_service_of_the_same_name_do_not_share_their_waits() {
    let mut log = counter_stack();
    let began = log.events.iter().position(|event| matches!(event.kind, EventKind::WaitBegan(_))).unwrap();
    let mut other = log.events[began].clone();
    if let EventKind::WaitBegan(wait) = &mut other.kind {
        wait.project = "another".into();
    }
    log.events[began] = other;
    let timeline = Timeline::of(&log);
    let app = timeline.containers.iter().find(|lane| lane.title() == "app-1").unwrap();
    let waits = |lane: &ContainerLane| lane.phase_at(Instant::from_micros(5_000_000)).kind.word().to_owned();
    assert_eq!(waits(app), "created");
    assert!(timeline.gates[0].targets.is_empty(), "the start of app-1 is not what the other project waited for");
}

#[test]
fn lanes_tile_time_whatever_the_log_says() {
    for seed in 0..3000 {
        let timeline = Timeline::of(&nonsense(seed));
        if timeline.end > Instant::START {
            assert_tiles(&timeline);
        }
        draw(&timeline, 40);
    }
}
