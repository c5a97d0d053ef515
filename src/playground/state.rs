//! What the application knows. Everything the page shows is computed from it. Must not know how it is drawn.

use super::former::Project;
use super::simulation::{FOLDER_NAME, Outcome, Run, Simulation};
use super::{opening, simulation};
use crate::diagnostic::Diagnostic;
use crate::kernel::Instant;
use crate::sim::log::EventId;
use crate::sim::session::Step;
use crate::text::Span;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Pixels per second of the picture before anybody zooms.
pub const USUAL_ZOOM: f64 = 36.0;
/// Speeds of the playhead: simulated seconds per second.
pub const SPEEDS: [f64; 4] = [1.0, 4.0, 16.0, 64.0];

/// A text file of the project's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Path relative to the folder.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Whether the playhead moves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// It stands.
    Paused,
    /// It runs.
    Playing,
}

/// Colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the machine says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The three panes between which a phone swipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The files.
    Editor,
    /// The timeline.
    Picture,
    /// What is true at the playhead.
    Panels,
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Nothing.
    None,
    /// The gallery of examples.
    Gallery,
}

/// What the middle panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Commands and what they printed.
    Terminal,
    /// What containers wrote.
    Logs,
    /// Everything that happened, as a list: the timeline for those who read or listen.
    Events,
}

/// Whether the browser keeps what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// It does.
    Kept,
    /// It refuses: its storage is full or shut.
    Refused,
}

/// Whether the timeline belongs to the files as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is the run of these files.
    Current,
    /// Docker refuses the files: it is the run of the last ones it accepted.
    Stale,
    /// The files have more services than are run here: it is the run of the last ones that were.
    TooLarge,
    /// The files were changed a moment ago, and their run, which takes a while, is due.
    Due,
}

/// The whole application.
#[derive(Clone, Debug)]
pub struct State {
    /// Name of the folder; the project's name follows from it.
    pub folder: String,
    /// Files of the folder, before the first step.
    pub files: Vec<SourceFile>,
    /// Index of the file that the editor shows.
    pub active: usize,
    /// Raised whenever the application, not the learner, changes the text of the active file.
    pub revision: u32,
    /// Steps of the session.
    pub steps: Vec<Step>,
    /// Steps that were undone, the last one first to come back.
    pub undone: Vec<Step>,
    /// All problems of the files as they are.
    pub problems: Rc<Vec<Diagnostic>>,
    /// Paths of the files that the spans of `problems` and of the log point into.
    pub span_paths: Vec<String>,
    /// Host ports that the project publishes, with the service behind each.
    pub ports: Vec<(u16, String)>,
    /// The last good run.
    pub run: Rc<Run>,
    /// Whether it is the run of the files as they are.
    pub freshness: Freshness,
    /// Where the line stands.
    pub playhead: Instant,
    /// Whether it moves.
    pub play: Play,
    /// Index into [`SPEEDS`].
    pub speed: usize,
    /// Pixels per second.
    pub zoom: f64,
    /// The event whose "why?" is shown.
    pub selected: Option<EventId>,
    /// The event that is pointed at.
    pub pointed: Option<EventId>,
    /// Byte offset in the active file that is pointed at.
    pub pointed_offset: Option<u32>,
    /// What stands in the command line.
    pub command: String,
    /// Colours.
    pub theme: Theme,
    /// The pane a phone shows.
    pub pane: Pane,
    /// What the middle panel shows.
    pub output: Output,
    /// The service whose log is shown; all of them if `None`.
    pub log_of: Option<String>,
    /// How often a command that did not end was given twice the time.
    pub patience: u32,
    /// Whether the browser keeps what is typed.
    pub keeping: Keeping,
    /// What lies over the page.
    pub dialog: Dialog,
    /// Projects that made room for an example, the last one first to come back.
    pub former: Vec<Project>,
}

