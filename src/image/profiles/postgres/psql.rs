//! `psql`: options, the order of what it is given, statements and their output.

use super::Version;
use super::backslash;
use super::client::{Answer, Session, Target, connect};
use super::print::{Format, Style, Table};
use super::script::{Piece, pieces, substituted};
use super::target::target;
use crate::image::programs::arguments::Arguments;
use crate::kernel::{ExitCode, Process};
use std::collections::BTreeMap;
use std::time::Duration;

/// From its start to its first statement (recording: an exec of psql takes about 60 ms more than a trivial one).
const LAUNCH: Duration = Duration::from_millis(50);

/// Options of clients that have a value.
pub const WITH_VALUE: &[&str] = &[
    "U",
    "username",
    "d",
    "dbname",
    "h",
    "host",
    "p",
    "port",
    "c",
    "command",
    "f",
    "file",
    "v",
    "set",
    "variable",
    "P",
    "pset",
    "F",
    "field-separator",
    "R",
    "record-separator",
    "o",
    "output",
    "L",
    "log-file",
    "T",
    "table-attr",
];

/// Letters and long names of options without a value.
const PLAIN: &[&str] = &[
    "A",
    "no-align",
    "t",
    "tuples-only",
    "x",
    "expanded",
    "q",
    "quiet",
    "1",
    "single-transaction",
    "X",
    "no-psqlrc",
    "w",
    "no-password",
    "W",
    "password",
    "l",
    "list",
    "csv",
    "V",
    "version",
    "n",
    "no-readline",
    "a",
    "echo-all",
    "e",
    "echo-queries",
    "b",
    "echo-errors",
    "E",
    "echo-hidden",
    "z",
    "0",
    "?",
    "help",
];

/// How a part of the work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It goes on.
    Goes,
    /// The script is over.
    Ends,
    /// Something failed.
    Fails,
    /// The session is lost.
    Lost,
}

/// A running psql.
pub struct Psql {
    /// Its process.
    pub process: Process,
    /// Its session.
    pub session: Session,
    /// Where the session is.
    pub target: Target,
    /// How rows are printed.
    pub style: Style,
    /// Whether command tags are left out.
    pub quiet: bool,
    /// Variables.
    pub variables: BTreeMap<String, String>,
    /// The file that is read, for error messages.
    pub file: Option<String>,
    /// How many files are read within each other.
    pub depth: usize,
}

/// Where statements come from.
pub enum Source<'a> {
    /// A file, by the name it is called, with its text.
    File(&'a str, &'a str),
    /// Standard input.
    Lines(&'a str),
}

/// The program.
pub async fn psql(process: Process, version: Version) -> ExitCode {
    let arguments = Arguments::parse(&process.args(), WITH_VALUE);
    if arguments.has(&["V", "version"]) {
        process.print(format!("psql (PostgreSQL) {}\n", version.build())).await;
        return ExitCode::SUCCESS;
    }
    if let Some(name) = arguments.unknown(&[WITH_VALUE, PLAIN].concat()) {
        process.complain(unknown_option("/usr/lib/postgresql/15/bin/psql", "psql", &name)).await;
        return ExitCode::FAILURE;
    }
    // A database and a user may stand without options; what is there beside is told.
    let named = usize::from(arguments.value(&["d", "dbname"]).is_none())
        + usize::from(arguments.value(&["U", "username"]).is_none());
    for extra in arguments.operands.iter().skip(named) {
        process.complain(format!("psql: warning: extra command-line argument \"{extra}\" ignored\n")).await;
    }
    process.sleep(LAUNCH).await;
    let target = target(&process, &arguments);
    let target = if arguments.has(&["l", "list"])
        && arguments.value(&["d", "dbname"]).is_none()
        && arguments.operands.is_empty()
    {
        Target { database: "postgres".to_string(), ..target }
    } else {
        target
    };
    let (session, target) = match begin(&process, target, arguments.has(&["w", "no-password"])).await {
        Ok(begun) => begun,
        Err(code) => return code,
    };
    let mut psql = Psql {
        process: process.clone(),
        session,
        target,
        style: style(&arguments),
        quiet: arguments.has(&["q", "quiet"]),
        variables: variables(&arguments),
        file: None,
        depth: 0,
    };
    if arguments.has(&["l", "list"]) {
        backslash::run(&mut psql, "\\l", "").await;
        return ExitCode::SUCCESS;
    }
    work(&mut psql, &arguments).await
}

/// What getopt says.
pub fn unknown_option(path: &str, program: &str, name: &str) -> String {
    let what = if name.chars().count() == 1 {
        format!("invalid option -- '{name}'")
    } else {
        format!("unrecognized option '--{name}'")
    };
    format!("{path}: {what}\n{program}: hint: Try \"{program} --help\" for more information.\n")
}

