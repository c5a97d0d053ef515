//! Actions in, view models out: the application as a learner uses it, without a browser.

use super::simulation::Run;
use super::state::{Dialog, Freshness, Keeping, Output, Pane, Play, State};
use super::update::{Action, Effect, update};
use super::{examples, localhost, notices, panels, picture, problems, saved, words};
use crate::diagnostic::Severity;
use crate::gallery::STACKS;
use crate::kernel::Instant;
use crate::sim::log::{Cause, CausedBy, ContainerCreated, ContainerId, Event, EventKind, EventLog, Rule, StepId};
use crate::sim::session::Step;
use std::rc::Rc;
use std::time::Duration;

/// A log by hand: one container that is created, started and exits with a code.
fn short_log(exit_code: i32) -> EventLog {
    let mut log = EventLog::default();
    let mut add = |millis: u64, kind: EventKind| {
        let cause = Cause { by: CausedBy::Step(StepId(0)), rule: Rule::Asked, place: None };
        log.events.push(Event { at: Instant::from_micros(millis * 1000), cause, kind });
        log.end = Instant::from_micros(millis * 1000);
    };
    let container = ContainerId(0);
    let created = ContainerCreated {
        container,
        name: "demo-job-1".into(),
        instance: "demo-job-1#1".into(),
        service: Some("job".into()),
        project: Some("demo".into()),
        number: 1,
        one_off: false,
        image: "busybox".into(),
        command: "sh -c exit".into(),
        health_check: None,
        ports: Vec::new(),
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        networks: Vec::new(),
        replaces: None,
        span: None,
        depends_on: Vec::new(),
    };
    add(0, EventKind::StepBegan { step: StepId(0) });
    add(100, EventKind::ContainerCreated(Box::new(created)));
    add(500, EventKind::ContainerStarted { container });
    add(5_000, EventKind::ContainerDied { container, exit_code });
    add(10_000, EventKind::StepEnded { step: StepId(0), exit_code: Some(0) });
    log
}

fn state_with(log: EventLog) -> State {
    let mut state = State::first_visit();
    state.steps = vec![Step::Run { command: "docker compose up -d".into(), interrupt_after: None }];
    state.run = Rc::new(Run::of(log, state.steps.clone()));
    state.playhead = Instant::START;
    state
}

fn millis(millis: u64) -> Instant {
    Instant::from_micros(millis * 1000)
}

#[test]
fn bars_bear_the_words_of_their_phase() {
    let state = state_with(short_log(3));
    let picture = picture::picture(&state);
    let words: Vec<&str> = picture.lanes[0].bars.iter().map(|bar| bar.word.as_str()).collect();
    assert_eq!(words, ["", "running", "exited (3)"]);
    assert_eq!(picture.lanes[0].title, "job-1");
    assert_eq!(picture.flags[0].label, "$ docker compose up -d");
}

#[test]
fn the_line_steps_from_one_thing_that_happens_to_the_next_and_back() {
    let mut state = state_with(short_log(0));
    let mut seen = Vec::new();
    for _ in 0..3 {
        update(&mut state, Action::StepForward);
        seen.push(state.playhead);
    }
    assert_eq!(seen, [millis(100), millis(500), millis(5_000)]);
    update(&mut state, Action::StepBack);
    assert_eq!(state.playhead, millis(500));
}

#[test]
fn moving_the_line_runs_nothing_again() {
    let mut state = state_with(short_log(0));
    let run = state.run.clone();
    for action in [Action::Scrub(millis(3_000)), Action::StepForward, Action::ToEnd, Action::Zoom(2.0)] {
        update(&mut state, action);
        assert!(Rc::ptr_eq(&run, &state.run));
    }
}

#[test]
fn the_line_plays_at_its_speed_and_stops_at_the_end() {
    let mut state = state_with(short_log(0));
    assert!(update(&mut state, Action::TogglePlay).contains(&Effect::RunClock));
    update(&mut state, Action::Tick(Duration::from_millis(100)));
    assert_eq!(state.playhead, millis(400));
    let effects = update(&mut state, Action::Tick(Duration::from_secs(60)));
    assert_eq!((state.playhead, state.play), (millis(10_000), Play::Paused));
    assert_eq!(effects, [Effect::StopClock]);
}

