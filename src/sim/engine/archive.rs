//! Files of a container from outside: `GET` and `PUT /containers/{id}/archive`. Must not know what the files are for.
//!
//! A container that runs is seen as its processes see it. One that does not run is seen without its mounts.

use super::container::Container;
use super::{Answer, Engine, EngineError};
use crate::kernel::files::{Access, FileKind, Follow, MountTable};
use crate::sim::log::ContainerId;
use std::rc::Rc;

/// How many files one request carries.
const MOST_FILES: usize = 10_000;

/// A file or folder of an archive: its path below the one that was asked for, and its bytes if it is a file.
pub type ArchiveEntry = (String, Option<Rc<Vec<u8>>>);

impl Engine {
    /// What is at `path`: the entry with the empty path is the thing itself, folders come before what is in them.
    pub fn read_archive(&self, container: ContainerId, path: &str) -> Answer<Vec<ArchiveEntry>> {
        let container = self.container(container)?;
        let files = files(&container);
        let missing =
            || EngineError::not_found(format!("Could not find the file {path} in container {}", container.hex));
        let (mut entries, mut open) = (Vec::new(), vec![String::new()]);
        while let Some(relative) = open.pop() {
            let place = files.find(&format!("{path}{relative}"), Follow::Last, Access::ROOT).map_err(|_| missing())?;
            if place.stat().kind == FileKind::Folder {
                let names = place.list(Access::ROOT).unwrap_or_default();
                open.extend(names.iter().rev().map(|name| format!("{relative}/{name}")));
                entries.push((relative, None));
            } else {
                entries.push((relative, place.read().ok()));
            }
            if entries.len() > MOST_FILES {
                return Err(EngineError::internal("more files than are simulated"));
            }
        }
        Ok(entries)
    }

    /// Whether a folder is at `path`; nothing if nothing is there.
    pub fn is_folder(&self, container: ContainerId, path: &str) -> Answer<Option<bool>> {
        let container = self.container(container)?;
        let found = files(&container).find(path, Follow::Last, Access::ROOT);
        Ok(found.ok().map(|place| place.stat().kind == FileKind::Folder))
    }

    /// Puts files with these permissions, and folders, at absolute paths, making the folders above them.
    pub fn write_archive(&self, container: ContainerId, entries: &[ArchiveEntry], mode: u32) -> Answer<()> {
        let container = self.container(container)?;
        let files = files(&container);
        for (path, bytes) in entries {
            let folder = if bytes.is_some() { path.rsplit_once('/').map_or("", |(folder, _)| folder) } else { path };
            let made = files.make_folders(if folder.is_empty() { "/" } else { folder }, 0o755, Access::ROOT);
            let written = match bytes {
                Some(bytes) => made
                    .and_then(|()| files.find_or_create(path, mode, Access::ROOT))
                    .and_then(|place| place.write(bytes.clone())),
                None => made,
            };
            written.map_err(|errno| EngineError::internal(format!("{path}: {}", errno.message())))?;
        }
        Ok(())
    }
}

fn files(container: &Container) -> MountTable {
    match container.current_run() {
        Some(run) => run.namespaces.mounts().clone(),
        None => container.layer.table(),
    }
}
