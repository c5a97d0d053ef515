//! Logs written by hand, as the engine would write them, for the tests of this room and of `report`.

use crate::kernel::Instant;
use crate::sim::log::*;
use std::rc::Rc;
use std::time::Duration;

/// Writes a log event by event.
#[derive(Default)]
pub(crate) struct Writer {
    pub log: EventLog,
}

/// The wait of `app` of project `demo` until a service is healthy.
fn app_waits_for(id: u32, dependency: &str) -> Box<DependencyWait> {
    Box::new(DependencyWait {
        step: StepId(id),
        project: "demo".into(),
        service: "app".into(),
        dependency: dependency.into(),
        condition: WaitCondition::Healthy,
    })
}

fn written(place: DataPlace, path: &str, size: u64, preview: Option<&str>) -> EventKind {
    let (place, path, preview) = (place.into(), path.into(), preview.map(Into::into));
    EventKind::FileWritten(Box::new(WrittenFile { place, path, size, preview }))
}

pub(crate) fn step(id: u32) -> CausedBy {
    CausedBy::Step(StepId(id))
}

impl Writer {
    /// Adds an event and gives its place; time in milliseconds.
    pub fn at(&mut self, millis: u64, by: CausedBy, rule: Rule, kind: EventKind) -> CausedBy {
        let at = Instant::from_micros(millis * 1000);
        self.log.events.push(Event { at, cause: Cause { by, rule, place: None }, kind });
        self.log.end = self.log.end.max(at);
        CausedBy::Event(EventId(self.log.events.len() as u32 - 1))
    }

    pub fn begin(&mut self, millis: u64, id: u32) -> CausedBy {
        self.at(millis, step(id), Rule::Asked, EventKind::StepBegan { step: StepId(id) });
        step(id)
    }

    pub fn end(&mut self, millis: u64, id: u32) {
        let kind = EventKind::StepEnded { step: StepId(id), exit_code: Some(0) };
        self.at(millis, step(id), Rule::Asked, kind);
    }

    pub fn wait(&mut self, millis: u64, id: u32, dependency: &str) -> CausedBy {
        let wait = EventKind::WaitBegan(app_waits_for(id, dependency));
        self.at(millis, step(id), Rule::DependencyOrder, wait)
    }

    pub fn opened(&mut self, millis: u64, by: CausedBy) -> CausedBy {
        let opened = EventKind::WaitEnded { wait: app_waits_for(0, "db"), failure: None };
        self.at(millis, by, Rule::ConditionFulfilled, opened)
    }

    /// A probe of 50 ms that ends with this code; gives its end.
    pub fn probe(&mut self, millis: u64, by: CausedBy, container: u32, exec: u32, exit_code: i32) -> CausedBy {
        let (container, exec) = (ContainerId(container), ExecId(exec));
        let began =
            EventKind::ExecStarted { container, exec, command: "/bin/sh -c test -f /tmp/ready".into(), probe: true };
        let began = self.at(millis, by, Rule::ProbeInterval, began);
        let outcome = ExecOutcome::Exited;
        let ended = EventKind::ExecEnded { container, exec, exit_code, outcome, output: "".into() };
        self.at(millis + 50, began, Rule::Program, ended)
    }

    pub fn health(
        &mut self,
        millis: u64,
        by: CausedBy,
        container: u32,
        health: Health,
        failing_streak: u32,
    ) -> CausedBy {
        let announced = failing_streak == 0 && health == Health::Healthy;
        let kind = EventKind::HealthChanged { container: ContainerId(container), health, failing_streak, announced };
        self.at(millis, by, Rule::ProbeResult, kind)
    }
}

/// The health check of `db`: a probe every two seconds, five failures.
const CHECK: HealthCheck = HealthCheck {
    interval: Duration::from_secs(2),
    start_interval: Duration::from_secs(5),
    start_period: Duration::ZERO,
    timeout: Duration::from_secs(30),
    retries: 5,
};

/// A container of the counter stack; `db` has a health check and the volume, `app` waits for it.
pub(crate) fn created(container: u32, service: &str, instance: u32) -> EventKind {
    let is_db = service == "db";
    let name: Rc<str> = format!("demo-{service}-1").into();
    EventKind::ContainerCreated(Box::new(ContainerCreated {
        container: ContainerId(container),
        name: name.clone(),
        instance: format!("{name}#{instance}").into(),
        service: Some(service.into()),
        project: Some("demo".into()),
        number: 1,
        one_off: false,
        image: "busybox".into(),
        command: "sleep 1000".into(),
        health_check: is_db.then_some(CHECK),
        ports: Vec::new(),
        mounts: match is_db {
            true => vec![MountPoint {
                place: DataPlace::Volume("demo_db_data".into()),
                destination: "/data".into(),
                writable: true,
                span: None,
            }],
            false => Vec::new(),
        },
        tmpfs: Vec::new(),
        networks: vec!["demo_default".into()],
        replaces: None,
        span: None,
        depends_on: if is_db { Vec::new() } else { vec!["db".into()] },
    }))
}

