//! Texts made comparable: ages, ids and time stamps are masked, listings sorted, progress lines gathered by resource.

use std::collections::BTreeMap;

const RESOURCES: [&str; 7] = ["Container", "Network", "Volume", "Image", "Service", "Config", "Secret"];
const LISTINGS: [&str; 7] = ["ps", "ls", "images", "logs", "up", "list", "prune"];
const UNITS: [&str; 7] = ["second", "seconds", "minute", "minutes", "hour", "hours", "ms"];

/// Lines of what a step printed, masked; sorted where the order is not defined.
pub fn listing(line: &str, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = mask(text).split('\n').map(str::to_string).collect();
    let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    if words.into_iter().any(|word| LISTINGS.contains(&word)) {
        lines.sort();
    }
    lines
}

/// Progress words by resource, and the other lines, sorted.
pub fn progress(text: &str) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let (mut resources, mut others) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
    for line in text.split('\n').filter(|line| !line.trim().is_empty()) {
        let body = line.strip_prefix(' ').unwrap_or(line);
        let parts = body.split_once(' ').filter(|(kind, _)| RESOURCES.contains(kind));
        match parts.and_then(|(kind, rest)| Some((kind, rest.split_once("  ")?))) {
            Some((kind, (name, status))) => {
                let key = format!("{kind} {}", ids(name));
                resources.entry(key).or_default().push(ages(status.trim()));
            }
            None => others.push(mask(line)),
        }
    }
    others.sort();
    (resources, others)
}

fn mask(text: &str) -> String {
    let masked = ages(&ids(&stamps(text)));
    let lines = masked.trim_matches('\n').split('\n').map(|line| {
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        let indent = if line.starts_with([' ', '\t']) { " " } else { "" };
        format!("{indent}{}", words.join(" ")).trim_end().to_string()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}

/// `2025-11-24T09:00:00Z` becomes `<time>`.
fn stamps(text: &str) -> String {
    let is_stamp = |word: &str| {
        let bytes = word.as_bytes();
        bytes.len() > 11
            && bytes[4] == b'-'
            && bytes[7] == b'-'
            && bytes[10] == b'T'
            && bytes[..4].iter().all(u8::is_ascii_digit)
    };
    replace_runs(
        text,
        |letter| letter.is_ascii_alphanumeric() || ":.+-".contains(letter),
        |word| is_stamp(word).then(|| "<time>".to_string()),
    )
}

/// `<id …>` and words of 12 to 64 hexadecimal digits become `<id>`.
fn ids(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("<id") {
        let Some(end) = rest[start..].find('>') else { break };
        result.push_str(&rest[..start]);
        result.push_str("<id>");
        rest = &rest[start + end + 1..];
    }
    result.push_str(rest);
    let is_id =
        |word: &str| (12..=64).contains(&word.len()) && word.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    replace_runs(&result, |letter| letter.is_alphanumeric() || letter == '_', |word| is_id(word).then(|| "<id>".into()))
}

/// `Less than a second`, `About a minute`, `an hour`, `7 seconds`, `1.5s` become `<age>`.
fn ages(text: &str) -> String {
    let phrases = [
        "Less than a second",
        "About a minute",
        "About an hour",
        "About an minute",
        "About a hour",
        "a minute",
        "an hour",
        "an minute",
        "a hour",
    ];
    let mut text = text.to_string();
    for phrase in phrases {
        text = text.replace(phrase, "<age>");
    }
    let mut words: Vec<String> = text.split(' ').map(str::to_string).collect();
    let mut at = 0;
    while at + 1 < words.len() {
        let start = words[at].trim_start_matches(['(', '"']);
        let unit_end = words[at + 1].find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(words[at + 1].len());
        let is_number = !start.is_empty() && start.parse::<f64>().is_ok();
        if is_number && UNITS.contains(&&words[at + 1][..unit_end]) {
            let lead = words[at][..words[at].len() - start.len()].to_string();
            let tail = words[at + 1][unit_end..].to_string();
            words[at] = format!("{lead}<age>{tail}");
            words.remove(at + 1);
        }
        at += 1;
    }
    let is_span = |word: &str| {
        let number = word.strip_suffix("ms").or_else(|| word.strip_suffix('s'));
        number.is_some_and(|number| !number.is_empty() && number.parse::<f64>().is_ok())
    };
    replace_runs(
        &words.join(" "),
        |letter| letter.is_alphanumeric() || letter == '.' || letter == '_',
        |word| is_span(word).then(|| "<age>".into()),
    )
}

/// Replaces words of letters, digits, `_` and `-`.
pub fn replace_words(text: &str, replacement: impl Fn(&str) -> Option<String>) -> String {
    replace_runs(text, |letter| letter.is_alphanumeric() || "_-".contains(letter), replacement)
}

fn replace_runs(text: &str, inside: impl Fn(char) -> bool, replacement: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(&inside) {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|letter| !inside(letter)).unwrap_or(rest.len());
        match replacement(&rest[..end]) {
            Some(shown) => result.push_str(&shown),
            None => result.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    result.push_str(rest);
    result
}
