//! From the learner's files and steps to problems and a run: the one place where the playground meets the language and the
//! simulation. Must not know how anything is shown.

use super::state::SourceFile;
use crate::compose::{self, Analysis, FolderSource, LoadOptions};
use crate::diagnostic::Diagnostic;
use crate::kernel::Instant;
use crate::lint;
use crate::sim::log::{CausedBy, EventId, EventKind, EventLog};
use crate::sim::session::{self, Folder, Limits, Session, Step, TimedStep};
use crate::text::Span;
use crate::timeline::{GateOutcome, Timeline};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Name of a learner's folder; the project's name follows from it.
pub const FOLDER_NAME: &str = "demo";
/// Where folders stand on the simulated host, for messages that name absolute paths.
const FOLDERS: &str = "/srv/";

/// Most services of a project that is run; a larger one is only checked, so that the page does not stand still.
pub const MOST_SERVICES: usize = 500;

/// How often the time of a command can be doubled: to more than a day.
pub const MOST_PATIENCE: u32 = 6;

/// One run of a session and what is folded from it once.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Everything that happened.
    pub log: EventLog,
    /// The log as lanes.
    pub timeline: Timeline,
    /// Instants at which something happens, sorted.
    pub activity: Vec<Instant>,
    /// The steps that were run.
    pub steps: Vec<Step>,
}

impl Run {
    /// Folds a log.
    pub fn of(log: EventLog, steps: Vec<Step>) -> Self {
        let timeline = Timeline::of(&log);
        let activity = timeline.activity();
        Self { log, timeline, activity, steps }
    }

    /// When the first gate opened.
    pub fn first_gate(&self) -> Option<Instant> {
        self.timeline.gates.iter().find_map(|gate| match gate.outcome {
            GateOutcome::Opened(moment) => Some(moment.at),
            _ => None,
        })
    }

    /// When an event happened.
    pub fn instant_of(&self, event: EventId) -> Option<Instant> {
        self.log.events.get(event.0 as usize).map(|event| event.at)
    }

    /// The last event by an instant that changes what is drawn.
    pub fn last_at(&self, at: Instant) -> Option<EventId> {
        let lanes = self.timeline.containers.iter().flat_map(|lane| {
            let phases = lane.phases.iter().filter(|phase| phase.from <= at);
            phases.filter_map(|phase| phase.event).next_back()
        });
        let gates = self.timeline.gates.iter().filter_map(|gate| match gate.outcome {
            GateOutcome::Opened(moment) if moment.at <= at => Some(moment.event),
            _ => None,
        });
        lanes.chain(gates).max()
    }

    /// The place in the files behind an event: its own cause's, else the nearest one's up the chain of causes.
    pub fn place_of(&self, event: EventId) -> Option<Span> {
        let mut next = Some(event);
        // Causes lie before what they cause, so the walk ends.
        while let Some(event) = next.and_then(|id| self.log.events.get(id.0 as usize)) {
            if event.cause.place.is_some() {
                return event.cause.place;
            }
            next = match event.cause.by {
                CausedBy::Event(cause) => Some(cause),
                CausedBy::Step(_) => None,
            };
        }
        None
    }

