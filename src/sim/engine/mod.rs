//! The daemon: containers, health, restart policies, volumes, networks, images, as Docker Engine 28.5.2 does it.
//!
//! [`Engine`] is a cheap handle; its methods are the requests of the engine's API, and each names the cause of what it
//! brings about. Whatever happens goes through the recorder, so that the log alone tells the state. Must not know Compose.

pub mod config;
pub mod error;
pub mod identity;
pub mod view;
mod archive;
mod boot;
mod build;
mod commit;
mod conflicts;
mod connect;
mod container;
mod create;
mod daemon;
mod events;
mod exec;
mod health;
mod images;
mod init;
mod inspect;
mod launch;
mod lock;
mod machine;
mod main_program;
mod networks;
mod output;
mod plan;
mod ports;
mod processes;
mod prune;
mod record;
mod remove;
mod restart;
mod settings;
mod start;
mod stop;
mod storage;
mod subnet;
mod tmpfs;
mod update;
mod volumes;
#[cfg(test)]
mod tests;

pub use archive::ArchiveEntry;
pub use config::*;
pub use error::{EngineError, ErrorKind};
pub use events::EventReader;
pub use output::Attachment;
pub use processes::ProcessView;
pub use prune::{LabelTest, PruneFilter, Pruned};
pub use view::*;

use crate::kernel::pipe::PipeReader;
use crate::sim::log::Stream;
use std::rc::Rc;

/// Where the output of an attached process goes, in chunks as they are written.
pub type OutputSink = Rc<dyn Fn(Stream, &[u8])>;

/// What the standard streams of an exec are connected to.
pub struct Streams {
    /// What it reads; nothing without it.
    pub input: Option<PipeReader>,
    /// Where its output goes.
    pub output: OutputSink,
}

impl Streams {
    /// Only an output.
    pub fn output(output: OutputSink) -> Self {
        Self { input: None, output }
    }
}

/// The result of an API request.
pub type Answer<T> = Result<T, EngineError>;

/// A handle on the simulated daemon.
#[derive(Clone)]
pub struct Engine(Rc<daemon::Daemon>);
