//! Memcached: everything in memory, nothing kept. Speaks its own text protocol, so `nc` can ask it.
//!
//! Sources: the official image (port 11211, user memcache, no VOLUME); memcached's protocol.txt. Simplified: keys do not expire
//! and are not evicted.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::serve::{Crowd, Handling, handle_signals, serve};
use crate::image::reference::Reference;
use crate::kernel::{Connection, ExitCode, Process, Signal};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["memcached"], title: "Memcached", define };

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    base::add_user(&root, "memcache", 11211, "/");
    root.install("/usr/local/bin/memcached", programs::of(memcached));
    let mut config = ImageConfig {
        cmd: vec!["memcached".into()],
        working_dir: "/".into(),
        user: "memcache".into(),
        exposed_ports: ["11211/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(
        reference,
        config,
        root,
        Fidelity::Known { simplified: &["keys do not expire and are not evicted"] },
    )
}

type Items = Rc<RefCell<BTreeMap<String, Vec<u8>>>>;

async fn memcached(process: Process) -> ExitCode {
    handle_signals(&process, &[Signal::TERM, Signal::INT]);
    process.sleep(Duration::from_millis(20)).await;
    let Ok(listener) = process.listen(11211) else {
        process.complain("failed to listen on TCP port 11211: Address already in use\n").await;
        return ExitCode(71);
    };
    let items = Items::default();
    let handler = |_, connection| handle(items.clone(), connection);
    let signal = serve(&process, &[&listener], &mut Crowd::default(), &handler).await;
    process
        .complain(format!("Signal handled: {}.\n", if signal == Signal::TERM { "Terminated" } else { "Interrupt" }))
        .await;
    ExitCode::SUCCESS
}

fn handle(items: Items, connection: Connection) -> Handling {
    Box::pin(async move {
        while let Ok(line) = connection.read_line(2048).await {
            let text = String::from_utf8_lossy(&line).trim_end().to_string();
            let words: Vec<&str> = text.split_whitespace().collect();
            let reply = match words.as_slice() {
                ["set", key, _, _, length, ..] => {
                    let mut value = connection.read_line(1 << 20).await.unwrap_or_default();
                    value.truncate(length.parse().unwrap_or(0));
                    items.borrow_mut().insert(key.to_string(), value);
                    "STORED\r\n".to_string()
                }
                ["get", key] => match items.borrow().get(*key) {
                    Some(value) => {
                        format!("VALUE {key} 0 {}\r\n{}\r\nEND\r\n", value.len(), String::from_utf8_lossy(value))
                    }
                    None => "END\r\n".to_string(),
                },
                ["delete", key] if items.borrow_mut().remove(*key).is_some() => "DELETED\r\n".to_string(),
                ["delete", _] => "NOT_FOUND\r\n".to_string(),
                ["stats"] => format!("STAT curr_items {}\r\nEND\r\n", items.borrow().len()),
                ["version"] => "VERSION 1.6.39\r\n".to_string(),
                ["quit"] | [] => return,
                _ => "ERROR\r\n".to_string(),
            };
            if connection.write(reply.as_bytes()).await.is_err() {
                return;
            }
        }
    })
}
