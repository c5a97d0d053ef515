//! MySQL and MariaDB, as their official images run them.
//!
//! Sources: recording `mariadb-first-and-warm-boot` for MariaDB's texts and durations; the images' Dockerfiles and
//! entrypoints; MySQL's durations are those commonly seen on a laptop (first boot about 8 s, later ones about 1.5 s).

pub mod client;
mod entrypoint;
mod journal;
mod lock;
mod dump;
mod print;
mod server;
mod tools;
mod words;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::files::Owner;
use std::rc::Rc;
use std::time::Duration;

/// MySQL.
pub const MYSQL: Profile = Profile { repositories: &["mysql", "mysql/mysql-server"], title: "MySQL", define };
/// MariaDB.
pub const MARIADB: Profile = Profile { repositories: &["mariadb"], title: "MariaDB", define };

const SIMPLIFIED: &[&str] = &[
    "SQL is a subset, which says what it does not know; a transaction's snapshot begins with its first SELECT, no gap locks",
    "tables and the redo log are text files in ibdata1 and ib_logfile0",
    "an account is meant for every host",
    "clients speak a wire format of the simulation",
];

/// Where the data are.
pub const DATA: &str = "/var/lib/mysql";

/// Databases of the servers themselves.
pub const SYSTEM: [&str; 4] = ["mysql", "information_schema", "performance_schema", "sys"];

/// Which of the two, and what differs for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Product {
    /// MySQL with its version.
    MySql(String),
    /// MariaDB with its version.
    MariaDb(String),
}

/// How long the stages of a boot take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the start to "Switching to dedicated user".
    pub script: Duration,
    /// "Initializing database files" to "initialized".
    pub initialise: Duration,
    /// Start of the server to "ready for connections".
    pub start: Duration,
    /// From a ready temporary server to "Temporary server started" (the entrypoint looks every second).
    pub poll: Duration,
    /// Loading time zones.
    pub time_zones: Duration,
    /// A shutdown.
    pub shutdown: Duration,
}

impl Product {
    /// `MySQL` or `MariaDB`.
    pub fn name(&self) -> &'static str {
        match self {
            Product::MySql(_) => "MySQL",
            Product::MariaDb(_) => "MariaDB",
        }
    }

    /// `mysqld` or `mariadbd`.
    pub fn server(&self) -> &'static str {
        match self {
            Product::MySql(_) => "mysqld",
            Product::MariaDb(_) => "mariadbd",
        }
    }

    /// What `select version()` says.
    pub fn version(&self) -> String {
        match self {
            Product::MySql(number) => number.clone(),
            Product::MariaDb(number) => format!("{number}-MariaDB-0+deb12u1"),
        }
    }

    /// Its durations.
    pub fn pace(&self) -> Pace {
        let millis = Duration::from_millis;
        match self {
            Product::MariaDb(_) => Pace {
                script: millis(250),
                initialise: millis(570),
                start: millis(90),
                poll: millis(930),
                time_zones: millis(1350),
                shutdown: millis(55),
            },
            Product::MySql(_) => Pace {
                script: millis(300),
                initialise: millis(3500),
                start: millis(900),
                poll: millis(500),
                time_zones: millis(1500),
                shutdown: millis(900),
            },
        }
    }
}

fn define(reference: &Reference) -> ImageDefinition {
    let version = reference.version();
    let product = match (reference.repository.as_str(), version.as_slice()) {
        ("mariadb", [] | [11, ..]) => Product::MariaDb(dotted(&version, "11.8.5")),
        ("mariadb", [10, 11]) => Product::MariaDb("10.11.18".to_string()),
        ("mariadb", _) => Product::MariaDb(dotted(&version, "12.1.2")),
        (_, [8] | [8, 4]) => Product::MySql("8.4.7".to_string()),
        (_, [8, 0]) => Product::MySql("8.0.44".to_string()),
        _ => Product::MySql(dotted(&version, "9.5.0")),
    };
    let root = base::debian();
    base::add_user(&root, "mysql", 999, DATA);
    let owner = Owner { user: 999, group: 999 };
    base::folder(&root, DATA, owner, 0o755);
    base::folder(&root, "/run/mysqld", owner, 0o1777);
    base::folder(&root, "/docker-entrypoint-initdb.d", Owner::default(), 0o755);
    let product = Rc::new(product);
    let install = |names: &[&str], program: Rc<dyn crate::kernel::Program>| {
        for name in names {
            root.install(&format!("/usr/local/bin/{name}"), program.clone());
        }
    };
    let of_product = product.clone();
    install(
        &["docker-entrypoint.sh"],
        programs::of(move |process| entrypoint::run(process, of_product.clone(), owner)),
    );
    let of_product = product.clone();
    install(&["mysqld", "mariadbd"], programs::of(move |process| server::run(process, of_product.clone())));
    let of_product = product.clone();
    install(&["mysqladmin", "mariadb-admin"], programs::of(move |process| tools::admin(process, of_product.clone())));
    let of_product = product.clone();
    install(&["mysql", "mariadb"], programs::of(move |process| tools::client(process, of_product.clone())));
    let of_product = product.clone();
    install(&["mysqldump", "mariadb-dump"], programs::of(move |process| dump::run(process, of_product.clone())));
    if let Product::MariaDb(_) = *product {
        install(&["healthcheck.sh"], programs::of(tools::healthcheck));
    }
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec![product.server().into()],
        volumes: [DATA.into()].into(),
        working_dir: "/".into(),
        exposed_ports: match *product {
            Product::MySql(_) => ["3306/tcp".into(), "33060/tcp".into()].into(),
            Product::MariaDb(_) => ["3306/tcp".into()].into(),
        },
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable(&format!("{}_VERSION", product.name().to_uppercase()), &product.version());
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

fn dotted(version: &[u32], latest: &str) -> String {
    match version {
        [] => latest.to_string(),
        [major] => format!("{major}.0.0"),
        [major, minor] => format!("{major}.{minor}.0"),
        [major, minor, patch, ..] => format!("{major}.{minor}.{patch}"),
    }
}

#[cfg(test)]
mod tests;
