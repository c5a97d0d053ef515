//! The keys of `deploy` and `develop`. Must not know other attributes.

use super::forms::{COUNT, HOOK, KEY_VALUES, QUANTITY, TEXT, TEXT_OR_TEXTS, TEXTS, UNIQUE_TEXTS};
use super::{Attribute, Decoded, Extensions, Form, Object, Repeats, attribute};

/// `deploy`. A single engine heeds replicas, resource limits and the restart policy; the rest is for Swarm.
pub static DEPLOY: Object = Object {
    attributes: &[
        attribute("mode", &TEXT, Decoded::Text, "How Swarm spreads containers: replicated or global.")
            .default("replicated"),
        attribute("replicas", &COUNT, Decoded::OptionalInteger("int"), "Number of containers of the service.")
            .default("1")
            .simulated(),
        attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels of the Swarm service, not of its containers."),
        attribute("update_config", &Form::Object(&UPDATE), Decoded::Object(&UPDATE), "How Swarm rolls out a change."),
        attribute(
            "rollback_config",
            &Form::Object(&UPDATE),
            Decoded::Object(&UPDATE),
            "How Swarm rolls a change back.",
        ),
        attribute(
            "resources",
            &Form::Object(&RESOURCES),
            Decoded::PrintedObject(&RESOURCES),
            "Limits and reservations of CPU, memory and devices.",
        )
        .shown(),
        attribute(
            "restart_policy",
            &Form::Object(&RESTART_POLICY),
            Decoded::Object(&RESTART_POLICY),
            "When a container that ended is started again, if the service sets no `restart`.",
        )
        .simulated(),
        attribute(
            "placement",
            &Form::Object(&PLACEMENT),
            Decoded::PrintedObject(&PLACEMENT),
            "Which Swarm nodes may run the containers.",
        ),
        attribute("endpoint_mode", &TEXT, Decoded::Text, "How Swarm clients find the containers: vip or dnsrr.")
            .default("vip"),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static ORDERS: Form = Form::Choice(&["start-first", "stop-first"]);
static UPDATE: Object = Object {
    attributes: &[
        attribute(
            "parallelism",
            &COUNT,
            Decoded::OptionalUnsigned("uint64"),
            "How many containers change at once; 0 is all.",
        )
        .default("1"),
        attribute("delay", &TEXT, Decoded::Duration, "Time between two groups of containers.").default("0s"),
        attribute(
            "failure_action",
            &TEXT,
            Decoded::Text,
            "What happens when the change fails: continue, rollback or pause.",
        )
        .default("pause"),
        attribute("monitor", &TEXT, Decoded::Duration, "How long a changed container is watched for failure.")
            .default("5s"),
        attribute("max_failure_ratio", &QUANTITY, Decoded::Single, "Share of failures that is put up with.")
            .default("0"),
        attribute("order", &ORDERS, Decoded::Text, "Whether the old container stops before the new one starts.")
            .default("stop-first"),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static RESOURCES: Object = Object {
    attributes: &[
        attribute("limits", &Form::Object(&LIMITS), Decoded::Object(&RESOURCE), "What a container may use at most.")
            .shown(),
        attribute(
            "reservations",
            &Form::Object(&RESERVATIONS),
            Decoded::Object(&RESOURCE),
            "What is set aside for a container.",
        ),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
const CPUS: Attribute = attribute("cpus", &QUANTITY, Decoded::Cpus, "Number of CPUs; fractions are allowed.").shown();
const MEMORY: Attribute = attribute("memory", &TEXT, Decoded::Bytes, "Memory, as a size: 512m.").shown();
static DEVICES: Form = Form::List(Repeats::Allowed, &Form::Object(&DEVICE));
static GENERIC: Form = Form::List(Repeats::Allowed, &Form::Object(&GENERIC_RESOURCE));
static LIMITS: Object = Object {
    attributes: &[CPUS, MEMORY, attribute("pids", &COUNT, Decoded::Integer("int64"), "Number of processes.").shown()],
    extensions: Extensions::Allowed,
    required: &[],
};
static RESERVATIONS: Object = Object {
    attributes: &[
        CPUS,
        MEMORY,
        attribute("devices", &DEVICES, Decoded::Objects(&DEVICE), "Devices, such as GPUs, that are set aside."),
        attribute(
            "generic_resources",
            &GENERIC,
            Decoded::Objects(&GENERIC_RESOURCE),
            "Resources of the operator's own kinds.",
        ),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
/// What Docker decodes both limits and reservations to.
static RESOURCE: Object = Object {
    attributes: &[
        CPUS,
        MEMORY,
        attribute("pids", &COUNT, Decoded::Integer("int64"), "Number of processes.").shown(),
        attribute("devices", &DEVICES, Decoded::Objects(&DEVICE), "Devices that are set aside."),
        attribute(
            "generic_resources",
            &GENERIC,
            Decoded::Objects(&GENERIC_RESOURCE),
            "Resources of the operator's own kinds.",
        ),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

/// A request for devices: `deploy.resources.reservations.devices` and `gpus`.
pub static DEVICE: Object = Object {
    attributes: &[
        attribute("capabilities", &UNIQUE_TEXTS, Decoded::Texts, "What the device must be able to do: gpu, compute, …"),
        attribute("driver", &TEXT, Decoded::Text, "Driver that provides the device."),
        attribute("count", &COUNT, Decoded::DeviceCount, "Number of devices, or all.").default("all"),
        attribute("device_ids", &UNIQUE_TEXTS, Decoded::Texts, "Particular devices, by id."),
        attribute("options", &KEY_VALUES, Decoded::KeyValues, "Options for the driver."),
    ],
    extensions: Extensions::Allowed,
    required: &["capabilities"],
};

static GENERIC_RESOURCE: Object = Object {
    attributes: &[attribute(
        "discrete_resource_spec",
        &Form::Object(&DISCRETE_RESOURCE),
        Decoded::Object(&DISCRETE_RESOURCE),
        "A resource that is counted.",
    )],
    extensions: Extensions::Allowed,
    required: &[],
};
static DISCRETE_RESOURCE: Object = Object {
    attributes: &[
        attribute("kind", &TEXT, Decoded::Text, "Kind of resource."),
        attribute("value", &QUANTITY, Decoded::Integer("int64"), "How many."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static RESTART_POLICY: Object = Object {
    attributes: &[
        attribute("condition", &TEXT, Decoded::Text, "When a container is started again: none, on-failure or any.")
            .default("any")
            .simulated(),
        attribute("delay", &TEXT, Decoded::OptionalDuration, "Time before it is started again (Swarm)."),
        attribute(
            "max_attempts",
            &COUNT,
            Decoded::OptionalUnsigned("uint64"),
            "How often it is started again at most.",
        )
        .default("without end")
        .simulated(),
        attribute(
            "window",
            &TEXT,
            Decoded::OptionalDuration,
            "How long a start must last to count as a success (Swarm).",
        ),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static PREFERENCES: Form = Form::List(Repeats::Allowed, &Form::Object(&PREFERENCE));
static PLACEMENT: Object = Object {
    attributes: &[
        attribute("constraints", &TEXTS, Decoded::Texts, "What a node must be like."),
        attribute("preferences", &PREFERENCES, Decoded::Objects(&PREFERENCE), "How containers are spread over nodes."),
        attribute(
            "max_replicas_per_node",
            &COUNT,
            Decoded::Unsigned("uint64"),
            "How many containers one node may run.",
        ),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static PREFERENCE: Object = Object {
    attributes: &[attribute("spread", &TEXT, Decoded::Text, "Node label the containers are spread over.")],
    extensions: Extensions::Allowed,
    required: &[],
};

/// `develop`.
pub static DEVELOP: Object = Object {
    attributes: &[attribute(
        "watch",
        &WATCHES,
        Decoded::Objects(&WATCH),
        "What `docker compose watch` does when files change.",
    )],
    extensions: Extensions::Allowed,
    required: &[],
};
static WATCHES: Form = Form::List(Repeats::Allowed, &Form::Object(&WATCH));
static ACTIONS: Form = Form::Choice(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]);
static WATCH: Object = Object {
    attributes: &[
        attribute("path", &TEXT, Decoded::Text, "File or folder that is watched."),
        attribute("action", &ACTIONS, Decoded::Text, "What is done when something in it changes."),
        attribute("target", &TEXT, Decoded::Text, "Path in the container that changed files are copied to."),
        attribute(
            "exec",
            &Form::Object(&HOOK),
            Decoded::PrintedObject(&HOOK),
            "Command run in the container after the files were copied.",
        ),
        attribute("include", &TEXT_OR_TEXTS, Decoded::TextList, "Patterns of files that are watched."),
        attribute("ignore", &TEXT_OR_TEXTS, Decoded::TextList, "Patterns of files that are not watched."),
    ],
    extensions: Extensions::Allowed,
    required: &["path", "action"],
};
