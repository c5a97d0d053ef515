//! The timeline in pixels: where every bar, mark and arrow stands, what it says, which event is behind it. The colours are
//! the stylesheet's: a bar has a [`BarStyle`], and `static/page.css` gives each its colour and pattern. Must not know SVG.

mod bars;
mod gates;
mod marks;

pub use bars::{phase_style, phase_word};

use super::state::{Freshness, State};
use super::{panels, words};
use crate::sim::log::EventId;
use crate::timeline::{ContainerLane, DataState, Scale, ScaleOptions};

/// Height of the stretch above the lanes: commands and ticks.
pub const HEAD: f64 = 80.0;
/// Height of a section's heading.
pub const SECTION: f64 = 24.0;
/// Most lanes of containers, and of places, that are drawn.
pub const MOST_LANES: usize = 150;
/// Height of a data lane.
pub const DATA_LANE: f64 = 40.0;
/// Height of a bar.
pub const BAR: f64 = 24.0;
/// Space right of the session's end, where the next command is asked for.
pub const TAIL: f64 = 160.0;
/// Width of one letter of the smallest type, rounded up, to tell whether a word fits.
const LETTER: f64 = 6.8;

/// How a bar looks. The names are the stylesheet's classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarStyle {
    /// A container that was never started.
    Created,
    /// Waits for a condition.
    Waiting,
    /// Runs, health undecided.
    Starting,
    /// Runs, no health check.
    Running,
    /// Healthy.
    Healthy,
    /// Unhealthy.
    Unhealthy,
    /// The restart policy's pause.
    Restarting,
    /// Frozen.
    Paused,
    /// A signal was sent.
    Stopping,
    /// Exited with 0.
    Exited,
    /// Exited with another code.
    Failed,
    /// Bytes some container has.
    Data,
    /// Bytes no container has.
    Unattached,
}

impl BarStyle {
    /// The stylesheet's class.
    pub fn class(self) -> &'static str {
        match self {
            BarStyle::Created => "created",
            BarStyle::Waiting => "waiting",
            BarStyle::Starting => "starting",
            BarStyle::Running => "running",
            BarStyle::Healthy => "healthy",
            BarStyle::Unhealthy => "unhealthy",
            BarStyle::Restarting => "restarting",
            BarStyle::Paused => "paused",
            BarStyle::Stopping => "stopping",
            BarStyle::Exited => "exited",
            BarStyle::Failed => "failed",
            BarStyle::Data => "data",
            BarStyle::Unattached => "unattached",
        }
    }
}

/// A stretch of a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Look.
    pub style: BarStyle,
    /// What stands in it; empty where there is no room.
    pub word: String,
    /// Where the word begins: behind the signs that stand at the bar's left end.
    pub word_x: f64,
    /// All of it in words, for those who point or listen.
    pub title: String,
    /// The event that began it.
    pub event: Option<EventId>,
    /// Whether the lines of the file that are pointed at are behind it.
    pub lit: bool,
}

/// A probe, or something else that happened at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where it begins.
    pub x: f64,
    /// Middle of the mark.
    pub y: f64,
    /// How wide it is: how long it took.
    pub width: f64,
    /// The stylesheet's class.
    pub class: &'static str,
    /// The sign: a tick, a cross.
    pub sign: &'static str,
    /// What stands beside it: `2/5`; empty where there is no room.
    pub label: String,
    /// All of it in words.
    pub title: String,
    /// The event behind it.
    pub event: EventId,
}

/// An arrow from what opened a gate to what began then.
#[derive(Clone, Debug, PartialEq)]
pub struct GateArrow {
    /// Corner points.
    pub points: Vec<(f64, f64)>,
    /// Whether it opened.
    pub open: bool,
    /// The condition.
    pub label: String,
    /// Where the label stands.
    pub label_at: (f64, f64),
    /// All of it in words.
    pub title: String,
    /// The event that opened it, or began the wait.
    pub event: EventId,
}

/// A step of the session above the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// Where it began.
    pub x: f64,
    /// Where it ended.
    pub until: f64,
    /// Its words, shortened to the room there is.
    pub label: String,
    /// Its words and its result.
    pub title: String,
    /// Its beginning.
    pub event: EventId,
    /// Whether it ended with another code than 0.
    pub failed: bool,
}

/// One line of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Name in the margin.
    pub title: String,
    /// What kind of line it is, in a word or two.
    pub subtitle: String,
    /// Top edge.
    pub y: f64,
    /// Height.
    pub height: f64,
    /// Stretches.
    pub bars: Vec<Bar>,
    /// Start periods: stretches in which failures do not count, as (x, width).
    pub shades: Vec<(f64, f64)>,
    /// Marks.
    pub marks: Vec<Mark>,
    /// Whether the lines of the file that are pointed at are behind it.
    pub lit: bool,
}

/// A heading between lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Top edge.
    pub y: f64,
    /// Its words.
    pub label: &'static str,
}

/// A tick of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisTick {
    /// Where.
    pub x: f64,
    /// What stands there.
    pub label: String,
}

/// A folded stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// Left edge.
    pub x: f64,
    /// Width.
    pub width: f64,
    /// What is left out, in words.
    pub title: String,
}

