//! The small init of `init: true`: process 1 starts the command, passes signals on to it and ends with its code.

use crate::kernel::select::{Either, select};
use crate::kernel::spawn::Executable;
use crate::kernel::{Disposition, Errno, ExitCode, Launch, Process, Signal, Start, program};
use std::rc::Rc;

/// What stands in front of the command (moby, daemon/oci_linux.go WithInit).
const COMMAND_LINE: [&str; 2] = ["/sbin/docker-init", "--"];

/// The number that the command's process usually gets: the runtime's own threads have used up those before it.
const USUAL_PID: u32 = 7;

/// The signals an init passes on.
const PASSED_ON: [Signal; 6] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::USR1, Signal::USR2, Signal::TERM];

/// A launch of the init, which runs the command of `launch`; without an executable it finds out itself why there is none.
pub(super) fn in_front_of(launch: Launch, executable: Option<Executable>) -> (Launch, Executable) {
    let Start { args, environment, folder } = &*launch.start;
    let args = COMMAND_LINE.iter().map(|word| Rc::from(*word)).chain(args.iter().cloned()).collect();
    let start = Rc::new(Start { args, environment: environment.clone(), folder: folder.clone() });
    let init = program(move |process: Process| run(process, executable.clone()));
    (Launch { start, ..launch }, Executable::of(init))
}

async fn run(process: Process, executable: Option<Executable>) -> ExitCode {
    let args: Rc<[Rc<str>]> = process.args()[COMMAND_LINE.len()..].into();
    let started = match executable {
        Some(executable) => process.spawn(&executable, args.clone(), |_| {}),
        None => process.find_program(&args[0]).and_then(|executable| process.spawn(&executable, args.clone(), |_| {})),
    };
    let child = match started {
        Ok(child) => child,
        Err(problem) => return refuse(&process, &args[0], problem).await,
    };
    for signal in PASSED_ON {
        let arranged = process.set_disposition(signal, Disposition::Handle);
        debug_assert!(arranged.is_ok(), "none of these is SIGKILL or SIGSTOP");
    }
    loop {
        match select(process.wait(&child), process.signal_arrived()).await {
            Either::Left(status) => return ExitCode(status.code()),
            Either::Right(()) => {
                while let Some(signal) = process.take_signal() {
                    // An error means that the child has ended meanwhile, which the next turn sees.
                    let _ = process.kill(i64::from(child.pid()), Some(signal)).await;
                }
            }
        }
    }
}

/// What tini says of a program that cannot be executed, and the exit code (tini.c, spawn_process).
async fn refuse(process: &Process, name: &str, problem: Errno) -> ExitCode {
    process.complain(format!("[FATAL tini ({USUAL_PID})] exec {name} failed: {}\n", problem.message())).await;
    match problem {
        Errno::Enoent => ExitCode(127),
        Errno::Eacces => ExitCode(126),
        _ => ExitCode::FAILURE,
    }
}
