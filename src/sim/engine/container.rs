//! A container as the daemon holds it in memory: what it was made of, and its present run. Its state is not here but in
//! the world, which only events change.

use super::config::{ContainerConfig, EndpointConfig, RestartConfig};
use super::lock::Lock;
use super::output::Output;
use super::restart::RestartManager;
use super::settings::Settings;
use crate::image::ImageDefinition;
use crate::image::declared::Unknown;
use crate::kernel::files::{Access, Tree};
use crate::kernel::pipe::{PipeReader, PipeWriter};
use crate::kernel::sync::Notify;
use crate::kernel::{Environment, Instant, Join, Namespaces};
use crate::sim::log::{BoundPort, ContainerId, DataPlace, EventId, MountPoint};
use crate::text::Span;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many results of probes the engine keeps (H9).
const KEPT_PROBES: usize = 5;

/// A container.
pub(super) struct Container {
    pub id: ContainerId,
    /// 64 hexadecimal digits.
    pub hex: Rc<str>,
    pub instance: Rc<str>,
    pub config: Rc<ContainerConfig>,
    pub settings: Settings,
    pub image: Rc<ImageDefinition>,
    /// Parents before what lies in them.
    pub mounts: Vec<Mount>,
    /// Its writable layer over the image.
    pub layer: Tree,
    /// Networks it joins at its next start; changed by connect and disconnect.
    pub endpoints: RefCell<Vec<EndpointConfig>>,
    /// The ids of the networks it has been on, by name.
    pub joined: RefCell<BTreeMap<String, Rc<str>>>,
    pub output: Output,
    /// What the next run reads: a client attached itself before the start.
    pub input: RefCell<Option<PipeReader>>,
    /// The restart policy: at first that of its configuration.
    pub restart: RefCell<RestartConfig>,
    pub manager: RefCell<RestartManager>,
    /// Stopped or killed by a request since its last start by one (R4).
    pub manually_stopped: Cell<bool>,
    pub run: RefCell<Option<Rc<Run>>>,
    /// Its state has changed.
    pub changed: Notify,
    /// Somebody cancels the restart policy's delay.
    pub cancel_delay: Notify,
    /// One request at a time starts it.
    pub starting: Lock,
    /// Whether it goes when it ends (`--rm`); not while a request restarts it.
    pub goes_at_end: Cell<bool>,
    /// A request removes it: nobody starts it any more.
    pub being_removed: Cell<bool>,
    /// The ends of the last probes, the latest last (H9).
    pub last_probes: Cell<[Option<EventId>; KEPT_PROBES]>,
    /// Probes that fail whatever they find: a fault.
    pub failing_probes: Cell<u32>,
}

/// One run of a container: from its start to its end.
pub(super) struct Run {
    pub namespaces: Namespaces,
    pub environment: Environment,
    pub access: Access,
    pub folder: Rc<str>,
    /// What is guessed about the image, if nobody knows it.
    pub unknown: Rc<Unknown>,
    pub started_at: Cell<Instant>,
    /// What its end is put down to: its start, or the last signal from outside.
    pub because: Cell<EventId>,
    pub monitor: Monitor,
    pub attached: Attached,
}

/// What a run holds and gives back at its end.
#[derive(Default)]
pub(super) struct Attached {
    /// Names of the mounted volumes, as often as they are mounted.
    pub volumes: Vec<Rc<str>>,
    /// tmpfs mounts by destination.
    pub tmpfs: Vec<(Rc<str>, Tree)>,
    pub ports: RefCell<Vec<BoundPort>>,
    /// The end of standard input that nobody writes to, kept open.
    pub input: RefCell<Option<PipeWriter>>,
}

/// The health monitor of a run: a pause closes it, and another one begins after that.
#[derive(Default)]
pub(super) struct Monitor {
    pub task: RefCell<Option<Join<()>>>,
    pub phase: Cell<MonitorPhase>,
    /// How many have been closed; such a one ends without heeding the result of the probe that it may still run.
    pub closed: Cell<u32>,
}

/// What a health monitor does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MonitorPhase {
    /// Waits for the next probe.
    #[default]
    Waiting,
    /// A probe runs.
    Probing,
}

/// A mount of a container.
#[derive(Clone)]
pub(super) struct Mount {
    pub source: Source,
    pub destination: Rc<str>,
    pub read_only: bool,
    pub span: Option<Span>,
    /// Whether the request named the source: then `rm -v` leaves the volume alone (U34).
    pub named: bool,
    /// Whether the volume is filled from the image when it is empty (S30).
    pub copies_up: bool,
}

/// What a mount shows.
#[derive(Clone)]
pub(super) enum Source {
    Volume {
        name: Rc<str>,
        subpath: Option<String>,
    },
    Bind {
        path: Rc<str>,
        create: bool,
    },
    /// Its options as they are written, and whether it is one of the short `tmpfs` key.
    Tmpfs {
        options: String,
        short: bool,
    },
    Image {
        tree: Tree,
        path: String,
    },
}

impl Container {
    /// The mounts as the log tells them, by destination.
    pub fn mount_points(&self) -> Vec<MountPoint> {
        let mut points: Vec<MountPoint> = self.mounts.iter().map(|mount| mount.point(self.id)).collect();
        points.sort_by(|one, other| one.destination.cmp(&other.destination));
        points
    }

    /// Notes the end of a probe in place of the oldest one.
    pub fn keep_probe(&self, ended: EventId) {
        let mut probes = self.last_probes.get();
        probes.rotate_left(1);
        probes[KEPT_PROBES - 1] = Some(ended);
        self.last_probes.set(probes);
    }

    /// The present run.
    pub fn current_run(&self) -> Option<Rc<Run>> {
        self.run.borrow().clone()
    }
}

impl Run {
    /// Whether the main process has ended; the daemon learns of it a little later.
    pub fn has_ended(&self) -> bool {
        self.namespaces.status().is_some()
    }
}

impl Mount {
    fn point(&self, container: ContainerId) -> MountPoint {
        let destination = self.destination.clone();
        let place = match &self.source {
            Source::Volume { name, .. } => DataPlace::Volume(name.clone()),
            Source::Bind { path, .. } => DataPlace::Host(path.clone()),
            Source::Tmpfs { .. } => DataPlace::Tmpfs(container, destination.clone()),
            Source::Image { path, .. } => DataPlace::Host(path.as_str().into()),
        };
        MountPoint { place, destination, writable: !self.read_only, span: self.span }
    }
}