#[test]
fn panels_tell_what_is_true_at_the_line() {
    let mut state = state_with(short_log(3));
    update(&mut state, Action::Scrub(millis(2_500)));
    assert_eq!(panels::view(&state).containers[0].status, "running, 2 s");
    update(&mut state, Action::ToEnd);
    assert_eq!(panels::view(&state).containers[0].status, "exited (3), 5 s");
}

#[test]
fn choosing_a_bar_tells_why() {
    let mut state = state_with(short_log(3));
    let event = picture::picture(&state).lanes[0].bars[1].event;
    update(&mut state, Action::Select(event));
    let why = panels::view(&state).why;
    assert!(!why.is_empty());
    assert_eq!(why.last().unwrap().text, "You ran `docker compose up -d`");
}

#[test]
fn the_text_is_kept_before_it_is_run_and_comes_back() {
    let mut state = State::first_visit();
    let effects = update(&mut state, Action::EditText("services: {}\n# mine\n".into()));
    let Some(Effect::Save(text)) = effects.first() else { panic!("the first effect must keep the text") };
    let back = saved::restore(text);
    assert_eq!(back.files[0].text, "services: {}\n# mine\n");
    assert_eq!(back.steps, state.steps);
}

#[test]
fn nonsense_in_the_storage_is_a_first_visit() {
    for text in ["", "{}", "[1]", r#"{"files":[],"active":0,"steps":[],"theme":"dark"}"#] {
        assert_eq!(saved::restore(text).files, State::first_visit().files);
    }
}

#[test]
fn steps_can_be_undone_and_come_back_and_a_new_one_forgets_them() {
    let mut state = State::first_visit();
    let before = state.steps.clone();
    update(&mut state, Action::TypeCommand(" docker compose down ".into()));
    update(&mut state, Action::SubmitCommand);
    assert_eq!(state.steps.last().map(words::step).as_deref(), Some("$ docker compose down"));
    assert_eq!(state.command, "");
    update(&mut state, Action::Undo);
    assert_eq!(state.steps, before);
    update(&mut state, Action::Redo);
    assert_eq!(state.steps.len(), before.len() + 1);
    update(&mut state, Action::Undo);
    update(&mut state, Action::Take(Step::Wait(Duration::from_secs(5))));
    assert!(state.undone.is_empty());
}

#[test]
fn an_empty_command_line_is_no_step() {
    let mut state = State::first_visit();
    let before = state.steps.len();
    update(&mut state, Action::TypeCommand("   ".into()));
    assert!(update(&mut state, Action::SubmitCommand).is_empty());
    assert_eq!(state.steps.len(), before);
}

#[test]
fn offsets_go_from_bytes_to_the_editor_and_back() {
    let text = "a: \u{1F600}é\nb: 1\n";
    let at = text.find('b').unwrap() as u32;
    assert_eq!(problems::utf16_offset(text, at), 7);
    assert_eq!(problems::byte_offset(text, 7), at);
    assert_eq!(problems::utf16_offset(text, 999), text.encode_utf16().count() as u32);
}

#[test]
fn moments_and_lengths_are_words() {
    assert_eq!(words::moment(millis(12_345)), "12.35 s");
    assert_eq!(words::moment(millis(125_100)), "2:05.10");
    assert_eq!(words::duration_words(Duration::from_millis(52)), "52 ms");
    assert_eq!(words::duration_words(Duration::from_millis(2_500)), "2.5 s");
    assert_eq!(words::duration_words(Duration::from_secs(180)), "3 min");
}

#[test]
fn the_same_log_has_the_same_hash_and_another_another() {
    let run = |code| Run::of(short_log(code), Vec::new()).hash();
    assert_eq!(run(0), run(0));
    assert_ne!(run(0), run(1));
}

