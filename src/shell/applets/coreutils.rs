//! Programs of the GNU core utilities that answer otherwise than busybox's of the same name: for hosts and Debian images.

use super::basic::span;
use crate::kernel::select::{Either, select};
use crate::kernel::{Errno, ExitCode, Process, Program, Signal, program};
use std::rc::Rc;
use std::time::Duration;

/// The programs, by name, to be put over busybox's.
pub fn coreutils() -> Vec<(&'static str, Rc<dyn Program>)> {
    vec![("timeout", program(timeout))]
}

/// The end of a call that was wrong by itself.
const MISUSED: ExitCode = ExitCode(125);

/// How `timeout` is called.
struct Call {
    signal: Signal,
    /// `-k`: how long the program has to end after the signal.
    patience: Option<Duration>,
    /// `--preserve-status`: the program's own status, not 124.
    preserves: bool,
    limit: Duration,
    program: Rc<[Rc<str>]>,
}

/// `timeout [-s SIGNAL] [-k DURATION] [--preserve-status] DURATION PROGRAM [ARG]…`: 124 if the time is over.
async fn timeout(process: Process) -> ExitCode {
    let call = match call(&process.args()) {
        Ok(call) => call,
        Err(message) => {
            let message = if message.is_empty() { message } else { format!("timeout: {message}\n") };
            process.complain(format!("{message}Try 'timeout --help' for more information.\n")).await;
            return MISUSED;
        }
    };
    let name = call.program[0].clone();
    let child = process.find_program(&name).and_then(|found| process.spawn(&found, call.program.clone(), |_| {}));
    let child = match child {
        Ok(child) => child,
        Err(error) => {
            process.complain(format!("timeout: failed to run command \u{2018}{name}\u{2019}: {error}\n")).await;
            return ExitCode(if error == Errno::Enoent { 127 } else { 126 });
        }
    };
    if call.limit.is_zero() {
        return ExitCode(process.wait(&child).await.code());
    }
    if let Either::Left(status) = select(process.wait(&child), process.sleep(call.limit)).await {
        return ExitCode(status.code());
    }
    let mut sent = call.signal;
    let _ = process.kill(i64::from(child.pid()), Some(sent)).await;
    if let Some(patience) = call.patience
        && let Either::Right(()) = select(process.wait(&child), process.sleep(patience)).await
    {
        sent = Signal::KILL;
        let _ = process.kill(i64::from(child.pid()), Some(sent)).await;
    }
    let status = process.wait(&child).await.code();
    if sent == Signal::KILL {
        // It ends itself the same way.
        let _ = process.kill(i64::from(process.pid()), Some(sent)).await;
        return ExitCode(137);
    }
    ExitCode(if call.preserves { status } else { 124 })
}

fn call(args: &[Rc<str>]) -> Result<Call, String> {
    let (mut signal, mut patience, mut preserves) = (Signal::TERM, None, false);
    let mut rest = args.get(1..).unwrap_or_default();
    while let Some((first, after)) = rest.split_first().filter(|(first, _)| first.len() > 1 && first.starts_with('-')) {
        rest = after;
        let (name, joined) = match first.strip_prefix("--") {
            Some("") => break,
            Some(long) => long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value))),
            None => (&first[1..first.len().min(2)], first.get(2..).filter(|value| !value.is_empty())),
        };
        match name {
            "preserve-status" => preserves = true,
            "foreground" | "verbose" | "v" => {}
            "s" | "signal" | "k" | "kill-after" => {
                let value = match joined {
                    Some(value) => Rc::from(value),
                    None => {
                        let (value, after) = rest.split_first().ok_or_else(String::new)?;
                        rest = after;
                        value.clone()
                    }
                };
                if name.starts_with('s') {
                    signal = Signal::parse(&value).ok_or_else(|| format!("\u{2018}{value}\u{2019}: invalid signal"))?;
                } else {
                    patience = Some(interval(&value)?);
                }
            }
            name if first.starts_with("--") => return Err(format!("unrecognized option '--{name}'")),
            name => return Err(format!("invalid option -- '{name}'")),
        }
    }
    let [limit, program @ ..] = rest else { return Err(String::new()) };
    if program.is_empty() {
        return Err(String::new());
    }
    Ok(Call { signal, patience, preserves, limit: interval(limit)?, program: program.into() })
}

fn interval(text: &str) -> Result<Duration, String> {
    span(text).ok_or_else(|| format!("invalid time interval \u{2018}{text}\u{2019}"))
}
