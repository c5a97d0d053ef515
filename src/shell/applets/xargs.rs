//! `xargs [OPTIONS] [PROG [ARG]…]`: words from standard input as arguments of a program.

use super::{fail_with, options};
use crate::kernel::{Errno, ExitCode, ExitStatus, Process};
use std::rc::Rc;

/// The most arguments of one call.
const MOST_ARGUMENTS: usize = 10_000;

/// The most programs that run at the same time.
const MOST_PARALLEL: usize = 1_000;

pub(super) async fn xargs(process: Process) -> ExitCode {
    let options = options!(process, "+0a:rtpE:I:n:s:P:x");
    let input = match options.value('a') {
        None => process.read_to_end(0).await.unwrap_or_default(),
        Some(path) => match process.read_file(path) {
            Ok(bytes) => bytes.to_vec(),
            Err(error) => return fail_with(&process, &format!("can't open '{path}': {error}")).await,
        },
    };
    let input = String::from_utf8_lossy(&input).into_owned();
    let words = if options.has('0') {
        input.split('\0').filter(|word| !word.is_empty()).map(Rc::from).collect()
    } else if options.has('I') {
        input
            .lines()
            .map(|line| line.trim_start_matches([' ', '\t']))
            .filter(|line| !line.is_empty())
            .map(Rc::from)
            .collect()
    } else {
        match words(&input, options.value('E').map(|end| &**end)) {
            Ok(words) => words,
            Err(message) => return fail_with(&process, message).await,
        }
    };
    let mut prefix = options.operands.clone();
    if prefix.is_empty() {
        prefix.push("echo".into());
    }
    let most =
        if options.has('I') { 1 } else { options.number('n').map_or(MOST_ARGUMENTS, |count| count.max(1) as usize) };
    let mut calls: Vec<Vec<Rc<str>>> = Vec::new();
    for group in words.chunks(most) {
        calls.push(match options.value('I') {
            Some(mark) => prefix.iter().map(|arg| arg.replace(&**mark, &group[0]).into()).collect(),
            None => prefix.iter().chain(group).cloned().collect(),
        });
    }
    if calls.is_empty() && !options.has('r') && !options.has('I') {
        calls.push(prefix);
    }
    let most = options.number('P').map_or(1, |count| if count == 0 { MOST_PARALLEL } else { count as usize });
    run(&process, calls, options.has('t'), most.min(MOST_PARALLEL)).await
}

/// Words as they stand between blanks; quotes and backslashes take the blanks' meaning away.
fn words(input: &str, end: Option<&str>) -> Result<Vec<Rc<str>>, &'static str> {
    let (mut words, mut word): (Vec<Rc<str>>, Option<String>) = (Vec::new(), None);
    let mut chars = input.chars();
    while let Some(next) = chars.next() {
        match next {
            ' ' | '\t' | '\n' => {
                if let Some(word) = word.take() {
                    words.push(word.into());
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            quote @ ('"' | '\'') => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some(next) if next == quote => break,
                        Some('\n') | None if quote == '"' => return Err("unmatched double quote"),
                        Some('\n') | None => return Err("unmatched single quote"),
                        Some(next) => word.push(next),
                    }
                }
            }
            next => word.get_or_insert_default().push(next),
        }
        if end.is_some() && words.last().map(|word| &**word) == end {
            words.pop();
            return Ok(words);
        }
    }
    words.extend(word.map(Rc::from));
    Ok(words)
}

async fn run(process: &Process, calls: Vec<Vec<Rc<str>>>, shows: bool, most: usize) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut running: Vec<(Rc<str>, Process)> = Vec::new();
    for call in calls {
        if shows {
            process.complain(format!("{}\n", call.join(" "))).await;
        }
        let name = call[0].clone();
        let child = process.find_program(&name).and_then(|program| process.spawn(&program, call.into(), |_| {}));
        match child {
            Ok(child) => running.push((name, child)),
            Err(error) => {
                fail_with(process, &format!("{name}: {error}")).await;
                return ExitCode(if error == Errno::Enoent { 127 } else { 126 });
            }
        }
        if running.len() >= most {
            let (name, child) = running.remove(0);
            if let Some(fatal) = judge(process, &name, &child, &mut code).await {
                return fatal;
            }
        }
    }
    for (name, child) in running {
        if let Some(fatal) = judge(process, &name, &child, &mut code).await {
            return fatal;
        }
    }
    code
}

/// Waits for a program; its end may be the end of everything.
async fn judge(process: &Process, name: &str, child: &Process, code: &mut ExitCode) -> Option<ExitCode> {
    match process.wait(child).await {
        ExitStatus::Killed(signal) => {
            fail_with(process, &format!("'{name}' terminated by signal {}", signal.number())).await;
            Some(ExitCode(125))
        }
        status => match status.code() {
            0 => None,
            255 => {
                fail_with(process, &format!("{name}: exited with status 255; aborting")).await;
                Some(ExitCode(124))
            }
            _ => {
                *code = ExitCode(123);
                None
            }
        },
    }
}
