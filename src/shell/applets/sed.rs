//! `sed`: addresses; s, y, p, d, q, =, a, i, c, n, and groups in braces.

use super::text::{content, text_of};
use super::{Options, fail_with, misused, usage};
use crate::kernel::{ExitCode, Process};
use crate::shell::regex::{Dialect, Regex};
use std::rc::Rc;

/// How deeply braces may be nested.
const DEEPEST: u32 = 30;

pub(super) async fn sed(process: Process) -> ExitCode {
    let mut options = match Options::parse(&process.args(), "ne:f:iErsz") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let mut script = String::new();
    for (letter, value) in &options.letters {
        let Some(value) = value else { continue };
        match letter {
            'e' => script.push_str(value),
            _ => match process.read_file(value) {
                Ok(bytes) => script.push_str(&text_of(&bytes)),
                Err(error) => return fail_with(&process, &format!("{value}: {error}")).await,
            },
        }
        script.push('\n');
    }
    if script.is_empty() {
        if options.operands.is_empty() {
            return usage(&process).await;
        }
        script = options.operands.remove(0).to_string();
    }
    let dialect = if options.has('E') || options.has('r') { Dialect::Extended } else { Dialect::Basic };
    let mut parser = Parser { chars: script.chars().collect(), at: 0, dialect, depth: 0 };
    let commands = match parser.commands() {
        Ok(commands) => commands,
        Err(message) => return fail_with(&process, &message).await,
    };
    run(&process, &options, &commands).await
}

async fn run(process: &Process, options: &Options, commands: &[Command]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let standard = vec![Rc::from("-")];
    let paths = if options.operands.is_empty() { &standard } else { &options.operands };
    let mut input = String::new();
    for path in paths {
        let bytes = match content(process, path).await {
            Ok(bytes) => bytes,
            Err(error) => {
                code = fail_with(process, &format!("{path}: {error}")).await;
                continue;
            }
        };
        if !options.has('i') {
            input.push_str(&text_of(&bytes));
            continue;
        }
        let edited = Editor::new(&text_of(&bytes), commands, options.has('n')).run();
        if let Err(error) = process.write_file(path, edited.as_bytes()).await {
            code = fail_with(process, &format!("{path}: {error}")).await;
        }
    }
    if !options.has('i') {
        process.print(Editor::new(&input, commands, options.has('n')).run()).await;
    }
    code
}

enum Address {
    Line(usize),
    Last,
    Pattern(Regex),
}

struct Command {
    from: Option<Address>,
    to: Option<Address>,
    negated: bool,
    /// Which range it is, to remember whether we are within.
    range: usize,
    action: Action,
}

enum Action {
    Substitute { pattern: Regex, replacement: Vec<Piece>, all: bool, print: bool, nth: usize },
    Translate(Vec<(char, char)>),
    Print,
    Delete,
    Quit,
    Number,
    Append(String),
    Insert(String),
    Change(String),
    Next,
    Group(Vec<Command>),
}

