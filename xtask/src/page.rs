//! Building and serving the page with Trunk.

use crate::command::{Outcome, command, run, run_command, say};
use crate::tools;

/// How the page is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Optimised a little, in a short time: for the tests.
    Quick,
    /// As small as it gets, with wasm-opt: for visitors.
    Small,
}

/// Builds the page into `dist/`.
pub fn build(form: Form) -> Outcome {
    let mut arguments = vec!["build", "--offline", "--locked", "--public-url", "./"];
    arguments.extend(match form {
        Form::Quick => ["--cargo-profile", "page"].as_slice(),
        Form::Small => RELEASE.as_slice(),
    });
    run("trunk", &arguments)
}

const RELEASE: [&str; 4] = ["--release", "--cargo-profile", "dist", "--minify"];

/// Builds the page, serves it on this machine and builds it again when a file changes.
pub fn serve(options: &[&str]) -> Outcome {
    let mut arguments = vec!["serve", "--offline", "--locked", "--address", "127.0.0.1"];
    let mut port = "8080";
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match *option {
            "--open" => arguments.push("--open"),
            "--release" => arguments.extend(RELEASE),
            "--port" => port = rest.next().ok_or("--port needs a number")?,
            other => return Err(format!("serve does not know {other}")),
        }
    }
    arguments.extend(["--port", port]);
    tools::for_page()?;
    say(&format!("building the page and serving it on http://127.0.0.1:{port}/ (Ctrl-C ends it)"));
    run_command(command("trunk", &arguments))
}
