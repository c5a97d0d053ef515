//! How the shell is called: `sh -c TEXT [NAME [ARG]…]`, `sh FILE [ARG]…`, or commands from standard input.

use super::applets::usage;
use super::builtins::{set_letter, set_named};
use super::interpreter::{Shell, Tail};
use super::parser::FIRST_OF_A_FILE;
use crate::kernel::{ExitCode, Process, Program, program};
use std::rc::Rc;

/// The shell, as a program.
pub fn shell() -> Rc<dyn Program> {
    program(run)
}

/// Where the commands come from.
enum Source {
    Text,
    File,
    Input,
}

async fn run(process: Process) -> ExitCode {
    if usage::is_asked(&process) {
        return usage::help(process).await;
    }
    let args = process.args();
    let name = args.first().cloned().unwrap_or_else(|| "sh".into());
    let mut shell = Shell::new(process, name.clone());
    let mut at = 1;
    let mut source = Source::File;
    while let Some(arg) = args.get(at).filter(|arg| arg.len() > 1 && arg.starts_with(['-', '+'])) {
        at += 1;
        if matches!(&**arg, "--" | "--login") {
            break;
        }
        for letter in arg[1..].chars() {
            let known = match letter {
                'c' => {
                    source = Source::Text;
                    shell.options.from_text = true;
                    true
                }
                's' => {
                    source = Source::Input;
                    set_letter(&mut shell.options, 's', true)
                }
                'o' => {
                    at += 1;
                    let named = args.get(at - 1).cloned().unwrap_or_default();
                    set_named(&mut shell.options, &named, arg.starts_with('-'))
                }
                letter => set_letter(&mut shell.options, letter, arg.starts_with('-')),
            };
            if !known {
                shell.process.complain(format!("{name}: illegal option {}{letter}\n", &arg[..1])).await;
                return ExitCode(2);
            }
        }
    }
    run_source(&mut shell, source, args.get(at..).unwrap_or_default()).await
}

async fn run_source(shell: &mut Shell, source: Source, operands: &[Rc<str>]) -> ExitCode {
    match (source, operands) {
        (Source::Text, []) => {
            shell.process.complain(format!("{}: -c requires an argument\n", shell.name)).await;
            ExitCode(2)
        }
        (Source::Text, [text, rest @ ..]) => {
            if let [name, rest @ ..] = rest {
                shell.name = name.clone();
                shell.positional = rest.into();
            }
            shell.traps.heed_interrupts(&shell.process);
            shell.run_text(text, 0, Tail::Last).await
        }
        (Source::File, [path, rest @ ..]) => {
            let text: Rc<str> = match shell.process.read_file(path) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into(),
                Err(error) => {
                    shell.process.complain(format!("{}: can't open '{path}': {error}\n", shell.name)).await;
                    return ExitCode(2);
                }
            };
            shell.name = path.clone();
            shell.speaker = Some(path.clone());
            shell.positional = rest.into();
            shell.traps.heed_interrupts(&shell.process);
            shell.run_text(&text, FIRST_OF_A_FILE, Tail::No).await
        }
        (Source::File | Source::Input, rest) => {
            shell.options.from_input = true;
            shell.positional = rest.into();
            let bytes = shell.process.read_to_end(0).await.unwrap_or_default();
            let text: Rc<str> = String::from_utf8_lossy(&bytes).into();
            shell.run_text(&text, FIRST_OF_A_FILE, Tail::No).await
        }
    }
}
