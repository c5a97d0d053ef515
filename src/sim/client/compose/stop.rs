//! `docker compose stop`, and the stopping and removing of containers that other commands do, too (X1). Must not know what
//! they do it for.

use super::super::arguments::Arguments;
use super::super::context::{Context, all, all_cancelling};
use super::super::terminal::Done;
use super::containers::{self, OneOff, Reach};
use super::graph::{self, Direction};
use super::host::Compose;
use super::{from_labels, hooks};
use crate::compose::model::{Project, Service};
use crate::sim::engine::{Answer, ContainerView, ErrorKind, Grace, RemoveOptions};
use crate::sim::log::Cause;
use std::rc::Rc;

/// `-t`, or what the container asks for.
pub fn grace(arguments: &Arguments) -> Grace {
    match arguments.number("timeout") {
        None => Grace::Configured,
        Some(seconds) => u64::try_from(seconds).map_or(Grace::Unlimited, Grace::Seconds),
    }
}

/// The command.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
    let project = project.unwrap_or_else(|| from_labels::project(context, &name, &found));
    stop_found(context, &project, &arguments.positional, grace(arguments), found).await
}

/// Stops the containers of services, dependents first; of all services if none is named.
pub async fn stop_services(context: &Context, project: &Project, services: &[String], grace: Grace) -> Done {
    let found = containers::of_project(context, &project.name, OneOff::Exclude, Reach::All).await;
    stop_found(context, project, services, grace, found).await
}

async fn stop_found(
    context: &Context,
    project: &Project,
    services: &[String],
    grace: Grace,
    found: Vec<ContainerView>,
) -> Done {
    let (services, found) = (services.to_vec(), Rc::new(found));
    let shared = Rc::new(project.clone());
    let visit: graph::Visit = Rc::new(move |context, name| {
        let (services, found, project) = (services.clone(), found.clone(), shared.clone());
        Box::pin(async move {
            if !services.is_empty() && !services.contains(&name) {
                return Ok(());
            }
            let containers = containers::of_service(&found, &name);
            stop_containers(&context, project.services.get(&name), &containers, grace, context.asked()).await
        })
    });
    graph::walk(context, project, Direction::DependentsFirst, visit).await
}

/// Stops containers at the same time.
pub async fn stop_containers(
    context: &Context,
    service: Option<&Service>,
    containers: &[ContainerView],
    grace: Grace,
    cause: Cause,
) -> Done {
    let context = &context.cancellable();
    let work = containers.iter().map(|container| stop_container(context, service, container, grace, cause));
    all_cancelling(&context.cancel, work).await
}

/// Stops one container; a line even if it does not run.
pub async fn stop_container(
    context: &Context,
    service: Option<&Service>,
    container: &ContainerView,
    grace: Grace,
    cause: Cause,
) -> Done {
    Ok(try_stop(context, service, container, grace, cause).await??)
}

/// Stops one container, with the engine's answer as it is.
async fn try_stop(
    context: &Context,
    service: Option<&Service>,
    container: &ContainerView,
    grace: Grace,
    cause: Cause,
) -> Done<Answer<()>> {
    context.progress.container(&container.name, "Stopping");
    if let Some(service) = service {
        match hooks::run_all(context, service, container, &service.pre_stop).await? {
            // It does not run any more, or is gone: there is nothing to stop.
            Err(refusal) if matches!(refusal.kind, ErrorKind::NotFound | ErrorKind::Conflict) => return Ok(Ok(())),
            ran => ran?,
        }
    }
    let stopped = context.stop(container.container, grace, cause).await;
    let word = if matches!(stopped, Ok(Ok(()))) { "Stopped" } else { "Error while Stopping" };
    context.progress.container(&container.name, word);
    stopped
}

/// Stops and removes one container. One that is gone by now counts as removed: `down --remove-orphans` comes by the exited
/// containers of `run` twice, first for their service and then as orphans (U40).
pub async fn stop_and_remove(
    context: &Context,
    service: Option<&Service>,
    container: &ContainerView,
    grace: Grace,
    options: RemoveOptions,
    cause: Cause,
) -> Done {
    match try_stop(context, service, container, grace, cause).await? {
        Err(error) if error.kind == ErrorKind::NotFound => {
            context.progress.container(&container.name, "Removed");
            Ok(())
        }
        stopped => {
            stopped?;
            remove_container(context, container, options, cause).await
        }
    }
}

/// Removes one container; that it is gone or going already is no error.
pub async fn remove_container(
    context: &Context,
    container: &ContainerView,
    options: RemoveOptions,
    cause: Cause,
) -> Done {
    context.progress.container(&container.name, "Removing");
    match context.remove(container.container, options, cause).await? {
        Err(error) if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict) => {
            context.progress.container(&container.name, "Error while Removing");
            Err(error.into())
        }
        _ => {
            context.progress.container(&container.name, "Removed");
            Ok(())
        }
    }
}

/// Stops and removes containers at the same time.
pub async fn remove_containers(
    context: &Context,
    service: Option<&Service>,
    containers: &[ContainerView],
    grace: Grace,
    options: RemoveOptions,
) -> Done {
    let cause = context.asked();
    all(containers.iter().map(|container| stop_and_remove(context, service, container, grace, options, cause))).await
}
