//! `pg_dump`, `pg_dumpall`: databases as SQL that makes them again (the plain form of version 15's pg_dump).

use super::Version;
use super::client::connect;
use super::lists::check_text;
use super::target::target;
use crate::image::programs::arguments::Arguments;
use crate::image::sql::{self, Cluster, Counts, Database, Dialect, Rule, Value};
use crate::kernel::{ExitCode, Process};
use std::time::Duration;

/// From its start to its end, for a small database.
const SPAN: Duration = Duration::from_millis(120);

const WITH_VALUE: &[&str] = &[
    "U", "username", "d", "dbname", "h", "host", "p", "port", "f", "file", "t", "table", "F", "format", "n", "schema",
    "j", "Z", "T", "l",
];

/// What is dumped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    schema: bool,
    data: bool,
    owners: bool,
    inserts: bool,
    clean: bool,
}

/// The program `pg_dump`.
pub async fn pg_dump(process: Process, version: Version) -> ExitCode {
    run(process, version, "pg_dump").await
}

/// The program `pg_dumpall`.
pub async fn pg_dumpall(process: Process, version: Version) -> ExitCode {
    run(process, version, "pg_dumpall").await
}

async fn run(process: Process, version: Version, program: &str) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), WITH_VALUE);
    if arguments.has(&["V", "version"]) {
        process.print(format!("{program} (PostgreSQL) {}\n", version.build())).await;
        return ExitCode::SUCCESS;
    }
    process.sleep(SPAN).await;
    let format = arguments.value(&["F", "format"]).unwrap_or("p");
    if !format.starts_with('p') {
        process
            .complain(format!("{program}: error: the simulation writes the plain form only, not -F{format}\n"))
            .await;
        return ExitCode::FAILURE;
    }
    let mut target = target(&process, &arguments);
    if program == "pg_dumpall" {
        target.database = "postgres".to_string();
    }
    let session = match connect(&process, &target).await {
        Ok(session) => session,
        Err(refusal) => {
            process.complain(format!("{program}: error: {}", refusal.text())).await;
            return ExitCode::FAILURE;
        }
    };
    let cluster = match session.describe().await {
        Ok(cluster) => cluster,
        Err(text) => {
            process.complain(format!("{program}: error: {text}\n")).await;
            return ExitCode::FAILURE;
        }
    };
    let parts = Parts {
        schema: !arguments.has(&["a", "data-only"]),
        data: !arguments.has(&["s", "schema-only"]),
        owners: !arguments.has(&["O", "no-owner"]),
        inserts: arguments.has(&["inserts", "column-inserts"]),
        clean: arguments.has(&["c", "clean"]),
    };
    let only = arguments.values(&["t", "table"]);
    let text = match program {
        "pg_dumpall" => all(&cluster, version, parts),
        _ => {
            let database =
                cluster.databases.get(&target.database).map(|database| (**database).clone()).unwrap_or_default();
            if only.iter().any(|name| !database.tables.contains_key(name.trim_start_matches("public."))) {
                process.complain("pg_dump: error: no matching tables were found\n").await;
                return ExitCode::FAILURE;
            }
            one(&database, version, parts, &only)
        }
    };
    let Some(path) = arguments.value(&["f", "file"]) else {
        process.print(text).await;
        return ExitCode::SUCCESS;
    };
    match process.write_file(path, text.as_bytes()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process.complain(format!("{program}: error: could not open output file \"{path}\": {error}\n")).await;
            ExitCode::FAILURE
        }
    }
}

const SETTINGS: &str = "SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

";

/// The real one is made by chance.
const KEY: &str = "dTq8Zk1rXw5nVb3sLm7yPc9hGf2jKa6eRu4oIx0tWz8vNq1sBd5lHg3pYc7mJf9";

/// A comment with what follows it.
fn entry(name: &str, kind: &str, owner: &str, text: &str) -> String {
    format!("--\n-- Name: {name}; Type: {kind}; Schema: public; Owner: {owner}\n--\n\n{text}\n\n")
}

fn qualified(key: &str) -> String {
    if key.contains('.') { key.to_string() } else { format!("public.{key}") }
}

