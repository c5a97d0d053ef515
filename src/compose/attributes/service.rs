//! The keys of a service. Must not know values.

use super::build::{BUILD, BUILD_OBJECT};
use super::deploy::{DEPLOY, DEVELOP, DEVICE};
use super::forms::{
    BOOLEAN, COMMAND, COUNT, FILES, FLAG, FREE_MAP, GRANT, GRANTS, HOOK, HOOKS, HOSTS, KEY_VALUES, LOG_OPTIONS, NUMBER,
    OPTIONS, QUANTITY, TEXT, TEXT_OR_NULL, TEXT_OR_TEXTS, ULIMITS, UNIQUE_QUANTITIES, UNIQUE_TEXTS,
};
use super::{Attribute, Decoded, Extensions, Form, Keys, Object, Pattern, Repeats, Type, attribute};

/// A service.
pub static SERVICE: Object = Object { attributes: ATTRIBUTES, extensions: Extensions::Allowed, required: &[] };

static ATTRIBUTES: &[Attribute] = &[
    attribute("profiles", &UNIQUE_TEXTS, Decoded::Texts, "The service is left out unless one of these profiles is active.").default("always part of the project").simulated(),
    attribute("annotations", &KEY_VALUES, Decoded::KeyValues, "Annotations for the container runtime."),
    attribute("attach", &FLAG, Decoded::OptionalFlag, "Whether `up` shows this service's output.").default("true").simulated(),
    attribute("build", &BUILD, Decoded::Object(&BUILD_OBJECT), "How the image is built from a Dockerfile.").simulated(),
    attribute("develop", &Form::ObjectOrNull(&DEVELOP), Decoded::Object(&DEVELOP), "What `docker compose watch` does when files change."),
    attribute("blkio_config", &Form::Object(&BLOCK_IO), Decoded::Object(&BLOCK_IO), "Limits of disk input and output."),
    attribute("cap_add", &UNIQUE_TEXTS, Decoded::Texts, "Linux capabilities added to the container's."),
    attribute("cap_drop", &UNIQUE_TEXTS, Decoded::Texts, "Linux capabilities taken from the container's."),
    attribute("cgroup_parent", &TEXT, Decoded::Text, "Control group above the container's."),
    attribute("cgroup", &CGROUPS, Decoded::Text, "Whether the container has a control group namespace of its own."),
    attribute("cpu_count", &CPU_COUNT, Decoded::Integer("int64"), "Number of CPUs (Windows)."),
    attribute("cpu_percent", &CPU_PERCENT, Decoded::Single, "Share of the CPUs (Windows)."),
    attribute("cpu_period", &QUANTITY, Decoded::Integer("int64"), "Length of one scheduler period, in microseconds."),
    attribute("cpu_quota", &QUANTITY, Decoded::Integer("int64"), "CPU time the container gets in one period."),
    attribute("cpu_rt_period", &QUANTITY, Decoded::Integer("int64"), "Length of one real-time scheduler period."),
    attribute("cpu_rt_runtime", &QUANTITY, Decoded::Integer("int64"), "Real-time CPU time the container gets in one period."),
    attribute("cpus", &QUANTITY, Decoded::Single, "Number of CPUs the container may use; fractions are allowed.").shown(),
    attribute("cpuset", &TEXT, Decoded::Text, "The CPUs the container may run on: 0-3 or 0,1."),
    attribute("cpu_shares", &QUANTITY, Decoded::Integer("int64"), "Weight against other containers when CPU is scarce."),
    attribute("command", &COMMAND, Decoded::Command, "What the container runs, or the arguments of its entrypoint. A string is split into words, not given to a shell.").default("the image's CMD").simulated(),
    attribute("configs", &GRANTS, Decoded::Objects(&GRANT), "Configs the containers can read as files.").simulated(),
    attribute("container_name", &CONTAINER_NAME, Decoded::Text, "A fixed name for the container; it then can have no replicas.").default("PROJECT-SERVICE-NUMBER").simulated(),
    attribute("credential_spec", &Form::Object(&CREDENTIAL_SPEC), Decoded::Object(&CREDENTIAL_SPEC), "Windows service account."),
    attribute("depends_on", &DEPENDS_ON, Decoded::ObjectMap(&DEPENDENCY), "Services that must be started, healthy or completed before this one starts.").simulated(),
    attribute("deploy", &Form::ObjectOrNull(&DEPLOY), Decoded::Object(&DEPLOY), "Replicas, resources and restart policy; the rest is for Swarm.").simulated(),
    attribute("device_cgroup_rules", &UNIQUE_TEXTS, Decoded::Texts, "Rules for the devices the container may use."),
    attribute("devices", &DEVICES, Decoded::Objects(&DEVICE_MAPPING), "Devices of the host given to the container."),
    attribute("dns", &TEXT_OR_TEXTS, Decoded::TextList, "DNS servers the container asks."),
    attribute("dns_opt", &UNIQUE_TEXTS, Decoded::Texts, "Options of the DNS resolver."),
    attribute("dns_search", &TEXT_OR_TEXTS, Decoded::TextList, "Domains appended to short host names."),
    attribute("domainname", &TEXT, Decoded::Text, "Domain of the container's host name.").simulated(),
    attribute("entrypoint", &COMMAND, Decoded::Command, "The program the container runs. Setting it drops the image's CMD.").default("the image's ENTRYPOINT").simulated(),
    attribute("provider", &Form::Object(&PROVIDER), Decoded::Object(&PROVIDER), "Another program that runs this service in Compose's place."),
    attribute("environment", &KEY_VALUES, Decoded::Environment, "Variables of the container. One without a value is taken from the shell.").simulated(),
    attribute("env_file", &ENV_FILES, Decoded::Objects(&ENV_FILE), "Files the container's variables are read from; `environment` wins over them.").simulated(),
    attribute("expose", &UNIQUE_QUANTITIES, Decoded::NumberTexts, "Ports the container listens on, as a note: nothing is published.").shown(),
    attribute("extends", &EXTENDS, Decoded::Object(&EXTENDS_OBJECT), "A service whose settings this one starts from.").simulated(),
    attribute("external_links", &UNIQUE_TEXTS, Decoded::Texts, "Containers outside the project that get an alias here."),
    attribute("extra_hosts", &HOSTS, Decoded::Hosts, "Further host names in the container's /etc/hosts.").simulated(),
    attribute("group_add", &UNIQUE_QUANTITIES, Decoded::Texts, "Further groups of the container's user."),
    attribute("gpus", &GPUS, Decoded::Objects(&DEVICE), "GPUs the container may use."),
    attribute("hostname", &TEXT, Decoded::Text, "Host name inside the container.").default("the container's short id").simulated(),
    attribute("healthcheck", &Form::Object(&HEALTHCHECK), Decoded::Object(&HEALTHCHECK), "How the engine finds out whether the container is healthy.").default("the image's HEALTHCHECK").simulated(),
    attribute("image", &TEXT, Decoded::Text, "The image the containers are made from.").simulated(),
    attribute("init", &FLAG, Decoded::OptionalFlag, "Whether a small init process runs as PID 1, passes signals on and reaps children.").simulated(),
    attribute("ipc", &TEXT, Decoded::Text, "Whose shared memory the container uses: its own, the host's or another service's.").simulated(),
    attribute("isolation", &TEXT, Decoded::Text, "How containers are isolated (Windows)."),
    attribute("labels", &KEY_VALUES, Decoded::Labels, "Labels of the containers.").simulated(),
    attribute("label_file", &FILES, Decoded::TextList, "Files labels are read from."),
    attribute("links", &UNIQUE_TEXTS, Decoded::Texts, "Services reachable under an alias. It also makes the service start after them.").simulated(),
    attribute("logging", &Form::Object(&LOGGING), Decoded::Object(&LOGGING), "Where the container's output goes.").shown(),
    attribute("mem_limit", &QUANTITY, Decoded::Bytes, "Memory the container may use.").shown(),
    attribute("mem_reservation", &COUNT, Decoded::Bytes, "Memory that is set aside for the container."),
    attribute("memswap_limit", &QUANTITY, Decoded::Bytes, "Memory and swap together."),
    attribute("mem_swappiness", &COUNT, Decoded::Bytes, "How readily memory is swapped out, 0 to 100."),
    attribute("mac_address", &TEXT, Decoded::Text, "Hardware address of the container."),
    attribute("models", &MODELS, Decoded::OptionalObjectMap(&MODEL_USE), "Language models the service uses."),
    attribute("network_mode", &TEXT, Decoded::Text, "Whose network the container uses: host, none, service:NAME or container:NAME.").simulated(),
    attribute("networks", &NETWORKS, Decoded::OptionalObjectMap(&NETWORK_USE), "Networks the containers join.").default("the project's default network").simulated(),
    attribute("oom_kill_disable", &FLAG, Decoded::Flag, "Whether the kernel spares the container when memory runs out.").default("false"),
    attribute("oom_score_adj", &OOM_SCORE, Decoded::Integer("int64"), "How likely the kernel kills the container when memory runs out."),
    attribute("pid", &TEXT_OR_NULL, Decoded::Text, "Whose processes the container sees: its own, the host's or another service's.").simulated(),
    attribute("pids_limit", &QUANTITY, Decoded::Integer("int64"), "Number of processes the container may have."),
    attribute("platform", &TEXT, Decoded::Text, "Platform of the image, such as linux/amd64.").shown(),
    attribute("ports", &PORTS, Decoded::Objects(&PORT), "Ports of the container that are published on the host.").simulated(),
    attribute("privileged", &FLAG, Decoded::Flag, "Whether the container gets all privileges of the host.").default("false").shown(),
    attribute("pull_policy", &PULL_POLICY, Decoded::Text, "When the image is pulled: always, missing, never, build, daily, weekly, every_….").default("missing").simulated(),
    attribute("pull_refresh_after", &TEXT, Decoded::Nothing, "Time after which the image is pulled anew."),
    attribute("read_only", &FLAG, Decoded::Flag, "Whether the container's own file system is read-only.").default("false").simulated(),
    attribute("restart", &TEXT, Decoded::Text, "When a container that ended is started again: no, always, on-failure[:N] or unless-stopped.").default("no").simulated(),
    attribute("runtime", &TEXT, Decoded::Text, "Container runtime."),
    attribute("scale", &COUNT, Decoded::OptionalInteger("int"), "Number of containers of the service.").default("1").simulated(),
    attribute("secrets", &GRANTS, Decoded::Objects(&GRANT), "Secrets the containers can read as files.").simulated(),
    attribute("security_opt", &UNIQUE_TEXTS, Decoded::Texts, "Options of the host's security modules."),
    attribute("shm_size", &QUANTITY, Decoded::Bytes, "Size of /dev/shm.").default("64m"),
    attribute("stdin_open", &FLAG, Decoded::Flag, "Whether standard input stays open with nobody attached.").default("false").simulated(),
    attribute("stop_grace_period", &TEXT, Decoded::OptionalDuration, "Time a container gets to end by itself before it is killed.").default("10s").simulated(),
    attribute("stop_signal", &TEXT, Decoded::Text, "Signal that asks the container to end.").default("the image's, else SIGTERM").simulated(),
    attribute("storage_opt", &FREE_MAP, Decoded::TextMap, "Options of the storage driver."),
    attribute("sysctls", &KEY_VALUES, Decoded::KeyValues, "Kernel parameters inside the container."),
    attribute("tmpfs", &TEXT_OR_TEXTS, Decoded::TextList, "Paths that are kept in memory and are gone when the container stops.").simulated(),
    attribute("tty", &FLAG, Decoded::Flag, "Whether the container has a terminal.").default("false").simulated(),
    attribute("ulimits", &ULIMITS, Decoded::Ulimits, "Limits of the container's processes."),
    attribute("use_api_socket", &BOOLEAN, Decoded::Flag, "Whether the container gets the engine's socket and credentials.").default("false"),
    attribute("user", &TEXT, Decoded::Text, "User (and group) the container's process runs as.").default("the image's USER").simulated(),
    attribute("userns_mode", &TEXT, Decoded::Text, "User namespace of the container."),
    attribute("uts", &TEXT, Decoded::Text, "Whose host name the container uses.").simulated(),
    attribute("volumes", &VOLUMES, Decoded::Objects(&VOLUME), "What is mounted into the containers: named volumes, folders of the host, memory.").simulated(),
    attribute("volumes_from", &UNIQUE_TEXTS, Decoded::Texts, "Services or containers whose mounts are mounted here too.").simulated(),
    attribute("working_dir", &TEXT, Decoded::Text, "Directory the container's process starts in.").default("the image's WORKDIR").simulated(),
    attribute("post_start", &HOOKS, Decoded::Objects(&HOOK), "Commands run in the container once it has started.").simulated(),
    attribute("pre_stop", &HOOKS, Decoded::Objects(&HOOK), "Commands run in the container before it is stopped.").simulated(),
];

