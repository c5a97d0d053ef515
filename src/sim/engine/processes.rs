//! The processes of a container, as `docker top` sees them from the host. Must not know how they are shown.

use super::{Answer, Engine, EngineError};
use crate::kernel::Instant;
use crate::sim::log::ContainerId;

/// How far the host's numbers of two containers' processes are apart: they are made up, as ids are.
const NUMBERS: u32 = 1_000;

/// A process of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessView {
    /// Its user, by number; `root` for 0.
    pub user: String,
    /// Its number on the host.
    pub pid: u32,
    /// The host's number of the one that started it.
    pub parent: u32,
    /// Since when its container has been running.
    pub started_at: Instant,
    /// Program and arguments.
    pub command: String,
}

impl Engine {
    /// The processes of a running container, by number.
    pub fn processes_of(&self, container: ContainerId) -> Answer<Vec<ProcessView>> {
        let container = self.container(container)?;
        let Some(run) = self.live_run(&container) else {
            return Err(EngineError::conflict(format!("container {} is not running", container.hex)));
        };
        let first = (container.id.0 + 2) * NUMBERS;
        let alive = run.namespaces.processes().into_iter().filter(|process| process.status().is_none());
        let view = |process: crate::kernel::Process| {
            let user = process.access().owner.user;
            let words: Vec<String> = process.args().iter().map(ToString::to_string).collect();
            ProcessView {
                user: if user == 0 { "root".to_owned() } else { user.to_string() },
                pid: first + process.pid(),
                parent: first + process.parent(),
                started_at: run.started_at.get(),
                command: words.join(" "),
            }
        };
        Ok(alive.map(view).collect())
    }
}
