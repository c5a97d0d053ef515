//! The variables a project's files are interpolated with: the shell's, then those of `.env` (semantics L20 to L22).
//! Must not know what they are used for.

use super::files::{Files, absolute, clean, join};
use super::format::dotenv::{self, EnvironmentFile};
use super::options::{FileKind, LoadOptions};
use super::problems::Problems;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span, TextRange};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Values of variables.
pub type Environment = BTreeMap<String, String>;

/// How often `docker compose` reads the `.env` of a project before it reads the project, and warns each time.
const READINGS: usize = 4;

/// The shell's variables, as Compose takes them.
pub fn of_shell(options: &LoadOptions) -> Environment {
    let mut environment = options.environment.clone();
    environment.insert("PWD".into(), options.working_directory.clone());
    environment
}

/// The files named by `--env-file` or `COMPOSE_ENV_FILES`, absolute.
fn named_files(options: &LoadOptions) -> Vec<String> {
    let from_shell = options.environment.get("COMPOSE_ENV_FILES").filter(|list| !list.is_empty());
    let named: Vec<&str> = match from_shell {
        _ if !options.env_files.is_empty() => options.env_files.iter().map(String::as_str).collect(),
        Some(list) => list.split(',').collect(),
        None => Vec::new(),
    };
    named.into_iter().map(|path| absolute(&options.working_directory, path)).collect()
}

/// Adds the variables of the project's `.env`, or of the files named in its place, below those that are set already.
pub fn add_dot_env(
    environment: &mut Environment,
    options: &LoadOptions,
    directory: &str,
    files: &mut Files,
    problems: &mut Problems,
) {
    let mut paths = named_files(options);
    let disabled = options.environment.get("COMPOSE_DISABLE_ENV_FILE").is_some_and(|text| is_true(text));
    if paths.is_empty() && !disabled {
        let path = join(directory, ".env");
        if files.kind(&path) == Some(FileKind::File) {
            paths.push(path);
        }
    }
    let found = read_all(&paths, environment, READINGS, files, problems);
    for (name, value) in found {
        environment.entry(name).or_insert(value);
    }
}

fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// The variables of files, later ones over earlier ones; each warning is given `readings` times.
pub fn read_all(
    paths: &[String],
    environment: &Environment,
    readings: usize,
    files: &mut Files,
    problems: &mut Problems,
) -> Environment {
    let mut found = Environment::new();
    let mut warnings: Vec<(String, Span)> = Vec::new();
    for path in paths {
        let path = clean(path);
        match files.kind(&path) {
            None => {
                refuse_path(format!("couldn't find env file: {path}"), format!("there is no file `{path}`"), problems);
                break;
            }
            Some(FileKind::Directory) => {
                refuse_path(format!("{path} is a directory"), format!("`{path}` is a folder"), problems);
                break;
            }
            Some(FileKind::File) => {}
        }
        let Ok(file) = files.read(&path) else { continue };
        let lookup =
            |name: &str| environment.get(name).or_else(|| found.get(name)).map(|value| Cow::Owned(value.clone()));
        let parsed = dotenv::parse(files.text(file), &lookup);
        warnings.extend(parsed.unset.iter().map(|(name, range)| (name.clone(), Span { file, range: *range })));
        let failed = report_error(&path, file, &parsed, problems);
        found.extend(parsed.variables.into_iter().map(|(name, assignment)| (name, assignment.value)));
        if failed {
            break;
        }
    }
    for _ in 0..readings {
        warnings.iter().for_each(|(name, span)| warn_unset(name, *span, problems));
    }
    found
}

fn refuse_path(text: String, message: String, problems: &mut Problems) {
    let nowhere = Span { file: FileId(0), range: TextRange::at(0) };
    problems.refuse(text, Diagnostic::new("no-env-file", Severity::Error, nowhere, message));
}

/// Reports why an environment file is refused, if it is.
pub fn report_error(path: &str, file: FileId, parsed: &EnvironmentFile, problems: &mut Problems) -> bool {
    let Some(error) = &parsed.error else { return false };
    let span = Span { file, range: error.range };
    let what = error.docker.split_once(": ").map_or(error.docker.as_str(), |(_, what)| what);
    let diagnostic =
        Diagnostic::new("bad-env-file", Severity::Error, span, format!("this line cannot be read: {what}"))
            .with_remedy("Write `NAME=value`, one variable in a line");
    problems.refuse(format!("failed to read {path}: {}", error.docker), diagnostic);
    true
}

/// Warns of a variable that is not set.
pub fn warn_unset(name: &str, span: Span, problems: &mut Problems) {
    let message = format!("the variable `{name}` is not set, so an empty text stands in its place");
    let diagnostic = Diagnostic::new("unset-variable", Severity::Warning, span, message);
    problems.warn(format!("The \"{name}\" variable is not set. Defaulting to a blank string."), diagnostic);
}
