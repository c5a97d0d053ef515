//! Small projects unlike the recorded ones, with what Docker prints of them, worked out from its rules: each file of
//! `tests/variations` holds cases as text. `UPDATE_VARIATIONS=1` writes what is printed now; look at the difference before
//! it is kept.

use drydock::compose::{Analysis, FolderSource, LoadOptions, analyze};
use std::collections::BTreeMap;
use std::path::Path;

const PROJECT: &str = "/home/demo/somewhere/demo";

/// A case: its heading (a name, then options and variables), its files, and what is printed.
struct Case {
    heading: String,
    files: Vec<(String, String)>,
    expected: String,
}

fn read_cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(heading) = line.strip_prefix("=== ") {
            let files = vec![("compose.yaml".to_owned(), String::new())];
            cases.push(Case { heading: heading.trim().to_owned(), files, expected: String::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        match line.strip_prefix("--- ").map(str::trim) {
            Some(name) => case.files.push((name.to_owned(), String::new())),
            None => case.files.last_mut().expect("the first file is there").1.push_str(line),
        }
    }
    for case in &mut cases {
        if case.files.last().is_some_and(|(name, _)| name == "printed") {
            case.expected = case.files.pop().map(|(_, text)| text).unwrap_or_default();
        }
    }
    cases
}

fn options(heading: &str) -> LoadOptions {
    let mut options = LoadOptions { working_directory: PROJECT.into(), ..LoadOptions::default() };
    for (name, value) in [("HOME", "/home/demo"), ("PATH", "/usr/bin:/bin"), ("PWD", PROJECT)] {
        options.environment.insert(name.into(), value.into());
    }
    let mut words = heading.split(' ').skip(1).map(str::to_owned);
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("an option has a value");
        match word.as_str() {
            "-p" => options.project_name = Some(value()),
            "-f" => options.files.push(value()),
            "--profile" => options.profiles.push(value()),
            "--env-file" => options.env_files.push(value()),
            _ => {
                let (name, value) = word.split_once('=').expect("a variable is written NAME=value");
                options.environment.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    options
}

fn analyzed(case: &Case) -> Analysis {
    let files = case.files.iter().filter(|(_, text)| !text.is_empty());
    let folder: BTreeMap<String, Vec<u8>> =
        files.map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect();
    analyze(&FolderSource::new(PROJECT, &folder), &options(&case.heading))
}

/// Warnings, then the error or the canonical form.
fn printed(case: &Case) -> String {
    let analysis = analyzed(case);
    let mut text: String = analysis.docker.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
    match (&analysis.docker.error, analysis.printed()) {
        (Some(error), _) => text.push_str(&format!("error: {error}\n")),
        (None, Some(printed)) => text.push_str(&printed.yaml_text()),
        (None, None) => text.push_str("nothing\n"),
    }
    text.replace(PROJECT, "$PROJECT")
}

fn write_cases(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        text.push_str(&format!("=== {}\n", case.heading));
        for (name, content) in &case.files {
            if name != "compose.yaml" {
                text.push_str(&format!("--- {name}\n"));
            }
            text.push_str(content);
        }
        text.push_str(&format!("--- printed\n{}", printed(case)));
    }
    text
}

#[test]
fn variations_are_printed_as_docker_does() {
    #[allow(clippy::disallowed_methods, reason = "a test may be told to write its expectations anew")]
    let update = std::env::var("UPDATE_VARIATIONS").is_ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/variations");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the variations").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for path in paths.iter().filter(|path| path.extension().is_some_and(|kind| kind == "txt")) {
        let cases = read_cases(&std::fs::read_to_string(path).expect("a readable file"));
        count += cases.len();
        if update {
            std::fs::write(path, write_cases(&cases)).expect("a writable file");
            continue;
        }
        for case in &cases {
            let found = printed(case);
            if found != case.expected {
                wrong.push(format!("{}\n{found}instead of\n{}", case.heading, case.expected));
            }
        }
    }
    assert!(count >= 200, "only {count} variations were found");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Each line of `tests/variations/types` is an attribute of a service with a value of some type, and what comes of it.
#[test]
fn attributes_of_every_type_are_judged_as_docker_does() {
    #[allow(clippy::disallowed_methods, reason = "a test may be told to write its expectations anew")]
    let update = std::env::var("UPDATE_VARIATIONS").is_ok();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/variations/types");
    let text = std::fs::read_to_string(&path).expect("the file");
    let judged = |line: &str| {
        let attribute = line.split(" => ").next().unwrap_or(line);
        let file = format!("services:\n  web:\n    image: x\n    {attribute}\n");
        let case = Case { heading: "x".into(), files: vec![("compose.yaml".into(), file)], expected: String::new() };
        let error = analyzed(&case).docker.error.map(|error| error.replace(PROJECT, "$PROJECT"));
        format!("{attribute} => {}", error.map_or("accepted".into(), |error| error.replace('\n', " ")))
    };
    if update {
        let lines: Vec<String> = text.lines().map(judged).collect();
        return std::fs::write(path, lines.join("\n") + "\n").expect("a writable file");
    }
    let wrong: Vec<String> =
        text.lines().filter(|line| judged(line) != *line).map(|line| format!("{line}\nis {}", judged(line))).collect();
    assert!(text.lines().count() > 1000, "the lines are there");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
