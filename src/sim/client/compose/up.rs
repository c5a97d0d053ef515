//! `docker compose up`: create, then start; detached, or attached to the output (D50-D57). Must not know how either pass works.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::terminal::{Done, Failure};
use super::attach::{self, Attached, OnExit};
use super::create::{self, CreateOptions};
use super::host::{Compose, Need};
use super::printer::Style;
use super::selection::{self, Along};
use super::start::{self, StartOptions};
use crate::compose::model::Project;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// The command.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    check(arguments)?;
    if arguments.on("watch") {
        return Err(Failure::new("docker compose up --watch is not simulated"));
    }
    let services = &arguments.positional;
    let mut project = compose.load_selected(context, Need::Full, services)?;
    let options = CreateOptions::of(compose, &project, arguments)?;
    if !arguments.texts("attach").is_empty() && arguments.on("attach-dependencies") {
        return Err(Failure::new("cannot combine --attach and --attach-dependencies"));
    }
    if project.services.is_empty() {
        return Err(Failure::new("no service selected"));
    }
    create::set_scale(&mut project, arguments.texts("scale"))?;
    if arguments.on("no-deps") {
        project = selection::select(project, services, Along::Nothing)?;
    }
    if let Some(name) = arguments.text("exit-code-from")
        && !project.services.contains_key(name)
    {
        return Err(Failure::new(format!("no such service: {name}")));
    }
    let project = Rc::new(project);
    let attached = if is_detached(arguments) { None } else { Some(attachment(&project, arguments)?) };
    create::create(context, compose, &project, options).await?;
    if arguments.on("no-start") {
        return Ok(());
    }
    if context.dry_run.is_some() && attached.is_some() {
        let text = "end of 'compose up' output, interactive run is not supported in dry-run mode\n";
        context.terminal.out(text);
        return Ok(());
    }
    let timeout =
        arguments.number("wait-timeout").filter(|seconds| *seconds > 0).map(|s| Duration::from_secs(s as u64));
    let options = StartOptions { wait: arguments.on("wait"), timeout };
    match attached {
        None => start::start(context, &project, options).await,
        Some(attached) => attach::up(context, compose, &project, attached, options).await,
    }
}

fn is_detached(arguments: &Arguments) -> bool {
    arguments.on("detach") || arguments.on("wait")
}

/// Flags that exclude each other (D54).
fn check(arguments: &Arguments) -> Done {
    let failure = arguments.on("abort-on-container-failure");
    let exit = arguments.on("abort-on-container-exit") || arguments.given("exit-code-from") && !failure;
    let attach = !arguments.texts("attach").is_empty();
    let dependencies = arguments.on("attach-dependencies");
    let both = |one: &str, other: &str| arguments.on(one) && arguments.on(other);
    let conflicts = [
        (exit && failure, "--abort-on-container-failure cannot be combined with --abort-on-container-exit"),
        (
            arguments.on("wait") && (dependencies || exit || attach),
            "--wait cannot be combined with --abort-on-container-exit, --attach or --attach-dependencies",
        ),
        (both("build", "no-build"), "--build and --no-build are incompatible"),
        (
            is_detached(arguments) && (dependencies || exit || failure || attach || arguments.on("watch")),
            "--detach cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, \
             --attach-dependencies or --watch",
        ),
        (both("renew-anon-volumes", "no-recreate"), "--no-recreate and --renew-anon-volumes are incompatible"),
        (both("force-recreate", "no-recreate"), "--force-recreate and --no-recreate are incompatible"),
        (both("always-recreate-deps", "no-recreate"), "--always-recreate-deps and --no-recreate are incompatible"),
        (both("no-build", "watch"), "--no-build and --watch are incompatible"),
    ];
    match conflicts.iter().find(|(conflict, _)| *conflict) {
        Some((_, text)) => Err(Failure::new(*text)),
        None => Ok(()),
    }
}

/// Whose output is shown, and what an exit means.
fn attachment(project: &Project, arguments: &Arguments) -> Done<Attached> {
    let named = arguments.texts("attach");
    let mut services: BTreeSet<String> = if named.is_empty() {
        let along = if arguments.on("attach-dependencies") { Along::Dependencies } else { Along::Nothing };
        match arguments.positional.is_empty() {
            true => project.services.keys().cloned().collect(),
            false => selection::reach(project, &arguments.positional, along)?,
        }
        .into_iter()
        .filter(|name| project.services[name].is_attached())
        .collect()
    } else {
        named.iter().cloned().collect()
    };
    let strange: Vec<&str> =
        named.iter().filter(|name| !project.services.contains_key(*name)).map(String::as_str).collect();
    if !strange.is_empty() {
        return Err(Failure::new(format!("cannot attach to services not included in up: {}", strange.join(", "))));
    }
    services.retain(|name| !arguments.texts("no-attach").contains(name));
    let on_exit = match () {
        () if arguments.on("abort-on-container-failure") => OnExit::StopOnFailure,
        () if arguments.on("abort-on-container-exit") || arguments.given("exit-code-from") => OnExit::StopOnAny,
        () => OnExit::GoOn,
    };
    Ok(Attached {
        services: services.into_iter().collect(),
        named: arguments.positional.clone(),
        on_exit,
        exit_code_from: arguments.text("exit-code-from").map(str::to_owned),
        style: Style { bare: arguments.on("no-log-prefix"), timestamps: arguments.on("timestamps") },
    })
}
