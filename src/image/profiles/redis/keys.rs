//! The data and the commands on them: keys in general, strings and counters; the rest is in [`super::collections`].

use super::collections;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A key's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A string.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// A hash.
    Hash(BTreeMap<String, String>),
    /// A set.
    Set(BTreeSet<String>),
    /// A sorted set: member and score, as it was written.
    Sorted(BTreeMap<String, String>),
}

/// A value and when it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The value.
    pub value: Entry,
    /// Milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// All keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    entries: BTreeMap<String, Stored>,
}

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
    /// Several strings; `None` is nothing.
    List(Vec<Option<String>>),
    /// An error, with its kind first.
    Error(String),
}

impl Reply {
    /// `OK`.
    pub fn ok() -> Self {
        Self::Status("OK".to_string())
    }

    /// A list without gaps.
    pub fn list(items: impl IntoIterator<Item = String>) -> Self {
        Self::List(items.into_iter().map(Some).collect())
    }

    /// The command was written for another kind of value.
    pub fn wrong_type() -> Self {
        Self::Error("WRONGTYPE Operation against a key holding the wrong kind of value".to_string())
    }

    fn not_a_number() -> Self {
        Self::Error("ERR value is not an integer or out of range".to_string())
    }
}

impl Keys {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).map(|stored| &stored.value)
    }

    /// Sets a key's value and keeps when it expires; an empty collection is no key.
    pub fn put(&mut self, key: &str, value: Entry) {
        let is_empty = match &value {
            Entry::Text(_) => false,
            Entry::List(items) => items.is_empty(),
            Entry::Hash(fields) | Entry::Sorted(fields) => fields.is_empty(),
            Entry::Set(members) => members.is_empty(),
        };
        if is_empty {
            self.entries.remove(key);
            return;
        }
        let expires = self.entries.get(key).and_then(|stored| stored.expires);
        self.entries.insert(key.to_string(), Stored { value, expires });
    }

    /// Removes what has expired at `now`; how many those were.
    pub fn expire(&mut self, now: u64) -> usize {
        let before = self.len();
        self.entries.retain(|_, stored| stored.expires.is_none_or(|moment| moment > now));
        before - self.len()
    }

    /// What the keys are worth, in few words.
    pub fn summary(&self) -> String {
        match self.entries.iter().next() {
            None => "no keys".to_string(),
            Some((key, Stored { value: Entry::Text(text), .. })) if self.len() == 1 => {
                format!("{key} {}", text.chars().take(20).collect::<String>())
            }
            _ => format!("{} key{}", self.len(), if self.len() == 1 { "" } else { "s" }),
        }
    }
}

/// Carries out a command at `now` (milliseconds since 1970). Second: whether data changed.
pub fn carry_out(keys: &mut Keys, words: &[String], now: u64) -> (Reply, bool) {
    keys.expire(now);
    let before = keys.clone();
    let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let answer = general(keys, &name, &rest, now)
        .or_else(|| strings(keys, &name, &rest, now))
        .or_else(|| collections::carry_out(keys, &name, &rest));
    let reply = answer.unwrap_or_else(|| unknown(&name, &rest));
    let changed = *keys != before;
    (reply, changed)
}

fn unknown(name: &str, rest: &[&str]) -> Reply {
    const KNOWN: [&str; 46] = [
        "set",
        "get",
        "del",
        "exists",
        "incr",
        "decr",
        "incrby",
        "decrby",
        "append",
        "strlen",
        "mget",
        "mset",
        "setex",
        "setnx",
        "getset",
        "getdel",
        "expire",
        "pexpire",
        "ttl",
        "pttl",
        "persist",
        "type",
        "keys",
        "rename",
        "lpush",
        "rpush",
        "lpop",
        "rpop",
        "llen",
        "lrange",
        "hset",
        "hget",
        "hgetall",
        "hdel",
        "hlen",
        "hincrby",
        "sadd",
        "srem",
        "smembers",
        "scard",
        "sismember",
        "zadd",
        "zrange",
        "zscore",
        "zcard",
        "echo",
    ];
    if KNOWN.contains(&name) {
        return Reply::Error(format!("ERR wrong number of arguments for '{name}' command"));
    }
    let arguments: String = rest.iter().map(|word| format!("'{word}' ")).collect();
    Reply::Error(format!("ERR unknown command '{name}', with args beginning with: {arguments}"))
}

