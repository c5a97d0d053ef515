//! `find [PATH]… [EXPRESSION]`: walks through folders and does what the expression says with each file.

use super::ownership::number_of;
use super::{fail_with, misused};
use crate::kernel::files::{FileKind, Stat};
use crate::kernel::{ExitCode, Process};
use crate::shell::pattern;
use std::cmp::Ordering;
use std::rc::Rc;

/// How many files one call looks at.
const MOST_FILES: usize = 100_000;

/// How deeply parentheses may be nested.
const DEEPEST: u32 = 60;

pub(super) async fn find(process: Process) -> ExitCode {
    let args = process.args();
    let begins = |arg: &Rc<str>| arg.starts_with('-') || matches!(&**arg, "!" | "(" | ")");
    let split = args.iter().skip(1).position(begins).map_or(args.len(), |at| at + 1);
    let mut parser = Parser { process: &process, rest: &args[split..], search: Search::default(), depth: DEEPEST };
    let expression = match parser.whole() {
        Ok(expression) => expression,
        Err(message) if message.starts_with("unrecognized") => return misused(&process, &message).await,
        Err(message) => return fail_with(&process, &message).await,
    };
    let mut search = parser.search;
    let mut starts: Vec<Rc<str>> = args[1..split].to_vec();
    if starts.is_empty() {
        starts.push(".".into());
    }
    for start in starts {
        if !search.done {
            search.walk(&process, &expression, &start).await;
        }
    }
    for (at, call) in std::mem::take(&mut search.collected) {
        let prefix = search.calls.get(at).cloned().unwrap_or_default();
        let args: Vec<Rc<str>> =
            prefix.iter().flat_map(|arg| if &**arg == "{}" { call.clone() } else { vec![arg.clone()] }).collect();
        if !process.run(args.into()).await.is_ok_and(|status| status.code() == 0) {
            search.code = ExitCode::FAILURE;
        }
    }
    search.code
}

/// What an expression consists of.
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test(Test),
    Action(Action),
}

enum Test {
    Name(Rc<str>, Case),
    Path(Rc<str>, Case),
    Kind(Option<FileKind>),
    Empty,
    Size(u64, u64, Ordering),
    Mode(u32, char),
    User(u32),
    Group(u32),
    NewerThan(Rc<str>),
    SameAs(Rc<str>),
    Executable,
    /// The age in units of so many seconds.
    Age(u64, u64, Ordering),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Ignored,
}

enum Action {
    Print(char),
    /// One call for each file.
    Run(Vec<Rc<str>>),
    /// One call for all; which one.
    Collect(usize),
    Delete,
    Prune,
    Quit,
}

/// How far a search goes and how far it has come.
struct Search {
    deepest: usize,
    shallowest: usize,
    contents_first: bool,
    follows: bool,
    seen: usize,
    pruned: bool,
    done: bool,
    code: ExitCode,
    calls: Vec<Vec<Rc<str>>>,
    collected: Vec<(usize, Vec<Rc<str>>)>,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            deepest: usize::MAX,
            shallowest: 0,
            contents_first: false,
            follows: false,
            seen: 0,
            pruned: false,
            done: false,
            code: ExitCode::SUCCESS,
            calls: Vec::new(),
            collected: Vec::new(),
        }
    }
}

