//! Memcached: everything in memory, nothing kept. Speaks its own text protocol, so `nc` can ask it.
//!
//! Sources: the official image's Dockerfile (docker-library/memcached: user memcache with number 11211, port 11211, no VOLUME) and
//! `docker-entrypoint.sh` (options are for memcached); memcached's `doc/protocol.txt` for commands, answers and statistics; its
//! manual page for the options. From memory: what it says of a wrong option and of a port in use. Simplified: memory is not limited, so nothing is evicted.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::arguments::Arguments;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::{Connection, ExitCode, Instant, Process, Signal};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["memcached"], title: "Memcached", define };

/// The release of November 2025 (memcached.org, "Release notes").
const VERSION: &str = "1.6.39";

/// Where the script runs `exec "$@"`.
const EXEC_LINE: u32 = 10;

/// Its start. Typical; 5 to 50 ms.
const LAUNCH: Duration = Duration::from_millis(20);

/// Above this an expiry is a date, not a span (`protocol.txt`, "Expiration times": 30 days).
const LONGEST_SPAN: i64 = 30 * 24 * 3600;

/// The longest key (`KEY_MAX_LENGTH`), and the biggest value (`-I`, 1 megabyte).
const LONGEST_KEY: usize = 250;
const BIGGEST_VALUE: usize = 1 << 20;

/// EX_OSERR and EX_USAGE of `sysexits.h`.
const OS_ERROR: u8 = 71;
const USAGE: u8 = 64;

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    base::add_user(&root, "memcache", 11211, "/");
    root.install("/usr/local/bin/memcached", programs::of(memcached));
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint));
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["memcached".into()],
        working_dir: "/".into(),
        user: "memcache".into(),
        exposed_ports: ["11211/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("MEMCACHED_VERSION", VERSION);
    let simplified = &[
        "memory is not limited: keys are not evicted",
        "of the protocol the text commands, of stats the general ones",
    ];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// `command: -m 64` means `memcached -m 64`.
async fn entrypoint(process: Process) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    if command.first().is_some_and(|word| word.starts_with('-')) {
        command.insert(0, "memcached".into());
    }
    programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", EXEC_LINE).await
}

/// A value.
struct Item {
    flags: u32,
    value: Vec<u8>,
    until: Option<Instant>,
}

/// What it has and what it has counted.
#[derive(Default)]
struct Cache {
    items: BTreeMap<String, Item>,
    gets: u64,
    hits: u64,
    sets: u64,
    connections: u64,
    memory: u64,
}

type Shared = Rc<RefCell<Cache>>;

async fn memcached(process: Process) -> ExitCode {
    let arguments =
        Arguments::parse(&process.args(), &["m", "p", "l", "c", "t", "u", "U", "I", "o", "s", "memory-limit", "port"]);
    if arguments.has(&["V", "version"]) {
        process.print(format!("memcached {VERSION}\n")).await;
        return ExitCode::SUCCESS;
    }
    let number = |names: &[&str], default: u64| match arguments.value(names) {
        Some(text) => text.parse::<u64>().map_err(|_| text.to_string()),
        None => Ok(default),
    };
    let (Ok(port), Ok(memory)) = (number(&["p", "port"], 11211), number(&["m", "memory-limit"], 64)) else {
        process.complain("Illegal argument\n").await;
        return ExitCode(USAGE);
    };
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    process.sleep(LAUNCH).await;
    let Ok(listener) = process.listen(port as u16) else {
        process
            .complain(format!(
                "bind(): Address already in use\nfailed to listen on TCP port {port}: Address already in use\n"
            ))
            .await;
        return ExitCode(OS_ERROR);
    };
    let cache: Shared = Rc::new(RefCell::new(Cache { memory, ..Cache::default() }));
    let begun = process.now();
    let handler = |_, connection| handle(process.clone(), cache.clone(), begun, connection);
    let signal = serve(&process, &[&listener], &mut Crowd::default(), &handler).await;
    process
        .complain(format!("Signal handled: {}.\n", if signal == Signal::TERM { "Terminated" } else { "Interrupt" }))
        .await;
    ExitCode::SUCCESS
}

fn handle(process: Process, cache: Shared, begun: Instant, connection: Connection) -> Handling {
    Box::pin(async move {
        cache.borrow_mut().connections += 1;
        while let Ok(line) = connection.read_line(2048).await {
            let text = String::from_utf8_lossy(&line).trim_end().to_string();
            let words: Vec<&str> = text.split_whitespace().collect();
            let reply = match words.as_slice() {
                ["quit"] | [] => break,
                ["set" | "add" | "replace" | "append" | "prepend", ..] => {
                    let Some(reply) = store(&process, &cache, &connection, &words).await else { break };
                    reply
                }
                ["stats"] => statistics(&process, &cache.borrow(), begun),
                _ => answer(&process, &mut cache.borrow_mut(), &words),
            };
            let is_silent = words.last() == Some(&"noreply");
            if !is_silent && connection.write(reply.as_bytes()).await.is_err() {
                break;
            }
        }
        cache.borrow_mut().connections -= 1;
    })
}

