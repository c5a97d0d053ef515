//! SELECT: filter, groups, windows, items, order.

use super::from::joined;
use super::order::{compare_keys, item_place};
use super::{Depth, distinct, plain_label, settle_kinds, window};
use crate::image::sql::aggregate;
use crate::image::sql::ast::{Call, Expression, Form, Order, Select, SelectItem};
use crate::image::sql::context::Context;
use crate::image::sql::evaluate::evaluate;
use crate::image::sql::infer::infer;
use crate::image::sql::kind::Kind;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::relation::{Field, Relation, Scope};
use crate::image::sql::value::Value;
use std::rc::Rc;

/// What one row of the result comes from: its first row, and all of its group.
struct Group {
    first: Rc<Vec<Value>>,
    rows: Vec<Rc<Vec<Value>>>,
}

/// The rows of a SELECT, ordered.
pub fn run(
    select: &Select,
    order: &[Order],
    scope: &Scope<'_>,
    context: &Context<'_>,
    depth: Depth,
) -> Result<Relation, SqlError> {
    let table = joined(&select.sources, scope, context, depth)?;
    let items = expand(&select.items, &table)?;
    let around = Scope { fields: &table.fields, clause: "field list", ..*scope };
    let order = resolved(order, &items);
    let is_grouped = is_grouped(select, &items, &order);
    let mut fields = check(select, &items, &order, &around, is_grouped, context)?;
    if context.dialect().is_mysql() {
        fields.iter_mut().zip(&items).for_each(|(field, item)| field.name = item.label_in_mysql());
    }
    let mut relation = Relation { fields, rows: Vec::new(), partial: None };
    if depth == Depth::Names {
        return Ok(relation);
    }
    let groups = groups(select, &table, &items, &around, is_grouped, context)?;
    let mut keyed = values(select, &items, &order, groups, &around, is_grouped, context)?;
    keyed.sort_by(|(a, _), (b, _)| compare_keys(a, b, &order, context.dialect()));
    if !select.distinct_on.is_empty() {
        // The keys of DISTINCT ON follow those of ORDER BY.
        let from = order.len();
        let mut kept: Vec<Vec<Value>> = Vec::new();
        keyed.retain(|(keys, _)| {
            let is_new = !kept.iter().any(|known| known.as_slice() == &keys[from..]);
            kept.extend(is_new.then(|| keys[from..].to_vec()));
            is_new
        });
    }
    relation.rows = keyed.into_iter().map(|(_, row)| Rc::new(row)).collect();
    if select.distinct && select.distinct_on.is_empty() {
        distinct(&mut relation.rows, context.dialect());
    }
    settle_kinds(&mut relation);
    Ok(relation)
}

/// An item of the list, `*` taken apart.
pub struct Item {
    expression: Expression,
    label: Option<String>,
    text: String,
}

impl Item {
    fn label(&self) -> String {
        self.label.clone().unwrap_or_else(|| plain_label(&self.expression))
    }

    /// MySQL calls a column without a name as it is written.
    fn label_in_mysql(&self) -> String {
        match (&self.label, &self.expression.form) {
            (Some(label), _) => label.clone(),
            (None, Form::Column(_, name)) => name.clone(),
            (None, Form::Literal(Value::Text(text))) => text.clone(),
            (None, Form::Literal(Value::Boolean(value))) => value.to_string().to_uppercase(),
            (None, Form::Literal(Value::Null)) => "NULL".to_string(),
            (None, _) => self.text.clone(),
        }
    }
}

