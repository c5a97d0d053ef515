//! Go templates as `--format` takes them: fields, `range`, `if`, `with`, pipelines and Docker's functions, over JSON values.
//! Must not know what the values describe.

use serde_json::Value;
use std::collections::BTreeMap;

/// How deep blocks may nest.
const DEEPEST: usize = 50;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Print(String),
    Block { word: String, condition: String, body: Vec<Piece>, otherwise: Vec<Piece> },
}

/// Each value through the template, one line each; with `table ` in front as a table with a header.
pub fn listing(format: &str, values: &[Value]) -> Result<String, String> {
    headed(format, values, title)
}

/// The same with a header of its own: for each field its title, if it has one.
pub fn headed(format: &str, values: &[Value], title: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let Some(format) = format.strip_prefix("table ") else {
        return values.iter().map(|value| Ok(format!("{}\n", render(format, value)?))).collect();
    };
    let format = format.replace("\\t", "\t");
    let cells = |line: String| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let mut rows = vec![cells(header(&format, title))];
    for value in values {
        rows.push(cells(render(&format, value)?));
    }
    Ok(super::table::table(super::table::DOCKER, &rows))
}

/// A field's title: its name in capitals, as words.
fn title(field: &str) -> Option<String> {
    Some(match field {
        "Names" | "Name" => "NAME".to_owned(),
        "RunningFor" => "CREATED".to_owned(),
        "CreatedAt" => "CREATED AT".to_owned(),
        "ExitCode" => "EXIT CODE".to_owned(),
        other => other.to_uppercase(),
    })
}

/// The header of a table: each field's title, or Go's word for what is not there.
fn header(format: &str, title: impl Fn(&str) -> Option<String>) -> String {
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        line.push_str(before);
        let (action, after) = after.split_once("}}").unwrap_or((after, ""));
        let field = action.split_whitespace().find_map(|word| word.strip_prefix('.')).unwrap_or_default();
        line.push_str(&title(field).unwrap_or_else(|| "<no value>".to_owned()));
        rest = after;
    }
    line + rest
}

/// A value through a template.
pub fn render(format: &str, value: &Value) -> Result<String, String> {
    let pieces = parse(&format.replace("\\t", "\t").replace("\\n", "\n"))?;
    let mut text = String::new();
    print(&pieces, &Scope { root: value, dot: value, variables: BTreeMap::new() }, &mut text)?;
    Ok(text)
}

fn parse(format: &str) -> Result<Vec<Piece>, String> {
    // Open blocks: word, condition, the pieces of the branch before `else`, and whether `else` has come.
    let mut open: Vec<(String, String, Option<Vec<Piece>>)> = Vec::new();
    let mut levels: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut rest = format;
    let failed = |text: &str| format!("template parsing error: template: :1: {text}");
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}").ok_or_else(|| failed("unclosed action"))?;
        let (trims_before, trims_after) = (action.starts_with("- "), action.ends_with(" -"));
        push(&mut levels, Piece::Text(if trims_before { before.trim_end() } else { before }.to_owned()));
        rest = if trims_after { after.trim_start() } else { after };
        let action = action.trim_start_matches("- ").trim_end_matches(" -").trim();
        if action.starts_with("/*") {
            continue;
        }
        let (word, argument) = action.split_once(' ').unwrap_or((action, ""));
        match word {
            "range" | "if" | "with" if open.len() < DEEPEST => {
                open.push((word.to_owned(), argument.trim().to_owned(), None));
                levels.push(Vec::new());
            }
            "range" | "if" | "with" => return Err(failed("too deep")),
            "else" => {
                let body = levels.pop().filter(|_| !open.is_empty()).ok_or_else(|| failed("unexpected {{else}}"))?;
                if let Some(block) = open.last_mut() {
                    block.2 = Some(body);
                }
                levels.push(Vec::new());
            }
            "end" => {
                let (word, condition, before) = open.pop().ok_or_else(|| failed("unexpected {{end}}"))?;
                let last = levels.pop().unwrap_or_default();
                let (body, otherwise) = before.map_or((last.clone(), Vec::new()), |before| (before, last));
                push(&mut levels, Piece::Block { word, condition, body, otherwise });
            }
            _ => push(&mut levels, Piece::Print(action.to_owned())),
        }
    }
    push(&mut levels, Piece::Text(rest.to_owned()));
    match (open.is_empty(), levels.pop()) {
        (true, Some(pieces)) => Ok(pieces),
        _ => Err(failed("unexpected EOF")),
    }
}

fn push(levels: &mut [Vec<Piece>], piece: Piece) {
    if let Some(level) = levels.last_mut() {
        level.push(piece);
    }
}

/// What the words of an action are looked up in.
struct Scope<'v> {
    root: &'v Value,
    dot: &'v Value,
    variables: BTreeMap<String, Value>,
}

