//! The house rules that a compiler does not know: who may import whom (the table in src/README.md), sizes, module heads,
//! words that have no place here. Every rule also proves on a bad example that it can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 70;
/// Files that are one table: their length is their content's.
const TABLES: [&str; 2] = ["src/playground/words.rs", "src/compose/attributes.rs"];

/// Words that have no place in the project, put together here so that this file does not hold them.
fn forbidden_words() -> Vec<String> {
    let pairs = [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
        ("#[ign", "ore"),
        ("allow(dead", "_code"),
        ("/wo", "rk/"),
        ("/ro", "ot/wt"),
        (".lib", "rary/"),
    ];
    pairs.iter().map(|(left, right)| format!("{left}{right}")).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` with one of these endings, as (path from the root, text).
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("a readable entry").path()));
        } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
            let name = path.strip_prefix(root()).expect("a path below the root").to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).expect("a text file")));
        }
    }
    found.sort();
    found
}

fn rust_files() -> Vec<(String, String)> {
    ["src", "xtask/src", "tests"].iter().flat_map(|folder| files(folder, &["rs"])).collect()
}

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}

type Rooms = BTreeMap<String, BTreeSet<String>>;

/// The table of src/README.md: rows ``| `room` | what it is | `may`, `import` |``.
fn rooms(readme: &str) -> Rooms {
    let mut rooms = Rooms::new();
    for row in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, room, _, imports, _] = cells.as_slice() else { continue };
        let imports = imports.split(',').map(|name| name.trim().trim_matches('`').to_owned());
        rooms.insert(room.trim_matches('`').to_owned(), imports.filter(|name| !name.is_empty()).collect());
    }
    rooms
}

/// Names of rooms that a text mentions as `crate::room`.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = BTreeSet::new();
    for line in code {
        for after in line.split("crate::").skip(1) {
            let names = match after.strip_prefix('{') {
                Some(group) => group.split(',').map(first_word).collect(),
                None => vec![first_word(after)],
            };
            found.extend(names.into_iter().filter(|name| name.chars().next().is_some_and(char::is_lowercase)));
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn room_of(path: &str) -> Option<String> {
    let first = path.strip_prefix("src/")?.split('/').next()?;
    let room = first.strip_suffix(".rs").unwrap_or(first);
    (room != "lib" && room != "main").then(|| room.to_owned())
}

fn forbidden_imports(path: &str, text: &str, rooms: &Rooms) -> Vec<String> {
    let Some(room) = room_of(path) else { return Vec::new() };
    let Some(allowed) = rooms.get(&room) else { return vec![format!("{path}: src/README.md has no room `{room}`")] };
    let foreign = imports(text).into_iter().filter(|name| *name != room && !allowed.contains(name));
    foreign.map(|name| format!("{path}: `{room}` must not import `{name}`")).collect()
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let readme = fs::read_to_string(root().join("src/README.md")).expect("src/README.md");
    let rooms = rooms(&readme);
    assert!(rooms.len() > 10, "the table of rooms was not found in src/README.md");
    let problems: Vec<String> =
        files("src", &["rs"]).iter().flat_map(|(path, text)| forbidden_imports(path, text, &rooms)).collect();
    assert_none(&problems, "imports against the table in src/README.md");
}

#[test]
fn a_forbidden_import_is_found() {
    let rooms = rooms("| `text` | words | |\n| `yaml` | trees | `text` |\n| `sim` | runs | `text` |\n");
    assert_eq!(forbidden_imports("src/yaml/node.rs", "use crate::text::Span;\n// crate::sim\n", &rooms).len(), 0);
    assert_eq!(forbidden_imports("src/yaml/node.rs", "use crate::{text::Span, sim::log};\n", &rooms).len(), 1);
    assert_eq!(forbidden_imports("src/yaml.rs", "fn f() { crate::sim::run() }\n", &rooms).len(), 1);
    assert_eq!(forbidden_imports("src/attic/mod.rs", "", &rooms).len(), 1);
}

fn too_long(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut problems = Vec::new();
    if lines.len() > LONGEST_FILE && !TABLES.contains(&path) {
        problems.push(format!("{path}: {} lines, more than {LONGEST_FILE}", lines.len()));
    }
    for (at, line) in lines.iter().enumerate() {
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        if !is_function(body) || body.ends_with(';') || body.ends_with('}') {
            continue;
        }
        let closing = format!("{indent}}}");
        let length = lines[at..].iter().position(|later| *later == closing).map_or(0, |end| end + 1);
        if length > LONGEST_FUNCTION {
            problems.push(format!("{path}:{}: a function of {length} lines, more than {LONGEST_FUNCTION}", at + 1));
        }
    }
    problems
}

fn is_function(line: &str) -> bool {
    let without_visibility = line.strip_prefix("pub").map_or(line, |rest| match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    });
    let mut words = without_visibility.split_whitespace().skip_while(|word| ["const", "async"].contains(word));
    words.next() == Some("fn")
}

#[test]
fn files_and_functions_are_short() {
    let problems: Vec<String> = rust_files().iter().flat_map(|(path, text)| too_long(path, text)).collect();
    assert_none(&problems, "too long");
}

#[test]
fn a_long_file_and_a_long_function_are_found() {
    let body = "    step();\n".repeat(70);
    let long = format!("pub(crate) fn walk(\n    x: u32,\n) {{\n{body}}}\n");
    assert_eq!(too_long("src/a.rs", &long).len(), 1);
    assert_eq!(too_long("src/a.rs", "fn short() {\n}\n").len(), 0);
    assert_eq!(too_long("src/a.rs", &"// line\n".repeat(601)).len(), 1);
    assert_eq!(too_long(TABLES[0], &"// line\n".repeat(601)).len(), 0);
}

fn without_head(path: &str, text: &str) -> Option<String> {
    (!text.starts_with("//! ")).then(|| format!("{path}: does not open with what it is for (`//! …`)"))
}

#[test]
fn every_module_says_what_it_is_for() {
    let problems: Vec<String> = rust_files().iter().filter_map(|(path, text)| without_head(path, text)).collect();
    assert_none(&problems, "module heads");
}

#[test]
fn a_missing_head_is_found() {
    assert!(without_head("src/a.rs", "use std::fs;\n").is_some());
    assert!(without_head("src/a.rs", "//! Reads files.\n").is_none());
}

fn bad_words(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in forbidden_words() {
            if holds(line, &word) {
                problems.push(format!("{path}:{}: `{word}`", at + 1));
            }
        }
    }
    problems
}

