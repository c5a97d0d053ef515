//! Progress lines of `docker compose`, as its plain writer prints them (O1): a blank, the resource, its state. Must not know
//! what the resources are.

use super::terminal::Terminal;
use crate::sim::log::Stream;

/// Where progress lines go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// One line for each event.
    #[default]
    Plain,
    /// One JSON object for each event (`--progress json`).
    Json,
    /// Nowhere (`--progress quiet`; and the start pass of an attached `up`, O4).
    Quiet,
}

/// Writes progress lines. Clones are the same.
#[derive(Clone)]
pub struct Progress {
    terminal: Terminal,
    mode: Mode,
    stream: Stream,
    /// Whether all of it is only pretended.
    dry_run: bool,
}

impl Progress {
    /// Lines for `stream`: standard error, unless `COMPOSE_STATUS_STDOUT` is set.
    pub fn new(terminal: Terminal, mode: Mode, stream: Stream) -> Self {
        Self { terminal, mode, stream, dry_run: false }
    }

    /// The same writer, saying that all of it is only pretended.
    pub fn dry_run(self, dry_run: bool) -> Self {
        Self { dry_run, ..self }
    }

    /// The same writer, silent.
    pub fn silent(&self) -> Self {
        Self { mode: Mode::Quiet, ..self.clone() }
    }

    /// A resource is in a state: ` Container demo-db-1  Started`.
    pub fn event(&self, resource: &str, status: &str) {
        self.line(resource, "", status);
    }

    /// A resource with a text of its own: ` db Pulling `.
    pub fn text(&self, resource: &str, text: &str) {
        self.line(resource, text, "");
    }

    /// A resource with a text of its own is in a state: ` db-1 copy … to . Copied`.
    pub fn step(&self, resource: &str, text: &str, status: &str) {
        self.line(resource, text, status);
    }

    /// A container is in a state.
    pub fn container(&self, name: &str, status: &str) {
        self.event(&format!("Container {name}"), status);
    }

    fn line(&self, resource: &str, text: &str, status: &str) {
        let line = match self.mode {
            Mode::Quiet => return,
            Mode::Plain if self.dry_run => format!(" DRY-RUN MODE -  {resource} {text} {status}\n"),
            Mode::Plain => format!(" {resource} {text} {status}\n"),
            Mode::Json => {
                let given = [("id", resource), ("text", text), ("status", status)];
                let fields = given.iter().filter(|(_, value)| !value.is_empty());
                let fields: Vec<String> =
                    fields.map(|(name, value)| format!("\"{name}\":{}", serde_json::json!(value))).collect();
                let pretended = if self.dry_run { "\"dry-run\":true," } else { "" };
                format!("{{{pretended}{}}}\n", fields.join(","))
            }
        };
        self.terminal.bytes(self.stream, line.as_bytes());
    }
}
