//! What each action does to the state, and what it asks of the browser. Must not know who sends the actions.

use super::former;
use super::problems::byte_offset;
use super::saved;
use super::simulation::MOST_PATIENCE;
use super::state::{Dialog, Freshness, Keeping, Output, Pane, Play, SPEEDS, SourceFile, State, Theme};
use crate::kernel::Instant;
use crate::sim::log::EventId;
use crate::sim::session::Step;
use crate::text::{Edit, apply_edits};
use std::time::Duration;

/// Bounds of the zoom, in pixels per second.
const ZOOM: std::ops::RangeInclusive<f64> = 2.0..=600.0;

/// A session with more events takes so long that it is run after the typing, not during it.
const QUICK_EVENTS: usize = 4_000;
/// Files with more text are checked after the typing, not during it.
const QUICK_BYTES: usize = 60_000;

/// What a learner, or the clock of the page, does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The text of the active file changed.
    EditText(String),
    /// The typing has paused: what [`Effect::RunSoon`] put off is run.
    Run,
    /// Changes of the active file count from now on, not from the start: they become a step.
    EditFromNow,
    /// A file is added to the folder.
    AddFile(String),
    /// The active file leaves the folder.
    RemoveFile,
    /// Another file is shown.
    ShowFile(usize),
    /// A fix of a problem is applied: indexes of the problem and of its fix.
    ApplyFix(usize, usize),
    /// The text of the command line changed.
    TypeCommand(String),
    /// What stands in the command line becomes a step.
    SubmitCommand,
    /// A step is taken.
    Take(Step),
    /// The last step is taken back.
    Undo,
    /// The step taken back last comes again.
    Redo,
    /// The steps behind the line are taken back, and the session goes on where it stands.
    ContinueHere,
    /// A command that did not end gets twice the time.
    Extend,
    /// All steps are forgotten; the files stay.
    ForgetSteps,
    /// Back to the counter stack, as a first visitor finds it.
    StartOver,
    /// The gallery of examples opens.
    ShowGallery,
    /// What lies over the page goes away.
    CloseDialog,
    /// A stack of the gallery, by its index, takes the place of the project, which is kept.
    OpenStack(usize),
    /// The project that made room comes back; the present one is kept in turn.
    BringBack,
    /// The line goes to an instant.
    Scrub(Instant),
    /// The line goes to the next thing that happens.
    StepForward,
    /// The line goes to the thing before.
    StepBack,
    /// The line goes to the start.
    ToStart,
    /// The line goes to the end.
    ToEnd,
    /// The line begins to move, or stops.
    TogglePlay,
    /// Another speed, by its index.
    SetSpeed(usize),
    /// So much real time went by while the line moves.
    Tick(Duration),
    /// The picture grows or shrinks by a factor.
    Zoom(f64),
    /// The whole session is to be seen.
    Fit,
    /// The picture gets so many pixels per second.
    SetZoom(f64),
    /// An event is chosen for "why?"; `None` puts it away.
    Select(Option<EventId>),
    /// An event of the picture is pointed at.
    Point(Option<EventId>),
    /// A place of the active file is pointed at, in UTF-16 units.
    PointText(Option<u32>),
    /// The last thing that happened where the line stands is chosen for "why?".
    SelectAtPlayhead,
    /// The line goes to the end of a step.
    ToStep(usize),
    /// The next of the three themes.
    NextTheme,
    /// Another pane, on a phone.
    ShowPane(Pane),
    /// A phone was swiped to this pane.
    Swiped(Pane),
    /// The log of one service, or of all.
    ShowLogOf(Option<String>),
    /// What the middle panel shows.
    ShowOutput(Output),
    /// A place of a file is shown: the file's index, and an offset in UTF-16 units.
    GoTo(usize, u32),
    /// Whether the browser could keep what it was given last.
    Kept(Keeping),
}

