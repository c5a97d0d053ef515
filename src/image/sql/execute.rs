//! A statement carried out on the databases.

use super::evaluate::{Row, evaluate};
use super::parse::{
    Changes, ColumnDefinition, CreateTable, Expression, Insert, InsertSource, ObjectKind, Statement, TableChange, parse,
};
use super::select::{SelectItem, matches, project, select};
use super::storage::{Cluster, Column, Database, Table};
use super::value::Value;
use std::cell::Cell;
use std::cmp::Ordering;
use std::time::Duration;

/// What a statement did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Command tag as PostgreSQL prints it: `INSERT 0 1`.
    pub tag: String,
    /// Rows, for a statement that shows some.
    pub rows: Option<Rows>,
    /// How long it slept.
    pub slept: Duration,
    /// Whether data changed: it belongs into the log of changes.
    pub wrote: bool,
    /// `USE`: the session's new database.
    pub uses: Option<String>,
}

/// Rows with the names of their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Value>>,
}

/// Result of a statement.
pub type Result = std::result::Result<Outcome, SqlError>;

/// Why a statement failed; each server words it in its own way.
#[expect(missing_docs, reason = "the variant says what its field is")]
#[derive(Clone, Debug, PartialEq)]
pub enum SqlError {
    Syntax(String),
    NoSuchTable(String),
    TableExists(String),
    NoSuchDatabase(String),
    DatabaseExists(String),
    NoSuchColumn(String),
    ColumnExists { table: String, column: String },
    NoSuchFunction(String),
    Duplicate { table: String, column: String, value: String },
    DivisionByZero,
    OutOfRange,
    Unsupported(String),
}

/// What a statement can see beside the tables.
pub struct Context<'a> {
    /// All databases.
    pub cluster: &'a Cluster,
    /// The session's database.
    pub database: &'a str,
    /// The session's user.
    pub user: &'a str,
    /// The server's version text.
    pub version: &'a str,
    /// The present, as text.
    pub clock: &'a str,
    slept: Cell<Duration>,
}

impl<'a> Context<'a> {
    /// A context.
    pub fn new(cluster: &'a Cluster, database: &'a str, user: &'a str, version: &'a str, clock: &'a str) -> Self {
        Self { cluster, database, user, version, clock, slept: Cell::default() }
    }

    /// A table of the session's database.
    pub fn table(&self, name: &str) -> std::result::Result<&'a Table, SqlError> {
        let found = self.cluster.databases.get(self.database).and_then(|database| database.tables.get(name));
        found.ok_or_else(|| SqlError::NoSuchTable(name.to_string()))
    }

    /// Notes that the statement sleeps.
    pub fn sleep(&self, span: Duration) {
        self.slept.set(self.slept.get() + span);
    }
}

/// A session's names: database, user, and what the server says about itself.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Database.
    pub database: String,
    /// User.
    pub user: String,
    /// The server's version text.
    pub version: String,
    /// The present, as text.
    pub clock: String,
}

/// Reads and carries out one statement.
pub fn execute(cluster: &mut Cluster, session: &Session, text: &str) -> Result {
    let statement = parse(text).map_err(SqlError::Syntax)?;
    let before = cluster.clone();
    let context = Context::new(&before, &session.database, &session.user, &session.version, &session.clock);
    let mut outcome = carry_out(cluster, &context, &statement)?;
    outcome.slept = context.slept.get();
    Ok(outcome)
}

