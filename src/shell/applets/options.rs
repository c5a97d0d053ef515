//! The options of an applet, as getopt reads them.

use std::rc::Rc;

/// Options of an applet: single letters, some with a value; then its operands.
pub(super) struct Options {
    pub(super) letters: Vec<(char, Option<Rc<str>>)>,
    pub(super) operands: Vec<Rc<str>>,
}

impl Options {
    /// Takes `args` (the first is the name) apart: `letters` as for getopts, `v` or `v:`; a `+` in front ends the options at
    /// the first operand. The letter that is not among them, if there is one, is the error.
    pub(super) fn parse(args: &[Rc<str>], letters: &str) -> Result<Self, String> {
        let (strict, letters) = match letters.strip_prefix('+') {
            Some(letters) => (true, letters),
            None => (false, letters),
        };
        let mut options = Self { letters: Vec::new(), operands: Vec::new() };
        let mut rest = args.iter().skip(1);
        while let Some(arg) = rest.next() {
            if &**arg == "--" {
                options.operands.extend(rest.cloned());
                break;
            }
            let Some(given) = arg.strip_prefix('-').filter(|given| !given.is_empty()) else {
                options.operands.push(arg.clone());
                if strict {
                    options.operands.extend(rest.cloned());
                    break;
                }
                continue;
            };
            options.take(given, letters, &mut rest)?;
        }
        Ok(options)
    }

    fn take<'a>(
        &mut self,
        given: &str,
        letters: &str,
        rest: &mut impl Iterator<Item = &'a Rc<str>>,
    ) -> Result<(), String> {
        for (at, letter) in given.char_indices() {
            let place = letters.find(letter).filter(|_| letter != ':');
            let Some(place) = place else { return Err(format!("invalid option -- '{letter}'")) };
            if !letters[place + letter.len_utf8()..].starts_with(':') {
                self.letters.push((letter, None));
                continue;
            }
            let after = &given[at + letter.len_utf8()..];
            let value = if after.is_empty() { rest.next().cloned() } else { Some(after.into()) };
            let value = value.ok_or_else(|| format!("option requires an argument -- '{letter}'"))?;
            self.letters.push((letter, Some(value)));
            break;
        }
        Ok(())
    }

    pub(super) fn has(&self, letter: char) -> bool {
        self.letters.iter().any(|(known, _)| *known == letter)
    }

    pub(super) fn value(&self, letter: char) -> Option<&Rc<str>> {
        self.letters.iter().rev().find(|(known, _)| *known == letter).and_then(|(_, value)| value.as_ref())
    }

    pub(super) fn number(&self, letter: char) -> Option<u64> {
        self.value(letter).and_then(|value| value.parse().ok())
    }
}

/// The options of an applet, or its end if there is one that it does not know.
macro_rules! options {
    ($process:expr, $letters:literal) => {
        match $crate::shell::applets::Options::parse(&$process.args(), $letters) {
            Ok(options) => options,
            Err(message) => return $crate::shell::applets::fail_with(&$process, &message).await,
        }
    };
}
pub(super) use options;