/// What the browser has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keep this text under [`saved::KEY`].
    Save(String),
    /// Send `Run` when the typing pauses.
    RunSoon,
    /// Send `Tick`s while the line moves.
    RunClock,
    /// Send no more of them.
    StopClock,
    /// Bring the line into view.
    RevealPlayhead,
    /// Say with `SetZoom` how much of the session the picture can show.
    MeasureFit,
    /// Bring a pane into view, on a phone.
    ShowPane(Pane),
    /// Put the editor's cursor at this offset of the file it shows, in UTF-16 units.
    ShowText(u32),
}

/// Does what `action` says and answers with what is left to the browser.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::EditText(text) => edit(state, text),
        Action::Run => {
            run_again(state);
            Vec::new()
        }
        Action::EditFromNow => edit_from_now(state),
        Action::AddFile(path) => add_file(state, path),
        Action::RemoveFile => remove_file(state),
        Action::ApplyFix(problem, fix) => apply_fix(state, problem, fix),
        Action::ShowFile(index) => show_file(state, index),
        Action::TypeCommand(text) => {
            state.command = text;
            Vec::new()
        }
        Action::SubmitCommand => submit(state),
        Action::Take(step) => take(state, step),
        Action::Undo => undo(state),
        Action::Redo => redo(state),
        Action::ContinueHere => continue_here(state),
        Action::Extend => extend(state),
        Action::ForgetSteps => forget_steps(state),
        Action::StartOver => start_over(state),
        Action::OpenStack(stack) => former::open_stack(state, stack),
        Action::BringBack => former::bring_back(state),
        Action::Scrub(at) => move_to(state, at),
        Action::StepForward => step_line(state, Direction::Forward),
        Action::StepBack => step_line(state, Direction::Back),
        Action::ToStart => move_to(state, Instant::START),
        Action::ToEnd => move_to(state, state.run.timeline.end),
        Action::ToStep(step) => to_step(state, step),
        Action::TogglePlay => toggle_play(state),
        Action::Tick(real) => tick(state, real),
        Action::Fit => vec![Effect::MeasureFit],
        Action::GoTo(file, offset) => go_to(state, file, offset),
        Action::ShowPane(pane) => show_pane(state, pane),
        other => look(state, other),
    }
}

/// Actions that change only how things are looked at.
fn look(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::SetSpeed(speed) => state.speed = speed.min(SPEEDS.len() - 1),
        Action::Zoom(factor) => return look(state, Action::SetZoom(state.zoom * factor)),
        Action::SetZoom(zoom) => {
            state.zoom = zoom.clamp(*ZOOM.start(), *ZOOM.end());
            return vec![Effect::RevealPlayhead];
        }
        Action::Select(event) => state.selected = event,
        Action::Point(event) => state.pointed = event,
        Action::PointText(offset) => {
            state.pointed_offset = offset.map(|offset| byte_offset(state.active_text(), offset));
        }
        Action::SelectAtPlayhead => state.selected = state.run.last_at(state.playhead),
        Action::Swiped(pane) => state.pane = pane,
        Action::ShowLogOf(service) => state.log_of = service,
        Action::ShowOutput(output) => state.output = output,
        Action::Kept(keeping) => state.keeping = keeping,
        Action::ShowGallery => state.dialog = Dialog::Gallery,
        Action::CloseDialog => state.dialog = Dialog::None,
        Action::NextTheme => {
            state.theme = match state.theme {
                Theme::System => Theme::Light,
                Theme::Light => Theme::Dark,
                Theme::Dark => Theme::System,
            };
            return vec![save(state)];
        }
        _ => {}
    }
    Vec::new()
}

/// The text is kept before it is run: what breaks the simulation must not cost the learner a line.
pub(super) fn save(state: &State) -> Effect {
    Effect::Save(saved::save(state))
}

fn edit(state: &mut State, text: String) -> Vec<Effect> {
    let path = state.active_file().path.clone();
    write(state, &path, text);
    let length: usize = state.files.iter().map(|file| state.text_of(file).len()).sum();
    if length > QUICK_BYTES || state.run.log.events.len() > QUICK_EVENTS {
        state.freshness = Freshness::Due;
        return vec![save(state), Effect::RunSoon];
    }
    let effects = vec![save(state)];
    run_again(state);
    effects
}

