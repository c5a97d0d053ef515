//! INSERT and UPDATE.

use super::row::{self, default_value, is_assignable, stored};
use super::{Executed, Outcome, Rows, keys, rights, tagged};
use crate::image::sql::aggregate;
use crate::image::sql::ast::{Expression, Form, Insert, InsertSource, Named, Query, SelectItem, Update};
use crate::image::sql::context::Context;
use crate::image::sql::evaluate::evaluate;
use crate::image::sql::infer::infer;
use crate::image::sql::kind::Kind;
use crate::image::sql::problem::{Problem, SqlError};
use crate::image::sql::query::{self, MOST_ROWS, labels, order::compare_keys};
use crate::image::sql::relation::{Field, Relation, Scope};
use crate::image::sql::storage::{Column, Counts, Table};
use crate::image::sql::value::Value;
use std::rc::Rc;

/// Changes a table's rows.
pub fn with_table<T>(
    context: &Context<'_>,
    named: &Named,
    change: impl FnOnce(&mut Table) -> T,
) -> Result<T, SqlError> {
    let (database, key) = context.locate(named);
    let changed = context.change(&database, |database| database.tables.get_mut(&key).map(Rc::make_mut).map(change))?;
    changed.ok_or_else(|| context.missing_relation(named))
}

/// The places of the columns an INSERT names; all of them in order if it names none.
fn places(context: &Context<'_>, insert: &Insert, table: &Table) -> Result<Vec<usize>, SqlError> {
    if insert.columns.is_empty() {
        return Ok((0..table.columns.len()).collect());
    }
    let mut found = Vec::new();
    for column in &insert.columns {
        let missing = || no_such_column(context, &insert.table.name, column);
        let place = place_of(context, table, &column.name).ok_or_else(missing)?;
        if found.contains(&place) {
            return Err(SqlError::at(Problem::ColumnTwice(column.name.clone()), column.at));
        }
        found.push(place);
    }
    Ok(found)
}

fn place_of(context: &Context<'_>, table: &Table, name: &str) -> Option<usize> {
    match context.dialect().is_mysql() {
        true => table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name)),
        false => table.place(name),
    }
}

fn no_such_column(context: &Context<'_>, table: &str, column: &Named) -> SqlError {
    let name = column.name.clone();
    let problem = match context.dialect().is_mysql() {
        true => Problem::NoSuchColumn { name, clause: "field list", like: None },
        false => Problem::NoSuchColumnOf { table: table.to_string(), column: name },
    };
    SqlError::at(problem, column.at)
}

/// A value for a column, or its default.
enum Given {
    Value(Value),
    Default,
}

pub fn insert(context: &Context<'_>, insert: &Insert) -> Executed {
    let table = context.table(&insert.table)?;
    rights::may(context, &insert.table, &table, "insert")?;
    let places = places(context, insert, &table)?;
    let rows = given_rows(context, insert, &table, &places)?;
    let mut written: Vec<Rc<Vec<Value>>> = Vec::new();
    let (mut count, mut replaced) = (0, 0);
    for (at, given) in rows.into_iter().enumerate() {
        let row = complete(context, &insert.table, &places, given, at + 1, insert.skip_duplicates)?;
        let table = context.table(&insert.table)?;
        row::check(&table, &insert.table.name, &row, context)?;
        match keys::duplicate(&table, &row, None, context) {
            Some((number, ..)) if insert.replaces => {
                let old = table.rows.get(&number).cloned();
                with_table(context, &insert.table, |table| drop(table.rows.remove(&number)))?;
                keys::release(context, &insert.table, &table, &old.into_iter().collect::<Vec<_>>())?;
                replaced += 1;
            }
            Some((_, name, columns)) if insert.skip_duplicates => {
                if context.dialect().is_mysql() {
                    let error = keys::duplicate_error(&table, &insert.table.name, &row, (name, columns), context);
                    context.notice(format!("{:?}", error.problem));
                }
                continue;
            }
            Some((number, ..)) if !insert.on_duplicate.is_empty() => {
                written.push(merge(context, insert, &table, number, &row)?);
                replaced += 1;
                count += 1;
                continue;
            }
            Some((_, name, columns)) => {
                return Err(keys::duplicate_error(&table, &insert.table.name, &row, (name, columns), context));
            }
            None => {}
        }
        let (number, row) = (context.new_row(), Rc::new(row));
        with_table(context, &insert.table, |table| drop(table.rows.insert(number, row.clone())))?;
        written.push(row);
        count += 1;
    }
    keys::check_targets(context, &insert.table, &table, &written)?;
    let outcome = Outcome { affected: count + replaced, ..tagged(format!("INSERT 0 {count}")) };
    returned(context, outcome, &insert.returning, &table, &insert.table.name, written)
}

