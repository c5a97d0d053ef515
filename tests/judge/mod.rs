//! The rules by which a simulated run agrees with a recorded one. Two recordings of the same scenario on the same engine
//! agree under them: the tolerances are that noise.

mod masks;
mod run;

pub use run::Run;
use run::{Action, Key};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds by which an action or a step's end may differ, and the share of the time since the step's start.
const TOLERANCE: f64 = 1.0;
const RELATIVE_TOLERANCE: f64 = 0.06;
/// What happened clearly first is this much earlier.
const CLEARLY_FIRST: f64 = 0.9;
/// A state is not judged this close to a change of it.
const NEAR: f64 = 1.0;

/// The rules, by name.
pub const RULES: [&str; 9] = ["exits", "stdout", "stderr", "life", "probes", "volumes", "order", "times", "state"];

/// What differs, rule by rule.
pub type Differences = BTreeMap<&'static str, Vec<String>>;

/// Compares a simulated run with a recorded one.
pub fn judge(recorded: &Value, simulated: &Value) -> Differences {
    let (recorded, simulated) = (Run::new(recorded), Run::new(simulated));
    let mut differences = Differences::new();
    let (count, count_simulated) = (recorded.steps.len(), simulated.steps.len());
    if count != count_simulated {
        let text = format!("{count} steps recorded, {count_simulated} simulated");
        return RULES.iter().map(|rule| (*rule, vec![text.clone()])).collect();
    }
    let mut judge = Judge { recorded: &recorded, simulated: &simulated, differences: &mut differences };
    for number in 0..count {
        judge.step(number);
    }
    judge.life();
    judge.probes();
    judge.volumes();
    judge.times();
    judge.order();
    differences
}

struct Judge<'a> {
    recorded: &'a Run,
    simulated: &'a Run,
    differences: &'a mut Differences,
}

