//! What has to be said over the timeline: a run that was cut, a browser that keeps nothing. Must not know how it is shown.

use super::picture::MOST_LANES;
use super::simulation::MOST_PATIENCE;
use super::state::{Keeping, State};
use super::update::Action;
use super::words;
use crate::sim::log::EventKind;
use crate::sim::session::Step;

/// A sentence, and perhaps what can be done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// What stands on the button, and what it does.
    pub button: Option<(&'static str, Action)>,
}

/// All of them.
pub fn notices(state: &State) -> Vec<Notice> {
    given_up(state).into_iter().chain(stopped(state)).chain(not_all_drawn(state)).chain(not_kept(state)).collect()
}

/// A command that never ends is cut, and can be given more time.
fn given_up(state: &State) -> Option<Notice> {
    let is_command = |step: usize| matches!(state.run.steps.get(step), Some(Step::Run { .. }));
    let cut = |mark: &&crate::timeline::StepMark| mark.ended.is_some() && mark.exit_code.is_none();
    let mark = state.run.timeline.steps.iter().filter(cut).find(|mark| is_command(mark.step.0 as usize))?;
    let taken = mark.ended.map(|ended| ended.at.since(mark.began.at))?;
    let text = words::given_up(&words::step(state.run.steps.get(mark.step.0 as usize)?), taken);
    let button = (state.patience < MOST_PATIENCE).then_some((words::EXTEND, Action::Extend));
    Some(Notice { text, button })
}

/// A session that reached a bound in the middle of a step.
fn stopped(state: &State) -> Option<Notice> {
    let what = state.run.log.events.iter().rev().find_map(|event| match &event.kind {
        EventKind::BoundHit { what } => Some(what.to_string()),
        _ => None,
    })?;
    let is_cut = state.run.timeline.steps.last().is_some_and(|mark| mark.ended.is_none());
    is_cut.then(|| Notice { text: words::stopped(&what), button: None })
}

fn not_all_drawn(state: &State) -> Option<Notice> {
    let lanes = state.run.timeline.containers.len();
    (lanes > MOST_LANES).then(|| Notice { text: words::not_all_drawn(MOST_LANES, lanes), button: None })
}

fn not_kept(state: &State) -> Option<Notice> {
    (state.keeping == Keeping::Refused).then(|| Notice { text: words::NOT_KEPT.to_owned(), button: None })
}
