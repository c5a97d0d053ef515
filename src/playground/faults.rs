//! What can be broken about the chosen container, each as a step at the session's end. Must not know what a fault does.

use super::state::State;
use super::words;
use crate::sim::log::EventId;
use crate::sim::session::{Fault, Step};
use crate::timeline::{ContainerLane, PhaseKind};

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
    pub label: &'static str,
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
    let faults = [
        (words::CRASH, Step::Fault(Fault::KillProcess { container: container() }), runs),
        (words::HANG, Step::Fault(Fault::Hang { container: container() }), runs),
        (words::FAIL_PROBES, Step::Fault(Fault::FailProbes { container: container(), count: PROBES }), probed),
        (words::RESTART_ENGINE, Step::RestartDaemon, true),
        (words::REBOOT, Step::RebootHost, true),
    ];
    let buttons = faults.into_iter().map(|((label, hint), step, works)| FaultButton { label, hint, step, works });
    Some(Faults { name: lane.title(), buttons: buttons.collect() })
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