static CGROUPS: Form = Form::Choice(&["host", "private"]);
static CPU_COUNT: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Bounded(Some(0), None)]);
static CPU_PERCENT: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Bounded(Some(0), Some(100))]);
static OOM_SCORE: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Bounded(Some(-1000), Some(1000))]);
static CONTAINER_NAME: Form = Form::Pattern(&Pattern {
    text: "[a-zA-Z0-9][a-zA-Z0-9_.-]+",
    matches: |text| {
        let continues = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_alphanumeric() && continues(pair[1]))
    },
});
static PULL_POLICY: Form = Form::Pattern(&Pattern {
    text: "always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+",
    matches: |text| {
        const WORDS: [&str; 8] =
            ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"];
        let interval = |rest: &str| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest.as_bytes().get(digits).is_some_and(|unit| b"wdhms".contains(unit))
        };
        WORDS.iter().any(|word| text.contains(word))
            || text.match_indices("every_").any(|(at, word)| interval(&text[at + word.len()..]))
    },
});

static BLOCK_IO: Object = Object {
    attributes: &[
        attribute("weight", &COUNT, Decoded::Unsigned("uint16"), "Weight against other containers, 10 to 1000."),
        attribute("weight_device", &WEIGHTS, Decoded::Objects(&DEVICE_WEIGHT), "Weights for single devices."),
        attribute("device_read_bps", &RATES, Decoded::Objects(&DEVICE_RATE), "Bytes read per second at most."),
        attribute("device_read_iops", &RATES, Decoded::Objects(&DEVICE_RATE), "Reads per second at most."),
        attribute("device_write_bps", &RATES, Decoded::Objects(&DEVICE_RATE), "Bytes written per second at most."),
        attribute("device_write_iops", &RATES, Decoded::Objects(&DEVICE_RATE), "Writes per second at most."),
    ],
    extensions: Extensions::Refused,
    required: &[],
};
static WEIGHTS: Form = Form::List(Repeats::Allowed, &Form::Object(&DEVICE_WEIGHT));
static RATES: Form = Form::List(Repeats::Allowed, &Form::Object(&DEVICE_RATE));
static DEVICE_WEIGHT: Object = Object {
    attributes: &[
        attribute("path", &TEXT, Decoded::Text, "The device."),
        attribute("weight", &COUNT, Decoded::Unsigned("uint16"), "Its weight, 10 to 1000."),
    ],
    extensions: Extensions::Refused,
    required: &[],
};
static DEVICE_RATE: Object = Object {
    attributes: &[
        attribute("path", &TEXT, Decoded::Text, "The device."),
        attribute("rate", &COUNT, Decoded::Bytes, "The rate, per second."),
    ],
    extensions: Extensions::Refused,
    required: &[],
};

