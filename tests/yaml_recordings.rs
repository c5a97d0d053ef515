//! The YAML parser against the loader's recordings: it says what go-yaml says to a file that is not YAML, and nothing to
//! one that is. Reads the folder in `LOADER_DIR`, else `tests/loader`.

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loader");
    #[allow(clippy::disallowed_methods, reason = "a test may be pointed at other recordings")]
    std::env::var("LOADER_DIR").map_or(own, PathBuf::from)
}

/// The first line of the recorded error that a YAML parser answers for.
fn yaml_error(stderr: &str) -> Option<&str> {
    const LATER: [&str; 3] = ["yaml: unmarshal errors", "yaml: invalid map key", "yaml: map merge"];
    let at =
        |line: &str| if line.starts_with("yaml: ") { Some(0) } else { line.find(".yaml: yaml: ").map(|at| at + 7) };
    let line = stderr.lines().find_map(|line| at(line).map(|at| &line[at..]))?;
    (!LATER.iter().any(|later| line.starts_with(later))).then_some(line)
}

#[test]
fn failures_are_go_yamls() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).into_iter().flatten().flatten() {
        let case = entry.path();
        let Ok(expected) = std::fs::read_to_string(case.join("expected.json")) else { continue };
        let Ok(bytes) = std::fs::read(case.join("compose.yaml")) else { continue };
        let expected: serde_json::Value = serde_json::from_str(&expected).expect("expected.json is JSON");
        let expected = yaml_error(expected["stderr"].as_str().unwrap_or_default());
        let parsed = drydock::yaml::parse_bytes(&bytes);
        let actual = parsed.failure.as_ref().map(|failure| failure.text.as_str());
        count += 1;
        if actual != expected {
            wrong.push(format!("{}: {actual:?}, expected {expected:?}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
