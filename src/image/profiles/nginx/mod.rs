//! nginx: files from its folder, or a proxy in front of other services.
//!
//! Sources: the official image (github.com/nginx/docker-nginx: STOPSIGNAL SIGQUIT, port 80, no VOLUME, `curl`, logs linked to the
//! container's streams), its packages' `nginx.conf` and `default.conf`; nginx 1.22 itself for the grammar, the texts of its errors, pages and
//! logs (each file says which); nginx's documentation. Names in `proxy_pass` and `upstream` are looked up once, at start, and a name
//! that cannot be resolved ends it with code 1.

mod answer;
mod checks;
mod directives;
mod entrypoint;
mod exchange;
mod lexer;
mod parse;
mod pattern;
mod proxy;
mod run;
mod site;
#[cfg(test)]
mod tests;
mod upstream;
mod variables;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::Tree;
use crate::kernel::files::Owner;

/// The profile.
pub const PROFILE: Profile =
    Profile { repositories: &["nginx", "nginxinc/nginx-unprivileged"], title: "nginx", define };

/// Where its configuration lies.
const FOLDER: &str = "/etc/nginx";
/// The number its first worker usually has in a container, behind the entrypoint's processes.
const WORKER: u32 = 29;
/// The compiler of the official packages on Debian 13.
const BUILT_BY: &str = "gcc 14.2.0 (Debian 14.2.0-19)";

/// The newest release, and the last one of each line (nginx.org, "nginx: download").
const NEWEST: &str = "1.29.3";
const RELEASES: [(u32, &str); 6] =
    [(29, NEWEST), (28, "1.28.0"), (27, "1.27.5"), (26, "1.26.3"), (25, "1.25.5"), (24, "1.24.0")];

/// `/etc/nginx/nginx.conf` of the packages, without its comments.
const MAIN: &str = "
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] \"$request\" '
                      '$status $body_bytes_sent \"$http_referer\" '
                      '\"$http_user_agent\" \"$http_x_forwarded_for\"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;

    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
";

/// `/etc/nginx/conf.d/default.conf` of the packages, without its comments.
const DEFAULT: &str = "server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
";

const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n";
const SORRY: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Error</title>\n</head>\n<body>\n<h1>An error occurred.</h1>\n</body>\n</html>\n";

fn define(reference: &Reference) -> ImageDefinition {
    let is_unprivileged = reference.repository.ends_with("unprivileged");
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    if !reference.has_variant("slim") {
        super::curl::install(&root);
    }
    base::add_user(&root, "nginx", 101, "/nonexistent");
    files(&root, is_unprivileged);
    root.install("/usr/sbin/nginx", programs::of(run::nginx));
    root.install("/docker-entrypoint.sh", programs::of(entrypoint::entrypoint));
    for (path, program) in entrypoint::scripts() {
        root.install(&path, program);
    }
    let port = if is_unprivileged { "8080/tcp" } else { "80/tcp" };
    let mut config = ImageConfig {
        entrypoint: vec!["/docker-entrypoint.sh".into()],
        cmd: vec!["nginx".into(), "-g".into(), "daemon off;".into()],
        working_dir: "/".into(),
        user: if is_unprivileged { "101".into() } else { "".into() },
        stop_signal: Some("SIGQUIT".into()),
        exposed_ports: [port.into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("NGINX_VERSION", &version(reference));
    let simplified = &[
        "TLS is not simulated: a port with ssl answers that it got plain HTTP",
        "FastCGI and gRPC are spoken as HTTP; stream, mail, caches and limits are read and do nothing",
        "the cause of a wrong regular expression is told in one way only",
    ];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// The files of the packages. The unprivileged image listens on 8080 and keeps its process number in `/tmp` (its Dockerfile).
fn files(root: &Tree, is_unprivileged: bool) {
    let (main, default) = match is_unprivileged {
        true => (
            MAIN.replace("user  nginx;\n", "").replace("/run/nginx.pid", "/tmp/nginx.pid"),
            DEFAULT.replace("listen       80;", "listen       8080;"),
        ),
        false => (MAIN.to_string(), DEFAULT.to_string()),
    };
    base::write(root, "/etc/nginx/nginx.conf", &main);
    base::write(root, "/etc/nginx/mime.types", "types {\n    text/html html htm shtml;\n}\n");
    for name in ["fastcgi_params", "uwsgi_params", "scgi_params"] {
        base::write(root, &format!("/etc/nginx/{name}"), "");
    }
    base::write(root, "/etc/nginx/conf.d/default.conf", &default);
    base::write(root, "/usr/share/nginx/html/index.html", WELCOME);
    base::write(root, "/usr/share/nginx/html/50x.html", SORRY);
    base::folder(root, "/docker-entrypoint.d", Owner::default(), 0o755);
    let owner = if is_unprivileged { Owner { user: 101, group: 101 } } else { Owner::default() };
    for folder in ["/var/cache/nginx", "/etc/nginx/conf.d", "/var/log/nginx"] {
        base::folder(root, folder, owner, 0o755);
    }
}

/// The release of a tag.
fn version(reference: &Reference) -> String {
    let written = reference.version();
    if written.len() > 2 {
        return written.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    }
    let line = if reference.has_variant("stable") { Some(28) } else { written.get(1).copied() };
    let known = RELEASES.iter().find(|(minor, _)| Some(*minor) == line).map(|(_, release)| (*release).to_string());
    known.unwrap_or_else(|| line.map_or(NEWEST.to_string(), |minor| format!("1.{minor}.0")))
}
