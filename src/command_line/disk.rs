//! Files of the machine, for the Compose room.

use crate::compose::{FileKind, FileSource, ReadError};
use std::io::ErrorKind;

/// The machine's own file system.
pub struct Disk;

impl FileSource for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => ReadError::NotFound,
            ErrorKind::IsADirectory => ReadError::IsDirectory,
            _ => ReadError::Other(error.to_string()),
        })
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        let found = std::fs::metadata(path).ok()?;
        Some(if found.is_dir() { FileKind::Directory } else { FileKind::File })
    }
}
