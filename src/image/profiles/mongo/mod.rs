//! MongoDB: a server with documents in files, `mongosh`, replica sets.
//!
//! Sources: the official image's Dockerfile (VOLUMEs `/data/db` and `/data/configdb`, port 27017, user mongodb with number 999; semantics
//! S65) and entrypoint ([`entrypoint`]); MongoDB's manual for commands, operators and errors; mongosh's documentation. Each file says more.

mod aggregate;
mod commands;
mod entrypoint;
mod query;
mod replica;
mod server;
mod shell;
mod store;
mod update;
mod value;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::Process;
use crate::kernel::files::Owner;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["mongo"], title: "MongoDB", define };

/// The data path.
const DATA: &str = "/data/db";

/// The newest release of each line (mongodb.com, "MongoDB Community Server Download").
const RELEASES: [(u32, &str); 5] = [(8, "8.2.2"), (7, "7.0.26"), (6, "6.0.26"), (5, "5.0.31"), (4, "4.4.29")];

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    base::add_user(&root, "mongodb", 999, "/data/db");
    for folder in [DATA, "/data/configdb"] {
        base::folder(&root, folder, Owner { user: 999, group: 999 }, 0o755);
    }
    base::folder(&root, "/docker-entrypoint-initdb.d", Owner::default(), 0o755);
    let major = reference.major_or(RELEASES[0].0);
    root.install("/usr/bin/mongod", programs::of(server::mongod));
    // `mongo` went with 6, `mongosh` came with 5.
    let shells: &[&str] = match major {
        0..=4 => &["mongo"],
        5 => &["mongo", "mongosh"],
        _ => &["mongosh"],
    };
    for name in shells {
        root.install(&format!("/usr/bin/{name}"), programs::of(shell::mongosh));
    }
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint::entrypoint));
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["mongod".into()],
        volumes: [DATA.into(), "/data/configdb".into()].into(),
        working_dir: "/".into(),
        exposed_ports: ["27017/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    let release = RELEASES.iter().find(|(known, _)| *known == major).map_or("8.2.2", |(_, release)| release);
    config.set_variable("MONGO_VERSION", release);
    config.set_variable("MONGO_MAJOR", &major.to_string());
    let simplified = &[
        "the shell runs everyday JavaScript: no classes, no destructuring; the old shell `mongo` shows values as mongosh does",
        "a replica set has no elections: the member that is initiated is the primary, and its writes are passed on at once",
        "a write is on the disk at once, not a tenth of a second later; no transactions, no text or geometry queries",
    ];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// The server's version.
fn version(process: &Process) -> String {
    process.variable("MONGO_VERSION").map_or_else(|| RELEASES[0].1.to_string(), |version| version.to_string())
}