struct Parser<'a> {
    process: &'a Process,
    rest: &'a [Rc<str>],
    search: Search,
    depth: u32,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<Expression> {
        let expression = self.any()?;
        if let Some(word) = self.rest.first() {
            return Err(format!("unrecognized: {word}"));
        }
        if acts(&expression) {
            return Ok(expression);
        }
        Ok(Expression::All(vec![expression, Expression::Action(Action::Print('\n'))]))
    }

    fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.rest.first().is_some_and(|first| words.contains(&&**first));
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn any(&mut self) -> Parsed<Expression> {
        self.depth = self.depth.checked_sub(1).ok_or("too many parentheses")?;
        let mut parts = vec![self.all()?];
        while self.eat(&["-o", "-or"]) {
            parts.push(self.all()?);
        }
        self.depth += 1;
        Ok(Expression::Any(parts))
    }

    fn all(&mut self) -> Parsed<Expression> {
        let mut parts = Vec::new();
        while self.rest.first().is_some_and(|next| !matches!(&**next, "-o" | "-or" | ")")) {
            if !self.eat(&["-a", "-and"]) {
                parts.extend(self.primary()?);
            }
        }
        Ok(Expression::All(parts))
    }

    fn value(&mut self, of: &str) -> Parsed<Rc<str>> {
        let (value, rest) = self.rest.split_first().ok_or_else(|| format!("{of}: option requires an argument"))?;
        self.rest = rest;
        Ok(value.clone())
    }

    /// One test or action; nothing for what concerns the whole search.
    fn primary(&mut self) -> Parsed<Option<Expression>> {
        let word = self.value("")?;
        match &*word {
            "!" | "-not" => {
                self.depth = self.depth.checked_sub(1).ok_or("too many parentheses")?;
                let inner = self.primary()?.unwrap_or(Expression::All(Vec::new()));
                self.depth += 1;
                return Ok(Some(Expression::Not(Box::new(inner))));
            }
            "(" => {
                let inner = self.any()?;
                if !self.eat(&[")"]) {
                    return Err("unmatched '('".into());
                }
                return Ok(Some(inner));
            }
            "-depth" => self.search.contents_first = true,
            "-follow" => self.search.follows = true,
            "-xdev" => {}
            "-maxdepth" => self.search.deepest = self.count(&word)? as usize,
            "-mindepth" => self.search.shallowest = self.count(&word)? as usize,
            _ => return self.action(&word).map(Some),
        }
        Ok(None)
    }

    fn count(&mut self, of: &str) -> Parsed<u64> {
        let value = self.value(of)?;
        value.parse().map_err(|_| format!("invalid number '{value}'"))
    }

    fn action(&mut self, word: &str) -> Parsed<Expression> {
        Ok(Expression::Action(match word {
            "-print" => Action::Print('\n'),
            "-print0" => Action::Print('\0'),
            "-prune" => Action::Prune,
            "-quit" => Action::Quit,
            "-delete" => {
                self.search.contents_first = true;
                Action::Delete
            }
            "-exec" => {
                let end = self.rest.iter().position(|arg| matches!(&**arg, ";" | "+"));
                let end = end.ok_or("option requires an argument -- 'exec'")?;
                let (call, together) = (self.rest[..end].to_vec(), &*self.rest[end] == "+");
                self.rest = &self.rest[end + 1..];
                if !together {
                    return Ok(Expression::Action(Action::Run(call)));
                }
                self.search.calls.push(call);
                Action::Collect(self.search.calls.len() - 1)
            }
            word => return self.test(word).map(Expression::Test),
        }))
    }

    fn test(&mut self, word: &str) -> Parsed<Test> {
        const KNOWN: [&str; 17] = [
            "-name",
            "-iname",
            "-path",
            "-ipath",
            "-type",
            "-size",
            "-perm",
            "-user",
            "-group",
            "-newer",
            "-samefile",
            "-mtime",
            "-atime",
            "-ctime",
            "-mmin",
            "-amin",
            "-cmin",
        ];
        if !KNOWN.contains(&word) {
            return match word {
                "-empty" => Ok(Test::Empty),
                "-executable" => Ok(Test::Executable),
                word => Err(format!("unrecognized: {word}")),
            };
        }
        let value = self.value(word)?;
        Ok(match word {
            "-name" => Test::Name(value, Case::Kept),
            "-iname" => Test::Name(value.to_lowercase().into(), Case::Ignored),
            "-path" => Test::Path(value, Case::Kept),
            "-ipath" => Test::Path(value.to_lowercase().into(), Case::Ignored),
            "-type" => Test::Kind(kind(&value)?),
            "-size" => {
                let (order, digits) = compared(&value);
                let unit = match digits.chars().last() {
                    Some('c') => 1,
                    Some('k') => 1024,
                    _ => 512,
                };
                Test::Size(number(digits.trim_end_matches(['c', 'k', 'b']))?, unit, order)
            }
            "-perm" => {
                let sign = value.chars().next().filter(|sign| matches!(sign, '-' | '+' | '/')).unwrap_or('=');
                let text = value.trim_start_matches(['-', '+', '/']);
                let mode = super::changed_mode(text, 0, false, 0).ok_or_else(|| format!("invalid mode '{text}'"))?;
                Test::Mode(mode, sign)
            }
            "-user" => Test::User(account(self.process, "/etc/passwd", "user", &value)?),
            "-group" => Test::Group(account(self.process, "/etc/group", "group", &value)?),
            "-newer" => Test::NewerThan(value),
            "-samefile" => Test::SameAs(value),
            _ => {
                let (order, digits) = compared(&value);
                Test::Age(number(digits)?, if word.ends_with("min") { 60 } else { 86_400 }, order)
            }
        })
    }
}

