//! Gates as lines between lanes: an arrow from what opened one to what began then; one that stays shut ends in a bar in front of
//! what waits. Must not know how lanes are filled.

use super::super::words;
use super::{BAR, GateArrow, LETTER, MOST_LANES};
use crate::kernel::Instant;
use crate::sim::log::EventId;
use crate::timeline::{Anchor, Gate, GateOutcome, Scale, Timeline};

/// One line between two lanes, before there are pixels.
pub struct Edge {
    from: (usize, Instant),
    to: (usize, Instant),
    open: bool,
    label: String,
    title: String,
    event: EventId,
}

impl Edge {
    /// The lane under whose bars the condition is written: the one right above the line's end.
    fn label_lane(&self) -> usize {
        if self.to.0 > self.from.0 { self.to.0 - 1 } else { self.to.0 }
    }
}

/// The lines of all gates.
pub fn edges(timeline: &Timeline) -> Vec<Edge> {
    let all = timeline.gates.iter().flat_map(|gate| edges_of(timeline, gate));
    all.filter(|edge| edge.from.0.max(edge.to.0) < MOST_LANES).collect()
}

/// Whether a condition is written under the bars of a lane.
pub fn has_label(edges: &[Edge], lane: usize) -> bool {
    edges.iter().any(|edge| edge.label_lane() == lane)
}

fn edges_of(timeline: &Timeline, gate: &Gate) -> Vec<Edge> {
    let edge = |from: Anchor, to: (usize, Instant), open: bool| Edge {
        from: (from.lane, from.at.at),
        to,
        open,
        label: words::gate_label(gate),
        title: words::gate(gate),
        event: from.at.event,
    };
    if let Some(source) = gate.source.filter(|_| !gate.targets.is_empty()) {
        return gate.targets.iter().map(|target| edge(source, (target.lane, target.at.at), true)).collect();
    }
    let until = match &gate.outcome {
        GateOutcome::Opened(_) => return Vec::new(),
        GateOutcome::Failed { at, .. } | GateOutcome::Abandoned(at) => at.at,
        GateOutcome::Open => timeline.end,
    };
    // Nothing opened it: the line begins where the wait did, on the lane that is waited for.
    let lane_of = |service: &str| timeline.containers.iter().position(|lane| lane.service.as_deref() == Some(service));
    let began = || lane_of(&gate.dependency).map(|lane| Anchor { lane, at: gate.began });
    let Some(from) = gate.source.or_else(began) else { return Vec::new() };
    let lane = lane_of(&gate.service).unwrap_or(from.lane);
    vec![edge(from, (lane, until), false)]
}

/// The lines in pixels; `tops` are the top edges of the container lanes, and the bottom edge of the last.
pub fn arrows(scale: &Scale, edges: &[Edge], tops: &[f64]) -> Vec<GateArrow> {
    let mut arrows: Vec<GateArrow> = Vec::new();
    for edge in edges {
        let mut arrow = arrow(scale, edge, tops);
        if arrows.iter().any(|other| overlap(other, &arrow)) {
            arrow.label.clear();
        }
        arrows.push(arrow);
    }
    arrows
}

fn arrow(scale: &Scale, edge: &Edge, tops: &[f64]) -> GateArrow {
    let (from, to) = (edge.from.0, edge.to.0);
    let (left, right) = (scale.x(edge.from.1), scale.x(edge.to.1));
    let (top, bottom) = (|lane: usize| tops[lane] + 4.0, |lane: usize| tops[lane] + 4.0 + BAR);
    let (start, bend, end) = match to.cmp(&from) {
        std::cmp::Ordering::Greater => (bottom(from), top(to) - 10.0, top(to)),
        std::cmp::Ordering::Equal => (bottom(from), tops[to + 1] - 6.0, tops[to + 1] - 6.0),
        std::cmp::Ordering::Less => (top(from), bottom(to) + 10.0, bottom(to)),
    };
    let label_y = if to < from { bend + 12.0 } else { bend - 4.0 };
    GateArrow {
        points: vec![(left, start), (left, bend), (right, bend), (right, end)],
        open: edge.open,
        label: edge.label.clone(),
        label_at: (left + 6.0, label_y),
        title: edge.title.clone(),
        event: edge.event,
    }
}

/// Whether two conditions would be written over each other.
fn overlap(one: &GateArrow, other: &GateArrow) -> bool {
    let end = |arrow: &GateArrow| arrow.label_at.0 + arrow.label.chars().count() as f64 * LETTER;
    let apart = one.label_at.0 >= end(other) || other.label_at.0 >= end(one);
    !one.label.is_empty() && !apart && (one.label_at.1 - other.label_at.1).abs() < 12.0
}
