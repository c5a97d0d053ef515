//! From words to fields: parameters, command substitution, arithmetic, splitting, files.

use super::arithmetic;
use super::interpreter::{Flow, Shell};
use super::pattern;
use super::surroundings;
use super::syntax::{Missing, Operation, Parameter, Part, Quoting, Reach, Script, Word};
use crate::kernel::calls::MOST_COLLECTED;
use crate::kernel::{ExitCode, Process};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What characters separate fields if IFS is not set.
const DEFAULT_SEPARATORS: &str = " \t\n";

type Expanded<'a, T> = Pin<Box<dyn Future<Output = Result<T, Flow>> + 'a>>;

/// Fields in the making.
#[derive(Default)]
struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
}

/// One field: its text, and the same as a pattern if it has a special character that was not quoted.
#[derive(Default, Clone)]
struct Field {
    text: String,
    pattern: Option<String>,
}

impl Field {
    fn push_quoted(&mut self, text: &str) {
        self.text.push_str(text);
        if let Some(pattern) = &mut self.pattern {
            pattern.push_str(&pattern::escape(text));
        }
    }

    fn push_bare(&mut self, text: &str) {
        if self.pattern.is_none() && text.contains(['*', '?', '[']) {
            self.pattern = Some(pattern::escape(&self.text));
        }
        self.text.push_str(text);
        if let Some(pattern) = &mut self.pattern {
            pattern.push_str(text);
        }
    }
}

impl Fields {
    fn open(&mut self) -> &mut Field {
        self.current.get_or_insert_default()
    }

    fn close(&mut self) {
        self.done.extend(self.current.take());
    }

    /// The result of an expansion outside quotes, split at the separators.
    fn push_split(&mut self, text: &str, separators: &str) {
        let blank = |next: char| separators.contains(next) && next.is_ascii_whitespace();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if !separators.contains(next) {
                let length = rest.find(|next| separators.contains(next)).unwrap_or(rest.len());
                self.open().push_bare(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            rest = rest.trim_start_matches(blank);
            match rest.chars().next().filter(|next| separators.contains(*next)) {
                Some(hard) => {
                    self.open();
                    self.close();
                    rest = rest[hard.len_utf8()..].trim_start_matches(blank);
                }
                None => self.close(),
            }
        }
    }
}

/// The value of a parameter: one text, or the positional parameters one by one.
enum Value {
    Unset,
    One(Rc<str>),
    Many(Rc<[Rc<str>]>),
}

impl Shell {
    /// The fields `words` expand to.
    pub(super) async fn expand_words(&mut self, words: &[Word]) -> Result<Vec<Rc<str>>, Flow> {
        let mut result = Vec::with_capacity(words.len());
        for word in words {
            match word.parts.as_slice() {
                [Part::Literal(text)] if !text.contains(['*', '?', '[']) => result.push(text.clone()),
                [Part::Quoted(text)] => result.push(text.clone()),
                _ => {
                    let fields = Box::pin(self.expand_fields(&word.parts)).await?;
                    for field in fields.done {
                        self.find_files(field, &mut result);
                    }
                }
            }
        }
        Ok(result)
    }

    async fn expand_fields(&mut self, parts: &[Part]) -> Result<Fields, Flow> {
        let mut fields = Fields::default();
        self.expand_parts(parts, &mut fields).await?;
        fields.close();
        Ok(fields)
    }

    fn find_files(&self, field: Field, result: &mut Vec<Rc<str>>) {
        let pattern = field.pattern.filter(|_| !self.options.no_files);
        let found = pattern.map(|pattern| pattern::files(&self.process, &pattern)).unwrap_or_default();
        if found.is_empty() {
            result.push(field.text.into());
        } else {
            result.extend(found);
        }
    }

    /// The text `word` expands to, neither split nor matched against files.
    pub(super) async fn expand_text(&mut self, word: &Word) -> Result<Rc<str>, Flow> {
        match word.parts.as_slice() {
            [] => Ok("".into()),
            [Part::Literal(text) | Part::Quoted(text)] => Ok(text.clone()),
            parts => Ok(self.expand_field(parts).await?.text.into()),
        }
    }

