//! The time axis: a piecewise linear map between instants and x, in which idle stretches are folded to a visible seam.
//!
//! Units of x are whatever the drawing uses: pixels on the page, columns in text.

use crate::kernel::Instant;
use std::time::Duration;

/// How an axis is laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleOptions {
    /// Units of x for one second outside of seams.
    pub units_per_second: f64,
    /// A stretch without activity longer than this is folded; `None` folds nothing.
    pub fold_longer_than: Option<Duration>,
    /// Width of a seam.
    pub seam_width: f64,
}

impl Default for ScaleOptions {
    fn default() -> Self {
        Self { units_per_second: 24.0, fold_longer_than: Some(Duration::from_secs(30)), seam_width: 24.0 }
    }
}

/// A time axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Corner points, rising in both; at least two.
    knots: Vec<Knot>,
    seams: Vec<Seam>,
    units_per_second: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    at: Instant,
    x: f64,
}

/// A folded stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seam {
    /// First instant left out.
    pub from: Instant,
    /// Just past the last instant left out.
    pub until: Instant,
    /// Where it begins.
    pub x: f64,
    /// How wide it is.
    pub width: f64,
}

/// A tick of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// When.
    pub at: Instant,
    /// Where.
    pub x: f64,
    /// What stands there: `0 s`, `1.5 s`, `2:30`, `1:00:00`.
    pub label: String,
}

/// Most ticks an axis gives at once, whatever it is asked for.
const MAX_TICKS: usize = 500;

/// Steps between ticks, in microseconds: round numbers of the units people count time in.
const STEPS: [u64; 25] = [
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    15_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    600_000_000,
    900_000_000,
    1_800_000_000,
    3_600_000_000,
    7_200_000_000,
    21_600_000_000,
    86_400_000_000,
];

impl Scale {
    /// The axis of a session with these points of activity (sorted; see [`super::Timeline::activity`]).
    pub fn new(activity: &[Instant], options: &ScaleOptions) -> Self {
        let stretches = stretches(activity, options.fold_longer_than);
        let mut scale = Self { knots: Vec::new(), seams: Vec::new(), units_per_second: options.units_per_second };
        let mut x = 0.0;
        for stretch in stretches {
            scale.knots.push(Knot { at: stretch.from, x });
            let width = match stretch.folded {
                true => options.seam_width,
                false => stretch.until.since(stretch.from).as_secs_f64() * options.units_per_second,
            };
            if stretch.folded {
                scale.seams.push(Seam { from: stretch.from, until: stretch.until, x, width });
            }
            x += width;
            scale.knots.push(Knot { at: stretch.until, x });
        }
        scale.knots.dedup();
        scale
    }

    /// The axis that just fills `width`; seams keep theirs as far as half of the width allows.
    pub fn fit(activity: &[Instant], width: f64, options: &ScaleOptions) -> Self {
        let stretches = stretches(activity, options.fold_longer_than);
        let seams = stretches.iter().filter(|stretch| stretch.folded).count() as f64;
        let open = stretches.iter().filter(|stretch| !stretch.folded);
        let seconds: f64 = open.map(|stretch| stretch.until.since(stretch.from).as_secs_f64()).sum();
        let seam_width = if seams > 0.0 { options.seam_width.min(width / 2.0 / seams) } else { options.seam_width };
        let units_per_second = (width - seams * seam_width) / seconds.max(1e-6);
        Self::new(activity, &ScaleOptions { units_per_second, seam_width, ..*options })
    }

    /// Width of the whole axis.
    pub fn width(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot.x)
    }

    /// Units of x for one second outside of seams.
    pub fn units_per_second(&self) -> f64 {
        self.units_per_second
    }

    /// The folded stretches, in order.
    pub fn seams(&self) -> &[Seam] {
        &self.seams
    }

    /// Where an instant is drawn. Past the end the axis goes on.
    pub fn x(&self, at: Instant) -> f64 {
        let next = self.knots.partition_point(|knot| knot.at <= at);
        let Some(before) = next.checked_sub(1).map(|index| self.knots[index]) else { return 0.0 };
        let Some(after) = self.knots.get(next) else {
            return before.x + at.since(before.at).as_secs_f64() * self.units_per_second;
        };
        let share = at.since(before.at).as_secs_f64() / after.at.since(before.at).as_secs_f64();
        before.x + share * (after.x - before.x)
    }

    /// The instant that is drawn at `x`; the start before it, and past the end the axis goes on.
    pub fn instant(&self, x: f64) -> Instant {
        let next = self.knots.partition_point(|knot| knot.x <= x);
        let Some(before) = next.checked_sub(1).map(|index| self.knots[index]) else { return Instant::START };
        let seconds = match self.knots.get(next) {
            Some(after) => (x - before.x) / (after.x - before.x) * after.at.since(before.at).as_secs_f64(),
            None => (x - before.x) / self.units_per_second.max(1e-9),
        };
        before.at + Duration::from_micros((seconds * 1e6).round() as u64)
    }

    /// Ticks at round instants, at least `spacing` apart, from `from` to `to` (both x); none within a seam.
    pub fn ticks(&self, from: f64, to: f64, spacing: f64) -> Vec<Tick> {
        let wanted = spacing / self.units_per_second.max(1e-9) * 1e6;
        let step = STEPS.iter().copied().find(|step| *step as f64 >= wanted).unwrap_or(STEPS[STEPS.len() - 1]);
        let (first, last) = (self.instant(from.max(0.0)).as_micros(), self.instant(to.max(0.0)).as_micros());
        let mut ticks: Vec<Tick> = Vec::new();
        let mut at = first.div_ceil(step) * step;
        while at <= last && ticks.len() < MAX_TICKS {
            let instant = Instant::from_micros(at);
            match self.seams.iter().find(|seam| seam.from < instant && instant < seam.until) {
                Some(seam) => at = seam.until.as_micros().div_ceil(step) * step,
                None => {
                    let x = self.x(instant);
                    if ticks.last().is_none_or(|last| x - last.x >= spacing * 0.999) {
                        ticks.push(Tick { at: instant, x, label: label(at, step) });
                    }
                    at += step;
                }
            }
        }
        ticks
    }
}