static CREDENTIAL_SPEC: Object = Object {
    attributes: &[
        attribute("config", &TEXT, Decoded::Text, "Config that holds the credential spec."),
        attribute("file", &TEXT, Decoded::Text, "File that holds the credential spec."),
        attribute("registry", &TEXT, Decoded::Text, "Registry value that holds the credential spec."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

/// The conditions of `depends_on`.
pub static CONDITIONS: Form = Form::Choice(&["service_started", "service_healthy", "service_completed_successfully"]);
static DEPENDS_ON: Form =
    Form::OneOf(&[Form::List(Repeats::Refused, &TEXT), Form::Map(Keys::Names, &Form::Object(&DEPENDENCY))]);
static DEPENDENCY: Object = Object {
    attributes: &[
        attribute(
            "condition",
            &CONDITIONS,
            Decoded::Text,
            "What must hold of the dependency before this service starts.",
        )
        .default("service_started")
        .simulated(),
        attribute(
            "restart",
            &FLAG,
            Decoded::Flag,
            "Whether this service is restarted when Compose restarts or recreates the dependency.",
        )
        .default("false")
        .simulated(),
        attribute(
            "required",
            &BOOLEAN,
            Decoded::PrintedFlag,
            "Whether it is an error if the dependency is not there or fails.",
        )
        .default("true")
        .simulated(),
    ],
    extensions: Extensions::Allowed,
    required: &["condition"],
};

static DEVICES: Form =
    Form::List(Repeats::Allowed, &Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&DEVICE_MAPPING)]));
