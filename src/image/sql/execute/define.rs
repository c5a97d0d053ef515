//! CREATE.

use super::change::with_table;
use super::{Executed, rights, tagged};
use crate::image::sql::ast::{
    ColumnDefinition, Counting, CreateTable, Demand, Expression, Form, Named, Statement, TableConstraint,
};
use crate::image::sql::context::Context;
use crate::image::sql::deparse::expression_text;
use crate::image::sql::infer::infer;
use crate::image::sql::kind::Kind;
use crate::image::sql::problem::{Problem, SqlError, Thing};
use crate::image::sql::query;
use crate::image::sql::relation::Scope;
use crate::image::sql::storage::{Column, Constraint, Counts, Database, Rule, Sequence, Table, View};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Whether a name of a table, view, sequence or index is taken.
fn is_taken(database: &Database, key: &str) -> bool {
    let has_index = |table: &Rc<Table>| {
        table.constraints.iter().any(|constraint| {
            constraint.name == key && !matches!(constraint.rule, Rule::Check(_) | Rule::Foreign { .. })
        })
    };
    database.tables.contains_key(key)
        || database.shape.views.contains_key(key)
        || database.sequences.contains_key(key)
        || database.tables.values().any(has_index)
}

/// A name nobody has: the wanted one, or that with a number.
fn free_name(taken: impl Fn(&str) -> bool, wanted: &str) -> String {
    let numbered = |number: usize| if number == 0 { wanted.to_string() } else { format!("{wanted}{number}") };
    (0..).map(numbered).find(|name| !taken(name)).unwrap_or_default()
}

pub fn create_table(context: &Context<'_>, create: &CreateTable) -> Executed {
    let (database, key) = context.locate(&create.name);
    let known = context.database(&database)?;
    schema_exists(context, &known, &create.name)?;
    rights::may_create(context, &create.name)?;
    if is_taken(&known, &key) {
        if create.if_not_exists {
            context.notice(already(context, &create.name.name));
            return Ok(tagged("CREATE TABLE"));
        }
        return Err(Problem::Exists(Thing::Relation, create.name.name.clone()).into());
    }
    if create.temporary {
        return Err(Problem::Unsupported("temporary tables".to_string()).into());
    }
    let mut table = Table { owner: context.session.user.clone(), next: 1, ..Table::default() };
    let mut sequences = Vec::new();
    for definition in &create.columns {
        let (column, sequence) = column(context, &create.name, &table, definition)?;
        table.columns.push(column);
        sequences.extend(sequence);
    }
    let mut found = None;
    if let Some(query) = &create.query {
        let result = query::run(query, None, context)?;
        let new = |field: &crate::image::sql::relation::Field| Column {
            name: field.name.clone(),
            kind: if field.kind == Kind::Unknown { Kind::Text } else { field.kind.clone() },
            ..Column::default()
        };
        table.columns.extend(result.fields.iter().map(new));
        found = Some(result.rows);
    }
    let own = create.columns.iter().flat_map(|column| &column.constraints);
    for constraint in own.chain(&create.constraints) {
        let constraint = constraint_of(context, &create.name, &table, constraint)?;
        add_constraint(&mut table, &create.name.name, constraint)?;
    }
    let count = found.as_ref().map(Vec::len);
    for row in found.into_iter().flatten() {
        table.rows.insert(context.new_row(), row);
    }
    context.change(&database, |database| {
        database.sequences.extend(sequences);
        database.tables.insert(key, Rc::new(table));
    })?;
    Ok(count.map_or_else(|| tagged("CREATE TABLE"), |count| tagged(format!("SELECT {count}"))))
}

fn already(context: &Context<'_>, name: &str) -> String {
    if context.dialect().is_mysql() {
        format!("1050 Table '{name}' already exists")
    } else {
        format!("relation \"{name}\" already exists, skipping")
    }
}

fn schema_exists(context: &Context<'_>, database: &Database, named: &Named) -> Result<(), SqlError> {
    match &named.schema {
        Some(schema)
            if !context.dialect().is_mysql() && schema != "public" && !database.shape.schemas.contains(schema) =>
        {
            Err(SqlError::at(Problem::Missing(Thing::Schema, schema.clone()), named.at))
        }
        _ => Ok(()),
    }
}

