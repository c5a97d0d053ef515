//! What a Python source does, as far as it can be told without running it.
//!
//! Recognised: imports; functions and who calls whom; Flask routes and what they return; the texts given to `execute(…)`;
//! `incr('key')` of a redis client; the arguments of `psycopg2.connect(…)` and `redis.Redis(…)`, written out or taken from
//! the environment; `app.run(host=…, port=…)`; `print("…")` and `time.sleep(…)` outside functions.

/// Modules whose use is understood, or changes nothing that is seen: any other one makes a program that lasts one that nobody
/// recognises.
const UNDERSTOOD: [&str; 32] = [
    "flask",
    "psycopg2",
    "redis",
    "dotenv",
    "os",
    "sys",
    "time",
    "datetime",
    "json",
    "random",
    "re",
    "logging",
    "math",
    "uuid",
    "socket",
    "string",
    "typing",
    "pathlib",
    "hashlib",
    "functools",
    "itertools",
    "collections",
    "contextlib",
    "dataclasses",
    "enum",
    "signal",
    "base64",
    "platform",
    "traceback",
    "warnings",
    "decimal",
    "secrets",
];

/// What a program does that goes on for ever.
const LASTS: [&str; 12] = [
    "while True",
    "while 1",
    ".run(",
    "serve_forever",
    "start_consuming",
    "run_forever",
    "run_app(",
    "run_until_complete",
    "execute_from_command_line",
    "FastAPI(",
    "Sanic(",
    "Flask(",
];

/// A function: its name, the lines of its body (from 1), the route it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name.
    pub name: String,
    /// First line of the body.
    pub start: usize,
    /// Line after the body.
    pub end: usize,
    /// Path of `@app.route(…)`.
    pub route: Option<String>,
}

/// A source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Its lines.
    pub lines: Vec<String>,
    /// Its functions.
    pub functions: Vec<Function>,
}

/// One thing a piece of source does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A statement for the SQL database.
    Sql(String),
    /// `INCR` of a redis key.
    Increment(String),
    /// Prints a text.
    Print(String),
    /// Sleeps for so many milliseconds.
    Sleep(u64),
    /// Ends with that code.
    Exit(u8),
}

impl Source {
    /// Reads a source.
    pub fn read(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(|line| line.trim_end().to_string()).collect();
        let mut functions = Vec::new();
        let mut route = None;
        for (index, line) in lines.iter().enumerate() {
            if let Some(path) = line.trim_start().strip_prefix('@') {
                let calls = ["route(", "get(", "post("];
                let after = calls.iter().find_map(|call| path.split_once(call)).map(|(_, rest)| rest);
                route = after.and_then(first_text).or(route);
            } else if let Some(rest) = line.strip_prefix("def ") {
                let name = rest.split('(').next().unwrap_or(rest).to_string();
                let is_outside = |line: &String| !line.is_empty() && !line.starts_with([' ', '\t', '#', ')']);
                let after = lines.iter().skip(index + 1).position(is_outside);
                let end = after.map_or(lines.len() + 1, |after| index + after + 2);
                functions.push(Function { name, start: index + 2, end, route: route.take() });
            }
        }
        Self { lines, functions }
    }

