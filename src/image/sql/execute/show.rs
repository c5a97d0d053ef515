//! SHOW and DESCRIBE.

use super::{Executed, Rows, shown};
use crate::image::sql::ast::{Named, ObjectKind};
use crate::image::sql::context::Context;
use crate::image::sql::kind::Kind;
use crate::image::sql::operators::like;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::storage::{Column, Counts, Rule, Table};
use crate::image::sql::value::Value;

/// SHOW TABLES, SHOW DATABASES.
pub fn names(context: &Context<'_>, kind: ObjectKind, pattern: Option<&str>, of: Option<&str>) -> Executed {
    let fits = |name: &String| pattern.is_none_or(|pattern| like(pattern, name, false));
    let suffix = pattern.map_or(String::new(), |pattern| format!(" ({pattern})"));
    let (label, names): (String, Vec<String>) = match kind {
        ObjectKind::Database => {
            let role = context.role();
            let cluster = context.cluster.borrow();
            let seen = cluster.databases.keys().filter(|name| role.sees(name) && fits(name));
            (format!("Database{suffix}"), seen.cloned().collect())
        }
        _ => {
            let database = of.unwrap_or(&context.session.database);
            let known = context.database(database)?;
            let mut names: Vec<String> =
                known.tables.keys().chain(known.shape.views.keys()).filter(|name| fits(name)).cloned().collect();
            names.sort();
            (format!("Tables_in_{database}{suffix}"), names)
        }
    };
    let rows = names.into_iter().map(|name| vec![Value::Text(name)]).collect();
    Ok(shown("SHOW", Rows::of_texts(&[&label], rows)))
}

/// SHOW of one setting, or of those like a pattern.
pub fn setting(context: &Context<'_>, name: &str, is_pattern: bool) -> Executed {
    if is_pattern {
        let found = context.session.settings.iter().filter(|(known, _)| like(name, known, false));
        let rows: Vec<Vec<Value>> = found.map(|(name, value)| vec![Value::text(name), Value::text(value)]).collect();
        if rows.is_empty() {
            return Err(Problem::Unsupported(format!("the variable {name}")).into());
        }
        return Ok(shown("SHOW", Rows::of_texts(&["Variable_name", "Value"], rows)));
    }
    let value = context.session.settings.get(name).ok_or_else(|| Problem::NoSuchSetting(name.to_string()))?;
    let label = if name == "timezone" { "TimeZone" } else { name };
    Ok(shown("SHOW", Rows::of_texts(&[label], vec![vec![Value::text(value)]])))
}

/// SHOW GRANTS.
pub fn grants(context: &Context<'_>, of: Option<&str>) -> Executed {
    Err(Problem::Unsupported(format!("SHOW GRANTS for {}", of.unwrap_or(&context.session.user))).into())
}

/// How a column stands in keys, in MySQL's words: the first column of an index is MUL.
fn key_word(table: &Table, column: &str) -> &'static str {
    let mut word = "";
    for constraint in &table.constraints {
        match &constraint.rule {
            Rule::Primary(columns) if columns.iter().any(|name| name == column) => return "PRI",
            Rule::Unique { columns, .. } if columns.len() == 1 && columns[0] == column => word = "UNI",
            Rule::Unique { columns, .. } | Rule::Index(columns) | Rule::Foreign { columns, .. }
                if columns.first().is_some_and(|name| name == column) && word.is_empty() =>
            {
                word = "MUL";
            }
            _ => {}
        }
    }
    word
}

fn default_shown(column: &Column) -> Option<String> {
    column.default.as_ref().map(|text| {
        let plain = text.trim_matches('\'').to_string();
        match &column.kind {
            Kind::Numeric(Some((_, scale))) => {
                let number =
                    crate::image::sql::decimal::Decimal::parse(&plain).and_then(|number| number.rounded(*scale));
                number.map_or(plain, |number| number.to_string())
            }
            _ => plain,
        }
    })
}