/// Runs the session with the files as they are; a line that stood at the end stays there.
fn run_again(state: &mut State) {
    let was_at_end = state.playhead == state.run.timeline.end;
    state.simulate();
    if was_at_end && state.freshness == Freshness::Current {
        state.playhead = state.run.timeline.end;
    }
}

/// Gives a file a text: in the last step that edits it, else from the start.
fn write(state: &mut State, path: &str, text: String) {
    if let Some(Step::Edit { content, .. }) = state.last_edit_of(path).and_then(|index| state.steps.get_mut(index)) {
        *content = Some(text.into_bytes());
    } else if let Some(file) = state.files.iter_mut().find(|file| file.path == path) {
        file.text = text;
    }
}

fn edit_from_now(state: &mut State) -> Vec<Effect> {
    let path = state.active_file().path.clone();
    let content = Some(state.active_text().as_bytes().to_vec());
    take(state, Step::Edit { path, content })
}

fn add_file(state: &mut State, path: String) -> Vec<Effect> {
    let path = path.trim().trim_matches('/').to_owned();
    let known = state.files.iter().position(|file| file.path == path);
    if path.is_empty() || path.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        return Vec::new();
    }
    let index = known.unwrap_or_else(|| {
        state.files.push(SourceFile { path, text: String::new() });
        state.files.len() - 1
    });
    let effects = show_file(state, index);
    state.simulate();
    effects
}

fn remove_file(state: &mut State) -> Vec<Effect> {
    if state.files.len() < 2 {
        return Vec::new();
    }
    state.files.remove(state.active);
    let effects = show_file(state, 0);
    state.simulate();
    effects
}

fn apply_fix(state: &mut State, problem: usize, fix: usize) -> Vec<Effect> {
    if state.freshness == Freshness::Due {
        // The problems on the screen are those of an older text; their fixes would miss their places.
        run_again(state);
        return Vec::new();
    }
    let Some(fix) = state.problems.get(problem).and_then(|problem| problem.fixes.get(fix)).cloned() else {
        return Vec::new();
    };
    let mut changed = Vec::new();
    for (id, path) in state.span_paths.iter().enumerate() {
        let here: Vec<Edit> = fix.edits.iter().filter(|edit| edit.span.file.0 as usize == id).cloned().collect();
        let Some(file) = state.files.iter().find(|file| file.path == *path) else { continue };
        if !here.is_empty() {
            changed.push((path.clone(), apply_edits(state.text_of(file), &here)));
        }
    }
    for (path, text) in changed {
        write(state, &path, text);
    }
    state.revision += 1;
    let effects = vec![save(state)];
    state.simulate();
    effects
}

fn show_file(state: &mut State, index: usize) -> Vec<Effect> {
    state.active = index.min(state.files.len() - 1);
    state.revision += 1;
    vec![save(state)]
}

fn show_pane(state: &mut State, pane: Pane) -> Vec<Effect> {
    state.pane = pane;
    vec![Effect::ShowPane(pane)]
}

fn go_to(state: &mut State, file: usize, offset: u32) -> Vec<Effect> {
    let mut effects = if file == state.active { Vec::new() } else { show_file(state, file) };
    effects.extend(show_pane(state, Pane::Editor));
    effects.push(Effect::ShowText(offset));
    effects
}

fn submit(state: &mut State) -> Vec<Effect> {
    let command = state.command.trim().to_owned();
    if command.is_empty() {
        return Vec::new();
    }
    state.command.clear();
    take(state, Step::Run { command, interrupt_after: None })
}

fn take(state: &mut State, step: Step) -> Vec<Effect> {
    state.steps.push(step);
    state.undone.clear();
    run_steps(state)
}

fn undo(state: &mut State) -> Vec<Effect> {
    let Some(step) = state.steps.pop() else { return Vec::new() };
    state.undone.push(step);
    run_steps(state)
}

fn redo(state: &mut State) -> Vec<Effect> {
    let Some(step) = state.undone.pop() else { return Vec::new() };
    state.steps.push(step);
    run_steps(state)
}

