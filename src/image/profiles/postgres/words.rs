//! PostgreSQL's words for what is wrong with a statement (texts of version 15).

use crate::image::sql::{Dialect, Kind, Problem, SqlError, Thing};
use serde_json::{Value, json};

/// An error as the server sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The primary message.
    pub message: String,
    /// Where it points: offset in the text that was sent.
    pub at: Option<usize>,
    /// DETAIL.
    pub detail: Option<String>,
    /// HINT.
    pub hint: Option<String>,
    /// CONTEXT.
    pub context: Option<String>,
}

impl Report {
    /// Only a message.
    pub fn of(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    fn detailed(message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::of(message) }
    }

    fn hinted(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..Self::of(message) }
    }

    /// As it goes over the wire.
    pub fn to_json(&self) -> Value {
        json!({ "message": self.message, "at": self.at, "detail": self.detail, "hint": self.hint, "context": self.context })
    }

    /// Reads [`Report::to_json`].
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().map(str::to_string);
        let at = value["at"].as_u64().and_then(|at| usize::try_from(at).ok());
        Some(Self {
            message: text("message")?,
            at,
            detail: text("detail"),
            hint: text("hint"),
            context: text("context"),
        })
    }

    /// The lines of the server's log, without what stands before each.
    pub fn log_lines(&self) -> Vec<String> {
        let place = self.at.map_or(String::new(), |at| format!(" at character {}", at + 1));
        let rest = [("DETAIL", &self.detail), ("HINT", &self.hint), ("CONTEXT", &self.context)];
        let rest = rest.into_iter().filter_map(|(word, text)| Some(format!("{word}:  {}", text.as_ref()?)));
        [format!("ERROR:  {}{place}", self.message)].into_iter().chain(rest).collect()
    }

    /// What a client prints: the message, the line it points at, and the rest (`pqBuildErrorMessage3` of libpq).
    pub fn shown(&self, sent: &str) -> String {
        let pointer = self.at.map_or(String::new(), |at| format!("\n{}", pointer(sent, at)));
        let rest = [("DETAIL", &self.detail), ("HINT", &self.hint), ("CONTEXT", &self.context)];
        let rest = rest.into_iter().filter_map(|(word, text)| Some(format!("\n{word}:  {}", text.as_ref()?)));
        format!("ERROR:  {}{pointer}{}", self.message, rest.collect::<String>())
    }
}

/// The line of a text that an offset is in, cut to 60 characters around it, and a caret below (`reportErrorPosition` of libpq).
fn pointer(sent: &str, at: usize) -> String {
    const WIDTH: usize = 60;
    const RIGHT: usize = 10;
    let boundary = (0..=at.min(sent.len())).rev().find(|at| sent.is_char_boundary(*at)).unwrap_or(0);
    let before = &sent[..boundary];
    let number = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line: Vec<char> =
        sent[start..].chars().take_while(|c| *c != '\n').map(|c| if c == '\t' { ' ' } else { c }).collect();
    let place = before[start..].chars().count();
    let (mut from, mut to) = (0, line.len());
    if line.len() > WIDTH {
        if WIDTH >= place + RIGHT {
            to = WIDTH;
        } else {
            to = to.min(place + RIGHT);
            from = to.saturating_sub(WIDTH);
        }
    }
    let dots = |is_cut: bool| if is_cut { "..." } else { "" };
    let head = format!("LINE {number}: {}", dots(from > 0));
    let text: String = line[from..to].iter().collect();
    format!("{head}{text}{}\n{}^", dots(to < line.len()), " ".repeat(head.len() + place - from))
}

fn name(kind: &Kind) -> String {
    kind.plain_name(Dialect::Postgres)
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(name).collect::<Vec<_>>().join(", ")
}

const CASTS: &str = "You might need to add explicit type casts.";

/// The words for an error.
pub fn report(error: &SqlError) -> Report {
    let words = syntax(&error.problem)
        .or_else(|| missing(&error.problem))
        .or_else(|| constraint(&error.problem))
        .or_else(|| kinds(&error.problem))
        .unwrap_or_else(|| other(&error.problem));
    Report { at: error.at.filter(|_| points(&error.problem)), ..words }
}

/// Whether PostgreSQL says where such an error is.
fn points(problem: &Problem) -> bool {
    !matches!(
        problem,
        Problem::Missing(thing, _) if !matches!(thing, Thing::Relation | Thing::Schema)
    )
}

fn syntax(problem: &Problem) -> Option<Report> {
    Some(match problem {
        Problem::Syntax { near, .. } if near.is_empty() => Report::of("syntax error at end of input"),
        Problem::Syntax { near, .. } => Report::of(format!("syntax error at or near \"{near}\"")),
        Problem::OpenQuote(rest) => {
            let what = if rest.starts_with('"') { "identifier" } else { "string" };
            Report::of(format!("unterminated quoted {what} at or near \"{rest}\""))
        }
        Problem::Unsupported(what) => Report::of(format!("the simulation's SQL does not know {what}")),
        Problem::TooManyValues { .. } => Report::of("INSERT has more expressions than target columns"),
        Problem::TooFewValues { .. } => Report::of("INSERT has more target columns than expressions"),
        Problem::ColumnCount => Report::of("each UNION query must have the same number of columns"),
        _ => return None,
    })
}

