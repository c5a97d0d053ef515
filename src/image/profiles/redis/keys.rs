//! The data and the commands on them: keys in general, strings and counters; the rest is in [`super::collections`].

use super::collections;
use super::reply::Reply;
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

/// The data of a server: up to 16 databases by their number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Databases(BTreeMap<u8, Keys>);

impl Databases {
    /// How many keys there are in all.
    pub fn len(&self) -> usize {
        self.0.values().map(Keys::len).sum()
    }

    /// Removes what has expired at `now`; how many those were.
    pub fn expire(&mut self, now: u64) -> usize {
        self.0.values_mut().map(|keys| keys.expire(now)).sum()
    }

    /// Empties all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The databases that hold keys: number, keys, and how many of them expire, with the mean of what they have left.
    pub fn counts(&self, now: u64) -> Vec<(u8, usize, usize, u64)> {
        let count = |(number, keys): (&u8, &Keys)| {
            let left: Vec<u64> =
                keys.entries.values().filter_map(|stored| Some(stored.expires?.saturating_sub(now))).collect();
            let mean = left.iter().sum::<u64>().checked_div(left.len() as u64).unwrap_or(0);
            (*number, keys.len(), left.len(), mean)
        };
        self.0.iter().filter(|(_, keys)| keys.len() > 0).map(count).collect()
    }

    /// What the keys are worth, in few words.
    pub fn summary(&self) -> String {
        match self.0.values().filter(|keys| keys.len() > 0).collect::<Vec<_>>().as_slice() {
            [] => "no keys".to_string(),
            [one] => one.summary(),
            _ => format!("{} keys", self.len()),
        }
    }

    /// Carries out a command on one of them at `now` (milliseconds since 1970). Second: whether data changed.
    pub fn carry_out(&mut self, number: u8, words: &[String], now: u64) -> (Reply, bool) {
        let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        if name == "flushall" {
            let changed = self.len() > 0;
            self.clear();
            return (Reply::ok(), changed);
        }
        carry_out(self.0.entry(number).or_default(), words, now)
    }
}

/// Carries out a command at `now` (milliseconds since 1970). Second: whether data changed.
fn carry_out(keys: &mut Keys, words: &[String], now: u64) -> (Reply, bool) {
    keys.expire(now);
    let before = keys.clone();
    let name = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let answer = general(keys, &name, &rest, now)
        .or_else(|| strings(keys, &name, &rest, now))
        .or_else(|| ranges(keys, &name, &rest))
        .or_else(|| collections::carry_out(keys, &name, &rest));
    let written = words.first().map_or("", String::as_str);
    let reply = answer.unwrap_or_else(|| unknown(written, &rest));
    let changed = *keys != before;
    (reply, changed)
}

/// Commands of Redis 7 by what the simulation makes of them: those it carries out, and those it leaves out.
const CARRIED_OUT: &str = "set get del exists incr decr incrby decrby incrbyfloat append strlen mget mset msetnx setex psetex setnx getset getdel getex getrange substr setrange expire pexpire expireat pexpireat ttl pttl persist type keys rename renamenx randomkey touch unlink copy scan lpush rpush lpushx rpushx lpop rpop llen lrange lindex lset lrem ltrim rpoplpush lmove hset hmset hget hmget hgetall hdel hlen hexists hkeys hvals hincrby hsetnx hstrlen sadd srem smembers scard sismember smismember spop srandmember sunion sinter sdiff smove zadd zrem zrange zrevrange zrangebyscore zscore zcard zincrby zrank zrevrank zcount zpopmin zpopmax echo ping flushdb select auth multi exec discard config dbsize publish wait save bgsave lastsave object client acl replicaof slaveof";
const LEFT_OUT: &str = "blpop brpop blmove subscribe psubscribe unsubscribe punsubscribe monitor eval evalsha script function fcall xadd xlen xrange xrevrange xread xreadgroup xgroup xack xdel xtrim xinfo xpending xclaim setbit getbit bitcount bitop bitpos bitfield pfadd pfcount pfmerge geoadd geodist geosearch geopos hscan sscan zscan sort dump restore migrate memory slowlog latency debug command module cluster watch unwatch reset hello swapdb failover sync psync bgrewriteaof hincrbyfloat hrandfield sinterstore sunionstore sdiffstore zunionstore zinterstore zrangestore zrevrangebyscore zrangebylex zremrangebyscore zremrangebyrank zmscore lpos lmpop zmpop move expiretime object readonly";

