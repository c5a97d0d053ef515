//! Roles and what they may do.

use super::{Executed, tagged};
use crate::image::sql::ast::{Grant, GrantedOn, Named, RoleChange};
use crate::image::sql::context::Context;
use crate::image::sql::problem::{Problem, SqlError, Thing};
use crate::image::sql::storage::Table;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The rights that ALL stands for.
const ALL: [&str; 7] = ["select", "insert", "update", "delete", "truncate", "references", "trigger"];

fn holds(rights: &BTreeSet<String>, right: &str) -> bool {
    rights.contains("all") || rights.contains(right)
}

/// Whether the session's role may do that with a table.
pub fn may(context: &Context<'_>, named: &Named, table: &Table, right: &'static str) -> Result<(), SqlError> {
    let role = context.role();
    if role.superuser || context.session.user.is_empty() {
        return Ok(());
    }
    let user = &context.session.user;
    if context.dialect().is_mysql() {
        let (database, _) = context.locate(named);
        let on = |name: &str| role.on_databases.get(name).is_some_and(|rights| holds(rights, right));
        if on("*") || on(&database) || on(&format!("{database}.{}", named.name)) {
            return Ok(());
        }
        let what = format!(
            "{} command denied to user '{user}'@'localhost' for table `{database}`.`{}`",
            right.to_uppercase(),
            named.name
        );
        return Err(Problem::DeniedFor { what }.into());
    }
    let granted = |name: &str| table.rights.get(name).is_some_and(|rights| holds(rights, right));
    if table.owner == *user || granted(user) || granted("public") {
        return Ok(());
    }
    Err(Problem::Denied { thing: Thing::Table, name: named.name.clone(), right }.into())
}

/// Whether the session's role may read a table.
pub fn may_read(context: &Context<'_>, named: &Named, table: &Table) -> Result<(), SqlError> {
    may(context, named, table, "select")
}

/// Whether the session's role may make tables in the session's database.
pub fn may_create(context: &Context<'_>, named: &Named) -> Result<(), SqlError> {
    let role = context.role();
    let user = &context.session.user;
    if role.superuser || user.is_empty() {
        return Ok(());
    }
    let (name, _) = context.locate(named);
    if context.dialect().is_mysql() {
        let on = |name: &str| role.on_databases.get(name).is_some_and(|rights| holds(rights, "create"));
        if on("*") || on(&name) {
            return Ok(());
        }
        let what = format!("CREATE command denied to user '{user}'@'localhost' for table `{name}`.`{}`", named.name);
        return Err(Problem::DeniedFor { what }.into());
    }
    // From PostgreSQL 15 on only the database's owner may make tables in the schema public.
    let database = context.database(&name)?;
    if database.shape.owner == *user
        || database.shape.creators.contains(user)
        || named.schema.as_deref().is_some_and(|schema| schema != "public")
    {
        return Ok(());
    }
    Err(SqlError::at(Problem::Denied { thing: Thing::Schema, name: "public".to_string(), right: "create" }, named.at))
}

/// Whether the session's role may change or drop a table.
pub fn may_define(context: &Context<'_>, named: &Named, owner: &str, thing: Thing) -> Result<(), SqlError> {
    let user = &context.session.user;
    if context.role().superuser || user.is_empty() || owner == user {
        return Ok(());
    }
    if context.dialect().is_mysql() {
        return may_create(context, named);
    }
    Err(Problem::MustOwn(thing, named.name.clone()).into())
}

/// MySQL: whether the session's user sees a database at all.
pub fn may_use(context: &Context<'_>, database: &str) -> Result<(), SqlError> {
    let user = &context.session.user;
    if !context.dialect().is_mysql() || context.role().sees(database) || user.is_empty() {
        return Ok(());
    }
    let what = format!("Access denied for user '{user}'@'%' to database '{database}'");
    Err(Problem::DeniedFor { what }.into())
}

/// Whether the session's role may make databases.
pub fn may_create_database(context: &Context<'_>, name: &str) -> Result<(), SqlError> {
    let role = context.role();
    let user = &context.session.user;
    let has_right = match context.dialect().is_mysql() {
        true => role.sees(name) && name != "information_schema",
        false => role.create_database,
    };
    if role.superuser || has_right || user.is_empty() {
        return Ok(());
    }
    let what = match context.dialect().is_mysql() {
        true => format!("Access denied for user '{user}'@'%' to database '{name}'"),
        false => "permission denied to create database".to_string(),
    };
    Err(Problem::DeniedFor { what }.into())
}

