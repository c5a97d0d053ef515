//! The health monitor (semantics §5): one task for each run of a container that has a health check.

use super::Engine;
use super::container::{Container, Monitor, MonitorPhase, Run};
use super::daemon::because_of;
use super::exec::Probe;
use super::settings::HealthSettings;
use super::view::ProbeResult;
use crate::kernel::Instant;
use crate::sim::log::{Cause, EventId, EventKind, Health, Rule};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// How many results the engine keeps (H9).
const KEPT_RESULTS: usize = 5;

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
        let phase = Rc::new(Cell::new(MonitorPhase::Waiting));
        let (engine, container, watched, own_phase) = (self.clone(), container.clone(), run.clone(), phase.clone());
        let task = self.tasks().spawn(async move {
            let probe = Probe::new(&engine, &container, &watched, &settings);
            let mut because = watched.because.get();
            loop {
                own_phase.set(MonitorPhase::Waiting);
                let pause = pause_before_probe(&settings, engine.health(&container).0, &watched, engine.now());
                engine.tasks().sleep(pause).await;
                if watched.has_ended() {
                    return;
                }
                own_phase.set(MonitorPhase::Probing);
                let (result, ended) = probe.run(because_of(because, Rule::ProbeInterval)).await;
                if own_phase.get() == MonitorPhase::Closed || watched.has_ended() {
                    return;
                }
                because = engine.heed(&container, &watched, &settings, result, ended);
            }
        });
        run.monitor.replace(Some(Monitor { task, phase }));
    }

    /// Ends the probing of a run; a probe that runs is still recorded to its end.
    pub(super) fn close_monitor(&self, run: &Run) {
        let Some(monitor) = run.monitor.take() else { return };
        match monitor.phase.replace(MonitorPhase::Closed) {
            MonitorPhase::Waiting => monitor.task.abort(),
            MonitorPhase::Probing | MonitorPhase::Closed => {}
        }
    }

    /// Draws the conclusions from a probe (H6-H8); the event that says the most about it.
    fn heed(
        &self,
        container: &Container,
        run: &Run,
        settings: &HealthSettings,
        result: ProbeResult,
        ended: EventId,
    ) -> EventId {
        let before = self.health(container);
        let after = conclude(before, settings, run.started_at.get(), &result);
        let mut log = container.health_log.borrow_mut();
        if log.len() == KEPT_RESULTS {
            log.pop_front();
        }
        log.push_back(result);
        drop(log);
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

/// Health and failing streak after a probe.
fn conclude(before: (Health, u32), settings: &HealthSettings, started: Instant, result: &ProbeResult) -> (Health, u32) {
    let (health, streak) = before;
    if result.exit_code == 0 {
        return (Health::Healthy, 0);
    }
    let in_start_period = result.start.since(started) < settings.pace.start_period;
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
            let start = Instant::from_micros(second * 1_000_000);
            let result = ProbeResult { start, end: start, exit_code: *exit_code, output: "".into() };
            conclude(before, settings, Instant::START, &result)
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