fn carry_out(cluster: &mut Cluster, context: &Context<'_>, statement: &Statement) -> Result {
    match statement {
        Statement::Select(inner) => {
            let rows = select(inner, context)?;
            Ok(shown(format!("SELECT {}", rows.rows.len()), rows))
        }
        Statement::Show(kind) => Ok(shown("SHOW".to_string(), names(context, *kind))),
        Statement::Accepted(tag) => Ok(tagged(tag.clone(), false)),
        Statement::Use(name) if cluster.databases.contains_key(name) => {
            Ok(Outcome { uses: Some(name.clone()), ..tagged("USE".to_string(), false) })
        }
        Statement::Use(name) => Err(SqlError::NoSuchDatabase(name.clone())),
        Statement::CreateDatabase { name, if_not_exists } => {
            if cluster.databases.contains_key(name) && !if_not_exists {
                return Err(SqlError::DatabaseExists(name.clone()));
            }
            cluster.databases.entry(name.clone()).or_default();
            Ok(tagged("CREATE DATABASE".to_string(), true))
        }
        Statement::Drop { kind: ObjectKind::Database, names, if_exists } => {
            for name in names {
                if cluster.databases.remove(name).is_none() && !if_exists {
                    return Err(SqlError::NoSuchDatabase(name.clone()));
                }
            }
            Ok(tagged("DROP DATABASE".to_string(), true))
        }
        in_database => {
            let database = cluster
                .databases
                .get_mut(context.database)
                .ok_or_else(|| SqlError::NoSuchDatabase(context.database.to_string()))?;
            change(database, context, in_database)
        }
    }
}

fn change(database: &mut Database, context: &Context<'_>, statement: &Statement) -> Result {
    match statement {
        Statement::CreateTable(create) => create_table(database, context, create),
        Statement::Insert(inner) => insert(database, context, inner),
        Statement::Update { table, changes, filter, returning } => {
            update(database, context, table, (changes, filter.as_ref()), returning)
        }
        Statement::Delete { table, filter, returning } => delete(database, context, table, filter.as_ref(), returning),
        Statement::AlterTable { table, change } => alter(database, context, table, change),
        Statement::Describe(name) => describe(table(database, name)?),
        Statement::Truncate(name) => {
            table(database, name)?.rows.clear();
            Ok(tagged("TRUNCATE TABLE".to_string(), true))
        }
        Statement::Drop { names, if_exists, .. } => {
            for name in names {
                if database.tables.remove(name).is_none() && !if_exists {
                    return Err(SqlError::NoSuchTable(name.clone()));
                }
            }
            Ok(tagged("DROP TABLE".to_string(), true))
        }
        _ => Err(SqlError::Unsupported("this statement".to_string())),
    }
}

fn table<'a>(database: &'a mut Database, name: &str) -> std::result::Result<&'a mut Table, SqlError> {
    database.tables.get_mut(name).ok_or_else(|| SqlError::NoSuchTable(name.to_string()))
}

fn tagged(tag: String, wrote: bool) -> Outcome {
    Outcome { tag, rows: None, slept: Duration::ZERO, wrote, uses: None }
}

fn shown(tag: String, rows: Rows) -> Outcome {
    Outcome { rows: Some(rows), ..tagged(tag, false) }
}

fn names(context: &Context<'_>, kind: ObjectKind) -> Rows {
    let (label, names): (String, Vec<&String>) = match kind {
        ObjectKind::Database => ("Database".to_string(), context.cluster.databases.keys().collect()),
        ObjectKind::Table => {
            let database = context.cluster.databases.get(context.database);
            let tables = database.map(|database| database.tables.keys().collect()).unwrap_or_default();
            (format!("Tables_in_{}", context.database), tables)
        }
    };
    Rows { columns: vec![label], rows: names.into_iter().map(|name| vec![Value::Text(name.clone())]).collect() }
}

fn create_table(database: &mut Database, context: &Context<'_>, create: &CreateTable) -> Result {
    if database.tables.contains_key(&create.name) {
        return match create.if_not_exists {
            true => Ok(tagged("CREATE TABLE".to_string(), false)),
            false => Err(SqlError::TableExists(create.name.clone())),
        };
    }
    let columns: std::result::Result<Vec<Column>, SqlError> =
        create.columns.iter().map(|column| define_column(column, context)).collect();
    database.tables.insert(create.name.clone(), Table { columns: columns?, rows: Vec::new(), next: 1 });
    Ok(tagged("CREATE TABLE".to_string(), true))
}

fn define_column(column: &ColumnDefinition, context: &Context<'_>) -> std::result::Result<Column, SqlError> {
    let default = match &column.default {
        Some(expression) => Some(evaluate(expression, Row::NONE, context)?),
        None => None,
    };
    let ColumnDefinition { name, kind, counts, unique, .. } = column.clone();
    Ok(Column { name, kind, counts, unique, default })
}

