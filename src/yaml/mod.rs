//! YAML as Docker Compose reads it (go-yaml v3), as a tree in which every node and every key has its range.
//!
//! Parsing cannot fail: [`parse`] gives the documents it could make out, and the problems beside them. Must not know any
//! Compose key.

pub mod node;

pub use node::{Entry, Kind, Node, Scalar, Style};
