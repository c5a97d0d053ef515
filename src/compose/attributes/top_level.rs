//! The keys at the top of a file, and those of networks, volumes, secrets, configs, models and includes.
//! Must not know services' keys.

use super::forms::{FLAG, INTEGER, KEY_VALUES, OPTIONS, TEXT, TEXT_OR_TEXTS, TEXTS};
use super::service::SERVICE;
use super::{Decoded, Extensions, Form, Keys, Object, Repeats, Type, attribute};

/// The top of a file.
pub static PROJECT: Object = Object {
    attributes: &[
        attribute(
            "name",
            &TEXT,
            Decoded::Nothing,
            "Name of the project; containers, volumes and networks are named after it.",
        )
        .default("the folder's name")
        .simulated(),
        attribute("version", &TEXT, Decoded::Nothing, "Obsolete: Docker ignores it and warns."),
        attribute("include", &INCLUDES, Decoded::Nothing, "Other Compose projects that become part of this one.")
            .simulated(),
        attribute(
            "services",
            &SERVICES,
            Decoded::ObjectMap(&SERVICE),
            "The programs that make up the project; each runs in containers of its own.",
        )
        .simulated(),
        attribute("networks", &NETWORKS, Decoded::ObjectMap(&NETWORK), "Networks that services can join.").simulated(),
        attribute("volumes", &VOLUMES, Decoded::ObjectMap(&VOLUME), "Named volumes: data that outlives containers.")
            .simulated(),
        attribute("secrets", &SECRETS, Decoded::ObjectMap(&SECRET), "Secrets that services can be given as files.")
            .simulated(),
        attribute(
            "configs",
            &CONFIGS,
            Decoded::ObjectMap(&CONFIG),
            "Configuration that services can be given as files.",
        )
        .simulated(),
        attribute("models", &MODELS, Decoded::ObjectMap(&MODEL), "Language models that services use."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static SERVICES: Form = Form::Map(Keys::Names, &Form::Object(&SERVICE));
static NETWORKS: Form = Form::Map(Keys::NamesOrOthers, &Form::ObjectOrNull(&NETWORK));
static VOLUMES: Form = Form::Map(Keys::Names, &Form::ObjectOrNull(&VOLUME));
static SECRETS: Form = Form::Map(Keys::Names, &Form::Object(&SECRET));
static CONFIGS: Form = Form::Map(Keys::Names, &Form::Object(&CONFIG));
static MODELS: Form = Form::Map(Keys::NamesOrOthers, &Form::Object(&MODEL));

static INCLUDES: Form =
    Form::List(Repeats::Allowed, &Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&INCLUDE)]));
/// An entry of `include`.
pub static INCLUDE: Object = Object {
    attributes: &[
        attribute("path", &TEXT_OR_TEXTS, Decoded::TextList, "The Compose file, or files that are merged.").simulated(),
        attribute("project_directory", &TEXT, Decoded::Text, "Folder its relative paths are seen from.")
            .default("the file's folder")
            .simulated(),
        attribute("env_file", &TEXT_OR_TEXTS, Decoded::TextList, "Files with variables for it.")
            .default(".env beside it")
            .simulated(),
    ],
    extensions: Extensions::Refused,
    required: &[],
};

static EXTERNAL: Form = Form::FlagOrObject(&EXTERNAL_OBJECT);
static EXTERNAL_OBJECT: Object = Object {
    attributes: &[attribute("name", &TEXT, Decoded::Text, "Old way to name an external resource.")],
    extensions: Extensions::Allowed,
    required: &[],
};
static EXTERNAL_ANY: Form = Form::FlagOrObject(&EXTERNAL_ANY_OBJECT);
static EXTERNAL_ANY_OBJECT: Object = Object {
    attributes: &[attribute("name", &TEXT, Decoded::Text, "Old way to name an external resource.")],
    extensions: Extensions::AnyKey,
    required: &[],
};

