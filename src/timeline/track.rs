//! One container's life out of the log: its phases from creation to removal, its probes, its notes.

use super::lane::{
    Binding, Moment, Note, NoteKind, Phase, PhaseKind, Probe, ProbeCount, ProbeResult, StartPeriod, Wait,
};
use crate::kernel::Instant;
use crate::sim::log::{
    BoundPort, Cause, CausedBy, ContainerCreated, ContainerId, DependencyWait, Event, EventId, EventKind, EventLog,
    ExecId, ExecOutcome, Health, Rule,
};
use crate::text::Span;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Everything one container did. `life` indexes are 0 here; assembling the lanes sets them.
pub(super) struct Track {
    pub created: Moment,
    pub about: ContainerCreated,
    pub destroyed: Option<Moment>,
    /// From creation to removal or the session's end; never empty phases.
    pub phases: Vec<Phase>,
    pub probes: Vec<Probe>,
    pub start_periods: Vec<StartPeriod>,
    pub notes: Vec<Note>,
    pub bindings: Vec<Binding>,
    state: State,
}

/// What is known of a container while its events pass by.
struct State {
    /// What it is when nothing is waited for: created or exited.
    rest: PhaseKind,
    health: Option<Health>,
    waits: Vec<Wait>,
    started: Option<Instant>,
    /// The signal that may end it: the first of a chain that leads to SIGKILL.
    signal: Option<(Moment, Option<Span>, u8)>,
    /// Where the probe of an exec stands in `probes`.
    probe: Option<usize>,
}

/// All tracks of a log, by container.
pub(super) fn fold(log: &EventLog, end: Instant) -> BTreeMap<ContainerId, Track> {
    let mut fold = Fold { tracks: BTreeMap::new(), services: BTreeMap::new() };
    for (index, event) in log.events.iter().enumerate() {
        fold.event(Moment { at: event.at, event: EventId(index as u32) }, event);
    }
    for track in fold.tracks.values_mut() {
        track.finish(end);
    }
    fold.tracks
}

/// A service of a project.
pub(super) type ServiceKey = (Option<Rc<str>>, Rc<str>);

struct Fold {
    tracks: BTreeMap<ContainerId, Track>,
    services: BTreeMap<ServiceKey, Vec<ContainerId>>,
}

impl Fold {
    fn event(&mut self, moment: Moment, event: &Event) {
        match &event.kind {
            EventKind::ContainerCreated(created) => {
                if let Some(service) = &created.service {
                    self.services
                        .entry((created.project.clone(), service.clone()))
                        .or_default()
                        .push(created.container);
                }
                self.tracks.insert(created.container, Track::new(moment, created, event.cause));
            }
            EventKind::WaitBegan(told) => {
                let DependencyWait { step, dependency, condition, .. } = &**told;
                let wait = Wait { step: *step, dependency: dependency.clone(), condition: *condition, began: moment };
                self.each_of(told, |track| track.wait_began(moment, event.cause, wait.clone()));
            }
            EventKind::WaitEnded { wait: told, .. } => {
                let DependencyWait { step, dependency, condition, .. } = &**told;
                let done =
                    |wait: &Wait| wait.step == *step && wait.dependency == *dependency && wait.condition == *condition;
                self.each_of(told, |track| track.waits_ended(moment, event.cause, done));
            }
            EventKind::StepEnded { step, .. } => {
                for track in self.tracks.values_mut() {
                    track.waits_ended(moment, event.cause, |wait| wait.step == *step);
                }
            }
            kind => {
                if let Some(track) = kind.container().and_then(|container| self.tracks.get_mut(&container)) {
                    track.event(moment, event);
                }
            }
        }
    }

    /// What a wait does to each container of the service that waits.
    fn each_of(&mut self, wait: &DependencyWait, mut act: impl FnMut(&mut Track)) {
        let service = (Some(wait.project.clone()), wait.service.clone());
        for container in self.services.get(&service).into_iter().flatten() {
            if let Some(track) = self.tracks.get_mut(container) {
                act(track);
            }
        }
    }
}

impl Track {
    fn new(moment: Moment, about: &ContainerCreated, cause: Cause) -> Self {
        let state = State {
            rest: PhaseKind::Created,
            health: None,
            waits: Vec::new(),
            started: None,
            signal: None,
            probe: None,
        };
        let mut track = Self {
            created: moment,
            about: about.clone(),
            destroyed: None,
            phases: Vec::new(),
            probes: Vec::new(),
            start_periods: Vec::new(),
            notes: Vec::new(),
            bindings: Vec::new(),
            state,
        };
        track.enter(moment, cause.place, PhaseKind::Created);
        track
    }

