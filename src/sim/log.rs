//! The event log: the only history of a simulated session. The simulation decides, `World::apply` records, every view is a
//! fold over the log.
//!
//! Order is (instant, sequence). Every event has a cause that lies before it, so "why?" is a walk that ends at a step of
//! the session, a rule of the engine or a place in a file. Must not know how anything is worded or drawn.

pub mod events;

use crate::kernel::Instant;
use crate::text::Span;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use std::time::Duration;

use events::Events;

/// Place of an event in the log; smaller is earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId(pub u32);

/// Which container: the n-th the simulation created. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContainerId(pub u32);

/// Which exec: the n-th the simulation created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExecId(pub u32);

/// Which step of the session, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepId(pub u32);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Why.
    pub cause: Cause,
    /// What.
    pub kind: EventKind,
}

/// Logs of hundreds of thousands of events are kept: what makes an event larger is put into a box instead.
const _: () = assert!(size_of::<Event>() <= 72);

/// Why an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What came before and brought it about.
    pub by: CausedBy,
    /// The rule that made this follow from that.
    pub rule: Rule,
    /// The place in the files that says so, if any.
    pub place: Option<Span>,
}

/// What brought an event about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CausedBy {
    /// A step of the session.
    Step(StepId),
    /// An earlier event.
    Event(EventId),
}

/// The rules by which one thing follows from another. Worded in `report::explanation`; each variant's comment names
/// its source. (One word here and one entry there adds a rule.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The step itself asked for it.
    Asked,
    /// `up` creates what the file wants and the engine lacks (U20, D10).
    Missing,
    /// `up` recreates a container whose configuration differs (U20).
    Diverged,
    /// A dependency goes first (D2).
    DependencyOrder,
    /// A condition of `depends_on` is fulfilled (D20-D24).
    ConditionFulfilled,
    /// A condition of `depends_on` can no longer be fulfilled (D22, D24).
    ConditionFailed,
    /// The health monitor's timer (H2-H4).
    ProbeInterval,
    /// The result of a probe (H6-H8).
    ProbeResult,
    /// A probe ran longer than its timeout (H5).
    ProbeTimeout,
    /// The container's main process ended (R3).
    ProcessExited,
    /// The restart policy (R3, R10).
    RestartPolicy,
    /// The grace period is over (R30).
    GracePeriod,
    /// The container's end ends what hangs on it: its writable layer, its tmpfs, its anonymous volumes (S11, S50).
    GoesWithContainer,
    /// A program of a container did it.
    Program,
    /// A volume that is empty is filled from the image (S30).
    CopyUp,
    /// The engine starts again what was running (§6.4).
    DaemonStart,
    /// A bound of the simulation was hit.
    Bound,
}

/// Where bytes live.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DataPlace {
    /// Writable layer of a container.
    WritableLayer(ContainerId),
    /// A volume, named or anonymous, by its name on the engine.
    Volume(Rc<str>),
    /// A folder or file of the host that some container binds: absolute path.
    Host(Rc<str>),
    /// A tmpfs of a container, by its destination.
    Tmpfs(ContainerId, Rc<str>),
}

/// Kinds of volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeKind {
    /// With a name of its own.
    Named,
    /// Made for one container; its name is 64 hexadecimal digits.
    Anonymous,
}

/// What is mounted where in a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    /// What is mounted.
    pub place: DataPlace,
    /// Absolute path in the container.
    pub destination: Rc<str>,
    /// Whether it can be written.
    pub writable: bool,
    /// Where the file asks for it; `None` for a VOLUME of the image.
    pub span: Option<Span>,
}

/// Health of a container that has a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Not decided yet.
    Starting,
    /// The last success is not followed by `retries` failures.
    Healthy,
    /// `retries` failures in a row; also what the engine keeps for a container that does not run (H20).
    Unhealthy,
}

