//! What a JavaScript source does, as far as it can be told without running it.
//!
//! Recognised: which packages it needs; the port of `listen(…)`, written out, in a constant, or taken from the environment; what
//! `console.log("…")` says before and after it listens; routes (`.get('/path', …)`) and the plain texts and objects they
//! answer with. What cannot be told that way makes the source one that nobody recognises.

/// Packages that only help to answer requests: a source that needs others does more than can be told.
const PLAIN: [&str; 9] =
    ["express", "cors", "morgan", "helmet", "body-parser", "compression", "dotenv", "dotenv/config", "cookie-parser"];
/// Modules of Node.js itself.
const BUILT_IN: [&str; 18] = [
    "http",
    "https",
    "fs",
    "fs/promises",
    "path",
    "os",
    "url",
    "util",
    "crypto",
    "process",
    "events",
    "net",
    "stream",
    "child_process",
    "cluster",
    "timers",
    "timers/promises",
    "zlib",
];
/// How many constants may stand behind each other.
const MOST_CONSTANTS: u32 = 8;

/// Calls that answer a request.
const ANSWERS: [&str; 3] = [".send(", ".end(", ".json("];

/// A source.
pub struct Source<'a> {
    text: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A route and its answer; `None` for an answer that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path; `None` for a server that answers all.
    pub path: Option<String>,
    /// What it answers.
    pub body: Option<String>,
}

impl<'a> Source<'a> {
    /// A source, in an environment.
    pub fn new(text: &'a str, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { text, variable }
    }

    /// Names of the packages it needs, without those of Node.js and its own files.
    pub fn packages(&self) -> Vec<String> {
        let wanted = ["require(", " from ", "import "].iter().flat_map(|word| self.strings_after(word));
        let is_package = |name: &String| {
            !name.starts_with(['.', '/']) && !name.starts_with("node:") && !BUILT_IN.contains(&name.as_str())
        };
        let mut packages: Vec<String> = Vec::new();
        for name in wanted.filter(is_package) {
            if !packages.contains(&name) {
                packages.push(name);
            }
        }
        packages
    }

    /// Whether it needs files of its own, which are not read.
    fn has_parts(&self) -> bool {
        ["require(", " from "].iter().flat_map(|word| self.strings_after(word)).any(|name| name.starts_with('.'))
    }

    /// The strings right behind `word`.
    fn strings_after(&self, word: &str) -> Vec<String> {
        let found =
            self.text.match_indices(word).filter_map(|(at, _)| literal(self.text[at + word.len()..].trim_start()));
        found.map(|(text, _)| text).collect()
    }

    /// Whether it serves.
    pub fn serves(&self) -> bool {
        self.text.contains(".listen(")
    }

    /// Whether it goes on for ever: it serves, waits for events, or runs at intervals.
    pub fn lasts(&self) -> bool {
        let signs =
            ["setInterval(", "while (true)", "while(true)", ".consume(", ".subscribe(", ".on('message'", "new Worker("];
        self.serves() || signs.iter().any(|sign| self.text.contains(sign))
    }

    /// Whether it handles a signal.
    pub fn handles(&self, signal: &str) -> bool {
        self.text.contains(signal)
    }

    /// The port it listens on.
    pub fn port(&self) -> Option<u16> {
        let (_, rest) = self.text.split_once(".listen(")?;
        let first = rest
            .trim_start()
            .strip_prefix('{')
            .map_or(rest, |object| object.split_once("port:").map_or("", |(_, port)| port));
        self.number(first, 0)
    }

    /// The value of the number that an expression begins with; a constant may stand for another one, but not for ever.
    fn number(&self, expression: &str, depth: u32) -> Option<u16> {
        if depth > MOST_CONSTANTS {
            return None;
        }
        let depth = depth + 1;
        let expression = expression.trim_start();
        let end = expression.find(['\n', ';', ',']).unwrap_or(expression.len());
        let expression = &expression[..end];
        if let Some((_, rest)) = expression.split_once("process.env.") {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let given = (self.variable)(&name).and_then(|value| value.parse().ok());
            return given
                .or_else(|| self.number(rest[name.len()..].trim_start_matches([' ', '|', '?', '"', '\'']), depth));
        }
        let digits: String = expression.chars().take_while(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            return digits.parse().ok();
        }
        let name: String = expression.chars().take_while(|c| c.is_ascii_alphanumeric() || "_$".contains(*c)).collect();
        if name.is_empty() {
            return None;
        }
        if matches!(name.as_str(), "Number" | "parseInt" | "String") {
            return self.number(expression.split_once('(')?.1, depth);
        }
        let assigned = ["const", "let", "var"].iter().find_map(|word| {
            let (_, rest) = self.text.split_once(&format!("{word} {name} ="))?;
            Some(rest)
        })?;
        assigned.split('\n').next().and_then(|line| self.number(line, depth))
    }

