//! PostgreSQL, as the official image runs it, and the images built on that one.
//!
//! Images built on the official one keep its entrypoint, data path and tools, and add extensions (their Dockerfiles begin with
//! `FROM postgres`): pgvector, PostGIS, TimescaleDB (on Alpine), pgvecto.rs and Immich's. Simplified: the extensions do nothing.
//! Not among them are images with an entrypoint and paths of their own: Bitnami's, Supabase's, `timescaledb-ha`.
//!
//! Sources: the image's Dockerfile and `docker-entrypoint.sh`; recordings `postgres-*` and `counter-stack*` for texts, order
//! and durations; PostgreSQL's documentation for shutdown modes, recovery and `pg_isready`.

mod backslash;
mod boot;
pub mod client;
mod dump;
mod entrypoint;
mod lists;
mod messages;
mod print;
mod psql;
mod script;
mod server;
mod session;
mod storage;
mod target;
mod tools;
mod words;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::files::Owner;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: REPOSITORIES, title: "PostgreSQL", define };

const REPOSITORIES: &[&str] =
    &["postgres", "pgvector/pgvector", "postgis/postgis", TIMESCALE, "tensorchord/pgvecto-rs", "immich-app/postgres"];

const TIMESCALE: &str = "timescale/timescaledb";

const SIMPLIFIED: &[&str] = &[
    "SQL is a subset, which says what it does not know; READ COMMITTED is the only isolation",
    "tables and the write-ahead log are text files under the data path",
    "clients speak a wire format of the simulation",
    "no replication, no checkpoints by time",
];

const SMALL: [(&str, tools::Job); 5] = [
    ("createdb", tools::Job::CreateDatabase),
    ("dropdb", tools::Job::DropDatabase),
    ("createuser", tools::Job::CreateUser),
    ("dropuser", tools::Job::DropUser),
    ("vacuumdb", tools::Job::Vacuum),
];

/// A version, as far as it differs for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// 15.
    pub major: u32,
}

impl Version {
    /// The current one, for `latest`.
    const LATEST: u32 = 18;

    /// The version a tag names: `15-alpine`, or `pg17` and `0.8.0-pg17` of images built on the official one.
    pub fn of(reference: &Reference) -> Self {
        Self { major: reference.major_after("pg").unwrap_or_else(|| reference.major_or(Self::LATEST)) }
    }

    /// `15.18`: the last minor version, where it is known.
    pub fn number(self) -> String {
        match self.major {
            13 => "13.23".to_string(),
            14 => "14.20".to_string(),
            15 => "15.18".to_string(),
            16 => "16.11".to_string(),
            17 => "17.7".to_string(),
            18 => "18.1".to_string(),
            other => format!("{other}.0"),
        }
    }

    /// `15.18 (Debian 15.18-0+deb12u1)`. The tags of the recordings stand for Debian builds.
    pub fn build(self) -> String {
        let number = self.number();
        format!("{number} (Debian {number}-0+deb12u1)")
    }

    /// What `select version()` says, and the first line of its log.
    pub fn banner(self) -> String {
        let compiler = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0";
        format!("PostgreSQL {} on x86_64-pc-linux-gnu, compiled by {compiler}, 64-bit", self.build())
    }

    /// From 18 on the data lie in a folder of the version below the volume (semantics S61, S62).
    pub fn data_folder(self) -> String {
        match self.major {
            0..18 => "/var/lib/postgresql/data".to_string(),
            major => format!("/var/lib/postgresql/{major}/docker"),
        }
    }

    fn volume(self) -> &'static str {
        if self.major < 18 { "/var/lib/postgresql/data" } else { "/var/lib/postgresql" }
    }
}

fn define(reference: &Reference) -> ImageDefinition {
    let version = Version::of(reference);
    let is_alpine = reference.has_variant("alpine") || reference.known_name() == TIMESCALE;
    let (root, user) = if is_alpine { (base::alpine(), 70) } else { (base::debian(), 999) };
    base::add_user(&root, "postgres", user, "/var/lib/postgresql");
    let owner = Owner { user, group: user };
    base::folder(&root, "/var/lib/postgresql", owner, 0o1777);
    base::folder(&root, version.volume(), owner, 0o1777);
    base::folder(&root, "/var/run/postgresql", owner, 0o3777);
    base::folder(&root, "/docker-entrypoint-initdb.d", Owner::default(), 0o755);
    let entry = programs::of(move |process| entrypoint::run(process, version, owner));
    root.install("/usr/local/bin/docker-entrypoint.sh", entry);
    root.install("/usr/local/bin/postgres", programs::of(move |process| boot::postgres(process, version)));
    root.install("/usr/local/bin/pg_isready", programs::of(move |process| tools::pg_isready(process, version)));
    root.install("/usr/local/bin/psql", programs::of(move |process| psql::psql(process, version)));
    root.install("/usr/local/bin/pg_dump", programs::of(move |process| dump::pg_dump(process, version)));
    root.install("/usr/local/bin/pg_dumpall", programs::of(move |process| dump::pg_dumpall(process, version)));
    for (name, job) in SMALL {
        root.install(
            &format!("/usr/local/bin/{name}"),
            programs::of(move |process| tools::small(process, version, job)),
        );
    }
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["postgres".into()],
        volumes: [version.volume().into()].into(),
        working_dir: "/".into(),
        stop_signal: Some("SIGINT".into()),
        exposed_ports: ["5432/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("LANG", "en_US.utf8");
    config.set_variable("PG_MAJOR", &version.major.to_string());
    config.set_variable("PG_VERSION", &version.number());
    config.set_variable("PGDATA", &version.data_folder());
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

#[cfg(test)]
mod tests;
