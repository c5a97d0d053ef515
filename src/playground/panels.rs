//! What is true where the line stands, in words: containers, data, the terminal, logs, requests, the chain of causes. Every
//! panel is a look at the run's log up to one instant. Must not know how the page lays them out.

use super::faults::{self, Faults};
use super::localhost::{self, PortLine, RequestLine};
use super::picture;
use super::problems::{self, Place};
use super::state::{Output, State};
use super::words;
use crate::kernel::Instant;
use crate::report::{Report, Survival, SurvivalCell, Weight};
use crate::sim::log::{ContainerId, EventId, EventKind, Stream};

/// Most lines a panel shows.
const MOST_LINES: usize = 400;

/// Most rows of a table.
const MOST_ROWS: usize = 150;

/// Everything the panels show where the line stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelsView {
    /// Where the line stands, in words.
    pub at: String,
    /// What is under way and what it waits for.
    pub pending: Vec<Sentence>,
    /// Containers.
    pub containers: Vec<ContainerLine>,
    /// Places where bytes live.
    pub data: Vec<DataLine>,
    /// Published ports.
    pub ports: Vec<PortLine>,
    /// Requests to them, the latest first.
    pub requests: Vec<RequestLine>,
    /// Commands and what they printed.
    pub terminal: Vec<Line>,
    /// What containers wrote.
    pub logs: Vec<Line>,
    /// What happened, as a list; only filled when it is shown.
    pub events: Vec<EventLine>,
    /// Which of the three is shown.
    pub output: Output,
    /// Services whose logs can be chosen.
    pub log_services: Vec<String>,
    /// The service that is chosen; all if `None`.
    pub log_of: Option<String>,
    /// The chain of causes of the chosen event.
    pub why: Vec<Reason>,
    /// What can be broken about the container it is about.
    pub faults: Option<Faults>,
    /// Which data survive which command next.
    pub survival: Vec<SurvivalLine>,
}

/// An event of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// When.
    pub at: String,
    /// What happened.
    pub text: String,
    /// The stylesheet's class: how much it matters.
    pub class: &'static str,
    /// The event.
    pub event: EventId,
}

/// A sentence about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// The event behind it.
    pub event: EventId,
}

/// A container where the line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerLine {
    /// Name in the margin.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// Since when it is in which state.
    pub status: String,
    /// The stylesheet's class for its state.
    pub class: &'static str,
    /// The event behind the state.
    pub event: Option<EventId>,
}

/// A place where bytes live, where the line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataLine {
    /// Name in the margin.
    pub name: String,
    /// Docker's word for the kind of place.
    pub kind: &'static str,
    /// What it holds.
    pub content: String,
    /// Who has it.
    pub attached: String,
}

/// What becomes of one place under each command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurvivalLine {
    /// Name in the margin.
    pub name: String,
    /// Docker's word for the kind of place.
    pub kind: &'static str,
    /// One per command: its name, the fate, the stylesheet's class, and why.
    pub fates: Vec<Fate>,
}

/// What becomes of a place under one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The command.
    pub command: &'static str,
    /// Kept, lost or unattached.
    pub word: &'static str,
    /// The stylesheet's class.
    pub class: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// A line of the terminal or of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who speaks: a container, or nothing for the terminal.
    pub who: String,
    /// What it says.
    pub text: String,
    /// The stylesheet's class.
    pub class: &'static str,
    /// When.
    pub at: Instant,
}

/// One link of a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// When.
    pub at: String,
    /// What happened.
    pub text: String,
    /// By which rule it followed from the next link.
    pub because: &'static str,
    /// What the rule is.
    pub meaning: &'static str,
    /// The place in the files that says so.
    pub place: Option<Place>,
    /// The event.
    pub event: EventId,
}

/// All panels.
pub fn view(state: &State) -> PanelsView {
    let run = &state.run;
    let steps: Vec<String> = run.steps.iter().map(words::command).collect();
    let report = Report::new(&run.log, &run.timeline, &steps);
    PanelsView {
        at: words::moment(state.playhead),
        pending: pending(state, &report),
        containers: containers(state, &report),
        data: data(state, &report),
        ports: localhost::ports(state),
        requests: localhost::history(state),
        terminal: terminal(state),
        logs: logs(state, &report),
        events: if state.output == Output::Events { events(state, &report) } else { Vec::new() },
        output: state.output,
        log_services: log_services(state),
        log_of: state.log_of.clone(),
        why: state.selected.map_or_else(Vec::new, |event| why(state, &report, event)),
        faults: state.selected.and_then(|event| faults::of_event(state, event)),
        survival: survival(state, &report),
    }
}

/// One sentence about an event: what happened, and what was behind it.
pub fn sentence(state: &State, event: EventId) -> String {
    let steps: Vec<String> = state.run.steps.iter().map(words::command).collect();
    Report::new(&state.run.log, &state.run.timeline, &steps).explain(event).short()
}

fn pending(state: &State, report: &Report) -> Vec<Sentence> {
    let all = report.pending(state.playhead).into_iter();
    all.take(MOST_ROWS).map(|one| Sentence { text: one.sentence, event: one.event }).collect()
}

