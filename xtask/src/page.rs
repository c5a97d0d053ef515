//! Building and serving the page with Trunk.

use crate::command::{Outcome, command, run, run_command, say};
use crate::tools;

/// Builds the page in its optimised form into `dist/`.
pub fn build_optimised() -> Outcome {
    run("trunk", &["build", "--offline", "--locked", "--cargo-profile", "page", "--minify", "--public-url", "./"])
}

/// Builds the page, serves it on this machine and builds it again when a file changes.
pub fn serve(options: &[&str]) -> Outcome {
    let mut arguments = vec!["serve", "--offline", "--locked", "--address", "127.0.0.1"];
    let mut port = "8080";
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match *option {
            "--open" => arguments.push("--open"),
            "--release" => arguments.extend(["--cargo-profile", "page", "--minify"]),
            "--port" => port = rest.next().ok_or("--port needs a number")?,
            other => return Err(format!("serve does not know {other}")),
        }
    }
    arguments.extend(["--port", port]);
    tools::for_page()?;
    say(&format!("building the page and serving it on http://127.0.0.1:{port}/ (Ctrl-C ends it)"));
    run_command(command("trunk", &arguments))
}