/// The recorded scenario "healthy-after-retries", shortened: `up`, a write, `down`, `up` again.
pub(crate) fn counter_stack() -> EventLog {
    let mut w = Writer::default();
    let volume = "demo_db_data";
    let up = w.begin(0, 0);
    w.at(40, up, Rule::Missing, EventKind::VolumeCreated { name: volume.into(), kind: VolumeKind::Named });
    let db = w.at(60, up, Rule::Missing, created(0, "db", 1));
    let app = w.at(120, up, Rule::Missing, created(1, "app", 1));
    let started = w.at(300, db, Rule::DependencyOrder, EventKind::ContainerStarted { container: ContainerId(0) });
    w.wait(310, 0, "db");
    let first = w.probe(2300, started, 0, 0, 1);
    w.health(2350, first, 0, Health::Starting, 1);
    let second = w.probe(4350, first, 0, 1, 1);
    w.health(4400, second, 0, Health::Starting, 2);
    let third = w.probe(6400, second, 0, 2, 0);
    let healthy = w.health(6450, third, 0, Health::Healthy, 0);
    let opened = w.opened(6810, healthy);
    let _ = app;
    w.at(7000, opened, Rule::ConditionFulfilled, EventKind::ContainerStarted { container: ContainerId(1) });
    w.end(7010, 0);
    let exec = w.begin(8000, 1);
    let place = DataPlace::Volume(volume.into());
    w.at(8100, exec, Rule::Program, written(place, "/counter", 2, Some("1")));
    let layer = DataPlace::WritableLayer(ContainerId(1));
    w.at(8100, exec, Rule::Program, written(layer, "/tmp/cache", 10, None));
    w.end(8200, 1);
    let down = w.begin(9000, 2);
    remove(&mut w, 9000, down, 1);
    remove(&mut w, 10400, down, 0);
    w.end(11900, 2);
    let up = w.begin(13000, 3);
    let db = w.at(13100, up, Rule::Missing, created(2, "db", 2));
    w.at(13200, up, Rule::Missing, created(3, "app", 2));
    w.at(13400, db, Rule::DependencyOrder, EventKind::ContainerStarted { container: ContainerId(2) });
    w.wait(13410, 3, "db");
    w.log.end = Instant::from_micros(15_000_000);
    w.log
}

/// SIGTERM, ignored for a second, then SIGKILL, end and removal.
fn remove(w: &mut Writer, millis: u64, by: CausedBy, container: u32) {
    let container = ContainerId(container);
    let kill = w.at(millis, by, Rule::Asked, EventKind::ContainerKilled { container, signal: 15 });
    let kill = w.at(millis + 1000, kill, Rule::GracePeriod, EventKind::ContainerKilled { container, signal: 9 });
    let died = w.at(millis + 1100, kill, Rule::ProcessExited, EventKind::ContainerDied { container, exit_code: 137 });
    w.at(millis + 1110, died, Rule::Asked, EventKind::ContainerStopped { container });
    w.at(millis + 1200, by, Rule::Asked, EventKind::ContainerDestroyed { container });
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % sides
    }
}

/// Events in any order, even such as no engine would write.
pub(crate) fn nonsense(seed: u64) -> EventLog {
    let mut dice = Dice(seed);
    let mut writer = Writer::default();
    let mut millis = 0;
    for number in 0..dice.roll(60) {
        millis += u64::from(dice.roll(3) * dice.roll(2000));
        let container = ContainerId(dice.roll(4));
        let by = if number > 0 { CausedBy::Event(EventId(dice.roll(number))) } else { step(0) };
        let place = match dice.roll(4) {
            0 => DataPlace::WritableLayer(container),
            1 => DataPlace::Volume("demo_db_data".into()),
            2 => DataPlace::Host("/demo".into()),
            _ => DataPlace::Tmpfs(container, "/tmp".into()),
        };
        let exec = ExecId(dice.roll(3));
        let kind = match dice.roll(22) {
            0 => EventKind::StepBegan { step: StepId(0) },
            1 => EventKind::StepEnded { step: StepId(0), exit_code: None },
            2 | 3 => created(container.0, if dice.roll(2) == 0 { "db" } else { "app" }, 1),
            4 | 5 => EventKind::ContainerStarted { container },
            6 => EventKind::ContainerKilled { container, signal: 9 + dice.roll(7) as u8 },
            7 => EventKind::ContainerDied { container, exit_code: 1 },
            8 => EventKind::ContainerStopped { container },
            9 => EventKind::ContainerPaused { container },
            10 => EventKind::ContainerUnpaused { container },
            11 => EventKind::ContainerDestroyed { container },
            12 => EventKind::RestartScheduled { container, delay: Duration::from_secs(1), restart_count: 1 },
            13 => EventKind::HealthChanged { container, health: Health::Healthy, failing_streak: 0, announced: true },
            14 => EventKind::ExecStarted { container, exec, command: "x".into(), probe: true },
            15 => {
                EventKind::ExecEnded { container, exec, exit_code: 1, outcome: ExecOutcome::Exited, output: "".into() }
            }
            16 => EventKind::WaitBegan(app_waits_for(0, "db")),
            17 => EventKind::WaitEnded { wait: app_waits_for(0, "db"), failure: None },
            18 => written(place, "/a", 1, None),
            19 => EventKind::DataLost { place: place.into() },
            20 => EventKind::VolumeDestroyed { name: "demo_db_data".into() },
            _ => EventKind::VolumeCreated { name: "demo_db_data".into(), kind: VolumeKind::Named },
        };
        writer.at(millis, by, Rule::Asked, kind);
    }
    writer.log
}
