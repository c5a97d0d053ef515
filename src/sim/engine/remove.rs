//! Renaming, removing and waiting for containers (semantics S11, W10).

use super::config::RemoveOptions;
use super::container::{Container, Source};
use super::daemon::{because_of, by_rule, counts_as_running};
use super::error::EngineError;
use super::view::ContainerState;
use super::{Answer, Engine};
use crate::kernel::Signal;
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerId, EventId, EventKind, Rule};
use std::rc::Rc;

impl Engine {
    /// Gives a container another name.
    pub async fn rename_container(&self, container: ContainerId, name: &str, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        self.tasks().sleep(costs::CONTAINER_RENAME).await;
        self.check_name_is_free(name)?;
        self.record(cause, EventKind::ContainerRenamed { container: container.id, name: name.into() });
        Ok(())
    }

    /// Removes a container, with its writable layer.
    pub async fn remove_container(&self, container: ContainerId, options: RemoveOptions, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        self.while_it_starts(&container).await;
        let state = self.state(&container);
        if counts_as_running(state) {
            if !options.force {
                return Err(not_removable(&self.name(&container), state));
            }
            self.send_signal(&container, Signal::KILL, cause);
            self.wait_for_state(&container, |state| !counts_as_running(state)).await;
        }
        container.being_removed.set(true);
        self.tasks().sleep(costs::CONTAINER_REMOVE).await;
        if self.container(container.id).is_ok() {
            self.destroy(&container, options.volumes, cause);
        }
        Ok(())
    }

    /// A container that removes itself when it ends.
    pub(super) fn remove_at_end(&self, container: &Rc<Container>, died: EventId) {
        let (engine, container) = (self.clone(), container.clone());
        self.tasks().spawn(async move {
            let options = RemoveOptions { volumes: true, force: false };
            // An error means that somebody else has removed or started it meanwhile.
            let _ = engine.remove_container(container.id, options, because_of(died, Rule::GoesWithContainer)).await;
        });
    }

    fn destroy(&self, container: &Rc<Container>, with_volumes: bool, cause: Cause) {
        self.0.containers.borrow_mut()[container.id.0 as usize] = None;
        if with_volumes {
            for mount in container.mounts.iter().filter(|mount| !mount.named) {
                let Source::Volume { name, .. } = &mount.source else { continue };
                if self.users(name).is_empty() && self.0.volumes.borrow_mut().by_name.remove(name).is_some() {
                    let cause = by_rule(cause, Rule::GoesWithContainer);
                    self.record(cause, EventKind::VolumeDestroyed { name: name.clone() });
                }
            }
        }
        self.change(container, cause, EventKind::ContainerDestroyed { container: container.id });
    }

    /// Waits until a container does not run, and gives its exit code.
    pub async fn wait_container(&self, container: ContainerId) -> Answer<i32> {
        let container = self.container(container)?;
        let mut code = 0;
        loop {
            let changed = container.changed.notified();
            let now = self.0.recorder.world().container(container.id).map(|record| (record.state, record.exit_code));
            match now {
                Some((state, running)) if counts_as_running(state) => code = running,
                Some((_, ended)) => return Ok(ended),
                None => return Ok(code),
            }
            changed.await;
        }
    }
}

fn not_removable(name: &str, state: ContainerState) -> EngineError {
    let why = match state {
        ContainerState::Paused => "container is paused and must be unpaused first",
        ContainerState::Restarting => "container is restarting: stop the container before removing or force remove",
        _ => "container is running: stop the container before removing or force remove",
    };
    EngineError::conflict(format!("cannot remove container \"/{name}\": {why}"))
}
