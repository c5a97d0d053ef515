//! Schema validation: whether every value has a form the attribute table allows, with the messages of the JSON-schema
//! library Docker Compose uses, of which Docker prints only the deepest (semantics V1). Must not change values.

use super::attributes::{Extensions, Form, Keys, Object, PROJECT, Repeats, Type};
use super::path::{Path, Step};
use super::value::{Data, Mapping, Value};
use crate::text::Span;

/// One way in which a value does not fit the schema.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Where: the value, or the key that is not known.
    pub span: Span,
    /// The path to the value.
    pub steps: Vec<Step>,
    /// How deep it is; an unknown key counts one deeper than the mapping that holds it.
    pub depth: usize,
    /// What Docker prints, after `validating FILE: `.
    pub docker: String,
    /// What is wrong.
    pub kind: ViolationKind,
    /// Whether it is worth telling: not so for alternatives that were not meant.
    pub meant: bool,
}

/// What is wrong with a value.
#[derive(Clone, Debug)]
pub enum ViolationKind {
    /// It has another type; these are possible, and this is what it is.
    WrongType {
        /// Possible types, all alternatives together.
        expected: Vec<Type>,
        /// What it is.
        found: &'static str,
    },
    /// A key is not known here.
    UnknownKey {
        /// The key.
        key: String,
        /// The known ones; `None` where names are free and this one has bad characters.
        known: Option<&'static Object>,
    },
    /// Keys are missing.
    MissingKeys(Vec<&'static str>),
    /// It is not one of these.
    NotAChoice(&'static [&'static str]),
    /// It does not match this pattern.
    NoMatch(&'static str),
    /// It is below, or above, what is allowed.
    OutOfRange(Option<i64>, Option<i64>),
    /// An item of a list equals the one at this place.
    Repeated(usize),
    /// It is a date.
    Date,
}

/// All violations of a whole file's value, in the order the library finds them.
pub fn validate(value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    static WHOLE: Form = Form::Object(&PROJECT);
    check(&WHOLE, value, &Path::TOP, &mut found);
    found
}

/// The violation Docker prints: the first of the deepest.
pub fn deepest(violations: &[Violation]) -> Option<&Violation> {
    violations.iter().reduce(|best, next| if next.depth > best.depth { next } else { best })
}

fn check(form: &'static Form, value: &Value, path: &Path, found: &mut Vec<Violation>) {
    if matches!(value.data, Data::Timestamp(_)) {
        found.push(violation(value, path, "invalid jsonType time.Time".into(), ViolationKind::Date));
        return;
    }
    match form {
        Form::OneOf(alternatives) => return check_alternatives(alternatives, value, path, found),
        Form::Any => return,
        _ if !fits_type(form, value) => {
            found.push(wrong_type(&types_of(form), value, path));
            return;
        }
        _ => {}
    }
    match (form, &value.data) {
        (Form::Choice(choices), Data::Text(text)) if !choices.contains(&&**text) => {
            let quoted: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
            let verb = if choices.len() == 1 { "value must be" } else { "value must be one of" };
            found.push(violation(
                value,
                path,
                format!("{verb} {}", quoted.join(", ")),
                ViolationKind::NotAChoice(choices),
            ));
        }
        (Form::Pattern(pattern), Data::Text(text)) if !(pattern.matches)(text) => {
            let docker = format!("{} does not match pattern '{}'", quote(text), pattern.text);
            found.push(violation(value, path, docker, ViolationKind::NoMatch(pattern.text)));
        }
        (Form::Bounded(lowest, highest), _) => check_bounds(*lowest, *highest, value, path, found),
        (Form::Object(object) | Form::ObjectOrNull(object) | Form::FlagOrObject(object), Data::Mapping(mapping)) => {
            check_object(object, mapping, value, path, found);
        }
        (Form::Map(keys, form), Data::Mapping(mapping)) => check_map(*keys, form, mapping, value, path, found),
        (Form::List(repeats, form), Data::Sequence(items)) => check_list(*repeats, form, items, value, path, found),
        _ => {}
    }
}

fn check_alternatives(forms: &'static [Form], value: &Value, path: &Path, found: &mut Vec<Violation>) {
    let fitting = forms.iter().position(|form| fits_type(form, value));
    if let Some(form) = fitting.map(|at| &forms[at]) {
        let before = found.len();
        check(form, value, path, found);
        if found.len() == before {
            return;
        }
        found.truncate(before);
    }
    let expected: Vec<Type> = forms.iter().flat_map(types_of).collect();
    for (at, form) in forms.iter().enumerate() {
        let before = found.len();
        check(form, value, path, found);
        let told = fitting.map_or(at == 0, |fitting| fitting == at);
        for violation in &mut found[before..] {
            violation.meant &= told;
            if let (None, ViolationKind::WrongType { expected: types, .. }) = (fitting, &mut violation.kind) {
                *types = expected.clone();
            }
        }
    }
}

fn check_object(object: &'static Object, mapping: &Mapping, value: &Value, path: &Path, found: &mut Vec<Violation>) {
    let missing: Vec<&'static str> = object.required.iter().copied().filter(|key| !mapping.contains(key)).collect();
    if !missing.is_empty() {
        let noun = if missing.len() == 1 { "property" } else { "properties" };
        let docker = format!("missing {noun} {}", quoted(&missing));
        found.push(violation(value, path, docker, ViolationKind::MissingKeys(missing)));
    }
    let mut unknown = Vec::new();
    for entry in mapping.iter() {
        match object.attribute(&entry.key) {
            Some(attribute) => check(attribute.form, &entry.value, &path.key(&entry.key), found),
            None if object.extensions == Extensions::AnyKey => {}
            None if entry.key.starts_with("x-") && object.extensions == Extensions::Allowed => {
                check(&Form::Any, &entry.value, &path.key(&entry.key), found);
            }
            None => unknown.push(entry),
        }
    }
    report_unknown(&unknown, Some(object), path, found);
}

fn check_map(keys: Keys, form: &'static Form, mapping: &Mapping, _: &Value, path: &Path, found: &mut Vec<Violation>) {
    let mut unknown = Vec::new();
    for entry in mapping.iter() {
        let fits = match keys {
            Keys::Names | Keys::NamesOrOthers => is_name(&entry.key),
            Keys::NotEmpty | Keys::Any => !entry.key.is_empty(),
            Keys::LowerCase => !entry.key.is_empty() && entry.key.bytes().all(|byte| byte.is_ascii_lowercase()),
        };
        match keys {
            _ if fits => check(form, &entry.value, &path.key(&entry.key), found),
            Keys::Names | Keys::NotEmpty => unknown.push(entry),
            Keys::NamesOrOthers | Keys::Any | Keys::LowerCase => {}
        }
    }
    report_unknown(&unknown, None, path, found);
}

/// One violation for all unknown keys of a mapping, as Docker prints it; each of them is told apart.
fn report_unknown(
    unknown: &[&super::value::Entry],
    known: Option<&'static Object>,
    path: &Path,
    found: &mut Vec<Violation>,
) {
    let names: Vec<&str> = unknown.iter().map(|entry| &*entry.key).collect();
    let docker = format!("{} additional properties {} not allowed", path.numbered(), quoted(&names));
    for entry in unknown {
        found.push(Violation {
            span: entry.key_span,
            steps: path.key(&entry.key).steps(),
            depth: path.depth() + 1,
            docker: docker.clone(),
            kind: ViolationKind::UnknownKey { key: entry.key.to_string(), known },
            meant: true,
        });
    }
}

fn check_list(
    repeats: Repeats,
    form: &'static Form,
    items: &[Value],
    value: &Value,
    path: &Path,
    found: &mut Vec<Violation>,
) {
    if repeats == Repeats::Refused
        && let Some((first, second)) = first_repetition(items)
    {
        let docker = format!("items at {first} and {second} are equal");
        let mut repeated = violation(value, path, docker, ViolationKind::Repeated(first));
        repeated.span = items[second].span;
        found.push(repeated);
    }
    for (index, item) in items.iter().enumerate() {
        check(form, item, &path.index(index), found);
    }
}

/// The first item that equals an earlier one, and that earlier one.
fn first_repetition(items: &[Value]) -> Option<(usize, usize)> {
    const FEW: usize = 20;
    if items.len() > FEW && items.iter().all(|item| item.as_text().is_some()) {
        let mut seen = std::collections::BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            if let Some(first) = seen.insert(item.as_text(), index) {
                return Some((first, index));
            }
        }
        return None;
    }
    let equal_before = |index: usize| (0..index).find(|before| items[*before].same_data(&items[index]));
    (1..items.len()).find_map(|index| equal_before(index).map(|before| (before, index)))
}

