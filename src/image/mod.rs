//! What images are and do: their settings, their files, the programs in them, and how they are built.
//!
//! [`catalog`] finds an image by its reference; each file of [`profiles`] is one known image.
//! Must not know projects, YAML, the engine or the event log.

pub mod base;
#[cfg(test)]
pub mod bench;
pub mod build;
pub mod catalog;
pub mod declared;
pub mod definition;
pub mod identity;
pub mod facts;
pub mod profiles;
pub mod programs;
pub mod reference;
pub mod sql;

pub use definition::{Fidelity, HealthCheck, ImageConfig, ImageDefinition, Layer};
pub use reference::Reference;