/// What is said of a command that was not carried out.
pub fn unknown(written: &str, rest: &[&str]) -> Reply {
    let name = written.to_lowercase();
    let is_among = |list: &str| list.split(' ').any(|known| known == name);
    if is_among(CARRIED_OUT) {
        return Reply::Error(format!("ERR wrong number of arguments for '{name}' command"));
    }
    if is_among(LEFT_OUT) {
        return Reply::unsupported(&name.to_uppercase());
    }
    let arguments: String = rest.iter().map(|word| format!("'{word}' ")).collect();
    Reply::Error(format!("ERR unknown command '{written}', with args beginning with: {arguments}"))
}

/// Whether a command is known at all, for a transaction that collects commands.
pub fn is_known(name: &str) -> bool {
    let name = name.to_lowercase();
    CARRIED_OUT.split(' ').chain(LEFT_OUT.split(' ')).any(|known| known == name)
}

fn general(keys: &mut Keys, name: &str, rest: &[&str], now: u64) -> Option<Reply> {
    let number = |count: usize| Reply::Number(count as i64);
    Some(match (name, rest) {
        ("ping", []) => Reply::Status("PONG".to_string()),
        ("ping" | "echo", [text]) => Reply::Text(text.to_string()),
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
        ("touch", list) if !list.is_empty() => number(list.iter().filter(|key| keys.get(key).is_some()).count()),
        ("randomkey", []) => Reply::maybe(keys.entries.keys().next().cloned()),
        ("scan", [cursor, options @ ..]) => scan(keys, cursor, options),
        ("copy", [from, to]) => match keys.entries.get(*from).cloned() {
            Some(stored) if keys.get(to).is_none() => {
                keys.entries.insert(to.to_string(), stored);
                Reply::Number(1)
            }
            _ => Reply::Number(0),
        },
        ("renamenx", [from, to]) => match (keys.entries.contains_key(*to), keys.entries.remove(*from)) {
            (_, None) => Reply::Error("ERR no such key".to_string()),
            (true, Some(stored)) => {
                keys.entries.insert(from.to_string(), stored);
                Reply::Number(0)
            }
            (false, Some(stored)) => {
                keys.entries.insert(to.to_string(), stored);
                Reply::Number(1)
            }
        },
        ("flushdb", _) => {
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
            if let Reply::Text(_) = old {
                keys.entries.remove(*key);
            }
            old
        }
        ("getex", [key]) => get(keys, key),
        ("mset", pairs) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
            pairs.chunks_exact(2).for_each(|pair| drop(set(keys, pair[0], pair[1], &[], now)));
            Reply::ok()
        }
        ("mget", list) if !list.is_empty() => {
            let text = |key: &&str| match get(keys, key) {
                Reply::Text(text) => Reply::Text(text),
                _ => Reply::Nil,
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

/// SCAN: everything at once, as a real server answers for few keys.
fn scan(keys: &Keys, cursor: &str, options: &[&str]) -> Reply {
    if cursor.parse::<u64>().is_err() {
        return Reply::Error("ERR invalid cursor".to_string());
    }
    let (mut pattern, mut wanted) = ("*", None);
    for pair in options.chunks(2) {
        match (pair[0].to_lowercase().as_str(), pair.get(1)) {
            ("match", Some(given)) => pattern = given,
            ("count", Some(given)) if given.parse::<u64>().is_ok_and(|count| count > 0) => {}
            ("type", Some(given)) => wanted = Some(given.to_lowercase()),
            _ => return Reply::syntax(),
        }
    }
    let fits = |(key, stored): &(&String, &Stored)| {
        crate::dockerfile::glob_matches(pattern, key)
            && wanted.as_deref().is_none_or(|wanted| kind(Some(&stored.value)) == wanted)
    };
    let found = keys.entries.iter().filter(fits).map(|(key, _)| key.clone());
    Reply::List(vec![Reply::Text("0".to_string()), Reply::list(found)])
}

/// Parts of strings, and numbers with a fraction.
fn ranges(keys: &mut Keys, name: &str, rest: &[&str]) -> Option<Reply> {
    Some(match (name, rest) {
        ("getrange" | "substr", [key, from, to]) => match (get(keys, key), from.parse::<i64>(), to.parse::<i64>()) {
            (error @ Reply::Error(_), ..) => error,
            (Reply::Text(text), Ok(from), Ok(to)) => Reply::Text(part(&text, from, to)),
            (_, Ok(_), Ok(_)) => Reply::Text(String::new()),
            _ => Reply::not_a_number(),
        },
        ("setrange", [key, at, more]) => match (get(keys, key), at.parse::<usize>()) {
            (error @ Reply::Error(_), _) => error,
            (_, Err(_)) => Reply::not_a_number(),
            (old, Ok(at)) => {
                let mut text = if let Reply::Text(old) = old { old.into_bytes() } else { Vec::new() };
                text.resize(text.len().max(at + more.len()), 0);
                text[at..at + more.len()].copy_from_slice(more.as_bytes());
                let length = text.len() as i64;
                keys.put(key, Entry::Text(String::from_utf8_lossy(&text).into_owned()));
                Reply::Number(length)
            }
        },
        ("incrbyfloat", [key, by]) => {
            let old = match get(keys, key) {
                Reply::Text(text) => text.parse::<f64>().ok(),
                Reply::Nil => Some(0.0),
                error => return Some(error),
            };
            match old.zip(by.parse::<f64>().ok()) {
                Some((old, by)) => {
                    let text = collections::score_text(old + by);
                    keys.put(key, Entry::Text(text.clone()));
                    Reply::Text(text)
                }
                None => Reply::Error("ERR value is not a valid float".to_string()),
            }
        }
        ("msetnx", pairs) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
            let is_free = pairs.iter().step_by(2).all(|key| keys.get(key).is_none());
            if is_free {
                pairs.chunks_exact(2).for_each(|pair| keys.put(pair[0], Entry::Text(pair[1].to_string())));
            }
            Reply::Number(i64::from(is_free))
        }
        _ => return None,
    })
}

/// Bytes `from` to `to` of a text, counted from the end if negative.
fn part(text: &str, from: i64, to: i64) -> String {
    let length = text.len() as i64;
    let place = |at: i64| if at < 0 { (at + length).max(0) } else { at };
    let (from, to) = (place(from), place(to).min(length - 1));
    if from > to {
        return String::new();
    }
    String::from_utf8_lossy(&text.as_bytes()[from as usize..=to as usize]).into_owned()
}

fn set(keys: &mut Keys, key: &str, value: &str, options: &[&str], now: u64) -> Reply {
    let (mut expires, mut keeps, mut gets, mut wanted) = (None, false, false, None);
    let old = get(keys, key);
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        match option.to_lowercase().as_str() {
            "nx" => wanted = Some(false),
            "xx" => wanted = Some(true),
            "keepttl" => keeps = true,
            "get" => gets = true,
            unit @ ("ex" | "px") => match rest.next().and_then(|time| time.parse::<u64>().ok()) {
                Some(0) => return Reply::Error("ERR invalid expire time in 'set' command".to_string()),
                Some(time) => {
                    expires = Some(now.saturating_add(if unit == "ex" { time.saturating_mul(1000) } else { time }))
                }
                None => return Reply::not_a_number(),
            },
            _ => return Reply::syntax(),
        }
    }
    if wanted.is_some_and(|wanted| keys.get(key).is_some() != wanted) {
        return Reply::Nil;
    }
    if keeps {
        expires = keys.entries.get(key).and_then(|stored| stored.expires);
    }
    keys.entries.insert(key.to_string(), Stored { value: Entry::Text(value.to_string()), expires });
    if gets { old } else { Reply::ok() }
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
