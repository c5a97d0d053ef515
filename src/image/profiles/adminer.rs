//! Adminer: the page for logging in.
//!
//! Source: the official image's Dockerfile and entrypoint. Simplified: nobody can log in.

use super::Profile;
use super::web::{Base, Site, define, page};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::http::{Request, Response};
use crate::kernel::{Process, Signal};

/// Adminer.
pub const PROFILE: Profile =
    Profile { repositories: &["adminer"], title: "Adminer", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &["entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/php",
    command: &["php", "-S", "[::]:8080", "-t", "/var/www/html"],
    exposed: &["8080/tcp"],
    volumes: &[],
    folder: "/var/www/html",
    files: &[],
    stop_signal: None,
    base: Base::AlpineWithCurl,
    daemon: |_| Ok(SERVER),
};

const SERVER: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[(80, "PHP 8.4.14 Development Server (http://[::]:8080) started")],
    marker: None,
    ports: &[(8080, Speaks::Http(adminer))],
    stops: (&[Signal::INT, Signal::TERM], 20, 0, ""),
};

fn adminer(_: Process, _: Request) -> Pending<Response> {
    page(200, "<title>Login - Adminer</title>\n")
}
