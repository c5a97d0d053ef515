//! The native face: `drydock COMMAND …`. One file per command; must not know the page.

mod config;
mod disk;
mod lint;
mod replay;

pub use replay::recording;
pub use replay::scenario;
pub use replay::simulated;

use std::io::Write;

/// What a command needs of the machine it runs on.
pub struct Terminal<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
}

/// One command of the command line.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&[String], &mut Terminal) -> i32,
}

/// All commands, in the order of the help.
const COMMANDS: &[Command] = &[
    Command {
        name: "config",
        usage: "[options] config",
        about: "print what `docker compose [options] config` prints (-f, -p, --profile, --env-file, --format json)",
        run: config::run,
    },
    Command {
        name: "replay",
        usage: "replay DIR",
        about: "simulate a recorded scenario (scenario.yaml and project/) and print the run as JSON",
        run: replay::run,
    },
    Command {
        name: "lint",
        usage: "lint FILE…",
        about: "print the problems of Compose files and advice about them (--format json for machines)",
        run: lint::run,
    },
];

/// Runs a command line (without the program's name) and gives the exit code.
pub fn run(arguments: &[String], terminal: &mut Terminal) -> i32 {
    if config::is_meant(arguments) {
        return config::run(arguments, terminal);
    }
    match arguments.first().map(String::as_str) {
        None | Some("--help" | "-h" | "help") => print(terminal.out, &help()),
        Some("--version" | "-V") => print(terminal.out, &format!("drydock {}\n", env!("CARGO_PKG_VERSION"))),
        Some(name) => match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => (command.run)(&arguments[1..], terminal),
            None => refuse(terminal.err, &format!("drydock: there is no command {name:?}; try drydock --help\n")),
        },
    }
}

fn help() -> String {
    let mut text = String::from("A dry run for Docker Compose.\n\nusage: drydock COMMAND\n\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<18} {}\n", command.usage, command.about));
    }
    text.push_str("  --help             this text\n  --version          the version\n");
    text
}

/// Prints a result; a reader that went away is no error.
fn print(out: &mut dyn Write, text: &str) -> i32 {
    match out.write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// Prints why a command line cannot be served: exit code 2, as usual for wrong usage.
fn refuse(err: &mut dyn Write, text: &str) -> i32 {
    print(err, text);
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(arguments: &[&str]) -> (i32, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.to_string()).collect();
        let code = run(&arguments, &mut Terminal { out: &mut out, err: &mut err });
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn help_names_every_command() {
        let (code, out, err) = outcome(&["--help"]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(COMMANDS.iter().all(|command| out.contains(command.usage)));
    }

    #[test]
    fn an_unknown_command_is_refused() {
        assert_eq!(outcome(&["sail"]).0, 2);
    }
}
