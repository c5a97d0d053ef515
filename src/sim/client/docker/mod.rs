//! `docker`: the commands on the engine itself that learners use beside Compose. Must not know Compose's files.

mod commands;
mod container;
mod cp;
mod disk;
mod events;
mod image;
mod images;
mod inspect;
pub mod list;
mod network;
mod prune;
pub mod run;
pub mod stats;
mod system;
pub mod top;
mod volume;

use super::arguments::{Arguments, Order};
use super::clock::Clock;
use super::compose::{self, host};
use super::context::Context;
use super::terminal::{Done, Failure};
use crate::kernel::Process;
use crate::sim::costs;
use commands::{GROUPS, wrong_flag};

/// Runs the command line behind `docker`.
pub async fn run(context: &Context, process: &Process, words: &[String]) -> Done {
    let options = Arguments::parse(commands::global_flags(), Order::FlagsFirst, words)
        .map_err(|text| wrong_flag("docker", "docker [OPTIONS] COMMAND [ARG...]", &text))?;
    told(context, &options);
    if let Some(flag) = options.not_simulated {
        return Err(Failure::new(format!("docker --{flag} is not simulated")));
    }
    let words = match options.positional.split_first() {
        None if options.on("version") => {
            context.terminal.out("Docker version 28.5.2, build ecc6942\n");
            return Ok(());
        }
        Some((word, topic)) if word == "help" => return help(context, process, topic).await,
        None => return help(context, process, &[]).await,
        Some(_) if options.on("help") => [&options.positional[..], &["--help".to_owned()]].concat(),
        Some(_) => options.positional,
    };
    if words[0] == "compose" {
        return compose::run(context, process, &words[1..]).await;
    }
    if GROUPS.contains(&words[0].as_str()) && words.get(1).is_none_or(|word| word.starts_with('-')) {
        return help(context, process, &words[..1]).await;
    }
    command(context, process, &words).await
}

/// What Docker says of flags that are on their way out.
pub fn told(context: &Context, arguments: &Arguments) {
    arguments.notices.iter().for_each(|notice| context.terminal.error(&format!("{notice}\n")));
}

/// `docker help` and `--help` of a group.
async fn help(context: &Context, process: &Process, topic: &[String]) -> Done {
    if topic.first().is_some_and(|word| word == "compose") {
        let words = [&topic[1..], &["--help".to_owned()]].concat();
        return compose::run(context, process, &words).await;
    }
    if let Some(help) = commands::help(&topic.join(" ")) {
        context.terminal.out(&help.shown());
        return Ok(());
    }
    match commands::called(topic) {
        Ok((command, call)) => context.terminal.out(&command.shown_help(&call.name)),
        Err(failure) if failure.message().ends_with("is not simulated") => return Err(failure),
        Err(_) => return Err(Failure::new(format!("unknown help topic: {}", topic.join(" ")))),
    }
    Ok(())
}

/// One command, its words before it.
async fn command(context: &Context, process: &Process, words: &[String]) -> Done {
    let (command, call) = commands::called(words)?;
    let arguments = command.parse(&call)?;
    told(context, &arguments);
    if arguments.on("help") {
        context.terminal.out(&command.shown_help(&call.name));
        return Ok(());
    }
    command.check_arity(&call.name, arguments.positional.len())?;
    if let Some(flag) = arguments.not_simulated {
        return Err(Failure::new(format!("{} --{flag} is not simulated", call.name)));
    }
    context.takes(costs::DOCKER_START).await;
    context.reach_daemon()?;
    let invocation = Invocation { context: context.clone(), process: process.clone(), arguments };
    dispatch(&invocation, command.path).await
}

/// One invocation: what its command has at hand.
pub struct Invocation {
    context: Context,
    process: Process,
    arguments: Arguments,
}

impl Invocation {
    /// A line on standard output.
    fn out(&self, line: &str) {
        self.context.terminal.out(&format!("{line}\n"));
    }

    /// The host's clock.
    fn clock(&self) -> Clock {
        Clock::new(self.process.kernel().wall_clock(), self.process.now())
    }

    /// Whether standard input says yes.
    async fn confirms(&self, question: &str) -> bool {
        self.context.terminal.out(question);
        let answer = self.process.read_to_end(0).await.unwrap_or_default();
        String::from_utf8_lossy(&answer).split_whitespace().next().is_some_and(host::says_yes)
    }
}

async fn dispatch(invocation: &Invocation, path: &str) -> Done {
    match path {
        "attach" => attach(invocation).await,
        "build" => image::build(invocation).await,
        path if path.ends_with(" prune") => prune::run(invocation, path).await,
        "commit" => container::commit(invocation).await,
        "cp" => cp::run(invocation).await,
        "create" => run::create(invocation).await,
        "diff" => container::diff(invocation),
        "events" => events::run(invocation).await,
        "exec" => container::exec(invocation).await,
        "images" => images::list(invocation),
        "info" => system::info(invocation),
        "inspect" | "container inspect" | "image inspect" | "network inspect" | "volume inspect" => {
            inspect::run(invocation, path)
        }
        "logs" => container::logs(invocation).await,
        "network connect" | "network disconnect" => network::connect(invocation, path == "network connect").await,
        "network create" => network::create(invocation).await,
        "network ls" => list::networks(invocation),
        "network rm" => network::remove(invocation).await,
        "port" => container::port(invocation),
        "ps" => list::containers(invocation).await,
        "pull" => image::pull(invocation).await,
        "rename" => container::rename(invocation).await,
        "rmi" => image::remove(invocation).await,
        "run" => run::run(invocation).await,
        "start" if invocation.arguments.on("attach") => run::start_attached(invocation).await,
        "stats" => stats::run(invocation).await,
        "system df" => disk::run(invocation),
        "tag" => image::tag(invocation).await,
        "top" => top::top(invocation),
        "update" => container::update(invocation),
        "version" => system::version(invocation),
        "volume create" => volume::create(invocation).await,
        "volume ls" => list::volumes(invocation),
        "volume rm" => volume::remove(invocation).await,
        other => container::each(invocation, other).await,
    }
}

async fn attach(invocation: &Invocation) -> Done {
    let container = invocation.context.engine.find_container(&invocation.arguments.positional[0])?;
    run::attach(&invocation.context, &invocation.process, container).await
}
