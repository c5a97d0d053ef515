//! Constraints over several rows: keys that may be there once, and rows that point at others.

use crate::image::sql::ast::{Named, OnDelete};
use crate::image::sql::context::Context;
use crate::image::sql::problem::{Pointing, Problem, SqlError};
use crate::image::sql::storage::{Database, Rule, Table};
use crate::image::sql::value::Value;
use std::rc::Rc;

/// The values of some columns of a row; `None` if one is NULL.
pub fn values_of(table: &Table, row: &[Value], columns: &[String]) -> Option<Vec<Value>> {
    columns
        .iter()
        .map(|name| table.place(name).and_then(|place| row.get(place)).filter(|value| !value.is_null()).cloned())
        .collect()
}

fn same(a: &[Value], b: &[Value], context: &Context<'_>) -> bool {
    a.iter().zip(b).all(|(a, b)| a.is_same(b, context.dialect()))
}

/// The row that has the values of a key already: its number, the constraint and the columns. `own` is the row's own number.
pub fn duplicate<'a>(
    table: &'a Table,
    row: &[Value],
    own: Option<u64>,
    context: &Context<'_>,
) -> Option<(u64, &'a str, &'a [String])> {
    table.unique_keys().find_map(|(name, columns)| {
        let wanted = values_of(table, row, columns)?;
        let is_other = |number: u64| Some(number) != own;
        let found = table.rows.iter().find(|(number, other)| {
            is_other(**number) && values_of(table, other, columns).is_some_and(|values| same(&values, &wanted, context))
        });
        found.map(|(number, _)| (*number, name, columns))
    })
}

/// That a key is there already.
pub fn duplicate_error(
    table: &Table,
    name: &str,
    row: &[Value],
    (constraint, columns): (&str, &[String]),
    context: &Context<'_>,
) -> SqlError {
    Problem::Unique {
        table: name.to_string(),
        constraint: constraint.to_string(),
        columns: columns.join(", "),
        values: joined(&values_of(table, row, columns).unwrap_or_default(), context),
    }
    .into()
}

fn joined(values: &[Value], context: &Context<'_>) -> String {
    let separator = if context.dialect().is_mysql() { "-" } else { ", " };
    values.iter().map(|value| value.shown(context.dialect())).collect::<Vec<_>>().join(separator)
}

/// That the rows that were written point at rows that are there.
pub fn check_targets(
    context: &Context<'_>,
    named: &Named,
    table: &Table,
    rows: &[Rc<Vec<Value>>],
) -> Result<(), SqlError> {
    let (database, _) = context.locate(named);
    for constraint in &table.constraints {
        let Rule::Foreign { columns, table: target, targets, .. } = &constraint.rule else { continue };
        let all = context.database(&database)?;
        let Some(other) = all.tables.get(target) else { continue };
        for row in rows {
            let Some(wanted) = values_of(table, row, columns) else { continue };
            let is_there = other
                .rows
                .values()
                .any(|row| values_of(other, row, targets).is_some_and(|values| same(&values, &wanted, context)));
            if !is_there {
                return Err(Problem::NoSuchKey(Box::new(Pointing {
                    table: named.name.clone(),
                    constraint: constraint.name.clone(),
                    columns: columns.join(", "),
                    values: joined(&wanted, context),
                    other: target.clone(),
                    text: foreign_text(&database, &named.name, &constraint.name, &constraint.rule),
                }))
                .into());
            }
        }
    }
    Ok(())
}

/// MySQL's text of a foreign key.
fn foreign_text(database: &str, table: &str, name: &str, rule: &Rule) -> String {
    let Rule::Foreign { columns, table: target, targets, on_delete } = rule else { return String::new() };
    let list = |columns: &[String]| columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
    let action = match on_delete {
        OnDelete::Refuse => "",
        OnDelete::Cascade => " ON DELETE CASCADE",
        OnDelete::SetNull => " ON DELETE SET NULL",
    };
    let constraint =
        format!("CONSTRAINT `{name}` FOREIGN KEY ({}) REFERENCES `{target}` ({})", list(columns), list(targets));
    format!("`{database}`.`{table}`, {constraint}{action}")
}

