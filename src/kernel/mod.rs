//! A small simulated Linux kernel: time, processes, signals, pipes, file systems with layers and mounts, sockets.
//!
//! Everything that runs in a simulation (a container's processes, the engine, the command line) runs on it, as tasks of
//! one deterministic executor ordered by (instant, sequence). Must not know Docker, Compose, images or the event log.

pub mod time;
mod timers;
pub mod executor;
pub mod sync;

pub use executor::{Aborted, Bound, Freezer, Join, Outcome, Tasks};
pub use time::Instant;
