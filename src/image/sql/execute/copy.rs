//! COPY: rows as lines, out of a table and into one.

use super::{Executed, Outcome, change, rights, tagged};
use crate::image::sql::ast::{Copy, CopyOf, Expression, Insert, InsertSource, Named};
use crate::image::sql::context::{Context, Session};
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::query;
use crate::image::sql::relation::Scope;
use crate::image::sql::storage::Cluster;
use crate::image::sql::value::Value;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What to do with the lines that follow COPY FROM STDIN.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CopyIn {
    schema: Option<String>,
    table: String,
    columns: Vec<String>,
    csv: bool,
    header: bool,
    delimiter: String,
    null: String,
}

pub fn copy(context: &Context<'_>, copy: &Copy) -> Executed {
    if copy.file.is_some() {
        return Err(Problem::Unsupported("COPY with a file of the server (psql's \\copy is known)".to_string()).into());
    }
    if copy.is_out {
        return copy_out(context, copy);
    }
    let CopyOf::Table { name, columns } = &copy.what else {
        return Err(Problem::Unsupported("COPY of a query FROM".to_string()).into());
    };
    let table = context.table(name)?;
    rights::may(context, name, &table, "insert")?;
    if let Some(column) = columns.iter().find(|column| table.place(column).is_none()) {
        return Err(Problem::NoSuchColumnOf { table: name.name.clone(), column: column.clone() }.into());
    }
    let copy_in = CopyIn {
        schema: name.schema.clone(),
        table: name.name.clone(),
        columns: columns.clone(),
        csv: copy.csv,
        header: copy.header,
        delimiter: copy.delimiter.clone(),
        null: copy.null.clone(),
    };
    Ok(Outcome { copy_in: Some(copy_in), ..tagged("COPY 0") })
}

fn copy_out(context: &Context<'_>, copy: &Copy) -> Executed {
    let (mut relation, columns) = match &copy.what {
        CopyOf::Table { name, columns } => {
            (query::table_relation(name, &Scope::default(), context, query::Depth::Rows)?, columns.clone())
        }
        CopyOf::Query(query) => (query::run(query, None, context)?, Vec::new()),
    };
    if !columns.is_empty() {
        let place = |name: &String| {
            let missing =
                || SqlError::from(Problem::NoSuchColumn { name: format!("\"{name}\""), clause: "", like: None });
            relation.fields.iter().position(|field| field.name == *name).ok_or_else(missing)
        };
        let places: Vec<usize> = columns.iter().map(place).collect::<Result<_, _>>()?;
        relation.fields = places.iter().map(|place| relation.fields[*place].clone()).collect();
        let picked = relation.rows.iter().map(|row| Rc::new(places.iter().map(|place| row[*place].clone()).collect()));
        relation.rows = picked.collect();
    }
    let mut text = String::new();
    if copy.header {
        let names: Vec<&str> = relation.fields.iter().map(|field| field.name.as_str()).collect();
        text.push_str(&(names.join(&copy.delimiter) + "\n"));
    }
    for row in &relation.rows {
        let cells: Vec<String> = row.iter().map(|value| cell(value, copy, context)).collect();
        text.push_str(&(cells.join(&copy.delimiter) + "\n"));
    }
    Ok(Outcome { copied_out: Some(text), ..tagged(format!("COPY {}", relation.rows.len())) })
}

fn cell(value: &Value, copy: &Copy, context: &Context<'_>) -> String {
    if value.is_null() {
        return copy.null.clone();
    }
    let text = value.shown(context.dialect());
    if !copy.csv {
        return escaped(&text);
    }
    let needs_quotes = text.is_empty() || text.contains(['"', '\n', '\r']) || text.contains(&copy.delimiter);
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The text form's escapes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

/// Puts lines into a table.
pub fn copy_rows(cluster: &mut Cluster, session: &Session, copy: &CopyIn, lines: &str) -> Executed {
    let context = Context::new(std::mem::take(cluster), session);
    let result = rows(&context, copy, lines);
    *cluster = context.cluster.into_inner();
    result
}

fn rows(context: &Context<'_>, copy: &CopyIn, lines: &str) -> Executed {
    let named = Named { name: copy.table.clone(), schema: copy.schema.clone(), at: 0 };
    let table = context.table(&named)?;
    let width = if copy.columns.is_empty() { table.columns.len() } else { copy.columns.len() };
    let mut rows = Vec::new();
    for (number, line) in lines.lines().enumerate().skip(usize::from(copy.header)) {
        let cells: Vec<Option<String>> = if copy.csv {
            csv(line, copy)
        } else {
            line.split(&copy.delimiter).map(|cell| plain(cell, copy)).collect()
        };
        if cells.len() != width {
            let missing = copy.columns.get(cells.len()).cloned().unwrap_or_else(|| {
                table.columns.get(cells.len()).map(|column| column.name.clone()).unwrap_or_default()
            });
            let text = match cells.len() > width {
                true => "extra data after last expected column".to_string(),
                false => format!("missing data for column \"{missing}\""),
            };
            let place = format!("{text}\nCONTEXT:  COPY {}, line {}: \"{line}\"", copy.table, number + 1);
            return Err(Problem::CannotAlter(place).into());
        }
        let value = |cell: Option<String>| Some(Expression::constant(cell.map_or(Value::Null, Value::Text)));
        rows.push(cells.into_iter().map(value).collect());
    }
    let columns = copy.columns.iter().map(|name| Named { name: name.clone(), ..Named::default() }).collect();
    let count = rows.len();
    let insert = Insert {
        table: named,
        with: Vec::new(),
        columns,
        source: InsertSource::Rows(rows),
        skip_duplicates: false,
        replaces: false,
        on_duplicate: Vec::new(),
        conflict: Vec::new(),
        returning: Vec::new(),
    };
    change::insert(context, &insert).map_err(|error| SqlError { at: None, ..error })?;
    Ok(Outcome { affected: count, ..tagged(format!("COPY {count}")) })
}

fn plain(cell: &str, copy: &CopyIn) -> Option<String> {
    if cell == copy.null {
        return None;
    }
    let mut text = String::new();
    let mut letters = cell.chars();
    while let Some(c) = letters.next() {
        text.push(match (c, c == '\\') {
            (_, true) => match letters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            (c, false) => c,
        });
    }
    Some(text)
}

/// One line of CSV; a quoted empty cell is an empty text, an unquoted one is NULL.
fn csv(line: &str, copy: &CopyIn) -> Vec<Option<String>> {
    let delimiter = copy.delimiter.chars().next().unwrap_or(',');
    let mut cells = Vec::new();
    let (mut text, mut is_quoted, mut was_quoted) = (String::new(), false, false);
    let mut letters = line.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                text.push('"');
            }
            '"' => {
                is_quoted = !is_quoted;
                was_quoted = true;
            }
            c if c == delimiter && !is_quoted => {
                cells.push((was_quoted || text != copy.null).then(|| std::mem::take(&mut text)));
                (text, was_quoted) = (String::new(), false);
            }
            c => text.push(c),
        }
    }
    cells.push((was_quoted || text != copy.null).then_some(text));
    cells
}
