//! The attribute table: every key of the Compose language with the forms its value may have, what Docker makes of it,
//! what it means, its default, and how far the simulation heeds it. Validation, decoding, completion, hover text and the
//! reference page all read it. Must not know values.

pub mod build;
pub mod deploy;
pub mod forms;
pub mod service;
pub mod top_level;

pub use top_level::PROJECT;

/// A mapping with known keys.
#[derive(Debug)]
pub struct Object {
    /// The keys, in the order Docker prints and decodes them.
    pub attributes: &'static [Attribute],
    /// Whether `x-…` keys are allowed.
    pub extensions: Extensions,
    /// Keys that must be there.
    pub required: &'static [&'static str],
}

/// Whether a mapping allows keys that begin with `x-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extensions {
    /// Allowed, and ignored by Docker.
    Allowed,
    /// Refused like any unknown key.
    Refused,
    /// Every key is allowed.
    AnyKey,
}

/// One key.
#[derive(Debug)]
pub struct Attribute {
    /// The key.
    pub name: &'static str,
    /// The forms its value may have.
    pub form: &'static Form,
    /// What Docker decodes it to.
    pub decoded: Decoded,
    /// What it means, in plain words, one or two sentences.
    pub meaning: &'static str,
    /// What holds when it is not set; empty where there is nothing to say.
    pub default: &'static str,
    /// How far the simulation heeds it.
    pub support: Support,
}

/// How far the simulation heeds an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// It has its effect in the simulation.
    Simulated,
    /// It is read and shown (inspect, config), and has no effect.
    ShownOnly,
    /// It is checked as Docker checks it, and has no effect here.
    Ignored,
}

/// The types of JSON, as schema messages name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `array`.
    Array,
    /// `boolean`.
    Boolean,
    /// `integer`.
    Integer,
    /// `mapping`.
    Mapping,
    /// `null`.
    Null,
    /// `number`.
    Number,
    /// `string`.
    String,
}

impl Type {
    /// Its name in a message.
    pub fn name(self) -> &'static str {
        match self {
            Type::Array => "array",
            Type::Boolean => "boolean",
            Type::Integer => "integer",
            Type::Mapping => "mapping",
            Type::Null => "null",
            Type::Number => "number",
            Type::String => "string",
        }
    }
}