/// Whether an expression does something with the files it finds.
fn acts(expression: &Expression) -> bool {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => parts.iter().any(acts),
        Expression::Not(inner) => acts(inner),
        Expression::Test(_) => false,
        Expression::Action(action) => !matches!(action, Action::Prune),
    }
}

fn kind(letter: &str) -> Parsed<Option<FileKind>> {
    Ok(match letter {
        "f" => Some(FileKind::File),
        "d" => Some(FileKind::Folder),
        "l" => Some(FileKind::Link),
        "c" => Some(FileKind::Device),
        "b" | "s" | "p" => None,
        other => return Err(format!("unrecognized: {other}")),
    })
}

/// `+N`: more, `-N`: less, `N`: just so many.
fn compared(value: &str) -> (Ordering, &str) {
    match (value.strip_prefix('+'), value.strip_prefix('-')) {
        (Some(digits), _) => (Ordering::Greater, digits),
        (None, Some(digits)) => (Ordering::Less, digits),
        (None, None) => (Ordering::Equal, value),
    }
}

fn number(digits: &str) -> Parsed<u64> {
    digits.parse().map_err(|_| format!("invalid number '{digits}'"))
}

fn account(process: &Process, file: &str, what: &str, name: &str) -> Parsed<u32> {
    number_of(process, file, name).ok_or_else(|| format!("unknown {what} {name}"))
}

impl Search {
    async fn walk(&mut self, process: &Process, expression: &Expression, start: &str) {
        // A folder stands on the stack twice when its contents come first.
        let mut waiting = vec![(start.to_owned(), 0, false)];
        while let Some((path, depth, contents_done)) = waiting.pop() {
            process.work(1).await;
            self.seen += 1;
            let stat = if self.follows { process.stat(&path) } else { process.stat_link(&path) };
            let stat = match stat {
                Ok(stat) => stat,
                Err(error) => {
                    self.code = fail_with(process, &format!("{path}: {error}")).await;
                    continue;
                }
            };
            let enters = stat.is_folder() && depth < self.deepest && self.seen < MOST_FILES && !contents_done;
            if enters && self.contents_first {
                waiting.push((path.clone(), depth, true));
                self.enter(process, &path, depth, &mut waiting).await;
                continue;
            }
            self.pruned = false;
            if depth >= self.shallowest {
                self.holds(process, expression, &path, &stat).await;
            }
            if self.done {
                return;
            }
            if enters && !self.pruned {
                self.enter(process, &path, depth, &mut waiting).await;
            }
        }
    }