fn missing(problem: &Problem) -> Option<Report> {
    Some(match problem {
        Problem::Missing(thing, name) | Problem::NothingToDrop(thing, name) => {
            Report::of(format!("{} \"{name}\" does not exist", thing.word()))
        }
        Problem::Exists(Thing::Index, name) => Report::of(format!("relation \"{name}\" already exists")),
        Problem::Exists(thing, name) => Report::of(format!("{} \"{name}\" already exists", thing.word())),
        Problem::NoSuchColumn { name, like, .. } => {
            let hint = like.as_ref().map(|column| format!("Perhaps you meant to reference {column}."));
            Report { hint, ..Report::of(format!("column {name} does not exist")) }
        }
        Problem::NoSuchColumnOf { table, column } if table.is_empty() => {
            Report::of(format!("column \"{column}\" does not exist"))
        }
        Problem::NoSuchColumnOf { table, column } => {
            Report::of(format!("column \"{column}\" of relation \"{table}\" does not exist"))
        }
        Problem::NoSuchAlias(name) => Report::of(format!("missing FROM-clause entry for table \"{name}\"")),
        Problem::Ambiguous { name, .. } => Report::of(format!("column reference \"{name}\" is ambiguous")),
        Problem::ColumnExists { table, column } => {
            Report::of(format!("column \"{column}\" of relation \"{table}\" already exists"))
        }
        Problem::ColumnTwice(name) => Report::of(format!("column \"{name}\" specified more than once")),
        Problem::NoSuchFunction { name, kinds } => Report::hinted(
            format!("function {name}({}) does not exist", names(kinds)),
            format!("No function matches the given name and argument types. {CASTS}"),
        ),
        Problem::NoSuchType(name) => Report::of(format!("type \"{name}\" does not exist")),
        Problem::NoSuchConstraint { table, name } => {
            Report::of(format!("constraint \"{name}\" of relation \"{table}\" does not exist"))
        }
        Problem::NoSuchSetting(name) => Report::of(format!("unrecognized configuration parameter \"{name}\"")),
        Problem::NoDatabaseChosen => Report::of("no database selected"),
        _ => return None,
    })
}

fn constraint(problem: &Problem) -> Option<Report> {
    Some(match problem {
        Problem::Unique { constraint, columns, values, .. } => Report::detailed(
            format!("duplicate key value violates unique constraint \"{constraint}\""),
            format!("Key ({columns})=({values}) already exists."),
        ),
        Problem::NotNull { table, column, row } => Report::detailed(
            format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"),
            format!("Failing row contains {row}."),
        ),
        Problem::Check { table, constraint, row } => Report::detailed(
            format!("new row for relation \"{table}\" violates check constraint \"{constraint}\""),
            format!("Failing row contains {row}."),
        ),
        Problem::NoSuchKey(pointing) => Report::detailed(
            format!(
                "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
                pointing.table, pointing.constraint
            ),
            format!("Key ({})=({}) is not present in table \"{}\".", pointing.columns, pointing.values, pointing.other),
        ),
        Problem::StillReferenced(pointing) => Report::detailed(
            format!(
                "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
                pointing.table, pointing.constraint, pointing.other
            ),
            format!(
                "Key ({})=({}) is still referenced from table \"{}\".",
                pointing.columns, pointing.values, pointing.other
            ),
        ),
        Problem::GeneratedAlways(column) => Report {
            hint: Some("Use OVERRIDING SYSTEM VALUE to override.".to_string()),
            ..Report::detailed(
                format!("cannot insert a non-DEFAULT value into column \"{column}\""),
                format!("Column \"{column}\" is an identity column defined as GENERATED ALWAYS."),
            )
        },
        Problem::DependsOn { thing: Thing::Role, name, others } => Report::detailed(
            format!("role \"{name}\" cannot be dropped because some objects depend on it"),
            others.join("\n"),
        ),
        Problem::DependsOn { thing: Thing::Relation, others, .. } => Report {
            hint: others.first().map(|other| {
                let table = other.split('"').nth(1).unwrap_or_default();
                format!("Truncate table \"{table}\" at the same time, or use TRUNCATE ... CASCADE.")
            }),
            ..Report::detailed(
                "cannot truncate a table referenced in a foreign key constraint",
                others.first().cloned().unwrap_or_default(),
            )
        },
        Problem::DependsOn { thing, name, others } => Report {
            hint: Some("Use DROP ... CASCADE to drop the dependent objects too.".to_string()),
            ..Report::detailed(
                format!("cannot drop {} {name} because other objects depend on it", thing.word()),
                others.join("\n"),
            )
        },
        _ => return None,
    })
}

