//! What survives a reload, as text for the browser's storage. Must not know where it is kept.

use super::former::Project;
use super::simulation::FOLDER_NAME;
use super::state::{SourceFile, State, Theme};
use crate::sim::session::Step;
use serde::{Deserialize, Serialize};

/// The key under which the text is kept; its number changes when the form does.
pub const KEY: &str = "drydock-1";

#[derive(Serialize, Deserialize)]
struct Saved {
    #[serde(default = "usual_folder")]
    folder: String,
    files: Vec<SourceFile>,
    active: usize,
    steps: Vec<Step>,
    theme: Theme,
    #[serde(default)]
    patience: u32,
    #[serde(default)]
    former: Vec<Project>,
}

/// The folder of those who were here before there was a choice.
fn usual_folder() -> String {
    FOLDER_NAME.into()
}

/// The part of the state that is the learner's own.
pub fn save(state: &State) -> String {
    let saved = Saved {
        folder: state.folder.clone(),
        files: state.files.clone(),
        active: state.active,
        steps: state.steps.clone(),
        theme: state.theme,
        patience: state.patience,
        former: state.former.clone(),
    };
    serde_json::to_string(&saved).unwrap_or_default()
}

/// The application as it was left; a first visitor's if the text says nothing that makes sense.
pub fn restore(text: &str) -> State {
    let Ok(saved) = serde_json::from_str::<Saved>(text) else { return State::first_visit() };
    if saved.files.is_empty() {
        return State::first_visit();
    }
    let active = saved.active.min(saved.files.len() - 1);
    let mut state = State::empty(saved.files, saved.steps);
    (state.active, state.theme) = (active, saved.theme);
    (state.folder, state.former, state.patience) = (saved.folder, saved.former, saved.patience);
    state.simulate();
    state.playhead = state.run.timeline.end;
    state
}
