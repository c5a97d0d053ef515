//! A statement carried out.

mod alter;
mod change;
mod copy;
mod define;
mod drop;
mod keys;
mod remove;
pub mod rights;
mod row;
mod show;

use super::ast::{ObjectKind, Statement};
use super::context::{Context, Session};
use super::kind::Kind;
use super::parse::parse;
use super::problem::{Problem, SqlError, Thing};
use super::query;
use super::relation::Relation;
use super::storage::Cluster;
use super::value::Value;
use std::rc::Rc;
use std::time::Duration;

pub use copy::{CopyIn, copy_rows};
pub use show::create_table_text;

/// What a statement did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Command tag as PostgreSQL prints it: `INSERT 0 1`.
    pub tag: String,
    /// Rows, for a statement that shows some.
    pub rows: Option<Rows>,
    /// How many rows it changed.
    pub affected: usize,
    /// How long it slept.
    pub slept: Duration,
    /// What was said beside the result: PostgreSQL's notices, MySQL's notes.
    pub notices: Vec<String>,
    /// `USE`: the session's new database.
    pub uses: Option<String>,
    /// `SET`: a setting of the session.
    pub sets: Option<(String, String)>,
    /// COPY TO STDOUT: the lines.
    pub copied_out: Option<String>,
    /// COPY FROM STDIN: what to do with the lines that follow.
    pub copy_in: Option<CopyIn>,
}

/// Rows with the names and types of their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Names and types.
    pub columns: Vec<(String, Kind)>,
    /// Rows.
    pub rows: Vec<Rc<Vec<Value>>>,
}

impl Rows {
    /// Texts with the names of their columns.
    pub fn of_texts(names: &[&str], rows: Vec<Vec<Value>>) -> Self {
        let columns = names.iter().map(|name| (name.to_string(), Kind::Text)).collect();
        Self { columns, rows: rows.into_iter().map(Rc::new).collect() }
    }
}

impl From<Relation> for Rows {
    fn from(mut relation: Relation) -> Self {
        query::settle_kinds(&mut relation);
        let columns = relation.fields.into_iter().map(|field| (field.name, field.kind)).collect();
        Self { columns, rows: relation.rows }
    }
}

/// Result of a statement.
pub type Executed = Result<Outcome, SqlError>;

/// Reads and carries out one statement. If it fails, what it did to the data must be thrown away, except to counters.
pub fn execute(cluster: &mut Cluster, session: &Session, text: &str) -> Executed {
    let statement = parse(text, session.dialect)?;
    let context = Context::new(std::mem::take(cluster), session);
    let result = carry_out(&context, &statement);
    let (slept, notices) = (context.slept(), context.take_notices());
    *cluster = context.cluster.into_inner();
    result.map(|outcome| Outcome { slept, notices: [notices, outcome.notices].concat(), ..outcome })
}

fn tagged(tag: impl Into<String>) -> Outcome {
    Outcome { tag: tag.into(), ..Outcome::default() }
}

fn shown(tag: impl Into<String>, rows: Rows) -> Outcome {
    Outcome { tag: tag.into(), rows: Some(rows), ..Outcome::default() }
}

fn carry_out(context: &Context<'_>, statement: &Statement) -> Executed {
    match statement {
        Statement::Select(query) => {
            let rows = Rows::from(query::run(query, None, context)?);
            Ok(shown(format!("SELECT {}", rows.rows.len()), rows))
        }
        Statement::Insert(insert) => change::insert(context, insert),
        Statement::Update(update) => change::update(context, update),
        Statement::Delete { table, alias, using, filter, order, limit, returning } => {
            let delete = remove::Delete {
                table,
                alias: alias.as_deref(),
                using,
                filter: filter.as_ref(),
                order,
                limit: limit.as_ref(),
                returning,
            };
            remove::delete(context, &delete)
        }
        Statement::Truncate { names, restart, cascade } => remove::truncate(context, names, *restart, *cascade),
        Statement::CreateTable(create) => define::create_table(context, create),
        Statement::CreateView { .. } => define::create_view(context, statement),
        Statement::CreateIndex { .. } => define::create_index(context, statement),
        Statement::CreateSequence { .. } | Statement::CreateSchema { .. } | Statement::CreateExtension { .. } => {
            define::create_other(context, statement)
        }
        Statement::CreateDatabase { name, if_not_exists, owner } => {
            define::create_database(context, name, *if_not_exists, owner.as_deref())
        }
        Statement::RenameDatabase { from, to } => rename_database(context, from, to),
        Statement::Drop { kind, names, if_exists, cascade } => {
            drop::drop_objects(context, *kind, names, *if_exists, *cascade)
        }
        Statement::AlterTable { table, if_exists, changes } => alter::alter_table(context, table, *if_exists, changes),
        Statement::RestartSequence { name, with } => {
            let (database, key) = context.locate(name);
            let found = context.change(&database, |database| {
                database.sequences.get_mut(&key).map(|sequence| (sequence.next, sequence.is_called) = (*with, false))
            })?;
            found.ok_or_else(|| context.missing_relation(name))?;
            Ok(tagged("ALTER SEQUENCE"))
        }
        Statement::Role(change) => rights::change_roles(context, change),
        Statement::Grant(grant) => rights::grant(context, grant),
        Statement::Describe(named) => show::describe(context, named),
        Statement::ShowCreate(named) => show::create(context, named),
        Statement::Show { kind, like, of } => show::names(context, *kind, like.as_deref(), of.as_deref()),
        Statement::ShowSetting { name, is_pattern } => show::setting(context, name, *is_pattern),
        Statement::ShowGrants(of) => show::grants(context, of.as_deref()),
        Statement::ShowWarnings => Err(Problem::Unsupported("SHOW WARNINGS".to_string()).into()),
        Statement::Set { name, value } => {
            let plain = value.trim_matches(['\'', '"']).to_string();
            Ok(Outcome { sets: Some((name.trim_start_matches('@').to_string(), plain)), ..tagged("SET") })
        }
        Statement::Use(name) => {
            context.database(name)?;
            rights::may_use(context, name)?;
            Ok(Outcome { uses: Some(name.clone()), ..tagged("USE") })
        }
        Statement::Copy(copy) => copy::copy(context, copy),
        Statement::Accepted(tag) => Ok(tagged(tag.clone())),
    }
}

fn rename_database(context: &Context<'_>, from: &str, to: &str) -> Executed {
    context.database(from)?;
    if from == context.session.database {
        return Err(Problem::OpenDatabase.into());
    }
    let mut cluster = context.cluster.borrow_mut();
    if cluster.databases.contains_key(to) {
        return Err(Problem::Exists(Thing::Database, to.to_string()).into());
    }
    if let Some(database) = cluster.databases.remove(from) {
        cluster.databases.insert(to.to_string(), database);
    }
    Ok(tagged("ALTER DATABASE"))
}

/// The word of a kind of object for error texts.
fn thing(kind: ObjectKind) -> Thing {
    match kind {
        ObjectKind::Table => Thing::Table,
        ObjectKind::View => Thing::View,
        ObjectKind::Index => Thing::Index,
        ObjectKind::Sequence => Thing::Sequence,
        ObjectKind::Schema => Thing::Schema,
        ObjectKind::Extension => Thing::Extension,
        ObjectKind::Database => Thing::Database,
        ObjectKind::Role => Thing::Role,
    }
}
