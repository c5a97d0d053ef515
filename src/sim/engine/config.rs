//! What a client asks of the engine: the bodies of the API's requests. Must not know how the engine fulfils them.

use crate::image::declared::Declared;
use crate::sim::log::ContainerId;
use crate::text::Span;
use std::collections::BTreeMap;
use std::time::Duration;

/// A container as a client asks for it: `POST /containers/create`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerConfig {
    /// Name without a slash; the engine makes one up when it is empty.
    pub name: String,
    /// Image reference or id.
    pub image: String,
    /// `Cmd`; `None` takes the image's, unless there is an entrypoint (P32).
    pub command: Option<Vec<String>>,
    /// `Entrypoint`; `None` takes the image's, an empty list clears it.
    pub entrypoint: Option<Vec<String>>,
    /// Variables in order; `None` removes a variable the image sets (L61).
    pub environment: Vec<(String, Option<String>)>,
    /// `WorkingDir`.
    pub working_dir: Option<String>,
    /// `User`: name or number, perhaps with `:group`.
    pub user: Option<String>,
    /// `Hostname`; the first 12 digits of the id without it.
    pub hostname: Option<String>,
    /// `Domainname`: what `/etc/hosts` says behind the host name.
    pub domain_name: Option<String>,
    /// `Dns`: name servers to ask. Kept only for what it conflicts with (W5).
    pub dns: Vec<String>,
    /// `MacAddress`. Kept only for what it conflicts with (W5).
    pub mac_address: Option<String>,
    /// `Healthcheck`; what is not set comes from the image (P51).
    pub healthcheck: Option<HealthcheckConfig>,
    /// `StopSignal`, by name or number.
    pub stop_signal: Option<String>,
    /// `StopTimeout` in whole seconds (P41); 10 s without it (R30).
    pub stop_timeout: Option<u64>,
    /// `RestartPolicy`, as written: name and count (R1, R2).
    pub restart: RestartConfig,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Mounts of the file, in order; the engine adds the image's VOLUMEs.
    pub mounts: Vec<MountConfig>,
    /// The short `tmpfs:` key: destination to raw options.
    pub tmpfs: BTreeMap<String, String>,
    /// Containers whose mounts it takes over (S70).
    pub volumes_from: Vec<ContainerId>,
    /// Published ports.
    pub ports: Vec<PortConfig>,
    /// Exposed ports as `80/tcp`, beside those of the image and of `ports`.
    pub exposed: Vec<String>,
    /// How it joins networks.
    pub network: NetworkConfig,
    /// Extra lines of `/etc/hosts`: name and address.
    pub extra_hosts: Vec<(String, String)>,
    /// A small init as process 1 (`init: true`).
    pub init: bool,
    /// Read-only root file system (S71).
    pub read_only: bool,
    /// A terminal: output is one stream.
    pub tty: bool,
    /// Standard input stays open although nobody writes to it.
    pub stdin_open: bool,
    /// Memory limit in bytes.
    pub memory_limit: Option<i64>,
    /// Remove the container, and its anonymous volumes, when it ends.
    pub auto_remove: bool,
    /// What runs in place of the command: the service's `x-drydock`.
    pub declared: Option<Declared>,
    /// Whether another service waits until this one has completed: a program nobody recognises is taken for a job then.
    pub awaited_to_complete: bool,
    /// Where it comes from, for the log only.
    pub origin: Origin,
}

/// Where a container comes from: nothing the engine acts upon.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// The service's place in the files.
    pub span: Option<Span>,
    /// Services it depends on.
    pub depends_on: Vec<String>,
    /// The container it replaces.
    pub replaces: Option<ContainerId>,
}

/// A health check as the API takes it: zero means "from the image, else the default".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthcheckConfig {
    /// `["CMD", …]`, `["CMD-SHELL", …]`, `["NONE"]`; empty takes the image's.
    pub test: Vec<String>,
    /// `Interval`.
    pub interval: Duration,
    /// `Timeout`.
    pub timeout: Duration,
    /// `Retries`.
    pub retries: u64,
    /// `StartPeriod`.
    pub start_period: Duration,
    /// `StartInterval`.
    pub start_interval: Duration,
}

/// A restart policy as the API takes it; the engine checks it at create (R2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestartConfig {
    /// `no` (or empty), `always`, `on-failure`, `unless-stopped`.
    pub name: String,
    /// `MaximumRetryCount`; 0 is no limit.
    pub maximum_retries: i64,
}

