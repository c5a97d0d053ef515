//! Queries: WITH, bodies put together, order and limit.

mod from;
pub mod order;
mod select;
mod window;

use super::ast::{Body, Combination, Expression, Form, Order, Query};
use super::context::Context;
use super::dialect::Dialect;
use super::evaluate::evaluate;
use super::infer::infer;
use super::kind::Kind;
use super::problem::{Problem, SqlError};
use super::relation::{Field, Relation, Scope};
use super::value::Value;
use std::rc::Rc;

pub use from::{source_relation, table_relation};
pub use select::labels;

/// Most rows that a query makes before it is refused.
pub const MOST_ROWS: usize = 100_000;
/// Most rounds of a recursive query.
const MOST_ROUNDS: usize = 10_000;

/// Whether rows are read, or only names and types looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Rows are read.
    Rows,
    /// Only names and types.
    Names,
}

/// The rows a query finds.
pub fn run(query: &Query, outer: Option<&Scope<'_>>, context: &Context<'_>) -> Result<Relation, SqlError> {
    read(query, outer, context, Depth::Rows)
}

/// The columns a query has, and whether it is sound.
pub fn check(query: &Query, outer: Option<&Scope<'_>>, context: &Context<'_>) -> Result<Vec<Field>, SqlError> {
    read(query, outer, context, Depth::Names).map(|relation| relation.fields)
}

fn read(query: &Query, outer: Option<&Scope<'_>>, context: &Context<'_>, depth: Depth) -> Result<Relation, SqlError> {
    let mut commons: Vec<(String, Rc<Relation>)> = Vec::new();
    for common in &query.with {
        let scope = Scope { commons: &commons, outer, ..Scope::default() };
        let mut relation = match common.recursive && refers_to(&common.query, &common.name) {
            true => recursive(common, &scope, context, depth)?,
            false => read(&common.query, Some(&scope), context, depth)?,
        };
        rename(&mut relation, &common.name, &common.columns);
        commons.push((common.name.clone(), Rc::new(relation)));
    }
    let scope = Scope { commons: &commons, outer, ..Scope::default() };
    let mut relation = match &query.body {
        Body::Select(select) => select::run(select, &query.order, &scope, context, depth)?,
        body => {
            let mut relation = of_body(body, &scope, context, depth)?;
            order_by_items(&mut relation, &query.order, &scope, context)?;
            relation
        }
    };
    cut(&mut relation, query, &scope, context)?;
    Ok(relation)
}

/// Gives the columns a table's name, and names of their own if there are any.
pub fn rename(relation: &mut Relation, table: &str, names: &[String]) {
    for (at, field) in relation.fields.iter_mut().enumerate() {
        field.table = table.to_string();
        field.is_hidden = false;
        if let Some(name) = names.get(at) {
            field.name.clone_from(name);
        }
    }
}

fn of_body(body: &Body, scope: &Scope<'_>, context: &Context<'_>, depth: Depth) -> Result<Relation, SqlError> {
    match body {
        Body::Select(select) => select::run(select, &[], scope, context, depth),
        Body::Nested(query) => read(query, Some(scope), context, depth),
        Body::Values(rows) => values(rows, scope, context),
        Body::Combined(how, all, left, right) => {
            let (left, right) = (of_body(left, scope, context, depth)?, of_body(right, scope, context, depth)?);
            combined(*how, *all, left, right, context.dialect())
        }
    }
}

fn values(rows: &[Vec<Expression>], scope: &Scope<'_>, context: &Context<'_>) -> Result<Relation, SqlError> {
    let width = rows.first().map_or(0, Vec::len);
    let mut fields = vec![Field::default(); width];
    let mut found = Vec::new();
    for row in rows {
        if row.len() != width {
            return Err(Problem::ColumnCount.into());
        }
        let mut values = Vec::new();
        for (field, expression) in fields.iter_mut().zip(row) {
            field.kind = field.kind.wider(&infer(expression, scope, context)?);
            values.push(evaluate(expression, scope, context)?);
        }
        found.push(Rc::new(values));
    }
    for (at, field) in fields.iter_mut().enumerate() {
        field.name = if context.dialect().is_mysql() { format!("column_{at}") } else { format!("column{}", at + 1) };
    }
    Ok(Relation { fields, rows: found, partial: None })
}

fn combined(
    how: Combination,
    all: bool,
    left: Relation,
    right: Relation,
    dialect: Dialect,
) -> Result<Relation, SqlError> {
    if left.fields.len() != right.fields.len() {
        return Err(Problem::ColumnCount.into());
    }
    let mut fields = left.fields;
    for (field, other) in fields.iter_mut().zip(&right.fields) {
        field.kind = field.kind.wider(&other.kind);
        field.table.clear();
    }
    let is_same = |a: &Rc<Vec<Value>>, b: &Rc<Vec<Value>>| a.iter().zip(b.iter()).all(|(a, b)| a.is_same(b, dialect));
    let mut rows = match how {
        Combination::Union => left.rows.into_iter().chain(right.rows).collect(),
        Combination::Intersect => {
            left.rows.into_iter().filter(|row| right.rows.iter().any(|other| is_same(row, other))).collect()
        }
        Combination::Except => {
            left.rows.into_iter().filter(|row| !right.rows.iter().any(|other| is_same(row, other))).collect::<Vec<_>>()
        }
    };
    if !all {
        distinct(&mut rows, dialect);
    }
    Ok(Relation { fields, rows, partial: None })
}

/// Keeps the first of rows that are the same.
pub fn distinct(rows: &mut Vec<Rc<Vec<Value>>>, dialect: Dialect) {
    let mut kept: Vec<Rc<Vec<Value>>> = Vec::new();
    for row in rows.drain(..) {
        if !kept.iter().any(|known| known.iter().zip(row.iter()).all(|(a, b)| a.is_same(b, dialect))) {
            kept.push(row);
        }
    }
    *rows = kept;
}

