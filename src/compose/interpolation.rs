//! Interpolation: variables in strings get their values, and strings where numbers or booleans are wanted become those
//! (semantics 1.4). Runs on one file, before merging. Must not know where variables come from.

use super::format::number;
use super::format::variable::{self, SubstituteError, Substituted};
use super::problems::Problems;
use super::value::{Data, Mapping, Value};
use crate::diagnostic::Applicability;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::text::{Edit, Span, TextRange};
use crate::yaml::Origin;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What interpolation looks variables up in, and where texts stand.
pub struct Interpolation<'a> {
    /// Values of variables.
    pub environment: &'a BTreeMap<String, String>,
    /// Where the texts with variables stand in the file.
    pub origins: &'a BTreeMap<Span, Origin>,
}

/// What a string becomes where Compose wants something else (semantics L36).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cast {
    Int,
    Int64,
    Boolean,
    Float,
    Single,
}

fn cast(path: &[&str]) -> Option<Cast> {
    match path {
        ["services", _, rest @ ..] => cast_service(rest),
        ["networks", _, "external" | "internal" | "attachable" | "enable_ipv4" | "enable_ipv6"]
        | ["volumes" | "secrets" | "configs", _, "external"] => Some(Cast::Boolean),
        _ => None,
    }
}

fn cast_service(path: &[&str]) -> Option<Cast> {
    match path {
        [
            "cpu_count" | "cpu_period" | "cpu_quota" | "cpu_rt_period" | "cpu_rt_runtime" | "cpu_shares"
            | "oom_score_adj" | "pids_limit",
        ] => Some(Cast::Int64),
        ["cpu_percent"] => Some(Cast::Float),
        ["cpus"] => Some(Cast::Single),
        ["init" | "oom_kill_disable" | "privileged" | "read_only" | "stdin_open" | "tty"]
        | ["depends_on", _, "required" | "restart"]
        | ["healthcheck", "disable"]
        | ["volumes", "[]", "read_only"]
        | ["volumes", "[]", "volume", "nocopy"] => Some(Cast::Boolean),
        ["scale"]
        | ["deploy", "replicas"]
        | ["deploy", "update_config" | "rollback_config", "parallelism"]
        | ["deploy", "restart_policy", "max_attempts"]
        | ["deploy", "placement", "max_replicas_per_node"]
        | ["healthcheck", "retries"]
        | ["ports", "[]", "target"]
        | ["ulimits", _]
        | ["ulimits", _, "hard" | "soft"] => Some(Cast::Int),
        ["deploy", "update_config" | "rollback_config", "max_failure_ratio"] => Some(Cast::Float),
        _ => None,
    }
}

