//! Points of simulated time as dates, for log lines and `inspect`. Must not know any command.

use crate::kernel::{Instant, calendar};
use std::time::Duration;

/// Turns points of time into dates: what the host's clock showed at the start of the session, as a span since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    start: Duration,
}

impl Clock {
    /// The clock of a host that shows `wall` at `now`.
    pub fn new(wall: Duration, now: Instant) -> Self {
        Self { start: wall.saturating_sub(now.since(Instant::START)) }
    }

    /// `2026-11-22T09:54:27.239000000Z`, as Docker's timestamps are.
    pub fn stamp(&self, at: Instant) -> String {
        let span = self.start + at.since(Instant::START);
        let (days, rest) = (span.as_secs() / 86400, span.as_secs() % 86400);
        let (year, month, day) = calendar::date_of(days as i64);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:09}Z", span.subsec_nanos())
    }

    /// `2026-11-22T09:54:27Z`.
    pub fn second(&self, at: Instant) -> String {
        format!("{}Z", &self.stamp(at)[..19])
    }

    /// `2026-11-22 09:54:27 +0000 UTC`, as Go prints a time of whole seconds.
    pub fn go(&self, at: Instant) -> String {
        format!("{} +0000 UTC", self.stamp(at)[..19].replace('T', " "))
    }

    /// What the clock shows, as a span since 1970.
    pub fn wall(&self, at: Instant) -> Duration {
        self.start + at.since(Instant::START)
    }

    /// Seconds since 1970.
    pub fn seconds(&self, at: Instant) -> u64 {
        (self.start + at.since(Instant::START)).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_has_nine_digits_behind_its_seconds() {
        let clock = Clock::new(Duration::from_secs(1_763_805_267), Instant::START);
        assert_eq!(clock.stamp(Instant::from_micros(239_000)), "2025-11-22T09:54:27.239000000Z");
    }
}
