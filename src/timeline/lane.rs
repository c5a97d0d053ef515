//! What is drawn for containers: lanes, phases, probe marks, notes. Only types and look-ups; the folds fill them.

use crate::kernel::Instant;
use crate::sim::log::{BoundPort, ContainerId, EventId, ExecId, HealthCheck, PublishedPort, StepId, WaitCondition};
use crate::text::Span;
use std::rc::Rc;
use std::time::Duration;

/// A point on the axis and the event behind it: what "why?" asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// The event.
    pub event: EventId,
}

/// The line of one container name: the container that bears it, then its successors.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerLane {
    /// Container name: `demo-db-1`.
    pub name: Rc<str>,
    /// Compose project, if it belongs to one.
    pub project: Option<Rc<str>>,
    /// Compose service, if it belongs to one.
    pub service: Option<Rc<str>>,
    /// Replica number.
    pub number: u32,
    /// Whether `docker compose run` made it.
    pub one_off: bool,
    /// The containers of this line, one after another; their visible stretches do not overlap.
    pub lives: Vec<Life>,
    /// Phases from the session's start to its end, without gaps and without overlaps, none of them empty (but for a
    /// session of no length).
    pub phases: Vec<Phase>,
    /// Probes, in the order they began.
    pub probes: Vec<Probe>,
    /// Stretches in which failed probes do not count.
    pub start_periods: Vec<StartPeriod>,
    /// Things that happened at one instant, in order.
    pub notes: Vec<Note>,
    /// Ports of the host that led to it, in the order they were bound.
    pub bindings: Vec<Binding>,
}

/// One container on a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// Which.
    pub container: ContainerId,
    /// Name and `#n`.
    pub instance: Rc<str>,
    /// Image reference.
    pub image: Rc<str>,
    /// Its creation; for one that replaces another this is before it becomes visible.
    pub created: Moment,
    /// From when on the line shows it.
    pub visible_from: Instant,
    /// Its removal; `None` if it is there at the end.
    pub destroyed: Option<Moment>,
    /// Its health check, if it has one.
    pub health_check: Option<HealthCheck>,
    /// Ports it publishes whenever it runs.
    pub ports: Vec<PublishedPort>,
    /// The service's place in the files.
    pub span: Option<Span>,
}

/// A port of the host, while it led to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Which container of the line, as an index into `lives`.
    pub life: usize,
    /// From when on.
    pub from: Instant,
    /// Until when; `None` if it still does at the session's end.
    pub until: Option<Instant>,
    /// The ports.
    pub port: BoundPort,
}

/// A stretch of a line in one state.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// First instant.
    pub from: Instant,
    /// Just past the last instant.
    pub until: Instant,
    /// The state.
    pub kind: PhaseKind,
    /// Which container of the line, as an index into `lives`; `None` where there is none.
    pub life: Option<usize>,
    /// The event that began it; `None` only for the stretch before the first container.
    pub event: Option<EventId>,
    /// The place in the files behind it: the cause's, else the service's.
    pub span: Option<Span>,
}

/// States of a line. The words on the axis are Docker's.
#[derive(Clone, Debug, PartialEq)]
pub enum PhaseKind {
    /// No container bears the name.
    Absent,
    /// Created, never started.
    Created,
    /// Created or exited, while `docker compose` waits for these conditions before it starts it.
    Waiting(Vec<Wait>),
    /// Runs; has no health check.
    Running,
    /// Runs; its health is not decided yet.
    HealthStarting,
    /// Runs and is healthy.
    Healthy,
    /// Runs and is unhealthy.
    Unhealthy,
    /// Its process ended; the restart policy starts it again after the delay.
    Restarting {
        /// Exit code of the run that ended.
        exit_code: i32,
        /// Length of the back-off.
        delay: Duration,
        /// How many automatic restarts this makes.
        restart_count: u32,
    },
    /// Frozen.
    Paused,
    /// A signal was sent that ends it; the process has not ended yet.
    Stopping {
        /// The first signal.
        signal: u8,
    },
    /// Its process ended.
    Exited {
        /// The exit code.
        code: i32,
    },
}

