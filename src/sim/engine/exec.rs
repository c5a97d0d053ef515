//! Commands executed beside a container's main process: those of clients, and the probes of the health monitor
//! (semantics H5, X10; recordings `exec-errors`, `health-probe-timeout`, `health-test-forms`).

use super::config::ExecConfig;
use super::container::{Container, Run};
use super::daemon::because_of;
use super::error::EngineError;
use super::launch;
use super::settings::HealthSettings;
use super::stop::restarting;
use super::view::ContainerState;
use super::{Answer, Engine, OutputSink, Streams};
use crate::kernel::descriptor::Description;
use crate::kernel::pipe::PipeReader;
use crate::kernel::process::Origin;
use crate::kernel::spawn::Known;
use crate::kernel::{ExitStatus, Instant, Launch, Process, Signal, Sink, Start};
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerId, EventId, EventKind, ExecId, ExecOutcome, Rule, Stream};
use std::cell::RefCell;
use std::rc::Rc;

/// How much of a probe's output is kept (H9).
const KEPT_OUTPUT: usize = 4096;

/// What a probe says that failed on a guess.
const GUESSED_TO_PASS: &[u8] = b"drydock: nobody knows what this image answers; the probe is guessed to pass\n";

impl Engine {
    /// Runs a command in a running container until it ends, connected to `streams`. Answers the exit code. A program
    /// that is not found answers 126 or 127 with the runtime's text written to standard output (recording `exec-errors`).
    pub async fn exec(&self, container: ContainerId, exec: ExecConfig, streams: Streams, cause: Cause) -> Answer<i32> {
        let Streams { input, output } = streams;
        let container = self.container(container)?;
        let run = self.run_for_exec(&container)?;
        self.tasks().sleep(costs::EXEC_START).await;
        let id = self.next_exec();
        let started = self.record(
            cause,
            EventKind::ExecStarted {
                container: container.id,
                exec: id,
                command: exec.command.join(" ").into(),
                probe: false,
            },
        );
        self.tasks().sleep(costs::EXEC_LAUNCH).await;
        let ended = |exit_code, outcome| EventKind::ExecEnded {
            container: container.id,
            exec: id,
            exit_code,
            outcome,
            output: self.0.nothing.clone(),
        };
        let process = match launch_exec(&run, &exec, input, &output) {
            Ok(process) => {
                process.set_tag(started.0);
                process
            }
            Err(text) => {
                let code =
                    if text.contains("executable file not found") || text.contains("no such file") { 127 } else { 126 };
                output(Stream::Stdout, format!("{text}\n").as_bytes());
                self.record(because_of(started, Rule::Program), ended(code, ExecOutcome::NotLaunched));
                return Ok(code);
            }
        };
        let status = process.ended().await;
        self.tasks().sleep(costs::EXEC_END).await;
        let code = i32::from(status.code());
        self.record(because_of(started, Rule::Program), ended(code, ExecOutcome::Exited));
        Ok(code)
    }

    fn run_for_exec(&self, container: &Container) -> Answer<Rc<Run>> {
        let hex = &container.hex;
        match self.state(container) {
            ContainerState::Running => {}
            ContainerState::Paused => {
                let text = format!("Container {hex} is paused, unpause the container before exec");
                return Err(EngineError::conflict(text));
            }
            ContainerState::Restarting => return Err(restarting(hex)),
            _ => return Err(EngineError::conflict(format!("container {hex} is not running"))),
        }
        self.live_run(container).ok_or_else(|| EngineError::conflict(format!("container {hex} is not running")))
    }
}

/// Starts a client's command; the error is what the client sees.
fn launch_exec(
    run: &Run,
    exec: &ExecConfig,
    input: Option<PipeReader>,
    output: &OutputSink,
) -> Result<Process, String> {
    let sink = |stream| {
        let output = output.clone();
        let sink: Rc<dyn Sink> = Rc::new(move |bytes: &[u8]| output(stream, bytes));
        Some(Rc::new(Description::Sink(sink)))
    };
    let input = input.map_or(Description::Null, Description::PipeReader);
    let mut environment = run.environment.clone();
    for (name, value) in &exec.environment {
        environment.set(name.as_str(), value.as_str());
    }
    let access = match &exec.user {
        Some(user) => launch::find_user(run.namespaces.mounts(), user).map_err(|failure| failure.message)?,
        None => run.access,
    };
    let launch = Launch {
        start: Rc::new(Start {
            args: exec.command.iter().map(|word| word.as_str().into()).collect(),
            environment,
            folder: exec.working_dir.as_deref().map_or_else(|| run.folder.clone(), Rc::from),
        }),
        access,
        descriptors: Rc::new(vec![Some(Rc::new(input)), sink(Stream::Stdout), sink(Stream::Stderr)]),
    };
    let failed =
        |text: &str| format!("OCI runtime exec failed: exec failed: unable to start container process: {text}");
    let executable = launch::executable(&run.namespaces, &launch).map_err(|text| failed(&text))?;
    run.namespaces.launch_program(launch, &executable).map_err(|problem| failed(&format!("{problem:?}")))
}

/// The probe of one run: everything it needs, made once.
pub(super) struct Probe<'a> {
    engine: &'a Engine,
    container: &'a Container,
    run: &'a Run,
    settings: &'a HealthSettings,
    launch: Launch,
    known: RefCell<Option<Known>>,
    output: Rc<RefCell<Vec<u8>>>,
}

