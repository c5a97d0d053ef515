//! Loading a model from its files: each file in Docker's order of steps, merged over the ones before (semantics 1.6).
//! Must not know the typed project.

use super::construct::{self, Constructed, Place};
use super::environment::Environment;
use super::files::Files;
use super::interpolation::Interpolation;
use super::path::Path;
use super::problems::Problems;
use super::reset::{self, Replaced};
use super::resolve_paths::{self, Base};
use super::value::{Data, Mapping, Value};
use super::{canonical, defaults, extra_validation, merge, normalise, schema, unicity, violations};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};
use crate::yaml::{self, Parsed};
use std::rc::Rc;

/// How many files a project may load, counted each time: includes of includes multiply.
const MAX_LOADS: usize = 2_000;

/// Loads models.
pub struct Loader<'a> {
    /// The files.
    pub files: Files<'a>,
    /// What is wrong.
    pub problems: Problems,
    /// What `~` stands for.
    pub home: Option<String>,
    parsed: Vec<(FileId, Rc<Parsed>)>,
    loads: usize,
    warned_version: Vec<FileId>,
}

/// A model to be loaded: its files, and what they are seen from.
#[derive(Clone, Debug)]
pub struct Request {
    /// Paths of the files, absolute; `-` for standard input.
    pub files: Vec<String>,
    /// Directory that relative paths are resolved against: relative itself for an included model.
    pub directory: String,
    /// Directory that files of `extends` and `include` are looked up in, absolute.
    pub lookup_directory: String,
    /// The variables.
    pub environment: Environment,
}

/// What the file being loaded stands in.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The model it belongs to.
    pub request: &'c Request,
    /// Its path.
    pub path: &'c str,
    /// The files that lead to it by `include`.
    pub included: &'c [String],
    /// Which steps it goes through.
    pub steps: Steps,
}

/// Which steps a file goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// All.
    All,
    /// Those a file goes through that only lends a service to `extends`.
    Lending,
}

impl<'a> Loader<'a> {
    /// A loader that has read nothing.
    pub fn new(files: Files<'a>, home: Option<String>) -> Self {
        Self { files, problems: Problems::default(), home, parsed: Vec::new(), loads: 0, warned_version: Vec::new() }
    }

    /// The parsed file; its syntax errors are not reported yet.
    pub fn parsed(&mut self, file: FileId) -> Rc<Parsed> {
        if let Some((_, parsed)) = self.parsed.iter().find(|(known, _)| *known == file) {
            return parsed.clone();
        }
        let parsed = Rc::new(yaml::parse_bytes(self.files.bytes(file)));
        self.parsed.push((file, parsed.clone()));
        parsed
    }

    /// Reads a file, or reports that it cannot be read for the sake of what stands at `span`.
    pub fn read(&mut self, path: &str, span: Span) -> Option<FileId> {
        self.loads += 1;
        if self.loads > MAX_LOADS {
            let message = format!("the project loads more than {MAX_LOADS} files");
            let text = format!("{message} (limit of drydock)");
            self.problems.refuse(text, Diagnostic::new("too-many-files", Severity::Error, span, message));
            return None;
        }
        match self.files.read(path) {
            Ok(file) => Some(file),
            Err(error) => {
                let message = format!("`{path}` cannot be read: {}", error.text());
                let verb = if error == super::ReadError::IsDirectory { "read" } else { "open" };
                let diagnostic = Diagnostic::new("unreadable-file", Severity::Error, span, message);
                self.problems.refuse(format!("{verb} {path}: {}", error.text()), diagnostic);
                None
            }
        }
    }

