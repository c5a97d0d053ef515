//! Words and operators of the shell, cut from the text. Must not know what commands they form; only what stands in `$(…)`
//! goes back to the parser.

use super::parser::{self, Parser};
use super::syntax::{Missing, Operation, Parameter, Part, Quoting, Reach, Substitution, SyntaxError, Word};
use std::rc::Rc;

/// What the text consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word.
    Word(Word),
    /// Digits right before `<` or `>`.
    Number(u32),
    /// An operator.
    Operator(&'static str),
    /// The end of a line.
    Newline,
    /// The end of the text.
    End,
}

/// The operators, longer ones before those they begin with.
const OPERATORS: [&str; 18] =
    ["<<-", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|", "&", ";", "<", ">", "(", ")"];

/// Where a run of word text ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// At a blank or an operator.
    Blank,
    /// At the closing double quote.
    DoubleQuote,
    /// At the closing brace of `${…}`; in double quotes or not.
    Brace(Quoting),
    /// At the slash or the closing brace of `${V/…}`.
    SlashOrBrace(Quoting),
    /// At the colon or the closing brace of `${V:…}`.
    ColonOrBrace(Quoting),
    /// At the two closing parentheses of `$((…))`.
    Parentheses,
    /// At the end of the text: a here-document.
    End,
}

/// A position in the text.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) depth: u32,
}

