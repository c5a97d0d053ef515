//! How psql prints rows: aligned, unaligned, expanded, as CSV (`print.c` of psql).

use super::client::Answer;

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A table with columns of equal width.
    #[default]
    Aligned,
    /// Cells with a separator.
    Unaligned,
    /// Comma-separated values.
    Csv,
}

/// How rows are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// The form.
    pub format: Format,
    /// Rows only.
    pub tuples_only: bool,
    /// One line for each column.
    pub expanded: bool,
    /// Between cells of the unaligned form.
    pub separator: String,
    /// Between records of the unaligned form.
    pub record_separator: String,
    /// What stands for NULL.
    pub null: String,
    /// Whether the number of rows is told.
    pub footer: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            format: Format::Aligned,
            tuples_only: false,
            expanded: false,
            separator: "|".to_string(),
            record_separator: "\n".to_string(),
            null: String::new(),
            footer: true,
        }
    }
}

/// Rows to print.
pub struct Table<'a> {
    /// A title above.
    pub title: Option<&'a str>,
    /// Names of columns.
    pub columns: Vec<String>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
    /// Which columns are numbers.
    pub numeric: Vec<bool>,
    /// Lines below instead of the number of rows.
    pub footers: Option<Vec<String>>,
}

impl Table<'_> {
    /// The rows of an answer.
    pub fn of(answer: &Answer, style: &Style) -> Table<'static> {
        let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| style.null.clone());
        let rows = answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        Table { title: None, columns: answer.columns.clone(), rows, numeric: answer.numeric.clone(), footers: None }
    }

    /// As psql prints it.
    pub fn print(&self, style: &Style) -> String {
        match (style.format, style.expanded) {
            (Format::Csv, _) => self.csv(style),
            (Format::Unaligned, false) => self.unaligned(style),
            (Format::Unaligned, true) => self.unaligned_expanded(style),
            (Format::Aligned, false) => self.aligned(style),
            (Format::Aligned, true) => self.expanded(style),
        }
    }

    fn footer(&self, style: &Style) -> Vec<String> {
        match &self.footers {
            _ if style.tuples_only => Vec::new(),
            Some(lines) => lines.clone(),
            None if style.footer => {
                vec![format!("({} row{})", self.rows.len(), if self.rows.len() == 1 { "" } else { "s" })]
            }
            None => Vec::new(),
        }
    }

    fn csv(&self, style: &Style) -> String {
        let cell = |text: &String| match text.contains([',', '"', '\n', '\r']) || text == "\\." {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.clone(),
        };
        let line = |cells: &[String]| cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
        let head = if style.tuples_only { String::new() } else { line(&self.columns) };
        head + &self.rows.iter().map(|row| line(row)).collect::<String>()
    }

    fn unaligned(&self, style: &Style) -> String {
        let mut records: Vec<String> = Vec::new();
        if !style.tuples_only {
            records.extend(self.title.map(str::to_string));
            records.push(self.columns.join(&style.separator));
        }
        records.extend(self.rows.iter().map(|row| row.join(&style.separator)));
        records.extend(self.footer(style));
        if records.is_empty() { String::new() } else { records.join(&style.record_separator) + "\n" }
    }

    fn unaligned_expanded(&self, style: &Style) -> String {
        let pair = |(name, cell): (&String, &String)| format!("{name}{}{cell}", style.separator);
        let record = |row: &Vec<String>| self.columns.iter().zip(row).map(pair).collect::<Vec<_>>().join("\n");
        let records: Vec<String> = self.rows.iter().map(record).collect();
        if records.is_empty() { String::new() } else { records.join("\n\n") + "\n" }
    }

    fn widths(&self) -> Vec<usize> {
        let longest = |text: &String| text.split('\n').map(|line| line.chars().count()).max().unwrap_or(0);
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(longest).chain([longest(&self.columns[at])]).max().unwrap_or(0)
        };
        (0..self.columns.len()).map(width).collect()
    }

    fn aligned(&self, style: &Style) -> String {
        if self.columns.is_empty() {
            return format!("--\n{}\n\n", self.footer(style).join("\n"));
        }
        let widths = self.widths();
        let mut text = String::new();
        if !style.tuples_only {
            if let Some(title) = self.title {
                let whole = (widths.iter().map(|width| width + 3).sum::<usize>()).saturating_sub(1);
                let indent = whole.saturating_sub(title.chars().count()) / 2;
                text.push_str(&format!("{}{title}\n", " ".repeat(indent)));
            }
            let heads: Vec<String> =
                self.columns.iter().zip(&widths).map(|(name, width)| format!(" {name:^width$} ")).collect();
            let lines: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            text.push_str(&format!("{}\n{}\n", heads.join("|"), lines.join("+")));
        }
        for row in &self.rows {
            self.aligned_row(row, &widths, &mut text);
        }
        for line in self.footer(style) {
            text.push_str(&line);
            text.push('\n');
        }
        text + "\n"
    }

    /// One row; a cell of several lines goes on below, with a `+` where it does.
    fn aligned_row(&self, row: &[String], widths: &[usize], text: &mut String) {
        let parts: Vec<Vec<&str>> = row.iter().map(|cell| cell.split('\n').collect()).collect();
        let height = parts.iter().map(Vec::len).max().unwrap_or(1);
        let last = row.len().saturating_sub(1);
        for at in 0..height {
            let mut cells = Vec::new();
            for (column, lines) in parts.iter().enumerate() {
                let line = lines.get(at).copied().unwrap_or("");
                let width = widths[column];
                let goes_on = at + 1 < lines.len();
                let is_number = self.numeric.get(column) == Some(&true);
                let padded = match (is_number, column == last && !goes_on) {
                    (true, _) => format!("{line:>width$}"),
                    (false, true) => line.to_string(),
                    (false, false) => format!("{line:<width$}"),
                };
                let end = match (goes_on, column == last) {
                    (true, _) => "+",
                    (false, true) => "",
                    (false, false) => " ",
                };
                cells.push(format!(" {padded}{end}"));
            }
            text.push_str(&(cells.join("|") + "\n"));
        }
    }

    fn expanded(&self, style: &Style) -> String {
        if self.rows.is_empty() {
            return if style.tuples_only { "\n".to_string() } else { self.footer(style).join("\n") + "\n\n" };
        }
        let longest = |text: &String| text.split('\n').map(|line| line.chars().count()).max().unwrap_or(0);
        let names = self.columns.iter().map(longest).max().unwrap_or(0);
        let cells = self.rows.iter().flatten().map(longest).max().unwrap_or(0);
        let mut text = String::new();
        if let Some(title) = self.title.filter(|_| !style.tuples_only) {
            text.push_str(&format!("{title}\n"));
        }
        for (number, row) in self.rows.iter().enumerate() {
            if !style.tuples_only {
                text.push_str(&record_line(number + 1, names, cells));
            } else if number > 0 {
                text.push_str(&format!("{}+{}\n", "-".repeat(names + 1), "-".repeat(cells + 1)));
            }
            for (name, cell) in self.columns.iter().zip(row) {
                for (at, line) in cell.split('\n').enumerate() {
                    let name = if at == 0 { name.as_str() } else { "" };
                    let more =
                        if at + 1 < cell.split('\n').count() { format!("{line:<cells$}+") } else { line.to_string() };
                    text.push_str(&format!("{name:<names$} | {more}\n"));
                }
            }
        }
        text + "\n"
    }
}

/// `-[ RECORD 1 ]---+----`, as long as the longest line below (`print_aligned_vertical_line`).
fn record_line(number: usize, names: usize, cells: usize) -> String {
    let head = format!("-[ RECORD {number} ]");
    let mut text = format!("{head:-<width$}", width = names);
    let mut over = head.len() as i64 - names as i64;
    for part in ["-", "+", "-"] {
        if over <= 0 {
            text.push_str(part);
        }
        over -= 1;
    }
    text.push_str(&"-".repeat(cells.saturating_sub(usize::try_from(over).unwrap_or(0))));
    text + "\n"
}
