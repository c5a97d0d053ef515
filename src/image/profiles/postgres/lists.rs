//! The backslash commands of `psql` that list what there is: `\dt`, `\d TABLE`, `\l`, `\du` and their like.
//!
//! Source: describe.c of version 15 for titles and columns.

use super::backslash::refuse;
use super::print::Table;
use super::psql::{Flow, Psql};
use crate::image::sql::{self, Cluster, Counts, Database, Dialect, Rule};

/// What a list command lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relations {
    All,
    Tables,
    Views,
    Sequences,
    Indexes,
}

/// Runs one command.
pub async fn run(psql: &mut Psql, name: &str, argument: Option<&str>) -> Flow {
    let cluster = match psql.session.describe().await {
        Ok(cluster) => cluster,
        Err(text) => return refuse(psql, &text).await,
    };
    let database =
        cluster.databases.get(&psql.target.database).map(|database| (**database).clone()).unwrap_or_default();
    let text = match (name, argument) {
        ("l" | "list", None) => Ok(databases(psql, &cluster)),
        ("du" | "dg", None) => Ok(roles(psql, &cluster)),
        ("dn", None) => Ok(schemas(psql, &database)),
        ("dx", None) => Err("the simulation's psql does not know \\dx".to_string()),
        ("d", None) => relations(psql, &database, Relations::All, None),
        ("dt", pattern) => relations(psql, &database, Relations::Tables, pattern),
        ("dv", pattern) => relations(psql, &database, Relations::Views, pattern),
        ("ds", pattern) => relations(psql, &database, Relations::Sequences, pattern),
        ("di", pattern) => relations(psql, &database, Relations::Indexes, pattern),
        ("d", Some(table)) => relation(psql, &database, table),
        (known, _) if KNOWN.contains(&known) => {
            Err(format!("the simulation's psql does not know \\{name} {}", argument.unwrap_or(""))
                .trim_end()
                .to_string())
        }
        _ => Err(format!("invalid command \\{name}")),
    };
    match text {
        Ok(text) => {
            psql.process.print(text).await;
            Flow::Goes
        }
        // An empty list is no failure; a relation that is not there is.
        Err(text) if text.starts_with("Did not find any relation") && name != "d" => {
            psql.process.complain(format!("{text}\n")).await;
            Flow::Goes
        }
        Err(text) => refuse(psql, &text).await,
    }
}

/// Commands that psql knows and the simulation does not.
const KNOWN: [&str; 30] = [
    "d+", "dt+", "l+", "du+", "dn+", "dv+", "di+", "ds+", "df", "df+", "dp", "z", "dT", "dC", "da", "dD", "dm", "db",
    "drds", "o", "w", "e", "s", "r", "p", "if", "else", "endif", "watch", "password",
];

fn databases(psql: &Psql, cluster: &Cluster) -> String {
    let columns =
        ["Name", "Owner", "Encoding", "Collate", "Ctype", "ICU Locale", "Locale Provider", "Access privileges"];
    let superuser = cluster.databases.get("postgres").map(|database| database.shape.owner.clone()).unwrap_or_default();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let names = cluster.databases.iter().map(|(name, database)| (name.as_str(), database.shape.owner.as_str()));
    let mut names: Vec<(&str, &str)> = names.chain([("template0", superuser.as_str())]).collect();
    names.sort_unstable();
    for (name, owner) in names {
        let rights = match name.starts_with("template") {
            true => format!("=c/{owner}\n{owner}=CTc/{owner}"),
            false => String::new(),
        };
        rows.push([name, owner, "UTF8", "C.UTF-8", "C.UTF-8", "", "libc", &rights].map(str::to_string).to_vec());
    }
    listed(psql, "List of databases", &columns, rows, None)
}

fn roles(psql: &Psql, cluster: &Cluster) -> String {
    let initial = cluster.databases.get("postgres").map(|database| database.shape.owner.clone()).unwrap_or_default();
    let row = |(name, role): (&String, &sql::Role)| {
        let mut words = Vec::new();
        let mut word = |is_there: bool, text: &'static str| words.extend(is_there.then_some(text));
        word(role.superuser, "Superuser");
        word(role.create_role, "Create role");
        word(role.create_database, "Create DB");
        word(!role.login, "Cannot login");
        word(*name == initial, "Replication");
        word(*name == initial, "Bypass RLS");
        vec![name.clone(), words.join(", "), "{}".to_string()]
    };
    let rows = cluster.roles.iter().map(row).collect();
    listed(psql, "List of roles", &["Role name", "Attributes", "Member of"], rows, Some(Vec::new()))
}

fn schemas(psql: &Psql, database: &Database) -> String {
    let public = vec!["public".to_string(), "pg_database_owner".to_string()];
    let others = database.shape.schemas.iter().map(|name| vec![name.clone(), database.shape.owner.clone()]);
    let mut rows: Vec<Vec<String>> = others.chain([public]).collect();
    rows.sort();
    listed(psql, "List of schemas", &["Name", "Owner"], rows, None)
}

fn listed(psql: &Psql, title: &str, columns: &[&str], rows: Vec<Vec<String>>, footers: Option<Vec<String>>) -> String {
    let columns = columns.iter().map(|name| name.to_string()).collect();
    Table { title: Some(title), columns, rows, numeric: Vec::new(), footers }.print(&psql.style)
}

