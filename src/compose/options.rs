//! What an analysis is told from outside: which files, which name, which environment; and how it reads files.
//! Must not read anything itself.

use std::collections::BTreeMap;

/// Where the project's files come from: the session's folder in the browser, or the disk.
pub trait FileSource {
    /// The bytes of the file at an absolute, clean path.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
    /// What stands at an absolute, clean path; `None` if nothing does.
    fn kind(&self, path: &str) -> Option<FileKind>;
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file with bytes.
    File,
    /// A directory.
    Directory,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Nothing is there.
    NotFound,
    /// A directory is there.
    IsDirectory,
    /// Anything else, in the system's words.
    Other(String),
}

impl ReadError {
    /// The system's words for it, as Go prints them.
    pub fn text(&self) -> &str {
        match self {
            ReadError::NotFound => "no such file or directory",
            ReadError::IsDirectory => "is a directory",
            ReadError::Other(text) => text,
        }
    }
}

/// Whether `env_file` entries are read, and a missing one is an error (semantics L63).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceEnvironment {
    /// `up`, `create`, `run`, `config` and the like: read them.
    #[default]
    Resolved,
    /// `stop`, `down`, `ps` and the like: leave them.
    Skipped,
}

/// Which networks, volumes, secrets and configs stay in the project (semantics N3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resources {
    /// Only those the selected services use.
    #[default]
    Used,
    /// All that are declared (`--all-resources`).
    All,
}

/// How a project is loaded: the options of `docker compose` and the shell they are given in.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `-f`, in order; `-` is standard input.
    pub files: Vec<String>,
    /// `-p`.
    pub project_name: Option<String>,
    /// `--profile`, in order.
    pub profiles: Vec<String>,
    /// `--env-file`, in order.
    pub env_files: Vec<String>,
    /// `--project-directory`.
    pub project_directory: Option<String>,
    /// Absolute path of the directory the command runs in.
    pub working_directory: String,
    /// The shell's variables.
    pub environment: BTreeMap<String, String>,
    /// What `-f -` reads.
    pub standard_input: Vec<u8>,
    /// Whether `env_file` is read.
    pub service_environment: ServiceEnvironment,
    /// Which top-level resources stay.
    pub resources: Resources,
    /// Services named on the command line; empty for all.
    pub services: Vec<String>,
}

/// A folder held in memory, standing at an absolute path; nothing else exists.
#[derive(Clone, Debug)]
pub struct FolderSource<'a> {
    root: String,
    folder: &'a BTreeMap<String, Vec<u8>>,
}

impl<'a> FolderSource<'a> {
    /// `folder` (relative paths to bytes) as if it stood at the absolute path `root`.
    pub fn new(root: &str, folder: &'a BTreeMap<String, Vec<u8>>) -> Self {
        Self { root: root.trim_end_matches('/').to_string(), folder }
    }

    fn relative<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(&self.root)?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
    }
}

impl FileSource for FolderSource<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let found = self.relative(path).and_then(|relative| self.folder.get(relative));
        found.cloned().ok_or(match self.kind(path) {
            Some(FileKind::Directory) => ReadError::IsDirectory,
            _ => ReadError::NotFound,
        })
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        if self.root.starts_with(path.trim_end_matches('/')) && (path.len() <= 1 || self.root.len() == path.len()) {
            return Some(FileKind::Directory);
        }
        let relative = self.relative(path)?;
        if self.folder.contains_key(relative) {
            return Some(FileKind::File);
        }
        let prefix = format!("{relative}/");
        let inside = self.folder.range(prefix.clone()..).next().is_some_and(|(name, _)| name.starts_with(&prefix));
        inside.then_some(FileKind::Directory)
    }
}