/// `set KEY FLAGS EXPIRY BYTES`, and the value on the next line; `None` if the client has gone.
async fn store(process: &Process, cache: &Shared, connection: &Connection, words: &[&str]) -> Option<String> {
    let [command, key, flags, expiry, length, ..] = words else { return Some("ERROR\r\n".into()) };
    let (Ok(flags), Ok(expiry), Ok(length)) = (flags.parse(), expiry.parse::<i64>(), length.parse::<usize>()) else {
        return Some("CLIENT_ERROR bad command line format\r\n".into());
    };
    let mut value = Vec::new();
    while value.len() < length + 2 {
        let bytes = connection
            .read((length + 2 - value.len()).min(BIGGEST_VALUE))
            .await
            .ok()
            .filter(|bytes| !bytes.is_empty())?;
        value.extend(bytes);
        value.truncate(BIGGEST_VALUE + 2);
        if length > BIGGEST_VALUE {
            return Some("SERVER_ERROR object too large for cache\r\n".into());
        }
    }
    if key.len() > LONGEST_KEY {
        return Some("CLIENT_ERROR bad command line format\r\n".into());
    }
    if !value.ends_with(b"\r\n") {
        return Some("CLIENT_ERROR bad data chunk\r\nERROR\r\n".into());
    }
    value.truncate(length);
    let mut cache = cache.borrow_mut();
    cache.sets += 1;
    cache.expire(process);
    let until = until(process, expiry);
    let old = cache.items.get_mut(*key);
    match (*command, old) {
        ("add", Some(_)) | ("replace" | "append" | "prepend", None) => return Some("NOT_STORED\r\n".into()),
        ("append", Some(item)) => item.value.extend(value),
        ("prepend", Some(item)) => drop(item.value.splice(0..0, value)),
        _ => drop(cache.items.insert(key.to_string(), Item { flags, value, until })),
    }
    Some("STORED\r\n".into())
}

/// When an item expires: never for 0, at once for a negative number, after a span, or at a date.
fn until(process: &Process, expiry: i64) -> Option<Instant> {
    let now = process.now();
    match expiry {
        0 => None,
        ..0 => Some(now),
        1..=LONGEST_SPAN => Some(now + Duration::from_secs(expiry as u64)),
        date => Some(now + Duration::from_secs(date as u64).saturating_sub(process.kernel().wall_clock())),
    }
}

impl Cache {
    /// Forgets what has expired.
    fn expire(&mut self, process: &Process) {
        let now = process.now();
        self.items.retain(|_, item| item.until.is_none_or(|until| until > now));
    }
}

/// Everything that needs no value behind it.
fn answer(process: &Process, cache: &mut Cache, words: &[&str]) -> String {
    cache.expire(process);
    match words {
        ["get" | "gets", keys @ ..] if !keys.is_empty() => {
            let mut text = String::new();
            for key in keys {
                cache.gets += 1;
                if let Some(item) = cache.items.get(*key) {
                    cache.hits += 1;
                    text.push_str(&format!(
                        "VALUE {key} {} {}\r\n{}\r\n",
                        item.flags,
                        item.value.len(),
                        String::from_utf8_lossy(&item.value)
                    ));
                }
            }
            text + "END\r\n"
        }
        ["delete", key, ..] => if cache.items.remove(*key).is_some() { "DELETED\r\n" } else { "NOT_FOUND\r\n" }.into(),
        [command @ ("incr" | "decr"), key, by, ..] => count(cache, command, key, by),
        ["touch", key, expiry, ..] => match (cache.items.get_mut(*key), expiry.parse()) {
            (Some(item), Ok(expiry)) => {
                item.until = until(process, expiry);
                "TOUCHED\r\n".into()
            }
            (_, Err(_)) => "CLIENT_ERROR invalid exptime argument\r\n".into(),
            (None, _) => "NOT_FOUND\r\n".into(),
        },
        ["flush_all", ..] => {
            cache.items.clear();
            "OK\r\n".into()
        }
        ["verbosity", ..] => "OK\r\n".into(),
        ["version"] => format!("VERSION {VERSION}\r\n"),
        ["stats", what, ..] => format!("SERVER_ERROR drydock: stats {what} is not simulated\r\n"),
        _ => "ERROR\r\n".into(),
    }
}

fn count(cache: &mut Cache, command: &str, key: &str, by: &str) -> String {
    let Ok(by) = by.parse::<u64>() else { return "CLIENT_ERROR invalid numeric delta argument\r\n".into() };
    let Some(item) = cache.items.get_mut(key) else { return "NOT_FOUND\r\n".into() };
    let Ok(number) = String::from_utf8_lossy(&item.value).trim().parse::<u64>() else {
        return "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n".into();
    };
    let number = if command == "incr" { number.wrapping_add(by) } else { number.saturating_sub(by) };
    item.value = number.to_string().into_bytes();
    format!("{number}\r\n")
}

/// The general statistics, in the order of `protocol.txt`.
fn statistics(process: &Process, cache: &Cache, begun: Instant) -> String {
    let bytes: usize = cache.items.iter().map(|(key, item)| key.len() + item.value.len()).sum();
    let all = [
        ("pid", process.pid().to_string()),
        ("uptime", process.now().since(begun).as_secs().to_string()),
        ("time", process.kernel().wall_clock().as_secs().to_string()),
        ("version", VERSION.to_string()),
        ("curr_connections", cache.connections.to_string()),
        ("cmd_get", cache.gets.to_string()),
        ("cmd_set", cache.sets.to_string()),
        ("get_hits", cache.hits.to_string()),
        ("get_misses", (cache.gets - cache.hits).to_string()),
        ("limit_maxbytes", (cache.memory << 20).to_string()),
        ("bytes", bytes.to_string()),
        ("curr_items", cache.items.len().to_string()),
        ("evictions", "0".to_string()),
    ];
    all.iter().map(|(name, value)| format!("STAT {name} {value}\r\n")).collect::<String>() + "END\r\n"
}
