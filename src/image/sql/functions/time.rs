//! Functions on dates and times.

use crate::image::sql::context::Context;
use crate::image::sql::decimal::Decimal;
use crate::image::sql::dialect::Dialect;
use crate::image::sql::kind::Kind;
use crate::image::sql::moment::{self, DAY, Interval};
use crate::image::sql::problem::Problem;
use crate::image::sql::value::Value;
use crate::kernel::calendar;

/// The type of the value of a function on moments.
pub fn kind(name: &str, dialect: Dialect) -> Option<Kind> {
    Some(match name {
        "now" | "sysdate" | "utc_timestamp" if dialect.is_mysql() => Kind::Timestamp,
        "now" | "current_timestamp" | "clock_timestamp" | "statement_timestamp" | "transaction_timestamp" => {
            Kind::TimestampZone
        }
        "localtimestamp" => Kind::Timestamp,
        "current_date" | "curdate" | "last_day" | "make_date" => Kind::Date,
        "current_time" | "curtime" | "time" => Kind::Time,
        "date" => Kind::Date,
        "extract" => {
            if dialect.is_mysql() {
                Kind::Big
            } else {
                Kind::Numeric(None)
            }
        }
        "date_part" | "unix_timestamp" => Kind::Double,
        "year" | "month" | "day" | "hour" | "minute" | "second" | "dayofweek" | "dayofyear" | "datediff"
        | "timestampdiff" | "weekday"
            if dialect.is_mysql() =>
        {
            Kind::Integer
        }
        "date_add" | "date_sub" | "adddate" | "subdate" | "from_unixtime" if dialect.is_mysql() => Kind::Timestamp,
        "date_format" | "dayname" | "monthname" if dialect.is_mysql() => Kind::Text,
        "date_trunc" | "to_timestamp" => Kind::TimestampZone,
        "age" | "make_interval_of" => Kind::Interval,
        "to_char" => Kind::Text,
        _ => return None,
    })
}

