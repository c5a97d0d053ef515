//! Words, numbers and signs of an awk program, cut from the text.

use std::rc::Rc;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(Rc<str>),
    Regex(Rc<str>),
    Name(Rc<str>),
    /// A name right before a parenthesis: a call of the program's own function.
    Called(Rc<str>),
    Word(&'static str),
    Builtin(&'static str),
    Sign(&'static str),
    Newline,
    End,
}

/// Reserved words.
const WORDS: [&str; 19] = [
    "BEGIN", "END", "function", "func", "if", "else", "while", "do", "for", "in", "break", "continue", "next", "exit",
    "return", "delete", "print", "printf", "getline",
];

/// Functions that awk brings along.
const BUILTINS: [&str; 29] = [
    "and", "atan2", "close", "compl", "cos", "exp", "fflush", "gensub", "gsub", "index", "int", "length", "log",
    "lshift", "match", "or", "rand", "rshift", "sin", "split", "sprintf", "sqrt", "srand", "strftime", "sub", "substr",
    "system", "systime", "tolower",
];

const MORE_BUILTINS: [&str; 2] = ["toupper", "xor"];

/// Signs, longer ones before those they begin with.
const SIGNS: [&str; 45] = [
    "**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "!~", "{",
    "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=", "&",
    "\\", "@", "#",
];

pub(super) struct Lexer<'a> {
    rest: &'a str,
    pub(super) line: u32,
}

/// What the parser is told about a text that is not a program.
pub(super) type Problem = &'static str;

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
            if let Some(rest) = self.rest.strip_prefix("\\\n").or_else(|| self.rest.strip_prefix("\\\r\n")) {
                self.line += 1;
                self.rest = rest;
            } else if self.rest.starts_with('#') {
                self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
            } else {
                return;
            }
        }
    }

    /// The next token; where a value may begin, a slash begins a regular expression.
    pub(super) fn token(&mut self, value_may_begin: bool) -> Result<Token, Problem> {
        self.skip();
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        if first == '\n' {
            self.rest = &self.rest[1..];
            self.line += 1;
            return Ok(Token::Newline);
        }
        if first == '"' {
            return self.delimited('"').map(|text| Token::Text(unescape(&text).into()));
        }
        if first == '/' && value_may_begin {
            return self.delimited('/').map(|text| Token::Regex(text.replace("\\/", "/").into()));
        }
        let digits = self.rest.trim_start_matches('.');
        if digits.starts_with(|digit: char| digit.is_ascii_digit()) && self.rest.len() - digits.len() < 2 {
            let length = number_length(self.rest);
            let number = self.rest[..length].parse().unwrap_or(0.0);
            self.rest = &self.rest[length..];
            return Ok(Token::Number(number));
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(self.name());
        }
        let sign = SIGNS.iter().find(|sign| self.rest.starts_with(**sign)).ok_or("Unexpected token")?;
        self.rest = &self.rest[sign.len()..];
        Ok(Token::Sign(sign))
    }

    fn name(&mut self) -> Token {
        let length = self.rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        if let Some(word) = WORDS.iter().find(|word| **word == name) {
            return Token::Word(word);
        }
        if let Some(builtin) = BUILTINS.iter().chain(&MORE_BUILTINS).find(|builtin| **builtin == name) {
            return Token::Builtin(builtin);
        }
        if rest.starts_with('(') { Token::Called(name.into()) } else { Token::Name(name.into()) }
    }

    /// A text up to `end`, which a backslash takes the meaning from; as it stands.
    fn delimited(&mut self, end: char) -> Result<String, Problem> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, next)) = chars.next() {
            if next == end {
                self.rest = &self.rest[at + 1..];
                return Ok(text);
            }
            if next == '\n' {
                break;
            }
            text.push(next);
            if next == '\\'
                && let Some((_, escaped)) = chars.next()
            {
                text.push(escaped);
            }
        }
        Err("Unexpected end of string")
    }
}

/// How many bytes at the beginning of `text` are a number.
pub(super) fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    let whole = length;
    if text[length..].starts_with('.') {
        let fraction = digits(length + 1);
        if whole + fraction == 0 {
            return 0;
        }
        length += 1 + fraction;
    }
    if length > 0 && text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// The text of a string: its backslash sequences replaced.
pub(super) fn unescape(text: &str) -> String {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' || at + 1 == bytes.len() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        at += 2;
        match bytes[at - 1] {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'v' => out.push(11),
            byte @ (b'"' | b'\\' | b'/') => out.push(byte),
            b'x' if bytes.get(at).is_some_and(u8::is_ascii_hexdigit) => {
                let digits = bytes[at..].iter().take(2).take_while(|digit| digit.is_ascii_hexdigit()).count();
                let value = std::str::from_utf8(&bytes[at..at + digits]).ok();
                out.push(value.and_then(|value| u8::from_str_radix(value, 16).ok()).unwrap_or(0));
                at += digits;
            }
            b'0'..=b'7' => {
                let digits = bytes[at - 1..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let value = bytes[at - 1..at - 1 + digits]
                    .iter()
                    .fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                out.push(value as u8);
                at += digits - 1;
            }
            other => out.extend([b'\\', other]),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
