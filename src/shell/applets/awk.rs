//! `awk [-F SEP] [-v VAR=VALUE] [-f FILE | PROGRAM] [FILE]…`

use super::{fail_with, options, usage};
use crate::kernel::{ExitCode, Process};
use crate::shell::awk::Call;
use std::rc::Rc;

pub(super) async fn awk(process: Process) -> ExitCode {
    let options = options!(process, "+F:v:f:e:");
    let mut call = Call { place: "cmd. line".into(), separator: options.value('F').cloned(), ..Call::default() };
    let mut texts: Vec<String> = Vec::new();
    for (letter, value) in &options.letters {
        let value = value.clone().unwrap_or_default();
        match letter {
            'v' => call.assignments.push(value),
            'e' => texts.push(value.to_string()),
            'f' => match process.read_file(&value) {
                Ok(text) => {
                    texts.push(String::from_utf8_lossy(&text).into_owned());
                    call.place = value;
                }
                Err(error) => return fail_with(&process, &format!("can't open '{value}': {error}")).await,
            },
            _ => {}
        }
    }
    let mut operands = options.operands.as_slice();
    if texts.is_empty() {
        let Some((text, rest)) = operands.split_first() else { return usage(&process).await };
        texts.push(text.to_string());
        operands = rest;
    }
    call.program = Rc::from(texts.join("\n"));
    call.operands = operands.to_vec();
    crate::shell::awk::awk(process, call).await
}
