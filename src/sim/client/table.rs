//! Tables as Docker prints them: Go's tabwriter with columns at least ten wide and three blanks between them, and the
//! texts that stand in the cells: ages, sizes, shortened commands. Must not know any command.

use std::time::Duration;

/// Narrowest column, padding included (`docker` itself; `docker compose ls` and `top` have their own).
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Least width of a column, padding included.
    pub least: usize,
    /// Blanks behind the longest cell.
    pub padding: usize,
}

/// The columns of most of Docker's tables.
pub const DOCKER: Columns = Columns { least: 10, padding: 3 };
/// The columns of `docker compose ls`, `images` and `top`.
pub const COMPOSE: Columns = Columns { least: 20, padding: 3 };

/// The rows as lines. The last cell of a row is not padded, so an empty one leaves the blanks of the column before it.
pub fn table(columns: Columns, rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let widest = rows.iter().filter(|row| column + 1 < row.len()).map(|row| row[column].chars().count()).max();
        widest.map_or(0, |widest| (widest + columns.padding).max(columns.least))
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut lines = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            lines.push_str(cell);
            if column + 1 < row.len() {
                let blanks = widths[column].saturating_sub(cell.chars().count());
                lines.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        lines.push('\n');
    }
    lines
}

/// A length of time in Docker's words (go-units `HumanDuration`).
pub fn age(length: Duration) -> String {
    let seconds = length.as_secs();
    let minutes = seconds / 60;
    let hours = (seconds + 1800) / 3600;
    match () {
        () if seconds < 1 => "Less than a second".to_owned(),
        () if seconds == 1 => "1 second".to_owned(),
        () if seconds < 60 => format!("{seconds} seconds"),
        () if minutes == 1 => "About a minute".to_owned(),
        () if minutes < 60 => format!("{minutes} minutes"),
        () if hours == 1 => "About an hour".to_owned(),
        () if hours < 48 => format!("{hours} hours"),
        () if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        () if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        () if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        () => format!("{} years", hours / 24 / 365),
    }
}

/// A length of time as Go prints it: `4s`, `1m30s`.
pub fn go_duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// A size as tables of containers and images write it: three digits (go-units, powers of 1000).
pub fn size(bytes: u64) -> String {
    size_of(bytes, 3)
}

fn size_of(bytes: u64, digits: usize) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{}{}", significant(value, digits), UNITS[unit])
}

/// A size as `docker system df` and the prune commands write it: four digits (go-units `HumanSize`).
pub fn human_size(bytes: u64) -> String {
    size_of(bytes, 4)
}

/// `value` with at most `digits` significant digits, without superfluous zeros (Go's `%.3g` of a number below 1000).
fn significant(value: f64, digits: usize) -> String {
    let whole = format!("{value:.0}").len();
    let text = format!("{value:.*}", digits.saturating_sub(whole));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A text cut to `width` characters, the last of them an ellipsis.
pub fn ellipsis(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// The COMMAND cell: cut to twenty characters and quoted as Go's `%q` quotes.
pub fn command_cell(command: &str, cut: bool) -> String {
    quote(&if cut { ellipsis(command, 20) } else { command.to_owned() })
}

/// A text in double quotes as Go's `%q` writes it.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_control() => quoted.push_str(&format!("\\x{:02x}", letter as u32)),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_at_least_ten_wide_and_three_apart() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [row(&["NAME", "STATUS", "PORTS"]), row(&["demo-app-1", "Up 4 seconds", ""])];
        assert_eq!(table(DOCKER, &rows), "NAME         STATUS         PORTS\ndemo-app-1   Up 4 seconds   \n");
        let rows = [row(&["NAME", "STATUS", "CONFIG FILES"]), row(&["demo", "running(1)", "/srv/demo/compose.yaml"])];
        let text = "NAME                STATUS              CONFIG FILES\n\
                    demo                running(1)          /srv/demo/compose.yaml\n";
        assert_eq!(table(COMPOSE, &rows), text);
    }

    #[test]
    fn ages_are_in_dockers_words() {
        let words: Vec<String> = [0, 1, 59, 60, 119, 120, 3540, 3600, 5400, 86400, 172800, 1209600]
            .map(|s| age(Duration::from_secs(s)))
            .into();
        let expected = [
            "Less than a second",
            "1 second",
            "59 seconds",
            "About a minute",
            "About a minute",
            "2 minutes",
            "59 minutes",
            "About an hour",
            "2 hours",
            "24 hours",
            "2 days",
            "2 weeks",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn commands_are_cut_and_quoted() {
        assert_eq!(command_cell("sh -c 'trap 'exit 9' TERM", true), "\"sh -c 'trap 'exit 9…\"");
        assert_eq!(command_cell("sleep 1000", true), "\"sleep 1000\"");
        assert_eq!((size(0), size(4_410_000), size(999)), ("0B".into(), "4.41MB".into(), "999B".into()));
        assert_eq!((human_size(123_456), human_size(1_500_000)), ("123.5kB".into(), "1.5MB".into()));
    }
}
