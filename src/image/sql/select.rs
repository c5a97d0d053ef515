//! SELECT: rows of one table, filtered, ordered, cut; or one row of aggregates.

use super::evaluate::{Row, evaluate};
use super::execute::{Context, Rows, SqlError};
use super::parse::Expression;
use super::storage::Table;
use super::value::Value;
use std::cmp::Ordering;

/// A SELECT.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    pub items: Vec<SelectItem>,
    pub table: Option<String>,
    pub filter: Option<Expression>,
    pub order: Vec<(Expression, bool)>,
    pub limit: Option<usize>,
}

/// What a SELECT shows.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`.
    All,
    /// An expression, perhaps with a name.
    Expression(Expression, Option<String>),
}

/// The rows a SELECT finds.
pub fn select(select: &Select, context: &Context<'_>) -> Result<Rows, SqlError> {
    let single = Table { rows: vec![Vec::new()], ..Table::default() };
    let table = match &select.table {
        Some(name) => context.table(name)?,
        None => &single,
    };
    let mut found = Vec::new();
    for values in &table.rows {
        let row = Row { columns: &table.columns, values };
        if matches(select.filter.as_ref(), row, context)? {
            found.push(row);
        }
    }
    if select.items.iter().any(is_aggregate) {
        let values: Result<Vec<Value>, SqlError> =
            select.items.iter().map(|item| aggregate(item, &found, context)).collect();
        return Ok(Rows { columns: labels(&select.items, table), rows: vec![values?] });
    }
    let mut found = order(found, &select.order, context)?;
    found.truncate(select.limit.unwrap_or(usize::MAX));
    project(&select.items, table, &found, context)
}

/// Whether a row passes a filter.
pub fn matches(filter: Option<&Expression>, row: Row<'_>, context: &Context<'_>) -> Result<bool, SqlError> {
    match filter {
        Some(filter) => Ok(evaluate(filter, row, context)?.is_true()),
        None => Ok(true),
    }
}

/// The items' values for each row.
pub fn project(items: &[SelectItem], table: &Table, rows: &[Row<'_>], context: &Context<'_>) -> Result<Rows, SqlError> {
    let mut result = Vec::new();
    for row in rows {
        let mut values = Vec::new();
        for item in items {
            match item {
                SelectItem::All => values.extend_from_slice(row.values),
                SelectItem::Expression(expression, _) => values.push(evaluate(expression, *row, context)?),
            }
        }
        result.push(values);
    }
    Ok(Rows { columns: labels(items, table), rows: result })
}

fn order<'a>(rows: Vec<Row<'a>>, keys: &[(Expression, bool)], context: &Context<'_>) -> Result<Vec<Row<'a>>, SqlError> {
    let mut keyed = Vec::new();
    for row in rows {
        let values: Result<Vec<Value>, SqlError> = keys.iter().map(|(key, _)| evaluate(key, row, context)).collect();
        keyed.push((values?, row));
    }
    keyed.sort_by(|(a, _), (b, _)| {
        let each = a.iter().zip(b).zip(keys).map(|((a, b), (_, descending))| {
            let order = a.compare(b).unwrap_or(Ordering::Equal);
            if *descending { order.reverse() } else { order }
        });
        each.fold(Ordering::Equal, Ordering::then)
    });
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

fn labels(items: &[SelectItem], table: &Table) -> Vec<String> {
    let mut labels = Vec::new();
    for item in items {
        match item {
            SelectItem::All => labels.extend(table.columns.iter().map(|column| column.name.clone())),
            SelectItem::Expression(_, Some(label)) => labels.push(label.clone()),
            SelectItem::Expression(Expression::Column(name) | Expression::Call(name, _), None) => {
                labels.push(name.clone())
            }
            SelectItem::Expression(..) => labels.push("?column?".to_string()),
        }
    }
    labels
}

const AGGREGATES: [&str; 5] = ["count", "sum", "min", "max", "avg"];

fn is_aggregate(item: &SelectItem) -> bool {
    matches!(item, SelectItem::Expression(expression, _) if contains_aggregate(expression))
}

fn contains_aggregate(expression: &Expression) -> bool {
    match expression {
        Expression::Call(name, arguments) => {
            AGGREGATES.contains(&name.as_str()) || arguments.iter().any(contains_aggregate)
        }
        Expression::Binary(_, left, right) => contains_aggregate(left) || contains_aggregate(right),
        _ => false,
    }
}

fn aggregate(item: &SelectItem, rows: &[Row<'_>], context: &Context<'_>) -> Result<Value, SqlError> {
    match item {
        SelectItem::All => Err(SqlError::Unsupported("* beside an aggregate".to_string())),
        SelectItem::Expression(expression, _) => aggregate_value(expression, rows, context),
    }
}

fn aggregate_value(expression: &Expression, rows: &[Row<'_>], context: &Context<'_>) -> Result<Value, SqlError> {
    match expression {
        Expression::Call(name, arguments) if name == "count" && arguments.is_empty() => {
            Ok(Value::Integer(rows.len() as i64))
        }
        Expression::Call(name, arguments) if AGGREGATES.contains(&name.as_str()) => {
            let mut values = Vec::new();
            for row in rows {
                let argument = arguments.first().ok_or_else(|| SqlError::NoSuchFunction(format!("{name}()")))?;
                values.push(evaluate(argument, *row, context)?);
            }
            values.retain(|value| *value != Value::Null);
            Ok(fold(name, &values))
        }
        Expression::Call(name, arguments) => {
            let literals: Result<Vec<Expression>, SqlError> =
                arguments.iter().map(|inner| literal(inner, rows, context)).collect();
            evaluate(&Expression::Call(name.clone(), literals?), Row::NONE, context)
        }
        Expression::Binary(operator, left, right) => {
            let (left, right) = (literal(left, rows, context)?, literal(right, rows, context)?);
            evaluate(&Expression::Binary(operator, Box::new(left), Box::new(right)), Row::NONE, context)
        }
        other => evaluate(other, rows.first().copied().unwrap_or(Row::NONE), context),
    }
}

fn literal(expression: &Expression, rows: &[Row<'_>], context: &Context<'_>) -> Result<Expression, SqlError> {
    aggregate_value(expression, rows, context).map(Expression::Literal)
}

fn fold(name: &str, values: &[Value]) -> Value {
    let sum = || values.iter().filter_map(Value::number).sum::<f64>();
    let best = |wanted: Ordering| {
        values.iter().cloned().reduce(|best, value| if value.compare(&best) == Some(wanted) { value } else { best })
    };
    match name {
        "count" => Value::Integer(values.len() as i64),
        "min" => best(Ordering::Less).unwrap_or(Value::Null),
        "max" => best(Ordering::Greater).unwrap_or(Value::Null),
        _ if values.is_empty() => Value::Null,
        "sum" if values.iter().all(|value| matches!(value, Value::Integer(_))) => Value::Integer(sum() as i64),
        "sum" => Value::Real(sum()),
        _ => Value::Real(sum() / values.len() as f64),
    }
}
