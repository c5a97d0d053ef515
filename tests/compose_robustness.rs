//! Broken, huge and endless projects: the analysis ends, does not panic, and names the limit it meets.

mod cases;

use cases::{Folder, read_folder};
use drydock::compose::{Analysis, FolderSource, LoadOptions, analyze};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

fn analyzed(files: &[(&str, &[u8])]) -> Analysis {
    analyzed_folder(&files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect())
}

fn analyzed_folder(folder: &Folder) -> Analysis {
    let options = LoadOptions { working_directory: "/demo".into(), ..LoadOptions::default() };
    let analysis = analyze(&FolderSource::new("/demo", folder), &options);
    for diagnostic in &analysis.diagnostics {
        let text = analysis.file(diagnostic.span.file).map_or("", |file| file.text.as_str());
        let range = diagnostic.span.range.start as usize..diagnostic.span.range.end as usize;
        assert!(text.get(range).is_some(), "a place outside of {text:?}: {diagnostic:?}");
    }
    analysis
}

fn error(files: &[(&str, &[u8])]) -> String {
    analyzed(files).docker.error.unwrap_or_default()
}

/// Every file of every recorded case, each with the folder it stands in.
fn fixtures() -> Vec<(Folder, String)> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loader");
    let mut paths: Vec<_> = std::fs::read_dir(cases).expect("the fixtures").flatten().map(|case| case.path()).collect();
    paths.sort();
    let mut fixtures = Vec::new();
    for path in paths.iter().filter(|path| path.is_dir()) {
        let folder = read_folder(path);
        fixtures.extend(folder.keys().map(|name| (folder.clone(), name.clone())));
    }
    fixtures
}

/// Bytes that mean something to YAML, to variables or to `.env`, and some that mean nothing.
const BYTES: &[u8] = b" :-{}[]&*!|>'\"%@`#,?$=\\.\n\r\t0a~\xff\xc3";

/// Makes variants of the bytes of a numbered fixture, and hands over each.
type Variants = fn(&[u8], usize, &mut dyn FnMut(&[u8]));

/// Analyses each fixture with each of the texts that `variants` makes of its file; the fixtures are shared out to the
/// machine's processors as they are free.
fn analyze_variants(variants: Variants) {
    let (fixtures, next) = (fixtures(), AtomicUsize::new(0));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some((folder, name)) = fixtures.get(number)
                {
                    let mut folder = folder.clone();
                    let bytes = folder.get(name).cloned().unwrap_or_default();
                    variants(&bytes, number, &mut |variant| {
                        folder.insert(name.clone(), variant.to_vec());
                        analyzed_folder(&folder);
                    });
                }
            });
        }
    });
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
    analyze_variants(|bytes, _, analyze| (0..bytes.len()).for_each(|end| analyze(&bytes[..end])));
}

#[test]
fn every_line_less_ends() {
    analyze_variants(|bytes, _, analyze| {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        for without in 0..lines.len() {
            analyze(&[&lines[..without], &lines[without + 1..]].concat().concat());
        }
    });
}

#[test]
fn a_byte_changed_ends() {
    analyze_variants(|bytes, number, analyze| {
        let mut changed = bytes.to_vec();
        let mut numbers = Numbers(number as u64);
        for at in 0..bytes.len() {
            changed[at] = BYTES[numbers.below(BYTES.len())];
            analyze(&changed);
            changed[at] = bytes[at];
        }
    });
}

/// One change: bytes replaced, taken out, doubled or moved, or a whole word of the language put in.
fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    const WORDS: [&str; 18] = [
        "<<: *a",
        "&a ",
        "*a",
        "!reset ",
        "!override ",
        "---\n",
        "${A:-${B}}",
        "extends: web\n",
        "include: [compose.yaml]\n",
        "services:\n",
        "  web: {image: x}\n",
        "\n    depends_on: [web]\n",
        "\u{FEFF}",
        "null",
        "[",
        "{",
        "\"",
        "? ",
    ];
    let (from, length) = (numbers.below(bytes.len() + 1), numbers.below(12));
    let to = (from + length).min(bytes.len());
    let part = bytes[from..to].to_vec();
    match numbers.below(6) {
        0 => bytes[from..to].iter_mut().for_each(|byte| *byte = BYTES[numbers.below(BYTES.len())]),
        1 => drop(bytes.drain(from..to)),
        2 => drop(bytes.splice(from..from, part)),
        3 => {
            drop(bytes.drain(from..to));
            let target = numbers.below(bytes.len() + 1);
            bytes.splice(target..target, part);
        }
        4 => bytes.insert(from, BYTES[numbers.below(BYTES.len())]),
        _ => drop(bytes.splice(from..from, WORDS[numbers.below(WORDS.len())].bytes())),
    }
}

/// Of each fixture.
const MUTATIONS: usize = 210;

#[test]
fn a_hundred_thousand_mutations_end() {
    let count = fixtures().len() * MUTATIONS;
    assert!(count >= 100_000, "only {count}");
    analyze_variants(|bytes, number, analyze| {
        let mut numbers = Numbers(number as u64 + 1_000);
        for _ in 0..MUTATIONS {
            let mut changed = bytes.to_vec();
            for _ in 0..=numbers.below(4) {
                mutate(&mut changed, &mut numbers);
            }
            analyze(&changed);
        }
    });
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
fn a_file_of_a_megabyte_is_read() {
    let mut text = String::from("services:\n  web:\n    image: x\n    environment:\n");
    let line = format!(": \"{}\"\n", "value ".repeat(1_000));
    (0..180).for_each(|number| text.push_str(&format!("      V{number}{line}")));
    assert!(text.len() > 1_000_000, "only {}", text.len());
    let analysis = analyzed(&[("compose.yaml", text.as_bytes())]);
    assert_eq!(analysis.docker.error, None);
    assert_eq!(analysis.project.expect("a project").services["web"].environment.len(), 180);
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

#[test]
fn a_quote_that_opens_at_the_end_has_its_place_in_the_text() {
    let text = "services:\n  web:\n    image: x\n    ports:\n      - \"80:8    - \"80:80\"\n      - \"";
    assert!(!analyzed(&[("compose.yaml", text.as_bytes())]).diagnostics.is_empty());
}
