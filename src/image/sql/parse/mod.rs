//! Tokens to statements: the cursor, and which statement begins with which words.

mod change;
mod column;
mod define;
mod expression;
mod query;
mod rights;
mod show;

use super::ast::{Named, Statement};
use super::dialect::Dialect;
use super::problem::{Problem, SqlError};
use super::token::{Placed, Token, tokens};

/// Result of reading.
pub type Read<T> = Result<T, SqlError>;

/// The statements of a script, as texts with their offsets: separated by `;` outside strings and comments.
pub fn statements(script: &str, dialect: Dialect) -> Vec<(usize, String)> {
    let whole = || vec![(0, script.trim().to_string())];
    let Ok(tokens) = tokens(script, dialect) else { return whole() };
    let mut result = Vec::new();
    let mut start = None;
    let mut end = 0;
    for placed in tokens {
        if placed.token == Token::Sign(";") {
            if let Some(begin) = start.take() {
                result.push((begin, script[begin..end].to_string()));
            }
            continue;
        }
        start.get_or_insert(placed.start);
        end = placed.end;
    }
    result.extend(start.map(|begin| (begin, script[begin..end].to_string())));
    result
}

/// Reads one statement.
pub fn parse(text: &str, dialect: Dialect) -> Read<Statement> {
    let tokens = tokens(text, dialect).map_err(|unreadable| {
        let rest = text[unreadable.at..].to_string();
        let problem = match unreadable.is_open_quote {
            true => Problem::OpenQuote(rest),
            false => Problem::Syntax { near: rest.chars().take(1).collect(), rest },
        };
        SqlError::at(problem, unreadable.at)
    })?;
    let mut parser = Parser { text, tokens, at: 0, dialect };
    let statement = parser.statement()?;
    parser.sign(";");
    if parser.at < parser.tokens.len() {
        return Err(parser.near());
    }
    Ok(statement)
}

/// Whether a statement can be read.
pub fn check_syntax(text: &str, dialect: Dialect) -> Read<()> {
    parse(text, dialect).map(drop)
}

/// Reads an expression by itself: one that a table keeps as text.
pub fn parse_expression(text: &str, dialect: Dialect) -> Read<super::ast::Expression> {
    let tokens = tokens(text, dialect)
        .map_err(|unreadable| SqlError::at(Problem::OpenQuote(text.to_string()), unreadable.at))?;
    Parser { text, tokens, at: 0, dialect }.expression()
}

/// Reads tokens from left to right.
pub struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    at: usize,
    dialect: Dialect,
}

/// Words of a statement's beginning that are accepted without effect, with their command tags.
const ACCEPTED: [(&str, &str); 14] = [
    ("alter default", "ALTER DEFAULT PRIVILEGES"),
    ("comment on", "COMMENT"),
    ("analyze", "ANALYZE"),
    ("vacuum", "VACUUM"),
    ("reset", "RESET"),
    ("flush", "FLUSH"),
    ("checkpoint", "CHECKPOINT"),
    ("reindex", "REINDEX"),
    ("lock table", "LOCK TABLE"),
    ("lock tables", "LOCK TABLES"),
    ("unlock tables", "UNLOCK TABLES"),
    ("optimize table", "OPTIMIZE"),
    ("discard", "DISCARD ALL"),
    ("deallocate", "DEALLOCATE"),
];

/// Words of statements that a server knows and the simulation does not.
const UNSUPPORTED: [&str; 20] = [
    "explain",
    "create function",
    "create or replace function",
    "create procedure",
    "create trigger",
    "create type",
    "create domain",
    "create materialized",
    "create publication",
    "create subscription",
    "create event",
    "declare",
    "prepare",
    "execute",
    "listen",
    "notify",
    "call",
    "do",
    "merge",
    "alter system",
];

