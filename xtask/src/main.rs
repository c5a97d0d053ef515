//! The project's chores: `cargo xtask serve | test | dist`. Each installs what it lacks under `target/` and says so.
//! Must know nothing of the product's logic.

mod checks;
mod command;
mod dist;
mod page;
mod tools;

use command::Outcome;
use std::process::ExitCode;

const HELP: &str = "\
The project's chores. Each installs by itself what it lacks, under target/ and node_modules/, and says what it does.

  cargo xtask serve [--open] [--release] [--port PORT]   build the page and serve it on 127.0.0.1 (port 8080)
  cargo xtask test [--quick]                             every check there is; --quick leaves out the browser
  cargo xtask dist                                       build dist/ for any static host, print its sizes
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Err(problem) = std::env::set_current_dir(command::root()) {
        eprintln!("cannot enter {}: {problem}", command::root().display());
        return ExitCode::FAILURE;
    }
    let outcome = match words.as_slice() {
        ["serve", options @ ..] => page::serve(options),
        ["test"] => checks::run_all(checks::Extent::Everything),
        ["test", "--quick"] => checks::run_all(checks::Extent::WithoutBrowser),
        ["dist"] => dist::make(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown chore: {}\n\n{HELP}", words.join(" "))),
    };
    report(outcome)
}

fn report(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            if !problem.is_empty() {
                eprintln!("xtask: {problem}");
            }
            ExitCode::FAILURE
        }
    }
}