enum Piece {
    Text(String),
    Group(usize),
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    dialect: Dialect,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }

    fn commands(&mut self) -> Result<Vec<Command>, String> {
        let mut commands = Vec::new();
        loop {
            self.skip(|next| next.is_whitespace() || next == ';');
            match self.peek() {
                None if self.depth == 0 => return Ok(commands),
                None => return Err("unterminated {".into()),
                Some('}') if self.depth > 0 => {
                    self.at += 1;
                    return Ok(commands);
                }
                Some('#') => self.skip(|next| next != '\n'),
                Some(_) => commands.push(self.command()?),
            }
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let range = self.at;
        let from = self.address()?;
        let mut to = None;
        if from.is_some() && self.peek() == Some(',') {
            self.at += 1;
            to = Some(self.address()?.ok_or("unexpected ','")?);
        }
        self.skip(|next| next == ' ');
        let negated = self.peek() == Some('!');
        if negated {
            self.at += 1;
            self.skip(|next| next == ' ');
        }
        let letter = self.peek().ok_or("missing command")?;
        self.at += 1;
        let action = match letter {
            's' => self.substitute()?,
            'y' => self.translate()?,
            'p' => Action::Print,
            'd' => Action::Delete,
            'q' => Action::Quit,
            '=' => Action::Number,
            'n' => Action::Next,
            'a' => Action::Append(self.rest_of_line()),
            'i' => Action::Insert(self.rest_of_line()),
            'c' => Action::Change(self.rest_of_line()),
            '{' => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("too many {".into());
                }
                let inner = self.commands()?;
                self.depth -= 1;
                Action::Group(inner)
            }
            other => return Err(format!("unsupported command {other}")),
        };
        Ok(Command { from, to, negated, range, action })
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        match self.peek() {
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.at += 1;
                let pattern = self.until('/')?;
                Ok(Some(Address::Pattern(Regex::new(&pattern, self.dialect, false)?)))
            }
            Some(next) if next.is_ascii_digit() => {
                let start = self.at;
                self.skip(|next| next.is_ascii_digit());
                let digits: String = self.chars[start..self.at].iter().collect();
                Ok(Some(Address::Line(digits.parse().map_err(|_| "bad line number")?)))
            }
            _ => Ok(None),
        }
    }

    /// The text up to `end`, which is skipped; `\` before it makes it part of the text.
    fn until(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            let next = self.peek().ok_or("unmatched '/'")?;
            self.at += 1;
            if next == end {
                return Ok(text);
            }
            if next == '\\' {
                let escaped = self.peek().ok_or("unmatched '/'")?;
                self.at += 1;
                if escaped != end {
                    text.push('\\');
                }
                text.push(escaped);
            } else {
                text.push(next);
            }
        }
    }

    fn substitute(&mut self) -> Result<Action, String> {
        let end = self.peek().ok_or("bad substitution")?;
        self.at += 1;
        let (pattern, replacement) = (self.until(end)?, self.until(end)?);
        let (mut all, mut print, mut ignores_case, mut nth) = (false, false, false, 1);
        while let Some(flag) = self.peek().filter(|next| next.is_alphanumeric()) {
            match flag {
                'g' => all = true,
                'p' => print = true,
                'i' | 'I' => ignores_case = true,
                '1'..='9' => nth = flag.to_digit(10).unwrap_or(1) as usize,
                other => return Err(format!("unknown option to s: {other}")),
            }
            self.at += 1;
        }
        let pattern = Regex::new(&pattern, self.dialect, ignores_case)?;
        Ok(Action::Substitute { pattern, replacement: pieces(&replacement), all, print, nth })
    }

    fn translate(&mut self) -> Result<Action, String> {
        let end = self.peek().ok_or("bad y")?;
        self.at += 1;
        let (from, to) = (self.until(end)?, self.until(end)?);
        if from.chars().count() != to.chars().count() {
            return Err("y/// strings have different lengths".into());
        }
        Ok(Action::Translate(from.chars().zip(to.chars()).collect()))
    }

    fn rest_of_line(&mut self) -> String {
        self.skip(|next| next == ' ');
        if self.peek() == Some('\\') {
            self.at += 1;
            self.skip(|next| next == '\n');
        }
        let start = self.at;
        self.skip(|next| next != '\n');
        self.chars[start..self.at].iter().collect()
    }
}

fn pieces(replacement: &str) -> Vec<Piece> {
    let (mut pieces, mut text) = (Vec::new(), String::new());
    let mut chars = replacement.chars();
    while let Some(next) = chars.next() {
        let group = match next {
            '&' => 0,
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => digit.to_digit(10).unwrap_or(0) as usize,
                Some('n') => {
                    text.push('\n');
                    continue;
                }
                Some('t') => {
                    text.push('\t');
                    continue;
                }
                Some(other) => {
                    text.push(other);
                    continue;
                }
                None => continue,
            },
            next => {
                text.push(next);
                continue;
            }
        };
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        pieces.push(Piece::Group(group));
    }
    pieces.push(Piece::Text(text));
    pieces
}

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Deleted,
    LastOne,
}

struct Editor<'a> {
    lines: Vec<&'a str>,
    commands: &'a [Command],
    quiet: bool,
    at: usize,
    /// Ranges that have begun and not ended.
    within: Vec<usize>,
    out: String,
    after: String,
}

