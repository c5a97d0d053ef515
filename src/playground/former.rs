//! Projects that made room for another: opening an example must not cost the learner a line. Must not know what is in them.

use super::opening;
use super::simulation::FOLDER_NAME;
use super::state::{Dialog, Play, SourceFile, State};
use super::update::{Effect, save};
use crate::gallery::{STACKS, Stack};
use crate::sim::session::Step;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Most projects that are kept; the oldest goes first.
const MOST_KEPT: usize = 20;

/// A project with its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Name of its folder.
    pub folder: String,
    /// Its files, before the first step.
    pub files: Vec<SourceFile>,
    /// Its steps.
    pub steps: Vec<Step>,
}

impl Project {
    fn of(state: &State) -> Self {
        Self { folder: state.folder.clone(), files: state.files.clone(), steps: state.steps.clone() }
    }

    fn of_stack(stack: &Stack) -> Self {
        let files = stack.files.iter().map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() });
        let steps = stack.session(true).steps.into_iter().map(|timed| timed.step);
        Self { folder: stack.name.into(), files: files.collect(), steps: steps.collect() }
    }

    fn opening() -> Self {
        Self { folder: FOLDER_NAME.into(), files: opening::files(), steps: opening::steps() }
    }

    /// Whether nobody changed it since it came from here: then there is nothing to keep.
    fn is_untouched(&self) -> bool {
        *self == Self::opening()
            || STACKS.iter().any(|stack| stack.name == self.folder && *self == Self::of_stack(stack))
    }
}

/// Keeps the present project, unless it is an example as it came.
pub(super) fn set_aside(state: &mut State) {
    let present = Project::of(state);
    if !present.is_untouched() {
        state.former.push(present);
    }
    let surplus = state.former.len().saturating_sub(MOST_KEPT);
    state.former.drain(..surplus);
}

/// A stack of the gallery takes the place of the project.
pub(super) fn open_stack(state: &mut State, index: usize) -> Vec<Effect> {
    let Some(stack) = STACKS.get(index) else { return Vec::new() };
    set_aside(state);
    show(state, Project::of_stack(stack))
}

/// The project that made room last comes back; the present one, if somebody worked on it, waits as the longest-kept, so that
/// asking again and again goes round all of them.
pub(super) fn bring_back(state: &mut State) -> Vec<Effect> {
    let Some(project) = state.former.pop() else { return Vec::new() };
    let present = Project::of(state);
    if !present.is_untouched() {
        state.former.insert(0, present);
    }
    show(state, project)
}

fn show(state: &mut State, project: Project) -> Vec<Effect> {
    let Project { folder, files, steps } = project;
    (state.folder, state.files, state.steps) = (folder, files, steps);
    (state.active, state.undone, state.command) = (0, Vec::new(), String::new());
    (state.log_of, state.dialog, state.play) = (None, Dialog::None, Play::Paused);
    state.revision += 1;
    state.run = Rc::default();
    let effects = vec![save(state), Effect::StopClock, Effect::MeasureFit, Effect::RevealPlayhead];
    state.simulate();
    state.playhead = state.run.timeline.end;
    effects
}
