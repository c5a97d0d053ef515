//! What answers on the host's ports where the line stands, and what every request got. Must not know how a request is sent.

use super::faults::is_running;
use super::state::State;
use super::words;
use crate::kernel::Instant;
use crate::sim::log::{EventId, RequestOutcome};
use crate::timeline::RequestMark;

/// Most requests of the history.
const MOST_REQUESTS: usize = 50;

/// A published port and the last answer it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortLine {
    /// Host port.
    pub port: u16,
    /// Service behind it.
    pub service: String,
    /// Whether a container holds the port where the line stands, in words.
    pub now: String,
    /// The last answer before the line.
    pub answer: String,
    /// The stylesheet's class of the answer.
    pub class: &'static str,
}

/// A request that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// When it was answered or refused.
    pub at: String,
    /// Host port.
    pub port: u16,
    /// The answer, or the refusal.
    pub answer: String,
    /// The stylesheet's class of the answer.
    pub class: &'static str,
    /// The event, for "why?".
    pub event: EventId,
}

/// Ports that the project publishes, with what holds them and the last answer before the line.
pub fn ports(state: &State) -> Vec<PortLine> {
    let row = |(port, service): &(u16, String)| {
        let last = requests_until(state, state.playhead).rev().find(|request| request.port == *port);
        PortLine {
            port: *port,
            service: service.clone(),
            now: words::port_now(&holders(state, service)),
            answer: last.map_or(words::NO_REQUEST.to_owned(), |request| words::request(&request.outcome)),
            class: last.map_or("none", |request| class(&request.outcome)),
        }
    };
    state.ports.iter().map(row).collect()
}

/// The requests before the line, the latest first.
pub fn history(state: &State) -> Vec<RequestLine> {
    let requests = requests_until(state, state.playhead).rev().take(MOST_REQUESTS);
    let line = |request: &RequestMark| RequestLine {
        at: words::moment(request.at.at),
        port: request.port,
        answer: words::request(&request.outcome),
        class: class(&request.outcome),
        event: request.at.event,
    };
    requests.map(line).collect()
}

fn requests_until(state: &State, at: Instant) -> impl DoubleEndedIterator<Item = &RequestMark> {
    let requests = &state.run.timeline.requests;
    requests[..requests.partition_point(|request| request.at.at <= at)].iter()
}

/// Running containers of a service where the line stands.
fn holders(state: &State, service: &str) -> Vec<String> {
    let lanes = state.run.timeline.containers.iter().filter(|lane| !lane.one_off);
    let lanes = lanes.filter(|lane| lane.service.as_deref() == Some(service));
    lanes.filter(|lane| is_running(&lane.phase_at(state.playhead).kind)).map(|lane| lane.title()).collect()
}

fn class(outcome: &RequestOutcome) -> &'static str {
    match outcome {
        RequestOutcome::Response { status: 100..400, .. } => "good",
        _ => "bad",
    }
}
