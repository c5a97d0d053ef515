//! Apache's HTTP server.
//!
//! Sources: the official image's Dockerfile (CMD, port, working directory; SIGWINCH, its stop signal, is Apache's graceful stop).
//! Simplified: the only page is the one in `htdocs`.

use super::Profile;
use super::web::{Base, ENDS, Site, define};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// Apache HTTP Server.
pub const PROFILE: Profile =
    Profile { repositories: &["httpd"], title: "Apache HTTP Server", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &[],
    prefix: "",
    program: "/usr/local/bin/httpd-foreground",
    command: &["httpd-foreground"],
    exposed: &["80/tcp"],
    volumes: &[],
    folder: "/usr/local/apache2",
    files: &[("/usr/local/apache2/htdocs/index.html", "<html><body><h1>It works!</h1></body></html>\n")],
    stop_signal: Some("SIGWINCH"),
    base: Base::Debian,
    daemon: |_| Ok(SERVER),
};

const SERVER: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[(60, "AH00094: Command line: 'httpd -D FOREGROUND'")],
    marker: None,
    ports: &[(80, Speaks::Http(apache))],
    stops: (ENDS, 60, 0, "AH00492: caught SIGWINCH, shutting down gracefully"),
};

fn apache(process: Process, request: Request) -> Pending<Response> {
    let path = if request.plain_path().ends_with('/') {
        format!("{}index.html", request.plain_path())
    } else {
        request.plain_path().to_string()
    };
    let found = process.read_file(&format!("/usr/local/apache2/htdocs{path}"));
    Box::pin(async move {
        found.map_or_else(|_| Response::html(404, "Not Found"), |bytes| Response::html(200, bytes.to_vec()))
    })
}