    /// The pattern `word` expands to: what was quoted stands for itself.
    pub(super) async fn expand_pattern(&mut self, word: &Word) -> Result<String, Flow> {
        let field = self.expand_field(&word.parts).await?;
        Ok(field.pattern.unwrap_or_else(|| pattern::escape(&field.text)))
    }

    async fn expand_field(&mut self, parts: &[Part]) -> Result<Field, Flow> {
        let mut field = Field::default();
        for part in parts {
            match part {
                Part::Literal(text) => field.push_bare(text),
                Part::Quoted(text) => field.push_quoted(text),
                part => {
                    let (value, quoting) = self.single(part).await?;
                    match quoting {
                        Quoting::Double => field.push_quoted(&value),
                        Quoting::Bare => field.push_bare(&value),
                    }
                }
            }
        }
        Ok(field)
    }

    /// The value of an expansion where it cannot become several fields.
    fn single<'a>(&'a mut self, part: &'a Part) -> Expanded<'a, (Rc<str>, Quoting)> {
        Box::pin(async move {
            Ok(match part {
                Part::Parameter(parameter, quoting) => match self.parameter(parameter).await? {
                    Ok(Value::Unset) => ("".into(), *quoting),
                    Ok(Value::One(value)) => (value, *quoting),
                    Ok(Value::Many(values)) => (self.joined(&parameter.name, &values), *quoting),
                    Err(word) => (self.expand_text(word).await?, *quoting),
                },
                Part::Command(substitution, quoting) => (self.substitute(&substitution.0).await?, *quoting),
                Part::Arithmetic(word, quoting) => (self.arithmetic(word).await?, *quoting),
                Part::Tilde(user) => (self.home(user), Quoting::Double),
                Part::Literal(text) => (text.clone(), Quoting::Bare),
                Part::Quoted(text) => (text.clone(), Quoting::Double),
            })
        })
    }

    fn joined(&self, name: &str, values: &[Rc<str>]) -> Rc<str> {
        let separator = match self.variables.get("IFS") {
            Some(separators) if name == "*" => separators.chars().next().map(String::from).unwrap_or_default(),
            _ => " ".into(),
        };
        values.join(&separator).into()
    }

    fn separators(&self) -> Rc<str> {
        self.variables.get("IFS").cloned().unwrap_or_else(|| DEFAULT_SEPARATORS.into())
    }

