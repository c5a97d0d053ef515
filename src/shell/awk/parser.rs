//! The grammar of awk: tokens to a program, with busybox's words for what is wrong.

use super::lexer::{Lexer, Problem, Token};
use super::syntax::Expression;
use super::syntax::{Block, Function, Pattern, Program, Rule, Statement, Target};
use std::rc::Rc;

/// How deeply statements and expressions may be nested in a program.
const DEEPEST: u32 = 60;

pub(super) type Parsed<T> = Result<T, Problem>;

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token that is looked at, and whether it was read where a value may begin.
    pub(super) token: Token,
    depth: u32,
    /// `>` is a redirection here, no comparison.
    pub(super) prints: bool,
    /// `in` belongs to a `for`.
    pub(super) iterates: bool,
}

/// The program that `text` is, or the line and what is wrong in it.
pub(super) fn parse(text: &str) -> Result<Program, (u32, Problem)> {
    let mut parser =
        Parser { lexer: Lexer::new(text), token: Token::Newline, depth: 0, prints: false, iterates: false };
    parser.advance().and_then(|()| parser.program()).map_err(|problem| (parser.lexer.line, problem))
}

impl Parser<'_> {
    pub(super) fn advance(&mut self) -> Parsed<()> {
        let ends_value = matches!(
            self.token,
            Token::Number(_)
                | Token::Text(_)
                | Token::Regex(_)
                | Token::Name(_)
                | Token::Builtin("length")
                | Token::Word("getline")
                | Token::Sign(")" | "]" | "++" | "--" | "$")
        );
        self.token = self.lexer.token(!ends_value)?;
        Ok(())
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(&self.token, Token::Sign(known) if *known == sign)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(known) if *known == word)
    }

    pub(super) fn eat(&mut self, sign: &str) -> Parsed<bool> {
        let found = self.is(sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn eat_word(&mut self, word: &str) -> Parsed<bool> {
        let found = self.is_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign)? { Ok(()) } else { self.unexpected() }
    }

    pub(super) fn unexpected<T>(&self) -> Parsed<T> {
        Err(if self.token == Token::End { "Unexpected end of string" } else { "Unexpected token" })
    }

    pub(super) fn newlines(&mut self) -> Parsed<()> {
        while self.token == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    fn separators(&mut self) -> Parsed<()> {
        while self.token == Token::Newline || self.is(";") {
            self.advance()?;
        }
        Ok(())
    }

    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err("Too complex");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn program(&mut self) -> Parsed<Program> {
        let mut program = Program::default();
        loop {
            self.separators()?;
            if self.token == Token::End {
                return Ok(program);
            }
            if self.eat_word("BEGIN")? {
                program.begin.push(self.block()?);
            } else if self.eat_word("END")? {
                program.end.push(self.block()?);
            } else if self.eat_word("function")? || self.eat_word("func")? {
                let (name, function) = self.function()?;
                program.functions.insert(name, function);
            } else {
                let rule = self.rule()?;
                program.rules.push(rule);
            }
        }
    }

    fn function(&mut self) -> Parsed<(Rc<str>, Function)> {
        let (Token::Name(name) | Token::Called(name)) = self.token.clone() else { return self.unexpected() };
        self.advance()?;
        self.expect("(")?;
        let mut parameters = Vec::new();
        while let Token::Name(parameter) = self.token.clone() {
            parameters.push(parameter);
            self.advance()?;
            if !self.eat(",")? {
                break;
            }
            self.newlines()?;
        }
        self.expect(")")?;
        self.newlines()?;
        Ok((name, Function { parameters, body: self.block()? }))
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let mut pattern = Pattern::All;
        if !self.is("{") {
            let first = self.expression()?;
            pattern = if self.eat(",")? {
                self.newlines()?;
                Pattern::Range(first, self.expression()?)
            } else {
                Pattern::If(first)
            };
        }
        let action = if self.is("{") { Some(self.block()?) } else { None };
        if action.is_none() && !matches!(self.token, Token::Newline | Token::End) && !self.is(";") {
            return self.unexpected();
        }
        Ok(Rule { pattern, action })
    }

    fn block(&mut self) -> Parsed<Block> {
        if !self.is("{") {
            return self.unexpected();
        }
        self.advance()?;
        let mut block = Block::new();
        loop {
            self.separators()?;
            if self.token == Token::End {
                return Err("Unexpected token");
            }
            if self.eat("}")? {
                return Ok(block);
            }
            block.push(self.nested(Self::statement)?);
        }
    }

    /// The body of a loop or a branch: a block, or one statement.
    fn body(&mut self) -> Parsed<Block> {
        self.newlines()?;
        if self.eat(";")? {
            return Ok(Block::new());
        }
        Ok(vec![self.nested(Self::statement)?])
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.is("{") {
            return self.block().map(Statement::Group);
        }
        let Token::Word(word) = self.token else { return self.simple_and_end() };
        match word {
            "if" => {
                self.advance()?;
                let condition = self.parenthesised()?;
                let yes = self.body()?;
                self.separators_before_else()?;
                let no = if self.eat_word("else")? { self.body()? } else { Block::new() };
                Ok(Statement::If(condition, yes, no))
            }
            "while" => {
                self.advance()?;
                let condition = self.parenthesised()?;
                Ok(Statement::While(condition, self.body()?))
            }
            "do" => {
                self.advance()?;
                let body = self.body()?;
                self.separators()?;
                if !self.eat_word("while")? {
                    return self.unexpected();
                }
                Ok(Statement::DoWhile(body, self.parenthesised()?))
            }
            "for" => self.iteration(),
            _ => self.simple_and_end(),
        }
    }

    /// `; else` and a line break before `else` are allowed; otherwise a separator ends the statement anyway.
    fn separators_before_else(&mut self) -> Parsed<()> {
        self.separators()
    }

    fn parenthesised(&mut self) -> Parsed<Expression> {
        self.expect("(")?;
        let expression = self.expression()?;
        self.expect(")")?;
        Ok(expression)
    }

    fn iteration(&mut self) -> Parsed<Statement> {
        self.advance()?;
        self.expect("(")?;
        let mut first = None;
        if !self.is(";") {
            self.iterates = true;
            let statement = self.simple();
            self.iterates = false;
            let statement = statement?;
            if self.eat_word("in")? {
                let Statement::Expression(variable) = statement else { return self.unexpected() };
                let Token::Name(array) = self.token.clone() else { return self.unexpected() };
                self.advance()?;
                self.expect(")")?;
                return Ok(Statement::ForIn { variable, array, body: self.body()? });
            }
            first = Some(Box::new(statement));
        }
        self.expect(";")?;
        self.newlines()?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        self.newlines()?;
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Statement::For { first, condition, step, body: self.body()? })
    }

    fn simple_and_end(&mut self) -> Parsed<Statement> {
        let statement = self.simple()?;
        match self.token {
            Token::Newline | Token::End => {}
            Token::Sign(";" | "}") => {}
            _ => return self.unexpected(),
        }
        Ok(statement)
    }

    /// A value follows, or the statement ends.
    fn optional(&mut self) -> Parsed<Option<Expression>> {
        match self.token {
            Token::Newline | Token::End | Token::Sign(";" | "}") => Ok(None),
            _ => self.expression().map(Some),
        }
    }

    fn simple(&mut self) -> Parsed<Statement> {
        let Token::Word(word) = self.token else { return self.expression().map(Statement::Expression) };
        match word {
            "print" | "printf" => return self.print(word == "printf"),
            "getline" => return self.expression().map(Statement::Expression),
            "delete" | "break" | "continue" | "next" | "exit" | "return" => self.advance()?,
            _ => return self.unexpected(),
        }
        Ok(match word {
            "break" => Statement::Break,
            "continue" => Statement::Continue,
            "next" => Statement::Next,
            "exit" => Statement::Exit(self.optional()?),
            "return" => Statement::Return(self.optional()?),
            _ => {
                let Token::Name(array) = self.token.clone() else { return self.unexpected() };
                self.advance()?;
                let key = if self.eat("[")? { Some(self.list("]")?) } else { None };
                Statement::Delete(array, key)
            }
        })
    }

    fn print(&mut self, formatted: bool) -> Parsed<Statement> {
        self.advance()?;
        let outer = std::mem::replace(&mut self.prints, true);
        let words = self.printed();
        let target = words.and_then(|words| Ok((words, self.target()?)));
        self.prints = outer;
        let (mut words, target) = target?;
        if let [Expression::List(_)] = words.as_slice()
            && let Some(Expression::List(inner)) = words.pop()
        {
            words = inner;
        }
        if formatted && words.is_empty() {
            return Err("Too few arguments");
        }
        Ok(Statement::Print { words, formatted, target })
    }

    fn printed(&mut self) -> Parsed<Vec<Expression>> {
        let mut words = Vec::new();
        if matches!(self.token, Token::Newline | Token::End | Token::Sign(";" | "}" | ">" | ">>" | "|")) {
            return Ok(words);
        }
        loop {
            words.push(self.expression()?);
            if !self.eat(",")? {
                return Ok(words);
            }
            self.newlines()?;
        }
    }

    fn target(&mut self) -> Parsed<Option<(Target, Expression)>> {
        let target = match self.token {
            Token::Sign(">") => Target::File,
            Token::Sign(">>") => Target::Append,
            Token::Sign("|") => Target::Command,
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some((target, self.concatenation()?)))
    }
}
