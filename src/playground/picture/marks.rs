//! What stands on and above the lanes: probes, notes, steps, folds. Must not know how lanes are filled.

use super::super::state::State;
use super::super::words;
use super::{Flag, Fold, LETTER, Mark, fitted};
use crate::sim::log::{EventId, RequestOutcome};
use crate::sim::session::Step;
use crate::timeline::{ContainerLane, Moment, NoteKind, Probe, ProbeCount, ProbeResult, Scale, StepMark, Timeline};

/// Room a probe's count needs.
const COUNT_ROOM: f64 = 36.0;
/// Width of one letter of code, in which commands are written.
const CODE_LETTER: f64 = 7.4;
/// Marks closer than this to one of the same kind are drawn as one.
const CLOSEST: f64 = 5.0;

/// Probes of a container: small signs with their result and count.
pub fn probes(scale: &Scale, lane: &ContainerLane, y: f64) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let places: Vec<f64> = lane.probes.iter().map(|probe| scale.x(probe.began.at)).collect();
    for (index, probe) in lane.probes.iter().enumerate() {
        let x = places[index];
        let mark = probe_mark(scale, probe, x, y, places.get(index + 1).map_or(f64::INFINITY, |next| next - x));
        match marks.last() {
            Some(last) if x - last.x < CLOSEST && last.class == mark.class => {}
            _ => marks.push(mark),
        }
    }
    marks
}

fn probe_mark(scale: &Scale, probe: &Probe, x: f64, y: f64, room: f64) -> Mark {
    let until = probe.ended.map_or(x, |ended| scale.x(ended.at));
    let (class, sign) = match probe.result {
        ProbeResult::Passed => ("probe passed", "✓"),
        ProbeResult::Running => ("probe open", "…"),
        ProbeResult::Interrupted => ("probe open", "–"),
        ProbeResult::TimedOut => ("probe timeout", "✗"),
        ProbeResult::Failed { .. } | ProbeResult::NotLaunched if probe.count == ProbeCount::Ignored => {
            ("probe ignored", "✗")
        }
        ProbeResult::Failed { .. } | ProbeResult::NotLaunched => ("probe failed", "✗"),
    };
    let label = match probe.count {
        ProbeCount::Failures { streak, retries } => format!("{streak}/{retries}"),
        ProbeCount::Zero | ProbeCount::Ignored => String::new(),
    };
    let shown = if room < COUNT_ROOM { String::new() } else { label.clone() };
    Mark {
        x,
        y,
        width: (until - x).max(0.0),
        class,
        sign,
        label: shown,
        title: words::probe(probe, &label),
        event: probe.ended.unwrap_or(probe.began).event,
    }
}

/// Other things that happened to a container at one instant.
pub fn notes(scale: &Scale, lane: &ContainerLane, y: f64) -> Vec<Mark> {
    let mut marks = Vec::new();
    for note in &lane.notes {
        let (class, sign, title) = match &note.kind {
            NoteKind::StartFailed { exit_code, message } => ("note bad", "!", words::start_failed(*exit_code, message)),
            NoteKind::OutOfMemory => ("note bad", "!", words::OUT_OF_MEMORY.to_owned()),
            NoteKind::Died(code) if *code != 0 => ("note bad", "✗", words::died(*code)),
            NoteKind::Removed => ("note end", "⌫", words::REMOVED.to_owned()),
            _ => continue,
        };
        let title = format!("{}: {title}, {}", lane.title(), words::moment(note.at.at));
        // Signs of one moment stand side by side.
        let after = marks.last().map_or(0.0, |last: &Mark| last.x + note_width(last));
        let x = scale.x(note.at.at).max(after);
        let phase = lane.phase_at(note.at.at);
        let label = match &note.kind {
            NoteKind::Died(code) if scale.x(phase.until) - scale.x(phase.from) < 48.0 => code.to_string(),
            _ => String::new(),
        };
        marks.push(Mark { x, y, width: 0.0, class, sign, label, title, event: note.at.event });
    }
    marks
}

/// Room that a note takes.
pub fn note_width(note: &Mark) -> f64 {
    if note.label.is_empty() { 22.0 } else { 20.0 + note.label.len() as f64 * LETTER }
}

/// The end of bytes.
pub fn lost(scale: &Scale, moment: Moment, y: f64, title: &str) -> Mark {
    Mark {
        x: scale.x(moment.at),
        y,
        width: 0.0,
        class: "note lost",
        sign: "╳",
        label: words::LOST.to_owned(),
        title: format!("{title}: {}, {}", words::LOST, words::moment(moment.at)),
        event: moment.event,
    }
}

/// Steps and requests above the axis.
pub fn flags(state: &State, scale: &Scale) -> Vec<Flag> {
    let timeline = &state.run.timeline;
    let starts: Vec<f64> = timeline.steps.iter().map(|step| scale.x(step.began.at)).collect();
    let mut flags = Vec::new();
    for (index, mark) in timeline.steps.iter().enumerate() {
        let Some(step) = state.run.steps.get(mark.step.0 as usize) else { continue };
        let words = words::step(step);
        let room = starts.get(index + 1).map_or(f64::INFINITY, |next| next - starts[index]);
        let code = mark.exit_code.filter(|code| *code != 0);
        let result = code.map_or_else(String::new, |code| format!(" → exit {code}"));
        flags.push(Flag {
            x: starts[index],
            until: mark.ended.map_or(scale.width(), |ended| scale.x(ended.at)),
            label: flag_label(step, &words, room),
            title: format!("{words}{result}, {}", words::moment(mark.began.at)),
            event: mark.began.event,
            failed: code.is_some() || failed_request(timeline, mark),
        });
    }
    flags
}

/// A step's words as far as there is room: all of them, else the short ones.
fn flag_label(step: &Step, words: &str, room: f64) -> String {
    let room = room * LETTER / CODE_LETTER;
    let all = fitted(words, room, 4);
    if all == words { all } else { fitted(&words::short_step(step), room, 4) }
}

fn failed_request(timeline: &Timeline, step: &StepMark) -> bool {
    // By event, not by time: what a request finds at the instant of the next step is not that step's.
    let of_step = |event: EventId| event > step.began.event && step.ended.is_none_or(|ended| event < ended.event);
    let bad = |outcome: &RequestOutcome| !matches!(outcome, RequestOutcome::Response { status: 100..400, .. });
    timeline.requests.iter().any(|request| of_step(request.at.event) && bad(&request.outcome))
}

/// The folded stretches of the axis.
pub fn folds(scale: &Scale) -> Vec<Fold> {
    let seams = scale.seams().iter();
    seams.map(|seam| Fold { x: seam.x, width: seam.width, title: words::fold(seam.from, seam.until) }).collect()
}
