//! Elasticsearch: a boot of about 15 s, which is typical of a laptop, and its health.
//!
//! Sources: the image's Dockerfile (tini, entrypoint, ports). Simplified: no documents, no security.

use super::Profile;
use super::web::{ENDS, Site, define};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// Elasticsearch.
pub const PROFILE: Profile = Profile {
    repositories: &["elasticsearch", "elasticsearch/elasticsearch"],
    title: "Elasticsearch",
    define: |reference| define(reference, &SITE),
};

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
    daemon: Daemon {
        first_boot: &[
            (6000, "{\"message\":\"initializing ...\"}"),
            (6000, "{\"message\":\"starting ...\"}"),
            (3000, "{\"message\":\"started\"}"),
        ],
        later_boot: &[
            (6000, "{\"message\":\"initializing ...\"}"),
            (5000, "{\"message\":\"starting ...\"}"),
            (2000, "{\"message\":\"started\"}"),
        ],
        marker: Some("/usr/share/elasticsearch/data/node.lock"),
        ports: &[(9200, Speaks::Http(elasticsearch))],
        stops: (ENDS, 900, 143, "{\"message\":\"closed\"}"),
    },
};

fn elasticsearch(_: Process, request: Request) -> Pending<Response> {
    let body = match request.plain_path() {
        "/_cluster/health" => "{\"cluster_name\":\"docker-cluster\",\"status\":\"green\"}",
        "/" => "{\"cluster_name\":\"docker-cluster\",\"tagline\":\"You Know, for Search\"}",
        _ => "{}",
    };
    Box::pin(async move { Response::json(200, body) })
}
