//! What images built on `php:apache` have in common: Debian's Apache with PHP's module, forms, files beside the programs.
//! Must not know any application.
//!
//! Sources: the official image's Dockerfile (docker-library/php, variant apache: `mpm_prefork`, logs linked to the
//! container's streams, `/var/run/apache2` writable by everybody, SIGWINCH) and `apache2-foreground`; Debian's `apache2.conf`
//! for the format of the access log; a log of `wordpress` of November 2025 for the releases.

use super::apache::{self, Answer, Apache, Format, Model, Setup, content_type, error_page};
use crate::image::base;
use crate::image::definition::ImageConfig;
use crate::image::programs::daemon::Pending;
use crate::kernel::files::Owner;
use crate::kernel::http::{Request, Response};
use crate::kernel::{ExitCode, Process, Tree};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The server. Debian's `ServerTokens OS` shows no more of it than this; PHP adds itself.
const SERVER: Apache = Apache {
    name: "apache2",
    model: Model::Prefork,
    banner: "Apache/2.4.65 (Debian) PHP/8.3.27",
    server: "Apache/2.4.65 (Debian)",
    pid_file: "/var/run/apache2/apache2.pid",
    format: Format::Combined,
};

/// The number of `www-data` on Debian (`base-passwd`).
pub(super) const WWW_DATA: u32 = 33;

/// What a page of a PHP application takes. Typical of a laptop; 20 to 300 ms.
const PAGE: Duration = Duration::from_millis(60);

/// An application: what answers a request of its programs.
pub(super) type Application = fn(Process, Request) -> Pending<Response>;

/// What an image on `php:apache` says of itself, with its own entrypoint and a volume at its working folder.
pub(super) fn config(entrypoint: &str, folder: &str) -> ImageConfig {
    let mut config = ImageConfig {
        entrypoint: vec![entrypoint.into()],
        cmd: vec!["apache2-foreground".into()],
        volumes: [folder.into()].into(),
        working_dir: folder.into(),
        // Apache's graceful stop (Dockerfile of `php:apache`).
        stop_signal: Some("SIGWINCH".into()),
        exposed_ports: ["80/tcp".into()].into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config
}

/// Puts into an image what the server needs.
pub(super) fn prepare(root: &Tree) {
    base::add_user(root, "www-data", WWW_DATA, "/var/www");
    base::folder(root, "/var/run/apache2", Owner { user: WWW_DATA, group: WWW_DATA }, 0o1777);
}

/// `apache2-foreground`.
pub(super) async fn foreground(process: Process, application: Application) -> ExitCode {
    let configure = || {
        let process = process.clone();
        let answer: Answer = Rc::new(move |request, _| {
            let process = process.clone();
            Box::pin(async move {
                process.sleep(PAGE).await;
                application(process, request).await
            })
        });
        Ok(Setup { ports: vec![80], has_name: false, answer })
    };
    apache::run(process.clone(), SERVER, &configure).await
}

/// A page of a program.
pub(super) fn page(status: u16, text: impl Into<Vec<u8>>) -> Response {
    Response::of_type(status, "text/html; charset=UTF-8", text).with("X-Powered-By", "PHP/8.3.27")
}

/// An empty page that leads elsewhere.
pub(super) fn redirect(status: u16, target: &str) -> Response {
    page(status, "").with("Location", target)
}

/// A file below the working folder that is no program; `None` if there is none.
pub(super) fn file(process: &Process, path: &str) -> Option<Response> {
    if path.ends_with(".php") || path.ends_with('/') || path.split('/').any(|part| part.starts_with(".ht")) {
        return None;
    }
    let full = format!("/var/www/html{path}");
    match process.read_file(&full) {
        Ok(bytes) => Some(Response::of_type(200, content_type(&full), bytes.to_vec())),
        Err(crate::kernel::Errno::Eacces) => Some(error_page(403)),
        Err(_) => None,
    }
}

/// The fields of a form (`application/x-www-form-urlencoded`).
pub(super) fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hexadecimal = |bytes: [u8; 2]| u8::from_str_radix(std::str::from_utf8(&bytes).ok()?, 16).ok();
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.clone().next(), rest.clone().nth(1)) {
                (Some(first), Some(second)) if hexadecimal([first, second]).is_some() => {
                    rest.nth(1);
                    hexadecimal([first, second]).unwrap_or_default()
                }
                _ => byte,
            },
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text inside a page.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A setting of the environment, or the content of the file that `NAME_FILE` names.
pub(super) fn setting(process: &Process, name: &str) -> Option<String> {
    if let Some(path) = process.variable(&format!("{name}_FILE")) {
        let bytes = process.read_file(&path).ok()?;
        return Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_string());
    }
    process.variable(name).map(|value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = form(b"weblog_title=My+%22site%22&user_name=a%40b&odd=100%&empty");
        assert_eq!(form["weblog_title"], "My \"site\"");
        assert_eq!((form["user_name"].as_str(), form["odd"].as_str(), form["empty"].as_str()), ("a@b", "100%", ""));
    }
}