    /// What it says before and after it listens: texts at the outermost level, and those behind `listen(`.
    pub fn says(&self) -> (Vec<String>, Vec<String>) {
        let (before, after) = self.text.split_once(".listen(").unwrap_or((self.text, ""));
        let outermost = before.lines().filter(|line| line.starts_with("console.log("));
        let inside = after.match_indices("console.log(").map(|(at, _)| &after[at..]);
        let said = |text: &str| {
            literal(text.strip_prefix("console.log(")?).and_then(|(text, quote)| self.filled(&text, quote))
        };
        (outermost.filter_map(said).collect(), inside.filter_map(said).collect())
    }

    /// A text with the values of `${…}` where they are numbers; `None` where they cannot be told.
    fn filled(&self, text: &str, quote: char) -> Option<String> {
        let mut text = text.to_string();
        while quote == '`' && text.contains("${") {
            let (head, rest) = text.split_once("${")?;
            let (expression, tail) = rest.split_once('}')?;
            text = format!("{head}{}{tail}", self.number(expression, 0)?);
        }
        Some(text)
    }

    /// Its routes and what they answer, in order.
    pub fn routes(&self) -> Vec<Route> {
        let calls = [".get(", ".post(", ".all("];
        let mut starts: Vec<usize> =
            calls.iter().flat_map(|call| self.text.match_indices(call).map(|(at, call)| at + call.len())).collect();
        starts.retain(|at| literal(&self.text[*at..]).is_some_and(|(path, _)| path.starts_with('/')));
        starts.sort_unstable();
        if starts.is_empty() {
            return vec![Route { path: None, body: self.answer(self.text) }];
        }
        let ends = starts.iter().skip(1).copied().chain([self.text.len()]);
        let each = starts.iter().zip(ends).map(|(from, to)| {
            let text = &self.text[*from..to];
            Route { path: literal(text).map(|(path, _)| path), body: self.answer(text) }
        });
        each.collect()
    }

    fn answer(&self, text: &str) -> Option<String> {
        let (at, call) = ANSWERS.iter().filter_map(|call| text.find(call).map(|at| (at, call))).min()?;
        let value = text[at + call.len()..].trim_start();
        if let Some((text, quote)) = literal(value) {
            return self.filled(&text, quote);
        }
        let object = &value[..value.find(")").filter(|_| *call == ".json(")?];
        json(object)
    }

    /// Whether all it does can be told.
    pub fn is_recognised(&self) -> bool {
        let is_plain = self.packages().iter().all(|name| PLAIN.contains(&name.as_str())) && !self.has_parts();
        match self.serves() {
            true => is_plain && self.port().is_some() && self.routes().iter().all(|route| route.body.is_some()),
            false => is_plain || !self.lasts(),
        }
    }
}

/// A string that a text begins with, and its quote.
fn literal(text: &str) -> Option<(String, char)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let (inside, _) = text[1..].split_once(quote)?;
    Some((inside.replace("\\n", "\n"), quote))
}

/// An object literal of plain values as JSON.
fn json(text: &str) -> Option<String> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut pairs = Vec::new();
    for pair in inside.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(':')?;
        let key = key.trim().trim_matches(['"', '\'']);
        let value = value.trim();
        let value = match literal(value) {
            Some((text, '"' | '\'')) => format!("\"{text}\""),
            _ if value.parse::<f64>().is_ok() || matches!(value, "true" | "false" | "null") => value.to_string(),
            _ => return None,
        };
        pairs.push(format!("\"{key}\":{value}"));
    }
    Some(format!("{{{}}}", pairs.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn ports_are_told_as_they_are_written() {
        for (text, port) in [
            ("app.listen(3000)", Some(3000)),
            ("const port = process.env.PORT || 8080;\napp.listen(port, () => {})", Some(8080)),
            ("const PORT = parseInt(process.env.PORT ?? '5000', 10)\napp.listen(PORT)", Some(5000)),
            ("server.listen({ host: '0.0.0.0', port: 4000 })", Some(4000)),
            ("app.listen(config.port)", None),
            ("console.log('x')", None),
        ] {
            assert_eq!(Source::new(text, &none).port(), port, "{text}");
        }
        let given = |name: &str| (name == "PORT").then(|| "81".to_string());
        assert_eq!(Source::new("app.listen(process.env.PORT || 80)", &given).port(), Some(81));
    }

    #[test]
    fn what_cannot_be_told_is_not_recognised() {
        for (text, recognised) in [
            ("require('express'); app.get('/', (q, r) => r.send('hi')); app.listen(80)", true),
            ("require('express'); app.get('/', (q, r) => r.json({ ok: true, n: 1 })); app.listen(80)", true),
            ("require('express'); app.get('/', (q, r) => r.json(rows)); app.listen(80)", false),
            ("require('pg'); app.get('/', (q, r) => r.send('hi')); app.listen(80)", false),
            ("require('./routes'); app.listen(80)", false),
            ("import { Queue } from 'bullmq'\nnew Worker('q')", false),
            ("console.log('done')", true),
        ] {
            assert_eq!(Source::new(text, &none).is_recognised(), recognised, "{text}");
        }
    }
}
