//! Dates as programs write them.

use crate::kernel::{Process, calendar};
use std::time::Duration;

/// A date and time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
    weekday: usize,
    seconds: u64,
    micros: u32,
}

impl Date {
    /// What the machine's clock shows now.
    pub fn now(process: &Process) -> Self {
        Self::of(process.kernel().wall_clock())
    }

    /// The date that long after 1970 began.
    pub fn of(since_epoch: Duration) -> Self {
        let (days, seconds) = (since_epoch.as_secs() / 86_400, since_epoch.as_secs() % 86_400);
        let (year, month, day) = calendar::date_of(days as i64);
        let weekday = calendar::weekday_of(days as i64);
        Self { year, month, day, weekday, seconds, micros: since_epoch.subsec_micros() }
    }

    fn time(self) -> String {
        format!("{:02}:{:02}:{:02}", self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)
    }

    fn month_name(self) -> &'static str {
        &calendar::MONTHS[(self.month as usize - 1) % 12][..3]
    }

    /// `2026-11-22 09:44:47`.
    pub fn plain(self) -> String {
        format!("{:04}-{:02}-{:02} {}", self.year, self.month, self.day, self.time())
    }

    /// `2026-11-22  9:44:47`, as MariaDB writes it.
    pub fn mariadb(self) -> String {
        let time = self.time();
        let time = time.strip_prefix('0').map_or(time.clone(), |rest| format!(" {rest}"));
        format!("{:04}-{:02}-{:02} {time}", self.year, self.month, self.day)
    }

    /// `261122  9:44:47`.
    pub fn compact(self) -> String {
        let time = self.time();
        let time = time.strip_prefix('0').map_or(time.clone(), |rest| format!(" {rest}"));
        format!("{:02}{:02}{:02} {time}", self.year % 100, self.month, self.day)
    }

    /// `2026-11-22 09:44:47.417`.
    pub fn millis(self) -> String {
        format!("{}.{:03}", self.plain(), self.micros / 1000)
    }

    /// `2026-11-22T09:44:47.417123Z`.
    pub fn iso(self) -> String {
        format!("{}.{:06}Z", self.plain().replace(' ', "T"), self.micros)
    }

    /// `22 Nov 2026 09:51:10.480`, as Redis writes it.
    pub fn redis(self) -> String {
        format!("{:02} {} {} {}.{:03}", self.day, self.month_name(), self.year, self.time(), self.micros / 1000)
    }

    /// `22/Nov/2026 09:47:29`, as Flask's server writes it.
    pub fn werkzeug(self) -> String {
        format!("{:02}/{}/{} {}", self.day, self.month_name(), self.year, self.time())
    }

    /// `22/Nov/2026:09:47:29 +0000`, of access logs.
    pub fn access_log(self) -> String {
        format!("{:02}/{}/{}:{} +0000", self.day, self.month_name(), self.year, self.time())
    }

    /// `2026/11/22 09:47:29`, of nginx's error log.
    pub fn slashes(self) -> String {
        format!("{:04}/{:02}/{:02} {}", self.year, self.month, self.day, self.time())
    }

    /// `Sun, 22 Nov 2026 09:47:29 GMT`, of HTTP's `Date`.
    pub fn http(self) -> String {
        let weekday = &calendar::WEEKDAYS[self.weekday][..3];
        format!("{weekday}, {:02} {} {:04} {} GMT", self.day, self.month_name(), self.year, self.time())
    }

    /// `Sun Nov 22 09:47:29.123456 2026`, of Apache's error log.
    pub fn apache(self) -> String {
        let weekday = &calendar::WEEKDAYS[self.weekday][..3];
        format!("{weekday} {} {:02} {}.{:06} {}", self.month_name(), self.day, self.time(), self.micros, self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let date = Date::of(Duration::from_millis(1_795_340_687_417));
        assert_eq!(date.millis(), "2026-11-22 09:44:47.417");
        assert_eq!(date.redis(), "22 Nov 2026 09:44:47.417");
        assert_eq!(date.mariadb(), "2026-11-22  9:44:47");
        assert_eq!(date.compact(), "261122  9:44:47");
        assert_eq!(date.werkzeug(), "22/Nov/2026 09:44:47");
        assert_eq!(date.http(), "Sun, 22 Nov 2026 09:44:47 GMT");
        assert!(date.apache().starts_with("Sun Nov 22"));
        assert_eq!(Date::of(Duration::from_secs(951_782_400)).plain(), "2000-02-29 00:00:00");
    }
}
