//! Fixes as edits of the text: lines inserted and removed with the indentation of their neighbours. Where the text is in a
//! form these edits would spoil (a flow mapping on one line), there is no fix.

use super::Subject;
use crate::compose::model::{Condition, Service};
use crate::diagnostic::{Applicability, Fix};
use crate::text::{Edit, Span, TextRange};

/// A fix of one edit that needs a look.
pub fn suggested(title: &str, edits: Vec<Edit>) -> Fix {
    Fix { title: title.into(), applicability: Applicability::Suggested, edits }
}

/// A fix that keeps the meaning.
pub fn safe(title: &str, edits: Vec<Edit>) -> Fix {
    Fix { title: title.into(), applicability: Applicability::Safe, edits }
}

/// Replaces a place.
pub fn replace(span: Span, new_text: impl Into<String>) -> Edit {
    Edit { span, new_text: new_text.into() }
}

/// Inserts behind a place.
pub fn insert_behind(span: Span, new_text: impl Into<String>) -> Edit {
    replace(Span { file: span.file, range: TextRange::at(span.range.end) }, new_text)
}

impl Subject<'_> {
    /// Removes the lines of an entry of a block mapping or list.
    pub fn remove_lines(&self, entry: Span) -> Option<Edit> {
        let whole = self.whole(entry);
        let (start, indentation) = self.line_start(entry)?;
        if !matches!(indentation.trim_start(), "" | "- ") {
            return None;
        }
        let end = entry.range.start as usize + self.text(entry).trim_end().len();
        let rest = whole.get(end..)?;
        let line_end = rest.find('\n').map_or(whole.len(), |at| end + at + 1);
        // A comment behind the entry goes with it; anything else does not.
        let behind = whole[end..line_end].trim();
        let removable = behind.is_empty() || behind.starts_with('#');
        let span = Span { file: entry.file, range: TextRange::new(start as u32, line_end as u32) };
        removable.then(|| replace(span, ""))
    }

    /// Inserts lines before the line on which a place begins, indented as that line is: the line of an entry, of an item
    /// behind its dash, or of a value behind its key. `\n` separates the lines; their own indentation is kept.
    pub fn insert_before(&self, neighbour: Span, lines: &str) -> Option<Edit> {
        let (start, indentation) = self.line_start(neighbour)?;
        let margin = &indentation[..indentation.len() - indentation.trim_start().len()];
        if !is_line_head(indentation.trim()) {
            return None;
        }
        let mut new_text = String::new();
        for line in lines.lines() {
            new_text.push_str(&format!("{margin}{line}\n"));
        }
        let span = Span { file: neighbour.file, range: TextRange::at(start as u32) };
        Some(replace(span, new_text))
    }

    /// Inserts an attribute into a service, before its first one.
    pub fn insert_attribute(&self, service: &Service, lines: &str) -> Option<Edit> {
        let own = |span: &&Span| span.file == service.span.file && service.span.range.contains_range(span.range);
        let first = service.attributes.values().filter(own).min()?;
        self.insert_before(*first, lines)
    }

    /// Adds a top-level volume: beside the others, or at the end of the file.
    pub fn add_volume(&self, name: &str, near: Span) -> Edit {
        let others = self.project.volumes.values().map(|volume| volume.key.span).filter(|span| span.file == near.file);
        let beside = others.min().and_then(|span| self.insert_before(span, &format!("{name}:")));
        beside.unwrap_or_else(|| {
            let whole = self.whole(near);
            let gap = if whole.ends_with('\n') { "" } else { "\n" };
            let span = Span { file: near.file, range: TextRange::at(whole.len() as u32) };
            replace(span, format!("{gap}volumes:\n  {name}:\n"))
        })
    }

    /// Writes `depends_on` anew in its long form, with one condition changed or added.
    pub fn set_condition(&self, service: &Service, dependency: &str, condition: Condition) -> Option<Edit> {
        let mut lines = String::from("depends_on:\n");
        let mut edges: Vec<(&str, Condition, bool, bool)> = Vec::new();
        for (name, edge) in service.depends_on.iter().filter(|(_, edge)| edge.explicit) {
            let wanted = if name == dependency { condition } else { edge.condition };
            edges.push((name, wanted, edge.restart, edge.required));
        }
        if !edges.iter().any(|edge| edge.0 == dependency) {
            edges.push((dependency, condition, false, true));
        }
        for (name, condition, restart, required) in edges {
            lines.push_str(&format!("  {name}:\n    condition: {}\n", word(condition)));
            if restart {
                lines.push_str("    restart: true\n");
            }
            if !required {
                lines.push_str("    required: false\n");
            }
        }
        let Some(old) = service.attributes.get("depends_on") else { return self.insert_attribute(service, &lines) };
        let (_, indentation) = self.line_start(*old)?;
        if !indentation.trim().is_empty() {
            return None;
        }
        let indented = lines.trim_end().replace('\n', &format!("\n{indentation}"));
        let end = old.range.start + self.text(*old).trim_end().len() as u32;
        Some(replace(Span { file: old.file, range: TextRange::new(old.range.start, end) }, indented))
    }

    /// Where the line of a place begins, and what stands on it before the place.
    fn line_start(&self, span: Span) -> Option<(usize, &str)> {
        let before = self.whole(span).get(..span.range.start as usize)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((start, &before[start..]))
    }
}

/// Whether a line before a place holds nothing but a dash or a key.
fn is_line_head(text: &str) -> bool {
    let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    text.is_empty() || text == "-" || text.strip_suffix(':').is_some_and(is_key)
}

/// A condition as the file writes it.
pub fn word(condition: Condition) -> &'static str {
    match condition {
        Condition::Started => "service_started",
        Condition::Healthy => "service_healthy",
        Condition::CompletedSuccessfully => "service_completed_successfully",
    }
}
