//! The programs `docker` and `docker compose` on the simulated host. They run as processes of the simulated kernel and talk to
//! the engine through its API, as the real ones do. Must not know how the engine fulfils what it is asked, nor what is drawn.

mod arguments;
mod clock;
mod compose;
pub use compose::hash::sha256;
mod context;
mod docker;
mod dry_run;
mod events;
mod foreground;
mod help;
mod input;
mod moment;
mod progress;
pub mod status;
pub mod table;
mod template;
mod terminal;
mod value;
#[cfg(test)]
mod tests;

use crate::kernel::sync::CancelToken;
use crate::kernel::{ExitCode, Process, Program, program};
use crate::sim::engine::Engine;
use crate::sim::log::{EventKind, StepId, Stream};
use clock::Clock;
use context::Context;
use progress::{Mode, Progress};
use std::rc::Rc;
use terminal::{Chunk, Failure, Terminal};

/// The program `docker`, talking to `engine`: what stands at `/usr/bin/docker` on the host.
pub fn docker(engine: &Engine) -> Rc<dyn Program> {
    let engine = engine.clone();
    program(move |process| command(engine.clone(), process))
}

/// The program `docker-compose`: the same as `docker compose`.
pub fn docker_compose(engine: &Engine) -> Rc<dyn Program> {
    let engine = engine.clone();
    program(move |process| {
        let args = process.args();
        let words = ["docker".into(), "compose".into()].into_iter().chain(args.iter().skip(1).cloned());
        invoke(engine.clone(), process, words.map(|word: Rc<str>| word.to_string()).collect())
    })
}

async fn command(engine: Engine, process: Process) -> ExitCode {
    let words = process.args().iter().map(|word| word.to_string()).collect();
    invoke(engine, process, words).await
}

async fn invoke(engine: Engine, process: Process, words: Vec<String>) -> ExitCode {
    let clock = Clock::new(process.kernel().wall_clock(), process.now());
    let terminal = Terminal::new(clock, process.kernel().tasks().clone());
    let context = Context {
        step: step_of(&engine, &process),
        tasks: process.kernel().tasks().clone(),
        progress: Progress::new(terminal.clone(), Mode::Plain, Stream::Stderr),
        cancel: CancelToken::new(),
        terminal: terminal.clone(),
        engine,
        process: process.clone(),
        hook_listener: None,
        dry_run: None,
    };
    let work = async {
        let done = docker::run(&context, &process, words.get(1..).unwrap_or_default()).await;
        if let Err(Failure { text: Some(text), .. }) = &done {
            terminal.error(&format!("{text}\n"));
        }
        terminal.end();
        done
    };
    let (done, ()) = both(work, write_out(&process, &terminal)).await;
    ExitCode(done.map_or_else(|failure| (failure.code & 0xff) as u8, |()| 0))
}

/// Writes what was printed to the process's streams, in order, until the end.
async fn write_out(process: &Process, terminal: &Terminal) {
    loop {
        match terminal.next().await {
            Chunk::Bytes(Stream::Stdout, bytes) => process.print(bytes).await,
            Chunk::Bytes(Stream::Stderr, bytes) => process.complain(bytes).await,
            Chunk::End => return,
        }
    }
}

/// Runs two futures together until both have ended.
async fn both<A, B>(left: impl Future<Output = A>, right: impl Future<Output = B>) -> (A, B) {
    let (mut left, mut right) = (std::pin::pin!(left), std::pin::pin!(right));
    let (mut first, mut second) = (None, None);
    std::future::poll_fn(|context| {
        if first.is_none()
            && let std::task::Poll::Ready(value) = left.as_mut().poll(context)
        {
            first = Some(value);
        }
        if second.is_none()
            && let std::task::Poll::Ready(value) = right.as_mut().poll(context)
        {
            second = Some(value);
        }
        match (first.is_some(), second.is_some()) {
            (true, true) => std::task::Poll::Ready(()),
            _ => std::task::Poll::Pending,
        }
    })
    .await;
    (first.expect("polled to its end"), second.expect("polled to its end"))
}

/// The step that a command line belongs to: its process bears the number of the event with which the step began. Else the
/// last that began.
fn step_of(engine: &Engine, process: &Process) -> StepId {
    let log = engine.recorder().log();
    let began = |kind: &EventKind| match kind {
        EventKind::StepBegan { step } => Some(*step),
        _ => None,
    };
    let own = process.tag().and_then(|tag| began(&log.events.get(tag as usize)?.kind));
    own.or_else(|| log.events.iter().rev().find_map(|event| began(&event.kind))).unwrap_or(StepId(0))
}
