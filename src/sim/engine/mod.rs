//! The daemon: containers, health, restart policies, volumes, networks, images, as Docker Engine 28.5.2 does it.
//!
//! [`Engine`] is a cheap handle; its methods are the requests of the engine's API, and each names the cause of what it
//! brings about. Whatever happens goes through the [`Recorder`], so that the log alone tells the state. Must not know
//! Compose.

pub mod config;
pub mod error;
pub mod identity;
pub mod view;

pub use config::*;
pub use error::{EngineError, ErrorKind};
pub use view::*;

use crate::sim::log::{Cause, ContainerId, Event, EventId, Stream};
use crate::sim::recorder::Recorder;
use std::rc::Rc;

/// Where the output of an attached process goes, in chunks as they are written.
pub type OutputSink = Rc<dyn Fn(Stream, &[u8])>;

/// The result of an API request.
pub type Answer<T> = Result<T, EngineError>;

/// A handle on the simulated daemon.
#[derive(Clone)]
pub struct Engine {
    recorder: Recorder,
}

impl Engine {
    /// Where everything is recorded; a client records its own events (waits) there, too.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Creates a container and everything it needs: anonymous volumes, copy-up.
    pub async fn create_container(&self, config: ContainerConfig, cause: Cause) -> Answer<ContainerId> {
        let _ = (config, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Starts a container; nothing happens if it runs.
    pub async fn start_container(&self, container: ContainerId, cause: Cause) -> Answer<()> {
        let _ = (container, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Stop signal, grace period, SIGKILL; done when it has ended. Nothing happens if it does not run.
    pub async fn stop_container(&self, container: ContainerId, grace: Grace, cause: Cause) -> Answer<()> {
        let _ = (container, grace, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Stop and start in one request.
    pub async fn restart_container(&self, container: ContainerId, grace: Grace, cause: Cause) -> Answer<()> {
        let _ = (container, grace, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Sends a signal by name or number (`SIGKILL` when empty).
    pub async fn kill_container(&self, container: ContainerId, signal: &str, cause: Cause) -> Answer<()> {
        let _ = (container, signal, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Freezes a container's processes.
    pub async fn pause_container(&self, container: ContainerId, cause: Cause) -> Answer<()> {
        let _ = (container, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Thaws them.
    pub async fn unpause_container(&self, container: ContainerId, cause: Cause) -> Answer<()> {
        let _ = (container, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Gives a container another name.
    pub async fn rename_container(&self, container: ContainerId, name: &str, cause: Cause) -> Answer<()> {
        let _ = (container, name, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Removes a container, with its writable layer.
    pub async fn remove_container(&self, container: ContainerId, options: RemoveOptions, cause: Cause) -> Answer<()> {
        let _ = (container, options, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Waits until a container does not run, and gives its exit code.
    pub async fn wait_container(&self, container: ContainerId) -> Answer<i32> {
        let _ = container;
        Err(EngineError::internal("not simulated"))
    }

    /// Runs a command in a running container until it ends; its output goes to `output`. Answers the exit code. A program
    /// that is not found answers 126 or 127 with the runtime's text written to standard output (recording `exec-errors`).
    pub async fn exec(
        &self,
        container: ContainerId,
        exec: ExecConfig,
        output: OutputSink,
        cause: Cause,
    ) -> Answer<i32> {
        let _ = (container, exec, output, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Sends what the container's main process writes from now on to `output`, until the container is removed or the
    /// returned guard is dropped. Attach before starting to miss nothing.
    pub fn attach(&self, container: ContainerId, output: OutputSink) -> Answer<Attachment> {
        let _ = (container, output);
        Err(EngineError::internal("not simulated"))
    }

    /// The lines in a container's log.
    pub fn logs(&self, container: ContainerId) -> Answer<Vec<LogEntry>> {
        let _ = container;
        Err(EngineError::internal("not simulated"))
    }

    /// A container by name, id or the beginning of its id.
    pub fn find_container(&self, reference: &str) -> Answer<ContainerId> {
        Err(EngineError::not_found(format!("No such container: {reference}")))
    }

    /// A container's details.
    pub fn inspect_container(&self, container: ContainerId) -> Answer<ContainerView> {
        let _ = container;
        Err(EngineError::internal("not simulated"))
    }

    /// Containers, newest first as `docker ps` lists them.
    pub fn list_containers(&self, filter: &ContainerFilter) -> Vec<ContainerView> {
        let _ = filter;
        Vec::new()
    }

    /// Creates a network.
    pub async fn create_network(&self, network: NetworkSpecification, cause: Cause) -> Answer<()> {
        let _ = (network, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Removes a network nobody is connected to.
    pub async fn remove_network(&self, name: &str, cause: Cause) -> Answer<()> {
        let _ = (name, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Connects a container to a network, at once if it runs.
    pub async fn connect_network(&self, container: ContainerId, endpoint: EndpointConfig, cause: Cause) -> Answer<()> {
        let _ = (container, endpoint, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Disconnects a container from a network.
    pub async fn disconnect_network(&self, container: ContainerId, network: &str, cause: Cause) -> Answer<()> {
        let _ = (container, network, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// A network by name or id.
    pub fn inspect_network(&self, name: &str) -> Answer<NetworkView> {
        Err(EngineError::not_found(format!("network {name} not found")))
    }

    /// All networks but `bridge`, `host` and `none`, by name.
    pub fn list_networks(&self) -> Vec<NetworkView> {
        Vec::new()
    }

    /// Creates a volume, or finds the one of that name.
    pub async fn create_volume(&self, volume: VolumeSpecification, cause: Cause) -> Answer<VolumeView> {
        let _ = (volume, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Removes a volume no container uses.
    pub async fn remove_volume(&self, name: &str, cause: Cause) -> Answer<()> {
        let _ = (name, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// A volume by name.
    pub fn inspect_volume(&self, name: &str) -> Answer<VolumeView> {
        Err(EngineError::not_found(format!("get {name}: no such volume")))
    }

    /// All volumes, by name.
    pub fn list_volumes(&self) -> Vec<VolumeView> {
        Vec::new()
    }

    /// Removes unused anonymous volumes, with `all` named ones too (S74); names of those removed.
    pub async fn prune_volumes(&self, all: bool, cause: Cause) -> Answer<Vec<Rc<str>>> {
        let _ = (all, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Removes containers that do not run; their ids.
    pub async fn prune_containers(&self, cause: Cause) -> Answer<Vec<Rc<str>>> {
        let _ = cause;
        Err(EngineError::internal("not simulated"))
    }

    /// Removes networks nobody is connected to; their names.
    pub async fn prune_networks(&self, cause: Cause) -> Answer<Vec<Rc<str>>> {
        let _ = cause;
        Err(EngineError::internal("not simulated"))
    }

    /// A local image by reference or id.
    pub fn inspect_image(&self, reference: &str) -> Answer<ImageView> {
        Err(EngineError::not_found(format!("No such image: {reference}")))
    }

    /// All local images.
    pub fn list_images(&self) -> Vec<ImageView> {
        Vec::new()
    }

    /// Fetches an image the registry has.
    pub async fn pull_image(&self, reference: &str, cause: Cause) -> Answer<ImageView> {
        let _ = (reference, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Builds an image with the classic builder. An error's message is what the client prints without a prefix.
    pub async fn build_image(&self, build: BuildRequest, output: OutputSink, cause: Cause) -> Answer<ImageView> {
        let _ = (build, output, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Removes a reference to an image, and the image with its last one.
    pub async fn remove_image(&self, reference: &str, cause: Cause) -> Answer<()> {
        let _ = (reference, cause);
        Err(EngineError::internal("not simulated"))
    }

    /// Events from now on.
    pub fn subscribe(&self) -> EventReader {
        EventReader { recorder: self.recorder.clone(), next: self.recorder.len() }
    }
}

/// Keeps an attachment alive.
pub struct Attachment {
    _private: (),
}

/// Reads the log's events one after the other as they happen.
pub struct EventReader {
    recorder: Recorder,
    next: usize,
}

impl EventReader {
    /// The next event; waits for it.
    pub async fn next(&mut self) -> (EventId, Event) {
        loop {
            if let Some(found) = self.poll() {
                return found;
            }
            std::future::pending::<()>().await;
        }
    }

    /// The next event if it has happened already.
    pub fn poll(&mut self) -> Option<(EventId, Event)> {
        let event = self.recorder.log().events.get(self.next).cloned()?;
        let id = EventId(self.next as u32);
        self.next += 1;
        Some((id, event))
    }
}
