//! Tracebacks, as Python prints them.

use super::Python;
use super::source::Source;

/// The text of an exception that came up from a library, through the lines `way` of `file`.
pub fn traceback(
    python: &Python,
    file: &str,
    source: &Source,
    way: &[usize],
    library: &[Frame],
    error: &str,
) -> String {
    let mut text = String::from("Traceback (most recent call last):\n");
    for (depth, number) in way.iter().enumerate() {
        let function = source.functions.iter().find(|function| (function.start..function.end).contains(number));
        let name = function.map_or("<module>", |function| function.name.as_str());
        let line = source.line(*number).trim();
        let called = way.get(depth + 1).and_then(|next| {
            let inner = source.functions.iter().find(|function| (function.start..function.end).contains(next))?;
            Some(format!("{}(", inner.name))
        });
        let marked = marks(line, called.as_deref());
        text.push_str(&frame(python, file, *number, name, line, marked));
    }
    for frame_below in library {
        let file = format!("{}/{}", python.packages, frame_below.file);
        let marked = marks(frame_below.line, None);
        text.push_str(&frame(python, &file, frame_below.number, frame_below.function, frame_below.line, marked));
    }
    text.push_str(error);
    text.push('\n');
    text
}

/// A place in a library.
pub struct Frame {
    /// File below the packages' folder.
    pub file: &'static str,
    /// Line.
    pub number: usize,
    /// Function.
    pub function: &'static str,
    /// The line's text.
    pub line: &'static str,
}

/// The last frame of every failing `psycopg2.connect`.
pub const PSYCOPG2_CONNECT: Frame = Frame {
    file: "psycopg2/__init__.py",
    number: 122,
    function: "connect",
    line: "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)",
};

fn frame(python: &Python, file: &str, number: usize, function: &str, line: &str, marked: (usize, usize)) -> String {
    let mut text = format!("  File \"{file}\", line {number}, in {function}\n    {line}\n");
    let (start, end) = marked;
    let whole = start == 0 && end == line.len();
    if python.minor >= 11 && !whole {
        text.push_str(&format!("    {}{}\n", " ".repeat(start), "^".repeat(end.saturating_sub(start))));
    }
    text
}

/// The expression that failed: the call of `called`, or what follows `return` or `=`.
fn marks(line: &str, called: Option<&str>) -> (usize, usize) {
    if let Some(at) = called.and_then(|called| line.find(called)) {
        let end = line[at..].find(')').map_or(line.len(), |close| at + close + 1);
        return (at, end);
    }
    let start = match line.strip_prefix("return ") {
        Some(_) => "return ".len(),
        None => line.find(" = ").map_or(0, |at| at + 3),
    };
    (start, line.len())
}
