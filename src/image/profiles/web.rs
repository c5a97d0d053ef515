//! Web applications and servers that need little: httpd, traefik, adminer, minio, elasticsearch, mailpit, wordpress,
//! nextcloud.
//!
//! Sources: the official images' Dockerfiles for ENTRYPOINT, CMD, ports, VOLUMEs, users and stop signals (httpd's and WordPress's
//! SIGWINCH is Apache's graceful stop); their entrypoints for what happens once and which commands they take for their own. Durations of Elasticsearch (about 15 s), Nextcloud's first boot (about 20 s) and the others are typical values of a
//! laptop. Simplified: pages are one line each.

use super::{Profile, mysql};
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::daemon::{Daemon, Pending, Speaks, run};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response};
use crate::kernel::{ExitCode, Process, Signal};
use std::rc::Rc;

/// All of them.
pub const HTTPD: Profile =
    Profile { repositories: &["httpd"], title: "Apache HTTP Server", define: |reference| site(reference, &APACHE) };
/// Traefik.
pub const TRAEFIK: Profile =
    Profile { repositories: &["traefik"], title: "Traefik", define: |reference| site(reference, &PROXY) };
/// Adminer.
pub const ADMINER: Profile =
    Profile { repositories: &["adminer"], title: "Adminer", define: |reference| site(reference, &ADMIN) };
/// MinIO.
pub const MINIO: Profile =
    Profile { repositories: &["minio/minio"], title: "MinIO", define: |reference| site(reference, &OBJECTS) };
/// Elasticsearch.
pub const ELASTICSEARCH: Profile = Profile {
    repositories: &["elasticsearch", "elasticsearch/elasticsearch"],
    title: "Elasticsearch",
    define: |reference| site(reference, &SEARCH),
};
/// Mailpit.
pub const MAILPIT: Profile =
    Profile { repositories: &["axllent/mailpit"], title: "Mailpit", define: |reference| site(reference, &MAIL) };
/// WordPress.
pub const WORDPRESS: Profile =
    Profile { repositories: &["wordpress"], title: "WordPress", define: |reference| site(reference, &BLOG) };
/// Nextcloud.
pub const NEXTCLOUD: Profile =
    Profile { repositories: &["nextcloud"], title: "Nextcloud", define: |reference| site(reference, &CLOUD) };

/// An image that is one server.
struct Site {
    /// ENTRYPOINT: its last word is a program that puts `prefix` before a command that is none of its own.
    entrypoint: &'static [&'static str],
    /// The program that options and subcommands are for; empty if the entrypoint passes on what it is given.
    prefix: &'static str,
    program: &'static str,
    command: &'static [&'static str],
    exposed: &'static [&'static str],
    volumes: &'static [&'static str],
    folder: &'static str,
    stop_signal: Option<&'static str>,
    daemon: Daemon,
}

const ENDS: &[Signal] = &[Signal::TERM, Signal::INT, Signal::QUIT, Signal::WINCH];

