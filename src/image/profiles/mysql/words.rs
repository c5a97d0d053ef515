//! What MySQL and MariaDB say about what is wrong with a statement.

use super::Product;
use crate::image::sql::{Dialect, Kind, Problem, SqlError, Thing};

/// The error's text without the line: number, state, text.
pub fn words(error: &SqlError, product: &Product, database: &str) -> (String, String) {
    let found = syntax(&error.problem, product)
        .or_else(|| names(&error.problem, product, database))
        .or_else(|| rows(&error.problem));
    let (number, text) = found.unwrap_or_else(|| ("1105 (HY000)", format!("{:?}", error.problem)));
    (number.to_string(), text)
}

fn syntax(problem: &Problem, product: &Product) -> Option<(&'static str, String)> {
    let near = match problem {
        Problem::Syntax { rest, .. } | Problem::OpenQuote(rest) => rest,
        Problem::Unsupported(what) => {
            return Some(("1235 (42000)", format!("the simulation's SQL does not know {what}")));
        }
        Problem::ColumnCount => {
            return Some(("1222 (21000)", "The used SELECT statements have a different number of columns".to_string()));
        }
        _ => return None,
    };
    let near: String = near.chars().take(80).collect();
    let manual = format!("check the manual that corresponds to your {} server version", product.name());
    Some((
        "1064 (42000)",
        format!("You have an error in your SQL syntax; {manual} for the right syntax to use near '{near}' at line 1"),
    ))
}

/// The word for a clause: MariaDB has names of its own.
fn clause(word: &str, product: &Product) -> String {
    let is_mariadb = matches!(product, Product::MariaDb(_));
    match word {
        "field list" if is_mariadb => "SELECT",
        "where clause" if is_mariadb => "WHERE",
        "order clause" if is_mariadb => "ORDER BY",
        "group statement" if is_mariadb => "GROUP BY",
        "having clause" if is_mariadb => "HAVING",
        "on clause" if is_mariadb => "ON",
        other => other,
    }
    .to_string()
}

fn names(problem: &Problem, product: &Product, database: &str) -> Option<(&'static str, String)> {
    Some(match problem {
        Problem::NoDatabaseChosen => ("1046 (3D000)", "No database selected".to_string()),
        Problem::Missing(Thing::Relation, name) => ("1146 (42S02)", format!("Table '{name}' doesn't exist")),
        Problem::NothingToDrop(Thing::Table | Thing::View, name) => ("1051 (42S02)", format!("Unknown table '{name}'")),
        Problem::NothingToDrop(Thing::Database, name) => {
            ("1008 (HY000)", format!("Can't drop database '{name}'; database doesn't exist"))
        }
        Problem::NothingToDrop(Thing::Role, name) => {
            ("1396 (HY000)", format!("Operation DROP USER failed for '{name}'@'%'"))
        }
        Problem::Missing(Thing::Database, name) => ("1049 (42000)", format!("Unknown database '{name}'")),
        Problem::Missing(Thing::Role, name) => ("1396 (HY000)", format!("Operation failed for '{name}'@'%'")),
        Problem::Exists(Thing::Role, name) => {
            ("1396 (HY000)", format!("Operation CREATE USER failed for '{name}'@'%'"))
        }
        Problem::Missing(thing, name) | Problem::NothingToDrop(thing, name) => {
            ("1091 (42000)", format!("Can't DROP {} `{name}`; check that it exists", thing.word().to_uppercase()))
        }
        Problem::Exists(Thing::Database, name) => {
            ("1007 (HY000)", format!("Can't create database '{name}'; database exists"))
        }
        Problem::Exists(Thing::Index, name) => ("1061 (42000)", format!("Duplicate key name '{name}'")),
        Problem::Exists(_, name) => ("1050 (42S01)", format!("Table '{name}' already exists")),
        Problem::NoSuchColumn { name, clause: word, .. } => {
            ("1054 (42S22)", format!("Unknown column '{name}' in '{}'", clause(word, product)))
        }
        Problem::NoSuchColumnOf { column, .. } => {
            ("1091 (42000)", format!("Can't DROP COLUMN `{column}`; check that it exists"))
        }
        Problem::NoSuchAlias(name) => ("1051 (42S02)", format!("Unknown table '{name}'")),
        Problem::Ambiguous { name, clause: word } => {
            ("1052 (23000)", format!("Column '{name}' in {} is ambiguous", clause(word, product)))
        }
        Problem::ColumnExists { column, .. } => ("1060 (42S21)", format!("Duplicate column name '{column}'")),
        Problem::ColumnTwice(name) => ("1110 (42000)", format!("Column '{name}' specified twice")),
        Problem::NoSuchFunction { name, .. } => ("1305 (42000)", format!("FUNCTION {database}.{name} does not exist")),
        Problem::NoSuchSetting(name) => ("1193 (HY000)", format!("Unknown system variable '{name}'")),
        Problem::DeniedFor { what } if what.contains("command denied") => ("1142 (42000)", what.clone()),
        Problem::DeniedFor { what } if what.starts_with("Access denied;") => ("1227 (42000)", what.clone()),
        Problem::DeniedFor { what } => ("1044 (42000)", what.clone()),
        Problem::NoSuchType(name) => ("4161 (HY000)", format!("Unknown data type: '{name}'")),
        _ => return None,
    })
}

