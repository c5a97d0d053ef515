//! The list of rules and the folder of rules agree, and every rule says what it is.

use super::*;
use std::collections::BTreeSet;

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
        for heading in ["//! ## What it does", "//! ## Why it is bad"] {
            assert!(text.contains(heading), "{} lacks {heading:?}", rule.code);
        }
        assert!(!rule.title.is_empty());
    }
}
