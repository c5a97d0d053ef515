//! Forms that many attributes share. Must not know the attributes.

use super::{Attribute, Decoded, Extensions, Form, Keys, Object, Repeats, Type, attribute};

/// A string.
pub static TEXT: Form = Form::Scalar(&[Type::String]);
/// A string or null.
pub static TEXT_OR_NULL: Form = Form::Scalar(&[Type::String, Type::Null]);
/// A boolean.
pub static BOOLEAN: Form = Form::Scalar(&[Type::Boolean]);
/// A boolean, or a string that stands for one.
pub static FLAG: Form = Form::Scalar(&[Type::Boolean, Type::String]);
/// A number.
pub static NUMBER: Form = Form::Scalar(&[Type::Number]);
/// A whole number.
pub static INTEGER: Form = Form::Scalar(&[Type::Integer]);
/// A number, or a string that stands for one.
pub static QUANTITY: Form = Form::Scalar(&[Type::Number, Type::String]);
/// A whole number, or a string that stands for one.
pub static COUNT: Form = Form::Scalar(&[Type::Integer, Type::String]);
/// Strings that may repeat.
pub static TEXTS: Form = Form::List(Repeats::Allowed, &TEXT);
/// Strings that may not repeat.
pub static UNIQUE_TEXTS: Form = Form::List(Repeats::Refused, &TEXT);
/// Strings or numbers that may not repeat.
pub static UNIQUE_QUANTITIES: Form = Form::List(Repeats::Refused, &QUANTITY);
/// One string, or strings that may not repeat.
pub static TEXT_OR_TEXTS: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::List(Repeats::Refused, &TEXT)]);
/// One string, or strings that may repeat.
pub static FILES: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::List(Repeats::Allowed, &TEXT)]);
static ANY_SCALAR: Form = Form::Scalar(&[Type::String, Type::Number, Type::Boolean, Type::Null]);
/// `KEY: value` as mapping, or `KEY=value` as list.
pub static KEY_VALUES: Form =
    Form::OneOf(&[Form::Map(Keys::NotEmpty, &ANY_SCALAR), Form::List(Repeats::Refused, &TEXT)]);
/// A command line: one string, or its words.
pub static COMMAND: Form =
    Form::OneOf(&[Form::Scalar(&[Type::Null]), Form::Scalar(&[Type::String]), Form::List(Repeats::Allowed, &TEXT)]);
/// Driver options.
pub static OPTIONS: Form = Form::Map(Keys::Any, &QUANTITY);
/// Options of a log driver.
pub static LOG_OPTIONS: Form = Form::Map(Keys::Any, &Form::Scalar(&[Type::String, Type::Number, Type::Null]));
/// Keys to strings.
pub static TEXT_MAP: Form = Form::Map(Keys::Any, &TEXT);
/// Any mapping.
pub static FREE_MAP: Form = Form::Map(Keys::Any, &Form::Any);
static ADDRESSES: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::List(Repeats::Allowed, &TEXT)]);
/// Host names to addresses, as mapping or list.
pub static HOSTS: Form = Form::OneOf(&[Form::Map(Keys::NotEmpty, &ADDRESSES), Form::List(Repeats::Refused, &TEXT)]);

static ULIMIT: Form = Form::OneOf(&[Form::Scalar(&[Type::Integer, Type::String]), Form::Object(&ULIMIT_OBJECT)]);
static ULIMIT_OBJECT: Object = Object {
    attributes: &[
        attribute("soft", &COUNT, Decoded::Integer("int"), "The limit that is in force; the process may raise it."),
        attribute("hard", &COUNT, Decoded::Integer("int"), "The highest value the process may raise the limit to."),
    ],
    extensions: Extensions::Allowed,
    required: &["soft", "hard"],
};
/// Limits of processes.
pub static ULIMITS: Form = Form::Map(Keys::LowerCase, &ULIMIT);

/// A secret or config granted to a service: its name, or a mapping.
pub static GRANTS: Form =
    Form::List(Repeats::Allowed, &Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&GRANT)]));
/// The long form of a granted secret or config.
pub static GRANT: Object = Object { attributes: GRANT_ATTRIBUTES, extensions: Extensions::Allowed, required: &[] };
const GRANT_ATTRIBUTES: &[Attribute] = &[
    attribute("source", &TEXT, Decoded::Text, "Key of the secret or config at the top level.").simulated(),
    attribute("target", &TEXT, Decoded::Text, "Path of the file in the container.")
        .default("/run/secrets/NAME for a secret, /NAME for a config")
        .simulated(),
    attribute("uid", &TEXT, Decoded::Text, "Owner of the file in the container.").default("0").shown(),
    attribute("gid", &TEXT, Decoded::Text, "Group of the file in the container.").default("0").shown(),
    attribute("mode", &QUANTITY, Decoded::FileMode, "Permissions of the file, in octal.").default("0444").shown(),
];

/// A command run in a container at a moment of its life.
pub static HOOK: Object = Object {
    attributes: &[
        attribute("command", &COMMAND, Decoded::Command, "The command that is run in the container.").simulated(),
        attribute("user", &TEXT, Decoded::Text, "User the command runs as.").default("the service's user").simulated(),
        attribute("privileged", &FLAG, Decoded::Flag, "Whether the command gets all privileges.").default("false"),
        attribute("working_dir", &TEXT, Decoded::Text, "Directory the command runs in.")
            .default("the service's working directory")
            .simulated(),
        attribute("environment", &KEY_VALUES, Decoded::Environment, "Variables for this command alone.").simulated(),
    ],
    extensions: Extensions::Allowed,
    required: &["command"],
};
/// Hooks.
pub static HOOKS: Form = Form::List(Repeats::Allowed, &Form::Object(&HOOK));
