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

/// Replaces the process by the program of `arguments`, as a shell's `exec "$@"` does; 127 with the shell's words if there
/// is none.
pub async fn exec(process: &Process, arguments: &[Rc<str>], script: &str, line: u32) -> ExitCode {
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
            process.complain(format!("{script}: exec: line {line}: {name}: {reason}\n")).await;
            ExitCode(if reason == "not found" { 127 } else { 126 })
        }
    }
}
