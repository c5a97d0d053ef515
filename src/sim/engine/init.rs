//! The small init of `init: true`: process 1 starts the command, passes signals on to it and ends with its code.

use crate::kernel::select::{Either, select};
use crate::kernel::spawn::Executable;
use crate::kernel::{Disposition, ExitCode, Process, Program, Signal, program as program_of};
use std::rc::Rc;

/// The signals an init passes on.
const PASSED_ON: [Signal; 6] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::USR1, Signal::USR2, Signal::TERM];

/// The init that runs `executable` with the arguments it is given itself.
pub(super) fn program(executable: Executable) -> Rc<dyn Program> {
    program_of(move |process: Process| run(process, executable.clone()))
}

async fn run(process: Process, executable: Executable) -> ExitCode {
    let Ok(child) = process.spawn(&executable, process.args(), |_| {}) else { return ExitCode(126) };
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
