//! The deterministic simulation of Docker Engine and Docker Compose.
//!
//! `engine` is the daemon, `client` is `docker compose` and `docker` themselves, `session` replays a learner's steps and
//! yields the [`log`]. Must not know YAML text, lints, lessons, the wall clock or the wording of the screen.

pub mod log;
pub mod world;
pub mod recorder;
pub mod costs;
pub mod engine;
pub mod client;
pub mod session;
