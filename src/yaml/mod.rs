//! YAML as Docker Compose reads it (go-yaml v3), as a tree in which every node and every key has its range.
//!
//! Parsing cannot fail: [`parse`] gives the documents it could make out, and the problems beside them. Must not know any
//! Compose key.

pub mod emit;
pub mod node;
mod parser;
mod problem;
mod reader;
mod recovery;
pub mod resolve;
mod scanner;
mod token;

pub use node::{Entry, Kind, Node, Origin, Property, Scalar, Style};
pub use problem::Problem;
pub use reader::decode;
pub use resolve::Resolved;

use crate::text::TextRange;

/// What a text turned out to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents, also where the text is broken: then what could be made out of them.
    pub documents: Vec<Node>,
    /// Everything that is wrong with the text, in the order of finding it; the first is what stops Docker.
    pub problems: Vec<Problem>,
    /// What go-yaml says and where it stops; `None` where it reads the text to its end.
    pub failure: Option<Failure>,
    /// Places where the text was mended to read on. What is wrong in a value that lies there may be the mending's fault.
    pub mended: Vec<TextRange>,
}

/// The error with which go-yaml stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its text, with `yaml: ` before it.
    pub text: String,
    /// How many documents it has read to their end before: 0 where already `yaml.Unmarshal`, which reads one document,
    /// fails.
    pub documents: usize,
}

/// Reads all documents of a text.
pub fn parse(text: &str) -> Parsed {
    let pass = parser::run(text);
    let refused = reader::first_refused(text);
    if pass.error.is_none() && pass.unknown_anchors.is_empty() && pass.too_deep.is_none() && refused.is_none() {
        return Parsed { documents: pass.documents, ..Parsed::default() };
    }
    recovery::recover(text, pass, refused)
}

/// Reads all documents of a file's bytes. The ranges belong to the text that [`decode`] makes of them.
pub fn parse_bytes(bytes: &[u8]) -> Parsed {
    match decode(bytes) {
        (text, None) => parse(&text),
        (text, Some(refused)) => recovery::recover(&text, parser::run(&text), Some(refused)),
    }
}

#[cfg(test)]
mod tests;