/// The whole picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Width of it all.
    pub width: f64,
    /// Height of it all.
    pub height: f64,
    /// Where the session ends.
    pub end: f64,
    /// The axis.
    pub scale: Scale,
    /// Its ticks.
    pub ticks: Vec<AxisTick>,
    /// Its folded stretches.
    pub folds: Vec<Fold>,
    /// The steps.
    pub flags: Vec<Flag>,
    /// Headings.
    pub sections: Vec<Section>,
    /// Containers, then data.
    pub lanes: Vec<Lane>,
    /// Gates.
    pub gates: Vec<GateArrow>,
    /// What to say if there is no lane.
    pub nothing: String,
    /// What to say if the files have moved on and the picture has not.
    pub stale: Option<&'static str>,
}

/// The axis of the run at this zoom.
pub fn scale(state: &State) -> Scale {
    let options = ScaleOptions { units_per_second: state.zoom, seam_width: 32.0, ..ScaleOptions::default() };
    Scale::new(&state.run.activity, &options)
}

/// Draws the run.
pub fn picture(state: &State) -> Picture {
    let scale = scale(state);
    let timeline = &state.run.timeline;
    let mut sections = vec![Section { y: HEAD, label: words::CONTAINERS }];
    let mut y = HEAD + SECTION;
    let mut lanes = Vec::new();
    let edges = gates::edges(timeline);
    let mut tops = vec![y];
    for (index, lane) in timeline.containers.iter().take(MOST_LANES).enumerate() {
        let height = lane_height(lane, gates::has_label(&edges, index));
        lanes.push(bars::container_lane(state, &scale, lane, (y, height)));
        y += height;
        tops.push(y);
    }
    y += 8.0;
    sections.push(Section { y, label: words::DATA });
    y += SECTION;
    for lane in timeline.data.iter().take(MOST_LANES) {
        lanes.push(bars::data_lane(state, &scale, lane, y));
        y += DATA_LANE;
    }
    let end = scale.width();
    let ticks = scale.ticks(0.0, end + TAIL, 72.0);
    Picture {
        width: end + TAIL,
        height: y + 16.0,
        end,
        ticks: ticks.into_iter().map(|tick| AxisTick { x: tick.x, label: tick.label }).collect(),
        folds: marks::folds(&scale),
        flags: marks::flags(state, &scale),
        sections,
        gates: gates::arrows(&scale, &edges, &tops),
        lanes,
        nothing: nothing(state),
        stale: match state.freshness {
            Freshness::Current | Freshness::Due => None,
            Freshness::Stale => Some(words::STALE),
            Freshness::TooLarge => Some(words::TOO_LARGE),
        },
        scale,
    }
}

/// Why there is no lane: no step was taken, the last command failed, or none of them makes a container.
fn nothing(state: &State) -> String {
    let steps = &state.run.timeline.steps;
    let failed = steps.iter().rev().find_map(|mark| Some((mark.step, mark.exit_code.filter(|code| *code != 0)?)));
    match failed.and_then(|(step, code)| Some((state.run.steps.get(step.0 as usize)?, code))) {
        Some((step, code)) => words::nothing_made(step, code),
        None if steps.is_empty() => words::EMPTY_PICTURE.to_owned(),
        None => words::NO_CONTAINER_YET.to_owned(),
    }
}

/// The zoom at which the whole session fits into `width`.
pub fn fit(state: &State, width: f64) -> f64 {
    let options = ScaleOptions { seam_width: 32.0, ..ScaleOptions::default() };
    Scale::fit(&state.run.activity, (width - TAIL).max(200.0), &options).units_per_second()
}

/// What each lane is where the line stands: a few words and the stylesheet's class, in the order of the lanes.
pub fn now_words(state: &State) -> Vec<(String, &'static str)> {
    let timeline = &state.run.timeline;
    let containers = timeline.containers.iter().take(MOST_LANES).map(|lane| {
        let kind = &lane.phase_at(state.playhead).kind;
        (phase_word(kind), phase_style(kind).class())
    });
    let data = timeline.data.iter().take(MOST_LANES).map(|lane| match &lane.segment_at(state.playhead).state {
        DataState::Present { attached, .. } if attached.is_empty() => (words::UNATTACHED.to_owned(), "unattached"),
        DataState::Present { .. } | DataState::Absent => (String::new(), "data"),
    });
    containers.chain(data).collect()
}

/// The sentence under the picture: about what is pointed at, else about what was chosen.
pub fn strip(state: &State) -> Option<String> {
    let event = state.pointed.or(state.selected)?;
    let at = state.run.instant_of(event)?;
    Some(format!("{}: {}", words::moment(at), panels::sentence(state, event)))
}

/// A lane is as high as what stands under its bars: probes, and the conditions of gates.
fn lane_height(lane: &ContainerLane, has_label: bool) -> f64 {
    match (lane.probes.is_empty(), has_label) {
        (true, false) => 44.0,
        (true, true) | (false, false) => 54.0,
        (false, true) => 70.0,
    }
}

/// `text` if it fits into `width`; shortened with an ellipsis if at least `least` letters fit; else nothing.
fn fitted(text: &str, width: f64, least: usize) -> String {
    let room = ((width - 8.0) / LETTER).floor().max(0.0) as usize;
    let length = text.chars().count();
    if length <= room {
        return text.to_owned();
    }
    if room < least {
        return String::new();
    }
    let kept: String = text.chars().take(room - 1).collect();
    format!("{}…", kept.trim_end())
}
