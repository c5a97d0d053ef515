//! A small simulated Linux kernel: time, processes, signals, pipes, file systems with layers and mounts, sockets.
//!
//! Everything that runs in a simulation (a container's processes, the engine, the command line) runs on it, as tasks of
//! one deterministic executor ordered by (instant, sequence). Must not know Docker, Compose, images or the event log.

pub mod time;
pub mod calendar;
mod timers;
mod ready;
pub mod executor;
pub mod freezer;
pub mod join;
pub mod sync;
pub mod select;
pub mod errno;
pub mod signal;
pub mod files;
pub mod pipe;
pub mod network;
pub mod http;
pub mod descriptor;
pub mod environment;
pub mod program;
pub mod process;
pub mod namespaces;
pub mod spawn;
pub mod calls;
pub mod init;
#[cfg(test)]
mod tests;

pub use descriptor::{Description, Opening, Sink};
pub use environment::Environment;
pub use errno::Errno;
pub use executor::{Bound, Outcome, Tasks};
pub use files::{MountTable, Tree};
pub use freezer::Freezer;
pub use join::{Aborted, Join};
pub use namespaces::{Kernel, Launch, LaunchError, Namespaces, Start};
pub use network::{ConnectError, Connection, Listener, NetworkSpace};
pub use process::Process;
pub use program::{ExitCode, ExitStatus, Program, Running, program};
pub use signal::{Disposition, Signal};
pub use spawn::Executable;
pub use time::Instant;
