//! `docker`: the commands on the engine itself that learners use beside Compose. Must not know Compose's files.

mod container;
mod cp;
mod image;
mod inspect;
pub mod list;
mod network;
pub mod run;
mod system;
pub mod top;
mod volume;

use super::arguments::{Arguments, Flag, Order, switch, text, texts};
use super::clock::Clock;
use super::compose::{self, host};
use super::context::Context;
use super::terminal::{Done, Failure};
use crate::kernel::Process;
use crate::sim::costs;

/// A command as it is declared: its path behind `docker`, its usage behind the path, flags, order, least and most arguments.
struct Command {
    path: &'static str,
    usage: &'static str,
    flags: &'static [Flag],
    order: Order,
    least: usize,
    most: usize,
}

const fn command(
    path: &'static str,
    usage: &'static str,
    flags: &'static [Flag],
    least: usize,
    most: usize,
) -> Command {
    Command { path, usage, flags, order: Order::Mixed, least, most }
}

/// Other ways to write a command.
const ALIASES: &[(&str, &str)] = &[
    ("container attach", "attach"),
    ("container cp", "cp"),
    ("container create", "create"),
    ("container run", "run"),
    ("container stats", "stats"),
    ("container top", "top"),
    ("container ls", "ps"),
    ("container list", "ps"),
    ("container ps", "ps"),
    ("container start", "start"),
    ("container stop", "stop"),
    ("container restart", "restart"),
    ("container kill", "kill"),
    ("container rm", "rm"),
    ("container remove", "rm"),
    ("container pause", "pause"),
    ("container unpause", "unpause"),
    ("container wait", "wait"),
    ("container rename", "rename"),
    ("container logs", "logs"),
    ("container exec", "exec"),
    ("container port", "port"),
    ("image ls", "images"),
    ("image list", "images"),
    ("image pull", "pull"),
    ("image build", "build"),
    ("image rm", "rmi"),
    ("image remove", "rmi"),
    ("volume list", "volume ls"),
    ("volume remove", "volume rm"),
    ("network list", "network ls"),
    ("network remove", "network rm"),
    ("system events", "events"),
    ("system info", "info"),
    ("builder build", "build"),
    ("buildx build", "build"),
];

