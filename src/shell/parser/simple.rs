//! Simple commands: assignments, words, redirections, here-documents.

use super::{Body, Indentation, Parsed, Parser, is_name};
use crate::shell::lexer::{Cursor, Token, Until};
use crate::shell::syntax::{Clobber, Command, Part, Quoting, Redirection, RedirectionKind, Simple, Word};
use std::cell::OnceCell;
use std::rc::Rc;

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> Parsed<Command> {
        self.peek()?;
        let mut simple = Simple { line: self.cursor.line, ..Simple::default() };
        loop {
            if let Some(redirection) = self.redirection()? {
                simple.redirections.push(redirection);
                continue;
            }
            let word = match self.peek()? {
                Token::Word(_) => match self.next()? {
                    Token::Word(word) => word,
                    _ => break,
                },
                // Between double brackets they are words for `[[` itself.
                Token::Operator(operator @ ("&&" | "||")) if in_double_brackets(&simple) => {
                    let word = Word::quoted(operator);
                    self.next()?;
                    word
                }
                _ => break,
            };
            match assignment(&word) {
                Some(assignment) if simple.words.is_empty() => simple.assignments.push(assignment),
                Some((name, value)) if declares(&simple) => simple.words.push(declared(&name, value)),
                _ => simple.words.push(word),
            }
            if let Some(function) = self.function(&simple)? {
                return Ok(function);
            }
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirections.is_empty() {
            return self.unexpected(None);
        }
        Ok(Command::Simple(simple))
    }

    pub(super) fn redirection(&mut self) -> Parsed<Option<Redirection>> {
        let number = match self.peek()? {
            Token::Number(number) => Some(*number),
            Token::Operator(operator) if operator.contains(['<', '>']) => None,
            _ => return Ok(None),
        };
        if number.is_some() {
            self.next()?;
        }
        let Token::Operator(operator) = self.next()? else { return self.unexpected(None) };
        if !matches!(self.peek()?, Token::Word(_) | Token::Number(_)) {
            return self.unexpected(None);
        }
        let word = match self.next()? {
            Token::Word(word) => word,
            _ => return self.unexpected(None),
        };
        let default = if operator.starts_with('<') { 0 } else { 1 };
        let kind = match operator {
            "<" => RedirectionKind::Read(word),
            ">" => RedirectionKind::Write(word, Clobber::IfAllowed),
            ">|" => RedirectionKind::Write(word, Clobber::Always),
            ">>" => RedirectionKind::Append(word),
            "<>" => RedirectionKind::ReadWrite(word),
            "&>" => RedirectionKind::WriteBoth(word),
            "<&" | ">&" => RedirectionKind::Duplicate(word),
            _ => self.here_document(&word, if operator == "<<-" { Indentation::Cut } else { Indentation::Kept }),
        };
        Ok(Some(Redirection { number: number.unwrap_or(default), kind }))
    }

    pub(super) fn here_document(&mut self, mark: &Word, indentation: Indentation) -> RedirectionKind {
        let mut body = Body::Expanded;
        let mut text = String::new();
        for part in &mark.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Quoted(quoted) => {
                    text.push_str(quoted);
                    body = Body::AsItStands;
                }
                _ => {}
            }
        }
        let slot = Rc::new(OnceCell::new());
        self.awaited.push((text, indentation, body, slot.clone()));
        RedirectionKind::Here(slot)
    }

    pub(super) fn read_here_documents(&mut self) -> Parsed<()> {
        for (mark, indentation, body, slot) in std::mem::take(&mut self.awaited) {
            let mut text = String::new();
            while self.cursor.at < self.cursor.text.len() {
                let rest = &self.cursor.text[self.cursor.at..];
                let length = rest.find('\n').map_or(rest.len(), |length| length + 1);
                self.cursor.at += length;
                self.cursor.line += 1;
                let line = &rest[..length];
                let line = if indentation == Indentation::Cut { line.trim_start_matches('\t') } else { line };
                if line.trim_end_matches('\n') == mark {
                    break;
                }
                text.push_str(line);
            }
            let word = match body {
                Body::AsItStands => Word::quoted(&text),
                Body::Expanded => Cursor::new(&text, self.cursor.line, self.cursor.depth + 1).word(Until::End)?,
            };
            let _ = slot.set(word);
        }
        Ok(())
    }
}

/// Whether a command has begun with `[[` and not ended with `]]` yet.
fn in_double_brackets(simple: &Simple) -> bool {
    let is = |word: Option<&Word>, text: &str| word.and_then(Word::literal).is_some_and(|literal| **literal == *text);
    is(simple.words.first(), "[[") && !is(simple.words.last(), "]]")
}

/// Whether the words of a command may be assignments, as those of `export` and `local` are.
fn declares(simple: &Simple) -> bool {
    let first = simple.words.first().and_then(Word::literal);
    first.is_some_and(|name| matches!(&**name, "export" | "readonly" | "local" | "alias"))
}

/// `NAME=value` as one field, whatever its value expands to.
fn declared(name: &str, value: Word) -> Word {
    let mut parts = vec![Part::Quoted(format!("{name}=").into())];
    parts.extend(value.parts.into_iter().map(|part| match part {
        Part::Literal(text) => Part::Quoted(text),
        Part::Parameter(mut parameter, _) => {
            if *parameter.name == *"@" {
                parameter.name = "*".into();
            }
            Part::Parameter(parameter, Quoting::Double)
        }
        Part::Command(substitution, _) => Part::Command(substitution, Quoting::Double),
        Part::Arithmetic(word, _) => Part::Arithmetic(word, Quoting::Double),
        part => part,
    }));
    Word { parts }
}

/// `NAME=value`, if that is what `word` is.
fn assignment(word: &Word) -> Option<(Rc<str>, Word)> {
    let Part::Literal(first) = word.parts.first()? else { return None };
    let (name, value) = first.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut parts = Vec::new();
    let count = word.parts.len();
    for (index, part) in word.parts.iter().enumerate() {
        let last = index + 1 == count;
        match part {
            Part::Literal(_) if index == 0 => with_homes(value, true, last, &mut parts),
            Part::Literal(text) => with_homes(text, false, last, &mut parts),
            part => parts.push(part.clone()),
        }
    }
    Some((name.into(), Word { parts }))
}

/// The text of a value: in it `~` stands for a home at the beginning and after each colon.
fn with_homes(text: &str, begins: bool, ends: bool, parts: &mut Vec<Part>) {
    let mut plain = String::new();
    let pieces: Vec<&str> = text.split(':').collect();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            plain.push(':');
        }
        let user = piece.strip_prefix('~').map(|rest| rest.split('/').next().unwrap_or_default());
        let whole = user.is_some_and(|user| user.len() + 1 < piece.len()) || index + 1 < pieces.len() || ends;
        match user.filter(|_| whole && (index > 0 || begins)) {
            Some(user) => {
                if !plain.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut plain).into()));
                }
                parts.push(Part::Tilde(user.into()));
                plain.push_str(&piece[1 + user.len()..]);
            }
            None => plain.push_str(piece),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Literal(plain.into()));
    }
}