fn style(arguments: &Arguments) -> Style {
    let mut style = Style {
        expanded: arguments.has(&["x", "expanded"]),
        tuples_only: arguments.has(&["t", "tuples-only"]),
        ..Style::default()
    };
    if arguments.has(&["A", "no-align"]) {
        style.format = Format::Unaligned;
    }
    if arguments.has(&["csv"]) {
        style.format = Format::Csv;
    }
    if let Some(separator) = arguments.value(&["F", "field-separator"]) {
        style.separator = separator.to_string();
    }
    if let Some(separator) = arguments.value(&["R", "record-separator"]) {
        style.record_separator = separator.to_string();
    }
    for (name, value) in arguments.values(&["P", "pset"]).iter().map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    {
        backslash::set_style(&mut style, name, value);
    }
    style
}

fn variables(arguments: &Arguments) -> BTreeMap<String, String> {
    let sets = arguments.values(&["v", "set", "variable"]);
    sets.iter()
        .map(|set| set.split_once('=').unwrap_or((set, "on")))
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// Begins a session; a server that asks for a password gets it from the terminal, which is standard input when there is none.
pub async fn begin(process: &Process, target: Target, never_asks: bool) -> Result<(Session, Target), ExitCode> {
    let mut target = target;
    loop {
        match connect(process, &target).await {
            Ok(session) => return Ok((session, target)),
            Err(refusal) => {
                let asks = refusal.text().contains("no password supplied") && target.password.is_none() && !never_asks;
                if asks {
                    process.complain(format!("Password for user {}: \n", target.user)).await;
                    let bytes = process.read_to_end(0).await.unwrap_or_default();
                    let given = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_string();
                    if !given.is_empty() {
                        target.password = Some(given);
                        continue;
                    }
                }
                process.complain(format!("psql: error: {}", refusal.text())).await;
                return Err(ExitCode(2));
            }
        }
    }
}

async fn work(psql: &mut Psql, arguments: &Arguments) -> ExitCode {
    let given = arguments.in_order(&["c", "command", "f", "file"]);
    let as_one = arguments.has(&["1", "single-transaction"]) && !given.is_empty();
    if as_one {
        psql.session.send("BEGIN").await;
    }
    let mut code = ExitCode::SUCCESS;
    for (name, value) in &given {
        code = match *name == "c" || *name == "command" {
            true => command(psql, value).await,
            false => file(psql, value).await,
        };
        if !code.is_success() && (psql.stops_at_error() || code == ExitCode(2)) {
            break;
        }
    }
    if as_one {
        psql.session.send(if code.is_success() { "COMMIT" } else { "ROLLBACK" }).await;
    }
    if !given.is_empty() {
        return code;
    }
    let bytes = psql.process.read_to_end(0).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    run_source(psql, Source::Lines(&text)).await
}

async fn command(psql: &mut Psql, text: &str) -> ExitCode {
    let flow = match text.trim_start().starts_with('\\') {
        true => backslash::run(psql, text.trim(), "").await,
        false => psql.send(&substituted(text, &psql.variables), None).await,
    };
    match flow {
        Flow::Goes | Flow::Ends => ExitCode::SUCCESS,
        Flow::Fails => ExitCode::FAILURE,
        Flow::Lost => ExitCode(2),
    }
}

async fn file(psql: &mut Psql, path: &str) -> ExitCode {
    let (name, bytes) = match path {
        "-" => ("<stdin>", psql.process.read_to_end(0).await.map_err(|error| error.to_string())),
        path => (path, psql.process.read_file(path).map(|bytes| bytes.to_vec()).map_err(|error| error.to_string())),
    };
    match bytes {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            run_source(psql, Source::File(name, &text)).await
        }
        Err(error) => {
            psql.process.complain(format!("psql: error: {path}: {error}\n")).await;
            ExitCode::FAILURE
        }
    }
}

/// Runs a script: 3 if it stops at an error, 2 if the session is lost.
pub async fn run_source(psql: &mut Psql, source: Source<'_>) -> ExitCode {
    let (name, text) = match source {
        Source::File(name, text) => (Some(name.to_string()), text),
        Source::Lines(text) => (None, text),
    };
    let outer = std::mem::replace(&mut psql.file, name);
    let flow = psql.script(text).await;
    psql.file = outer;
    match flow {
        Flow::Goes | Flow::Ends => ExitCode::SUCCESS,
        Flow::Fails => ExitCode(3),
        Flow::Lost => ExitCode(2),
    }
}

