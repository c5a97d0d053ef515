//! The commands of `docker compose`: which there are, how many arguments each takes, and what is said of a command line that
//! is wrong. Must not know what the commands do.

use super::super::arguments::{Flag, Order};
use super::super::context::Context;
use super::super::help::{Help, Table};
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use std::sync::LazyLock;

/// What `docker compose --help` and the help of every command say, and so their flags.
static HELP: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("help.txt")));

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
    /// Whether flags may follow arguments.
    pub order: Order,
    arity: Arity,
    /// Whether the simulation has it.
    pub simulated: bool,
}

const fn command(name: &'static str, arity: Arity) -> Command {
    Command { name, order: Order::Mixed, arity, simulated: true }
}

/// A command whose arguments end with another command line, which keeps its flags.
const fn runs(name: &'static str, arity: Arity) -> Command {
    Command { name, order: Order::FlagsFirst, arity, simulated: true }
}

/// A command that Docker Compose has and the simulation does not.
const fn missing(name: &'static str) -> Command {
    Command { name, order: Order::Mixed, arity: Arity::Any, simulated: false }
}

/// The commands, by name.
const COMMANDS: &[Command] = &[
    command("attach", Arity::AtLeast(1)),
    command("build", Arity::Any),
    missing("commit"),
    command("config", Arity::Any),
    command("cp", Arity::DockerExactly(2)),
    command("create", Arity::Any),
    command("down", Arity::Any),
    command("events", Arity::Any),
    runs("exec", Arity::AtLeast(2)),
    missing("export"),
    command("images", Arity::Any),
    command("kill", Arity::Any),
    command("logs", Arity::Any),
    command("ls", Arity::None),
    command("pause", Arity::Any),
    command("port", Arity::AtLeast(2)),
    command("ps", Arity::Any),
    missing("publish"),
    command("pull", Arity::Any),
    missing("push"),
    command("restart", Arity::Any),
    command("rm", Arity::Any),
    runs("run", Arity::AtLeast(1)),
    command("scale", Arity::AtLeast(1)),
    command("start", Arity::Any),
    command("stats", Arity::AtMost(1)),
    command("stop", Arity::Any),
    command("top", Arity::Any),
    command("unpause", Arity::Any),
    command("up", Arity::Any),
    command("version", Arity::None),
    command("volumes", Arity::Any),
    command("wait", Arity::DockerAtLeast(1)),
    missing("watch"),
];

/// Commands with commands of their own, and one that shells call.
const OTHERS: &[&str] = &["alpha", "bridge", "completion"];

/// The command of that name, or of that other name for it.
pub fn named(context: &Context, name: &str) -> Done<&'static Command> {
    let name = if name == "convert" { "config" } else { name };
    let not_simulated = || Failure::new(format!("docker compose {name} is not simulated"));
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => Ok(command),
        None if OTHERS.contains(&name) => Err(not_simulated()),
        None => {
            context.terminal.out(&usage());
            Err(Failure::new(format!("unknown docker command: {}", quote(&format!("compose {name}")))))
        }
    }
}

/// The flags before the command.
pub fn global_flags() -> &'static [Flag] {
    HELP.find("").map(Help::flags).unwrap_or_default()
}

/// What `docker compose --help` prints.
pub fn usage() -> String {
    HELP.find("").map(Help::shown).unwrap_or_default()
}

impl Command {
    /// What `--help` prints, and the flags.
    pub fn help(&self) -> &'static Help {
        HELP.find(self.name).expect("every command has its help: a test walks them")
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
        let (name, usage) = (self.name, self.help().usage());
        let arguments = if count == 1 { "argument" } else { "arguments" };
        format!(
            "docker: 'docker compose {name}' requires {wanted} {arguments}\n\nUsage:  {usage}\n\n\
             Run 'docker compose {name} --help' for more information"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_help() {
        for command in COMMANDS {
            let usage = command.help().usage();
            assert!(usage.starts_with(&format!("docker compose {}", command.name)), "{usage}");
        }
    }
}
