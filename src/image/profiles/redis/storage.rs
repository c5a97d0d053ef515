//! `dump.rdb` and the append-only file, as text under the data folder.

use super::keys::{Keys, carry_out};
use crate::kernel::{Errno, Process};

const BASE: &str = "appendonlydir/appendonly.aof.1.base.rdb";
const INCREMENT: &str = "appendonlydir/appendonly.aof.1.incr.aof";
const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";

/// The files of a server.
pub struct Storage {
    /// Its process.
    pub process: Process,
    /// `dir`.
    pub folder: String,
    /// `dbfilename`.
    pub dump: String,
}

impl Storage {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder.trim_end_matches('/'))
    }

    fn snapshot(&self, name: &str) -> Option<Keys> {
        let bytes = self.process.read_file(&self.path(name)).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        serde_json::from_str(text.strip_prefix("REDIS0010\n")?).ok()
    }

    async fn write_snapshot(&self, name: &str, keys: &Keys) -> Result<(), Errno> {
        let text = serde_json::to_string(keys).unwrap_or_default();
        // Written beside and renamed, so that a crash never leaves half a file.
        let temporary = self.path("temp-1.rdb");
        self.process.write_file(&temporary, format!("REDIS0010\n{text}").as_bytes()).await?;
        self.process.rename(&temporary, &self.path(name))
    }

    /// The snapshot, if there is one.
    pub fn load_dump(&self) -> Option<Keys> {
        self.snapshot(&self.dump)
    }

    /// Writes the snapshot.
    pub async fn save(&self, keys: &Keys) -> Result<(), Errno> {
        self.write_snapshot(&self.dump, keys).await
    }

    /// Whether there is an append-only file.
    pub fn has_log(&self) -> bool {
        self.process.stat(&self.path(MANIFEST)).is_ok()
    }

    /// Begins an append-only file.
    pub async fn begin_log(&self, keys: &Keys) -> Result<(), Errno> {
        self.process.make_folders(&self.path("appendonlydir"))?;
        self.write_snapshot(BASE, keys).await?;
        self.process.write_file(&self.path(INCREMENT), b"").await?;
        let manifest = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
        self.process.write_file(&self.path(MANIFEST), manifest.as_bytes()).await
    }

    /// The base of the append-only file, and what it holds in all.
    pub fn load_log(&self) -> (usize, Keys) {
        let mut keys = self.snapshot(BASE).unwrap_or_default();
        let loaded = keys.len();
        let bytes = self.process.read_file(&self.path(INCREMENT)).unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            // A command cut off at the end is dropped, as with aof-load-truncated.
            let Ok(words) = serde_json::from_str::<Vec<String>>(line) else { break };
            carry_out(&mut keys, &words);
        }
        (loaded, keys)
    }

    /// Adds a command.
    pub async fn append(&self, words: &[String]) -> Result<(), Errno> {
        let line = serde_json::to_string(words).unwrap_or_default();
        self.process.append_file(&self.path(INCREMENT), format!("{line}\n").as_bytes()).await
    }

    /// Says what the data in memory are worth.
    pub fn summarise(&self, keys: &Keys) {
        self.process.summarise(&self.folder, &super::keys::summary(keys));
    }
}
