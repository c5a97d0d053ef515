//! In which order services stand: what is waited for above what waits.

use super::track::{ServiceKey, Track};
use crate::sim::log::ContainerId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Rank of each service, by name. Dependencies come first; among equals the one that was created first. The latest
/// container of a service says what it depends on, since the file may have been edited.
pub(super) fn service_ranks(tracks: &BTreeMap<ContainerId, Track>) -> BTreeMap<ServiceKey, usize> {
    let mut first_seen: Vec<ServiceKey> = Vec::new();
    let mut depends_on: BTreeMap<ServiceKey, Vec<ServiceKey>> = BTreeMap::new();
    for track in tracks.values() {
        let Some(service) = &track.about.service else { continue };
        let key = |service: &Rc<str>| (track.about.project.clone(), service.clone());
        if depends_on.insert(key(service), track.about.depends_on.iter().map(key).collect()).is_none() {
            first_seen.push(key(service));
        }
    }
    let mut ranks = BTreeMap::new();
    let mut entered = BTreeSet::new();
    for service in &first_seen {
        place(service, &depends_on, &mut entered, &mut ranks);
    }
    ranks
}

/// Ranks a service after what it depends on, with a stack of its own: files may be deep, and edits may make circles.
fn place(
    service: &ServiceKey,
    depends_on: &BTreeMap<ServiceKey, Vec<ServiceKey>>,
    entered: &mut BTreeSet<ServiceKey>,
    ranks: &mut BTreeMap<ServiceKey, usize>,
) {
    let mut stack = Vec::new();
    if entered.insert(service.clone()) {
        stack.push(service.clone());
    }
    while let Some(top) = stack.last().cloned() {
        let dependencies = depends_on.get(&top).map(Vec::as_slice).unwrap_or_default();
        match dependencies.iter().find(|name| depends_on.contains_key(*name) && !entered.contains(*name)) {
            Some(next) => {
                entered.insert(next.clone());
                stack.push(next.clone());
            }
            None => {
                let rank = ranks.len();
                ranks.entry(top).or_insert(rank);
                stack.pop();
            }
        }
    }
}