impl<'a> Probe<'a> {
    pub fn new(engine: &'a Engine, container: &'a Container, run: &'a Run, settings: &'a HealthSettings) -> Self {
        let output: Rc<RefCell<Vec<u8>>> = Rc::default();
        let kept = output.clone();
        let sink: Rc<dyn Sink> = Rc::new(move |bytes: &[u8]| {
            let mut kept = kept.borrow_mut();
            let room = KEPT_OUTPUT.saturating_sub(kept.len());
            kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        });
        let both = Some(Rc::new(Description::Sink(sink)));
        let launch = Launch {
            start: Rc::new(Start {
                args: settings.argv.clone(),
                environment: run.environment.clone(),
                folder: run.folder.clone(),
            }),
            access: run.access,
            descriptors: Rc::new(vec![Some(Rc::new(Description::Null)), both.clone(), both]),
        };
        Self { engine, container, run, settings, launch, known: RefCell::default(), output }
    }

    /// Runs it once; when it began, its exit code, and the event of its end.
    pub async fn run(&self, cause: Cause) -> (Instant, i32, EventId) {
        let start = self.engine.now();
        let exec = self.engine.next_exec();
        let started = self.engine.record(
            cause,
            EventKind::ExecStarted {
                container: self.container.id,
                exec,
                command: self.settings.command.clone(),
                probe: true,
            },
        );
        self.output.borrow_mut().clear();
        let (exit_code, outcome, output) = self.outcome(start, started).await;
        let exit_code = self.after_fault(exit_code);
        let rule = if outcome == ExecOutcome::TimedOut { Rule::ProbeTimeout } else { Rule::Program };
        let ended = self.end(exec, exit_code, outcome, output, because_of(started, rule));
        (start, exit_code, ended)
    }

    async fn outcome(&self, start: Instant, started: EventId) -> (i32, ExecOutcome, Rc<str>) {
        let tasks = self.engine.tasks();
        tasks.sleep(costs::EXEC_LAUNCH).await;
        let launched = tasks.now();
        let process = match launch::start_again(&self.run.namespaces, &self.launch, &mut self.known.borrow_mut()) {
            Ok(process) => {
                process.set_tag(started.0);
                process
            }
            Err(text) => {
                let text = format!("OCI runtime exec failed: exec failed: unable to start container process: {text}");
                return (-1, ExecOutcome::NotLaunched, text.into());
            }
        };
        let left = (start + self.settings.pace.timeout).since(tasks.now());
        match tasks.timeout(left, process.ended()).await {
            Some(status) => {
                tasks.sleep(costs::EXEC_END).await;
                let exit_code = self.unless_guessed(i32::from(ExitStatus::code(status)), launched);
                (exit_code, ExecOutcome::Exited, self.text())
            }
            None => {
                process.deliver(Signal::KILL, Origin::Outside);
                tasks.sleep(costs::PROBE_TIMEOUT_OVERRUN).await;
                let output = self.text();
                let colon = if output.is_empty() { "" } else { ": " };
                let limit = go_duration(self.settings.pace.timeout);
                let text = format!("Health check exceeded timeout ({limit}){colon}{output}");
                (-1, ExecOutcome::TimedOut, text.into())
            }
        }
    }

    /// The exit code of a probe; one that failed on an answer that is a guess is guessed to pass once the app has booted, and
    /// says so: what it looked for in the answer nobody knows.
    fn unless_guessed(&self, exit_code: i32, launched: Instant) -> i32 {
        let unknown = &self.run.unknown;
        if exit_code == 0 || !unknown.has_booted() || !unknown.has_guessed_since(launched) {
            return exit_code;
        }
        self.output.borrow_mut().extend_from_slice(GUESSED_TO_PASS);
        0
    }

    fn text(&self) -> Rc<str> {
        let output = self.output.borrow();
        if output.is_empty() {
            return self.engine.0.nothing.clone();
        }
        let text = String::from_utf8_lossy(&output);
        if output.len() < KEPT_OUTPUT { text.into() } else { format!("{text}...").into() }
    }

    /// A fault may make the probe fail whatever it found.
    fn after_fault(&self, exit_code: i32) -> i32 {
        let failing = self.container.failing_probes.get();
        if failing == 0 {
            return exit_code;
        }
        self.container.failing_probes.set(failing - 1);
        if exit_code == 0 { 1 } else { exit_code }
    }

    fn end(&self, exec: ExecId, exit_code: i32, outcome: ExecOutcome, output: Rc<str>, cause: Cause) -> EventId {
        let container = self.container.id;
        self.engine.record(cause, EventKind::ExecEnded { container, exec, exit_code, outcome, output })
    }
}

/// A duration as Go prints it: `1s`, `1m30s`, `500ms`, `1.5s`.
pub(super) fn go_duration(span: std::time::Duration) -> String {
    let micros = span.as_micros();
    if micros == 0 {
        return "0s".into();
    }
    if micros < 1_000 {
        return format!("{micros}\u{b5}s");
    }
    let fraction = |value: u128, unit: u128| {
        let digits = format!("{:0width$}", value % unit, width = unit.ilog10() as usize);
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() { (value / unit).to_string() } else { format!("{}.{digits}", value / unit) }
    };
    if micros < 1_000_000 {
        return format!("{}ms", fraction(micros, 1_000));
    }
    let (minutes, rest) = (micros / 60_000_000, micros % 60_000_000);
    let seconds = format!("{}s", fraction(rest, 1_000_000));
    match (minutes / 60, minutes % 60) {
        (0, 0) => seconds,
        (0, minutes) => format!("{minutes}m{seconds}"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn durations_are_written_as_go_does() {
        for (millis, text) in [(1000, "1s"), (1500, "1.5s"), (500, "500ms"), (90_000, "1m30s"), (3_600_000, "1h0m0s")] {
            assert_eq!(go_duration(Duration::from_millis(millis)), text);
        }
    }
}
