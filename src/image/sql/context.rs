//! What a statement runs in: the data it sees and changes, the session, the clock.

use super::ast::Named;
use super::dialect::Dialect;
use super::problem::{Problem, SqlError, Thing};
use super::storage::{Cluster, Database, Role, Table};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// A session's names and settings, and what the server says about itself.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The dialect.
    pub dialect: Dialect,
    /// Database.
    pub database: String,
    /// User.
    pub user: String,
    /// The server's version text.
    pub version: String,
    /// Microseconds since 1970 at the beginning of the transaction, or of the statement.
    pub now: i64,
    /// Settings: of the server, and those the session has set.
    pub settings: BTreeMap<String, String>,
}

/// What a statement runs in.
pub struct Context<'a> {
    /// The data, as the statement sees and changes them.
    pub cluster: RefCell<Cluster>,
    /// The session.
    pub session: &'a Session,
    slept: Cell<Duration>,
    notices: RefCell<Vec<String>>,
    chance: Cell<u64>,
}

impl<'a> Context<'a> {
    /// A context.
    pub fn new(cluster: Cluster, session: &'a Session) -> Self {
        let chance = Cell::new(session.now.unsigned_abs() | 1);
        Self { cluster: RefCell::new(cluster), session, slept: Cell::default(), notices: RefCell::default(), chance }
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.session.dialect
    }

    /// Where an object of that name is kept: its database, and its key there.
    pub fn locate(&self, named: &Named) -> (String, String) {
        match (&named.schema, self.dialect()) {
            (Some(database), Dialect::MySql) => (database.clone(), named.name.clone()),
            (Some(schema), Dialect::Postgres) if schema != "public" => {
                (self.session.database.clone(), format!("{schema}.{}", named.name))
            }
            _ => (self.session.database.clone(), named.name.clone()),
        }
    }

    /// A database.
    pub fn database(&self, name: &str) -> Result<Rc<Database>, SqlError> {
        if name.is_empty() {
            return Err(Problem::NoDatabaseChosen.into());
        }
        let found = self.cluster.borrow().database(name).cloned();
        found.ok_or_else(|| Problem::Missing(Thing::Database, name.to_string()).into())
    }

    /// The session's own database.
    pub fn own_database(&self) -> Result<Rc<Database>, SqlError> {
        self.database(&self.session.database)
    }

    /// A table.
    pub fn table(&self, named: &Named) -> Result<Rc<Table>, SqlError> {
        let (database, key) = self.locate(named);
        let found = match self.database(&database) {
            Ok(database) => database.tables.get(&key).cloned(),
            Err(error) if error.problem == Problem::NoDatabaseChosen => return Err(error),
            Err(_) => None,
        };
        found.ok_or_else(|| self.missing_relation(named))
    }

    /// That there is no such table or view.
    pub fn missing_relation(&self, named: &Named) -> SqlError {
        SqlError::at(Problem::Missing(Thing::Relation, self.full_name(named)), named.at)
    }

    /// The name as error texts give it: MySQL's with the database.
    pub fn full_name(&self, named: &Named) -> String {
        match (&named.schema, self.dialect()) {
            (Some(schema), _) => format!("{schema}.{}", named.name),
            (None, Dialect::MySql) => format!("{}.{}", self.session.database, named.name),
            (None, Dialect::Postgres) => named.name.clone(),
        }
    }

    /// Changes a database.
    pub fn change<T>(&self, name: &str, change: impl FnOnce(&mut Database) -> T) -> Result<T, SqlError> {
        let mut cluster = self.cluster.borrow_mut();
        let found = cluster.database_mut(name);
        found.map(change).ok_or_else(|| Problem::Missing(Thing::Database, name.to_string()).into())
    }

    /// The number of a new row.
    pub fn new_row(&self) -> u64 {
        let mut cluster = self.cluster.borrow_mut();
        cluster.next_row += 1;
        cluster.next_row
    }

    /// The session's role.
    pub fn role(&self) -> Role {
        let cluster = self.cluster.borrow();
        cluster.roles.get(&self.session.user).cloned().unwrap_or_default()
    }

    /// Notes that the statement sleeps.
    pub fn sleep(&self, span: Duration) {
        self.slept.set(self.slept.get() + span);
    }

    /// How long it sleeps in all.
    pub fn slept(&self) -> Duration {
        self.slept.get()
    }

    /// Says something beside the result.
    pub fn notice(&self, text: impl Into<String>) {
        self.notices.borrow_mut().push(text.into());
    }

    /// What was said.
    pub fn take_notices(&self) -> Vec<String> {
        self.notices.take()
    }

    /// The next number of chance (xorshift), the same in every run.
    pub fn random(&self) -> u64 {
        let mut state = self.chance.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.chance.set(state);
        state
    }
}
