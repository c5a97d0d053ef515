//! What the reader is told: the place of each problem, exact to the character, and the remedy. In the texts `«` and `»`
//! stand around the places that must be found, in order; nothing else may be found there.

use drydock::compose::{Analysis, FolderSource, LoadOptions, analyze};
use drydock::diagnostic::Severity;
use drydock::text::apply_edits;
use std::collections::BTreeMap;

fn analyzed(text: &str) -> Analysis {
    let folder = BTreeMap::from([("compose.yaml".to_owned(), text.as_bytes().to_vec())]);
    let options = LoadOptions { working_directory: "/demo".into(), ..LoadOptions::default() };
    analyze(&FolderSource::new("/demo", &folder), &options)
}

/// Asserts that exactly the marked places have problems, with these codes.
fn assert_problems(marked: &str, codes: &[&str]) {
    let mut text = String::new();
    let mut ranges = Vec::new();
    for letter in marked.chars() {
        match letter {
            '«' => ranges.push((text.len(), text.len())),
            '»' => ranges.last_mut().expect("an open mark").1 = text.len(),
            other => text.push(other),
        }
    }
    let found: Vec<((usize, usize), String)> = analyzed(&text)
        .diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.severity != Severity::Notice)
        .map(|diagnostic| ((diagnostic.span.range.start as usize, diagnostic.span.range.end as usize), diagnostic.code))
        .collect();
    let expected: Vec<((usize, usize), String)> =
        ranges.into_iter().zip(codes.iter().map(|code| code.to_string())).collect();
    let shown: Vec<(&str, &str)> =
        found.iter().map(|((start, end), code)| (&text[*start..*end], code.as_str())).collect();
    assert_eq!(found, expected, "found {shown:?}");
}

#[test]
fn unknown_keys_are_marked_at_the_key() {
    assert_problems("services:\n  web:\n    «imgae»: nginx\n    image: x\n", &["unknown-attribute"]);
    assert_problems("services:\n  web:\n    image: x\n«volume»:\n  data:\n", &["unknown-attribute"]);
}

#[test]
fn several_mistakes_are_told_at_once() {
    let text = "services:\n  web:\n    image: «5»\n    «prots»: [80]\n    restart: «false»\n  db:\n    image: x\n    networks: [«bakc»]\n";
    assert_problems(text, &["wrong-type", "unknown-attribute", "wrong-type", "undefined-network"]);
}

#[test]
fn a_broken_service_is_not_told_to_lack_an_image() {
    assert_problems("services:\n  web:\n    «imgae»: nginx\n", &["unknown-attribute"]);
}

#[test]
fn variables_are_marked_within_their_text_also_behind_other_letters() {
    assert_problems("services:\n  web:\n    image: \"ä\\n😀 ${«TAG»}\"\n", &["unset-variable"]);
    assert_problems("services:\n  web:\n    image: \"é «${»\"\n", &["bad-variable"]);
}

#[test]
fn references_are_marked_where_they_are_written() {
    let text =
        "services:\n  web:\n    image: x\n    depends_on: [«dbb»]\n    volumes: [«\"data:/x\"»]\n  db: {image: y}\n";
    assert_problems(text, &["undefined-service", "undefined-volume"]);
}

#[test]
fn renaming_mends_a_misspelled_key() {
    let text = "services:\n  web:\n    imgae: nginx\n";
    let analysis = analyzed(text);
    let fix = analysis.diagnostics.iter().find_map(|diagnostic| diagnostic.fixes.first()).expect("a fix");
    let mended = apply_edits(text, &fix.edits);
    assert_eq!(mended, text.replace("imgae", "image"));
    assert_eq!(analyzed(&mended).diagnostics, []);
}

#[test]
fn dockers_words_stand_beside_ours() {
    let analysis = analyzed("services:\n  web:\n    imgae: nginx\n");
    let docker = "validating /demo/compose.yaml: services.web additional properties 'imgae' not allowed";
    assert_eq!(analysis.diagnostics[0].docker.as_deref(), Some(docker));
    assert_eq!(analysis.docker.error.as_deref(), Some(docker));
    assert_eq!(analysis.diagnostics[0].remedy, "Did you mean `image`?");
}

#[test]
fn attributes_without_effect_get_a_notice() {
    let analysis = analyzed("services:\n  web:\n    image: x\n    cap_add: [SYS_TIME]\n");
    let notices: Vec<&str> = analysis.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    assert_eq!(notices, ["not-simulated"]);
}
