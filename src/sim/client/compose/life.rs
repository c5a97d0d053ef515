//! `docker compose start`, `restart`, `kill`, `pause`, `unpause`, `rm`, `scale`, `wait`: commands on containers that are there
//! (X1-X8, X13, X14). Must not create anything but through `create`.

use super::super::arguments::Arguments;
use super::super::context::{Context, all, all_cancelling};
use super::super::docker::list::runs;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::create::{self, CreateOptions};
use super::graph::{self, Direction};
use super::host::{Compose, Need};
use super::selection::{self, Along};
use super::start::{self, StartOptions};
use super::wait::{Waiter, waits};
use super::{from_labels, hooks, stop};
use crate::compose::model::Project;
use crate::sim::engine::{ContainerState, ContainerView, Grace, RemoveOptions};
use std::cell::Cell;
use std::rc::Rc;

/// `docker compose start`.
pub async fn start(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let project = match project {
        Some(project) => project,
        None => {
            let found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
            let project = from_labels::existing(context, &name, &found, &arguments.positional)?;
            selection::select(project, &arguments.positional, Along::Dependencies)?
        }
    };
    start::start(context, &Rc::new(project), StartOptions::default()).await
}

/// `docker compose restart`: the containers that are there, with the configuration they have (X3); only edges with
/// `restart: true` count (D41).
pub async fn restart(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (project, name) = compose.project_or_name(context, &[])?;
    let found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
    let mut project = match project {
        Some(project) => project,
        None => from_labels::existing(context, &name, &found, &[])?,
    };
    if arguments.on("no-deps") {
        project = selection::select(project, &arguments.positional, Along::Nothing)?;
    }
    for service in project.services.values_mut() {
        service.depends_on.retain(|_, edge| edge.restart);
    }
    project = selection::select(project, &arguments.positional, Along::Dependents)?;
    let (found, shared, grace) = (Rc::new(found), Rc::new(project.clone()), stop::grace(arguments));
    let visit: graph::Visit = Rc::new(move |context, name| {
        let (found, project) = (found.clone(), shared.clone());
        Box::pin(async move { restart_service(&context, &project, &name, &found, grace).await })
    });
    graph::walk(context, &project, Direction::DependenciesFirst, visit).await
}

async fn restart_service(
    context: &Context,
    project: &Project,
    name: &str,
    found: &[ContainerView],
    grace: Grace,
) -> Done {
    let service = &project.services[name];
    let waiter = Waiter { context, project: &project.name, dependent: Some(name), containers: found, deadline: None };
    let opened = waiter.wait(&waits(project, &service.depends_on)).await?;
    let cause = match service.depends_on.is_empty() {
        true => context.asked(),
        false => start::start_cause(context, service, found, opened),
    };
    let scope = &context.cancellable();
    let own = containers::of_service(found, name);
    all_cancelling(
        &scope.cancel,
        own.iter().map(|container| async move {
            hooks::run_all(scope, service, container, &service.pre_stop).await??;
            scope.progress.container(&container.name, "Restarting");
            scope.restart(container.container, grace, cause).await?;
            scope.progress.container(&container.name, "Started");
            Ok(hooks::run_all(scope, service, container, &service.post_start).await??)
        }),
    )
    .await
}

/// `docker compose kill` (X7).
pub async fn kill(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let mut found = match arguments.on("remove-orphans") {
        true => named_of_all(context, compose, arguments).await?,
        false => affected(context, compose, arguments, OneOff::Include).await?,
    };
    let signal = arguments.text("signal").unwrap_or("SIGKILL").to_owned();
    found.retain(|container| container.state != ContainerState::Exited);
    if found.is_empty() {
        context.terminal.error("no container to kill\n");
        return Ok(());
    }
    let (scope, signal) = (&context.cancellable(), &signal);
    all_cancelling(
        &scope.cancel,
        found.iter().map(|container| async move {
            scope.progress.container(&container.name, "Killing");
            if let Err(failure) = scope.kill(container.container, signal, scope.asked()).await {
                scope.progress.container(&container.name, "Error while Killing");
                return Err(failure);
            }
            scope.progress.container(&container.name, "Killed");
            Ok(())
        }),
    )
    .await
}

/// `docker compose pause` (X8).
pub async fn pause(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let found = affected(context, compose, arguments, OneOff::Exclude).await?;
    let scope = &context.cancellable();
    all_cancelling(
        &scope.cancel,
        found.iter().map(|container| async move {
            scope.pause(container.container, scope.asked()).await?;
            scope.progress.container(&container.name, "Paused");
            Ok(())
        }),
    )
    .await
}