/// The rows to insert, with what is wrong about their number or types.
fn given_rows(
    context: &Context<'_>,
    insert: &Insert,
    table: &Table,
    places: &[usize],
) -> Result<Vec<Vec<Given>>, SqlError> {
    match &insert.source {
        InsertSource::Query(query) => {
            let query = Query { with: [insert.with.clone(), query.with.clone()].concat(), ..(**query).clone() };
            let found = query::run(&query, None, context)?;
            arity(context, insert, found.fields.len(), places.len(), 1)?;
            for (place, field) in places.iter().zip(&found.fields) {
                assignable(context, &table.columns[*place], &field.kind, insert.table.at)?;
            }
            Ok(found.rows.iter().map(|row| row.iter().cloned().map(Given::Value).collect()).collect())
        }
        InsertSource::Rows(rows) => {
            if rows.len() > MOST_ROWS {
                return Err(Problem::Unsupported(format!("INSERT of more than {MOST_ROWS} rows")).into());
            }
            let mut result = Vec::new();
            for (at, row) in rows.iter().enumerate() {
                if !row.is_empty() || !insert.columns.is_empty() {
                    arity(context, insert, row.len(), places.len(), at + 1)?;
                }
                let each =
                    places.iter().zip(row).map(|(place, value)| given(context, &table.columns[*place], value.as_ref()));
                result.push(each.collect::<Result<Vec<Given>, SqlError>>()?);
            }
            Ok(result)
        }
    }
}

fn arity(context: &Context<'_>, insert: &Insert, given: usize, wanted: usize, row: usize) -> Result<(), SqlError> {
    let at = match &insert.source {
        InsertSource::Rows(rows) => {
            let expressions = rows.get(row - 1).map(|row| row.iter().flatten().collect::<Vec<_>>()).unwrap_or_default();
            expressions.get(wanted).map(|expression| expression.at)
        }
        InsertSource::Query(_) => None,
    };
    let problem = match given.cmp(&wanted) {
        std::cmp::Ordering::Greater => Problem::TooManyValues { row },
        // Without names fewer values than columns are allowed in PostgreSQL.
        std::cmp::Ordering::Less if context.dialect().is_mysql() || !insert.columns.is_empty() => {
            Problem::TooFewValues { row }
        }
        _ => return Ok(()),
    };
    let named = insert.columns.get(given).map(|column| column.at);
    Err(SqlError { problem, at: at.or(named) })
}

fn given(context: &Context<'_>, column: &Column, value: Option<&Expression>) -> Result<Given, SqlError> {
    let Some(expression) = value else { return Ok(Given::Default) };
    let scope = Scope { clause: "field list", ..Scope::default() };
    if aggregate::contains(expression) {
        return Err(SqlError::at(Problem::InAggregate { place: "VALUES" }, expression.at));
    }
    let kind = infer(expression, &scope, context)?;
    assignable(context, column, &kind, expression.at)?;
    let value = evaluate(expression, &scope, context)?;
    if let (Form::Literal(Value::Text(_)), false) = (&expression.form, context.dialect().is_mysql()) {
        // A literal is read as a value of the column's type at once, so the error points at it.
        let plain =
            if let Kind::Varying(_) | Kind::Character(_) = column.kind { Kind::Text } else { column.kind.clone() };
        crate::image::sql::cast::cast(&value, &plain, context.dialect())
            .map_err(|problem| SqlError::at(problem, expression.at))?;
    }
    Ok(Given::Value(value))
}

