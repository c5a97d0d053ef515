//! Go templates as `--format` takes them: fields, `range`, `if`, `with`, pipelines and Docker's functions. Must not know what
//! the values describe.

mod functions;
mod syntax;

use super::value::Value;
use std::collections::BTreeMap;
use syntax::{Piece, words};

/// What is wrong with a template, in the words of Go's package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It cannot be read.
    Syntax(String),
    /// It asks for what the value has not.
    Execution(String),
}

/// What it means that a map has no entry of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingKey {
    /// `<no value>` is printed.
    Shown,
    /// An error.
    Refused,
}

/// What a listing command puts through its templates.
pub struct Listing {
    /// The type of a row, as errors show it.
    pub kind: &'static str,
    /// The title of each field over its column, if it has one.
    pub title: fn(&str) -> Option<String>,
    /// What stands before the text about a template that cannot be read, and before one about what a row has not.
    pub problems: [&'static str; 2],
}

/// What most commands say of a template.
pub const PARSING: [&str; 2] = ["template parsing error"; 2];

/// Each row through the template of a listing command, one line each; with `table ` in front as a table with a header.
pub fn listing(format: &str, kind: &Listing, rows: &[serde_json::Value]) -> Result<String, String> {
    let values: Vec<Value> = rows.iter().map(|row| Value::structure(kind.kind, row)).collect();
    listing_of(format, kind, &values)
}

/// Like [`listing`], of rows that are structures already.
pub fn listing_of(format: &str, kind: &Listing, values: &[Value]) -> Result<String, String> {
    let format = format.replace("\\t", "\t").replace("\\n", "\n");
    let [unreadable, missing] = kind.problems;
    let one = |format: &str, value: &Value| {
        render(format, value, MissingKey::Shown).map_err(|problem| match problem {
            Problem::Syntax(text) => format!("{unreadable}: {text}"),
            Problem::Execution(text) => format!("{missing}: {text}"),
        })
    };
    let Some(format) = format.strip_prefix("table ") else {
        return values.iter().map(|value| Ok(format!("{}\n", one(&format, value)?))).collect();
    };
    let cells = |line: String| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let mut rows = vec![cells(header(format, kind.title))];
    for value in values {
        rows.push(cells(one(format, value)?));
    }
    Ok(super::table::table(super::table::DOCKER, &rows))
}

/// The usual title of a field: its name in capitals, as words.
pub fn title(field: &str) -> Option<String> {
    Some(match field {
        "RunningFor" => "CREATED".to_owned(),
        "CreatedAt" => "CREATED AT".to_owned(),
        "LocalVolumes" => "LOCAL VOLUMES".to_owned(),
        other => other.to_uppercase(),
    })
}

/// The header of a table: each field's title, or Go's word for what is not there; for a label its name.
fn header(format: &str, title: fn(&str) -> Option<String>) -> String {
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        line.push_str(before);
        let (action, after) = after.split_once("}}").unwrap_or((after, ""));
        let field = action.split_whitespace().find_map(|word| word.strip_prefix('.')).unwrap_or_default();
        line.push_str(&match field {
            "Label" => action.rsplit('"').nth(1).unwrap_or_default().to_owned(),
            field => title(field).unwrap_or_else(|| "<no value>".to_owned()),
        });
        rest = after;
    }
    line + rest
}

/// A value through a template.
pub fn render(format: &str, value: &Value, missing: MissingKey) -> Result<String, Problem> {
    let pieces = syntax::parse(format).map_err(Problem::Syntax)?;
    let mut run = Run { format, missing, root: value, variables: BTreeMap::new(), text: String::new() };
    run.print(&pieces, value)?;
    Ok(run.text)
}

/// A template on its way through a value.
struct Run<'t> {
    format: &'t str,
    missing: MissingKey,
    root: &'t Value,
    variables: BTreeMap<String, Value>,
    text: String,
}

/// `$key, $value := .Labels`: the names, and what they are given.
fn assigned(condition: &str) -> (Vec<String>, &str) {
    match condition.split_once(":=") {
        Some((names, value)) => (names.split(',').map(|name| name.trim().to_owned()).collect(), value.trim()),
        None => (Vec::new(), condition),
    }
}

