//! Builtins about processes and signals: wait, kill, trap, jobs.

use super::state::letters;
use crate::kernel::{ExitStatus, Process, Signal};
use crate::shell::interpreter::{Flow, Shell, death_notice};
use std::future::Future;
use std::rc::Rc;
use std::task::Poll;

type Outcome = Result<u8, Flow>;

/// How many jobs that have ended are remembered, so that `wait PID` still knows their status.
const MOST_ENDED: usize = 64;

/// A child in the background.
#[derive(Clone)]
pub(in crate::shell) struct Job {
    pub(in crate::shell) process: Process,
    /// The shell has noticed its end.
    pub(in crate::shell) noticed: bool,
}

impl Shell {
    /// A child is in the background; those whose end was noticed long ago are forgotten.
    pub(in crate::shell) fn add_job(&mut self, process: Process) {
        let ended = self.jobs.iter().filter(|job| job.noticed).count();
        if ended > MOST_ENDED
            && let Some(oldest) = self.jobs.iter().position(|job| job.noticed)
        {
            self.jobs.remove(oldest);
        }
        self.jobs.push(Job { process, noticed: false });
    }

    /// While it waited for a child in the foreground, the shell has noticed the end of the others, too.
    pub(in crate::shell) fn notice_ended_jobs(&mut self) {
        for job in &mut self.jobs {
            job.noticed |= job.process.status().is_some();
        }
    }
}

/// `wait [PID]…`, `wait -n`: a signal with a trap ends it early.
pub(super) async fn wait(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if args.len() == 1 {
        while let Some(job) = shell.jobs.iter().find(|job| !job.noticed).map(|job| job.process.clone()) {
            if shell.process.wait_interruptibly(&job).await.is_none() {
                return interrupted(shell).await;
            }
            shell.notice_ended_jobs();
        }
        return Ok(0);
    }
    if &*args[1] == "-n" {
        return wait_for_any(shell).await;
    }
    let mut status = 0;
    for text in &args[1..] {
        if text.parse::<u32>().is_err() && !text.starts_with('%') {
            shell.complain(&format!("Illegal number: {text}")).await;
            return Ok(2);
        }
        let Some(at) = position(shell, text) else {
            status = 127;
            continue;
        };
        let (job, noticed) = (shell.jobs[at].process.clone(), shell.jobs[at].noticed);
        let Some(ended) = shell.process.wait_interruptibly(&job).await else { return interrupted(shell).await };
        status = ended.code();
        if let ExitStatus::Killed(signal) = ended
            && !noticed
            && let Some(notice) = death_notice(signal)
        {
            shell.process.complain(format!("{notice}\n")).await;
        }
        shell.notice_ended_jobs();
    }
    Ok(status)
}

/// `wait -n`: busybox 1.35 answers 129 for every failure, and 127 only if there has never been a job.
async fn wait_for_any(shell: &mut Shell) -> Outcome {
    let running: Vec<Process> = shell.jobs.iter().filter(|job| !job.noticed).map(|job| job.process.clone()).collect();
    if running.is_empty() {
        return Ok(if shell.jobs.is_empty() { 127 } else { 0 });
    }
    let mut waits: Vec<_> = running.iter().map(|job| Box::pin(shell.process.wait_interruptibly(job))).collect();
    let ended = std::future::poll_fn(|context| {
        let mut polled = waits.iter_mut().enumerate().map(|(at, wait)| (at, wait.as_mut().poll(context)));
        match polled.find(|(_, polled)| polled.is_ready()) {
            Some((at, Poll::Ready(status))) => Poll::Ready((at, status)),
            _ => Poll::Pending,
        }
    });
    let (at, status) = ended.await;
    drop(waits);
    let Some(status) = status else { return interrupted(shell).await };
    let pid = running[at].pid();
    for job in shell.jobs.iter_mut().filter(|job| job.process.pid() == pid) {
        job.noticed = true;
    }
    Ok(if status.code() == 0 { 0 } else { 129 })
}