    /// Loads all files of a model, and completes it: defaults, checks, absolute paths.
    pub fn model(&mut self, request: &Request, included: &[String], origin: Span) -> Mapping {
        let mut model = Mapping::default();
        for path in &request.files {
            let Some(file) = self.read(path, origin) else { continue };
            let context = Context { request, path, included, steps: Steps::All };
            self.file(file, context, &mut model);
        }
        defaults::apply(&mut model);
        extra_validation::check(&model, &mut self.problems);
        let base = Base { directory: &request.directory, home: self.home.as_deref() };
        resolve_paths::resolve(&mut model, base, &mut self.problems);
        normalise::resolve_environment(&mut model, &request.environment);
        model
    }

    /// Loads one file on top of `model`, and gives what its last document takes out of models.
    pub fn file(&mut self, file: FileId, context: Context, model: &mut Mapping) -> Replaced {
        let parsed = self.parsed(file);
        let mut replaced = Replaced::new();
        for (number, document) in parsed.documents.iter().enumerate() {
            // Docker does not see what could be made out of a broken document.
            if let Some(failure) = parsed.failure.as_ref().filter(|failure| failure.documents <= number) {
                self.problems.refuse_silently(format!("failed to parse {}: {}", context.path, failure.text));
            }
            let place = Place { file, path: context.path };
            let constructed = construct::construct(document, place, &mut self.problems);
            replaced = self.document(constructed, file, context, model);
        }
        self.report_syntax(file, &parsed, context.path);
        replaced
    }

    fn report_syntax(&mut self, file: FileId, parsed: &Parsed, path: &str) {
        let text = parsed.failure.as_ref().map(|failure| failure.text.clone());
        for problem in &parsed.problems {
            let mut diagnostic = problem.diagnostic(file);
            diagnostic.docker = problem.docker.clone().or_else(|| text.clone());
            self.problems.report(diagnostic);
        }
        match (text, parsed.problems.first()) {
            (Some(text), _) => self.problems.refuse_silently(format!("failed to parse {path}: {text}")),
            (None, Some(limit)) => {
                let text = format!("failed to parse {path}: {} (limit of drydock)", limit.message);
                self.problems.refuse_silently(text);
            }
            (None, None) => {}
        }
    }

    fn document(&mut self, from: Constructed, file: FileId, context: Context, model: &mut Mapping) -> Replaced {
        let Constructed { value, origins, replaced } = from;
        let span = value.span;
        let Data::Mapping(mut own) = value.data else {
            let what = schema::type_name(&value);
            let message = format!("a Compose file is a mapping; this document is {what}");
            let diagnostic = Diagnostic::new("not-a-mapping", Severity::Error, span, message);
            self.problems.refuse("top-level object must be a mapping", diagnostic);
            return replaced;
        };
        let interpolation = Interpolation { environment: &context.request.environment, origins: &origins };
        interpolation.apply(&mut own, &mut self.problems);
        if context.steps == Steps::All {
            self.apply_extends(&mut own, context, &replaced);
        }
        reset::apply(model, &replaced);
        if context.steps == Steps::All {
            self.apply_include(&mut own, context);
        }
        merge::merge_mappings(model, own, &Path::TOP, &mut self.problems);
        unicity::enforce(model, &mut self.problems);
        if context.steps == Steps::All {
            self.validate(model, file, context.path, span);
        }
        canonical::transform(model, &mut self.problems);
        unicity::enforce(model, &mut self.problems);
        replaced
    }

    fn validate(&mut self, model: &mut Mapping, file: FileId, path: &str, span: Span) {
        let value = Value::new(Data::Mapping(std::mem::take(model)), span);
        let found = schema::validate(&value);
        if let Data::Mapping(mapping) = value.data {
            *model = mapping;
        }
        if !found.is_empty() {
            violations::report(&found, path, model, &mut self.problems);
            violations::prune(&found, model);
        }
        let Some(version) = model.remove("version") else { return };
        if self.warned_version.contains(&file) {
            return;
        }
        self.warned_version.push(file);
        let text = format!(
            "{path}: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion"
        );
        self.problems.warn(text, violations::obsolete_version(&version, self.files.text(file)));
    }
}
