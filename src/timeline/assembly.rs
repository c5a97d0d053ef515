//! Tracks to lanes: one line per container name; a successor continues on its predecessor's line.

use super::lane::{ContainerLane, Life, Phase, PhaseKind};
use super::track::{ServiceKey, Track};
use crate::kernel::Instant;
use crate::sim::log::ContainerId;
use std::collections::BTreeMap;
use std::rc::Rc;

/// All container lanes, in the order they are drawn.
pub(super) fn lanes(
    tracks: &BTreeMap<ContainerId, Track>,
    ranks: &BTreeMap<ServiceKey, usize>,
    end: Instant,
) -> Vec<ContainerLane> {
    let mut lanes: Vec<ContainerLane> = Vec::new();
    let mut latest: BTreeMap<Rc<str>, usize> = BTreeMap::new();
    let mut by_creation: Vec<_> = tracks.iter().collect();
    by_creation.sort_by_key(|(_, track)| track.created);
    for (container, track) in by_creation {
        let name = line_name(track);
        let free = latest.get(&name).copied().filter(|lane| has_room(&lanes[*lane], track, end));
        let lane = free.unwrap_or_else(|| {
            lanes.push(empty_lane(&name, track));
            lanes.len() - 1
        });
        latest.insert(name, lane);
        append(&mut lanes[lane], *container, track);
    }
    for lane in &mut lanes {
        fill_up(lane, end);
    }
    let rank = |lane: &ContainerLane| {
        let key = (lane.project.clone(), lane.service.clone()?);
        ranks.get(&key).copied()
    };
    lanes.sort_by_key(|lane| (rank(lane).unwrap_or(usize::MAX), lane.one_off, lane.number));
    lanes
}

/// The name without its `#n`: what the container is called once it has replaced its predecessor.
fn line_name(track: &Track) -> Rc<str> {
    match track.about.instance.rsplit_once('#') {
        Some((name, _)) => name.into(),
        None => track.about.instance.clone(),
    }
}

/// Whether the line's last container is gone before this one is: only then do both fit on one line.
fn has_room(lane: &ContainerLane, track: &Track, end: Instant) -> bool {
    let Some(gone) = lane.lives.last().and_then(|life| life.destroyed) else { return false };
    gone.at <= track.destroyed.map_or(end, |destroyed| destroyed.at)
}

fn empty_lane(name: &Rc<str>, track: &Track) -> ContainerLane {
    ContainerLane {
        name: name.clone(),
        project: track.about.project.clone(),
        service: track.about.service.clone(),
        bindings: Vec::new(),
        number: track.about.number,
        one_off: track.about.one_off,
        lives: Vec::new(),
        phases: Vec::new(),
        probes: Vec::new(),
        start_periods: Vec::new(),
        notes: Vec::new(),
    }
}

fn append(lane: &mut ContainerLane, container: ContainerId, track: &Track) {
    let life = lane.lives.len();
    let before = lane.lives.last().and_then(|life| life.destroyed);
    let visible_from = before.map_or(track.created.at, |gone| gone.at.max(track.created.at));
    let gap_begins = lane.phases.last().map_or(Instant::START, |phase| phase.until);
    if gap_begins < visible_from {
        lane.phases.push(absent(gap_begins, visible_from, lane));
    }
    for phase in &track.phases {
        let from = phase.from.max(visible_from);
        if from < phase.until {
            lane.phases.push(Phase { from, life: Some(life), ..phase.clone() });
        }
    }
    lane.probes.extend(track.probes.iter().map(|probe| super::Probe { life, ..probe.clone() }));
    lane.start_periods.extend(&track.start_periods);
    lane.notes.extend(track.notes.iter().map(|note| super::Note { life, ..note.clone() }));
    lane.bindings.extend(track.bindings.iter().map(|binding| super::Binding { life, ..binding.clone() }));
    lane.lives.push(Life {
        container,
        instance: track.about.instance.clone(),
        image: track.about.image.clone(),
        created: track.created,
        visible_from,
        destroyed: track.destroyed,
        health_check: track.about.health_check,
        ports: track.about.ports.clone(),
        span: track.about.span,
    });
}

fn absent(from: Instant, until: Instant, lane: &ContainerLane) -> Phase {
    let removed = lane.lives.last().and_then(|life| life.destroyed);
    Phase { from, until, kind: PhaseKind::Absent, life: None, event: removed.map(|moment| moment.event), span: None }
}

/// Extends the line to the session's end; a line always has at least one phase.
fn fill_up(lane: &mut ContainerLane, end: Instant) {
    let last = lane.phases.last().map_or(Instant::START, |phase| phase.until);
    if last < end || lane.phases.is_empty() {
        lane.phases.push(absent(last, end, lane));
    }
}
