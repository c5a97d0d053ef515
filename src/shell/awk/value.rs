//! Awk's values: numbers and texts, and texts that look like numbers because they were read.

use super::lexer::number_length;
use crate::shell::builtins::numbers::{Layout, real};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    #[default]
    Unset,
    Number(f64),
    Text(Rc<str>),
    /// A text from the input: compared as a number if it looks like one.
    Input(Rc<str>),
}

impl Value {
    pub(super) fn truth(truth: bool) -> Self {
        Self::Number(f64::from(u8::from(truth)))
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Unset => 0.0,
            Self::Number(number) => *number,
            Self::Text(text) | Self::Input(text) => leading_number(text).0,
        }
    }

    /// Its text; a number that is not whole, in `format`.
    pub(super) fn text(&self, format: &str) -> Rc<str> {
        match self {
            Self::Unset => "".into(),
            Self::Number(number) => number_text(*number, format).into(),
            Self::Text(text) | Self::Input(text) => text.clone(),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Unset => false,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Input(text) => match looks_numeric(text) {
                Some(number) => number != 0.0,
                None => !text.is_empty(),
            },
        }
    }

    /// The number, unless the value must be compared as a text.
    fn numeric(&self) -> Option<f64> {
        match self {
            Self::Unset => Some(0.0),
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
            Self::Input(text) => looks_numeric(text),
        }
    }

    pub(super) fn compare(&self, other: &Self, format: &str) -> Ordering {
        match (self.numeric(), other.numeric()) {
            (Some(left), Some(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
            _ => self.text(format).as_bytes().cmp(other.text(format).as_bytes()),
        }
    }
}

/// The number at the beginning of `text`, and how many bytes it takes, the blanks before it among them.
fn leading_number(text: &str) -> (f64, usize) {
    let blanks = text.len() - text.trim_start().len();
    let sign = usize::from(text[blanks..].starts_with(['+', '-']));
    let digits = &text[blanks + sign..];
    let length = number_length(digits);
    let number = digits[..length].parse().unwrap_or(0.0);
    (
        if text[blanks..].starts_with('-') { -number } else { number },
        if length == 0 { 0 } else { blanks + sign + length },
    )
}

fn looks_numeric(text: &str) -> Option<f64> {
    let (number, length) = leading_number(text);
    (length > 0 && text[length..].trim().is_empty()).then_some(number)
}

pub(super) fn number_text(number: f64, format: &str) -> String {
    if number == number.trunc() && number.abs() < 9.2e18 {
        return (number as i64).to_string();
    }
    let inner = format.trim_start_matches('%');
    let letter = inner.chars().last().filter(|letter| "efgEFG".contains(*letter)).unwrap_or('g');
    let precision = inner.trim_end_matches(letter).trim_start_matches('.').parse().ok();
    real(number, letter, &Layout { precision, ..Layout::default() })
}

/// An array. `for (key in array)` goes through it in the order of busybox's hash table.
#[derive(Debug, Default)]
pub(super) struct Array {
    elements: BTreeMap<Rc<str>, (Value, u64)>,
    next: u64,
}

/// The sizes of busybox's hash table; the next one is taken at more than ten elements for each chain.
const SIZES: [u32; 5] = [61, 251, 1021, 4093, 16381];

impl Array {
    pub(super) fn get(&mut self, key: &Rc<str>) -> Value {
        if let Some((value, _)) = self.elements.get(key) {
            return value.clone();
        }
        self.set(key, Value::Unset);
        Value::Unset
    }

    pub(super) fn set(&mut self, key: &Rc<str>, value: Value) {
        match self.elements.get_mut(key) {
            Some((old, _)) => *old = value,
            None => {
                self.next += 1;
                self.elements.insert(key.clone(), (value, self.next));
            }
        }
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.elements.contains_key(key)
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.elements.remove(key);
    }

    pub(super) fn clear(&mut self) {
        self.elements.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn keys(&self) -> Vec<Rc<str>> {
        let size = SIZES.iter().find(|size| self.elements.len() <= **size as usize * 11).unwrap_or(&SIZES[4]);
        let mut keys: Vec<_> =
            self.elements.iter().map(|(key, (_, age))| (hash(key) % size, u64::MAX - age, key)).collect();
        keys.sort();
        keys.into_iter().map(|(_, _, key)| key.clone()).collect()
    }
}

fn hash(key: &str) -> u32 {
    // The bytes are signed there.
    let step = |hash: u32, byte: u8| (byte as i8 as u32).wrapping_add(hash << 6).wrapping_sub(hash);
    key.bytes().fold(0, step)
}
