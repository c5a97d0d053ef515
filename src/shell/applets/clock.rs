//! `date` and `uptime`. All times are UTC.

use super::{Options, fail_with, misused, options};
use crate::kernel::{ExitCode, Process, calendar};
use std::time::Duration;

/// `date [-u] [-d @SECONDS] [-I[seconds]] [-R] [+FORMAT]`
pub(super) async fn date(process: Process) -> ExitCode {
    let mut args = process.args().to_vec();
    let iso = args.iter().position(|arg| arg.starts_with("-I"));
    let iso = iso.map(|at| args.remove(at));
    let options = match Options::parse(&args, "ud:Rr:s:D:") {
        Ok(options) => options,
        Err(message) => return misused(&process, &message).await,
    };
    let mut clock = process.kernel().wall_clock();
    if let Some(text) = options.value('d') {
        match moment(text) {
            Some(moment) => clock = moment,
            None if &**text == "now" => {}
            None => return fail_with(&process, &format!("invalid date '{text}'")).await,
        }
    }
    let template = match (options.operands.first(), iso.as_deref()) {
        (Some(operand), _) => match operand.strip_prefix('+') {
            Some(template) => template.to_owned(),
            None => return fail_with(&process, &format!("invalid date '{operand}'")).await,
        },
        (None, Some("-Iseconds" | "-Is")) => "%Y-%m-%dT%H:%M:%S+00:00".into(),
        (None, Some("-Iminutes" | "-Im")) => "%Y-%m-%dT%H:%M+00:00".into(),
        (None, Some(_)) => "%Y-%m-%d".into(),
        (None, None) if options.has('R') => "%a, %d %b %Y %H:%M:%S +0000".into(),
        (None, None) => "%a %b %e %H:%M:%S UTC %Y".into(),
    };
    process.print(format(clock, &template) + "\n").await;
    ExitCode::SUCCESS
}

/// `@SECONDS`, `YYYY-MM-DD`, or that and `hh:mm[:ss]`; always UTC.
fn moment(text: &str) -> Option<Duration> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok().map(Duration::from_secs);
    }
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let numbers = |text: &str, mark| text.split(mark).map(|part| part.parse::<i64>().ok()).collect::<Option<Vec<_>>>();
    let [year, month, day] = numbers(date, '-')?[..] else { return None };
    let (hour, minute, second) = match numbers(time, ':')?[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let seconds = calendar::days_of(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.try_into().ok().map(Duration::from_secs)
}

/// A moment since 1970 in the words of `strftime`.
pub(in crate::shell) fn format(clock: Duration, template: &str) -> String {
    let seconds = clock.as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = calendar::date_of(days as i64);
    let day_of_year = calendar::days_of(year, 1, 1).map_or(1, |first| days as i64 - first + 1);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let weekday = calendar::WEEKDAYS[calendar::weekday_of(days as i64)];
    let month_name = calendar::MONTHS[month as usize - 1];
    let mut text = String::new();
    let mut chars = template.chars();
    while let Some(next) = chars.next() {
        if next != '%' {
            text.push(next);
            continue;
        }
        let part = match chars.next() {
            Some('Y') => year.to_string(),
            Some('y') => format!("{:02}", year % 100),
            Some('m') => format!("{month:02}"),
            Some('d') => format!("{day:02}"),
            Some('e') => format!("{day:2}"),
            Some('H') => format!("{hour:02}"),
            Some('I') => format!("{:02}", (hour + 11) % 12 + 1),
            Some('k') => format!("{hour:2}"),
            Some('l') => format!("{:2}", (hour + 11) % 12 + 1),
            Some('M') => format!("{minute:02}"),
            Some('S') => format!("{second:02}"),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('j') => format!("{day_of_year:03}"),
            Some('a') => weekday[..3].to_owned(),
            Some('A') => weekday.to_owned(),
            Some('b' | 'h') => month_name[..3].to_owned(),
            Some('B') => month_name.to_owned(),
            Some('u') => ((days + 3) % 7 + 1).to_string(),
            Some('w') => ((days + 4) % 7).to_string(),
            Some('s') => seconds.to_string(),
            Some('N') => format!("{:09}", clock.subsec_nanos()),
            Some('Z') => "UTC".to_owned(),
            Some('z') => "+0000".to_owned(),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T' | 'X') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('R') => format!("{hour:02}:{minute:02}"),
            Some('D' | 'x') => format!("{month:02}/{day:02}/{:02}", year % 100),
            Some('c') => {
                format!("{} {} {day:2} {hour:02}:{minute:02}:{second:02} {year}", &weekday[..3], &month_name[..3])
            }
            Some('n') => "\n".to_owned(),
            Some('t') => "\t".to_owned(),
            Some(other) => {
                if other == '%' {
                    "%".to_owned()
                } else {
                    format!("%{other}")
                }
            }
            None => "%".to_owned(),
        };
        text.push_str(&part);
    }
    text
}

/// `uptime`
pub(super) async fn uptime(process: Process) -> ExitCode {
    let options = options!(process, "s");
    drop(options);
    let up = process.now().as_micros() / 1_000_000;
    let clock = format(process.kernel().wall_clock(), "%T");
    let (minutes, hours) = (up / 60 % 60, up / 3600);
    let span = if hours > 0 { format!("{hours}:{minutes:02}") } else { format!("{minutes} min") };
    process.print(format!(" {clock} up {span},  load average: 0.00, 0.00, 0.00\n")).await;
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_knows_leap_years() {
        let shown = |seconds| format(Duration::from_secs(seconds), "%a %F %T %j");
        assert_eq!(shown(0), "Thu 1970-01-01 00:00:00 001");
        assert_eq!(shown(951_782_400), "Tue 2000-02-29 00:00:00 060");
        assert_eq!(shown(1_750_000_000), "Sun 2025-06-15 15:06:40 166");
        assert_eq!(format(Duration::from_secs(1_750_000_000), "%I %p %u %w %e|%%|%q"), "03 PM 7 0 15|%|%q");
    }
}