/// The forms a value may have: what the Compose Specification's schema says, in this program's own terms.
#[derive(Debug)]
pub enum Form {
    /// Anything.
    Any,
    /// A scalar of one of these types.
    Scalar(&'static [Type]),
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A string that the pattern finds something in.
    Pattern(&'static Pattern),
    /// A whole number between bounds.
    Bounded(Option<i64>, Option<i64>),
    /// A mapping with known keys.
    Object(&'static Object),
    /// A mapping with known keys, or null.
    ObjectOrNull(&'static Object),
    /// A boolean, a string or a mapping with known keys: `external`.
    FlagOrObject(&'static Object),
    /// A mapping with free keys.
    Map(Keys, &'static Form),
    /// A list.
    List(Repeats, &'static Form),
    /// The first of these that fits.
    OneOf(&'static [Form]),
}

/// A pattern, as the schema writes it and as it is tested.
pub struct Pattern {
    /// The text that messages quote.
    pub text: &'static str,
    /// Whether it finds something in a string.
    pub matches: fn(&str) -> bool,
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.text)
    }
}

/// Which keys a free mapping takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Names: letters, digits, `.`, `_` and `-`; others are refused.
    Names,
    /// Names; values of other keys are not checked.
    NamesOrOthers,
    /// Any key that is not empty; the empty one is refused.
    NotEmpty,
    /// Any key.
    Any,
    /// Lower-case letters; values of other keys are not checked.
    LowerCase,
}

/// Whether the items of a list may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Refused.
    Refused,
    /// Allowed.
    Allowed,
}

/// What Docker decodes an attribute to, and thereby how it prints it. `Optional…` are printed whenever they are set, the
/// others only when they are not zero or empty.
#[derive(Clone, Copy, Debug)]
pub enum Decoded {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// A boolean that knows whether it was set.
    OptionalFlag,
    /// A boolean that is always printed.
    PrintedFlag,
    /// A signed number of this Go type.
    Integer(&'static str),
    /// A signed number of this Go type that knows whether it was set.
    OptionalInteger(&'static str),
    /// An unsigned number of this Go type.
    Unsigned(&'static str),
    /// An unsigned number of this Go type that knows whether it was set.
    OptionalUnsigned(&'static str),
    /// A 32-bit fraction.
    Single,
    /// A 32-bit fraction, given as number or string: CPUs.
    Cpus,
    /// A duration.
    Duration,
    /// A duration that knows whether it was set.
    OptionalDuration,
    /// A size in bytes.
    Bytes,
    /// A number of devices, or `all`.
    DeviceCount,
    /// Permission bits, in octal.
    FileMode,
    /// A command line; printed as null when it is not set.
    Command,
    /// The test of a health check.
    HealthTest,
    /// Strings.
    Texts,
    /// Strings, or one string for a list of one.
    TextList,
    /// Strings or numbers.
    NumberTexts,
    /// Keys to strings.
    TextMap,
    /// `KEY=VALUE` as mapping or list; keys without value are empty.
    KeyValues,
    /// Keys to anything scalar.
    Options,
    /// Keys to lists.
    ManyOptions,
    /// Labels.
    Labels,
    /// Environment variables.
    Environment,
    /// Hosts to addresses.
    Hosts,
    /// SSH agents and keys.
    Ssh,
    /// Soft and hard limits, by name.
    Ulimits,
    /// A structure, left out when it is not set.
    Object(&'static Object),
    /// A structure that is always printed.
    PrintedObject(&'static Object),
    /// Structures.
    Objects(&'static Object),
    /// Structures by name.
    ObjectMap(&'static Object),
    /// Structures by name, each of which may be null.
    OptionalObjectMap(&'static Object),
    /// Not decoded at all.
    Nothing,
}

/// An attribute without default that has no effect here; the methods say otherwise.
const fn attribute(name: &'static str, form: &'static Form, decoded: Decoded, meaning: &'static str) -> Attribute {
    Attribute { name, form, decoded, meaning, default: "", support: Support::Ignored }
}

impl Attribute {
    const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    const fn simulated(mut self) -> Self {
        self.support = Support::Simulated;
        self
    }

    const fn shown(mut self) -> Self {
        self.support = Support::ShownOnly;
        self
    }

    /// The strings that are allowed, where only some are.
    pub fn choices(&self) -> &'static [&'static str] {
        choices_of(self.form)
    }

    /// The known keys of its mapping form, if it has one.
    pub fn object(&self) -> Option<&'static Object> {
        object_of(self.form)
    }
}

fn choices_of(form: &'static Form) -> &'static [&'static str] {
    match form {
        Form::Choice(choices) => choices,
        Form::OneOf(forms) => forms.iter().map(choices_of).find(|choices| !choices.is_empty()).unwrap_or(&[]),
        _ => &[],
    }
}

fn object_of(form: &'static Form) -> Option<&'static Object> {
    match form {
        Form::Object(object) | Form::ObjectOrNull(object) | Form::FlagOrObject(object) => Some(object),
        Form::OneOf(forms) => forms.iter().find_map(object_of),
        _ => None,
    }
}

impl Form {
    /// The form of what stands under `key` in a mapping of this form.
    pub fn under(&'static self, key: &str) -> Option<&'static Form> {
        match self {
            Form::Map(_, form) => Some(form),
            Form::OneOf(forms) => forms.iter().find_map(|form| form.under(key)),
            _ => object_of(self)?.attribute(key).map(|attribute| attribute.form),
        }
    }

    /// The form of the items of a list of this form.
    pub fn items(&'static self) -> Option<&'static Form> {
        match self {
            Form::List(_, form) => Some(form),
            Form::OneOf(forms) => forms.iter().find_map(|form| form.items()),
            _ => None,
        }
    }
}

impl Object {
    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// The attribute at a path of keys from the top of a file: `["services", "web", "healthcheck", "test"]`. Names of services,
/// networks and the like stand in the path; the items of a list are `[]`.
pub fn find(path: &[&str]) -> Option<&'static Attribute> {
    let (last, before) = path.split_last()?;
    let mut objects: &'static Object = &PROJECT;
    let mut form: Option<&'static Form> = None;
    for part in before {
        let next = match form {
            None => objects.attribute(part)?.form,
            Some(form) if *part == "[]" => form.items()?,
            Some(form) => form.under(part)?,
        };
        form = Some(next);
        if let Some(object) = object_of(next) {
            objects = object;
        }
    }
    match form {
        None => PROJECT.attribute(last),
        Some(form) => object_of(form)?.attribute(last),
    }
}

/// The known keys at a path, for completion: see [`find`].
pub fn keys_at(path: &[&str]) -> &'static [Attribute] {
    let mut form: Option<&'static Form> = None;
    for part in path {
        let next = match form {
            None => PROJECT.attribute(part).map(|attribute| attribute.form),
            Some(form) if *part == "[]" => form.items(),
            Some(form) => form.under(part),
        };
        match next {
            Some(next) => form = Some(next),
            None => return &[],
        }
    }
    match form {
        None => PROJECT.attributes,
        Some(form) => object_of(form).map_or(&[], |object| object.attributes),
    }
}