    fn expand_parts<'a>(&'a mut self, parts: &'a [Part], fields: &'a mut Fields) -> Expanded<'a, ()> {
        Box::pin(async move {
            for part in parts {
                match part {
                    Part::Literal(text) => fields.open().push_bare(text),
                    Part::Quoted(text) => fields.open().push_quoted(text),
                    Part::Parameter(parameter, quoting) => self.expand_parameter(parameter, *quoting, fields).await?,
                    part => {
                        let (value, quoting) = self.single(part).await?;
                        self.push(&value, quoting, fields);
                    }
                }
            }
            Ok(())
        })
    }

    fn push(&self, value: &str, quoting: Quoting, fields: &mut Fields) {
        match quoting {
            Quoting::Double => fields.open().push_quoted(value),
            Quoting::Bare => fields.push_split(value, &self.separators()),
        }
    }

    async fn expand_parameter(
        &mut self,
        parameter: &Parameter,
        quoting: Quoting,
        fields: &mut Fields,
    ) -> Result<(), Flow> {
        match (self.parameter(parameter).await?, quoting) {
            (Ok(Value::Unset), Quoting::Bare) => {}
            (Ok(Value::Unset), Quoting::Double) => drop(fields.open()),
            (Ok(Value::One(value)), _) => self.push(&value, quoting, fields),
            (Ok(Value::Many(values)), Quoting::Double) if &*parameter.name == "@" => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        fields.close();
                    }
                    fields.open().push_quoted(value);
                }
            }
            (Ok(Value::Many(values)), Quoting::Double) => {
                let joined = self.joined(&parameter.name, &values);
                fields.open().push_quoted(&joined);
            }
            (Ok(Value::Many(values)), Quoting::Bare) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        fields.close();
                    }
                    self.push(value, quoting, fields);
                }
            }
            (Err(word), Quoting::Double) => {
                let text = self.expand_text(word).await?;
                fields.open().push_quoted(&text);
            }
            (Err(word), Quoting::Bare) => self.expand_default(word, fields).await?,
        }
        Ok(())
    }

    /// The word of `${V:-word}` outside quotes: its text is split, too.
    async fn expand_default(&mut self, word: &Word, fields: &mut Fields) -> Result<(), Flow> {
        for part in &word.parts {
            match part {
                Part::Literal(text) => self.push(text, Quoting::Bare, fields),
                part => self.expand_parts(std::slice::from_ref(part), fields).await?,
            }
        }
        Ok(())
    }

    /// A parameter's value after its operation, or the word that takes its place.
    async fn parameter<'w>(&mut self, parameter: &'w Parameter) -> Result<Result<Value, &'w Word>, Flow> {
        let value = self.value_of(&parameter.name);
        let is_missing = |missing: Missing| match &value {
            Value::Unset => true,
            Value::One(text) => missing == Missing::Empty && text.is_empty(),
            Value::Many(values) => values.iter().all(|value| missing == Missing::Empty && value.is_empty()),
        };
        match &parameter.operation {
            Operation::Default(missing, word) if is_missing(*missing) => return Ok(Err(word)),
            Operation::Default(..) => {}
            Operation::Alternative(missing, _) if is_missing(*missing) => return Ok(Ok(Value::One("".into()))),
            Operation::Alternative(_, word) => return Ok(Err(word)),
            Operation::Assign(missing, word) => {
                if is_missing(*missing) {
                    let text = self.expand_text(word).await?;
                    self.assign(&parameter.name, text.clone()).await?;
                    return Ok(Ok(Value::One(text)));
                }
            }
            Operation::Require(missing, word) => {
                if is_missing(*missing) {
                    return self.parameter_required(parameter, *missing, word).await;
                }
            }
            operation => {
                if self.options.unset_is_error && matches!(value, Value::Unset) {
                    return self.fatal(&format!("{}: parameter not set", parameter.name)).await;
                }
                return Ok(Ok(self.operate(operation, value).await?));
            }
        }
        Ok(Ok(value))
    }

    async fn parameter_required<T>(&mut self, parameter: &Parameter, missing: Missing, word: &Word) -> Result<T, Flow> {
        let message = self.expand_text(word).await?;
        let message = match (message.is_empty(), missing) {
            (false, _) => message,
            (true, Missing::Empty) => "parameter not set or null".into(),
            (true, Missing::Unset) => "parameter not set".into(),
        };
        self.fatal(&format!("{}: {message}", parameter.name)).await
    }

    async fn operate(&mut self, operation: &Operation, value: Value) -> Result<Value, Flow> {
        let text = match value {
            Value::Many(values) => match operation {
                Operation::Value => return Ok(Value::Many(values)),
                _ => self.joined("*", &values),
            },
            Value::Unset if *operation == Operation::Value => return Ok(Value::Unset),
            Value::Unset => Rc::from(""),
            Value::One(text) => text,
        };
        let result: Rc<str> = match operation {
            Operation::Length => text.chars().count().to_string().into(),
            Operation::TrimStart(reach, word) => {
                let pattern = self.expand_pattern(word).await?;
                let end = pattern::matching_start(&pattern, &text, *reach == Reach::Long);
                text[end.unwrap_or(0)..].into()
            }
            Operation::TrimEnd(reach, word) => {
                let pattern = self.expand_pattern(word).await?;
                let start = pattern::matching_end(&pattern, &text, *reach == Reach::Long);
                text[..start.unwrap_or(text.len())].into()
            }
            Operation::Substring(offset, length) => {
                let offset = self.number(offset).await?;
                let length = match length {
                    Some(length) => Some(self.number(length).await?),
                    None => None,
                };
                substring(&text, offset, length).into()
            }
            Operation::Replace(reach, word, replacement) => {
                let pattern = self.expand_pattern(word).await?;
                let replacement = self.expand_text(replacement).await?;
                replace(&text, &pattern, &replacement, *reach).into()
            }
            _ => text,
        };
        Ok(Value::One(result))
    }

    fn value_of(&self, name: &str) -> Value {
        let text: Rc<str> = match name {
            "?" => self.status.to_string().into(),
            "$" => self.main_pid.to_string().into(),
            "#" => self.positional.len().to_string().into(),
            "!" => match self.last_background {
                Some(pid) => pid.to_string().into(),
                None => return Value::Unset,
            },
            "-" => self.options.letters().into(),
            "0" => self.name.clone(),
            "@" | "*" => return Value::Many(self.positional.clone()),
            _ if name.as_bytes().first().is_some_and(u8::is_ascii_digit) => {
                let at = name.parse::<usize>().unwrap_or(usize::MAX);
                match self.positional.get(at.wrapping_sub(1)) {
                    Some(value) => value.clone(),
                    None => return Value::Unset,
                }
            }
            "LINENO" => self.line.to_string().into(),
            "PPID" => self.parent_pid.to_string().into(),
            "RANDOM" => return Value::One(self.next_random().to_string().into()),
            "FUNCNAME" => self.function.clone().unwrap_or_default(),
            "SHLVL" => self.variables.level(),
            _ => match self.variables.get(name) {
                Some(value) => value.clone(),
                None if name == "PWD" => self.folder(),
                None => match surroundings::first_value(name) {
                    Some(value) => value.into(),
                    None => return Value::Unset,
                },
            },
        };
        Value::One(text)
    }

    async fn number(&mut self, word: &Word) -> Result<i64, Flow> {
        let text = self.expand_text(word).await?;
        match arithmetic::evaluate(&text, &mut ShellVariables(self)) {
            Ok(value) => Ok(value),
            Err(message) => self.fatal(message).await,
        }
    }

    async fn arithmetic(&mut self, word: &Word) -> Result<Rc<str>, Flow> {
        Ok(self.number(word).await?.to_string().into())
    }

    /// What the commands of `script`, run in a subshell, write; without line breaks at the end.
    /// In there `set -e` does not hold.
    async fn substitute(&mut self, script: &Rc<Script>) -> Result<Rc<str>, Flow> {
        let (reader, writer) = self.process.pipe();
        let (mut inner, script) = (self.clone(), script.clone());
        inner.options.exit_on_error = false;
        let forked = self.process.fork(|child| {
            let _ = child.set_descriptor(1, Some(writer));
            async move { inner.run_forked(child, script).await }
        });
        let Ok(child) = forked else { return self.cannot_fork().await };
        let text = collect(&reader).await;
        self.substituted = Some(self.process.wait(&child).await.code());
        Ok(text)
    }
}