impl Scope<'_> {
    /// The scope of a block with another dot; `names` get the values, the last of them the last value.
    fn inner<'v>(&'v self, dot: &'v Value, names: &[String], values: &[Value]) -> Scope<'v> {
        let mut variables = self.variables.clone();
        variables.extend(names.iter().rev().cloned().zip(values.iter().rev().cloned()));
        Scope { root: self.root, dot, variables }
    }
}

/// `$key, $value := .Labels`: the names, and what they are given.
fn assigned(condition: &str) -> (Vec<String>, &str) {
    match condition.split_once(":=") {
        Some((names, value)) => (names.split(',').map(|name| name.trim().to_owned()).collect(), value.trim()),
        None => (Vec::new(), condition),
    }
}

fn print(pieces: &[Piece], scope: &Scope<'_>, text: &mut String) -> Result<(), String> {
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Print(action) => text.push_str(&shown(&pipeline(action, scope)?)),
            Piece::Block { word, condition, body, otherwise } => {
                let (names, condition) = assigned(condition);
                let value = pipeline(condition, scope)?;
                match word.as_str() {
                    "range" => {
                        let items = items(&value);
                        if items.is_empty() {
                            print(otherwise, scope, text)?;
                        }
                        for (key, item) in items {
                            print(body, &scope.inner(item, &names, &[key, item.clone()]), text)?;
                        }
                    }
                    "with" if is_true(&value) => {
                        print(body, &scope.inner(&value, &names, std::slice::from_ref(&value)), text)?;
                    }
                    "if" if is_true(&value) => {
                        print(body, &scope.inner(scope.dot, &names, std::slice::from_ref(&value)), text)?;
                    }
                    _ => print(otherwise, scope, text)?,
                }
            }
        }
    }
    Ok(())
}

/// What `range` goes through: keys or indexes, and values.
fn items(value: &Value) -> Vec<(Value, &Value)> {
    match value {
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.into(), item)).collect(),
        Value::Object(entries) => entries.iter().map(|(key, item)| (key.as_str().into(), item)).collect(),
        _ => Vec::new(),
    }
}

/// A pipeline: each command gets the result of the one before as its last argument.
fn pipeline(text: &str, scope: &Scope<'_>) -> Result<Value, String> {
    let mut piped: Option<Value> = None;
    for command in split(text, '|') {
        piped = Some(call(&words(&command), piped.take(), scope)?);
    }
    piped.ok_or_else(|| "template: :1: missing value for command".to_owned())
}

fn call(words: &[String], piped: Option<Value>, scope: &Scope<'_>) -> Result<Value, String> {
    let Some((name, rest)) = words.split_first() else {
        return Err("template: :1: missing value for command".to_owned());
    };
    let mut arguments = rest.iter().map(|word| operand(word, scope)).collect::<Result<Vec<_>, _>>()?;
    arguments.extend(piped);
    let first = || arguments.first().cloned().unwrap_or(Value::Null);
    Ok(match name.as_str() {
        "json" => Value::String(first().to_string()),
        "len" => match first() {
            Value::Array(items) => items.len().into(),
            Value::Object(entries) => entries.len().into(),
            other => shown(&other).len().into(),
        },
        "index" => arguments.iter().skip(1).fold(first(), |value, key| match (&value, key) {
            (Value::Array(items), Value::Number(at)) => {
                at.as_u64().and_then(|at| items.get(at as usize)).cloned().unwrap_or(Value::Null)
            }
            (value, key) => value.get(shown(key)).cloned().unwrap_or(Value::Null),
        }),
        "eq" => Value::Bool(arguments.iter().skip(1).any(|other| *other == first())),
        "ne" => Value::Bool(arguments.get(1) != arguments.first()),
        "not" => Value::Bool(!is_true(&first())),
        "and" => Value::Bool(arguments.iter().all(is_true)),
        "or" => arguments.iter().find(|value| is_true(value)).cloned().unwrap_or(Value::Null),
        "join" => {
            let items = first().as_array().cloned().unwrap_or_default();
            let between = arguments.get(1).map(shown).unwrap_or_default();
            Value::String(items.iter().map(shown).collect::<Vec<_>>().join(&between))
        }
        "upper" => Value::String(shown(&first()).to_uppercase()),
        "lower" => Value::String(shown(&first()).to_lowercase()),
        "title" => Value::String(shown(&first())),
        "println" => Value::String(format!("{}\n", arguments.iter().map(shown).collect::<Vec<_>>().join(" "))),
        "print" => Value::String(arguments.iter().map(shown).collect()),
        "printf" => Value::String(formatted(&arguments)),
        ".Label" => Value::String(label(scope.dot, &shown(&first()))),
        _ => operand(name, scope)?,
    })
}