fn kinds(problem: &Problem) -> Option<Report> {
    Some(match problem {
        Problem::NoSuchOperator { operator, left, right } => Report::hinted(
            format!("operator does not exist: {} {operator} {}", name(left), name(right)),
            format!("No operator matches the given name and argument types. {CASTS}"),
        ),
        Problem::TooLong { kind: Kind::Character(most), .. } => {
            Report::of(format!("value too long for type character({most})"))
        }
        Problem::TooLong { kind, .. } => {
            Report::of(format!("value too long for type {}", kind.name(Dialect::Postgres)))
        }
        Problem::WrongValue { kind: Kind::Opaque(word), text } if word.starts_with("json") => json_error(text),
        Problem::WrongValue { kind: Kind::Date | Kind::Timestamp | Kind::TimestampZone, text }
            if is_like_date(text) =>
        {
            let month = text.split('-').nth(1).and_then(|month| month.parse::<u32>().ok());
            let hint = "Perhaps you need a different \"datestyle\" setting.".to_string();
            let hint = Some(hint).filter(|_| month.is_some_and(|month| !(1..=12).contains(&month)));
            Report { hint, ..Report::of(format!("date/time field value out of range: \"{text}\"")) }
        }
        Problem::WrongValue { kind, text } => {
            Report::of(format!("invalid input syntax for type {}: \"{text}\"", name(kind)))
        }
        Problem::InvalidInput { kind, text, .. } => {
            Report::of(format!("value \"{text}\" is out of range for type {}", name(kind)))
        }
        Problem::KindMismatch { column, wanted, given } => Report::hinted(
            format!("column \"{column}\" is of type {} but expression is of type {}", name(wanted), name(given)),
            "You will need to rewrite or cast the expression.",
        ),
        Problem::OutOfRange(kind) => Report::of(format!("{} out of range", name(kind))),
        Problem::NumericOverflow { precision, scale, .. } => Report::detailed(
            "numeric field overflow",
            format!(
                "A field with precision {precision}, scale {scale} must round to an absolute value less than 10^{}.",
                precision.saturating_sub(*scale)
            ),
        ),
        Problem::DivisionByZero => Report::of("division by zero"),
        Problem::NotBoolean { place, kind } => {
            Report::of(format!("argument of {place} must be type boolean, not type {}", name(kind)))
        }
        _ => return None,
    })
}

/// Whether a text is written as a date, if of no day that there is.
fn is_like_date(text: &str) -> bool {
    let date: Vec<&str> = text.split([' ', 'T']).next().unwrap_or_default().split('-').collect();
    date.len() == 3 && date.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is wrong with JSON: the first word that is none of its own.
fn json_error(text: &str) -> Report {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let message = "invalid input syntax for type json";
    let Some(start) = text.find(is_word) else {
        return Report::detailed(message, "The input string ended unexpectedly.");
    };
    let length = text[start..].find(|c| !is_word(c)).unwrap_or(text.len() - start);
    let (token, read) = (&text[start..start + length], &text[..start + length]);
    let context = Some(format!("JSON data, line 1: {read}"));
    Report { context, ..Report::detailed(message, format!("Token \"{token}\" is invalid.")) }
}

fn other(problem: &Problem) -> Report {
    match problem {
        Problem::MoreThanOneRow => Report::of("more than one row returned by a subquery used as an expression"),
        Problem::NotUniqueTarget => {
            Report::of("there is no unique constraint matching given keys for referenced table")
        }
        Problem::NotGrouped(column) => Report::of(format!(
            "column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function"
        )),
        Problem::InAggregate { place } => Report::of(format!("aggregate functions are not allowed in {place}")),
        Problem::Denied { thing, name, .. } => Report::of(format!("permission denied for {} {name}", thing.word())),
        Problem::MustOwn(thing, name) => Report::of(format!("must be owner of {} {name}", thing.word())),
        Problem::DeniedFor { what } => Report::of(what.clone()),
        Problem::InUse(name) => Report::detailed(
            format!("database \"{name}\" is being accessed by other users"),
            "There is 1 other session using the database.",
        ),
        Problem::OpenDatabase => Report::of("cannot drop the currently open database"),
        Problem::SequenceUnset(name) => {
            Report::of(format!("currval of sequence \"{name}\" is not yet defined in this session"))
        }
        Problem::Deadlock => Report::hinted("deadlock detected", "See server log for query details."),
        Problem::InTransactionBlock(what) => Report::of(format!("{what} cannot run inside a transaction block")),
        Problem::CannotAlter(text) => match text.split_once("\nDETAIL:  ") {
            Some((message, detail)) => Report::detailed(message, detail),
            None => match text.split_once("\nCONTEXT:  ") {
                Some((message, context)) => Report { context: Some(context.to_string()), ..Report::of(message) },
                None => Report::of(text.clone()),
            },
        },
        problem => Report::of(format!("{problem:?}")),
    }
}
