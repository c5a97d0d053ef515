//! Tracebacks, as Python prints them.

use super::Python;
use super::source::Source;

/// The text of an exception that came up from a library, through the lines `way` of `file`.
pub fn traceback(python: &Python, file: &str, source: &Source, trace: &Trace<'_>) -> String {
    let Trace { before, way, below, error } = *trace;
    let mut text = String::from("Traceback (most recent call last):\n");
    for above in before {
        let marked = marks(above.line, None);
        text.push_str(&frame(
            python,
            &format!("{}/{}", python.packages, above.file),
            above.number,
            above.function,
            above.line,
            marked,
        ));
    }
    for (depth, number) in way.iter().enumerate() {
        let function = source.functions.iter().find(|function| (function.start..function.end).contains(number));
        let name = function.map_or("<module>", |function| function.name.as_str());
        let line = source.line(*number).trim();
        let called = way.get(depth + 1).and_then(|next| {
            let inner = source.functions.iter().find(|function| (function.start..function.end).contains(next))?;
            Some(format!("{}(", inner.name))
        });
        let subscript = missing_subscript(line, error).filter(|_| depth + 1 == way.len() && python.minor >= 11);
        if let Some(pointer) = subscript {
            text.push_str(&format!("  File \"{file}\", line {number}, in {name}\n    {line}\n    {pointer}\n"));
            continue;
        }
        let marked = marks(line, called.as_deref());
        text.push_str(&frame(python, file, *number, name, line, marked));
    }
    for frame_below in below {
        if frame_below.line.is_empty() {
            let Frame { file, number, function, .. } = frame_below;
            text.push_str(&format!("  File \"{file}\", line {number}, in {function}\n"));
            continue;
        }
        let file = format!("{}/{}", python.packages, frame_below.file);
        let marked = marks(frame_below.line, None);
        text.push_str(&frame(python, &file, frame_below.number, frame_below.function, frame_below.line, marked));
    }
    text.push_str(error);
    text.push('\n');
    text
}

/// Where an exception came from.
#[derive(Clone, Copy)]
pub struct Trace<'a> {
    /// Frames of libraries that called the program.
    pub before: &'a [Frame],
    /// Lines of the program.
    pub way: &'a [usize],
    /// Frames of libraries that the program called.
    pub below: &'a [Frame],
    /// The last line.
    pub error: &'a str,
}

/// How Flask comes to a route (Flask 2.2).
pub const FLASK_REQUEST: &[Frame] = &[
    flask(2525, "wsgi_app", "response = self.full_dispatch_request()"),
    flask(1822, "full_dispatch_request", "rv = self.handle_user_exception(e)"),
    flask(1820, "full_dispatch_request", "rv = self.dispatch_request()"),
    flask(1796, "dispatch_request", "return self.ensure_sync(self.view_functions[rule.endpoint])(**view_args)"),
];

const fn flask(number: usize, function: &'static str, line: &'static str) -> Frame {
    Frame { file: "flask/app.py", number, function, line }
}

/// A place in a library.
#[derive(Clone, Copy)]
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

/// Where `os.environ["X"]` fails: a module without source.
pub const FROZEN_OS: Frame = Frame { file: "<frozen os>", number: 679, function: "__getitem__", line: "" };

fn frame(python: &Python, file: &str, number: usize, function: &str, line: &str, marked: (usize, usize)) -> String {
    let mut text = format!("  File \"{file}\", line {number}, in {function}\n    {line}\n");
    let (start, end) = marked;
    let whole = start == 0 && end == line.len();
    if python.minor >= 11 && !whole {
        text.push_str(&format!("    {}{}\n", " ".repeat(start), "^".repeat(end.saturating_sub(start))));
    }
    text
}

/// `os.environ["X"]` in a line that failed for a missing key: what is looked into, and the brackets.
fn missing_subscript(line: &str, error: &str) -> Option<String> {
    let name = error.strip_prefix("KeyError: '")?.strip_suffix('\'')?;
    let brackets = format!("[\"{name}\"]");
    let at = line.find(&brackets)?;
    let start = line[..at].rfind(|c: char| !c.is_alphanumeric() && !"._".contains(c)).map_or(0, |at| at + 1);
    Some(format!("{}{}{}", " ".repeat(start), "~".repeat(at - start), "^".repeat(brackets.len())))
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