async fn collect(reader: &crate::kernel::Description) -> Rc<str> {
    let mut all = Vec::new();
    while all.len() < MOST_COLLECTED {
        match reader.read(MOST_COLLECTED).await {
            Ok(bytes) if !bytes.is_empty() => all.extend(bytes),
            _ => break,
        }
    }
    all.retain(|byte| *byte != 0);
    let text = String::from_utf8_lossy(&all);
    text.trim_end_matches('\n').into()
}

/// Runs `script` as a process of its own, for the shell.
impl Shell {
    pub(super) async fn run_forked(&mut self, process: Process, script: Rc<Script>) -> ExitCode {
        self.enter_subshell(process);
        let flow = self.run_script(&script).await;
        self.finish(flow).await
    }
}

/// A shell's variables as arithmetic sees them.
struct ShellVariables<'a>(&'a mut Shell);

impl arithmetic::Variables for ShellVariables<'_> {
    fn value(&self, name: &str) -> Option<Rc<str>> {
        self.0.variables.get(name).cloned()
    }

    fn assign(&mut self, name: &str, value: i64) {
        let _ = self.0.variables.set(&name.into(), value.to_string());
    }
}

fn substring(text: &str, offset: i64, length: Option<i64>) -> String {
    let count = text.chars().count() as i64;
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = match length {
        None => count,
        Some(length) if length < 0 => (count + length).max(start),
        Some(length) => start.saturating_add(length).min(count),
    };
    text.chars().skip(start as usize).take((end - start).max(0) as usize).collect()
}

fn replace(text: &str, pattern: &str, replacement: &str, reach: Reach) -> String {
    let (mut result, mut rest) = (String::new(), text);
    while let Some(next) = rest.chars().next() {
        match pattern::matching_start(pattern, rest, true).filter(|length| *length > 0) {
            Some(length) => {
                result.push_str(replacement);
                rest = &rest[length..];
                if reach == Reach::Short {
                    break;
                }
            }
            None => {
                result.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    result + rest
}