/// The value of a function on moments.
pub fn call(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Option<Value>, Problem> {
    let dialect = context.dialect();
    if kind(name, dialect).is_none() {
        return Ok(None);
    }
    let now = context.session.now;
    let whole_second = now - now.rem_euclid(1_000_000);
    let answer = match (name, arguments) {
        ("now" | "sysdate" | "utc_timestamp" | "current_timestamp", _) if dialect.is_mysql() => {
            Value::Timestamp(whole_second)
        }
        ("now" | "current_timestamp" | "clock_timestamp" | "statement_timestamp" | "transaction_timestamp", []) => {
            Value::TimestampZone(now)
        }
        ("localtimestamp", []) => Value::Timestamp(now),
        ("current_date" | "curdate", []) => Value::Date(now.div_euclid(DAY)),
        ("current_time", []) if !dialect.is_mysql() => return Err(Problem::Unsupported("current_time".to_string())),
        ("curtime" | "current_time", []) => Value::Time(whole_second.rem_euclid(DAY)),
        ("date", [value]) => Value::Date(moment_of(value)?.div_euclid(DAY)),
        ("time", [value]) => Value::Time(moment_of(value)?.rem_euclid(DAY)),
        ("extract" | "date_part", [field, value]) => extract(name, &field.shown(dialect), value, dialect)?,
        ("date_trunc", [field, value]) => truncated(&field.shown(dialect), value)?,
        ("to_timestamp", [seconds]) => Value::TimestampZone((seconds.to_float().unwrap_or(0.0) * 1e6) as i64),
        ("from_unixtime", [seconds]) => Value::Timestamp((seconds.to_float().unwrap_or(0.0) * 1e6) as i64),
        ("unix_timestamp", []) => Value::Integer(now.div_euclid(1_000_000)),
        ("unix_timestamp", [value]) => Value::Integer(moment_of(value)?.div_euclid(1_000_000)),
        ("make_interval_of", [amount, unit]) => {
            let unit = unit.shown(dialect);
            let interval = Interval::of(amount.to_float().unwrap_or(0.0), &unit);
            Value::Interval(interval.ok_or_else(|| Problem::Unsupported(format!("the unit {unit}")))?)
        }
        ("date_add" | "adddate" | "date_sub" | "subdate", [value, by]) => {
            let Value::Interval(by) = by else { return Err(Problem::Unsupported(format!("{name} without INTERVAL"))) };
            let by = if name.ends_with("sub") || name == "subdate" { by.negated() } else { *by };
            let moved = moment::moved(moment_of(value)?, by);
            let is_date = by.micros == 0 && (matches!(value, Value::Date(_)) || value.shown(dialect).len() == 10);
            if is_date { Value::Date(moved.div_euclid(DAY)) } else { Value::Timestamp(moved) }
        }
        ("datediff", [a, b]) => Value::Integer(moment_of(a)?.div_euclid(DAY) - moment_of(b)?.div_euclid(DAY)),
        ("age", [a, b]) => age(moment_of(a)?, moment_of(b)?),
        ("age", [a]) => age(now.div_euclid(DAY) * DAY, moment_of(a)?),
        ("year" | "month" | "day" | "hour" | "minute" | "second", [value]) => extract("extract", name, value, dialect)?,
        ("to_char", [value @ (Value::Timestamp(_) | Value::TimestampZone(_) | Value::Date(_)), pattern]) => {
            Value::Text(to_char(moment_of(value)?, &pattern.shown(dialect))?)
        }
        ("date_format", [value, pattern]) => Value::Text(date_format(moment_of(value)?, &pattern.shown(dialect))?),
        _ => return Err(Problem::Unsupported(format!("the function {name} with these arguments"))),
    };
    Ok(Some(answer))
}

fn moment_of(value: &Value) -> Result<i64, Problem> {
    let text = || value.shown(Dialect::Postgres);
    let found = value.to_moment().or_else(|| moment::parse_moment(&text()));
    found.ok_or_else(|| Problem::WrongValue { kind: Kind::TimestampZone, text: text() })
}

fn age(a: i64, b: i64) -> Value {
    let ((year_a, month_a, day_a), (year_b, month_b, day_b)) =
        (calendar::date_of(a.div_euclid(DAY)), calendar::date_of(b.div_euclid(DAY)));
    let (mut months, mut days, mut micros) =
        ((year_a - year_b) * 12 + month_a - month_b, day_a - day_b, a.rem_euclid(DAY) - b.rem_euclid(DAY));
    if micros < 0 {
        (days, micros) = (days - 1, micros + DAY);
    }
    if days < 0 {
        (months, days) = (months - 1, days + calendar::month_length(year_b, month_b));
    }
    Value::Interval(Interval { months, days, micros })
}

fn extract(name: &str, field: &str, value: &Value, dialect: Dialect) -> Result<Value, Problem> {
    let number = match value {
        Value::Interval(interval) => of_interval(field, *interval),
        other => of_moment(field, moment_of(other)?),
    };
    let number = number.ok_or_else(|| Problem::Unsupported(format!("the field {field} of a date")))?;
    // Seconds and epochs have six digits after the point.
    let scale = if matches!(field, "second" | "epoch") { 6 } else { 0 };
    let exact = Decimal::parse(&format!("{number:.6}")).and_then(|number| number.rounded(scale));
    Ok(match exact {
        _ if dialect.is_mysql() => Value::Integer(number as i64),
        Some(exact) if name == "extract" => Value::Numeric(exact),
        _ => Value::Double(number),
    })
}

fn of_interval(field: &str, interval: Interval) -> Option<f64> {
    Some(match field {
        "epoch" => interval.length() as f64 / 1e6,
        "year" => (interval.months / 12) as f64,
        "month" => (interval.months % 12) as f64,
        "day" => interval.days as f64,
        "hour" => (interval.micros / 3_600_000_000) as f64,
        "minute" => (interval.micros / 60_000_000 % 60) as f64,
        "second" => interval.micros as f64 / 1e6 % 60.0,
        _ => return None,
    })
}

fn of_moment(field: &str, micros: i64) -> Option<f64> {
    let days = micros.div_euclid(DAY);
    let (year, month, day) = calendar::date_of(days);
    let rest = micros.rem_euclid(DAY);
    let weekday = (days + 4).rem_euclid(7);
    Some(match field {
        "epoch" => micros as f64 / 1e6,
        "year" => year as f64,
        "quarter" => ((month + 2) / 3) as f64,
        "month" => month as f64,
        "day" => day as f64,
        "dow" => weekday as f64,
        "isodow" => (if weekday == 0 { 7 } else { weekday }) as f64,
        "doy" => (days - calendar::days_of(year, 1, 1)? + 1) as f64,
        "hour" => (rest / 3_600_000_000) as f64,
        "minute" => (rest / 60_000_000 % 60) as f64,
        "second" => (rest % 60_000_000) as f64 / 1e6,
        _ => return None,
    })
}

fn truncated(field: &str, value: &Value) -> Result<Value, Problem> {
    let micros = moment_of(value)?;
    let days = micros.div_euclid(DAY);
    let (year, month, _) = calendar::date_of(days);
    let day = |year: i64, month: i64| calendar::days_of(year, month, 1).unwrap_or(days) * DAY;
    let unit = |unit: i64| micros - micros.rem_euclid(unit);
    let cut = match field {
        "year" => day(year, 1),
        "quarter" => day(year, (month - 1) / 3 * 3 + 1),
        "month" => day(year, month),
        "week" => (days - (days + 3).rem_euclid(7)) * DAY,
        "day" => unit(DAY),
        "hour" => unit(3_600_000_000),
        "minute" => unit(60_000_000),
        "second" => unit(1_000_000),
        _ => return Err(Problem::Unsupported(format!("date_trunc to {field}"))),
    };
    Ok(if let Value::Timestamp(_) = value { Value::Timestamp(cut) } else { Value::TimestampZone(cut) })
}

fn to_char(micros: i64, pattern: &str) -> Result<String, Problem> {
    let days = micros.div_euclid(DAY);
    let (year, month, day) = calendar::date_of(days);
    let rest = micros.rem_euclid(DAY);
    let (hour, minute, second) = (rest / 3_600_000_000, rest / 60_000_000 % 60, rest / 1_000_000 % 60);
    let parts: [(&str, String); 13] = [
        ("YYYY", format!("{year:04}")),
        ("HH24", format!("{hour:02}")),
        ("HH12", format!("{:02}", (hour + 11) % 12 + 1)),
        ("Month", format!("{:<9}", calendar::MONTHS[month as usize - 1])),
        ("Mon", calendar::MONTHS[month as usize - 1][..3].to_string()),
        ("Day", format!("{:<9}", calendar::WEEKDAYS[calendar::weekday_of(days)])),
        ("Dy", calendar::WEEKDAYS[calendar::weekday_of(days)][..3].to_string()),
        ("MM", format!("{month:02}")),
        ("DD", format!("{day:02}")),
        ("MI", format!("{minute:02}")),
        ("SS", format!("{second:02}")),
        ("MS", format!("{:03}", rest / 1000 % 1000)),
        ("YY", format!("{:02}", year % 100)),
    ];
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        match parts.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                text.push_str(value);
                rest = &rest[name.len()..];
            }
            None if c.is_ascii_alphabetic() && c != 'T' && c != 'Z' => {
                return Err(Problem::Unsupported(format!("to_char with {rest}")));
            }
            None => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    Ok(text)
}

fn date_format(micros: i64, pattern: &str) -> Result<String, Problem> {
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(c) = letters.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let pattern = match letters.next() {
            Some('Y') => "YYYY",
            Some('y') => "YY",
            Some('m') => "MM",
            Some('d') => "DD",
            Some('H') => "HH24",
            Some('h') => "HH12",
            Some('i') => "MI",
            Some('s' | 'S') => "SS",
            Some('M') => "Month",
            Some('b') => "Mon",
            Some('W') => "Day",
            Some('a') => "Dy",
            Some('T') => "HH24:MI:SS",
            other => return Err(Problem::Unsupported(format!("%{} in date_format", other.unwrap_or(' ')))),
        };
        text.push_str(to_char(micros, pattern)?.trim_end());
    }
    Ok(text)
}
