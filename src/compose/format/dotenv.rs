//! `.env` files and `env_file`s as compose-go reads them (semantics L20 to L23, L62, L63), and the raw format.

use super::quote::quote;
use super::variable::{self, Mention};
use crate::text::TextRange;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// The variables, as far as the file was read.
    pub variables: BTreeMap<String, Assignment>,
    /// Names for which Docker warns that they are not set, in order, one for each warning.
    pub unset: Vec<(String, TextRange)>,
    /// Why the file is refused: Docker's words behind `failed to read FILE: `, and the place.
    pub error: Option<EnvironmentError>,
}

/// A variable of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its value.
    pub value: String,
    /// Where its name stands; the last one's if it is set twice.
    pub name_range: TextRange,
    /// Where its value stands, quotes included.
    pub value_range: TextRange,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentError {
    /// Docker's words, the line included.
    pub docker: String,
    /// The bytes at fault.
    pub range: TextRange,
}

/// Where values of variables outside the file come from.
pub type Lookup<'a, 'v> = &'a dyn Fn(&str) -> Option<Cow<'v, str>>;

/// Reads a file. A variable in a value is first looked up with `lookup`, then among those that stand before it; a bare name
/// takes its value from `lookup`, or is left out.
pub fn parse(text: &str, lookup: Lookup<'_, '_>) -> EnvironmentFile {
    let start = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    let mut reader = Reader { text, at: start, line: 1, lookup, file: EnvironmentFile::default() };
    let error = reader.run().err();
    EnvironmentFile { error, ..reader.file }
}

/// Reads a file in the format `raw`: each line is `NAME=value`, whatever the value holds; a bare name takes its value from
/// `lookup`.
pub fn parse_raw(text: &str, lookup: Lookup<'_, '_>) -> EnvironmentFile {
    let mut file = EnvironmentFile::default();
    let start = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let from = at;
        at += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let blanks = line.len() - line.trim_start().len();
        let (from, line) = (from + blanks, &line[blanks..]);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = super::pair::split(line);
        let range = |start: usize, end: usize| TextRange::new((from + start) as u32, (from + end) as u32);
        let refusal = match name {
            "" => Some(format!("no variable name on line '{line}'")),
            name if name.contains([' ', '\t', '\r']) => Some(format!("variable '{name}' contains whitespaces")),
            _ => None,
        };
        if let Some(docker) = refusal {
            file.error = Some(EnvironmentError { docker, range: range(0, name.len().max(1).min(line.len())) });
            return file;
        }
        let outside = || lookup(name).map(Cow::into_owned);
        if let Some(value) = value.map(str::to_owned).or_else(outside) {
            let value_start = (name.len() + 1).min(line.len());
            let places = (range(0, name.len()), range(value_start, line.len()));
            let assignment = Assignment { value, name_range: places.0, value_range: places.1 };
            file.variables.insert(name.to_owned(), assignment);
        }
    }
    file
}

struct Reader<'a, 'v> {
    text: &'a str,
    at: usize,
    line: u32,
    lookup: Lookup<'a, 'v>,
    file: EnvironmentFile,
}

struct Name {
    text: String,
    range: TextRange,
    inherited: bool,
}

/// Go's `unicode.IsSpace` without the line break, as the reader of names has it.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\x0B' | '\x0C' | '\r' | ' ' | '\u{85}' | '\u{A0}')
}