fn general(keys: &mut Keys, name: &str, rest: &[&str], now: u64) -> Option<Reply> {
    let number = |count: usize| Reply::Number(count as i64);
    Some(match (name, rest) {
        ("ping", []) => Reply::Status("PONG".to_string()),
        ("ping" | "echo", [text]) => Reply::Text(text.to_string()),
        ("select", [database]) if database.parse::<u8>().is_ok_and(|number| number < 16) => Reply::ok(),
        ("del" | "unlink", list) if !list.is_empty() => {
            number(list.iter().filter(|key| keys.entries.remove(**key).is_some()).count())
        }
        ("exists", list) if !list.is_empty() => number(list.iter().filter(|key| keys.get(key).is_some()).count()),
        ("type", [key]) => Reply::Status(kind(keys.get(key)).to_string()),
        ("keys", [pattern]) => {
            let matches = |key: &&String| crate::dockerfile::glob_matches(pattern, key);
            Reply::list(keys.entries.keys().filter(matches).cloned())
        }
        ("dbsize", []) => number(keys.len()),
        ("flushall" | "flushdb", _) => {
            keys.entries.clear();
            Reply::ok()
        }
        ("rename", [from, to]) => match keys.entries.remove(*from) {
            Some(stored) => {
                keys.entries.insert(to.to_string(), stored);
                Reply::ok()
            }
            None => Reply::Error("ERR no such key".to_string()),
        },
        ("expire" | "pexpire" | "expireat" | "pexpireat", [key, time]) => expire(keys, name, key, time, now),
        ("persist", [key]) => {
            number(usize::from(keys.entries.get_mut(*key).is_some_and(|stored| stored.expires.take().is_some())))
        }
        ("ttl" | "pttl", [key]) => Reply::Number(left(keys, key, now, if name == "ttl" { 1000 } else { 1 })),
        _ => return None,
    })
}

fn kind(entry: Option<&Entry>) -> &'static str {
    match entry {
        None => "none",
        Some(Entry::Text(_)) => "string",
        Some(Entry::List(_)) => "list",
        Some(Entry::Hash(_)) => "hash",
        Some(Entry::Set(_)) => "set",
        Some(Entry::Sorted(_)) => "zset",
    }
}

fn expire(keys: &mut Keys, name: &str, key: &str, time: &str, now: u64) -> Reply {
    let Ok(time) = time.parse::<i64>() else { return Reply::not_a_number() };
    let millis = if name.starts_with('p') { time } else { time.saturating_mul(1000) };
    let moment = if name.ends_with("at") { millis } else { millis.saturating_add_unsigned(now) };
    let Some(stored) = keys.entries.get_mut(key) else { return Reply::Number(0) };
    stored.expires = Some(u64::try_from(moment).unwrap_or(0));
    keys.expire(now);
    Reply::Number(1)
}

/// The time a key has left, rounded as Redis rounds it; -1 for ever, -2 for no key.
fn left(keys: &Keys, key: &str, now: u64, unit: u64) -> i64 {
    match keys.entries.get(key) {
        None => -2,
        Some(Stored { expires: None, .. }) => -1,
        Some(Stored { expires: Some(moment), .. }) => ((moment.saturating_sub(now) + unit / 2) / unit) as i64,
    }
}

