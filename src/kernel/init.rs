//! A tiny init as process 1: starts one program, forwards signals to it, reaps orphans, and ends as it ends.

use super::errno::Errno;
use super::process::Process;
use super::program::{ExitCode, Program, program};
use super::select::{Either, select};
use super::signal::{Disposition, Signal};
use std::rc::Rc;

/// The init, called as `docker-init -- PROGRAM [ARG]…`.
pub fn init() -> Rc<dyn Program> {
    program(run)
}

async fn run(process: Process) -> ExitCode {
    for signal in (1..=64).filter_map(Signal::from_number) {
        // SIGCHLD stays with its default: a child's end wakes the init anyway.
        if signal != Signal::CHLD {
            let _ = process.set_disposition(signal, Disposition::Handle);
        }
    }
    let args: Rc<[Rc<str>]> = process.args().iter().skip(1).skip_while(|arg| &***arg == "--").cloned().collect();
    let Some(name) = args.first() else { return ExitCode(127) };
    let started = process.find_program(name).and_then(|executable| process.spawn(&executable, args.clone(), |_| {}));
    let child = match started {
        Ok(child) => child,
        Err(error) => {
            process.complain(format!("[FATAL tini (1)] exec {name} failed: {error}\n")).await;
            return ExitCode(if error == Errno::Enoent { 127 } else { 126 });
        }
    };
    loop {
        match select(child.ended(), process.child_or_signal()).await {
            Either::Left(status) => return ExitCode(status.code()),
            Either::Right(()) => {
                while let Some(signal) = process.take_signal() {
                    let _ = process.kill(i64::from(child.pid()), Some(signal)).await;
                }
                process.reap();
            }
        }
    }
}