impl<'a> Editor<'a> {
    fn new(text: &'a str, commands: &'a [Command], quiet: bool) -> Self {
        let lines = text.lines().collect();
        Self { lines, commands, quiet, at: 0, within: Vec::new(), out: String::new(), after: String::new() }
    }

    fn run(mut self) -> String {
        let commands = self.commands;
        while self.at < self.lines.len() {
            let mut line = self.lines[self.at].to_owned();
            let fate = self.apply(commands, &mut line);
            if fate != Fate::Deleted && !self.quiet {
                self.out.push_str(&(line + "\n"));
            }
            self.out.push_str(&std::mem::take(&mut self.after));
            if fate == Fate::LastOne {
                break;
            }
            self.at += 1;
        }
        self.out
    }

    fn is_at(&self, address: &Address, line: &str) -> bool {
        match address {
            Address::Line(number) => self.at + 1 == *number,
            Address::Last => self.at + 1 == self.lines.len(),
            Address::Pattern(pattern) => pattern.is_match(line),
        }
    }

    fn applies(&mut self, command: &Command, line: &str) -> bool {
        let Some(from) = &command.from else { return true };
        let Some(to) = &command.to else { return self.is_at(from, line) };
        if self.within.contains(&command.range) {
            let ends = match to {
                Address::Line(number) => self.at + 1 >= *number,
                other => self.is_at(other, line),
            };
            if ends {
                self.within.retain(|range| *range != command.range);
            }
            return true;
        }
        let begins = self.is_at(from, line);
        let one_line = matches!(to, Address::Line(number) if *number <= self.at + 1);
        if begins && !one_line {
            self.within.push(command.range);
        }
        begins
    }

    fn apply(&mut self, commands: &[Command], line: &mut String) -> Fate {
        for command in commands {
            if self.applies(command, line) == command.negated {
                continue;
            }
            match &command.action {
                Action::Substitute { pattern, replacement, all, print, nth } => {
                    if let Some(changed) = substitute(line, pattern, replacement, *all, *nth) {
                        *line = changed;
                        if *print {
                            self.out.push_str(&format!("{line}\n"));
                        }
                    }
                }
                Action::Translate(pairs) => {
                    let translated =
                        |next: char| pairs.iter().find(|(from, _)| *from == next).map_or(next, |(_, to)| *to);
                    *line = line.chars().map(translated).collect();
                }
                Action::Print => self.out.push_str(&format!("{line}\n")),
                Action::Delete => return Fate::Deleted,
                Action::Quit => return Fate::LastOne,
                Action::Number => self.out.push_str(&format!("{}\n", self.at + 1)),
                Action::Append(text) => self.after.push_str(&format!("{text}\n")),
                Action::Insert(text) => self.out.push_str(&format!("{text}\n")),
                Action::Change(text) => {
                    self.out.push_str(&format!("{text}\n"));
                    return Fate::Deleted;
                }
                Action::Next => {
                    if !self.quiet {
                        self.out.push_str(&format!("{line}\n"));
                    }
                    if self.at + 1 >= self.lines.len() {
                        return Fate::Deleted;
                    }
                    self.at += 1;
                    *line = self.lines[self.at].to_owned();
                }
                Action::Group(inner) => match self.apply(inner, line) {
                    Fate::Kept => {}
                    fate => return fate,
                },
            }
        }
        Fate::Kept
    }
}

fn substitute(line: &str, pattern: &Regex, replacement: &[Piece], all: bool, nth: usize) -> Option<String> {
    let (mut result, mut done, mut from, mut count) = (String::new(), 0, 0, 0);
    let mut changed = false;
    while let Some(found) = pattern.find(line, from) {
        let (start, end) = found.group(0)?;
        count += 1;
        if count >= nth {
            result.push_str(&line[done..start]);
            for piece in replacement {
                match piece {
                    Piece::Text(text) => result.push_str(text),
                    Piece::Group(number) => {
                        let (start, end) = found.group(*number).unwrap_or((0, 0));
                        result.push_str(&line[start..end]);
                    }
                }
            }
            (done, changed) = (end, true);
            if !all {
                break;
            }
        }
        from = if end > start { end } else { end + line[end..].chars().next().map_or(1, char::len_utf8) };
        if from > line.len() {
            break;
        }
    }
    changed.then(|| result + &line[done..])
}
