//! What an awk program consists of once it is parsed. Must not know how it is run.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A whole program.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) begin: Vec<Block>,
    pub(super) rules: Vec<Rule>,
    pub(super) end: Vec<Block>,
    pub(super) functions: BTreeMap<Rc<str>, Function>,
}

/// Statements in braces.
pub(super) type Block = Vec<Statement>;

/// A pattern and what is done with the records it fits.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    /// Nothing: the record is printed.
    pub(super) action: Option<Block>,
}

/// Which records a rule is for.
#[derive(Debug)]
pub(super) enum Pattern {
    All,
    If(Expression),
    /// From a record that fits the first to the next one that fits the second.
    Range(Expression, Expression),
}

/// `function name(parameters) { … }`
#[derive(Debug)]
pub(super) struct Function {
    pub(super) parameters: Vec<Rc<str>>,
    pub(super) body: Block,
}

#[derive(Debug)]
pub(super) enum Statement {
    Expression(Expression),
    Print { words: Vec<Expression>, formatted: bool, target: Option<(Target, Expression)> },
    If(Expression, Block, Block),
    While(Expression, Block),
    DoWhile(Block, Expression),
    For { first: Option<Box<Statement>>, condition: Option<Expression>, step: Option<Box<Statement>>, body: Block },
    ForIn { variable: Expression, array: Rc<str>, body: Block },
    Group(Block),
    Delete(Rc<str>, Option<Vec<Expression>>),
    Break,
    Continue,
    Next,
    Exit(Option<Expression>),
    Return(Option<Expression>),
}

/// Where `print` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `> file`
    File,
    /// `>> file`
    Append,
    /// `| command`
    Command,
}

/// Where `getline` reads.
#[derive(Debug)]
pub(super) enum Source {
    Input,
    File(Box<Expression>),
    Command(Box<Expression>),
}

#[derive(Debug)]
pub(super) enum Expression {
    Number(f64),
    Text(Rc<str>),
    /// `/regex/`: by itself, whether the record fits.
    Regex(Rc<str>),
    Name(Rc<str>),
    /// What stands in parentheses.
    Group(Box<Expression>),
    Element(Rc<str>, Vec<Expression>),
    Field(Box<Expression>),
    /// `target = value`, `target += value`
    Assign(Box<Expression>, Option<char>, Box<Expression>),
    /// By how much it changes, and whether the value is that before.
    Increment(Box<Expression>, f64, bool),
    Condition(Box<[Expression; 3]>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Sign(f64, Box<Expression>),
    Arithmetic(char, Box<Expression>, Box<Expression>),
    Compare(&'static str, Box<Expression>, Box<Expression>),
    Concatenate(Box<Expression>, Box<Expression>),
    /// `~`; `!~` if the flag is not set.
    Match(bool, Box<Expression>, Box<Expression>),
    In(Vec<Expression>, Rc<str>),
    /// `(a, b)`, as it stands before `in`, or in `print`.
    List(Vec<Expression>),
    Call(Rc<str>, Vec<Expression>),
    Builtin(&'static str, Vec<Expression>),
    Getline(Source, Option<Box<Expression>>),
}
