//! The second pass of `up`, which is `docker compose start`: conditions first, then each service's containers (D11-D13, X2).
//! Must not create anything.

use super::super::context::Context;
use super::super::table;
use super::super::terminal::{Done, Failure};
use super::containers;
use super::graph::{self, Direction};
use super::hooks;
use super::mounts;
use super::wait::{Wait, Waiter, waits};
use crate::compose::model::{Condition, Project, Service};
use crate::kernel::Instant;
use crate::sim::engine::{ContainerState, ContainerView};
use crate::sim::log::{Cause, EventId, Rule, WaitCondition};
use std::rc::Rc;
use std::time::Duration;

/// What happens after the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// `--wait`: until all services run or are healthy (D51).
    pub wait: bool,
    /// `--wait-timeout`.
    pub timeout: Option<Duration>,
}

/// Starts a project's containers, dependencies first.
pub async fn start(context: &Context, project: &Rc<Project>, options: StartOptions) -> Done {
    let found = Rc::new(containers::to_start(context, &project.name).await);
    let (shared, listed, own) = (project.clone(), found.clone(), Rc::new(containers::by_service(&found)));
    let visit: graph::Visit = Rc::new(move |context, name| {
        let (project, listed, own) = (shared.clone(), listed.clone(), own.clone());
        let deadline = options.timeout.map(|timeout| context.tasks.now() + timeout);
        Box::pin(async move {
            let own = own.get(&name).map_or(&[][..], Vec::as_slice);
            start_service(&context, &project, &project.services[&name], (&listed, own), deadline).await
        })
    });
    graph::walk(context, project, Direction::DependenciesFirst, visit).await?;
    if options.wait { wait_for_all(context, project, &found, options.timeout).await } else { Ok(()) }
}

async fn wait_for_all(
    context: &Context,
    project: &Project,
    found: &[ContainerView],
    timeout: Option<Duration>,
) -> Done {
    let deadline = timeout.map(|timeout| context.tasks.now() + timeout);
    let all: Vec<Wait> = project
        .services
        .iter()
        .filter(|(_, service)| service.replicas() > 0)
        .map(|(name, _)| Wait {
            dependency: name.clone(),
            condition: condition_of(project, name),
            required: true,
            place: None,
        })
        .collect();
    let waiter = Waiter { context, project: &project.name, dependent: None, containers: found, deadline };
    let waited = waiter.wait(&all).await;
    match (timeout, deadline) {
        (Some(timeout), Some(deadline)) if context.tasks.now() >= deadline => {
            Err(Failure::new(format!("application not healthy after {}", table::go_duration(timeout))))
        }
        _ => waited.map(drop),
    }
}

/// A job that someone waits for must complete; everything else must run (D51).
fn condition_of(project: &Project, name: &str) -> WaitCondition {
    let job = |service: &Service| {
        service.depends_on.get(name).is_some_and(|edge| edge.condition == Condition::CompletedSuccessfully)
    };
    match project.services.values().any(job) {
        true => WaitCondition::CompletedSuccessfully,
        false => WaitCondition::RunningOrHealthy,
    }
}

async fn start_service(
    context: &Context,
    project: &Project,
    service: &Service,
    (found, own): (&[ContainerView], &[ContainerView]),
    deadline: Option<Instant>,
) -> Done {
    if service.deploy.as_ref().and_then(|deploy| deploy.replicas.as_ref()).is_some_and(|replicas| replicas.value == 0) {
        return Ok(());
    }
    let waiter =
        Waiter { context, project: &project.name, dependent: Some(&service.name), containers: found, deadline };
    let opened = waiter.wait(&waits(project, &service.depends_on)).await?;
    if found.is_empty() {
        let text = format!("service {} has no container to start", table::quote(&service.name));
        return if service.replicas() == 0 { Ok(()) } else { Err(Failure::new(text)) };
    }
    for container in own {
        if container.state == ContainerState::Running {
            continue;
        }
        mounts::inject(context, project, service, container)?;
        context.progress.container(&container.name, "Starting");
        let cause = start_cause(context, service, found, opened);
        context.start(container.container, cause).await?;
        hooks::run_all(context, service, container, &service.post_start).await??;
        context.progress.container(&container.name, "Started");
    }
    Ok(())
}

/// Why a service's container is started now: the condition that was fulfilled last, else the dependency that started last, else
/// the step.
pub fn start_cause(context: &Context, service: &Service, found: &[ContainerView], opened: Option<EventId>) -> Cause {
    let started = |name: &str| {
        let containers = found.iter().filter(|container| containers::service(container) == name);
        let views = containers.filter_map(|container| context.inspect(container.container).ok());
        views.filter_map(|view| view.events.started).max()
    };
    let edges = service.depends_on.iter().map(|(name, edge)| (started(name), edge));
    let last = edges.filter_map(|(event, edge)| Some((event?, edge.span))).max();
    match (opened, last) {
        (Some(opened), Some((started, place))) if started > opened => {
            context.after(Some(started), Rule::DependencyOrder, Some(place))
        }
        (Some(opened), _) => {
            let place =
                context.engine.recorder().log().events.get(opened.0 as usize).and_then(|event| event.cause.place);
            context.after(Some(opened), Rule::ConditionFulfilled, place)
        }
        (None, Some((started, place))) => context.after(Some(started), Rule::DependencyOrder, Some(place)),
        (None, None) => context.asked(),
    }
}
