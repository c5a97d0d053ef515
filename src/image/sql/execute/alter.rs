//! ALTER TABLE.

use super::change::with_table;
use super::define::{add_constraint, column, constraint_of, default_text};
use super::row::{default_value, stored};
use super::{Executed, keys, rights, row, tagged};
use crate::image::sql::ast::{ColumnDefinition, Named, TableChange};
use crate::image::sql::context::Context;
use crate::image::sql::problem::{Problem, SqlError, Thing};
use crate::image::sql::storage::{Column, Constraint, Counts, Rule, Table};
use crate::image::sql::value::Value;
use std::rc::Rc;

pub fn alter_table(context: &Context<'_>, named: &Named, if_exists: bool, changes: &[TableChange]) -> Executed {
    let is_owner = |change: &TableChange| matches!(change, TableChange::Owner(_));
    let table = match context.table(named) {
        // A sequence or a view changes its owner like a table.
        Err(_) if changes.iter().all(is_owner) && has_other(context, named)? => return Ok(tagged("ALTER TABLE")),
        Err(_) if if_exists => {
            context.notice(format!("relation \"{}\" does not exist, skipping", named.name));
            return Ok(tagged("ALTER TABLE"));
        }
        Err(error) => return Err(SqlError { at: None, ..error }),
        Ok(table) => table,
    };
    rights::may_define(context, named, &table.owner, Thing::Table)?;
    let mut named = named.clone();
    for change in changes {
        alter(context, &mut named, change)?;
    }
    Ok(tagged("ALTER TABLE"))
}

/// Whether there is a sequence or a view of that name.
fn has_other(context: &Context<'_>, named: &Named) -> Result<bool, SqlError> {
    let (database, key) = context.locate(named);
    let database = context.database(&database)?;
    Ok(database.sequences.contains_key(&key) || database.shape.views.contains_key(&key))
}

fn alter(context: &Context<'_>, named: &mut Named, change: &TableChange) -> Result<(), SqlError> {
    let table = context.table(named)?;
    let place = |column: &String| {
        let missing = || Problem::NoSuchColumnOf { table: named.name.clone(), column: column.clone() };
        table.place(column).ok_or_else(missing)
    };
    match change {
        TableChange::AddColumn { column, if_not_exists } => add_column(context, named, column, *if_not_exists),
        TableChange::DropColumn { name, if_exists } if table.place(name).is_none() && *if_exists => {
            context.notice(format!("column \"{name}\" of relation \"{}\" does not exist, skipping", named.name));
            Ok(())
        }
        TableChange::DropColumn { name, .. } => {
            let at = place(name)?;
            with_table(context, named, |table| drop_column(table, at, name))
        }
        TableChange::RenameColumn { from, to } => {
            let at = place(from)?;
            if table.place(to).is_some() {
                return Err(Problem::ColumnExists { table: named.name.clone(), column: to.clone() }.into());
            }
            with_table(context, named, |table| rename_column(table, at, from, to))
        }
        TableChange::Rename(to) => rename(context, named, to),
        TableChange::AddConstraint(constraint) => {
            let constraint = constraint_of(context, named, &table, constraint)?;
            if table.constraints.iter().any(|known| known.name == constraint.name) {
                return Err(Problem::Exists(Thing::Relation, constraint.name).into());
            }
            hold_for_rows(context, named, &table, &constraint)?;
            let name = named.name.clone();
            with_table(context, named, |table| add_constraint(table, &name, constraint))?
        }
        TableChange::DropConstraint { name, if_exists } => {
            if !table.constraints.iter().any(|constraint| constraint.name == *name) && !if_exists {
                return Err(Problem::NoSuchConstraint { table: named.name.clone(), name: name.clone() }.into());
            }
            with_table(context, named, |table| table.constraints.retain(|constraint| constraint.name != *name))
        }
        TableChange::SetDefault { column, default } => {
            let at = place(column)?;
            let kind = &table.columns[at].kind;
            let text = default.as_ref().map(|default| default_text(context, column, kind, default)).transpose()?;
            with_table(context, named, |table| table.columns[at].default = text)
        }
        TableChange::SetNotNull { column, not_null } => set_not_null(context, named, &table, place(column)?, *not_null),
        TableChange::SetKind { column, kind } => {
            let at = place(column)?;
            let new = Column { kind: kind.clone(), ..table.columns[at].clone() };
            retype(context, named, &table, at, new)
        }
        TableChange::Redefine { old, column: definition } => {
            let at = place(old)?;
            let (new, _) = column(context, named, &Table::default(), definition)?;
            with_table(context, named, |table| rename_column(table, at, old, &definition.name))?;
            retype(context, named, &table, at, new)
        }
        TableChange::Owner(role) => {
            if !context.cluster.borrow().roles.contains_key(role) {
                return Err(Problem::Missing(Thing::Role, role.clone()).into());
            }
            with_table(context, named, |table| table.owner.clone_from(role))
        }
    }
}