fn expand(items: &[SelectItem], table: &Relation) -> Result<Vec<Item>, SqlError> {
    let mut result = Vec::new();
    for item in items {
        match item {
            SelectItem::Expression(expression, label, text) => {
                result.push(Item { expression: expression.clone(), label: label.clone(), text: text.clone() });
            }
            SelectItem::All(of, at) => {
                if let Some(catalogue) = &table.partial {
                    return Err(Problem::Unsupported(format!("all columns of {catalogue}: name those you want")).into());
                }
                let before = result.len();
                for field in
                    table.fields.iter().filter(|field| of.as_ref().map_or(!field.is_hidden, |of| field.table == *of))
                {
                    let column = Form::Column(Some(field.table.clone()), field.name.clone());
                    let expression = Expression::new(column, *at);
                    result.push(Item { expression, label: Some(field.name.clone()), text: String::new() });
                }
                if let (Some(of), true) = (of, result.len() == before) {
                    return Err(SqlError::at(Problem::NoSuchAlias(of.clone()), *at));
                }
            }
        }
    }
    Ok(result)
}

/// ORDER BY with the items that its numbers and names mean.
fn resolved(order: &[Order], items: &[Item]) -> Vec<Order> {
    let meant = |key: &Expression| {
        if let Some(place) = item_place(key, items.len()) {
            return Some(items[place].expression.clone());
        }
        let Form::Column(None, name) = &key.form else { return None };
        items.iter().find(|item| item.label() == *name).map(|item| item.expression.clone())
    };
    order
        .iter()
        .map(|order| Order { key: meant(&order.key).unwrap_or_else(|| order.key.clone()), ..order.clone() })
        .collect()
}

fn is_grouped(select: &Select, items: &[Item], order: &[Order]) -> bool {
    !select.groups.is_empty()
        || select.having.is_some()
        || items.iter().any(|item| aggregate::contains(&item.expression))
        || order.iter().any(|order| aggregate::contains(&order.key))
}

/// GROUP BY with the items that its numbers and names mean; a column of the tables goes before an item's name.
fn group_keys(select: &Select, items: &[Item], scope: &Scope<'_>) -> Vec<Expression> {
    let meant = |key: &Expression| {
        if let Some(place) = item_place(key, items.len()) {
            return items[place].expression.clone();
        }
        match &key.form {
            Form::Column(None, name) if !scope.fields.iter().any(|field| field.name == *name) => {
                let named = items.iter().find(|item| item.label.as_ref() == Some(name));
                named.map_or_else(|| key.clone(), |item| item.expression.clone())
            }
            _ => key.clone(),
        }
    };
    select.groups.iter().map(meant).collect()
}

/// Looks at names and types; the columns of the result.
fn check(
    select: &Select,
    items: &[Item],
    order: &[Order],
    scope: &Scope<'_>,
    is_grouped: bool,
    context: &Context<'_>,
) -> Result<Vec<Field>, SqlError> {
    let mut fields = Vec::new();
    for item in items {
        let kind = infer(&item.expression, scope, context)?;
        fields.push(Field { name: item.label(), kind, ..Field::default() });
    }
    if let Some(filter) = &select.filter {
        let scope = scope.in_clause("where clause");
        if aggregate::contains(filter) {
            return Err(SqlError::at(Problem::InAggregate { place: "WHERE" }, first_aggregate(filter)));
        }
        let kind = infer(filter, &scope, context)?;
        if !context.dialect().is_mysql() && !matches!(kind, Kind::Boolean | Kind::Unknown) {
            return Err(SqlError::at(Problem::NotBoolean { place: "WHERE", kind }, filter.at));
        }
    }
    let keys = group_keys(select, items, scope);
    for key in &keys {
        infer(key, &scope.in_clause("group statement"), context)?;
    }
    if let Some(having) = &select.having {
        infer(&with_items(having, items, context), &scope.in_clause("having clause"), context)?;
    }
    for key in order {
        infer(&key.key, &scope.in_clause("order clause"), context)?;
    }
    if is_grouped && !context.dialect().is_mysql() {
        let rest =
            items.iter().map(|item| &item.expression).chain(order.iter().map(|order| &order.key)).chain(&select.having);
        for expression in rest {
            ungrouped(expression, &keys, scope, context)?;
        }
    }
    Ok(fields)
}