/// `printf` with `%s`, `%v`, `%d` and `%q`.
fn formatted(arguments: &[Value]) -> String {
    let pattern = arguments.first().map(shown).unwrap_or_default();
    let mut values = arguments.iter().skip(1);
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '%') {
            (_, true) => match letters.next() {
                Some('%') | None => text.push('%'),
                Some('q') => text.push_str(&super::table::quote(&values.next().map(shown).unwrap_or_default())),
                Some(_) => text.push_str(&values.next().map(shown).unwrap_or_default()),
            },
            (letter, false) => text.push(letter),
        }
    }
    text
}

/// One label out of the text that lists them all.
fn label(value: &Value, name: &str) -> String {
    let all = value.get("Labels").and_then(Value::as_str).unwrap_or_default();
    let found = all.split(',').find_map(|label| label.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_default().to_owned()
}

fn operand(word: &str, scope: &Scope<'_>) -> Result<Value, String> {
    if let Some((inner, path)) = word.strip_prefix('(').and_then(|word| word.rsplit_once(')')) {
        return field(&pipeline(inner, scope)?, path);
    }
    if let Some(path) = word.strip_prefix("$.") {
        return field(scope.root, path);
    }
    match word {
        "." => return Ok(scope.dot.clone()),
        "$" => return Ok(scope.root.clone()),
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if let Some(path) = word.strip_prefix('.') {
        return field(scope.dot, path);
    }
    if word.starts_with('$') {
        let (name, path) = word.split_once('.').unwrap_or((word, ""));
        let undefined = || format!("template parsing error: template: :1: undefined variable \"{name}\"");
        return field(scope.variables.get(name).ok_or_else(undefined)?, path);
    }
    let quoted = word.len() > 1
        && (word.starts_with('"') && word.ends_with('"') || word.starts_with('`') && word.ends_with('`'));
    match (quoted, word.parse::<i64>()) {
        (true, _) => Ok(Value::String(word[1..word.len() - 1].replace("\\\"", "\""))),
        (false, Ok(number)) => Ok(number.into()),
        (false, Err(_)) => Err(format!("template parsing error: template: :1: function \"{word}\" not defined")),
    }
}

fn field(value: &Value, path: &str) -> Result<Value, String> {
    let mut found = value;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        found = match found {
            Value::Null => return Ok(Value::Null),
            found => found.get(name).ok_or_else(|| {
                format!(
                    "template parsing error: template: :1:2: executing \"\" at <.{path}>: map has no entry for key \
                     \"{name}\""
                )
            })?,
        };
    }
    Ok(found.clone())
}

/// What a value looks like when it is printed.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(entries) => {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}:{}", shown(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// The words of a command: quoted texts and parentheses hold together.
fn words(command: &str) -> Vec<String> {
    split(command, ' ').into_iter().filter(|word| !word.is_empty()).collect()
}

/// Parts between separators that stand outside quotes and parentheses, trimmed.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut quote, mut depth) = (Vec::new(), String::new(), None, 0usize);
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '`') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, letter) if letter == separator && depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part.trim().to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_templates_people_write_work() {
        let value = json!({"Name": "/app", "State": {"Status": "running", "Health": {"Status": "healthy",
            "Log": [{"ExitCode": -1, "Output": "late"}, {"ExitCode": 0, "Output": ""}]}}, "Ports": {}, "Labels": {"a.b": "c"}});
        let render = |format: &str| render(format, &value).unwrap();
        assert_eq!(render("{{.State.Status}} {{.Name}}"), "running /app");
        assert_eq!(render("{{range .State.Health.Log}}{{.ExitCode}} {{.Output}};{{end}}"), "-1 late;0 ;");
        assert_eq!(render("{{if .Ports}}some{{else}}none{{end}}"), "none");
        assert_eq!(
            render("{{json .State.Health.Log}}"),
            r#"[{"ExitCode":-1,"Output":"late"},{"ExitCode":0,"Output":""}]"#
        );
        assert_eq!(render("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{$.Name}}{{end}}"), "a.b=c /app");
        assert_eq!(render("{{range $i, $probe := .State.Health.Log}}{{$i}}:{{$probe.ExitCode}} {{end}}"), "0:-1 1:0 ");
        assert_eq!(render("{{(index .State.Health.Log 0).Output}} {{- /* why */ -}} !"), "late!");
        assert_eq!(render("{{index .Labels \"a.b\"}} {{len .State.Health.Log}}"), "c 2");
        assert_eq!(render("{{.State.Status | upper}} {{with .State.Health}}{{.Status}}{{end}}"), "RUNNING healthy");
        assert_eq!(render("{{if eq .State.Status \"running\"}}yes{{end}}{{printf \"%s!\" .Name}}"), "yes/app!");
    }

    #[test]
    fn what_is_wrong_is_an_error() {
        assert!(render("{{.Nope}}", &json!({})).is_err());
        assert!(render("{{if .A}}", &json!({})).is_err());
        assert!(render("{{end}}", &json!({})).is_err());
    }
}
