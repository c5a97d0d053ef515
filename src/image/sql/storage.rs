//! Databases and tables, as they are kept in a file.

use super::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All databases of a server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// By name.
    pub databases: BTreeMap<String, Database>,
}

/// One database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Rows in the order of their insertion.
    pub rows: Vec<Vec<Value>>,
    /// The next number of a counting column.
    pub next: i64,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type as written.
    pub kind: String,
    /// Whether it counts by itself (SERIAL, AUTO_INCREMENT).
    pub counts: bool,
    /// Whether it refuses a value it has already.
    pub unique: bool,
    /// Value it gets when none is given; a constant.
    pub default: Option<Value>,
}

impl Cluster {
    /// What is in it, in few words, for the data lane: the counter's number, or how many tables and rows.
    pub fn summary(&self) -> String {
        let tables: Vec<(&String, &Table)> = self.databases.values().flat_map(|database| &database.tables).collect();
        let rows: usize = tables.iter().map(|(_, table)| table.rows.len()).sum();
        match tables.as_slice() {
            [] => match self.databases.len() {
                0 => "empty".to_string(),
                _ => "no tables".to_string(),
            },
            [(name, table)] => match only_number(table) {
                Some(number) => format!("{name} {number}"),
                None => format!("{name}: {}", counted(rows, "row")),
            },
            several => format!("{}, {}", counted(several.len(), "table"), counted(rows, "row")),
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a file's text; the error says what is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// The value of a table that holds one number beside its key.
fn only_number(table: &Table) -> Option<i64> {
    let [row] = table.rows.as_slice() else { return None };
    let values = table.columns.iter().zip(row).filter(|(column, _)| !column.counts && !column.unique);
    match values.map(|(_, value)| value).collect::<Vec<_>>().as_slice() {
        [Value::Integer(number)] => Some(*number),
        _ => None,
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
