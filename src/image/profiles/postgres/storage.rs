//! The files under the data path: what survives is what they hold.
//!
//! `base/databases.json` is the state of the last checkpoint, `pg_wal/0…1` the statements that changed something since,
//! `global/pg_control` says whether the server was shut down. Layout and names follow PostgreSQL's, contents do not.

use crate::image::programs::tables::TableFiles;
use crate::image::sql::{Cluster, Database, Role, Shape};
use crate::kernel::{Errno, Process};
use serde_json::{Value, json};
use std::rc::Rc;

const TABLES: &str = "base/databases.json";
const LOG: &str = "pg_wal/000000010000000000000001";
const CONTROL: &str = "global/pg_control";

/// Whether the server was shut down properly, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// It was.
    ShutDown(String),
    /// It was not: it was started at that time.
    InProduction(String),
}

/// The data path of a server.
#[derive(Clone)]
pub struct Storage {
    process: Process,
    folder: String,
}

impl Storage {
    /// The data path `folder`.
    pub fn new(process: &Process, folder: &str) -> Self {
        Self { process: process.clone(), folder: folder.trim_end_matches('/').to_string() }
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    fn text(&self, name: &str) -> Option<String> {
        let bytes = self.process.read_file(&self.path(name)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn write(&self, name: &str, text: &str) -> Result<(), Errno> {
        self.process.write_file(&self.path(name), text.as_bytes()).await
    }

    /// The major version that initialised it; `None` if there is no database.
    pub fn version(&self) -> Option<String> {
        self.text("PG_VERSION").map(|text| text.trim().to_string()).filter(|text| !text.is_empty())
    }

    /// Makes a new database system with one superuser; `hosts` is how other hosts are let in.
    pub async fn initialise(&self, major: u32, user: &str, password: &str, hosts: &str) -> Result<(), Errno> {
        for folder in ["base", "global", "pg_wal"] {
            self.process.make_folders(&self.path(folder))?;
        }
        let mut cluster = Cluster::default();
        for name in ["postgres", "template1"] {
            let shape = Rc::new(Shape { owner: user.to_string(), ..Shape::default() });
            cluster.databases.insert(name.to_string(), Rc::new(Database { shape, ..Database::default() }));
        }
        let role = if password.is_empty() {
            Role { password: None, ..Role::superuser("") }
        } else {
            Role::superuser(password)
        };
        Rc::make_mut(&mut cluster.roles).insert(user.to_string(), role);
        self.summarise(&cluster);
        let local = "local   all   all                trust\nhost    all   all   127.0.0.1/32 trust\n";
        self.write("PG_VERSION", &format!("{major}\n")).await?;
        self.write("postgresql.conf", "listen_addresses = '*'\n").await?;
        self.write("pg_hba.conf", &format!("{local}\nhost all all all {hosts}\n")).await?;
        self.write(LOG, "").await?;
        self.write(TABLES, &cluster.to_text()).await
    }

    /// Whether connections from other hosts need no password.
    pub fn trusts_hosts(&self) -> bool {
        let rules = self.text("pg_hba.conf").unwrap_or_default();
        rules.lines().any(|line| line.split_whitespace().eq(["host", "all", "all", "all", "trust"]))
    }

    /// How the server ended last time.
    pub fn control(&self) -> Control {
        let value: Value = self.text(CONTROL).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let time = value["time"].as_str().unwrap_or_default().to_string();
        match value["state"].as_str() {
            Some("shut down") => Control::ShutDown(time),
            _ => Control::InProduction(time),
        }
    }

    /// Writes down the server's state.
    pub async fn set_control(&self, control: &Control) -> Result<(), Errno> {
        let (state, time) = match control {
            Control::ShutDown(time) => ("shut down", time),
            Control::InProduction(time) => ("in production", time),
        };
        self.write(CONTROL, &json!({ "state": state, "time": time }).to_string()).await
    }

    /// The tables and the write-ahead log.
    pub fn tables(&self) -> TableFiles {
        TableFiles { process: self.process.clone(), tables: self.path(TABLES), log: self.path(LOG) }
    }

    /// Says what the data are worth, for whoever looks at the data path.
    pub fn summarise(&self, cluster: &Cluster) {
        self.process.summarise(&self.folder, &cluster.summary());
    }
}