fn assignable(context: &Context<'_>, column: &Column, given: &Kind, at: usize) -> Result<(), SqlError> {
    if context.dialect().is_mysql() || is_assignable(&column.kind, given) {
        return Ok(());
    }
    let (column, wanted) = (column.name.clone(), column.kind.clone());
    Err(SqlError::at(Problem::KindMismatch { column, wanted, given: given.clone() }, at))
}

/// A whole row: given values, numbers of counting columns, defaults.
fn complete(
    context: &Context<'_>,
    named: &Named,
    places: &[usize],
    given: Vec<Given>,
    number: usize,
    lenient: bool,
) -> Result<Vec<Value>, SqlError> {
    let table = context.table(named)?;
    let mut row: Vec<Option<Value>> = vec![None; table.columns.len()];
    for (place, value) in places.iter().zip(given) {
        if let Given::Value(value) = value {
            if let Counts::Identity(_, true) = table.columns[*place].counts {
                return Err(Problem::GeneratedAlways(table.columns[*place].name.clone()).into());
            }
            row[*place] = Some(value);
        }
    }
    // MySQL looks for missing values before it takes numbers.
    let lacks = |(column, value): &(&Column, &Option<Value>)| {
        value.is_none() && column.not_null && column.default.is_none() && column.counts == Counts::No
    };
    let lacking = table.columns.iter().zip(&row).find(lacks).filter(|_| context.dialect().is_mysql() && !lenient);
    if let Some((column, _)) = lacking {
        return Err(Problem::NoDefault(column.name.clone()).into());
    }
    let mut whole = Vec::new();
    for (column, value) in table.columns.iter().zip(row) {
        let value = match (value, &column.counts) {
            (value, Counts::Table) => counted(context, named, column, value, number)?,
            (Some(value), _) => value,
            (None, _) => default_value(column, context)?,
        };
        whole.push(stored(&value, column, number, context).map_err(|problem| with_place(context, named, problem))?);
    }
    Ok(whole)
}

/// The value of an AUTO_INCREMENT column: the next number where none, NULL or 0 is given.
fn counted(
    context: &Context<'_>,
    named: &Named,
    column: &Column,
    value: Option<Value>,
    number: usize,
) -> Result<Value, SqlError> {
    let Some(value) = value.filter(|value| !matches!(value, Value::Null | Value::Integer(0))) else {
        return with_table(context, named, |table| {
            let next = table.next.max(1);
            table.next = next + 1;
            Value::Integer(next)
        });
    };
    let value = stored(&value, column, number, context).map_err(|problem| with_place(context, named, problem))?;
    if let Value::Integer(given) = value {
        with_table(context, named, |table| table.next = table.next.max(given.saturating_add(1)))?;
    }
    Ok(value)
}

/// MariaDB names the column of a wrong value with its table and database.
fn with_place(context: &Context<'_>, named: &Named, problem: Problem) -> Problem {
    match problem {
        Problem::InvalidInput { kind, text, column, row } if context.dialect().is_mysql() => {
            let (database, table) = context.locate(named);
            Problem::InvalidInput { kind, text, column: format!("`{database}`.`{table}`.`{column}`"), row }
        }
        other => other,
    }
}

/// ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE: the row that was refused is called `excluded`.
fn merge(
    context: &Context<'_>,
    insert: &Insert,
    table: &Table,
    number: u64,
    refused: &[Value],
) -> Result<Rc<Vec<Value>>, SqlError> {
    let old = table.rows.get(&number).cloned().unwrap_or_default();
    let own = row::fields(table, &insert.table.name);
    let hidden = row::fields(table, "excluded").into_iter().map(|field| Field { is_hidden: true, ..field });
    let fields: Vec<Field> = own.into_iter().chain(hidden).collect();
    let values: Vec<Value> = old.iter().chain(refused).cloned().collect();
    let scope = Scope { fields: &fields, values: &values, clause: "field list", ..Scope::default() };
    let mut row = (*old).clone();
    for (column, expression) in &insert.on_duplicate {
        let place = place_of(context, table, &column.name)
            .ok_or_else(|| no_such_column(context, &insert.table.name, column))?;
        let expression = with_excluded(expression);
        infer(&expression, &scope, context)?;
        row[place] = stored(&evaluate(&expression, &scope, context)?, &table.columns[place], 1, context)?;
    }
    row::check(table, &insert.table.name, &row, context)?;
    let (fresh, row) = (context.new_row(), Rc::new(row));
    with_table(context, &insert.table, |table| {
        table.rows.remove(&number);
        table.rows.insert(fresh, row.clone());
    })?;
    Ok(row)
}

