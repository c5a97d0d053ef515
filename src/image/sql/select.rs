//! SELECT: rows of one table, filtered, ordered, cut; or one row of aggregates.

use super::evaluate::{Row, evaluate};
use super::execute::{Context, Rows, SqlError};
use super::parse::Expression;
use super::storage::{Column, Table};
use super::value::Value;
use std::cmp::Ordering;

/// A SELECT.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    pub distinct: bool,
    pub items: Vec<SelectItem>,
    pub sources: Vec<Source>,
    pub filter: Option<Expression>,
    pub groups: Vec<Expression>,
    pub having: Option<Expression>,
    pub order: Vec<(Expression, bool)>,
    pub limit: Option<usize>,
    pub offset: usize,
}

/// A table of FROM.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub table: String,
    /// Arguments of `generate_series`, the one function that stands for a table.
    pub series: Option<Vec<Expression>>,
    pub alias: String,
    pub join: Join,
    pub condition: Option<Expression>,
}

/// How a table is joined to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Pairs that meet the condition.
    Inner,
    /// And rows on the left that have no pair.
    Left,
}

/// What a SELECT shows.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`.
    All,
    /// An expression, perhaps with a name.
    Expression(Expression, Option<String>),
}

/// Most rows that a join makes before it is refused.
const MOST_ROWS: usize = 100_000;

/// The rows a SELECT finds.
pub fn select(select: &Select, context: &Context<'_>) -> Result<Rows, SqlError> {
    let table = joined(&select.sources, context)?;
    let mut found = Vec::new();
    for values in &table.rows {
        let row = Row { columns: &table.columns, values };
        if matches(select.filter.as_ref(), row, context)? {
            found.push(row);
        }
    }
    let labels = labels(&select.items, &table);
    let mut keyed = Vec::new();
    for group in grouped(select, found, context)? {
        let has = select.having.as_ref().map(|having| aggregate_value(having, &group, context)).transpose()?;
        if has.is_some_and(|value| !value.is_true()) {
            continue;
        }
        let values = group_values(&select.items, &group, context)?;
        let keys: Result<Vec<Value>, SqlError> =
            select.order.iter().map(|(key, _)| order_key(key, &labels, &values, &group, context)).collect();
        keyed.push((keys?, values));
    }
    sort(&mut keyed, &select.order);
    let mut rows: Vec<Vec<Value>> = keyed.into_iter().map(|(_, values)| values).collect();
    if select.distinct {
        let mut kept: Vec<Vec<Value>> = Vec::new();
        rows.retain(|row| {
            let is_new = !kept.contains(row);
            kept.extend(is_new.then(|| row.clone()));
            is_new
        });
    }
    let rows = rows.into_iter().skip(select.offset).take(select.limit.unwrap_or(usize::MAX)).collect();
    Ok(Rows { columns: labels, rows })
}

/// The rows of all tables of FROM beside each other. Of several tables the columns are named `alias.column`.
fn joined(sources: &[Source], context: &Context<'_>) -> Result<Table, SqlError> {
    let mut result = Table { rows: vec![Vec::new()], ..Table::default() };
    for source in sources {
        let mut table = match &source.series {
            Some(bounds) => series(source, bounds, context)?,
            None => context.table(&source.table)?.clone(),
        };
        if sources.len() > 1 {
            table.columns.iter_mut().for_each(|column| column.name = format!("{}.{}", source.alias, column.name));
        }
        let columns: Vec<_> = result.columns.iter().chain(&table.columns).cloned().collect();
        let mut rows = Vec::new();
        for left in &result.rows {
            let before = rows.len();
            for right in &table.rows {
                let values: Vec<Value> = left.iter().chain(right).cloned().collect();
                if matches(source.condition.as_ref(), Row { columns: &columns, values: &values }, context)? {
                    rows.push(values);
                }
            }
            if rows.len() == before && source.join == Join::Left {
                rows.push(left.iter().cloned().chain(table.columns.iter().map(|_| Value::Null)).collect());
            }
            if rows.len() > MOST_ROWS {
                return Err(SqlError::Unsupported(format!("joins of more than {MOST_ROWS} rows")));
            }
        }
        result = Table { columns, rows, next: 0 };
    }
    Ok(result)
}

/// `generate_series(from, to)`.
fn series(source: &Source, bounds: &[Expression], context: &Context<'_>) -> Result<Table, SqlError> {
    let bounds: Result<Vec<Value>, SqlError> = bounds.iter().map(|bound| evaluate(bound, Row::NONE, context)).collect();
    let ("generate_series", [Value::Integer(from), Value::Integer(to)]) = (source.table.as_str(), &bounds?[..]) else {
        return Err(SqlError::NoSuchFunction(source.table.clone()));
    };
    if to.saturating_sub(*from) > MOST_ROWS as i64 {
        return Err(SqlError::Unsupported(format!("series of more than {MOST_ROWS} rows")));
    }
    let column = Column { name: source.alias.clone(), kind: "integer".to_string(), ..Column::default() };
    let rows = (*from..=*to).map(|number| vec![Value::Integer(number)]).collect();
    Ok(Table { columns: vec![column], rows, next: 0 })
}

