//! One invocation of `docker compose`: its global options, the shell it was given in, and how the project is loaded for the
//! command. Must not know what the commands do.

use super::super::arguments::{Arguments, truth};
use super::super::clock::Clock;
use super::super::context::Context;
use super::super::terminal::{Done, Failure};
use super::labels::Separator;
use super::selection;
use crate::compose::printed::Printed;
use crate::compose::{self, FileKind, FileSource, LoadOptions, Project, ReadError, Resources, ServiceEnvironment};
use crate::kernel::{Errno, Process};
use std::collections::BTreeMap;

/// The shell a command is given in.
pub struct Host {
    /// Its variables.
    pub environment: BTreeMap<String, String>,
    /// Its directory, absolute.
    pub directory: String,
    /// The process of the command.
    pub process: Process,
    /// All of standard input, if a file is read from it.
    pub input: Vec<u8>,
}

impl Host {
    /// The shell of a process.
    pub fn new(process: &Process) -> Self {
        let environment = process.environment();
        Self {
            environment: environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            directory: process.folder().to_string(),
            process: process.clone(),
            input: Vec::new(),
        }
    }

    /// The host's clock.
    pub fn clock(&self) -> Clock {
        Clock::new(self.process.kernel().wall_clock(), self.process.now())
    }
}

/// The files of the host as the loader reads them.
struct HostFiles<'p>(&'p Process);

impl FileSource for HostFiles<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.read_file(path).map(|bytes| bytes.to_vec()).map_err(|errno| match errno {
            Errno::Enoent => ReadError::NotFound,
            Errno::Eisdir => ReadError::IsDirectory,
            other => ReadError::Other(other.message().to_lowercase()),
        })
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        let stat = self.0.stat(path).ok()?;
        Some(if stat.is_folder() { FileKind::Directory } else { FileKind::File })
    }
}

/// One invocation.
pub struct Compose {
    /// The shell.
    pub host: Host,
    /// The global options.
    pub options: Arguments,
}

/// Which services' `env_file` and which resources a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Everything resolved: it creates containers.
    Full,
    /// Only the structure: it acts on what is there (L63).
    Structure,
}

impl Compose {
    /// A variable of the shell.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.host.environment.get(name).map(String::as_str)
    }

    /// Whether a variable says yes, as Compose reads it: `1`, `t`, `true`, `y`, `yes`.
    pub fn is_set(&self, name: &str) -> bool {
        self.variable(name).is_some_and(says_yes)
    }

    /// What stands between the parts of names.
    pub fn separator(&self) -> Separator {
        match self.options.on("compatibility") || self.is_set("COMPOSE_COMPATIBILITY") {
            true => Separator::Underscore,
            false => Separator::Hyphen,
        }
    }

    /// The project as the file says, with the profiles of the named services active; warnings are printed.
    pub fn load(&self, context: &Context, need: Need, services: &[String]) -> Done<Project> {
        let options = self.load_options(need, services);
        match compose::load(&HostFiles(&self.host.process), &options) {
            Ok(loaded) => {
                loaded.warnings.iter().for_each(|warning| context.terminal.warn(warning));
                Ok(loaded.project)
            }
            Err(verdict) => {
                verdict.warnings.iter().for_each(|warning| context.terminal.warn(warning));
                Err(Failure::new(verdict.error.unwrap_or_default()))
            }
        }
    }

    fn load_options(&self, need: Need, services: &[String]) -> LoadOptions {
        let mut files = self.options.texts("file").to_vec();
        if files.iter().all(String::is_empty) {
            files.clear();
        }
        let given = |name| self.options.text(name).map(str::to_owned);
        let all = self.options.on("all-resources");
        LoadOptions {
            files,
            project_name: given("project-name"),
            profiles: self.options.texts("profile").to_vec(),
            env_files: self.options.texts("env-file").to_vec(),
            project_directory: given("project-directory").or_else(|| given("workdir")),
            working_directory: self.host.directory.clone(),
            environment: self.host.environment.clone(),
            standard_input: self.host.input.clone(),
            service_environment: match need {
                Need::Full => ServiceEnvironment::Resolved,
                Need::Structure => ServiceEnvironment::Skipped,
            },
            resources: if all { Resources::All } else { Resources::Used },
            services: services.to_vec(),
        }
    }

    /// The project as `docker compose config` prints it; nothing if the files are refused.
    pub fn printed(&self, services: &[String]) -> Option<Printed> {
        compose::analyze(&HostFiles(&self.host.process), &self.load_options(Need::Full, services)).printed()
    }

    /// The project with only the named services and what they depend on: what `up` and its like act upon.
    pub fn load_selected(&self, context: &Context, need: Need, services: &[String]) -> Done<Project> {
        let project = self.load(context, need, services)?;
        let mut selected = selection::select(project, services, selection::Along::Dependencies)?;
        if !self.options.on("all-resources") {
            selection::drop_unused(&mut selected);
        }
        Ok(selected)
    }

    /// The project, or with `-p` and without `-f` only its name: such a command goes by the labels (S2).
    pub fn project_or_name(&self, context: &Context, services: &[String]) -> Done<(Option<Project>, String)> {
        match self.options.text("project-name") {
            Some(name) if self.options.texts("file").is_empty() => Ok((None, name.to_owned())),
            _ => match self.load_selected(context, Need::Structure, services) {
                Ok(project) => {
                    let name = project.name.clone();
                    Ok((Some(project), name))
                }
                Err(failure) => match self.variable("COMPOSE_PROJECT_NAME") {
                    Some(name) if !name.is_empty() => Ok((None, name.to_owned())),
                    _ => Err(failure),
                },
            },
        }
    }

    /// What standard input answers to a question: yes, or no without an answer.
    pub async fn confirms(&self, context: &Context, question: &str) -> bool {
        context.terminal.out(question);
        let answer = self.host.process.read_to_end(0).await.unwrap_or_default();
        let answer = String::from_utf8_lossy(&answer);
        answer.split_whitespace().next().is_some_and(says_yes)
    }
}

/// Compose's reading of a variable or an answer as yes or no.
pub fn says_yes(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    matches!(text.as_str(), "y" | "yes") || truth(&text).unwrap_or(false)
}