impl Parser<'_> {
    fn statement(&mut self) -> Read<Statement> {
        let words: Vec<String> = (0..4).map_while(|ahead| self.peek_word(ahead)).collect();
        let begins = |start: &str| start.split(' ').eq(words.iter().map(String::as_str).take(start.split(' ').count()));
        if let Some((_, tag)) = ACCEPTED.iter().find(|(start, _)| begins(start)) {
            self.at = self.tokens.len();
            return Ok(Statement::Accepted(tag.to_string()));
        }
        if let Some(start) = UNSUPPORTED.iter().find(|start| begins(start)) {
            return Err(Problem::Unsupported(start.to_uppercase()).into());
        }
        match words.first().map(String::as_str) {
            Some("create") => self.create(),
            Some("drop") => self.drop_object(),
            Some("alter") => self.alter(),
            Some("insert" | "replace") => self.insert(Vec::new()),
            Some("update") => self.update(),
            Some("delete") => self.delete(),
            Some("truncate") => self.truncate(),
            Some("copy") => self.copy(),
            Some("grant" | "revoke") => self.grant(),
            Some("describe" | "desc") => {
                self.at += 1;
                Ok(Statement::Describe(self.named()?))
            }
            Some("show") => self.show(),
            Some("set") => self.set(),
            Some("use") => {
                self.at += 1;
                Ok(Statement::Use(self.name()?))
            }
            Some("select" | "values" | "table" | "with") => self.query_statement(),
            _ if self.at_sign("(") => self.query_statement(),
            _ => Err(self.near()),
        }
    }

    /// Items separated by commas up to `)`, which is taken.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
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

    /// Items separated by commas.
    fn separated<T>(&mut self, item: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Names in parentheses.
    fn names(&mut self) -> Read<Vec<String>> {
        self.expect_sign("(")?;
        self.list(Self::name)
    }

    /// A plain name. PostgreSQL folds unquoted ones to lower case, MySQL keeps them.
    fn name(&mut self) -> Read<String> {
        let Some(placed) = self.tokens.get(self.at) else { return Err(self.near()) };
        let name = match &placed.token {
            Token::Word(word) if RESERVED.contains(&word.as_str()) => return Err(self.near()),
            Token::Word(_) if self.dialect.is_mysql() => self.text[placed.start..placed.end].to_string(),
            Token::Word(name) | Token::Name(name) => name.clone(),
            _ => return Err(self.near()),
        };
        self.at += 1;
        Ok(name)
    }

    /// A name, perhaps of `schema.name`.
    fn named(&mut self) -> Read<Named> {
        let at = self.here();
        let mut name = self.name()?;
        let mut schema = None;
        while self.sign(".") {
            schema = Some(name);
            name = self.name()?;
        }
        Ok(Named { name, schema, at })
    }

    fn number(&mut self) -> Read<i64> {
        let negative = self.sign("-");
        match self.tokens.get(self.at).map(|placed| &placed.token) {
            Some(Token::Number(number)) => match number.parse::<i64>() {
                Ok(number) => {
                    self.at += 1;
                    Ok(if negative { -number } else { number })
                }
                Err(_) => Err(self.near()),
            },
            _ => Err(self.near()),
        }
    }

    fn string(&mut self) -> Read<String> {
        match self.tokens.get(self.at).map(|placed| placed.token.clone()) {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.near()),
        }
    }

    fn peek_word(&self, ahead: usize) -> Option<String> {
        match self.tokens.get(self.at + ahead).map(|placed| &placed.token) {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }

    fn is_word(&self, ahead: usize, expected: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Placed { token: Token::Word(word), .. }) if word == expected)
    }

    fn word(&mut self, expected: &str) -> bool {
        let found = self.is_word(0, expected);
        self.at += usize::from(found);
        found
    }

    /// Takes words that are written with one space between: `if not exists`.
    fn words(&mut self, expected: &str) -> bool {
        let count = expected.split(' ').count();
        let found = expected.split(' ').enumerate().all(|(ahead, word)| self.is_word(ahead, word));
        self.at += if found { count } else { 0 };
        found
    }

    fn at_sign(&self, sign: &str) -> bool {
        self.is_sign(0, sign)
    }

    fn is_sign(&self, ahead: usize, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Placed { token: Token::Sign(found), .. }) if *found == sign)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.at_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, words: &str) -> Read<()> {
        if self.words(words) { Ok(()) } else { Err(self.near()) }
    }

    fn expect_sign(&mut self, sign: &str) -> Read<()> {
        if self.sign(sign) { Ok(()) } else { Err(self.near()) }
    }

    fn is_end(&self) -> bool {
        self.at >= self.tokens.len() || self.at_sign(";")
    }

    /// Where the next token begins.
    fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |placed| placed.start)
    }

    /// The text from an offset to the last token taken.
    fn since(&self, start: usize) -> String {
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |placed| placed.end);
        self.text[start.min(end)..end].to_string()
    }

    /// That the token at which reading stopped does not belong there.
    fn near(&self) -> SqlError {
        let (near, rest) = match self.tokens.get(self.at) {
            Some(placed) => (self.text[placed.start..placed.end].to_string(), self.text[placed.start..].to_string()),
            None => (String::new(), String::new()),
        };
        SqlError::at(Problem::Syntax { near, rest }, self.here())
    }
}

/// Words that are no names unless they are quoted.
const RESERVED: [&str; 42] = [
    "select",
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "intersect",
    "except",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "as",
    "and",
    "or",
    "not",
    "in",
    "is",
    "null",
    "case",
    "when",
    "then",
    "else",
    "end",
    "create",
    "table",
    "into",
    "returning",
    "with",
    "distinct",
    "all",
    "for",
    "fetch",
    "primary",
];
