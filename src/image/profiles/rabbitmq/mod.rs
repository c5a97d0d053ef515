//! RabbitMQ: queues with their messages, durable or not; users; the tools.
//!
//! Sources: the official image (docker-library/rabbitmq: Dockerfile with VOLUME, ports, `10-defaults.conf`, which lets the user
//! guest in from everywhere; management variant with `rabbitmqadmin`); RabbitMQ's documentation, "File and Directory Locations":
//! a node keeps its data in a folder named after itself, and its name is `rabbit@` and the host's name. So a container that
//! is replaced and has no fixed `hostname:` does not find them, although the volume is the same. Each file names its own sources.

mod broker;
mod store;
mod tools;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::files::Owner;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// RabbitMQ.
pub const RABBITMQ: Profile = Profile { repositories: &["rabbitmq"], title: "RabbitMQ", define };

/// The newest release of each line (rabbitmq.com, "Release Information", November 2025).
const RELEASES: [(u32, &str); 2] = [(4, "4.2.1"), (3, "3.13.7")];

/// The number of the user rabbitmq (Dockerfile: `useradd --uid 999`).
const USER: u32 = 999;

const SIMPLIFIED: &[&str] = &[
    "a broker's data are one JSON file",
    "the lines of its log all have the number of one process; of a start those are written that people look for",
    "the default exchange and the virtual host / alone; a message is published and taken with rabbitmqadmin",
    "permissions and tags of users are not looked at",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    let has_management = reference.has_variant("management");
    base::add_user(&root, "rabbitmq", USER, "/var/lib/rabbitmq");
    base::folder(&root, "/var/lib/rabbitmq", Owner { user: USER, group: USER }, 0o777);
    base::write(&root, "/etc/rabbitmq/conf.d/10-defaults.conf", "loopback_users.guest = false\n");
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint));
    let release = release(reference);
    root.install(
        "/usr/bin/rabbitmq-server",
        programs::of(move |process| broker::broker(process, release.clone(), has_management)),
    );
    for name in ["rabbitmqctl", "rabbitmq-diagnostics"] {
        root.install(&format!("/usr/bin/{name}"), programs::of(tools::control));
    }
    if has_management {
        root.install("/usr/local/bin/rabbitmqadmin", programs::of(tools::administrate));
    }
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["rabbitmq-server".into()],
        volumes: ["/var/lib/rabbitmq".into()].into(),
        working_dir: "/".into(),
        exposed_ports: ["5672/tcp", "4369/tcp", "25672/tcp", "5671/tcp"].map(Into::into).into(),
        ..ImageConfig::default()
    };
    if has_management {
        config.exposed_ports.insert("15672/tcp".into());
    }
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: SIMPLIFIED })
}

fn release(reference: &Reference) -> Rc<str> {
    let written = reference.version();
    if written.len() > 2 {
        return written.iter().map(u32::to_string).collect::<Vec<_>>().join(".").into();
    }
    let major = reference.major_or(RELEASES[0].0);
    match RELEASES.iter().find(|(known, _)| *known == major && written.len() < 2) {
        Some((_, release)) => (*release).into(),
        None => format!("{major}.{}.0", written.get(1).unwrap_or(&0)).into(),
    }
}

/// `docker-entrypoint.sh`: it refuses variables that are gone since 3.9 (the script's list), and passes on.
async fn entrypoint(process: Process) -> ExitCode {
    let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let old = ["RABBITMQ_DEFAULT_PASS_FILE", "RABBITMQ_DEFAULT_USER_FILE", "RABBITMQ_VM_MEMORY_HIGH_WATERMARK"];
    let set: Vec<&str> = old.into_iter().filter(|name| process.variable(name).is_some()).collect();
    for name in &set {
        process.complain(format!("error: {name} is set but deprecated\n")).await;
    }
    if !set.is_empty() {
        process.complain("error: deprecated environment variables detected\n\nPlease use a configuration file instead; visit https://www.rabbitmq.com/configure.html to learn more\n\n").await;
        return ExitCode::FAILURE;
    }
    programs::exec_from_bash(&process, &command, "/usr/local/bin/docker-entrypoint.sh", 60).await
}

/// The node's name: `rabbit@` and the host's name without its domain, unless RABBITMQ_NODENAME gives another.
fn node(process: &Process) -> String {
    let hostname = process.hostname();
    let own = || format!("rabbit@{}", hostname.split('.').next().unwrap_or_default());
    process.variable("RABBITMQ_NODENAME").filter(|name| !name.is_empty()).map_or_else(own, |name| name.to_string())
}
