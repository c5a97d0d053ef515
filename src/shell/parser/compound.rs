//! Compound commands: groups, `if`, loops, `case`, functions.

use super::{DEEPEST, Parsed, Parser, Required, is_name};
use crate::shell::lexer::Token;
use crate::shell::syntax::{Command, Compound, LoopKind, Script, Simple};
use std::rc::Rc;

impl Parser<'_> {
    pub(super) fn group(&mut self) -> Parsed<Compound> {
        self.next()?;
        let body = self.list(Required::Yes)?;
        self.expect_keyword("}")?;
        Ok(Compound::Group(body))
    }

    pub(super) fn conditional(&mut self) -> Parsed<Compound> {
        let mut branches = Vec::new();
        loop {
            self.next()?;
            let condition = self.list(Required::Yes)?;
            self.expect_keyword("then")?;
            branches.push((condition, self.list(Required::Yes)?));
            if self.keyword()? != Some("elif") {
                break;
            }
        }
        let otherwise = if self.eat_keyword("else")? { Some(self.list(Required::Yes)?) } else { None };
        self.expect_keyword("fi")?;
        Ok(Compound::If(branches, otherwise))
    }

    pub(super) fn repetition(&mut self, kind: LoopKind) -> Parsed<Compound> {
        self.next()?;
        let condition = self.list(Required::Yes)?;
        Ok(Compound::Loop(kind, condition, self.body()?))
    }

    pub(super) fn body(&mut self) -> Parsed<Script> {
        self.expect_keyword("do")?;
        let body = self.list(Required::Yes)?;
        self.expect_keyword("done")?;
        Ok(body)
    }

    pub(super) fn iteration(&mut self) -> Parsed<Compound> {
        self.next()?;
        let name = match self.next()? {
            Token::Word(word) if word.literal().is_some_and(|name| is_name(name)) => {
                word.literal().cloned().unwrap_or_default()
            }
            _ => return self.cursor.error("bad for loop variable"),
        };
        self.skip_newlines()?;
        let mut words = None;
        if self.eat_keyword("in")? {
            let listed = words.get_or_insert(Vec::new());
            while matches!(self.peek()?, Token::Word(_)) {
                if let Token::Word(word) = self.next()? {
                    listed.push(word);
                }
            }
            if !self.eat_operator(";")? && *self.peek()? != Token::Newline {
                return self.unexpected(None);
            }
        } else {
            self.eat_operator(";")?;
        }
        self.skip_newlines()?;
        Ok(Compound::For(name, words, self.body()?))
    }

    pub(super) fn case(&mut self) -> Parsed<Compound> {
        self.next()?;
        let Token::Word(subject) = self.next()? else { return self.unexpected(Some("word")) };
        self.skip_newlines()?;
        self.expect_keyword("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.eat_keyword("esac")? {
                return Ok(Compound::Case(subject, arms));
            }
            self.eat_operator("(")?;
            let mut patterns = Vec::new();
            loop {
                if !matches!(self.peek()?, Token::Word(_)) {
                    return self.unexpected(None);
                }
                if let Token::Word(pattern) = self.next()? {
                    patterns.push(pattern);
                }
                if !self.eat_operator("|")? {
                    break;
                }
            }
            self.expect_operator(")")?;
            arms.push((patterns, self.list(Required::No)?));
            if !self.eat_operator(";;")? {
                self.skip_newlines()?;
                if self.keyword()? != Some("esac") {
                    return self.unexpected(Some(";;"));
                }
            }
        }
    }

    /// `name() body` or `function name body`, if that is what stands here.
    pub(super) fn function(&mut self, simple: &Simple) -> Parsed<Option<Command>> {
        let [word] = simple.words.as_slice() else { return Ok(None) };
        let Some(name) = word.literal().cloned() else {
            return match self.peek()? {
                Token::Operator("(") => self.cursor.error("bad function name"),
                _ => Ok(None),
            };
        };
        if !simple.assignments.is_empty() || !simple.redirections.is_empty() {
            return Ok(None);
        }
        let name = if *name == *"function"
            && let Token::Word(word) = self.peek()?
            && let Some(name) = word.literal().cloned()
        {
            self.next()?;
            if self.eat_operator("(")? {
                self.expect_operator(")")?;
            }
            name
        } else if self.eat_operator("(")? {
            self.expect_operator(")")?;
            name
        } else {
            return Ok(None);
        };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
            return self.cursor.error("bad function name");
        }
        self.skip_newlines()?;
        if self.cursor.depth >= DEEPEST {
            return self.cursor.error("nested too deeply");
        }
        self.cursor.depth += 1;
        let body = self.command()?;
        self.cursor.depth -= 1;
        Ok(Some(Command::Function(name, Rc::new(body))))
    }
}