/// The two streams a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What happened. Container, volume and network actions bear the engine's own names. A log is long and mostly probes, so
/// what is larger than a probe's end lies in a box.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A step begins.
    StepBegan { step: StepId },
    /// A step ends; with the exit code of its command line, if it is one.
    StepEnded { step: StepId, exit_code: Option<i32> },
    /// A step's command wrote something (also Docker's progress lines, on standard error).
    Output { step: StepId, stream: Stream, text: Rc<str> },
    /// A file of the project's folder was changed by the learner.
    FileEdited { path: Rc<str> },
    /// `docker compose` begins to wait for a dependency's condition.
    WaitBegan(Box<DependencyWait>),
    /// The wait ends: the condition holds (the gate opens), or it fails with Docker's text.
    WaitEnded { wait: Box<DependencyWait>, failure: Option<Rc<str>> },

    /// network create: the `number`-th, from 0, that bears this name; each has an id of its own
    NetworkCreated { name: Rc<str>, number: u32 },
    /// network destroy
    NetworkDestroyed { name: Rc<str>, number: u32 },
    /// volume create
    VolumeCreated { name: Rc<str>, kind: VolumeKind },
    /// volume mount
    VolumeMounted { container: ContainerId, mounted: Box<MountedVolume> },
    /// volume unmount
    VolumeUnmounted { name: Rc<str>, container: ContainerId },
    /// volume destroy: the bytes are gone
    VolumeDestroyed { name: Rc<str> },

    /// container create
    ContainerCreated(Box<ContainerCreated>),
    /// container rename
    ContainerRenamed { container: ContainerId, name: Rc<str> },
    /// A port of the host leads to a container from now on, until the container dies.
    PortBound { container: ContainerId, port: Box<BoundPort> },
    /// container start
    ContainerStarted { container: ContainerId },
    /// A start call failed; the container keeps its state, with this exit code and text (R7, R32).
    ContainerStartFailed { container: ContainerId, exit_code: i32, message: Rc<str> },
    /// container kill: a signal was sent
    ContainerKilled { container: ContainerId, signal: u8 },
    /// container oom
    ContainerOutOfMemory { container: ContainerId },
    /// container die: its main process ended
    ContainerDied { container: ContainerId, exit_code: i32 },
    /// container stop: a stop that was asked for is done
    ContainerStopped { container: ContainerId },
    /// container restart: a restart that was asked for is done
    ContainerRestarted { container: ContainerId },
    /// container pause
    ContainerPaused { container: ContainerId },
    /// container unpause
    ContainerUnpaused { container: ContainerId },
    /// container destroy: its writable layer is gone
    ContainerDestroyed { container: ContainerId },
    /// The restart policy will start it again after this delay; the count is already raised.
    RestartScheduled { container: ContainerId, delay: Duration, restart_count: u32 },
    /// It was stopped or killed during that delay: it stays as it ended (R15).
    RestartCanceled { container: ContainerId },
    /// Its stored health or its failing streak changed. `announced`: the engine sends `health_status: …` for it.
    HealthChanged { container: ContainerId, health: Health, failing_streak: u32, announced: bool },
    /// exec_create and exec_start
    ExecStarted { container: ContainerId, exec: ExecId, command: Rc<str>, probe: bool },
    /// exec_die; also a probe that could not be launched or timed out.
    ExecEnded { container: ContainerId, exec: ExecId, exit_code: i32, outcome: ExecOutcome, output: Rc<str> },

    /// A line in the container's log.
    LogLine { container: ContainerId, stream: Stream, text: Rc<str> },
    /// A program runs that nobody recognises: what it does is a guess, which is this `x-drydock`.
    BehaviourGuessed { container: ContainerId, declaration: Rc<str> },
    /// A file was written, created or truncated.
    FileWritten(Box<WrittenFile>),
    /// A file or folder was removed.
    FileRemoved { place: Rc<DataPlace>, path: Rc<str> },
    /// All bytes of a place are gone (a tmpfs when its container stops).
    DataLost { place: Rc<DataPlace> },
    /// A program says in a few words what its data are worth now ("counter 3", "2 tables"): shown on the data lane.
    DataSummary { place: Rc<DataPlace>, text: Rc<str> },
    /// A request from the host was answered or refused.
    Request { port: u16, path: Rc<str>, outcome: Box<RequestOutcome> },
    /// Something was broken on purpose; what, in plain words.
    FaultInjected { what: Rc<str> },
    /// A bound of the simulation was hit; what, in Docker's or plain words.
    BoundHit { what: Rc<str> },
}

/// A wait of `docker compose` for a dependency's condition, before it starts a service's containers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyWait {
    /// The step whose command waits.
    pub step: StepId,
    /// The project.
    pub project: Rc<str>,
    /// The service that shall be started; empty where the command itself waits (`up --wait`).
    pub service: Rc<str>,
    /// The service it waits for.
    pub dependency: Rc<str>,
    /// What shall be true of that.
    pub condition: WaitCondition,
}

/// A volume and where a container has it mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountedVolume {
    /// The volume's name.
    pub name: Rc<str>,
    /// Absolute path in the container.
    pub destination: Rc<str>,
}

/// A file as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Where it lies.
    pub place: Rc<DataPlace>,
    /// Absolute path in that place.
    pub path: Rc<str>,
    /// Bytes it has now.
    pub size: u64,
    /// The beginning of its first line, if it is text.
    pub preview: Option<Rc<str>>,
}

/// What a wait of `docker compose` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitCondition {
    /// `service_healthy`.
    Healthy,
    /// `service_completed_successfully`.
    CompletedSuccessfully,
    /// `up --wait`: running, or healthy where there is a health check.
    RunningOrHealthy,
}

