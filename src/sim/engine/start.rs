//! Starting a container: mounts, process, network, in the order in which the engine does it; what can go wrong, in its
//! words (semantics R7, R10-R13, R32, S41, W5, W6).

use super::container::{Attached, Container, Run};
use super::daemon::{because_of, by_rule};
use super::error::EngineError;
use super::launch::{self, Failure};
use super::restart::EndOfRun;
use super::view::ContainerState;
use super::{Answer, Engine};
use crate::kernel::select::{Either, select};
use crate::kernel::{ExitStatus, Signal};
use crate::sim::costs;
use crate::sim::log::{Cause, ContainerId, DataPlace, EventId, EventKind, Health, Rule};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// The exit code of a container whose start failed before there was a process (R32).
const UNKNOWN_EXIT: i32 = 128;

/// Who starts a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starter {
    /// A request, or the starting daemon.
    Request,
    /// The restart policy.
    Policy,
}

impl Engine {
    /// Starts a container; nothing happens if it runs.
    pub async fn start_container(&self, container: ContainerId, cause: Cause) -> Answer<()> {
        let container = self.container(container)?;
        self.start(&container, cause, Starter::Request).await
    }

    pub(super) async fn start(&self, container: &Rc<Container>, cause: Cause, starter: Starter) -> Answer<()> {
        let _guard = container.starting.acquire().await;
        if container.being_removed.get() {
            return Err(EngineError::conflict("container is marked for removal and cannot be started"));
        }
        match (self.state(container), starter) {
            (ContainerState::Paused, _) => {
                return Err(EngineError::conflict("cannot start a paused container, try unpause instead"));
            }
            (ContainerState::Running, _) | (ContainerState::Restarting, Starter::Request) => return Ok(()),
            (ContainerState::Removing | ContainerState::Dead, _) => {
                return Err(EngineError::conflict("container is marked for removal and cannot be started"));
            }
            _ => {}
        }
        if starter == Starter::Request {
            container.manager.borrow_mut().reset();
            container.manually_stopped.set(false);
        }
        match self.try_start(container, cause, starter).await {
            Ok(()) => Ok(()),
            Err(failure) => {
                let message: Rc<str> = failure.message.as_str().into();
                let exit_code = failure.exit_code.unwrap_or_else(|| self.exit_code_of_failed_start(container));
                let kind = EventKind::ContainerStartFailed { container: container.id, exit_code, message };
                self.change(container, cause, kind);
                Err(EngineError::internal(failure.message))
            }
        }
    }

    /// What a failed start leaves behind that says nothing of the main process: the code of the run before, unless it was 0.
    fn exit_code_of_failed_start(&self, container: &Container) -> i32 {
        let before = self.0.recorder.world().container(container.id).map_or(0, |record| record.exit_code);
        if before == 0 { UNKNOWN_EXIT } else { before }
    }

    async fn try_start(&self, container: &Rc<Container>, cause: Cause, starter: Starter) -> Result<(), Failure> {
        let cost = match starter {
            Starter::Request => costs::CONTAINER_START,
            Starter::Policy => costs::RESTART_START,
        };
        self.tasks().sleep(costs::VOLUME_MOUNT).await;
        let mut attached = Attached::default();
        let mounts = match launch::mount_all(self, container, cause, &mut attached) {
            Ok(mounts) => mounts,
            Err(failure) => {
                self.tasks().sleep(costs::CONTAINER_START_FAILS).await;
                self.give_back(container, &attached, cause);
                return Err(failure);
            }
        };
        let before = costs::VOLUME_MOUNT + costs::PROCESS_BEFORE_START_EVENT;
        self.0.starts.work(cost.saturating_sub(before)).await;
        match launch::run(self, container, mounts, &attached) {
            Ok((namespaces, launched)) => {
                self.tasks().sleep(costs::PROCESS_BEFORE_START_EVENT).await;
                let run = Run {
                    namespaces,
                    environment: launched.environment,
                    access: launched.access,
                    folder: launched.folder,
                    unknown: launched.unknown,
                    started_at: Cell::new(self.now()),
                    because: Cell::new(EventId(0)),
                    monitor: Default::default(),
                    attached,
                };
                self.started(container, Rc::new(run), cause);
                Ok(())
            }
            Err(failure) => {
                self.tasks().sleep(costs::FAILED_START_CLEANUP).await;
                self.disconnect_all(container);
                self.give_back(container, &attached, cause);
                Err(failure)
            }
        }
    }

