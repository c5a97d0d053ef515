//! From a request to a page: every one of them asks the database.
//!
//! Sources: WordPress 6, `wp-load.php` (no `wp-config.php`), `wp-includes/functions.php` (`dead_db`: the page for a database that
//! does not answer; `_default_wp_die_handler` for its form), `wp-includes/load.php` (`wp_not_installed`), `wp-admin/install.php`,
//! `wp-includes/canonical.php` (an address that is not the one it was installed at), `wp-includes/pluggable.php` (`wp_redirect`,
//! `auth_redirect`). From memory, but for the words about a database that does not answer, an installation that
//! succeeds and one that has been. Its pages here are their titles.

use super::install;
use super::settings::Settings;
use crate::image::profiles::mysql::client::{self, Session};
use crate::image::profiles::php::{escaped, file, form, page, redirect};
use crate::image::programs::daemon::Pending;
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};
use std::time::Duration;

/// What an installation takes. Typical of a laptop; 1 to 10 s.
const INSTALLATION: Duration = Duration::from_secs(2);

/// Answers a request.
pub fn answer(process: Process, request: Request) -> Pending<Response> {
    Box::pin(async move {
        if let Some(response) = file(&process, request.plain_path()) {
            return response;
        }
        let Some(settings) = Settings::read(&process) else { return without_settings(&request) };
        let Ok(session) = client::connect(&process, &settings.target).await else { return no_database() };
        let site = Site { process, session, prefix: settings.prefix };
        site.answer(&request).await
    })
}

/// Without `wp-config.php` it asks for the settings.
fn without_settings(request: &Request) -> Response {
    if request.plain_path() == "/wp-admin/setup-config.php" {
        return page(200, titled("WordPress &rsaquo; Setup Configuration File", "<h1>Before getting started</h1>\n"));
    }
    redirect(302, &format!("{}/wp-admin/setup-config.php", url(request)))
}

/// The page for a database that cannot be reached, refuses, or is not there.
fn no_database() -> Response {
    page(
        500,
        titled(
            "Database Error",
            "<div class=\"wp-die-message\"><h1>Error establishing a database connection</h1></div>",
        ),
    )
}

fn titled(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n\t<title>{title}</title>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// What is there and cannot be shown here.
fn not_simulated(what: &str) -> Response {
    page(501, format!("drydock: {what} of WordPress is not simulated\n"))
}

/// The address that a request came to (`wp_guess_url`).
fn url(request: &Request) -> String {
    format!("http://{}", request.header("host").unwrap_or("localhost"))
}

/// A site with its database.
struct Site {
    process: Process,
    session: Session,
    prefix: String,
}

impl Site {
    async fn answer(&self, request: &Request) -> Response {
        let home = self.option("home").await;
        if request.plain_path() == "/wp-admin/install.php" {
            return self.installation(request, home.is_some()).await;
        }
        let Some(home) = home else {
            let target = format!("{}/wp-admin/install.php", url(request));
            return redirect(302, &target).with("X-Redirect-By", "WordPress");
        };
        match request.plain_path() {
            "/wp-login.php" if request.method == "POST" => not_simulated("logging in"),
            "/wp-login.php" => page(
                200,
                titled(
                    "Log In &lsaquo; WordPress",
                    "<form name=\"loginform\" id=\"loginform\" method=\"post\">\n</form>\n",
                ),
            ),
            path if path.starts_with("/wp-admin") => {
                redirect(302, &format!("{home}/wp-login.php?reauth=1")).with("X-Redirect-By", "WordPress")
            }
            path if path.starts_with("/wp-json") || path.ends_with(".php") && path != "/index.php" => {
                not_simulated(path)
            }
            path => self.front(request, path, &home).await,
        }
    }

    /// What visitors see.
    async fn front(&self, request: &Request, path: &str, home: &str) -> Response {
        if url(request) != home && matches!(request.method.as_str(), "GET" | "HEAD") {
            return redirect(301, &format!("{home}{}", request.path)).with("X-Redirect-By", "WordPress");
        }
        let name = escaped(&self.option("blogname").await.unwrap_or_default());
        let shown = match path {
            "/" | "/index.php" => self.posts("post_type = 'post'").await,
            path => {
                let slug = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().replace('\'', "");
                self.posts(&format!("post_name = '{slug}'")).await
            }
        };
        if shown.is_empty() && path.len() > 1 {
            return page(404, titled(&format!("Page not found &#8211; {name}"), "<h1>Page not found</h1>\n"));
        }
        let one =
            |(title, content): &(String, String)| format!("<h2>{}</h2>\n<p>{}</p>\n", escaped(title), escaped(content));
        page(200, titled(&name, &format!("<h1>{name}</h1>\n{}", shown.iter().map(one).collect::<String>())))
    }

    /// `install.php`: the form, and behind it the installation.
    async fn installation(&self, request: &Request, is_installed: bool) -> Response {
        let title = "WordPress &rsaquo; Installation";
        if is_installed {
            return page(
                200,
                titled(
                    title,
                    "<h1>Already Installed</h1><p>You appear to have already installed WordPress. To reinstall please clear your old database tables first.</p>",
                ),
            );
        }
        if request.method != "POST" || !request.path.contains("step=2") {
            return page(
                200,
                titled(
                    title,
                    "<h1>Welcome</h1>\n<form id=\"setup\" method=\"post\" action=\"install.php?step=2\">\n</form>\n",
                ),
            );
        }
        let form = form(&request.body);
        if let Some(text) = install::complaint(&form) {
            return page(200, titled(title, &format!("<p class=\"message\">{text}</p>\n")));
        }
        self.process.sleep(INSTALLATION).await;
        match install::install(&self.session, &self.prefix, &url(request), &form).await {
            Ok(()) => page(
                200,
                titled(title, "<h1>Success!</h1>\n<p>WordPress has been installed. Thank you, and enjoy!</p>\n"),
            ),
            Err(text) => page(
                200,
                titled(
                    title,
                    &format!(
                        "<div id=\"error\"><p class=\"wpdberror\"><strong>WordPress database error:</strong> [{}]</p></div>\n",
                        escaped(&text)
                    ),
                ),
            ),
        }
    }

    /// An option; `None` before the installation, and for one that nobody set.
    async fn option(&self, name: &str) -> Option<String> {
        let sql = format!("SELECT option_value FROM {}options WHERE option_name = '{name}'", self.prefix);
        self.session.query(&sql).await.ok()?.rows.into_iter().next()?.into_iter().next()?
    }

    /// Titles and contents of what is published.
    async fn posts(&self, wanted: &str) -> Vec<(String, String)> {
        let sql = format!(
            "SELECT post_title, post_content FROM {}posts WHERE post_status = 'publish' AND {wanted} ORDER BY ID DESC",
            self.prefix
        );
        let rows = self.session.query(&sql).await.map(|answer| answer.rows).unwrap_or_default();
        rows.into_iter().filter_map(|row| Some((row.first()?.clone()?, row.get(1)?.clone()?))).collect()
    }
}
