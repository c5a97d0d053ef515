//! Replays a session: lays out the host, carries out step after step at its time, and yields the log.

use super::host::{Host, Output};
use super::request;
use super::{Fault, Limits, Session, SimulatedRun, Step};
use crate::kernel::select::{Either, select};
use crate::kernel::{Bound, Instant, Join, Outcome, Process, Signal};
use crate::sim::log::{Cause, CausedBy, EventId, EventKind, Rule, StepId, Stream};
use std::rc::Rc;
use std::time::Duration;

/// Replays a session from its beginning, within the usual limits.
pub fn simulate(session: &Session) -> SimulatedRun {
    simulate_within(session, &Limits::default())
}

/// Replays a session from its beginning.
pub fn simulate_within(session: &Session, limits: &Limits) -> SimulatedRun {
    let host = Rc::new(Host::new(session, limits.images));
    let replay = Rc::new(Replay { host: host.clone(), session: session.clone(), limits: limits.clone() });
    let tasks = host.tasks.clone();
    let all = tasks.spawn(async move { replay.run().await });
    let outcome = tasks.run_to_completion(&all, Instant::START + limits.session);
    let recorder = host.engine.recorder().clone();
    if let Some(what) = bound(outcome) {
        let last = session.steps.len().saturating_sub(1) as u32;
        recorder.record(tasks.now(), asked(StepId(last)), EventKind::BoundHit { what: what.into() });
    }
    let log = recorder.finish(tasks.now());
    host.engine.shut_down();
    tasks.abort_all();
    SimulatedRun { log }
}

fn bound(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Ended => None,
        Outcome::Deadline => Some("the session is longer than is simulated"),
        Outcome::Idle => Some("the session waits for something that never happens"),
        Outcome::Bound(Bound::StepsPerInstant) => Some("a program works without ever waiting: time stands still"),
        Outcome::Bound(Bound::Tasks) => Some("more processes and requests at once than are simulated"),
    }
}

fn asked(step: StepId) -> Cause {
    Cause { by: CausedBy::Step(step), rule: Rule::Asked, place: None }
}

/// Waits for the end of a step; one that was cut off has no more to do.
async fn finished(step: Option<Join<()>>) {
    if let Some(step) = step {
        let _ = step.await;
    }
}

struct Replay {
    host: Rc<Host>,
    session: Session,
    limits: Limits,
}

impl Replay {
    /// Takes every step at its time: after the one before, or beside it.
    async fn run(self: Rc<Self>) {
        for line in &self.session.before {
            self.command(line, None, None, Rc::new(|_, _| {})).await;
        }
        let tasks = &self.host.tasks;
        let origin = tasks.now();
        let mut began = origin;
        let mut taken: Vec<Join<()>> = Vec::new();
        for (number, timed) in self.session.steps.iter().enumerate() {
            let earliest = origin + timed.not_before;
            match (&timed.step, taken.pop()) {
                (Step::Beside { after, .. }, before) => {
                    tasks.sleep_until(earliest.max(began + *after)).await;
                    taken.extend(before);
                }
                (_, before) => {
                    finished(before).await;
                    tasks.sleep_until(earliest).await;
                }
            }
            began = tasks.now();
            let (replay, step) = (self.clone(), StepId(number as u32));
            taken.push(tasks.spawn(async move { replay.step(step).await }));
        }
        for step in taken {
            finished(Some(step)).await;
        }
        tasks.sleep(self.limits.tail).await;
    }

    async fn step(&self, step: StepId) {
        let cause = asked(step);
        let began = self.record(cause, EventKind::StepBegan { step });
        let exit_code = match self.session.steps[step.0 as usize].step.plain() {
            Step::Run { command, interrupt_after } => {
                let output = self.output(step);
                self.command(command, Some(began), *interrupt_after, output).await
            }
            Step::Wait(span) => {
                self.host.tasks.sleep(*span).await;
                None
            }
            Step::Edit { path, content } => {
                self.edit(path, content.as_deref(), cause);
                None
            }
            Step::Request { port, path } => {
                let outcome = request::get(&self.host, *port, path).await;
                self.record(
                    cause,
                    EventKind::Request { port: *port, path: path.as_str().into(), outcome: outcome.into() },
                );
                None
            }
            Step::RestartDaemon => {
                self.host.engine.restart_daemon(cause).await;
                None
            }
            Step::RebootHost => {
                self.host.lose_power();
                self.host.engine.reboot_host(cause).await;
                None
            }
            // A plain step is never one beside another.
            Step::Beside { .. } => None,
            Step::Fault(fault) => {
                self.fault(step, fault, cause);
                None
            }
        };
        self.record(cause, EventKind::StepEnded { step, exit_code });
    }

    fn record(&self, cause: Cause, kind: EventKind) -> EventId {
        self.host.engine.recorder().record(self.host.tasks.now(), cause, kind)
    }

    /// Where a step's command writes to: the log.
    fn output(&self, step: StepId) -> Output {
        let (recorder, tasks) = (self.host.engine.recorder().clone(), self.host.tasks.clone());
        Rc::new(move |stream, bytes| {
            let text: Rc<str> = String::from_utf8_lossy(bytes).into();
            recorder.record(tasks.now(), asked(step), EventKind::Output { step, stream, text });
        })
    }

    /// Runs the command line of a step that `began`, to its end; `None` if it had to be given up.
    async fn command(
        &self,
        line: &str,
        began: Option<EventId>,
        interrupt_after: Option<Duration>,
        output: Output,
    ) -> Option<i32> {
        let process = match self.host.shell(line, output.clone()) {
            Ok(process) => {
                if let Some(EventId(began)) = began {
                    process.set_tag(began);
                }
                process
            }
            Err(_) => {
                output(Stream::Stderr, b"sh: can't fork: Resource temporarily unavailable\n");
                return Some(2);
            }
        };
        if let Some(after) = interrupt_after
            && self.host.tasks.timeout(after, process.ended()).await.is_none()
        {
            self.host.signal(&process, Signal::INT);
        }
        match select(process.ended(), self.host.tasks.sleep(self.limits.step)).await {
            Either::Left(status) => Some(i32::from(status.code())),
            Either::Right(()) => {
                self.give_up(&process);
                None
            }
        }
    }

    fn give_up(&self, process: &Process) {
        let last = self.host.engine.recorder().len().saturating_sub(1) as u32;
        let by = CausedBy::Event(EventId(last));
        let what = "the command line did not end and was given up".into();
        self.record(Cause { by, rule: Rule::Bound, place: None }, EventKind::BoundHit { what });
        self.host.signal(process, Signal::KILL);
    }

    fn edit(&self, path: &str, content: Option<&[u8]>, cause: Cause) {
        let absolute = self.host.path(path);
        // Removing what is not there, or writing below a file, leaves the folder as it is.
        let _ = match content {
            Some(content) => self.host.files.write(&absolute, content),
            None => self.host.files.remove_all(&absolute),
        };
        self.record(cause, EventKind::FileEdited { path: path.into() });
    }

    fn fault(&self, step: StepId, fault: &Fault, cause: Cause) {
        let engine = &self.host.engine;
        let result = match fault {
            Fault::KillProcess { container } => engine.crash(container, cause),
            Fault::Hang { container } => engine.hang(container, cause),
            Fault::FailProbes { container, count } => engine.fail_probes(container, *count, cause),
            Fault::FillDisk { volume } => engine.fill_disk(volume, cause),
        };
        if let Err(problem) = result {
            let text = format!("{problem}\n").into();
            self.record(cause, EventKind::Output { step, stream: Stream::Stderr, text });
        }
    }
}
