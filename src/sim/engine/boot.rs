//! The daemon goes down and comes back, alone or with the host (semantics §6.4); and what a learner breaks on purpose.

use super::config::Grace;
use super::container::Container;
use super::daemon::by_rule;
use super::error::EngineError;
use super::start::Starter;
use super::view::ContainerState;
use super::{Answer, Engine};
use crate::kernel::Signal;
use crate::kernel::process::Origin;
use crate::kernel::sync::join_all;
use crate::sim::costs;
use crate::sim::log::{Cause, EventKind, Rule};
use std::rc::Rc;

/// Exit code of a container that was running when the power went (R32).
const LOST_EXIT_CODE: i32 = 255;

impl Engine {
    /// SIGTERM to the daemon, and its start: it stops its containers, ends, comes back and starts those it should.
    pub async fn restart_daemon(&self, cause: Cause) {
        self.0.shutting_down.set(true);
        self.0.up.set(false);
        let containers = self.containers();
        let stops = containers.iter().map(|container| Box::pin(self.stop(container, Grace::Configured, cause)));
        join_all(stops).await;
        self.0.shutting_down.set(false);
        self.tasks().sleep(costs::DAEMON_RESTART).await;
        self.come_up(by_rule(cause, Rule::DaemonStart)).await;
    }

    /// The host loses power and boots: nothing gets a signal, what ran has exit code 255.
    pub async fn reboot_host(&self, cause: Cause) {
        self.0.shutting_down.set(true);
        self.0.up.set(false);
        let cause = by_rule(cause, Rule::DaemonStart);
        for container in self.containers() {
            self.while_it_starts(&container).await;
            if self.state(&container) == ContainerState::Restarting {
                container.cancel_delay.notify_all();
            }
            let Some(run) = container.current_run() else { continue };
            run.namespaces.destroy();
            let because = self.0.recorder.len().saturating_sub(1) as u32;
            run.because.set(crate::sim::log::EventId(because));
            self.ended(&container, &run, LOST_EXIT_CODE);
        }
        self.0.shutting_down.set(false);
        self.tasks().sleep(costs::HOST_BOOT).await;
        self.come_up(cause).await;
    }

    /// Lets go of everything, so that a finished simulation is freed although its parts hold each other.
    pub fn shut_down(&self) {
        for container in self.containers() {
            if let Some(run) = container.run.take() {
                run.namespaces.destroy();
                run.namespaces.network().set_resolver(None);
                run.monitor.task.take();
            }
        }
        self.0.containers.take();
        self.0.networks.clear();
        // The host holds the client, and the client the engine. Nothing is left to do if it has none.
        let _ = self.0.host.remove_all("/usr/bin");
    }

    /// Starts what the policies say, all at once; `depends_on` plays no part (R21).
    async fn come_up(&self, cause: Cause) {
        let eligible: Vec<Rc<Container>> =
            self.containers().into_iter().filter(|container| self.starts_with_daemon(container)).collect();
        // A start that fails leaves its trace in the log; the daemon goes on.
        join_all(eligible.iter().map(|container| Box::pin(self.start(container, cause, Starter::Request)))).await;
        self.0.up.set(true);
    }

    fn starts_with_daemon(&self, container: &Container) -> bool {
        let world = self.0.recorder.world();
        let Some(record) = world.container(container.id).filter(|record| record.started_at.is_some()) else {
            return false;
        };
        let manually_stopped = container.manually_stopped.get();
        container.restart_policy().starts_with_daemon(manually_stopped, record.exit_code, record.restart_count)
    }

    /// The main process gets SIGKILL from inside: a crash, so the restart policy applies.
    pub fn crash(&self, name: &str, cause: Cause) -> Answer<()> {
        let container = self.container(self.find_container(name)?)?;
        let run = self.live_run(&container).ok_or_else(|| not_running(name))?;
        run.because.set(self.fault(cause, format!("{name}: the main process was killed from inside")));
        // It may have ended just now.
        let _ = run.namespaces.kill(1, Signal::KILL);
        Ok(())
    }

    /// The processes stop answering, without ending.
    pub fn hang(&self, name: &str, cause: Cause) -> Answer<()> {
        let container = self.container(self.find_container(name)?)?;
        let run = self.live_run(&container).ok_or_else(|| not_running(name))?;
        self.fault(cause, format!("{name}: the processes stopped answering"));
        for process in run.namespaces.processes() {
            process.deliver(Signal::STOP, Origin::Outside);
        }
        Ok(())
    }

    /// The next probes fail whatever they find.
    pub fn fail_probes(&self, name: &str, count: u32, cause: Cause) -> Answer<()> {
        let container = self.container(self.find_container(name)?)?;
        self.fault(cause, format!("{name}: the next {count} probes fail"));
        container.failing_probes.set(count);
        Ok(())
    }

    /// Writes to a volume fail from now on.
    pub fn fill_disk(&self, volume: &str, cause: Cause) -> Answer<()> {
        if !self.0.volumes.borrow_mut().fill(volume) {
            return Err(EngineError::not_found(format!("get {volume}: no such volume")));
        }
        self.fault(cause, format!("{volume}: no space left on device"));
        Ok(())
    }

    fn fault(&self, cause: Cause, what: String) -> crate::sim::log::EventId {
        self.record(cause, EventKind::FaultInjected { what: what.into() })
    }
}

fn not_running(name: &str) -> EngineError {
    EngineError::conflict(format!("container {name} is not running"))
}
