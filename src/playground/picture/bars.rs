//! Lanes: phases of containers and contents of places as bars. Must not know the axis beyond its scale.

use super::super::state::State;
use super::super::words;
use super::{BAR, Bar, BarStyle, DATA_LANE, Lane, Mark, fitted, marks};
use crate::kernel::Instant;
use crate::text::Span;
use crate::timeline::{ContainerLane, DataFate, DataLane, DataState, Phase, PhaseKind, Scale};

/// The line of a container; `place` is its top edge and its height.
pub fn container_lane(state: &State, scale: &Scale, lane: &ContainerLane, place: (f64, f64)) -> Lane {
    let (y, height) = place;
    let top = y + 4.0;
    let title = lane.title();
    let bars = lane.phases.iter().filter(|phase| phase.kind != PhaseKind::Absent);
    let notes = marks::notes(scale, lane, top + BAR / 2.0);
    let bars: Vec<Bar> = bars.map(|phase| phase_bar(state, scale, &title, (phase, &notes), top)).collect();
    let shades = lane.start_periods.iter().map(|period| stretch(scale, period.from, period.until)).collect();
    let mut all_marks = marks::probes(scale, lane, top + BAR + 10.0);
    all_marks.extend(notes);
    let image = lane.lives.last().map_or_else(String::new, |life| life.image.to_string());
    Lane { subtitle: image, y, height, lit: bars.iter().any(|bar| bar.lit), bars, shades, marks: all_marks, title }
}

fn phase_bar(state: &State, scale: &Scale, title: &str, (phase, notes): (&Phase, &[Mark]), y: f64) -> Bar {
    let (x, width) = stretch(scale, phase.from, phase.until);
    let word = phase_word(&phase.kind);
    let word_x = behind(notes, x + 6.0);
    Bar {
        x,
        y,
        width,
        style: phase_style(&phase.kind),
        title: format!("{title}: {word}, {}", words::span_of_time(phase.from, phase.until)),
        word: fitted(&word, x + width - word_x + 6.0, 6),
        word_x,
        event: phase.event,
        lit: is_pointed_at(state, phase.span),
    }
}

/// Where a word that would begin at `x` begins, so that no note stands on it.
fn behind(notes: &[Mark], x: f64) -> f64 {
    let on_it = |end: f64, note: &Mark| note.x < end + 4.0 && note.x + marks::note_width(note) > end;
    notes.iter().fold(x, |end, note| if on_it(end, note) { note.x + marks::note_width(note) } else { end })
}

/// The state in words: Docker's, with what is waited for or the exit code.
pub fn phase_word(kind: &PhaseKind) -> String {
    match kind {
        PhaseKind::Waiting(waits) => {
            let each = waits.iter().map(|wait| words::waits_for(&wait.dependency, wait.condition));
            each.collect::<Vec<_>>().join(", ")
        }
        PhaseKind::Exited { code } => format!("exited ({code})"),
        PhaseKind::Restarting { restart_count, exit_code, .. } => words::restarting(*exit_code, *restart_count),
        PhaseKind::Stopping { signal } => words::stopping(*signal),
        other => other.word().to_owned(),
    }
}

/// The look of a state.
pub fn phase_style(kind: &PhaseKind) -> BarStyle {
    match kind {
        PhaseKind::Absent | PhaseKind::Created => BarStyle::Created,
        PhaseKind::Waiting(_) => BarStyle::Waiting,
        PhaseKind::Running => BarStyle::Running,
        PhaseKind::HealthStarting => BarStyle::Starting,
        PhaseKind::Healthy => BarStyle::Healthy,
        PhaseKind::Unhealthy => BarStyle::Unhealthy,
        PhaseKind::Restarting { .. } => BarStyle::Restarting,
        PhaseKind::Paused => BarStyle::Paused,
        PhaseKind::Stopping { .. } => BarStyle::Stopping,
        PhaseKind::Exited { code: 0 } => BarStyle::Exited,
        PhaseKind::Exited { .. } => BarStyle::Failed,
    }
}

/// The line of a place where bytes live.
pub fn data_lane(state: &State, scale: &Scale, lane: &DataLane, y: f64) -> Lane {
    let title = words::data_title(&lane.key, &state.run.timeline);
    let lit = is_pointed_at(state, lane.span);
    let mut bars: Vec<Bar> = Vec::new();
    for segment in &lane.segments {
        let DataState::Present { content, attached } = &segment.state else { continue };
        let (x, width) = stretch(scale, segment.from, segment.until);
        let text = content.words();
        let style = if attached.is_empty() { BarStyle::Unattached } else { BarStyle::Data };
        let note = if attached.is_empty() { words::NO_CONTAINER } else { "" };
        let time = words::span_of_time(segment.from, segment.until);
        let title = format!("{title}: {text}{note}, {time}");
        // A program that writes many files at once would cut the line to slivers: what is too short to see joins its
        // neighbour and gives it its words.
        if let Some(last) = bars.last_mut().filter(|last| last.width < 3.0 && last.style == style && x - last.x < 6.0) {
            last.width = x + width - last.x;
            (last.word, last.title, last.event) = (fitted(&text, last.width, 5), title, segment.event);
            continue;
        }
        let (word, word_x) = (fitted(&text, width, 5), x + 6.0);
        bars.push(Bar { x, y: y + 8.0, width, style, word, word_x, title, event: segment.event, lit });
    }
    let mut all_marks = Vec::new();
    if let DataFate::Lost(moment) = lane.fate {
        all_marks.push(marks::lost(scale, moment, y + 8.0 + BAR / 2.0, &title));
    }
    Lane {
        title,
        subtitle: lane.kind.word().to_owned(),
        y,
        height: DATA_LANE,
        bars,
        shades: Vec::new(),
        marks: all_marks,
        lit,
    }
}

fn stretch(scale: &Scale, from: Instant, until: Instant) -> (f64, f64) {
    let x = scale.x(from);
    (x, (scale.x(until) - x).max(1.0))
}

/// Whether the place of the file that is pointed at lies in `span`.
fn is_pointed_at(state: &State, span: Option<Span>) -> bool {
    let Some((offset, span)) = state.pointed_offset.zip(span) else { return false };
    state.in_active_file(span).is_some_and(|(start, end)| (start..=end).contains(&offset))
}
