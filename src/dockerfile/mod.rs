//! Dockerfiles: the instructions that matter when an image is built and run, with their places and problems.
//!
//! [`parse`] reads a text and never fails: what it cannot read is a problem beside the rest. [`expand`] replaces variables
//! when an instruction is carried out; [`Ignore`] is `.dockerignore`. Must not know images, file systems or containers.

mod expand;
mod flags;
mod ignore;
mod instruction;
mod lines;
mod model;
mod words;

pub use expand::expand;
pub use flags::duration;
pub use ignore::{Ignore, glob_matches};
pub use model::*;

use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span, TextRange};

/// Reads the Dockerfile `text`, which is `file` of the project.
///
/// Errors bear Docker's own text in [`Diagnostic::docker`], without the prefix that a client puts before it.
pub fn parse(text: &str, file: FileId) -> (Dockerfile, Vec<Diagnostic>) {
    let source = lines::split(text);
    let mut reader = Reader {
        file,
        dockerfile: Dockerfile { escape: source.escape, ..Dockerfile::default() },
        problems: Vec::new(),
    };
    for line in &source.lines {
        reader.line(line);
    }
    if source.lines.is_empty() {
        reader.error("dockerfile-empty", TextRange::at(0), "file with no instructions".to_string());
    } else if reader.dockerfile.stages.is_empty() && reader.problems.is_empty() {
        reader.error("dockerfile-no-stage", source.lines[0].range, "no build stage in current context".to_string());
    }
    (reader.dockerfile, reader.problems)
}

/// What has been read so far.
struct Reader {
    file: FileId,
    dockerfile: Dockerfile,
    problems: Vec<Diagnostic>,
}

impl Reader {
    fn line(&mut self, line: &lines::Line) {
        let span = Span { file: self.file, range: line.range };
        match instruction::read(line, self.dockerfile.escape, self.file) {
            Err(message) => {
                let number = line.number;
                self.error(
                    "dockerfile-syntax",
                    line.range,
                    format!("dockerfile parse error on line {number}: {message}"),
                );
            }
            Ok(instruction::Read::From(stage)) => self.dockerfile.stages.push(*stage),
            Ok(instruction::Read::Instruction(instruction)) => self.instruction(instruction, line, span),
        }
    }

    fn instruction(&mut self, instruction: Instruction, line: &lines::Line, span: Span) {
        if let Instruction::OnBuild(_) = instruction {
            let notice =
                Diagnostic::new("dockerfile-onbuild", Severity::Notice, span, "ONBUILD is read and not carried out")
                    .with_why("An image built on this one would run it; the simulation leaves it out");
            self.problems.push(notice);
        }
        let placed = Placed { instruction, span, text: line.text.clone() };
        match (self.dockerfile.stages.last_mut(), &placed.instruction) {
            (Some(stage), _) => stage.instructions.push(placed),
            (None, Instruction::Arg(arguments)) => self.dockerfile.arguments.extend(arguments.iter().cloned()),
            (None, _) => {
                let message =
                    format!("dockerfile parse error on line {}: no build stage in current context", line.number);
                self.error("dockerfile-no-stage", line.range, message);
            }
        }
    }

    fn error(&mut self, code: &str, range: TextRange, message: String) {
        let span = Span { file: self.file, range };
        self.problems.push(Diagnostic::new(code, Severity::Error, span, message.clone()).with_docker(message));
    }
}

#[cfg(test)]
mod tests;