static DEVICE_MAPPING: Object = Object {
    attributes: &[
        attribute("source", &TEXT, Decoded::Text, "The device on the host."),
        attribute("target", &TEXT, Decoded::Text, "Its path in the container."),
        attribute("permissions", &TEXT, Decoded::Text, "What the container may do with it: r, w, m.").default("rwm"),
    ],
    extensions: Extensions::Allowed,
    required: &["source"],
};

static PROVIDER: Object = Object {
    attributes: &[
        attribute("type", &TEXT, Decoded::Text, "The program that provides the service."),
        attribute("options", &PROVIDER_OPTIONS, Decoded::ManyOptions, "Options for that program."),
    ],
    extensions: Extensions::Allowed,
    required: &["type"],
};
static PROVIDER_OPTION: Form = Form::Scalar(&[Type::String, Type::Number, Type::Boolean]);
static PROVIDER_OPTIONS: Form = Form::Map(
    Keys::Any,
    &Form::OneOf(&[
        Form::Scalar(&[Type::String, Type::Number, Type::Boolean]),
        Form::List(Repeats::Allowed, &PROVIDER_OPTION),
    ]),
);

static ENV_FILES: Form = Form::OneOf(&[
    Form::Scalar(&[Type::String]),
    Form::List(Repeats::Allowed, &Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&ENV_FILE)])),
]);
static ENV_FILE: Object = Object {
    attributes: &[
        attribute("path", &TEXT, Decoded::Text, "The file.").simulated(),
        attribute("required", &FLAG, Decoded::PrintedFlag, "Whether it is an error if the file is missing.")
            .default("true")
            .simulated(),
        attribute("format", &TEXT, Decoded::Text, "`raw` takes values as they are, without quotes or variables.")
            .simulated(),
    ],
    extensions: Extensions::Refused,
    required: &["path"],
};