impl Psql {
    fn stops_at_error(&self) -> bool {
        let value = self.variables.get("ON_ERROR_STOP").map(|value| value.to_lowercase());
        value.is_some_and(|value| !matches!(value.as_str(), "0" | "off" | "false" | "no"))
    }

    /// Runs the pieces of a script.
    pub async fn script(&mut self, text: &str) -> Flow {
        let mut rest = text;
        let mut line = 0;
        loop {
            let (found, left) = pieces(rest);
            let Some((at, lines)) = self.copy_place(&found) else {
                let last = Piece::Statement(left, line + rest.matches('\n').count() + 1);
                return self.pieces(&found, Some(&last), line, None).await;
            };
            // What follows COPY FROM STDIN are its lines, up to `\.`.
            let after = line_offset(rest, lines);
            let end = rest[after..].find("\\.\n").map_or(rest.len(), |end| after + end);
            let data = rest[after..end].to_string();
            match self.pieces(&found[..=at], None, line, Some(&data)).await {
                Flow::Goes => {}
                other => return other,
            }
            let next = (end + 3).min(rest.len());
            line += rest[..next].matches('\n').count();
            rest = &rest[next..];
        }
    }

    /// The first piece that is a COPY FROM STDIN, and the line it ends on.
    fn copy_place(&self, found: &[Piece]) -> Option<(usize, usize)> {
        found.iter().enumerate().find_map(|(at, piece)| match piece {
            Piece::Statement(sql, line) => {
                let lower = sql.to_lowercase();
                (lower.starts_with("copy ") && lower.contains("from stdin")).then_some((at, *line))
            }
            Piece::Backslash(..) => None,
        })
    }

    async fn pieces(&mut self, found: &[Piece], last: Option<&Piece>, lines_before: usize, data: Option<&str>) -> Flow {
        for piece in found.iter().chain(last) {
            let flow = match piece {
                Piece::Statement(sql, _) if sql.is_empty() => Flow::Goes,
                Piece::Statement(sql, line) => {
                    let place = self.file.as_ref().map(|file| format!("psql:{file}:{}: ", lines_before + line));
                    let sql = substituted(sql, &self.variables);
                    let flow = self.send_with(&sql, place.as_deref(), data).await;
                    if flow == Flow::Fails && !self.stops_at_error() { Flow::Goes } else { flow }
                }
                Piece::Backslash(command, before, _) => {
                    let flow = backslash::run(self, command, before).await;
                    if flow == Flow::Fails && !self.stops_at_error() { Flow::Goes } else { flow }
                }
            };
            if flow != Flow::Goes {
                return flow;
            }
        }
        Flow::Goes
    }

    /// Sends a message and prints what comes of it.
    pub async fn send(&mut self, sql: &str, place: Option<&str>) -> Flow {
        self.send_with(sql, place, None).await
    }

    async fn send_with(&mut self, sql: &str, place: Option<&str>, data: Option<&str>) -> Flow {
        let mut reply = self.session.send(sql).await;
        if reply.answers.last().is_some_and(|answer| answer.wants_lines) {
            let lines = match data {
                Some(data) => data.to_string(),
                None => String::from_utf8_lossy(&self.process.read_to_end(0).await.unwrap_or_default()).into_owned(),
            };
            reply = self.session.send_lines(&lines).await;
        }
        for answer in &reply.answers {
            for notice in &answer.notices {
                self.process.complain(format!("{}{notice}\n", place.unwrap_or_default())).await;
            }
            self.process.print(self.shown(answer)).await;
        }
        let Some(error) = reply.error else { return Flow::Goes };
        self.process.complain(format!("{}{error}\n", place.unwrap_or_default())).await;
        if error.starts_with("server closed") {
            self.process.complain("connection to server was lost\n").await;
            return Flow::Lost;
        }
        Flow::Fails
    }

    /// An answer as it is printed: rows, the tag of a change, lines of COPY.
    fn shown(&self, answer: &Answer) -> String {
        if let Some(lines) = &answer.lines {
            return lines.clone();
        }
        let tag = if self.quiet { String::new() } else { format!("{}\n", answer.tag) };
        if !answer.has_rows {
            return tag;
        }
        let rows = Table::of(answer, &self.style).print(&self.style);
        let is_change = ["INSERT", "UPDATE", "DELETE"].iter().any(|word| answer.tag.starts_with(word));
        if is_change { rows + &tag } else { rows }
    }
}

/// Where the line after the line of that number begins.
fn line_offset(text: &str, number: usize) -> usize {
    text.match_indices('\n').nth(number.saturating_sub(1)).map_or(text.len(), |(at, _)| at + 1)
}
