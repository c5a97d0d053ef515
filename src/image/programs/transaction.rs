//! Sessions beside each other: what one changed is seen by others when it commits, and a row that one has changed is waited
//! for by others (READ COMMITTED).

use super::tables::TableFiles;
use crate::image::sql::{Cluster, CopyIn, Delta, Dialect, Outcome, Problem, Session, SqlError, copy_rows, execute};
use crate::kernel::sync::Notify;
use crate::kernel::{Errno, Process};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

/// After that long PostgreSQL looks whether those who wait, wait for each other (`deadlock_timeout`).
const DEADLOCK: Duration = Duration::from_secs(1);

/// A statement that begins or ends a transaction, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`.
    Rollback,
    /// `SAVEPOINT name`.
    Savepoint(String),
    /// `ROLLBACK TO name`.
    RollbackTo(String),
    /// `RELEASE name`.
    Release(String),
}

impl Control {
    /// What a statement is, if it is one of these.
    pub fn of(sql: &str) -> Option<Self> {
        let words: Vec<String> = sql.trim_end_matches(';').split_whitespace().map(str::to_lowercase).collect();
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let last = || words.last().cloned().unwrap_or_default();
        match (word(0), word(1)) {
            ("begin", _) | ("start", "transaction") => Some(Self::Begin),
            ("commit" | "end", _) => Some(Self::Commit),
            ("rollback", "to") | ("rollback", "work") if words.contains(&"to".to_string()) => {
                Some(Self::RollbackTo(last()))
            }
            ("rollback" | "abort", _) => Some(Self::Rollback),
            ("savepoint", _) => Some(Self::Savepoint(last())),
            ("release", _) => Some(Self::Release(last())),
            _ => None,
        }
    }
}

/// What a session has changed and not committed.
#[derive(Default)]
pub struct Transaction {
    number: u64,
    is_open: bool,
    has_failed: bool,
    delta: Delta,
    statements: usize,
    savepoints: Vec<(String, Delta)>,
    snapshot: Option<Cluster>,
}

impl Transaction {
    /// Whether one was begun.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether a statement in it failed.
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Notes that a statement in it failed.
    pub fn fail(&mut self) {
        self.has_failed = self.is_open;
    }
}

/// The data of a server, and the transactions on them.
pub struct Store {
    process: Process,
    /// Its files.
    pub files: TableFiles,
    committed: RefCell<Cluster>,
    open: RefCell<BTreeMap<u64, Delta>>,
    /// Who waits for whom.
    waits: RefCell<BTreeMap<u64, u64>>,
    ended: Notify,
    last: Cell<u64>,
    /// Statements that changed something since the last checkpoint.
    pub written: Cell<usize>,
}

/// Why a statement was not carried out.
pub enum Failure {
    /// It is wrong.
    Sql(SqlError),
    /// The log of changes cannot be written.
    File(Errno),
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Failure::Sql(error)
    }
}

/// What is carried out: a statement, or the lines of COPY.
#[derive(Clone, Copy)]
pub enum Job<'a> {
    /// A statement.
    Statement(&'a str),
    /// Lines for COPY FROM STDIN.
    Lines(&'a CopyIn, &'a str),
}

impl Job<'_> {
    fn run(self, cluster: &mut Cluster, session: &Session) -> Result<Outcome, SqlError> {
        match self {
            Job::Statement(sql) => execute(cluster, session, sql),
            Job::Lines(copy, lines) => copy_rows(cluster, session, copy, lines),
        }
    }

    /// Whether it only reads, so that MySQL's snapshot is what it sees.
    fn only_reads(self) -> bool {
        let Job::Statement(sql) = self else { return false };
        let text = sql.trim_start().to_lowercase();
        text.starts_with("select") || text.starts_with("with")
    }
}

impl Store {
    /// A store with no data yet.
    pub fn new(files: TableFiles) -> Self {
        Self {
            process: files.process.clone(),
            files,
            committed: RefCell::default(),
            open: RefCell::default(),
            waits: RefCell::default(),
            ended: Notify::new(),
            last: Cell::new(0),
            written: Cell::new(0),
        }
    }

    /// Takes the data that were loaded.
    pub fn replace(&self, cluster: Cluster) {
        self.committed.replace(cluster);
    }

    /// What is committed.
    pub fn committed(&self) -> Cluster {
        self.committed.borrow().clone()
    }

    /// What a transaction sees: what is committed, and its own changes.
    pub fn seen_by(&self, work: &Transaction) -> Cluster {
        let mut cluster = self.committed();
        work.delta.apply(&mut cluster);
        cluster
    }