impl Interpolation<'_> {
    /// Interpolates all strings of a file's value.
    pub fn apply(&self, model: &mut Mapping, problems: &mut Problems) {
        let mut path: Vec<&str> = Vec::with_capacity(8);
        self.mapping(model, &mut path, problems);
    }

    fn mapping<'v>(&self, mapping: &'v mut Mapping, path: &mut Vec<&'v str>, problems: &mut Problems) {
        for entry in mapping.iter_mut() {
            path.push(&entry.key);
            self.value(&mut entry.value, path, problems);
            path.pop();
        }
    }

    fn value<'v>(&self, value: &'v mut Value, path: &mut Vec<&'v str>, problems: &mut Problems) {
        if value.as_text().is_some() {
            return self.text(value, path, problems);
        }
        match &mut value.data {
            Data::Mapping(mapping) => self.mapping(mapping, path, problems),
            Data::Sequence(items) => {
                path.push("[]");
                items.iter_mut().for_each(|item| self.value(item, path, problems));
                path.pop();
            }
            _ => {}
        }
    }

    fn text(&self, value: &mut Value, path: &[&str], problems: &mut Problems) {
        let Data::Text(text) = &value.data else { return };
        if variable::has_variables(text) {
            let lookup = |name: &str| self.environment.get(name).map(|value| Cow::Borrowed(value.as_str()));
            let result = variable::substitute(text, &lookup);
            self.report_unset(value.span, text, &result, problems);
            if let Some(error) = &result.error {
                self.report_error(value.span, error, path, problems);
                value.data = Data::text("");
                return;
            }
            value.data = Data::text(&result.text);
        }
        if let Some(cast) = cast(path) {
            cast_value(value, cast, path, problems);
        }
    }

    /// Where a range of a text stands in the file.
    fn place(&self, span: Span, range: TextRange) -> Span {
        let range = self.origins.get(&span).map_or(span.range, |origin| origin.file_range(range));
        Span { file: span.file, range: if span.range.contains_range(range) { range } else { span.range } }
    }

    fn report_unset(&self, span: Span, text: &str, result: &Substituted, problems: &mut Problems) {
        for (name, range) in &result.unset {
            let place = self.place(span, *range);
            let message = format!("the variable `{name}` is not set, so an empty text stands in its place");
            let end = Span { file: place.file, range: TextRange::at(place.range.start) };
            let escape = Fix {
                title: format!("Write `$${name}` if the container is to see the dollar sign"),
                applicability: Applicability::Suggested,
                edits: vec![Edit { span: end, new_text: "$".into() }],
            };
            let diagnostic = Diagnostic::new("unset-variable", Severity::Warning, place, message)
                .with_why("Compose puts variables in before it reads the file any further")
                .with_remedy(format!(
                    "Set `{name}` in the shell or in `.env`, or give a default: `${{{name}:-default}}`"
                ));
            let before = (range.start as usize).checked_sub(1).and_then(|at| text.as_bytes().get(at));
            let bare = before == Some(&b'$') && place.range.len() as usize == name.len();
            let diagnostic = if bare { diagnostic.with_fix(escape) } else { diagnostic };
            let text = format!("The \"{name}\" variable is not set. Defaulting to a blank string.");
            problems.warn(text, diagnostic);
        }
    }

    fn report_error(&self, span: Span, error: &SubstituteError, path: &[&str], problems: &mut Problems) {
        let text = error.at_path(&path.join("."));
        let place = self.place(span, error.range());
        let diagnostic = match error {
            SubstituteError::Invalid { .. } => {
                Diagnostic::new("bad-variable", Severity::Error, place, "this `$` begins no variable Compose can read")
                    .with_why("Compose looks for variables in every text of the file")
                    .with_remedy(
                        "Write `$$` for a dollar sign, or `${NAME}` with letters, digits and `_` for a variable",
                    )
            }
            SubstituteError::Missing { variable, reason, .. } => {
                let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
                let message = format!("the variable `{variable}` must be set{because}");
                Diagnostic::new("required-variable", Severity::Error, place, message)
                    .with_why("the file asks for it with `?`")
                    .with_remedy(format!("Set `{variable}` in the shell or in `.env`"))
            }
        };
        problems.refuse(text, diagnostic);
    }
}

fn cast_value(value: &mut Value, cast: Cast, path: &[&str], problems: &mut Problems) {
    let Data::Text(text) = &value.data else { return };
    let outcome = match cast {
        Cast::Int => number::atoi(text).map(Data::Integer),
        Cast::Int64 => number::parse_int(text).map(Data::Integer),
        Cast::Float => number::parse_float(text).map(Data::Float),
        Cast::Single => number::parse_float(text).map(|number| Data::Single(number as f32)),
        Cast::Boolean => number::parse_boolean(text).map(|(flag, warning)| {
            if let Some(warning) = warning {
                let (message, plain) = ("YAML 1.2 knows only `true` and `false` as booleans", flag.to_string());
                let fix = Fix {
                    title: format!("Write `{plain}`"),
                    applicability: Applicability::Safe,
                    edits: vec![Edit { span: value.span, new_text: plain }],
                };
                problems.warn(
                    warning,
                    Diagnostic::new("old-boolean", Severity::Warning, value.span, message).with_fix(fix),
                );
            }
            Data::Bool(flag)
        }),
    };
    match outcome {
        Ok(data) => value.data = data,
        Err(error) => {
            let place = path.join(".");
            let wanted = if cast == Cast::Boolean { "a boolean" } else { "a number" };
            let text_found = text.clone();
            let docker =
                format!("error while interpolating {place}: failed to cast to expected type: {}", error.docker);
            let message = format!("`{text_found}` is not {wanted}");
            problems.refuse(docker, Diagnostic::new("wrong-type", Severity::Error, value.span, message));
            value.data = Data::Null;
        }
    }
}
