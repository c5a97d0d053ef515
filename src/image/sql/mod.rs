//! A small SQL: enough for the tables of a lesson, kept in files, so that backup, crash and recovery follow by themselves.
//!
//! Knows CREATE/ALTER/DROP TABLE and DATABASE, INSERT (also ON CONFLICT), SELECT (JOIN, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT,
//! the usual aggregates), UPDATE, DELETE, RETURNING, TRUNCATE, SHOW, DESCRIBE; accepts GRANT, SET and the like without effect.
//! Transactions are the servers' business. What it does not know is an error that says so. Must not know files, sockets or
//! containers.

mod evaluate;
mod execute;
mod parse;
mod select;
mod storage;
mod token;
mod value;

pub use execute::{Outcome, Result, Rows, Session, SqlError, execute};
pub use parse::{Statement, parse, statements};
pub use storage::{Cluster, Column, Database, Table};
pub use value::Value;

#[cfg(test)]
mod tests;
