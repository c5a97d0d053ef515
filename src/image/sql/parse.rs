//! Tokens to statements.

mod expressions;
mod queries;

use super::select::{Select, SelectItem};
use super::token::{Placed, Token, tokens};
use super::value::Value;

/// A statement.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// CREATE TABLE.
    CreateTable(CreateTable),
    /// DROP TABLE or DROP DATABASE.
    Drop { kind: ObjectKind, names: Vec<String>, if_exists: bool },
    /// CREATE DATABASE.
    CreateDatabase { name: String, if_not_exists: bool },
    /// INSERT.
    Insert(Insert),
    /// SELECT.
    Select(Select),
    /// UPDATE.
    Update { table: String, changes: Changes, filter: Option<Expression>, returning: Vec<SelectItem> },
    /// DELETE.
    Delete { table: String, filter: Option<Expression>, returning: Vec<SelectItem> },
    /// ALTER TABLE.
    AlterTable { table: String, change: TableChange },
    /// DESCRIBE.
    Describe(String),
    /// TRUNCATE.
    Truncate(String),
    /// SHOW TABLES or SHOW DATABASES.
    Show(ObjectKind),
    /// USE.
    Use(String),
    /// Accepted without effect, with its tag: `GRANT`, `CREATE ROLE`, `BEGIN`.
    Accepted(String),
}

/// New values of columns.
pub type Changes = Vec<(String, Expression)>;

/// What ALTER TABLE changes.
#[derive(Clone, Debug, PartialEq)]
pub enum TableChange {
    AddColumn(ColumnDefinition),
    DropColumn(String),
    RenameColumn {
        from: String,
        to: String,
    },
    Rename(String),
    /// A constraint, an owner and the like: without effect.
    Other,
}

/// Tables or databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// Tables.
    Table,
    /// Databases.
    Database,
}

/// CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    pub name: String,
    pub if_not_exists: bool,
    pub columns: Vec<ColumnDefinition>,
}

/// A column as CREATE TABLE writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    pub name: String,
    pub kind: String,
    pub counts: bool,
    pub unique: bool,
    pub default: Option<Expression>,
}

/// INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    pub table: String,
    pub columns: Vec<String>,
    pub source: InsertSource,
    pub skip_duplicates: bool,
    /// `ON CONFLICT … DO UPDATE`, `ON DUPLICATE KEY UPDATE`.
    pub on_duplicate: Changes,
    pub returning: Vec<SelectItem>,
}

/// Where the rows of an INSERT come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// VALUES.
    Rows(Vec<Vec<Expression>>),
    /// A SELECT.
    Select(Select),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A constant.
    Literal(Value),
    /// A column.
    Column(String),
    /// `NOT x`.
    Not(Box<Expression>),
    /// `-x`.
    Minus(Box<Expression>),
    /// `x IS NULL`.
    IsNull(Box<Expression>),
    /// `x IN (a, b)`.
    In(Box<Expression>, Vec<Expression>),
    /// `a + b`, `a AND b`, …
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// A function; `count(*)` has no arguments.
    Call(String, Vec<Expression>),
    /// `EXISTS (SELECT …)`.
    Exists(Box<Select>),
    /// `(SELECT …)` as a value.
    Scalar(Box<Select>),
}

/// The statements of a script, as texts: separated by `;` outside strings and comments.
pub fn statements(script: &str) -> Vec<String> {
    let Ok(tokens) = tokens(script) else { return vec![script.trim().to_string()] };
    let mut result = Vec::new();
    let mut start = None;
    let mut end = 0;
    for placed in tokens {
        if placed.token == Token::Sign(";") {
            if let Some(begin) = start.take() {
                result.push(script[begin..end].to_string());
            }
            continue;
        }
        start.get_or_insert(placed.start);
        end = placed.end;
    }
    result.extend(start.map(|begin| script[begin..end].to_string()));
    result
}

/// Reads one statement. The error is the text near which it cannot be read.
pub fn parse(text: &str) -> Result<Statement, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, at: 0 };
    let statement = parser.statement()?;
    parser.sign(";");
    if parser.at < parser.tokens.len() {
        return Err(parser.near());
    }
    Ok(statement)
}

/// Reads tokens from left to right.
pub struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    at: usize,
}

/// Words of a statement's beginning that are accepted without effect, with their command tags.
const ACCEPTED: [(&str, &str); 23] = [
    ("create user", "CREATE ROLE"),
    ("create role", "CREATE ROLE"),
    ("create unique", "CREATE INDEX"),
    ("create index", "CREATE INDEX"),
    ("create schema", "CREATE SCHEMA"),
    ("create extension", "CREATE EXTENSION"),
    ("create or", "CREATE VIEW"),
    ("create view", "CREATE VIEW"),
    ("alter user", "ALTER ROLE"),
    ("alter role", "ALTER ROLE"),
    ("alter database", "ALTER DATABASE"),
    ("alter sequence", "ALTER SEQUENCE"),
    ("analyze", "ANALYZE"),
    ("vacuum", "VACUUM"),
    ("grant", "GRANT"),
    ("revoke", "REVOKE"),
    ("set", "SET"),
    ("savepoint", "SAVEPOINT"),
    ("reset", "RESET"),
    ("begin", "BEGIN"),
    ("commit", "COMMIT"),
    ("flush", "FLUSH"),
    ("checkpoint", "CHECKPOINT"),
];

