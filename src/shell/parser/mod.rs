//! The grammar of the shell: tokens to commands, with busybox's words for what is wrong.

mod compound;
mod simple;

use super::lexer::{Cursor, Token};
use super::syntax::{AndOr, Command, Compound, Connector, Item, LoopKind, Pipeline, Script, SyntaxError, Word};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How deeply commands, substitutions and quotes may be nested in a text.
pub(in crate::shell) const DEEPEST: u32 = 60;

/// How many parsed texts are kept.
const MOST_KEPT: usize = 2_000;

type Parsed<T> = Result<T, SyntaxError>;

/// Number of the first line of a file; the text of `-c` begins with line 0, that of `eval` with the line it stands in.
pub const FIRST_OF_A_FILE: u32 = 1;

/// Parsed texts by what they are and by their first line.
type Kept = BTreeMap<(Rc<str>, u32), Rc<Script>>;

/// The script that `text` is. Parsed once; the same text later yields the same script.
pub fn parse(text: &Rc<str>, first_line: u32) -> Rc<Script> {
    thread_local! {
        static KEPT: RefCell<Kept> = const { RefCell::new(BTreeMap::new()) };
    }
    let key = (text.clone(), first_line);
    KEPT.with(|kept| {
        if let Some(script) = kept.borrow().get(&key) {
            return script.clone();
        }
        let script = Rc::new(Parser::new(Cursor::new(text, first_line, 0)).all());
        let mut kept = kept.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, script.clone());
        script
    })
}

/// Words that are not a program's name where a command may begin.
const RESERVED: [&str; 16] =
    ["if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!", "in"];

/// Reserved words and operators that end a list of commands.
const CLOSING: [&str; 9] = ["then", "else", "elif", "fi", "do", "done", "esac", "}", "in"];