/// One database.
fn one(database: &Database, version: Version, parts: Parts, only: &[&str]) -> String {
    let build = version.build();
    let mut text = format!(
        "--\n-- PostgreSQL database dump\n--\n\n\\restrict {KEY}\n\n-- Dumped from database version {build}\n-- Dumped by pg_dump version {build}\n\n{SETTINGS}"
    );
    let is_wanted = |key: &str| only.is_empty() || only.iter().any(|name| name.trim_start_matches("public.") == key);
    let tables: Vec<(&String, &sql::Table)> =
        database.tables.iter().filter(|(key, _)| is_wanted(key)).map(|(key, table)| (key, &**table)).collect();
    if parts.schema {
        if parts.clean {
            tables.iter().rev().for_each(|(key, _)| text.push_str(&format!("DROP TABLE {};\n", qualified(key))));
        }
        if !tables.is_empty() {
            text.push_str("SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n");
        }
        for schema in database.shape.schemas.iter().filter(|_| only.is_empty()) {
            text.push_str(&entry(schema, "SCHEMA", &database.shape.owner, &format!("CREATE SCHEMA {schema};\n")));
        }
        tables.iter().for_each(|(key, table)| text.push_str(&table_text(database, key, table, parts)));
        for (name, sequence) in
            database.sequences.iter().filter(|(_, sequence)| sequence.owned_by.is_none() && only.is_empty())
        {
            let create = format!("CREATE SEQUENCE {}\n{};\n", qualified(name), sequence_options(sequence));
            text.push_str(&entry(name, "SEQUENCE", &sequence.owner, &create));
        }
        for (name, view) in database.shape.views.iter().filter(|(key, _)| is_wanted(key)) {
            let create = format!("CREATE VIEW {} AS\n {};\n", qualified(name), view.text);
            text.push_str(&entry(name, "VIEW", &view.owner, &create));
        }
        for (key, table) in &tables {
            for column in table.columns.iter().filter(|column| matches!(column.counts, Counts::Sequence(_))) {
                let default = super::lists::default_text(column).replace("nextval('", "nextval('public.");
                let alter = format!(
                    "ALTER TABLE ONLY {} ALTER COLUMN {} SET DEFAULT {default};\n",
                    qualified(key),
                    column.name
                );
                text.push_str(&entry(&format!("{key} {}", column.name), "DEFAULT", &table.owner, &alter));
            }
        }
    }
    if parts.data {
        tables.iter().for_each(|(key, table)| text.push_str(&data_text(key, table, parts)));
        for (name, sequence) in &database.sequences {
            let owner_wanted = match &sequence.owned_by {
                Some((table, _)) => is_wanted(table),
                None => only.is_empty(),
            };
            if owner_wanted {
                let (last, called) =
                    if sequence.is_called { (sequence.next - sequence.step, true) } else { (sequence.next, false) };
                let set = format!("SELECT pg_catalog.setval('{}', {last}, {called});\n", qualified(name));
                text.push_str(&entry(name, "SEQUENCE SET", &sequence.owner, &set));
            }
        }
    }
    if parts.schema {
        text.push_str(&constraints_text(&tables));
    }
    text + &format!("--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict {KEY}\n\n")
}

fn table_text(database: &Database, key: &str, table: &sql::Table, parts: Parts) -> String {
    let mut lines: Vec<String> = Vec::new();
    for column in &table.columns {
        let default = match &column.default {
            Some(default) if column.counts == Counts::No => format!(" DEFAULT {default}"),
            _ => String::new(),
        };
        let null = if column.not_null { " NOT NULL" } else { "" };
        lines.push(format!("    {} {}{default}{null}", column.name, column.kind.name(Dialect::Postgres)));
    }
    for constraint in &table.constraints {
        if let Rule::Check(text) = &constraint.rule {
            lines.push(format!("    CONSTRAINT {} {}", constraint.name, check_text(text, true)));
        }
    }
    let owner = |what: &str, name: &str, owner: &str| match parts.owners {
        true => format!("\n\n\nALTER {what} {} OWNER TO {owner};", qualified(name)),
        false => "\n".to_string(),
    };
    let create =
        format!("CREATE TABLE {} (\n{}\n);{}", qualified(key), lines.join(",\n"), owner("TABLE", key, &table.owner));
    let mut text = entry(key, "TABLE", &table.owner, &create);
    for column in &table.columns {
        let Some(name) = column.counts.sequence() else { continue };
        let Some(sequence) = database.sequences.get(name) else { continue };
        let options = sequence_options(sequence);
        if let Counts::Identity(_, always) = column.counts {
            let when = if always { "ALWAYS" } else { "BY DEFAULT" };
            let alter = format!(
                "ALTER TABLE {} ALTER COLUMN {} ADD GENERATED {when} AS IDENTITY (\n    SEQUENCE NAME {}\n{options}\n);\n",
                qualified(key),
                column.name,
                qualified(name)
            );
            text.push_str(&entry(name, "SEQUENCE", &sequence.owner, &alter));
            continue;
        }
        let kind = if column.kind == sql::Kind::Integer { "    AS integer\n" } else { "" };
        let create =
            format!("CREATE SEQUENCE {}\n{kind}{options};{}", qualified(name), owner("TABLE", name, &sequence.owner));
        text.push_str(&entry(name, "SEQUENCE", &sequence.owner, &create));
        let owned = format!("ALTER SEQUENCE {} OWNED BY {}.{};\n", qualified(name), qualified(key), column.name);
        text.push_str(&entry(name, "SEQUENCE OWNED BY", &sequence.owner, &owned));
    }
    text
}