    /// Modules that are imported, by their first name.
    pub fn imports(&self) -> Vec<String> {
        let names = self.lines.iter().filter_map(|line| {
            let line = line.trim();
            line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))
        });
        let first = |text: &str| text.split([' ', '.', ',']).next().unwrap_or(text).to_string();
        names
            .flat_map(|text| match text.contains(" import ") {
                true => vec![first(text)],
                false => text.split(", ").map(first).collect(),
            })
            .collect()
    }

    /// Whether all it does can be told.
    pub fn is_recognised(&self) -> bool {
        let is_understood = self.imports().iter().all(|name| UNDERSTOOD.contains(&name.as_str()));
        is_understood || !self.lines.iter().any(|line| LASTS.iter().any(|sign| line.contains(sign)))
    }

    /// The line with that number.
    pub fn line(&self, number: usize) -> &str {
        self.lines.get(number.wrapping_sub(1)).map_or("", String::as_str)
    }

    /// The lines outside functions.
    fn top_level(&self) -> Vec<usize> {
        let inside =
            |number: usize| self.functions.iter().any(|function| (function.start - 1..function.end).contains(&number));
        (1..=self.lines.len()).filter(|number| !inside(*number)).collect()
    }

    /// The function that a line calls.
    fn called(&self, number: usize) -> Option<&Function> {
        let line = self.line(number);
        self.functions.iter().find(|function| {
            let call = format!("{}(", function.name);
            line.find(&call).is_some_and(|at| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._".contains(c)))
        })
    }

    /// The lines through which the start of the program, or of `function`, comes to a call of `what`: the innermost last.
    pub fn way_to(&self, what: &str, function: Option<&Function>, depth: usize) -> Option<Vec<usize>> {
        let lines: Vec<usize> = match function {
            Some(function) => (function.start..function.end).collect(),
            None => self.top_level(),
        };
        for number in lines {
            if self.line(number).contains(what) {
                return Some(vec![number]);
            }
            let Some(called) = self.called(number).filter(|_| depth < 8) else { continue };
            if let Some(rest) = self.way_to(what, Some(called), depth + 1) {
                return Some([vec![number], rest].concat());
            }
        }
        None
    }

    /// What the program does before it serves, or what `function` does, in order.
    pub fn actions(&self, function: Option<&Function>, depth: usize) -> Vec<Action> {
        let lines: Vec<usize> = match function {
            Some(function) => (function.start..function.end).collect(),
            None => self.top_level(),
        };
        let mut actions = Vec::new();
        for number in lines {
            let line = self.line(number).trim();
            if line.starts_with('#') {
                continue;
            }
            actions.extend(self.action(line, number));
            if let Some(called) = self.called(number).filter(|called| called.route.is_none() && depth < 8) {
                actions.extend(self.actions(Some(called), depth + 1));
            }
        }
        actions
    }

    fn action(&self, line: &str, number: usize) -> Option<Action> {
        let after = |call: &str| line.find(call).map(|at| &line[at + call.len()..]);
        if let Some(rest) = after(".execute(") {
            let below = || (number + 1..number + 12).map(|next| self.line(next)).collect::<Vec<_>>().join("\n");
            return first_text(rest).or_else(|| first_text(&format!("{rest}\n{}", below()))).map(Action::Sql);
        }
        if let Some(rest) = after(".incr(") {
            return first_text(rest).map(Action::Increment);
        }
        if let Some(rest) = line.strip_prefix("print(") {
            return first_text(rest).map(Action::Print);
        }
        if let Some(rest) = after("sleep(") {
            let seconds: f64 = rest.split(')').next()?.parse().ok()?;
            return Some(Action::Sleep((seconds.max(0.0) * 1000.0) as u64));
        }
        let code = after("sys.exit(").or_else(|| line.strip_prefix("exit("))?;
        Some(Action::Exit(code.split(')').next()?.trim().parse().unwrap_or(0)))
    }

    /// The text that a route returns, with its placeholders.
    pub fn returned(&self, function: &Function) -> Option<String> {
        (function.start..function.end).rev().find_map(|number| {
            let rest = self.line(number).trim().strip_prefix("return")?;
            let text = first_text(rest);
            // Something computed: its name stands for the value.
            text.or_else(|| Some("{}".to_string()))
        })
    }

    /// Whether the program loops for ever outside functions.
    pub fn loops(&self) -> bool {
        self.top_level().iter().any(|number| matches!(self.line(*number).trim(), "while True:" | "while 1:"))
    }

    /// The value of argument `name` of the call of `what`, with variables of the environment replaced.
    pub fn argument(&self, what: &str, names: &[&str], variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let text = self.lines.join("\n");
        let call = &text[text.find(what)? + what.len()..];
        let call = &call[..closing(call)];
        names.iter().find_map(|name| {
            let written = format!("{name}=");
            let at = call
                .match_indices(&written)
                .find(|(at, _)| !call[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))?
                .0;
            let value = &call[at + written.len()..];
            self.value(&value[..value_end(value)], variable, 0)
        })
    }

    fn value(&self, text: &str, variable: &dyn Fn(&str) -> Option<String>, depth: usize) -> Option<String> {
        let text = text.trim();
        if let Some(at) =
            ["environ.get(", "environ[", "getenv("].iter().find_map(|word| text.find(word).map(|at| at + word.len()))
        {
            let inner = &text[at..];
            let name = first_text(inner)?;
            let default = inner.split_once(',').and_then(|(_, rest)| first_text(rest));
            return variable(&name).or(default);
        }
        if let Some(inner) = text.strip_prefix("int(").and_then(|text| text.strip_suffix(')')) {
            return self.value(inner, variable, depth + 1);
        }
        if let Some(text) = first_text(text) {
            return Some(text);
        }
        if text.chars().all(|c| c.is_ascii_digit()) {
            return Some(text.to_string());
        }
        let assigned = self.lines.iter().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == text).then(|| value.to_string())
        })?;
        if depth < 4 { self.value(&assigned, variable, depth + 1) } else { None }
    }
}

/// The first string in `text`, without its quotes.
fn first_text(text: &str) -> Option<String> {
    let at = text.find(['"', '\''])?;
    if text[..at].contains(['(', ')']) && !text[..at].trim_start().starts_with('(') {
        return None;
    }
    let rest = &text[at..];
    let quote = if rest.starts_with("\"\"\"") { "\"\"\"" } else { &rest[..1] };
    let inner = &rest[quote.len()..];
    Some(inner[..inner.find(quote)?].replace("\\n", "\n"))
}

/// Where the parenthesis that was opened before `text` closes.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Where an argument's value ends.
fn value_end(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth == 0 => return at,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
