//! Simple commands: assignments, words, redirections, here-documents.

use super::{Body, Indentation, Parsed, Parser, is_name};
use crate::shell::lexer::{Cursor, Token, Until};
use crate::shell::syntax::{Command, Part, Redirection, RedirectionKind, Simple, Word};
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
            if !matches!(self.peek()?, Token::Word(_)) {
                break;
            }
            let Token::Word(word) = self.next()? else { break };
            match assignment(&word) {
                Some(assignment) if simple.words.is_empty() => simple.assignments.push(assignment),
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
            ">" | ">|" => RedirectionKind::Write(word),
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

/// `NAME=value`, if that is what `word` is.
fn assignment(word: &Word) -> Option<(Rc<str>, Word)> {
    let Part::Literal(first) = word.parts.first()? else { return None };
    let (name, value) = first.split_once('=')?;
    if !is_name(name) {
        return None;
    }
    let mut parts = Vec::new();
    match value.strip_prefix('~') {
        Some(rest) if word.parts.len() == 1 && (rest.is_empty() || rest.starts_with('/')) => {
            parts.push(Part::Tilde("".into()));
            parts.push(Part::Literal(rest.into()));
        }
        _ if value.is_empty() => {}
        _ => parts.push(Part::Literal(value.into())),
    }
    parts.extend(word.parts.iter().skip(1).cloned());
    Some((name.into(), Word { parts }))
}