/// The commands, by path.
const COMMANDS: &[Command] = &[
    command("attach", "[OPTIONS] CONTAINER", &[switch("no-stdin"), switch("sig-proxy"), text("detach-keys")], 1, 1),
    command("build", "[OPTIONS] PATH | URL | -", image::BUILD_FLAGS, 1, 1),
    command("container inspect", "[OPTIONS] CONTAINER [CONTAINER...]", inspect::FLAGS, 1, usize::MAX),
    command("container prune", "[OPTIONS]", system::PRUNE_FLAGS, 0, 0),
    command("cp", "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-", cp::FLAGS, 2, 2),
    Command {
        path: "create",
        usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        flags: run::FLAGS,
        order: Order::FlagsFirst,
        least: 1,
        most: usize::MAX,
    },
    command("events", "[OPTIONS]", system::EVENTS_FLAGS, 0, 0),
    Command {
        path: "exec",
        usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
        flags: container::EXEC_FLAGS,
        order: Order::FlagsFirst,
        least: 2,
        most: usize::MAX,
    },
    command("image inspect", "[OPTIONS] IMAGE [IMAGE...]", inspect::FLAGS, 1, usize::MAX),
    command("images", "[OPTIONS] [REPOSITORY[:TAG]]", image::LIST_FLAGS, 0, 1),
    command("info", "[OPTIONS]", &[text("format").or('f')], 0, 0),
    command("inspect", "[OPTIONS] NAME|ID [NAME|ID...]", inspect::FLAGS, 1, usize::MAX),
    command("kill", "[OPTIONS] CONTAINER [CONTAINER...]", &[text("signal").or('s')], 1, usize::MAX),
    command("logs", "[OPTIONS] CONTAINER", container::LOGS_FLAGS, 1, 1),
    command("network connect", "[OPTIONS] NETWORK CONTAINER", &[texts("alias"), text("ip")], 2, 2),
    command("network create", "[OPTIONS] NETWORK", network::CREATE_FLAGS, 1, 1),
    command("network disconnect", "[OPTIONS] NETWORK CONTAINER", &[switch("force").or('f')], 2, 2),
    command("network inspect", "[OPTIONS] NETWORK [NETWORK...]", inspect::FLAGS, 1, usize::MAX),
    command("network ls", "[OPTIONS]", list::FLAGS, 0, 0),
    command("network prune", "[OPTIONS]", system::PRUNE_FLAGS, 0, 0),
    command("network rm", "NETWORK [NETWORK...]", &[switch("force").or('f')], 1, usize::MAX),
    command("pause", "CONTAINER [CONTAINER...]", &[], 1, usize::MAX),
    command("port", "CONTAINER [PRIVATE_PORT[/PROTO]]", &[], 1, 2),
    command("ps", "[OPTIONS]", list::PS_FLAGS, 0, 0),
    command("pull", "[OPTIONS] NAME[:TAG|@DIGEST]", &[switch("quiet").or('q'), switch("all-tags").or('a')], 1, 1),
    command("rename", "CONTAINER NEW_NAME", &[], 2, 2),
    command("restart", "[OPTIONS] CONTAINER [CONTAINER...]", container::STOP_FLAGS, 1, usize::MAX),
    command("rm", "[OPTIONS] CONTAINER [CONTAINER...]", container::REMOVE_FLAGS, 1, usize::MAX),
    command("rmi", "[OPTIONS] IMAGE [IMAGE...]", &[switch("force").or('f'), switch("no-prune")], 1, usize::MAX),
    Command {
        path: "run",
        usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        flags: run::FLAGS,
        order: Order::FlagsFirst,
        least: 1,
        most: usize::MAX,
    },
    command("start", "[OPTIONS] CONTAINER [CONTAINER...]", container::START_FLAGS, 1, usize::MAX),
    command("stats", "[OPTIONS] [CONTAINER...]", top::STATS_FLAGS, 0, usize::MAX),
    command("stop", "[OPTIONS] CONTAINER [CONTAINER...]", container::STOP_FLAGS, 1, usize::MAX),
    command("system prune", "[OPTIONS]", system::PRUNE_FLAGS, 0, 0),
    command("top", "CONTAINER", &[], 1, 1),
    command("unpause", "CONTAINER [CONTAINER...]", &[], 1, usize::MAX),
    command("version", "[OPTIONS]", &[text("format").or('f')], 0, 0),
    command("volume create", "[OPTIONS] [VOLUME]", volume::CREATE_FLAGS, 0, 1),
    command("volume inspect", "[OPTIONS] VOLUME [VOLUME...]", inspect::FLAGS, 1, usize::MAX),
    command("volume ls", "[OPTIONS]", list::FLAGS, 0, 0),
    command("volume prune", "[OPTIONS]", system::PRUNE_FLAGS, 0, 0),
    command("volume rm", "[OPTIONS] VOLUME [VOLUME...]", &[switch("force").or('f')], 1, usize::MAX),
    command("wait", "CONTAINER [CONTAINER...]", &[], 1, usize::MAX),
];

/// Commands that Docker has and the simulation does not.
const NOT_SIMULATED: &[&str] = &[
    "buildx",
    "builder",
    "checkpoint",
    "commit",
    "config",
    "container",
    "context",
    "diff",
    "export",
    "history",
    "image",
    "import",
    "load",
    "login",
    "logout",
    "manifest",
    "node",
    "plugin",
    "push",
    "save",
    "search",
    "secret",
    "service",
    "stack",
    "swarm",
    "system",
    "tag",
    "trust",
    "update",
];

/// Groups of commands.
const GROUPS: &[&str] = &["builder", "buildx", "container", "image", "network", "system", "volume"];

/// The flags before the command.
const GLOBAL: &[Flag] = &[
    text("config"),
    text("context").or('c'),
    switch("debug").or('D'),
    texts("host").or('H'),
    text("log-level").or('l'),
    switch("version").or('v'),
    switch("help"),
];

