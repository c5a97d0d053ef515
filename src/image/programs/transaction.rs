//! A session's transaction: what it changed is written down when it commits, and taken back when it does not.
//!
//! Simplified: sessions see each other's changes at once, and a rollback takes back what others did meanwhile.

use super::tables::TableFiles;
use crate::image::sql::{Cluster, Session};
use crate::kernel::Errno;

/// A statement that begins or ends a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
}

impl Control {
    /// What a statement is, if it is one of these.
    pub fn of(sql: &str) -> Option<Self> {
        let mut words = sql.split_whitespace().map(str::to_lowercase);
        match (words.next()?.as_str(), words.next().as_deref()) {
            ("begin", _) | ("start", Some("transaction")) => Some(Self::Begin),
            ("commit" | "end", _) => Some(Self::Commit),
            ("rollback", second) if second != Some("to") => Some(Self::Rollback),
            ("abort", _) => Some(Self::Rollback),
            _ => None,
        }
    }
}

/// A session's transaction, if it has one.
#[derive(Debug, Default)]
pub struct Transaction {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    before: Cluster,
    statements: Vec<(Session, String)>,
    failed: bool,
}

impl Transaction {
    /// Whether there is one.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether a statement in it failed.
    pub fn has_failed(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.failed)
    }

    /// Begins one; a second beginning changes nothing.
    pub fn begin(&mut self, cluster: &Cluster) {
        self.open.get_or_insert_with(|| Open { before: cluster.clone(), statements: Vec::new(), failed: false });
    }

    /// Notes that a statement in it failed.
    pub fn fail(&mut self) {
        if let Some(open) = &mut self.open {
            open.failed = true;
        }
    }

    /// Takes back what it changed.
    pub fn roll_back(&mut self, cluster: &mut Cluster) {
        if let Some(open) = self.open.take() {
            *cluster = open.before;
        }
    }

    /// Writes down what it changed.
    pub async fn commit(&mut self, files: &TableFiles) -> Result<(), Errno> {
        for (session, sql) in self.open.take().map(|open| open.statements).unwrap_or_default() {
            files.append(&session, &sql).await?;
        }
        Ok(())
    }

    /// A statement changed something: it is written down at once, or with the rest of the transaction.
    pub async fn wrote(&mut self, files: &TableFiles, session: &Session, sql: &str) -> Result<(), Errno> {
        match &mut self.open {
            Some(open) => {
                open.statements.push((session.clone(), sql.to_string()));
                Ok(())
            }
            None => files.append(session, sql).await,
        }
    }
}