fn set_not_null(
    context: &Context<'_>,
    named: &Named,
    table: &Table,
    at: usize,
    not_null: bool,
) -> Result<(), SqlError> {
    if not_null && table.rows.values().any(|row| row[at].is_null()) {
        let column = &table.columns[at].name;
        let text = format!("column \"{column}\" of relation \"{}\" contains null values", named.name);
        return Err(Problem::CannotAlter(text).into());
    }
    with_table(context, named, |table| table.columns[at].not_null = not_null)
}

fn add_column(
    context: &Context<'_>,
    named: &Named,
    definition: &ColumnDefinition,
    if_not_exists: bool,
) -> Result<(), SqlError> {
    let table = context.table(named)?;
    if table.place(&definition.name).is_some() {
        if if_not_exists {
            context.notice(format!(
                "column \"{}\" of relation \"{}\" already exists, skipping",
                definition.name, named.name
            ));
            return Ok(());
        }
        return Err(Problem::ColumnExists { table: named.name.clone(), column: definition.name.clone() }.into());
    }
    let (new, sequence) = column(context, named, &table, definition)?;
    let (database, _) = context.locate(named);
    context.change(&database, |database| database.sequences.extend(sequence))?;
    let mut rows = Vec::new();
    for (number, row) in &table.rows {
        let mut value = match new.counts {
            Counts::Table => Value::Integer(rows.len() as i64 + 1),
            _ => stored(&default_value(&new, context)?, &new, 1, context)?,
        };
        if value.is_null() && new.not_null {
            if !context.dialect().is_mysql() {
                let text = format!("column \"{}\" of relation \"{}\" contains null values", new.name, named.name);
                return Err(Problem::CannotAlter(text).into());
            }
            let zero = if new.kind.is_number() { Value::Integer(0) } else { Value::text("") };
            value = stored(&zero, &new, 1, context)?;
        }
        rows.push((*number, Rc::new(row.iter().cloned().chain([value]).collect::<Vec<_>>())));
    }
    let next = rows.len() as i64 + 1;
    with_table(context, named, |table| {
        if new.counts == Counts::Table {
            table.next = next;
        }
        table.columns.push(new);
        table.rows = rows.into_iter().collect();
    })?;
    for constraint in &definition.constraints {
        let current = context.table(named)?;
        let constraint = constraint_of(context, named, &current, constraint)?;
        hold_for_rows(context, named, &current, &constraint)?;
        let name = named.name.clone();
        with_table(context, named, |table| add_constraint(table, &name, constraint))??;
    }
    Ok(())
}

fn columns_mut(rule: &mut Rule) -> Option<&mut Vec<String>> {
    match rule {
        Rule::Primary(columns)
        | Rule::Unique { columns, .. }
        | Rule::Foreign { columns, .. }
        | Rule::Index(columns) => Some(columns),
        Rule::Check(_) => None,
    }
}

fn drop_column(table: &mut Table, at: usize, name: &str) {
    table.columns.remove(at);
    for row in table.rows.values_mut() {
        Rc::make_mut(row).remove(at);
    }
    let names = |rule: &mut Rule| match rule {
        Rule::Check(text) => text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name),
        rule => columns_mut(rule).is_some_and(|columns| columns.iter().any(|column| column == name)),
    };
    table.constraints.retain_mut(|constraint| !names(&mut constraint.rule));
}

