//! A session: what is sent, statement by statement, and the answers.

use super::server::Server;
use super::words::{Report, report};
use crate::image::programs::transaction::{Control, Failure, Job, Transaction};
use crate::image::programs::wire;
use crate::image::sql::{self, CopyIn, Dialect, Outcome, Problem, Session, SqlError, statements};
use crate::kernel::Connection;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// A simple statement from its arrival to its answer.
const STATEMENT: Duration = Duration::from_millis(2);

const ABORTED: &str = "current transaction is aborted, commands ignored until end of transaction block";

/// A session at work.
struct Work<'a> {
    server: &'a Rc<Server>,
    pid: u32,
    session: Session,
    transaction: Transaction,
    copy: Option<CopyIn>,
}

/// Serves a session until the client goes.
pub async fn serve(server: &Rc<Server>, pid: u32, session: Session, connection: &Connection) {
    let mut work = Work { server, pid, session, transaction: Transaction::default(), copy: None };
    while let Some(request) = wire::receive(connection).await {
        let answer = match (request["sql"].as_str(), request["lines"].as_str()) {
            (Some(sql), _) => {
                server.process.sleep(STATEMENT).await;
                work.texts(sql).await
            }
            (None, Some(lines)) => work.lines(lines).await,
            // What lists and dumps ask for, which the real clients read from the catalogue.
            (None, None) if work.transaction.has_failed() => json!({ "error": Report::of(ABORTED).to_json() }),
            (None, None) => json!({ "cluster": server.store.seen_by(&work.transaction) }),
        };
        if wire::send(connection, &answer).await.is_err() {
            break;
        }
    }
    server.store.roll_back(&mut work.transaction);
}

fn simple(tag: &str) -> Value {
    json!({ "tag": tag, "columns": [], "rows": [], "numeric": [] })
}

impl Work<'_> {
    /// The statements of one message: all of them are read before the first is carried out, and without BEGIN they are one
    /// transaction.
    async fn texts(&mut self, sent: &str) -> Value {
        let texts = statements(sent, Dialect::Postgres);
        // Alone and outside a transaction a statement shows by itself that it cannot be read.
        let checked = if texts.len() > 1 || self.transaction.is_open() { texts.as_slice() } else { &[] };
        for (start, text) in checked {
            let known = Control::of(text).is_some();
            if let Err(error) = sql::check_syntax(text, Dialect::Postgres)
                && !known
            {
                return self.refuse(sent, *start, &error, Vec::new()).await;
            }
        }
        let is_one = texts.len() > 1
            && !self.transaction.is_open()
            && !texts.iter().any(|(_, text)| Control::of(text).is_some());
        if is_one {
            self.server.store.begin(&mut self.transaction);
        }
        let mut results = Vec::new();
        for (start, text) in &texts {
            if !self.transaction.is_open() || is_one && results.is_empty() {
                self.session.now = self.server.process.kernel().wall_clock().as_micros() as i64;
            }
            match self.one(text).await {
                Ok(result) => results.push(result),
                Err(error) => {
                    self.transaction.fail();
                    if is_one {
                        self.server.store.roll_back(&mut self.transaction);
                    }
                    return self.refuse(sent, *start, &error, results).await;
                }
            }
        }
        if is_one && let Err(error) = self.commit().await {
            return self.refuse(sent, 0, &error, results).await;
        }
        self.server.storage.summarise(&self.server.store.committed());
        json!({ "results": results })
    }

    async fn refuse(&self, sent: &str, start: usize, error: &SqlError, results: Vec<Value>) -> Value {
        let mut report = report(error);
        report.at = report.at.map(|at| at + start);
        self.log(&report, sent).await;
        json!({ "results": results, "error": report.to_json() })
    }

    async fn log(&self, report: &Report, sent: &str) {
        for line in report.log_lines() {
            self.server.log(self.pid, &line.replace('\n', "\n\t")).await;
        }
        self.server.log(self.pid, &format!("STATEMENT:  {}", sent.trim_end().replace('\n', "\n\t"))).await;
    }

    async fn commit(&mut self) -> Result<(), SqlError> {
        self.server.store.commit(&mut self.transaction).await.map_err(|error| no_space(error).into())
    }

    async fn one(&mut self, text: &str) -> Result<Value, SqlError> {
        let control = Control::of(text);
        let ends = matches!(control, Some(Control::Commit | Control::Rollback | Control::RollbackTo(_)));
        if self.transaction.has_failed() && !ends {
            return Err(Problem::CannotAlter(ABORTED.to_string()).into());
        }
        if let Some(control) = control {
            return self.steer(&control, text).await;
        }
        if let Some(what) = alone(text).filter(|_| self.transaction.is_open()) {
            return Err(Problem::InTransactionBlock(what).into());
        }
        if let Some(name) = dropped_database(text)
            && self.server.sessions.borrow().iter().any(|(pid, database)| *pid != self.pid && *database == name)
        {
            return Err(Problem::InUse(name).into());
        }
        let outcome = self.server.store.run(&self.session, &mut self.transaction, Job::Statement(text)).await;
        let outcome = outcome.map_err(|failure| match failure {
            Failure::Sql(error) => error,
            Failure::File(error) => no_space(error).into(),
        })?;
        if let Some((name, value)) = &outcome.sets {
            self.session.settings.insert(name.clone(), value.clone());
        }
        self.copy.clone_from(&outcome.copy_in);
        Ok(shown(&outcome))
    }

    async fn lines(&mut self, lines: &str) -> Value {
        let Some(copy) = self.copy.take() else { return json!({ "results": [] }) };
        match self.server.store.run(&self.session, &mut self.transaction, Job::Lines(&copy, lines)).await {
            Ok(outcome) => json!({ "results": [shown(&outcome)] }),
            Err(Failure::Sql(error)) => {
                self.transaction.fail();
                self.refuse("COPY", 0, &error, Vec::new()).await
            }
            Err(Failure::File(error)) => self.refuse("COPY", 0, &no_space(error).into(), Vec::new()).await,
        }
    }

    async fn steer(&mut self, control: &Control, text: &str) -> Result<Value, SqlError> {
        let store = &self.server.store;
        let warning = |text: &str, tag: &str| {
            let mut result = simple(tag);
            result["notices"] = json!([format!("WARNING:  {text}")]);
            Ok(result)
        };
        match control {
            Control::Begin => {
                let lower = text.to_lowercase();
                if lower.contains("isolation level") && !lower.contains("read committed") {
                    return Err(Problem::Unsupported("isolation levels other than READ COMMITTED".to_string()).into());
                }
                let tag = if lower.starts_with("start") { "START TRANSACTION" } else { "BEGIN" };
                if self.transaction.is_open() {
                    return warning("there is already a transaction in progress", tag);
                }
                store.begin(&mut self.transaction);
                Ok(simple(tag))
            }
            Control::Commit | Control::Rollback if !self.transaction.is_open() => {
                let tag = if *control == Control::Commit { "COMMIT" } else { "ROLLBACK" };
                warning("there is no transaction in progress", tag)
            }
            Control::Commit if !self.transaction.has_failed() => {
                self.commit().await?;
                Ok(simple("COMMIT"))
            }
            Control::Commit | Control::Rollback => {
                store.roll_back(&mut self.transaction);
                Ok(simple("ROLLBACK"))
            }
            Control::Savepoint(name) | Control::RollbackTo(name) | Control::Release(name) => {
                let (word, tag) = match control {
                    Control::Savepoint(_) => ("SAVEPOINT", "SAVEPOINT"),
                    Control::Release(_) => ("RELEASE SAVEPOINT", "RELEASE"),
                    _ => ("ROLLBACK TO SAVEPOINT", "ROLLBACK"),
                };
                if !self.transaction.is_open() {
                    return Err(Problem::CannotAlter(format!("{word} can only be used in transaction blocks")).into());
                }
                let missing = || Problem::CannotAlter(format!("savepoint \"{name}\" does not exist"));
                store.savepoint(&mut self.transaction, control).ok_or_else(missing)?;
                Ok(simple(tag))
            }
        }
    }
}

