//! A project put together from the labels of what the engine has: for commands that get only a name (S2). Must not read files.

use super::super::context::Context;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::{containers, labels};
use crate::compose::model::{Condition, Dependency, Network, Project, Service, Volume};
use crate::sim::engine::ContainerView;
use crate::text::{Span, Spanned};

/// The project as [`project`] tells it, if it has containers: what `start` and `restart` act upon. Only its containers' own
/// services can be named.
pub fn existing(context: &Context, name: &str, existing: &[ContainerView], services: &[String]) -> Done<Project> {
    if existing.iter().all(containers::is_one_off) {
        return Err(Failure::new(format!("no container found for project {}: not found", quote(name))));
    }
    let project = project(context, name, existing);
    match services.iter().find(|service| !project.services.contains_key(*service)) {
        Some(service) => Err(Failure::new(format!("no such service: {}: not found", quote(service)))),
        None => Ok(project),
    }
}

/// The project as its containers, networks and volumes tell it.
pub fn project(context: &Context, name: &str, existing: &[ContainerView]) -> Project {
    let mut project = Project { name: name.to_owned(), ..Project::default() };
    for container in existing.iter().filter(|container| !containers::is_one_off(container)) {
        let service_name = containers::service(container).to_owned();
        let service = project.services.entry(service_name.clone()).or_insert_with(|| service(container, service_name));
        let count = service.scale.as_ref().map_or(0, |scale| scale.value) + 1;
        service.scale = Some(Spanned::new(count, Span::default()));
    }
    let known: Vec<String> = project.services.keys().cloned().collect();
    for service in project.services.values_mut() {
        service.depends_on.retain(|name, _| known.contains(name));
    }
    let of_project =
        |found: &std::collections::BTreeMap<String, String>| found.get(labels::PROJECT).is_some_and(|p| p == name);
    for network in context.engine.list_networks().into_iter().filter(|network| of_project(&network.labels)) {
        let key = network.labels.get(labels::NETWORK).cloned().unwrap_or_default();
        let found = Network {
            key: Spanned::new(key.clone(), Span::default()),
            name: network.name.to_string(),
            ..Network::default()
        };
        project.networks.insert(key, found);
    }
    for volume in context.engine.list_volumes().into_iter().filter(|volume| of_project(&volume.labels)) {
        let key = volume.labels.get(labels::VOLUME).cloned().unwrap_or_default();
        let found = Volume {
            key: Spanned::new(key.clone(), Span::default()),
            name: volume.name.to_string(),
            ..Volume::default()
        };
        project.volumes.insert(key, found);
    }
    project
}

fn service(container: &ContainerView, name: String) -> Service {
    let edges = containers::label(container, labels::DEPENDS_ON).split(',').filter_map(edge);
    Service {
        name: Spanned::new(name, Span::default()),
        image: Some(Spanned::new(container.config.image.clone(), Span::default())),
        depends_on: edges.collect(),
        ..Service::default()
    }
}

/// `db:service_healthy:false` as an edge.
fn edge(text: &str) -> Option<(String, Dependency)> {
    let mut parts = text.split(':');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let condition = match parts.next() {
        Some("service_healthy") => Condition::Healthy,
        Some("service_completed_successfully") => Condition::CompletedSuccessfully,
        _ => Condition::Started,
    };
    let restart = parts.next() == Some("true");
    let edge = Dependency { condition, restart, required: true, span: Span::default(), explicit: true };
    Some((name.to_owned(), edge))
}

/// A condition as the file writes it.
pub fn condition_word(condition: Condition) -> &'static str {
    match condition {
        Condition::Started => "service_started",
        Condition::Healthy => "service_healthy",
        Condition::CompletedSuccessfully => "service_completed_successfully",
    }
}
