//! JSON to behaviour, with all problems.

use super::schema::names;
use super::{Declared, End, EndKind, Missing, Need, Occasion, Response, Stop, Store};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// Something that is wrong with an `x-drydock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, from the extension on: `needs[0].missing`; empty for the whole.
    pub path: String,
    /// What is wrong and what is expected.
    pub message: String,
    /// What of that place is wrong.
    pub place: Place,
    /// The words that may stand there, if only certain ones may.
    pub expected: Vec<&'static str>,
}

/// What of an entry is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its key.
    Key,
    /// Its value.
    Value,
}

/// Reads the value of `x-drydock`; what cannot be read is left at its default and told.
pub fn decode(value: &Value) -> (Declared, Vec<Problem>) {
    let mut reader = Reader { problems: Vec::new() };
    let declared = reader.declared(value);
    (declared, reader.problems)
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn declared(&mut self, value: &Value) -> Declared {
        let mut declared = Declared::default();
        let Some(map) = self.map("", value) else { return declared };
        for (key, value) in map {
            self.key(&mut declared, key, value);
        }
        let exit = map.get("exit").and_then(Value::as_u64).and_then(|code| u8::try_from(code).ok());
        if let Some(after) = map.get("runs").and_then(duration) {
            declared.end = Some(End { after, kind: EndKind::Exit { code: exit.unwrap_or(0), log: None } });
        }
        declared
    }

    fn key(&mut self, declared: &mut Declared, key: &str, value: &Value) {
        match key {
            "boot" => declared.boot = self.duration(key, value).unwrap_or(declared.boot),
            "log" => declared.log = self.texts(key, value),
            "needs" => declared.needs = self.list(key, value, Self::need),
            "listens" => declared.listens = self.list(key, value, Self::port),
            "bind" => declared.only_loopback = self.bind(key, value),
            "responds" => declared.responds = self.responses(key, value),
            "stores" => declared.stores = self.list(key, value, Self::store),
            "crash" => declared.end = self.crash(key, value),
            "leak" => declared.end = self.leak(key, value),
            "stop" => declared.stop = self.stop(key, value),
            "runs" => drop(self.duration(key, value)),
            "exit" => drop(self.code(key, value)),
            _ => self.unknown_key(key, names("")),
        }
    }

    fn problem(&mut self, path: &str, message: impl Into<String>) {
        self.not_one_of(path, message, Vec::new());
    }

    fn not_one_of(&mut self, path: &str, message: impl Into<String>, expected: Vec<&'static str>) {
        let message = message.into();
        self.problems.push(Problem { path: path.to_string(), message, place: Place::Value, expected });
    }

    fn unknown_key(&mut self, path: &str, expected: Vec<&'static str>) {
        let message = format!("unknown key; expected one of {}", expected.join(", "));
        self.problems.push(Problem { path: path.to_string(), message, place: Place::Key, expected });
    }

    fn map<'a>(&mut self, path: &str, value: &'a Value) -> Option<&'a Map<String, Value>> {
        let map = value.as_object();
        if map.is_none() {
            self.problem(path, "expected a mapping");
        }
        map
    }

    /// A mapping all of whose keys are known.
    fn known<'a>(&mut self, path: &str, value: &'a Value, within: &str) -> Option<&'a Map<String, Value>> {
        let map = self.map(path, value)?;
        let keys = names(within);
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            self.unknown_key(&format!("{path}.{key}"), keys.clone());
        }
        Some(map)
    }

    /// A whole number of a mapping, no less than `least` and no more than `most`.
    fn whole(&mut self, path: &str, map: &Map<String, Value>, key: &str, (least, most): (u32, u32)) -> Option<u32> {
        let value = map.get(key)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problem(&format!("{path}.{key}"), format!("expected a whole number from {least} to {most}"));
        }
        number
    }

    /// A text of a mapping.
    fn words(&mut self, path: &str, map: &Map<String, Value>, key: &str) -> Option<String> {
        map.get(key).and_then(|value| self.text(&format!("{path}.{key}"), value))
    }

    fn list<T>(&mut self, path: &str, value: &Value, item: fn(&mut Self, &str, &Value) -> Option<T>) -> Vec<T> {
        let Some(items) = value.as_array() else {
            self.problem(path, "expected a list");
            return Vec::new();
        };
        let each = items.iter().enumerate().filter_map(|(index, value)| item(self, &format!("{path}[{index}]"), value));
        each.collect()
    }

    fn texts(&mut self, path: &str, value: &Value) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            other => self.list(path, other, Self::text),
        }
    }

    fn text(&mut self, path: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.problem(path, "expected a text");
                None
            }
        }
    }

    fn duration(&mut self, path: &str, value: &Value) -> Option<Duration> {
        let found = duration(value);
        if found.is_none() {
            self.problem(path, "expected a duration such as 500ms, 2s or 1m30s");
        }
        found
    }

    fn port(&mut self, path: &str, value: &Value) -> Option<u16> {
        let port = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let port = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        if port.is_none() {
            self.problem(path, "expected a port from 1 to 65535");
        }
        port
    }

    fn bind(&mut self, path: &str, value: &Value) -> bool {
        let is_known = matches!(value.as_str(), Some("0.0.0.0" | "127.0.0.1"));
        if !is_known {
            self.not_one_of(path, "expected 0.0.0.0 or 127.0.0.1", vec!["0.0.0.0", "127.0.0.1"]);
        }
        value.as_str() == Some("127.0.0.1")
    }

    fn code(&mut self, path: &str, value: &Value) -> Option<u8> {
        let code = value.as_u64().and_then(|code| u8::try_from(code).ok());
        if code.is_none() {
            self.problem(path, "expected an exit code from 0 to 255");
        }
        code
    }

    fn need(&mut self, path: &str, value: &Value) -> Option<Need> {
        let short = Map::from_iter([("connect".to_string(), value.clone())]);
        let map = match value {
            Value::String(_) => &short,
            other => self.known(path, other, "needs")?,
        };
        let address = map.get("connect").and_then(Value::as_str).and_then(|text| text.rsplit_once(':'));
        let Some((host, Ok(port))) = address.map(|(host, port)| (host, port.parse::<u16>())) else {
            self.problem(&format!("{path}.connect"), "expected host:port");
            return None;
        };
        let every = map.get("every").and_then(|value| self.duration(&format!("{path}.every"), value));
        let attempts = self.whole(path, map, "attempts", (1, u32::MAX));
        let missing = match map.get("missing").map(|value| value.as_str().unwrap_or_default()) {
            Some("retry") => Missing::Retry { every: every.unwrap_or(Duration::from_secs(1)), attempts },
            None | Some("exit") => Missing::Exit,
            Some(_) => {
                self.not_one_of(&format!("{path}.missing"), "expected exit or retry", vec!["exit", "retry"]);
                Missing::Exit
            }
        };
        Some(Need { host: host.to_string(), port, missing })
    }

    fn responses(&mut self, path: &str, value: &Value) -> BTreeMap<String, Response> {
        let Some(map) = self.map(path, value) else { return BTreeMap::new() };
        let mut responses = BTreeMap::new();
        for (key, value) in map {
            let here = format!("{path}.{key}");
            if let Value::String(body) = value {
                let response = Response { status: 200, body: body.clone(), delay: Duration::ZERO };
                responses.insert(key.clone(), response);
            } else if let Some(map) = self.known(&here, value, "responds") {
                let status = self.whole(&here, map, "status", (100, 599)).map(|status| status as u16);
                let body = self.words(&here, map, "body").unwrap_or_default();
                let delay = map.get("delay").and_then(|value| self.duration(&format!("{here}.delay"), value));
                let response = Response { status: status.unwrap_or(200), body, delay: delay.unwrap_or_default() };
                responses.insert(key.clone(), response);
            }
        }
        responses
    }

    fn store(&mut self, path: &str, value: &Value) -> Option<Store> {
        let map = self.known(path, value, "stores")?;
        let Some(file) = map.get("path").and_then(Value::as_str).filter(|path| path.starts_with('/')) else {
            self.problem(&format!("{path}.path"), "expected an absolute path");
            return None;
        };
        let on = match map.get("on") {
            None => Occasion::Start,
            Some(Value::String(word)) if word == "start" => Occasion::Start,
            Some(Value::String(word)) if word == "request" => Occasion::Request,
            Some(other) => match duration(other) {
                Some(span) if !span.is_zero() => Occasion::Every(span),
                _ => {
                    let message = "expected start, request or a duration";
                    self.not_one_of(&format!("{path}.on"), message, vec!["start", "request"]);
                    Occasion::Start
                }
            },
        };
        let text = self.words(path, map, "text").unwrap_or_else(|| "line {count}".to_string());
        Some(Store { path: file.to_string(), on, text })
    }

    fn crash(&mut self, path: &str, value: &Value) -> Option<End> {
        let map = self.known(path, value, "crash")?;
        let after = map.get("after").and_then(|value| self.duration(&format!("{path}.after"), value));
        let code = map.get("code").and_then(|value| self.code(&format!("{path}.code"), value));
        let log = self.words(path, map, "log");
        Some(End { after: after.unwrap_or_default(), kind: EndKind::Exit { code: code.unwrap_or(1), log } })
    }

    fn leak(&mut self, path: &str, value: &Value) -> Option<End> {
        let map = self.known(path, value, "leak")?;
        let after = map.get("after").and_then(|value| self.duration(&format!("{path}.after"), value));
        Some(End { after: after.unwrap_or(Duration::from_secs(60)), kind: EndKind::OutOfMemory })
    }

    fn stop(&mut self, path: &str, value: &Value) -> Stop {
        if value.as_str() == Some("ignore") {
            return Stop::Ignore;
        }
        if value.is_string() {
            self.not_one_of(path, "expected ignore, or a mapping of after and code", vec!["ignore"]);
            return Declared::default().stop;
        }
        let Some(map) = self.known(path, value, "stop") else { return Declared::default().stop };
        let after = map.get("after").and_then(|value| self.duration(&format!("{path}.after"), value));
        let code = map.get("code").and_then(|value| self.code(&format!("{path}.code"), value));
        Stop::After(after.unwrap_or_default(), code.unwrap_or(0))
    }
}

/// A duration as the Compose file writes it, or a number of seconds.
fn duration(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(number) => Duration::try_from_secs_f64(number.as_f64()?).ok(),
        Value::String(text) => crate::dockerfile::duration(text),
        _ => None,
    }
}
