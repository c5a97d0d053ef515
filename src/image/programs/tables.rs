//! Tables in files: a file with the state of the last checkpoint, and a log of the statements since.

use crate::image::sql::{Cluster, Session, execute};
use crate::kernel::{Errno, Process};
use serde_json::{Value, json};

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

impl TableFiles {
    fn text(&self, path: &str) -> Option<String> {
        let bytes = self.process.read_file(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The tables with the statements of the log, and how many of those there were; the error is what is wrong.
    pub fn load(&self) -> Result<(Cluster, usize), String> {
        let missing = || format!("could not open file \"{}\"", self.tables);
        let mut cluster = Cluster::from_text(&self.text(&self.tables).ok_or_else(missing)?)?;
        let log = self.text(&self.log).unwrap_or_default();
        let mut replayed = 0;
        for line in log.lines() {
            // A line that was not written to its end is the end of the log.
            let Ok(entry) = serde_json::from_str::<Value>(line) else { break };
            let field = |name: &str| entry[name].as_str().unwrap_or_default().to_string();
            let session = Session { database: field("database"), clock: field("clock"), ..Session::default() };
            if execute(&mut cluster, &session, &field("sql")).is_ok() {
                replayed += 1;
            }
        }
        Ok((cluster, replayed))
    }

    /// Adds a statement to the log: from now on it survives a crash.
    pub async fn append(&self, session: &Session, sql: &str) -> Result<(), Errno> {
        let entry = json!({ "database": session.database, "clock": session.clock, "sql": sql });
        self.process.append_file(&self.log, format!("{entry}\n").as_bytes()).await
    }

    /// Writes the tables and empties the log.
    pub async fn checkpoint(&self, cluster: &Cluster) -> Result<(), Errno> {
        self.process.write_file(&self.tables, cluster.to_text().as_bytes()).await?;
        self.process.write_file(&self.log, b"").await
    }
}
