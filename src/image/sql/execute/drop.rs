//! DROP: what goes, what stands in the way, what goes with it.

use super::{Executed, keys, rights, tagged, thing};
use crate::image::sql::ast::{Named, ObjectKind};
use crate::image::sql::context::Context;
use crate::image::sql::problem::{Problem, SqlError, Thing};
use crate::image::sql::storage::{Constraint, Rule};
use std::rc::Rc;

pub fn drop_objects(
    context: &Context<'_>,
    kind: ObjectKind,
    names: &[Named],
    if_exists: bool,
    cascade: bool,
) -> Executed {
    let word = thing(kind).word().to_uppercase();
    for named in names {
        let is_known = drop_one(context, kind, named, names, cascade)?;
        if is_known {
            continue;
        }
        let name = if context.dialect().is_mysql() && kind != ObjectKind::Database {
            context.full_name(named)
        } else {
            named.name.clone()
        };
        if !if_exists {
            return Err(Problem::NothingToDrop(thing(kind), name).into());
        }
        context.notice(match (context.dialect().is_mysql(), kind) {
            (true, ObjectKind::Database) => format!("1008 Can't drop database '{name}'; database doesn't exist"),
            (true, _) => format!("1051 Unknown table '{name}'"),
            (false, ObjectKind::Database) => format!("database \"{name}\" does not exist, skipping"),
            (false, _) => format!("{} \"{name}\" does not exist, skipping", thing(kind).word()),
        });
    }
    Ok(tagged(format!("DROP {word}")))
}

/// Whether it was there.
fn drop_one(
    context: &Context<'_>,
    kind: ObjectKind,
    named: &Named,
    all: &[Named],
    cascade: bool,
) -> Result<bool, SqlError> {
    let (database, key) = context.locate(named);
    match kind {
        ObjectKind::Database => {
            if named.name == context.session.database && !context.dialect().is_mysql() {
                return Err(Problem::OpenDatabase.into());
            }
            Ok(context.cluster.borrow_mut().databases.remove(&named.name).is_some())
        }
        ObjectKind::Role => drop_role(context, &named.name),
        ObjectKind::Table => drop_table(context, named, all, cascade),
        ObjectKind::View => {
            context.change(&database, |database| Rc::make_mut(&mut database.shape).views.remove(&key).is_some())
        }
        ObjectKind::Sequence => context.change(&database, |database| database.sequences.remove(&key).is_some()),
        ObjectKind::Schema => drop_schema(context, &named.name, cascade),
        ObjectKind::Extension => {
            context.change(&database, |database| Rc::make_mut(&mut database.shape).extensions.remove(&named.name))
        }
        ObjectKind::Index => context.change(&database, |database| {
            let mut found = false;
            for table in database.tables.values_mut() {
                let is_meant = |constraint: &Constraint| {
                    constraint.name == named.name && matches!(constraint.rule, Rule::Index(_) | Rule::Unique { .. })
                };
                if table.constraints.iter().any(is_meant) {
                    Rc::make_mut(table).constraints.retain(|constraint| !is_meant(constraint));
                    found = true;
                }
            }
            found
        }),
    }
}

fn drop_table(context: &Context<'_>, named: &Named, all: &[Named], cascade: bool) -> Result<bool, SqlError> {
    let (database, key) = context.locate(named);
    let known = context.database(&database)?;
    let Some(table) = known.tables.get(&key) else { return Ok(false) };
    rights::may_define(context, named, &table.owner, Thing::Table)?;
    let is_free = |name: &String| *name == key || all.iter().any(|other| other.name == *name);
    let pointing: Vec<_> = keys::referrers(&known, &key).into_iter().filter(|(name, ..)| !is_free(name)).collect();
    if !pointing.is_empty() && !cascade {
        let others = pointing
            .iter()
            .map(|(name, constraint, _)| format!("constraint {constraint} on table {name} depends on table {key}"));
        return Err(Problem::DependsOn { thing: Thing::Table, name: key.clone(), others: others.collect() }.into());
    }
    context.change(&database, |database| {
        for (name, constraint, _) in &pointing {
            if let Some(table) = database.tables.get_mut(name).map(Rc::make_mut) {
                table.constraints.retain(|known| known.name != *constraint);
            }
        }
        database.sequences.retain(|_, sequence| sequence.owned_by.as_ref().is_none_or(|(table, _)| *table != key));
        database.tables.remove(&key);
    })?;
    for (name, constraint, _) in pointing {
        context.notice(format!("drop cascades to constraint {constraint} on table {name}"));
    }
    Ok(true)
}

fn drop_schema(context: &Context<'_>, name: &str, cascade: bool) -> Result<bool, SqlError> {
    let database = context.own_database()?;
    let prefix = format!("{name}.");
    let within: Vec<String> = database
        .tables
        .keys()
        .filter(|key| key.starts_with(&prefix) || name == "public" && !key.contains('.'))
        .cloned()
        .collect();
    if !within.is_empty() && !cascade {
        let others = within.iter().map(|table| format!("table {table} depends on schema {name}")).collect();
        return Err(Problem::DependsOn { thing: Thing::Schema, name: name.to_string(), others }.into());
    }
    if name == "public" {
        return Err(Problem::Unsupported("DROP SCHEMA public".to_string()).into());
    }
    context.change(&context.session.database, |database| {
        database.tables.retain(|key, _| !within.contains(key));
        Rc::make_mut(&mut database.shape).schemas.remove(name)
    })
}

fn drop_role(context: &Context<'_>, name: &str) -> Result<bool, SqlError> {
    let mut others = Vec::new();
    for (database_name, database) in &context.cluster.borrow().databases {
        if database.shape.owner == name {
            others.push(format!("owner of database {database_name}"));
        }
        for (table, of) in &database.tables {
            if of.owner == name {
                others.push(format!("owner of table {table}"));
            }
            if of.rights.contains_key(name) {
                others.push(format!("privileges for table {table}"));
            }
        }
    }
    if !others.is_empty() && !context.dialect().is_mysql() {
        return Err(Problem::DependsOn { thing: Thing::Role, name: name.to_string(), others }.into());
    }
    Ok(Rc::make_mut(&mut context.cluster.borrow_mut().roles).remove(name).is_some())
}
