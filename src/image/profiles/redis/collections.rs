//! Commands on lists, hashes, sets and sorted sets.

use super::keys::{Entry, Keys, Reply};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Carries out a command; `None` if it is none of these, or has the wrong number of words.
pub fn carry_out(keys: &mut Keys, name: &str, rest: &[&str]) -> Option<Reply> {
    let (key, arguments) = rest.split_first()?;
    let answer = match name.chars().next()? {
        'l' | 'r' => list(keys, name, key, arguments),
        'h' => hash(keys, name, key, arguments),
        's' => set(keys, name, key, arguments),
        'z' => sorted(keys, name, key, arguments),
        _ => return None,
    };
    answer.transpose().map(|result| result.unwrap_or_else(|_| Reply::wrong_type()))
}

/// The key holds another kind of value.
struct WrongType;

type Answer = Result<Option<Reply>, WrongType>;

fn number(count: usize) -> Reply {
    Reply::Number(count as i64)
}

fn list(keys: &mut Keys, name: &str, key: &str, arguments: &[&str]) -> Answer {
    if !matches!(name, "lpush" | "rpush" | "lpop" | "rpop" | "llen" | "lrange" | "lindex") {
        return Ok(None);
    }
    let mut items = match keys.get(key) {
        Some(Entry::List(items)) => items.clone(),
        None => Vec::new(),
        Some(_) => return Err(WrongType),
    };
    Ok(Some(match (name, arguments) {
        ("lpush" | "rpush", values) if !values.is_empty() => {
            for value in values {
                let at = if name == "lpush" { 0 } else { items.len() };
                items.insert(at, value.to_string());
            }
            let length = items.len();
            keys.put(key, Entry::List(items));
            number(length)
        }
        ("lpop" | "rpop", []) => match items.is_empty() {
            true => Reply::Nil,
            false => {
                let value = items.remove(if name == "lpop" { 0 } else { items.len() - 1 });
                keys.put(key, Entry::List(items));
                Reply::Text(value)
            }
        },
        ("llen", []) => number(items.len()),
        ("lindex", [at]) => match range(items.len(), at, at) {
            Some(range) if range.len() == 1 => Reply::Text(items[range.start].clone()),
            _ => Reply::Nil,
        },
        ("lrange", [from, to]) => match range(items.len(), from, to) {
            Some(range) => Reply::list(items[range].to_vec()),
            None => Reply::Error("ERR value is not an integer or out of range".to_string()),
        },
        _ => return Ok(None),
    }))
}

/// Places `from` to `to` of a list, counted from the end if negative; `None` if they are no numbers.
fn range(length: usize, from: &str, to: &str) -> Option<std::ops::Range<usize>> {
    let place = |text: &str| {
        let at: i64 = text.parse().ok()?;
        Some(if at < 0 { at + length as i64 } else { at })
    };
    let (from, to) = (place(from)?.max(0) as usize, (place(to)?.min(length as i64 - 1) + 1).max(0) as usize);
    Some(from.min(to)..to)
}

fn hash(keys: &mut Keys, name: &str, key: &str, arguments: &[&str]) -> Answer {
    let mut fields = match keys.get(key) {
        Some(Entry::Hash(fields)) => fields.clone(),
        None => BTreeMap::new(),
        Some(_) => return Err(WrongType),
    };
    let before = fields.len();
    let reply = match (name, arguments) {
        ("hset" | "hmset", pairs) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
            for pair in pairs.chunks_exact(2) {
                fields.insert(pair[0].to_string(), pair[1].to_string());
            }
            if name == "hset" { number(fields.len() - before) } else { Reply::ok() }
        }
        ("hget", [field]) => fields.get(*field).cloned().map_or(Reply::Nil, Reply::Text),
        ("hexists", [field]) => number(usize::from(fields.contains_key(*field))),
        ("hgetall", []) => Reply::list(fields.iter().flat_map(|(field, value)| [field.clone(), value.clone()])),
        ("hkeys", []) => Reply::list(fields.keys().cloned()),
        ("hvals", []) => Reply::list(fields.values().cloned()),
        ("hlen", []) => number(before),
        ("hdel", list) if !list.is_empty() => {
            list.iter().for_each(|field| drop(fields.remove(*field)));
            number(before - fields.len())
        }
        ("hincrby", [field, by]) => {
            let old = fields.get(*field).map_or(Some(0), |text| text.parse::<i64>().ok());
            match old.zip(by.parse::<i64>().ok()).and_then(|(old, by)| old.checked_add(by)) {
                Some(sum) => {
                    fields.insert(field.to_string(), sum.to_string());
                    Reply::Number(sum)
                }
                None => Reply::Error("ERR hash value is not an integer".to_string()),
            }
        }
        _ => return Ok(None),
    };
    keys.put(key, Entry::Hash(fields));
    Ok(Some(reply))
}

