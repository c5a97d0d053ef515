//! Redis and Valkey, as their official images run them.
//!
//! Sources: recordings `redis-appendonly` and `redis-without-save` for texts, order and what survives; redis.conf for the
//! default save rules; the image's Dockerfile for VOLUME, port and entrypoint.

mod client;
mod collections;
mod info;
mod keys;
mod reply;
mod server;
mod session;
mod storage;

pub use client::ask;
pub use reply::Reply;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::files::{Access, Owner};
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// Redis.
pub const REDIS: Profile = Profile { repositories: &["redis", "redis/redis-stack-server"], title: "Redis", define };
/// Valkey.
pub const VALKEY: Profile = Profile { repositories: &["valkey/valkey"], title: "Valkey", define };

const SIMPLIFIED: &[&str] = &[
    "strings, counters, expiry, lists, hashes, sets, sorted sets and MULTI, without their rarer commands, which say so",
    "dump.rdb and the append-only file are text",
    "no replication, no cluster",
];

/// Which of the two, and which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// `Redis` or `Valkey`.
    pub name: &'static str,
    /// `redis` or `valkey`: what its programs begin with.
    pub prefix: &'static str,
    /// `7.0.15`.
    pub version: String,
}

impl Product {
    /// The version of dump.rdb it writes (rdb.h of each release).
    pub fn format(&self) -> u32 {
        match (self.name, self.numbers()) {
            ("Valkey", (0..9, _)) | ("Redis", (7, 2..4)) => 11,
            ("Valkey", _) => 80,
            (_, (0..7, _)) => 9,
            (_, (7, 0..2)) => 10,
            _ => 12,
        }
    }

    /// From 7.2 on its log calls ordinary lines notices and names the kind of socket.
    pub fn has_quiet_log(&self) -> bool {
        self.numbers() >= (7, 2)
    }

    fn numbers(&self) -> (u32, u32) {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }
}

fn define(reference: &Reference) -> ImageDefinition {
    let product = match reference.repository.as_str() {
        "valkey/valkey" => Product { name: "Valkey", prefix: "valkey", version: number(reference, "8.1.4") },
        _ => Product { name: "Redis", prefix: "redis", version: number(reference, "8.2.3") },
    };
    let is_alpine = reference.has_variant("alpine");
    let root = if is_alpine { base::alpine() } else { base::debian() };
    let owner = Owner { user: 999, group: if is_alpine { 1000 } else { 999 } };
    base::add_user(&root, product.prefix, 999, "/data");
    base::folder(&root, "/data", owner, 0o755);
    let prefix = product.prefix;
    let entry = programs::of(move |process| entrypoint(process, prefix, owner));
    root.install("/usr/local/bin/docker-entrypoint.sh", entry);
    let server_product = product.clone();
    let server = programs::of(move |process| server::run(process, server_product.clone()));
    let client_product = product.clone();
    let cli = programs::of(move |process| client::cli(process, client_product.clone()));
    for prefix in ["redis", prefix] {
        root.install(&format!("/usr/local/bin/{prefix}-server"), server.clone());
        root.install(&format!("/usr/local/bin/{prefix}-cli"), cli.clone());
    }
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec![format!("{prefix}-server").into()],
        volumes: ["/data".into()].into(),
        working_dir: "/data".into(),
        exposed_ports: ["6379/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable(&format!("{}_VERSION", prefix.to_uppercase()), &product.version);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// The version of a tag. Tag 7 stands for the build of the recordings.
fn number(reference: &Reference, latest: &str) -> String {
    match reference.version().as_slice() {
        [] => latest.to_string(),
        [7] | [7, 0] => "7.0.15".to_string(),
        [major] => format!("{major}.0.0"),
        [major, minor] => format!("{major}.{minor}.0"),
        [major, minor, patch, ..] => format!("{major}.{minor}.{patch}"),
    }
}

/// `docker-entrypoint.sh`: options mean the server; the data belong to the server's user.
async fn entrypoint(process: Process, prefix: &'static str, owner: Owner) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let means_server = |word: &Rc<str>| word.starts_with('-') || word.ends_with(".conf");
    if command.first().is_some_and(means_server) {
        command.insert(0, format!("{prefix}-server").into());
    }
    let is_server = command.first().is_some_and(|word| word.ends_with("-server"));
    if is_server && process.access() == Access::ROOT {
        // A read-only or foreign folder stays as it is, as `find . -exec chown` in the script would leave it.
        let _ = process.set_owner("/data", owner);
        process.set_access(Access { owner });
    }
    programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", 11).await
}

#[cfg(test)]
mod tests;
