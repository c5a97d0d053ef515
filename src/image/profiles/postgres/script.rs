//! A script of psql taken apart: statements, backslash commands, variables (`psqlscan.l` of psql).

use std::collections::BTreeMap;

/// A part of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A statement with its semicolon, and the line it ends on.
    Statement(String, usize),
    /// A backslash command: its text, what stands before it on the line and not ended, and the line.
    Backslash(String, String, usize),
}

/// What the scanner is inside of.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    Quote(char),
    LineComment,
    BlockComment,
}

/// The pieces of a script, and what is left without a semicolon.
pub fn pieces(script: &str) -> (Vec<Piece>, String) {
    let mut pieces = Vec::new();
    let (mut text, mut line, mut depth) = (String::new(), 1, 0_i32);
    let mut inside = Inside::Nothing;
    let mut at = 0;
    while let Some(c) = script[at..].chars().next() {
        let rest = &script[at..];
        let mut taken = c.len_utf8();
        let is_blank = text.trim().is_empty();
        match (inside, c) {
            (Inside::Nothing, '\'' | '"') => inside = Inside::Quote(c),
            (Inside::Quote(quote), c) if c == quote => inside = Inside::Nothing,
            (Inside::Nothing, '-') if rest.starts_with("--") => inside = Inside::LineComment,
            (Inside::LineComment, '\n') => inside = Inside::Nothing,
            (Inside::Nothing, '/') if rest.starts_with("/*") => inside = Inside::BlockComment,
            (Inside::BlockComment, '*') if rest.starts_with("*/") => {
                inside = Inside::Nothing;
                text.push('*');
                at += 1;
            }
            (Inside::Nothing, '$') => taken = dollar_quote(rest).unwrap_or(1),
            (Inside::Nothing, '(') => depth += 1,
            (Inside::Nothing, ')') => depth -= 1,
            (Inside::Nothing, ';') if depth <= 0 => {
                if !is_blank {
                    pieces.push(Piece::Statement(format!("{};", text.trim_start()), line));
                }
                text.clear();
                at += 1;
                continue;
            }
            (Inside::Nothing, '\\') => {
                let end = rest.find('\n').unwrap_or(rest.len());
                pieces.push(Piece::Backslash(
                    rest[..end].trim_end().to_string(),
                    std::mem::take(&mut text).trim().to_string(),
                    line,
                ));
                at += end;
                continue;
            }
            _ => {}
        }
        line += rest[..taken].matches('\n').count();
        let script_part = &script[at..at + taken];
        if !(is_blank && (inside == Inside::LineComment || script_part.trim().is_empty())) {
            text.push_str(script_part);
        }
        at += taken;
    }
    (pieces, text.trim().to_string())
}

/// The length of a text between `$tag$`s.
fn dollar_quote(rest: &str) -> Option<usize> {
    let end = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_'))? + 1;
    let tag = rest.get(..=end).filter(|tag| tag.ends_with('$'))?;
    Some(rest[tag.len()..].find(tag)? + 2 * tag.len())
}

/// A statement with the values of variables: `:name`, `:'name'`, `:"name"`.
pub fn substituted(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ':') if !rest.starts_with("::") && !result.ends_with(':') => {
                if let Some((value, length)) = variable(&rest[1..], variables) {
                    result.push_str(&value);
                    rest = &rest[1 + length..];
                    continue;
                }
            }
            _ => {}
        }
        result.push(c);
        rest = &rest[c.len_utf8()..];
    }
    result
}

fn variable(rest: &str, variables: &BTreeMap<String, String>) -> Option<(String, usize)> {
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let skipped = usize::from(quote.is_some());
    let length = rest[skipped..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - skipped);
    let value = variables.get(&rest[skipped..skipped + length])?;
    match quote {
        None => Some((value.clone(), length)),
        Some(quote) if rest[skipped + length..].starts_with(quote) => {
            let doubled = value.replace(quote, &format!("{quote}{quote}"));
            Some((format!("{quote}{doubled}{quote}"), length + 2))
        }
        Some(_) => None,
    }
}
