//! MinIO: its health endpoints, what it writes at its first boot, and what it refuses.
//!
//! Sources: MinIO's Dockerfile and entrypoint (`server /data` means `minio server /data`), its documentation for the health
//! endpoints. Simplified: no buckets; any other request is refused.

use super::Profile;
use super::web::{Base, ENDS, Site, define, page};
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
    base: Base::DebianWithCurl,
    daemon: server,
};

const SERVER: Daemon = Daemon {
    // Typical of a laptop: 0.3 to 2 s.
    first_boot: &[
        (400, "INFO: Formatting 1st pool, 1 set(s), 1 drives per set."),
        (300, "MinIO Object Storage Server"),
        (5, "API: http://127.0.0.1:9000"),
    ],
    later_boot: &[(400, "MinIO Object Storage Server"), (5, "API: http://127.0.0.1:9000")],
    marker: Some("/data/.minio.sys/format.json"),
    ports: &[(9000, Speaks::Http(minio))],
    stops: (ENDS, 100, 0, "INFO: Exiting on signal: TERMINATED"),
};

/// Where its console listens when `--console-address ":9001"` says so; without it the port is one that nobody knows before.
const WITH_CONSOLE: &[(u16, Speaks)] = &[(9000, Speaks::Http(minio)), (9001, Speaks::Http(minio))];

/// The root user's name and password have a least length (minio, `internal/config/errors.go`).
fn server(process: &Process) -> Result<Daemon, (String, u8)> {
    let is_short = |name: &str, least: usize| process.variable(name).is_some_and(|value| value.chars().count() < least);
    if is_short("MINIO_ROOT_USER", 3) || is_short("MINIO_ROOT_PASSWORD", 8) {
        let text = "FATAL Unable to validate credentials inherited from the shell environment: Invalid credentials\n      > Please \
                    provide correct credentials\n      HINT:\n        MINIO_ROOT_USER length should be at least 3, and \
                    MINIO_ROOT_PASSWORD length at least 8 characters\n";
        return Err((text.to_string(), 1));
    }
    let has_console = process.args().iter().any(|word| word.ends_with(":9001"));
    Ok(if has_console { Daemon { ports: WITH_CONSOLE, ..SERVER } } else { SERVER })
}

fn minio(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/minio/health/live" | "/minio/health/ready" | "/minio/health/cluster" => page(200, ""),
        _ => page(403, "<Error><Code>AccessDenied</Code></Error>"),
    }
}
