//! The Compose language: which files make a project, interpolation, merge, `extends`, `include`, profiles, decoding,
//! consistency, canonical form; and the attribute table. Must not know time, containers or the screen.

pub mod model;