/// The latest events by the line, the last one last.
fn events(state: &State, report: &Report) -> Vec<EventLine> {
    let lines = report.journal().into_iter().filter(|line| line.at <= state.playhead && line.weight > Weight::Detail);
    let mut lines: Vec<EventLine> = lines
        .map(|line| EventLine {
            at: words::moment(line.at),
            text: line.sentence,
            class: match line.weight {
                Weight::Alarm => "alarm",
                Weight::Step => "step",
                Weight::Change | Weight::Detail => "change",
            },
            event: line.event,
        })
        .collect();
    lines.drain(..lines.len().saturating_sub(MOST_LINES));
    lines
}

fn containers(state: &State, report: &Report) -> Vec<ContainerLine> {
    let rows = report.containers(state.playhead).into_iter().take(MOST_ROWS);
    rows.map(|row| {
        let since = words::duration_words(state.playhead.since(row.since));
        let health = if row.health.is_empty() { String::new() } else { format!(" ({})", row.health) };
        let kind = &state.run.timeline.containers[row.lane].phase_at(state.playhead).kind;
        ContainerLine {
            name: row.title,
            image: row.image.to_string(),
            status: format!("{}{health}, {since}", row.state),
            class: picture::phase_style(kind).class(),
            event: row.event,
        }
    })
    .collect()
}

fn data(state: &State, report: &Report) -> Vec<DataLine> {
    let rows = report.volumes(state.playhead).into_iter().take(MOST_ROWS);
    rows.map(|row| DataLine {
        name: row.name,
        kind: row.kind.word(),
        content: row.content,
        attached: if row.attached.is_empty() { words::UNATTACHED.to_owned() } else { row.attached.join(", ") },
    })
    .collect()
}

fn survival(state: &State, report: &Report) -> Vec<SurvivalLine> {
    let rows = report.survival(state.playhead).into_iter().take(MOST_ROWS);
    rows.map(|row| SurvivalLine { name: row.name, kind: row.kind.word(), fates: row.cells.iter().map(fate).collect() })
        .collect()
}

fn fate(cell: &SurvivalCell) -> Fate {
    let class = match cell.survival {
        Survival::Kept => "kept",
        Survival::Unattached => "unattached",
        Survival::Lost => "lost",
    };
    Fate { command: cell.command.title(), word: cell.survival.word(), class, reason: cell.reason }
}

fn why(state: &State, report: &Report, event: EventId) -> Vec<Reason> {
    let links = report.explain(event).links.into_iter();
    links
        .map(|link| Reason {
            at: words::moment(link.at),
            text: link.sentence,
            because: link.words.title,
            meaning: link.words.meaning,
            place: link.place.and_then(|span| problems::place(state, span)),
            event: link.event,
        })
        .collect()
}

/// What the terminal shows where the line stands: commands and what they printed.
fn terminal(state: &State) -> Vec<Line> {
    let mut lines = Vec::new();
    for event in until_playhead(state) {
        match &event.kind {
            EventKind::StepBegan { step } => {
                if let Some(step) = state.run.steps.get(step.0 as usize) {
                    lines.push(line(String::new(), &words::step(step), "command", event.at));
                }
            }
            EventKind::Output { stream, text, .. } => {
                let class = if *stream == Stream::Stderr { "stderr" } else { "stdout" };
                lines.extend(text.lines().map(|text| line(String::new(), text, class, event.at)));
            }
            EventKind::Request { outcome, .. } => {
                lines.push(line(String::new(), &words::request(outcome), "stdout", event.at));
            }
            EventKind::StepEnded { exit_code: Some(code), .. } if *code != 0 => {
                lines.push(line(String::new(), &format!("exit {code}"), "exit", event.at));
            }
            _ => {}
        }
    }
    last_lines(lines)
}

/// What containers wrote, up to where the line stands.
fn logs(state: &State, report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in report.logs(state.playhead) {
        if state.log_of.as_ref().is_some_and(|wanted| *wanted != service_of(state, entry.container)) {
            continue;
        }
        let class = if entry.stream == Stream::Stderr { "stderr" } else { "stdout" };
        lines.push(line(report.container_name(entry.container), entry.text.trim_end(), class, entry.at));
    }
    last_lines(lines)
}

/// Services whose logs can be chosen.
fn log_services(state: &State) -> Vec<String> {
    let mut services: Vec<String> = Vec::new();
    for lane in &state.run.timeline.containers {
        let name = lane.service.as_deref().unwrap_or(&lane.name).to_owned();
        if !services.contains(&name) {
            services.push(name);
        }
    }
    services
}

fn service_of(state: &State, container: ContainerId) -> String {
    let timeline = &state.run.timeline;
    let lane = timeline.lane_of(container).and_then(|lane| timeline.containers.get(lane));
    lane.map_or_else(String::new, |lane| lane.service.as_deref().unwrap_or(&lane.name).to_owned())
}

fn until_playhead(state: &State) -> crate::sim::log::events::Iter<'_> {
    let events = &state.run.log.events;
    events.before(events.partition_point(|event| event.at <= state.playhead))
}

fn line(who: String, text: &str, class: &'static str, at: Instant) -> Line {
    Line { who, text: text.to_owned(), class, at }
}

fn last_lines(mut lines: Vec<Line>) -> Vec<Line> {
    let surplus = lines.len().saturating_sub(MOST_LINES);
    lines.drain(..surplus);
    lines
}