/// MySQL's `VALUES(column)` is the refused row's column.
fn with_excluded(expression: &Expression) -> Expression {
    let form = match &expression.form {
        Form::Call(call) if call.name == "values" => match call.arguments.first().map(|argument| &argument.form) {
            Some(Form::Column(_, name)) => Form::Column(Some("excluded".to_string()), name.clone()),
            _ => expression.form.clone(),
        },
        Form::Binary(operator, left, right) => {
            Form::Binary(operator, Box::new(with_excluded(left)), Box::new(with_excluded(right)))
        }
        form => form.clone(),
    };
    Expression::new(form, expression.at)
}

/// An outcome with the rows of RETURNING.
pub fn returned(
    context: &Context<'_>,
    outcome: Outcome,
    returning: &[SelectItem],
    table: &Table,
    name: &str,
    rows: Vec<Rc<Vec<Value>>>,
) -> Executed {
    if returning.is_empty() {
        return Ok(outcome);
    }
    let source = row::relation(table, name, rows);
    let items = labels(returning, &source)?;
    let scope = Scope { fields: &source.fields, clause: "field list", ..Scope::default() };
    let mut fields = Vec::new();
    for (expression, name) in &items {
        fields.push(Field { name: name.clone(), kind: infer(expression, &scope, context)?, ..Field::default() });
    }
    let mut found = Vec::new();
    for row in &source.rows {
        let values = items.iter().map(|(expression, _)| evaluate(expression, &scope.with_row(row), context));
        found.push(Rc::new(values.collect::<Result<Vec<Value>, SqlError>>()?));
    }
    Ok(Outcome { rows: Some(Rows::from(Relation { fields, rows: found, partial: None })), ..outcome })
}

/// Rows that an UPDATE or DELETE means: their numbers, with the row that FROM or USING put beside each.
pub struct Target<'a> {
    /// The table.
    pub table: &'a Table,
    /// Its name or alias.
    pub name: &'a str,
    /// FROM or USING.
    pub others: &'a [crate::image::sql::ast::Source],
    /// WHERE.
    pub filter: Option<&'a Expression>,
    /// ORDER BY and LIMIT (MySQL).
    pub order: &'a [crate::image::sql::ast::Order],
    /// LIMIT.
    pub limit: Option<&'a Expression>,
}

impl Target<'_> {
    /// The columns that expressions may name.
    pub fn fields(&self, others: &Relation) -> Vec<Field> {
        row::fields(self.table, self.name).into_iter().chain(others.fields.iter().cloned()).collect()
    }

    /// What stands beside the table.
    pub fn beside(&self, context: &Context<'_>) -> Result<Relation, SqlError> {
        let mut beside = Relation { rows: vec![Rc::new(Vec::new())], ..Relation::default() };
        for source in self.others {
            let next = query::source_relation(source, &Scope::default(), context, query::Depth::Rows)?;
            let pairs = beside.rows.iter().flat_map(|left| {
                next.rows.iter().map(move |right| Rc::new(left.iter().chain(right.iter()).cloned().collect::<Vec<_>>()))
            });
            beside.rows = pairs.collect();
            beside.fields.extend(next.fields);
        }
        Ok(beside)
    }

    /// The rows meant: number, and all values that expressions may name.
    pub fn rows(&self, context: &Context<'_>, beside: &Relation) -> Result<Vec<(u64, Vec<Value>)>, SqlError> {
        let fields = self.fields(beside);
        let scope = Scope { fields: &fields, clause: "where clause", ..Scope::default() };
        if let Some(filter) = self.filter {
            infer(filter, &scope, context)?;
        }
        let mut found = Vec::new();
        for (number, row) in &self.table.rows {
            for other in &beside.rows {
                let values: Vec<Value> = row.iter().chain(other.iter()).cloned().collect();
                let is_meant = match self.filter {
                    Some(filter) => evaluate(filter, &scope.with_row(&values), context)?.truth() == Some(true),
                    None => true,
                };
                if is_meant {
                    let keys: Result<Vec<Value>, SqlError> = self
                        .order
                        .iter()
                        .map(|order| evaluate(&order.key, &scope.with_row(&values), context))
                        .collect();
                    found.push((keys?, (*number, values)));
                    break;
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| compare_keys(a, b, self.order, context.dialect()));
        if let Some(limit) = self.limit {
            let limit =
                evaluate(limit, &scope, context)?.to_decimal().and_then(|number| number.to_whole()).unwrap_or(0);
            found.truncate(usize::try_from(limit).unwrap_or(0));
        }
        Ok(found.into_iter().map(|(_, row)| row).collect())
    }
}

/// A change of one column.
struct Assignment<'a> {
    place: usize,
    value: Option<&'a Expression>,
}

