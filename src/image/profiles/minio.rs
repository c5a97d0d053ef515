//! MinIO: its health endpoints, what it writes at its first boot, and what it refuses.
//!
//! Sources: MinIO's Dockerfile and entrypoint (`server /data` means `minio server /data`), its documentation for the health
//! endpoints; a log of its last image, RELEASE.2025-09-07T16-13-09Z, for the lines of its start, its refusal and its end.
//! Simplified: no buckets; any other request is refused.

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

/// What it says of itself.
const HEAD: &str = "MinIO Object Storage Server
Copyright: 2015-2025 MinIO, Inc.
License: GNU AGPLv3 - https://www.gnu.org/licenses/agpl-3.0.html
Version: RELEASE.2025-09-07T16-13-09Z (go1.24.6 linux/amd64)
";
const FORMATTING: &str = "INFO: Formatting 1st pool, 1 set(s), 1 drives per set.";
const ONE_HOST: &str =
    "INFO: WARNING: Host local has more than 0 drives of set. A host failure will result in data becoming unavailable.";

/// What follows where nobody set a name and a password.
const DEFAULTS: &str = "WARN: Detected default credentials 'minioadmin:minioadmin', we recommend that you change these values with 'MINIO_ROOT_USER' and 'MINIO_ROOT_PASSWORD' environment variables";

/// All but its lines.
const SILENT: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[],
    marker: Some("/data/.minio.sys/format.json"),
    ports: &[(9000, Speaks::Http(minio))],
    stops: (ENDS, 100, 0, "INFO: Exiting on signal: TERMINATED"),
};

/// The server with its console's port, and what follows. Typical of a laptop: 0.3 to 2 s.
macro_rules! server {
    ($console:literal $(, $last:expr)?) => {
        Daemon {
            first_boot: &[(400, FORMATTING), (0, ONE_HOST), (300, HEAD), (5, addresses!($console)) $(, (0, $last))?],
            later_boot: &[(400, HEAD), (5, addresses!($console)) $(, (0, $last))?],
            ..SILENT
        }
    };
}

macro_rules! addresses {
    ($console:literal) => {
        concat!(
            "API: http://{address}:9000  http://127.0.0.1:9000 \nWebUI: http://{address}:",
            $console,
            " http://127.0.0.1:",
            $console,
            "  \n\nDocs: https://docs.min.io"
        )
    };
}

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
    let is_named = ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"].iter().all(|name| process.variable(name).is_some());
    let daemon = match (has_console, is_named) {
        (true, true) => server!("9001"),
        (true, false) => server!("9001", DEFAULTS),
        (false, true) => server!("34527"),
        (false, false) => server!("34527", DEFAULTS),
    };
    Ok(if has_console { Daemon { ports: WITH_CONSOLE, ..daemon } } else { daemon })
}

fn minio(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/minio/health/live" | "/minio/health/ready" | "/minio/health/cluster" => page(200, ""),
        _ => page(403, "<Error><Code>AccessDenied</Code></Error>"),
    }
}
