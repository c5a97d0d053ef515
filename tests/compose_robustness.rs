//! Broken, huge and endless projects: the analysis ends, does not panic, and names the limit it meets.

use drydock::compose::{Analysis, FolderSource, LoadOptions, analyze};
use std::collections::BTreeMap;
use std::path::Path;

fn analyzed(files: &[(&str, &[u8])]) -> Analysis {
    let folder: BTreeMap<String, Vec<u8>> =
        files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
    let options = LoadOptions { working_directory: "/demo".into(), ..LoadOptions::default() };
    let analysis = analyze(&FolderSource::new("/demo", &folder), &options);
    for diagnostic in &analysis.diagnostics {
        let text = analysis.file(diagnostic.span.file).map_or("", |file| file.text.as_str());
        let range = diagnostic.span.range.start as usize..diagnostic.span.range.end as usize;
        assert!(text.get(range).is_some(), "a place outside of the text: {diagnostic:?}");
    }
    analysis
}

fn error(files: &[(&str, &[u8])]) -> String {
    analyzed(files).docker.error.unwrap_or_default()
}

fn fixtures() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loader");
    let cases = std::fs::read_dir(folder).expect("the fixtures");
    cases.flatten().filter_map(|case| std::fs::read(case.path().join("compose.yaml")).ok()).collect()
}

/// Pseudo-random numbers: the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[test]
fn every_prefix_ends() {
    for (number, bytes) in fixtures().iter().enumerate().filter(|(_, bytes)| bytes.len() < 2000) {
        for end in (number % 17..bytes.len()).step_by(17) {
            analyzed(&[("compose.yaml", &bytes[..end])]);
        }
    }
}

#[test]
fn a_line_less_or_a_byte_changed_ends() {
    let mut numbers = Numbers(1);
    for bytes in fixtures().iter().filter(|bytes| bytes.len() < 2000) {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let without = numbers.below(lines.len());
        let rest: Vec<&[u8]> =
            lines.iter().enumerate().filter(|(at, _)| *at != without).map(|(_, line)| *line).collect();
        analyzed(&[("compose.yaml", &rest.concat())]);
        for _ in 0..4 {
            let mut changed = bytes.clone();
            let at = numbers.below(changed.len());
            if let Some(byte) = changed.get_mut(at) {
                *byte = b" :-{}[]&*!|>'\"%@`#,?$\n\t0a~\xff"[numbers.below(27)];
            }
            analyzed(&[("compose.yaml", &changed)]);
        }
    }
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert!(error(&[("compose.yaml", text.as_bytes())]).contains("aliases unfold to more than"));
}

#[test]
fn deep_nesting_is_refused() {
    let flow = format!("x-deep: {}{}\n", "[".repeat(9_000), "]".repeat(9_000));
    assert!(!error(&[("compose.yaml", flow.as_bytes())]).is_empty());
    let block: String = (0..5_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(!error(&[("compose.yaml", block.as_bytes())]).is_empty());
}

#[test]
fn ten_thousand_services_are_read() {
    let mut text = String::from("services:\n");
    for number in 0..10_000 {
        text.push_str(&format!("  s{number}:\n    image: x\n    depends_on: [s{}]\n", (number + 1).min(9_999)));
    }
    let text = text.replace("    depends_on: [s9999]\n", "");
    let analysis = analyzed(&[("compose.yaml", text.as_bytes())]);
    assert_eq!(analysis.docker.error, None);
    assert_eq!(analysis.project.expect("a project").services.len(), 10_000);
}

#[test]
fn a_thousand_mistakes_are_all_told() {
    let lines: String = (0..1_000).map(|number| format!("  s{number}: {{image: x, imagee: y}}\n")).collect();
    let analysis = analyzed(&[("compose.yaml", format!("services:\n{lines}").as_bytes())]);
    assert_eq!(analysis.diagnostics.len(), 1_000);
}

#[test]
fn includes_that_multiply_are_refused() {
    let names: Vec<String> = (0..40).map(|number| format!("f{number}.yaml")).collect();
    let texts: Vec<String> =
        (0..40).map(|number| format!("include: [f{0}.yaml, f{0}.yaml]\n", (number + 1).min(39))).collect();
    let mut files: Vec<(&str, &[u8])> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    files.push(("f39.yaml", b"services: {a: {image: x}}\n"));
    files.push(("compose.yaml", b"include: [f0.yaml]\n"));
    assert!(error(&files).contains("loads more than"));
}

#[test]
fn circles_end() {
    let extends = "services: {a: {extends: b}, b: {extends: c}, c: {extends: a}}\n";
    assert!(error(&[("compose.yaml", extends.as_bytes())]).starts_with("Circular reference:"));
    let other = ("b.yaml", "services: {a: {extends: {file: compose.yaml, service: a}}}\n".as_bytes());
    let main = "services: {a: {extends: {file: b.yaml, service: a}}}\n";
    assert!(error(&[("compose.yaml", main.as_bytes()), other]).starts_with("Circular reference:"));
}
