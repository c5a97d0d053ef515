//! The commands of `docker`: which there are, by which other names, how many arguments each takes, and what is said of a command
//! line that is wrong. Must not know what the commands do.

use crate::sim::client::arguments::{Arguments, Flag, Order};
use crate::sim::client::help::{Help, Table};
use crate::sim::client::terminal::{Done, Failure};
use std::sync::LazyLock;

/// What `docker --help` and the help of every command say, and so their flags.
static HELP: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("help.txt")));

/// A command as it is declared: its path behind `docker`, whether flags may follow arguments, least and most arguments.
pub struct Command {
    /// Its path, aliases resolved.
    pub path: &'static str,
    order: Order,
    least: usize,
    most: usize,
}

const fn command(path: &'static str, least: usize, most: usize) -> Command {
    Command { path, order: Order::Mixed, least, most }
}

/// A command whose arguments end with another command line, which keeps its flags.
const fn runs(path: &'static str, least: usize) -> Command {
    Command { path, order: Order::FlagsFirst, least, most: MANY }
}

const MANY: usize = usize::MAX;

/// The commands, by path.
const COMMANDS: &[Command] = &[
    command("attach", 1, 1),
    command("build", 1, 1),
    command("container inspect", 1, MANY),
    command("container prune", 0, 0),
    command("builder prune", 0, 0),
    command("commit", 1, 2),
    command("cp", 2, 2),
    runs("create", 1),
    command("diff", 1, 1),
    command("events", 0, 0),
    runs("exec", 2),
    command("image inspect", 1, MANY),
    command("image prune", 0, 0),
    command("images", 0, 1),
    command("info", 0, 0),
    command("inspect", 1, MANY),
    command("kill", 1, MANY),
    command("logs", 1, 1),
    command("network connect", 2, 2),
    command("network create", 1, 1),
    command("network disconnect", 2, 2),
    command("network inspect", 1, MANY),
    command("network ls", 0, 0),
    command("network prune", 0, 0),
    command("network rm", 1, MANY),
    command("pause", 1, MANY),
    command("port", 1, 2),
    command("ps", 0, 0),
    command("pull", 1, 1),
    command("rename", 2, 2),
    command("restart", 1, MANY),
    command("rm", 1, MANY),
    command("rmi", 1, MANY),
    runs("run", 1),
    command("start", 1, MANY),
    command("stats", 0, MANY),
    command("stop", 1, MANY),
    command("system df", 0, 0),
    command("system prune", 0, 0),
    command("tag", 2, 2),
    runs("top", 1),
    command("unpause", 1, MANY),
    command("update", 1, MANY),
    command("version", 0, 0),
    command("volume create", 0, 1),
    command("volume inspect", 1, MANY),
    command("volume ls", 0, 0),
    command("volume prune", 0, 0),
    command("volume rm", 1, MANY),
    command("wait", 1, MANY),
];

/// Commands of a group that are commands of their own, too.
const ALIASES: &[(&str, &str)] = &[
    ("container attach", "attach"),
    ("container commit", "commit"),
    ("container cp", "cp"),
    ("container create", "create"),
    ("container diff", "diff"),
    ("container exec", "exec"),
    ("container kill", "kill"),
    ("container logs", "logs"),
    ("container ls", "ps"),
    ("container pause", "pause"),
    ("container port", "port"),
    ("container rename", "rename"),
    ("container restart", "restart"),
    ("container rm", "rm"),
    ("container run", "run"),
    ("container start", "start"),
    ("container stats", "stats"),
    ("container stop", "stop"),
    ("container top", "top"),
    ("container unpause", "unpause"),
    ("container update", "update"),
    ("container wait", "wait"),
    ("image build", "build"),
    ("image ls", "images"),
    ("image pull", "pull"),
    ("image rm", "rmi"),
    ("image tag", "tag"),
    ("system events", "events"),
    ("system info", "info"),
    ("builder build", "build"),
    ("buildx build", "build"),
];

/// Commands that Docker has and the simulation does not.
const NOT_SIMULATED: &[&str] = &[
    "buildx",
    "checkpoint",
    "config",
    "container export",
    "context",
    "export",
    "history",
    "image history",
    "image import",
    "image load",
    "image push",
    "image save",
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
    "system dial-stdio",
    "trust",
    "volume update",
];

/// Groups of commands.
pub const GROUPS: &[&str] = &["builder", "buildx", "container", "image", "network", "system", "volume"];

/// A command line as far as its command: as it is named in texts, and the words behind.
pub struct Call<'w> {
    /// `docker container ls`, also where `list` was written.
    pub name: String,
    /// What follows.
    pub rest: &'w [String],
}

/// The command that `words` call; the error is Docker's text, or says that the simulation has it not.
pub fn called(words: &[String]) -> Result<(&'static Command, Call<'_>), Failure> {
    let grouped = GROUPS.contains(&words[0].as_str()) && words.get(1).is_some_and(|word| !word.starts_with('-'));
    let path = match grouped {
        true => format!("{} {}", words[0], own_name(&words[0], &words[1])),
        false => words[0].clone(),
    };
    let rest = &words[path.split(' ').count()..];
    let declared = ALIASES.iter().find(|(alias, _)| *alias == path).map_or(path.as_str(), |(_, declared)| *declared);
    let found = COMMANDS.iter().find(|command| command.path == declared).ok_or_else(|| unknown(&path))?;
    Ok((found, Call { name: format!("docker {path}"), rest }))
}

