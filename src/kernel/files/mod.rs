//! File systems: trees of files with layers and whiteouts, and the mount table through which a process sees them.
//!
//! Must not know processes; a [`Place`] is where a path leads, everything a process does with files goes through one.

mod layer;
mod lock;
mod mounts;
mod node;
mod operations;
mod tree;

pub use layer::Difference;
pub use lock::FileLock;
pub use mounts::{Access, Arrangement, Follow, MountTable, Place};
pub use node::{Content, Device, Node, Owner};
pub(super) use operations::absolute;
pub use operations::{FileKind, Stat, clean};
pub use tree::{Change, FileObserver, Tree};
