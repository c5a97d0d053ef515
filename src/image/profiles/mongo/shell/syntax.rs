//! The JavaScript that is written for `mongosh`, as a tree: literals, calls, operators, and the everyday statements.
//!
//! Simplified: no classes, generators, destructuring, or labels; a semicolon may be missing at the end of a line.

use super::tokens::{Token, tokens};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// Pieces of a template: texts and expressions.
    Template(Vec<Expression>),
    Regex(String, String),
    Name(String),
    Array(Vec<Expression>),
    Object(Vec<(String, Expression)>),
    Member(Box<Expression>, Box<Expression>),
    Call(Box<Expression>, Vec<Expression>),
    Unary(&'static str, Box<Expression>),
    Binary(String, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    /// The target, the operator without its `=` (empty for a plain one), and the value.
    Assign(Box<Expression>, String, Box<Expression>),
    Function(Vec<String>, Vec<Statement>),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    Expression(Expression),
    Let(String, Expression),
    If(Expression, Vec<Statement>, Vec<Statement>),
    While(Expression, Vec<Statement>),
    For(Vec<Statement>, Expression, Expression, Vec<Statement>),
    ForOf(String, Expression, Vec<Statement>),
    Try(Vec<Statement>, String, Vec<Statement>),
    Throw(Expression),
    Return(Expression),
    Break,
    Continue,
    /// `show dbs`, `use shop`.
    Word(String, String),
}

/// Reads a script; the error is JavaScript's text.
pub fn parse(text: &str) -> Result<Vec<Statement>, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let mut statements = Vec::new();
    loop {
        parser.skip_ends();
        if parser.at >= parser.tokens.len() {
            return Ok(statements);
        }
        statements.extend(parser.statement()?);
    }
}