/// Whether `line` holds `word`; a word in capitals counts only when it is not a part of a longer one.
fn holds(line: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_uppercase());
    let capitals = word.chars().all(|letter| letter.is_ascii_uppercase());
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        !capitals || !(is_part(before) || is_part(after))
    })
}

#[test]
fn no_word_that_has_no_place_here() {
    let mut all = rust_files();
    all.extend(files("tests/browser", &["mjs", "md"]));
    all.extend(files("static", &["js", "mjs", "css", "md"]));
    all.extend(files("docs", &["md"]));
    for name in ["README.md", "CHANGELOG.md", "src/README.md", "Cargo.toml", "Trunk.toml", "index.html", ".ci/run"] {
        all.push((name.into(), fs::read_to_string(root().join(name)).expect("a text file")));
    }
    let problems: Vec<String> = all.iter().flat_map(|(path, text)| bad_words(path, text)).collect();
    assert_none(&problems, "words that have no place here");
}

#[test]
fn a_bad_word_is_found() {
    for word in forbidden_words() {
        assert_eq!(bad_words("src/a.rs", &format!("// {word} later\n")).len(), 1, "{word}");
    }
    assert!(bad_words("src/a.rs", "mktemp /tmp/a.XXXXXX\n").is_empty());
    assert!(bad_words("src/a.rs", "all is done\n").is_empty());
}

#[test]
fn the_paths_of_the_map_exist() {
    let readme = fs::read_to_string(root().join("src/README.md")).expect("src/README.md");
    let words = readme.split('`').skip(1).step_by(2);
    let named = words.filter(|word| word.starts_with("src/") || word.starts_with("tests/"));
    let missing: Vec<String> = named.filter(|path| !root().join(path).exists()).map(String::from).collect();
    assert_none(&missing, "src/README.md names what is not there");
}