    async fn enter(&mut self, process: &Process, path: &str, depth: usize, waiting: &mut Vec<(String, usize, bool)>) {
        match process.list(path) {
            Ok(names) => {
                let below = |name: &Rc<str>| (format!("{}/{name}", path.trim_end_matches('/')), depth + 1, false);
                waiting.extend(names.iter().rev().map(below));
            }
            Err(error) => self.code = fail_with(process, &format!("{path}: {error}")).await,
        }
    }

    async fn holds(&mut self, process: &Process, expression: &Expression, path: &str, stat: &Stat) -> bool {
        match expression {
            Expression::All(parts) => {
                for part in parts {
                    if !Box::pin(self.holds(process, part, path, stat)).await {
                        return false;
                    }
                }
                true
            }
            Expression::Any(parts) => {
                for part in parts {
                    if Box::pin(self.holds(process, part, path, stat)).await {
                        return true;
                    }
                }
                false
            }
            Expression::Not(inner) => !Box::pin(self.holds(process, inner, path, stat)).await,
            Expression::Test(test) => test.holds(process, path, stat),
            Expression::Action(action) => self.act(process, action, path, stat).await,
        }
    }

    async fn act(&mut self, process: &Process, action: &Action, path: &str, stat: &Stat) -> bool {
        match action {
            Action::Print(end) => process.print(format!("{path}{end}")).await,
            Action::Run(call) => {
                let call: Vec<Rc<str>> = call.iter().map(|arg| arg.replace("{}", path).into()).collect();
                let name = call.first().cloned().unwrap_or_default();
                return match process.run(call.into()).await {
                    Ok(status) => status.code() == 0,
                    Err(error) => {
                        self.code = fail_with(process, &format!("{name}: {error}")).await;
                        false
                    }
                };
            }
            Action::Collect(at) => match self.collected.iter_mut().find(|(known, _)| known == at) {
                Some((_, paths)) => paths.push(path.into()),
                None => self.collected.push((*at, vec![path.into()])),
            },
            Action::Delete => {
                let removed = if stat.is_folder() { process.remove_folder(path) } else { process.remove_file(path) };
                if let Err(error) = removed
                    && path != "."
                {
                    self.code = fail_with(process, &format!("{path}: {error}")).await;
                }
            }
            Action::Prune => self.pruned = true,
            Action::Quit => self.done = true,
        }
        true
    }
}

impl Test {
    fn holds(&self, process: &Process, path: &str, stat: &Stat) -> bool {
        let cased = |text: &str, case: Case| if case == Case::Ignored { text.to_lowercase() } else { text.to_owned() };
        match self {
            Self::Name(wanted, case) => {
                let trimmed = path.trim_end_matches('/');
                let name = if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or_default() };
                pattern::matches(wanted, &cased(name, *case))
            }
            Self::Path(wanted, case) => pattern::matches(wanted, &cased(path, *case)),
            Self::Kind(kind) => Some(stat.kind) == *kind,
            Self::Empty if stat.is_folder() => process.list(path).is_ok_and(|names| names.is_empty()),
            Self::Empty => stat.kind == FileKind::File && stat.size == 0,
            Self::Size(count, unit, order) => stat.size.div_ceil(*unit).cmp(count) == *order,
            Self::Mode(mode, '-') => stat.mode & mode == *mode,
            Self::Mode(mode, '+' | '/') => *mode == 0 || stat.mode & mode != 0,
            Self::Mode(mode, _) => stat.mode & 0o7777 == *mode,
            Self::User(number) => stat.owner.user == *number,
            Self::Group(number) => stat.owner.group == *number,
            Self::NewerThan(other) => process.stat(other).is_ok_and(|other| stat.modified > other.modified),
            Self::SameAs(other) => process.is_same_file(path, other),
            Self::Executable => process.may(path, 1).is_ok(),
            Self::Age(count, unit, order) => {
                let age = (process.now() - stat.modified).as_secs() / unit;
                age.cmp(count) == *order
            }
        }
    }
}
