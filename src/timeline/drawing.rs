//! The picture as text: for tests, for the command line, for those who cannot see the page.

use super::lane::{ContainerLane, Phase, PhaseKind, Probe, ProbeCount, ProbeResult};
use super::{DataLane, DataState, GateOutcome, Scale, ScaleOptions, Timeline};
use crate::kernel::Instant;
use std::fmt::Write;
use std::time::Duration;

/// Columns for the names at the left.
const MARGIN: usize = 12;

/// Draws a timeline `columns` wide (without the margin): axis, container lanes each with a line of probes, data lanes, gates.
pub fn draw(timeline: &Timeline, columns: usize) -> String {
    let options =
        ScaleOptions { units_per_second: 1.0, fold_longer_than: Some(Duration::from_secs(120)), seam_width: 3.0 };
    let scale = Scale::fit(&timeline.activity(), columns as f64, &options);
    let mut text = String::new();
    line(&mut text, "", &axis(&scale, columns));
    line(&mut text, "steps", &steps(timeline, &scale, columns));
    for lane in &timeline.containers {
        line(&mut text, &lane.title(), &phases(lane, &scale, columns));
        if !lane.probes.is_empty() {
            line(&mut text, "", &probes(lane, &scale, columns));
        }
    }
    for lane in &timeline.data {
        line(&mut text, &data_title(lane), &segments(lane, &scale, columns));
        let _ = writeln!(text, "{:MARGIN$} {}, {}", "", lane.kind.word(), lane.fate.word());
    }
    for gate in &timeline.gates {
        let word = gate.condition.word();
        let end = match &gate.outcome {
            GateOutcome::Opened(at) => format!("opened at {}", seconds(at.at)),
            GateOutcome::Failed { at, reason } => format!("failed at {}: {reason}", seconds(at.at)),
            GateOutcome::Abandoned(at) => format!("abandoned at {}", seconds(at.at)),
            GateOutcome::Open => "still closed".into(),
        };
        let from = seconds(gate.began.at);
        let _ = write!(text, "gate: {} waits for {} {word} from {from}, {end}", gate.service, gate.dependency);
        for target in &gate.targets {
            let title = timeline.containers[target.lane].title();
            let _ = write!(text, ", {title} starts at {}", seconds(target.at.at));
        }
        text.push('\n');
    }
    text
}

fn seconds(at: Instant) -> String {
    format!("{:.3} s", at.as_secs_f64())
}

fn line(text: &mut String, title: &str, cells: &[char]) {
    let title: String = title.chars().take(MARGIN).collect();
    let drawn: String = cells.iter().collect();
    let _ = writeln!(text, "{}", format!("{title:MARGIN$} {drawn}").trim_end());
}

fn column(scale: &Scale, at: Instant, columns: usize) -> usize {
    (scale.x(at).floor().max(0.0) as usize).min(columns.saturating_sub(1))
}

/// Writes a word if there is room for it; whether there was.
fn write_at(cells: &mut [char], from: usize, until: usize, word: &str) -> bool {
    let fits = word.chars().count() <= until.saturating_sub(from);
    if fits {
        for (cell, letter) in cells[from..until].iter_mut().zip(word.chars()) {
            *cell = letter;
        }
    }
    fits
}

fn axis(scale: &Scale, columns: usize) -> Vec<char> {
    let mut cells = vec![' '; columns];
    for tick in scale.ticks(0.0, scale.width(), 10.0) {
        let from = column(scale, tick.at, columns);
        write_at(&mut cells, from, columns, &tick.label);
    }
    for seam in scale.seams() {
        let from = column(scale, seam.from, columns);
        write_at(&mut cells, from, columns, "//");
    }
    cells
}

fn steps(timeline: &Timeline, scale: &Scale, columns: usize) -> Vec<char> {
    let mut cells = vec![' '; columns];
    for step in &timeline.steps {
        let from = column(scale, step.began.at, columns);
        write_at(&mut cells, from, columns, &format!("|{}", step.step.0));
    }
    cells
}

