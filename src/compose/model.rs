//! The typed project: what is left of the files once everything is interpolated, merged and decoded.
//!
//! Field names are the Compose Specification's. Durations are spans, sizes are bytes, paths are absolute. A value that
//! a lint, a message or a cause points at is [`Spanned`].

use crate::text::{Span, Spanned};
use std::collections::BTreeMap;
use std::time::Duration;

/// A whole project, as `docker compose` acts upon it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// Normalised project name.
    pub name: String,
    /// Absolute project directory.
    pub directory: String,
    /// Absolute paths of the Compose files, for labels.
    pub files: Vec<String>,
    /// Services whose profiles are active, by name.
    pub services: BTreeMap<String, Service>,
    /// Services of inactive profiles: known, so not orphans; otherwise invisible.
    pub disabled_services: BTreeMap<String, Service>,
    /// Networks, by key; implied `default` included where a service uses it.
    pub networks: BTreeMap<String, Network>,
    /// Named volumes, by key.
    pub volumes: BTreeMap<String, Volume>,
    /// Secrets, by key.
    pub secrets: BTreeMap<String, FileObject>,
    /// Configs, by key.
    pub configs: BTreeMap<String, FileObject>,
    /// Environment used for interpolation (`.env` and the shell's variables).
    pub environment: BTreeMap<String, String>,
}

/// One service. Empty collections and `None` mean that the attribute is not set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Name: the key under `services`.
    pub name: Spanned<String>,
    /// The whole service's place: from its key to its last value.
    pub span: Span,
    /// `image`.
    pub image: Option<Spanned<String>>,
    /// `build`.
    pub build: Option<Spanned<Build>>,
    /// `command`; `None` keeps the image's, an empty list clears it.
    pub command: Option<Spanned<Vec<String>>>,
    /// `entrypoint`; `None` keeps the image's, an empty list clears it.
    pub entrypoint: Option<Spanned<Vec<String>>>,
    /// Resolved environment: `environment` over `env_file`. `None` for a key that is passed without a value.
    pub environment: BTreeMap<String, Spanned<Option<String>>>,
    /// `env_file` entries.
    pub env_file: Vec<Spanned<EnvFile>>,
    /// Edges to other services: `depends_on`, and those implied by `links`, `volumes_from`, `network_mode` and the like.
    pub depends_on: BTreeMap<String, Dependency>,
    /// `healthcheck`.
    pub healthcheck: Option<Spanned<Healthcheck>>,
    /// `restart`, as written.
    pub restart: Option<Spanned<String>>,
    /// `deploy`: only what a single engine heeds.
    pub deploy: Option<Spanned<Deploy>>,
    /// `scale`.
    pub scale: Option<Spanned<u32>>,
    /// `container_name`.
    pub container_name: Option<Spanned<String>>,
    /// Mounts in the order of the file: `volumes`.
    pub volumes: Vec<Spanned<Mount>>,
    /// `tmpfs` short key: `PATH[:options]`.
    pub tmpfs: Vec<Spanned<String>>,
    /// `volumes_from`.
    pub volumes_from: Vec<Spanned<String>>,
    /// `ports`.
    pub ports: Vec<Spanned<Port>>,
    /// `expose`.
    pub expose: Vec<Spanned<String>>,
    /// Networks by key.
    pub networks: BTreeMap<String, Spanned<ServiceNetwork>>,
    /// `network_mode`.
    pub network_mode: Option<Spanned<String>>,
    /// `links`.
    pub links: Vec<Spanned<String>>,
    /// `profiles`.
    pub profiles: Vec<Spanned<String>>,
    /// `labels`.
    pub labels: BTreeMap<String, Spanned<String>>,
    /// `hostname`.
    pub hostname: Option<Spanned<String>>,
    /// `attach`: whether `up` and `logs` show its output without being asked for it.
    pub attach: Option<Spanned<bool>>,
    /// `init`.
    pub init: Option<Spanned<bool>>,
    /// `read_only`.
    pub read_only: Option<Spanned<bool>>,
    /// `tty`.
    pub tty: Option<Spanned<bool>>,
    /// `stdin_open`.
    pub stdin_open: Option<Spanned<bool>>,
    /// `privileged`.
    pub privileged: Option<Spanned<bool>>,
    /// `user`.
    pub user: Option<Spanned<String>>,
    /// `working_dir`.
    pub working_dir: Option<Spanned<String>>,
    /// `stop_signal`.
    pub stop_signal: Option<Spanned<String>>,
    /// `stop_grace_period`.
    pub stop_grace_period: Option<Spanned<Duration>>,
    /// `pull_policy`.
    pub pull_policy: Option<Spanned<String>>,
    /// `platform`.
    pub platform: Option<Spanned<String>>,
    /// `mem_limit` in bytes.
    pub mem_limit: Option<Spanned<i64>>,
    /// `extra_hosts`: host name to addresses.
    pub extra_hosts: BTreeMap<String, Vec<Spanned<String>>>,
    /// `secrets` and `configs` granted.
    pub secrets: Vec<Spanned<FileReference>>,
    /// `configs` granted.
    pub configs: Vec<Spanned<FileReference>>,
    /// `ipc`, `pid`, `uts` of the form `service:x`, by attribute.
    pub namespaces: BTreeMap<String, Spanned<String>>,
    /// `post_start` hooks.
    pub post_start: Vec<Spanned<Hook>>,
    /// `pre_stop` hooks.
    pub pre_stop: Vec<Spanned<Hook>>,
    /// Extensions, `x-…`, as JSON values.
    pub extensions: BTreeMap<String, Spanned<serde_json::Value>>,
    /// The canonical form of the whole service, as `docker compose config --format json` prints it: what the configuration
    /// hash is made of.
    pub canonical: serde_json::Value,
    /// Place of each attribute that is set, by its name: the key and its value.
    pub attributes: BTreeMap<String, Span>,
}

