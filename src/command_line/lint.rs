//! `drydock lint FILE…`: the problems and the advice of each file, as code frames or as JSON. Exit code 1 if Docker would
//! refuse one of the files.

use super::disk::Disk;
use super::{Terminal, print, refuse};
use crate::compose::{Analysis, LoadOptions, Resources, analyze};
use crate::diagnostic::{Diagnostic, Severity, frame};
use crate::lint::lint;
use crate::text::{FileId, LineIndex};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How the findings are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// Runs the command with what stands behind `lint`.
pub fn run(arguments: &[String], terminal: &mut Terminal) -> i32 {
    let (format, files) = match read(arguments) {
        Ok(read) => read,
        Err(message) => return refuse(terminal.err, &format!("drydock lint: {message}\n")),
    };
    let directory = match std::env::current_dir() {
        Ok(directory) => directory.to_string_lossy().into_owned(),
        Err(error) => return refuse(terminal.err, &format!("drydock lint: {error}\n")),
    };
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let mut findings = Vec::new();
    for file in files {
        let options = LoadOptions {
            files: vec![file.clone()],
            working_directory: directory.clone(),
            environment: environment.clone(),
            resources: Resources::All,
            ..LoadOptions::default()
        };
        let analysis = analyze(&Disk, &options);
        findings.push((file, problems(&analysis), analysis));
    }
    let text = match format {
        Format::Text => {
            findings.iter().map(|(file, found, analysis)| as_text(file, found, analysis, &directory)).collect()
        }
        Format::Json => as_json(&findings, &directory),
    };
    let refused = findings.iter().any(|(_, found, analysis)| {
        analysis.docker.error.is_some() || found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    });
    print(terminal.out, &text).max(i32::from(refused))
}

fn read(arguments: &[String]) -> Result<(Format, Vec<&String>), String> {
    let mut format = Format::Text;
    let mut files = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = match argument.split_once('=') {
            Some(("--format", value)) => Some(value),
            _ if argument == "--format" => rest.next().map(String::as_str),
            _ if argument.starts_with('-') && argument != "-" => return Err(format!("unknown option {argument}")),
            _ => {
                files.push(argument);
                continue;
            }
        };
        format = match value {
            Some("text") => Format::Text,
            Some("json") => Format::Json,
            _ => return Err("--format takes text or json".into()),
        };
    }
    if files.is_empty() { Err("which file?".into()) } else { Ok((format, files)) }
}

/// The problems Docker sees, then the advice, in the order of their places.
fn problems(analysis: &Analysis) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = analysis.diagnostics.iter().cloned().chain(lint(analysis)).collect();
    found.sort_by_key(|diagnostic| diagnostic.span);
    found
}

/// A path as one reads it: relative to the directory where the command runs.
fn near<'p>(path: &'p str, directory: &str) -> &'p str {
    path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

fn as_text(file: &str, found: &[Diagnostic], analysis: &Analysis, directory: &str) -> String {
    let files = |id: FileId| analysis.file(id).map(|file| (near(&file.path, directory), file.text.as_str()));
    let mut text: String = found.iter().map(|diagnostic| frame::frame(diagnostic, &files) + "\n").collect();
    let said = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if let Some(error) = analysis.docker.error.as_ref().filter(|_| !said) {
        text.push_str(&format!("error: {error}\n\n"));
    }
    let count = |severity| found.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let errors = count(Severity::Error).max(usize::from(analysis.docker.error.is_some()));
    let (warnings, advice) = (count(Severity::Warning), count(Severity::Advice));
    text.push_str(&format!("{file}: {}, {}, {advice} of advice\n", many(errors, "error"), many(warnings, "warning")));
    text
}

fn many(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn as_json(findings: &[(&String, Vec<Diagnostic>, Analysis)], directory: &str) -> String {
    let files: Vec<Value> = findings
        .iter()
        .map(|(file, found, analysis)| {
            let problems: Vec<Value> = found.iter().map(|one| located(one, analysis, directory)).collect();
            json!({ "file": file, "docker": { "warnings": analysis.docker.warnings, "error": analysis.docker.error },
                    "problems": problems })
        })
        .collect();
    // The values were made just above, so they can always be written.
    serde_json::to_string_pretty(&files).unwrap_or_default() + "\n"
}

/// A problem with path, lines and columns (from 1, in characters of UTF-16) beside its byte offsets.
fn located(diagnostic: &Diagnostic, analysis: &Analysis, directory: &str) -> Value {
    let mut value = serde_json::to_value(diagnostic).unwrap_or_default();
    if let Some(file) = analysis.file(diagnostic.span.file) {
        let index = LineIndex::new(&file.text);
        let at = |offset| {
            let place = index.line_column(&file.text, offset);
            json!({ "line": place.line + 1, "column": place.column + 1 })
        };
        let range = diagnostic.span.range;
        value["path"] = near(&file.path, directory).into();
        value["from"] = at(range.start);
        value["to"] = at(range.end);
    }
    value
}
