//! Traefik: its start and its 404.
//!
//! Sources: the official image's Dockerfile, and its entrypoint for which commands are options of `traefik`. Simplified: it routes
//! nothing.

use super::Profile;
use super::web::{ENDS, Site, define, page};
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
    daemon: Daemon {
        first_boot: &[],
        later_boot: &[
            (300, "INF Traefik version 3.6.2 built on 2025-11-18"),
            (20, "INF Starting provider *traefik.Provider"),
        ],
        marker: None,
        ports: &[(80, Speaks::Http(not_found)), (8080, Speaks::Http(not_found))],
        stops: (ENDS, 100, 0, "INF Stopping server gracefully"),
    },
};

fn not_found(_: Process, _: Request) -> Pending<Response> {
    page(404, "404 page not found\n")
}
