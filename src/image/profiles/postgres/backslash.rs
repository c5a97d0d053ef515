//! The backslash commands of `psql`: `\dt`, `\d TABLE`, `\l`, `\du`, `\conninfo`, `\q` and a few that say one line.
//!
//! Source: psql's documentation and describe.c of version 15 for titles and columns.

use super::client::{Described, Session, Target};
use crate::image::sql::Table;
use crate::kernel::Process;

/// How a script goes on after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// With what follows.
    Goes,
    /// It is over.
    Ends,
    /// The command failed.
    Fails,
}

/// Runs one command.
pub async fn run(process: &Process, session: &Session, target: &Target, line: &str) -> Flow {
    let mut words = line.trim_start_matches('\\').split_whitespace();
    let (name, argument) = (words.next().unwrap_or_default(), words.next());
    if matches!(name, "q" | "quit") {
        return Flow::Ends;
    }
    let Some(described) = session.describe().await else {
        process.complain("server closed the connection unexpectedly\n").await;
        return Flow::Fails;
    };
    let text = match (name, argument) {
        ("echo", _) => Ok(line.split_once(' ').map_or("\n".to_string(), |(_, rest)| format!("{rest}\n"))),
        ("timing", _) => Ok("Timing is on.\n".to_string()),
        ("x", _) => Ok("Expanded display is on.\n".to_string()),
        ("conninfo", _) => Ok(connection(target)),
        ("l" | "list", _) => Ok(databases(&described)),
        ("du" | "dg", _) => Ok(roles(&described)),
        ("dt" | "d", None) => relations(&described),
        ("d" | "dt", Some(table)) => relation(&described, table),
        _ => Err(format!("invalid command \\{name}\nTry \\? for help.\n")),
    };
    match text {
        Ok(text) => {
            process.print(text).await;
            Flow::Goes
        }
        Err(text) => {
            process.complain(text).await;
            Flow::Fails
        }
    }
}

fn connection(target: &Target) -> String {
    let Target { database, user, port, .. } = target;
    let place = match &target.host {
        Some(host) => format!("on host \"{host}\""),
        None => "via socket in \"/var/run/postgresql\"".to_string(),
    };
    format!("You are connected to database \"{database}\" as user \"{user}\" {place} at port \"{port}\".\n")
}

fn owner(described: &Described) -> String {
    described.roles.first().cloned().unwrap_or_else(|| "postgres".to_string())
}

fn databases(described: &Described) -> String {
    let owner = owner(described);
    let columns =
        ["Name", "Owner", "Encoding", "Collate", "Ctype", "ICU Locale", "Locale Provider", "Access privileges"];
    let row = |name: &str, rights: &str| {
        [name, &owner, "UTF8", "C.UTF-8", "C.UTF-8", "", "libc", rights].map(str::to_string).to_vec()
    };
    let mut names: Vec<&str> = described.databases.iter().map(String::as_str).collect();
    names.push("template0");
    names.sort_unstable();
    let mut rows = Vec::new();
    for name in &names {
        match name.starts_with("template") {
            true => {
                rows.push(row(name, &format!("=c/{owner}         +")));
                rows.push(["", "", "", "", "", "", "", &format!("{owner}=CTc/{owner}")].map(str::to_string).to_vec());
            }
            false => rows.push(row(name, "")),
        }
    }
    titled("List of databases", &columns, &rows, names.len())
}

fn roles(described: &Described) -> String {
    let owner = owner(described);
    let rights = |name: &String| match *name == owner {
        true => "Superuser, Create role, Create DB, Replication, Bypass RLS",
        false => "",
    };
    let rows: Vec<Vec<String>> =
        described.roles.iter().map(|name| vec![name.clone(), rights(name).to_string(), "{}".to_string()]).collect();
    let text = titled("List of roles", &["Role name", "Attributes", "Member of"], &rows, rows.len());
    // This list has no count of rows.
    text.rsplit_once('(').map_or(text.clone(), |(list, _)| format!("{list}\n"))
}

fn relations(described: &Described) -> Result<String, String> {
    let owner = owner(described);
    let row = |name: &String| ["public", name, "table", &owner].map(str::to_string).to_vec();
    let rows: Vec<Vec<String>> = described.database.tables.keys().map(row).collect();
    if rows.is_empty() {
        return Err("Did not find any relations.\n".to_string());
    }
    Ok(titled("List of relations", &["Schema", "Name", "Type", "Owner"], &rows, rows.len()))
}

fn relation(described: &Described, name: &str) -> Result<String, String> {
    let missing = || format!("Did not find any relation named \"{name}\".\n");
    let table: &Table = described.database.tables.get(name).ok_or_else(missing)?;
    let kind = |kind: &str| match kind {
        "int" | "serial" | "int4" => "integer".to_string(),
        "bigserial" | "int8" => "bigint".to_string(),
        "varchar" => "character varying".to_string(),
        "timestamp" => "timestamp without time zone".to_string(),
        "timestamptz" => "timestamp with time zone".to_string(),
        other => other.to_string(),
    };
    let mut keys = String::new();
    let mut rows = Vec::new();
    for column in &table.columns {
        let null = if column.unique { "not null" } else { "" };
        let default = match &column.default {
            _ if column.counts => format!("nextval('{name}_{}_seq'::regclass)", column.name),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        if column.unique && keys.is_empty() {
            keys = format!("Indexes:\n    \"{name}_pkey\" PRIMARY KEY, btree ({})\n", column.name);
        }
        rows.push(vec![column.name.clone(), kind(&column.kind), String::new(), null.to_string(), default]);
    }
    let columns = ["Column", "Type", "Collation", "Nullable", "Default"];
    let text = titled(&format!("Table \"public.{name}\""), &columns, &rows, rows.len());
    let list = text.rsplit_once('(').map_or(text.as_str(), |(list, _)| list);
    Ok(format!("{list}{keys}\n"))
}

/// A list with its title in the middle.
fn titled(title: &str, columns: &[&str], rows: &[Vec<String>], count: usize) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.trim_end_matches('+').trim_end().len());
        cells.chain([columns[at].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let whole = widths.iter().map(|width| width + 3).sum::<usize>() - 1;
    let indent = " ".repeat(whole.saturating_sub(title.len()) / 2);
    let heads: Vec<String> = columns.iter().zip(&widths).map(|(name, width)| format!(" {name:^width$} ")).collect();
    let lines: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    let mut text = format!("{indent}{title}\n{}\n{}\n", heads.join("|"), lines.join("+"));
    for row in rows {
        let last = row.len() - 1;
        let cell = |(at, cell): (usize, &String)| match at == last {
            true => format!(" {cell}"),
            false => format!(" {cell:<width$} ", width = widths[at]),
        };
        text.push_str(&row.iter().enumerate().map(cell).collect::<Vec<_>>().join("|"));
        text.push('\n');
    }
    text + &format!("({count} row{})\n\n", if count == 1 { "" } else { "s" })
}
