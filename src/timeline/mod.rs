//! The event log as a picture without pixels: lanes with phases, marks, gates, data lanes, and the axis they share.
//!
//! A [`Timeline`] is a fold over the log, made once; the state at an instant is then a binary search in each lane, so
//! moving the playhead never folds again. Must not know anything that is not in the log, nor the DOM, nor colours.
//!
//! Reading order: [`lane`] (what is drawn), `track` (one container's life out of the log), `assembly` (tracks to lanes),
//! `order`, [`data`], [`gate`], [`scale`] (time <-> x), `drawing` (the picture as text).

mod assembly;
pub mod data;
mod drawing;
pub mod gate;
pub mod lane;
mod order;
pub mod scale;
mod track;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
pub(crate) mod tests;

pub use data::{DataContent, DataFate, DataKey, DataKind, DataLane, DataSegment, DataState};
pub use drawing::draw;
pub use gate::{Anchor, Gate, GateCondition, GateOutcome};
pub use lane::{
    Binding, ContainerLane, Life, Moment, Note, NoteKind, Phase, PhaseKind, Probe, ProbeCount, ProbeResult,
    StartPeriod, Wait,
};
pub use scale::{Scale, ScaleOptions, Seam, Tick};

use crate::kernel::Instant;
use crate::sim::log::{ContainerId, DataPlace, EventId, EventKind, EventLog, RequestOutcome, StepId};
use std::collections::BTreeMap;

/// A session as lanes over one time axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// End of the session: every lane reaches from the start to here.
    pub end: Instant,
    /// The steps, in order.
    pub steps: Vec<StepMark>,
    /// Requests from the host, in order.
    pub requests: Vec<RequestMark>,
    /// One lane per container name, what is waited for above what waits.
    pub containers: Vec<ContainerLane>,
    /// One lane per place where bytes live, in the order of the mounts.
    pub data: Vec<DataLane>,
    /// Waits of `docker compose`, in the order they began.
    pub gates: Vec<Gate>,
    lane_of: BTreeMap<ContainerId, usize>,
}

/// A step of the session on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepMark {
    /// Which step; its words are the session's.
    pub step: StepId,
    /// When it began.
    pub began: Moment,
    /// When it ended; `None` if the log ends before.
    pub ended: Option<Moment>,
    /// Exit code of its command line, if it is one and has ended.
    pub exit_code: Option<i32>,
}

/// A request from the host on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMark {
    /// When it was answered or refused.
    pub at: Moment,
    /// Host port.
    pub port: u16,
    /// What became of it.
    pub outcome: RequestOutcome,
}

impl Timeline {
    /// Folds a whole log.
    pub fn of(log: &EventLog) -> Self {
        let end = log.events.last().map_or(log.end, |event| event.at.max(log.end));
        let tracks = track::fold(log, end);
        let ranks = order::service_ranks(&tracks);
        let containers = assembly::lanes(&tracks, &ranks, end);
        let lane_of = lane_index(&containers);
        let data = data::lanes(log, &containers, &lane_of, end);
        let gates = gate::gates(log, &lane_of);
        Self { end, steps: steps(log), requests: requests(log), containers, data, gates, lane_of }
    }

    /// The lane on which a container is drawn, as an index into `containers`.
    pub fn lane_of(&self, container: ContainerId) -> Option<usize> {
        self.lane_of.get(&container).copied()
    }

    /// The data lane of a place, as an index into `data`.
    pub fn data_lane_of(&self, place: &DataPlace) -> Option<usize> {
        let key =
            DataKey::of(place, |container| self.lane_of(container).map(|lane| self.containers[lane].name.clone()))?;
        self.data.iter().position(|lane| lane.key == key)
    }

    /// Whether something happens at an instant that should not fold away: the points of activity of the whole picture,
    /// sorted. A probe that changes nothing is not one.
    pub fn activity(&self) -> Vec<Instant> {
        let mut points = vec![Instant::START, self.end];
        points.extend(
            self.steps.iter().flat_map(|step| [Some(step.began.at), step.ended.map(|ended| ended.at)]).flatten(),
        );
        points.extend(self.requests.iter().map(|request| request.at.at));
        points.extend(self.containers.iter().flat_map(ContainerLane::activity));
        points.extend(self.data.iter().flat_map(|lane| lane.segments.iter().map(|segment| segment.from)));
        points.extend(self.gates.iter().map(|gate| gate.began.at));
        points.sort_unstable();
        points.dedup();
        points
    }
}

fn lane_index(containers: &[ContainerLane]) -> BTreeMap<ContainerId, usize> {
    let lives = containers.iter().enumerate();
    lives.flat_map(|(index, lane)| lane.lives.iter().map(move |life| (life.container, index))).collect()
}

fn steps(log: &EventLog) -> Vec<StepMark> {
    let mut marks: Vec<StepMark> = Vec::new();
    for (index, event) in log.events.iter().enumerate() {
        let moment = Moment { at: event.at, event: EventId(index as u32) };
        match &event.kind {
            EventKind::StepBegan { step } => {
                marks.push(StepMark { step: *step, began: moment, ended: None, exit_code: None });
            }
            EventKind::StepEnded { step, exit_code } => {
                if let Some(mark) = marks.iter_mut().rev().find(|mark| mark.step == *step) {
                    (mark.ended, mark.exit_code) = (Some(moment), *exit_code);
                }
            }
            _ => {}
        }
    }
    marks
}

fn requests(log: &EventLog) -> Vec<RequestMark> {
    let mut marks = Vec::new();
    for (index, event) in log.events.iter().enumerate() {
        if let EventKind::Request { port, outcome, .. } = &event.kind {
            let at = Moment { at: event.at, event: EventId(index as u32) };
            marks.push(RequestMark { at, port: *port, outcome: RequestOutcome::clone(outcome) });
        }
    }
    marks
}
