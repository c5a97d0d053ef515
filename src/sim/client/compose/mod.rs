//! `docker compose`: one file for each command or group of commands, and the parts they share, cut as Compose's own are. Must
//! not know how the engine does what it is asked.

pub mod attach;
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

use super::arguments::{Arguments, Flag, Order, switch};
use super::context::Context;
use super::docker;
use super::progress::{Mode, Progress};
use super::terminal::{Done, Failure};
use crate::kernel::Process;
use crate::sim::costs;
use crate::sim::log::Stream;
use host::{Compose, GLOBAL, Host};

/// How many arguments a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arity {
    Any,
    None,
    AtLeast(usize),
    Exactly(usize),
}

/// A command: name, flags, order of flags and arguments, number of arguments.
type Command = (&'static str, &'static [Flag], Order, Arity);

/// The commands, by name.
const COMMANDS: &[Command] = &[
    ("attach", inside::ATTACH_FLAGS, Order::Mixed, Arity::Exactly(1)),
    ("build", images::BUILD_FLAGS, Order::Mixed, Arity::Any),
    ("config", config::FLAGS, Order::Mixed, Arity::Any),
    ("cp", cp::FLAGS, Order::Mixed, Arity::Exactly(2)),
    ("create", create::FLAGS, Order::Mixed, Arity::Any),
    ("down", down::FLAGS, Order::Mixed, Arity::Any),
    ("events", logs::EVENTS_FLAGS, Order::Mixed, Arity::Any),
    ("exec", run::EXEC_FLAGS, Order::FlagsFirst, Arity::AtLeast(2)),
    ("images", images::IMAGES_FLAGS, Order::Mixed, Arity::Any),
    ("kill", life::KILL_FLAGS, Order::Mixed, Arity::Any),
    ("logs", logs::FLAGS, Order::Mixed, Arity::Any),
    ("ls", ps::LS_FLAGS, Order::Mixed, Arity::None),
    ("pause", &[], Order::Mixed, Arity::Any),
    ("port", ps::PORT_FLAGS, Order::Mixed, Arity::Exactly(2)),
    ("ps", ps::FLAGS, Order::Mixed, Arity::Any),
    ("pull", images::PULL_FLAGS, Order::Mixed, Arity::Any),
    ("restart", life::RESTART_FLAGS, Order::Mixed, Arity::Any),
    ("rm", life::RM_FLAGS, Order::Mixed, Arity::Any),
    ("run", run::FLAGS, Order::FlagsFirst, Arity::AtLeast(1)),
    ("scale", life::SCALE_FLAGS, Order::Mixed, Arity::AtLeast(1)),
    ("start", life::START_FLAGS, Order::Mixed, Arity::Any),
    ("stats", docker::top::STATS_FLAGS, Order::Mixed, Arity::Any),
    ("stop", stop::FLAGS, Order::Mixed, Arity::Any),
    ("top", &[], Order::Mixed, Arity::Any),
    ("unpause", &[], Order::Mixed, Arity::Any),
    ("up", up::FLAGS, Order::Mixed, Arity::Any),
    ("version", config::VERSION_FLAGS, Order::Mixed, Arity::None),
    ("volumes", volumes::FLAGS, Order::Mixed, Arity::Any),
    ("wait", life::WAIT_FLAGS, Order::Mixed, Arity::AtLeast(1)),
];

/// Commands that Docker Compose has and the simulation does not.
const NOT_SIMULATED: &[&str] = &["alpha", "bridge", "commit", "completion", "export", "publish", "push", "watch"];

/// Runs the command line behind `docker compose`.
pub async fn run(context: &Context, process: &Process, words: &[String]) -> Done {
    let options = Arguments::parse(&[GLOBAL], Order::FlagsFirst, words).map_err(Failure::new)?;
    let positional = options.positional.clone();
    let Some((name, words)) = positional.split_first() else {
        if options.on("version") {
            return config::version(context, &Arguments::default());
        }
        context.terminal.out(&usage());
        return Ok(());
    };
    let Some((_, flags, order, arity)) = COMMANDS.iter().find(|(known, ..)| known == name) else {
        return Err(unknown(context, name));
    };
    let arguments =
        Arguments::parse(&[flags, &[switch("help"), switch("dry-run")]], *order, words).map_err(Failure::new)?;
    if arguments.on("help") {
        context.terminal.out(&format!("Usage:  docker compose {name} [OPTIONS]\n"));
        return Ok(());
    }
    if arguments.on("dry-run") || options.on("dry-run") {
        return Err(Failure::new("docker compose --dry-run is not simulated"));
    }
    check_arity(*arity, arguments.positional.len())?;
    let mut compose = Compose { host: Host::new(process), options };
    if compose.options.texts("file").iter().any(|file| file == "-") {
        compose.host.input = process.read_to_end(0).await.unwrap_or_default();
    }
    let context = &Context { progress: progress(context, &compose)?, ..context.clone() };
    context.takes(if name == "up" { costs::COMPOSE_UP_PREPARES } else { costs::COMPOSE_START }).await;
    if !matches!(name.as_str(), "config" | "version") {
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
        other => Err(unknown(context, other)),
    }
}

/// Compose's text for a command it does not know; and a plain word where Compose has it and the simulation does not.
fn unknown(context: &Context, name: &str) -> Failure {
    if NOT_SIMULATED.contains(&name) {
        return Failure::new(format!("docker compose {name} is not simulated"));
    }
    context.terminal.out(&usage());
    Failure::new(format!("unknown docker command: {}", super::table::quote(&format!("compose {name}"))))
}

/// cobra's texts for a wrong number of arguments.
fn check_arity(arity: Arity, count: usize) -> Done {
    match arity {
        Arity::None if count > 0 => Err(Failure::new(format!("accepts 0 arg(s), received {count}"))),
        Arity::AtLeast(least) if count < least => {
            Err(Failure::new(format!("requires at least {least} arg(s), only received {count}")))
        }
        Arity::Exactly(wanted) if count != wanted => {
            Err(Failure::new(format!("accepts {wanted} arg(s), received {count}")))
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

fn usage() -> String {
    let names: Vec<String> = COMMANDS.iter().map(|(name, ..)| format!("  {name}\n")).collect();
    format!(
        "\nUsage:  docker compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications with Docker\n\nCommands:\n{}\n\
         Run 'docker compose COMMAND --help' for more information on a command.\n",
        names.concat()
    )
}