/// Cuts the session at the line. A wait that is under way ends there; a command runs to its end, as it would at a terminal.
/// What is cut off can come back, step by step.
fn continue_here(state: &mut State) -> Vec<Effect> {
    let cut = state.steps_before_playhead();
    if cut >= state.steps.len() {
        return Vec::new();
    }
    state.undone = state.steps.split_off(cut);
    state.undone.reverse();
    let under_way = state.run.timeline.steps.get(cut.wrapping_sub(1)).copied();
    if let (Some(Step::Wait(span)), Some(mark)) = (state.steps.last_mut(), under_way) {
        let passed = state.playhead.since(mark.began.at).min(*span);
        let rest = *span - passed;
        if !rest.is_zero() {
            *span = passed;
            state.undone.push(Step::Wait(rest));
        }
    }
    run_steps(state)
}

fn extend(state: &mut State) -> Vec<Effect> {
    state.patience = (state.patience + 1).min(MOST_PATIENCE);
    state.simulate();
    vec![Effect::MeasureFit]
}

fn forget_steps(state: &mut State) -> Vec<Effect> {
    state.undone = std::mem::take(&mut state.steps);
    state.undone.reverse();
    run_steps(state)
}

fn run_steps(state: &mut State) -> Vec<Effect> {
    let effects = vec![save(state), Effect::StopClock, Effect::RevealPlayhead];
    state.play = Play::Paused;
    state.revision += 1;
    state.simulate();
    state.playhead = state.run.timeline.end;
    effects
}

fn start_over(state: &mut State) -> Vec<Effect> {
    former::set_aside(state);
    let fresh = State::first_visit();
    *state = State {
        theme: state.theme,
        pane: state.pane,
        zoom: state.zoom,
        revision: state.revision + 1,
        former: std::mem::take(&mut state.former),
        ..fresh
    };
    vec![save(state), Effect::RevealPlayhead]
}

fn move_to(state: &mut State, at: Instant) -> Vec<Effect> {
    state.playhead = at.min(state.run.timeline.end);
    state.play = Play::Paused;
    vec![Effect::StopClock]
}

fn to_step(state: &mut State, step: usize) -> Vec<Effect> {
    let mark = state.run.timeline.steps.iter().find(|mark| mark.step.0 as usize == step).copied();
    if let Some(mark) = mark {
        move_to(state, mark.ended.map_or(mark.began.at, |ended| ended.at));
        state.selected = Some(mark.began.event);
    }
    vec![Effect::StopClock, Effect::RevealPlayhead]
}

enum Direction {
    Back,
    Forward,
}

fn step_line(state: &mut State, direction: Direction) -> Vec<Effect> {
    let points = &state.run.activity;
    let target = match direction {
        Direction::Forward => points.iter().copied().find(|at| *at > state.playhead),
        Direction::Back => points.iter().copied().rev().find(|at| *at < state.playhead),
    };
    move_to(state, target.unwrap_or(state.playhead));
    vec![Effect::StopClock, Effect::RevealPlayhead]
}

fn toggle_play(state: &mut State) -> Vec<Effect> {
    match state.play {
        Play::Playing => {
            state.play = Play::Paused;
            vec![Effect::StopClock]
        }
        Play::Paused => {
            if state.playhead >= state.run.timeline.end {
                state.playhead = Instant::START;
            }
            state.play = Play::Playing;
            vec![Effect::RunClock, Effect::RevealPlayhead]
        }
    }
}

fn tick(state: &mut State, real: Duration) -> Vec<Effect> {
    if state.play == Play::Paused {
        return Vec::new();
    }
    let passed = real.mul_f64(SPEEDS[state.speed.min(SPEEDS.len() - 1)]);
    state.playhead = (state.playhead + passed).min(state.run.timeline.end);
    if state.playhead == state.run.timeline.end {
        state.play = Play::Paused;
        return vec![Effect::StopClock];
    }
    vec![Effect::RunClock, Effect::RevealPlayhead]
}