/// A column, and the sequence it counts with.
pub fn column(
    context: &Context<'_>,
    named: &Named,
    table: &Table,
    definition: &ColumnDefinition,
) -> Result<(Column, Option<(String, Sequence)>), SqlError> {
    let name = definition.name.clone();
    if table.place(&name).is_some() {
        return Err(Problem::ColumnTwice(name).into());
    }
    let default = match &definition.default {
        Some(expression) => Some(default_text(context, &definition.name, &definition.kind, expression)?),
        None => None,
    };
    let mut column = Column {
        name,
        kind: definition.kind.clone(),
        not_null: definition.not_null,
        default: default.filter(|text| !text.eq_ignore_ascii_case("null")),
        counts: Counts::No,
        on_update_now: definition.on_update_now,
    };
    if definition.counting == Counting::No {
        return Ok((column, None));
    }
    if context.dialect().is_mysql() {
        (column.counts, column.not_null) = (Counts::Table, true);
        return Ok((column, None));
    }
    let (database, key) = context.locate(named);
    let known = context.database(&database)?;
    let sequence = free_name(|name| is_taken(&known, name), &format!("{key}_{}_seq", column.name));
    column.counts = match definition.counting {
        Counting::IdentityAlways => Counts::Identity(sequence.clone(), true),
        Counting::IdentityByDefault => Counts::Identity(sequence.clone(), false),
        _ => Counts::Sequence(sequence.clone()),
    };
    let owned_by = Some((key, column.name.clone()));
    let owner = context.session.user.clone();
    Ok((column, Some((sequence, Sequence { next: 1, step: 1, is_called: false, logged: None, owned_by, owner }))))
}

/// The text of a default; a literal is checked against the column's type.
pub fn default_text(
    context: &Context<'_>,
    column: &str,
    kind: &Kind,
    expression: &Expression,
) -> Result<String, SqlError> {
    let given = infer(expression, &Scope { clause: "default", ..Scope::default() }, context)?;
    crate::image::sql::infer::readable(expression, kind, context)?;
    if !context.dialect().is_mysql() && !super::row::is_assignable(kind, &given) {
        let (column, wanted) = (column.to_string(), kind.clone());
        return Err(Problem::KindMismatch { column, wanted, given }.into());
    }
    let text = expression_text(expression, context.dialect());
    // PostgreSQL keeps the type of a literal with it.
    Ok(match &expression.form {
        Form::Literal(crate::image::sql::value::Value::Text(_)) if !context.dialect().is_mysql() => {
            format!("{text}::{}", kind.plain_name(context.dialect()))
        }
        Form::Call(call) if call.name == "nextval" => text.replace("'public.", "'"),
        _ => text,
    })
}

/// A constraint with its name, checked against the tables.
pub fn constraint_of(
    context: &Context<'_>,
    named: &Named,
    table: &Table,
    constraint: &TableConstraint,
) -> Result<Constraint, SqlError> {
    let key = named.name.as_str();
    let taken = |name: &str| table.constraints.iter().any(|known| known.name == name);
    let is_mysql = context.dialect().is_mysql();
    let exists = |columns: &[String]| columns.iter().find(|name| table.place(name).is_none()).cloned();
    let has_all = |columns: &[String]| match exists(columns) {
        Some(name) => Err(SqlError::from(Problem::NoSuchColumnOf { table: key.to_string(), column: name })),
        None => Ok(()),
    };
    let (wanted, rule) = match &constraint.demand {
        Demand::Primary(columns) => {
            has_all(columns)?;
            (if is_mysql { "PRIMARY".to_string() } else { format!("{key}_pkey") }, Rule::Primary(columns.clone()))
        }
        Demand::Unique(columns) => {
            has_all(columns)?;
            let name = if is_mysql { columns[0].clone() } else { format!("{key}_{}_key", columns.join("_")) };
            (name, Rule::Unique { columns: columns.clone(), is_index: false })
        }
        Demand::Index(columns) => {
            has_all(columns)?;
            (columns.first().cloned().unwrap_or_default(), Rule::Index(columns.clone()))
        }
        Demand::Check { test, text, column } => {
            let fields = super::row::fields(table, key);
            let scope = Scope { fields: &fields, clause: "check constraint", ..Scope::default() };
            infer(test, &scope, context)?;
            let text = if is_mysql {
                text.clone()
            } else {
                expression_text(&with_casts(test, &scope, context), context.dialect())
            };
            let name = match (column, columns_of(test).as_slice()) {
                (Some(column), _) => format!("{key}_{column}_check"),
                (None, [column]) => format!("{key}_{column}_check"),
                _ => format!("{key}_check"),
            };
            (
                if is_mysql { column.clone().unwrap_or_else(|| "CONSTRAINT_1".to_string()) } else { name },
                Rule::Check(text),
            )
        }
        Demand::Foreign { columns, table: target, targets, on_delete } => {
            has_all(columns)?;
            let (target_key, targets) = foreign_target(context, named, table, target, targets)?;
            let name = match is_mysql {
                true => {
                    let count =
                        table.constraints.iter().filter(|known| matches!(known.rule, Rule::Foreign { .. })).count();
                    format!("{key}_ibfk_{}", count + 1)
                }
                false => format!("{key}_{}_fkey", columns.join("_")),
            };
            (name, Rule::Foreign { columns: columns.clone(), table: target_key, targets, on_delete: *on_delete })
        }
    };
    let is_primary = matches!(rule, Rule::Primary(_)) && is_mysql;
    let name = match &constraint.name {
        Some(name) if !is_primary => name.clone(),
        _ => free_name(taken, &wanted),
    };
    Ok(Constraint { name, rule })
}

