//! The health monitor (semantics §5): one task for each run of a container that has a health check.

use super::Engine;
use super::container::{Container, MonitorPhase, Run};
use super::daemon::because_of;
use super::exec::Probe;
use super::settings::HealthSettings;
use crate::kernel::Instant;
use crate::sim::log::{Cause, EventId, EventKind, Health, Rule};
use std::rc::Rc;
use std::time::Duration;

impl Engine {
    /// Records another stored health without announcing it: at start, at the end, at a pause (H1, H20).
    pub(super) fn set_health(&self, container: &Container, health: Health, failing_streak: u32, cause: Cause) {
        let kind = EventKind::HealthChanged { container: container.id, health, failing_streak, announced: false };
        self.change(container, cause, kind);
    }

    /// Failures in a row.
    pub(super) fn streak(&self, container: &Container) -> u32 {
        self.health(container).1
    }

    fn health(&self, container: &Container) -> (Health, u32) {
        let world = self.0.recorder.world();
        let known = world.container(container.id).and_then(|record| record.health);
        known.unwrap_or((Health::Starting, 0))
    }

    /// Begins to probe a run.
    pub(super) fn begin_monitor(&self, container: &Rc<Container>, run: &Rc<Run>) {
        let Some(settings) = container.settings.health.clone() else { return };
        let (engine, container, watched) = (self.clone(), container.clone(), run.clone());
        let closed_before = run.monitor.closed.get();
        let task = self.tasks().spawn(async move {
            let probe = Probe::new(&engine, &container, &watched, &settings);
            let mut because = watched.because.get();
            loop {
                watched.monitor.phase.set(MonitorPhase::Waiting);
                let pause = pause_before_probe(&settings, engine.health(&container).0, &watched, engine.now());
                engine.tasks().sleep(pause).await;
                if watched.has_ended() {
                    return;
                }
                watched.monitor.phase.set(MonitorPhase::Probing);
                let (start, exit_code, ended) = probe.run(because_of(because, Rule::ProbeInterval)).await;
                if watched.monitor.closed.get() != closed_before || watched.has_ended() {
                    return;
                }
                container.keep_probe(ended);
                because = engine.heed(&container, &watched, &settings, (start, exit_code), ended);
            }
        });
        run.monitor.task.replace(Some(task));
    }

    /// Ends the probing of a run; a probe that runs is still recorded to its end.
    pub(super) fn close_monitor(&self, run: &Run) {
        let Some(task) = run.monitor.task.take() else { return };
        run.monitor.closed.set(run.monitor.closed.get() + 1);
        match run.monitor.phase.get() {
            MonitorPhase::Waiting => task.abort(),
            MonitorPhase::Probing => {}
        }
    }

    /// Draws the conclusions from a probe (H6-H8); the event that says the most about it.
    fn heed(
        &self,
        container: &Container,
        run: &Run,
        settings: &HealthSettings,
        result: (Instant, i32),
        ended: EventId,
    ) -> EventId {
        let before = self.health(container);
        let after = conclude(before, settings, run.started_at.get(), result);
        if before == after {
            return ended;
        }
        let (health, failing_streak) = after;
        let announced = before.0 != health;
        let kind = EventKind::HealthChanged { container: container.id, health, failing_streak, announced };
        self.change(container, because_of(ended, Rule::ProbeResult), kind)
    }
}

/// `getInterval()` of the engine (H3).
fn pause_before_probe(settings: &HealthSettings, health: Health, run: &Run, now: Instant) -> Duration {
    settings.pace.pause(health, now.since(run.started_at.get()))
}

/// Health and failing streak after a probe that began and ended like that.
fn conclude(
    before: (Health, u32),
    settings: &HealthSettings,
    started: Instant,
    (begun, exit_code): (Instant, i32),
) -> (Health, u32) {
    let (health, streak) = before;
    if exit_code == 0 {
        return (Health::Healthy, 0);
    }
    let in_start_period = begun.since(started) < settings.pace.start_period;
    if health == Health::Starting && in_start_period {
        return before;
    }
    let streak = streak.saturating_add(1);
    if streak >= settings.pace.retries { (Health::Unhealthy, streak) } else { (health, streak) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::log::HealthCheck;

    fn settings(start_period: u64, retries: u32) -> HealthSettings {
        HealthSettings {
            argv: Rc::new([]),
            command: "".into(),
            pace: HealthCheck {
                interval: Duration::from_secs(10),
                timeout: Duration::from_secs(3),
                retries,
                start_period: Duration::from_secs(start_period),
                start_interval: Duration::from_secs(5),
            },
        }
    }

    fn after(settings: &HealthSettings, probes: &[(u64, i32)]) -> (Health, u32) {
        probes.iter().fold((Health::Starting, 0), |before, (second, exit_code)| {
            let begun = Instant::from_micros(second * 1_000_000);
            conclude(before, settings, Instant::START, (begun, *exit_code))
        })
    }

    #[test]
    fn failures_in_the_start_period_do_not_count_until_the_first_success() {
        let settings = settings(30, 3);
        assert_eq!(after(&settings, &[(5, 1), (10, 1), (30, 1), (40, 1)]), (Health::Starting, 2));
        assert_eq!(after(&settings, &[(5, 1), (30, 1), (40, 1), (50, 1)]), (Health::Unhealthy, 3));
        assert_eq!(after(&settings, &[(5, 0), (10, 1), (15, 1), (20, 1)]), (Health::Unhealthy, 3));
    }

    #[test]
    fn one_success_heals() {
        assert_eq!(after(&settings(0, 1), &[(10, 1), (20, 0)]), (Health::Healthy, 0));
    }
}
