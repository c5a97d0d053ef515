//! Points of time as Docker's `--since` and `--until` take them: a date, seconds since 1970, or how long ago. Must not know
//! what is shown.

use super::arguments::Arguments;
use super::clock::Clock;
use super::table::quote;
use super::terminal::{Done, Failure};
use crate::compose::format::duration;
use crate::kernel::Instant;
use std::time::Duration;

/// A stretch of time, both ends included; open where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub since: Option<Moment>,
    /// Last moment.
    pub until: Option<Moment>,
}

/// A point on the host's clock, which may lie before the session: a span since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Window {
    /// What `--since` and `--until` of `logs` say: its errors name the flag.
    pub fn of(arguments: &Arguments, clock: Clock, now: Instant) -> Done<Self> {
        let read = |name: &str| {
            read(arguments, name, clock, now)
                .map_err(|text| Failure::new(format!("invalid value for {}: {text}", quote(name))))
        };
        Ok(Self { since: read("since")?, until: read("until")? })
    }

    /// What `--since` and `--until` of `events` say.
    pub fn read(arguments: &Arguments, clock: Clock, now: Instant) -> Result<Self, String> {
        let read = |name: &str| read(arguments, name, clock, now);
        Ok(Self { since: read("since")?, until: read("until")? })
    }

    /// Whether a moment of the session lies within.
    pub fn holds(&self, clock: Clock, at: Instant) -> bool {
        let at = Moment(clock.wall(at));
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at <= until)
    }

    /// How long it is from `now` until the window closes; nothing if it stays open.
    pub fn closes_in(&self, clock: Clock, now: Instant) -> Option<Duration> {
        self.until.map(|Moment(until)| until.saturating_sub(clock.wall(now)))
    }
}

fn read(arguments: &Arguments, name: &str, clock: Clock, now: Instant) -> Result<Option<Moment>, String> {
    let Some(text) = arguments.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    parse(text, clock.wall(now)).map(|moment| Some(Moment(moment))).ok_or_else(|| unreadable(text))
}

/// A point of the session; what lies before its start counts as its start.
pub fn instant(text: &str, clock: Clock, now: Instant) -> Option<Instant> {
    let wall = parse(text, clock.wall(now))?;
    Some(Instant::START + wall.saturating_sub(clock.wall(Instant::START)))
}

/// What is said of a text that is no point of time.
pub fn unreadable(text: &str) -> String {
    format!("failed to parse value as time or duration: {}", quote(text))
}

fn parse(text: &str, now: Duration) -> Option<Duration> {
    if let Ok(ago) = duration::parse(text) {
        let span = Duration::from_nanos(ago.unsigned_abs());
        return Some(if ago < 0 { now + span } else { now.saturating_sub(span) });
    }
    if text.contains('-') { date(text) } else { seconds(text) }
}

/// `1763805267.5`.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u64 = whole.parse().ok()?;
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    Some(Duration::new(whole, digits.parse().ok()?))
}

/// `2025-11-24`, `2025-11-24T09:00`, `2025-11-24T09:00:01.5Z`, `…+01:00`: without a zone in UTC, the host's own.
fn date(text: &str) -> Option<Duration> {
    let (day, time) = text.split_once('T').unwrap_or((text, "00:00"));
    let mut parts = day.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone_at);
    let mut parts = time.splitn(3, ':');
    let (hour, minute): (u64, u64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second = seconds(parts.next().unwrap_or("0"))?;
    let local = Duration::from_secs(days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60) + second;
    let offset = |zone: &str| {
        let (hours, minutes) = zone.split_once(':')?;
        Some(Duration::from_secs(hours.parse::<u64>().ok()? * 3600 + minutes.parse::<u64>().ok()? * 60))
    };
    match zone.split_at_checked(1) {
        None | Some(("Z", "")) => Some(local),
        Some(("+", zone)) => local.checked_sub(offset(zone)?),
        Some((_, zone)) => Some(local + offset(zone)?),
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_seconds_or_spans() {
        let now = Duration::from_secs(1_763_974_800);
        let read = |text: &str| parse(text, now).map(|moment| moment.as_secs_f64());
        assert_eq!(read("2025-11-24T09:00:00Z"), Some(1_763_974_800.0));
        assert_eq!(read("2025-11-24T10:00:00.5+01:00"), Some(1_763_974_800.5));
        assert_eq!(read("2025-11-24"), Some(1_763_942_400.0));
        assert_eq!((read("1m30s"), read("1763974800.25")), (Some(1_763_974_710.0), Some(1_763_974_800.25)));
        assert_eq!((read("soon"), read("2025-13-01"), read("")), (None, None, None));
    }
}
