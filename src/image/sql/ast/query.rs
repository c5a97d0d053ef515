//! Queries and expressions.

use super::{Kind, Named};
use crate::image::sql::value::Value;

/// A query: one or several SELECTs, ordered and cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// WITH.
    pub with: Vec<Common>,
    /// Its body.
    pub body: Body,
    /// ORDER BY.
    pub order: Vec<Order>,
    /// LIMIT.
    pub limit: Option<Expression>,
    /// OFFSET.
    pub offset: Option<Expression>,
}

/// A named query of WITH.
#[derive(Clone, Debug, PartialEq)]
pub struct Common {
    /// Its name.
    pub name: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// The query.
    pub query: Query,
    /// RECURSIVE.
    pub recursive: bool,
}

/// The body of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// SELECT.
    Select(Box<Select>),
    /// VALUES.
    Values(Vec<Vec<Expression>>),
    /// `( query )`.
    Nested(Box<Query>),
    /// UNION and the like.
    Combined(Combination, bool, Box<Body>, Box<Body>),
}

impl Default for Body {
    fn default() -> Self {
        Body::Values(Vec::new())
    }
}

/// How two queries are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// UNION.
    Union,
    /// INTERSECT.
    Intersect,
    /// EXCEPT.
    Except,
}

/// A key of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The expression, or a number or name of an item.
    pub key: Expression,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST or LAST.
    pub nulls_first: Option<bool>,
}

/// A SELECT.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// DISTINCT.
    pub distinct: bool,
    /// DISTINCT ON.
    pub distinct_on: Vec<Expression>,
    /// What is shown.
    pub items: Vec<SelectItem>,
    /// FROM.
    pub sources: Vec<Source>,
    /// WHERE.
    pub filter: Option<Expression>,
    /// GROUP BY.
    pub groups: Vec<Expression>,
    /// HAVING.
    pub having: Option<Expression>,
}

/// What FROM holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Where rows come from.
    pub origin: Origin,
    /// Its alias.
    pub alias: Option<String>,
    /// Names for its columns.
    pub columns: Vec<String>,
    /// How it is joined to those before it.
    pub join: Join,
    /// ON.
    pub condition: Option<Expression>,
    /// USING; empty with `natural` for what both have.
    pub using: Vec<String>,
    /// NATURAL.
    pub natural: bool,
    /// Where it stands.
    pub at: usize,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A table, a view, or a name of WITH.
    Table(Named),
    /// A query.
    Query(Box<Query>),
    /// A function.
    Function(String, Vec<Expression>),
}

/// How a table is joined to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Pairs that meet the condition.
    Inner,
    /// And rows on the left that have no pair.
    Left,
    /// And rows on the right that have no pair.
    Right,
    /// Both.
    Full,
}

/// What a SELECT shows.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`, or `table.*`.
    All(Option<String>, usize),
    /// An expression, perhaps with a name, and as it is written.
    Expression(Expression, Option<String>, String),
}

/// An expression and where it points. Two are equal wherever they stand.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub form: Form,
    /// Where an error points.
    pub at: usize,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form
    }
}

impl Expression {
    /// An expression.
    pub fn new(form: Form, at: usize) -> Self {
        Self { form, at }
    }

    /// A constant.
    pub fn constant(value: Value) -> Self {
        Self { form: Form::Literal(value), at: 0 }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    Literal(Value),
    /// A column, perhaps with its table's name.
    Column(Option<String>, String),
    /// `NOT x`.
    Not(Box<Expression>),
    /// `-x`.
    Minus(Box<Expression>),
    /// `x IS NULL`, `x IS TRUE`, `x IS FALSE`.
    Is(Box<Expression>, Test),
    /// `x IN (a, b)`.
    In(Box<Expression>, Vec<Expression>),
    /// `x IN (SELECT …)`.
    InQuery(Box<Expression>, Box<Query>),
    /// `x BETWEEN a AND b`.
    Between(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `x LIKE y`, with whether case counts.
    Like(Box<Expression>, Box<Expression>, bool),
    /// `a + b`, `a AND b`, …
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// A function.
    Call(Call),
    /// `x::type`, CAST.
    Cast(Box<Expression>, Kind),
    /// CASE: operand, branches, ELSE.
    Case(Option<Box<Expression>>, Vec<(Expression, Expression)>, Option<Box<Expression>>),
    /// `EXISTS (SELECT …)`.
    Exists(Box<Query>),
    /// `(SELECT …)` as a value.
    Scalar(Box<Query>),
    /// `(a, b)`.
    Row(Vec<Expression>),
    /// `@@name` and the like.
    Variable(String),
}

/// What IS tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// NULL.
    Null,
    /// TRUE.
    True,
    /// FALSE.
    False,
}

/// A call of a function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<Expression>,
    /// `count(*)`.
    pub star: bool,
    /// DISTINCT.
    pub distinct: bool,
    /// ORDER BY within.
    pub order: Vec<Order>,
    /// FILTER (WHERE …).
    pub filter: Option<Box<Expression>>,
    /// OVER (…): partition and order.
    pub over: Option<Box<Window>>,
}

/// A window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// PARTITION BY.
    pub partition: Vec<Expression>,
    /// ORDER BY.
    pub order: Vec<Order>,
}
