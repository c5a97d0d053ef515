//! Scripts run: names, operators, functions, what JavaScript's own objects can do. What values, databases and collections can do has
//! files of its own.

use super::Client;
use super::syntax::{Expression, Statement};
use super::values::{loosely_equal, number};
use crate::image::profiles::mongo::value::Value;
use crate::kernel::Process;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// How many statements of loops may run: a script that never ends is given up.
const MOST_TURNS: u32 = 20_000;

/// What an expression is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// A value.
    Value(Value),
    /// A database, by name.
    Database(String),
    /// A collection: database and name.
    Collection(String, String),
    /// What a query finds.
    Cursor(Box<Query>),
    /// A function: parameters and body.
    Function(Rc<(Vec<String>, Vec<Statement>)>),
    /// Something known by its name alone: `rs`, `sh`, `Math`, `console`.
    Named(String),
}

/// A query that has not been sent yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The database.
    pub database: String,
    /// `find` or `aggregate`, with what was added to it.
    pub command: Value,
}

/// Why a script goes no further.
#[derive(Clone, Debug, PartialEq)]
pub enum Thrown {
    /// An error: how it is shown in front of its text, its code's name, its text.
    Error { shown: String, code: String, text: String },
    /// `throw` of something else.
    Value(Value),
    /// `quit(CODE)`.
    Quit(u8),
    /// `return`.
    Return(Box<Worth>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

impl Thrown {
    /// An error of the shell.
    pub fn error(kind: &str, text: &str) -> Self {
        Self::coded(kind, "", text)
    }

    /// An error of the server.
    pub fn coded(shown: &str, code: &str, text: &str) -> Self {
        Self::Error { shown: shown.to_string(), code: code.to_string(), text: text.to_string() }
    }

    /// As it is printed.
    pub fn shown(&self) -> String {
        match self {
            Self::Error { shown, text, .. } => format!("{shown}: {text}"),
            Self::Value(value) => value.to_text(),
            Self::Quit(_) | Self::Return(_) | Self::Break | Self::Continue => String::new(),
        }
    }

    fn caught(&self) -> Value {
        match self {
            Self::Error { shown, code, text } => {
                let name = shown.split('[').next().unwrap_or(shown);
                Value::object(&[
                    ("name", Value::text(name)),
                    ("message", Value::text(text.clone())),
                    ("codeName", Value::text(code.clone())),
                    ("stack", Value::text(format!("{name}: {text}"))),
                ])
            }
            Self::Value(value) => value.clone(),
            _ => Value::Undefined,
        }
    }
}

/// A result of the interpreter.
pub type Done<T> = Result<T, Thrown>;

/// A piece of work of the interpreter, which may call itself.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Done<T>> + 'a>>;

const UNDEFINED: Worth = Worth::Value(Value::Undefined);

/// A running shell.
pub struct Shell {
    /// Its process.
    pub process: Process,
    /// Its connection.
    pub client: Client,
    /// The database that `db` means.
    pub database: String,
    names: Vec<BTreeMap<String, Worth>>,
    turns: u32,
    /// The completion value so far: that of the last expression that was a statement, in whichever block it stood.
    completion: Worth,
}

impl Shell {
    /// A shell with a connection.
    pub fn new(process: &Process, client: Client, database: &str) -> Self {
        let names = vec![BTreeMap::new()];
        Self {
            process: process.clone(),
            client,
            database: database.to_string(),
            names,
            turns: 0,
            completion: UNDEFINED,
        }
    }

    /// One statement of a script; its value is what the shell would show.
    pub async fn top(&mut self, statement: &Statement) -> Done<Worth> {
        match statement {
            Statement::Expression(expression) => self.evaluate(expression).await,
            Statement::Word(word, what) if word == "use" => {
                self.database.clone_from(what);
                Ok(Worth::Value(Value::text(format!("switched to db {what}"))))
            }
            Statement::Word(_, what) => self.show(what).await,
            other => {
                self.completion = UNDEFINED;
                self.run(std::slice::from_ref(other)).await?;
                Ok(std::mem::replace(&mut self.completion, UNDEFINED))
            }
        }
    }

    /// Statements in a scope of their own.
    pub fn run<'a>(&'a mut self, statements: &'a [Statement]) -> Doing<'a, ()> {
        Box::pin(async move {
            for statement in statements {
                self.statement(statement).await?;
            }
            Ok(())
        })
    }

    fn turn(&mut self) -> Done<()> {
        self.turns += 1;
        match self.turns > MOST_TURNS {
            true => Err(Thrown::error("Error", "drydock: the script was given up after 20000 turns")),
            false => Ok(()),
        }
    }

    async fn truth(&mut self, expression: &Expression) -> Done<bool> {
        Ok(match self.evaluate(expression).await? {
            Worth::Value(value) => value.is_true(),
            _ => true,
        })
    }

    async fn statement(&mut self, statement: &Statement) -> Done<()> {
        match statement {
            Statement::Expression(expression) => self.completion = self.evaluate(expression).await?,
            Statement::Let(name, value) => {
                let value = self.evaluate(value).await?;
                self.declare(name, value);
            }
            Statement::If(test, yes, no) => {
                let branch = if self.truth(test).await? { yes } else { no };
                self.run(branch).await?;
            }
            Statement::While(test, body) => {
                while self.truth(test).await? {
                    self.turn()?;
                    if !goes_on(self.run(body).await)? {
                        break;
                    }
                }
            }
            Statement::For(first, test, step, body) => {
                self.run(first).await?;
                while self.truth(test).await? {
                    self.turn()?;
                    if !goes_on(self.run(body).await)? {
                        break;
                    }
                    self.evaluate(step).await?;
                }
            }
            Statement::ForOf(name, list, body) => {
                let list = self.evaluate(list).await?;
                for item in self.items(list).await? {
                    self.turn()?;
                    self.declare(name, Worth::Value(item));
                    if !goes_on(self.run(body).await)? {
                        break;
                    }
                }
            }
            Statement::Try(body, name, handler) => match self.run(body).await {
                Err(thrown @ (Thrown::Error { .. } | Thrown::Value(_))) => {
                    self.declare(name, Worth::Value(thrown.caught()));
                    self.run(handler).await?;
                }
                other => other?,
            },
            Statement::Throw(value) => {
                let value = self.value(value).await?;
                let is_error = value.get("name").is_some() && value.get("message").is_some();
                return Err(match is_error {
                    true => Thrown::error(
                        value.get("name").map_or("", Value::as_text),
                        value.get("message").map_or("", Value::as_text),
                    ),
                    false => Thrown::Value(value),
                });
            }
            Statement::Return(value) => {
                let value = self.evaluate(value).await?;
                return Err(Thrown::Return(value.into()));
            }
            Statement::Break => return Err(Thrown::Break),
            Statement::Continue => return Err(Thrown::Continue),
            Statement::Word(..) => drop(self.top_word(statement).await?),
        }
        Ok(())
    }

    fn top_word<'a>(&'a mut self, statement: &'a Statement) -> Doing<'a, Worth> {
        Box::pin(self.top(statement))
    }

    fn declare(&mut self, name: &str, value: Worth) {
        if let Some(scope) = self.names.last_mut() {
            scope.insert(name.to_string(), value);
        }
    }

    fn find_name(&self, name: &str) -> Option<Worth> {
        self.names.iter().rev().find_map(|scope| scope.get(name)).cloned()
    }

    /// The value of an expression; a cursor is exhausted.
    pub async fn value(&mut self, expression: &Expression) -> Done<Value> {
        let worth = self.evaluate(expression).await?;
        self.plain(worth).await
    }

    /// A worth as a value.
    pub async fn plain(&mut self, worth: Worth) -> Done<Value> {
        Ok(match worth {
            Worth::Value(value) => value,
            Worth::Cursor(query) => Value::Array(self.found(&query).await?),
            Worth::Database(name) | Worth::Named(name) => Value::Text(name),
            Worth::Collection(database, name) => Value::Text(format!("{database}.{name}")),
            Worth::Function(_) => Value::Undefined,
        })
    }

    /// What can be gone through one by one.
    async fn items(&mut self, worth: Worth) -> Done<Vec<Value>> {
        Ok(match self.plain(worth).await? {
            Value::Array(items) => items,
            Value::Text(text) => text.chars().map(|c| Value::text(c.to_string())).collect(),
            Value::Object(fields) => fields.into_iter().map(|(key, _)| Value::Text(key)).collect(),
            _ => return Err(Thrown::error("TypeError", "object is not iterable")),
        })
    }

    /// The worth of an expression.
    pub fn evaluate<'a>(&'a mut self, expression: &'a Expression) -> Doing<'a, Worth> {
        Box::pin(async move {
            let value = match expression {
                Expression::Undefined => Value::Undefined,
                Expression::Null => Value::Null,
                Expression::Bool(value) => Value::Bool(*value),
                Expression::Number(number) => Value::Number(*number),
                Expression::Text(text) => Value::Text(text.clone()),
                Expression::Regex(pattern, flags) => Value::Regex(pattern.clone(), flags.clone()),
                Expression::Template(pieces) => {
                    let mut text = String::new();
                    for piece in pieces {
                        text.push_str(&self.value(piece).await?.to_text());
                    }
                    Value::Text(text)
                }
                Expression::Array(items) => {
                    let mut values = Vec::new();
                    for item in items {
                        values.push(self.value(item).await?);
                    }
                    Value::Array(values)
                }
                Expression::Object(fields) => {
                    let mut object = Value::Object(Vec::new());
                    for (key, value) in fields {
                        let value = self.value(value).await?;
                        object.set(key, value);
                    }
                    object
                }
                Expression::Name(name) => return self.named(name),
                Expression::Function(names, body) => {
                    return Ok(Worth::Function(Rc::new((names.clone(), body.clone()))));
                }
                Expression::Member(object, key) => return self.member(object, key).await,
                Expression::Call(callee, arguments) => return self.call(callee, arguments).await,
                Expression::Unary(operator, operand) => self.unary(operator, operand).await?,
                Expression::Binary(operator, left, right) => return self.binary(operator, left, right).await,
                Expression::Choice(test, yes, no) => {
                    let branch = if self.truth(test).await? { yes } else { no };
                    return self.evaluate(branch).await;
                }
                Expression::Assign(target, operator, value) => return self.assign(target, operator, value).await,
            };
            Ok(Worth::Value(value))
        })
    }

    fn named(&self, name: &str) -> Done<Worth> {
        if let Some(worth) = self.find_name(name) {
            return Ok(worth);
        }
        match name {
            "db" => Ok(Worth::Database(self.database.clone())),
            "rs" | "sh" | "Math" | "console" | "JSON" | "Object" | "Date" | "Array" | "process" | "EJSON" | "Error" => {
                Ok(Worth::Named(name.to_string()))
            }
            "print" | "printjson" | "quit" | "exit" | "sleep" | "load" | "ObjectId" | "ISODate" | "NumberLong"
            | "NumberInt" | "NumberDecimal" | "Long" | "Int32" | "Double" | "Decimal128" | "String" | "Number"
            | "Boolean" | "parseInt" | "parseFloat" | "Mongo" | "connect" | "cat" | "UUID" | "Timestamp" | "MinKey"
            | "MaxKey" => Ok(Worth::Named(name.to_string())),
            _ => Err(Thrown::error("ReferenceError", &format!("{name} is not defined"))),
        }
    }

    async fn member(&mut self, object: &Expression, key: &Expression) -> Done<Worth> {
        let object = self.evaluate(object).await?;
        let key = self.value(key).await?.to_text();
        Ok(match object {
            Worth::Database(database) => Worth::Collection(database, key),
            Worth::Collection(database, name) => Worth::Collection(database, format!("{name}.{key}")),
            Worth::Value(value @ (Value::Undefined | Value::Null)) => {
                let text = format!("Cannot read properties of {} (reading '{key}')", value.inspected());
                return Err(Thrown::error("TypeError", &text));
            }
            Worth::Value(Value::Text(text)) if key == "length" => {
                Worth::Value(Value::Number(text.chars().count() as f64))
            }
            Worth::Value(Value::Array(items)) if key == "length" => Worth::Value(Value::Number(items.len() as f64)),
            Worth::Value(value) => Worth::Value(value.get(&key).cloned().unwrap_or(Value::Undefined)),
            Worth::Named(name) if name == "process" && key == "env" => {
                let environment = self.process.environment();
                let pairs = environment.iter().map(|(name, value)| (name.to_string(), Value::text(&**value)));
                Worth::Value(Value::Object(pairs.collect()))
            }
            Worth::Named(name) => Worth::Named(format!("{name}.{key}")),
            Worth::Cursor(query) => Worth::Value(
                self.found(&query)
                    .await?
                    .into_iter()
                    .nth(key.parse().unwrap_or(usize::MAX))
                    .unwrap_or(Value::Undefined),
            ),
            Worth::Function(_) => Worth::Value(Value::Undefined),
        })
    }

    async fn call(&mut self, callee: &Expression, arguments: &[Expression]) -> Done<Worth> {
        if let Expression::Member(object, key) = callee {
            let object = self.evaluate(object).await?;
            let key = self.value(key).await?.to_text();
            return self.method(object, &key, arguments).await;
        }
        match self.evaluate(callee).await? {
            Worth::Function(function) => {
                let mut values = Vec::new();
                for argument in arguments {
                    values.push(self.evaluate(argument).await?);
                }
                self.apply(&function, values).await
            }
            Worth::Named(name) => {
                let arguments = self.values(arguments).await?;
                self.builtin(&name, &arguments).await
            }
            _ => Err(Thrown::error("TypeError", "not a function")),
        }
    }

    /// The values of arguments.
    pub async fn values(&mut self, arguments: &[Expression]) -> Done<Vec<Value>> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.value(argument).await?);
        }
        Ok(values)
    }

    /// Calls a function.
    pub fn apply<'a>(
        &'a mut self,
        function: &'a Rc<(Vec<String>, Vec<Statement>)>,
        values: Vec<Worth>,
    ) -> Doing<'a, Worth> {
        Box::pin(async move {
            self.turn()?;
            let (names, body) = &**function;
            let mut values = values.into_iter();
            let scope =
                names.iter().map(|name| (name.clone(), values.next().unwrap_or(Worth::Value(Value::Undefined))));
            self.names.push(scope.collect());
            let outer = std::mem::replace(&mut self.completion, UNDEFINED);
            let done = self.run(body).await;
            self.completion = outer;
            self.names.pop();
            match done {
                Ok(()) => Ok(Worth::Value(Value::Undefined)),
                Err(Thrown::Return(worth)) => Ok(*worth),
                Err(thrown) => Err(thrown),
            }
        })
    }

    fn method<'a>(&'a mut self, object: Worth, key: &'a str, arguments: &'a [Expression]) -> Doing<'a, Worth> {
        Box::pin(async move {
            match object {
                Worth::Database(database) => {
                    let values = self.values(arguments).await?;
                    self.database_method(&database, key, &values).await
                }
                Worth::Collection(database, name) => {
                    let values = self.values(arguments).await?;
                    self.collection_method(&database, &name, key, &values).await
                }
                Worth::Named(name) if name == "rs" => {
                    let values = self.values(arguments).await?;
                    self.set_method(key, &values).await
                }
                Worth::Named(name) => {
                    let values = self.values(arguments).await?;
                    self.builtin(&format!("{name}.{key}"), &values).await
                }
                Worth::Cursor(query) => self.cursor_method(*query, key, arguments).await,
                Worth::Value(value) => self.value_method(value, key, arguments).await,
                Worth::Function(_) => Err(Thrown::error("TypeError", &format!("{key} is not a function"))),
            }
        })
    }

    async fn unary(&mut self, operator: &str, operand: &Expression) -> Done<Value> {
        if operator == "typeof" {
            let worth = self.evaluate(operand).await;
            return Ok(Value::text(match worth {
                Ok(Worth::Value(Value::Undefined)) | Err(_) => "undefined",
                Ok(Worth::Value(Value::Text(_))) => "string",
                Ok(Worth::Value(Value::Number(_))) => "number",
                Ok(Worth::Value(Value::Bool(_))) => "boolean",
                Ok(Worth::Function(_)) => "function",
                Ok(_) => "object",
            }));
        }
        if operator == "!" {
            return Ok(Value::Bool(!self.truth(operand).await?));
        }
        if matches!(operator, "++" | "--") {
            let step = Expression::Number(1.0);
            let worth = self.assign(operand, if operator == "++" { "+" } else { "-" }, &step).await?;
            return self.plain(worth).await;
        }
        let number = number(&self.value(operand).await?);
        Ok(Value::Number(if operator == "-" { -number } else { number }))
    }

    async fn binary(&mut self, operator: &str, left: &Expression, right: &Expression) -> Done<Worth> {
        let first = self.evaluate(left).await?;
        let is_true = !matches!(&first, Worth::Value(value) if !value.is_true());
        let is_there = !matches!(&first, Worth::Value(Value::Undefined | Value::Null));
        match operator {
            "&&" if !is_true => return Ok(first),
            "||" if is_true => return Ok(first),
            "??" if is_there => return Ok(first),
            "&&" | "||" | "??" => return self.evaluate(right).await,
            _ => {}
        }
        let (one, two) = (self.plain(first).await?, self.value(right).await?);
        let is_text = matches!(one, Value::Text(_)) || matches!(two, Value::Text(_));
        let order = || one.order(&two);
        Ok(Worth::Value(match operator {
            "+" if is_text => Value::Text(one.to_text() + &two.to_text()),
            "+" => Value::Number(number(&one) + number(&two)),
            "-" => Value::Number(number(&one) - number(&two)),
            "*" => Value::Number(number(&one) * number(&two)),
            "/" => Value::Number(number(&one) / number(&two)),
            "%" => Value::Number(number(&one) % number(&two)),
            "===" => Value::Bool(one == two),
            "!==" => Value::Bool(one != two),
            "==" => Value::Bool(loosely_equal(&one, &two)),
            "!=" => Value::Bool(!loosely_equal(&one, &two)),
            "<" => Value::Bool(order().is_lt()),
            "<=" => Value::Bool(order().is_le()),
            ">" => Value::Bool(order().is_gt()),
            _ => Value::Bool(order().is_ge()),
        }))
    }

    async fn assign(&mut self, target: &Expression, operator: &str, value: &Expression) -> Done<Worth> {
        let new = match operator {
            "" => self.evaluate(value).await?,
            operator => self.binary(operator, target, value).await?,
        };
        match target {
            Expression::Name(name) if name == "db" => {
                if let Worth::Database(database) = &new {
                    self.database.clone_from(database);
                }
            }
            Expression::Name(name) => {
                let known = self.names.iter_mut().rev().find_map(|scope| scope.get_mut(name));
                match known {
                    Some(place) => *place = new.clone(),
                    None => self.declare(name, new.clone()),
                }
            }
            Expression::Member(object, key) => {
                let key = self.value(key).await?.to_text();
                let mut whole = self.value(object).await?;
                whole.set(&key, self.plain(new.clone()).await?);
                if let Expression::Name(name) = &**object
                    && let Some(place) = self.names.iter_mut().rev().find_map(|scope| scope.get_mut(name))
                {
                    *place = Worth::Value(whole);
                }
            }
            _ => return Err(Thrown::error("SyntaxError", "Invalid left-hand side in assignment")),
        }
        Ok(new)
    }

    /// A value as the shell shows it at the end: texts as they are, nothing for `undefined`, a cursor's first twenty.
    pub async fn shown(&mut self, worth: Worth) -> Done<String> {
        Ok(match worth {
            Worth::Value(Value::Undefined) | Worth::Function(_) => String::new(),
            Worth::Value(Value::Text(text)) => text,
            Worth::Cursor(query) => {
                let found = self.found(&query).await?;
                if found.is_empty() {
                    return Ok(String::new());
                }
                let more = found.len() > 20;
                let text = Value::Array(found.into_iter().take(20).collect()).inspected();
                if more { format!("{text}\nType \"it\" for more") } else { text }
            }
            Worth::Value(value) => value.inspected(),
            Worth::Database(name) | Worth::Named(name) => name,
            Worth::Collection(database, name) => format!("{database}.{name}"),
        })
    }
}

/// Whether a loop goes on after its body.
fn goes_on(done: Done<()>) -> Done<bool> {
    match done {
        Ok(()) | Err(Thrown::Continue) => Ok(true),
        Err(Thrown::Break) => Ok(false),
        Err(thrown) => Err(thrown),
    }
}