#[test]
fn an_edit_from_now_on_is_a_step_and_undoing_it_brings_the_text_back() {
    let mut state = State::first_visit();
    let first = state.active_text().to_owned();
    update(&mut state, Action::EditFromNow);
    update(&mut state, Action::EditText("services: {}\n".into()));
    assert_eq!((state.active_text(), &state.files[0].text), ("services: {}\n", &first));
    update(&mut state, Action::Undo);
    assert_eq!(state.active_text(), first);
}

#[test]
fn files_come_and_go_but_one_stays() {
    let mut state = State::first_visit();
    for path in ["", "../x", "/"] {
        update(&mut state, Action::AddFile(path.into()));
    }
    assert_eq!(state.files.len(), 1);
    update(&mut state, Action::AddFile("app/Dockerfile".into()));
    assert_eq!((state.files.len(), state.active_file().path.as_str()), (2, "app/Dockerfile"));
    update(&mut state, Action::RemoveFile);
    update(&mut state, Action::RemoveFile);
    assert_eq!(state.files.len(), 1);
}

#[test]
fn every_stack_of_the_gallery_opens_without_an_error_and_draws() {
    let examples = examples::all();
    assert_eq!(examples.len(), STACKS.len());
    let mut state = State::first_visit();
    for example in &examples {
        update(&mut state, Action::ShowGallery);
        update(&mut state, Action::OpenStack(example.index));
        let name = STACKS[example.index].name;
        let errors: Vec<&str> = state
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .map(|problem| problem.message.as_str())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert_eq!((state.freshness, state.dialog), (Freshness::Current, Dialog::None), "{name}");
        assert!(
            !state.steps.is_empty() && state.run.timeline.steps.len() == state.steps.len(),
            "{name}: every step is taken"
        );
        let picture = picture::picture(&state);
        assert!(picture.lanes.iter().any(|lane| !lane.bars.is_empty()), "{name}: something is drawn");
        let seen = panels::view(&state);
        assert!(!seen.terminal.is_empty(), "{name}: the terminal tells of its steps");
    }
    assert!(state.former.is_empty(), "untouched examples are not worth keeping");
}

#[test]
fn opening_an_example_keeps_what_was_typed() {
    let mut state = State::first_visit();
    let mine = "services:\n  mine:\n    image: busybox\n";
    update(&mut state, Action::EditText(mine.into()));
    let steps = state.steps.clone();
    let effects = update(&mut state, Action::OpenStack(1));
    update(&mut state, Action::OpenStack(2));
    assert_ne!(state.files[0].text, mine);
    let Some(Effect::Save(text)) = effects.first() else { panic!("the first effect must keep the text") };
    for mut state in [state, saved::restore(text)] {
        update(&mut state, Action::BringBack);
        assert_eq!((state.files[0].text.as_str(), &state.steps, state.folder.as_str()), (mine, &steps, "demo"));
        update(&mut state, Action::StartOver);
        update(&mut state, Action::BringBack);
        assert_eq!(state.files[0].text, mine, "starting over keeps it too");
    }
}

#[test]
fn work_on_an_example_waits_while_the_older_project_is_back() {
    let mut state = State::first_visit();
    update(&mut state, Action::EditText("services: {}\n".into()));
    update(&mut state, Action::OpenStack(0));
    update(&mut state, Action::Take(Step::Wait(Duration::from_secs(5))));
    update(&mut state, Action::BringBack);
    assert_eq!(state.files[0].text, "services: {}\n");
    update(&mut state, Action::BringBack);
    assert_eq!(state.folder, STACKS[0].name);
    update(&mut state, Action::OpenStack(99));
    assert_eq!(state.folder, STACKS[0].name, "a stack that is not there changes nothing");
}

/// Opens "why?" for what a container's lane shows at the end, and takes the fault with this label.
fn break_container(state: &mut State, lane: &str, label: &str) {
    let row = panels::view(state).containers.into_iter().find(|row| row.name == lane).unwrap();
    update(state, Action::Select(row.event));
    let faults = panels::view(state).faults.unwrap();
    assert_eq!(faults.name, lane);
    let button = faults.buttons.into_iter().find(|button| button.label == label).unwrap();
    assert!(button.works, "{label}");
    update(state, Action::Take(button.step));
}