fn sequence_options(sequence: &sql::Sequence) -> String {
    format!("    START WITH 1\n    INCREMENT BY {}\n    NO MINVALUE\n    NO MAXVALUE\n    CACHE 1", sequence.step)
}

fn data_text(key: &str, table: &sql::Table, parts: Parts) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut text = String::new();
    if parts.inserts {
        for row in table.rows.values() {
            let values: Vec<String> = row.iter().map(literal).collect();
            text.push_str(&format!("INSERT INTO {} VALUES ({});\n", qualified(key), values.join(", ")));
        }
    } else {
        text.push_str(&format!("COPY {} ({}) FROM stdin;\n", qualified(key), names.join(", ")));
        for row in table.rows.values() {
            let cells: Vec<String> = row.iter().map(cell).collect();
            text.push_str(&(cells.join("\t") + "\n"));
        }
        text.push_str("\\.\n");
    }
    let head = format!("--\n-- Data for Name: {key}; Type: TABLE DATA; Schema: public; Owner: {}\n--\n\n", table.owner);
    format!("{head}{text}\n\n")
}

fn constraints_text(tables: &[(&String, &sql::Table)]) -> String {
    let mut text = String::new();
    let mut foreign = String::new();
    for (key, table) in tables {
        for constraint in &table.constraints {
            let name = format!("{key} {}", constraint.name);
            let add = |what: &str| {
                format!("ALTER TABLE ONLY {}\n    ADD CONSTRAINT {} {what};\n", qualified(key), constraint.name)
            };
            match &constraint.rule {
                Rule::Primary(columns) => {
                    let what = format!("PRIMARY KEY ({})", columns.join(", "));
                    text.push_str(&entry(&name, "CONSTRAINT", &table.owner, &add(&what)));
                }
                Rule::Unique { columns, is_index: false } => {
                    let what = format!("UNIQUE ({})", columns.join(", "));
                    text.push_str(&entry(&name, "CONSTRAINT", &table.owner, &add(&what)));
                }
                Rule::Unique { columns, .. } | Rule::Index(columns) => {
                    let unique = if let Rule::Unique { .. } = constraint.rule { "UNIQUE " } else { "" };
                    let create = format!(
                        "CREATE {unique}INDEX {} ON {} USING btree ({});\n",
                        constraint.name,
                        qualified(key),
                        columns.join(", ")
                    );
                    text.push_str(&entry(&constraint.name, "INDEX", &table.owner, &create));
                }
                Rule::Foreign { .. } => {
                    let what = sql::foreign_key_text(&constraint.rule).unwrap_or_default();
                    let what = what.replace("REFERENCES ", "REFERENCES public.");
                    foreign.push_str(&entry(&name, "FK CONSTRAINT", &table.owner, &add(&what)));
                }
                Rule::Check(_) => {}
            }
        }
    }
    text + &foreign
}

/// A cell of COPY's text form.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "\\N".to_string(),
        value => value.shown(Dialect::Postgres).replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t"),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(_) | Value::Numeric(_) | Value::Double(_) => value.shown(Dialect::Postgres),
        value => format!("'{}'", value.shown(Dialect::Postgres).replace('\'', "''")),
    }
}

/// All databases, with the roles first.
fn all(cluster: &Cluster, version: Version, parts: Parts) -> String {
    let mut text = String::from("--\n-- PostgreSQL database cluster dump\n--\n\n--\n-- Roles\n--\n\n");
    for (name, role) in cluster.roles.iter() {
        let word = |is_there: bool, word: &str| if is_there { word.to_string() } else { format!("NO{word}") };
        text.push_str(&format!("CREATE ROLE {name};\n"));
        let password = role.password.as_ref().map_or(String::new(), |password| format!(" PASSWORD '{password}'"));
        text.push_str(&format!(
            "ALTER ROLE {name} WITH {} INHERIT {} {} {}{password};\n",
            word(role.superuser, "SUPERUSER"),
            word(role.create_role, "CREATEROLE"),
            word(role.create_database, "CREATEDB"),
            word(role.login, "LOGIN"),
        ));
    }
    for (name, database) in &cluster.databases {
        let is_own = !matches!(name.as_str(), "postgres" | "template1");
        let create = if is_own { format!("CREATE DATABASE {name};\n\n") } else { String::new() };
        text.push_str(&format!("\n--\n-- Database \"{name}\" dump\n--\n\n{create}\\connect {name}\n\n"));
        text.push_str(&one(database, version, parts, &[]));
    }
    text + "--\n-- PostgreSQL database cluster dump complete\n--\n\n"
}
