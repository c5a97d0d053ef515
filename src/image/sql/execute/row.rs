//! One row made ready for a table: defaults, types, NOT NULL and CHECK.

use crate::image::sql::cast::assign;
use crate::image::sql::context::Context;
use crate::image::sql::dialect::Dialect;
use crate::image::sql::evaluate::evaluate;
use crate::image::sql::functions;
use crate::image::sql::kind::Kind;
use crate::image::sql::parse::parse_expression;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::relation::{Field, Relation, Scope};
use crate::image::sql::storage::{Column, Counts, Rule, Table};
use crate::image::sql::value::Value;
use std::rc::Rc;

/// A table's columns as a query sees them.
pub fn fields(table: &Table, name: &str) -> Vec<Field> {
    let field = |column: &Column| Field {
        table: name.to_string(),
        name: column.name.clone(),
        kind: column.kind.clone(),
        origin: None,
        is_hidden: false,
    };
    table.columns.iter().map(field).collect()
}

/// A table's rows as a query sees them.
pub fn relation(table: &Table, name: &str, rows: Vec<Rc<Vec<Value>>>) -> Relation {
    Relation { fields: fields(table, name), rows, partial: None }
}

/// The value a column gets when none is given.
pub fn default_value(column: &Column, context: &Context<'_>) -> Result<Value, SqlError> {
    if let Some(sequence) = column.counts.sequence() {
        return functions_next(sequence, context).map(Value::Integer);
    }
    match &column.default {
        Some(text) => {
            let expression = parse_expression(text, context.dialect())?;
            evaluate(&expression, &Scope::default(), context)
        }
        None => Ok(Value::Null),
    }
}

fn functions_next(sequence: &str, context: &Context<'_>) -> Result<i64, SqlError> {
    match functions::call("nextval", &[Value::text(sequence)], context)? {
        Some(Value::Integer(number)) => Ok(number),
        _ => Ok(0),
    }
}

/// A value as its column takes it; `number` is the row's place in the statement, counted from 1.
pub fn stored(value: &Value, column: &Column, number: usize, context: &Context<'_>) -> Result<Value, Problem> {
    let name = || column.name.clone();
    assign(value, &column.kind, context.dialect()).map_err(|problem| match problem {
        Problem::TooLong { kind, .. } => Problem::TooLong { kind, column: name(), row: number },
        Problem::InvalidInput { kind, text, .. } => Problem::InvalidInput { kind, text, column: name(), row: number },
        Problem::NumericOverflow { precision, scale, .. } => {
            Problem::NumericOverflow { precision, scale, column: name(), row: number }
        }
        other => other,
    })
}

/// A whole row as error texts show it: `(3, null, 3.00)`.
pub fn shown(row: &[Value], dialect: Dialect) -> String {
    let cell = |value: &Value| if value.is_null() { "null".to_string() } else { value.shown(dialect) };
    format!("({})", row.iter().map(cell).collect::<Vec<_>>().join(", "))
}

/// That a row meets NOT NULL and CHECK.
pub fn check(table: &Table, name: &str, row: &[Value], context: &Context<'_>) -> Result<(), SqlError> {
    let dialect = context.dialect();
    for (column, value) in table.columns.iter().zip(row) {
        let counts = dialect.is_mysql() && column.counts == Counts::Table;
        if column.not_null && value.is_null() && !counts {
            let column = column.name.clone();
            return Err(Problem::NotNull { table: name.to_string(), column, row: shown(row, dialect) }.into());
        }
    }
    let fields = fields(table, name);
    let scope = Scope { fields: &fields, values: row, ..Scope::default() };
    // PostgreSQL looks at them in the order of their names.
    let mut checks: Vec<(&String, &String)> = table
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.rule {
            Rule::Check(text) => Some((&constraint.name, text)),
            _ => None,
        })
        .collect();
    checks.sort();
    for (constraint, text) in checks {
        let test = parse_expression(text, dialect)?;
        if evaluate(&test, &scope, context)?.truth() == Some(false) {
            let (table, constraint) = (name.to_string(), constraint.clone());
            return Err(Problem::Check { table, constraint, row: shown(row, dialect) }.into());
        }
    }
    Ok(())
}

/// Whether an expression of type `given` may be put into a column of type `wanted` without a cast.
pub fn is_assignable(wanted: &Kind, given: &Kind) -> bool {
    let class = |kind: &Kind| match kind {
        Kind::Unknown | Kind::Void => 0,
        Kind::Opaque(name) if name == "name" => 3,
        Kind::Opaque(_) => 7,
        Kind::Boolean => 1,
        kind if kind.is_number() => 2,
        kind if kind.is_text() => 3,
        Kind::Interval => 4,
        Kind::Time => 5,
        _ => 6,
    };
    let (a, b) = (class(wanted), class(given));
    a == b || b == 0 || a == 3
}
