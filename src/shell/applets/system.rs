//! Words about the machine and the user, and those that run other programs.

use super::basic::span;
use super::ownership::{account, name_of};
use super::{Options, fail_with, misused, options, usage};
use crate::kernel::{Disposition, Errno, ExitCode, Process, Signal};
use std::rc::Rc;
use std::time::Duration;

pub(super) async fn hostname(process: Process) -> ExitCode {
    let options = options!(process, "isfd");
    let shown = if options.has('i') {
        process.namespaces().network().address().map_or_else(|| "127.0.0.1".to_owned(), |address| address.to_string())
    } else {
        process.hostname().to_string()
    };
    process.print(shown + "\n").await;
    ExitCode::SUCCESS
}

pub(super) async fn printenv(process: Process) -> ExitCode {
    let args = process.args();
    let environment = process.environment();
    if args.len() == 1 {
        let text: String = environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        process.print(text).await;
        return ExitCode::SUCCESS;
    }
    let mut code = ExitCode::SUCCESS;
    for name in &args[1..] {
        match environment.get(name) {
            Some(value) => process.print(format!("{value}\n")).await,
            None => code = ExitCode::FAILURE,
        }
    }
    code
}

pub(super) async fn id(process: Process) -> ExitCode {
    let options = options!(process, "ugnGr");
    let mut owner = process.access().owner;
    if let Some(name) = options.operands.first() {
        match account(&process, name) {
            Some(found) => owner = found,
            None => return fail_with(&process, &format!("unknown user {name}")).await,
        }
    }
    let user = name_of(&process, "/etc/passwd", owner.user);
    let group = name_of(&process, "/etc/group", owner.group);
    let pick = |name: &Option<String>, number: u32| match name {
        Some(name) if options.has('n') => name.clone(),
        _ => number.to_string(),
    };
    let named = |name: &Option<String>, number: u32| match name {
        Some(name) => format!("{number}({name})"),
        None => number.to_string(),
    };
    let shown = if options.has('u') {
        pick(&user, owner.user)
    } else if options.has('g') || options.has('G') {
        pick(&group, owner.group)
    } else {
        let group = named(&group, owner.group);
        format!("uid={} gid={group} groups={group}", named(&user, owner.user))
    };
    process.print(shown + "\n").await;
    ExitCode::SUCCESS
}

pub(super) async fn whoami(process: Process) -> ExitCode {
    let number = process.access().owner.user;
    match name_of(&process, "/etc/passwd", number) {
        Some(name) => {
            process.print(name + "\n").await;
            ExitCode::SUCCESS
        }
        None => fail_with(&process, &format!("unknown uid {number}")).await,
    }
}

pub(super) async fn uname(process: Process) -> ExitCode {
    let options = options!(process, "asnrvmpoi");
    let host = process.hostname();
    let parts = [
        ('s', "Linux"),
        ('n', &*host),
        ('r', "6.8.0"),
        ('v', "#1 SMP PREEMPT_DYNAMIC"),
        ('m', "x86_64"),
        ('o', "GNU/Linux"),
    ];
    let wanted = |letter: char| options.has('a') || options.has(letter) || options.letters.is_empty() && letter == 's';
    let shown: Vec<&str> = parts.iter().filter(|(letter, _)| wanted(*letter)).map(|(_, part)| *part).collect();
    process.print(shown.join(" ") + "\n").await;
    ExitCode::SUCCESS
}

pub(super) async fn which(process: Process) -> ExitCode {
    let options = options!(process, "a");
    if options.operands.is_empty() {
        return usage(&process).await;
    }
    let mut code = ExitCode::SUCCESS;
    for name in &options.operands {
        match process.find_program(name) {
            Ok(executable) => process.print(format!("{}\n", executable.path)).await,
            Err(_) => code = ExitCode::FAILURE,
        }
    }
    code
}

pub(super) async fn tty(process: Process) -> ExitCode {
    process.print("not a tty\n").await;
    ExitCode::FAILURE
}

pub(super) async fn nproc(process: Process) -> ExitCode {
    process.print("2\n").await;
    ExitCode::SUCCESS
}

/// Becomes the program `args` name; 127 or 126 if that cannot be.
async fn become_program(process: &Process, args: Rc<[Rc<str>]>) -> ExitCode {
    match process.find_program(&args[0]) {
        Ok(executable) => process.exec(&executable, args, process.environment()).await,
        Err(error) => {
            fail_with(process, &format!("can't execute '{}': {error}", args[0])).await;
            ExitCode(if error == Errno::Enoent { 127 } else { 126 })
        }
    }
}

pub(super) async fn nohup(process: Process) -> ExitCode {
    let args: Rc<[Rc<str>]> = process.args().iter().skip(1).cloned().collect();
    if args.is_empty() {
        return usage(&process).await;
    }
    let _ = process.set_disposition(Signal::HUP, Disposition::Ignore);
    become_program(&process, args).await
}

/// `nice`, `setsid`, `stdbuf` and the like: the program without what the simulation has no use for.
pub(super) async fn run_plainly(process: Process) -> ExitCode {
    let args: Rc<[Rc<str>]> = process.args().iter().skip(1).skip_while(|arg| arg.starts_with('-')).cloned().collect();
    if args.is_empty() { ExitCode::SUCCESS } else { become_program(&process, args).await }
}

/// `timeout [-s SIG] [-k SEC] SEC PROG [ARG]…`
pub(super) async fn timeout(process: Process) -> ExitCode {
    let options = match Options::parse(&process.args(), "+s:k:t:") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let signal = options.value('s').map_or(Some(Signal::TERM), |text| Signal::parse(text));
    let (Some(limit), Some(signal), true) =
        (options.operands.first().and_then(|text| span(text)), signal, options.operands.len() > 1)
    else {
        return usage(&process).await;
    };
    let args: Rc<[Rc<str>]> = options.operands[1..].into();
    let executable = match process.find_program(&args[0]) {
        Ok(executable) => executable,
        Err(error) => {
            fail_with(&process, &format!("can't execute '{}': {error}", args[0])).await;
            return ExitCode(if error == Errno::Enoent { 127 } else { 126 });
        }
    };
    let patience = options.value('k').and_then(|text| span(text));
    // As in busybox, the program takes the place of `timeout`; a grandchild watches the time.
    let watched = process.clone();
    let forked = process.fork(|between| async move {
        let _ = between.fork(|watcher| async move {
            watch(&watcher, &watched, limit, signal).await;
            if let Some(patience) = patience {
                watch(&watcher, &watched, patience, Signal::KILL).await;
            }
            ExitCode::SUCCESS
        });
        ExitCode::SUCCESS
    });
    let Ok(between) = forked else { return ExitCode::FAILURE };
    process.wait(&between).await;
    process.exec(&executable, args, process.environment()).await
}

/// Looks every second whether the program still runs; when the time is over, it gets the signal.
async fn watch(watcher: &Process, watched: &Process, limit: Duration, signal: Signal) {
    let mut left = limit;
    while watched.status().is_none() {
        let step = left.min(Duration::from_secs(1));
        watcher.sleep(step).await;
        left -= step;
        if left.is_zero() {
            let _ = watcher.kill(i64::from(watched.pid()), Some(signal)).await;
            return;
        }
    }
}
