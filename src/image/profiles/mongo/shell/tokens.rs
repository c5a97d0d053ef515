//! The words of JavaScript.

/// A piece of text.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Name(String),
    Number(f64),
    Text(String),
    Template(String),
    Regex(String, String),
    Sign(String),
    Line,
}

const SIGNS: [&str; 40] = [
    "===", "!==", "**=", "...", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "++", "--", "+=", "-=", "*=", "/=",
    "?.", "**", "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "=", ".",
];

/// Takes a script apart; the error is JavaScript's text.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\n' {
            tokens.push(Token::Line);
            rest = &rest[1..];
        } else if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
        } else if rest.starts_with("//") || rest.starts_with("#!") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").ok_or("SyntaxError: Unterminated comment")?.1;
        } else if matches!(c, '"' | '\'' | '`') {
            let (inside, behind) = string(&rest[1..], c)?;
            tokens.push(if c == '`' { Token::Template(inside) } else { Token::Text(inside) });
            rest = behind;
        } else if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(rest.len());
            tokens
                .push(Token::Number(rest[..end].replace('_', "").parse().map_err(|_| "SyntaxError: Invalid number")?));
            rest = &rest[end..];
        } else if c.is_alphabetic() || matches!(c, '_' | '$') {
            let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_string()));
            rest = &rest[end..];
        } else if c == '/' && begins_regex(tokens.last()) {
            let (pattern, behind) = string(&rest[1..], '/')?;
            let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
            tokens.push(Token::Regex(pattern, behind[..end].to_string()));
            rest = &behind[end..];
        } else {
            let sign =
                SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or("SyntaxError: Invalid or unexpected token")?;
            tokens.push(Token::Sign((*sign).to_string()));
            rest = &rest[sign.len()..];
        }
    }
    Ok(tokens)
}

/// Whether a slash behind a token begins an expression, and is no division.
fn begins_regex(before: Option<&Token>) -> bool {
    match before {
        None | Some(Token::Line) => true,
        Some(Token::Sign(sign)) => !matches!(sign.as_str(), ")" | "]" | "}"),
        _ => false,
    }
}

/// The inside of a string up to its quote, and what is behind it. In a regular expression the backslashes stay.
fn string(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut inside = String::new();
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match c {
            c if c == quote => return Ok((inside, &text[at + c.len_utf8()..])),
            '\\' => match rest.next().map(|(_, c)| c) {
                Some('n') if quote != '/' => inside.push('\n'),
                Some('t') if quote != '/' => inside.push('\t'),
                Some(c) if quote == '/' && c != '/' => inside.extend(['\\', c]),
                Some(c) => inside.push(c),
                None => break,
            },
            c => inside.push(c),
        }
    }
    Err("SyntaxError: Invalid or unexpected token".into())
}
