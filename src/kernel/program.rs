//! What a process runs.

use super::process::Process;
use super::signal::Signal;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What a process ends with, from 0 to 255.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// 0: success.
    pub const SUCCESS: Self = Self(0);
    /// 1: failure.
    pub const FAILURE: Self = Self(1);

    /// Whether it is 0.
    pub fn is_success(self) -> bool {
        self.0 == 0
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself.
    Exited(ExitCode),
    /// By a signal.
    Killed(Signal),
}

impl ExitStatus {
    /// What a shell and Docker show: the exit code, or 128 and the signal's number.
    pub fn code(self) -> u8 {
        match self {
            Self::Exited(code) => code.0,
            Self::Killed(signal) => 128 + signal.number(),
        }
    }
}

/// A program on its way to its exit code.
pub type Running = Pin<Box<dyn Future<Output = ExitCode>>>;

/// An executable file's content: what runs when a process executes it.
pub trait Program {
    /// Runs it as `process`. The future is dropped when the process is killed.
    fn run(&self, process: Process) -> Running;
}

impl<F: Fn(Process) -> Running> Program for F {
    fn run(&self, process: Process) -> Running {
        self(process)
    }
}

/// The program that an async function is.
pub fn program<F: Future<Output = ExitCode> + 'static>(body: impl Fn(Process) -> F + 'static) -> Rc<dyn Program> {
    Rc::new(move |process: Process| -> Running { Box::pin(body(process)) })
}