impl Parser<'_> {
    fn statement(&mut self) -> Result<Statement, String> {
        let first = self.peek_word(0).unwrap_or_default();
        let both = format!("{first} {}", self.peek_word(1).unwrap_or_default());
        if let Some((_, tag)) = ACCEPTED.iter().find(|(words, _)| *words == first || *words == both) {
            self.at = self.tokens.len();
            return Ok(Statement::Accepted(tag.to_string()));
        }
        match first.as_str() {
            "create" => self.create(),
            "drop" => self.drop_object(),
            "insert" => self.insert(),
            "select" => Ok(Statement::Select(self.select()?)),
            "update" => self.update(),
            "delete" => self.delete(),
            "alter" => self.alter_table(),
            "describe" | "desc" => {
                self.at += 1;
                Ok(Statement::Describe(self.name()?))
            }
            "truncate" => {
                self.at += 1;
                self.word("table");
                Ok(Statement::Truncate(self.name()?))
            }
            "show" => {
                self.at += 1;
                let kind = if self.word("databases") { ObjectKind::Database } else { ObjectKind::Table };
                self.word("tables");
                Ok(Statement::Show(kind))
            }
            "use" => {
                self.at += 1;
                Ok(Statement::Use(self.name()?))
            }
            _ => Err(self.near()),
        }
    }

    fn create(&mut self) -> Result<Statement, String> {
        self.at += 1;
        let _ = self.word("temporary") || self.word("temp");
        if self.word("database") {
            let if_not_exists = self.words(&["if", "not", "exists"]);
            let name = self.name()?;
            self.at = self.tokens.len();
            return Ok(Statement::CreateDatabase { name, if_not_exists });
        }
        self.expect("table")?;
        let if_not_exists = self.words(&["if", "not", "exists"]);
        let name = self.name()?;
        self.expect_sign("(")?;
        let mut columns = Vec::new();
        while !self.sign(")") {
            if let Some(column) = self.column()? {
                columns.push(column);
            }
            self.sign(",");
        }
        while !self.is_end() {
            self.at += 1;
        }
        Ok(Statement::CreateTable(CreateTable { name, if_not_exists, columns }))
    }

    /// A column, or `None` for a table constraint, which is read over.
    fn column(&mut self) -> Result<Option<ColumnDefinition>, String> {
        let constraint = ["primary", "unique", "foreign", "constraint", "check", "key", "index"];
        if self.peek_word(0).is_some_and(|word| constraint.contains(&word.as_str())) {
            self.skip_to_comma()?;
            return Ok(None);
        }
        let name = self.name()?;
        let kind = self.name()?;
        let mut column = ColumnDefinition { name, counts: kind.contains("serial"), kind, unique: false, default: None };
        while !self.is_end() && !self.at_sign(",") && !self.at_sign(")") {
            if self.word("default") {
                column.default = Some(self.primary()?);
            } else if self.word("auto_increment") || self.word("generated") {
                column.counts = true;
            } else if self.word("primary") || self.word("unique") {
                column.unique = true;
            } else if self.at_sign("(") {
                self.skip_parentheses()?;
            } else {
                self.at += 1;
            }
        }
        Ok(Some(column))
    }

    fn skip_to_comma(&mut self) -> Result<(), String> {
        while !self.at_sign(",") && !self.at_sign(")") {
            if self.is_end() {
                return Err(self.near());
            }
            if self.at_sign("(") { self.skip_parentheses()? } else { self.at += 1 }
        }
        Ok(())
    }

    fn skip_parentheses(&mut self) -> Result<(), String> {
        let mut depth = 0;
        while !self.is_end() {
            depth += i32::from(self.at_sign("(")) - i32::from(self.at_sign(")"));
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.near())
    }

    fn drop_object(&mut self) -> Result<Statement, String> {
        self.at += 1;
        let kind = match self.name()?.as_str() {
            "table" => ObjectKind::Table,
            "database" => ObjectKind::Database,
            other => {
                self.at = self.tokens.len();
                return Ok(Statement::Accepted(format!("DROP {}", other.to_uppercase())));
            }
        };
        let if_exists = self.words(&["if", "exists"]);
        let mut names = vec![self.name()?];
        while self.sign(",") {
            names.push(self.name()?);
        }
        let _ = self.word("cascade") || self.word("restrict");
        Ok(Statement::Drop { kind, names, if_exists })
    }

    fn insert(&mut self) -> Result<Statement, String> {
        self.at += 1;
        let mut skip_duplicates = self.word("ignore");
        self.expect("into")?;
        let table = self.name()?;
        let mut columns = Vec::new();
        if self.sign("(") {
            columns = self.list(Self::name)?;
        }
        let source = if self.word("values") || self.word("value") {
            let mut rows = Vec::new();
            loop {
                self.expect_sign("(")?;
                rows.push(self.list(Self::expression)?);
                if !self.sign(",") {
                    break;
                }
            }
            InsertSource::Rows(rows)
        } else if self.words(&["default", "values"]) {
            InsertSource::Rows(vec![Vec::new()])
        } else {
            InsertSource::Select(self.select()?)
        };
        let mut on_duplicate = Changes::new();
        if self.words(&["on", "conflict"]) {
            if self.at_sign("(") {
                self.skip_parentheses()?;
            }
            if self.words(&["do", "update", "set"]) {
                on_duplicate = self.separated(Self::change)?;
            } else if self.words(&["do", "nothing"]) {
                skip_duplicates = true;
            } else {
                return Err(self.near());
            }
        } else if self.words(&["on", "duplicate", "key", "update"]) {
            on_duplicate = self.separated(Self::change)?;
        }
        let returning = self.returning()?;
        Ok(Statement::Insert(Insert { table, columns, source, skip_duplicates, on_duplicate, returning }))
    }

    fn returning(&mut self) -> Result<Vec<SelectItem>, String> {
        if self.word("returning") { self.items() } else { Ok(Vec::new()) }
    }

    fn change(&mut self) -> Result<(String, Expression), String> {
        let column = self.name()?;
        self.expect_sign("=")?;
        Ok((column, self.expression()?))
    }

    fn update(&mut self) -> Result<Statement, String> {
        self.at += 1;
        let table = self.name()?;
        self.expect("set")?;
        let changes = self.separated(Self::change)?;
        let filter = self.filter()?;
        Ok(Statement::Update { table, changes, filter, returning: self.returning()? })
    }

    fn alter_table(&mut self) -> Result<Statement, String> {
        self.at += 2;
        self.words(&["if", "exists"]);
        let table = self.name()?;
        let change = if self.word("add") {
            self.word("column");
            self.words(&["if", "not", "exists"]);
            self.column()?.map_or(TableChange::Other, TableChange::AddColumn)
        } else if self.words(&["drop", "column"]) {
            self.words(&["if", "exists"]);
            TableChange::DropColumn(self.name()?)
        } else if self.words(&["rename", "to"]) {
            TableChange::Rename(self.name()?)
        } else if self.words(&["rename", "column"]) {
            let from = self.name()?;
            self.expect("to")?;
            TableChange::RenameColumn { from, to: self.name()? }
        } else {
            TableChange::Other
        };
        self.at = self.tokens.len();
        Ok(Statement::AlterTable { table, change })
    }

    fn delete(&mut self) -> Result<Statement, String> {
        self.at += 1;
        self.expect("from")?;
        let table = self.name()?;
        let filter = self.filter()?;
        Ok(Statement::Delete { table, filter, returning: self.returning()? })
    }

    fn filter(&mut self) -> Result<Option<Expression>, String> {
        if self.word("where") { self.expression().map(Some) } else { Ok(None) }
    }

    /// Items separated by commas up to `)`, which is taken.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        if self.sign(")") {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.sign(")") {
                return Ok(items);
            }
            self.expect_sign(",")?;
        }
    }

    /// A name; of `schema.name` the last part.
    fn name(&mut self) -> Result<String, String> {
        let name = match self.tokens.get(self.at).map(|placed| &placed.token) {
            Some(Token::Word(name) | Token::Name(name)) => name.clone(),
            _ => return Err(self.near()),
        };
        self.at += 1;
        if self.sign(".") {
            return self.name();
        }
        Ok(name)
    }

    fn peek_word(&self, ahead: usize) -> Option<String> {
        match self.tokens.get(self.at + ahead).map(|placed| &placed.token) {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }

    fn word(&mut self, expected: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Placed { token: Token::Word(word), .. }) if word == expected);
        self.at += usize::from(found);
        found
    }

    fn words(&mut self, expected: &[&str]) -> bool {
        let found = (0..expected.len()).all(|ahead| self.peek_word(ahead).as_deref() == Some(expected[ahead]));
        if found {
            self.at += expected.len();
        }
        found
    }

    fn at_sign(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Placed { token: Token::Sign(found), .. }) if *found == sign)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.at_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.word(word) { Ok(()) } else { Err(self.near()) }
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(self.near()) }
    }

    fn is_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The token at which reading stopped, as written; empty at the end.
    fn near(&self) -> String {
        self.tokens.get(self.at).map_or(String::new(), |placed| self.text[placed.start..placed.end].to_string())
    }
}