impl State {
    /// The application as a first visitor finds it: the counter stack, already run, the line at the gate.
    pub fn first_visit() -> Self {
        let mut state = Self::empty(opening::files(), opening::steps());
        state.simulate();
        state.playhead = state.run.first_gate().unwrap_or(state.run.timeline.end);
        state
    }

    pub(super) fn empty(files: Vec<SourceFile>, steps: Vec<Step>) -> Self {
        Self {
            folder: FOLDER_NAME.into(),
            files,
            active: 0,
            revision: 0,
            steps,
            undone: Vec::new(),
            problems: Rc::default(),
            span_paths: Vec::new(),
            ports: Vec::new(),
            run: Rc::new(Run::default()),
            freshness: Freshness::Current,
            playhead: Instant::START,
            play: Play::Paused,
            speed: 1,
            zoom: USUAL_ZOOM,
            selected: None,
            pointed: None,
            pointed_offset: None,
            command: String::new(),
            theme: Theme::System,
            pane: Pane::Picture,
            output: Output::Terminal,
            log_of: None,
            patience: 0,
            keeping: Keeping::Kept,
            dialog: Dialog::None,
            former: Vec::new(),
        }
    }

    /// The file that the editor shows.
    pub fn active_file(&self) -> &SourceFile {
        &self.files[self.active.min(self.files.len() - 1)]
    }

    /// The text that the editor shows.
    pub fn active_text(&self) -> &str {
        self.text_of(self.active_file())
    }

    /// A file's text as the session leaves it: the last step that edits it says, else the text it began with.
    pub fn text_of<'a>(&'a self, file: &'a SourceFile) -> &'a str {
        let step = self.last_edit_of(&file.path).and_then(|index| match &self.steps[index] {
            Step::Edit { content: Some(bytes), .. } => std::str::from_utf8(bytes).ok(),
            _ => None,
        });
        step.unwrap_or(&file.text)
    }

    /// The last step that edits a file.
    pub(super) fn last_edit_of(&self, path: &str) -> Option<usize> {
        self.steps.iter().rposition(|step| matches!(step.plain(), Step::Edit { path: edited, .. } if *edited == *path))
    }

    /// Checks the files and runs the whole session again; keeps the last good run if Docker refuses the files.
    pub(super) fn simulate(&mut self) {
        let latest: Vec<SourceFile> = self
            .files
            .iter()
            .map(|file| SourceFile { path: file.path.clone(), text: self.text_of(file).to_owned() })
            .collect();
        let Simulation { problems, span_paths, ports, run } =
            simulation::simulate(&self.folder, &self.files, &latest, &self.steps, self.patience);
        (self.problems, self.span_paths) = (Rc::new(problems), span_paths);
        match run {
            Outcome::Ran(run) => {
                (self.run, self.ports, self.freshness) = (run, ports, Freshness::Current);
                (self.selected, self.pointed) = (None, None);
            }
            Outcome::Refused => self.freshness = Freshness::Stale,
            Outcome::TooLarge => self.freshness = Freshness::TooLarge,
        }
        self.playhead = self.playhead.min(self.run.timeline.end);
    }

    /// How many steps lie before the line: ended by then, or under way.
    pub fn steps_before_playhead(&self) -> usize {
        let marks = self.run.timeline.steps.iter();
        let before = marks
            .filter(|mark| mark.began.at < self.playhead || mark.ended.is_some_and(|ended| ended.at <= self.playhead));
        before.count()
    }

    /// Whether there are steps behind the line.
    pub fn has_steps_after_playhead(&self) -> bool {
        self.steps_before_playhead() < self.run.timeline.steps.len()
    }

    /// The place of a span in the active file, if it lies there, in bytes.
    pub fn in_active_file(&self, span: Span) -> Option<(u32, u32)> {
        let path = self.span_paths.get(span.file.0 as usize)?;
        (*path == self.active_file().path).then_some((span.range.start, span.range.end))
    }
}