    fn event(&mut self, moment: Moment, event: &Event) {
        match &event.kind {
            EventKind::ContainerStarted { .. } => self.started(moment, event.cause),
            EventKind::ContainerStartFailed { exit_code, message, .. } => {
                self.note(moment, NoteKind::StartFailed { exit_code: *exit_code, message: message.clone() });
                if *self.kind() != PhaseKind::Created {
                    self.at_rest(moment, event.cause, PhaseKind::Exited { code: *exit_code });
                }
            }
            EventKind::PortBound { port, .. } => {
                let port = BoundPort::clone(port);
                self.bindings.push(Binding { life: 0, from: moment.at, until: None, port });
            }
            EventKind::ContainerKilled { signal, .. } => self.signalled(moment, event.cause, *signal),
            EventKind::ContainerOutOfMemory { .. } => self.note(moment, NoteKind::OutOfMemory),
            EventKind::ContainerDied { exit_code, .. } => self.died(moment, event.cause, *exit_code),
            EventKind::RestartScheduled { delay, restart_count, .. } => {
                self.backs_off(moment, event.cause, *delay, *restart_count)
            }
            EventKind::ContainerStopped { .. } | EventKind::RestartCanceled { .. } => self.stopped(moment, event.cause),
            EventKind::ContainerPaused { .. } => {
                self.interrupt_probe(moment);
                self.enter(moment, event.cause.place, PhaseKind::Paused);
            }
            EventKind::ContainerUnpaused { .. } => self.enter(moment, event.cause.place, self.live()),
            EventKind::ContainerDestroyed { .. } => {
                self.note(moment, NoteKind::Removed);
                self.finish(moment.at);
                self.destroyed = Some(moment);
            }
            EventKind::HealthChanged { health, failing_streak, .. } => {
                self.health_changed(moment, event.cause, *health, *failing_streak);
            }
            EventKind::ExecStarted { exec, probe: true, .. } => self.probe_began(moment, *exec),
            EventKind::ExecEnded { exec, exit_code, outcome, .. } => {
                self.probe_ended(moment, *exec, *exit_code, *outcome)
            }
            _ => {}
        }
    }

    fn kind(&self) -> &PhaseKind {
        self.phases.last().map_or(&PhaseKind::Absent, |phase| &phase.kind)
    }

    /// Ends the current phase and begins another; a phase without length leaves no trace.
    fn enter(&mut self, moment: Moment, place: Option<Span>, kind: PhaseKind) {
        if self.destroyed.is_some() {
            return;
        }
        if let Some(last) = self.phases.last_mut() {
            if last.kind == kind {
                return;
            }
            last.until = moment.at;
            if last.from == last.until {
                self.phases.pop();
            }
        }
        let span = place.or(self.about.span);
        self.phases.push(Phase {
            from: moment.at,
            until: moment.at,
            kind,
            life: Some(0),
            event: Some(moment.event),
            span,
        });
    }

    fn note(&mut self, at: Moment, kind: NoteKind) {
        self.notes.push(Note { at, life: 0, kind });
    }

    /// The phase of a running container, by its health.
    fn live(&self) -> PhaseKind {
        match self.state.health {
            None => PhaseKind::Running,
            Some(Health::Starting) => PhaseKind::HealthStarting,
            Some(Health::Healthy) => PhaseKind::Healthy,
            Some(Health::Unhealthy) => PhaseKind::Unhealthy,
        }
    }

    fn at_rest(&mut self, moment: Moment, cause: Cause, rest: PhaseKind) {
        self.state.rest = rest.clone();
        self.enter(moment, cause.place, rest);
    }

    fn started(&mut self, moment: Moment, cause: Cause) {
        self.state.started = Some(moment.at);
        self.state.signal = None;
        self.state.waits.clear();
        self.state.health = self.about.health_check.map(|_| Health::Starting);
        let start_period = self.about.health_check.map_or(Duration::ZERO, |check| check.start_period);
        if start_period > Duration::ZERO {
            let until = moment.at + start_period;
            self.start_periods.push(StartPeriod { from: moment.at, until });
        }
        self.enter(moment, cause.place, self.live());
    }

    fn signalled(&mut self, moment: Moment, cause: Cause, signal: u8) {
        self.note(moment, NoteKind::Signal(signal));
        if self.kind().is_running() && (cause.rule != Rule::GracePeriod || self.state.signal.is_none()) {
            self.state.signal = Some((moment, cause.place, signal));
        }
    }

    /// Turns what came after the first signal of the chain into the phase "stopping".
    fn stopping(&mut self, until: Instant) {
        let Some((signalled, place, signal)) = self.state.signal.take() else { return };
        if signalled.at >= until {
            return;
        }
        while self.phases.len() > 1 && self.phases.last().is_some_and(|phase| phase.from >= signalled.at) {
            self.phases.pop();
        }
        self.enter(signalled, place, PhaseKind::Stopping { signal });
    }

    fn died(&mut self, moment: Moment, cause: Cause, code: i32) {
        if self.state.signal.is_some_and(|(kill, _, signal)| ends_with(signal, code, cause, kill.event)) {
            self.stopping(moment.at);
        }
        self.state.signal = None;
        self.note(moment, NoteKind::Died(code));
        self.interrupt_probe(moment);
        self.end_start_period(moment.at);
        for binding in self.bindings.iter_mut().filter(|binding| binding.until.is_none()) {
            binding.until = Some(moment.at);
        }
        self.at_rest(moment, cause, PhaseKind::Exited { code });
    }