/// A check with the cast that PostgreSQL adds to a whole number beside a column with a fraction.
fn with_casts(test: &Expression, scope: &Scope<'_>, context: &Context<'_>) -> Expression {
    let Form::Binary(operator, left, right) = &test.form else { return test.clone() };
    let (left, right) = (with_casts(left, scope, context), with_casts(right, scope, context));
    let is_exact = |side: &Expression| matches!(infer(side, scope, context), Ok(Kind::Numeric(_)));
    let raised = |side: &Expression, other: &Expression| match &side.form {
        Form::Literal(crate::image::sql::value::Value::Integer(_)) if is_exact(other) => {
            Expression::new(Form::Cast(Box::new(side.clone()), Kind::Numeric(None)), side.at)
        }
        _ => side.clone(),
    };
    let (raised_left, raised_right) = (raised(&left, &right), raised(&right, &left));
    Expression::new(Form::Binary(operator, Box::new(raised_left), Box::new(raised_right)), test.at)
}

/// The table a foreign key points at, and the columns there.
fn foreign_target(
    context: &Context<'_>,
    named: &Named,
    table: &Table,
    target: &Named,
    targets: &[String],
) -> Result<(String, Vec<String>), SqlError> {
    let (_, key) = context.locate(target);
    let is_own = key == context.locate(named).1;
    let other = if is_own {
        Rc::new(table.clone())
    } else {
        context.table(target).map_err(|error| SqlError { at: None, ..error })?
    };
    let targets = match targets {
        [] => other.primary().map(<[String]>::to_vec).unwrap_or_default(),
        given => given.to_vec(),
    };
    let is_key = other.unique_keys().any(|(_, columns)| columns == targets.as_slice());
    if !is_key && !is_own {
        return Err(Problem::NotUniqueTarget.into());
    }
    Ok((key, targets))
}

