//! Mailpit: a greeting on the port for mail, and its page.
//!
//! Sources: the image's Dockerfile; Mailpit's documentation for `/livez` and `/readyz`. Simplified: it keeps no mail.

use super::Profile;
use super::web::{ENDS, Site, define, page};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, Process};

/// Mailpit.
pub const PROFILE: Profile =
    Profile { repositories: &["axllent/mailpit"], title: "Mailpit", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &["/mailpit"],
    prefix: "",
    program: "/mailpit",
    command: &[],
    exposed: &["1025/tcp", "1110/tcp", "8025/tcp"],
    volumes: &[],
    folder: "/",
    files: &[],
    stop_signal: None,
    daemon: Daemon {
        first_boot: &[],
        later_boot: &[
            (60, "level=info msg=\"[smtpd] starting on [::]:1025 (no encryption)\""),
            (5, "level=info msg=\"[http] starting on [::]:8025\""),
        ],
        marker: None,
        ports: &[(8025, Speaks::Http(mailpit)), (1025, Speaks::Own(smtp))],
        stops: (ENDS, 50, 0, ""),
    },
};

fn mailpit(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/livez" | "/readyz" => page(200, "ok"),
        _ => page(200, "<title>Mailpit</title>\n"),
    }
}

fn smtp(_: Process, connection: Connection) -> Pending<()> {
    Box::pin(async move {
        let _ = connection.write(b"220 mailpit ESMTP Service ready\r\n").await;
    })
}