/// How deep expressions may lie in each other.
const DEEPEST: usize = 60;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn skip_lines(&mut self) {
        while self.tokens.get(self.at) == Some(&Token::Line) {
            self.at += 1;
        }
    }

    fn skip_ends(&mut self) {
        while matches!(self.tokens.get(self.at), Some(Token::Line)) || self.is_here(";") {
            self.at += 1;
        }
    }

    fn is_here(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Sign(here)) if here == sign)
    }

    /// Whether the next token, perhaps on a later line, is this sign; then it is taken.
    fn takes(&mut self, sign: &str) -> bool {
        let from = self.at;
        self.skip_lines();
        if self.is_here(sign) {
            self.at += 1;
            return true;
        }
        self.at = from;
        false
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let from = self.at;
        self.skip_lines();
        if matches!(self.tokens.get(self.at), Some(Token::Name(name)) if name == word) {
            self.at += 1;
            return true;
        }
        self.at = from;
        false
    }

    fn needs(&mut self, sign: &str) -> Parsed<()> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        match self.tokens.get(self.at) {
            None => "SyntaxError: Unexpected end of input".into(),
            Some(Token::Sign(sign)) => format!("SyntaxError: Unexpected token '{sign}'"),
            Some(Token::Name(name)) => format!("SyntaxError: Unexpected identifier '{name}'"),
            Some(_) => "SyntaxError: Unexpected token".into(),
        }
    }

    fn name(&mut self) -> Parsed<String> {
        self.skip_lines();
        match self.tokens.get(self.at) {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A statement, or a block of them in braces.
    fn body(&mut self) -> Parsed<Vec<Statement>> {
        if self.takes("{") {
            return self.rest_of_block();
        }
        self.skip_lines();
        self.statement()
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.needs("{")?;
        self.rest_of_block()
    }

    fn rest_of_block(&mut self) -> Parsed<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_ends();
            if self.takes("}") {
                return Ok(statements);
            }
            if self.at >= self.tokens.len() {
                return Err(self.unexpected());
            }
            statements.extend(self.statement()?);
        }
    }

    /// One statement; a declaration of several names is several.
    fn statement(&mut self) -> Parsed<Vec<Statement>> {
        let word = match self.tokens.get(self.at) {
            Some(Token::Name(name)) => name.clone(),
            _ => String::new(),
        };
        let next = self.tokens.get(self.at + 1).cloned();
        match (word.as_str(), &next) {
            ("show" | "use", Some(Token::Name(what))) => {
                self.at += 2;
                return Ok(vec![Statement::Word(word, what.clone())]);
            }
            ("const" | "let" | "var", _) => return self.declaration(),
            ("function", Some(Token::Name(name))) => {
                self.at += 2;
                let function = self.function()?;
                return Ok(vec![Statement::Let(name.clone(), function)]);
            }
            ("if", _) => {
                self.at += 1;
                let test = self.in_brackets()?;
                let yes = self.body()?;
                let from = self.at;
                self.skip_ends();
                let no = if self.takes_word("else") { self.body()? } else { Vec::new() };
                if no.is_empty() {
                    self.at = from;
                }
                return Ok(vec![Statement::If(test, yes, no)]);
            }
            ("while", _) => {
                self.at += 1;
                let test = self.in_brackets()?;
                return Ok(vec![Statement::While(test, self.body()?)]);
            }
            ("for", _) => return self.for_loop().map(|statement| vec![statement]),
            ("try", _) => return self.try_block().map(|statement| vec![statement]),
            ("break", _) => {
                self.at += 1;
                return Ok(vec![Statement::Break]);
            }
            ("continue", _) => {
                self.at += 1;
                return Ok(vec![Statement::Continue]);
            }
            ("return" | "throw", _) => {
                self.at += 1;
                let is_bare =
                    self.at >= self.tokens.len() || self.is_here(";") || self.is_here("}") || next == Some(Token::Line);
                let value = if is_bare { Expression::Undefined } else { self.expression()? };
                return Ok(vec![if word == "return" { Statement::Return(value) } else { Statement::Throw(value) }]);
            }
            _ => {}
        }
        let expression = self.expression()?;
        let ends =
            matches!(self.tokens.get(self.at), None | Some(Token::Line)) || self.is_here(";") || self.is_here("}");
        if ends { Ok(vec![Statement::Expression(expression)]) } else { Err(self.unexpected()) }
    }

    fn in_brackets(&mut self) -> Parsed<Expression> {
        self.needs("(")?;
        let expression = self.expression()?;
        self.needs(")")?;
        Ok(expression)
    }

    fn declaration(&mut self) -> Parsed<Vec<Statement>> {
        self.at += 1;
        let mut all = Vec::new();
        loop {
            let name = self.name()?;
            let value = if self.takes("=") { self.expression()? } else { Expression::Undefined };
            all.push(Statement::Let(name, value));
            if !self.takes(",") {
                return Ok(all);
            }
        }
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.at += 1;
        self.needs("(")?;
        let from = self.at;
        let declares = ["const", "let", "var"].iter().any(|word| self.takes_word(word));
        if declares
            && let Ok(name) = self.name()
            && (self.takes_word("of") || self.takes_word("in"))
        {
            let list = self.expression()?;
            self.needs(")")?;
            return Ok(Statement::ForOf(name, list, self.body()?));
        }
        self.at = from;
        let first = if self.is_here(";") { Vec::new() } else { self.statement()? };
        self.needs(";")?;
        let test = if self.is_here(";") { Expression::Bool(true) } else { self.expression()? };
        self.needs(";")?;
        let step = if self.is_here(")") { Expression::Undefined } else { self.expression()? };
        self.needs(")")?;
        Ok(Statement::For(first, test, step, self.body()?))
    }

    fn try_block(&mut self) -> Parsed<Statement> {
        self.at += 1;
        let body = self.block()?;
        let (mut name, mut handler) = (String::new(), Vec::new());
        if self.takes_word("catch") {
            if self.takes("(") {
                name = self.name()?;
                self.needs(")")?;
            }
            handler = self.block()?;
        }
        if self.takes_word("finally") {
            handler.extend(self.block()?);
        }
        Ok(Statement::Try(body, name, handler))
    }

    /// Parameters and body of a `function`.
    fn function(&mut self) -> Parsed<Expression> {
        self.needs("(")?;
        let mut names = Vec::new();
        while !self.takes(")") {
            names.push(self.name()?);
            self.takes(",");
        }
        Ok(Expression::Function(names, self.block()?))
    }

    fn expression(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("RangeError: Maximum call stack size exceeded".into());
        }
        let expression = self.assignment();
        self.depth -= 1;
        expression
    }

    fn assignment(&mut self) -> Parsed<Expression> {
        self.skip_lines();
        if let Some(arrow) = self.arrow()? {
            return Ok(arrow);
        }
        let left = self.binary(0)?;
        if self.takes("?") {
            let yes = self.expression()?;
            self.needs(":")?;
            let no = self.expression()?;
            return Ok(Expression::Choice(left.into(), yes.into(), no.into()));
        }
        for operator in ["", "+", "-", "*", "/"] {
            if self.takes(&format!("{operator}=")) {
                let value = self.expression()?;
                return Ok(Expression::Assign(left.into(), operator.to_string(), value.into()));
            }
        }
        Ok(left)
    }

    /// `x => …`, `(x, y) => …`, with a body in braces or without.
    fn arrow(&mut self) -> Parsed<Option<Expression>> {
        let from = self.at;
        self.takes_word("async");
        let mut names = Vec::new();
        if self.takes("(") {
            while let Ok(name) = self.name() {
                names.push(name);
                self.takes(",");
            }
            if !self.takes(")") {
                self.at = from;
                return Ok(None);
            }
        } else {
            match self.name() {
                Ok(name) => names.push(name),
                Err(_) => {
                    self.at = from;
                    return Ok(None);
                }
            }
        }
        if !self.takes("=>") {
            self.at = from;
            return Ok(None);
        }
        self.skip_lines();
        let body = if self.is_here("{") { self.block()? } else { vec![Statement::Return(self.expression()?)] };
        Ok(Some(Expression::Function(names, body)))
    }

    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        const LEVELS: [&[&str]; 6] = [
            &["||", "??"],
            &["&&"],
            &["===", "!==", "==", "!="],
            &["<=", ">=", "<", ">"],
            &["+", "-"],
            &["*", "/", "%"],
        ];
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let Some(sign) = signs.iter().find(|sign| self.takes(sign)) else { return Ok(left) };
            let right = self.binary(level + 1)?;
            left = Expression::Binary((*sign).to_string(), left.into(), right.into());
        }
    }

    fn unary(&mut self) -> Parsed<Expression> {
        for sign in ["!", "-", "+", "++", "--"] {
            if self.takes(sign) {
                return Ok(Expression::Unary(sign, self.unary()?.into()));
            }
        }
        for word in ["typeof", "await", "new", "delete"] {
            if self.takes_word(word) {
                let operand = self.unary()?;
                return Ok(if word == "typeof" { Expression::Unary("typeof", operand.into()) } else { operand });
            }
        }
        let operand = self.postfix()?;
        for (sign, operator) in [("++", "+"), ("--", "-")] {
            if self.is_here(sign) {
                self.at += 1;
                return Ok(Expression::Assign(operand.into(), operator.into(), Expression::Number(1.0).into()));
            }
        }
        Ok(operand)
    }

    fn postfix(&mut self) -> Parsed<Expression> {
        let mut value = self.primary()?;
        loop {
            if self.takes(".") || self.takes("?.") {
                value = Expression::Member(value.into(), Expression::Text(self.name()?).into());
            } else if self.is_here("[") {
                self.at += 1;
                let key = self.expression()?;
                self.needs("]")?;
                value = Expression::Member(value.into(), key.into());
            } else if self.is_here("(") {
                self.at += 1;
                value = Expression::Call(value.into(), self.list(")")?);
            } else {
                return Ok(value);
            }
        }
    }

    /// Expressions up to a closing sign.
    fn list(&mut self, end: &str) -> Parsed<Vec<Expression>> {
        let mut all = Vec::new();
        while !self.takes(end) {
            self.takes("...");
            all.push(self.expression()?);
            if !self.takes(",")
                && !{
                    self.skip_lines();
                    self.is_here(end)
                }
            {
                return Err(self.unexpected());
            }
        }
        Ok(all)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        self.skip_lines();
        let Some(token) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected()) };
        self.at += 1;
        Ok(match token {
            Token::Number(number) => Expression::Number(number),
            Token::Text(text) => Expression::Text(text),
            Token::Template(text) => template(&text)?,
            Token::Regex(pattern, flags) => Expression::Regex(pattern, flags),
            Token::Name(name) => match name.as_str() {
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                "null" => Expression::Null,
                "undefined" => Expression::Undefined,
                "function" => self.function()?,
                _ => Expression::Name(name),
            },
            Token::Sign(sign) => match sign.as_str() {
                "(" => {
                    let inner = self.expression()?;
                    self.needs(")")?;
                    inner
                }
                "[" => Expression::Array(self.list("]")?),
                "{" => self.object()?,
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            },
            Token::Line => return Err(self.unexpected()),
        })
    }

    fn object(&mut self) -> Parsed<Expression> {
        let mut fields = Vec::new();
        while !self.takes("}") {
            self.skip_lines();
            let token = self.tokens.get(self.at).cloned();
            self.at += 1;
            let key = match token {
                Some(Token::Name(name) | Token::Text(name)) => name,
                Some(Token::Number(number)) => number.to_string(),
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            };
            let value = if self.takes(":") { self.expression()? } else { Expression::Name(key.clone()) };
            fields.push((key, value));
            if !self.takes(",")
                && !{
                    self.skip_lines();
                    self.is_here("}")
                }
            {
                return Err(self.unexpected());
            }
        }
        Ok(Expression::Object(fields))
    }
}

/// The pieces of a template.
fn template(text: &str) -> Parsed<Expression> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        pieces.push(Expression::Text(before.to_string()));
        let (inside, behind) = after.split_once('}').ok_or("SyntaxError: Unterminated template literal")?;
        match parse(inside)?.into_iter().next() {
            Some(Statement::Expression(expression)) => pieces.push(expression),
            _ => return Err("SyntaxError: Unexpected token".into()),
        }
        rest = behind;
    }
    pieces.push(Expression::Text(rest.to_string()));
    Ok(Expression::Template(pieces))
}
