//! Gates: what `docker compose` waits for before it starts a service, what opened them, and what began then.

use super::lane::Moment;
use super::track::ServiceKey;
use crate::sim::log::{
    CausedBy, ContainerId, DependencyWait, Event, EventId, EventKind, EventLog, Rule, StepId, WaitCondition,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One edge between services, while or because something waits for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The project of both services.
    pub project: Option<Rc<str>>,
    /// The service that waits; empty for `up --wait`, where the command itself waits.
    pub service: Rc<str>,
    /// The service that is waited for.
    pub dependency: Rc<str>,
    /// What it has to be.
    pub condition: GateCondition,
    /// When the wait began.
    pub began: Moment,
    /// What became of it.
    pub outcome: GateOutcome,
    /// On which lane, and when, the thing happened that decided it.
    pub source: Option<Anchor>,
    /// The starts it let happen.
    pub targets: Vec<Anchor>,
}

/// Conditions, in the words of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateCondition {
    /// `service_started`: opened by the dependency's start call.
    Started,
    /// One that is polled.
    Polled(WaitCondition),
}

impl GateCondition {
    /// The word of the file.
    pub fn word(self) -> &'static str {
        match self {
            GateCondition::Started => "service_started",
            GateCondition::Polled(WaitCondition::Healthy) => "service_healthy",
            GateCondition::Polled(WaitCondition::CompletedSuccessfully) => "service_completed_successfully",
            GateCondition::Polled(WaitCondition::RunningOrHealthy) => "running or healthy",
        }
    }
}

/// What became of a wait.
#[derive(Clone, Debug, PartialEq)]
pub enum GateOutcome {
    /// The condition holds.
    Opened(Moment),
    /// It cannot hold any more; Docker's text.
    Failed {
        /// When this was seen.
        at: Moment,
        /// Docker's text.
        reason: Rc<str>,
    },
    /// The command ended before it was decided (Ctrl-C, `--wait-timeout`).
    Abandoned(Moment),
    /// Undecided at the end of the session.
    Open,
}

/// A point on a container lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Index into [`super::Timeline::containers`].
    pub lane: usize,
    /// When, and the event.
    pub at: Moment,
}

/// All gates of a log.
pub(super) fn gates(log: &EventLog, lane_of: &BTreeMap<ContainerId, usize>) -> Vec<Gate> {
    let mut fold =
        Fold { log, lane_of, gates: Vec::new(), services: BTreeMap::new(), undecided: Vec::new(), ready: Vec::new() };
    for (index, event) in log.events.iter().enumerate() {
        fold.event(Moment { at: event.at, event: EventId(index as u32) }, event);
    }
    fold.gates
}

struct Fold<'a> {
    log: &'a EventLog,
    lane_of: &'a BTreeMap<ContainerId, usize>,
    gates: Vec<Gate>,
    services: BTreeMap<ContainerId, ServiceKey>,
    /// Gates nobody has decided yet, with the step that waits.
    undecided: Vec<(StepId, usize)>,
    /// Opened gates whose service has not been started within the same step.
    ready: Vec<(StepId, usize)>,
}

impl Fold<'_> {
    fn event(&mut self, moment: Moment, event: &Event) {
        match &event.kind {
            EventKind::WaitBegan(wait) => {
                self.undecided.push((wait.step, self.gates.len()));
                self.gates.push(Gate {
                    project: Some(wait.project.clone()),
                    service: wait.service.clone(),
                    dependency: wait.dependency.clone(),
                    condition: GateCondition::Polled(wait.condition),
                    began: moment,
                    outcome: GateOutcome::Open,
                    source: None,
                    targets: Vec::new(),
                });
            }
            EventKind::WaitEnded { wait, failure } => self.decided(moment, event, wait, failure.clone()),
            EventKind::StepEnded { step, .. } => {
                let (left, going_on) = self.undecided.drain(..).partition(|(by, _)| by == step);
                self.undecided = going_on;
                let left: Vec<(StepId, usize)> = left;
                for (_, index) in left {
                    self.gates[index].outcome = GateOutcome::Abandoned(moment);
                }
                self.ready.retain(|(by, _)| by != step);
            }
            EventKind::ContainerCreated(created) => {
                if let Some(service) = &created.service {
                    self.services.insert(created.container, (created.project.clone(), service.clone()));
                }
            }
            EventKind::ContainerStarted { container } => self.started(moment, event, *container),
            _ => {}
        }
    }

    fn decided(&mut self, moment: Moment, event: &Event, wait: &DependencyWait, failure: Option<Rc<str>>) {
        let condition = GateCondition::Polled(wait.condition);
        let matches = |gate: &Gate| {
            let named = gate.service == wait.service && gate.dependency == wait.dependency;
            named && gate.project.as_ref() == Some(&wait.project) && gate.condition == condition
        };
        let is_it = |(by, index): &(StepId, usize)| *by == wait.step && matches(&self.gates[*index]);
        let Some(position) = self.undecided.iter().position(is_it) else { return };
        let (_, index) = self.undecided.remove(position);
        let source = self.anchor(event.cause.by);
        let gate = &mut self.gates[index];
        gate.source = source;
        gate.outcome = match failure {
            Some(reason) => GateOutcome::Failed { at: moment, reason },
            None => {
                self.ready.push((wait.step, index));
                GateOutcome::Opened(moment)
            }
        };
    }

    /// The nearest event of a container in the chain of causes.
    fn anchor(&self, mut by: CausedBy) -> Option<Anchor> {
        while let CausedBy::Event(id) = by {
            let event = self.log.events.get(id.0 as usize)?;
            if let Some(lane) = event.kind.container().and_then(|container| self.lane_of.get(&container)) {
                return Some(Anchor { lane: *lane, at: Moment { at: event.at, event: id } });
            }
            by = match event.cause.by {
                CausedBy::Event(earlier) if earlier >= id => return None,
                earlier => earlier,
            };
        }
        None
    }

    fn started(&mut self, moment: Moment, event: &Event, container: ContainerId) {
        let Some(lane) = self.lane_of.get(&container).copied() else { return };
        let Some(service) = self.services.get(&container).cloned() else { return };
        let target = Anchor { lane, at: moment };
        for (_, index) in &self.ready {
            let gate = &mut self.gates[*index];
            if gate.project == service.0 && gate.service == service.1 {
                gate.targets.push(target);
            }
        }
        self.plain_edge(event, service, target);
    }

    /// `service_started`: the start follows at once from the start of a container of another service.
    fn plain_edge(&mut self, event: &Event, (project, service): ServiceKey, target: Anchor) {
        let CausedBy::Event(id) = event.cause.by else { return };
        let Some(Event { at, kind: EventKind::ContainerStarted { container }, .. }) =
            self.log.events.get(id.0 as usize)
        else {
            return;
        };
        let (Some((other, dependency)), Some(lane)) = (self.services.get(container), self.lane_of.get(container))
        else {
            return;
        };
        if event.cause.rule != Rule::DependencyOrder || *other != project || *dependency == service {
            return;
        }
        let opened = Moment { at: *at, event: id };
        self.gates.push(Gate {
            project,
            service,
            dependency: dependency.clone(),
            condition: GateCondition::Started,
            began: opened,
            outcome: GateOutcome::Opened(opened),
            source: Some(Anchor { lane: *lane, at: opened }),
            targets: vec![target],
        });
    }
}