fn check_bounds(lowest: Option<i64>, highest: Option<i64>, value: &Value, path: &Path, found: &mut Vec<Violation>) {
    let number = match value.data {
        Data::Integer(number) => number as f64,
        Data::Unsigned(number) => number as f64,
        Data::Float(number) => number,
        _ => return,
    };
    let kind = ViolationKind::OutOfRange(lowest, highest);
    if let Some(lowest) = lowest.filter(|lowest| number < *lowest as f64) {
        let docker = format!("must be greater than or equal to {lowest}");
        found.push(violation(value, path, docker, kind));
    } else if let Some(highest) = highest.filter(|highest| number > *highest as f64) {
        found.push(violation(value, path, format!("must be less than or equal to {highest}"), kind));
    }
}

fn violation(value: &Value, path: &Path, text: String, kind: ViolationKind) -> Violation {
    let docker = format!("{} {text}", path.numbered());
    Violation { span: value.span, steps: path.steps(), depth: path.depth(), docker, kind, meant: true }
}

fn wrong_type(expected: &[Type], value: &Value, path: &Path) -> Violation {
    let mut names: Vec<&str> = expected.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    let human = match names.split_last() {
        Some((last, [])) => last.to_string(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    };
    let kind = ViolationKind::WrongType { expected: expected.to_vec(), found: type_name(value) };
    violation(value, path, format!("must be a {human}"), kind)
}

/// What a value is, in a word.
pub fn type_name(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "empty",
        Data::Bool(_) => "a boolean",
        Data::Integer(_) | Data::Unsigned(_) | Data::Float(_) => "a number",
        Data::Sequence(_) => "a list",
        Data::Mapping(_) => "a mapping",
        Data::Timestamp(_) => "a date",
        _ => "a string",
    }
}

