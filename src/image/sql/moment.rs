//! Dates, times and intervals: reading, writing, and counting with them. All in UTC.

use crate::kernel::calendar::{date_of, days_of, month_length};
use serde::{Deserialize, Serialize};

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
const SECOND: i64 = 1_000_000;

/// A span as PostgreSQL keeps it: months and days have no fixed length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// Months.
    pub months: i64,
    /// Days.
    pub days: i64,
    /// Microseconds.
    pub micros: i64,
}

impl Interval {
    /// The order of length, a month counting as 30 days.
    pub fn length(self) -> i64 {
        ((self.months * 30) + self.days).saturating_mul(DAY).saturating_add(self.micros)
    }

    /// The opposite.
    pub fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, micros: -self.micros }
    }

    /// The sum.
    pub fn add(self, other: Self) -> Self {
        Self { months: self.months + other.months, days: self.days + other.days, micros: self.micros + other.micros }
    }

    /// So many times.
    pub fn times(self, factor: f64) -> Self {
        let scaled = |number: i64| number as f64 * factor;
        let months = scaled(self.months);
        let days = scaled(self.days) + months.fract() * 30.0;
        let micros = scaled(self.micros) + days.fract() * DAY as f64;
        Self { months: months.trunc() as i64, days: days.trunc() as i64, micros: micros.round() as i64 }
    }

    /// Reads `1 day 02:00:00`, `2 hours`, `1 year 3 months`, `-5 minutes ago` in part; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut result = Self::default();
        let mut words = text.split_whitespace().peekable();
        words.peek()?;
        while let Some(word) = words.next() {
            if word.contains(':') {
                result.micros += parse_time(word)?;
                continue;
            }
            let split = word.find(|c: char| c.is_alphabetic()).unwrap_or(word.len());
            let number: f64 = word[..split].parse().ok()?;
            let unit = if split < word.len() { &word[split..] } else { words.next().unwrap_or("seconds") };
            result = result.add(Self::of(number, unit)?);
        }
        Some(result)
    }

    /// So many of a unit; `None` for a unit that is not known.
    pub fn of(number: f64, unit: &str) -> Option<Self> {
        let months = |months: i64| Self { months, ..Self::default() };
        let days = |days: i64| Self { days, ..Self::default() };
        let micros = |micros: i64| Self { micros, ..Self::default() };
        let one = match unit.to_lowercase().trim_end_matches('s') {
            "year" | "yr" | "y" => months(12),
            "quarter" => months(3),
            "month" | "mon" => months(1),
            "week" | "w" => days(7),
            "day" | "d" => days(1),
            "hour" | "hr" | "h" => micros(3600 * SECOND),
            "minute" | "min" | "m" => micros(60 * SECOND),
            "second" | "sec" | "" => micros(SECOND),
            "millisecond" | "msec" => micros(1000),
            "microsecond" | "usec" => micros(1),
            _ => return None,
        };
        Some(one.times(number))
    }

    /// `1 year 2 mons 3 days 04:05:06.7`.
    pub fn text(self) -> String {
        let mut parts = Vec::new();
        let mut part = |number: i64, one: &str, many: &str| {
            if number != 0 {
                parts.push(format!("{number} {}", if number == 1 { one } else { many }));
            }
        };
        part(self.months / 12, "year", "years");
        part(self.months % 12, "mon", "mons");
        part(self.days, "day", "days");
        if self.micros != 0 || parts.is_empty() {
            let sign = if self.micros < 0 { "-" } else { "" };
            parts.push(format!("{sign}{}", time_text(self.micros.abs())));
        }
        parts.join(" ")
    }
}

/// A moment (microseconds since 1970) moved by an interval: months first, then days, then the rest.
pub fn moved(moment: i64, by: Interval) -> i64 {
    let (days, rest) = (moment.div_euclid(DAY), moment.rem_euclid(DAY));
    let (year, month, day) = date_of(days);
    let months = year * 12 + month - 1 + by.months;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let days = days_of(year, month, day.min(month_length(year, month))).unwrap_or(days);
    (days + by.days) * DAY + rest + by.micros
}

/// `2026-11-22`.
pub fn date_text(days: i64) -> String {
    let (year, month, day) = date_of(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `09:44:47.417`, without a fraction if there is none.
pub fn time_text(micros: i64) -> String {
    let seconds = micros / SECOND;
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match micros % SECOND {
        0 => text,
        part => format!("{text}.{}", format!("{part:06}").trim_end_matches('0')),
    }
}

/// `2026-11-22 09:44:47.417`.
pub fn moment_text(micros: i64) -> String {
    format!("{} {}", date_text(micros.div_euclid(DAY)), time_text(micros.rem_euclid(DAY)))
}

/// Reads `2026-11-22`, as days since 1970.
pub fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, ['-', '/']);
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    days_of(year, month, day)
}

/// Reads `09:44`, `09:44:47.4`, as microseconds.
pub fn parse_time(text: &str) -> Option<i64> {
    let (sign, text) = text.trim().strip_prefix('-').map_or((1, text.trim()), |rest| (-1, rest));
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |part| part.parse().ok())?;
    if parts.next().is_some() || !(0..60).contains(&minutes) || !(0.0..61.0).contains(&seconds) {
        return None;
    }
    Some(sign * ((hours * 3600 + minutes * 60) * SECOND + (seconds * SECOND as f64).round() as i64))
}

/// Reads `2026-11-22 09:44:47.4+02`, as microseconds since 1970; without a zone it is UTC.
pub fn parse_moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let split = text.find([' ', 'T']).unwrap_or(text.len());
    let days = parse_date(&text[..split])?;
    let rest = text[split..].trim_start_matches([' ', 'T']).trim();
    if rest.is_empty() {
        return Some(days * DAY);
    }
    let rest = rest.trim_end_matches('Z').trim_end_matches("UTC").trim();
    let zone_at = rest.rfind(['+', '-']).unwrap_or(rest.len());
    let zone = match &rest[zone_at..] {
        "" => 0,
        zone => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "0"));
            sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?) * 60 * SECOND
        }
    };
    Some(days * DAY + parse_time(&rest[..zone_at])? - zone)
}