/// `DESCRIBE`, as MySQL shows a table.
pub fn describe(context: &Context<'_>, named: &Named) -> Executed {
    if !context.dialect().is_mysql() {
        return Err(SqlError::at(Problem::Syntax { near: "describe".to_string(), rest: String::new() }, 0));
    }
    let table = context.table(named)?;
    let row = |column: &Column| {
        let extra = match (&column.counts, column.on_update_now) {
            (Counts::Table, _) => "auto_increment",
            (_, true) => "on update current_timestamp()",
            _ => "",
        };
        let text = |text: &str| Value::text(text);
        vec![
            text(&column.name),
            text(&column.kind.name(context.dialect())),
            text(if column.not_null { "NO" } else { "YES" }),
            text(key_word(&table, &column.name)),
            default_shown(column).map_or(Value::Null, Value::Text),
            text(extra),
        ]
    };
    let rows = table.columns.iter().map(row).collect();
    Ok(shown("DESCRIBE", Rows::of_texts(&["Field", "Type", "Null", "Key", "Default", "Extra"], rows)))
}

/// The statement that makes a table, as MariaDB shows it.
pub fn create_table_text(name: &str, table: &Table) -> String {
    let dialect = crate::image::sql::dialect::Dialect::MySql;
    let list = |columns: &[String]| columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(",");
    let mut lines: Vec<String> = Vec::new();
    for column in &table.columns {
        let null = match (column.not_null, &column.kind, &column.default) {
            (true, ..) => " NOT NULL".to_string(),
            (false, Kind::TimestampZone, None) => " NULL DEFAULT NULL".to_string(),
            (false, Kind::TimestampZone, Some(_)) => " NULL".to_string(),
            (false, Kind::Text, None) => " DEFAULT NULL".to_string(),
            (false, _, None) => " DEFAULT NULL".to_string(),
            _ => String::new(),
        };
        let default = match (default_shown(column), &column.default) {
            (Some(shown), Some(text)) if text.starts_with('\'') => format!(" DEFAULT '{shown}'"),
            (Some(shown), _) => format!(" DEFAULT {shown}"),
            (None, _) => String::new(),
        };
        let counts = if column.counts == Counts::Table { " AUTO_INCREMENT" } else { "" };
        let update = if column.on_update_now { " ON UPDATE current_timestamp()" } else { "" };
        lines.push(format!("  `{}` {}{null}{default}{update}{counts}", column.name, column.kind.name(dialect)));
    }
    let mut foreign = Vec::new();
    for constraint in &table.constraints {
        match &constraint.rule {
            Rule::Primary(columns) => lines.push(format!("  PRIMARY KEY ({})", list(columns))),
            Rule::Unique { columns, .. } => {
                lines.push(format!("  UNIQUE KEY `{}` ({})", constraint.name, list(columns)))
            }
            Rule::Index(columns) => lines.push(format!("  KEY `{}` ({})", constraint.name, list(columns))),
            Rule::Foreign { columns, table, targets, on_delete } => {
                lines.push(format!("  KEY `{}` ({})", columns[0], list(columns)));
                let action = match on_delete {
                    crate::image::sql::ast::OnDelete::Refuse => "",
                    crate::image::sql::ast::OnDelete::Cascade => " ON DELETE CASCADE",
                    crate::image::sql::ast::OnDelete::SetNull => " ON DELETE SET NULL",
                };
                foreign.push(format!(
                    "  CONSTRAINT `{}` FOREIGN KEY ({}) REFERENCES `{table}` ({}){action}",
                    constraint.name,
                    list(columns),
                    list(targets)
                ));
            }
            Rule::Check(text) => foreign.push(format!("  CONSTRAINT `{}` CHECK ({text})", constraint.name)),
        }
    }
    lines.extend(foreign);
    let counted = if table.next > 1 { format!(" AUTO_INCREMENT={}", table.next) } else { String::new() };
    format!(
        "CREATE TABLE `{name}` (\n{}\n) ENGINE=InnoDB{counted} DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci",
        lines.join(",\n")
    )
}

/// SHOW CREATE TABLE.
pub fn create(context: &Context<'_>, named: &Named) -> Executed {
    let (database, key) = context.locate(named);
    if context.database(&database)?.shape.views.contains_key(&key) {
        return Err(Problem::Unsupported("SHOW CREATE of a view".to_string()).into());
    }
    let table = context.table(named)?;
    let text = create_table_text(&named.name, &table);
    Ok(shown(
        "SHOW",
        Rows::of_texts(&["Table", "Create Table"], vec![vec![Value::text(&named.name), Value::Text(text)]]),
    ))
}