/// Columns that an expression names, each once.
fn columns_of(expression: &Expression) -> Vec<String> {
    fn collect(expression: &Expression, found: &mut BTreeSet<String>) {
        match &expression.form {
            Form::Column(_, name) => drop(found.insert(name.clone())),
            Form::Binary(_, left, right) | Form::Like(left, right, _) => {
                collect(left, found);
                collect(right, found);
            }
            Form::Not(inner) | Form::Minus(inner) | Form::Is(inner, _) | Form::Cast(inner, _) => collect(inner, found),
            Form::In(inner, list) => {
                collect(inner, found);
                list.iter().for_each(|item| collect(item, found));
            }
            Form::Between(a, b, c) => [a, b, c].into_iter().for_each(|inner| collect(inner, found)),
            Form::Call(call) => call.arguments.iter().for_each(|inner| collect(inner, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(expression, &mut found);
    found.into_iter().collect()
}

/// Adds a constraint; the columns of a primary key are NOT NULL.
pub fn add_constraint(table: &mut Table, name: &str, constraint: Constraint) -> Result<(), SqlError> {
    if let Rule::Primary(columns) = &constraint.rule {
        if table.primary().is_some() {
            return Err(
                Problem::CannotAlter(format!("multiple primary keys for table \"{name}\" are not allowed")).into()
            );
        }
        for column in table.columns.iter_mut().filter(|column| columns.contains(&column.name)) {
            column.not_null = true;
        }
    }
    table.constraints.push(constraint);
    Ok(())
}

pub fn create_view(context: &Context<'_>, statement: &Statement) -> Executed {
    let Statement::CreateView { name, replaces, if_not_exists, columns, query, text } = statement else {
        return Ok(tagged("CREATE VIEW"));
    };
    let (database, key) = context.locate(name);
    let known = context.database(&database)?;
    rights::may_create(context, name)?;
    query::check(query, None, context)?;
    if is_taken(&known, &key) && !(*replaces && known.shape.views.contains_key(&key)) {
        if *if_not_exists {
            context.notice(already(context, &name.name));
            return Ok(tagged("CREATE VIEW"));
        }
        return Err(Problem::Exists(Thing::Relation, name.name.clone()).into());
    }
    let view = View { text: text.clone(), columns: columns.clone(), owner: context.session.user.clone() };
    context.change(&database, |database| drop(Rc::make_mut(&mut database.shape).views.insert(key, view)))?;
    Ok(tagged("CREATE VIEW"))
}

pub fn create_index(context: &Context<'_>, statement: &Statement) -> Executed {
    let Statement::CreateIndex { name, table: named, columns, unique, if_not_exists } = statement else {
        return Ok(tagged("CREATE INDEX"));
    };
    let table = context.table(named)?;
    rights::may_define(context, named, &table.owner, Thing::Table)?;
    let fields = super::row::fields(&table, &named.name);
    let scope = Scope { fields: &fields, clause: "index", ..Scope::default() };
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    for expression in columns {
        let missing = |column: &String| Problem::NoSuchColumnOf { table: String::new(), column: column.clone() };
        if let Form::Column(None, column) = &expression.form {
            table.place(column).ok_or_else(|| SqlError::from(missing(column)))?;
            parts.push(column.clone());
        } else {
            infer(expression, &scope, context)?;
            parts.push(query::plain_label(expression).replace("?column?", "expr"));
        }
        texts.push(expression_text(expression, context.dialect()));
    }
    if *unique && texts != parts {
        return Err(Problem::Unsupported("a unique index on expressions".to_string()).into());
    }
    let (database, _) = context.locate(named);
    let known = context.database(&database)?;
    let wanted = name.clone().unwrap_or_else(|| format!("{}_{}_idx", named.name, parts.join("_")));
    let taken = |name: &str| match context.dialect().is_mysql() {
        true => table.constraints.iter().any(|constraint| constraint.name == name),
        false => is_taken(&known, name),
    };
    if name.is_some() && taken(&wanted) {
        if *if_not_exists {
            context.notice(already(context, &wanted));
            return Ok(tagged("CREATE INDEX"));
        }
        return Err(Problem::Exists(Thing::Index, wanted).into());
    }
    let rule = if *unique { Rule::Unique { columns: parts, is_index: true } } else { Rule::Index(texts) };
    let constraint = Constraint { name: free_name(taken, &wanted), rule };
    super::alter::hold_for_rows(context, named, &table, &constraint)?;
    with_table(context, named, |table| table.constraints.push(constraint))?;
    Ok(tagged("CREATE INDEX"))
}

pub fn create_other(context: &Context<'_>, statement: &Statement) -> Executed {
    match statement {
        Statement::CreateSequence { name, start, step, if_not_exists } => {
            let (database, key) = context.locate(name);
            if is_taken(&*context.database(&database)?, &key) {
                if *if_not_exists {
                    context.notice(already(context, &name.name));
                    return Ok(tagged("CREATE SEQUENCE"));
                }
                return Err(Problem::Exists(Thing::Relation, name.name.clone()).into());
            }
            let owner = context.session.user.clone();
            let sequence =
                Sequence { next: *start, step: *step, is_called: false, logged: None, owned_by: None, owner };
            context.change(&database, |database| drop(database.sequences.insert(key, sequence)))?;
            Ok(tagged("CREATE SEQUENCE"))
        }
        Statement::CreateSchema { name, if_not_exists } => {
            let known = context.own_database()?.shape.schemas.contains(name) || name == "public";
            named_set(context, known, (Thing::Schema, name, *if_not_exists), |shape| &mut shape.schemas)?;
            Ok(tagged("CREATE SCHEMA"))
        }
        Statement::CreateExtension { name, if_not_exists } => {
            let known = context.own_database()?.shape.extensions.contains(name) || name == "plpgsql";
            named_set(context, known, (Thing::Extension, name, *if_not_exists), |shape| &mut shape.extensions)?;
            Ok(tagged("CREATE EXTENSION"))
        }
        _ => Ok(tagged("CREATE")),
    }
}

fn named_set(
    context: &Context<'_>,
    is_known: bool,
    (thing, name, if_not_exists): (Thing, &String, bool),
    of: impl FnOnce(&mut crate::image::sql::storage::Shape) -> &mut BTreeSet<String>,
) -> Result<(), SqlError> {
    if is_known && !if_not_exists {
        return Err(Problem::Exists(thing, name.clone()).into());
    }
    if is_known {
        context.notice(format!("{} \"{name}\" already exists, skipping", thing.word()));
        return Ok(());
    }
    context.change(&context.session.database, |database| {
        of(Rc::make_mut(&mut database.shape)).insert(name.clone());
    })
}

pub fn create_database(context: &Context<'_>, name: &str, if_not_exists: bool, owner: Option<&str>) -> Executed {
    rights::may_create_database(context, name)?;
    if context.cluster.borrow().databases.contains_key(name) {
        if if_not_exists {
            context.notice(format!("1007 Can't create database '{name}'; database exists"));
            return Ok(tagged("CREATE DATABASE"));
        }
        return Err(Problem::Exists(Thing::Database, name.to_string()).into());
    }
    let mut database = Database::default();
    Rc::make_mut(&mut database.shape).owner = owner.unwrap_or(&context.session.user).to_string();
    context.cluster.borrow_mut().databases.insert(name.to_string(), Rc::new(database));
    Ok(tagged("CREATE DATABASE"))
}