/// `build`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Absolute path of the context folder, or a remote address.
    pub context: String,
    /// `dockerfile`, relative to the context.
    pub dockerfile: Option<String>,
    /// `dockerfile_inline`.
    pub dockerfile_inline: Option<String>,
    /// `args`.
    pub args: BTreeMap<String, Option<String>>,
    /// `target`.
    pub target: Option<String>,
    /// `labels`.
    pub labels: BTreeMap<String, String>,
}

/// One entry of `env_file`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    /// Absolute path.
    pub path: String,
    /// Whether a missing file is an error.
    pub required: bool,
    /// `format`.
    pub format: Option<String>,
}

/// An edge to another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What has to hold before the dependent starts.
    pub condition: Condition,
    /// Whether Compose restarts the dependent when it restarts or recreates the dependency.
    pub restart: bool,
    /// Whether the dependency must be there and fulfil its condition.
    pub required: bool,
    /// Where the edge is written: the entry of `depends_on`, or the attribute that implies it.
    pub span: Span,
    /// Whether it was written in `depends_on`, not implied.
    pub explicit: bool,
}

/// Condition of a dependency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// `service_started`.
    #[default]
    Started,
    /// `service_healthy`.
    Healthy,
    /// `service_completed_successfully`.
    CompletedSuccessfully,
}

/// `healthcheck`. What is `None` comes from the image, then from the engine (semantics P51).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Healthcheck {
    /// The test in list form: `CMD …`, `CMD-SHELL …` or `NONE`. `None` keeps the image's.
    pub test: Option<Spanned<Vec<String>>>,
    /// Whether the test was written as one string.
    pub test_is_string: bool,
    /// `interval`.
    pub interval: Option<Spanned<Duration>>,
    /// `timeout`.
    pub timeout: Option<Spanned<Duration>>,
    /// `retries`.
    pub retries: Option<Spanned<u64>>,
    /// `start_period`.
    pub start_period: Option<Spanned<Duration>>,
    /// `start_interval`.
    pub start_interval: Option<Spanned<Duration>>,
    /// `disable: true`.
    pub disable: bool,
}

/// The parts of `deploy` that a single engine heeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deploy {
    /// `replicas`.
    pub replicas: Option<Spanned<u32>>,
    /// `restart_policy`, if set.
    pub restart_policy: Option<Spanned<RestartPolicy>>,
    /// `resources.limits.memory` in bytes.
    pub memory_limit: Option<Spanned<i64>>,
}

/// `deploy.restart_policy`: what a single engine heeds of it (semantics R1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestartPolicy {
    /// `condition`.
    pub condition: Option<String>,
    /// `max_attempts`.
    pub max_attempts: Option<u64>,
}