fn rename_column(table: &mut Table, at: usize, from: &str, to: &str) {
    table.columns[at].name = to.to_string();
    for constraint in &mut table.constraints {
        if let Some(columns) = columns_mut(&mut constraint.rule) {
            columns.iter_mut().filter(|column| *column == from).for_each(|column| *column = to.to_string());
        }
        if let Rule::Check(text) = &mut constraint.rule {
            let parts = text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_');
            let renamed = parts.map(|part| match part.strip_prefix(from) {
                Some(rest) if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') => format!("{to}{rest}"),
                _ => part.to_string(),
            });
            *text = renamed.collect();
        }
    }
}

fn rename(context: &Context<'_>, named: &mut Named, to: &str) -> Result<(), SqlError> {
    let (database, key) = context.locate(named);
    let target = Named { name: to.to_string(), ..named.clone() };
    let (_, fresh) = context.locate(&target);
    let is_taken = context.database(&database)?.tables.contains_key(&fresh);
    if is_taken {
        return Err(Problem::Exists(Thing::Relation, to.to_string()).into());
    }
    context.change(&database, |database| {
        if let Some(table) = database.tables.remove(&key) {
            database.tables.insert(fresh.clone(), table);
        }
        for sequence in database.sequences.values_mut() {
            if let Some((table, _)) = sequence.owned_by.as_mut().filter(|(table, _)| *table == key) {
                table.clone_from(&fresh);
            }
        }
        for table in database.tables.values_mut() {
            let points = |rule: &Rule| matches!(rule, Rule::Foreign { table, .. } if *table == key);
            if table.constraints.iter().any(|constraint| points(&constraint.rule)) {
                for constraint in &mut Rc::make_mut(table).constraints {
                    if let Rule::Foreign { table, .. } = &mut constraint.rule
                        && *table == key
                    {
                        table.clone_from(&fresh);
                    }
                }
            }
        }
    })?;
    *named = target;
    Ok(())
}

fn retype(context: &Context<'_>, named: &Named, table: &Table, at: usize, new: Column) -> Result<(), SqlError> {
    let mut rows = Vec::new();
    for (number, (key, row)) in table.rows.iter().enumerate() {
        let mut row = (**row).clone();
        row[at] = stored(&row[at], &new, number + 1, context)?;
        rows.push((*key, Rc::new(row)));
    }
    with_table(context, named, |table| {
        table.columns[at] = new;
        table.rows = rows.into_iter().collect();
    })
}

/// That the rows that are there meet a new constraint.
pub fn hold_for_rows(
    context: &Context<'_>,
    named: &Named,
    table: &Table,
    constraint: &Constraint,
) -> Result<(), SqlError> {
    let mut probe = table.clone();
    probe.constraints = vec![constraint.clone()];
    let rows: Vec<Rc<Vec<Value>>> = table.rows.values().cloned().collect();
    match &constraint.rule {
        Rule::Primary(columns) | Rule::Unique { columns, .. } => {
            for (number, row) in &table.rows {
                if keys::duplicate(&probe, row, Some(*number), context).is_some() {
                    let values = keys::values_of(table, row, columns).unwrap_or_default();
                    let values: Vec<String> = values.iter().map(|value| value.shown(context.dialect())).collect();
                    let text = match context.dialect().is_mysql() {
                        true => {
                            return Err(keys::duplicate_error(
                                &probe,
                                &named.name,
                                row,
                                (&constraint.name, columns),
                                context,
                            ));
                        }
                        false => format!(
                            "could not create unique index \"{}\"\nDETAIL:  Key ({})=({}) is duplicated.",
                            constraint.name,
                            columns.join(", "),
                            values.join(", ")
                        ),
                    };
                    return Err(Problem::CannotAlter(text).into());
                }
            }
            Ok(())
        }
        Rule::Check(_) => {
            let violated = rows.iter().any(|row| row::check(&probe, &named.name, row, context).is_err());
            if violated {
                let text = format!(
                    "check constraint \"{}\" of relation \"{}\" is violated by some row",
                    constraint.name, named.name
                );
                return Err(Problem::CannotAlter(text).into());
            }
            Ok(())
        }
        Rule::Foreign { .. } => keys::check_targets(context, named, &probe, &rows),
        Rule::Index(_) => Ok(()),
    }
}
