//! The loader against the recordings: exit, exact text and canonical JSON of every case in `tests/loader`, and in the
//! folder named by `LOADER_DIR`.

mod cases;

use drydock::compose::format::quote::quote;
use drydock::compose::{FolderSource, LoadOptions, analyze};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where the cases' folder stands.
const PROJECT: &str = "/home/demo/somewhere/demo";
const PARENT: &str = "/home/demo/somewhere";

fn folders() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loader");
    #[allow(clippy::disallowed_methods, reason = "a test may be pointed at other recordings")]
    let other = std::env::var("LOADER_DIR").ok().map(PathBuf::from);
    std::iter::once(own).chain(other).collect()
}

fn real(text: &str) -> String {
    text.replace("$PROJECT", PROJECT).replace("$PARENT", PARENT)
}

fn options(expected: &Value) -> LoadOptions {
    let mut options = LoadOptions { working_directory: PROJECT.into(), ..LoadOptions::default() };
    for (name, value) in [("HOME", "/home/demo"), ("PATH", "/usr/bin:/bin"), ("PWD", PROJECT)] {
        options.environment.insert(name.into(), value.into());
    }
    for (name, value) in expected["env"].as_object().into_iter().flatten() {
        options.environment.insert(name.clone(), real(value.as_str().unwrap_or_default()));
    }
    let mut arguments =
        expected["args"].as_array().into_iter().flatten().map(|text| real(text.as_str().unwrap_or_default()));
    while let Some(name) = arguments.next() {
        let value = arguments.next().expect("an option has a value");
        match name.as_str() {
            "-f" => options.files.push(value),
            "-p" => options.project_name = Some(value),
            "--profile" => options.profiles.push(value),
            "--env-file" => options.env_files.push(value),
            "--project-directory" => options.project_directory = Some(value),
            other => panic!("option {other} is not known to this test"),
        }
    }
    options
}

/// Lines in any order, where the recording says so.
fn lines(text: &str, any_order: bool) -> Vec<&str> {
    let mut lines: Vec<&str> = text.trim_end_matches('\n').lines().collect();
    if any_order {
        lines.sort_unstable();
    }
    lines
}

fn alternatives<'v>(expected: &'v Value, key: &str) -> Vec<&'v Value> {
    let also = expected[format!("{key}_also").as_str()].as_array().into_iter().flatten();
    std::iter::once(&expected[key]).chain(also).collect()
}

/// What differs between the recording of a case and this loader.
fn differences(case: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(case.join("expected.json")).expect("a recording");
    let expected: Value = serde_json::from_str(&text).expect("the recording is JSON");
    let folder = cases::read_folder(case);
    let analysis = analyze(&FolderSource::new(PROJECT, &folder), &options(&expected));
    let recorded = |text: &str| text.replace(PROJECT, "$PROJECT").replace(PARENT, "$PARENT");
    let warning = |text: &String| format!("time=\"$TIME\" level=warning msg={}\n", quote(text));
    let warnings: String = analysis.docker.warnings.iter().map(warning).collect();
    let error = analysis.docker.error.as_ref().map_or_else(String::new, |error| format!("{error}\n"));
    let printed = recorded(&format!("{warnings}{error}"));
    let mut wrong = Vec::new();
    let Some(exit) = expected["exit"].as_i64() else {
        return if analysis.docker.error.is_some() { wrong } else { vec!["accepted what Docker hangs on".into()] };
    };
    if exit != i64::from(analysis.docker.error.is_some()) {
        wrong.push(format!("exit {exit} recorded"));
    }
    let any_order = expected["stderr_any_order"] == Value::Bool(true);
    let same = |text: &&Value| lines(text.as_str().unwrap_or_default(), any_order) == lines(&printed, any_order);
    if !alternatives(&expected, "stderr").iter().any(same) {
        wrong.push(format!("printed {printed:?}, recorded {}", expected["stderr"]));
    }
    let json = analysis.printed().map_or_else(|| "null".to_owned(), |printed| recorded(&printed.json_text()));
    let json: Value = serde_json::from_str(&json).expect("what is printed is JSON");
    if !alternatives(&expected, "config").contains(&&json) {
        wrong.push(format!("canonical form {json}, recorded {}", expected["config"]));
    }
    wrong
}

#[test]
fn cases_agree_with_the_recordings() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for folder in folders() {
        let entries = std::fs::read_dir(&folder).expect("a readable folder");
        for case in entries.flatten().map(|entry| entry.path()).filter(|path| path.join("expected.json").exists()) {
            count += 1;
            let differences = differences(&case);
            if !differences.is_empty() {
                wrong.push(format!("{}: {}", case.display(), differences.join("; ")));
            }
        }
    }
    assert!(count >= 400, "only {count} cases were found");
    assert!(wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
