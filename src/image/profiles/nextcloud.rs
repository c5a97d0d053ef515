//! Nextcloud: a first boot of about 20 s, typical of a laptop, and its status.
//!
//! Sources: the official image's Dockerfile (SIGWINCH, its stop signal, is Apache's graceful stop) and entrypoint. Simplified: its
//! pages are one line each; nobody can log in.

use super::Profile;
use super::web::{Base, ENDS, Site, define, page};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// Nextcloud.
pub const PROFILE: Profile =
    Profile { repositories: &["nextcloud"], title: "Nextcloud", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &["/entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/apache2-foreground",
    command: &["apache2-foreground"],
    exposed: &["80/tcp"],
    volumes: &["/var/www/html"],
    folder: "/var/www/html",
    files: &[],
    stop_signal: Some("SIGWINCH"),
    base: Base::DebianWithCurl,
    daemon: |_| Ok(SERVER),
};

const SERVER: Daemon = Daemon {
    first_boot: &[
        (300, "Initializing nextcloud 32.0.2.2 ..."),
        (18000, "New nextcloud instance"),
        (1000, "Initializing finished"),
        (150, "AH00094: Command line: 'apache2 -D FOREGROUND'"),
    ],
    later_boot: &[(400, "AH00094: Command line: 'apache2 -D FOREGROUND'")],
    marker: Some("/var/www/html/version.php"),
    ports: &[(80, Speaks::Http(nextcloud))],
    stops: (ENDS, 60, 0, "AH00492: caught SIGWINCH, shutting down gracefully"),
};

fn nextcloud(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/status.php" => page(200, "{\"installed\":false,\"maintenance\":false,\"productname\":\"Nextcloud\"}"),
        _ => page(200, "<title>Nextcloud</title>\n"),
    }
}