const APACHE: Site = Site {
    entrypoint: &[],
    prefix: "",
    program: "/usr/local/bin/httpd-foreground",
    command: &["httpd-foreground"],
    exposed: &["80/tcp"],
    volumes: &[],
    folder: "/usr/local/apache2",
    stop_signal: Some("SIGWINCH"),
    daemon: Daemon {
        first_boot: &[],
        later_boot: &[(60, "AH00094: Command line: 'httpd -D FOREGROUND'")],
        marker: None,
        ports: &[(80, Speaks::Http(apache))],
        stops: (ENDS, 60, 0, "AH00492: caught SIGWINCH, shutting down gracefully"),
    },
};
const PROXY: Site = Site {
    entrypoint: &["/entrypoint.sh"],
    prefix: "traefik",
    program: "/usr/local/bin/traefik",
    command: &["traefik"],
    exposed: &["80/tcp"],
    volumes: &[],
    folder: "/",
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
const ADMIN: Site = Site {
    entrypoint: &["entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/php",
    command: &["php", "-S", "[::]:8080", "-t", "/var/www/html"],
    exposed: &["8080/tcp"],
    volumes: &[],
    folder: "/var/www/html",
    stop_signal: None,
    daemon: Daemon {
        first_boot: &[],
        later_boot: &[(80, "PHP 8.4.14 Development Server (http://[::]:8080) started")],
        marker: None,
        ports: &[(8080, Speaks::Http(adminer))],
        stops: (&[Signal::INT, Signal::TERM], 20, 0, ""),
    },
};
const OBJECTS: Site = Site {
    entrypoint: &["/usr/bin/docker-entrypoint.sh"],
    prefix: "minio",
    program: "/usr/local/bin/minio",
    command: &["minio"],
    exposed: &["9000/tcp"],
    volumes: &["/data"],
    folder: "/",
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
const SEARCH: Site = Site {
    entrypoint: &["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/eswrapper",
    command: &["eswrapper"],
    exposed: &["9200/tcp", "9300/tcp"],
    volumes: &[],
    folder: "/usr/share/elasticsearch",
    stop_signal: None,
    daemon: Daemon {
        first_boot: &[
            (6000, "{\"message\":\"initializing ...\"}"),
            (6000, "{\"message\":\"starting ...\"}"),
            (3000, "{\"message\":\"started\"}"),
        ],
        later_boot: &[
            (6000, "{\"message\":\"initializing ...\"}"),
            (5000, "{\"message\":\"starting ...\"}"),
            (2000, "{\"message\":\"started\"}"),
        ],
        marker: Some("/usr/share/elasticsearch/data/node.lock"),
        ports: &[(9200, Speaks::Http(elasticsearch))],
        stops: (ENDS, 900, 143, "{\"message\":\"closed\"}"),
    },
};
const MAIL: Site = Site {
    entrypoint: &["/mailpit"],
    prefix: "",
    program: "/mailpit",
    command: &[],
    exposed: &["1025/tcp", "1110/tcp", "8025/tcp"],
    volumes: &[],
    folder: "/",
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
const BLOG: Site = Site {
    entrypoint: &["docker-entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/apache2-foreground",
    command: &["apache2-foreground"],
    exposed: &["80/tcp"],
    volumes: &["/var/www/html"],
    folder: "/var/www/html",
    stop_signal: Some("SIGWINCH"),
    daemon: Daemon {
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
    },
};
const CLOUD: Site = Site {
    entrypoint: &["/entrypoint.sh"],
    prefix: "",
    program: "/usr/local/bin/apache2-foreground",
    command: &["apache2-foreground"],
    exposed: &["80/tcp"],
    volumes: &["/var/www/html"],
    folder: "/var/www/html",
    stop_signal: Some("SIGWINCH"),
    daemon: Daemon {
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
    },
};

fn site(reference: &Reference, site: &Site) -> ImageDefinition {
    let root = base::debian();
    let daemon = site.daemon;
    root.install(site.program, programs::of(move |process| run(process, daemon)));
    let prefix = site.prefix;
    if let Some(path) = site.entrypoint.last().filter(|path| **path != site.program) {
        let path = if path.starts_with('/') { path.to_string() } else { format!("/usr/local/bin/{path}") };
        root.install(&path, programs::of(move |process| entrypoint(process, prefix)));
    }
    if site.entrypoint.first() == Some(&"/bin/tini") {
        root.install("/bin/tini", programs::of(tini));
    }
    // These images have curl, or their usual health checks would not work in them.
    super::curl::install(&root);
    base::folder(&root, site.folder, Default::default(), 0o755);
    if site.folder == "/usr/local/apache2" {
        base::write(&root, "/usr/local/apache2/htdocs/index.html", "<html><body><h1>It works!</h1></body></html>\n");
    }
    let mut config = ImageConfig {
        entrypoint: site.entrypoint.iter().map(|word| (*word).into()).collect(),
        cmd: site.command.iter().map(|word| (*word).into()).collect(),
        volumes: site.volumes.iter().map(|path| (*path).into()).collect(),
        exposed_ports: site.exposed.iter().map(|port| (*port).into()).collect(),
        working_dir: site.folder.into(),
        stop_signal: site.stop_signal.map(Into::into),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: &["its pages are one line each"] })
}

/// An entrypoint: `command: server /data` or `command: --api` mean the image's own program.
async fn entrypoint(process: Process, prefix: &'static str) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let is_own = |word: &Rc<str>| prefix.is_empty() || &**word == prefix;
    let is_other = |word: &Rc<str>| !word.starts_with('-') && process.find_program(word).is_ok();
    if command.first().is_some_and(|word| !is_own(word) && !is_other(word)) {
        command.insert(0, prefix.into());
    }
    programs::exec(&process, &command, "/entrypoint.sh", 20).await
}

/// `tini -- PROGRAM`: an init that stands aside here.
async fn tini(process: Process) -> ExitCode {
    let words = process.args();
    let command: Vec<Rc<str>> = words.iter().skip_while(|word| &***word != "--").skip(1).cloned().collect();
    programs::exec(&process, &command, "tini", 1).await
}

fn page(status: u16, text: &'static str) -> Pending<Response> {
    Box::pin(async move { Response::html(status, text) })
}

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

fn not_found(_: Process, _: Request) -> Pending<Response> {
    page(404, "404 page not found\n")
}

fn adminer(_: Process, _: Request) -> Pending<Response> {
    page(200, "<title>Login - Adminer</title>\n")
}

fn minio(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/minio/health/live" | "/minio/health/ready" | "/minio/health/cluster" => page(200, ""),
        _ => page(403, "<Error><Code>AccessDenied</Code></Error>"),
    }
}

fn elasticsearch(_: Process, request: Request) -> Pending<Response> {
    let body = match request.plain_path() {
        "/_cluster/health" => "{\"cluster_name\":\"docker-cluster\",\"status\":\"green\"}",
        "/" => "{\"cluster_name\":\"docker-cluster\",\"tagline\":\"You Know, for Search\"}",
        _ => "{}",
    };
    Box::pin(async move { Response::json(200, body) })
}

fn mailpit(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/livez" | "/readyz" => page(200, "ok"),
        _ => page(200, "<title>Mailpit</title>\n"),
    }
}

fn smtp(_: Process, connection: crate::kernel::Connection) -> Pending<()> {
    Box::pin(async move {
        let _ = connection.write(b"220 mailpit ESMTP Service ready\r\n").await;
    })
}

fn nextcloud(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/status.php" => page(200, "{\"installed\":false,\"maintenance\":false,\"productname\":\"Nextcloud\"}"),
        _ => page(200, "<title>Nextcloud</title>\n"),
    }
}

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