fn first_aggregate(expression: &Expression) -> usize {
    match &expression.form {
        Form::Call(call) if aggregate::is_aggregate(&call.name) => expression.at,
        Form::Binary(_, left, right) => {
            if aggregate::contains(left) {
                first_aggregate(left)
            } else {
                first_aggregate(right)
            }
        }
        _ => expression.at,
    }
}

/// That every column outside aggregates is one of the groups' keys, or belongs to a table whose whole key is.
fn ungrouped(
    expression: &Expression,
    keys: &[Expression],
    scope: &Scope<'_>,
    context: &Context<'_>,
) -> Result<(), SqlError> {
    let is_key = |key: &Expression| match (&key.form, &expression.form) {
        (Form::Column(_, a), Form::Column(_, b)) => a == b,
        (a, b) => a == b,
    };
    if keys.iter().any(is_key) {
        return Ok(());
    }
    let each = |list: &[Expression]| list.iter().try_for_each(|inner| ungrouped(inner, keys, scope, context));
    match &expression.form {
        Form::Column(table, name) => {
            let Ok(found) = scope.find(table.as_deref(), name, expression.at, context) else { return Ok(()) };
            let is_own = scope.fields.iter().any(|field| std::ptr::eq(field, found.field));
            if !is_own || has_whole_key(found.field, keys, context) {
                return Ok(());
            }
            let full = format!("{}.{name}", found.field.table);
            Err(SqlError::at(Problem::NotGrouped(full), expression.at))
        }
        Form::Call(call) if call.over.is_none() && aggregate::is_aggregate(&call.name) => Ok(()),
        Form::Call(call) => each(&call.arguments),
        Form::Not(inner) | Form::Minus(inner) | Form::Is(inner, _) | Form::Cast(inner, _) => {
            ungrouped(inner, keys, scope, context)
        }
        Form::Binary(_, left, right) | Form::Like(left, right, _) => {
            ungrouped(left, keys, scope, context)?;
            ungrouped(right, keys, scope, context)
        }
        Form::Case(operand, branches, otherwise) => {
            operand.iter().chain(otherwise).try_for_each(|inner| ungrouped(inner, keys, scope, context))?;
            branches.iter().try_for_each(|(test, result)| {
                ungrouped(test, keys, scope, context)?;
                ungrouped(result, keys, scope, context)
            })
        }
        _ => Ok(()),
    }
}

/// Whether the keys hold the primary key of a column's table, so that its other columns are certain.
fn has_whole_key(field: &Field, keys: &[Expression], context: &Context<'_>) -> bool {
    let Ok(database) = context.own_database() else { return false };
    let Some(table) = field.origin.as_ref().and_then(|origin| database.tables.get(origin)) else { return false };
    let is_key = |name: &String| {
        keys.iter().any(|key| match &key.form {
            Form::Column(of, key) => key == name && of.as_ref().is_none_or(|of| *of == field.table),
            _ => false,
        })
    };
    table.primary().is_some_and(|columns| columns.iter().all(is_key))
}

/// HAVING may name items in MySQL.
fn with_items(having: &Expression, items: &[Item], context: &Context<'_>) -> Expression {
    if !context.dialect().is_mysql() {
        return having.clone();
    }
    let named = |expression: &Expression| match &expression.form {
        Form::Column(None, name) => {
            items.iter().find(|item| item.label.as_ref() == Some(name)).map(|item| item.expression.clone())
        }
        _ => None,
    };
    match &having.form {
        Form::Binary(operator, left, right) => {
            let (left, right) = (with_items(left, items, context), with_items(right, items, context));
            Expression::new(Form::Binary(operator, Box::new(left), Box::new(right)), having.at)
        }
        _ => named(having).unwrap_or_else(|| having.clone()),
    }
}