/// A network.
pub static NETWORK: Object = Object {
    attributes: &[
        attribute("name", &TEXT, Decoded::Text, "Name on the engine.").default("PROJECT_KEY").simulated(),
        attribute("driver", &TEXT, Decoded::Text, "Network driver.").default("bridge").shown(),
        attribute("driver_opts", &OPTIONS, Decoded::Options, "Options of the driver."),
        attribute("ipam", &Form::Object(&IPAM), Decoded::PrintedObject(&IPAM), "How addresses are given out.")
            .simulated(),
        attribute(
            "external",
            &EXTERNAL,
            Decoded::Flag,
            "Whether the network exists already, outside the project; Compose then neither creates nor removes it.",
        )
        .default("false")
        .simulated(),
        attribute("internal", &FLAG, Decoded::Flag, "Whether the network has no way out.").default("false").simulated(),
        attribute("attachable", &FLAG, Decoded::Flag, "Whether other containers may join it (Swarm).").default("false"),
        attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels of the network.").shown(),
        attribute("enable_ipv4", &FLAG, Decoded::OptionalFlag, "Whether the network has IPv4.").default("true"),
        attribute("enable_ipv6", &FLAG, Decoded::OptionalFlag, "Whether the network has IPv6.").default("false"),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static POOLS: Form = Form::List(Repeats::Allowed, &Form::Object(&POOL));
static ADDRESSES: Form = Form::Map(Keys::NotEmpty, &TEXT);
static IPAM: Object = Object {
    attributes: &[
        attribute("driver", &TEXT, Decoded::Text, "Address driver.").default("default"),
        attribute("config", &POOLS, Decoded::Objects(&POOL), "Ranges of addresses.").simulated(),
        attribute("options", &ADDRESSES, Decoded::Nothing, "Options of the address driver."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static POOL: Object = Object {
    attributes: &[
        attribute("subnet", &TEXT, Decoded::Text, "The subnet, as address/bits.").simulated(),
        attribute("gateway", &TEXT, Decoded::Text, "Address of the gateway.").simulated(),
        attribute("ip_range", &TEXT, Decoded::Text, "Part of the subnet containers get addresses from.").simulated(),
        attribute("aux_addresses", &ADDRESSES, Decoded::KeyValues, "Addresses that are taken, by name."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

/// A named volume.
pub static VOLUME: Object = Object {
    attributes: &[
        attribute("name", &TEXT, Decoded::Text, "Name on the engine.").default("PROJECT_KEY").simulated(),
        attribute("driver", &TEXT, Decoded::Text, "Volume driver.").default("local").shown(),
        attribute("driver_opts", &OPTIONS, Decoded::Options, "Options of the driver.").shown(),
        attribute(
            "external",
            &EXTERNAL,
            Decoded::Flag,
            "Whether the volume exists already, outside the project; Compose then neither creates nor removes it.",
        )
        .default("false")
        .simulated(),
        attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels of the volume.").shown(),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

/// A secret.
pub static SECRET: Object = Object {
    attributes: &[
        attribute("name", &TEXT, Decoded::Text, "Name on the engine.").default("PROJECT_KEY").shown(),
        attribute("file", &TEXT, Decoded::Text, "File that holds it.").simulated(),
        attribute("environment", &TEXT, Decoded::Text, "Variable of the shell that holds it.").simulated(),
        attribute("external", &EXTERNAL_ANY, Decoded::Flag, "Whether it exists already, outside the project (Swarm).")
            .default("false")
            .shown(),
        attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels of the secret (Swarm)."),
        attribute("driver", &TEXT, Decoded::Text, "Secret driver (Swarm)."),
        attribute("driver_opts", &OPTIONS, Decoded::Options, "Options of the driver (Swarm)."),
        attribute("template_driver", &TEXT, Decoded::Text, "Template driver (Swarm)."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

/// A config.
pub static CONFIG: Object = Object {
    attributes: &[
        attribute("name", &TEXT, Decoded::Text, "Name on the engine.").default("PROJECT_KEY").shown(),
        attribute("file", &TEXT, Decoded::Text, "File that holds it.").simulated(),
        attribute("environment", &TEXT, Decoded::Text, "Variable of the shell that holds it.").simulated(),
        attribute("content", &TEXT, Decoded::Text, "The content itself.").simulated(),
        attribute("external", &EXTERNAL_ANY, Decoded::Flag, "Whether it exists already, outside the project (Swarm).")
            .default("false")
            .shown(),
        attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels of the config (Swarm)."),
        attribute("template_driver", &TEXT, Decoded::Text, "Template driver (Swarm)."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

/// A language model.
pub static MODEL: Object = Object {
    attributes: &[
        attribute("name", &TEXT, Decoded::Text, "Name of the model."),
        attribute("model", &TEXT, Decoded::Text, "The model, as an image reference."),
        attribute("context_size", &INTEGER, Decoded::Integer("int"), "Number of tokens it keeps in sight."),
        attribute("runtime_flags", &TEXTS, Decoded::Texts, "Options for the program that runs it."),
    ],
    extensions: Extensions::Allowed,
    required: &["model"],
};