    fn backs_off(&mut self, moment: Moment, cause: Cause, delay: Duration, restart_count: u32) {
        let exit_code = match self.state.rest {
            PhaseKind::Exited { code } => code,
            _ => 0,
        };
        self.enter(moment, cause.place, PhaseKind::Restarting { exit_code, delay, restart_count });
    }

    /// A stop during the back-off ends it at once (R15).
    fn stopped(&mut self, moment: Moment, cause: Cause) {
        if matches!(self.kind(), PhaseKind::Restarting { .. }) {
            self.enter(moment, cause.place, self.state.rest.clone());
        }
    }

    fn health_changed(&mut self, moment: Moment, cause: Cause, health: Health, streak: u32) {
        self.state.health = Some(health);
        if matches!(
            self.kind(),
            PhaseKind::HealthStarting | PhaseKind::Healthy | PhaseKind::Unhealthy | PhaseKind::Running
        ) {
            self.enter(moment, cause.place, self.live());
        }
        if health == Health::Healthy {
            self.end_start_period(moment.at);
        }
        let retries = self.about.health_check.map_or(0, |check| check.retries);
        if let Some(probe) = self.probes.last_mut()
            && probe.ended.is_some_and(|ended| ended.at == moment.at)
            && probe.count == ProbeCount::Ignored
        {
            probe.count = ProbeCount::Failures { streak, retries };
        }
    }

    fn end_start_period(&mut self, at: Instant) {
        if let Some(period) = self.start_periods.last_mut() {
            period.until = period.until.min(at);
        }
    }

    fn probe_began(&mut self, moment: Moment, exec: ExecId) {
        self.state.probe = Some(self.probes.len());
        self.probes.push(Probe {
            exec,
            life: 0,
            began: moment,
            ended: None,
            result: ProbeResult::Running,
            count: ProbeCount::Zero,
        });
    }

    fn probe_ended(&mut self, moment: Moment, exec: ExecId, exit_code: i32, outcome: ExecOutcome) {
        let Some(probe) = self.state.probe.and_then(|index| self.probes.get_mut(index)) else { return };
        if probe.exec != exec || probe.ended.is_some() {
            return;
        }
        probe.ended = Some(moment);
        probe.result = match outcome {
            ExecOutcome::TimedOut => ProbeResult::TimedOut,
            ExecOutcome::NotLaunched => ProbeResult::NotLaunched,
            ExecOutcome::Exited if exit_code == 0 => ProbeResult::Passed,
            ExecOutcome::Exited => ProbeResult::Failed { exit_code },
        };
        // A failure counts only if a change of the streak follows; `health_changed` then says how many.
        probe.count = if probe.result == ProbeResult::Passed { ProbeCount::Zero } else { ProbeCount::Ignored };
        self.state.probe = None;
    }

    fn interrupt_probe(&mut self, moment: Moment) {
        if let Some(probe) = self.state.probe.take().and_then(|index| self.probes.get_mut(index)) {
            (probe.ended, probe.result) = (Some(moment), ProbeResult::Interrupted);
        }
    }

    fn wait_began(&mut self, moment: Moment, cause: Cause, wait: Wait) {
        if self.destroyed.is_some() || self.kind().is_running() || matches!(self.kind(), PhaseKind::Restarting { .. }) {
            return;
        }
        self.state.waits.push(wait);
        self.enter(moment, cause.place, PhaseKind::Waiting(self.state.waits.clone()));
    }

    fn waits_ended(&mut self, moment: Moment, cause: Cause, done: impl Fn(&Wait) -> bool) {
        let before = self.state.waits.len();
        self.state.waits.retain(|wait| !done(wait));
        if self.state.waits.len() == before || !matches!(self.kind(), PhaseKind::Waiting(_)) {
            return;
        }
        let kind = match self.state.waits.is_empty() {
            true => self.state.rest.clone(),
            false => PhaseKind::Waiting(self.state.waits.clone()),
        };
        self.enter(moment, cause.place, kind);
    }

    fn finish(&mut self, end: Instant) {
        if self.destroyed.is_some() {
            return;
        }
        if self.kind().is_running() && self.state.signal.is_some_and(|(_, _, signal)| is_ending(signal)) {
            self.stopping(end);
        }
        self.end_start_period(end);
        if let Some(last) = self.phases.last_mut() {
            last.until = end;
        }
    }
}

/// Whether a process that ended with `code` ended because of the signal.
fn ends_with(signal: u8, code: i32, died: Cause, kill: EventId) -> bool {
    is_ending(signal) || code == 128 + i32::from(signal) || died.by == CausedBy::Event(kill)
}

/// Signals that are sent to end a process: SIGINT, SIGQUIT, SIGKILL, SIGTERM.
fn is_ending(signal: u8) -> bool {
    matches!(signal, 2 | 3 | 9 | 15)
}