/// The rows in groups: those of GROUP BY, all together for an aggregate, otherwise each for itself.
fn grouped<'a>(select: &Select, rows: Vec<Row<'a>>, context: &Context<'_>) -> Result<Vec<Vec<Row<'a>>>, SqlError> {
    if select.groups.is_empty() {
        let together = select.items.iter().any(is_aggregate);
        return Ok(if together { vec![rows] } else { rows.into_iter().map(|row| vec![row]).collect() });
    }
    let mut groups: Vec<(Vec<Value>, Vec<Row<'a>>)> = Vec::new();
    for row in rows {
        let by = select.groups.iter().map(|group| match group {
            Expression::Literal(Value::Integer(at)) => match select.items.get((*at as usize).wrapping_sub(1)) {
                Some(SelectItem::Expression(expression, _)) => evaluate(expression, row, context),
                _ => Ok(Value::Null),
            },
            Expression::Column(name) => evaluate(named(&select.items, name).unwrap_or(group), row, context),
            group => evaluate(group, row, context),
        });
        let by: Vec<Value> = by.collect::<Result<_, _>>()?;
        match groups.iter_mut().find(|(known, _)| *known == by) {
            Some((_, members)) => members.push(row),
            None => groups.push((by, vec![row])),
        }
    }
    Ok(groups.into_iter().map(|(_, members)| members).collect())
}

/// The item that is called `name` with AS.
fn named<'a>(items: &'a [SelectItem], name: &str) -> Option<&'a Expression> {
    items.iter().find_map(|item| match item {
        SelectItem::Expression(expression, Some(label)) if label == name => Some(expression),
        _ => None,
    })
}

fn group_values(items: &[SelectItem], group: &[Row<'_>], context: &Context<'_>) -> Result<Vec<Value>, SqlError> {
    let mut values = Vec::new();
    for item in items {
        match item {
            SelectItem::All => values.extend(group.first().into_iter().flat_map(|row| row.values.iter().cloned())),
            SelectItem::Expression(expression, _) => values.push(aggregate_value(expression, group, context)?),
        }
    }
    Ok(values)
}

/// The value by which a row is ordered: an item by its number or name, or an expression.
fn order_key(
    key: &Expression,
    labels: &[String],
    values: &[Value],
    group: &[Row<'_>],
    context: &Context<'_>,
) -> Result<Value, SqlError> {
    let place = match key {
        Expression::Literal(Value::Integer(number)) => usize::try_from(*number).ok().and_then(|at| at.checked_sub(1)),
        Expression::Column(name) => labels.iter().position(|label| label == name),
        _ => None,
    };
    match place.and_then(|at| values.get(at)) {
        Some(value) => Ok(value.clone()),
        None => aggregate_value(key, group, context),
    }
}

fn sort(keyed: &mut [(Vec<Value>, Vec<Value>)], order: &[(Expression, bool)]) {
    keyed.sort_by(|(a, _), (b, _)| {
        let each = a.iter().zip(b).zip(order).map(|((a, b), (_, descending))| {
            // NULL counts as the greatest.
            let order = a.compare(b).unwrap_or_else(|| (*a == Value::Null).cmp(&(*b == Value::Null)));
            if *descending { order.reverse() } else { order }
        });
        each.fold(Ordering::Equal, Ordering::then)
    });
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

fn labels(items: &[SelectItem], table: &Table) -> Vec<String> {
    let mut labels = Vec::new();
    for item in items {
        match item {
            SelectItem::All => labels.extend(table.columns.iter().map(|column| plain(&column.name).to_string())),
            SelectItem::Expression(_, Some(label)) => labels.push(label.clone()),
            SelectItem::Expression(Expression::Column(name) | Expression::Call(name, _), None) => {
                labels.push(plain(name).to_string())
            }
            SelectItem::Expression(..) => labels.push("?column?".to_string()),
        }
    }
    labels
}

/// A column's name without its table's.
fn plain(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
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
            Ok(fold(name, &values, context))
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

fn fold(name: &str, values: &[Value], context: &Context<'_>) -> Value {
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
        _ if values.iter().all(|value| matches!(value, Value::Integer(_))) => {
            // An exact number: PostgreSQL shows 16 places of it, MySQL four.
            let places = if context.version.starts_with("PostgreSQL") { 16 } else { 4 };
            Value::Text(format!("{:.places$}", sum() / values.len() as f64))
        }
        _ => Value::Real(sum() / values.len() as f64),
    }
}