    /// The `start` event, and what begins with it.
    fn started(&self, container: &Rc<Container>, run: Rc<Run>, cause: Cause) {
        container.run.replace(Some(run.clone()));
        let started = self.change(container, cause, EventKind::ContainerStarted { container: container.id });
        container.output.begin(started);
        run.because.set(started);
        run.namespaces.set_tag(started.0);
        for port in run.attached.ports.borrow().iter() {
            let kind = EventKind::PortBound { container: container.id, port: port.clone().into() };
            self.record(because_of(started, Rule::Asked), kind);
        }
        if container.settings.health.is_some() {
            self.set_health(container, Health::Starting, 0, because_of(started, Rule::Asked));
            self.begin_monitor(container, &run);
        }
        let (engine, container) = (self.clone(), container.clone());
        self.tasks().spawn(async move { engine.supervise(container, run).await });
    }

    /// Waits for the end of a run and does what follows from it.
    async fn supervise(&self, container: Rc<Container>, run: Rc<Run>) {
        let status = run.namespaces.ended().await;
        if run.namespaces.ran_out_of_memory() {
            let cause = because_of(run.because.get(), Rule::Program);
            self.change(&container, cause, EventKind::ContainerOutOfMemory { container: container.id });
        }
        let cost = match status {
            ExitStatus::Killed(Signal::KILL) => costs::KILL_TO_DIE,
            _ => costs::EXIT_TO_DIE,
        };
        self.0.ends.work(cost).await;
        if container.current_run().is_some_and(|current| Rc::ptr_eq(&current, &run)) {
            self.ended(&container, &run, i32::from(status.code()));
        }
    }

    /// The `die` event, what it takes with it, and the restart policy's decision.
    pub(super) fn ended(&self, container: &Rc<Container>, run: &Rc<Run>, exit_code: i32) {
        container.run.replace(None);
        container.output.finish();
        self.close_monitor(run);
        let end = EndOfRun {
            exit_code,
            lasted: self.now().since(run.started_at.get()),
            manually_stopped: container.manually_stopped.get(),
        };
        let policy = container.restart_policy();
        let delay = match self.0.shutting_down.get() {
            true => None,
            false => container.manager.borrow_mut().after(policy, end),
        };
        let cause = because_of(run.because.get(), Rule::ProcessExited);
        self.disconnect_all(container);
        self.give_back(container, &run.attached, cause);
        let died = self.record(cause, EventKind::ContainerDied { container: container.id, exit_code });
        if container.settings.health.is_some() {
            let streak = self.streak(container);
            self.set_health(container, Health::Unhealthy, streak, because_of(died, Rule::ProcessExited));
        }
        match delay {
            Some(delay) => self.schedule_restart(container, delay, died),
            None if container.goes_at_end.get() => self.remove_at_end(container, died),
            None => {}
        }
        container.changed.notify_all();
    }

    fn schedule_restart(&self, container: &Rc<Container>, delay: Duration, died: EventId) {
        let count = self.0.recorder.world().container(container.id).map_or(0, |record| record.restart_count);
        let kind = EventKind::RestartScheduled { container: container.id, delay, restart_count: count + 1 };
        let scheduled = self.record(because_of(died, Rule::RestartPolicy), kind);
        let (engine, container) = (self.clone(), container.clone());
        let canceled = container.cancel_delay.notified();
        self.tasks().spawn(async move {
            let cause = because_of(scheduled, Rule::RestartPolicy);
            match select(engine.tasks().sleep(delay), canceled).await {
                // A stop may come at the very end of the delay.
                Either::Left(()) if !container.manager.borrow().is_canceled() => {
                    let started = engine.start(&container, cause, Starter::Policy).await;
                    if started.is_err() && container.goes_at_end.get() {
                        engine.remove_at_end(&container, scheduled);
                    }
                }
                Either::Left(()) | Either::Right(()) => {
                    engine.change(&container, cause, EventKind::RestartCanceled { container: container.id });
                }
            }
        });
    }

    /// Gives back volumes and memory of a run, telling of what is lost.
    fn give_back(&self, container: &Container, attached: &Attached, cause: Cause) {
        for name in &attached.volumes {
            self.record(cause, EventKind::VolumeUnmounted { name: name.clone(), container: container.id });
            let lost = self.0.volumes.borrow_mut().unmount(name);
            if lost {
                let cause = by_rule(cause, Rule::GoesWithContainer);
                self.record(cause, EventKind::DataLost { place: DataPlace::Volume(name.clone()).into() });
            }
        }
        for (destination, tree) in &attached.tmpfs {
            if !super::volumes::is_empty(tree) {
                let place = DataPlace::Tmpfs(container.id, destination.clone()).into();
                self.record(by_rule(cause, Rule::GoesWithContainer), EventKind::DataLost { place });
            }
        }
    }
}
