//! Tables in files: a file with the state of the last checkpoint, and a log of what was committed since.

use crate::image::sql::{Cluster, Counters, Delta};
use crate::kernel::{Errno, Process};
use serde::{Deserialize, Serialize};

/// Where the two files are.
#[derive(Clone)]
pub struct TableFiles {
    /// Whoever reads and writes them.
    pub process: Process,
    /// The file of the tables.
    pub tables: String,
    /// The file of the log.
    pub log: String,
}

/// A line of the log.
#[derive(Serialize, Deserialize)]
struct Entry {
    statements: usize,
    delta: Delta,
    counters: Counters,
}

impl TableFiles {
    fn text(&self, path: &str) -> Option<String> {
        let bytes = self.process.read_file(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The tables with what the log holds, and how many statements that were; the error is what is wrong.
    pub fn load(&self) -> Result<(Cluster, usize), String> {
        let missing = || format!("could not open file \"{}\"", self.tables);
        let mut cluster = Cluster::from_text(&self.text(&self.tables).ok_or_else(missing)?)?;
        let log = self.text(&self.log).unwrap_or_default();
        let mut replayed = 0;
        for line in log.lines() {
            // A line that was not written to its end is the end of the log.
            let Ok(entry) = serde_json::from_str::<Entry>(line) else { break };
            entry.delta.apply(&mut cluster);
            cluster.keep_counters(&entry.counters);
            replayed += entry.statements;
        }
        Ok((cluster, replayed))
    }

    /// Adds what was committed to the log: from now on it survives a crash.
    pub async fn append(&self, delta: &Delta, counters: Counters, statements: usize) -> Result<(), Errno> {
        let entry = Entry { statements, delta: delta.clone(), counters };
        let line = serde_json::to_string(&entry).unwrap_or_default();
        self.process.append_file(&self.log, format!("{line}\n").as_bytes()).await
    }

    /// Writes the tables and empties the log.
    pub async fn checkpoint(&self, cluster: &Cluster) -> Result<(), Errno> {
        let mut cluster = cluster.clone();
        cluster.forget_logged_numbers();
        self.process.write_file(&self.tables, cluster.to_text().as_bytes()).await?;
        self.process.write_file(&self.log, b"").await
    }
}
