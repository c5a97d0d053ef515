//! `pg_isready` and `pg_dump`.

use super::client::{Refusal, connect};
use super::psql::{WITH_VALUE, target};
use crate::image::programs::arguments::Arguments;
use crate::image::sql::{Database, Value};
use crate::kernel::{ExitCode, Process};
use std::time::Duration;

/// `pg_isready` itself (recording: two of them and a pause of 100 ms make 180 ms).
const ISREADY: Duration = Duration::from_millis(37);

/// The program `pg_isready`: 0 accepting, 1 rejecting, 2 no response. It counts a refused role or password as accepting,
/// and the server writes the refusal into its log.
pub async fn pg_isready(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), &[WITH_VALUE, &["t"]].concat());
    process.sleep(ISREADY).await;
    let mut target = target(&process, &arguments);
    target.password = None;
    let place = target.host.clone().unwrap_or_else(|| "/var/run/postgresql".to_string());
    let (code, words) = match connect(&process, &target).await {
        Ok(_) => (0, "accepting connections"),
        Err(Refusal::NoAnswer(_)) => (2, "no response"),
        Err(Refusal::Rejected(text)) if text.contains("starting up") || text.contains("shutting down") => {
            (1, "rejecting connections")
        }
        Err(Refusal::Rejected(_)) => (0, "accepting connections"),
    };
    if !arguments.has(&["q", "quiet"]) {
        process.print(format!("{place}:{} - {words}\n", target.port)).await;
    }
    ExitCode(code)
}

/// The program `pg_dump`: the database as SQL.
pub async fn pg_dump(process: Process) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), WITH_VALUE);
    process.sleep(Duration::from_millis(120)).await;
    let target = target(&process, &arguments);
    let session = match connect(&process, &target).await {
        Ok(session) => session,
        Err(refusal) => {
            process.complain(format!("pg_dump: error: {}", refusal.text())).await;
            return ExitCode::FAILURE;
        }
    };
    let Some(described) = session.describe().await else {
        process.complain("pg_dump: error: server closed the connection unexpectedly\n").await;
        return ExitCode::FAILURE;
    };
    let text = dump(&described.database);
    let Some(path) = arguments.value(&["f", "file"]) else {
        process.print(text).await;
        return ExitCode::SUCCESS;
    };
    match process.write_file(path, text.as_bytes()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process.complain(format!("pg_dump: error: could not open output file \"{path}\": {error}\n")).await;
            ExitCode::FAILURE
        }
    }
}

/// A database as statements that make it again.
pub fn dump(database: &Database) -> String {
    let mut text = String::from("--\n-- PostgreSQL database dump\n--\n\n");
    for (name, table) in &database.tables {
        let column = |column: &crate::image::sql::Column| {
            let unique = if column.unique { " UNIQUE" } else { "" };
            format!("    {} {}{unique}", column.name, column.kind)
        };
        let columns: Vec<String> = table.columns.iter().map(column).collect();
        text.push_str(&format!("CREATE TABLE {name} (\n{}\n);\n\n", columns.join(",\n")));
        for row in &table.rows {
            let values: Vec<String> = row.iter().map(literal).collect();
            text.push_str(&format!("INSERT INTO {name} VALUES ({});\n", values.join(", ")));
        }
        text.push('\n');
    }
    text
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        number => number.to_string(),
    }
}
