//! The commands of `docker compose`: names, usage, flags, and how many arguments each takes, with the texts for what is wrong
//! with a command line. Must not know what the commands do.

use super::super::arguments::{Flag, Order};
use super::super::context::Context;
use super::super::docker;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::{config, cp, create, down, images, inside, life, logs, ps, run, stop, up, volumes};

/// How many arguments a command takes, and whose text says so: cobra's, or that of Docker's own command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arity {
    Any,
    None,
    AtMost(usize),
    AtLeast(usize),
    DockerExactly(usize),
    DockerAtLeast(usize),
}

/// A command as it is declared.
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// Its usage behind the name.
    usage: &'static str,
    /// What it does, in Compose's words.
    summary: &'static str,
    /// Its flags.
    pub flags: &'static [Flag],
    /// Whether flags may follow arguments.
    pub order: Order,
    arity: Arity,
    /// Whether the simulation has it.
    simulated: bool,
}

const fn command(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    flags: &'static [Flag],
    arity: Arity,
) -> Command {
    Command { name, usage, summary, flags, order: Order::Mixed, arity, simulated: true }
}

/// A command whose arguments end with another command line, which keeps its flags.
const fn runs(mut command: Command) -> Command {
    command.order = Order::FlagsFirst;
    command
}

/// A command that Docker Compose has and the simulation does not.
const fn missing(name: &'static str, usage: &'static str, summary: &'static str) -> Command {
    Command { name, usage, summary, flags: &[], order: Order::Mixed, arity: Arity::Any, simulated: false }
}

/// The commands, by name.
const COMMANDS: &[Command] = &[
    command(
        "attach",
        "[OPTIONS] SERVICE",
        "Attach local standard input, output, and error streams to a service's running container",
        inside::ATTACH_FLAGS,
        Arity::AtLeast(1),
    ),
    command("build", "[OPTIONS] [SERVICE...]", "Build or rebuild services", images::BUILD_FLAGS, Arity::Any),
    missing("commit", "[OPTIONS] SERVICE [REPOSITORY[:TAG]]", "Create a new image from a service container's changes"),
    command(
        "config",
        "[OPTIONS] [SERVICE...]",
        "Parse, resolve and render compose file in canonical format",
        config::FLAGS,
        Arity::Any,
    ),
    command(
        "cp",
        "[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n  docker compose cp [OPTIONS] SRC_PATH|- SERVICE:DEST_PATH",
        "Copy files/folders between a service container and the local filesystem",
        cp::FLAGS,
        Arity::DockerExactly(2),
    ),
    command("create", "[OPTIONS] [SERVICE...]", "Creates containers for a service", create::FLAGS, Arity::Any),
    command("down", "[OPTIONS] [SERVICES]", "Stop and remove containers, networks", down::FLAGS, Arity::Any),
    command(
        "events",
        "[OPTIONS] [SERVICE...]",
        "Receive real time events from containers",
        logs::EVENTS_FLAGS,
        Arity::Any,
    ),
    runs(command(
        "exec",
        "[OPTIONS] SERVICE COMMAND [ARGS...]",
        "Execute a command in a running container",
        run::EXEC_FLAGS,
        Arity::AtLeast(2),
    )),
    missing("export", "[OPTIONS] SERVICE", "Export a service container's filesystem as a tar archive"),
    command(
        "images",
        "[OPTIONS] [SERVICE...]",
        "List images used by the created containers",
        images::IMAGES_FLAGS,
        Arity::Any,
    ),
    command("kill", "[OPTIONS] [SERVICE...]", "Force stop service containers", life::KILL_FLAGS, Arity::Any),
    command("logs", "[OPTIONS] [SERVICE...]", "View output from containers", logs::FLAGS, Arity::Any),
    command("ls", "[OPTIONS]", "List running compose projects", ps::LS_FLAGS, Arity::None),
    command("pause", "[SERVICE...]", "Pause services", &[], Arity::Any),
    command(
        "port",
        "[OPTIONS] SERVICE PRIVATE_PORT",
        "Print the public port for a port binding",
        ps::PORT_FLAGS,
        Arity::AtLeast(2),
    ),
    command("ps", "[OPTIONS] [SERVICE...]", "List containers", ps::FLAGS, Arity::Any),
    missing("publish", "[OPTIONS] REPOSITORY[:TAG]", "Publish compose application"),
    command("pull", "[OPTIONS] [SERVICE...]", "Pull service images", images::PULL_FLAGS, Arity::Any),
    missing("push", "[OPTIONS] [SERVICE...]", "Push service images"),
    command("restart", "[OPTIONS] [SERVICE...]", "Restart service containers", life::RESTART_FLAGS, Arity::Any),
    command("rm", "[OPTIONS] [SERVICE...]", "Removes stopped service containers", life::RM_FLAGS, Arity::Any),
    runs(command(
        "run",
        "[OPTIONS] SERVICE [COMMAND] [ARGS...]",
        "Run a one-off command on a service",
        run::FLAGS,
        Arity::AtLeast(1),
    )),
    command("scale", "[SERVICE=REPLICAS...]", "Scale services ", life::SCALE_FLAGS, Arity::AtLeast(1)),
    command("start", "[SERVICE...]", "Start services", life::START_FLAGS, Arity::Any),
    command(
        "stats",
        "[OPTIONS] [SERVICE]",
        "Display a live stream of container(s) resource usage statistics",
        docker::top::STATS_FLAGS,
        Arity::Any,
    ),
    command("stop", "[OPTIONS] [SERVICE...]", "Stop services", stop::FLAGS, Arity::Any),
    command("top", "[SERVICES...]", "Display the running processes", &[], Arity::Any),
    command("unpause", "[SERVICE...]", "Unpause services", &[], Arity::Any),
    command("up", "[OPTIONS] [SERVICE...]", "Create and start containers", up::FLAGS, Arity::Any),
    command(
        "version",
        "[OPTIONS]",
        "Show the Docker Compose version information",
        config::VERSION_FLAGS,
        Arity::AtMost(0),
    ),
    command("volumes", "[OPTIONS] [SERVICE...]", "List volumes", volumes::FLAGS, Arity::Any),
    command(
        "wait",
        "SERVICE [SERVICE...] [OPTIONS]",
        "Block until containers of all (or specified) services stop.",
        life::WAIT_FLAGS,
        Arity::DockerAtLeast(1),
    ),
    missing(
        "watch",
        "[SERVICE...]",
        "Watch build context for service and rebuild/refresh containers when files are updated",
    ),
];

