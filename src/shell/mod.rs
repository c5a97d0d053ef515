//! A small POSIX shell, and busybox's everyday words, as programs of the [`crate::kernel`]. Must not know Docker or Compose.

use crate::kernel::{Program, program};
use std::rc::Rc;

/// The shell, as a program: `sh -c TEXT [NAME [ARG]...]`, `sh FILE [ARG]...`, or commands from standard input.
pub fn shell() -> Rc<dyn Program> {
    program(|process| async move {
        process.complain("sh: not there yet\n").await;
        crate::kernel::ExitCode(127)
    })
}

/// Busybox's everyday words, by name, for an image to put into its `/bin`; `sh` and `ash` among them.
pub fn applets() -> Vec<(&'static str, Rc<dyn Program>)> {
    vec![("ash", shell()), ("sh", shell())]
}