/// A table that points at another: its name, the constraint, and what the constraint says.
pub fn referrers(database: &Database, target: &str) -> Vec<(String, String, Rule)> {
    let mut found = Vec::new();
    for (name, table) in &database.tables {
        for constraint in &table.constraints {
            if matches!(&constraint.rule, Rule::Foreign { table, .. } if table == target) {
                found.push((name.clone(), constraint.name.clone(), constraint.rule.clone()));
            }
        }
    }
    found
}

/// Rows of a table went, or lost their keys: rows that point at them go too, point nowhere, or forbid it.
pub fn release(context: &Context<'_>, named: &Named, table: &Table, gone: &[Rc<Vec<Value>>]) -> Result<(), SqlError> {
    let (database_name, key) = context.locate(named);
    let database = context.database(&database_name)?;
    for (name, constraint, rule) in referrers(&database, &key) {
        let Rule::Foreign { columns, targets, on_delete, .. } = &rule else { continue };
        let left = context.database(&database_name)?;
        let (Some(target), Some(pointing)) = (left.tables.get(&key), left.tables.get(&name)) else { continue };
        for row in gone {
            let Some(lost) = values_of(table, row, targets) else { continue };
            let still_there = target
                .rows
                .values()
                .any(|row| values_of(target, row, targets).is_some_and(|values| same(&values, &lost, context)));
            let points = |row: &Rc<Vec<Value>>| {
                values_of(pointing, row, columns).is_some_and(|values| same(&values, &lost, context))
            };
            let numbers: Vec<u64> =
                pointing.rows.iter().filter(|(_, row)| points(row)).map(|(number, _)| *number).collect();
            if still_there || numbers.is_empty() {
                continue;
            }
            if *on_delete == OnDelete::Refuse {
                return Err(Problem::StillReferenced(Box::new(Pointing {
                    table: named.name.clone(),
                    constraint: constraint.clone(),
                    columns: targets.join(", "),
                    values: joined(&lost, context),
                    other: name.clone(),
                    text: foreign_text(&database_name, &name, &constraint, &rule),
                }))
                .into());
            }
            follow(context, &database_name, &name, &numbers, (columns, *on_delete))?;
        }
    }
    Ok(())
}

/// CASCADE and SET NULL, and what follows from them.
fn follow(
    context: &Context<'_>,
    database: &str,
    name: &str,
    numbers: &[u64],
    (columns, action): (&[String], OnDelete),
) -> Result<(), SqlError> {
    let before = context.database(database)?.tables.get(name).cloned().unwrap_or_default();
    let gone: Vec<Rc<Vec<Value>>> = numbers.iter().filter_map(|number| before.rows.get(number).cloned()).collect();
    let mut renewed = Vec::new();
    if action == OnDelete::SetNull {
        for row in &gone {
            let mut row = (**row).clone();
            columns.iter().filter_map(|column| before.place(column)).for_each(|place| row[place] = Value::Null);
            renewed.push((context.new_row(), Rc::new(row)));
        }
    }
    context.change(database, |database| {
        if let Some(table) = database.tables.get_mut(name).map(Rc::make_mut) {
            numbers.iter().for_each(|number| drop(table.rows.remove(number)));
            table.rows.extend(renewed);
        }
    })?;
    let (schema, plain) = match name.split_once('.') {
        Some((schema, plain)) => (Some(schema.to_string()), plain.to_string()),
        None => (None, name.to_string()),
    };
    let schema = if context.dialect().is_mysql() { Some(database.to_string()) } else { schema };
    release(context, &Named { name: plain, schema, at: 0 }, &before, &gone)
}
