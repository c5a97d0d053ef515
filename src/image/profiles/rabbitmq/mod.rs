//! RabbitMQ: queues with their messages, durable or not; users; the tools.
//!
//! Sources: the official image (docker-library/rabbitmq: Dockerfile with VOLUME, folders, variables and ports; `docker-entrypoint.sh`;
//! its management variant, which until December 2025 took `rabbitmqadmin` out of the plugin and has another program of that name
//! since; `10-defaults.conf`, which lets the user guest in from everywhere); RabbitMQ's documentation, "File and Directory Locations":
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

/// Where its programs are, and the ports it names (Dockerfile).
const TOOLS: &str = "/opt/rabbitmq/sbin";
const PORTS: [&str; 6] = ["4369/tcp", "5671/tcp", "5672/tcp", "15691/tcp", "15692/tcp", "25672/tcp"];

/// Variables that are gone since 3.9, and where the script runs `exec "$@"` (`docker-entrypoint.sh`).
const GONE: [&str; 15] = [
    "DEFAULT_PASS_FILE",
    "DEFAULT_USER_FILE",
    "MANAGEMENT_SSL_CACERTFILE",
    "MANAGEMENT_SSL_CERTFILE",
    "MANAGEMENT_SSL_DEPTH",
    "MANAGEMENT_SSL_FAIL_IF_NO_PEER_CERT",
    "MANAGEMENT_SSL_KEYFILE",
    "MANAGEMENT_SSL_VERIFY",
    "SSL_CACERTFILE",
    "SSL_CERTFILE",
    "SSL_DEPTH",
    "SSL_FAIL_IF_NO_PEER_CERT",
    "SSL_KEYFILE",
    "SSL_VERIFY",
    "VM_MEMORY_HIGH_WATERMARK",
];
const EXEC_LINE: u32 = 54;

/// `10-defaults.conf`, without its comments.
const DEFAULTS: &str = "loopback_users.guest = false\nlog.console = true\n";

const SIMPLIFIED: &[&str] = &[
    "a broker's data are one JSON file",
    "the lines of its log all have the number of one process; of a start those are written that people look for",
    "the default exchange and the virtual host / alone; a message is published and taken with rabbitmqadmin",
    "permissions and tags of users are not looked at",
    "rabbitmqadmin is the one of the plugin; images since December 2025 have a newer one with options like --name",
];

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    let has_management = reference.has_variant("management");
    base::add_user(&root, "rabbitmq", USER, "/var/lib/rabbitmq");
    base::folder(&root, "/var/lib/rabbitmq", Owner { user: USER, group: USER }, 0o777);
    base::write(&root, "/etc/rabbitmq/conf.d/10-defaults.conf", DEFAULTS);
    if !has_management {
        let path = "/etc/rabbitmq/conf.d/20-management_agent.disable_metrics_collector.conf";
        base::write(&root, path, "management_agent.disable_metrics_collector = true\n");
    }
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint));
    let release = release(reference);
    let own = release.clone();
    root.install(
        &format!("{TOOLS}/rabbitmq-server"),
        programs::of(move |process| broker::broker(process, own.clone(), has_management)),
    );
    for name in ["rabbitmqctl", "rabbitmq-diagnostics"] {
        root.install(&format!("{TOOLS}/{name}"), programs::of(tools::control));
    }
    if has_management {
        root.install("/usr/local/bin/rabbitmqadmin", programs::of(tools::administrate));
    }
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["rabbitmq-server".into()],
        volumes: ["/var/lib/rabbitmq".into()].into(),
        working_dir: "/".into(),
        exposed_ports: PORTS.map(Into::into).into(),
        ..ImageConfig::default()
    };
    if has_management {
        config.exposed_ports.extend(["15671/tcp", "15672/tcp"].map(Into::into));
    }
    config.set_variable("PATH", &format!("{TOOLS}:/opt/erlang/bin:/opt/openssl/bin:{}", base::PATH));
    config.set_variable("RABBITMQ_DATA_DIR", "/var/lib/rabbitmq");
    config.set_variable("RABBITMQ_VERSION", &release);
    config.set_variable("RABBITMQ_HOME", "/opt/rabbitmq");
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

/// `docker-entrypoint.sh`: it refuses variables that are gone, unless they are empty, and passes on.
async fn entrypoint(process: Process) -> ExitCode {
    let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let is_set = |name: &String| process.variable(name).is_some_and(|value| !value.is_empty());
    let set: Vec<String> = GONE.iter().map(|name| format!("RABBITMQ_{name}")).filter(is_set).collect();
    for name in &set {
        process.complain(format!("error: {name} is set but deprecated\n")).await;
    }
    if !set.is_empty() {
        process.complain("error: deprecated environment variables detected\n\nPlease use a configuration file instead; visit https://www.rabbitmq.com/configure.html to learn more\n\n").await;
        return ExitCode::FAILURE;
    }
    programs::exec_from_bash(&process, &command, "/usr/local/bin/docker-entrypoint.sh", EXEC_LINE).await
}

/// The node's name: `rabbit@` and the host's name without its domain, unless RABBITMQ_NODENAME gives another.
fn node(process: &Process) -> String {
    let hostname = process.hostname();
    let own = || format!("rabbit@{}", hostname.split('.').next().unwrap_or_default());
    process.variable("RABBITMQ_NODENAME").filter(|name| !name.is_empty()).map_or_else(own, |name| name.to_string())
}