/// The name of a group's command that also goes by another one.
fn own_name<'w>(group: &str, word: &'w str) -> &'w str {
    match (group, word) {
        ("container", "ps") | (_, "list") => "ls",
        (_, "remove") => "rm",
        (_, word) => word,
    }
}

/// The help of a command or of a group, by path; that of `docker` itself for the empty path.
pub fn help(path: &str) -> Option<&'static Help> {
    HELP.find(path)
}

/// The flags before the command.
pub fn global_flags() -> &'static [Flag] {
    help("").map(Help::flags).unwrap_or_default()
}

impl Command {
    fn help(&self) -> &'static Help {
        help(self.path).expect("every command has its help: a test walks them")
    }

    /// What `--help` prints, for a command that is named so in texts.
    pub fn shown_help(&self, name: &str) -> String {
        let own = format!("Usage:  docker {}", self.path);
        let text = self.help().shown();
        text.strip_prefix(&own).map_or(text.clone(), |rest| format!("Usage:  {name}{rest}"))
    }

    /// Its usage, for a command that is named so in texts.
    fn usage(&self, name: &str) -> String {
        let own = format!("docker {}", self.path);
        let usage = self.help().usage();
        usage.strip_prefix(&own).map_or(usage.to_owned(), |rest| format!("{name}{rest}"))
    }

    /// Reads what follows the command; the error is Docker's text.
    pub fn parse(&self, call: &Call<'_>) -> Result<Arguments, Failure> {
        let refuse = |text: String| wrong_flag(&call.name, &self.usage(&call.name), &text);
        let arguments = Arguments::parse(self.help().flags(), self.order, call.rest).map_err(refuse)?;
        if let Some(filter) = arguments.texts("filter").iter().find(|filter| !filter.contains('=')) {
            let short = if self.path.ends_with("prune") { "" } else { "-f, " };
            return Err(refuse(format!(
                "invalid argument \"{filter}\" for \"{short}--filter\" flag: bad format of filter (expected name=value)"
            )));
        }
        Ok(arguments)
    }

    /// Docker's texts for a wrong number of arguments.
    pub fn check_arity(&self, name: &str, count: usize) -> Done {
        let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
        let (least, most) = (self.least, self.most);
        // `See` and `SRun` are the words of the program itself, up to 28.5.
        let (text, verb) = match () {
            () if count >= least && count <= most => return Ok(()),
            () if most == 0 => ("accepts no arguments".to_owned(), "Run"),
            () if least == most => (format!("requires {least} {}", plural(least)), "Run"),
            () if most == MANY => (format!("requires at least {least} {}", plural(least)), "See"),
            () if least == 0 => (format!("requires at most {most} {}", plural(most)), "SRun"),
            () => (format!("requires at least {least} and at most {most} arguments"), "Run"),
        };
        let usage = self.usage(name);
        Err(Failure::new(format!(
            "docker: '{name}' {text}\n\nUsage:  {usage}\n\n{verb} '{name} --help' for more information"
        )))
    }
}

/// Docker's text for a wrong flag, with exit code 125.
pub fn wrong_flag(name: &str, usage: &str, text: &str) -> Failure {
    let text = format!("{text}\n\nUsage:  {usage}\n\nRun '{name} --help' for more information");
    Failure { code: 125, text: Some(text) }
}

/// Docker's text for a command it does not know; and a plain word where Docker has it and the simulation does not.
fn unknown(path: &str) -> Failure {
    let first = path.split(' ').next().unwrap_or_default();
    if NOT_SIMULATED.contains(&path) || NOT_SIMULATED.contains(&first) {
        return Failure::new(format!("docker {path} is not simulated"));
    }
    match path.split_once(' ') {
        Some((group, _)) => Failure::new(format!(
            "docker: unknown command: docker {path}\n\nUsage:  docker {group} COMMAND\n\nRun 'docker {group} --help' for more \
             information"
        )),
        None => {
            Failure::new(format!("docker: unknown command: docker {path}\n\nRun 'docker --help' for more information"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn wrong_command_lines_get_dockers_texts() {
        let line = words("container list -a");
        let (command, call) = called(&line).unwrap();
        assert_eq!((call.name.as_str(), command.path, call.rest.len()), ("docker container ls", "ps", 1));
        let refused = |line: &str| called(&words(line)).err().unwrap().message().to_owned();
        assert!(refused("frobnicate").starts_with("docker: unknown command: docker frobnicate\n"));
        assert_eq!(refused("swarm init"), "docker swarm is not simulated");
        let remove = COMMANDS.iter().find(|command| command.path == "volume rm").unwrap();
        assert_eq!(
            remove.check_arity("docker volume rm", 0).unwrap_err().message(),
            "docker: 'docker volume rm' requires at least 1 argument\n\nUsage:  docker volume rm [OPTIONS] VOLUME \
             [VOLUME...]\n\nSee 'docker volume rm --help' for more information"
        );
    }

    #[test]
    fn every_command_and_every_group_has_its_help() {
        for command in COMMANDS {
            let usage = command.help().usage();
            assert!(usage.starts_with(&format!("docker {}", command.path)), "{usage}");
        }
        for group in GROUPS.iter().filter(|group| **group != "buildx") {
            assert!(help(group).is_some(), "{group}");
        }
    }
}
