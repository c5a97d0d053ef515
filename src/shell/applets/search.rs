//! `grep`: lines in which an expression is found.

use super::text::{content, text_of};
use super::{Options, fail_with, misused, usage};
use crate::kernel::{ExitCode, Process};
use crate::shell::regex::{Dialect, Regex};

pub(super) async fn grep(process: Process) -> ExitCode {
    let mut args = process.args().to_vec();
    let name = super::own_name(&process);
    args.retain(|arg| !arg.starts_with("--color"));
    let mut options = match Options::parse(&args, "qvicEFonlLhHrRsxwe:m:A:B:C:f:") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let patterns: Vec<String> = if options.has('e') {
        options
            .letters
            .iter()
            .filter(|(letter, _)| *letter == 'e')
            .filter_map(|(_, value)| value.clone())
            .map(|value| value.to_string())
            .collect()
    } else if options.operands.is_empty() {
        return usage(&process).await;
    } else {
        vec![options.operands.remove(0).to_string()]
    };
    let dialect = if options.has('F') || &*name == "fgrep" {
        Dialect::Fixed
    } else if options.has('E') || &*name == "egrep" {
        Dialect::Extended
    } else {
        Dialect::Basic
    };
    let mut expressions = Vec::new();
    for line in patterns.iter().flat_map(|pattern| pattern.split('\n')) {
        match Regex::new(line, dialect, options.has('i')) {
            Ok(expression) => expressions.push(expression),
            Err(message) => {
                fail_with(&process, &format!("bad regex '{line}': {message}")).await;
                return ExitCode(2);
            }
        }
    }
    let search = Search { expressions, options };
    search.run(&process).await
}

struct Search {
    expressions: Vec<Regex>,
    options: Options,
}

impl Search {
    /// The part of `line` that is found, as byte offsets, at or after `from`.
    fn part(&self, line: &str, from: usize) -> Option<(usize, usize)> {
        let edge = |next: Option<char>| !next.is_some_and(|next| next.is_alphanumeric() || next == '_');
        let fits = |(start, end): (usize, usize)| {
            (!self.options.has('x') || start == 0 && end == line.len())
                && (!self.options.has('w')
                    || edge(line[..start].chars().next_back()) && edge(line[end..].chars().next()))
        };
        let found = self.expressions.iter().filter_map(|expression| {
            let mut at = from;
            loop {
                let part = expression.find(line, at)?.group(0)?;
                if fits(part) {
                    return Some(part);
                }
                at = part.0 + line[part.0..].chars().next()?.len_utf8();
            }
        });
        found.min_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)))
    }

    async fn run(&self, process: &Process) -> ExitCode {
        let options = &self.options;
        let recursive = options.has('r') || options.has('R');
        let mut paths: Vec<String> = options.operands.iter().map(ToString::to_string).collect();
        if paths.is_empty() {
            paths.push(if recursive { "." } else { "-" }.into());
        }
        if recursive {
            paths = paths.into_iter().flat_map(|path| files_below(process, path)).collect();
        }
        let one = |path: &std::rc::Rc<str>| process.stat(path).is_ok_and(|stat| !stat.is_folder());
        let alone = options.operands.len() == 1 && (!recursive || options.operands.iter().all(one));
        let named = options.has('H') || !options.has('h') && !alone && (recursive || options.operands.len() > 1);
        let (mut found, mut failed) = (false, false);
        for path in paths {
            let bytes = match content(process, &path).await {
                Ok(bytes) => bytes,
                Err(error) => {
                    failed = true;
                    if !options.has('s') {
                        fail_with(process, &format!("{path}: {error}")).await;
                    }
                    continue;
                }
            };
            let shown_path = if path == "-" { "(standard input)" } else { &path };
            let (count, text) = self.lines(&text_of(&bytes), if named { Some(shown_path) } else { None });
            found |= count > 0;
            if options.has('q') {
                if found {
                    return ExitCode::SUCCESS;
                }
                continue;
            }
            let text = if options.has('l') || options.has('L') {
                if (count > 0) == options.has('l') { format!("{shown_path}\n") } else { String::new() }
            } else if options.has('c') {
                format!("{}{count}\n", if named { format!("{shown_path}:") } else { String::new() })
            } else {
                text
            };
            process.print(text).await;
        }
        ExitCode(if failed { 2 } else { u8::from(!found) })
    }

    /// How many lines count, and what is printed of them.
    fn lines(&self, content: &str, name: Option<&str>) -> (usize, String) {
        let options = &self.options;
        let around = options.number('C').unwrap_or(0);
        let before = options.number('B').unwrap_or(around) as usize;
        let after = options.number('A').unwrap_or(around) as usize;
        let most = options.number('m').unwrap_or(u64::MAX) as usize;
        let lines: Vec<&str> = content.lines().collect();
        let (mut count, mut text, mut printed) = (0, String::new(), 0);
        let prefix = |at: usize, mark: char| {
            let name = name.map(|name| format!("{name}{mark}")).unwrap_or_default();
            if options.has('n') { format!("{name}{}{mark}", at + 1) } else { name }
        };
        let mut until = 0;
        for (at, line) in lines.iter().enumerate() {
            let hit = count < most && self.part(line, 0).is_some() != options.has('v');
            if hit {
                count += 1;
                if options.has('o') && !options.has('v') {
                    self.parts(line, &prefix(at, ':'), &mut text);
                    continue;
                }
                let start = at.saturating_sub(before).max(printed);
                if start > printed && printed > 0 && before + after > 0 {
                    text.push_str("--\n");
                }
                for (offset, earlier) in lines[start..at].iter().enumerate() {
                    text.push_str(&format!("{}{earlier}\n", prefix(start + offset, '-')));
                }
                text.push_str(&format!("{}{line}\n", prefix(at, ':')));
                (printed, until) = (at + 1, at + after);
            } else if at <= until && printed == at && printed > 0 {
                text.push_str(&format!("{}{line}\n", prefix(at, '-')));
                printed = at + 1;
            }
        }
        (count, text)
    }

    fn parts(&self, line: &str, prefix: &str, text: &mut String) {
        let mut from = 0;
        while let Some((start, end)) = self.part(line, from) {
            if end > start {
                text.push_str(&format!("{prefix}{}\n", &line[start..end]));
                from = end;
            } else {
                match line[start..].chars().next() {
                    Some(next) => from = start + next.len_utf8(),
                    None => break,
                }
            }
        }
    }
}

fn files_below(process: &Process, path: String) -> Vec<String> {
    let (mut files, mut waiting) = (Vec::new(), vec![path]);
    while let Some(path) = waiting.pop() {
        if process.stat_link(&path).is_ok_and(|stat| stat.is_folder()) {
            let names = process.list(&path).unwrap_or_default();
            waiting.extend(names.iter().rev().map(|name| format!("{}/{name}", path.trim_end_matches('/'))));
        } else {
            files.push(path);
        }
    }
    files
}