/// Runs the command line behind `docker`.
pub async fn run(context: &Context, process: &Process, words: &[String]) -> Done {
    let options =
        Arguments::parse(&[GLOBAL], Order::FlagsFirst, words).map_err(|text| wrong_flag("docker", "", &text))?;
    let Some(first) = options.positional.first() else {
        if options.on("version") {
            context.terminal.out("Docker version 28.5.2, build ecc6942\n");
        } else {
            context.terminal.out(&usage());
        }
        return Ok(());
    };
    if first == "compose" {
        return compose::run(context, process, &options.positional[1..]).await;
    }
    let (path, rest) = path_of(&options.positional);
    let Some(command) = COMMANDS.iter().find(|command| command.path == path) else { return Err(unknown(&path, rest)) };
    let name = format!("docker {}", command.path);
    let arguments = Arguments::parse(&[command.flags, &[switch("help")]], command.order, rest)
        .map_err(|text| wrong_flag(&name, command.usage, &text))?;
    if arguments.on("help") {
        context.terminal.out(&format!("Usage:  {name} {}\n", command.usage));
        return Ok(());
    }
    if let Some(filter) = arguments.texts("filter").iter().find(|filter| !filter.contains('=')) {
        let text = format!(
            "invalid argument \"{filter}\" for \"{}--filter\" flag: bad format of filter (expected name=value)",
            if command.path.ends_with("prune") { "" } else { "-f, " }
        );
        return Err(wrong_flag(&name, command.usage, &text));
    }
    check_arity(command, &name, arguments.positional.len())?;
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
        "container prune" | "network prune" | "volume prune" | "system prune" => system::prune(invocation, path).await,
        "cp" => cp::run(invocation).await,
        "create" => run::create(invocation).await,
        "events" => system::events(invocation).await,
        "exec" => container::exec(invocation).await,
        "images" => image::list(invocation),
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
        "stats" => top::stats(invocation).await,
        "top" => top::top(invocation),
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

/// The command's path, aliases resolved, and what follows it.
fn path_of(words: &[String]) -> (String, &[String]) {
    let grouped = GROUPS.contains(&words[0].as_str()) && words.get(1).is_some_and(|word| !word.starts_with('-'));
    let length = if grouped { 2 } else { 1 };
    let path = words[..length].join(" ");
    let alias = ALIASES.iter().find(|(alias, _)| *alias == path).map(|(_, path)| (*path).to_owned());
    (alias.unwrap_or(path), &words[length..])
}

/// Docker's text for a command it does not know; and a plain word where Docker has it and the simulation does not.
fn unknown(path: &str, rest: &[String]) -> Failure {
    let _ = rest;
    let first = path.split(' ').next().unwrap_or_default();
    if NOT_SIMULATED.contains(&first) || GROUPS.contains(&first) && path == first {
        return Failure::new(format!("docker {path} is not simulated"));
    }
    match path.split_once(' ') {
        Some((group, name)) => Failure::new(format!(
            "docker: unknown command: docker {group} {name}\n\nUsage:  docker {group} COMMAND\n\nRun 'docker {group} --help' for \
             more information"
        )),
        None => {
            Failure::new(format!("docker: unknown command: docker {path}\n\nRun 'docker --help' for more information"))
        }
    }
}

/// Docker's text for a wrong flag, with exit code 125.
fn wrong_flag(name: &str, usage: &str, text: &str) -> Failure {
    let text = format!("{text}\n\nUsage:  {name} {usage}\n\nRun '{name} --help' for more information");
    Failure { code: 125, text: Some(text) }
}

/// Docker's texts for a wrong number of arguments.
fn check_arity(command: &Command, name: &str, count: usize) -> Done {
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    let (least, most) = (command.least, command.most);
    // `See` and `SRun` are the words of the program itself, up to 28.5.
    let (text, verb) = match () {
        () if count >= least && count <= most => return Ok(()),
        () if most == 0 => ("accepts no arguments".to_owned(), "Run"),
        () if least == most => (format!("requires {least} {}", plural(least)), "Run"),
        () if most == usize::MAX => (format!("requires at least {least} {}", plural(least)), "See"),
        () if least == 0 => (format!("requires at most {most} {}", plural(most)), "SRun"),
        () => (format!("requires at least {least} and at most {most} arguments"), "Run"),
    };
    let usage = command.usage;
    Err(Failure::new(format!(
        "docker: '{name}' {text}\n\nUsage:  {name} {usage}\n\n{verb} '{name} --help' for more information"
    )))
}

fn usage() -> String {
    let names: Vec<String> = COMMANDS.iter().map(|command| format!("  {}\n", command.path)).collect();
    format!(
        "Usage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\nCommands:\n  compose\n{}\nRun 'docker \
         COMMAND --help' for more information on a command.\n",
        names.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_command_lines_get_dockers_texts() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let line = words("container ls -a");
        let (path, rest) = path_of(&line);
        assert_eq!((path.as_str(), rest.len()), ("ps", 1));
        assert!(unknown("frobnicate", &[]).message().starts_with("docker: unknown command: docker frobnicate\n"));
        assert_eq!(unknown("swarm", &[]).message(), "docker swarm is not simulated");
        let remove = COMMANDS.iter().find(|command| command.path == "volume rm").unwrap();
        assert_eq!(
            check_arity(remove, "docker volume rm", 0).unwrap_err().message(),
            "docker: 'docker volume rm' requires at least 1 argument\n\nUsage:  docker volume rm [OPTIONS] VOLUME \
             [VOLUME...]\n\nSee 'docker volume rm --help' for more information"
        );
    }
}
