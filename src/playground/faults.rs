//! What can be broken about the chosen container, each as a step at the session's end. Must not know what a fault does.

use super::state::State;
use super::words;
use crate::sim::log::EventId;
use crate::sim::session::{Fault, Step};
use crate::timeline::{ContainerLane, DataKey, DataState, PhaseKind, Timeline};
use std::borrow::Cow;

/// How many probes one press fails: as many as make a container with the usual `retries` unhealthy.
const PROBES: u32 = 3;

/// What can be broken about a container and around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// The container's name in the margin.
    pub name: String,
    /// The buttons.
    pub buttons: Vec<FaultButton>,
}

/// A button that breaks something.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultButton {
    /// What stands on it.
    pub label: Cow<'static, str>,
    /// What it does.
    pub hint: &'static str,
    /// The step it takes.
    pub step: Step,
    /// Whether there is something to break at the session's end, where the step is taken.
    pub works: bool,
}

/// The faults of the container that the chosen event is about; `None` if it is about none.
pub fn of_event(state: &State, event: EventId) -> Option<Faults> {
    let container = state.run.log.events.get(event.0 as usize)?.kind.container()?;
    let timeline = &state.run.timeline;
    let lane = timeline.containers.get(timeline.lane_of(container)?)?;
    let container = || lane.name.to_string();
    let runs = runs_at_the_end(state, lane);
    let probed = runs && lane.life_at(timeline.end).is_some_and(|life| life.health_check.is_some());
    let mut buttons = vec![
        button(words::CRASH, Step::Fault(Fault::KillProcess { container: container() }), runs),
        button(words::HANG, Step::Fault(Fault::Hang { container: container() }), runs),
        button(words::FAIL_PROBES, Step::Fault(Fault::FailProbes { container: container(), count: PROBES }), probed),
    ];
    buttons
        .extend(volumes_at_the_end(timeline, lane).map(|(volume, key)| fill(volume, words::data_title(key, timeline))));
    buttons.push(button(words::RESTART_ENGINE, Step::RestartDaemon, true));
    buttons.push(button(words::REBOOT, Step::RebootHost, true));
    Some(Faults { name: lane.title(), buttons })
}

fn button((label, hint): (&'static str, &'static str), step: Step, works: bool) -> FaultButton {
    FaultButton { label: label.into(), hint, step, works }
}

/// The button that leaves no room in a volume.
fn fill(volume: &str, title: String) -> FaultButton {
    let step = Step::Fault(Fault::FillDisk { volume: volume.to_owned() });
    FaultButton { label: words::fill(&title).into(), hint: words::FILL_HINT, step, works: true }
}

/// The volumes that a lane's container has at the session's end, by name and by lane.
fn volumes_at_the_end<'t>(
    timeline: &'t Timeline,
    lane: &ContainerLane,
) -> impl Iterator<Item = (&'t str, &'t DataKey)> + use<'t> {
    let container = lane.life_at(timeline.end).map(|life| life.container);
    timeline.data.iter().filter_map(move |place| match (&place.key, &place.segment_at(timeline.end).state) {
        (DataKey::Volume(name), DataState::Present { attached, .. }) => {
            attached.iter().any(|one| Some(*one) == container).then_some((&**name, &place.key))
        }
        _ => None,
    })
}

fn runs_at_the_end(state: &State, lane: &ContainerLane) -> bool {
    is_running(&lane.phase_at(state.run.timeline.end).kind)
}

/// Whether a container has a process in this phase.
fn is_running(phase: &PhaseKind) -> bool {
    matches!(
        phase,
        PhaseKind::Running
            | PhaseKind::HealthStarting
            | PhaseKind::Healthy
            | PhaseKind::Unhealthy
            | PhaseKind::Paused
            | PhaseKind::Stopping { .. }
    )
}
