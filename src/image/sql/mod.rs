//! A small SQL with types: enough for the tables of a lesson, kept in files, so that backup, crash and recovery follow by
//! themselves.
//!
//! Reading ([`parse`]) gives a tree ([`ast`]); names and types are looked at ([`infer`]) before rows are read ([`query`]) and
//! changed ([`execute`]). Errors are values ([`problem`]) that each server words in its own way. What it does not know is an
//! error that says so. Transactions are the servers' business, with [`Delta`] as their means. Must not know files, sockets or
//! containers.

mod aggregate;
mod ast;
mod cast;
mod catalog;
mod context;
mod decimal;
mod delta;
mod deparse;
mod dialect;
mod evaluate;
mod execute;
mod functions;
mod infer;
mod kind;
mod moment;
mod operators;
mod parse;
mod problem;
mod query;
mod relation;
mod storage;
mod token;
mod value;

pub use context::Session;
pub use delta::Delta;
pub use deparse::{foreign_key_text, shown_expression};
pub use dialect::Dialect;
pub use execute::{CopyIn, Executed, Outcome, Rows, copy_rows, create_table_text, execute};
pub use kind::Kind;
pub use parse::{check_syntax, statements};
pub use problem::{Problem, SqlError, Thing};
pub use storage::{Cluster, Column, Constraint, Counters, Counts, Database, Role, Rule, Sequence, Shape, Table, View};
pub use value::Value;

#[cfg(test)]
mod tests;