fn strings(keys: &mut Keys, name: &str, rest: &[&str], now: u64) -> Option<Reply> {
    Some(match (name, rest) {
        ("set", [key, value, options @ ..]) => set(keys, key, value, options, now),
        ("setnx", [key, value]) => {
            let is_new = keys.get(key).is_none();
            if is_new {
                keys.put(key, Entry::Text(value.to_string()));
            }
            Reply::Number(i64::from(is_new))
        }
        ("setex", [key, seconds, value]) => set(keys, key, value, &["ex", seconds], now),
        ("psetex", [key, millis, value]) => set(keys, key, value, &["px", millis], now),
        ("get", [key]) => get(keys, key),
        ("getset", [key, value]) => {
            let old = get(keys, key);
            set(keys, key, value, &[], now);
            old
        }
        ("getdel", [key]) => {
            let old = get(keys, key);
            keys.entries.remove(*key);
            old
        }
        ("mset", pairs) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
            pairs.chunks_exact(2).for_each(|pair| drop(set(keys, pair[0], pair[1], &[], now)));
            Reply::ok()
        }
        ("mget", list) if !list.is_empty() => {
            let text = |key: &&str| match get(keys, key) {
                Reply::Text(text) => Some(text),
                _ => None,
            };
            Reply::List(list.iter().map(text).collect())
        }
        ("append", [key, more]) => match get(keys, key) {
            error @ Reply::Error(_) => error,
            old => {
                let text = if let Reply::Text(old) = old { old + more } else { more.to_string() };
                let length = text.len() as i64;
                keys.put(key, Entry::Text(text));
                Reply::Number(length)
            }
        },
        ("strlen", [key]) => match get(keys, key) {
            Reply::Text(text) => Reply::Number(text.len() as i64),
            Reply::Nil => Reply::Number(0),
            error => error,
        },
        ("incr", [key]) => add(keys, key, "1", 1),
        ("decr", [key]) => add(keys, key, "1", -1),
        ("incrby", [key, by]) => add(keys, key, by, 1),
        ("decrby", [key, by]) => add(keys, key, by, -1),
        _ => return None,
    })
}

fn set(keys: &mut Keys, key: &str, value: &str, options: &[&str], now: u64) -> Reply {
    let (mut expires, mut keeps, mut wanted) = (None, false, None);
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match option.to_lowercase().as_str() {
            "nx" => wanted = Some(false),
            "xx" => wanted = Some(true),
            "keepttl" => keeps = true,
            unit @ ("ex" | "px") => match rest.next().and_then(|time| time.parse::<u64>().ok()) {
                Some(0) => return Reply::Error("ERR invalid expire time in 'set' command".to_string()),
                Some(time) => {
                    expires = Some(now.saturating_add(if unit == "ex" { time.saturating_mul(1000) } else { time }))
                }
                None => return Reply::not_a_number(),
            },
            _ => return Reply::Error("ERR syntax error".to_string()),
        }
    }
    if wanted.is_some_and(|wanted| keys.get(key).is_some() != wanted) {
        return Reply::Nil;
    }
    if keeps {
        expires = keys.entries.get(key).and_then(|stored| stored.expires);
    }
    keys.entries.insert(key.to_string(), Stored { value: Entry::Text(value.to_string()), expires });
    Reply::ok()
}

fn get(keys: &Keys, key: &str) -> Reply {
    match keys.get(key) {
        Some(Entry::Text(text)) => Reply::Text(text.clone()),
        Some(_) => Reply::wrong_type(),
        None => Reply::Nil,
    }
}

fn add(keys: &mut Keys, key: &str, by: &str, sign: i64) -> Reply {
    let old = match get(keys, key) {
        Reply::Text(text) => text.parse::<i64>().ok(),
        Reply::Nil => Some(0),
        error => return error,
    };
    let by = by.parse::<i64>().ok().and_then(|by| by.checked_mul(sign));
    match old.zip(by).and_then(|(old, by)| old.checked_add(by)) {
        Some(number) => {
            keys.put(key, Entry::Text(number.to_string()));
            Reply::Number(number)
        }
        None => Reply::not_a_number(),
    }
}
