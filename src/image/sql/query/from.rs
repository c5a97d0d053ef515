//! FROM: tables, views, queries and functions, and how they are joined.

use super::{Depth, MOST_ROWS, read, rename};
use crate::image::sql::ast::{Join, Named, Origin, Source, Statement};
use crate::image::sql::catalog;
use crate::image::sql::context::Context;
use crate::image::sql::evaluate::evaluate;
use crate::image::sql::execute::rights;
use crate::image::sql::infer::infer;
use crate::image::sql::kind::Kind;
use crate::image::sql::parse::parse;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::relation::{Field, Relation, Scope};
use crate::image::sql::storage::Table;
use crate::image::sql::value::Value;
use std::rc::Rc;

/// The rows of all tables of FROM beside each other.
pub fn joined(
    sources: &[Source],
    scope: &Scope<'_>,
    context: &Context<'_>,
    depth: Depth,
) -> Result<Relation, SqlError> {
    let mut result = Relation { rows: vec![Rc::new(Vec::new())], ..Relation::default() };
    for source in sources {
        let right = source_relation(source, scope, context, depth)?;
        result = join(result, right, source, scope, context)?;
    }
    Ok(result)
}

/// The rows of one source, with its name on the columns.
pub fn source_relation(
    source: &Source,
    scope: &Scope<'_>,
    context: &Context<'_>,
    depth: Depth,
) -> Result<Relation, SqlError> {
    let (mut relation, name) = match &source.origin {
        Origin::Table(named) => {
            let plain = named.schema.is_none().then(|| scope.common(&named.name)).flatten();
            let relation = match plain {
                Some(common) => (*common).clone(),
                None => table_relation(named, scope, context, depth)?,
            };
            (relation, named.name.clone())
        }
        Origin::Query(query) => (read(query, Some(scope), context, depth)?, String::new()),
        Origin::Function(name, arguments) => {
            let values: Result<Vec<Value>, SqlError> =
                arguments.iter().map(|argument| evaluate(argument, scope, context)).collect();
            let alias = source.alias.clone().unwrap_or_else(|| name.clone());
            let column = source.columns.first().cloned().unwrap_or_else(|| alias.clone());
            (function(name, &values?, &column, source.at)?, alias)
        }
    };
    rename(&mut relation, source.alias.as_deref().unwrap_or(&name), &source.columns);
    Ok(relation)
}

/// The rows of a table, a view or a catalogue.
pub fn table_relation(
    named: &Named,
    scope: &Scope<'_>,
    context: &Context<'_>,
    depth: Depth,
) -> Result<Relation, SqlError> {
    if let Some(relation) = catalog::relation(named, context) {
        return relation;
    }
    let (database, key) = context.locate(named);
    let database = context.database(&database);
    if let Ok(database) = &database {
        if let Some(table) = database.tables.get(&key) {
            rights::may_read(context, named, table)?;
            return Ok(of_table(table, &key, context));
        }
        if let Some(view) = database.shape.views.get(&key) {
            let Ok(Statement::Select(query)) = parse(&view.text, context.dialect()) else {
                return Err(context.missing_relation(named));
            };
            let outside = Scope { clause: scope.clause, ..Scope::default() };
            let mut relation = read(&query, Some(&outside), context, depth)?;
            rename(&mut relation, &named.name, &view.columns);
            return Ok(relation);
        }
    }
    match database {
        Err(error) if error.problem == Problem::NoDatabaseChosen => Err(error),
        _ => Err(context.missing_relation(named)),
    }
}

/// A table's rows with its columns.
fn of_table(table: &Table, key: &str, context: &Context<'_>) -> Relation {
    let field = |column: &crate::image::sql::storage::Column| Field {
        name: column.name.clone(),
        kind: column.kind.clone(),
        origin: Some(key.to_string()),
        ..Field::default()
    };
    let rows = table.rows_in_order(context.dialect());
    Relation { fields: table.columns.iter().map(field).collect(), rows, partial: None }
}