/// Commands with commands of their own, and one that shells call.
const OTHERS: &[&str] = &["alpha", "bridge", "completion"];

/// The command of that name, or of that other name for it.
pub fn named(context: &Context, name: &str) -> Done<&'static Command> {
    let name = if name == "convert" { "config" } else { name };
    let not_simulated = || Failure::new(format!("docker compose {name} is not simulated"));
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) if command.simulated => Ok(command),
        Some(_) => Err(not_simulated()),
        None if OTHERS.contains(&name) => Err(not_simulated()),
        None => {
            context.terminal.out(&usage());
            Err(Failure::new(format!("unknown docker command: {}", quote(&format!("compose {name}")))))
        }
    }
}

/// `docker compose help`, alone or with the name of a command.
pub fn help(context: &Context, words: &[String]) -> Done {
    let command = words.first().and_then(|name| COMMANDS.iter().find(|command| command.name == name));
    context.terminal.out(&command.map_or_else(usage, Command::help));
    Ok(())
}

impl Command {
    /// The begin of what `--help` prints: usage and summary.
    pub fn help(&self) -> String {
        format!("Usage:  docker compose {} {}\n\n{}\n", self.name, self.usage, self.summary)
    }

    /// An error for a wrong number of arguments.
    pub fn check_arity(&self, arguments: &[String]) -> Done {
        let count = arguments.len();
        let text = match self.arity {
            Arity::None if count > 0 => {
                format!("unknown command {} for \"docker compose {}\"", quote(&arguments[0]), self.name)
            }
            Arity::AtMost(most) if count > most => format!("accepts at most {most} arg(s), received {count}"),
            Arity::AtLeast(least) if count < least => {
                format!("requires at least {least} arg(s), only received {count}")
            }
            Arity::DockerExactly(wanted) if count != wanted => self.refusal(wanted.to_string(), wanted),
            Arity::DockerAtLeast(least) if count < least => self.refusal(format!("at least {least}"), least),
            _ => return Ok(()),
        };
        Err(Failure::new(text))
    }

    /// The text of Docker's own command line.
    fn refusal(&self, wanted: String, count: usize) -> String {
        let (name, usage) = (self.name, self.usage);
        let arguments = if count == 1 { "argument" } else { "arguments" };
        format!(
            "docker: 'docker compose {name}' requires {wanted} {arguments}\n\nUsage:  docker compose {name} {usage}\n\n\
             Run 'docker compose {name} --help' for more information"
        )
    }
}

/// The global options, as `docker compose --help` lists them.
const OPTIONS: &str = "\
Options:
      --all-resources              Include all resources, even those not used by services
      --ansi string                Control when to print ANSI control characters (\"never\"|\"always\"|\"auto\") (default \"auto\")
      --compatibility              Run compose in backward compatibility mode
      --dry-run                    Execute command in dry run mode
      --env-file stringArray       Specify an alternate environment file
  -f, --file stringArray           Compose configuration files
      --parallel int               Control max parallelism, -1 for unlimited (default -1)
      --profile stringArray        Specify a profile to enable
      --progress string            Set type of progress output (auto, tty, plain, json, quiet)
      --project-directory string   Specify an alternate working directory
                                   (default: the path of the, first specified, Compose file)
  -p, --project-name string        Project name

Management Commands:
  bridge      Convert compose files into another model
";

/// What `docker compose --help` prints.
pub fn usage() -> String {
    let lines: Vec<String> =
        COMMANDS.iter().map(|command| format!("  {:<11} {}\n", command.name, command.summary)).collect();
    format!(
        "\nUsage:  docker compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications with Docker\n\n{OPTIONS}\n\
         Commands:\n{}\nRun 'docker compose COMMAND --help' for more information on a command.\n",
        lines.concat()
    )
}
