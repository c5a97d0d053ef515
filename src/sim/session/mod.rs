//! A session: the files a learner starts with and the steps taken since, whose replay yields the event log.

mod fork;
mod host;
mod request;
mod run;

pub use run::{simulate, simulate_within};

use super::log::EventLog;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A project's folder: relative path to content, as it is before the first step.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// What a learner began with and did. Everything the simulation shows follows from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// The project's folder before the first step.
    pub folder: Folder,
    /// Name of the folder; the project's name follows from it.
    pub folder_name: String,
    /// Shell commands run in the folder before time 0, unrecorded.
    pub before: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<TimedStep>,
}

/// A step and when it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct TimedStep {
    /// Earliest moment, from the session's start; a step begins when the one before has ended, if that is later.
    pub not_before: Duration,
    /// What is done.
    pub step: Step,
}

/// One thing a learner does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A command line, run by a POSIX shell on the simulated host, in the project's folder.
    Run {
        /// The line.
        command: String,
        /// Ctrl-C this long after it began.
        interrupt_after: Option<Duration>,
    },
    /// Time passes.
    Wait(Duration),
    /// A file of the folder gets a new content; `None` removes it.
    Edit {
        /// Path relative to the folder.
        path: String,
        /// New content.
        content: Option<Vec<u8>>,
    },
    /// A request from the host to a published port: `GET http://localhost:PORT/PATH`.
    Request {
        /// Host port.
        port: u16,
        /// Path with its slash.
        path: String,
    },
    /// The engine is stopped with SIGTERM and started again.
    RestartDaemon,
    /// The host loses power and boots again.
    RebootHost,
    /// Something breaks.
    Fault(Fault),
    /// Another step, taken in a second terminal: a while after the step before began, whether that one has ended or not.
    Beside {
        /// How long after the step before began.
        after: Duration,
        /// What is done.
        step: Box<Step>,
    },
}

/// What a learner can break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The main process of a container gets SIGKILL from inside: a crash.
    KillProcess {
        /// Container name.
        container: String,
    },
    /// The container's processes stop answering, without ending.
    Hang {
        /// Container name.
        container: String,
    },
    /// The next probes of a container fail whatever they find.
    FailProbes {
        /// Container name.
        container: String,
        /// How many.
        count: u32,
    },
    /// Writes to a volume fail with ENOSPC from now on.
    FillDisk {
        /// Volume name.
        volume: String,
    },
}

/// What a simulation yields.
#[derive(Clone, Debug, Default)]
pub struct SimulatedRun {
    /// Everything that happened.
    pub log: EventLog,
}

/// How far a replay goes before it is cut, with a word in the log ([`crate::sim::log::EventKind::BoundHit`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest time for one command line.
    pub step: Duration,
    /// Longest time for the whole session.
    pub session: Duration,
    /// How long the simulation goes on after the last step.
    pub tail: Duration,
    /// Which images the engine has before the first step.
    pub images: LocalImages,
}

/// Which images the engine has before the first step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocalImages {
    /// Only `busybox`; the others are pulled when they are first needed.
    #[default]
    Busybox,
    /// All that are known, as on the machine of a recording: nothing is ever pulled.
    WholeCatalogue,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            step: Duration::from_secs(1_800),
            session: Duration::from_secs(7 * 24 * 3_600),
            tail: Duration::from_millis(300),
            images: LocalImages::default(),
        }
    }
}
