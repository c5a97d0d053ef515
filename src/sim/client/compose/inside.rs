//! `docker compose top`, `stats` and `attach`: looks into running containers. Must not change anything.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::docker::{run, stats as docker_stats, top};
use super::super::table::{self, Columns};
use super::super::terminal::Done;
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::run::pick;

/// The columns of `top`.
const TOP: Columns = Columns { least: 4, padding: 2 };

/// `docker compose top`: the processes of each container that runs.
pub async fn top(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (_, name) = compose.project_or_name(context, &[])?;
    let mut found = containers::of_project(context, &name, OneOff::Include, Reach::Running).await;
    found.retain(|container| is_named(arguments, containers::service(container)));
    let clock = compose.host.clock();
    let mut rows = vec![["SERVICE", "#"].iter().chain(&top::COLUMNS).map(|title| (*title).to_owned()).collect()];
    for container in &found {
        for process in context.engine.processes_of(container.container)? {
            let whose = [containers::service(container).to_owned(), containers::number(container).to_string()];
            rows.push(whose.into_iter().chain(top::row(&process, &clock.second(process.started_at))).collect());
        }
    }
    if rows.len() > 1 {
        context.terminal.out(&table::table(TOP, &rows));
    }
    Ok(())
}

/// `docker compose stats --no-stream`.
pub async fn stats(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (_, name) = compose.project_or_name(context, &[])?;
    let reach = if arguments.on("all") { Reach::All } else { Reach::Running };
    let mut found = containers::of_project(context, &name, OneOff::Include, reach).await;
    found.retain(|container| is_named(arguments, containers::service(container)));
    // As the engine lists them: the newest first.
    found.sort_by_key(|container| std::cmp::Reverse((container.created_at, container.container)));
    let found: Vec<_> = found.into_iter().map(|container| (container.id.to_string(), container)).collect();
    docker_stats::print(context, arguments, &found)
}

fn is_named(arguments: &Arguments, service: &str) -> bool {
    arguments.positional.is_empty() || arguments.positional.iter().any(|name| name == service)
}

/// `docker compose attach`: the output of a service's container from now on.
pub async fn attach(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let service = &arguments.positional[0];
    let (_, name) = compose.project_or_name(context, std::slice::from_ref(service))?;
    let found = containers::of_project(context, &name, OneOff::Exclude, Reach::Running).await;
    let container = pick(&found, service, arguments.number("index").unwrap_or(0))?;
    run::attach(context, &compose.host.process, container.container).await
}
