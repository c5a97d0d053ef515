//! A simulated run in the form of the conformance corpus's `recording.json`: steps with what they printed and the state
//! after them, and the engine's events. Computes nothing the log does not tell.

use super::names::Names;
use super::scenario::StepWords;
use crate::kernel::Instant;
use crate::sim::log::{
    ContainerCreated, ContainerId, DataPlace, Event, EventKind, EventLog, ExecId, ExecOutcome, Health, Stream,
};
use crate::sim::world::{ContainerRecord, World};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The recorder reads the state about this long after a step has ended.
const SNAPSHOT_DELAY: Duration = Duration::from_millis(250);

/// A run as the corpus records it.
pub fn recording(steps: &[StepWords], log: &EventLog) -> Value {
    let names = Names::of(log);
    let origin = log.events.iter().find(|event| matches!(event.kind, EventKind::StepBegan { .. }));
    let clock = Clock { origin: origin.map_or(Instant::START, |event| event.at) };
    json!({
        "engine": "28.5.2",
        "compose": "2.40.3",
        "steps": recorded_steps(steps, log, &names, &clock),
        "events": EventWriter::new(&names, &clock).write(log),
    })
}

/// Times of a recording count from the start of the first step.
struct Clock {
    origin: Instant,
}

impl Clock {
    fn seconds(&self, at: Instant) -> Value {
        let micros = at.as_micros() as i64 - self.origin.as_micros() as i64;
        json!((micros as f64 / 1e3).round() / 1e3)
    }
}

/// What the log says about one step.
#[derive(Default)]
struct StepFacts {
    began: Instant,
    ended: Option<Instant>,
    exit_code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn recorded_steps(words: &[StepWords], log: &EventLog, names: &Names, clock: &Clock) -> Vec<Value> {
    let mut facts: Vec<StepFacts> = words.iter().map(|_| StepFacts::default()).collect();
    for event in &log.events {
        gather(&mut facts, event);
    }
    let mut snapshots = Snapshots { log, next: 0, world: World::default() };
    let mut steps = Vec::new();
    for (number, (words, facts_here)) in words.iter().zip(&facts).enumerate() {
        let Some(ended) = facts_here.ended else { break };
        let next_began = facts.get(number + 1).filter(|next| next.ended.is_some()).map(|next| next.began);
        let at = next_began.map_or(ended + SNAPSHOT_DELAY, |began| began.min(ended + SNAPSHOT_DELAY));
        let mut step = Map::new();
        step.insert("run".into(), json!(words.run));
        step.insert("start".into(), clock.seconds(facts_here.began));
        step.insert("end".into(), clock.seconds(ended));
        if let Some(with) = &words.with {
            step.insert("with".into(), json!(with));
        }
        if let Some(after) = words.interrupt_after {
            step.insert("interrupt_after".into(), json!(after));
        }
        if let Some(exit_code) = facts_here.exit_code {
            step.insert("exit".into(), json!(exit_code));
            step.insert("stdout".into(), json!(names.text(&facts_here.stdout)));
            step.insert("stderr".into(), json!(names.text(&facts_here.stderr)));
        }
        step.insert("after".into(), snapshot(snapshots.world_at(at), names));
        steps.push(Value::Object(step));
    }
    steps
}

fn gather(facts: &mut [StepFacts], event: &Event) {
    match &event.kind {
        EventKind::StepBegan { step } => {
            if let Some(facts) = facts.get_mut(step.0 as usize) {
                facts.began = event.at;
            }
        }
        EventKind::StepEnded { step, exit_code } => {
            if let Some(facts) = facts.get_mut(step.0 as usize) {
                (facts.ended, facts.exit_code) = (Some(event.at), *exit_code);
            }
        }
        EventKind::Output { step, stream, text } => {
            if let Some(facts) = facts.get_mut(step.0 as usize) {
                match stream {
                    Stream::Stdout => facts.stdout.push_str(text),
                    Stream::Stderr => facts.stderr.push_str(text),
                }
            }
        }
        _ => {}
    }
}

/// Walks the log once, folding as far as each snapshot needs.
struct Snapshots<'a> {
    log: &'a EventLog,
    next: usize,
    world: World,
}

impl Snapshots<'_> {
    fn world_at(&mut self, at: Instant) -> &World {
        while let Some(event) = self.log.events.get(self.next).filter(|event| event.at <= at) {
            self.world.apply(crate::sim::log::EventId(self.next as u32), event);
            self.next += 1;
        }
        &self.world
    }
}

fn snapshot(world: &World, names: &Names) -> Value {
    let mut containers: Vec<&ContainerRecord> = world.containers().collect();
    containers.sort_by_key(|record| record.name.clone());
    let containers: Vec<Value> = containers.into_iter().map(|record| container(record, names)).collect();
    let mut volumes: Vec<String> = world.volumes.keys().map(|name| names.rename(name)).collect();
    volumes.sort();
    let networks: Vec<&Rc<str>> = world.networks.keys().collect();
    json!({ "containers": containers, "volumes": volumes, "networks": networks })
}

fn container(record: &ContainerRecord, names: &Names) -> Value {
    let mounts: Vec<Value> = record
        .created
        .mounts
        .iter()
        .filter(|mount| !record.created.tmpfs.contains(&mount.destination))
        .map(|mount| {
            let (kind, name) = match &mount.place {
                DataPlace::Volume(name) => ("volume", Some(names.rename(name))),
                DataPlace::Host(_) => ("bind", None),
                DataPlace::Tmpfs(..) | DataPlace::WritableLayer(_) => ("tmpfs", None),
            };
            json!({ "type": kind, "name": name, "destination": mount.destination, "rw": mount.writable })
        })
        .collect();
    json!({
        "name": names.rename(&record.name),
        "service": record.created.service,
        "state": record.state.word(),
        "exit_code": record.exit_code,
        "health": record.health.map(|(health, _)| health_word(health)),
        "failing_streak": record.health.map(|(_, streak)| streak),
        "restart_count": record.restart_count,
        "mounts": mounts,
        "tmpfs": record.created.tmpfs,
        "networks": record.created.networks,
    })
}

