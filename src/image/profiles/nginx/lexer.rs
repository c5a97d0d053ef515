//! The words of nginx's configuration: a file as statements, up to the first mistake. Knows no directive.
//!
//! Source: nginx itself (1.22), with which texts and lines of the errors were compared.

/// One statement: the words before `;` or `{`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its words; the first is the directive.
    pub words: Vec<String>,
    /// The line on which it ends, as nginx counts: that of its `;` or `{`.
    pub line: usize,
    /// What ends it.
    pub end: End,
}

/// What ends a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `;`
    Semicolon,
    /// `{`
    Opening,
    /// `}`: the end of a block; there are no words.
    Closing,
    /// The end of the file; there are no words.
    File,
}

/// A text on its way to statements.
pub struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// From the start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.chars().peekable(), line: 1 }
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    /// The next statement; the error is nginx's text, and its line.
    pub fn statement(&mut self) -> Result<Statement, (String, usize)> {
        let mut words = Vec::new();
        let done = |words, line, end| Ok(Statement { words, line, end });
        loop {
            let Some(c) = self.next_char() else {
                return match words.is_empty() {
                    true => done(words, self.line, End::File),
                    false => Err(self.unexpected_end()),
                };
            };
            match c {
                c if c.is_ascii_whitespace() => {}
                '#' => while self.rest.next_if(|c| *c != '\n').is_some() {},
                ';' | '{' if words.is_empty() => return Err((format!("unexpected \"{c}\""), self.line)),
                ';' => return done(words, self.line, End::Semicolon),
                '{' => return done(words, self.line, End::Opening),
                '}' if words.is_empty() => return done(words, self.line, End::Closing),
                '}' => return Err(("unexpected \"}\"".into(), self.line)),
                '"' | '\'' => words.push(self.quoted(c)?),
                c => {
                    let (word, end) = self.word(c)?;
                    words.push(word);
                    if let Some(end) = end {
                        return done(words, self.line, end);
                    }
                }
            }
        }
    }

    fn unexpected_end(&self) -> (String, usize) {
        ("unexpected end of file, expecting \";\" or \"}\"".into(), self.line)
    }

    /// A word in quotes; behind it there has to be a blank or the end of something.
    fn quoted(&mut self, quote: char) -> Result<String, (String, usize)> {
        let mut word = String::new();
        loop {
            match self.next_char().ok_or_else(|| self.unexpected_end())? {
                c if c == quote => break,
                '\\' => self.escaped(&mut word),
                c => word.push(c),
            }
        }
        match self.rest.peek().copied() {
            Some(c) if !c.is_ascii_whitespace() && !matches!(c, ';' | '{' | ')') => {
                Err((format!("unexpected \"{c}\""), self.line))
            }
            _ => Ok(word),
        }
    }

    /// What stands behind a backslash: quotes, blanks and line breaks by letter; with anything else the backslash stays.
    fn escaped(&mut self, word: &mut String) {
        match self.next_char() {
            Some(c @ ('"' | '\'' | '\\')) => word.push(c),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(c) => word.extend(['\\', c]),
            None => {}
        }
    }

    /// A word without quotes, and what ends the statement if that is right behind it.
    fn word(&mut self, first: char) -> Result<(String, Option<End>), (String, usize)> {
        let mut word = String::new();
        let mut next = Some(first);
        while let Some(c) = next {
            match c {
                c if c.is_ascii_whitespace() => return Ok((word, None)),
                ';' => return Ok((word, Some(End::Semicolon))),
                '{' if !word.ends_with('$') => return Ok((word, Some(End::Opening))),
                '\\' => self.escaped(&mut word),
                c => word.push(c),
            }
            next = self.next_char();
        }
        Err(self.unexpected_end())
    }
}
