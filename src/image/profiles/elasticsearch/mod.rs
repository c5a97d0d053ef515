//! Elasticsearch: a boot of about 15 s, its health, and two traps: security that is on by default, and a discovery that is not set.
//!
//! Sources: the image's Dockerfile (tini, entrypoint, ports; `network.host: 0.0.0.0` in its configuration, which makes the bootstrap checks
//! count); its manual, "Bootstrap Checks", "Discovery configuration check" (exit code 78), "Start the Elastic Stack with security enabled
//! automatically" (from 8 on); logs of 7.17 and 8.16 for the form of a line, which at the start has more fields of the node than here.
//! Boot: typical of a laptop, 8 to 40 s. Simplified: TLS is not simulated, so whoever speaks plain HTTP to
//! a server with security gets no answer, as from the real one; memory and `vm.max_map_count` are enough.

mod documents;

use super::Profile;
use super::web::{Base, ENDS, Site, define};
use crate::image::programs::daemon::{Daemon, Pending, Speaks, filled};
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, Process};

/// Elasticsearch.
pub const PROFILE: Profile = Profile {
    repositories: &["elasticsearch", "elasticsearch/elasticsearch"],
    title: "Elasticsearch",
    define: |reference| define(reference, if reference.major_or(NEWEST) < SECURE_FROM { &SITE_7 } else { &SITE }),
};

/// The newest major version, and the first with security that is on by itself.
const NEWEST: u32 = 9;
const SECURE_FROM: u32 = 8;

/// Version 7: without security, but with a discovery that has to be set.
const SITE_7: Site = Site { daemon: server_7, ..SITE };

const SITE: Site = Site {
    entrypoint: &["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/eswrapper",
    command: &["eswrapper"],
    exposed: &["9200/tcp", "9300/tcp"],
    volumes: &[],
    folder: "/usr/share/elasticsearch",
    files: &[],
    stop_signal: None,
    base: Base::DebianWithCurl,
    daemon: server,
};

/// A line of its log, as JSON with the names of the Elastic Common Schema.
macro_rules! line {
    ($level:literal, $thread:literal, $logger:literal, $text:literal) => {
        concat!(
            "{\"@timestamp\":\"{time}Z\", \"log.level\":",
            $level,
            ", \"message\":\"",
            $text,
            "\", \"ecs.version\": \"1.2.0\",\"service.name\":\"ES_ECS\",\"event.dataset\":\"elasticsearch.server\",\"process.thread.name\":\"",
            $thread,
            "\",\"log.logger\":\"org.elasticsearch.",
            $logger,
            "\",\"elasticsearch.node.name\":\"{host}\",\"elasticsearch.cluster.name\":\"docker-cluster\"}"
        )
    };
}

/// A line of version 7.
macro_rules! old_line {
    ($text:literal) => {
        concat!(
            "{\"type\": \"server\", \"timestamp\": \"{time}Z\", \"level\": \"INFO\", \"component\": \"o.e.n.Node\", \"cluster.name\": \"docker-cluster\", \"node.name\": \"{host}\", \"message\": \"",
            $text,
            "\" }"
        )
    };
}

macro_rules! node {
    ($text:literal) => {
        line!(" \"INFO\"", "main", "node.Node", $text)
    };
}

const SERVER: Daemon = Daemon {
    first_boot: &[
        (6000, node!("initialized")),
        (6000, node!("starting ...")),
        (3000, node!("started {{host}}{{host}}{{address}}{{address}:9300}")),
    ],
    later_boot: &[
        (6000, node!("initialized")),
        (5000, node!("starting ...")),
        (2000, node!("started {{host}}{{host}}{{address}}{{address}:9300}")),
    ],
    marker: Some("/usr/share/elasticsearch/data/node.lock"),
    ports: &[(9200, Speaks::Http(documents::answer))],
    stops: (ENDS, 900, 143, node!("closed")),
};

const OLD_SERVER: Daemon = Daemon {
    first_boot: &[(6000, old_line!("initialized")), (6000, old_line!("starting ...")), (3000, old_line!("started"))],
    later_boot: &[(6000, old_line!("initialized")), (5000, old_line!("starting ...")), (2000, old_line!("started"))],
    stops: (ENDS, 900, 143, old_line!("closed")),
    ..SERVER
};

/// Settings are variables of that name, dots and all (manual, "Configuring Elasticsearch with Docker").
fn setting(process: &Process, name: &str) -> Option<String> {
    process.variable(name).map(|value| value.to_string())
}

/// Whether one of the settings is there that tell a node whom to look for, or a configuration of the learner's own.
fn discovers(process: &Process) -> bool {
    let named = ["discovery.seed_hosts", "discovery.seed_providers", "cluster.initial_master_nodes"];
    named.iter().any(|name| setting(process, name).is_some())
        || setting(process, "discovery.type").as_deref() == Some("single-node")
        || process.stat("/usr/share/elasticsearch/config/elasticsearch.yml").is_ok()
}

fn server_7(process: &Process) -> Result<Daemon, (String, u8)> {
    if discovers(process) {
        return Ok(OLD_SERVER);
    }
    let text = "ERROR: [1] bootstrap checks failed. You must address the points described in the following [1] lines before starting \
                Elasticsearch.\nbootstrap check failure [1] of [1]: the default discovery settings are unsuitable for production use; at \
                least one of [discovery.seed_hosts, discovery.seed_providers, cluster.initial_master_nodes] must be \
                configured\nERROR: Elasticsearch did not exit normally - check the logs at \
                /usr/share/elasticsearch/logs/docker-cluster.log\n";
    Err((text.to_string(), 78))
}

/// From 8 on a node sets itself up with TLS and users, unless `xpack.security.enabled` is false.
fn server(process: &Process) -> Result<Daemon, (String, u8)> {
    let is_off = |name: &str| setting(process, name).as_deref() == Some("false");
    if is_off("xpack.security.enabled") {
        return Ok(SERVER);
    }
    let ports: &[(u16, Speaks)] = match is_off("xpack.security.http.ssl.enabled") {
        true => &[(9200, Speaks::Http(unauthorized))],
        false => &[(9200, Speaks::Own(closed))],
    };
    Ok(Daemon { ports, ..SERVER })
}

fn unauthorized(_: Process, request: Request) -> Pending<Response> {
    let path = request.plain_path().to_string();
    Box::pin(async move {
        let reason = format!("missing authentication credentials for REST request [{path}]");
        let cause = format!("\"type\":\"security_exception\",\"reason\":\"{reason}\"");
        Response::json(401, format!("{{\"error\":{{\"root_cause\":[{{{cause}}}],{cause}}},\"status\":401}}"))
    })
}

/// Whoever speaks plain HTTP where TLS is spoken.
fn closed(process: Process, connection: Connection) -> Pending<()> {
    Box::pin(async move {
        if Request::receive(&connection).await.is_some() {
            let text = line!(
                " \"WARN\"",
                "elasticsearch[{host}][transport_worker][T#1]",
                "xpack.security.transport.netty4.SecurityNetty4HttpServerTransport",
                "received plaintext http traffic on an https channel, closing connection Netty4HttpChannel{localAddress=/{address}:9200, remoteAddress=/{peer}:49152}"
            );
            let text = text.replace("{peer}", &connection.peer().to_string());
            process.print(filled(&process, &text) + "\n").await;
        }
    })
}
