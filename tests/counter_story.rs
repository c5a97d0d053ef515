//! The story of the counter stack, told by actions and view models, without a browser: what `tests/browser/story.test.mjs`
//! walks through on the page.

use drydock::playground::{Action, State, Step, panels, picture, update};

/// What the bars of a lane say, in order.
fn bars(state: &State, lane: &str) -> Vec<String> {
    let picture = picture::picture(state);
    let lanes = picture.lanes.iter().filter(|one| one.title == lane);
    lanes.flat_map(|one| one.bars.iter().map(|bar| bar.title.clone())).collect()
}

fn run(state: &mut State, command: &str) {
    update(state, Action::Take(Step::Run { command: command.into(), interrupt_after: None }));
}

fn request(state: &mut State) -> String {
    update(state, Action::Take(Step::Request { port: 8000, path: "/".into() }));
    panels::view(state).ports.first().map(|port| port.answer.clone()).unwrap_or_default()
}

fn wait(state: &mut State) {
    update(state, Action::Take(Step::Wait(std::time::Duration::from_secs(5))));
}

/// The first visit with a change of the file.
fn visit_with(from: &str, to: &str) -> State {
    let mut state = State::first_visit();
    let text = state.active_text().to_owned();
    assert!(text.contains(from), "the example does not hold {from}");
    update(&mut state, Action::EditText(text.replace(from, to)));
    state
}

fn assert_one(lines: &[String], start: &str) {
    assert!(lines.iter().any(|line| line.starts_with(start)), "{start:?} is not among {lines:#?}");
}

#[test]
fn the_app_waits_until_the_database_is_healthy_at_its_first_probe() {
    let state = State::first_visit();
    let (db, app) = (bars(&state, "db-1"), bars(&state, "app-1"));
    assert_one(&db, "db-1: healthy, 1");
    assert_one(&app, "app-1: waits for db: healthy");
    assert_one(&app, "app-1: running");
    let gate = state.run.first_gate().expect("a gate that opened");
    assert_eq!(state.playhead, gate);
    let started =
        db.iter().find_map(|bar| bar.strip_prefix("db-1: starting, ")?.split(' ').next()?.parse::<f64>().ok());
    let waited = gate.as_secs_f64() - started.expect("the start of db-1");
    assert!((10.0..11.0).contains(&waited), "the gate opened {waited} s after the start of db-1");
}

#[test]
fn with_a_short_interval_the_first_probes_fail_and_are_counted() {
    let state = visit_with("interval: 10s", "interval: 500ms");
    let picture = picture::picture(&state);
    let marks: Vec<String> = picture.lanes[0].marks.iter().map(|mark| mark.title.clone()).collect();
    assert!(marks.iter().any(|title| title.contains("1/5 failures in a row")), "{marks:#?}");
    assert!(marks.iter().any(|title| title.starts_with("probe passed")), "{marks:#?}");
}

#[test]
fn data_outlive_containers_but_not_down_v() {
    let mut state = State::first_visit();
    for count in 1..=3 {
        let answer = request(&mut state);
        assert!(answer.starts_with("200") && answer.contains(&count.to_string()), "request {count}: {answer}");
    }
    for (command, count) in [("docker compose down", "4"), ("docker compose down -v", "1")] {
        run(&mut state, command);
        run(&mut state, "docker compose up -d");
        wait(&mut state);
        let answer = request(&mut state);
        assert!(answer.starts_with("200") && answer.contains(count), "after {command}: {answer}");
    }
    let lane = bars(&state, "demo_db_data");
    assert!(lane.iter().any(|bar| bar.contains("counter") && bar.contains('4')), "{lane:#?}");
}

#[test]
fn without_the_condition_the_app_crashes_until_the_database_answers_and_the_picture_says_why() {
    let mut state = visit_with("depends_on:\n      db:\n        condition: service_healthy\n", "depends_on: [db]\n");
    let app = bars(&state, "app-1");
    assert_one(&app, "app-1: restarting (1)");
    let picture = picture::picture(&state);
    let lane = picture.lanes.iter().find(|lane| lane.title == "app-1").expect("a lane of app-1");
    let restart = lane.bars.iter().find(|bar| bar.title.contains("restarting")).and_then(|bar| bar.event);
    update(&mut state, Action::Select(restart));
    let why: Vec<String> = panels::view(&state).why.iter().map(|reason| reason.text.clone()).collect();
    assert!(why.iter().any(|text| text.contains("exit")), "{why:#?}");
    assert!(why.last().is_some_and(|text| text.contains("docker compose up -d")), "{why:#?}");
}

#[test]
fn a_file_that_docker_refuses_keeps_the_last_good_timeline() {
    let good = State::first_visit();
    let state = visit_with(
        "    restart: always\n    environment:\n      POSTGRES",
        "    restart: [always\n    environment:\n      POSTGRES",
    );
    assert!(!state.problems.is_empty());
    let (kept, first) = (picture::picture(&state), picture::picture(&good));
    assert!(kept.stale.is_some());
    assert_eq!(kept.lanes.len(), first.lanes.len());
}