fn function(name: &str, arguments: &[Value], column: &str, at: usize) -> Result<Relation, SqlError> {
    let whole = |value: &Value| value.to_decimal().and_then(|number| number.to_whole());
    let one = |kind: Kind| vec![Field { name: column.to_string(), kind, ..Field::default() }];
    match (name, arguments) {
        ("generate_series", [Value::Integer(from), Value::Integer(to), step @ ..]) => {
            let step = step.first().and_then(whole).unwrap_or(1);
            if step == 0 || ((to - from) / step).unsigned_abs() as usize > MOST_ROWS {
                return Err(Problem::Unsupported(format!("series of more than {MOST_ROWS} rows")).into());
            }
            let mut rows = Vec::new();
            let mut number = *from;
            while if step > 0 { number <= *to } else { number >= *to } {
                rows.push(Rc::new(vec![Value::Integer(number)]));
                number += step;
            }
            Ok(Relation { fields: one(Kind::Integer), rows, partial: None })
        }
        ("generate_series", [from, to, Value::Interval(step)]) if step.length() > 0 => {
            let zone = matches!(from, Value::TimestampZone(_) | Value::Date(_));
            let (Some(mut moment), Some(to)) = (from.to_moment(), to.to_moment()) else {
                return Err(Problem::Unsupported("this series".to_string()).into());
            };
            let mut rows = Vec::new();
            while moment <= to && rows.len() <= MOST_ROWS {
                rows.push(Rc::new(vec![if zone { Value::TimestampZone(moment) } else { Value::Timestamp(moment) }]));
                moment = crate::image::sql::moment::moved(moment, *step);
            }
            Ok(Relation { fields: one(if zone { Kind::TimestampZone } else { Kind::Timestamp }), rows, partial: None })
        }
        _ => Err(SqlError::at(Problem::Unsupported(format!("the function {name} in FROM")), at)),
    }
}

fn join(
    left: Relation,
    right: Relation,
    source: &Source,
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Result<Relation, SqlError> {
    let split = left.fields.len();
    let mut fields: Vec<Field> = left.fields.iter().chain(&right.fields).cloned().collect();
    let pairs = shared_columns(&left, &right, source)?;
    for (_, other) in &pairs {
        fields[split + other].is_hidden = true;
    }
    let around = Scope { fields: &fields, clause: "on clause", group: None, ..*scope };
    if let Some(condition) = &source.condition {
        infer(condition, &around, context)?;
    }
    let fits = |values: &[Value]| -> Result<bool, SqlError> {
        let same = pairs.iter().all(|(own, other)| {
            values[*own].compare(&values[split + other], context.dialect()).is_some_and(std::cmp::Ordering::is_eq)
        });
        match &source.condition {
            Some(condition) => {
                Ok(same && evaluate(condition, &around.with_row(values), context)?.truth() == Some(true))
            }
            None => Ok(same),
        }
    };
    let mut rows = Vec::new();
    let mut right_used = vec![false; right.rows.len()];
    for own in &left.rows {
        let before = rows.len();
        for (at, other) in right.rows.iter().enumerate() {
            let values: Vec<Value> = own.iter().chain(other.iter()).cloned().collect();
            if fits(&values)? {
                right_used[at] = true;
                rows.push(Rc::new(values));
            }
        }
        if rows.len() == before && matches!(source.join, Join::Left | Join::Full) {
            let nothing = std::iter::repeat_n(Value::Null, right.fields.len());
            rows.push(Rc::new(own.iter().cloned().chain(nothing).collect()));
        }
        if rows.len() > MOST_ROWS {
            return Err(Problem::Unsupported(format!("joins of more than {MOST_ROWS} rows")).into());
        }
    }
    if matches!(source.join, Join::Right | Join::Full) {
        for (other, _) in right.rows.iter().zip(&right_used).filter(|(_, used)| !**used) {
            let mut values: Vec<Value> = std::iter::repeat_n(Value::Null, split).chain(other.iter().cloned()).collect();
            for (own, other) in &pairs {
                values[*own] = values[split + other].clone();
            }
            rows.push(Rc::new(values));
        }
    }
    Ok(Relation { fields, rows, partial: left.partial.or(right.partial) })
}

/// The columns that USING or NATURAL puts together: their places on both sides.
fn shared_columns(left: &Relation, right: &Relation, source: &Source) -> Result<Vec<(usize, usize)>, SqlError> {
    let place = |relation: &Relation, name: &str| {
        relation.fields.iter().position(|field| field.name == *name && !field.is_hidden)
    };
    if source.natural {
        let common = |(at, field): (usize, &Field)| Some((at, place(right, &field.name)?));
        return Ok(left.fields.iter().enumerate().filter_map(common).collect());
    }
    let both = |name: &String| match (place(left, name), place(right, name)) {
        (Some(own), Some(other)) => Ok((own, other)),
        _ => Err(Problem::NoSuchColumn { name: format!("\"{name}\""), clause: "from clause", like: None }.into()),
    };
    source.using.iter().map(both).collect()
}
