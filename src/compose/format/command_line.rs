//! `command:` and `entrypoint:` as one string: split into words, with quotes and backslashes but without anything else a
//! shell does (semantics P31).

use super::FormatError;
use crate::text::TextRange;

/// A command line's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The words up to the end, or to the first unquoted `;`, `&`, `|`, `<` or `>`.
    pub words: Vec<String>,
    /// Where each word stands, quotes included.
    pub ranges: Vec<TextRange>,
    /// The offset of the character that ended the command silently.
    pub cut_at: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    None,
    Single,
    Double,
    Backquote,
    SingleInBackquote,
    DoubleInBackquote,
    /// Within `$(…)`.
    Substitution,
}

#[derive(Default)]
struct Word {
    text: String,
    start: Option<usize>,
}

impl CommandLine {
    fn finish_word(&mut self, word: &mut Word, end: usize) {
        if let Some(start) = word.start.take() {
            self.words.push(std::mem::take(&mut word.text));
            self.ranges.push(TextRange::new(start as u32, end as u32));
        }
    }
}

/// The words of a command line.
pub fn split(text: &str) -> Result<CommandLine, FormatError> {
    let mut line = CommandLine::default();
    let mut word = Word::default();
    let mut quoting = Quoting::None;
    let mut quoted_from = 0;
    let mut escaped = false;
    let invalid = |from: usize| {
        let range = TextRange::new(from as u32, text.len() as u32);
        FormatError { docker: "invalid command line string".to_owned(), range }
    };
    for (at, character) in text.char_indices() {
        if escaped {
            word.text.push(character);
            word.start.get_or_insert(at - 1);
            escaped = false;
            continue;
        }
        if character == '\\' && !matches!(quoting, Quoting::Single | Quoting::SingleInBackquote) {
            escaped = true;
            word.start.get_or_insert(at);
            quoted_from = at;
            continue;
        }
        if matches!(character, ' ' | '\t' | '\r' | '\n') {
            if quoting == Quoting::None {
                line.finish_word(&mut word, at);
            } else {
                word.text.push(character);
            }
            continue;
        }
        let before = quoting;
        match step(character, &mut quoting, &mut word) {
            Step::Take => word.text.push(character),
            Step::Drop => {}
            Step::Cut => {
                if !(character == '>' && word.text.starts_with(|c: char| c.is_ascii_digit())) {
                    line.finish_word(&mut word, at);
                }
                line.cut_at = Some(at as u32);
                return Ok(line);
            }
            Step::Refuse => return Err(invalid(at)),
        }
        word.start.get_or_insert(at);
        if before == Quoting::None && quoting != Quoting::None {
            quoted_from = at;
        }
    }
    if escaped || quoting != Quoting::None {
        return Err(invalid(quoted_from));
    }
    line.finish_word(&mut word, text.len());
    Ok(line)
}

enum Step {
    Take,
    Drop,
    Cut,
    Refuse,
}

fn step(character: char, quoting: &mut Quoting, word: &mut Word) -> Step {
    use Quoting::{Backquote, Double, DoubleInBackquote, None, Single, SingleInBackquote, Substitution};
    let (next, result) = match (character, *quoting) {
        ('`', None) => (Backquote, Step::Take),
        ('`', Backquote) => (None, Step::Take),
        (')', None) => (Substitution, Step::Take),
        (')', Substitution) => (None, Step::Take),
        ('(', None) if word.text.ends_with('$') => (Substitution, Step::Take),
        ('(', None | Substitution) => (*quoting, Step::Refuse),
        ('"', None) => (Double, Step::Drop),
        ('"', Double) => (None, Step::Drop),
        ('"', Backquote) => (DoubleInBackquote, Step::Drop),
        ('\'', None) => (Single, Step::Drop),
        ('\'', Single) => (None, Step::Drop),
        ('\'', Backquote) => (SingleInBackquote, Step::Drop),
        ('"', DoubleInBackquote) | ('\'', SingleInBackquote) => (Backquote, Step::Drop),
        (';' | '&' | '|' | '<' | '>', None) => (None, Step::Cut),
        _ => (*quoting, Step::Take),
    };
    *quoting = next;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let cases: [(&str, &[&str]); 11] = [
            ("echo a b", &["echo", "a", "b"]),
            ("sh -c \"echo 'a'  b\"", &["sh", "-c", "echo 'a'  b"]),
            ("a\\ b 'c\\d' \"e\\\"f\"", &["a b", "c\\d", "e\"f"]),
            ("echo a && echo b", &["echo", "a"]),
            ("echo a; echo b", &["echo", "a"]),
            ("a '' \"\"", &["a", "", ""]),
            ("echo $(date) x", &["echo", "$(date)", "x"]),
            ("echo `date +x`", &["echo", "`date +x`"]),
            ("run 2>/dev/null", &["run"]),
            ("", &[]),
            ("a\n b", &["a", "b"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text).unwrap().words, expected, "{text}");
        }
        assert_eq!(split("echo a && echo b").unwrap().cut_at, Some(7));
        assert_eq!(split("a 'b c' d").unwrap().ranges[1], TextRange::new(2, 7));
    }

    #[test]
    fn refusals() {
        for (text, from) in [("echo don't", 8), ("(a)", 0), ("a\\", 1), ("echo $(a", 6), ("a)", 1), ("\"", 0)] {
            let error = split(text).unwrap_err();
            assert_eq!((error.docker.as_str(), error.range.start), ("invalid command line string", from), "{text}");
        }
    }
}
