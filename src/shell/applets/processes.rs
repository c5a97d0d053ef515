//! Words about processes: kill, killall, pidof, ps.

use super::fail_with;
use crate::kernel::{ExitCode, Process, Signal};
use std::rc::Rc;

pub(super) async fn kill(process: Process) -> ExitCode {
    kill_with(&process, "kill", &process.args()).await
}

/// `kill [-l] [-SIGNAL] PID…`, on behalf of the program or of the shell, whose messages begin with `name`.
pub(in crate::shell) async fn kill_with(process: &Process, name: &str, args: &[Rc<str>]) -> ExitCode {
    let mut rest = &args[1..];
    let mut signal = Some(Signal::TERM);
    if let Some(option) = rest.first().and_then(|first| first.strip_prefix('-')).map(str::to_owned)
        && !option.is_empty()
    {
        rest = &rest[1..];
        let text: Rc<str> = match option.as_str() {
            "l" => return list_signals(process, rest).await,
            "s" | "n" => {
                let text = rest.first().cloned().unwrap_or_default();
                rest = rest.get(1..).unwrap_or_default();
                text
            }
            "-" => "TERM".into(),
            other => other.into(),
        };
        signal = Signal::parse(&text);
        if signal.is_none() && &*text != "0" {
            process.complain(format!("{name}: bad signal name '{text}'\n")).await;
            return ExitCode::FAILURE;
        }
    }
    if rest.first().is_some_and(|first| &**first == "--") {
        rest = &rest[1..];
    }
    if rest.is_empty() {
        process.complain(format!("{name}: you need to specify whom to kill\n")).await;
        return ExitCode::FAILURE;
    }
    let mut code = ExitCode::SUCCESS;
    for text in rest {
        let Ok(target) = text.parse::<i64>() else {
            process.complain(format!("{name}: invalid number '{text}'\n")).await;
            code = ExitCode::FAILURE;
            continue;
        };
        if let Err(error) = process.kill(target, signal).await {
            process.complain(format!("{name}: can't kill pid {target}: {error}\n")).await;
            code = ExitCode::FAILURE;
        }
    }
    code
}

async fn list_signals(process: &Process, which: &[Rc<str>]) -> ExitCode {
    let line = |signal: Signal| signal.name().map(|name| format!("{:2}) {name}\n", signal.number()));
    let text: String = if which.is_empty() {
        (1..=31).filter_map(Signal::from_number).filter_map(line).collect()
    } else {
        let named = |text: &Rc<str>| match text.parse::<u8>() {
            Ok(number) => Signal::from_number(number & 127).and_then(Signal::name).map(|name| format!("{name}\n")),
            Err(_) => Signal::parse(text).map(|signal| format!("{}\n", signal.number())),
        };
        which.iter().filter_map(named).collect()
    };
    process.print(text).await;
    ExitCode::SUCCESS
}

/// The name of a process's program, without its folder.
fn program_name(process: &Process) -> String {
    let args = process.args();
    args.first().and_then(|name| name.rsplit('/').next()).unwrap_or_default().to_owned()
}

fn named(process: &Process, name: &str) -> Vec<Process> {
    let mut found = process.namespaces().processes();
    found.retain(|other| other.pid() != process.pid() && other.status().is_none() && program_name(other) == name);
    found
}

pub(super) async fn killall(process: Process) -> ExitCode {
    let args = process.args();
    let (mut signal, mut quiet, mut code) = (Some(Signal::TERM), false, ExitCode::SUCCESS);
    for arg in &args[1..] {
        if let Some(option) = arg.strip_prefix('-') {
            match option {
                "q" => quiet = true,
                option => signal = Signal::parse(option),
            }
            continue;
        }
        let found = named(&process, arg);
        if found.is_empty() {
            if !quiet {
                process.complain(format!("killall: {arg}: no process killed\n")).await;
            }
            code = ExitCode::FAILURE;
        }
        for target in found {
            let _ = process.kill(i64::from(target.pid()), signal).await;
        }
    }
    code
}

pub(super) async fn pidof(process: Process) -> ExitCode {
    let args = process.args();
    let found = args[1..].iter().flat_map(|name| named(&process, name));
    let pids: Vec<String> = found.map(|found| found.pid().to_string()).collect();
    if pids.is_empty() {
        return ExitCode::FAILURE;
    }
    process.print(pids.join(" ") + "\n").await;
    ExitCode::SUCCESS
}

pub(super) async fn ps(process: Process) -> ExitCode {
    let mut text = String::from("PID   USER     TIME  COMMAND\n");
    for other in process.namespaces().processes() {
        let user = match other.access().owner.user {
            0 => "root".to_owned(),
            user => user.to_string(),
        };
        let command = match other.status() {
            None => other.args().join(" "),
            Some(_) => format!("[{}]", program_name(&other)),
        };
        text.push_str(&format!("{:5} {user:<8} {:>2}:00 {command}\n", other.pid(), 0));
    }
    match process.write(1, text.as_bytes()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail_with(&process, &format!("write error: {error}")).await,
    }
}