fn relations(psql: &Psql, database: &Database, what: Relations, pattern: Option<&str>) -> Result<String, String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut push = |key: &str, kind: &str, owner: &str, table: Option<&str>| {
        let (schema, name) = key.split_once('.').unwrap_or(("public", key));
        let fits = match pattern {
            Some(pattern) => crate::dockerfile::glob_matches(pattern.rsplit('.').next().unwrap_or(pattern), name),
            None => schema == "public",
        };
        if fits {
            let row = [schema, name, kind, owner].into_iter().chain(table);
            rows.push(row.map(str::to_string).collect());
        }
    };
    let is = |wanted: Relations| what == wanted || what == Relations::All && wanted != Relations::Indexes;
    if is(Relations::Tables) {
        database.tables.iter().for_each(|(name, table)| push(name, "table", &table.owner, None));
    }
    if is(Relations::Views) {
        database.shape.views.iter().for_each(|(name, view)| push(name, "view", &view.owner, None));
    }
    if is(Relations::Sequences) {
        database.sequences.iter().for_each(|(name, sequence)| push(name, "sequence", &sequence.owner, None));
    }
    if is(Relations::Indexes) {
        for (name, table) in &database.tables {
            for constraint in &table.constraints {
                if matches!(constraint.rule, Rule::Primary(_) | Rule::Unique { .. } | Rule::Index(_)) {
                    push(&constraint.name, "index", &table.owner, Some(name));
                }
            }
        }
    }
    rows.sort();
    if rows.is_empty() {
        return Err(match pattern {
            Some(pattern) => format!("Did not find any relation named \"{pattern}\"."),
            None => "Did not find any relations.".to_string(),
        });
    }
    let mut columns = vec!["Schema", "Name", "Type", "Owner"];
    columns.extend((what == Relations::Indexes).then_some("Table"));
    Ok(listed(psql, "List of relations", &columns, rows, None))
}

/// A default as the catalogue shows it.
pub fn default_text(column: &sql::Column) -> String {
    match (&column.counts, &column.default) {
        (Counts::Sequence(name), _) => format!("nextval('{name}'::regclass)"),
        (Counts::Identity(_, true), _) => "generated always as identity".to_string(),
        (Counts::Identity(_, false), _) => "generated by default as identity".to_string(),
        (_, default) => default.clone().unwrap_or_default(),
    }
}

fn relation(psql: &Psql, database: &Database, name: &str) -> Result<String, String> {
    let key = name.strip_prefix("public.").unwrap_or(name);
    if database.shape.views.contains_key(key) || database.sequences.contains_key(key) {
        return Err(format!("the simulation's psql does not know \\d of {key}, which is no table"));
    }
    let Some(table) = database.tables.get(key) else {
        return Err(format!("Did not find any relation named \"{name}\"."));
    };
    let row = |column: &sql::Column| {
        let null = if column.not_null { "not null" } else { "" };
        let (name, kind) = (column.name.clone(), column.kind.name(Dialect::Postgres));
        vec![name, kind, String::new(), null.to_string(), default_text(column)]
    };
    let rows = table.columns.iter().map(row).collect();
    let full = if key.contains('.') { key.to_string() } else { format!("public.{key}") };
    let columns = ["Column", "Type", "Collation", "Nullable", "Default"];
    let title = format!("Table \"{full}\"");
    Ok(listed(psql, &title, &columns, rows, Some(footers(database, key, table))))
}

/// A check as lists and dumps show it.
pub fn check_text(text: &str, is_dump: bool) -> String {
    format!("CHECK ({})", sql::shown_expression(text, is_dump))
}

fn footers(database: &Database, key: &str, table: &sql::Table) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: &str, found: Vec<String>| {
        if !found.is_empty() {
            lines.push(title.to_string());
            lines.extend(found.into_iter().map(|line| format!("    {line}")));
        }
    };
    let list = |columns: &[String]| columns.join(", ");
    // The primary key first, then by name.
    let mut indexes: Vec<&sql::Constraint> = table.constraints.iter().collect();
    indexes.sort_by_key(|constraint| (!matches!(constraint.rule, Rule::Primary(_)), &constraint.name));
    let index = |constraint: &&sql::Constraint| match &constraint.rule {
        Rule::Primary(columns) => Some(format!("\"{}\" PRIMARY KEY, btree ({})", constraint.name, list(columns))),
        Rule::Unique { columns, is_index: false } => {
            Some(format!("\"{}\" UNIQUE CONSTRAINT, btree ({})", constraint.name, list(columns)))
        }
        Rule::Unique { columns, .. } => Some(format!("\"{}\" UNIQUE, btree ({})", constraint.name, list(columns))),
        Rule::Index(columns) => Some(format!("\"{}\" btree ({})", constraint.name, list(columns))),
        _ => None,
    };
    section("Indexes:", indexes.iter().filter_map(index).collect());
    let check = |constraint: &&sql::Constraint| match &constraint.rule {
        Rule::Check(text) => Some(format!("\"{}\" {}", constraint.name, check_text(text, false))),
        _ => None,
    };
    section("Check constraints:", indexes.iter().filter_map(check).collect());
    let foreign = |constraint: &&sql::Constraint| {
        let text = sql::foreign_key_text(&constraint.rule)?;
        Some(format!("\"{}\" {text}", constraint.name))
    };
    section("Foreign-key constraints:", indexes.iter().filter_map(foreign).collect());
    let mut pointing = Vec::new();
    for (name, other) in &database.tables {
        for constraint in &other.constraints {
            if let (Rule::Foreign { table, .. }, Some(text)) =
                (&constraint.rule, sql::foreign_key_text(&constraint.rule))
                && table == key
            {
                pointing.push(format!("TABLE \"{name}\" CONSTRAINT \"{}\" {text}", constraint.name));
            }
        }
    }
    section("Referenced by:", pointing);
    lines
}