/// Which job `text` names: by its process's number, or `%N`.
fn position(shell: &Shell, text: &str) -> Option<usize> {
    match text.strip_prefix('%') {
        Some("" | "%" | "+") => shell.jobs.len().checked_sub(1),
        Some(number) => number.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < shell.jobs.len()),
        None => shell.jobs.iter().position(|job| text.parse() == Ok(job.process.pid())),
    }
}

async fn interrupted(shell: &mut Shell) -> Outcome {
    let signals: Vec<Signal> =
        (1..=64).filter_map(Signal::from_number).filter(|signal| shell.process.is_pending(*signal)).collect();
    shell.status = 128 + signals.first().map_or(0, |signal| signal.number());
    let status = shell.status;
    shell.run_traps().await?;
    Ok(status)
}

/// `jobs [-lp] [%JOB]…`: without job control busybox does not know the jobs' texts.
pub(super) async fn list(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let Ok((letters, operands)) = letters(args, "lp") else { return Ok(2) };
    let mut places: Vec<usize> = Vec::new();
    for operand in operands {
        let Some(at) = position(shell, operand) else {
            shell.complain(&format!("{operand}: no such job")).await;
            return Ok(2);
        };
        places.push(at);
    }
    if operands.is_empty() {
        places = (0..shell.jobs.len()).filter(|at| !shell.jobs[*at].noticed).collect();
    }
    let (last, mut text) = (shell.jobs.len(), String::new());
    for at in places {
        let job = &shell.jobs[at].process;
        let mark = match last - at {
            1 => '+',
            2 => '-',
            _ => ' ',
        };
        let state = if job.status().is_some() { "Done" } else { "Running" };
        text.push_str(&match letters.chars().last() {
            Some('p') => format!("{}\n", job.pid()),
            Some(_) => format!("[{}]{mark} {} {state:<27}\n", at + 1, job.pid()),
            None => format!("[{}]{mark}  {state:<27}\n", at + 1),
        });
    }
    shell.process.print(text).await;
    shell.notice_ended_jobs();
    Ok(0)
}

/// `fg` and `bg`: without job control no job is the current one.
pub(super) async fn no_job(shell: &mut Shell, _: &[Rc<str>]) -> Outcome {
    shell.complain("No current job").await;
    Ok(2)
}

/// `kill [-SIGNAL] PID…`, `kill -l`
pub(super) async fn kill(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut translated = args.to_vec();
    for arg in translated.iter_mut().skip(1).filter(|arg| arg.starts_with('%')) {
        if let Some(at) = position(shell, arg) {
            *arg = shell.jobs[at].process.pid().to_string().into();
        }
    }
    Ok(crate::shell::applets::kill(&shell.process, &shell.applet, &translated).await.0)
}

/// `trap [ACTION] SIGNAL…`
pub(super) async fn trap(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut rest: Vec<Rc<str>> = args[1..].to_vec();
    match rest.first().map(|first| &**first) {
        Some("--") => drop(rest.remove(0)),
        Some(first) if first.len() > 1 && first.starts_with('-') => {
            let letter = first.chars().nth(1).unwrap_or_default();
            return shell.fatal(&format!("illegal option -{letter}")).await;
        }
        _ => {}
    }
    if rest.is_empty() {
        shell.process.print(shell.traps.listed()).await;
        return Ok(0);
    }
    // With one word, or a number first, all words are signals and are reset.
    let resets = rest.len() == 1 || rest[0].parse::<u8>().is_ok();
    let action = if resets { None } else { Some(rest.remove(0)).filter(|action| &**action != "-") };
    let mut status = 0;
    for name in &rest {
        let number = match &**name {
            "EXIT" | "0" => Some(0),
            name => Signal::parse(name).map(Signal::number),
        };
        match number {
            Some(number) => shell.traps.set(number, action.clone(), &shell.process),
            None => {
                shell.complain(&format!("{name}: invalid signal specification")).await;
                status = 1;
            }
        }
    }
    Ok(status)
}

/// `times`: nothing in the simulation uses processor time.
pub(super) async fn times(shell: &mut Shell, _: &[Rc<str>]) -> Outcome {
    shell.process.print("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n").await;
    Ok(0)
}