/// One mount of `volumes`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mount {
    /// `type`.
    pub kind: MountKind,
    /// Volume key, absolute host path or image; `None` for an anonymous volume or tmpfs.
    pub source: Option<String>,
    /// Absolute path in the container.
    pub target: String,
    /// `read_only`.
    pub read_only: bool,
    /// Bind: whether a missing host path is created (short syntax, no `bind:` block, or `create_host_path: true`).
    pub create_host_path: bool,
    /// Whether a `bind:` block was written.
    pub has_bind_options: bool,
    /// `volume.nocopy`.
    pub no_copy: bool,
    /// `volume.subpath` or `image.subpath`.
    pub subpath: Option<String>,
    /// `tmpfs.size` in bytes.
    pub tmpfs_size: Option<i64>,
    /// `tmpfs.mode`.
    pub tmpfs_mode: Option<u32>,
    /// Whether it was written in the short syntax.
    pub short_syntax: bool,
}

/// Kinds of mounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum MountKind {
    /// Named if it has a source, else anonymous.
    #[default]
    Volume,
    /// A path of the host.
    Bind,
    /// Memory.
    Tmpfs,
    /// An image's content, read-only.
    Image,
    /// A Windows named pipe.
    NamedPipe,
    /// A Swarm cluster volume.
    Cluster,
}

/// One entry of `ports`, after ranges are expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Port {
    /// Host address; empty for all interfaces.
    pub host_ip: String,
    /// Host port or range; `None` for a random free one.
    pub published: Option<String>,
    /// Container port.
    pub target: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// How a service joins a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNetwork {
    /// Further DNS names there.
    pub aliases: Vec<String>,
    /// Fixed address.
    pub ipv4_address: Option<String>,
}

/// A network of the project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Key and its place; for the implied `default` the services' key.
    pub key: Spanned<String>,
    /// Name on the engine.
    pub name: String,
    /// `external`.
    pub external: bool,
    /// `internal`.
    pub internal: bool,
    /// `driver`.
    pub driver: Option<String>,
    /// Canonical form, for the configuration hash.
    pub canonical: serde_json::Value,
}

/// A named volume of the project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Volume {
    /// Key and its place.
    pub key: Spanned<String>,
    /// Name on the engine.
    pub name: String,
    /// `external`.
    pub external: bool,
    /// `driver`.
    pub driver: Option<String>,
    /// `driver_opts`.
    pub driver_opts: BTreeMap<String, String>,
    /// `labels`.
    pub labels: BTreeMap<String, String>,
    /// Canonical form, for the configuration hash.
    pub canonical: serde_json::Value,
}

/// A secret or config of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileObject {
    /// Key and its place.
    pub key: Spanned<String>,
    /// Name on the engine.
    pub name: String,
    /// `file`, absolute.
    pub file: Option<String>,
    /// `environment`.
    pub environment: Option<String>,
    /// `content`.
    pub content: Option<String>,
    /// `external`.
    pub external: bool,
}

/// A secret or config granted to a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReference {
    /// Key of the secret or config.
    pub source: String,
    /// Path in the container.
    pub target: Option<String>,
    /// Permissions of the file.
    pub mode: Option<u32>,
    /// User the file belongs to.
    pub uid: Option<String>,
    /// Group the file belongs to.
    pub gid: Option<String>,
}

/// A `post_start` or `pre_stop` hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// The command.
    pub command: Vec<String>,
    /// `user`.
    pub user: Option<String>,
    /// `working_dir`.
    pub working_dir: Option<String>,
    /// `environment`.
    pub environment: BTreeMap<String, Option<String>>,
}

impl Service {
    /// Whether its output is shown without being asked for: `attach`, true by default.
    pub fn is_attached(&self) -> bool {
        self.attach.as_ref().is_none_or(|attach| attach.value)
    }

    /// Number of containers wanted: `scale`, else `deploy.replicas`, else one.
    pub fn replicas(&self) -> u32 {
        let deployed = self.deploy.as_ref().and_then(|deploy| deploy.replicas.as_ref()).map(|replicas| replicas.value);
        self.scale.as_ref().map(|scale| scale.value).or(deployed).unwrap_or(1)
    }
}