/// ORDER BY over a body that is no single SELECT: by items only.
fn order_by_items(
    relation: &mut Relation,
    keys: &[Order],
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Result<(), SqlError> {
    if keys.is_empty() {
        return Ok(());
    }
    let fields = relation.fields.clone();
    let mut keyed = Vec::new();
    for row in relation.rows.drain(..) {
        let inner = Scope { fields: &fields, values: &row, clause: "order clause", ..*scope };
        let values: Result<Vec<Value>, SqlError> = keys
            .iter()
            .map(|key| match order::item_place(&key.key, fields.len()) {
                Some(place) => Ok(row[place].clone()),
                None => evaluate(&key.key, &inner, context),
            })
            .collect();
        keyed.push((values?, row.clone()));
    }
    keyed.sort_by(|(a, _), (b, _)| order::compare_keys(a, b, keys, context.dialect()));
    relation.rows = keyed.into_iter().map(|(_, row)| row).collect();
    Ok(())
}

fn cut(relation: &mut Relation, query: &Query, scope: &Scope<'_>, context: &Context<'_>) -> Result<(), SqlError> {
    let count = |expression: &Option<Expression>| -> Result<Option<usize>, SqlError> {
        let Some(expression) = expression else { return Ok(None) };
        let value = evaluate(expression, scope, context)?;
        let number = value.to_decimal().and_then(|number| number.to_whole());
        Ok(number.map(|number| usize::try_from(number).unwrap_or(0)))
    };
    if let Some(offset) = count(&query.offset)? {
        relation.rows.drain(..offset.min(relation.rows.len()));
    }
    if let Some(limit) = count(&query.limit)? {
        relation.rows.truncate(limit);
    }
    Ok(())
}

/// Whether a query reads from a name.
fn refers_to(query: &Query, name: &str) -> bool {
    fn in_body(body: &Body, name: &str) -> bool {
        match body {
            Body::Select(select) => select.sources.iter().any(|source| match &source.origin {
                super::ast::Origin::Table(table) => table.name == name,
                super::ast::Origin::Query(query) => refers_to(query, name),
                super::ast::Origin::Function(..) => false,
            }),
            Body::Nested(query) => refers_to(query, name),
            Body::Combined(_, _, left, right) => in_body(left, name) || in_body(right, name),
            Body::Values(_) => false,
        }
    }
    in_body(&query.body, name)
}

/// WITH RECURSIVE: the first part once, the second until it finds nothing more.
fn recursive(
    common: &super::ast::Common,
    scope: &Scope<'_>,
    context: &Context<'_>,
    depth: Depth,
) -> Result<Relation, SqlError> {
    let Body::Combined(Combination::Union, all, first, step) = &common.query.body else {
        return Err(Problem::Unsupported("a recursive query without UNION".to_string()).into());
    };
    let mut whole = of_body(first, scope, context, depth)?;
    rename(&mut whole, &common.name, &common.columns);
    let mut fresh = whole.clone();
    for round in 0.. {
        if round > MOST_ROUNDS || whole.rows.len() > MOST_ROWS {
            return Err(Problem::Unsupported(format!("recursive queries of more than {MOST_ROUNDS} rounds")).into());
        }
        let commons = [(common.name.clone(), Rc::new(fresh.clone()))];
        let inner = Scope { commons: &commons, outer: Some(scope), ..Scope::default() };
        let mut next = of_body(step, &inner, context, depth)?;
        if !all {
            let is_known = |row: &Rc<Vec<Value>>| whole.rows.contains(row);
            next.rows.retain(|row| !is_known(row));
            distinct(&mut next.rows, context.dialect());
        }
        if next.rows.is_empty() || depth == Depth::Names {
            break;
        }
        whole.rows.extend(next.rows.iter().cloned());
        fresh.rows = next.rows;
    }
    Ok(whole)
}

/// The name of a column that has none given, as PostgreSQL finds it.
pub fn plain_label(expression: &Expression) -> String {
    match &expression.form {
        Form::Column(_, name) => name.clone(),
        Form::Call(call) => match call.name.as_str() {
            "btrim" => "btrim".to_string(),
            name => name.to_string(),
        },
        Form::Cast(inner, kind) => match plain_label(inner).as_str() {
            "?column?" => kind.internal_name(),
            name => name.to_string(),
        },
        Form::Case(_, _, otherwise) => match otherwise.as_deref().map(plain_label) {
            Some(name) if name != "?column?" => name,
            _ => "case".to_string(),
        },
        Form::Literal(Value::Interval(_)) => "interval".to_string(),
        Form::Exists(_) => "exists".to_string(),
        Form::Row(_) => "row".to_string(),
        Form::Scalar(query) => match &query.body {
            Body::Select(select) => match select.items.first() {
                Some(super::ast::SelectItem::Expression(_, Some(label), _)) => label.clone(),
                Some(super::ast::SelectItem::Expression(inner, None, _)) => plain_label(inner),
                _ => "?column?".to_string(),
            },
            _ => "?column?".to_string(),
        },
        _ => "?column?".to_string(),
    }
}

/// A column's type when only its values can tell: that of the first that is not NULL.
pub fn settle_kinds(relation: &mut Relation) {
    for (at, field) in relation.fields.iter_mut().enumerate().filter(|(_, field)| field.kind == Kind::Unknown) {
        let known = relation.rows.iter().filter_map(|row| row.get(at)).find(|value| !value.is_null());
        field.kind = known.map_or(Kind::Unknown, Value::kind);
    }
}
