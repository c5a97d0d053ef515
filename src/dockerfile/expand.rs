//! Variables and quotes in an instruction's word, as the builder's own small shell replaces them.

/// `word` with quotes taken off and variables replaced; `lookup` gives a variable's value.
///
/// Knows `$name`, `${name}`, `${name:-word}`, `${name-word}`, `${name:+word}`, `${name+word}`. An unset variable is empty.
pub fn expand(word: &str, escape: char, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let mut expansion = Expansion { rest: word, escape, lookup, result: String::new() };
    expansion.run();
    expansion.result
}

struct Expansion<'a> {
    rest: &'a str,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    result: String,
}

impl Expansion<'_> {
    fn run(&mut self) {
        let mut double = false;
        while let Some(c) = self.next() {
            match c {
                '\'' if !double => self.single_quoted(),
                '"' => double = !double,
                c if c == self.escape => self.escaped(double),
                '$' => self.variable(),
                c => self.result.push(c),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn single_quoted(&mut self) {
        let end = self.rest.find('\'').unwrap_or(self.rest.len());
        self.result.push_str(&self.rest[..end]);
        self.rest = self.rest.get(end + 1..).unwrap_or("");
    }

    fn escaped(&mut self, double: bool) {
        match self.next() {
            Some(c) if double && !matches!(c, '"' | '$') && c != self.escape => {
                self.result.push(self.escape);
                self.result.push(c);
            }
            Some(c) => self.result.push(c),
            None => self.result.push(self.escape),
        }
    }

    fn variable(&mut self) {
        if let Some(rest) = self.rest.strip_prefix('{') {
            let end = closing_brace(rest);
            let inner = &rest[..end];
            self.rest = rest.get(end + 1..).unwrap_or("");
            let value = self.braced(inner);
            self.result.push_str(&value);
            return;
        }
        let length = name_length(self.rest);
        if length == 0 {
            self.result.push('$');
            return;
        }
        let value = (self.lookup)(&self.rest[..length]).unwrap_or_default();
        self.rest = &self.rest[length..];
        self.result.push_str(&value);
    }

    fn braced(&self, inner: &str) -> String {
        let length = name_length(inner);
        let (name, modifier) = inner.split_at(length);
        let value = (self.lookup)(name);
        let (colon, modifier) = match modifier.strip_prefix(':') {
            Some(rest) => (true, rest),
            None => (false, modifier),
        };
        let present = value.as_ref().is_some_and(|value| !colon || !value.is_empty());
        let alternative = || expand(modifier.get(1..).unwrap_or(""), self.escape, self.lookup);
        match modifier.chars().next() {
            Some('-') if !present => alternative(),
            Some('+') if present => alternative(),
            Some('+') => String::new(),
            _ => value.unwrap_or_default(),
        }
    }
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 1;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Where the brace that was opened before `text` closes; its end if it does not.
fn closing_brace(text: &str) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}
