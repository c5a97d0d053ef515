//! Answers of the server, and how `redis-cli` prints them.

use serde::{Deserialize, Serialize};

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A word such as `OK`.
    Status(String),
    /// A string.
    Text(String),
    /// A number.
    Number(i64),
    /// Nothing.
    Nil,
    /// Several answers.
    List(Vec<Reply>),
    /// An error, with its kind first.
    Error(String),
}

impl Reply {
    /// `OK`.
    pub fn ok() -> Self {
        Self::Status("OK".to_string())
    }

    /// A list of strings.
    pub fn list(items: impl IntoIterator<Item = String>) -> Self {
        Self::List(items.into_iter().map(Reply::Text).collect())
    }

    /// A string, or nothing.
    pub fn maybe(text: Option<String>) -> Self {
        text.map_or(Self::Nil, Self::Text)
    }

    /// The command was written for another kind of value.
    pub fn wrong_type() -> Self {
        Self::Error("WRONGTYPE Operation against a key holding the wrong kind of value".to_string())
    }

    /// A number was expected.
    pub fn not_a_number() -> Self {
        Self::Error("ERR value is not an integer or out of range".to_string())
    }

    /// The words are in no order that the command knows.
    pub fn syntax() -> Self {
        Self::Error("ERR syntax error".to_string())
    }

    /// What the simulation leaves out.
    pub fn unsupported(what: &str) -> Self {
        Self::Error(format!("ERR the simulation does not know {what}"))
    }

    /// As it is printed into a pipe: one line for each string. An error has an empty line after it.
    pub fn raw(&self) -> String {
        match self {
            Reply::Status(text) | Reply::Text(text) => text.clone(),
            Reply::Number(number) => number.to_string(),
            Reply::Nil => String::new(),
            Reply::List(items) => items.iter().map(Reply::raw).collect::<Vec<_>>().join("\n"),
            Reply::Error(text) => format!("{text}\n"),
        }
    }

    /// As it is printed on a terminal, behind `indent` blanks.
    pub fn formatted(&self, indent: usize) -> String {
        match self {
            Reply::Status(text) => format!("{text}\n"),
            Reply::Text(text) => format!("{}\n", quoted(text)),
            Reply::Number(number) => format!("(integer) {number}\n"),
            Reply::Nil => "(nil)\n".to_string(),
            Reply::Error(text) => format!("(error) {text}\n"),
            Reply::List(items) if items.is_empty() => "(empty array)\n".to_string(),
            Reply::List(items) => {
                let width = items.len().to_string().len();
                let line = |(at, item): (usize, &Reply)| {
                    let blanks = if at == 0 { String::new() } else { " ".repeat(indent) };
                    format!("{blanks}{:>width$}) {}", at + 1, item.formatted(indent + width + 2))
                };
                items.iter().enumerate().map(line).collect()
            }
        }
    }
}

/// A string with quotes and escapes (`sdscatrepr` of Redis).
fn quoted(text: &str) -> String {
    let mut result = String::from('"');
    for byte in text.bytes() {
        match byte {
            b'\\' | b'"' => result.push_str(&format!("\\{}", byte as char)),
            b'\n' => result.push_str("\\n"),
            b'\r' => result.push_str("\\r"),
            b'\t' => result.push_str("\\t"),
            32..=126 => result.push(byte as char),
            other => result.push_str(&format!("\\x{other:02x}")),
        }
    }
    result + "\""
}
