//! A run, recorded or simulated, arranged for comparing.

use super::{seconds, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// Which action: instance, what, and which of that kind.
pub type Key = (String, String, usize);

/// Something that happened to a container.
#[derive(Clone, Debug)]
pub struct Action {
    pub at: f64,
    pub step: usize,
    pub what: String,
}

/// A run.
pub struct Run {
    pub steps: Vec<Value>,
    events: Vec<Value>,
    /// What happened to each instance, probes apart.
    pub life: BTreeMap<String, Vec<Action>>,
    /// Exit codes of each instance's execs.
    pub probes: BTreeMap<String, Vec<Option<i64>>>,
}

/// Actions that are no part of a container's life.
const LEFT_OUT: [&str; 11] = [
    "attach",
    "resize",
    "rename",
    "exec_detach",
    "top",
    "archive-path",
    "extract-to-dir",
    "copy",
    "export",
    "commit",
    "update",
];

impl Run {
    pub fn new(value: &Value) -> Self {
        let value = steady(value);
        let list = |field: &str| value[field].as_array().cloned().unwrap_or_default();
        let mut run =
            Self { steps: list("steps"), events: list("events"), life: BTreeMap::new(), probes: BTreeMap::new() };
        run.arrange();
        run
    }

    fn arrange(&mut self) {
        let mut ends: BTreeMap<String, Vec<(f64, Option<i64>)>> = BTreeMap::new();
        for event in self.events.clone() {
            if text(&event["type"]) != "container" {
                continue;
            }
            let instance = event["instance"].as_str().unwrap_or_else(|| text(&event["container"])).to_string();
            let (at, action) = (seconds(&event["t"]), text(&event["action"]));
            match action {
                "exec_create" | "exec_start" => {}
                "exec_die" => ends.entry(instance).or_default().push((at, event["exitCode"].as_i64())),
                action if LEFT_OUT.contains(&action) => {}
                action => {
                    let what = match action {
                        "die" => format!("die({})", event["exitCode"]),
                        "kill" => format!("kill({})", event["signal"]),
                        action => action.to_string(),
                    };
                    let step = self.step_of(at);
                    self.life.entry(instance).or_default().push(Action { at, step, what });
                }
            }
        }
        self.life.values_mut().for_each(|actions| die_before_stop(actions));
        for (instance, ends) in ends {
            // Cut off by the container's end.
            let is_cut = |(at, code): &(f64, Option<i64>)| {
                let deaths = self.life.get(&instance).into_iter().flatten().filter(|one| one.what.starts_with("die("));
                *code == Some(137) && deaths.into_iter().any(|death| (death.at - at).abs() < 0.5)
            };
            let codes = ends.iter().filter(|end| !is_cut(end)).map(|(_, code)| *code).collect();
            self.probes.insert(instance, codes);
        }
    }

    /// When a step began.
    pub fn start(&self, step: usize) -> f64 {
        self.steps.get(step).map_or(0.0, |step| seconds(&step["start"]))
    }

    fn step_of(&self, at: f64) -> usize {
        let began = |step: &Value| seconds(&step["start"]) - 0.05 <= at;
        self.steps.iter().rposition(began).unwrap_or(0)
    }

    /// Every action by instance, what it is, and which of that kind.
    pub fn keyed(&self) -> BTreeMap<Key, Action> {
        let mut keyed = BTreeMap::new();
        for (instance, actions) in &self.life {
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            for action in actions {
                let nth = seen.entry(&action.what).or_default();
                *nth += 1;
                keyed.insert((instance.clone(), action.what.clone(), *nth), action.clone());
            }
        }
        keyed
    }

    /// How often each volume was created or destroyed.
    pub fn volumes(&self, action: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for event in &self.events {
            if text(&event["type"]) == "volume" && text(&event["action"]) == action {
                *counts.entry(text(&event["volume"]).to_string()).or_default() += 1;
            }
        }
        counts
    }
}

/// The engine sends stop and die of one stop together, in either order.
fn die_before_stop(actions: &mut [Action]) {
    for at in 1..actions.len() {
        let (one, other) = (&actions[at - 1], &actions[at]);
        if one.what == "stop" && other.what.starts_with("die(") && other.at - one.at < 0.1 {
            let (first, second) = (one.what.clone(), other.what.clone());
            actions[at - 1].what = second;
            actions[at].what = first;
        }
    }
}

/// Anonymous volumes get the name of the place where they were first mounted: replicas are created in no fixed order.
fn steady(run: &Value) -> Value {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |name: &Value, owner: &Value, destination: &Value| {
        if let Some(name) = name.as_str().filter(|name| name.starts_with("anon-")) {
            places.entry(name.into()).or_insert_with(|| format!("{}:{}", text(owner), text(destination)));
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for event in list(&run["events"]) {
        if text(&event["type"]) == "volume" && text(&event["action"]) == "mount" {
            add(&event["volume"], &event["instance"], &event["destination"]);
        }
    }
    for container in list(&run["steps"]).iter().flat_map(|step| list(&step["after"]["containers"])) {
        for mount in list(&container["mounts"]) {
            add(&mount["name"], &container["name"], &mount["destination"]);
        }
    }
    let mut steady = renamed(run, &places);
    for step in steady["steps"].as_array_mut().into_iter().flatten() {
        if let Some(volumes) = step["after"]["volumes"].as_array_mut() {
            volumes.sort_by(|one, other| text(one).cmp(text(other)));
        }
    }
    steady
}

fn renamed(value: &Value, places: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(super::masks::replace_words(text, |word| {
            let place = places.get(word).map_or(word, String::as_str);
            word.starts_with("anon-").then(|| format!("anon({place})"))
        })),
        Value::Array(items) => items.iter().map(|item| renamed(item, places)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), renamed(field, places)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
