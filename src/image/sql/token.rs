//! Text to tokens.

use super::dialect::Dialect;

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
    /// A sign, of one to three characters.
    Sign(&'static str),
    /// `$1`, `@@name`, `@name`.
    Variable(String),
}

const SIGNS: [&str; 38] = [
    "->>", "#>>", "!~*", ":=", "<=>", "<>", "!=", "<=", ">=", "::", "||", "->", "#>", "@>", "<@", "~*", "!~", "&&",
    "(", ")", ",", ";", "=", "<", ">", "+", "-", "*", "/", "%", "^", ".", ":", "[", "]", "~", "&", "|",
];

/// A token and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The token.
    pub token: Token,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset past its last byte.
    pub end: usize,
}

/// Where a text cannot be read, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Offset of the place.
    pub at: usize,
    /// Whether a quote is not closed.
    pub is_open_quote: bool,
}

/// The tokens of `text`.
pub fn tokens(text: &str, dialect: Dialect) -> Result<Vec<Placed>, Unreadable> {
    let mut result = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(skipped) = blank_or_comment(rest, c, dialect) {
            at += skipped;
            continue;
        }
        let is_open_quote = matches!(c, '\'' | '"' | '`') || rest.starts_with("$$");
        let (token, length) = next(rest, c, dialect).ok_or(Unreadable { at, is_open_quote })?;
        result.push(Placed { token, start: at, end: at + length });
        at += length;
    }
    Ok(result)
}

fn blank_or_comment(rest: &str, first: char, dialect: Dialect) -> Option<usize> {
    if first.is_whitespace() {
        return Some(first.len_utf8());
    }
    if rest.starts_with("--") || (first == '#' && dialect.is_mysql()) {
        return Some(rest.find('\n').map_or(rest.len(), |end| end + 1));
    }
    // `/*!40101 … */` is a statement for MySQL: its marks are left out, its content is read.
    if dialect.is_mysql() && (rest.starts_with("/*!") || rest.starts_with("/*M!")) {
        let start = rest.find('!').unwrap_or(0) + 1;
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        let is_later = rest[start..start + digits].parse().is_ok_and(|version: u32| version > LATEST_VERSION);
        // What is meant for a later server is a comment after all.
        return if is_later { Some(end_of_comment(rest)) } else { Some(start + digits) };
    }
    if dialect.is_mysql() && rest.starts_with("*/") {
        return Some(2);
    }
    rest.starts_with("/*").then(|| end_of_comment(rest))
}

/// The number that a version-marked comment must not exceed.
const LATEST_VERSION: u32 = 130_000;

fn end_of_comment(rest: &str) -> usize {
    rest.find("*/").map_or(rest.len(), |end| end + 2)
}

fn next(rest: &str, first: char, dialect: Dialect) -> Option<(Token, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || "_$".contains(c);
    match first {
        '\'' => quoted(rest, '\'', dialect.is_mysql()).map(|(text, length)| (Token::Text(text), length)),
        '"' if dialect.is_mysql() => quoted(rest, '"', true).map(|(text, length)| (Token::Text(text), length)),
        'e' | 'E' if rest[1..].starts_with('\'') && !dialect.is_mysql() => {
            quoted(&rest[1..], '\'', true).map(|(text, length)| (Token::Text(text), length + 1))
        }
        '"' | '`' => quoted(rest, first, false).map(|(text, length)| (Token::Name(text), length)),
        '$' | '@' => variable(rest, first),
        c if c.is_ascii_digit() => Some(number(rest)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => Some(number(rest)),
        c if c.is_alphabetic() || c == '_' => {
            let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            Some((Token::Word(rest[..end].to_lowercase()), end))
        }
        _ => SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| (Token::Sign(sign), sign.len())),
    }
}

fn number(rest: &str) -> (Token, usize) {
    let plain = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let power = rest[plain..].strip_prefix(['e', 'E']).map_or(0, |after| {
        let sign = usize::from(after.starts_with(['+', '-']));
        match after[sign..].bytes().take_while(u8::is_ascii_digit).count() {
            0 => 0,
            digits => 1 + sign + digits,
        }
    });
    (Token::Number(rest[..plain + power].to_string()), plain + power)
}

/// `$$text$$`, `$tag$text$tag$`, `$1`, `@name`, `@@name`.
fn variable(rest: &str, first: char) -> Option<(Token, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || "_.".contains(c);
    if first == '@' {
        if rest.starts_with("@>") {
            return Some((Token::Sign("@>"), 2));
        }
        let marks = if rest.starts_with("@@") { 2 } else { 1 };
        let length = rest[marks..].find(|c: char| !is_word(c)).unwrap_or(rest.len() - marks);
        return Some((Token::Variable(rest[..marks + length].to_lowercase()), marks + length));
    }
    let end = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_'))? + 1;
    if !rest[end..].starts_with('$') {
        return Some((Token::Variable(rest[..end].to_string()), end));
    }
    let tag = &rest[..=end];
    let length = rest[tag.len()..].find(tag)?;
    Some((Token::Text(rest[tag.len()..tag.len() + length].to_string()), length + 2 * tag.len()))
}

/// A quoted text; the quote is doubled within, or follows a backslash where those count.
fn quoted(rest: &str, quote: char, has_backslashes: bool) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && has_backslashes {
            text.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                other => other,
            });
        } else if c != quote {
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