impl PhaseKind {
    /// Docker's word for it, in lower case; ours where Docker has none.
    pub fn word(&self) -> &'static str {
        match self {
            PhaseKind::Absent => "",
            PhaseKind::Created => "created",
            PhaseKind::Waiting(_) => "waits",
            PhaseKind::Running => "running",
            PhaseKind::HealthStarting => "starting",
            PhaseKind::Healthy => "healthy",
            PhaseKind::Unhealthy => "unhealthy",
            PhaseKind::Restarting { .. } => "restarting",
            PhaseKind::Paused => "paused",
            PhaseKind::Stopping { .. } => "stopping",
            PhaseKind::Exited { .. } => "exited",
        }
    }

    /// Whether the main process runs.
    pub fn is_running(&self) -> bool {
        use PhaseKind::{HealthStarting, Healthy, Paused, Running, Stopping, Unhealthy};
        matches!(self, Running | HealthStarting | Healthy | Unhealthy | Paused | Stopping { .. })
    }
}

/// One condition that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The step whose command waits.
    pub step: StepId,
    /// The service that has to fulfil it.
    pub dependency: Rc<str>,
    /// What it has to be.
    pub condition: WaitCondition,
    /// When the wait began.
    pub began: Moment,
}

/// One run of a health check.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Which exec.
    pub exec: ExecId,
    /// Which container of the line, as an index into `lives`.
    pub life: usize,
    /// Its start.
    pub began: Moment,
    /// Its end; `None` if the session ends before.
    pub ended: Option<Moment>,
    /// What came of it.
    pub result: ProbeResult,
    /// What it did to the count of failures in a row.
    pub count: ProbeCount,
}

/// What came of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// It has not ended.
    Running,
    /// Exit code 0.
    Passed,
    /// Another exit code.
    Failed {
        /// The exit code.
        exit_code: i32,
    },
    /// It ran into its timeout.
    TimedOut,
    /// Its program could not be run.
    NotLaunched,
    /// The container stopped under it.
    Interrupted,
}

/// What a probe did to the count of failures in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeCount {
    /// Not known yet, or a success: the count is 0.
    Zero,
    /// A failure that counts: this many in a row, of so many that make it unhealthy.
    Failures {
        /// Failures in a row.
        streak: u32,
        /// `retries`.
        retries: u32,
    },
    /// A failure within the start period: not counted.
    Ignored,
}

/// A stretch in which failed probes do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartPeriod {
    /// The container's start.
    pub from: Instant,
    /// Its end: the start period is over, a probe succeeded, or the container stopped.
    pub until: Instant,
}

/// Something that happened to a container at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// When, and the event.
    pub at: Moment,
    /// Which container of the line, as an index into `lives`.
    pub life: usize,
    /// What.
    pub kind: NoteKind,
}

/// Kinds of notes.
#[derive(Clone, Debug, PartialEq)]
pub enum NoteKind {
    /// A start call failed, with this exit code and text.
    StartFailed {
        /// 126, 127 or 128.
        exit_code: i32,
        /// Docker's text.
        message: Rc<str>,
    },
    /// A signal was sent.
    Signal(u8),
    /// Out of memory.
    OutOfMemory,
    /// Its main process ended with this code.
    Died(i32),
    /// It was removed.
    Removed,
}

impl ContainerLane {
    /// Short name for the margin: `db-1` for a service's container, else the container's name.
    pub fn title(&self) -> String {
        match &self.service {
            Some(service) if !self.one_off => format!("{service}-{}", self.number),
            _ => self.name.to_string(),
        }
    }

    /// Index of the phase that holds `at`; the last one at and past the end.
    pub fn phase_index_at(&self, at: Instant) -> usize {
        self.phases.partition_point(|phase| phase.until <= at).min(self.phases.len().saturating_sub(1))
    }

    /// The phase that holds `at`; the last one at and past the end.
    pub fn phase_at(&self, at: Instant) -> &Phase {
        &self.phases[self.phase_index_at(at)]
    }

    /// The container that bears the name at `at`.
    pub fn life_at(&self, at: Instant) -> Option<&Life> {
        self.phase_at(at).life.and_then(|life| self.lives.get(life))
    }

    /// The probes that had begun by `at`, the latest last.
    pub fn probes_until(&self, at: Instant) -> &[Probe] {
        &self.probes[..self.probes.partition_point(|probe| probe.began.at <= at)]
    }

    /// When something happens on this line that changes more than a probe mark.
    pub fn activity(&self) -> Vec<Instant> {
        let mut points: Vec<Instant> = self.phases.iter().map(|phase| phase.from).collect();
        points.extend(self.notes.iter().map(|note| note.at.at));
        let mut settled = ProbeCount::Zero;
        for probe in &self.probes {
            if probe.count != settled {
                points.push(probe.began.at);
                points.extend(probe.ended.map(|ended| ended.at));
            }
            settled = probe.count;
        }
        points
    }
}
