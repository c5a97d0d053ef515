//! Stopping, killing, restarting, pausing: signals, grace period, and what counts as stopped by hand (semantics R4, R15,
//! R30, X8, X33).

use super::config::Grace;
use super::container::Container;
use super::daemon::{by_rule, counts_as_running};
use super::error::EngineError;
use super::start::Starter;
use super::view::ContainerState;
use super::{Answer, Engine};
use crate::kernel::Signal;
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerId, EventKind, Health, Rule};
use std::rc::Rc;
use std::time::Duration;

impl Engine {
    /// Stop signal, grace period, SIGKILL; done when it has ended. Nothing happens if it does not run.
    pub async fn stop_container(&self, container: ContainerId, grace: Grace, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        self.stop(&container, grace, cause).await;
        Ok(())
    }

    /// Whether it did run.
    pub(super) async fn stop(&self, container: &Rc<Container>, grace: Grace, cause: Cause) -> bool {
        self.while_it_starts(container).await;
        if !counts_as_running(self.state(container)) {
            return false;
        }
        let grace = match grace {
            Grace::Configured => Some(container.settings.grace),
            Grace::Seconds(seconds) => Some(seconds),
            Grace::Unlimited => None,
        };
        self.send_signal(container, container.settings.stop_signal, cause);
        let ended = self.wait_for_state(container, |state| !counts_as_running(state));
        match grace {
            None => ended.await,
            Some(seconds) => {
                let most = Duration::from_secs(seconds) + costs::GRACE_OVERRUN;
                if self.tasks().timeout(most, ended).await.is_none() {
                    self.send_signal(container, Signal::KILL, by_rule(cause, Rule::GracePeriod));
                    self.wait_for_state(container, |state| !counts_as_running(state)).await;
                }
            }
        }
        self.change(container, cause, EventKind::ContainerStopped { container: container.id });
        true
    }

    /// Stop and start in one request.
    pub async fn restart_container(&self, container: ContainerId, grace: Grace, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        container.goes_at_end.set(false);
        self.stop(&container, grace, cause).await;
        container.goes_at_end.set(container.config.auto_remove);
        self.start(&container, cause, Starter::Request).await?;
        self.change(&container, cause, EventKind::ContainerRestarted { container: container.id });
        Ok(())
    }

    /// Sends a signal by name or number (`SIGKILL` when empty). With SIGKILL it is done when the container has ended.
    pub async fn kill_container(&self, container: ContainerId, signal: &str, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        let signal = match signal {
            "" => Signal::KILL,
            name => Signal::parse(name).ok_or_else(|| EngineError::invalid(format!("invalid signal: {name}")))?,
        };
        self.while_it_starts(&container).await;
        if !counts_as_running(self.state(&container)) {
            return Err(EngineError::conflict(format!(
                "cannot kill container: {}: container {} is not running",
                container.hex, container.hex
            )));
        }
        self.send_signal(&container, signal, cause);
        if signal == Signal::KILL {
            self.wait_for_state(&container, |state| !counts_as_running(state)).await;
        }
        Ok(())
    }

    /// Waits while a container is being started: the engine holds its lock meanwhile, and all that end it come after. The
    /// restart policy's starts count too; a signal in the middle of one would meet neither its delay nor its process.
    pub(super) async fn while_it_starts(&self, container: &Container) {
        drop(container.starting.acquire().await);
    }

    /// Sends a signal to process 1, with what the daemon concludes from it: whether this is a stop by hand (R4), whether a
    /// paused container has to go on to take it.
    pub(super) fn send_signal(&self, container: &Rc<Container>, signal: Signal, cause: Cause) {
        let settings = &container.settings;
        let means_stop = signal == Signal::KILL || !settings.names_stop_signal || signal == settings.stop_signal;
        if means_stop {
            container.manager.borrow_mut().cancel();
        }
        if !self.0.shutting_down.get() {
            container.manually_stopped.set(true);
        }
        let state = self.state(container);
        if state == ContainerState::Restarting {
            if means_stop {
                container.cancel_delay.notify_all();
            }
            return;
        }
        let Some(run) = container.current_run() else { return };
        let kind = EventKind::ContainerKilled { container: container.id, signal: signal.number() };
        let killed = self.change(container, cause, kind);
        if run.has_ended() {
            // The daemon has not heard of its end yet: it says `kill`, and there is nothing left to signal.
            return;
        }
        run.because.set(killed);
        // Process 1 may have ended just now; then there is nothing left to signal.
        let _ = run.namespaces.kill(1, signal);
        if means_stop && state == ContainerState::Paused {
            self.thaw(container, super::daemon::because_of(killed, cause.rule));
        }
    }

    /// Freezes a container's processes.
    pub async fn pause_container(&self, container: ContainerId, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        let hex = &container.hex;
        match self.state(&container) {
            ContainerState::Running => {}
            ContainerState::Paused => {
                return Err(EngineError::conflict(format!("Container {hex} is already paused")));
            }
            ContainerState::Restarting => return Err(restarting(hex)),
            _ => return Err(EngineError::conflict(format!("Container {hex} is not running"))),
        }
        self.tasks().sleep(costs::CONTAINER_PAUSE).await;
        let Some(run) = self.live_run(&container) else {
            return Err(EngineError::conflict(format!("Container {hex} is not running")));
        };
        run.namespaces.freezer().freeze();
        self.close_monitor(&run);
        let paused = self.change(&container, cause, EventKind::ContainerPaused { container: container.id });
        if container.settings.health.is_some() {
            let streak = self.streak(&container);
            self.set_health(&container, Health::Unhealthy, streak, super::daemon::because_of(paused, cause.rule));
        }
        Ok(())
    }

    /// Thaws them.
    pub async fn unpause_container(&self, container: ContainerId, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        if self.state(&container) != ContainerState::Paused {
            return Err(EngineError::conflict(format!("Container {} is not paused", container.hex)));
        }
        self.tasks().sleep(costs::CONTAINER_PAUSE).await;
        self.thaw(&container, cause);
        Ok(())
    }

    /// The processes go on, and so do the probes; the health stays `unhealthy` until one succeeds (H20).
    fn thaw(&self, container: &Rc<Container>, cause: Cause) {
        let Some(run) = container.current_run() else { return };
        run.namespaces.freezer().thaw();
        self.change(container, cause, EventKind::ContainerUnpaused { container: container.id });
        self.begin_monitor(container, &run);
    }
}

/// What every request answers that needs the processes to run while they wait for their restart.
pub(super) fn restarting(hex: &str) -> EngineError {
    EngineError::conflict(format!("Container {hex} is restarting, wait until the container is running"))
}