/// `docker compose unpause` (X8).
pub async fn unpause(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let found = affected(context, compose, arguments, OneOff::Exclude).await?;
    let scope = &context.cancellable();
    all_cancelling(
        &scope.cancel,
        found.iter().map(|container| async move {
            scope.unpause(container.container, scope.asked()).await?;
            scope.progress.container(&container.name, "Unpaused");
            Ok(())
        }),
    )
    .await
}

/// The running containers of the named services; of all the file has, if none is named.
async fn affected(
    context: &Context,
    compose: &Compose,
    arguments: &Arguments,
    one_off: OneOff,
) -> Done<Vec<ContainerView>> {
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let mut found = containers::of_project(context, &name, one_off, Reach::Running).await;
    found.retain(|container| {
        let service = containers::service(container);
        let named = arguments.positional.is_empty() || arguments.positional.iter().any(|name| name == service);
        named && project.as_ref().is_none_or(|project| project.services.contains_key(service))
    });
    Ok(found)
}

/// The running containers of the named services, also of services the file does not have; of the whole project, if none is
/// named.
async fn named_of_all(context: &Context, compose: &Compose, arguments: &Arguments) -> Done<Vec<ContainerView>> {
    let (_, name) = compose.project_or_name(context, &arguments.positional)?;
    let mut found = containers::of_project(context, &name, OneOff::Include, Reach::Running).await;
    let named = &arguments.positional;
    found.retain(|container| named.is_empty() || named.iter().any(|name| name == containers::service(container)));
    Ok(found)
}

/// `docker compose rm` (X6).
pub async fn rm(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let mut found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
    let project = project.unwrap_or_else(|| from_labels::project(context, &name, &found));
    let named = match arguments.positional.is_empty() {
        true => project.services.keys().cloned().collect(),
        false => arguments.positional.clone(),
    };
    if arguments.on("stop") {
        stop::stop_services(context, &project, &named, Grace::Configured).await?;
        found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
    }
    // What `--stop` only pretended to stop counts as stopped.
    let stopped = arguments.on("stop") && context.dry_run.is_some();
    found.retain(|container| {
        (stopped || !runs(container.state)) && named.iter().any(|name| name == containers::service(container))
    });
    if found.is_empty() {
        context.terminal.error("No stopped containers\n");
        return Ok(());
    }
    containers::newest_first(&mut found);
    let names: Vec<&str> = found.iter().map(|container| &*container.name).collect();
    let going = format!("Going to remove {}", names.join(", "));
    match arguments.on("force") {
        true => context.terminal.out(&format!("{going}\n")),
        false if compose.confirms(context, &going).await => {}
        false => return Ok(()),
    }
    let options = RemoveOptions { force: arguments.on("force"), volumes: arguments.on("volumes") };
    all(found.iter().map(|container| stop::remove_container(context, container, options, context.asked()))).await
}

/// `docker compose scale` (X13).
pub async fn scale(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let mut names = Vec::new();
    for wish in &arguments.positional {
        let invalid = || Failure::new(format!("invalid scale specifier: {wish}"));
        let (name, count) = wish.split_once('=').ok_or_else(invalid)?;
        if name.is_empty() || count.is_empty() {
            return Err(invalid());
        }
        let unreadable = |_| Failure::new(format!("invalid scale specifier: can't parse replica value as int: {wish}"));
        count.parse::<u32>().map_err(unreadable)?;
        names.push(name.to_owned());
    }
    let mut project = compose.load_selected(context, Need::Full, &names)?;
    if arguments.on("no-deps") {
        project = selection::select(project, &names, Along::Nothing)?;
    }
    create::set_scale(&mut project, &arguments.positional)?;
    let project = Rc::new(project);
    let options = CreateOptions { services: names, ..CreateOptions::default() };
    create::create(context, compose, &project, options).await?;
    start::start(context, &project, StartOptions::default()).await
}

/// `docker compose wait` (X14): until the services' containers have all ended; the code of the last to end counts. With
/// `--down-project` the project goes down then, orphans included.
pub async fn wait(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (_, name) = compose.project_or_name(context, &arguments.positional)?;
    let mut found = containers::of_project(context, &name, OneOff::Include, Reach::Running).await;
    found.retain(|container| arguments.positional.iter().any(|name| name == containers::service(container)));
    if found.is_empty() {
        return Err(Failure::new(format!("no containers for project {}", quote(&name))));
    }
    let (scope, last) = (&context.cancellable(), &Cell::new(0));
    let waits = found.iter().map(|container| async move {
        let code = scope.wait(container.container).await?;
        scope.terminal.out(&format!("container {} exited with status code {code}\n", quote(&container.id)));
        last.set(code);
        Ok(())
    });
    all_cancelling(&scope.cancel, waits).await?;
    if arguments.on("down-project") {
        super::down::by_name(context, compose, &name).await?;
    }
    match last.get() {
        0 => Ok(()),
        code => Err(Failure::code(code)),
    }
}