fn assignments<'a>(
    context: &Context<'_>,
    update: &'a Update,
    table: &Table,
    scope: &Scope<'_>,
) -> Result<Vec<Assignment<'a>>, SqlError> {
    let mut result = Vec::new();
    for (column, value) in &update.changes {
        let missing = || no_such_column(context, &update.table.name, column);
        let place = place_of(context, table, &column.name).ok_or_else(missing)?;
        if let Some(expression) = value {
            let kind = infer(expression, scope, context)?;
            crate::image::sql::infer::readable(expression, &table.columns[place].kind, context)?;
            assignable(context, &table.columns[place], &kind, expression.at)?;
        }
        result.push(Assignment { place, value: value.as_ref() });
    }
    Ok(result)
}

pub fn update(context: &Context<'_>, update: &Update) -> Executed {
    let table = context.table(&update.table)?;
    rights::may(context, &update.table, &table, "update")?;
    let name = update.alias.as_deref().unwrap_or(&update.table.name);
    let target = Target {
        table: &table,
        name,
        others: &update.from,
        filter: update.filter.as_ref(),
        order: &update.order,
        limit: update.limit.as_ref(),
    };
    let beside = target.beside(context)?;
    let fields = target.fields(&beside);
    let scope = Scope { fields: &fields, clause: "field list", ..Scope::default() };
    let assignments = assignments(context, update, &table, &scope)?;
    let (mut gone, mut written, mut affected) = (Vec::new(), Vec::new(), 0);
    for (number, values) in target.rows(context, &beside)? {
        let old = table.rows.get(&number).cloned().unwrap_or_default();
        let row = changed(context, &table, &old, &values, &assignments, &scope)?;
        row::check(&table, &update.table.name, &row, context)?;
        affected += usize::from(*old != row);
        let current = context.table(&update.table)?;
        if let Some((_, key, columns)) = keys::duplicate(&current, &row, Some(number), context) {
            return Err(keys::duplicate_error(&current, &update.table.name, &row, (key, columns), context));
        }
        let (fresh, row) = (context.new_row(), Rc::new(row));
        with_table(context, &update.table, |table| {
            table.rows.remove(&number);
            table.rows.insert(fresh, row.clone());
        })?;
        gone.push(old);
        written.push(row);
    }
    keys::check_targets(context, &update.table, &table, &written)?;
    keys::release(context, &update.table, &table, &gone)?;
    let outcome = Outcome { affected, ..tagged(format!("UPDATE {}", written.len())) };
    returned(context, outcome, &update.returning, &table, name, written)
}

fn changed(
    context: &Context<'_>,
    table: &Table,
    old: &[Value],
    values: &[Value],
    assignments: &[Assignment<'_>],
    scope: &Scope<'_>,
) -> Result<Vec<Value>, SqlError> {
    let mut row = old.to_vec();
    for assignment in assignments {
        let column = &table.columns[assignment.place];
        let value = match assignment.value {
            Some(expression) => evaluate(expression, &scope.with_row(values), context)?,
            None => default_value(column, context)?,
        };
        row[assignment.place] = stored(&value, column, 1, context)?;
    }
    for (place, column) in table.columns.iter().enumerate().filter(|(_, column)| column.on_update_now) {
        if row != old && !assignments.iter().any(|assignment| assignment.place == place) {
            row[place] =
                stored(&Value::TimestampZone(context.session.now / 1_000_000 * 1_000_000), column, 1, context)?;
        }
    }
    Ok(row)
}
