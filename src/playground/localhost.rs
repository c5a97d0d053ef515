//! What answers on the host's ports where the line stands, and what every request got. Must not know how a request is sent.

use super::state::State;
use super::words;
use crate::kernel::Instant;
use crate::sim::log::{EventId, RequestOutcome};
use crate::timeline::{Binding, ContainerLane, RequestMark};
use std::collections::BTreeSet;

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

/// Ports that containers publish where the line stands, and those that the file would publish, with what holds them and the
/// last answer before the line.
pub fn ports(state: &State) -> Vec<PortLine> {
    let mut known = published(state);
    let in_file = state.ports.iter().filter(|(port, service)| !known.contains(&(*port, service.clone())));
    known.extend(in_file.cloned().collect::<Vec<_>>());
    known.sort();
    let row = |(port, service): &(u16, String)| {
        let last = requests_until(state, state.playhead).rev().find(|request| request.port == *port);
        PortLine {
            port: *port,
            service: service.clone(),
            now: words::port_now(&holders(state, *port, service)),
            answer: last.map_or(words::NO_REQUEST.to_owned(), |request| words::request(&request.outcome)),
            class: last.map_or("none", |request| class(&request.outcome)),
        }
    };
    known.iter().map(row).collect()
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

/// TCP ports of the host that containers hold where the line stands, or will hold when they are started; with the service.
fn published(state: &State) -> Vec<(u16, String)> {
    let mut found = BTreeSet::new();
    for lane in &state.run.timeline.containers {
        let Some(life) = lane.life_at(state.playhead) else { continue };
        let name = lane.service.as_ref().map_or_else(|| lane.title(), |service| service.to_string());
        let bound = lane.bindings.iter().filter(|binding| holds(binding, state.playhead));
        let bound: Vec<_> = bound.map(|binding| (binding.port.host, &*binding.port.protocol)).collect();
        let wished = life.ports.iter().filter(|port| port.first != 0 && port.first == port.last);
        let wished = wished.map(|port| (port.first, &*port.protocol));
        let tcp = bound.into_iter().chain(wished).filter(|(_, protocol)| *protocol == "tcp");
        found.extend(tcp.map(|(port, _)| (port, name.clone())));
    }
    found.into_iter().collect()
}

/// Containers of a service that hold a port where the line stands.
fn holders(state: &State, port: u16, service: &str) -> Vec<String> {
    let holds_port = |lane: &&ContainerLane| {
        lane.bindings.iter().any(|binding| binding.port.host == port && holds(binding, state.playhead))
    };
    let named = |lane: &&ContainerLane| lane.service.as_deref().map_or(lane.title() == service, |name| name == service);
    state.run.timeline.containers.iter().filter(named).filter(holds_port).map(ContainerLane::title).collect()
}

fn holds(binding: &Binding, at: Instant) -> bool {
    binding.from <= at && binding.until.is_none_or(|until| until > at)
}

fn class(outcome: &RequestOutcome) -> &'static str {
    match outcome {
        RequestOutcome::Response { status: 100..400, .. } => "good",
        _ => "bad",
    }
}
