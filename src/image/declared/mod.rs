//! `x-drydock`: what a learner says about an app of their own. Docker ignores keys that begin with `x-`.
//!
//! ```yaml
//! x-drydock:
//!   boot: 2s                     # from the start until it listens (default 500ms)
//!   log: [starting up]           # lines it prints when it has booted
//!   needs:                       # what it connects to before it boots
//!     - connect: db:5432
//!       missing: exit            # exit (with code 1, the default) or retry
//!       every: 1s                # first pause of retry; it doubles up to 30 s
//!       attempts: 10             # retry: give up and exit after so many (default: never)
//!   listens: [8000]              # ports
//!   bind: 127.0.0.1              # listens on this address alone (default 0.0.0.0: on all)
//!   responds:                    # path to body, or to status, body and delay; {count} is the number of the request
//!     /: "Hello {count}"
//!     /health: { status: 200, body: ok, delay: 100ms }
//!   stores:                      # what it writes where, and when: start, request, or every so often
//!     - { path: /data/visits.txt, on: request, text: "visit {count}" }
//!   runs: 5s                     # a job: it ends after that time …
//!   exit: 0                      # … with this code
//!   crash: { after: 30s, code: 1, log: "panic: out of luck" }
//!   leak: { after: 60s }         # memory grows until the kernel kills it (137)
//!   stop: { after: 200ms, code: 0 }   # or `stop: ignore`: SIGTERM does nothing
//! ```
//!
//! Without it [`guess`] takes what command, environment, ports and health check suggest: for an image nobody knows, and for a
//! program that nobody recognises in an image one knows, such as an app of the learner's own ([`mystery`], [`stand_for`]). It
//! says so in its log, and to whoever runs it ([`Unknown::telling`]).
//!
//! In an image nobody knows, authors write health checks that pass, so what a probe or an `exec` asks for is guessed, too:
//!
//! * the app listens on the ports that the test addresses on this machine, and answers the paths it asks for with 200;
//! * a program that no file holds ([`Unknown::stand_in`]) succeeds once the app has booted, and fails with 1 before;
//! * a probe that fails although it has got such an answer (it looks for a word in it, say) passes once the app has booted;
//! * a program that the container's own command calls from a script is taken for the app, or, if its words are those of a
//!   migration, an installation and so on, for a job that ends.
//!
//! A known image keeps its "not found". While an image is built a mystery succeeds, and leaves a [`trace`] where it ran: what it made is not known.
//! Must not know Compose or the engine.

mod decode;
mod guess;
mod run;
pub mod schema;
pub mod trace;
mod unknown;
mod write;

pub use decode::{Place, Problem, decode};
pub use guess::{Hints, guess};
pub use unknown::{Clues, Unknown, mystery, stand_for};
pub use write::written;

use std::collections::BTreeMap;
use std::time::Duration;

/// The key of a service that holds a declaration.
pub const EXTENSION: &str = "x-drydock";

/// The program of an image nobody knows, which stands for whatever the image really runs.
pub const STAND_IN: &str = "/usr/local/bin/app";

/// Behaviour of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// From the start until it listens.
    pub boot: Duration,
    /// Lines it prints when it has booted.
    pub log: Vec<String>,
    /// What it connects to first, in order.
    pub needs: Vec<Need>,
    /// Ports.
    pub listens: Vec<u16>,
    /// Whether it listens on the loopback alone.
    pub only_loopback: bool,
    /// Path to answer; any other path is 404, or 200 if there is none at all.
    pub responds: BTreeMap<String, Response>,
    /// Files it writes.
    pub stores: Vec<Store>,
    /// How it ends by itself.
    pub end: Option<End>,
    /// What SIGTERM does.
    pub stop: Stop,
    /// Whether nobody wrote this down: the app says so in its log.
    pub source: Source,
}

/// Who says how the app behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The learner.
    Written,
    /// [`guess`].
    Guessed,
}

/// Something an app connects to before it boots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What it does when nobody answers.
    pub missing: Missing,
}

/// What an app does when what it needs is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Ends with code 1.
    Exit,
    /// Tries again.
    Retry {
        /// The first pause; it doubles up to 30 s.
        every: Duration,
        /// Exits with code 1 after so many attempts.
        attempts: Option<u32>,
    },
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Body; `{count}` is the number of the request.
    pub body: String,
    /// How long it takes.
    pub delay: Duration,
}

/// A file an app writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Absolute path.
    pub path: String,
    /// When.
    pub on: Occasion,
    /// A line that is added; `{count}` is how many lines the file has then.
    pub text: String,
}

/// When an app writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Once it has booted.
    Start,
    /// At each request.
    Request,
    /// Every so often.
    Every(Duration),
}

/// How an app ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// So long after it has booted.
    pub after: Duration,
    /// How.
    pub kind: EndKind,
}

/// The ways to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// With this code, after these lines.
    Exit {
        /// Exit code.
        code: u8,
        /// Last words on standard error.
        log: Option<String>,
    },
    /// Out of memory: the kernel kills it.
    OutOfMemory,
}

/// What SIGTERM does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It ends after that time, with that code.
    After(Duration, u8),
    /// Nothing: the engine kills it after the grace period.
    Ignore,
}

impl Default for Declared {
    fn default() -> Self {
        Self {
            boot: Duration::from_millis(500),
            log: Vec::new(),
            needs: Vec::new(),
            listens: Vec::new(),
            only_loopback: false,
            responds: BTreeMap::new(),
            stores: Vec::new(),
            end: None,
            stop: Stop::After(Duration::from_millis(100), 0),
            source: Source::Written,
        }
    }
}

#[cfg(test)]
mod tests;
