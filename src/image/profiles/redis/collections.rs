//! Commands on lists, hashes, sets and sorted sets.

use super::keys::{Entry, Keys};
use super::reply::Reply;
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

const LISTS: [&str; 14] = [
    "lpush",
    "rpush",
    "lpushx",
    "rpushx",
    "lpop",
    "rpop",
    "llen",
    "lrange",
    "lindex",
    "lset",
    "lrem",
    "ltrim",
    "rpoplpush",
    "lmove",
];

fn list(keys: &mut Keys, name: &str, key: &str, arguments: &[&str]) -> Answer {
    if !LISTS.contains(&name) {
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
        ("lpop" | "rpop", []) => match popped(keys, name, key, items, 1).pop() {
            Some(value) => Reply::Text(value),
            None => Reply::Nil,
        },
        ("lpop" | "rpop", [count]) => match count.parse::<usize>() {
            Err(_) => Reply::not_a_number(),
            Ok(_) if items.is_empty() => Reply::Nil,
            Ok(count) => Reply::list(popped(keys, name, key, items, count)),
        },
        ("lpushx" | "rpushx", values) if !values.is_empty() => match items.is_empty() {
            true => Reply::Number(0),
            false => return list(keys, if name == "lpushx" { "lpush" } else { "rpush" }, key, arguments),
        },
        ("lset", [at, value]) => return Ok(Some(set_item(keys, key, items, at, value))),
        ("lrem", [count, value]) => return Ok(Some(remove_items(keys, key, items, count, value))),
        ("ltrim", [from, to]) => match range(items.len(), from, to) {
            Some(range) => {
                keys.put(key, Entry::List(items[range].to_vec()));
                Reply::ok()
            }
            None => Reply::not_a_number(),
        },
        ("rpoplpush", [to]) => return moved(keys, key, to, false, true),
        ("lmove", [to, from_side, to_side]) => {
            return moved(keys, key, to, from_side.eq_ignore_ascii_case("left"), to_side.eq_ignore_ascii_case("left"));
        }
        ("llen", []) => number(items.len()),
        ("lindex", [at]) => match range(items.len(), at, at) {
            Some(range) if range.len() == 1 => Reply::Text(items[range.start].clone()),
            _ => Reply::Nil,
        },
        ("lrange", [from, to]) => match range(items.len(), from, to) {
            Some(range) => Reply::list(items[range].to_vec()),
            None => Reply::not_a_number(),
        },
        _ => return Ok(None),
    }))
}

/// Takes items from an end of a list, in the order in which they are taken.
fn popped(keys: &mut Keys, name: &str, key: &str, mut items: Vec<String>, count: usize) -> Vec<String> {
    let count = count.min(items.len());
    let taken = match name {
        "lpop" => items.drain(..count).collect(),
        _ => items.drain(items.len() - count..).rev().collect(),
    };
    keys.put(key, Entry::List(items));
    taken
}

fn set_item(keys: &mut Keys, key: &str, mut items: Vec<String>, at: &str, value: &str) -> Reply {
    if items.is_empty() {
        return Reply::Error("ERR no such key".to_string());
    }
    match range(items.len(), at, at) {
        None => Reply::not_a_number(),
        Some(place) if place.len() == 1 => {
            items[place.start] = value.to_string();
            keys.put(key, Entry::List(items));
            Reply::ok()
        }
        Some(_) => Reply::Error("ERR index out of range".to_string()),
    }
}

/// Removes so many items of a value: from the front, from the back for a negative number, all for 0.
fn remove_items(keys: &mut Keys, key: &str, mut items: Vec<String>, count: &str, value: &str) -> Reply {
    let Ok(count) = count.parse::<i64>() else { return Reply::not_a_number() };
    let before = items.len();
    let mut left = if count == 0 { usize::MAX } else { count.unsigned_abs() as usize };
    let mut keep = |item: &String| {
        let goes = item == value && left > 0;
        left -= usize::from(goes);
        !goes
    };
    if count < 0 {
        items.reverse();
        items.retain(&mut keep);
        items.reverse();
    } else {
        items.retain(&mut keep);
    }
    let removed = before - items.len();
    keys.put(key, Entry::List(items));
    number(removed)
}

fn moved(keys: &mut Keys, from: &str, to: &str, from_left: bool, to_left: bool) -> Answer {
    match keys.get(to) {
        None | Some(Entry::List(_)) => {}
        Some(_) => return Err(WrongType),
    }
    let taken = list(keys, if from_left { "lpop" } else { "rpop" }, from, &[])?;
    if let Some(Reply::Text(value)) = &taken {
        list(keys, if to_left { "lpush" } else { "rpush" }, to, &[value])?;
    }
    Ok(taken)
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
        ("hmget", list) if !list.is_empty() => {
            Reply::List(list.iter().map(|field| Reply::maybe(fields.get(*field).cloned())).collect())
        }
        ("hsetnx", [field, value]) => {
            let is_new = !fields.contains_key(*field);
            if is_new {
                fields.insert(field.to_string(), value.to_string());
            }
            number(usize::from(is_new))
        }
        ("hstrlen", [field]) => number(fields.get(*field).map_or(0, String::len)),
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
    if matches!(name, "sunion" | "sinter" | "sdiff") {
        return combined(keys, name, &[&[key], arguments].concat());
    }
    if !matches!(name, "sadd" | "srem" | "smembers" | "scard" | "sismember" | "smismember" | "spop" | "srandmember") {
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
        ("smismember", list) if !list.is_empty() => {
            Reply::List(list.iter().map(|member| number(usize::from(members.contains(*member)))).collect())
        }
        ("srandmember", []) => Reply::maybe(members.first().cloned()),
        ("spop", []) => Reply::maybe(members.pop_first()),
        ("sismember", [member]) => number(usize::from(members.contains(*member))),
        _ => return Ok(None),
    };
    keys.put(key, Entry::Set(members));
    Ok(Some(reply))
}

