//! How the client prints rows: with tabs, as a table, vertically.

use super::client::Answer;

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Tabs between cells, newlines and tabs within them escaped: the form for pipes.
    #[default]
    Batch,
    /// The same without escapes (`--raw`).
    Raw,
    /// A table.
    Table,
    /// One line for each column.
    Vertical,
}

/// An answer as it is printed.
pub fn shown(answer: &Answer, format: Format, has_names: bool) -> String {
    if answer.rows.is_empty() {
        return String::new();
    }
    match format {
        Format::Batch | Format::Raw => batch(answer, format, has_names),
        Format::Table => table(answer, has_names),
        Format::Vertical => vertical(answer),
    }
}

fn cell(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("NULL")
}

fn batch(answer: &Answer, format: Format, has_names: bool) -> String {
    let escaped = |text: &str| match format {
        Format::Raw => text.to_string(),
        _ => text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\0', "\\0"),
    };
    let mut text = if has_names { answer.columns.join("\t") + "\n" } else { String::new() };
    for row in &answer.rows {
        let cells: Vec<String> = row.iter().map(|value| escaped(cell(value))).collect();
        text.push_str(&(cells.join("\t") + "\n"));
    }
    text
}

fn table(answer: &Answer, has_names: bool) -> String {
    let width = |at: usize| {
        let cells = answer.rows.iter().map(|row| row.get(at).map_or(0, |value| cell(value).chars().count()));
        let name = if has_names { answer.columns[at].chars().count() } else { 0 };
        cells.chain([name]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..answer.columns.len()).map(width).collect();
    let rule = widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("+");
    let rule = format!("+{rule}+\n");
    let line = |cells: Vec<String>| format!("|{}|\n", cells.join("|"));
    let mut text = rule.clone();
    if has_names {
        let names = answer.columns.iter().zip(&widths).map(|(name, width)| format!(" {name:<width$} "));
        text.push_str(&line(names.collect()));
        text.push_str(&rule);
    }
    for row in &answer.rows {
        let cells = row.iter().enumerate().map(|(at, value)| match answer.numeric.get(at) == Some(&true) {
            true => format!(" {:>width$} ", cell(value), width = widths[at]),
            false => format!(" {:<width$} ", cell(value), width = widths[at]),
        });
        text.push_str(&line(cells.collect()));
    }
    text + &rule
}

fn vertical(answer: &Answer) -> String {
    let width = answer.columns.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let stars = "*".repeat(27);
    let mut text = String::new();
    for (number, row) in answer.rows.iter().enumerate() {
        text.push_str(&format!("{stars} {}. row {stars}\n", number + 1));
        for (name, value) in answer.columns.iter().zip(row) {
            text.push_str(&format!("{name:>width$}: {}\n", cell(value)));
        }
    }
    text
}