fn set(keys: &mut Keys, name: &str, key: &str, arguments: &[&str]) -> Answer {
    if !matches!(name, "sadd" | "srem" | "smembers" | "scard" | "sismember") {
        return Ok(None);
    }
    let mut members = match keys.get(key) {
        Some(Entry::Set(members)) => members.clone(),
        None => BTreeSet::new(),
        Some(_) => return Err(WrongType),
    };
    let before = members.len();
    let reply = match (name, arguments) {
        ("sadd", list) if !list.is_empty() => {
            members.extend(list.iter().map(|member| member.to_string()));
            number(members.len() - before)
        }
        ("srem", list) if !list.is_empty() => {
            members.retain(|member| !list.contains(&member.as_str()));
            number(before - members.len())
        }
        ("smembers", []) => Reply::list(members.iter().cloned()),
        ("scard", []) => number(before),
        ("sismember", [member]) => number(usize::from(members.contains(*member))),
        _ => return Ok(None),
    };
    keys.put(key, Entry::Set(members));
    Ok(Some(reply))
}

fn sorted(keys: &mut Keys, name: &str, key: &str, arguments: &[&str]) -> Answer {
    let mut members = match keys.get(key) {
        Some(Entry::Sorted(members)) => members.clone(),
        None => BTreeMap::new(),
        Some(_) => return Err(WrongType),
    };
    let before = members.len();
    let reply = match (name, arguments) {
        ("zadd", pairs) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
            for pair in pairs.chunks_exact(2) {
                if pair[0].parse::<f64>().is_err() {
                    return Ok(Some(Reply::Error("ERR value is not a valid float".to_string())));
                }
                members.insert(pair[1].to_string(), pair[0].to_string());
            }
            number(members.len() - before)
        }
        ("zrem", list) if !list.is_empty() => {
            list.iter().for_each(|member| drop(members.remove(*member)));
            number(before - members.len())
        }
        ("zscore", [member]) => members.get(*member).cloned().map_or(Reply::Nil, Reply::Text),
        ("zcard", []) => number(before),
        ("zrange" | "zrevrange", [from, to, options @ ..]) => {
            let Some(range) = range(before, from, to) else {
                return Ok(Some(Reply::Error("ERR value is not an integer or out of range".to_string())));
            };
            let mut order = by_score(&members);
            if name == "zrevrange" || options.iter().any(|word| word.eq_ignore_ascii_case("rev")) {
                order.reverse();
            }
            let with_scores = options.iter().any(|word| word.eq_ignore_ascii_case("withscores"));
            let each = |(member, score): (String, String)| {
                if with_scores { vec![member, score] } else { vec![member] }
            };
            Reply::list(order.drain(range).flat_map(each))
        }
        _ => return Ok(None),
    };
    keys.put(key, Entry::Sorted(members));
    Ok(Some(reply))
}

fn by_score(members: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let score = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let mut order: Vec<(String, String)> = members.clone().into_iter().collect();
    order.sort_by(|(a, x), (b, y)| score(x).partial_cmp(&score(y)).unwrap_or(Ordering::Equal).then(a.cmp(b)));
    order
}
