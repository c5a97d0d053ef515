//! Patterns of the shell: `*`, `?`, `[…]`, with a backslash before what stands for itself.

use crate::kernel::Process;
use std::rc::Rc;

/// How many files one pattern may find.
const MOST_FOUND: usize = 10_000;

/// `text` as a pattern that matches only itself.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for next in text.chars() {
        if matches!(next, '*' | '?' | '[' | ']' | '\\' | '-' | '!' | '^') {
            escaped.push('\\');
        }
        escaped.push(next);
    }
    escaped
}

/// The text a pattern without special characters stands for.
fn unescape(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        text.push(if next == '\\' { chars.next().unwrap_or('\\') } else { next });
    }
    text
}

/// Whether all of `text` matches `pattern`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_chars(&pattern, &text)
}

/// Goes back to the last `*` when something does not match: quadratic at worst.
fn matches_chars(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut done) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, done));
                at += 1;
                continue;
            }
            None if done == text.len() => return true,
            None => None,
            Some(_) => text.get(done).and_then(|next| matches_one(&pattern[at..], *next)),
        };
        match (step, star) {
            (Some(length), _) => {
                at += length;
                done += 1;
            }
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                (at, done) = (after, from + 1);
            }
            (None, _) => return false,
        }
    }
}

/// How much of `pattern` stands for the one character `next`, if it matches.
fn matches_one(pattern: &[char], next: char) -> Option<usize> {
    match pattern[0] {
        '?' => Some(1),
        '\\' if pattern.len() > 1 => (pattern[1] == next).then_some(2),
        '[' => match bracket(pattern, next) {
            Some((length, true)) => Some(length),
            Some((_, false)) => None,
            None => (next == '[').then_some(1),
        },
        literal => (literal == next).then_some(1),
    }
}

/// Length of the bracket expression at the beginning of `pattern` and whether it holds `next`; nothing if it never ends.
fn bracket(pattern: &[char], next: char) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let mut at = if negated { 2 } else { 1 };
    let (start, mut found) = (at, false);
    loop {
        let mut low = *pattern.get(at)?;
        if low == ']' && at > start {
            return Some((at + 1, found != negated));
        }
        if low == '[' && pattern.get(at + 1) == Some(&':') {
            let end = (at + 2..pattern.len()).find(|end| pattern[*end] == ':' && pattern.get(end + 1) == Some(&']'))?;
            let class: String = pattern[at + 2..end].iter().collect();
            found |= in_class(&class, next);
            at = end + 2;
            continue;
        }
        if low == '\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let ranged = pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|high| *high != ']');
        let high = if ranged { pattern[at + 1] } else { low };
        at += if ranged { 2 } else { 0 };
        found |= (low..=high).contains(&next);
    }
}

/// Whether a character belongs to a class such as `alpha`.
pub fn in_class(class: &str, next: char) -> bool {
    match class {
        "alpha" => next.is_alphabetic(),
        "digit" => next.is_ascii_digit(),
        "alnum" => next.is_alphanumeric(),
        "upper" => next.is_uppercase(),
        "lower" => next.is_lowercase(),
        "space" => next.is_whitespace(),
        "blank" => next == ' ' || next == '\t',
        "punct" => next.is_ascii_punctuation(),
        "xdigit" => next.is_ascii_hexdigit(),
        "cntrl" => next.is_control(),
        "print" => !next.is_control(),
        "graph" => !next.is_control() && next != ' ',
        _ => false,
    }
}

/// How many bytes at the beginning of `text` match; the fewest or the most.
pub fn matching_start(pattern: &str, text: &str, longest: bool) -> Option<usize> {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if longest {
        ends.reverse();
    }
    ends.into_iter().find(|end| matches(pattern, &text[..*end]))
}

/// Where the part at the end of `text` that matches begins; the shortest or the longest one.
pub fn matching_end(pattern: &str, text: &str, longest: bool) -> Option<usize> {
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if !longest {
        starts.reverse();
    }
    starts.into_iter().find(|start| matches(pattern, &text[*start..]))
}

/// The files whose paths match `pattern`, sorted; none if there are none.
pub fn files(process: &Process, pattern: &str) -> Vec<Rc<str>> {
    let mut found: Vec<String> = vec![if pattern.starts_with('/') { "/".into() } else { String::new() }];
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let folders = pattern.ends_with('/');
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len() && !folders;
        found = found.iter().flat_map(|above| step(process, above, part, last)).take(MOST_FOUND).collect();
    }
    if folders {
        found.iter_mut().filter(|path| !path.ends_with('/')).for_each(|path| path.push('/'));
    }
    found.sort();
    found.into_iter().map(Rc::from).collect()
}

fn step(process: &Process, above: &str, part: &str, last: bool) -> Vec<String> {
    let join = |name: &str| {
        if above.is_empty() || above.ends_with('/') { format!("{above}{name}") } else { format!("{above}/{name}") }
    };
    if !has_special(part) {
        let path = join(&unescape(part));
        return if process.stat_link(&path).is_ok() { vec![path] } else { Vec::new() };
    }
    let mut names = process.list(if above.is_empty() { "." } else { above }).unwrap_or_default();
    if part.starts_with('.') {
        names.extend([Rc::from("."), Rc::from("..")]);
    }
    let shown = |name: &&Rc<str>| (!name.starts_with('.') || part.starts_with('.')) && matches(part, name);
    let mut paths: Vec<String> = names.iter().filter(shown).map(|name| join(name)).collect();
    if !last {
        paths.retain(|path| process.stat(path).is_ok_and(|stat| stat.is_folder()));
    }
    paths
}

/// Whether a pattern has a special character that is not escaped.
pub fn has_special(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => drop(chars.next()),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abbc"),
            ("a?c", "abc"),
            ("[a-c]x", "bx"),
            ("[!a]", "b"),
            ("\\*", "*"),
            ("[[:digit:]]*", "1a"),
            ("[]]", "]"),
            ("[", "["),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("[a-c]", "d"), ("[!a]", "a"), ("\\*", "x"), ("*b", "abc"), ("?", "")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert_eq!(matching_end(".*", "a.tar.gz", false), Some(5));
        assert_eq!(matching_start("*/", "a/b/c", true), Some(4));
    }
}