impl<'a> Reader<'a, '_> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, words: &str, start: usize, end: usize) -> Result<T, EnvironmentError> {
        let range = TextRange::new(start as u32, end as u32);
        Err(EnvironmentError { docker: format!("line {}: {words}", self.line), range })
    }

    fn run(&mut self) -> Result<(), EnvironmentError> {
        while self.skip_to_statement() {
            let name = self.name()?;
            if name.text.contains(' ') {
                return self.fail("key cannot contain a space", name.range.start as usize, name.range.end as usize);
            }
            if name.inherited {
                if let Some(value) = (self.lookup)(&name.text) {
                    self.assign(name, value.into_owned(), TextRange::at(self.at as u32));
                }
                continue;
            }
            let start = self.at;
            let value = match self.rest().as_bytes().first() {
                Some(quote @ (b'\'' | b'"')) => self.quoted(*quote)?,
                _ => self.unquoted()?,
            };
            let end = self.text[start..self.at].trim_end().len() + start;
            self.assign(name, value, TextRange::new(start as u32, end as u32));
        }
        Ok(())
    }

    fn assign(&mut self, name: Name, value: String, value_range: TextRange) {
        let assignment = Assignment { value, name_range: name.range, value_range };
        self.file.variables.insert(name.text, assignment);
    }

    /// Moves over white space and comments; false at the end.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start().len();
            self.line += rest[..blanks].bytes().filter(|byte| *byte == b'\n').count() as u32;
            self.at += blanks;
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            let Some(end) = self.rest().find('\n') else { return false };
            self.at += end;
        }
    }

    fn name(&mut self) -> Result<Name, EnvironmentError> {
        if let Some(after) = self.rest().strip_prefix("export")
            && after.starts_with(['\t', '\n', '\x0C', '\r', ' '])
        {
            self.at = self.text.len() - after.trim_start_matches(is_blank).len();
        }
        let (start, rest) = (self.at, self.rest());
        let mut found = None;
        for (at, character) in rest.char_indices() {
            match character {
                '=' | ':' | '\n' => {
                    found = Some((at, character));
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                _ if is_blank(character) || character.is_alphabetic() || character.is_numeric() => {}
                _ => {
                    let line = rest.split('\n').next().unwrap_or("");
                    let words = format!(
                        "unexpected character {} in variable name {}",
                        quote(&character.to_string()),
                        quote(line)
                    );
                    return self.fail(&words, start + at, start + at + character.len_utf8());
                }
            }
        }
        if rest.is_empty() {
            return Err(EnvironmentError {
                docker: "zero length string".to_owned(),
                range: TextRange::at(start as u32),
            });
        }
        // Without `=`, `:` or a line break behind it, the name is lost, and what follows begins with it again.
        let (end, inherited) = found.map_or((0, false), |(end, character)| (end, character == '\n'));
        let text = rest[..end].trim_end();
        if inherited && !rest[..end].contains(' ') {
            self.line += 1;
        }
        let after = &rest[found.map_or(0, |(end, _)| end + 1)..];
        self.at = self.text.len() - after.trim_start_matches(is_blank).len();
        let range = TextRange::new(start as u32, (start + text.len()) as u32);
        Ok(Name { text: text.to_owned(), range, inherited })
    }

    /// A value up to the end of the line, or to a ` #`.
    fn unquoted(&mut self) -> Result<String, EnvironmentError> {
        let (start, rest) = (self.at, self.rest());
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        self.at = self.text.len() - after.len();
        self.line += 1;
        let value = line.split_once(" #").map_or(line, |(value, _)| value).trim_end();
        self.expand(value, Some(start))
    }

    fn quoted(&mut self, mark: u8) -> Result<String, EnvironmentError> {
        let (start, rest) = (self.at, self.rest());
        let mut value = Vec::new();
        let mut escaped = false;
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            self.line += u32::from(byte == b'\n');
            if byte == mark && !escaped {
                self.at = start + at + 1;
                let value = String::from_utf8_lossy(&value).into_owned();
                if mark == b'\'' {
                    return Ok(value);
                }
                let verbatim = value.len() == at - 1 && !value.contains('\\');
                return self.expand(&expand_escapes(&value), verbatim.then_some(start + 1));
            }
            if byte == b'\\' && !escaped {
                escaped = true;
                continue;
            }
            if escaped && byte != mark {
                value.push(b'\\');
            }
            escaped = false;
            value.push(byte);
        }
        let first_line = rest.split('\n').next().unwrap_or("");
        self.fail(&format!("unterminated quoted value {first_line}"), start, start + first_line.len())
    }

    /// Puts in the values of variables. `start` is where `value` stands in the file, if it stands there as it is.
    fn expand(&mut self, value: &str, start: Option<usize>) -> Result<String, EnvironmentError> {
        if !variable::has_variables(value) {
            return Ok(value.to_owned());
        }
        let variables = &self.file.variables;
        let outside = self.lookup;
        let result = variable::substitute(value, &|name: &str| {
            let inside = || variables.get(name).map(|found| Cow::Owned(found.value.clone()));
            outside(name).map(|value| Cow::Owned(value.into_owned())).or_else(inside)
        });
        let place = |range: TextRange| match start {
            Some(start) => TextRange::new(range.start + start as u32, range.end + start as u32),
            None => TextRange::at(self.at as u32),
        };
        self.file.unset.extend(result.unset.iter().map(|(name, range)| (name.clone(), place(*range))));
        match result.error {
            Some(error) => Err(EnvironmentError { docker: error.text(), range: place(error.range()) }),
            None => Ok(result.text),
        }
    }
}