    /// Begins a transaction; a second beginning changes nothing.
    pub fn begin(&self, work: &mut Transaction) {
        if work.is_open {
            return;
        }
        self.last.set(self.last.get() + 1);
        *work = Transaction { number: self.last.get(), is_open: true, ..Transaction::default() };
    }

    /// Takes back what a transaction changed.
    pub fn roll_back(&self, work: &mut Transaction) {
        self.open.borrow_mut().remove(&work.number);
        *work = Transaction::default();
        self.ended.notify_all();
    }

    /// Makes what a transaction changed the state that all see, and writes it down.
    pub async fn commit(&self, work: &mut Transaction) -> Result<(), Errno> {
        let done = std::mem::take(work);
        let result = self.keep(&done.delta, done.statements).await;
        self.open.borrow_mut().remove(&done.number);
        self.ended.notify_all();
        result
    }

    async fn keep(&self, delta: &Delta, statements: usize) -> Result<(), Errno> {
        if delta.is_empty() {
            return Ok(());
        }
        let counters = self.committed.borrow().counters();
        self.files.append(delta, counters.clone(), statements).await?;
        let mut committed = self.committed.borrow_mut();
        delta.apply(&mut committed);
        committed.keep_counters(&counters);
        self.written.set(self.written.get() + statements);
        Ok(())
    }

    /// Sets, forgets or goes back to a savepoint; `None` if there is none of that name.
    pub fn savepoint(&self, work: &mut Transaction, control: &Control) -> Option<()> {
        let place = |name: &str| work.savepoints.iter().rposition(|(known, _)| known == name);
        match control {
            Control::Savepoint(name) => work.savepoints.push((name.clone(), work.delta.clone())),
            Control::Release(name) => work.savepoints.truncate(place(name)?),
            Control::RollbackTo(name) => {
                let at = place(name)?;
                work.delta = work.savepoints[at].1.clone();
                work.savepoints.truncate(at + 1);
                work.has_failed = false;
                self.open.borrow_mut().insert(work.number, work.delta.clone());
                self.ended.notify_all();
            }
            Control::Begin | Control::Commit | Control::Rollback => {}
        }
        Some(())
    }

    /// Carries out a job in a session's transaction, or as one of its own.
    pub async fn run(&self, session: &Session, work: &mut Transaction, job: Job<'_>) -> Result<Outcome, Failure> {
        let mut has_slept = false;
        loop {
            let base = self.committed();
            let mut view = match (&work.snapshot, job.only_reads()) {
                (Some(snapshot), true) => snapshot.clone(),
                _ => base.clone(),
            };
            if work.is_open && session.dialect == Dialect::MySql && work.snapshot.is_none() && job.only_reads() {
                work.snapshot = Some(view.clone());
            }
            work.delta.apply(&mut view);
            let before = view.clone();
            let result = job.run(&mut view, session);
            self.committed.borrow_mut().keep_counters(&view.counters());
            let outcome = result?;
            if !outcome.slept.is_zero() && !has_slept {
                // What it changes is there when it has slept.
                self.process.sleep(outcome.slept).await;
                has_slept = true;
                continue;
            }
            if Delta::between(&before, &view).is_empty() {
                return Ok(outcome);
            }
            let delta = Delta::between(&base, &view);
            if let Some(other) = self.blocker(work.number, &base, &delta) {
                self.wait_for(work.number, other).await?;
                continue;
            }
            if work.is_open {
                work.statements += 1;
                self.open.borrow_mut().insert(work.number, delta.clone());
                work.delta = delta;
                return Ok(outcome);
            }
            self.keep(&delta, 1).await.map_err(Failure::File)?;
            return Ok(outcome);
        }
    }

    /// The transaction that must end first.
    fn blocker(&self, own: u64, base: &Cluster, delta: &Delta) -> Option<u64> {
        let open = self.open.borrow();
        let mut others = open.iter().filter(|(number, _)| **number != own);
        others
            .find(|(_, other)| delta.conflicts_with(other) || delta.may_clash_with(other, base))
            .map(|(number, _)| *number)
    }

    async fn wait_for(&self, own: u64, other: u64) -> Result<(), Failure> {
        let is_circle = {
            let waits = self.waits.borrow();
            let mut next = Some(&other);
            let mut steps = 0;
            while next.is_some_and(|holder| *holder != own) && steps <= waits.len() {
                next = next.and_then(|holder| waits.get(holder));
                steps += 1;
            }
            own != 0 && next == Some(&own)
        };
        if is_circle {
            self.process.sleep(DEADLOCK).await;
            return Err(SqlError::from(Problem::Deadlock).into());
        }
        self.waits.borrow_mut().insert(own, other);
        self.ended.notified().await;
        self.waits.borrow_mut().remove(&own);
        Ok(())
    }
}