#[test]
fn faults_of_the_chosen_container_become_steps_and_show() {
    for (label, _) in [words::CRASH, words::HANG, words::FAIL_PROBES, words::RESTART_ENGINE, words::REBOOT] {
        let mut state = State::first_visit();
        update(&mut state, Action::ToEnd);
        let (events, steps) = (state.run.log.events.len(), state.steps.len());
        break_container(&mut state, "db-1", label);
        update(&mut state, Action::Take(Step::Wait(Duration::from_secs(60))));
        assert!(state.run.log.events.len() > events + 4, "{label}");
        let refusals =
            |event: &&Event| matches!(&event.kind, EventKind::Output { step, .. } if step.0 as usize == steps);
        assert_eq!(state.run.log.events.iter().filter(refusals).count(), 0, "{label}: the engine does not refuse it");
    }
}

#[test]
fn a_full_volume_is_told_to_the_app() {
    let mut state = State::first_visit();
    update(&mut state, Action::ToEnd);
    break_container(&mut state, "db-1", "fill demo_db_data");
    update(&mut state, Action::Take(Step::Request { port: 8000, path: "/".into() }));
    let answer = panels::view(&state).ports[0].answer.clone();
    assert!(answer.starts_with("500"), "{answer}");
    let said = |event: &Event| matches!(&event.kind, EventKind::LogLine { text, .. } if text.contains("No space left on device"));
    assert!(state.run.log.events.iter().any(said));
}

#[test]
fn what_does_not_run_cannot_be_crashed() {
    let mut state = State::first_visit();
    update(&mut state, Action::Take(Step::Run { command: "docker compose stop".into(), interrupt_after: None }));
    let row = panels::view(&state).containers.remove(0);
    update(&mut state, Action::Select(row.event));
    let works: Vec<bool> = panels::view(&state).faults.unwrap().buttons.iter().map(|button| button.works).collect();
    assert_eq!(works, [false, false, false, true, true, true], "its volume can be filled all the same");
}

#[test]
fn localhost_tells_who_holds_the_port_the_answer_and_the_history_at_the_line() {
    let mut state = State::first_visit();
    update(&mut state, Action::Take(Step::Request { port: 8000, path: "/".into() }));
    update(&mut state, Action::Take(Step::Run { command: "docker compose stop".into(), interrupt_after: None }));
    update(&mut state, Action::Take(Step::Request { port: 8000, path: "/".into() }));
    let view = panels::view(&state);
    let port = &view.ports[0];
    assert_eq!((port.port, port.now.as_str()), (8000, "closed: no container holds it"));
    assert!(port.answer.starts_with("connection refused"), "{}", port.answer);
    assert_eq!(view.requests.iter().map(|one| one.class).collect::<Vec<_>>(), ["bad", "good"]);
    update(&mut state, Action::ToStep(2));
    let view = panels::view(&state);
    assert_eq!(view.ports[0].now, "open: app-1");
    assert!(view.ports[0].answer.starts_with("200"), "{}", view.ports[0].answer);
    assert_eq!(view.requests.len(), 1, "later requests are not known yet");
}

#[test]
fn localhost_tells_the_ports_of_the_moment_and_those_of_the_file() {
    let mut state = State::first_visit();
    let mut publish = |ports: &str| {
        let text = format!("services:\n  web:\n    image: busybox\n    command: sleep 60\n    ports: [{ports}]\n");
        let step = Step::Edit { path: "compose.yaml".into(), content: Some(text.into_bytes()) };
        update(&mut state, Action::Take(step));
        let up = "docker compose up -d --remove-orphans".into();
        update(&mut state, Action::Take(Step::Run { command: up, interrupt_after: None }));
    };
    publish("'8080:80', '9000-9001:81'");
    publish("'8081:80'");
    let ports = |state: &State| {
        let rows = localhost::ports(state);
        rows.iter().map(|row| format!("{} {} {}", row.port, row.service, row.now)).collect::<Vec<_>>()
    };
    assert_eq!(ports(&state), ["8081 web open: web-1"]);
    let first_up = state.steps.len() - 3;
    update(&mut state, Action::ToStep(first_up + 1));
    let expected = ["8080 web open: web-1", "8081 web closed: no container holds it", "9000 web open: web-1"];
    assert_eq!(ports(&state), expected);
}