/// The escapes of a double-quoted value: those of the shell that Go knows, `\$`, and octal numbers after `\0`.
fn expand_escapes(value: &str) -> String {
    let mut result = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let next = rest.as_bytes().get(1).copied().unwrap_or(0);
        let replacement = match next {
            b'a' => "\x07",
            b'b' => "\x08",
            b'f' => "\x0C",
            b'n' => "\n",
            b'r' => "\r",
            b't' => "\t",
            b'v' => "\x0B",
            b'\\' => "\\",
            b'"' => "\"",
            b'$' => "$$",
            b'0' => {
                let digits = rest[2..].bytes().take(3).take_while(u8::is_ascii_digit).count();
                let whole = &rest[..2 + digits];
                let number =
                    u32::from_str_radix(&rest[2..2 + digits], 8).ok().filter(|number| digits == 3 && *number < 256);
                match number.and_then(char::from_u32) {
                    Some(character) => result.push(character),
                    None => result.extend(["\\", &whole[2..]]),
                }
                rest = &rest[whole.len()..];
                continue;
            }
            _ => {
                result.push('\\');
                rest = &rest[1..];
                continue;
            }
        };
        result.push_str(replacement);
        rest = &rest[2..];
    }
    result.push_str(rest);
    result
}

/// The variables a file mentions, for hover and completion.
pub fn mentions(value: &str) -> Vec<Mention> {
    variable::substitute(value, &|_| None).mentions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<Cow<'static, str>> {
        (name == "HOME").then_some("/h".into())
    }

    fn show(file: &EnvironmentFile) -> String {
        let mut shown: Vec<_> = file.variables.iter().map(|(name, a)| format!("{name}={:?}", a.value)).collect();
        shown.extend(file.error.iter().map(|error| format!("!{}", error.docker)));
        shown.join(" ")
    }

    #[test]
    fn files() {
        let cases = [
            ("A=b\n# c\nexport C = d # e\nE: f#g\n", r#"A="b" C="d" E="f#g""#),
            ("A='x $B'\nB=\"y\\n$A\"\nC=$HOME/$A\n", r#"A="x $B" B="y\nx $B" C="/h/x $B""#),
            ("HOME\nNOT\nA=1", r#"A="1" HOME="/h""#),
            ("A=\"two\nlines\"\nB='it\\'s'\n", r#"A="two\nlines" B="it's""#),
            ("\u{FEFF}A=1\r\nB=\"2\"\r\n", r#"A="1" B="2""#),
            ("A=\"\\$X \\\\ \\q \\0101\"\n", r#"A="$X \\ \\q A""#),
            ("MY!KEY=2\n", "!line 1: unexpected character \"!\" in variable name \"MY!KEY=2\""),
            ("A=1\nnot a line\n", "A=\"1\" !line 2: key cannot contain a space"),
            ("A=1\n\nB=\"never closed\nC=2\n", "A=\"1\" !line 5: unterminated quoted value \"never closed"),
            ("A=${B:?set}\n", "!required variable B is missing a value: set"),
            ("A=${\n", "!Invalid template: \"${\""),
        ];
        for (text, expected) in cases {
            assert_eq!(show(&parse(text, &lookup)), expected, "{text:?}");
        }
    }

    #[test]
    fn raw_files() {
        let cases = [
            ("A=\"b\" # c\n #d\n  E=$F\r\nHOME\nNOT\n", r#"A="\"b\" # c" E="$F" HOME="/h""#),
            ("A B=c\n", "!variable 'A B' contains whitespaces"),
            ("=c\n", "!no variable name on line '=c'"),
        ];
        for (text, expected) in cases {
            assert_eq!(show(&parse_raw(text, &lookup)), expected, "{text:?}");
        }
    }

    #[test]
    fn places() {
        let text = "A=1\nB='two' # x\n";
        let file = parse(text, &lookup);
        let slice = |range: TextRange| &text[range.start as usize..range.end as usize];
        let b = &file.variables["B"];
        assert_eq!((slice(b.name_range), slice(b.value_range)), ("B", "'two'"));
    }
}
