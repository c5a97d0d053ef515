//! The guess: what command, environment, ports and health check suggest about an app nobody has described.

mod address;
mod command;
mod probe;

use super::{Declared, End, EndKind, Missing, Need, Response, Source};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) use command::is_job;

/// How long a guessed job runs once it has what it needs.
const JOB: Duration = Duration::from_secs(1);

/// What a guess goes by.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Variables with their values.
    pub environment: &'a [(String, String)],
    /// Ports that file and image name.
    pub ports: &'a [u16],
    /// The test of the health check, its words joined by spaces; empty for none.
    pub test: &'a str,
    /// The command, its words joined by spaces; empty if there is none.
    pub command: &'a str,
    /// Whether somebody waits until it has completed: then it is a job.
    pub awaited_to_complete: bool,
}

/// An app that connects to what its variables name (and tries again every second when it is missing), boots in half a
/// second, and answers on its ports.
///
/// Needs: see [`address`]. Ports: those its command names, or its program has by itself ([`command`]); without any, those
/// that file and image name, and those its health check asks. A job ends after a second with code 0, and with code 1 if what it needs is missing.
pub fn guess(hints: &Hints<'_>) -> Declared {
    let missing = match hints.awaited_to_complete {
        true => Missing::Exit,
        false => Missing::Retry { every: Duration::from_secs(1), attempts: None },
    };
    let needs =
        address::needs(hints.environment).into_iter().map(|(host, port)| Need { host, port, missing }).collect();
    let guessed = Declared { needs, source: Source::Guessed, ..Declared::default() };
    if hints.awaited_to_complete {
        return as_job(guessed);
    }
    let response = Response { status: 200, body: "ok".to_string(), delay: Duration::ZERO };
    let own = command::listening(hints.command, hints.environment);
    let only_loopback = own.as_ref().is_some_and(|own| own.only_loopback);
    let is_told = own.is_some();
    let mut listens = own.map_or_else(|| hints.ports.to_vec(), |own| own.ports);
    let mut responds = BTreeMap::from([("/".to_string(), response.clone())]);
    for (port, path) in probe::addressed(hints.test) {
        if !is_told && !listens.contains(&port) {
            listens.push(port);
        }
        responds.extend(path.map(|path| (path, response.clone())));
    }
    Declared { listens, responds, only_loopback, ..guessed }
}

/// The same app as a job.
pub(super) fn as_job(app: Declared) -> Declared {
    let needs = app.needs.into_iter().map(|need| Need { missing: Missing::Exit, ..need }).collect();
    let end = Some(End { after: JOB, kind: EndKind::Exit { code: 0, log: None } });
    Declared { needs, end, listens: Vec::new(), responds: BTreeMap::new(), ..app }
}
