//! Which part of a project a command acts upon: the services it names, with or without those around them. Must not know what
//! is done with them.

use super::super::terminal::{Done, Failure};
use crate::compose::model::Project;
use std::collections::BTreeSet;

/// What comes along with the services a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// What they depend on.
    Dependencies,
    /// What depends on them.
    Dependents,
    /// Nothing.
    Nothing,
}

/// The project with only the named services, and what comes along; all services if none is named. The others become disabled
/// ones, and edges to them are dropped.
pub fn select(mut selected: Project, names: &[String], along: Along) -> Done<Project> {
    if names.is_empty() {
        return Ok(selected);
    }
    let wanted = reach(&selected, names, along)?;
    let (kept, dropped) =
        std::mem::take(&mut selected.services).into_iter().partition(|(name, _)| wanted.contains(name));
    selected.services = kept;
    selected.disabled_services.extend::<std::collections::BTreeMap<_, _>>(dropped);
    for service in selected.services.values_mut() {
        service.depends_on.retain(|name, _| wanted.contains(name));
    }
    Ok(selected)
}

/// The project without one service, and without the edges to it.
pub fn without(project: &Project, name: &str) -> Project {
    let mut rest = project.clone();
    if let Some(service) = rest.services.remove(name) {
        rest.disabled_services.insert(name.to_owned(), service);
    }
    for service in rest.services.values_mut() {
        service.depends_on.remove(name);
    }
    rest
}

/// The named services and what comes along, transitively.
pub fn reach(project: &Project, names: &[String], along: Along) -> Done<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    for name in names {
        if !project.services.contains_key(name) {
            return Err(Failure::new(format!("no such service: {name}")));
        }
        open.push(name);
    }
    while let Some(name) = open.pop() {
        if !found.insert(name.to_owned()) {
            continue;
        }
        match along {
            Along::Nothing => {}
            Along::Dependencies => {
                let dependencies = project.services[name].depends_on.keys();
                open.extend(dependencies.filter(|name| project.services.contains_key(*name)).map(String::as_str));
            }
            Along::Dependents => open.extend(dependents(project, name)),
        }
    }
    Ok(found)
}

/// The services with an edge to this one.
pub fn dependents<'p>(project: &'p Project, name: &str) -> impl Iterator<Item = &'p str> {
    let depend = project.services.iter().filter(move |(_, service)| service.depends_on.contains_key(name));
    depend.map(|(name, _)| name.as_str()).collect::<Vec<_>>().into_iter()
}

/// Drops the networks, volumes, secrets and configs that no service uses (N3).
pub fn drop_unused(project: &mut Project) {
    let services = || project.services.values();
    let networks: BTreeSet<String> = services().flat_map(|service| service.networks.keys().cloned()).collect();
    let volumes: BTreeSet<String> =
        services().flat_map(|service| service.volumes.iter().filter_map(|mount| mount.source.clone())).collect();
    let secrets: BTreeSet<String> =
        services().flat_map(|service| service.secrets.iter().map(|secret| secret.source.clone())).collect();
    let configs: BTreeSet<String> =
        services().flat_map(|service| service.configs.iter().map(|config| config.source.clone())).collect();
    project.networks.retain(|key, _| networks.contains(key));
    project.volumes.retain(|key, _| volumes.contains(key));
    project.secrets.retain(|key, _| secrets.contains(key));
    project.configs.retain(|key, _| configs.contains(key));
}