fn health_word(health: Health) -> &'static str {
    match health {
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}

/// Turns the log's events into the engine's.
struct EventWriter<'a> {
    names: &'a Names,
    clock: &'a Clock,
    containers: BTreeMap<ContainerId, (Rc<str>, ContainerCreated)>,
    execs: BTreeMap<ExecId, usize>,
    written: Vec<Value>,
}

impl<'a> EventWriter<'a> {
    fn new(names: &'a Names, clock: &'a Clock) -> Self {
        Self { names, clock, containers: BTreeMap::new(), execs: BTreeMap::new(), written: Vec::new() }
    }

    fn write(mut self, log: &EventLog) -> Vec<Value> {
        for event in log.events.iter().filter(|event| event.at >= self.clock.origin) {
            self.one(event);
        }
        self.written
    }

    fn one(&mut self, event: &Event) {
        let at = event.at;
        match &event.kind {
            EventKind::NetworkCreated { name, .. } => self.push(at, "network", "create", json!({ "network": name })),
            EventKind::NetworkDestroyed { name, .. } => self.push(at, "network", "destroy", json!({ "network": name })),
            EventKind::VolumeCreated { name, .. } => self.volume(at, "create", name, json!({})),
            EventKind::VolumeDestroyed { name } => self.volume(at, "destroy", name, json!({})),
            EventKind::VolumeMounted { container, mounted } => {
                let instance = self.instance(*container);
                let details = json!({ "destination": mounted.destination, "instance": instance });
                self.volume(at, "mount", &mounted.name, details);
            }
            EventKind::VolumeUnmounted { name, container } => {
                let instance = self.instance(*container);
                self.volume(at, "unmount", name, json!({ "instance": instance }));
            }
            EventKind::ContainerCreated(created) => {
                self.containers.insert(created.container, (created.name.clone(), (**created).clone()));
                self.container(at, created.container, "create", json!({}));
            }
            EventKind::ContainerRenamed { container, name } => {
                if let Some((known, _)) = self.containers.get_mut(container) {
                    *known = name.clone();
                }
                self.container(at, *container, "rename", json!({}));
            }
            kind => self.change(at, kind),
        }
    }

    fn change(&mut self, at: Instant, kind: &EventKind) {
        match kind {
            EventKind::ContainerStarted { container } => self.container(at, *container, "start", json!({})),
            EventKind::ContainerKilled { container, signal } => {
                self.container(at, *container, "kill", json!({ "signal": signal }));
            }
            EventKind::ContainerOutOfMemory { container } => self.container(at, *container, "oom", json!({})),
            EventKind::ContainerDied { container, exit_code } => {
                self.container(at, *container, "die", json!({ "exitCode": exit_code }));
            }
            EventKind::ContainerStopped { container } => self.container(at, *container, "stop", json!({})),
            EventKind::ContainerRestarted { container } => self.container(at, *container, "restart", json!({})),
            EventKind::ContainerPaused { container } => self.container(at, *container, "pause", json!({})),
            EventKind::ContainerUnpaused { container } => self.container(at, *container, "unpause", json!({})),
            EventKind::ContainerDestroyed { container } => self.container(at, *container, "destroy", json!({})),
            EventKind::HealthChanged { container, health, announced: true, .. } => {
                let action = format!("health_status: {}", health_word(*health));
                self.container(at, *container, &action, json!({}));
            }
            EventKind::ExecStarted { container, exec, command, .. } => {
                let number = self.execs.len() + 1;
                self.execs.insert(*exec, number);
                for action in ["exec_create", "exec_start"] {
                    self.container(at, *container, action, json!({ "command": command, "exec": number }));
                }
            }
            EventKind::ExecEnded { container, exec, exit_code, outcome, .. } => {
                let number = self.execs.get(exec).copied();
                let exit_code = match outcome {
                    ExecOutcome::Exited => *exit_code,
                    // The engine has forgotten the exec by then (monitor.go: 127 for an unknown one).
                    ExecOutcome::TimedOut => 127,
                    ExecOutcome::NotLaunched => return,
                };
                self.container(at, *container, "exec_die", json!({ "exitCode": exit_code, "exec": number }));
            }
            _ => {}
        }
    }

    fn instance(&self, container: ContainerId) -> Value {
        json!(self.containers.get(&container).map(|(_, created)| self.names.rename(&created.instance)))
    }

    fn container(&mut self, at: Instant, container: ContainerId, action: &str, mut fields: Value) {
        let Some((name, created)) = self.containers.get(&container) else { return };
        fields["container"] = json!(self.names.rename(name));
        fields["service"] = json!(created.service);
        fields["instance"] = json!(self.names.rename(&created.instance));
        self.push(at, "container", action, fields);
    }

    fn volume(&mut self, at: Instant, action: &str, name: &str, mut fields: Value) {
        fields["volume"] = json!(self.names.rename(name));
        self.push(at, "volume", action, fields);
    }

    fn push(&mut self, at: Instant, kind: &str, action: &str, mut fields: Value) {
        fields["t"] = self.clock.seconds(at);
        fields["type"] = json!(kind);
        fields["action"] = json!(action);
        self.written.push(fields);
    }
}
