//! What a Dockerfile says. Words are raw: variables and quotes are replaced when an instruction is carried out.

use crate::text::{Span, Spanned};
use std::time::Duration;

/// A whole Dockerfile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dockerfile {
    /// `ARG`s before the first `FROM`: known to every `FROM`.
    pub arguments: Vec<Argument>,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// The escape character: `\`, or a backtick by the directive `# escape=`.
    pub escape: char,
}

/// One stage: a `FROM` and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Image reference or the name of an earlier stage, raw.
    pub base: Spanned<String>,
    /// `AS name`, in lower case.
    pub name: Option<Spanned<String>>,
    /// `--platform`, raw.
    pub platform: Option<String>,
    /// The instructions, in order.
    pub instructions: Vec<Placed>,
}

/// An instruction, where it stands, and its text with the line breaks taken out.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The instruction.
    pub instruction: Instruction,
    /// From its first to its last line.
    pub span: Span,
    /// The joined line, as a builder prints it: `RUN apt-get update`.
    pub text: String,
}

/// One instruction of a stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction {
    /// `RUN`.
    Run(CommandForm),
    /// `COPY`.
    Copy(CopyFiles),
    /// `ADD`.
    Add(CopyFiles),
    /// `ENV`, raw pairs.
    Env(Vec<(String, String)>),
    /// `ARG`.
    Arg(Vec<Argument>),
    /// `LABEL`, raw pairs.
    Label(Vec<(String, String)>),
    /// `WORKDIR`, raw.
    Workdir(String),
    /// `VOLUME`, raw.
    Volume(Vec<String>),
    /// `EXPOSE`, raw: `80`, `80/udp`, `8000-8010`.
    Expose(Vec<String>),
    /// `USER`, raw.
    User(String),
    /// `STOPSIGNAL`, raw.
    StopSignal(String),
    /// `SHELL`.
    Shell(Vec<String>),
    /// `CMD`.
    Cmd(CommandForm),
    /// `ENTRYPOINT`.
    Entrypoint(CommandForm),
    /// `HEALTHCHECK`.
    Healthcheck(HealthCheck),
    /// `ONBUILD`, with the instruction's text.
    OnBuild(String),
    /// `MAINTAINER`: deprecated, only kept.
    Maintainer(String),
}

/// A command: a text for the image's shell, or an argument list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandForm {
    /// For `SHELL`, by default `/bin/sh -c`. The text of a here-document (`RUN <<EOF`) is its body.
    Shell(String),
    /// A JSON list.
    Exec(Vec<String>),
}

impl CommandForm {
    /// The argument list, with `shell` before a text.
    pub fn arguments(&self, shell: &[String]) -> Vec<String> {
        match self {
            CommandForm::Shell(text) => shell.iter().cloned().chain([text.clone()]).collect(),
            CommandForm::Exec(list) => list.clone(),
        }
    }
}

/// `ARG name` or `ARG name=default`; the default is raw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Name.
    pub name: String,
    /// Default value, raw.
    pub default: Option<String>,
}

/// What `COPY` and `ADD` copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFiles {
    /// Sources: raw paths with wildcards, or here-documents.
    pub sources: Vec<CopySource>,
    /// Destination, raw.
    pub destination: String,
    /// `--from`: a stage's name or number, or an image; raw.
    pub from: Option<String>,
    /// `--chown`, raw.
    pub chown: Option<String>,
    /// `--chmod`, raw.
    pub chmod: Option<String>,
}

/// One source of `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopySource {
    /// A path in the context, another stage or an image; `ADD` also takes an address.
    Path(String),
    /// A here-document: the file's name and its content; `expand` if variables in it are replaced.
    Heredoc {
        /// Name of the file.
        name: String,
        /// Content.
        content: String,
        /// Whether variables in the content are replaced (the delimiter was not quoted).
        expand: bool,
    },
}

/// `HEALTHCHECK`. What is `None` is inherited, in the end from the engine's defaults (30 s, 30 s, 3, 0 s, 5 s).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthCheck {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`.
    pub test: Vec<String>,
    /// `--interval`.
    pub interval: Option<Duration>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--start-period`.
    pub start_period: Option<Duration>,
    /// `--start-interval`.
    pub start_interval: Option<Duration>,
    /// `--retries`.
    pub retries: Option<u64>,
}