/// How an exec ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecOutcome {
    /// By itself or by a signal.
    Exited,
    /// Its program was not found or could not be run: the engine sends no `exec_die`.
    NotLaunched,
    /// A probe that ran into its timeout.
    TimedOut,
}

/// What a container is made of when it is created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContainerCreated {
    /// Which.
    pub container: ContainerId,
    /// Its name at that moment (`<old id>_demo-db-1` for one that replaces another).
    pub name: Rc<str>,
    /// Its name and `#n`: the n-th container that bore, or will bear, that name.
    pub instance: Rc<str>,
    /// Compose service, if it belongs to one.
    pub service: Option<Rc<str>>,
    /// Compose project, if it belongs to one.
    pub project: Option<Rc<str>>,
    /// Replica number.
    pub number: u32,
    /// Whether `docker compose run` made it.
    pub one_off: bool,
    /// Image reference.
    pub image: Rc<str>,
    /// Entrypoint and command, as one line.
    pub command: Rc<str>,
    /// Its health check, if it has one.
    pub health_check: Option<HealthCheck>,
    /// Ports it publishes whenever it runs.
    pub ports: Vec<PublishedPort>,
    /// Mounts, by destination.
    pub mounts: Vec<MountPoint>,
    /// Destinations of the short `tmpfs:` key.
    pub tmpfs: Vec<Rc<str>>,
    /// Networks it will join.
    pub networks: Vec<Rc<str>>,
    /// The container it replaces.
    pub replaces: Option<ContainerId>,
    /// The service's place in the files.
    pub span: Option<Span>,
    /// Names of the services it waits for, for the order of lanes.
    pub depends_on: Vec<Rc<str>>,
}

/// Pace and patience of a health check, all defaults filled in (P51).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// From the end of a probe to the next.
    pub interval: Duration,
    /// The same within the start period, until the health is decided.
    pub start_interval: Duration,
    /// How long after a start failures do not count.
    pub start_period: Duration,
    /// How long a probe may run.
    pub timeout: Duration,
    /// Failures in a row that make it unhealthy.
    pub retries: u32,
}

impl HealthCheck {
    /// How long the engine pauses before a probe: `elapsed` is the run's age when the pause begins (H3).
    pub fn pause(&self, health: Health, elapsed: Duration) -> Duration {
        let waits_for_first = health == Health::Starting && elapsed < self.start_period;
        if waits_for_first { self.start_interval } else { self.interval }
    }
}

/// A port of a container, and the ports of the host of which one shall lead to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PublishedPort {
    /// Address of the host; empty for all.
    pub host_ip: Rc<str>,
    /// First port of the host; 0 for any that is free.
    pub first: u16,
    /// Last port of the host.
    pub last: u16,
    /// Port of the container.
    pub container: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: Rc<str>,
}

/// A port of the host that leads to a port of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BoundPort {
    /// Address of the host; `0.0.0.0` for all.
    pub host_ip: Rc<str>,
    /// Port of the host.
    pub host: u16,
    /// Port of the container.
    pub container: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: Rc<str>,
}

/// What became of a request from the host.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestOutcome {
    /// An answer.
    Response { status: u16, body: Rc<str> },
    /// Nobody listens on the host's port.
    ConnectionRefused,
    /// Docker listens, the container does not, or its program went away.
    ConnectionReset,
    /// No answer within the time allowed.
    TimedOut,
}

/// The log of a whole session.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EventLog {
    /// All events, in order.
    pub events: Events,
    /// When the session's last step had ended and everything asked for was simulated.
    pub end: Instant,
}

impl EventKind {
    /// The container it happened to, if it happened to one.
    pub fn container(&self) -> Option<ContainerId> {
        match self {
            EventKind::ContainerCreated(created) => Some(created.container),
            EventKind::VolumeMounted { container, .. }
            | EventKind::VolumeUnmounted { container, .. }
            | EventKind::ContainerRenamed { container, .. }
            | EventKind::PortBound { container, .. }
            | EventKind::ContainerStarted { container }
            | EventKind::ContainerStartFailed { container, .. }
            | EventKind::ContainerKilled { container, .. }
            | EventKind::ContainerOutOfMemory { container }
            | EventKind::ContainerDied { container, .. }
            | EventKind::ContainerStopped { container }
            | EventKind::ContainerRestarted { container }
            | EventKind::ContainerPaused { container }
            | EventKind::ContainerUnpaused { container }
            | EventKind::ContainerDestroyed { container }
            | EventKind::RestartScheduled { container, .. }
            | EventKind::RestartCanceled { container }
            | EventKind::HealthChanged { container, .. }
            | EventKind::ExecStarted { container, .. }
            | EventKind::ExecEnded { container, .. }
            | EventKind::LogLine { container, .. }
            | EventKind::BehaviourGuessed { container, .. } => Some(*container),
            _ => None,
        }
    }
}
