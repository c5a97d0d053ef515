//! Flags in front of an instruction's words: `--from=build`, `--interval=5s`.

use std::time::Duration;

/// The flags of an instruction and what follows them.
pub struct Flags<'a> {
    pub values: Vec<(&'a str, &'a str)>,
    pub rest: &'a str,
}

/// Takes the leading `--name=value` words off `text`.
pub fn take(text: &str) -> Flags<'_> {
    let mut rest = text.trim_start();
    let mut values = Vec::new();
    while let Some(after) = rest.strip_prefix("--") {
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        values.push(after[..end].split_once('=').unwrap_or((&after[..end], "")));
        rest = after[end..].trim_start();
    }
    Flags { values, rest }
}

impl Flags<'_> {
    /// The last value of flag `name`.
    pub fn get(&self, name: &str) -> Option<String> {
        self.values.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
    }

    /// An error in Docker's words if a flag is not one of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.values.iter().find(|(key, _)| !known.contains(key)) {
            Some((key, _)) => Err(format!("unknown flag: {key}")),
            None => Ok(()),
        }
    }

    /// The value of a flag as a duration in Go's notation.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, String> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        duration(&text).map(Some).ok_or_else(|| format!("time: invalid duration {text:?}"))
    }
}

/// Go's durations: `1m30s`, `500ms`, `0`.
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = match &rest[digits..unit_end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * unit).ok()?)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then_some(total)
}