fn no_space(error: crate::kernel::Errno) -> Problem {
    Problem::CannotAlter(format!("could not extend file \"base/16384/2619\": {error}"))
}

/// Statements that must stand outside transactions, in PostgreSQL's words.
fn alone(text: &str) -> Option<&'static str> {
    let words: Vec<String> = text.split_whitespace().take(2).map(str::to_lowercase).collect();
    match (words.first()?.as_str(), words.get(1).map(String::as_str)) {
        ("create", Some("database")) => Some("CREATE DATABASE"),
        ("drop", Some("database")) => Some("DROP DATABASE"),
        ("vacuum", _) => Some("VACUUM"),
        _ => None,
    }
}

fn dropped_database(text: &str) -> Option<String> {
    let words: Vec<String> =
        text.trim_end_matches(';').split_whitespace().map(|word| word.trim_matches('"').to_lowercase()).collect();
    let is_drop =
        words.first()? == "drop" && words.get(1)? == "database" && !words.iter().any(|word| word.contains("force"));
    if !is_drop {
        return None;
    }
    words.last().cloned()
}

/// A result, and which of its columns are numbers.
fn shown(outcome: &Outcome) -> Value {
    let rows = outcome.rows.clone().unwrap_or_default();
    let cell = |value: &sql::Value| match value {
        sql::Value::Null => Value::Null,
        value => Value::String(value.shown(Dialect::Postgres)),
    };
    let cells: Vec<Vec<Value>> = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let columns: Vec<&String> = rows.columns.iter().map(|(name, _)| name).collect();
    let numeric: Vec<bool> = rows.columns.iter().map(|(_, kind)| kind.is_number()).collect();
    let notices: Vec<String> = outcome.notices.iter().map(|text| format!("NOTICE:  {text}")).collect();
    json!({
        "tag": outcome.tag, "has_rows": outcome.rows.is_some(), "columns": columns, "rows": cells, "numeric": numeric,
        "notices": notices, "copy_in": outcome.copy_in.is_some(), "copy_out": outcome.copied_out,
    })
}