    /// A number that two runs share only if their logs are the same: 64-bit FNV-1a of the log as JSON.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(&self.log).unwrap_or_default();
        let hash = text.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

/// What comes of files and steps.
#[derive(Debug)]
pub struct Simulation {
    /// All problems of the files.
    pub problems: Vec<Diagnostic>,
    /// Paths of the files that spans point into, relative to the folder, by file id.
    pub span_paths: Vec<String>,
    /// Host ports that are published, with the service behind each.
    pub ports: Vec<(u16, String)>,
    /// The run.
    pub run: Outcome,
}

/// Whether the files were run.
#[derive(Debug)]
pub enum Outcome {
    /// They were.
    Ran(Rc<Run>),
    /// Docker refuses them.
    Refused,
    /// They have more than [`MOST_SERVICES`].
    TooLarge,
}

/// Checks the files of the folder `name` as the session leaves them (`latest`) and, if Docker accepts those, runs the steps from the files as
/// they were at first. A command may take half an hour, doubled `patience` times.
pub fn simulate(name: &str, first: &[SourceFile], latest: &[SourceFile], steps: &[Step], patience: u32) -> Simulation {
    let path = format!("{FOLDERS}{name}");
    let analysis = analyze(&path, &folder(latest));
    let services = analysis.project.as_ref().map_or(0, |project| project.services.len());
    let run = match analysis.docker.error {
        Some(_) => Outcome::Refused,
        None if services > MOST_SERVICES => Outcome::TooLarge,
        None => Outcome::Ran(Rc::new(run(name, folder(first), steps, patience))),
    };
    let mut advice = lint::lint(&analysis);
    if let Outcome::Ran(run) = &run {
        advice.extend(lint::unrecognised(&analysis, &guesses(&run.log)));
    }
    let problems = analysis.diagnostics.iter().cloned().chain(advice).collect();
    Simulation {
        span_paths: analysis.files.iter().map(|file| relative(&path, &file.path)).collect(),
        ports: published_ports(&analysis),
        problems,
        run,
    }
}

/// The services whose program nobody recognised, with the `x-drydock` it was taken for: the last one that says where it listens, else
/// the last.
fn guesses(log: &EventLog) -> BTreeMap<&str, &str> {
    let mut services = BTreeMap::new();
    let mut guesses = BTreeMap::new();
    for event in &log.events {
        match &event.kind {
            EventKind::ContainerCreated(created) if !created.one_off => {
                services.extend(created.service.as_deref().map(|service| (created.container, service)));
            }
            EventKind::BehaviourGuessed { container, declaration } => {
                let Some(service) = services.get(container) else { continue };
                let known: &mut &str = guesses.entry(*service).or_insert("");
                if known.is_empty() || declaration.contains("listens:") || !known.contains("listens:") {
                    *known = declaration;
                }
            }
            _ => {}
        }
    }
    guesses
}

/// How many problems and pieces of advice a Compose file gives: what a keystroke does first. For measuring.
pub fn count_problems(text: &str) -> usize {
    let analysis = analyze(&format!("{FOLDERS}{FOLDER_NAME}"), &alone(text));
    analysis.diagnostics.len() + lint::lint(&analysis).len()
}

/// How many events there are when the services of a Compose file are up for `span`: what a keystroke does next. For measuring.
pub fn count_events(text: &str, span: Duration) -> usize {
    let up = Step::Run { command: "docker compose up -d".into(), interrupt_after: None };
    let steps = [up, Step::Wait(span)].map(|step| TimedStep { not_before: Duration::ZERO, step });
    let session =
        Session { folder: alone(text), folder_name: FOLDER_NAME.into(), before: Vec::new(), steps: steps.into() };
    session::simulate(&session).log.events.len()
}

/// A folder with nothing but a Compose file.
fn alone(text: &str) -> Folder {
    [("compose.yaml".to_owned(), text.as_bytes().to_vec())].into()
}

fn folder(files: &[SourceFile]) -> Folder {
    files.iter().map(|file| (file.path.clone(), file.text.clone().into_bytes())).collect()
}

fn analyze(path: &str, folder: &Folder) -> Analysis {
    let options = LoadOptions { working_directory: path.into(), ..LoadOptions::default() };
    compose::analyze(&FolderSource::new(path, folder), &options)
}

fn run(name: &str, folder: Folder, steps: &[Step], patience: u32) -> Run {
    let timed = steps.iter().map(|step| TimedStep { not_before: Duration::ZERO, step: step.clone() });
    let session = Session { folder, folder_name: name.into(), before: Vec::new(), steps: timed.collect() };
    let usual = Limits::default();
    let limits = Limits { step: usual.step * (1 << patience.min(MOST_PATIENCE)), ..usual };
    Run::of(session::simulate_within(&session, &limits).log, steps.to_vec())
}

fn relative(folder: &str, path: &str) -> String {
    path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/')).to_owned()
}

fn published_ports(analysis: &Analysis) -> Vec<(u16, String)> {
    let services = analysis.project.iter().flat_map(|project| project.services.values());
    let mut ports: Vec<(u16, String)> = services
        .flat_map(|service| {
            let published = service.ports.iter().filter_map(|port| port.published.as_deref()?.parse().ok());
            published.map(|port: u16| (port, service.name.value.clone())).collect::<Vec<_>>()
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}