fn types_of(form: &Form) -> Vec<Type> {
    match form {
        Form::Any => Vec::new(),
        Form::Scalar(types) => types.to_vec(),
        Form::Choice(_) | Form::Pattern(_) => vec![Type::String],
        Form::Bounded(..) => vec![Type::Integer],
        Form::Object(_) | Form::Map(..) => vec![Type::Mapping],
        Form::ObjectOrNull(_) => vec![Type::Mapping, Type::Null],
        Form::FlagOrObject(_) => vec![Type::Boolean, Type::Mapping, Type::String],
        Form::List(..) => vec![Type::Array],
        Form::OneOf(forms) => forms.iter().flat_map(types_of).collect(),
    }
}

fn fits_type(form: &Form, value: &Value) -> bool {
    match form {
        Form::Any => true,
        Form::Scalar(types) => types.iter().any(|kind| is_type(value, *kind)),
        Form::Choice(_) | Form::Pattern(_) => is_type(value, Type::String),
        Form::Bounded(..) => is_type(value, Type::Integer),
        Form::Object(_) | Form::Map(..) => is_type(value, Type::Mapping),
        Form::ObjectOrNull(_) => is_type(value, Type::Mapping) || value.is_null(),
        Form::FlagOrObject(_) => matches!(value.data, Data::Bool(_) | Data::Text(_) | Data::Mapping(_)),
        Form::List(..) => is_type(value, Type::Array),
        Form::OneOf(forms) => forms.iter().any(|form| fits_type(form, value)),
    }
}

fn is_type(value: &Value, kind: Type) -> bool {
    match value.data {
        Data::Null => kind == Type::Null,
        Data::Bool(_) => kind == Type::Boolean,
        Data::Integer(_) | Data::Unsigned(_) | Data::Bytes(_) | Data::Duration(_) => {
            matches!(kind, Type::Integer | Type::Number)
        }
        Data::Float(number) => kind == Type::Number || (kind == Type::Integer && number.fract() == 0.0),
        Data::Single(number) => kind == Type::Number || (kind == Type::Integer && number.fract() == 0.0),
        Data::Text(_) => kind == Type::String,
        Data::Timestamp(_) => false,
        Data::Sequence(_) => kind == Type::Array,
        Data::Mapping(_) => kind == Type::Mapping,
    }
}

/// Whether a name has only the characters that names of services, networks and volumes may have.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}