/// A mount as a client asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct MountConfig {
    /// What is mounted.
    pub source: MountSource,
    /// Absolute path in the container.
    pub target: String,
    /// Whether writes fail with EROFS.
    pub read_only: bool,
    /// The text it is sent as in `Binds`, `SOURCE:TARGET:MODE`; none for an entry of `Mounts`.
    pub bind_text: Option<String>,
    /// Where the file asks for it.
    pub span: Option<Span>,
}

/// What a mount shows.
#[derive(Clone, Debug, PartialEq)]
pub enum MountSource {
    /// A volume by its name on the engine; created when missing.
    Volume {
        /// Name.
        name: String,
        /// No copy-up (S30).
        no_copy: bool,
        /// A folder within it (S72).
        subpath: Option<String>,
    },
    /// A volume made for this container.
    AnonymousVolume {
        /// No copy-up (S30).
        no_copy: bool,
        /// A folder within it, which the engine refuses (S72).
        subpath: Option<String>,
    },
    /// A path of the host.
    Bind {
        /// Absolute path.
        path: String,
        /// Whether a missing path becomes a folder at start (S41) or is an error at create (S42).
        create_host_path: bool,
    },
    /// Memory (S50).
    Tmpfs {
        /// A source, which the engine refuses (P10).
        source: Option<String>,
        /// Size in bytes.
        size: Option<i64>,
        /// Mode bits.
        mode: Option<u32>,
    },
    /// An image's content.
    Image {
        /// Image reference.
        reference: String,
        /// A folder within it.
        subpath: Option<String>,
    },
}

/// A published port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortConfig {
    /// Host address; empty for all.
    pub host_ip: String,
    /// First host port; 0 for a random one.
    pub host_start: u16,
    /// Last host port of the range; the same as the first for one port.
    pub host_end: u16,
    /// Container port.
    pub container: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// How a container is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkConfig {
    /// To networks of its own.
    Endpoints(Vec<EndpointConfig>),
    /// To the host's network.
    Host,
    /// Only to itself.
    None,
    /// To another container's network.
    Container(ContainerId),
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self::Endpoints(Vec::new())
    }
}

/// Membership of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointConfig {
    /// Network name.
    pub network: String,
    /// DNS names there, beside the container's name and short id (W2).
    pub aliases: Vec<String>,
    /// Fixed address.
    pub ipv4_address: Option<String>,
    /// Links: other container's name or id, and its alias here (W4).
    pub links: Vec<(String, String)>,
}

/// A network as a client asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSpecification {
    /// Name.
    pub name: String,
    /// Driver; `bridge` when empty.
    pub driver: String,
    /// `internal: true` (W9).
    pub internal: bool,
    /// `IPAM.Config`: where its addresses come from; the engine chooses without any.
    pub pools: Vec<AddressPool>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// One entry of a network's `IPAM.Config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPool {
    /// `Subnet`, such as `10.5.0.0/16`.
    pub subnet: String,
    /// `IPRange`: the part of it that containers get addresses from.
    pub ip_range: Option<String>,
    /// `Gateway`: the host's address; the first of the subnet without it.
    pub gateway: Option<String>,
}

/// A volume as a client asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeSpecification {
    /// Name; made up when empty.
    pub name: String,
    /// Driver; `local` when empty.
    pub driver: String,
    /// `driver_opts` (S4).
    pub options: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// An image to build with the classic builder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuildRequest {
    /// Name the result gets.
    pub tag: String,
    /// Absolute path of the context folder on the simulated host.
    pub context: String,
    /// Path of the Dockerfile relative to the context; `Dockerfile` when empty.
    pub dockerfile: String,
    /// Text that stands for the Dockerfile (`dockerfile_inline`).
    pub dockerfile_inline: Option<String>,
    /// Build arguments.
    pub arguments: BTreeMap<String, String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// Labels for the image.
    pub labels: BTreeMap<String, String>,
}

/// A command to run in a running container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecConfig {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Further variables.
    pub environment: Vec<(String, String)>,
    /// Folder; the container's without it.
    pub working_dir: Option<String>,
    /// User; the container's without it.
    pub user: Option<String>,
    /// A terminal.
    pub tty: bool,
}

/// How a container is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoveOptions {
    /// Also its anonymous volumes (S11).
    pub volumes: bool,
    /// Kill it first if it runs.
    pub force: bool,
}

/// How long a stop waits before SIGKILL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grace {
    /// The container's own `stop_timeout`, else 10 s (R30).
    #[default]
    Configured,
    /// This many seconds.
    Seconds(u64),
    /// For ever.
    Unlimited,
}
