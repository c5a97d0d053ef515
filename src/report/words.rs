//! Names and sentences: how a container, a signal, a span of time, and each kind of event are put into words.

use super::Report;
use crate::sim::log::{
    ContainerId, DataPlace, DependencyWait, Event, EventKind, ExecOutcome, Health, RequestOutcome, StepId, VolumeKind,
    WaitCondition,
};
use crate::timeline::GateCondition;
use std::time::Duration;

/// A span of time as one says it: `0.4 s`, `12 s`, `1 min 5 s`.
pub(super) fn span(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    match tenths {
        0 if time.is_zero() => "0 s".into(),
        0 => "less than 0.1 s".into(),
        1..600 if tenths.is_multiple_of(10) => format!("{} s", tenths / 10),
        1..600 => format!("{}.{} s", tenths / 10, tenths % 10),
        _ => {
            let seconds = (time.as_millis() + 500) / 1000;
            match (seconds / 60, seconds % 60) {
                (minutes, 0) => format!("{minutes} min"),
                (minutes, rest) => format!("{minutes} min {rest} s"),
            }
        }
    }
}

/// A signal's name: `SIGTERM`.
pub(super) fn signal(number: u8) -> String {
    let known = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        10 => "SIGUSR1",
        11 => "SIGSEGV",
        12 => "SIGUSR2",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        18 => "SIGCONT",
        19 => "SIGSTOP",
        28 => "SIGWINCH",
        _ => return format!("signal {number}"),
    };
    known.into()
}

/// An exit code with what it tells: `137 (killed by SIGKILL)`.
pub(super) fn exit_code(code: i32) -> String {
    match code {
        126 => "126 (the command could not be run)".into(),
        127 => "127 (command not found)".into(),
        129..=192 => format!("{code} (killed by {})", signal((code - 128) as u8)),
        _ => code.to_string(),
    }
}

/// What a condition waits for, as the end of "waits until … ".
pub(super) fn condition(condition: WaitCondition) -> &'static str {
    match condition {
        WaitCondition::Healthy => "is healthy",
        WaitCondition::CompletedSuccessfully => "has ended with exit code 0",
        WaitCondition::RunningOrHealthy => "runs (and is healthy, where there is a health check)",
    }
}

/// How many probes failed: "2 of 5 probes failed", and past the limit "7 probes failed in a row".
pub(super) fn failures(streak: u32, retries: u32) -> String {
    if streak > retries {
        format!("{streak} probes failed in a row")
    } else {
        format!("{streak} of {retries} probes failed")
    }
}

/// A volume's name short enough to be read: anonymous ones have 64 digits.
pub(super) fn volume(name: &str) -> String {
    let is_anonymous = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_anonymous { format!("{}…", &name[..12]) } else { name.into() }
}

