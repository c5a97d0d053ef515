//! `test` and `[`, as builtin and as program.

use crate::kernel::Process;
use crate::kernel::files::FileKind;
use crate::shell::interpreter::{Flow, Shell};
use crate::shell::pattern;
use crate::shell::regex::{Dialect, Regex};
use std::rc::Rc;

/// How deeply parentheses and `!` may be nested.
const DEEPEST: u32 = 100;

/// What `test` finds: a truth, or what is wrong with the question.
pub(in crate::shell) type Verdict = Result<bool, String>;

pub(super) async fn test(shell: &mut Shell, args: &[Rc<str>]) -> Result<u8, Flow> {
    Ok(match evaluate(&shell.process, args) {
        Ok(verdict) => u8::from(!verdict),
        Err(message) => {
            shell.process.complain(format!("{}: {message}\n", shell.applet)).await;
            2
        }
    })
}

/// What `args` (the first is the name) ask.
pub(in crate::shell) fn evaluate(process: &Process, args: &[Rc<str>]) -> Verdict {
    let (name, mut rest) = args.split_first().map(|(name, rest)| (&**name, rest)).unwrap_or(("test", &[]));
    if let Some(closing) = match name {
        "[" => Some("]"),
        "[[" => Some("]]"),
        _ => None,
    } {
        match rest.split_last() {
            Some((last, before)) if **last == *closing => rest = before,
            _ => return Err(format!("missing {closing}")),
        }
    }
    if rest.is_empty() {
        return Ok(false);
    }
    let mut question = Question { process, rest, depth: DEEPEST, double: name == "[[" };
    let verdict = question.any()?;
    match question.rest.first() {
        None => Ok(verdict),
        Some(word) => Err(format!("{word}: unknown operand")),
    }
}

struct Question<'a> {
    process: &'a Process,
    rest: &'a [Rc<str>],
    depth: u32,
    /// Whether it is asked in double brackets, which alone know `&&` and `||`.
    double: bool,
}

impl Question<'_> {
    fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.rest.first().is_some_and(|first| words.contains(&&**first));
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn any(&mut self) -> Verdict {
        let mut verdict = self.all()?;
        while self.eat(if self.double { &["-o", "||"] } else { &["-o"] }) {
            verdict |= self.all()?;
        }
        Ok(verdict)
    }

    fn all(&mut self) -> Verdict {
        let mut verdict = self.negation()?;
        while self.eat(if self.double { &["-a", "&&"] } else { &["-a"] }) {
            verdict &= self.negation()?;
        }
        Ok(verdict)
    }

    fn negation(&mut self) -> Verdict {
        self.depth = self.depth.checked_sub(1).ok_or("too many parentheses")?;
        let binary_follows = self.rest.get(1).is_some_and(|operator| self.is_binary(operator)) && self.rest.len() > 2;
        if !binary_follows && self.rest.len() > 1 && self.eat(&["!"]) {
            return Ok(!self.negation()?);
        }
        self.primary()
    }

    fn is_binary(&self, word: &str) -> bool {
        let known = matches!(
            word,
            "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-ef" | "-nt" | "-ot"
        );
        known || self.double && word == "=~"
    }

    fn primary(&mut self) -> Verdict {
        let Some(first) = self.rest.first().cloned() else { return Err("argument expected".into()) };
        if let [_, operator, right, ..] = self.rest
            && self.is_binary(operator)
        {
            let verdict = self.binary(&first, operator, right)?;
            self.rest = &self.rest[3..];
            return Ok(verdict);
        }
        if let [_, operator] = self.rest
            && self.is_binary(operator)
            && unary(&first).is_none()
        {
            return Err(format!("{operator}: argument expected"));
        }
        self.rest = &self.rest[1..];
        if &*first == "(" && !self.rest.is_empty() {
            let verdict = self.any()?;
            return if self.eat(&[")"]) { Ok(verdict) } else { Err("closing paren expected".into()) };
        }
        if let Some(letter) = unary(&first)
            && let Some(operand) = self.rest.first().cloned()
        {
            self.rest = &self.rest[1..];
            return Ok(self.unary(letter, &operand));
        }
        Ok(!first.is_empty())
    }

    fn binary(&self, left: &str, operator: &str, right: &str) -> Verdict {
        Ok(match operator {
            "=" | "==" => self.equal(left, right),
            "!=" => !self.equal(left, right),
            "=~" => match Regex::new(right, Dialect::Extended, false) {
                Ok(regex) => regex.is_match(left),
                Err(_) => return Err(format!("bad regex '{right}'")),
            },
            "<" => left < right,
            ">" => left > right,
            "-ef" => self.process.is_same_file(left, right),
            "-nt" => self.modified(left) > self.modified(right),
            "-ot" => self.modified(left) < self.modified(right),
            _ => {
                let (left, right) = (number(left)?, number(right)?);
                match operator {
                    "-eq" => left == right,
                    "-ne" => left != right,
                    "-lt" => left < right,
                    "-le" => left <= right,
                    "-gt" => left > right,
                    _ => left >= right,
                }
            }
        })
    }

    /// Between double brackets the right side is a pattern.
    fn equal(&self, left: &str, right: &str) -> bool {
        if self.double { pattern::matches(right, left) } else { left == right }
    }

    /// When a file was changed, in whole seconds: busybox looks no closer.
    fn modified(&self, path: &str) -> Option<u64> {
        self.process.stat(path).ok().map(|stat| self.process.kernel().wall_clock_at(stat.modified).as_secs())
    }

    fn unary(&self, letter: char, operand: &str) -> bool {
        let stat = || self.process.stat(operand).ok();
        match letter {
            'n' => !operand.is_empty(),
            'z' => operand.is_empty(),
            'e' => stat().is_some(),
            'f' => stat().is_some_and(|stat| stat.kind == FileKind::File),
            'd' => stat().is_some_and(|stat| stat.is_folder()),
            's' => stat().is_some_and(|stat| stat.size > 0),
            'c' => stat().is_some_and(|stat| stat.kind == FileKind::Device),
            'L' | 'h' => self.process.stat_link(operand).is_ok_and(|stat| stat.kind == FileKind::Link),
            'r' => self.process.may(operand, 4).is_ok(),
            'w' => self.process.may(operand, 2).is_ok(),
            'x' => self.process.may(operand, 1).is_ok(),
            'O' => stat().is_some_and(|stat| stat.owner.user == self.process.access().owner.user),
            'G' => stat().is_some_and(|stat| stat.owner.group == self.process.access().owner.group),
            'u' => stat().is_some_and(|stat| stat.mode & 0o4000 != 0),
            'g' => stat().is_some_and(|stat| stat.mode & 0o2000 != 0),
            'k' => stat().is_some_and(|stat| stat.mode & 0o1000 != 0),
            _ => false,
        }
    }
}

fn unary(word: &str) -> Option<char> {
    let letter = word.strip_prefix('-').filter(|letter| letter.len() == 1)?.chars().next()?;
    "nzefdscLhrwxOGugkbpSt".contains(letter).then_some(letter)
}

fn number(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("bad number".into());
    }
    let digits = trimmed.trim_start_matches(['-', '+']);
    trimmed.parse().map_err(|_| match digits.bytes().all(|digit| digit.is_ascii_digit()) {
        true if !digits.is_empty() => format!("{text}: out of range"),
        _ => format!("{text}: bad number"),
    })
}
