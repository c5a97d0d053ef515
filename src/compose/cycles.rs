//! Circles of dependencies (semantics K15). Must not know what a dependency waits for.

use super::problems::Problems;
use super::value::{Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;
use std::collections::BTreeSet;

/// Refuses services that depend on each other in a circle; services are tried by name, and so are their dependencies.
pub fn check(services: &Mapping, problems: &mut Problems) {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for entry in services.iter() {
        if let Some((names, span)) = find(&entry.key, services, &mut done) {
            let message = format!("services wait for each other in a circle: {}", names.join(" -> "));
            let diagnostic = Diagnostic::new("dependency-cycle", Severity::Error, span, message)
                .with_why("none of them could ever be the first to start")
                .with_remedy("Remove one of the dependencies");
            problems.refuse(format!("dependency cycle detected: {}", names.join(" -> ")), diagnostic);
            return;
        }
    }
}

fn dependencies<'m>(services: &'m Mapping, name: &str) -> Vec<(&'m str, Span)> {
    let edges = services.mapping(name).and_then(|service| service.get("depends_on")).and_then(Value::as_mapping);
    let known = edges.into_iter().flat_map(Mapping::iter).filter(|edge| services.contains(&edge.key));
    known.map(|edge| (&*edge.key, edge.key_span)).collect()
}

/// The first circle that can be reached from a service, walked without recursion: chains may be long.
fn find<'m>(start: &'m str, services: &'m Mapping, done: &mut BTreeSet<&'m str>) -> Option<(Vec<&'m str>, Span)> {
    let mut path: Vec<(&str, Vec<(&str, Span)>)> = vec![(start, dependencies(services, start))];
    let mut open: BTreeSet<&str> = BTreeSet::from([start]);
    if done.contains(start) {
        return None;
    }
    while let Some((name, rest)) = path.last_mut() {
        if rest.is_empty() {
            done.insert(name);
            open.remove(*name);
            path.pop();
            continue;
        }
        let (next, span) = rest.remove(0);
        if open.contains(next) {
            let first = path.iter().position(|(name, _)| *name == next)?;
            let names = path[first..].iter().map(|(name, _)| *name).chain([next]).collect();
            return Some((names, span));
        }
        if !done.contains(next) {
            open.insert(next);
            path.push((next, dependencies(services, next)));
        }
    }
    None
}
