//! The keys of `build`. Must not know other attributes.

use super::forms::{COUNT, FLAG, GRANT, GRANTS, HOSTS, KEY_VALUES, TEXT, TEXTS, ULIMITS};
use super::{Decoded, Extensions, Form, Object, Type, attribute};

/// `build`: a path, or a mapping.
pub static BUILD: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&BUILD_OBJECT)]);

/// The long form of `build`.
pub static BUILD_OBJECT: Object = Object {
    attributes: &[
        attribute("context", &TEXT, Decoded::Text, "Folder (or address of a repository) that the image is built from.")
            .default("the project's folder")
            .simulated(),
        attribute("dockerfile", &TEXT, Decoded::Text, "Name of the Dockerfile, seen from the context.")
            .default("Dockerfile")
            .simulated(),
        attribute("dockerfile_inline", &TEXT, Decoded::Text, "The Dockerfile itself, in place of a file.").simulated(),
        attribute("entitlements", &TEXTS, Decoded::Texts, "Extra rights given to the build."),
        attribute(
            "args",
            &KEY_VALUES,
            Decoded::Environment,
            "Values for the Dockerfile's ARG instructions. One without a value is taken from the shell.",
        )
        .simulated(),
        attribute("provenance", &FLAG, Decoded::Text, "Whether a record of how the image was built is attached to it."),
        attribute("sbom", &FLAG, Decoded::Text, "Whether a list of the image's software is attached to it."),
        attribute("ssh", &KEY_VALUES, Decoded::Ssh, "SSH agents and keys the build may use."),
        attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels put on the built image.").shown(),
        attribute("cache_from", &TEXTS, Decoded::TextList, "Where the build looks for layers it can reuse."),
        attribute("cache_to", &TEXTS, Decoded::TextList, "Where the build saves its layers for reuse."),
        attribute("no_cache", &FLAG, Decoded::Flag, "Whether every step is run anew.").default("false"),
        attribute(
            "additional_contexts",
            &KEY_VALUES,
            Decoded::KeyValues,
            "Further folders the Dockerfile can copy from, by name.",
        ),
        attribute("pull", &FLAG, Decoded::Flag, "Whether base images are pulled even when they are there.")
            .default("false"),
        attribute("extra_hosts", &HOSTS, Decoded::Hosts, "Further host names during the build."),
        attribute("isolation", &TEXT, Decoded::Text, "How build containers are isolated (Windows)."),
        attribute("network", &TEXT, Decoded::Text, "Network the build's RUN steps use."),
        attribute("target", &TEXT, Decoded::Text, "Stage of a multi-stage Dockerfile to build.")
            .default("the last stage")
            .simulated(),
        attribute(
            "secrets",
            &GRANTS,
            Decoded::Objects(&GRANT),
            "Secrets the build may read; they do not end up in the image.",
        ),
        attribute("shm_size", &COUNT, Decoded::Bytes, "Size of /dev/shm during the build."),
        attribute("tags", &TEXTS, Decoded::TextList, "Further names for the built image."),
        attribute("ulimits", &ULIMITS, Decoded::Ulimits, "Limits of processes during the build."),
        attribute("platforms", &TEXTS, Decoded::TextList, "Platforms the image is built for."),
        attribute("privileged", &FLAG, Decoded::Flag, "Whether build containers get all privileges.").default("false"),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
