//! Traefik: its start and its 404.
//!
//! Sources: the official image's Dockerfile (port 80, entrypoint, no VOLUME), its entrypoint for which commands are options of `traefik`; Traefik's manual, "Docker
//! provider" (it asks the engine through its socket, and tries again) and "API & Dashboard" (port 8080 with `--api.insecure`).
//! Simplified: it routes nothing, and says so when it has the socket.

use super::Profile;
use super::web::{Base, ENDS, Site, define, page};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// Traefik.
pub const PROFILE: Profile =
    Profile { repositories: &["traefik"], title: "Traefik", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &["/entrypoint.sh"],
    prefix: "traefik",
    program: "/usr/local/bin/traefik",
    command: &["traefik"],
    exposed: &["80/tcp"],
    volumes: &[],
    folder: "/",
    files: &[],
    stop_signal: None,
    base: Base::Alpine,
    daemon: server,
};

const SERVER: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[
        (300, "INF Traefik version 3.6.2 built on 2025-11-18"),
        (20, "INF Starting provider *traefik.Provider"),
    ],
    marker: None,
    ports: &[(80, Speaks::Http(not_found))],
    stops: (ENDS, 100, 0, "INF Stopping server gracefully"),
};

/// The engine's socket, as the provider looks for it.
const SOCKET: &str = "/var/run/docker.sock";

/// What the log says behind the start: that the engine cannot be asked, or that nothing is routed here.
const WITHOUT_SOCKET: &[(u64, &str)] = &[
    (300, "INF Traefik version 3.6.2 built on 2025-11-18"),
    (20, "INF Starting provider *traefik.Provider"),
    (20, "INF Starting provider *docker.Provider"),
    (
        5,
        "ERR Failed to retrieve information of the docker client and server host error=\"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\" providerName=docker",
    ),
    (
        0,
        "ERR Provider error, retrying in 500ms error=\"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\" providerName=docker",
    ),
];
const WITH_SOCKET: &[(u64, &str)] = &[
    (300, "INF Traefik version 3.6.2 built on 2025-11-18"),
    (20, "INF Starting provider *traefik.Provider"),
    (20, "INF Starting provider *docker.Provider"),
    (0, "drydock: routes by labels are not simulated: every request gets 404"),
];

/// The dashboard's port is open with `--api.insecure` alone.
const WITH_DASHBOARD: &[(u16, Speaks)] = &[(80, Speaks::Http(not_found)), (8080, Speaks::Http(not_found))];

fn server(process: &Process) -> Result<Daemon, (String, u8)> {
    let words = process.args();
    let has = |name: &str| words.iter().any(|word| &**word == name || **word == *format!("{name}=true"));
    let later_boot = match (has("--providers.docker"), process.stat(SOCKET).is_ok()) {
        (true, false) => WITHOUT_SOCKET,
        (true, true) => WITH_SOCKET,
        (false, _) => SERVER.later_boot,
    };
    let ports = if has("--api.insecure") { WITH_DASHBOARD } else { SERVER.ports };
    Ok(Daemon { later_boot, ports, ..SERVER })
}

fn not_found(_: Process, _: Request) -> Pending<Response> {
    page(404, "404 page not found\n")
}
