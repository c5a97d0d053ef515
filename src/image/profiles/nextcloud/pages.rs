//! From a request to a page: the status, the form of the installation, the way to the login.
//!
//! Sources: Nextcloud's server, `lib/base.php` (hosts that are not trusted, maintenance with its headers), `status.php`,
//! `core/templates/`; from memory: what a page says without its database; the image's `config/apache-pretty-urls.config.php`, which leaves `index.php` out of addresses.

use super::FOLDER;
use super::install::{Wanted, install, is_reachable};
use super::settings::{Settings, version, written};
use crate::image::profiles::apache::error_page;
use crate::image::profiles::php::{form, page, redirect};
use crate::image::programs::daemon::Pending;
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};

/// Answers a request.
pub fn answer(process: Process, request: Request) -> Pending<Response> {
    Box::pin(async move {
        if process.stat(&format!("{FOLDER}/index.php")).is_err() {
            return error_page(403);
        }
        let settings = Settings::read(&process);
        let host = request.header("host").unwrap_or("localhost").to_string();
        let path = request.plain_path();
        if settings.installed && !settings.trusts(&host) {
            return not_trusted(path);
        }
        if path == "/status.php" {
            return status_page(&process, &settings).await;
        }
        if !settings.installed {
            return setup(&process, &request).await;
        }
        if settings.maintenance {
            return page(
                503,
                titled(
                    "Nextcloud",
                    "<h2>Maintenance mode</h2>\n<p>This Nextcloud instance is currently in maintenance mode, which may take a while.</p>\n",
                ),
            )
            .with("X-Nextcloud-Maintenance-Mode", "1")
            .with("Retry-After", "120");
        }
        if !is_reachable(&process, &settings).await {
            return page(
                500,
                titled(
                    "Error",
                    "<h2>Internal Server Error</h2>\n<p>The server was unable to complete your request.</p>\n",
                ),
            );
        }
        match path {
            "/" | "/index.php" => redirect(302, &format!("http://{host}/login")),
            "/login" | "/index.php/login" if request.method == "GET" => page(200, titled("Login – Nextcloud", "")),
            _ => page(501, format!("drydock: {path} of Nextcloud is not simulated\n")),
        }
    })
}

fn titled(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>{title}</title>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn not_trusted(path: &str) -> Response {
    if path == "/status.php" {
        return Response::json(400, "{\"error\": \"Trusted domain error.\", \"code\": 15}");
    }
    page(
        400,
        titled(
            "Nextcloud",
            "<h2>Access through untrusted domain</h2>\n<p>Please contact your administrator. If you are an administrator, edit the \"trusted_domains\" setting in config/config.php like the example in config.sample.php.</p>\n",
        ),
    )
}

/// The version with its four numbers, and without the last.
fn releases(process: &Process) -> (String, String) {
    let version = written(&version(process, FOLDER).unwrap_or_default());
    let release = version.rsplit_once('.').map_or(version.as_str(), |(release, _)| release).to_string();
    (version, release)
}

/// The status as `occ` tells it, on one line.
pub fn status(process: &Process, settings: &Settings) -> String {
    let (version, release) = releases(process);
    format!(
        "{{\"installed\":{},\"version\":\"{version}\",\"versionstring\":\"{release}\",\"edition\":\"\",\"maintenance\":{},\"needsDbUpgrade\":false,\"productname\":\"Nextcloud\",\"extendedSupport\":false}}",
        settings.installed, settings.maintenance
    )
}

/// `status.php`, which tells of maintenance, too; an error without its database.
async fn status_page(process: &Process, settings: &Settings) -> Response {
    if settings.installed && !is_reachable(process, settings).await {
        return page(500, "");
    }
    let (version, release) = releases(process);
    let text = format!(
        "{{\"installed\":{},\"maintenance\":{},\"needsDbUpgrade\":false,\"version\":\"{version}\",\"versionstring\":\"{release}\",\"edition\":\"\",\"productname\":\"Nextcloud\",\"extendedSupport\":false}}",
        settings.installed, settings.maintenance
    );
    Response::json(200, text).with("Access-Control-Allow-Origin", "*")
}

/// The form before the installation, and behind it the installation.
async fn setup(process: &Process, request: &Request) -> Response {
    let form = form(&request.body);
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    if request.method != "POST" || field("install") != "true" {
        return page(200, titled("Nextcloud", "<h2>Create administration account</h2>\n"));
    }
    let kind = match field("dbtype").as_str() {
        "mysql" => "mysql",
        "pgsql" => "pgsql",
        _ => "sqlite",
    };
    let name = if kind == "sqlite" { "owncloud".to_string() } else { field("dbname") };
    let wanted = Wanted {
        kind: kind.into(),
        name,
        host: field("dbhost"),
        user: field("dbuser"),
        password: field("dbpass"),
        administrator: field("adminlogin"),
        data: field("directory"),
    };
    if wanted.administrator.is_empty() {
        return page(200, titled("Nextcloud", "<p>Set an admin Login.</p>\n"));
    }
    match install(process, &wanted).await {
        Ok(()) => {
            let host = request.header("host").unwrap_or("localhost");
            let mut settings = Settings::read(process);
            if !settings.trusts(host) {
                settings.domains[0] = host.to_string();
            }
            match settings.write(process).await {
                Ok(()) => redirect(302, &format!("http://{host}/")),
                Err(_) => page(500, ""),
            }
        }
        Err(text) => page(200, titled("Nextcloud", &format!("<p>{}</p>\n", text.lines().next().unwrap_or_default()))),
    }
}
