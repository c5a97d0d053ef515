//! The data and the commands on them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A key's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// A string.
    Text(String),
    /// A list.
    List(Vec<String>),
}

/// All keys.
pub type Keys = BTreeMap<String, Entry>;

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A word such as `OK`.
    Status(String),
    /// A string.
    Text(String),
    /// A number.
    Number(i64),
    /// Nothing.
    Nil,
    /// Several strings.
    List(Vec<String>),
    /// An error, with its kind first.
    Error(String),
}

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

/// Carries out a command on the keys. Second: whether data changed.
pub fn carry_out(keys: &mut Keys, words: &[String]) -> (Reply, bool) {
    let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let before = keys.len();
    match (name.as_str(), rest.as_slice()) {
        ("ping", []) => (Reply::Status("PONG".to_string()), false),
        ("ping", [text]) | ("echo", [text]) => (Reply::Text(text.to_string()), false),
        ("set", [key, value, options @ ..]) => set(keys, key, value, options),
        ("get", [key]) => (get(keys, key), false),
        ("del" | "unlink", list) => {
            list.iter().for_each(|key| drop(keys.remove(*key)));
            (Reply::Number((before - keys.len()) as i64), before != keys.len())
        }
        ("exists", list) => (Reply::Number(list.iter().filter(|key| keys.contains_key(**key)).count() as i64), false),
        ("incr", [key]) => add(keys, key, "1"),
        ("decr", [key]) => add(keys, key, "-1"),
        ("incrby", [key, by]) => add(keys, key, by),
        ("lpush" | "rpush", [key, values @ ..]) if !values.is_empty() => push(keys, key, values, name == "lpush"),
        ("lpop" | "rpop", [key]) => pop(keys, key, name == "lpop"),
        ("llen", [key]) => (list(keys, key).map_or_else(|error| error, |list| Reply::Number(list.len() as i64)), false),
        ("lrange", [key, _, _]) => (list(keys, key).map_or_else(|error| error, Reply::List), false),
        ("keys", [pattern]) => {
            let found = keys.keys().filter(|key| crate::dockerfile::glob_matches(pattern, key)).cloned();
            (Reply::List(found.collect()), false)
        }
        ("dbsize", []) => (Reply::Number(before as i64), false),
        ("flushall" | "flushdb", _) => {
            keys.clear();
            (Reply::Status("OK".to_string()), before > 0)
        }
        ("expire", [key, _]) => (Reply::Number(i64::from(keys.contains_key(*key))), false),
        ("ttl", [key]) => (Reply::Number(if keys.contains_key(*key) { -1 } else { -2 }), false),
        ("ping" | "set" | "get" | "incr" | "decr" | "incrby" | "lpush" | "rpush" | "lpop" | "rpop" | "llen", _) => {
            (Reply::Error(format!("ERR wrong number of arguments for '{name}' command")), false)
        }
        (other, _) => (Reply::Error(format!("ERR unknown command '{other}', with args beginning with: ")), false),
    }
}

fn set(keys: &mut Keys, key: &str, value: &str, options: &[&str]) -> (Reply, bool) {
    let has = |word: &str| options.iter().any(|option| option.eq_ignore_ascii_case(word));
    if has("nx") && keys.contains_key(key) || has("xx") && !keys.contains_key(key) {
        return (Reply::Nil, false);
    }
    keys.insert(key.to_string(), Entry::Text(value.to_string()));
    (Reply::Status("OK".to_string()), true)
}

fn get(keys: &Keys, key: &str) -> Reply {
    match keys.get(key) {
        Some(Entry::Text(text)) => Reply::Text(text.clone()),
        Some(Entry::List(_)) => Reply::Error(WRONG_TYPE.to_string()),
        None => Reply::Nil,
    }
}

fn add(keys: &mut Keys, key: &str, by: &str) -> (Reply, bool) {
    let old = match get(keys, key) {
        Reply::Text(text) => text.parse::<i64>().ok(),
        Reply::Nil => Some(0),
        error => return (error, false),
    };
    match old.zip(by.parse::<i64>().ok()).and_then(|(old, by)| old.checked_add(by)) {
        Some(number) => {
            keys.insert(key.to_string(), Entry::Text(number.to_string()));
            (Reply::Number(number), true)
        }
        None => (Reply::Error("ERR value is not an integer or out of range".to_string()), false),
    }
}

fn list(keys: &Keys, key: &str) -> Result<Vec<String>, Reply> {
    match keys.get(key) {
        Some(Entry::List(list)) => Ok(list.clone()),
        Some(Entry::Text(_)) => Err(Reply::Error(WRONG_TYPE.to_string())),
        None => Ok(Vec::new()),
    }
}

fn push(keys: &mut Keys, key: &str, values: &[&str], at_front: bool) -> (Reply, bool) {
    let mut items = match list(keys, key) {
        Ok(items) => items,
        Err(error) => return (error, false),
    };
    for value in values {
        let at = if at_front { 0 } else { items.len() };
        items.insert(at, value.to_string());
    }
    let length = items.len() as i64;
    keys.insert(key.to_string(), Entry::List(items));
    (Reply::Number(length), true)
}

fn pop(keys: &mut Keys, key: &str, at_front: bool) -> (Reply, bool) {
    let mut items = match list(keys, key) {
        Ok(items) if items.is_empty() => return (Reply::Nil, false),
        Ok(items) => items,
        Err(error) => return (error, false),
    };
    let at = if at_front { 0 } else { items.len() - 1 };
    let value = items.remove(at);
    match items.is_empty() {
        true => drop(keys.remove(key)),
        false => drop(keys.insert(key.to_string(), Entry::List(items))),
    }
    (Reply::Text(value), true)
}

/// What the keys are worth, in few words.
pub fn summary(keys: &Keys) -> String {
    match keys.iter().next() {
        None => "no keys".to_string(),
        Some((key, Entry::Text(text))) if keys.len() == 1 => {
            format!("{key} {}", text.chars().take(20).collect::<String>())
        }
        _ => format!("{} key{}", keys.len(), if keys.len() == 1 { "" } else { "s" }),
    }
}
