//! Every rule proved by its own examples: the bad one is found at the marked place and nowhere else, the good one is not,
//! each fix silences it and leaves a file that Docker accepts.

use super::*;
use crate::compose::{FolderSource, LoadOptions, Resources, analyze};
use crate::text::apply_edits;
use std::collections::{BTreeMap, BTreeSet};

fn analysis(text: &str) -> Analysis {
    let folder = BTreeMap::from([("compose.yaml".to_string(), text.as_bytes().to_vec())]);
    let options =
        LoadOptions { working_directory: "/demo".into(), resources: Resources::All, ..LoadOptions::default() };
    analyze(&FolderSource::new("/demo", &folder), &options)
}

/// What one rule finds in a text; panics if Docker would refuse the text.
fn found(rule: &Rule, text: &str) -> Vec<Diagnostic> {
    let analysis = analysis(text);
    assert_eq!(analysis.docker.error, None, "{}: Docker refuses this file:\n{text}", rule.code);
    lint(&analysis).into_iter().filter(|diagnostic| diagnostic.code == rule.code).collect()
}

/// The places marked by a line of carets in a comment, as (line from 0, first column, column past the last).
fn marked(text: &str) -> Vec<(usize, usize, usize)> {
    let lines = text.lines().enumerate();
    let marks = lines.filter(|(_, line)| line.trim_start().starts_with('#') && line.contains('^'));
    marks.map(|(number, line)| (number - 1, line.find('^').unwrap(), line.rfind('^').unwrap() + 1)).collect()
}

/// The part of a place on its first line.
fn first_line(text: &str, span: Span) -> (usize, usize, usize) {
    let (start, end) = (span.range.start as usize, span.range.end as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    (text[..start].matches('\n').count(), start - line_start, end.min(line_end) - line_start)
}

#[test]
fn every_bad_example_is_found_at_its_mark() {
    for rule in RULES {
        let places: Vec<_> = found(rule, rule.bad).iter().map(|one| first_line(rule.bad, one.span)).collect();
        assert_eq!(places, marked(rule.bad), "{}: places (line, from, to) in\n{}", rule.code, rule.bad);
    }
}

#[test]
fn no_good_example_is_found() {
    for rule in RULES {
        let places = found(rule, rule.good);
        assert!(places.is_empty(), "{}: {places:?} in\n{}", rule.code, rule.good);
    }
}

#[test]
fn every_fix_silences_its_rule() {
    for rule in RULES {
        for diagnostic in found(rule, rule.bad) {
            for fix in &diagnostic.fixes {
                let mended = apply_edits(rule.bad, &fix.edits);
                let left = found(rule, &mended);
                assert!(left.is_empty(), "{}: {} leaves {left:?} in\n{mended}", rule.code, fix.title);
            }
        }
    }
}

#[test]
fn all_advice_says_why_and_what_to_do() {
    for rule in RULES {
        for diagnostic in found(rule, rule.bad) {
            assert!(!diagnostic.why.is_empty() && !diagnostic.remedy.is_empty(), "{}", rule.code);
            assert!(!diagnostic.message.ends_with('.'), "{}: {}", rule.code, diagnostic.message);
        }
    }
}

#[test]
fn every_rule_has_its_file_and_every_file_its_rule() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rules");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> = names
        .map(|path| path.file_stem().unwrap().to_string_lossy().replace('_', "-"))
        .filter(|name| name != "mod")
        .collect();
    let listed: BTreeSet<String> = RULES.iter().map(|rule| rule.code.to_string()).collect();
    assert_eq!(files, listed);
    assert_eq!(listed.len(), RULES.len(), "a code is used twice");
    assert!(listed.len() >= 25);
}

#[test]
fn every_rule_is_documented() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rules");
    for rule in RULES {
        let path = folder.join(format!("{}.rs", rule.code.replace('-', "_")));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("//! ## What it does"), "{} does not say what it does", rule.code);
        assert!(!rule.title.is_empty() && !rule.why.is_empty(), "{} lacks a title or a reason", rule.code);
    }
}
