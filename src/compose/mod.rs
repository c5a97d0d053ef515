//! The Compose language: which files make a project, interpolation, merge, `extends`, `include`, profiles, decoding,
//! consistency, canonical form; and the attribute table. Must not know time, containers or the screen.
//!
//! [`analyze`] runs the whole pipeline in Docker Compose's own processing order (semantics 1.6). Every stage reports its
//! problems and goes on with the best value it has, so one run gives both what Docker would print (the [`Verdict`]: its
//! warnings, and the first error) and all problems with their exact places.

pub mod attributes;
mod build_model;
mod canonical;
mod consistency;
mod construct;
mod cycles;
mod decode;
mod defaults;
mod discovery;
mod environment;
mod extends;
mod extra_validation;
mod files;
mod finish;
pub mod format;
mod include;
mod interpolation;
mod loader;
mod merge;
pub mod model;
mod normalise;
pub mod options;
mod path;
pub mod printed;
mod problems;
mod project_name;
mod reset;
mod resolve_paths;
mod scalars;
mod schema;
pub mod suggestion;
mod support;
mod unicity;
mod value;
mod violations;

use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};
use crate::yaml::Parsed;
use files::Files;
use loader::{Loader, Request};
pub use model::Project;
pub use options::{FileKind, FileSource, FolderSource, LoadOptions, ReadError, Resources, ServiceEnvironment};
pub use printed::Canonical;
use printed::Printed;
use problems::Problems;
use std::rc::Rc;

/// A file that was read for a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Absolute path; `-` for standard input.
    pub path: String,
    /// Its text; bytes that are not UTF-8 are replaced.
    pub text: String,
}

/// What `docker compose` prints for a project before it acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Messages of the warnings, in order, as they stand within `msg="…"`.
    pub warnings: Vec<String>,
    /// The error it ends with, without a line break at its end.
    pub error: Option<String>,
}

/// All that is known about a project's files.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The typed project: complete when Docker accepts the files, otherwise the best that could be made of them.
    pub project: Option<Project>,
    /// What `docker compose config` would print; `None` when Docker refuses the files.
    printed: Option<Canonical>,
    /// All problems, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// What Docker prints before it acts.
    pub docker: Verdict,
    /// The files that were read; a [`FileId`] is an index.
    pub files: Vec<SourceFile>,
}

impl Analysis {
    /// The canonical form as a JSON value, without doubled dollar signs; `None` when Docker refuses the files.
    pub fn canonical(&self) -> Option<serde_json::Value> {
        self.printed().as_ref().map(Printed::to_json)
    }

    /// What `docker compose config` prints; `None` when Docker refuses the files.
    pub fn printed(&self) -> Option<Printed> {
        self.printed.as_ref().map(Canonical::print)
    }

    /// The file with this id, if it was read.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }
}

/// A project Docker accepts, with the warnings it prints.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The project.
    pub project: Project,
    /// Messages of the warnings, in order.
    pub warnings: Vec<String>,
}

/// Reads and checks a project: its typed form, its canonical form, all its problems, and what Docker would print.
pub fn analyze(files: &dyn FileSource, options: &LoadOptions) -> Analysis {
    let home = options.environment.get("HOME").cloned();
    let mut loader = Loader::new(Files::new(files), home);
    let outcome = load_project(&mut loader, options);
    let Loader { files, problems, .. } = loader;
    let (diagnostics, docker) = problems.finish();
    let (project, printed) = outcome.unzip();
    let printed = printed.filter(|_| docker.error.is_none());
    Analysis { project, printed, diagnostics, docker, files: files.into_list() }
}

/// The whole pipeline; `None` where there is no file to begin with.
fn load_project(loader: &mut Loader, options: &LoadOptions) -> Option<(Project, Canonical)> {
    let mut variables = environment::of_shell(options);
    let (files, problems) = (&mut loader.files, &mut loader.problems);
    let here = discovery::project_directory(options);
    environment::add_dot_env(&mut variables, options, &here, files, problems);
    let found = discovery::discover(options, &variables, files, problems);
    if found.directory != here {
        environment::add_dot_env(&mut variables, options, &found.directory, files, problems);
    }
    let given = project_name::given(options, &variables, problems);
    let parsed = read_all(loader, &found.files, options, given.is_some());
    if parsed.is_empty() {
        return None;
    }
    let references: Vec<&Parsed> = parsed.iter().map(|parsed| &**parsed).collect();
    let from_files = || project_name::from_files(&references, &found.directory, &variables, &mut loader.problems);
    let name = given.unwrap_or_else(from_files);
    variables.insert("COMPOSE_PROJECT_NAME".into(), name.clone());
    let request = Request {
        files: found.files.clone(),
        directory: found.directory.clone(),
        lookup_directory: found.directory.clone(),
        environment: variables,
    };
    let mut model = loader.model(&request, &[], Span::default());
    refuse_nothing(&model, &name, &mut loader.problems);
    normalise::normalise(&mut model, &name, &request.environment);
    let decoded = decode::decode(model, &mut loader.problems);
    support::report(&decoded, &mut loader.problems);
    let (files, problems) = (&mut loader.files, &mut loader.problems);
    let finished = finish::finish(decoded, options, &request.environment, files, problems);
    let project = build_model::build(&finished, &name, &found, request.environment);
    Some((project, Canonical { name, services: finished.services, model: finished.model }))
}

/// Reads the main files; reports those whose name cannot be read for want of sense, as Docker does first.
fn read_all(loader: &mut Loader, paths: &[String], options: &LoadOptions, named: bool) -> Vec<Rc<Parsed>> {
    let mut parsed: Vec<Rc<Parsed>> = Vec::new();
    for path in paths {
        if path == "-" {
            loader.files.add("-", options.standard_input.clone());
        }
        if let Some(file) = loader.read(path, Span::default()) {
            parsed.push(loader.parsed(file));
        }
    }
    let mut named = named;
    for file in &parsed {
        if named {
            break;
        }
        if let Some(text) = project_name::unmarshal_error(file) {
            loader.problems.refuse_silently(text);
        }
        named = project_name::is_named(file);
    }
    parsed
}

fn refuse_nothing(model: &value::Mapping, name: &str, problems: &mut Problems) {
    if model.is_empty() && !problems.is_refused() {
        let message = "the Compose file is empty";
        let diagnostic = Diagnostic::new("empty-file", Severity::Error, Span::default(), message)
            .with_remedy("Write at least `services:` with one service");
        problems.refuse("empty compose file", diagnostic);
    }
    if name.is_empty() {
        let message = "the project has no name: the folder's name has no letter or digit in it";
        let diagnostic = Diagnostic::new("no-project-name", Severity::Error, Span::default(), message)
            .with_remedy("Add `name:` at the top, or give `-p NAME`");
        problems.refuse("project name must not be empty", diagnostic);
    }
}

/// The project as `docker compose` would act upon it, or what it prints when it refuses the files.
pub fn load(files: &dyn FileSource, options: &LoadOptions) -> Result<Loaded, Verdict> {
    let analysis = analyze(files, options);
    match analysis.project {
        Some(project) if analysis.printed.is_some() => Ok(Loaded { project, warnings: analysis.docker.warnings }),
        _ => Err(analysis.docker),
    }
}
