//! Drydock, a dry run for Docker Compose.
//!
//! Data goes one way: text -> [`yaml`] -> [`compose`] -> ([`lint`] and [`sim`]) -> event log -> [`timeline`] and
//! [`report`] -> [`playground`] -> `ui`. The map of the rooms, and who may know whom, is `src/README.md`.

pub mod text;
pub mod diagnostic;
pub mod yaml;
pub mod compose;
pub mod dockerfile;
pub mod kernel;
pub mod shell;
pub mod image;
pub mod sim;
pub mod gallery;
pub mod timeline;
pub mod report;
pub mod lint;
pub mod playground;
#[cfg(not(target_arch = "wasm32"))]
pub mod command_line;
#[cfg(target_arch = "wasm32")]
pub mod ui;

/// Gives memory to native programs. A session makes very many small things that live long; glibc's own allocator spreads
/// them until a thousand services take twice the time each.
#[cfg(not(target_arch = "wasm32"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