impl Judge<'_> {
    fn differs(&mut self, rule: &'static str, text: String) {
        self.differences.entry(rule).or_default().push(text);
    }

    fn step(&mut self, number: usize) {
        let (a, b) = (&self.recorded.steps[number], &self.simulated.steps[number]);
        let line = a["run"].as_str().unwrap_or_default();
        let at = format!("step {} `{}`", number + 1, line.chars().take(60).collect::<String>());
        if a.get("exit") != b.get("exit") {
            self.differs("exits", format!("{at}: {:?} recorded, {:?} simulated", a.get("exit"), b.get("exit")));
        }
        let (x, y) = (masks::listing(line, text(&a["stdout"])), masks::listing(line, text(&b["stdout"])));
        if x != y {
            self.differs("stdout", format!("{at}: recorded {x:?} simulated {y:?}"));
        }
        let (x, y) = (masks::progress(text(&a["stderr"])), masks::progress(text(&b["stderr"])));
        if x != y {
            self.differs("stderr", format!("{at}: recorded {x:?} simulated {y:?}"));
        }
        let (x, y) = (seconds(&a["end"]) - seconds(&a["start"]), seconds(&b["end"]) - seconds(&b["start"]));
        if (x - y).abs() > TOLERANCE + 0.3 + RELATIVE_TOLERANCE * x {
            self.differs("times", format!("{at}: took {x:.2} s recorded, {y:.2} s simulated"));
        }
        self.state(&at, a, b);
    }

    fn state(&mut self, at: &str, a: &Value, b: &Value) {
        let (mine, theirs) = (containers(&a["after"]), containers(&b["after"]));
        if mine.keys().ne(theirs.keys()) {
            let text = format!("{at}: containers {:?} recorded, {:?} simulated", mine.keys(), theirs.keys());
            self.differs("state", text);
        }
        let read_at = seconds(&a["end"]) + 0.2;
        for (name, recorded) in &mine {
            let Some(simulated) = theirs.get(name) else { continue };
            for field in ["state", "health", "exit_code", "restart_count", "mounts", "tmpfs", "networks"] {
                let (v, w) = (&recorded[field], &simulated[field]);
                if v != w && !self.is_noise(name, field, recorded, simulated, read_at) {
                    self.differs("state", format!("{at}: {name}: {field} {v} recorded, {w} simulated"));
                }
            }
        }
        for field in ["volumes", "networks"] {
            let (v, w) = (&a["after"][field], &b["after"][field]);
            if v != w {
                self.differs("state", format!("{at}: {field} {v} recorded, {w} simulated"));
            }
        }
    }

    /// Whether a field of a container's state changes just when it is read.
    fn is_noise(&self, name: &str, field: &str, a: &Value, b: &Value, read_at: f64) -> bool {
        let states = [text(&a["state"]), text(&b["state"])];
        let restarting = states.contains(&"restarting");
        let near = |wanted: &[&str]| {
            let own = self.recorded.life.iter().filter(|(instance, _)| base(instance) == name);
            own.flat_map(|(_, actions)| actions).any(|action| {
                (action.at - read_at).abs() < NEAR && wanted.iter().any(|what| action.what.starts_with(what))
            })
        };
        let counts = [&a["restart_count"], &b["restart_count"]].map(Value::as_i64);
        match field {
            "restart_count" if matches!(counts, [Some(x), Some(y)] if x != 0 && y != 0 && (x - y).abs() <= 1) => true,
            "health" => near(&["health_status", "die"]) || restarting,
            "state" | "exit_code" | "restart_count" => {
                near(&["die"]) && !states.contains(&"exited") || restarting && states.contains(&"running")
            }
            _ => false,
        }
    }

    fn life(&mut self) {
        let instances: BTreeSet<&String> = self.recorded.life.keys().chain(self.simulated.life.keys()).collect();
        let mut found = Vec::new();
        for instance in instances {
            let words = |run: &Run| {
                let actions = run.life.get(instance).map(Vec::as_slice).unwrap_or_default();
                actions.iter().map(|action| action.what.clone()).collect::<Vec<String>>()
            };
            let (x, y) = (words(self.recorded), words(self.simulated));
            let starts = x.iter().filter(|word| *word == "start").count();
            let (short, long) = if x.len() <= y.len() { (&x, &y) } else { (&y, &x) };
            // A crash loop may be cut one turn earlier or later.
            let is_cut = long.starts_with(short) && long.len() - short.len() <= 2 && starts > 3;
            if x != y && !is_cut {
                found.push(format!("{instance}: recorded {x:?} simulated {y:?}"));
            }
        }
        found.into_iter().for_each(|text| self.differs("life", text));
    }

    fn probes(&mut self) {
        let instances: BTreeSet<&String> = self.recorded.probes.keys().chain(self.simulated.probes.keys()).collect();
        let mut found = Vec::new();
        for instance in instances {
            let codes = |run: &Run| run.probes.get(instance).cloned().unwrap_or_default();
            let (x, y) = (codes(self.recorded), codes(self.simulated));
            let shared = x.len().min(y.len());
            let slack = (x.len().max(y.len()) / 20).max(1);
            if x[..shared] != y[..shared] || x.len().abs_diff(y.len()) > slack {
                found.push(format!("{instance}: recorded {x:?} simulated {y:?}"));
            }
        }
        found.into_iter().for_each(|text| self.differs("probes", text));
    }

    fn volumes(&mut self) {
        for action in ["create", "destroy"] {
            let (x, y) = (self.recorded.volumes(action), self.simulated.volumes(action));
            if x != y {
                self.differs("volumes", format!("{action}: recorded {x:?} simulated {y:?}"));
            }
        }
    }

    fn shared(&self) -> Vec<(Key, Action, Action)> {
        let (mine, mut theirs) = (self.recorded.keyed(), self.simulated.keyed());
        mine.into_iter().filter_map(|(key, action)| Some((key.clone(), action, theirs.remove(&key)?))).collect()
    }

    fn times(&mut self) {
        for ((instance, what, nth), a, b) in self.shared() {
            let (recorded_start, simulated_start) =
                (self.recorded.start(a.step), self.simulated.start(if a.step == b.step { b.step } else { a.step }));
            let (since, since_simulated) = (a.at - recorded_start, b.at - simulated_start);
            if (since - since_simulated).abs() > TOLERANCE + RELATIVE_TOLERANCE * since {
                let step = a.step + 1;
                let text = format!(
                    "{instance} {what} #{nth}: {since:.2} s into step {step} recorded, {since_simulated:.2} s simulated"
                );
                self.differs("times", text);
            }
        }
    }

    fn order(&mut self) {
        let counts = |what: &str| {
            let word = what.split('(').next().unwrap_or_default();
            ["start", "die", "destroy", "create"].contains(&word) || what.starts_with("health_status")
        };
        let shared: Vec<_> = self.shared().into_iter().filter(|((_, what, _), _, _)| counts(what)).collect();
        for ((one, what, _), a, b) in &shared {
            for ((other, later, _), c, d) in &shared {
                if one != other && c.at - a.at > CLEARLY_FIRST && d.at < b.at {
                    let text = format!("{one} {what} before {other} {later} recorded, after it simulated");
                    self.differs("order", text);
                }
            }
        }
    }
}

fn containers(after: &Value) -> BTreeMap<String, Value> {
    let list = after["containers"].as_array().cloned().unwrap_or_default();
    list.into_iter().map(|container| (text(&container["name"]).to_string(), container)).collect()
}

fn base(instance: &str) -> &str {
    instance.split('#').next().unwrap_or_default()
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
