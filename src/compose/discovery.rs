//! Which files make a project, and which directory is its own (semantics 1.1). Must not read their content.

use super::environment::Environment;
use super::files::{Files, absolute, base, clean, join, parent};
use super::options::{FileKind, LoadOptions};
use super::problems::Problems;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The files, absolute, in the order of merging; `-` for standard input.
    pub files: Vec<String>,
    /// The project's directory, absolute.
    pub directory: String,
}

/// Finds the files of a project. The environment holds what `.env` of the working directory sets.
pub fn discover(options: &LoadOptions, environment: &Environment, files: &Files, problems: &mut Problems) -> Found {
    let here = project_directory(options);
    let named = named_files(options, environment, &here);
    if !named.is_empty() {
        let first = named.iter().find(|path| *path != "-");
        let directory = match (&options.project_directory, first) {
            (Some(_), _) | (None, None) => here,
            (None, Some(first)) => parent(first),
        };
        return Found { files: named, directory };
    }
    let Some((folder, found)) = search(&here, &NAMES, files) else {
        let message = "there is no Compose file in this folder or above it";
        let diagnostic = Diagnostic::new("no-compose-file", Severity::Error, Span::default(), message)
            .with_remedy("Create `compose.yaml`");
        problems.refuse("no configuration file provided: not found", diagnostic);
        return Found { files: Vec::new(), directory: here };
    };
    let mut list = vec![pick(&found, "config", problems)];
    let overrides = existing(&folder, &OVERRIDE_NAMES, files);
    if !overrides.is_empty() {
        list.push(pick(&overrides, "override", problems));
    }
    let directory = if options.project_directory.is_some() { here } else { folder };
    Found { files: list, directory }
}

/// `--project-directory`, else the working directory.
pub fn project_directory(options: &LoadOptions) -> String {
    let directory = options.project_directory.as_deref().unwrap_or("");
    absolute(&options.working_directory, directory)
}

fn named_files(options: &LoadOptions, environment: &Environment, directory: &str) -> Vec<String> {
    let resolve = |base: &str, path: &str| if path == "-" { path.to_string() } else { absolute(base, path) };
    if !options.files.is_empty() {
        return options.files.iter().map(|path| resolve(&options.working_directory, path)).collect();
    }
    let Some(list) = environment.get("COMPOSE_FILE").filter(|list| !list.is_empty()) else { return Vec::new() };
    let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty());
    let separator = separator.map_or(":", String::as_str);
    list.split(separator).map(|path| resolve(directory, path)).collect()
}

fn existing(directory: &str, names: &[&str], files: &Files) -> Vec<String> {
    let paths = names.iter().map(|name| join(directory, name));
    paths.filter(|path| files.kind(path) == Some(FileKind::File)).collect()
}

/// The first folder, from `start` upwards, that holds one of the names.
fn search(start: &str, names: &[&str], files: &Files) -> Option<(String, Vec<String>)> {
    let mut folder = clean(start);
    loop {
        let found = existing(&folder, names, files);
        if !found.is_empty() {
            return Some((folder, found));
        }
        let above = parent(&folder);
        if above == folder || base(&folder) == "/" {
            return None;
        }
        folder = above;
    }
}

/// The first of several candidates, with Docker's warnings that there are several.
fn pick(candidates: &[String], what: &str, problems: &mut Problems) -> String {
    if candidates.len() > 1 {
        let list = candidates.join(", ");
        let message = format!("there are several {what} files; only `{}` is used", base(&candidates[0]));
        let diagnostic = Diagnostic::new("several-files", Severity::Warning, Span::default(), message)
            .with_remedy("Keep one of them, or name the files with `-f`");
        problems.warn(format!("Found multiple {what} files with supported names: {list}"), diagnostic);
        problems.warn_silently(format!("Using {}", candidates[0]));
    }
    candidates[0].clone()
}
