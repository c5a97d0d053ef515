//! The catalogues of the servers, as far as they are asked for: names of tables, columns, databases and roles. They know only
//! some of the real columns, so `*` of them is refused.

use super::ast::Named;
use super::context::Context;
use super::kind::Kind;
use super::problem::SqlError;
use super::relation::{Field, Relation};
use super::storage::Database;
use super::value::Value;
use std::rc::Rc;

/// The catalogue of that name; `None` if it is none.
pub fn relation(named: &Named, context: &Context<'_>) -> Option<Result<Relation, SqlError>> {
    let schema = named.schema.as_deref().map(str::to_lowercase);
    let name = named.name.to_lowercase();
    let found = match (schema.as_deref(), name.as_str()) {
        (Some("information_schema"), "tables") => tables(context),
        (Some("information_schema"), "columns") => columns(context),
        (Some("information_schema"), "schemata") => {
            let names = context.cluster.borrow().databases.keys().cloned().collect::<Vec<_>>();
            texts(&["schema_name"], names.into_iter().map(|name| vec![name]).collect())
        }
        (Some("mysql"), "user" | "global_priv") => accounts(context),
        (None | Some("pg_catalog"), "pg_database") if !context.dialect().is_mysql() => databases(context),
        (None | Some("pg_catalog"), "pg_tables") if !context.dialect().is_mysql() => own_tables(context),
        (None | Some("pg_catalog"), "pg_roles" | "pg_user" | "pg_authid") if !context.dialect().is_mysql() => {
            let column = if name == "pg_user" { "usename" } else { "rolname" };
            let names = context.cluster.borrow().roles.keys().cloned().collect::<Vec<_>>();
            texts(&[column], names.into_iter().map(|name| vec![name]).collect())
        }
        (None | Some("pg_catalog"), "pg_extension") if !context.dialect().is_mysql() => {
            let own = context.own_database().ok()?;
            let names = ["plpgsql".to_string()].into_iter().chain(own.shape.extensions.iter().cloned());
            texts(&["extname"], names.map(|name| vec![name]).collect())
        }
        _ => return None,
    };
    Some(Ok(Relation { partial: Some(named.name.clone()), ..found }))
}

fn texts(names: &[&str], rows: Vec<Vec<String>>) -> Relation {
    let kind = || Kind::Opaque("name".to_string());
    let field = |name: &&str| Field { name: name.to_string(), kind: kind(), ..Field::default() };
    let row = |row: Vec<String>| Rc::new(row.into_iter().map(Value::Text).collect());
    Relation { fields: names.iter().map(field).collect(), rows: rows.into_iter().map(row).collect(), partial: None }
}

/// The schema and the plain name of a table.
fn split(key: &str) -> (&str, &str) {
    key.split_once('.').unwrap_or(("public", key))
}

fn seen(context: &Context<'_>) -> Vec<(String, Rc<Database>)> {
    let cluster = context.cluster.borrow();
    let is_seen = |name: &String| context.dialect().is_mysql() || *name == context.session.database;
    cluster
        .databases
        .iter()
        .filter(|(name, _)| is_seen(name))
        .map(|(name, database)| (name.clone(), database.clone()))
        .collect()
}

fn tables(context: &Context<'_>) -> Relation {
    let mut rows = Vec::new();
    for (name, database) in seen(context) {
        let schema = |key: &str| if context.dialect().is_mysql() { name.clone() } else { split(key).0.to_string() };
        let row =
            |key: &String, kind: &str| vec![name.clone(), schema(key), split(key).1.to_string(), kind.to_string()];
        rows.extend(database.tables.keys().map(|key| row(key, "BASE TABLE")));
        rows.extend(database.shape.views.keys().map(|key| row(key, "VIEW")));
    }
    texts(&["table_catalog", "table_schema", "table_name", "table_type"], rows)
}

fn columns(context: &Context<'_>) -> Relation {
    let mut rows = Vec::new();
    for (name, database) in seen(context) {
        for (key, table) in &database.tables {
            let schema = if context.dialect().is_mysql() { name.clone() } else { split(key).0.to_string() };
            rows.extend(table.columns.iter().map(|column| {
                let kind = column.kind.plain_name(context.dialect());
                let nullable = if column.not_null { "NO" } else { "YES" };
                vec![schema.clone(), split(key).1.to_string(), column.name.clone(), kind, nullable.to_string()]
            }));
        }
    }
    texts(&["table_schema", "table_name", "column_name", "data_type", "is_nullable"], rows)
}

fn databases(context: &Context<'_>) -> Relation {
    let mut names: Vec<String> = context.cluster.borrow().databases.keys().cloned().collect();
    names.push("template0".to_string());
    // In the order in which initdb and CREATE DATABASE make them, as far as it is known.
    names.sort_by_key(|name| match name.as_str() {
        "postgres" => 0,
        "template1" => 2,
        "template0" => 3,
        _ => 1,
    });
    texts(&["datname"], names.into_iter().map(|name| vec![name]).collect())
}

fn own_tables(context: &Context<'_>) -> Relation {
    let rows = seen(context).into_iter().flat_map(|(_, database)| {
        let row = |(key, table): (&String, &Rc<super::storage::Table>)| {
            vec![split(key).0.to_string(), split(key).1.to_string(), table.owner.clone()]
        };
        database.tables.iter().map(row).collect::<Vec<_>>()
    });
    texts(&["schemaname", "tablename", "tableowner"], rows.collect())
}

fn accounts(context: &Context<'_>) -> Relation {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for name in context.cluster.borrow().roles.keys() {
        // The image makes root, and the accounts of its own, for this machine too.
        let hosts: &[&str] = match name.as_str() {
            "root" => &["%", "localhost"],
            "healthcheck" => &["127.0.0.1", "::1", "localhost"],
            "mariadb.sys" => &["localhost"],
            _ => &["%"],
        };
        rows.extend(hosts.iter().map(|host| vec![name.clone(), host.to_string()]));
    }
    texts(&["user", "host"], rows)
}
