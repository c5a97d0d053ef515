//! The containers of a project, as the engine knows them by their labels. Must not know what is done with them.

use super::super::context::Context;
use super::labels;
use crate::compose::model::Project;
use crate::sim::engine::{ContainerFilter, ContainerState, ContainerView};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Whether containers of `docker compose run` are meant, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneOff {
    /// Only the services' own.
    Exclude,
    /// Both.
    Include,
}

/// Whether containers that do not run are meant, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only those that run.
    Running,
    /// All.
    All,
}

/// The services' containers of a project that are to be started.
pub async fn to_start(context: &Context, project: &str) -> Vec<ContainerView> {
    match &context.dry_run {
        Some(dry_run) => dry_run.known(),
        None => of_project(context, project, OneOff::Exclude, Reach::All).await,
    }
}

/// The containers of a project, by service and number.
pub async fn of_project(context: &Context, project: &str, one_off: OneOff, reach: Reach) -> Vec<ContainerView> {
    let mut filter =
        ContainerFilter { all: reach == Reach::All, labels: vec![(labels::PROJECT.to_owned(), project.to_owned())] };
    match one_off {
        OneOff::Exclude => filter.labels.push((labels::ONE_OFF.to_owned(), "False".to_owned())),
        OneOff::Include => {}
    }
    let mut containers = context.list(&filter).await;
    containers.retain(|container| container.config.labels.contains_key(labels::CONFIG_HASH));
    containers.sort_by(|left, right| order(left).cmp(&order(right)));
    containers
}

/// In the order in which the engine lists them: the newest first (moby, daemon/list.go).
pub fn newest_first(containers: &mut [ContainerView]) {
    containers.sort_by_key(|container| Reverse(container.container));
}

fn order(container: &ContainerView) -> (&str, u32, &str) {
    (service(container), number(container), &container.name)
}

/// A label's text; empty without it.
pub fn label<'c>(container: &'c ContainerView, name: &str) -> &'c str {
    container.config.labels.get(name).map_or("", String::as_str)
}

/// The service a container belongs to.
pub fn service(container: &ContainerView) -> &str {
    label(container, labels::SERVICE)
}

/// The container's number among the replicas.
pub fn number(container: &ContainerView) -> u32 {
    label(container, labels::NUMBER).parse().unwrap_or(0)
}

/// Whether `docker compose run` made it.
pub fn is_one_off(container: &ContainerView) -> bool {
    label(container, labels::ONE_OFF) == "True"
}

/// Those of a service.
pub fn of_service(containers: &[ContainerView], name: &str) -> Vec<ContainerView> {
    containers.iter().filter(|container| service(container) == name).cloned().collect()
}

/// Whether the file does not know the container's service, neither an active nor an inactive one; or it was left by `run` (U40).
pub fn is_orphan(project: &Project, container: &ContainerView) -> bool {
    let name = service(container);
    if is_one_off(container) {
        return matches!(container.state, ContainerState::Exited | ContainerState::Dead);
    }
    !project.services.contains_key(name) && !project.disabled_services.contains_key(name)
}

/// The services' own containers, by service.
pub fn by_service(containers: &[ContainerView]) -> BTreeMap<String, Vec<ContainerView>> {
    let mut services: BTreeMap<String, Vec<ContainerView>> = BTreeMap::new();
    for container in containers.iter().filter(|container| !is_one_off(container)) {
        services.entry(service(container).to_owned()).or_default().push(container.clone());
    }
    services
}