static EXTENDS: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&EXTENDS_OBJECT)]);
static EXTENDS_OBJECT: Object = Object {
    attributes: &[
        attribute("file", &TEXT, Decoded::Text, "File that holds the service.").default("this file").simulated(),
        attribute("service", &TEXT, Decoded::Text, "The service to start from.").simulated(),
    ],
    extensions: Extensions::Refused,
    required: &["service"],
};

static GPUS: Form = Form::OneOf(&[Form::Choice(&["all"]), Form::List(Repeats::Allowed, &Form::Object(&GPU))]);
static GPU: Object = Object { attributes: DEVICE.attributes, extensions: Extensions::AnyKey, required: &[] };

/// `healthcheck`.
pub static HEALTHCHECK: Object = Object {
    attributes: &[
        attribute("test", &TEST, Decoded::HealthTest, "The command that tests the container: a string for a shell, or a list that begins with CMD, CMD-SHELL or NONE.").default("the image's test").simulated(),
        attribute("timeout", &TEXT, Decoded::OptionalDuration, "Time after which a test that has not ended counts as failed.").default("30s").simulated(),
        attribute("interval", &TEXT, Decoded::OptionalDuration, "Time between the end of one test and the start of the next.").default("30s").simulated(),
        attribute("retries", &QUANTITY, Decoded::OptionalUnsigned("uint64"), "Failures in a row after which the container is unhealthy.").default("3").simulated(),
        attribute("start_period", &TEXT, Decoded::OptionalDuration, "Time after the start in which failures do not count.").default("0s").simulated(),
        attribute("start_interval", &TEXT, Decoded::OptionalDuration, "Time between tests during the start period.").default("5s").simulated(),
        attribute("disable", &FLAG, Decoded::Flag, "Whether the image's health check is switched off.").default("false").simulated(),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static TEST: Form = Form::OneOf(&[Form::Scalar(&[Type::String]), Form::List(Repeats::Allowed, &TEXT)]);

static LOGGING: Object = Object {
    attributes: &[
        attribute("driver", &TEXT, Decoded::Text, "Log driver.").default("json-file").shown(),
        attribute("options", &LOG_OPTIONS, Decoded::Options, "Options of the log driver.").shown(),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static MODELS: Form =
    Form::OneOf(&[Form::List(Repeats::Refused, &TEXT), Form::Map(Keys::NamesOrOthers, &Form::Object(&MODEL_USE))]);
static MODEL_USE: Object = Object {
    attributes: &[
        attribute("endpoint_var", &TEXT, Decoded::Text, "Variable that gets the model's address."),
        attribute("model_var", &TEXT, Decoded::Text, "Variable that gets the model's name."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static NETWORKS: Form = Form::OneOf(&[
    Form::List(Repeats::Refused, &TEXT),
    Form::Map(Keys::Names, &Form::OneOf(&[Form::Object(&NETWORK_USE), Form::Scalar(&[Type::Null])])),
]);
static NETWORK_USE: Object = Object {
    attributes: &[
        attribute("aliases", &UNIQUE_TEXTS, Decoded::Texts, "Further names of the service on this network.")
            .simulated(),
        attribute("driver_opts", &OPTIONS, Decoded::Options, "Options of the network driver for this container."),
        attribute(
            "gw_priority",
            &NUMBER,
            Decoded::Integer("int"),
            "Which network gives the default route: the highest.",
        ),
        attribute("interface_name", &TEXT, Decoded::Text, "Name of the network interface in the container."),
        attribute("ipv4_address", &TEXT, Decoded::Text, "Fixed IPv4 address.").simulated(),
        attribute("ipv6_address", &TEXT, Decoded::Text, "Fixed IPv6 address.").shown(),
        attribute("link_local_ips", &UNIQUE_TEXTS, Decoded::Texts, "Link-local addresses."),
        attribute("mac_address", &TEXT, Decoded::Text, "Hardware address on this network."),
        attribute("priority", &NUMBER, Decoded::Integer("int"), "Which network is joined first: the highest."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static PORTS: Form = Form::List(
    Repeats::Refused,
    &Form::OneOf(&[Form::Scalar(&[Type::Number]), Form::Scalar(&[Type::String]), Form::Object(&PORT)]),
);
static PORT: Object = Object {
    attributes: &[
        attribute("name", &TEXT, Decoded::Text, "A name for the port, for people."),
        attribute("mode", &TEXT, Decoded::Text, "host or ingress; a single engine heeds neither.").default("ingress"),
        attribute("host_ip", &TEXT, Decoded::Text, "Address of the host the port is published on.")
            .default("all interfaces")
            .simulated(),
        attribute("target", &COUNT, Decoded::Unsigned("uint32"), "Port in the container.").simulated(),
        attribute("published", &COUNT, Decoded::Text, "Port, or range of ports, on the host.")
            .default("a free port")
            .simulated(),
        attribute("protocol", &TEXT, Decoded::Text, "tcp, udp or sctp.").default("tcp").simulated(),
        attribute("app_protocol", &TEXT, Decoded::Text, "Protocol spoken on the port, for people."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};

static VOLUMES: Form =
    Form::List(Repeats::Refused, &Form::OneOf(&[Form::Scalar(&[Type::String]), Form::Object(&VOLUME)]));
static VOLUME_TYPES: Form = Form::Choice(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]);
static VOLUME: Object = Object {
    attributes: &[
        attribute(
            "type",
            &VOLUME_TYPES,
            Decoded::Text,
            "What is mounted: a named volume, a path of the host, memory, an image.",
        )
        .simulated(),
        attribute("source", &TEXT, Decoded::Text, "Name of the volume, path on the host, or image.")
            .default("an anonymous volume")
            .simulated(),
        attribute("target", &TEXT, Decoded::Text, "Path in the container.").simulated(),
        attribute("read_only", &FLAG, Decoded::Flag, "Whether the container can only read it.")
            .default("false")
            .simulated(),
        attribute("consistency", &TEXT, Decoded::Text, "How closely host and container must agree (Docker Desktop)."),
        attribute("bind", &Form::Object(&BIND), Decoded::Object(&BIND), "Options of a bind mount.").simulated(),
        attribute(
            "volume",
            &Form::Object(&VOLUME_OPTIONS),
            Decoded::Object(&VOLUME_OPTIONS),
            "Options of a volume mount.",
        )
        .simulated(),
        attribute("tmpfs", &Form::Object(&TMPFS_OPTIONS), Decoded::Object(&TMPFS_OPTIONS), "Options of a tmpfs mount.")
            .simulated(),
        attribute(
            "image",
            &Form::Object(&IMAGE_OPTIONS),
            Decoded::Object(&IMAGE_OPTIONS),
            "Options of an image mount.",
        )
        .simulated(),
    ],
    extensions: Extensions::Allowed,
    required: &["type"],
};
static RECURSIVE: Form = Form::Choice(&["enabled", "disabled", "writable", "readonly"]);
static SELINUX: Form = Form::Choice(&["z", "Z"]);
static BIND: Object = Object {
    attributes: &[
        attribute("selinux", &SELINUX, Decoded::Text, "SELinux label: z shared, Z private."),
        attribute("propagation", &TEXT, Decoded::Text, "How mounts below it are passed on."),
        attribute(
            "create_host_path",
            &FLAG,
            Decoded::Flag,
            "Whether a missing path of the host is created, as a folder.",
        )
        .default("false once a bind block is written")
        .simulated(),
        attribute("recursive", &RECURSIVE, Decoded::Text, "How mounts below it are treated."),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static VOLUME_OPTIONS: Object = Object {
    attributes: &[
        attribute("labels", &KEY_VALUES, Decoded::KeyValues, "Labels of the volume."),
        attribute("nocopy", &FLAG, Decoded::Flag, "Whether the image's files are not copied into an empty volume.")
            .default("false")
            .simulated(),
        attribute("subpath", &TEXT, Decoded::Text, "Path within the volume that is mounted.").simulated(),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static TMPFS_SIZE: Form = Form::OneOf(&[Form::Bounded(Some(0), None), Form::Scalar(&[Type::String])]);
static TMPFS_OPTIONS: Object = Object {
    attributes: &[
        attribute("size", &TMPFS_SIZE, Decoded::Bytes, "How much it can hold.")
            .default("half of the memory")
            .simulated(),
        attribute("mode", &QUANTITY, Decoded::Unsigned("uint32"), "Permissions of its root; write it in octal: 01777.")
            .default("01777")
            .shown(),
    ],
    extensions: Extensions::Allowed,
    required: &[],
};
static IMAGE_OPTIONS: Object = Object {
    attributes: &[attribute("subpath", &TEXT, Decoded::Text, "Path within the image that is mounted.").simulated()],
    extensions: Extensions::Allowed,
    required: &[],
};