#[test]
fn a_typed_stop_takes_its_time() {
    let mut state = State::first_visit();
    let before = state.run.timeline.end;
    for length in 1..="docker compose stop".len() {
        update(&mut state, Action::TypeCommand("docker compose stop"[..length].into()));
    }
    update(&mut state, Action::SubmitCommand);
    let mark = *state.run.timeline.steps.last().unwrap();
    assert!(mark.ended.unwrap().at.since(mark.began.at) >= Duration::from_millis(100));
    assert!(state.run.timeline.end > before);
    let running = panels::view(&state).containers.into_iter().filter(|row| !row.status.starts_with("exited"));
    assert_eq!(running.count(), 0);
}

fn command(line: &str) -> Action {
    Action::Take(Step::Run { command: line.into(), interrupt_after: None })
}

#[test]
fn a_session_goes_on_from_the_line_and_what_was_cut_off_comes_back() {
    let mut state = State::first_visit();
    update(&mut state, Action::Take(Step::Wait(Duration::from_secs(5))));
    update(&mut state, command("docker compose stop"));
    let (whole, end) = (state.run.hash(), state.run.timeline.end);
    let wait = state.run.timeline.steps[2].began.at;
    update(&mut state, Action::Scrub(wait + Duration::from_secs(2)));
    assert!(state.has_steps_after_playhead());
    update(&mut state, Action::ContinueHere);
    assert_eq!(state.steps.last(), Some(&Step::Wait(Duration::from_secs(2))), "the wait ends where the line stands");
    assert!(!state.has_steps_after_playhead() && state.run.timeline.end < end);
    update(&mut state, Action::Redo);
    update(&mut state, Action::Redo);
    assert_eq!(state.run.timeline.end, end, "the rest of the wait and the stop are back");
    assert_ne!(state.run.hash(), whole, "in five steps instead of four");
    update(&mut state, Action::ToEnd);
    assert!(update(&mut state, Action::ContinueHere).is_empty(), "nothing lies behind the end");
}

#[test]
fn a_command_that_never_ends_is_cut_said_so_and_can_be_extended() {
    let mut state = State::first_visit();
    let crash_loop = "services:\n  job:\n    image: busybox\n    command: sh -c 'exit 3'\n    restart: always\n";
    update(&mut state, Action::EditText(crash_loop.into()));
    update(&mut state, Action::ForgetSteps);
    assert!(notices::notices(&state).is_empty());
    update(&mut state, command("docker compose up"));
    let end = state.run.timeline.end;
    let notice = notices::notices(&state).remove(0);
    assert_eq!(notice.text, "Cut here: `$ docker compose up` had not ended after 30 min and was given up.");
    let (_, action) = notice.button.unwrap();
    update(&mut state, action);
    assert!(state.run.timeline.end > end + Duration::from_secs(29 * 60), "it runs for an hour");
    assert!(notices::notices(&state)[0].text.contains("after 60 min"));
    let back = saved::restore(&saved::save(&state));
    assert_eq!(back.run.hash(), state.run.hash(), "a reload keeps the hour");
}

#[test]
fn a_browser_that_keeps_nothing_is_told_of() {
    let mut state = State::first_visit();
    update(&mut state, Action::Kept(Keeping::Refused));
    assert_eq!(notices::notices(&state)[0].text, words::NOT_KEPT);
    update(&mut state, Action::Kept(Keeping::Kept));
    assert!(notices::notices(&state).is_empty());
}

