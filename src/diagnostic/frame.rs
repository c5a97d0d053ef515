//! A problem as text for a terminal: what and where, the line with carets under the place, why, what to do.

use super::{Diagnostic, Severity};
use crate::text::{FileId, LineIndex, Span};

/// Finds the path and the text of a file.
pub type Files<'a> = &'a dyn Fn(FileId) -> Option<(&'a str, &'a str)>;

/// Columns a tab takes.
const TAB: &str = "    ";

/// The problem as lines of text, each ended by a line break.
pub fn frame(diagnostic: &Diagnostic, files: Files) -> String {
    let mut text = format!("{}[{}]: {}\n", word(diagnostic.severity), diagnostic.code, diagnostic.message);
    let margin = place(&mut text, diagnostic.span, files);
    for related in &diagnostic.related {
        text.push_str(&format!("{margin} = {}: {}\n", position(related.span, files), related.message));
    }
    let notes = [("why", diagnostic.why.as_str()), ("what to do", diagnostic.remedy.as_str())];
    for (title, note) in notes.into_iter().filter(|(_, note)| !note.is_empty()) {
        text.push_str(&format!("{margin} = {title}: {note}\n"));
    }
    if let Some(docker) = &diagnostic.docker {
        text.push_str(&format!("{margin} = Docker says: {}\n", docker.replace('\n', &format!("\n{margin}   "))));
    }
    text
}

/// The word for a severity.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "advice",
        Severity::Notice => "notice",
    }
}

/// `compose.yaml:5:28`: path, line and column from 1; the column counts characters.
pub fn position(span: Span, files: Files) -> String {
    let Some((path, text)) = files(span.file) else { return "(no file)".into() };
    let index = LineIndex::new(text);
    let line = index.line(span.range.start);
    let start = index.line_start(line) as usize;
    let before = text.get(start..span.range.start as usize).unwrap_or_default();
    format!("{path}:{}:{}", line + 1, before.chars().count() + 1)
}

/// Writes the position, the line and the carets; gives the margin for what follows.
fn place(text: &mut String, span: Span, files: Files) -> String {
    let Some((_, source)) = files(span.file) else { return " ".into() };
    let index = LineIndex::new(source);
    let line = index.line(span.range.start);
    let number = (line + 1).to_string();
    let margin = " ".repeat(number.len() + 1);
    let start = index.line_start(line) as usize;
    let shown = source.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let from = (span.range.start as usize - start).min(shown.len());
    let until = (span.range.end as usize - start).clamp(from, shown.len());
    let width = |part: &str| part.replace('\t', TAB).chars().count();
    let (before, marked) = (shown.get(..from).unwrap_or_default(), shown.get(from..until).unwrap_or_default());
    let carets = "^".repeat(width(marked).max(1));
    text.push_str(&format!("{margin}--> {}\n{margin} |\n", position(span, files)));
    text.push_str(&format!("{number}  | {}\n", shown.replace('\t', TAB)));
    text.push_str(&format!("{margin} | {}{carets}\n", " ".repeat(width(before))));
    margin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextRange;

    #[test]
    fn a_frame_shows_the_place_the_reason_and_the_remedy() {
        let text = "services:\n  db:\n    imagé: x\n";
        let at = text.find("imag").unwrap() as u32;
        let span = Span { file: FileId(0), range: TextRange::new(at, at + 6) };
        let diagnostic = Diagnostic::new("unknown-attribute", Severity::Error, span, "there is no such attribute")
            .with_why("Docker refuses the file.")
            .with_remedy("Write `image`.")
            .with_docker("validating compose.yaml: services.db additional properties 'imagé' not allowed")
            .with_related(Span { file: FileId(0), range: TextRange::new(12, 14) }, "in this service");
        let framed = frame(&diagnostic, &|_| Some(("compose.yaml", text)));
        let expected = "\
error[unknown-attribute]: there is no such attribute
  --> compose.yaml:3:5
   |
3  |     imagé: x
   |     ^^^^^
   = compose.yaml:2:3: in this service
   = why: Docker refuses the file.
   = what to do: Write `image`.
   = Docker says: validating compose.yaml: services.db additional properties 'imagé' not allowed
";
        assert_eq!(framed, expected);
    }
}
