//! Kafka in KRaft mode: a broker with topics, partitions, records and groups, and the command line tools.
//!
//! Sources: the Dockerfiles and scripts of `apache/kafka` (`docker/jvm/Dockerfile`, `docker/resources/`), `confluentinc/cp-kafka`
//! and `bitnami/kafka` for where the tools and the data are and what is said at the start; each file names those of its own.
//! Must not know what records mean.

mod broker;
mod consumer;
mod settings;
mod store;
mod tools;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::clock::Date;
use crate::image::reference::Reference;
use crate::kernel::files::Owner;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// The profile.
pub const PROFILE: Profile = Profile {
    repositories: &["apache/kafka", "confluentinc/cp-kafka", "bitnami/kafka"],
    title: "Apache Kafka",
    define,
};

const TOOLS: [&str; 5] = [
    "kafka-topics",
    "kafka-console-producer",
    "kafka-console-consumer",
    "kafka-consumer-groups",
    "kafka-broker-api-versions",
];

/// The user of the images (Dockerfiles; bitnami's is 1001).
const USER: u32 = 1000;

const SIMPLIFIED: &[&str] = &[
    "a broker's data are one JSON file; keys, transactions, retention and compaction are not simulated",
    "one broker: it is its own controller, and the only replica",
    "a consumer without a group always draws the same number",
    "of the log of a start the lines that people look for are written",
];

/// Where an image has its things.
struct Layout {
    tools: &'static str,
    suffix: &'static str,
    data: &'static str,
    volume: &'static str,
    /// Whether the cluster must be named (`dub ensure CLUSTER_ID`, confluentinc/kafka-images `configure`).
    needs_cluster: bool,
}

fn layout(repository: &str) -> Layout {
    match repository {
        "confluentinc/cp-kafka" => Layout {
            tools: "/usr/bin",
            suffix: "",
            data: "/var/lib/kafka/data",
            volume: "/var/lib/kafka/data",
            needs_cluster: true,
        },
        "bitnami/kafka" => Layout {
            tools: "/opt/bitnami/kafka/bin",
            suffix: ".sh",
            data: "/bitnami/kafka/data",
            volume: "/bitnami/kafka",
            needs_cluster: false,
        },
        _ => Layout {
            tools: "/opt/kafka/bin",
            suffix: ".sh",
            data: "/tmp/kraft-combined-logs",
            volume: "/var/lib/kafka/data",
            needs_cluster: false,
        },
    }
}

fn define(reference: &Reference) -> ImageDefinition {
    let root = base::debian();
    let layout = layout(reference.repository.as_str());
    base::add_user(&root, "appuser", USER, "/home/appuser");
    base::folder(&root, layout.volume, Owner { user: USER, group: USER }, 0o775);
    base::write(&root, settings::FILE, &settings::DEFAULT.replace("DATA", layout.data));
    for name in TOOLS {
        root.install(&format!("{}/{name}{}", layout.tools, layout.suffix), programs::of(tools::tool));
    }
    let needs_cluster = layout.needs_cluster;
    root.install("/etc/kafka/docker/run", programs::of(move |process| broker::broker(process, needs_cluster)));
    root.install("/__cacert_entrypoint.sh", programs::of(entrypoint));
    let mut config = ImageConfig {
        entrypoint: vec!["/__cacert_entrypoint.sh".into()],
        cmd: vec!["/etc/kafka/docker/run".into()],
        volumes: [layout.volume.into()].into(),
        working_dir: "/".into(),
        user: "appuser".into(),
        exposed_ports: ["9092/tcp".into()].into(),
        ..ImageConfig::default()
    };
    let is_apart = layout.tools == "/opt/bitnami/kafka/bin";
    let path = if is_apart { format!("{}:{}", layout.tools, base::PATH) } else { base::PATH.to_string() };
    config.set_variable("PATH", &path);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

/// The entrypoint of Eclipse Temurin's images: it passes on.
async fn entrypoint(process: Process) -> ExitCode {
    let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    programs::exec_from_bash(&process, &command, "/__cacert_entrypoint.sh", 30).await
}

/// A line of a log as log4j writes it: `[2025-04-02 15:18:19,302] INFO TEXT`.
fn line(process: &Process, level: &str, text: &str) -> String {
    format!("[{}] {level} {text}\n", Date::now(process).millis().replace('.', ","))
}