fn combined(keys: &Keys, name: &str, names: &[&str]) -> Answer {
    let mut sets = Vec::new();
    for key in names {
        sets.push(match keys.get(key) {
            Some(Entry::Set(members)) => members.clone(),
            None => BTreeSet::new(),
            Some(_) => return Err(WrongType),
        });
    }
    let mut rest = sets.into_iter();
    let first = rest.next().unwrap_or_default();
    let members = rest.fold(first, |sum, next| match name {
        "sunion" => &sum | &next,
        "sinter" => &sum & &next,
        _ => &sum - &next,
    });
    Ok(Some(Reply::list(members)))
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
                members.insert(pair[1].to_string(), score_text(pair[0].parse().unwrap_or(0.0)));
            }
            number(members.len() - before)
        }
        ("zincrby", [by, member]) => {
            let old = members.get(*member).map_or(Some(0.0), |text| text.parse::<f64>().ok());
            let Some((old, by)) = old.zip(by.parse::<f64>().ok()) else {
                return Ok(Some(Reply::Error("ERR value is not a valid float".to_string())));
            };
            let text = score_text(old + by);
            members.insert(member.to_string(), text.clone());
            Reply::Text(text)
        }
        ("zpopmin" | "zpopmax", []) => {
            let mut order = by_score(&members);
            if name == "zpopmax" {
                order.reverse();
            }
            let first = order.into_iter().next();
            first.iter().for_each(|(member, _)| drop(members.remove(member)));
            Reply::list(first.into_iter().flat_map(|(member, score)| [member, score]))
        }
        ("zrem", list) if !list.is_empty() => {
            list.iter().for_each(|member| drop(members.remove(*member)));
            number(before - members.len())
        }
        ("zscore", [member]) => members.get(*member).cloned().map_or(Reply::Nil, Reply::Text),
        ("zcard", []) => number(before),
        ("zrange" | "zrevrange", [from, to, options @ ..]) => {
            let Some(range) = range(before, from, to) else {
                return Ok(Some(Reply::not_a_number()));
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
        _ => return Ok(looked_up(&members, name, arguments)),
    };
    keys.put(key, Entry::Sorted(members));
    Ok(Some(reply))
}

/// Commands that look for members by rank or score.
fn looked_up(members: &BTreeMap<String, String>, name: &str, arguments: &[&str]) -> Option<Reply> {
    let not_a_float = || Reply::Error("ERR min or max is not a float".to_string());
    Some(match (name, arguments) {
        ("zrank" | "zrevrank", [member]) => {
            let mut order = by_score(members);
            if name == "zrevrank" {
                order.reverse();
            }
            order.iter().position(|(known, _)| known == member).map_or(Reply::Nil, number)
        }
        ("zcount", [from, to]) => match bounds(from, to) {
            Some(fits) => number(members.values().filter(|score| fits(score)).count()),
            None => not_a_float(),
        },
        ("zrangebyscore", [from, to, options @ ..]) => match bounds(from, to) {
            Some(fits) => {
                let with_scores = options.iter().any(|word| word.eq_ignore_ascii_case("withscores"));
                let found = by_score(members).into_iter().filter(|(_, score)| fits(score));
                Reply::list(
                    found.flat_map(|(member, score)| if with_scores { vec![member, score] } else { vec![member] }),
                )
            }
            None => not_a_float(),
        },
        _ => return None,
    })
}

/// A test for scores from one bound to another; `(` leaves the bound itself out.
fn bounds(from: &str, to: &str) -> Option<impl Fn(&String) -> bool + use<>> {
    let bound = |text: &str| {
        let plain = text.strip_prefix('(').unwrap_or(text);
        let number = match plain.to_lowercase().trim_start_matches('+') {
            "inf" => f64::INFINITY,
            "-inf" => f64::NEG_INFINITY,
            other => other.parse().ok()?,
        };
        Some((number, plain.len() < text.len()))
    };
    let ((low, without_low), (high, without_high)) = (bound(from)?, bound(to)?);
    Some(move |score: &String| {
        let score: f64 = score.parse().unwrap_or(0.0);
        (score > low || score == low && !without_low) && (score < high || score == high && !without_high)
    })
}

/// A score with the fewest digits.
pub fn score_text(score: f64) -> String {
    format!("{score}")
}

fn by_score(members: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let score = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let mut order: Vec<(String, String)> = members.clone().into_iter().collect();
    order.sort_by(|(a, x), (b, y)| score(x).partial_cmp(&score(y)).unwrap_or(Ordering::Equal).then(a.cmp(b)));
    order
}
