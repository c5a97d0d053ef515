//! `awk`, as busybox has it: a language for texts that consist of records and fields.

mod evaluate;
mod expressions;
mod fields;
mod functions;
mod lexer;
mod parser;
mod printing;
mod run;
mod streams;
mod syntax;
mod value;

use crate::kernel::{ExitCode, Process};
use run::Awk;
use std::rc::Rc;

/// How `awk` is called.
#[derive(Default)]
pub(super) struct Call {
    /// `-F`
    pub(super) separator: Option<Rc<str>>,
    /// `-v`
    pub(super) assignments: Vec<Rc<str>>,
    /// The program's text, from `-f`, `-e` or the first operand.
    pub(super) program: Rc<str>,
    /// What messages call the program.
    pub(super) place: Rc<str>,
    /// The other operands: files, and assignments between them.
    pub(super) operands: Vec<Rc<str>>,
}

/// Runs a program that has been read.
pub(super) async fn awk(process: Process, call: Call) -> ExitCode {
    match parser::parse(&call.program) {
        Ok(program) => Awk::new(process, Rc::new(program), call).run().await,
        Err((line, problem)) => {
            process.complain(format!("awk: {}:{line}: {problem}\n", call.place)).await;
            ExitCode::FAILURE
        }
    }
}