type Parsed<T> = Result<T, SyntaxError>;

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, line: u32, depth: u32) -> Self {
        Self { text, at: 0, line, depth }
    }

    pub(super) fn error<T>(&self, message: &str) -> Parsed<T> {
        Err(SyntaxError { message: message.into(), line: self.line })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        if next == '\n' {
            self.line += 1;
        }
        Some(next)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
            self.line += text.matches('\n').count() as u32;
        }
        found
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.eat("\\\n") => {}
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    /// The next token.
    pub(super) fn token(&mut self) -> Parsed<Token> {
        self.skip_blanks();
        let Some(next) = self.peek() else { return Ok(Token::End) };
        if next == '\n' {
            self.bump();
            return Ok(Token::Newline);
        }
        if let Some(operator) = OPERATORS.iter().find(|operator| self.rest().starts_with(**operator)) {
            self.at += operator.len();
            return Ok(Token::Operator(operator));
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0
            && digits < 5
            && self.rest()[digits..].starts_with(['<', '>'])
            && let Ok(number) = self.rest()[..digits].parse()
        {
            self.at += digits;
            return Ok(Token::Number(number));
        }
        self.word(Until::Blank).map(Token::Word)
    }

    /// A word, up to where `until` says; what ends it is left.
    pub(super) fn word(&mut self, until: Until) -> Parsed<Word> {
        let mut word = Builder::default();
        if until == Until::Blank {
            self.tilde(&mut word);
        }
        while let Some(next) = self.peek() {
            if self.ends(until, next) {
                break;
            }
            self.piece(until, next, &mut word)?;
        }
        Ok(word.finish())
    }

    fn ends(&self, until: Until, next: char) -> bool {
        match until {
            Until::Blank => matches!(next, ' ' | '\t' | '\r' | '\n' | '|' | '&' | ';' | '<' | '>' | '(' | ')'),
            Until::DoubleQuote => next == '"',
            Until::Brace(_) => next == '}',
            Until::SlashOrBrace(_) => matches!(next, '/' | '}'),
            Until::ColonOrBrace(_) => matches!(next, ':' | '}'),
            Until::Parentheses => self.rest().starts_with("))"),
            Until::End => false,
        }
    }

    fn tilde(&mut self, word: &mut Builder) {
        if self.peek() != Some('~') {
            return;
        }
        let length = self.rest()[1..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let after = self.rest()[1 + length..].chars().next();
        if after.is_none_or(|next| next == '/' || self.ends(Until::Blank, next)) {
            word.push(Part::Tilde(self.rest()[1..1 + length].into()));
            self.at += 1 + length;
        }
    }

    fn piece(&mut self, until: Until, next: char, word: &mut Builder) -> Parsed<()> {
        let quoting = quoting(until);
        match next {
            '\\' => self.backslash(until, word),
            '$' => self.dollar(quoting, word)?,
            '`' => self.backquote(quoting, word)?,
            '\'' if !matches!(until, Until::DoubleQuote | Until::Parentheses | Until::End)
                && quoting == Quoting::Bare =>
            {
                self.at += 1;
                let Some(length) = self.rest().find('\'') else { return self.error("unterminated quoted string") };
                word.quoted(&self.rest()[..length]);
                self.line += self.rest()[..length].matches('\n').count() as u32;
                self.at += length + 1;
            }
            '"' if !matches!(until, Until::End | Until::Parentheses) => {
                self.at += 1;
                let inner = self.nested(|cursor| cursor.word(Until::DoubleQuote))?;
                if !self.eat("\"") {
                    return self.error("unterminated quoted string");
                }
                // `"$@"` without parameters is no field at all, but `""` is one.
                if inner.parts.is_empty() {
                    word.quoted("");
                }
                inner.parts.into_iter().for_each(|part| word.push(part));
            }
            _ => {
                self.bump();
                if quoting == Quoting::Double { word.quoted_char(next) } else { word.literal(next) }
            }
        }
        Ok(())
    }

    fn backslash(&mut self, until: Until, word: &mut Builder) {
        self.bump();
        let Some(next) = self.peek() else { return word.quoted("\\") };
        if next == '\n' {
            self.bump();
            return;
        }
        let special = match quoting(until) {
            Quoting::Bare => true,
            Quoting::Double => matches!(next, '$' | '`' | '\\') || next == '"' && until != Until::End || next == '}',
        };
        if special {
            self.bump();
            word.quoted_char(next);
        } else {
            word.quoted_char('\\');
        }
    }

    fn dollar(&mut self, quoting: Quoting, word: &mut Builder) -> Parsed<()> {
        self.at += 1;
        if self.eat("((") {
            let inner = self.nested(|cursor| cursor.arithmetic())?;
            word.push(Part::Arithmetic(inner, quoting));
            return Ok(());
        }
        match self.peek() {
            Some('(') => {
                self.at += 1;
                self.substitution(quoting, word)
            }
            Some('{') => {
                self.at += 1;
                let parameter = self.nested(|cursor| cursor.braces(quoting))?;
                word.push(Part::Parameter(parameter, quoting));
                Ok(())
            }
            Some('\'') if quoting == Quoting::Bare => {
                self.at += 1;
                self.escapes(word)
            }
            _ => {
                match self.name() {
                    "" if quoting == Quoting::Double => word.quoted("$"),
                    "" => word.literal('$'),
                    name => word
                        .push(Part::Parameter(Parameter { name: name.into(), operation: Operation::Value }, quoting)),
                }
                Ok(())
            }
        }
    }

    /// `$((…))`; busybox takes a lone closing parenthesis for a part of it.
    fn arithmetic(&mut self) -> Parsed<Word> {
        let mut word = Builder::default();
        let mut open = 0u32;
        while let Some(next) = self.peek() {
            match next {
                '(' => open += 1,
                ')' if open > 0 => open -= 1,
                ')' if self.eat("))") => return Ok(word.finish()),
                _ => {}
            }
            self.piece(Until::Parentheses, next, &mut word)?;
        }
        self.error("missing '))'")
    }

    fn substitution(&mut self, quoting: Quoting, word: &mut Builder) -> Parsed<()> {
        if self.depth >= parser::DEEPEST {
            return self.error("nested too deeply");
        }
        let mut parser = Parser::new(Cursor::new(self.rest(), self.line, self.depth + 1));
        let script = parser.until_parenthesis()?;
        self.at += parser.cursor.at;
        self.line = parser.cursor.line;
        word.push(Part::Command(Substitution(Rc::new(script)), quoting));
        Ok(())
    }

    fn backquote(&mut self, quoting: Quoting, word: &mut Builder) -> Parsed<()> {
        self.at += 1;
        let mut inner = String::new();
        loop {
            match self.bump() {
                None => return self.error("EOF in backquote substitution"),
                Some('`') => break,
                Some('\\') => match self.bump() {
                    Some(next @ ('`' | '\\' | '$')) => inner.push(next),
                    Some('"') if quoting == Quoting::Double => inner.push('"'),
                    Some(next) => inner.extend(['\\', next]),
                    None => inner.push('\\'),
                },
                Some(next) => inner.push(next),
            }
        }
        if self.depth >= parser::DEEPEST {
            return self.error("nested too deeply");
        }
        let script = Parser::new(Cursor::new(&inner, self.line, self.depth + 1)).all();
        match script.error {
            Some(error) => Err(error),
            None => {
                word.push(Part::Command(Substitution(Rc::new(script)), quoting));
                Ok(())
            }
        }
    }

    /// The parameter's name that begins here: letters and digits, one digit, or one special character.
    fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let length = match rest.bytes().next() {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => 1,
            _ => 0,
        };
        self.at += length;
        &rest[..length]
    }

    /// `${…}` after the opening brace.
    fn braces(&mut self, quoting: Quoting) -> Parsed<Parameter> {
        let rest = self.rest();
        let length_of = rest.starts_with('#') && !rest.starts_with("#}") && {
            let after = rest[1..].chars().next();
            after.is_some_and(|next| {
                next.is_ascii_alphanumeric() || matches!(next, '_' | '@' | '*' | '?' | '$' | '!' | '#' | '-')
            })
        };
        if length_of {
            self.at += 1;
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let name: Rc<str> = if digits > 1 {
            self.at += digits;
            self.text[self.at - digits..self.at].into()
        } else {
            self.name().into()
        };
        if name.is_empty() {
            return self.error(if self.peek().is_none() { "missing '}'" } else { "bad substitution" });
        }
        let operation = if length_of { Operation::Length } else { self.operation(quoting)? };
        if !self.eat("}") {
            return self.error(if self.peek().is_none() { "missing '}'" } else { "bad substitution" });
        }
        Ok(Parameter { name, operation })
    }

    fn operation(&mut self, quoting: Quoting) -> Parsed<Operation> {
        let missing =
            if self.peek() == Some(':') && matches!(self.rest().as_bytes().get(1), Some(b'-' | b'=' | b'?' | b'+')) {
                self.at += 1;
                Missing::Empty
            } else {
                Missing::Unset
            };
        let Some(operator @ ('-' | '=' | '?' | '+' | '#' | '%' | ':' | '/')) = self.peek() else {
            return Ok(Operation::Value);
        };
        self.at += 1;
        Ok(match operator {
            '-' => Operation::Default(missing, self.word(Until::Brace(quoting))?),
            '=' => Operation::Assign(missing, self.word(Until::Brace(quoting))?),
            '?' => Operation::Require(missing, self.word(Until::Brace(quoting))?),
            '+' => Operation::Alternative(missing, self.word(Until::Brace(quoting))?),
            '#' => Operation::TrimStart(self.reach("#"), self.word(Until::Brace(Quoting::Bare))?),
            '%' => Operation::TrimEnd(self.reach("%"), self.word(Until::Brace(Quoting::Bare))?),
            ':' => {
                let offset = self.word(Until::ColonOrBrace(quoting))?;
                let length = if self.eat(":") { Some(self.word(Until::Brace(quoting))?) } else { None };
                Operation::Substring(offset, length)
            }
            _ => {
                let reach = self.reach("/");
                let pattern = self.word(Until::SlashOrBrace(Quoting::Bare))?;
                let word = if self.eat("/") { self.word(Until::Brace(quoting))? } else { Word::default() };
                Operation::Replace(reach, pattern, word)
            }
        })
    }

    fn reach(&mut self, again: &str) -> Reach {
        if self.eat(again) { Reach::Long } else { Reach::Short }
    }

    /// `$'…'` after the opening quote.
    fn escapes(&mut self, word: &mut Builder) -> Parsed<()> {
        word.quoted("");
        loop {
            match self.bump() {
                None => return self.error("unterminated quoted string"),
                Some('\'') => return Ok(()),
                Some('\\') => match self.bump() {
                    Some('n') => word.quoted_char('\n'),
                    Some('t') => word.quoted_char('\t'),
                    Some('r') => word.quoted_char('\r'),
                    Some('e') => word.quoted_char('\x1b'),
                    Some('a') => word.quoted_char('\x07'),
                    Some(next @ ('\\' | '\'' | '"')) => word.quoted_char(next),
                    Some(next) => {
                        word.quoted_char('\\');
                        word.quoted_char(next);
                    }
                    None => {}
                },
                Some(next) => word.quoted_char(next),
            }
        }
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= parser::DEEPEST {
            return self.error("nested too deeply");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }
}

fn quoting(until: Until) -> Quoting {
    match until {
        Until::Blank => Quoting::Bare,
        Until::DoubleQuote | Until::Parentheses | Until::End => Quoting::Double,
        Until::Brace(quoting) | Until::SlashOrBrace(quoting) | Until::ColonOrBrace(quoting) => quoting,
    }
}

/// Collects the parts of a word, joining neighbouring texts.
#[derive(Default)]
struct Builder {
    parts: Vec<Part>,
    literal: String,
    quoted: Option<String>,
}

impl Builder {
    fn literal(&mut self, next: char) {
        self.flush_quoted();
        self.literal.push(next);
    }

    fn quoted(&mut self, text: &str) {
        self.flush_literal();
        self.quoted.get_or_insert_default().push_str(text);
    }

    fn quoted_char(&mut self, next: char) {
        self.flush_literal();
        self.quoted.get_or_insert_default().push(next);
    }

    fn push(&mut self, part: Part) {
        if let Part::Quoted(text) = &part {
            return self.quoted(text);
        }
        self.flush_literal();
        self.flush_quoted();
        self.parts.push(part);
    }

    fn flush_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal).into()));
        }
    }

    fn flush_quoted(&mut self) {
        if let Some(text) = self.quoted.take() {
            self.parts.push(Part::Quoted(text.into()));
        }
    }

    fn finish(mut self) -> Word {
        self.flush_literal();
        self.flush_quoted();
        Word { parts: self.parts }
    }
}
