//! Command lines of client tools: options with and without values, and the rest.

use std::rc::Rc;

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    options: Vec<(String, String)>,
    /// What is not an option.
    pub operands: Vec<String>,
}

impl Arguments {
    /// Takes `arguments` apart; the first names the program. `with_value` are the options that have a value: single letters,
    /// or long names without dashes. A letter's value may follow at once (`-Uexample`), letters without one may be bundled
    /// (`-tA`). `--` ends the options.
    pub fn parse(arguments: &[Rc<str>], with_value: &[&str]) -> Self {
        let mut result = Self::default();
        let mut rest = arguments.iter().skip(1).map(|argument| &**argument);
        while let Some(argument) = rest.next() {
            if argument == "--" {
                result.operands.extend(rest.by_ref().map(str::to_string));
            } else if let Some(long) = argument.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let value = match value {
                    None if with_value.contains(&name) => rest.next().unwrap_or(""),
                    given => given.unwrap_or(""),
                };
                result.options.push((name.to_string(), value.to_string()));
            } else if argument.len() > 1 && argument.starts_with('-') {
                result.letters(&argument[1..], with_value, &mut rest);
            } else {
                result.operands.push(argument.to_string());
            }
        }
        result
    }

    fn letters<'a>(&mut self, letters: &str, with_value: &[&str], rest: &mut impl Iterator<Item = &'a str>) {
        for (at, letter) in letters.char_indices() {
            let name = letter.to_string();
            if with_value.contains(&name.as_str()) {
                let after = &letters[at + letter.len_utf8()..];
                let value = if after.is_empty() { rest.next().unwrap_or("") } else { after };
                self.options.push((name, value.to_string()));
                return;
            }
            self.options.push((name, String::new()));
        }
    }

    /// The last value of an option, by any of its names.
    pub fn value(&self, names: &[&str]) -> Option<&str> {
        self.options.iter().rev().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    /// All values of an option, in order.
    pub fn values(&self, names: &[&str]) -> Vec<&str> {
        self.options
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Options of these names with their values, in order.
    pub fn in_order(&self, names: &[&str]) -> Vec<(&str, &str)> {
        let found = self.options.iter().filter(|(name, _)| names.contains(&name.as_str()));
        found.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The first option that is none of these.
    pub fn unknown(&self, known: &[&str]) -> Option<String> {
        self.options.iter().map(|(name, _)| name).find(|name| !known.contains(&name.as_str())).cloned()
    }

    /// Whether an option is there.
    pub fn has(&self, names: &[&str]) -> bool {
        self.value(names).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_from_operands() {
        let words: Vec<Rc<str>> =
            ["psql", "-Uexample", "-tA", "-c", "select 1", "--dbname=shop", "x", "--", "-y"].map(Rc::from).to_vec();
        let arguments = Arguments::parse(&words, &["U", "c", "d", "dbname"]);
        assert_eq!(arguments.value(&["U", "username"]), Some("example"));
        assert_eq!(arguments.values(&["c"]), ["select 1"]);
        assert!(arguments.has(&["t"]) && arguments.has(&["A"]) && !arguments.has(&["q"]));
        assert_eq!(
            (arguments.value(&["d", "dbname"]), arguments.operands.join(" ")),
            (Some("shop"), "x -y".to_string())
        );
    }
}