fn insert(database: &mut Database, context: &Context<'_>, insert: &Insert) -> Result {
    let rows = match &insert.source {
        InsertSource::Select(inner) => select(inner, context)?.rows,
        InsertSource::Rows(rows) => {
            let each = |row: &Vec<Expression>| row.iter().map(|value| evaluate(value, Row::NONE, context)).collect();
            rows.iter().map(each).collect::<std::result::Result<Vec<Vec<Value>>, SqlError>>()?
        }
    };
    let table = table(database, &insert.table)?;
    let first = table.rows.len();
    let mut replaced = 0;
    for values in rows {
        let row = complete(table, &insert.columns, values)?;
        match duplicate(table, &row) {
            Some(_) if insert.skip_duplicates => {}
            Some((at, _, _)) if !insert.on_duplicate.is_empty() => {
                let columns = table.columns.clone();
                let old = table.rows[at].clone();
                // The row that was refused is called `excluded`.
                let both: Vec<Column> = columns
                    .iter()
                    .map(|column| Column { name: format!("{}.{}", insert.table, column.name), ..column.clone() })
                    .chain(
                        columns
                            .iter()
                            .map(|column| Column { name: format!("excluded.{}", column.name), ..column.clone() }),
                    )
                    .collect();
                let values: Vec<Value> = old.iter().chain(&row).cloned().collect();
                for (column, expression) in &insert.on_duplicate {
                    let place = columns.iter().position(|known| known.name == *column);
                    let place = place.ok_or_else(|| SqlError::NoSuchColumn(column.clone()))?;
                    table.rows[at][place] = evaluate(expression, Row { columns: &both, values: &values }, context)?;
                }
                replaced += 1;
            }
            Some((_, column, value)) => {
                return Err(SqlError::Duplicate { table: insert.table.clone(), column, value });
            }
            None => table.rows.push(row),
        }
    }
    let added: Vec<Row<'_>> =
        table.rows[first..].iter().map(|values| Row { columns: &table.columns, values }).collect();
    let count = added.len() + replaced;
    let outcome = tagged(format!("INSERT 0 {count}"), count > 0);
    returned(outcome, &insert.returning, table, &added, context)
}

/// A whole row from the values given: counted columns count, others get their default.
fn complete(table: &mut Table, columns: &[String], values: Vec<Value>) -> std::result::Result<Vec<Value>, SqlError> {
    let mut row: Vec<Option<Value>> = vec![None; table.columns.len()];
    for (index, value) in values.into_iter().enumerate() {
        let at = match columns.get(index) {
            Some(name) => table.columns.iter().position(|column| column.name == *name),
            None => Some(index),
        };
        let missing = || SqlError::NoSuchColumn(columns.get(index).cloned().unwrap_or_default());
        *at.and_then(|at| row.get_mut(at)).ok_or_else(missing)? = Some(value);
    }
    let mut next = table.next;
    let whole = table.columns.iter().zip(row).map(|(column, value)| match value {
        Some(Value::Integer(number)) if column.counts => {
            next = next.max(number.saturating_add(1));
            Value::Integer(number)
        }
        Some(value) => value,
        None if column.counts => {
            next += 1;
            Value::Integer(next - 1)
        }
        None => column.default.clone().unwrap_or(Value::Null),
    });
    let whole = whole.collect();
    table.next = next;
    Ok(whole)
}

/// The row that has a value already that may be there once: its place, the column and the value.
fn duplicate(table: &Table, row: &[Value]) -> Option<(usize, String, String)> {
    let mut unique = table.columns.iter().enumerate().filter(|(_, column)| column.unique);
    unique.find_map(|(at, column)| {
        let same =
            |other: &Vec<Value>| other.get(at).and_then(|value| value.compare(&row[at])) == Some(Ordering::Equal);
        let place = table.rows.iter().position(same)?;
        Some((place, column.name.clone(), row[at].to_string()))
    })
}

