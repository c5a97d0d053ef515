//! The Compose language: which files make a project, interpolation, merge, `extends`, `include`, profiles, decoding,
//! consistency, canonical form; and the attribute table. Must not know time, containers or the screen.
//!
//! [`analyze`] runs the whole pipeline in Docker Compose's own processing order (semantics 1.6). Every stage reports its
//! problems and goes on with the best value it has, so one run gives both what Docker would print (the [`Verdict`]: its
//! warnings, and the first error) and all problems with their exact places.

pub mod format;
pub mod model;
pub mod options;

use crate::diagnostic::Diagnostic;
use crate::text::FileId;
pub use model::Project;
pub use options::{FileKind, FileSource, FolderSource, LoadOptions, ReadError, Resources, ServiceEnvironment};

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
    /// What `docker compose config --format json` prints, as a value; `None` when Docker refuses the files.
    pub canonical: Option<serde_json::Value>,
    /// All problems, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// What Docker prints.
    pub docker: Verdict,
    /// The files that were read; a [`FileId`] is an index.
    pub files: Vec<SourceFile>,
}

impl Analysis {
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
pub fn analyze(_files: &dyn FileSource, _options: &LoadOptions) -> Analysis {
    Analysis::default()
}

/// The project as `docker compose` would act upon it, or what it prints when it refuses the files.
pub fn load(files: &dyn FileSource, options: &LoadOptions) -> Result<Loaded, Verdict> {
    let analysis = analyze(files, options);
    match analysis.project {
        Some(project) if analysis.docker.error.is_none() => Ok(Loaded { project, warnings: analysis.docker.warnings }),
        _ => Err(analysis.docker),
    }
}