#[test]
fn a_reason_leads_to_its_place_in_whichever_file_is_shown() {
    let mut state = State::first_visit();
    update(&mut state, Action::AddFile("notes.txt".into()));
    let waits = state.run.timeline.gates[0].began.event;
    update(&mut state, Action::Select(Some(waits)));
    let place = panels::view(&state).why.into_iter().find_map(|reason| reason.place).unwrap();
    assert_eq!((place.label.as_str(), place.file), ("compose.yaml:30", 0));
    let effects = update(&mut state, Action::GoTo(place.file, place.offset));
    assert_eq!((state.active, state.pane), (0, Pane::Editor));
    assert!(effects.contains(&Effect::ShowText(place.offset)));
}

#[test]
fn the_timeline_is_a_list_too() {
    let mut state = State::first_visit();
    assert!(panels::view(&state).events.is_empty(), "not made before somebody looks");
    update(&mut state, Action::ShowOutput(Output::Events));
    let events = panels::view(&state).events;
    let told: Vec<&str> = events.iter().map(|event| event.text.as_str()).collect();
    assert_eq!(told[0], "You ran `docker compose up -d`");
    assert!(told.contains(&"db-1 is healthy") && !told.contains(&"app-1 was started"), "up to the line: {told:?}");
}

#[test]
fn a_refused_request_is_not_laid_at_the_door_of_the_step_before() {
    let mut state = State::first_visit();
    for action in [command("docker compose down"), Action::Take(Step::Request { port: 8000, path: "/".into() })] {
        update(&mut state, action);
    }
    let failed: Vec<bool> = picture::picture(&state).flags.iter().map(|flag| flag.failed).collect();
    assert_eq!(failed, [false, false, false, true]);
}

#[test]
fn no_sign_stands_on_a_word_and_no_condition_on_another() {
    let mut state = State::first_visit();
    for line in ["docker compose down", "docker compose up -d"] {
        update(&mut state, command(line));
    }
    for zoom in [4.0, 12.0, 36.0] {
        update(&mut state, Action::SetZoom(zoom));
        let picture = picture::picture(&state);
        for lane in &picture.lanes {
            let notes = || lane.marks.iter().filter(|mark| mark.class.starts_with("note"));
            for bar in lane.bars.iter().filter(|bar| !bar.word.is_empty()) {
                let on_it = notes().filter(|note| note.x > bar.word_x && note.x < bar.word_x + 20.0).count();
                assert_eq!(on_it, 0, "{} at {zoom}", bar.title);
            }
        }
        assert!(picture.gates.iter().any(|gate| gate.label == "service_healthy"));
    }
}

#[test]
fn a_gate_that_never_opens_says_why() {
    let mut state = State::first_visit();
    let never = state.active_text().replace("pg_isready -U example", "exit 1").replace("interval: 10s", "interval: 1s");
    update(&mut state, Action::EditText(never));
    let gate = picture::picture(&state).gates.remove(0);
    assert!(!gate.open);
    assert_eq!(gate.label, "service_healthy: container demo-db-1 is unhealthy");
}

fn services(count: usize) -> String {
    let each = (0..count).map(|number| format!("  s{number}: {{image: nginx}}\n"));
    format!("services:\n{}", each.collect::<String>())
}

#[test]
fn an_empty_picture_says_why() {
    let mut state = State::first_visit();
    update(&mut state, Action::ForgetSteps);
    assert_eq!(picture::picture(&state).nothing, words::EMPTY_PICTURE);
    update(&mut state, Action::EditText("services:\n  web:\n    build: .\n".into()));
    update(&mut state, command("docker compose up -d"));
    let failed = "No container was made: \"docker compose up -d\" ended with exit code 1. The terminal says why.";
    assert_eq!(picture::picture(&state).nothing, failed);
}

