//! MinIO: its health endpoints, and what it writes at its first boot.
//!
//! Sources: MinIO's Dockerfile and entrypoint (`server /data` means `minio server /data`), its documentation for the health
//! endpoints. Simplified: no buckets; any other request is refused.

use super::Profile;
use super::web::{ENDS, Site, define, page};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// MinIO.
pub const PROFILE: Profile =
    Profile { repositories: &["minio/minio"], title: "MinIO", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &["/usr/bin/docker-entrypoint.sh"],
    prefix: "minio",
    program: "/usr/local/bin/minio",
    command: &["minio"],
    exposed: &["9000/tcp"],
    volumes: &["/data"],
    folder: "/",
    files: &[],
    stop_signal: None,
    daemon: Daemon {
        first_boot: &[
            (400, "INFO: Formatting 1st pool, 1 set(s), 1 drives per set."),
            (300, "MinIO Object Storage Server"),
            (5, "API: http://127.0.0.1:9000"),
        ],
        later_boot: &[(400, "MinIO Object Storage Server"), (5, "API: http://127.0.0.1:9000")],
        marker: Some("/data/.minio.sys/format.json"),
        ports: &[(9000, Speaks::Http(minio)), (9001, Speaks::Http(minio))],
        stops: (ENDS, 100, 0, "INFO: Exiting on signal: TERMINATED"),
    },
};

fn minio(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/minio/health/live" | "/minio/health/ready" | "/minio/health/cluster" => page(200, ""),
        _ => page(403, "<Error><Code>AccessDenied</Code></Error>"),
    }
}
