//! The record and its fields: either is made from the other when it is needed.

use super::value::Value;
use crate::shell::regex::{Dialect, Regex};
use std::rc::Rc;

/// The most fields a record may get by an assignment.
const MOST_FIELDS: usize = 100_000;

/// How a text is cut into pieces.
pub(super) enum Separator {
    /// At blanks and line breaks.
    Blanks,
    /// Into its characters.
    Nothing,
    /// At one character.
    Char(char),
    Regex(Rc<Regex>),
}

impl Separator {
    /// What FS or an argument of `split` means.
    pub(super) fn new(text: &str) -> Self {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Self::Nothing,
            (Some(' '), None) => Self::Blanks,
            (Some(only), None) if only != '\\' => Self::Char(only),
            _ => match Regex::new(text, Dialect::Extended, false) {
                Ok(regex) => Self::Regex(Rc::new(regex)),
                Err(_) => Self::Nothing,
            },
        }
    }

    pub(super) fn split(&self, text: &str) -> Vec<Rc<str>> {
        if text.is_empty() {
            return Vec::new();
        }
        match self {
            Self::Blanks => text.split([' ', '\t', '\n']).filter(|field| !field.is_empty()).map(Rc::from).collect(),
            Self::Nothing => text.chars().map(|next| next.to_string().into()).collect(),
            Self::Char(separator) => text.split(*separator).map(Rc::from).collect(),
            Self::Regex(regex) => {
                let (mut fields, mut start, mut from) = (Vec::new(), 0, 0);
                while let Some((begin, end)) = regex.find(text, from).and_then(|found| found.group(0)) {
                    if begin == end {
                        from = text[end..].chars().next().map_or(text.len() + 1, |next| end + next.len_utf8());
                        if from > text.len() {
                            break;
                        }
                        continue;
                    }
                    fields.push(text[start..begin].into());
                    (start, from) = (end, end);
                }
                fields.push(text[start..].into());
                fields
            }
        }
    }
}

/// `$0`, `$1`, … and NF.
#[derive(Default)]
pub(super) struct Record {
    text: Rc<str>,
    fields: Vec<Value>,
    is_split: bool,
    is_joined: bool,
}

impl Record {
    pub(super) fn set(&mut self, text: Rc<str>) {
        *self = Self { text, fields: Vec::new(), is_split: false, is_joined: true };
    }

    pub(super) fn is_split(&self) -> bool {
        self.is_split
    }

    pub(super) fn split(&mut self, separator: &Separator) {
        if !self.is_split {
            self.fields = separator.split(&self.text).into_iter().map(Value::Input).collect();
            self.is_split = true;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.fields.len()
    }

    /// The whole record; put together again with `separator` if a field has changed.
    pub(super) fn text(&mut self, separator: &str, format: &str) -> Rc<str> {
        if !self.is_joined {
            let texts: Vec<Rc<str>> = self.fields.iter().map(|field| field.text(format)).collect();
            self.text = texts.join(separator).into();
            self.is_joined = true;
        }
        self.text.clone()
    }

    pub(super) fn field(&self, number: usize) -> Value {
        self.fields.get(number - 1).cloned().unwrap_or_default()
    }

    pub(super) fn set_field(&mut self, number: usize, value: Value) {
        if self.fields.len() < number {
            self.set_count(number);
        }
        if let Some(field) = self.fields.get_mut(number - 1) {
            *field = value;
        }
        self.is_joined = false;
    }

    pub(super) fn set_count(&mut self, count: usize) {
        self.fields.resize(count.min(MOST_FIELDS), Value::Text("".into()));
        self.is_joined = false;
    }
}
