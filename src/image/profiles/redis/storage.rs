//! `dump.rdb` and the append-only file, as text under the data folder.

use super::keys::Databases;
use crate::kernel::{Errno, Process};
use serde::{Deserialize, Serialize};

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
    /// The version of the file format it writes; it reads that and older ones.
    pub format: u32,
    /// Its own version.
    pub version: String,
}

/// A snapshot: who wrote it, when (milliseconds since 1970), and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Version of the server.
    pub version: String,
    /// When it was written.
    pub written: u64,
    /// The keys.
    pub keys: Databases,
}

/// A command of the append-only file, with the time at which it was carried out.
#[derive(Serialize, Deserialize)]
struct Appended {
    at: u64,
    database: u8,
    words: Vec<String>,
}

/// Why a snapshot cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of a later format.
    Format(u32),
    /// It is something else.
    Broken,
}

impl Storage {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder.trim_end_matches('/'))
    }

    fn snapshot(&self, name: &str) -> Result<Option<Snapshot>, Unreadable> {
        let Ok(bytes) = self.process.read_file(&self.path(name)) else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once('\n').ok_or(Unreadable::Broken)?;
        let format: u32 = head.strip_prefix("REDIS").and_then(|text| text.parse().ok()).ok_or(Unreadable::Broken)?;
        if format > self.format {
            return Err(Unreadable::Format(format));
        }
        serde_json::from_str(body).map(Some).map_err(|_| Unreadable::Broken)
    }

    async fn write_snapshot(&self, name: &str, keys: &Databases) -> Result<(), Errno> {
        let snapshot = Snapshot { version: self.version.clone(), written: millis(&self.process), keys: keys.clone() };
        let text = serde_json::to_string(&snapshot).unwrap_or_default();
        // Written beside and renamed, so that a crash never leaves half a file.
        let temporary = self.path("temp-1.rdb");
        self.process.write_file(&temporary, format!("REDIS{:04}\n{text}\n", self.format).as_bytes()).await?;
        self.process.rename(&temporary, &self.path(name))
    }

    /// The snapshot, if there is one.
    pub fn load_dump(&self) -> Result<Option<Snapshot>, Unreadable> {
        self.snapshot(&self.dump)
    }

    /// Writes the snapshot.
    pub async fn save(&self, keys: &Databases) -> Result<(), Errno> {
        self.write_snapshot(&self.dump, keys).await
    }

    /// Whether there is an append-only file.
    pub fn has_log(&self) -> bool {
        self.process.stat(&self.path(MANIFEST)).is_ok()
    }

    /// Begins an append-only file.
    pub async fn begin_log(&self, keys: &Databases) -> Result<(), Errno> {
        self.process.make_folders(&self.path("appendonlydir"))?;
        self.write_snapshot(BASE, keys).await?;
        self.process.write_file(&self.path(INCREMENT), b"").await?;
        let manifest = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
        self.process.write_file(&self.path(MANIFEST), manifest.as_bytes()).await
    }

    /// The base of the append-only file, and what it holds in all.
    pub fn load_log(&self) -> Result<(Snapshot, Databases), Unreadable> {
        let base = self.snapshot(BASE)?.ok_or(Unreadable::Broken)?;
        let mut keys = base.keys.clone();
        let bytes = self.process.read_file(&self.path(INCREMENT)).unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            // A command cut off at the end is dropped, as with aof-load-truncated.
            let Ok(command) = serde_json::from_str::<Appended>(line) else { break };
            keys.carry_out(command.database, &command.words, command.at);
        }
        Ok((base, keys))
    }

    /// Adds a command.
    pub async fn append(&self, database: u8, words: &[String]) -> Result<(), Errno> {
        let command = Appended { at: millis(&self.process), database, words: words.to_vec() };
        let line = serde_json::to_string(&command).unwrap_or_default();
        self.process.append_file(&self.path(INCREMENT), format!("{line}\n").as_bytes()).await
    }

    /// Says what the data in memory are worth.
    pub fn summarise(&self, keys: &Databases) {
        self.process.summarise(&self.folder, &keys.summary());
    }
}

/// Milliseconds since 1970.
pub fn millis(process: &Process) -> u64 {
    process.kernel().wall_clock().as_millis() as u64
}