/// A part of the axis with one slope.
struct Stretch {
    from: Instant,
    until: Instant,
    folded: bool,
}

fn stretches(activity: &[Instant], longest: Option<Duration>) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let end = activity.last().copied().unwrap_or_default();
    let mut open_from = Instant::START;
    for pair in activity.windows(2) {
        let idle = pair[1].since(pair[0]);
        let Some(longest) = longest.filter(|longest| idle > *longest) else { continue };
        // A little idle time stays to be seen on both sides.
        let kept = longest / 4;
        let (from, until) = (pair[0] + kept, Instant::START + (pair[1].since(Instant::START) - kept));
        stretches.push(Stretch { from: open_from, until: from, folded: false });
        stretches.push(Stretch { from, until, folded: true });
        open_from = until;
    }
    stretches.push(Stretch { from: open_from, until: end, folded: false });
    stretches
}

/// A moment in words, as exact as the step between ticks asks for.
fn label(micros: u64, step: u64) -> String {
    let seconds = micros / 1_000_000;
    if micros == 0 {
        return "0 s".into();
    }
    if micros < 60_000_000 {
        let decimals = match step {
            1_000_000.. => 0,
            100_000.. => 1,
            10_000.. => 2,
            _ => 3,
        };
        return format!("{:.decimals$} s", micros as f64 / 1e6);
    }
    let fraction = match micros % 1_000_000 {
        0 => String::new(),
        rest => format!(".{}", format!("{rest:06}").trim_end_matches('0')),
    };
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}{fraction}")
    } else {
        format!("{minutes}:{rest:02}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(list: &[u64]) -> Vec<Instant> {
        list.iter().map(|second| Instant::from_micros(second * 1_000_000)).collect()
    }

    #[test]
    fn time_and_x_are_each_others_inverse() {
        let scale = Scale::new(&seconds(&[0, 3, 10, 3600, 3610]), &ScaleOptions::default());
        assert_eq!(scale.seams().len(), 1);
        for micros in [0, 1_500_000, 9_999_999, 17_000_000, 1_800_000_000, 3_602_000_000, 3_700_000_000] {
            let at = Instant::from_micros(micros);
            let back = scale.instant(scale.x(at)).as_micros();
            assert!(back.abs_diff(micros) < 10, "{micros} came back as {back}");
        }
    }

    #[test]
    fn an_idle_hour_folds_to_one_seam() {
        let options =
            ScaleOptions { units_per_second: 10.0, fold_longer_than: Some(Duration::from_secs(20)), seam_width: 30.0 };
        let scale = Scale::new(&seconds(&[0, 10, 3610, 3620]), &options);
        assert_eq!(scale.width(), 10.0 * (10.0 + 5.0 + 5.0 + 10.0) + 30.0);
        assert_eq!(scale.seams()[0].x, 150.0);
        assert_eq!(scale.instant(165.0), Instant::from_micros(1_810_000_000));
    }

    #[test]
    fn a_fitted_axis_fills_the_width() {
        let activity = seconds(&[0, 10, 3610, 3620]);
        let scale = Scale::fit(&activity, 900.0, &ScaleOptions::default());
        assert!((scale.width() - 900.0).abs() < 1e-6);
    }

    #[test]
    fn ticks_stand_at_round_instants_and_never_in_a_seam() {
        let options =
            ScaleOptions { units_per_second: 10.0, fold_longer_than: Some(Duration::from_secs(20)), seam_width: 30.0 };
        let scale = Scale::new(&seconds(&[0, 10, 3610, 3620]), &options);
        let labels: Vec<String> = scale.ticks(0.0, scale.width(), 40.0).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["0 s", "5 s", "10 s", "15 s", "1:00:10", "1:00:15", "1:00:20"]);
    }

    #[test]
    fn a_session_of_no_length_has_an_axis() {
        let scale = Scale::fit(&[Instant::START], 100.0, &ScaleOptions::default());
        assert_eq!(scale.x(Instant::START), 0.0);
        assert_eq!(scale.ticks(0.0, 100.0, 50.0).first().map(|tick| tick.label.clone()), Some("0 s".into()));
    }
}
