//! Rows with named columns, and finding a column by its name.

use super::ast::Call;
use super::context::Context;
use super::kind::Kind;
use super::problem::{Problem, SqlError};
use super::value::Value;
use std::rc::Rc;

/// A column of rows that a query reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// The table's name or alias; empty for none.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// The table it is of, by that one's own name.
    pub origin: Option<String>,
    /// Whether it is only found with its table's name: the second of two that USING put together.
    pub is_hidden: bool,
}

/// Rows with their columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relation {
    /// Columns.
    pub fields: Vec<Field>,
    /// Rows.
    pub rows: Vec<Rc<Vec<Value>>>,
    /// The catalogue that knows only some of its columns, by its name: `*` cannot be answered.
    pub partial: Option<String>,
}

/// Where an expression is evaluated: a row, and what is around it.
#[derive(Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Columns.
    pub fields: &'a [Field],
    /// The row's values; empty while only types are asked for.
    pub values: &'a [Value],
    /// Named queries of WITH.
    pub commons: &'a [(String, Rc<Relation>)],
    /// The rows of a group, where aggregates may be used.
    pub group: Option<&'a [Rc<Vec<Value>>]>,
    /// Results of window functions for this row.
    pub windows: &'a [(Call, Value)],
    /// The row around, for a query within a query.
    pub outer: Option<&'a Scope<'a>>,
    /// MySQL's word for the clause, for error texts.
    pub clause: &'static str,
}

/// Where a column was found.
pub struct Found<'a> {
    /// Its value; `None` while only types are asked for.
    pub value: Option<&'a Value>,
    /// The column.
    pub field: &'a Field,
}

impl<'a> Scope<'a> {
    /// This scope with another row.
    pub fn with_row(self, values: &'a [Value]) -> Self {
        Self { values, ..self }
    }

    /// This scope named for another clause.
    pub fn in_clause(self, clause: &'static str) -> Self {
        Self { clause, ..self }
    }

    /// The named query of WITH.
    pub fn common(&self, name: &str) -> Option<Rc<Relation>> {
        let own = self.commons.iter().rev().find(|(known, _)| known == name).map(|(_, relation)| relation.clone());
        own.or_else(|| self.outer.and_then(|outer| outer.common(name)))
    }

    /// The column that a name means.
    pub fn find(
        &self,
        table: Option<&str>,
        name: &str,
        at: usize,
        context: &Context<'_>,
    ) -> Result<Found<'a>, SqlError> {
        match self.find_here(table, name, at, context)? {
            Some(found) => Ok(found),
            None => {
                let mut scope = self.outer;
                while let Some(around) = scope {
                    if let Some(found) = around.find_here(table, name, at, context)? {
                        return Ok(found);
                    }
                    scope = around.outer;
                }
                Err(self.missing(table, name, at, context))
            }
        }
    }

    fn find_here(
        &self,
        table: Option<&str>,
        name: &str,
        at: usize,
        context: &Context<'_>,
    ) -> Result<Option<Found<'a>>, SqlError> {
        let same = |a: &str, b: &str| if context.dialect().is_mysql() { a.eq_ignore_ascii_case(b) } else { a == b };
        let is_meant = |field: &Field| {
            same(&field.name, name)
                && match table {
                    Some(table) => field.table == table,
                    None => !field.is_hidden,
                }
        };
        let mut places = (0..self.fields.len()).filter(|place| is_meant(&self.fields[*place]));
        let Some(place) = places.next() else { return Ok(None) };
        if places.next().is_some() {
            let full = table.map_or(name.to_string(), |table| format!("{table}.{name}"));
            return Err(SqlError::at(Problem::Ambiguous { name: full, clause: self.clause }, at));
        }
        Ok(Some(Found { value: self.values.get(place), field: &self.fields[place] }))
    }

    fn missing(&self, table: Option<&str>, name: &str, at: usize, context: &Context<'_>) -> SqlError {
        let full = table.map_or(name.to_string(), |table| format!("{table}.{name}"));
        if let Some(table) = table
            && !context.dialect().is_mysql()
            && !self.fields.iter().any(|field| field.table == table)
        {
            return SqlError::at(Problem::NoSuchAlias(table.to_string()), at);
        }
        let full = if table.is_none() && !context.dialect().is_mysql() { format!("\"{full}\"") } else { full };
        SqlError::at(Problem::NoSuchColumn { name: full, clause: self.clause, like: self.similar(table, name) }, at)
    }

    /// PostgreSQL's hint: the columns that are written most like `name`, if not more than half of it differs.
    fn similar(&self, table: Option<&str>, name: &str) -> Option<String> {
        let near = |field: &&Field| !field.table.is_empty() && table.is_none_or(|table| field.table == table);
        let distances = self.fields.iter().filter(near).map(|field| (distance(&field.name, name), field));
        let close: Vec<(usize, &Field)> =
            distances.filter(|(distance, _)| *distance <= 3 && *distance <= name.chars().count() / 2).collect();
        let least = close.iter().map(|(distance, _)| *distance).min()?;
        let best: Vec<String> = close
            .iter()
            .filter(|(distance, _)| *distance == least)
            .map(|(_, field)| format!("\"{}.{}\"", field.table, field.name))
            .collect();
        match best.as_slice() {
            [one] => Some(format!("the column {one}")),
            [one, other] => Some(format!("the column {one} or the column {other}")),
            _ => None,
        }
    }
}

/// How many letters must be put in, taken out or replaced to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}
