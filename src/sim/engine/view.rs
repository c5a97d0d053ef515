//! What the engine answers to questions: copies of its state, as `inspect` and the lists show it.

use super::config::ContainerConfig;
use crate::image::ImageConfig;
use crate::kernel::Instant;
use crate::sim::log::{ContainerId, EventId, Health, MountPoint, Stream};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

/// State of a container (X23). `restarting` is the pause before the restart policy starts it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerState {
    /// Never started.
    #[default]
    Created,
    /// Its main process runs.
    Running,
    /// Its processes are frozen.
    Paused,
    /// Waits for the restart policy's delay.
    Restarting,
    /// Its main process ended.
    Exited,
    /// Is being removed.
    Removing,
    /// Could not be removed.
    Dead,
}

impl ContainerState {
    /// The engine's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Removing => "removing",
            Self::Dead => "dead",
        }
    }
}

/// A container as `docker inspect` and `docker ps` show it.
#[derive(Clone, Debug)]
pub struct ContainerView {
    /// Which.
    pub container: ContainerId,
    /// Its id: 64 hexadecimal digits.
    pub id: Rc<str>,
    /// Its name now, without a slash.
    pub name: Rc<str>,
    /// `name#n` (see [`crate::sim::log::ContainerCreated::instance`]).
    pub instance: Rc<str>,
    /// State.
    pub state: ContainerState,
    /// Exit code of the last run; 0 while it runs.
    pub exit_code: i32,
    /// Whether the kernel killed a process of the last run because memory was used up.
    pub out_of_memory: bool,
    /// Text of the last failed start.
    pub error: Rc<str>,
    /// Health, if it has a health check, and failures in a row.
    pub health: Option<(Health, u32)>,
    /// The last five probes (H9).
    pub health_log: Vec<ProbeResult>,
    /// Restarts by the restart policy since the last manual start.
    pub restart_count: u32,
    /// Creation.
    pub created_at: Instant,
    /// Last start.
    pub started_at: Option<Instant>,
    /// Last end.
    pub finished_at: Option<Instant>,
    /// The request it was made by: image reference, labels, ports and so on, before the image's settings.
    pub config: Rc<ContainerConfig>,
    /// Id of the image it was made from: `sha256:…`.
    pub image_id: Rc<str>,
    /// The image's own settings, which count where the request says nothing.
    pub image_config: Rc<ImageConfig>,
    /// Entrypoint and command that really run.
    pub command: Rc<[String]>,
    /// Mounts by destination, image VOLUMEs included.
    pub mounts: Vec<MountPoint>,
    /// For each mount, in the same order: whether the request named its source (U34).
    pub mounts_named: Vec<bool>,
    /// Destinations of the short `tmpfs:` key.
    pub tmpfs: Vec<Rc<str>>,
    /// Networks by name, with its address while it runs.
    pub networks: BTreeMap<Rc<str>, Option<Rc<str>>>,
    /// Ports bound on the host while it runs, and those only exposed.
    pub ports: Vec<PortView>,
    /// Event of its creation, last start, last end and last change of health, to serve as causes.
    pub events: LastEvents,
    /// The engine's clock, for ages.
    pub now: Instant,
}

/// The last event of each kind of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastEvents {
    /// `create`.
    pub created: Option<EventId>,
    /// `start`.
    pub started: Option<EventId>,
    /// `die`.
    pub died: Option<EventId>,
    /// Change of health.
    pub health: Option<EventId>,
}

/// A port of a container: `HOST_IP:HOST->CONTAINER/PROTOCOL`, or only `CONTAINER/PROTOCOL`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortView {
    /// Container port.
    pub container: u16,
    /// Protocol.
    pub protocol: Rc<str>,
    /// Host address and port; `None` if it is not published.
    pub host: Option<(Rc<str>, u16)>,
}

/// A result in the log of the health monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeResult {
    /// Begin.
    pub start: Instant,
    /// End.
    pub end: Instant,
    /// Exit code; -1 for a probe that timed out or could not be run.
    pub exit_code: i32,
    /// Its output.
    pub output: Rc<str>,
}

/// A volume as the engine lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeView {
    /// Name.
    pub name: Rc<str>,
    /// Driver.
    pub driver: String,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Labels; `com.docker.volume.anonymous` marks anonymous ones.
    pub labels: BTreeMap<String, String>,
    /// Creation.
    pub created_at: Instant,
    /// Containers that mount it, running or not.
    pub used_by: Vec<ContainerId>,
    /// How many bytes its files hold.
    pub bytes: u64,
}

/// A network as the engine lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkView {
    /// Name.
    pub name: Rc<str>,
    /// Id: 64 hexadecimal digits.
    pub id: Rc<str>,
    /// Driver.
    pub driver: String,
    /// Whether it is internal.
    pub internal: bool,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Containers with a live endpoint there.
    pub connected: Vec<ContainerId>,
    /// Its addresses, `172.18.0.0/16`.
    pub subnet: String,
    /// How many bits of an address name the network.
    pub prefix_length: u32,
    /// The host's address on it.
    pub gateway: Ipv4Addr,
    /// When it was made.
    pub created_at: Instant,
}

/// An image as the engine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageView {
    /// `sha256:…`.
    pub id: Rc<str>,
    /// References that name it.
    pub tags: Vec<Rc<str>>,
    /// Paths of its VOLUMEs.
    pub volumes: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Creation, if it was built in this session.
    pub created_at: Option<Instant>,
    /// What its containers run with.
    pub config: Rc<ImageConfig>,
}

/// What removing an image has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageRemoval {
    /// A reference names nothing any more.
    Untagged(Rc<str>),
    /// An image, or a layer that no other image has, is gone.
    Deleted(Rc<str>),
}

/// A line in a container's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Instant,
    /// Stream.
    pub stream: Stream,
    /// Text without the line break.
    pub text: Rc<str>,
}

/// Which containers a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerFilter {
    /// Also those that do not run.
    pub all: bool,
    /// Labels that must be there with this value.
    pub labels: Vec<(String, String)>,
}

/// Age of a point in time, for texts such as `Up 3 seconds`.
pub fn age(now: Instant, since: Instant) -> Duration {
    now.since(since)
}
