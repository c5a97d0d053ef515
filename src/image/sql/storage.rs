//! Databases and what is in them, as they are kept in a file.

use super::ast::OnDelete;
use super::dialect::Dialect;
use super::kind::Kind;
use super::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All databases of a server, and its roles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// By name.
    pub databases: BTreeMap<String, Rc<Database>>,
    /// Roles by name.
    pub roles: Rc<BTreeMap<String, Role>>,
    /// The number of the next row: rows are numbered in the order in which they were written.
    pub next_row: u64,
}

/// A role, or a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its password.
    pub password: Option<String>,
    /// Whether it may do everything.
    pub superuser: bool,
    /// Whether it may begin a session.
    pub login: bool,
    /// Whether it may make databases.
    pub create_database: bool,
    /// Whether it may make roles.
    pub create_role: bool,
    /// MySQL's rights by database; `*` stands for all of them.
    pub on_databases: BTreeMap<String, BTreeSet<String>>,
}

impl Role {
    /// MySQL: whether it has any right on a database.
    pub fn sees(&self, database: &str) -> bool {
        let within = format!("{database}.");
        let is_on = |name: &String| name == "*" || name == database || name.starts_with(&within);
        self.superuser || database == "information_schema" || self.on_databases.keys().any(is_on)
    }

    /// A superuser with a password.
    pub fn superuser(password: &str) -> Self {
        Self {
            password: Some(password.to_string()),
            superuser: true,
            login: true,
            create_database: true,
            create_role: true,
            on_databases: BTreeMap::new(),
        }
    }
}

/// One database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Tables by name; one in another schema than `public` is `schema.name`.
    pub tables: BTreeMap<String, Rc<Table>>,
    /// Sequences by name.
    pub sequences: BTreeMap<String, Sequence>,
    /// The rest.
    pub shape: Rc<Shape>,
}

/// What is in a database beside tables and sequences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Its owner.
    pub owner: String,
    /// Views by name.
    pub views: BTreeMap<String, View>,
    /// Schemas beside `public`.
    pub schemas: BTreeSet<String>,
    /// Extensions.
    pub extensions: BTreeSet<String>,
    /// Who may make tables in `public` beside the owner.
    pub creators: BTreeSet<String>,
}

/// A view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Its query.
    pub text: String,
    /// Names of its columns, if they are not the query's.
    pub columns: Vec<String>,
    /// Its owner.
    pub owner: String,
}

/// A sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// The next number.
    pub next: i64,
    /// Its step.
    pub step: i64,
    /// Whether it was called since it was made.
    pub is_called: bool,
    /// The last number that the log of changes allows for: it is written ahead, and a crash skips to it.
    pub logged: Option<i64>,
    /// The table and column it belongs to.
    pub owned_by: Option<(String, String)>,
    /// Its owner.
    pub owner: String,
}

impl Sequence {
    /// How far numbers are written ahead (`SEQ_LOG_VALS` of sequence.c).
    const AHEAD: i64 = 32;

    /// Takes the next number.
    pub fn take(&mut self) -> i64 {
        let number = self.next;
        (self.next, self.is_called) = (number.saturating_add(self.step), true);
        if self.logged.is_none_or(|logged| number > logged) {
            self.logged = Some(number.saturating_add(Self::AHEAD * self.step));
        }
        number
    }

    /// Whether everything but the counter is the same.
    pub fn has_shape_of(&self, other: &Sequence) -> bool {
        self.step == other.step && self.owned_by == other.owned_by && self.owner == other.owner
    }
}

/// Where everything that counts has come to: kept apart from what transactions change, because no rollback gives numbers back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    next_row: u64,
    sequences: Vec<(String, String, i64, bool, Option<i64>)>,
    tables: Vec<(String, String, i64)>,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Rows by their number.
    pub rows: BTreeMap<u64, Rc<Vec<Value>>>,
    /// Constraints and indexes.
    pub constraints: Vec<Constraint>,
    /// Its owner.
    pub owner: String,
    /// Rights of other roles.
    pub rights: BTreeMap<String, BTreeSet<String>>,
    /// MySQL's AUTO_INCREMENT: the next number.
    pub next: i64,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: Kind,
    /// NOT NULL.
    pub not_null: bool,
    /// DEFAULT, as text.
    pub default: Option<String>,
    /// Whether it counts by itself.
    pub counts: Counts,
    /// MySQL's ON UPDATE CURRENT_TIMESTAMP.
    pub on_update_now: bool,
}

/// How a column counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counts {
    /// It does not.
    #[default]
    No,
    /// With the table's own number (AUTO_INCREMENT).
    Table,
    /// With a sequence, as its default (SERIAL).
    Sequence(String),
    /// With a sequence, as GENERATED … AS IDENTITY; whether ALWAYS.
    Identity(String, bool),
}

impl Counts {
    /// The sequence it counts with.
    pub fn sequence(&self) -> Option<&str> {
        match self {
            Counts::Sequence(name) | Counts::Identity(name, _) => Some(name),
            Counts::No | Counts::Table => None,
        }
    }
}

/// A constraint or an index, with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name.
    pub name: String,
    /// What it is.
    pub rule: Rule,
}

/// What a constraint is.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    Primary(Vec<String>),
    /// UNIQUE; or an index that is.
    Unique {
        columns: Vec<String>,
        is_index: bool,
    },
    Check(String),
    Foreign {
        columns: Vec<String>,
        table: String,
        targets: Vec<String>,
        on_delete: OnDelete,
    },
    /// A plain index on columns or expressions.
    Index(Vec<String>),
}

