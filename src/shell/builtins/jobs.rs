//! Builtins about processes and signals: wait, kill, trap, jobs.

use crate::kernel::{Process, Signal};
use crate::shell::interpreter::{Flow, Shell};
use std::rc::Rc;

type Outcome = Result<u8, Flow>;

/// `wait [PID]…`: a signal with a trap ends it early.
pub(super) async fn wait(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    if args.len() == 1 {
        while let Some(job) = shell.jobs.first().cloned() {
            match shell.process.wait_interruptibly(&job).await {
                Some(_) => drop(shell.jobs.remove(0)),
                None => return interrupted(shell).await,
            }
        }
        return Ok(0);
    }
    let mut status = 0;
    for text in &args[1..] {
        let Some(at) = shell.jobs.iter().position(|job| job_is(job, text)) else {
            status = 127;
            continue;
        };
        let job = shell.jobs[at].clone();
        match shell.process.wait_interruptibly(&job).await {
            Some(ended) => {
                status = ended.code();
                shell.jobs.retain(|known| known.pid() != job.pid());
            }
            None => return interrupted(shell).await,
        }
    }
    Ok(status)
}

fn job_is(job: &Process, text: &str) -> bool {
    text.strip_prefix('%').is_some() || text.parse::<u32>() == Ok(job.pid())
}

async fn interrupted(shell: &mut Shell) -> Outcome {
    let signals: Vec<Signal> =
        (1..=64).filter_map(Signal::from_number).filter(|signal| shell.process.is_pending(*signal)).collect();
    shell.status = 128 + signals.first().map_or(0, |signal| signal.number());
    let status = shell.status;
    shell.run_traps().await?;
    Ok(status)
}

/// `jobs`
pub(super) async fn list(shell: &mut Shell, _: &[Rc<str>]) -> Outcome {
    let mut text = String::new();
    for (index, job) in shell.jobs.iter().enumerate() {
        let state = if job.status().is_some() { "Done" } else { "Running" };
        text.push_str(&format!("[{}]+  {state:<23} {}\n", index + 1, job.args().join(" ")));
    }
    shell.process.print(text).await;
    Ok(0)
}

/// `kill [-SIGNAL] PID…`, `kill -l`
pub(super) async fn kill(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut translated = args.to_vec();
    for arg in translated.iter_mut().skip(1) {
        if let Some(number) = arg.strip_prefix('%') {
            let at = number.parse::<usize>().unwrap_or(1).max(1);
            if let Some(job) = shell.jobs.get(at - 1) {
                *arg = job.pid().to_string().into();
            }
        }
    }
    Ok(crate::shell::applets::kill(&shell.process, &shell.name, &translated).await.0)
}

/// `trap [ACTION] SIGNAL…`
pub(super) async fn trap(shell: &mut Shell, args: &[Rc<str>]) -> Outcome {
    let mut rest: Vec<Rc<str>> = args[1..].to_vec();
    if rest.first().is_some_and(|first| &**first == "--") {
        rest.remove(0);
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
                shell.complain_as("trap", &format!("{name}: invalid signal specification")).await;
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
