//! The builtin `read`: a line from standard input into variables.

use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;
use std::time::Duration;

/// The longest line that is read.
const LONGEST: usize = 1 << 20;

pub(super) async fn read(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    let mut raw = false;
    let mut limit = None;
    let mut names: Vec<Rc<str>> = Vec::new();
    let mut rest = args[1..].iter();
    while let Some(arg) = rest.next() {
        match &**arg {
            "-r" => raw = true,
            "-s" | "-d" => {}
            "-p" => {
                let prompt = rest.next().cloned().unwrap_or_default();
                shell.process.complain(&*prompt).await;
            }
            "-t" => limit = rest.next().and_then(|text| text.parse::<f64>().ok()).filter(|span| *span >= 0.0),
            _ => names.push(arg.clone()),
        }
    }
    if names.is_empty() {
        names.push("REPLY".into());
    }
    let line = match limit {
        Some(seconds) => {
            let tasks = shell.process.kernel().tasks().clone();
            let span = Duration::from_secs_f64(seconds.min(1e9));
            match tasks.timeout(span, line(shell, raw)).await {
                Some(line) => line,
                None => return Ok(1),
            }
        }
        None => line(shell, raw).await,
    };
    let Some((line, complete)) = line else {
        let status = shell.status;
        shell.run_traps().await?;
        return Ok(status.max(1));
    };
    assign(shell, &names, &line).await?;
    Ok(if complete { 0 } else { 1 })
}

/// A line, and whether it ended with a line break; nothing if a signal came first.
async fn line(shell: &Shell, raw: bool) -> Option<(String, bool)> {
    let mut bytes = Vec::new();
    while bytes.len() < LONGEST {
        let read = crate::kernel::sync::select(shell.process.read(0, 1), shell.process.signal_arrived()).await;
        let byte = match read {
            crate::kernel::sync::Either::Left(Ok(byte)) => byte.first().copied(),
            crate::kernel::sync::Either::Left(Err(_)) => None,
            crate::kernel::sync::Either::Right(()) => return None,
        };
        match byte {
            None => return Some((text(bytes), false)),
            Some(b'\n') if !raw && bytes.last() == Some(&b'\\') => drop(bytes.pop()),
            Some(b'\n') => return Some((text(bytes), true)),
            Some(b'\\') if !raw && bytes.last() == Some(&b'\\') => {}
            Some(0) => {}
            Some(byte) => {
                if !raw && bytes.last() == Some(&b'\\') {
                    bytes.pop();
                }
                bytes.push(byte);
            }
        }
    }
    Some((text(bytes), true))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn assign(shell: &mut Shell, names: &[Rc<str>], line: &str) -> Result<(), Flow> {
    let separators = shell.variables.get("IFS").cloned().unwrap_or_else(|| " \t\n".into());
    let blank = |next: char| separators.contains(next) && next.is_ascii_whitespace();
    let mut rest = line.trim_start_matches(blank);
    for (index, name) in names.iter().enumerate() {
        let value = if index + 1 == names.len() {
            std::mem::take(&mut rest).trim_end_matches(blank)
        } else {
            let end = rest.find(|next| separators.contains(next)).unwrap_or(rest.len());
            let (value, after) = rest.split_at(end);
            let after = after.trim_start_matches(blank);
            let hard = after.chars().next().filter(|next| separators.contains(*next));
            rest = hard.map_or(after, |hard| after[hard.len_utf8()..].trim_start_matches(blank));
            value
        };
        shell.assign(name, value.into()).await?;
    }
    Ok(())
}
