//! What a program of the client prints, in order, and how it fails. Must not know any command.

use super::clock::Clock;
use crate::kernel::Tasks;
use crate::kernel::sync::Queue;
use crate::sim::engine::EngineError;
use crate::sim::log::Stream;

/// Why a command gives up: what it prints last, and its exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Exit code of the command.
    pub code: i32,
    /// Printed on standard error with a line break; `None` prints nothing.
    pub text: Option<String>,
}

impl Failure {
    /// An error with a text and exit code 1.
    pub fn new(text: impl Into<String>) -> Self {
        Self { code: 1, text: Some(text.into()) }
    }

    /// Only an exit code: a container's, say.
    pub fn code(code: i32) -> Self {
        Self { code, text: None }
    }

    /// An exit code that Docker's plugin runner answers with an empty line (recording `data-run-rm`).
    pub fn status(code: i32) -> Self {
        Self { code, text: Some(String::new()) }
    }

    /// What a request ends with whose context was cancelled.
    pub fn cancelled() -> Self {
        Self { code: 130, text: Some("canceled".into()) }
    }

    /// The text, for messages that quote it.
    pub fn message(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::new(error.to_string())
    }
}

/// What a command ends with.
pub type Done<T = ()> = Result<T, Failure>;

/// A piece of output on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Bytes for one of the streams.
    Bytes(Stream, Vec<u8>),
    /// Nothing follows.
    End,
}

/// Collects what all the tasks of a command print, in the order in which they print it; someone else writes it to the
/// process's streams, so that a slow reader never holds up the tasks. Clones are the same.
#[derive(Clone)]
pub struct Terminal {
    chunks: Queue<Chunk>,
    clock: Clock,
    tasks: Tasks,
}

impl Terminal {
    /// Nothing is printed yet.
    pub fn new(clock: Clock, tasks: Tasks) -> Self {
        Self { chunks: Queue::default(), clock, tasks }
    }

    /// A text for standard output.
    pub fn out(&self, text: &str) {
        self.bytes(Stream::Stdout, text.as_bytes());
    }

    /// A text for standard error.
    pub fn error(&self, text: &str) {
        self.bytes(Stream::Stderr, text.as_bytes());
    }

    /// Bytes for a stream.
    pub fn bytes(&self, stream: Stream, bytes: &[u8]) {
        self.chunks.push(Chunk::Bytes(stream, bytes.to_vec()));
    }

    /// A warning as Docker's logger prints it when standard error is not a terminal.
    pub fn warn(&self, message: &str) {
        let time = self.clock.second(self.tasks.now());
        self.error(&format!("time=\"{time}\" level=warning msg={}\n", super::table::quote(message)));
    }

    /// Says that nothing follows.
    pub fn end(&self) {
        self.chunks.push(Chunk::End);
    }

    /// The next piece; waits for it.
    pub async fn next(&self) -> Chunk {
        self.chunks.pop().await
    }
}