fn update(
    database: &mut Database,
    context: &Context<'_>,
    name: &str,
    (changes, filter): (&Changes, Option<&Expression>),
    returning: &[SelectItem],
) -> Result {
    let table = table(database, name)?;
    let columns = table.columns.clone();
    let mut changed = Vec::new();
    for (number, values) in table.rows.iter_mut().enumerate() {
        let old = values.clone();
        let row = Row { columns: &columns, values: &old };
        if !matches(filter, row, context)? {
            continue;
        }
        for (column, expression) in changes {
            let at = columns.iter().position(|known| known.name == *column);
            let at = at.ok_or_else(|| SqlError::NoSuchColumn(column.clone()))?;
            values[at] = evaluate(expression, row, context)?;
        }
        changed.push(number);
    }
    let rows: Vec<Row<'_>> = changed.iter().map(|at| Row { columns: &columns, values: &table.rows[*at] }).collect();
    let outcome = tagged(format!("UPDATE {}", rows.len()), !rows.is_empty());
    returned(outcome, returning, table, &rows, context)
}

/// An outcome with the rows of RETURNING.
fn returned(
    outcome: Outcome,
    returning: &[SelectItem],
    table: &Table,
    rows: &[Row<'_>],
    context: &Context<'_>,
) -> Result {
    if returning.is_empty() {
        return Ok(outcome);
    }
    Ok(Outcome { rows: Some(project(returning, table, rows, context)?), ..outcome })
}

fn delete(
    database: &mut Database,
    context: &Context<'_>,
    name: &str,
    filter: Option<&Expression>,
    returning: &[SelectItem],
) -> Result {
    let table = table(database, name)?;
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for values in std::mem::take(&mut table.rows) {
        let is_gone = matches(filter, Row { columns: &table.columns, values: &values }, context)?;
        if is_gone { gone.push(values) } else { kept.push(values) }
    }
    table.rows = kept;
    let outcome = tagged(format!("DELETE {}", gone.len()), !gone.is_empty());
    let rows: Vec<Row<'_>> = gone.iter().map(|values| Row { columns: &table.columns, values }).collect();
    returned(outcome, returning, table, &rows, context)
}

fn alter(database: &mut Database, context: &Context<'_>, name: &str, change: &TableChange) -> Result {
    if let TableChange::Rename(to) = change {
        if database.tables.contains_key(to) {
            return Err(SqlError::TableExists(to.clone()));
        }
        let moved = database.tables.remove(name).ok_or_else(|| SqlError::NoSuchTable(name.to_string()))?;
        database.tables.insert(to.clone(), moved);
        return Ok(tagged("ALTER TABLE".to_string(), true));
    }
    let table = table(database, name)?;
    let place = |table: &Table, name: &str| table.columns.iter().position(|column| column.name == name);
    match change {
        TableChange::AddColumn(definition) if place(table, &definition.name).is_some() => {
            return Err(SqlError::ColumnExists { table: name.to_string(), column: definition.name.clone() });
        }
        TableChange::AddColumn(definition) => {
            let column = define_column(definition, context)?;
            for row in &mut table.rows {
                row.push(column.default.clone().unwrap_or(Value::Null));
            }
            table.columns.push(column);
        }
        TableChange::DropColumn(column) => {
            let at = place(table, column).ok_or_else(|| SqlError::NoSuchColumn(column.clone()))?;
            table.columns.remove(at);
            table.rows.iter_mut().for_each(|row| drop(row.remove(at)));
        }
        TableChange::RenameColumn { from, to } => {
            let at = place(table, from).ok_or_else(|| SqlError::NoSuchColumn(from.clone()))?;
            table.columns[at].name.clone_from(to);
        }
        TableChange::Rename(_) | TableChange::Other => {}
    }
    Ok(tagged("ALTER TABLE".to_string(), true))
}

/// `DESCRIBE`, as MySQL shows a table.
fn describe(table: &Table) -> Result {
    let columns = ["Field", "Type", "Null", "Key", "Default", "Extra"].map(str::to_string).to_vec();
    let row = |column: &Column| {
        let (key, null) = if column.unique { ("PRI", "NO") } else { ("", "YES") };
        let extra = if column.counts { "auto_increment" } else { "" };
        let text = |text: &str| Value::Text(text.to_string());
        vec![
            text(&column.name),
            text(&column.kind),
            text(null),
            text(key),
            column.default.clone().unwrap_or(Value::Null),
            text(extra),
        ]
    };
    Ok(shown("DESCRIBE".to_string(), Rows { columns, rows: table.columns.iter().map(row).collect() }))
}