#[test]
fn what_takes_long_is_run_when_the_typing_pauses_and_no_fix_is_applied_before() {
    let mut state = State::first_visit();
    let run = state.run.clone();
    let long = format!("{}#{}\n", services(2), "x".repeat(70_000));
    let effects = update(&mut state, Action::EditText(long.clone()));
    assert!(matches!(effects.as_slice(), [Effect::Save(_), Effect::RunSoon]), "kept at once, run later");
    assert!(Rc::ptr_eq(&run, &state.run) && state.freshness == Freshness::Due);
    let _ = (problems::list(&state), problems::for_editor(&state), picture::picture(&state), panels::view(&state));
    update(&mut state, Action::ApplyFix(0, 0));
    assert_eq!((state.active_text(), state.freshness), (long.as_str(), Freshness::Current));
    update(&mut state, Action::EditText(services(2)));
    update(&mut state, Action::Run);
    assert_eq!(state.freshness, Freshness::Current);
}

#[test]
fn a_project_too_large_to_run_is_checked_and_said_so() {
    let mut state = State::first_visit();
    update(&mut state, Action::EditText(services(600)));
    let picture = picture::picture(&state);
    assert_eq!((state.freshness, picture.stale), (Freshness::TooLarge, Some(words::TOO_LARGE)));
    assert_eq!(picture.lanes[0].title, "db-1", "the last run stays");
    let problems = problems::list(&state);
    assert_eq!((problems.advice.len(), problems.grave.len()), (100, 0));
    assert!(problems.more_advice >= 500, "{}", problems.more_advice);
}

#[test]
fn many_lanes_are_drawn_in_part() {
    let mut state = State::first_visit();
    update(&mut state, Action::EditText(services(200)));
    let picture = picture::picture(&state);
    assert_eq!(picture.sections[1].y, picture.lanes[149].y + picture.lanes[149].height + 8.0);
    assert_eq!(picture::now_words(&state).len(), picture.lanes.len());
    assert_eq!(notices::notices(&state)[0].text, words::not_all_drawn(150, 200));
}

#[test]
fn one_click_writes_the_guess_about_an_unknown_image_down() {
    let mut state = State::first_visit();
    let text = "services:\n  app:\n    image: example/shop:1\n    ports: [\"8000:8000\"]\n    environment:\n      DB_HOST: db\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: s }\n";
    update(&mut state, Action::EditText(text.into()));
    let at = state.problems.iter().position(|problem| problem.code == "unknown-image").expect("a notice");
    update(&mut state, Action::ApplyFix(at, 0));
    let mended = state.active_text();
    assert!(mended.contains("    x-drydock:\n      boot: 500ms\n      needs:\n        - { connect: db:5432, missing: retry, every: 1s }\n      listens: [8000]\n"), "{mended}");
    let left = state.problems.iter().filter(|problem| matches!(&*problem.code, "unknown-image" | "x-drydock-problem"));
    assert_eq!(left.count(), 0, "{mended}");
}

#[test]
fn one_click_writes_the_guess_about_a_program_nobody_recognises_down() {
    let mut state = State::first_visit();
    let text = "services:\n  api:\n    build: { dockerfile_inline: \"FROM golang:1.25 AS build\\nRUN go build -o /api .\\nFROM alpine:3.22\\n\
                COPY --from=build /api /api\\nEXPOSE 8080\\nCMD [\\\"/api\\\"]\" }\n    ports: [\"8000:8080\"]\n    environment:\n      \
                DATABASE_URL: postgres://u:p@db/x\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: s }\n";
    update(&mut state, Action::EditText(text.into()));
    let at = |state: &State| state.problems.iter().position(|problem| problem.code == "unrecognised-program");
    update(&mut state, Action::TypeCommand("docker compose up -d".into()));
    update(&mut state, Action::SubmitCommand);
    let notice = at(&state).expect("a notice");
    let shown = problems::list(&state).advice.into_iter().find(|problem| problem.index == notice).expect("it is shown");
    assert_eq!(shown.message, "Nobody recognises the program of `api`: its behaviour is guessed");
    assert_eq!(shown.fixes, ["Write the guess down"]);
    update(&mut state, Action::ApplyFix(notice, 0));
    let mended = state.active_text();
    assert!(mended.contains("    x-drydock:\n      boot: 500ms\n      needs:\n        - { connect: db:5432, missing: retry, every: 1s }\n      listens: [8080]\n"), "{mended}");
    assert_eq!(at(&state), None, "{mended}");
}
