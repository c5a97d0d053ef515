//! WordPress: files are copied into its volume once, and each request asks the database.
//!
//! Sources: the official image's Dockerfile (SIGWINCH, its stop signal, is Apache's graceful stop) and entrypoint, which copies
//! WordPress where there is none. Simplified: its page is one line, which counts visits in the database.

use super::web::{Base, ENDS, Site, define};
use super::{Profile, mysql};
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// WordPress.
pub const PROFILE: Profile =
    Profile { repositories: &["wordpress"], title: "WordPress", define: |reference| define(reference, &SITE) };

const SITE: Site = Site {
    entrypoint: &["docker-entrypoint.sh"],
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
        (150, "WordPress not found in /var/www/html - copying now..."),
        (900, "Complete! WordPress has been successfully copied to /var/www/html"),
        (
            50,
            "No 'wp-config.php' found in /var/www/html, but 'WORDPRESS_...' variables supplied; copying 'wp-config-docker.php' (WORDPRESS_DB_HOST WORDPRESS_DB_NAME WORDPRESS_DB_PASSWORD WORDPRESS_DB_USER)",
        ),
        (150, "AH00094: Command line: 'apache2 -D FOREGROUND'"),
    ],
    later_boot: &[(150, "AH00094: Command line: 'apache2 -D FOREGROUND'")],
    marker: Some("/var/www/html/wp-config.php"),
    ports: &[(80, Speaks::Http(wordpress))],
    stops: (ENDS, 60, 0, "AH00492: caught SIGWINCH, shutting down gracefully"),
};

/// WordPress asks the database at each request.
fn wordpress(process: Process, _: Request) -> Pending<Response> {
    Box::pin(async move {
        let variable =
            |name: &str, default: &str| process.variable(name).map_or(default.to_string(), |value| value.to_string());
        let address = variable("WORDPRESS_DB_HOST", "mysql");
        let (host, port) = address.split_once(':').unwrap_or((&address, "3306"));
        let target = mysql::client::Target {
            host: Some(host.to_string()),
            port: port.parse().unwrap_or(3306),
            user: variable("WORDPRESS_DB_USER", "root"),
            password: variable("WORDPRESS_DB_PASSWORD", ""),
            database: variable("WORDPRESS_DB_NAME", "wordpress"),
            is_mariadb: false,
        };
        let failed =
            Response::html(500, "<title>Database Error</title><h1>Error establishing a database connection</h1>\n");
        let Ok(session) = mysql::client::connect(&process, &target).await else { return failed };
        let create = "CREATE TABLE IF NOT EXISTS wp_options (id int auto_increment primary key, visits int)";
        let first = "INSERT INTO wp_options (visits) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM wp_options)";
        for sql in [create, first, "UPDATE wp_options SET visits = visits + 1"] {
            if session.query(sql).await.is_err() {
                return failed;
            }
        }
        let visits = session.query("SELECT visits FROM wp_options").await.unwrap_or_default();
        let visits = visits.rows.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_default();
        Response::html(200, format!("<title>WordPress</title> visit {visits}\n"))
    })
}