fn phases(lane: &ContainerLane, scale: &Scale, columns: usize) -> Vec<char> {
    let mut cells = vec![' '; columns];
    for phase in lane.phases.iter().filter(|phase| phase.kind != PhaseKind::Absent) {
        stretch(&mut cells, scale, (phase.from, phase.until), pattern(&phase.kind), &words(phase));
    }
    for life in lane.lives.iter().filter_map(|life| life.destroyed) {
        let at = column(scale, life.at, columns);
        if cells[at] == ' ' {
            cells[at] = '⌫';
        }
    }
    cells
}

/// A stretch of pattern behind a bar, its word in front where there is room; whether there was.
fn stretch(cells: &mut [char], scale: &Scale, (from, until): (Instant, Instant), pattern: char, word: &str) -> bool {
    let (start, end) = (column(scale, from, cells.len()), scale.x(until).round() as usize);
    let end = end.clamp(start + 1, cells.len());
    cells[start..end].fill(pattern);
    cells[start] = '│';
    write_at(cells, start + 1, end, word)
}

fn words(phase: &Phase) -> String {
    match &phase.kind {
        PhaseKind::Exited { code } => format!("exited ({code})"),
        PhaseKind::Restarting { exit_code, .. } => format!("restarting ({exit_code})"),
        PhaseKind::Stopping { signal } => format!("stopping ({signal})"),
        PhaseKind::Waiting(waits) => {
            let names: Vec<&str> = waits.iter().map(|wait| &*wait.dependency).collect();
            format!("waits for {}", names.join(", "))
        }
        kind => kind.word().into(),
    }
}

fn pattern(kind: &PhaseKind) -> char {
    match kind {
        PhaseKind::Absent => ' ',
        PhaseKind::Created => '○',
        PhaseKind::Waiting(_) => '·',
        PhaseKind::Running => '═',
        PhaseKind::HealthStarting => '─',
        PhaseKind::Healthy => '━',
        PhaseKind::Unhealthy => '▒',
        PhaseKind::Restarting { .. } => '/',
        PhaseKind::Paused => '‖',
        PhaseKind::Stopping { .. } => '…',
        PhaseKind::Exited { .. } => '_',
    }
}

fn probes(lane: &ContainerLane, scale: &Scale, columns: usize) -> Vec<char> {
    let mut cells = vec![' '; columns];
    for (index, probe) in lane.probes.iter().enumerate() {
        let from = column(scale, probe.began.at, columns);
        let next = lane.probes.get(index + 1).map_or(columns, |next| column(scale, next.began.at, columns));
        let mark = probe_words(probe);
        let room = mark.chars().count().min(next.saturating_sub(from).max(1)).min(columns - from);
        let shown: String = mark.chars().take(room).collect();
        write_at(&mut cells, from, from + room, &shown);
    }
    cells
}

fn probe_words(probe: &Probe) -> String {
    let mark = match probe.result {
        ProbeResult::Running => '?',
        ProbeResult::Passed => '✓',
        ProbeResult::Failed { .. } => '✗',
        ProbeResult::TimedOut => '⧖',
        ProbeResult::NotLaunched => '!',
        ProbeResult::Interrupted => '-',
    };
    match probe.count {
        ProbeCount::Zero => mark.to_string(),
        ProbeCount::Ignored => format!("({mark})"),
        ProbeCount::Failures { streak, retries } => format!("{mark}{streak}/{retries}"),
    }
}

fn data_title(lane: &DataLane) -> String {
    match &lane.key {
        super::DataKey::WritableLayer(name) | super::DataKey::Volume(name) => name.to_string(),
        super::DataKey::Host(path) => path.rsplit('/').next().unwrap_or(path).to_string(),
        super::DataKey::Tmpfs(_, destination) => destination.to_string(),
    }
}

fn segments(lane: &DataLane, scale: &Scale, columns: usize) -> Vec<char> {
    let mut cells = vec![' '; columns];
    let mut before = String::new();
    for segment in &lane.segments {
        let DataState::Present { content, attached } = &segment.state else {
            if !before.is_empty() {
                cells[column(scale, segment.from, columns)] = '╳';
            }
            before.clear();
            continue;
        };
        let (words, pattern) = match attached.is_empty() {
            true => ("no container".to_string(), '░'),
            false => (content.words(), '▓'),
        };
        let shown = if words == before { "" } else { &words };
        if stretch(&mut cells, scale, (segment.from, segment.until), pattern, shown) {
            before = words;
        }
    }
    cells
}