impl Run<'_> {
    fn print(&mut self, pieces: &[Piece], dot: &Value) -> Result<(), Problem> {
        for piece in pieces {
            match piece {
                Piece::Text(plain) => self.text.push_str(plain),
                Piece::Print(action) => {
                    let (names, action) = assigned(action);
                    let value = self.pipeline(action, dot)?;
                    match names.as_slice() {
                        [] => self.text.push_str(&value.shown()),
                        names => self.assign(names, &[value]),
                    }
                }
                Piece::Block { word, condition, body, otherwise } => {
                    let before = self.variables.clone();
                    let (names, condition) = assigned(condition);
                    let value = self.pipeline(condition, dot)?;
                    match word.as_str() {
                        "range" => self.range(&names, &value, body, otherwise, dot)?,
                        _ if !value.is_true() => self.print(otherwise, dot)?,
                        word => {
                            self.assign(&names, std::slice::from_ref(&value));
                            self.print(body, if word == "with" { &value } else { dot })?;
                        }
                    }
                    self.variables = before;
                }
            }
        }
        Ok(())
    }

    /// Gives the names the values, the last of them the last value.
    fn assign(&mut self, names: &[String], values: &[Value]) {
        self.variables.extend(names.iter().rev().cloned().zip(values.iter().rev().cloned()));
    }

    fn range(
        &mut self,
        names: &[String],
        value: &Value,
        body: &[Piece],
        otherwise: &[Piece],
        dot: &Value,
    ) -> Result<(), Problem> {
        let items: Vec<(Value, &Value)> = match value {
            Value::List(items) => items.iter().flatten().enumerate().map(|(at, it)| ((at as i64).into(), it)).collect(),
            Value::Map(entries) => entries.iter().flatten().map(|(key, it)| (key.as_str().into(), it)).collect(),
            _ => Vec::new(),
        };
        if items.is_empty() {
            return self.print(otherwise, dot);
        }
        for (key, item) in items {
            self.assign(names, &[key, item.clone()]);
            self.print(body, item)?;
        }
        Ok(())
    }

    /// A pipeline: each command gets the result of the one before as its last argument.
    fn pipeline(&self, text: &str, dot: &Value) -> Result<Value, Problem> {
        let mut piped: Option<Value> = None;
        for command in syntax::split(text, '|') {
            let words = words(&command);
            let Some((name, rest)) = words.split_first() else {
                return Err(Problem::Syntax("template: :1: missing value for command".to_owned()));
            };
            let mut arguments = rest.iter().map(|word| self.operand(word, dot)).collect::<Result<Vec<_>, _>>()?;
            arguments.extend(piped.take());
            piped = Some(match (name.as_str(), functions::find(name)) {
                (".Label", _) => functions::label(dot, &arguments),
                (_, Some(function)) => function(&arguments).map_err(|text| self.failed(name, 0, &text))?,
                (name, None) => self.operand(name, dot)?,
            });
        }
        piped.ok_or_else(|| Problem::Syntax("template: :1: missing value for command".to_owned()))
    }

    fn operand(&self, word: &str, dot: &Value) -> Result<Value, Problem> {
        if let Some((inner, path)) = word.strip_prefix('(').and_then(|word| word.rsplit_once(')')) {
            return self.field(&self.pipeline(inner, dot)?, path, word);
        }
        match word {
            "." => return Ok(dot.clone()),
            "$" => return Ok(self.root.clone()),
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            "nil" => return Ok(Value::Nil),
            _ => {}
        }
        if let Some(path) = word.strip_prefix('.') {
            return self.field(dot, path, word);
        }
        if let Some(path) = word.strip_prefix("$.") {
            return self.field(self.root, path, word);
        }
        if word.starts_with('$') {
            let (name, path) = word.split_once('.').unwrap_or((word, ""));
            let undefined = || Problem::Syntax(format!("template: :1: undefined variable \"{name}\""));
            return self.field(self.variables.get(name).ok_or_else(undefined)?, path, word);
        }
        let quoted = word.len() > 1
            && (word.starts_with('"') && word.ends_with('"') || word.starts_with('`') && word.ends_with('`'));
        match (quoted, word.parse::<i64>()) {
            (true, _) => Ok(syntax::unquoted(word).into()),
            (false, Ok(number)) => Ok(number.into()),
            (false, Err(_)) => Err(Problem::Syntax(format!("template: :1: function \"{word}\" not defined"))),
        }
    }

    fn field(&self, value: &Value, path: &str, word: &str) -> Result<Value, Problem> {
        let mut found = value;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            let next = match found {
                Value::Struct(kind, fields) => {
                    let field = fields.iter().find(|field| field.name == name).map(|field| &field.value);
                    field.ok_or_else(|| format!("can't evaluate field {name} in type {kind}"))
                }
                Value::Map(entries) => match (entries.as_ref().and_then(|entries| entries.get(name)), self.missing) {
                    (Some(value), _) => Ok(value),
                    (None, MissingKey::Shown) => Ok(&Value::Missing),
                    (None, MissingKey::Refused) => Err(format!("map has no entry for key \"{name}\"")),
                },
                Value::Nil => Err(format!("nil data; no entry for key \"{name}\"")),
                _ => Err(format!("can't evaluate field {name} in type interface {{}}")),
            };
            let behind_first = word.get(1..).and_then(|rest| rest.find('.')).map_or(0, |at| at + 1);
            found = next.map_err(|text| self.failed(word, behind_first, &text))?;
        }
        Ok(found.clone())
    }

    /// What Go says of a command that fails; a chain of fields is placed at its second one.
    fn failed(&self, word: &str, behind: usize, text: &str) -> Problem {
        let at = self.format.find(word).unwrap_or(0) + behind;
        let line = 1 + self.format[..at].matches('\n').count();
        let column = at - self.format[..at].rfind('\n').map_or(0, |newline| newline + 1);
        Problem::Execution(format!("template: :{line}:{column}: executing \"\" at <{word}>: {text}"))
    }
}

#[cfg(test)]
mod tests;
