//! Running other programs: said aloud, with the project's own tools first on PATH.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A chore's end; the text of a failure is for the person at the terminal, empty if all was said already.
pub type Outcome<T = ()> = Result<T, String>;

/// The project's folder.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where the chores keep tools and what they made.
pub fn target() -> PathBuf {
    root().join("target")
}

/// Says what is done next.
pub fn say(text: &str) {
    println!("\x1b[1m==>\x1b[0m {text}");
    let _ = std::io::stdout().flush();
}

/// A command with the project's tools first on PATH, in the project's folder.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).env("PATH", path_with_tools()).stdin(Stdio::null());
    // Trunk takes NO_COLOR for an option of its own and refuses the usual value "1".
    if program == "trunk" {
        command.env_remove("NO_COLOR");
    }
    command
}

fn path_with_tools() -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let own = [target().join("tools/bin"), root().join("node_modules/.bin")];
    let all = own.into_iter().chain(std::env::split_paths(&inherited));
    std::env::join_paths(all).unwrap_or(inherited)
}

/// Runs a command to its end, its output on the terminal; anything but success is a failure.
pub fn run(program: &str, arguments: &[&str]) -> Outcome {
    run_command(command(program, arguments))
}

/// Like [`run`], for a command that was prepared.
pub fn run_command(mut prepared: Command) -> Outcome {
    let line = describe(&prepared);
    println!("    $ {line}");
    match prepared.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` failed ({status})")),
        Err(problem) => Err(format!("`{line}` could not be run: {problem}")),
    }
}

/// Runs a command, shows what it prints on standard output and returns that too, with whether it succeeded.
pub fn run_and_read(mut prepared: Command) -> Outcome<(bool, String)> {
    let line = describe(&prepared);
    println!("    $ {line}");
    let mut child =
        prepared.stdout(Stdio::piped()).spawn().map_err(|problem| format!("`{line}` could not be run: {problem}"))?;
    let mut text = String::new();
    if let Some(stdout) = child.stdout.take() {
        for read in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{read}");
            text.push_str(&read);
            text.push('\n');
        }
    }
    let status = child.wait().map_err(|problem| format!("`{line}`: {problem}"))?;
    Ok((status.success(), text))
}

/// What a command prints on standard output, trimmed; `None` if it cannot be run or fails.
pub fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = command(program, arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