fn rows(problem: &Problem) -> Option<(&'static str, String)> {
    Some(match problem {
        Problem::Unique { values, constraint, .. } => {
            ("1062 (23000)", format!("Duplicate entry '{values}' for key '{constraint}'"))
        }
        Problem::NotNull { column, .. } => ("1048 (23000)", format!("Column '{column}' cannot be null")),
        Problem::NoDefault(column) => ("1364 (HY000)", format!("Field '{column}' doesn't have a default value")),
        Problem::Check { table, constraint, .. } => {
            ("4025 (23000)", format!("CONSTRAINT `{constraint}` failed for `{table}`"))
        }
        Problem::NoSuchKey(pointing) => (
            "1452 (23000)",
            format!("Cannot add or update a child row: a foreign key constraint fails ({})", pointing.text),
        ),
        Problem::StillReferenced(pointing) => (
            "1451 (23000)",
            format!("Cannot delete or update a parent row: a foreign key constraint fails ({})", pointing.text),
        ),
        Problem::DependsOn { .. } => {
            ("1451 (23000)", "Cannot delete or update a parent row: a foreign key constraint fails".to_string())
        }
        Problem::TooLong { column, row, .. } => {
            ("1406 (22001)", format!("Data too long for column '{column}' at row {row}"))
        }
        Problem::InvalidInput { kind, text, column, row } => {
            ("1366 (22007)", format!("Incorrect {} value: '{text}' for column {column} at row {row}", value_word(kind)))
        }
        Problem::WrongValue { kind, text } => {
            ("1292 (22007)", format!("Incorrect {} value: '{text}'", value_word(kind)))
        }
        Problem::NumericOverflow { column, row, .. } => {
            ("1264 (22003)", format!("Out of range value for column '{column}' at row {row}"))
        }
        Problem::OutOfRange(_) => ("1264 (22003)", "Out of range value for column at row 1".to_string()),
        Problem::DivisionByZero => ("1365 (22012)", "Division by 0".to_string()),
        Problem::TooManyValues { row } | Problem::TooFewValues { row } => {
            ("1136 (21S01)", format!("Column count doesn't match value count at row {row}"))
        }
        Problem::MoreThanOneRow => ("1242 (21000)", "Subquery returns more than 1 row".to_string()),
        Problem::InAggregate { .. } => ("1111 (HY000)", "Invalid use of group function".to_string()),
        Problem::Deadlock => {
            ("1213 (40001)", "Deadlock found when trying to get lock; try restarting transaction".to_string())
        }
        Problem::LockTimeout => ("1205 (HY000)", "Lock wait timeout exceeded; try restarting transaction".to_string()),
        Problem::CannotAlter(text) => ("1105 (HY000)", text.clone()),
        _ => return None,
    })
}

fn value_word(kind: &Kind) -> String {
    kind.plain_name(Dialect::MySql).replace("int", "integer")
}
