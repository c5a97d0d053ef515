//! Text to tokens.

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A word, in lower case.
    Word(String),
    /// A quoted name.
    Name(String),
    /// A number as written.
    Number(String),
    /// A string.
    Text(String),
    /// A sign, of one or two characters.
    Sign(&'static str),
}

const SIGNS: [&str; 22] = [
    "<>", "!=", "<=", ">=", "::", "||", "(", ")", ",", ";", "=", "<", ">", "+", "-", "*", "/", "%", ".", ":", "[", "]",
];

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The token.
    pub token: Token,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset past its last byte.
    pub end: usize,
}

/// The tokens of `text`; the error is the text that cannot be read.
pub fn tokens(text: &str) -> Result<Vec<Placed>, String> {
    let mut result = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(skipped) = blank_or_comment(rest, c) {
            at += skipped;
            continue;
        }
        let (token, length) = next(rest, c).ok_or_else(|| rest.chars().take(20).collect::<String>())?;
        result.push(Placed { token, start: at, end: at + length });
        at += length;
    }
    Ok(result)
}

fn blank_or_comment(rest: &str, first: char) -> Option<usize> {
    if first.is_whitespace() {
        return Some(first.len_utf8());
    }
    if rest.starts_with("--") || first == '#' {
        return Some(rest.find('\n').map_or(rest.len(), |end| end + 1));
    }
    rest.starts_with("/*").then(|| rest.find("*/").map_or(rest.len(), |end| end + 2))
}

fn next(rest: &str, first: char) -> Option<(Token, usize)> {
    match first {
        '\'' => quoted(rest, '\'').map(|(text, length)| (Token::Text(text), length)),
        '"' | '`' => quoted(rest, first).map(|(text, length)| (Token::Name(text), length)),
        '$' if rest.starts_with("$$") => {
            let end = rest[2..].find("$$")?;
            Some((Token::Text(rest[2..2 + end].to_string()), end + 4))
        }
        c if c.is_ascii_digit() => {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            Some((Token::Number(rest[..end].to_string()), end))
        }
        c if c.is_alphabetic() || "_@".contains(c) => {
            let end = rest.find(|c: char| !c.is_alphanumeric() && !"_@$".contains(c)).unwrap_or(rest.len());
            Some((Token::Word(rest[..end].to_lowercase()), end))
        }
        _ => SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| (Token::Sign(sign), sign.len())),
    }
}

/// A quoted text; the quote is doubled within, or follows a backslash in a string.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
            chars.next();
            text.push(quote);
        } else {
            return Some((text, at + 1));
        }
    }
    None
}