fn groups(
    select: &Select,
    table: &Relation,
    items: &[Item],
    scope: &Scope<'_>,
    is_grouped: bool,
    context: &Context<'_>,
) -> Result<Vec<Group>, SqlError> {
    let mut rows = Vec::new();
    for row in &table.rows {
        let is_kept = match &select.filter {
            Some(filter) => evaluate(filter, &scope.with_row(row), context)?.truth() == Some(true),
            None => true,
        };
        if is_kept {
            rows.push(row.clone());
        }
    }
    if !is_grouped {
        return Ok(rows.into_iter().map(|row| Group { first: row, rows: Vec::new() }).collect());
    }
    if select.groups.is_empty() {
        let nothing = Rc::new(vec![Value::Null; table.fields.len()]);
        return Ok(vec![Group { first: rows.first().cloned().unwrap_or(nothing), rows }]);
    }
    let keys = group_keys(select, items, scope);
    let mut found: Vec<(Vec<Value>, Group)> = Vec::new();
    for row in rows {
        let by: Result<Vec<Value>, SqlError> =
            keys.iter().map(|key| evaluate(key, &scope.with_row(&row), context)).collect();
        let by = by?;
        let is_same = |known: &[Value]| known.iter().zip(&by).all(|(a, b)| a.is_same(b, context.dialect()));
        match found.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, group)) => group.rows.push(row),
            None => found.push((by, Group { first: row.clone(), rows: vec![row] })),
        }
    }
    if context.dialect().is_mysql() {
        // MariaDB sorts the groups by their keys.
        let plain: Vec<Order> =
            keys.iter().map(|key| Order { key: key.clone(), descending: false, nulls_first: None }).collect();
        found.sort_by(|(a, _), (b, _)| compare_keys(a, b, &plain, context.dialect()));
    }
    Ok(found.into_iter().map(|(_, group)| group).collect())
}

type Keyed = Vec<(Vec<Value>, Vec<Value>)>;

/// The keys and the values of every row of the result.
fn values(
    select: &Select,
    items: &[Item],
    order: &[Order],
    mut groups: Vec<Group>,
    scope: &Scope<'_>,
    is_grouped: bool,
    context: &Context<'_>,
) -> Result<Keyed, SqlError> {
    if let Some(having) = &select.having {
        let having = with_items(having, items, context);
        let mut kept = Vec::new();
        for group in groups {
            let inner = Scope { group: Some(&group.rows), ..scope.with_row(&group.first) };
            if evaluate(&having, &inner, context)?.truth() == Some(true) {
                kept.push(group);
            }
        }
        groups = kept;
    }
    let expressions: Vec<&Expression> =
        items.iter().map(|item| &item.expression).chain(order.iter().map(|order| &order.key)).collect();
    let scopes: Vec<Scope<'_>> = groups
        .iter()
        .map(|group| Scope { group: is_grouped.then_some(group.rows.as_slice()), ..scope.with_row(&group.first) })
        .collect();
    let windows: Vec<Vec<(Call, Value)>> = window::results(&expressions, &scopes, context)?;
    let mut keyed = Keyed::new();
    for (scope, windows) in scopes.iter().zip(&windows) {
        let inner = Scope { windows, ..*scope };
        let row: Result<Vec<Value>, SqlError> =
            items.iter().map(|item| evaluate(&item.expression, &inner, context)).collect();
        let keys = order.iter().map(|order| &order.key).chain(&select.distinct_on);
        let keys: Result<Vec<Value>, SqlError> = keys.map(|key| evaluate(key, &inner, context)).collect();
        keyed.push((keys?, row?));
    }
    Ok(keyed)
}

/// The names of items, for RETURNING.
pub fn labels(items: &[SelectItem], table: &Relation) -> Result<Vec<(Expression, String)>, SqlError> {
    Ok(expand(items, table)?.into_iter().map(|item| (item.expression.clone(), item.label())).collect())
}