impl Table {
    /// The place of a column.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns of the primary key.
    pub fn primary(&self) -> Option<&[String]> {
        self.constraints.iter().find_map(|constraint| match &constraint.rule {
            Rule::Primary(columns) => Some(columns.as_slice()),
            _ => None,
        })
    }

    /// Constraints that allow a combination of values once: name and columns.
    pub fn unique_keys(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.constraints.iter().filter_map(|constraint| match &constraint.rule {
            Rule::Primary(columns) | Rule::Unique { columns, .. } => {
                Some((constraint.name.as_str(), columns.as_slice()))
            }
            _ => None,
        })
    }

    /// The rows in the order in which they are read: as they were written, in MySQL by the primary key.
    pub fn rows_in_order(&self, dialect: Dialect) -> Vec<Rc<Vec<Value>>> {
        let mut rows: Vec<Rc<Vec<Value>>> = self.rows.values().cloned().collect();
        if dialect.is_mysql() {
            let places: Vec<usize> =
                self.primary().unwrap_or_default().iter().filter_map(|name| self.place(name)).collect();
            rows.sort_by(|a, b| {
                let each = places.iter().map(|place| a[*place].order(&b[*place], dialect));
                each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
        }
        rows
    }

    /// Whether everything but the rows and counters is the same.
    pub fn has_shape_of(&self, other: &Table) -> bool {
        self.columns == other.columns
            && self.constraints == other.constraints
            && self.owner == other.owner
            && self.rights == other.rights
    }
}

impl Cluster {
    /// A database.
    pub fn database(&self, name: &str) -> Option<&Rc<Database>> {
        self.databases.get(name)
    }

    /// A database to change.
    pub fn database_mut(&mut self, name: &str) -> Option<&mut Database> {
        self.databases.get_mut(name).map(Rc::make_mut)
    }

    /// Where everything has counted to.
    pub fn counters(&self) -> Counters {
        let mut counters = Counters { next_row: self.next_row, ..Counters::default() };
        for (database, of) in &self.databases {
            for (name, sequence) in &of.sequences {
                let Sequence { next, is_called, logged, .. } = *sequence;
                counters.sequences.push((database.clone(), name.clone(), next, is_called, logged));
            }
            let counting = of.tables.iter().filter(|(_, table)| table.next > 1);
            counters.tables.extend(counting.map(|(name, table)| (database.clone(), name.clone(), table.next)));
        }
        counters
    }

    /// Takes over where others have counted to.
    pub fn keep_counters(&mut self, counters: &Counters) {
        self.next_row = self.next_row.max(counters.next_row);
        for (database, name, next, is_called, logged) in &counters.sequences {
            let Some(own) = self.databases.get_mut(database) else { continue };
            if let Some(known) = own.sequences.get(name).filter(|known| known.next != *next || known.logged != *logged)
            {
                let renewed = Sequence { next: *next, is_called: *is_called, logged: *logged, ..known.clone() };
                Rc::make_mut(own).sequences.insert(name.clone(), renewed);
            }
        }
        for (database, name, next) in &counters.tables {
            let Some(own) = self.databases.get_mut(database) else { continue };
            if own.tables.get(name).is_some_and(|table| table.next != *next)
                && let Some(table) = Rc::make_mut(own).tables.get_mut(name)
            {
                Rc::make_mut(table).next = *next;
            }
        }
    }

    /// After a crash sequences go on behind the numbers that the log allowed for.
    pub fn skip_logged_numbers(&mut self) {
        for database in self.databases.values_mut().map(Rc::make_mut) {
            for sequence in database.sequences.values_mut() {
                if let Some(logged) = sequence.logged.take() {
                    sequence.next = logged.saturating_add(sequence.step);
                }
            }
        }
    }

    /// At a checkpoint sequences are written as they are.
    pub fn forget_logged_numbers(&mut self) {
        for database in self.databases.values_mut().map(Rc::make_mut) {
            database.sequences.values_mut().for_each(|sequence| sequence.logged = None);
        }
    }

    /// What is in it, in few words, for the data lane: the counter's number, or how many tables and rows.
    pub fn summary(&self) -> String {
        let tables: Vec<(&String, &Rc<Table>)> =
            self.databases.values().flat_map(|database| &database.tables).collect();
        let rows: usize = tables.iter().map(|(_, table)| table.rows.len()).sum();
        match tables.as_slice() {
            [] => match self.databases.len() {
                0 => "empty".to_string(),
                _ => "no tables".to_string(),
            },
            [(name, table)] => match only_number(table) {
                Some(number) => format!("{name} {number}"),
                None => format!("{name}: {}", counted(rows, "row")),
            },
            several => format!("{}, {}", counted(several.len(), "table"), counted(rows, "row")),
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a file's text; the error says what is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// The value of a table that holds one number beside its key.
fn only_number(table: &Table) -> Option<i64> {
    let keys: BTreeSet<&String> = table.unique_keys().flat_map(|(_, columns)| columns).collect();
    let mut rows = table.rows.values();
    let row = rows.next().filter(|_| rows.next().is_none())?;
    let plain = |column: &Column| column.counts == Counts::No && !keys.contains(&column.name);
    let values = table.columns.iter().zip(row.iter()).filter(|(column, _)| plain(column));
    match values.map(|(_, value)| value).collect::<Vec<_>>().as_slice() {
        [Value::Integer(number)] => Some(*number),
        _ => None,
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
