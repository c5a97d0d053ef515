//! The text of a template as pieces, and the words of an action. Must not know values.

/// How deep blocks may nest.
const DEEPEST: usize = 50;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Plain text.
    Text(String),
    /// An action whose result is printed.
    Print(String),
    /// `range`, `if` or `with`.
    Block {
        /// Which.
        word: String,
        /// What it looks at.
        condition: String,
        /// What lies before `else` or `end`.
        body: Vec<Piece>,
        /// What lies behind `else`.
        otherwise: Vec<Piece>,
    },
}

/// What ended a list of pieces.
enum Terminator {
    EndOfText,
    End,
    /// `else`, and the block that may follow it at once: `else if .A`.
    Else(Option<String>),
}

/// The pieces of a template; Go's text for what is wrong.
pub fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut rest = format;
    match list(&mut rest, 0)? {
        (pieces, Terminator::EndOfText) => Ok(pieces),
        (_, Terminator::End) => Err(failed("unexpected {{end}}")),
        (_, Terminator::Else(_)) => Err(failed("unexpected {{else}}")),
    }
}

fn failed(text: &str) -> String {
    format!("template: :1: {text}")
}

fn list(rest: &mut &str, depth: usize) -> Result<(Vec<Piece>, Terminator), String> {
    if depth > DEEPEST {
        return Err(failed("max expression depth exceeded"));
    }
    let mut pieces = Vec::new();
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}").ok_or_else(|| failed("unclosed action"))?;
        let (trims_before, trims_after) = (action.starts_with("- "), action.ends_with(" -"));
        pieces.push(Piece::Text(if trims_before { before.trim_end() } else { before }.to_owned()));
        *rest = if trims_after { after.trim_start() } else { after };
        let action = action.trim_start_matches("- ").trim_end_matches(" -").trim();
        let (word, argument) = action.split_once(' ').unwrap_or((action, ""));
        match word {
            _ if action.starts_with("/*") => {}
            "range" | "if" | "with" => pieces.push(block(word, argument.trim(), rest, depth)?),
            "else" => {
                return Ok((
                    pieces,
                    Terminator::Else(Some(argument.trim().to_owned()).filter(|text| !text.is_empty())),
                ));
            }
            "end" => return Ok((pieces, Terminator::End)),
            _ => pieces.push(Piece::Print(action.to_owned())),
        }
    }
    pieces.push(Piece::Text(std::mem::take(rest).to_owned()));
    Ok((pieces, Terminator::EndOfText))
}

fn block(word: &str, condition: &str, rest: &mut &str, depth: usize) -> Result<Piece, String> {
    let (body, end) = list(rest, depth + 1)?;
    let otherwise = match end {
        Terminator::EndOfText => return Err(failed("unexpected EOF")),
        Terminator::End => Vec::new(),
        Terminator::Else(Some(next)) => {
            let (word, condition) = next.split_once(' ').unwrap_or((&next, ""));
            vec![block(word, condition.trim(), rest, depth + 1)?]
        }
        Terminator::Else(None) => match list(rest, depth + 1)? {
            (pieces, Terminator::End) => pieces,
            (_, Terminator::Else(_)) => return Err(failed("expected end; found {{else}}")),
            (_, Terminator::EndOfText) => return Err(failed("unexpected EOF")),
        },
    };
    Ok(Piece::Block { word: word.to_owned(), condition: condition.to_owned(), body, otherwise })
}

/// The words of a command: quoted texts and parentheses hold together.
pub fn words(command: &str) -> Vec<String> {
    split(command, ' ').into_iter().filter(|word| !word.is_empty()).collect()
}

/// Parts between separators that stand outside quotes and parentheses, trimmed.
pub fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut quote, mut depth) = (Vec::new(), String::new(), None, 0usize);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '`') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, letter) if letter == separator && depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part.trim().to_owned());
    parts
}

/// A quoted word's text.
pub fn unquoted(word: &str) -> String {
    let inner = &word[1..word.len() - 1];
    match word.starts_with('`') {
        true => inner.to_owned(),
        false => inner.replace("\\\"", "\"").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\"),
    }
}