impl Report<'_> {
    /// What a container is called on the picture: `db-1`.
    pub(super) fn container(&self, container: ContainerId) -> String {
        match self.timeline.lane_of(container) {
            Some(lane) => self.timeline.containers[lane].title(),
            None => format!("container {}", container.0),
        }
    }

    /// A step as the learner gave it.
    pub(super) fn step(&self, step: StepId) -> String {
        match self.steps.get(step.0 as usize) {
            Some(words) => format!("`{words}`"),
            None => format!("step {}", step.0 + 1),
        }
    }

    /// Where bytes live, in words.
    pub(super) fn place(&self, place: &DataPlace) -> String {
        match place {
            DataPlace::WritableLayer(container) => format!("the writable layer of {}", self.container(*container)),
            DataPlace::Volume(name) => format!("volume {}", volume(name)),
            DataPlace::Host(path) => format!("{path} on the host"),
            DataPlace::Tmpfs(container, path) => format!("the tmpfs {path} of {}", self.container(*container)),
        }
    }

    /// What happened, as a sentence without a full stop.
    pub(super) fn sentence(&self, event: &Event) -> String {
        match &event.kind {
            EventKind::StepBegan { step } => format!("You ran {}", self.step(*step)),
            EventKind::StepEnded { step, exit_code: Some(code) } => {
                format!("{} ended with exit code {code}", self.step(*step))
            }
            EventKind::StepEnded { step, exit_code: None } => format!("{} was done", self.step(*step)),
            EventKind::Output { step, text, .. } => format!("{} printed: {}", self.step(*step), text.trim_end()),
            EventKind::FileEdited { path } => format!("You edited {path}"),
            EventKind::Request { port, path, outcome } => {
                format!("GET http://localhost:{port}{path}: {}", answer(outcome))
            }
            EventKind::FaultInjected { what } => format!("You broke something: {what}"),
            EventKind::BoundHit { what } => format!("The simulation stopped here: {what}"),
            EventKind::WaitBegan(_) | EventKind::WaitEnded { .. } => self.wait_sentence(&event.kind),
            EventKind::ExecStarted { .. } | EventKind::ExecEnded { .. } => self.exec_sentence(event),
            kind => self.data_sentence(kind).unwrap_or_else(|| self.container_sentence(kind)),
        }
    }

    fn wait_sentence(&self, kind: &EventKind) -> String {
        match kind {
            EventKind::WaitBegan(wait) => {
                format!("{} began to wait until {} {}", who_waits(wait), wait.dependency, condition(wait.condition))
            }
            EventKind::WaitEnded { wait, failure: None } => {
                let (word, service) = (GateCondition::Polled(wait.condition).word(), &wait.service);
                let after = if service.is_empty() { String::new() } else { format!(", so {service} may start") };
                format!("{} fulfilled {word}{after}", wait.dependency)
            }
            EventKind::WaitEnded { wait, failure: Some(text) } => {
                format!("{} gave up waiting for {}: {text}", who_waits(wait), wait.dependency)
            }
            _ => String::new(),
        }
    }

    fn exec_sentence(&self, event: &Event) -> String {
        match &event.kind {
            EventKind::ExecStarted { container, command, probe: true, .. } => {
                format!("A probe of {} began: {command}", self.container(*container))
            }
            EventKind::ExecStarted { container, command, .. } => {
                format!("A command began in {}: {command}", self.container(*container))
            }
            EventKind::ExecEnded { container, exec, exit_code: code, outcome, output } => {
                let began = self.execs.get(exec).and_then(|id| self.event(*id));
                let probe = began.is_some_and(|began| matches!(began.kind, EventKind::ExecStarted { probe: true, .. }));
                let took = began.map_or(Duration::ZERO, |began| event.at.since(began.at));
                let name = self.container(*container);
                let what = if probe { format!("The probe of {name}") } else { format!("The command in {name}") };
                match outcome {
                    ExecOutcome::TimedOut => format!("{what} was killed after {}: it ran into its timeout", span(took)),
                    ExecOutcome::NotLaunched => format!("{what} could not be run: {}", output.trim_end()),
                    ExecOutcome::Exited if *code == 0 && probe => format!("{what} succeeded"),
                    ExecOutcome::Exited if probe => format!("{what} failed with exit code {}", exit_code(*code)),
                    ExecOutcome::Exited => format!("{what} ended with exit code {}", exit_code(*code)),
                }
            }
            _ => String::new(),
        }
    }

    fn data_sentence(&self, kind: &EventKind) -> Option<String> {
        Some(match kind {
            EventKind::NetworkCreated { name, .. } => format!("Network {name} was created"),
            EventKind::NetworkDestroyed { name, .. } => format!("Network {name} was removed"),
            EventKind::VolumeCreated { name, kind: VolumeKind::Named } => format!("Volume {name} was created, empty"),
            EventKind::VolumeCreated { name, kind: VolumeKind::Anonymous } => {
                format!("An anonymous volume, {}, was created, empty", volume(name))
            }
            EventKind::VolumeMounted { container, mounted } => {
                let (name, destination) = (volume(&mounted.name), &mounted.destination);
                format!("Volume {name} was mounted in {} at {destination}", self.container(*container))
            }
            EventKind::VolumeUnmounted { name, container } => {
                format!("Volume {} was unmounted from {}", volume(name), self.container(*container))
            }
            EventKind::VolumeDestroyed { name } => {
                format!("Volume {} was removed with all that was in it", volume(name))
            }
            EventKind::FileWritten(file) => {
                format!("{} was written in {} ({} bytes)", file.path, self.place(&file.place), file.size)
            }
            EventKind::FileRemoved { place, path } => format!("{path} was removed from {}", self.place(place)),
            EventKind::DataLost { place } => format!("All data in {} were lost", self.place(place)),
            EventKind::DataSummary { place, text } => format!("{} now holds: {text}", capital(&self.place(place))),
            _ => return None,
        })
    }

    fn container_sentence(&self, kind: &EventKind) -> String {
        let name = kind.container().map(|container| self.container(container)).unwrap_or_default();
        match kind {
            EventKind::ContainerCreated(created) => match created.replaces {
                Some(_) => format!("{name} was created anew from {}, to replace the one before", created.image),
                None => format!("{name} was created from {}", created.image),
            },
            EventKind::ContainerRenamed { name: new, .. } => format!("{name} got its name, {new}"),
            EventKind::ContainerStarted { .. } => format!("{name} was started"),
            EventKind::ContainerStartFailed { exit_code: code, message, .. } => {
                format!("{name} could not be started: {message} (exit code {code})")
            }
            EventKind::ContainerKilled { signal: number, .. } => format!("{name} was sent {}", signal(*number)),
            EventKind::ContainerOutOfMemory { .. } => format!("{name} ran out of memory"),
            EventKind::ContainerDied { exit_code: code, .. } => {
                format!("The main process of {name} ended with exit code {}", exit_code(*code))
            }
            EventKind::ContainerStopped { .. } => format!("{name} was stopped"),
            EventKind::ContainerRestarted { .. } => format!("{name} was restarted"),
            EventKind::ContainerPaused { .. } => format!("{name} was paused"),
            EventKind::ContainerUnpaused { .. } => format!("{name} was unpaused"),
            EventKind::ContainerDestroyed { .. } => format!("{name} was removed, and its writable layer with it"),
            EventKind::RestartScheduled { delay, restart_count, .. } => {
                format!("{name} will be started again in {} (restart {restart_count})", span(*delay))
            }
            EventKind::RestartCanceled { .. } => {
                format!("{name} will not be started again: it was stopped in the pause")
            }
            EventKind::HealthChanged { container, health, failing_streak, .. } => {
                self.health_sentence(&name, *container, *health, *failing_streak)
            }
            EventKind::PortBound { port, .. } => {
                format!("Port {} of the host leads to port {} of {name} ({})", port.host, port.container, port.protocol)
            }
            EventKind::BehaviourGuessed { .. } => {
                format!("Nobody recognises a program of {name}: what it does is guessed")
            }
            EventKind::LogLine { text, .. } => format!("{name} wrote: {}", text.trim_end()),
            _ => "Something happened".into(),
        }
    }

    fn health_sentence(&self, name: &str, container: ContainerId, health: Health, streak: u32) -> String {
        let lane = self.timeline.lane_of(container).map(|lane| &self.timeline.containers[lane]);
        let life = lane.and_then(|lane| lane.lives.iter().find(|life| life.container == container));
        let retries = life.and_then(|life| life.health_check).map_or(0, |check| check.retries);
        match (health, streak) {
            (Health::Healthy, 0) => format!("{name} is healthy"),
            (Health::Starting, 0) => format!("The health of {name} is not known yet: starting"),
            (Health::Unhealthy, 0) => format!("{name} counts as unhealthy while it does not run"),
            (Health::Unhealthy, _) if streak >= retries => {
                format!("{name} is unhealthy: {streak} failed probes in a row")
            }
            _ => {
                format!("{name} has {streak} failed {} in a row, {retries} make it unhealthy", plural(streak, "probe"))
            }
        }
    }
}

/// Who waits: a service, or the command itself.
fn who_waits(wait: &DependencyWait) -> &str {
    if wait.service.is_empty() { "The command" } else { &wait.service }
}

fn plural(count: u32, word: &str) -> String {
    if count == 1 { word.into() } else { format!("{word}s") }
}

/// A sentence's beginning with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn answer(outcome: &RequestOutcome) -> String {
    match outcome {
        RequestOutcome::Response { status, body } => format!("{status} {}", body.trim_end()),
        RequestOutcome::ConnectionRefused => "connection refused".into(),
        RequestOutcome::ConnectionReset => "connection reset".into(),
        RequestOutcome::TimedOut => "no answer in time".into(),
    }
}

/// A sentence's beginning within another: only the first letter of a word that is not a name.
pub(super) fn uncapital(text: &str) -> String {
    match ["You ", "The ", "A ", "An ", "All "].iter().any(|word| text.starts_with(word)) {
        true => text[..1].to_lowercase() + &text[1..],
        false => text.into(),
    }
}
