//! Why something has not happened yet: what is under way at an instant, what it waits for, and what comes next.

use super::{Report, words};
use crate::kernel::Instant;
use crate::sim::log::{ContainerId, EventId, EventKind, Health, WaitCondition};
use crate::timeline::{ContainerLane, Gate, GateCondition, GateOutcome, NoteKind, PhaseKind, ProbeCount};
use std::rc::Rc;

/// One thing that has not happened yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// The container lane it is about, as an index into the timeline's; `None` if a command itself waits.
    pub lane: Option<usize>,
    /// What is waited for and how far it has come; parts joined by semicolons, no full stop.
    pub sentence: String,
    /// The event since which it is so.
    pub event: EventId,
}

impl Report<'_> {
    /// Everything that is under way, or will not happen, at an instant; in the order of the lanes.
    pub fn pending(&self, at: Instant) -> Vec<Pending> {
        let lanes = self.timeline.containers.iter().enumerate();
        let mut found: Vec<Pending> = lanes.filter_map(|(index, lane)| self.pending_of(index, lane, at)).collect();
        let gates = self.timeline.gates.iter().filter(|gate| gate.service.is_empty() && is_closed(gate, at));
        found.extend(gates.map(|gate| Pending {
            lane: None,
            sentence: format!(
                "the command waits for {}",
                self.wait(gate.project.as_ref(), &gate.dependency, gate.condition, at)
            ),
            event: gate.began.event,
        }));
        found
    }

    fn pending_of(&self, index: usize, lane: &ContainerLane, at: Instant) -> Option<Pending> {
        let phase = lane.phase_at(at);
        let name = lane.title();
        let sentence = match &phase.kind {
            PhaseKind::Waiting(waits) => {
                let parts: Vec<String> = waits
                    .iter()
                    .map(|wait| {
                        let condition = GateCondition::Polled(wait.condition);
                        self.wait(lane.project.as_ref(), &wait.dependency, condition, at)
                    })
                    .collect();
                format!("{name} waits for {}", parts.join("; and for "))
            }
            PhaseKind::Created | PhaseKind::Exited { .. } => self.not_started(lane, &phase.kind, at)?,
            PhaseKind::HealthStarting => format!("{name} is starting, not healthy yet; {}", self.probes(lane, at)),
            PhaseKind::Unhealthy => {
                format!(
                    "{name} is unhealthy and goes on running: Docker does not restart it; {}",
                    self.probes(lane, at)
                )
            }
            PhaseKind::Restarting { exit_code, delay, restart_count } => format!(
                "{name} ended with exit code {}; its restart policy starts it again in {} (pause of {}, restart {restart_count})",
                words::exit_code(*exit_code),
                words::span((phase.from + *delay).since(at)),
                words::span(*delay)
            ),
            PhaseKind::Stopping { signal } => self.stopping(lane, *signal, phase.from, at),
            PhaseKind::Paused => {
                format!("{name} is paused; its processes and its health check stand still until unpause")
            }
            PhaseKind::Absent | PhaseKind::Running | PhaseKind::Healthy => return None,
        };
        Some(Pending { lane: Some(index), sentence, event: phase.event? })
    }

    /// "db: service_healthy; 2 of 5 probes failed; next probe in 1.3 s".
    fn wait(&self, project: Option<&Rc<str>>, dependency: &str, condition: GateCondition, at: Instant) -> String {
        let mut sentence = format!("{dependency}: {}", condition.word());
        let of_dependency = |lane: &&ContainerLane| {
            let service = lane.service.as_deref() == Some(dependency);
            service && lane.project.as_ref() == project && !lane.one_off
        };
        for lane in self.timeline.containers.iter().filter(of_dependency) {
            let phase = &lane.phase_at(at).kind;
            let part = match (condition, phase) {
                (_, PhaseKind::Absent) => continue,
                (_, PhaseKind::HealthStarting | PhaseKind::Unhealthy) => self.probes(lane, at),
                (GateCondition::Polled(WaitCondition::CompletedSuccessfully), kind) if kind.is_running() => {
                    format!("{} still runs", lane.title())
                }
                (GateCondition::Polled(WaitCondition::CompletedSuccessfully), PhaseKind::Restarting { .. }) => {
                    format!("{} is started again by its restart policy, so it never counts as completed", lane.title())
                }
                (_, kind) => format!("{} is {}", lane.title(), kind.word()),
            };
            sentence.push_str("; ");
            sentence.push_str(&part);
        }
        sentence
    }

    /// How far the probes have come, and when the next one is.
    fn probes(&self, lane: &ContainerLane, at: Instant) -> String {
        let life = lane.phase_at(at).life;
        let started = lane.phases.iter().rev().find(|phase| phase.from <= at && !phase.kind.is_running());
        let since = started.map_or(Instant::START, |rest| rest.until);
        let of_run = |probe: &&crate::timeline::Probe| Some(probe.life) == life && probe.began.at >= since;
        let begun: Vec<_> = lane.probes_until(at).iter().filter(of_run).collect();
        let running = begun.last().filter(|probe| probe.ended.is_none_or(|ended| ended.at > at));
        let last_done = begun.iter().rev().find(|probe| probe.ended.is_some_and(|ended| ended.at <= at));
        let count = match last_done.map(|probe| probe.count) {
            None => "no probe has ended yet".into(),
            Some(ProbeCount::Failures { streak, retries }) => words::failures(streak, retries),
            Some(ProbeCount::Ignored) => "the last probe failed, which does not count in the start period".into(),
            Some(ProbeCount::Zero) => "the last probe succeeded".into(),
        };
        if let Some(running) = running {
            return format!("{count}; a probe has been running for {}", words::span(at.since(running.began.at)));
        }
        let last_pause = last_done.and_then(|probe| probe.ended).map_or(since, |ended| ended.at);
        match next_probe(lane, since, last_pause, at) {
            Some(next) => format!("{count}; next probe in {}", words::span(next.since(at))),
            None => count,
        }
    }

    fn stopping(&self, lane: &ContainerLane, signal: u8, since: Instant, at: Instant) -> String {
        let mut sentence = format!(
            "{} was sent {} {} ago and still runs",
            lane.title(),
            words::signal(signal),
            words::span(at.since(since))
        );
        let kill = lane.notes.iter().find(|note| note.at.at > at && note.kind == NoteKind::Signal(9));
        let died = lane.notes.iter().find(|note| note.at.at > at && matches!(note.kind, NoteKind::Died(_)));
        if let Some(kill) = kill.filter(|kill| died.is_none_or(|died| kill.at <= died.at)) {
            sentence.push_str(&format!("; SIGKILL in {}", words::span(kill.at.at.since(at))));
        }
        sentence
    }

    /// Why a container that is created or exited is not started: its start failed, or what it waited for failed.
    fn not_started(&self, lane: &ContainerLane, kind: &PhaseKind, at: Instant) -> Option<String> {
        let name = lane.title();
        let life = lane.phase_at(at).life?;
        let notes = lane.notes.iter().rev().filter(|note| note.life == life && note.at.at <= at);
        let failed = notes.take(1).find_map(|note| match &note.kind {
            NoteKind::StartFailed { message, .. } => Some(message.clone()),
            _ => None,
        });
        if let Some(message) = failed {
            return Some(format!("{name} could not be started: {message}"));
        }
        if *kind != PhaseKind::Created {
            return None;
        }
        let gates = self
            .timeline
            .gates
            .iter()
            .rev()
            .filter(|gate| gate.project == lane.project && Some(&gate.service) == lane.service.as_ref());
        let begun = gates.filter(|gate| gate.began.at <= at && gate.began.at >= lane.lives[life].created.at);
        let seen: Vec<&Gate> = begun.filter(|gate| !is_closed(gate, at)).collect();
        let failed = seen.iter().find_map(|gate| match &gate.outcome {
            GateOutcome::Failed { reason, .. } => Some(format!("{name} is created and was not started: {reason}")),
            _ => None,
        });
        let opened = seen.iter().find(|gate| matches!(gate.outcome, GateOutcome::Opened(_)));
        let opened = opened
            .map(|gate| format!("{name} is being started: {} fulfilled {}", gate.dependency, gate.condition.word()));
        Some(failed.or(opened).unwrap_or_else(|| format!("{name} is created and not started yet")))
    }

    /// The last event that concerned a container by an instant, if any.
    pub fn last_event_of(&self, container: ContainerId, at: Instant) -> Option<EventId> {
        let until = self.log.events.partition_point(|event| event.at <= at);
        let found = self.log.events.before(until).rposition(|event| {
            event.kind.container() == Some(container) && !matches!(event.kind, EventKind::LogLine { .. })
        });
        found.map(|index| EventId(index as u32))
    }
}

/// When the next probe of the run that began at `started` begins: as the log tells, or at its end as the engine's timer
/// will have it, which was set when the pause began (H2, H3).
fn next_probe(lane: &ContainerLane, started: Instant, pause_began: Instant, at: Instant) -> Option<Instant> {
    let life = lane.phase_at(at).life?;
    let told = lane.probes.get(lane.probes_until(at).len()).filter(|next| next.life == life);
    if let Some(next) = told {
        return Some(next.began.at);
    }
    let health = match lane.phase_at(pause_began).kind {
        PhaseKind::HealthStarting => Health::Starting,
        _ => Health::Unhealthy,
    };
    let check = lane.lives.get(life)?.health_check?;
    Some(pause_began + check.pause(health, pause_began.since(started))).filter(|next| *next >= at)
}

fn is_closed(gate: &Gate, at: Instant) -> bool {
    let decided = match &gate.outcome {
        GateOutcome::Opened(moment) | GateOutcome::Abandoned(moment) | GateOutcome::Failed { at: moment, .. } => {
            Some(moment.at)
        }
        GateOutcome::Open => None,
    };
    gate.began.at <= at && decided.is_none_or(|decided| decided > at)
}