pub(in crate::shell) struct Parser<'a> {
    pub(in crate::shell) cursor: Cursor<'a>,
    peeked: Option<Token>,
    /// Here-documents whose text begins on the next line: end mark, whether tabs are cut, whether the mark was quoted.
    awaited: Vec<(String, Indentation, Body, Rc<OnceCell<Word>>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Indentation {
    Kept,
    Cut,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Expanded,
    AsItStands,
}

impl<'a> Parser<'a> {
    pub(in crate::shell) fn new(cursor: Cursor<'a>) -> Self {
        Self { cursor, peeked: None, awaited: Vec::new() }
    }

    /// The whole text: line by line, up to an error.
    pub(in crate::shell) fn all(&mut self) -> Script {
        let mut script = Script::default();
        loop {
            let result = match self.peek() {
                Ok(Token::End) => return script,
                Ok(Token::Newline) => self.next().map(drop),
                Ok(_) => self.line(&mut script.items),
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                script.error = Some(error);
                return script;
            }
        }
    }

    /// One line of commands; nothing of it counts if there is an error in it.
    fn line(&mut self, items: &mut Vec<Item>) -> Parsed<()> {
        let mut line = Vec::new();
        loop {
            let list = Rc::new(self.and_or()?);
            let separator = self.peek()?.clone();
            let background = separator == Token::Operator("&");
            line.push(Item { list, background });
            match separator {
                Token::Operator("&" | ";") => drop(self.next()?),
                Token::Newline | Token::End => {}
                _ => return self.unexpected(None),
            }
            if matches!(self.peek()?, Token::Newline | Token::End) {
                items.append(&mut line);
                return Ok(());
            }
        }
    }

    /// The script of `$(…)`, and its closing parenthesis.
    pub(in crate::shell) fn until_parenthesis(&mut self) -> Parsed<Script> {
        let script = self.list(Required::No)?;
        self.expect_operator(")")?;
        Ok(script)
    }

    fn peek(&mut self) -> Parsed<&Token> {
        if self.peeked.is_none() {
            let token = self.cursor.token()?;
            if token == Token::Newline {
                self.read_here_documents()?;
            }
            self.peeked = Some(token);
        }
        Ok(self.peeked.as_ref().unwrap_or(&Token::End))
    }

    fn next(&mut self) -> Parsed<Token> {
        self.peek()?;
        Ok(self.peeked.take().unwrap_or(Token::End))
    }

    fn keyword(&mut self) -> Parsed<Option<&'static str>> {
        let Token::Word(word) = self.peek()? else { return Ok(None) };
        Ok(word.literal().and_then(|text| RESERVED.iter().find(|known| ***known == **text).copied()))
    }

    fn eat_keyword(&mut self, keyword: &str) -> Parsed<bool> {
        let found = self.keyword()? == Some(keyword);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.eat_keyword(keyword)? { Ok(()) } else { self.unexpected(Some(keyword)) }
    }

    fn eat_operator(&mut self, operator: &str) -> Parsed<bool> {
        let found = matches!(self.peek()?, Token::Operator(known) if *known == operator);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    fn expect_operator(&mut self, operator: &str) -> Parsed<()> {
        if self.eat_operator(operator)? { Ok(()) } else { self.unexpected(Some(operator)) }
    }

    fn unexpected<T>(&mut self, expected: Option<&str>) -> Parsed<T> {
        let keyword = self.keyword()?;
        let found = match (self.peek()?, keyword) {
            (_, Some(keyword)) => format!("\"{keyword}\""),
            (Token::Operator(operator), _) if operator.contains(['<', '>']) => "redirection".into(),
            (Token::Operator(operator), _) => format!("\"{operator}\""),
            (Token::Number(_), _) => "redirection".into(),
            (Token::Word(_), _) => "word".into(),
            (Token::Newline, _) => "newline".into(),
            (Token::End, _) => "end of file".into(),
        };
        match expected {
            Some(expected) => self.cursor.error(&format!("unexpected {found} (expecting \"{expected}\")")),
            None => self.cursor.error(&format!("unexpected {found}")),
        }
    }

    fn skip_newlines(&mut self) -> Parsed<()> {
        while *self.peek()? == Token::Newline {
            self.next()?;
        }
        Ok(())
    }

    /// Commands up to a reserved word or operator that closes something.
    fn list(&mut self, required: Required) -> Parsed<Script> {
        if self.cursor.depth >= DEEPEST {
            return self.cursor.error("nested too deeply");
        }
        self.cursor.depth += 1;
        let mut items = Vec::new();
        loop {
            self.skip_newlines()?;
            let closes = match self.peek()? {
                Token::End | Token::Operator(")" | ";;") => true,
                _ => self.keyword()?.is_some_and(|keyword| CLOSING.contains(&keyword)),
            };
            if closes {
                break;
            }
            let list = Rc::new(self.and_or()?);
            let background = self.eat_operator("&")?;
            items.push(Item { list, background });
            if !background && !self.eat_operator(";")? && *self.peek()? != Token::Newline {
                break;
            }
        }
        self.cursor.depth -= 1;
        // At the end of the text it is the caller who says what he had expected.
        if items.is_empty() && required == Required::Yes && *self.peek()? != Token::End {
            return self.unexpected(None);
        }
        Ok(Script { items, error: None })
    }

    fn and_or(&mut self) -> Parsed<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let connector = if self.eat_operator("&&")? {
                Connector::And
            } else if self.eat_operator("||")? {
                Connector::Or
            } else {
                return Ok(AndOr { first, rest });
            };
            self.skip_newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let negated = self.eat_keyword("!")?;
        let mut commands = vec![Rc::new(self.command()?)];
        while self.eat_operator("|")? {
            self.skip_newlines()?;
            commands.push(Rc::new(self.command()?));
        }
        Ok(Pipeline { negated, commands })
    }

    fn command(&mut self) -> Parsed<Command> {
        let compound = match (self.keyword()?, self.peek()?) {
            (Some("{"), _) => self.group()?,
            (Some("if"), _) => self.conditional()?,
            (Some("while"), _) => self.repetition(LoopKind::While)?,
            (Some("until"), _) => self.repetition(LoopKind::Until)?,
            (Some("for"), _) => self.iteration()?,
            (Some("case"), _) => self.case()?,
            (Some(_), _) => return self.unexpected(None),
            (None, Token::Operator("(")) => {
                self.next()?;
                let body = self.list(Required::Yes)?;
                self.expect_operator(")")?;
                Compound::Subshell(Rc::new(body))
            }
            (None, _) => return self.simple(),
        };
        let mut redirections = Vec::new();
        while let Some(redirection) = self.redirection()? {
            redirections.push(redirection);
        }
        Ok(Command::Compound(compound, redirections))
    }
}

/// Whether a list of commands may be empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    Yes,
    No,
}

/// Whether `text` is a word that is not a program's name where a command may begin.
pub fn is_reserved(text: &str) -> bool {
    RESERVED.contains(&text)
}

/// Whether `text` may name a variable.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
