//! `docker compose`: one file for each command or group of commands, and the parts they share, cut as Compose's own are. Must
//! not know how the engine does what it is asked.

pub mod attach;
mod commands;
pub mod config;
pub mod container;
pub mod containers;
pub mod convergence;
pub mod cp;
pub mod create;
pub mod down;
pub mod from_labels;
pub mod graph;
pub mod hash;
pub mod hooks;
pub mod host;
pub mod images;
pub mod inside;
pub mod labels;
pub mod life;
pub mod logs;
pub mod monitor;
pub mod mounts;
pub mod networks;
pub mod printer;
pub mod ps;
pub mod run;
pub mod selection;
pub mod start;
pub mod stop;
pub mod up;
pub mod volumes;
pub mod wait;

use super::arguments::{Arguments, Order};
use super::context::Context;
use super::docker;
use super::progress::{Mode, Progress};
use super::terminal::{Done, Failure};
use crate::kernel::Process;
use crate::sim::costs;
use crate::sim::log::Stream;
use host::{Compose, Host};

/// Runs the command line behind `docker compose`.
pub async fn run(context: &Context, process: &Process, words: &[String]) -> Done {
    let options = Arguments::parse(commands::global_flags(), Order::FlagsFirst, words).map_err(Failure::new)?;
    docker::told(context, &options);
    let positional = options.positional.clone();
    let Some((name, words)) = positional.split_first() else {
        if options.on("version") {
            return config::version(context, &Arguments::default());
        }
        context.terminal.out(&commands::usage());
        return Ok(());
    };
    let command = commands::named(context, name)?;
    let name = command.name;
    let arguments = Arguments::parse(command.help().flags(), command.order, words).map_err(Failure::new)?;
    docker::told(context, &arguments);
    if arguments.on("help") || options.on("help") {
        context.terminal.out(&command.help().shown());
        return Ok(());
    }
    if !command.simulated {
        return Err(Failure::new(format!("docker compose {name} is not simulated")));
    }
    let is_dry = arguments.on("dry-run") || options.on("dry-run");
    command.check_arity(&arguments.positional)?;
    let mut compose = Compose { host: Host::new(process), options };
    if compose.options.texts("file").iter().any(|file| file == "-") {
        compose.host.input = process.read_to_end(0).await.unwrap_or_default();
    }
    check_parallel_limit(&compose)?;
    let progress = progress(context, &compose)?.dry_run(is_dry);
    let context = &Context { progress, dry_run: is_dry.then(Default::default), ..context.clone() };
    context.takes(if name == "up" { costs::COMPOSE_UP_PREPARES } else { costs::COMPOSE_START }).await;
    if !matches!(name, "config" | "version") {
        context.reach_daemon()?;
    }
    dispatch(context, &compose, name, &arguments).await
}

async fn dispatch(context: &Context, compose: &Compose, name: &str, arguments: &Arguments) -> Done {
    match name {
        "attach" => inside::attach(context, compose, arguments).await,
        "build" => images::run_build(context, compose, arguments).await,
        "config" => config::run(context, compose, arguments),
        "cp" => cp::run(context, compose, arguments).await,
        "create" => create::run(context, compose, arguments).await,
        "down" => down::run(context, compose, arguments).await,
        "events" => logs::events(context, compose, arguments).await,
        "exec" => run::exec(context, compose, arguments).await,
        "images" => images::run_images(context, compose, arguments).await,
        "kill" => life::kill(context, compose, arguments).await,
        "logs" => logs::run(context, compose, arguments).await,
        "ls" => ps::ls(context, arguments).await,
        "pause" => life::pause(context, compose, arguments).await,
        "port" => ps::port(context, compose, arguments).await,
        "ps" => ps::run(context, compose, arguments).await,
        "pull" => images::run_pull(context, compose, arguments).await,
        "restart" => life::restart(context, compose, arguments).await,
        "rm" => life::rm(context, compose, arguments).await,
        "run" => run::run(context, compose, arguments).await,
        "scale" => life::scale(context, compose, arguments).await,
        "start" => life::start(context, compose, arguments).await,
        "stats" => inside::stats(context, compose, arguments).await,
        "stop" => stop::run(context, compose, arguments).await,
        "top" => inside::top(context, compose, arguments).await,
        "unpause" => life::unpause(context, compose, arguments).await,
        "up" => up::run(context, compose, arguments).await,
        "version" => config::version(context, arguments),
        "volumes" => volumes::run(context, compose, arguments).await,
        "wait" => life::wait(context, compose, arguments).await,
        other => Err(Failure::new(format!("docker compose {other} is not simulated"))),
    }
}

/// `COMPOSE_PARALLEL_LIMIT` must be a number (D3); it limits pulls and builds, which are made together here at no cost.
fn check_parallel_limit(compose: &Compose) -> Done {
    match compose.variable("COMPOSE_PARALLEL_LIMIT") {
        Some(limit) if !compose.options.given("parallel") && limit.parse::<i64>().is_err() => {
            let limit = super::table::quote(limit);
            Err(Failure::new(format!("COMPOSE_PARALLEL_LIMIT must be an integer (found: {limit})")))
        }
        _ => Ok(()),
    }
}

/// `--progress`, `--ansi`, `COMPOSE_PROGRESS`: standard error is never a terminal here, so all that shows lines is plain.
fn progress(context: &Context, compose: &Compose) -> Done<Progress> {
    let wish = compose.options.text("progress").or(compose.variable("COMPOSE_PROGRESS")).unwrap_or("auto");
    let mode = match wish {
        "" | "auto" | "tty" | "plain" => Mode::Plain,
        "json" => Mode::Json,
        "quiet" => Mode::Quiet,
        other => return Err(Failure::new(format!("unsupported --progress value {}", super::table::quote(other)))),
    };
    let stream = if compose.is_set("COMPOSE_STATUS_STDOUT") { Stream::Stdout } else { Stream::Stderr };
    Ok(Progress::new(context.terminal.clone(), mode, stream))
}
