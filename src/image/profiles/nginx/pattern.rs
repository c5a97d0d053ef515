//! The regular expressions of nginx's configuration, as far as they are everyday ones.
//!
//! Simplified: Perl's classes are written out, groups are all counted, lazy repetition is greedy.

use crate::shell::{Dialect, Regex};

/// What an expression matched: the whole and its groups, and the groups that have names.
pub struct Found {
    /// The whole (0) and the groups.
    pub captures: Vec<String>,
    /// Named groups.
    pub named: Vec<(String, String)>,
}

/// Looks for an expression; one that begins with `*` does not tell capitals.
pub fn find(pattern: &str, text: &str) -> Option<Found> {
    let (pattern, ignores_case) = pattern.strip_prefix('*').map_or((pattern, false), |rest| (rest, true));
    let (plain, names) = plain(pattern);
    let regex = Regex::new(&plain, Dialect::Extended, ignores_case).ok()?;
    let found = regex.find(text, 0)?;
    let group = |number: usize| found.group(number).map_or("", |(start, end)| &text[start..end]).to_string();
    let captures = (0..=9).map(group).collect();
    let named = names.into_iter().map(|(number, name)| (name, group(number))).collect();
    Some(Found { captures, named })
}

/// The expression without Perl's own forms, and the numbers of its named groups.
fn plain(pattern: &str) -> (String, Vec<(usize, String)>) {
    let (mut result, mut names, mut groups) = (String::new(), Vec::new(), 0);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let next = rest.chars().next().unwrap_or('\\');
                rest = rest.strip_prefix(next).unwrap_or(rest);
                match next {
                    'd' => result.push_str("[0-9]"),
                    'w' => result.push_str("[A-Za-z0-9_]"),
                    's' => result.push_str("[[:space:]]"),
                    '/' | '-' => result.push(next),
                    other => result.extend(['\\', other]),
                }
            }
            '(' => {
                groups += 1;
                result.push('(');
                let name =
                    rest.strip_prefix("?<").or_else(|| rest.strip_prefix("?P<")).and_then(|rest| rest.split_once('>'));
                if let Some((name, behind)) = name {
                    names.push((groups, name.to_string()));
                    rest = behind;
                } else if let Some(behind) = rest.strip_prefix("?:") {
                    rest = behind;
                }
            }
            '?' if result.ends_with(['*', '+']) => {}
            c => result.push(c),
        }
    }
    (result, names)
}