pub fn change_roles(context: &Context<'_>, change: &RoleChange) -> Executed {
    let own = context.role();
    let user = &context.session.user;
    let is_own = change.roles.iter().all(|(name, _)| name == user) && !change.creates;
    if !own.superuser && !own.create_role && !is_own && !user.is_empty() {
        let what = match (context.dialect().is_mysql(), change.creates) {
            (true, _) => {
                "Access denied; you need (at least one of) the CREATE USER privilege(s) for this operation".to_string()
            }
            (false, true) => "permission denied to create role".to_string(),
            (false, false) => "permission denied".to_string(),
        };
        return Err(Problem::DeniedFor { what }.into());
    }
    let mut cluster = context.cluster.borrow_mut();
    let roles = Rc::make_mut(&mut cluster.roles);
    for (name, password) in &change.roles {
        match (roles.contains_key(name), change.creates) {
            (true, true) if change.if_not_exists => continue,
            (true, true) => return Err(Problem::Exists(Thing::Role, name.clone()).into()),
            (false, false) => return Err(Problem::Missing(Thing::Role, name.clone()).into()),
            _ => {}
        }
        let role = roles.entry(name.clone()).or_default();
        if password.is_some() {
            role.password.clone_from(password);
        }
        role.login = change.login.unwrap_or(role.login);
        role.superuser = change.superuser.unwrap_or(role.superuser);
        role.create_database = change.create_database.unwrap_or(role.create_database);
        role.create_role = change.create_role.unwrap_or(role.create_role);
    }
    Ok(tagged(if change.creates { "CREATE ROLE" } else { "ALTER ROLE" }))
}

pub fn grant(context: &Context<'_>, grant: &Grant) -> Executed {
    for role in &grant.roles {
        let is_known = role == "public" || context.cluster.borrow().roles.contains_key(role);
        if !is_known {
            return Err(Problem::Missing(Thing::Role, role.clone()).into());
        }
    }
    match &grant.on {
        _ if context.dialect().is_mysql() => grant_in_mysql(context, grant),
        GrantedOn::Tables(names) => names.iter().try_for_each(|named| {
            let (_, key) = context.locate(named);
            context.table(named)?;
            on_table(context, &key, grant)
        }),
        GrantedOn::AllTables(_) => {
            let names: Vec<String> = context.own_database()?.tables.keys().cloned().collect();
            names.iter().try_for_each(|key| on_table(context, key, grant))
        }
        GrantedOn::Schema(schema) if schema == "public" => {
            let creates = grant.rights.iter().any(|right| right == "all" || right == "create");
            context.change(&context.session.database, |database| {
                let shape = Rc::make_mut(&mut database.shape);
                for role in grant.roles.iter().filter(|_| creates) {
                    if grant.gives {
                        shape.creators.insert(role.clone())
                    } else {
                        shape.creators.remove(role)
                    };
                }
            })
        }
        GrantedOn::Database(name) => context.database(name).map(drop),
        _ => Ok(()),
    }?;
    Ok(tagged(if grant.gives { "GRANT" } else { "REVOKE" }))
}

fn on_table(context: &Context<'_>, key: &str, grant: &Grant) -> Result<(), SqlError> {
    context.change(&context.session.database, |database| {
        let Some(table) = database.tables.get_mut(key).map(Rc::make_mut) else { return };
        for role in &grant.roles {
            changed_rights(table.rights.entry(role.clone()).or_default(), grant);
        }
        table.rights.retain(|_, rights| !rights.is_empty());
    })
}

fn changed_rights(rights: &mut BTreeSet<String>, grant: &Grant) {
    let named = grant.rights.iter().map(String::as_str);
    let named: Vec<&str> = if grant.rights.iter().any(|right| right == "all") { ALL.to_vec() } else { named.collect() };
    for right in named {
        if grant.gives {
            rights.insert(right.to_string())
        } else {
            rights.remove(right)
        };
    }
}

fn grant_in_mysql(context: &Context<'_>, grant: &Grant) -> Result<(), SqlError> {
    let places: Vec<String> = match &grant.on {
        GrantedOn::Everything => vec!["*".to_string()],
        GrantedOn::AllTables(database) => vec![database.clone().unwrap_or_else(|| context.session.database.clone())],
        GrantedOn::Tables(names) => names
            .iter()
            .map(|named| {
                let (database, key) = context.locate(named);
                format!("{database}.{key}")
            })
            .collect(),
        _ => Vec::new(),
    };
    let mut cluster = context.cluster.borrow_mut();
    let roles = Rc::make_mut(&mut cluster.roles);
    for name in &grant.roles {
        let Some(role) = roles.get_mut(name) else { continue };
        for place in &places {
            let rights = role.on_databases.entry(place.clone()).or_default();
            if grant.gives {
                rights.extend(grant.rights.iter().cloned());
            } else if grant.rights.iter().any(|right| right == "all") {
                rights.clear();
            } else {
                rights.retain(|right| !grant.rights.contains(right));
            }
            role.on_databases.retain(|_, rights| !rights.is_empty());
        }
    }
    Ok(())
}
