//! What the simulated programs have in common: clocks in their logs, serving connections, HTTP, options, a wire format.
//!
//! Must not know any particular image.

pub mod arguments;
pub mod clock;
pub mod daemon;
pub mod serve;
pub mod tables;
pub mod transaction;
pub mod wire;

use crate::kernel::{ExitCode, Process, Program, program};
use std::future::Future;
use std::rc::Rc;

/// A program that is an async function of its process.
pub fn of<F: Future<Output = ExitCode> + 'static>(body: impl Fn(Process) -> F + 'static) -> Rc<dyn Program> {
    program(body)
}

/// What `exec "$@"` in a script for `sh` does: Debian's is dash, others' is BusyBox's; `line` is where it stands.
pub async fn exec(process: &Process, arguments: &[Rc<str>], script: &str, line: u32) -> ExitCode {
    let is_debian = process.read_file("/etc/os-release").is_ok_and(|text| text.ends_with(b"ID=debian\n"));
    let place = if is_debian { format!("{script}: {line}: exec") } else { format!("{script}: exec: line {line}") };
    let complaint = |name: &str, reason: &str| format!("{place}: {name}: {reason}\n");
    replace(process, arguments, &complaint).await
}

/// What it does in a script for Bash.
pub async fn exec_from_bash(process: &Process, arguments: &[Rc<str>], script: &str, line: u32) -> ExitCode {
    let complaint = |name: &str, reason: &str| match reason {
        "not found" => format!("{script}: line {line}: exec: {name}: {reason}\n"),
        _ => format!(
            "{script}: line {line}: {name}: {reason}\n{script}: line {line}: exec: {name}: cannot execute: {reason}\n"
        ),
    };
    replace(process, arguments, &complaint).await
}

/// Goes on as another program; `complaint` words why there is none.
async fn replace(process: &Process, arguments: &[Rc<str>], complaint: &dyn Fn(&str, &str) -> String) -> ExitCode {
    let Some(name) = arguments.first() else { return ExitCode::SUCCESS };
    match process.find_program(name) {
        Ok(executable) => {
            let environment = process.environment();
            process.exec(&executable, arguments.into(), environment).await
        }
        Err(error) => {
            let reason = match error {
                crate::kernel::Errno::Enoent => "not found",
                other => other.message(),
            };
            process.complain(complaint(name, reason)).await;
            ExitCode(if reason == "not found" { 127 } else { 126 })
        }
    }
}
