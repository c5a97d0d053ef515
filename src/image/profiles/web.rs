//! What images have in common that are one web server or application: settings from a table, an entrypoint that passes on. Each of them has its own file. Must not know any of them.

use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::daemon::{Daemon, Pending, run};
use crate::image::reference::Reference;
use crate::kernel::http::Response;
use crate::kernel::{ExitCode, Process, Signal};
use std::rc::Rc;

/// An image that is one server.
pub(super) struct Site {
    /// ENTRYPOINT: its last word is a program that puts `prefix` before a command that is none of its own.
    pub entrypoint: &'static [&'static str],
    /// The program that options and subcommands are for; empty if the entrypoint passes on what it is given.
    pub prefix: &'static str,
    pub program: &'static str,
    pub command: &'static [&'static str],
    pub exposed: &'static [&'static str],
    pub volumes: &'static [&'static str],
    pub folder: &'static str,
    /// Files of the image.
    pub files: &'static [(&'static str, &'static str)],
    pub stop_signal: Option<&'static str>,
    /// What it is built upon.
    pub base: Base,
    /// What it does with its options and variables; the error is what it says when it refuses to start, and its exit code.
    pub daemon: fn(&Process) -> Result<Daemon, (String, u8)>,
}

/// What an image is built upon (its Dockerfile).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Debian, or another big system, as far as its programs are asked for here, with `curl`.
    DebianWithCurl,
    /// Alpine.
    Alpine,
}

/// Signals that end most of them.
pub(super) const ENDS: &[Signal] = &[Signal::TERM, Signal::INT, Signal::QUIT, Signal::WINCH];

/// The image of that server.
pub(super) fn define(reference: &Reference, site: &Site) -> ImageDefinition {
    let is_alpine = site.base == Base::Alpine || reference.has_variant("alpine");
    let root = if is_alpine { base::alpine() } else { base::debian() };
    let daemon = site.daemon;
    root.install(
        site.program,
        programs::of(move |process: Process| async move {
            match daemon(&process) {
                Ok(daemon) => run(process, daemon).await,
                Err((text, code)) => {
                    process.complain(text).await;
                    ExitCode(code)
                }
            }
        }),
    );
    let prefix = site.prefix;
    if let Some(path) = site.entrypoint.last().filter(|path| **path != site.program) {
        let path = if path.starts_with('/') { path.to_string() } else { format!("/usr/local/bin/{path}") };
        root.install(&path, programs::of(move |process| entrypoint(process, prefix)));
    }
    if site.entrypoint.first() == Some(&"/bin/tini") {
        root.install("/bin/tini", programs::of(tini));
    }
    if site.base == Base::DebianWithCurl {
        super::curl::install(&root);
    }
    base::folder(&root, site.folder, Default::default(), 0o755);
    for (path, text) in site.files {
        base::write(&root, path, text);
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

/// A page.
pub(super) fn page(status: u16, text: &'static str) -> Pending<Response> {
    Box::pin(async move { Response::html(status, text) })
}
