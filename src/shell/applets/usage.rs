//! What busybox prints when an applet is called in a wrong way, or with `--help`.

use super::own_name;
use crate::kernel::{ExitCode, Process};

/// The texts after `Usage: `, word for word, each after `=== `; the applet's name is the first word.
const TEXTS: &str = include_str!("usages.txt");

/// The first line of what busybox 1.35 says about itself.
pub(super) const BANNER: &str = "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.";

/// The text after `Usage: `, if there is one.
fn text(name: &str) -> Option<&'static str> {
    let named = |text: &&str| text.split([' ', '\n']).next() == Some(name);
    TEXTS.split("=== ").find(named)
}

/// An applet was called without what it needs: its usage, and failure.
pub(super) async fn usage(process: &Process) -> ExitCode {
    let name = own_name(process);
    if let Some(text) = text(&name) {
        process.complain(format!("{BANNER}\n\nUsage: {text}")).await;
    }
    // Their failure means something else than their trouble.
    if matches!(&*name, "grep" | "egrep" | "fgrep" | "sort") { ExitCode(2) } else { ExitCode::FAILURE }
}

/// An option is wrong: what is wrong about it, then the usage.
pub(super) async fn misused(process: &Process, message: &str) -> ExitCode {
    process.complain(format!("{}: {message}\n", own_name(process))).await;
    usage(process).await
}

/// Whether an applet is only asked how it is called.
pub(in crate::shell) fn is_asked(process: &Process) -> bool {
    let asks = |word: Option<std::rc::Rc<str>>| word.is_some_and(|word| &*word == "--help");
    asks(process.argument(1)) && process.argument(2).is_none() && text(&own_name(process)).is_some()
}

/// The usage, as an answer and no failure.
pub(in crate::shell) async fn help(process: Process) -> ExitCode {
    usage(&process).await;
    ExitCode::SUCCESS
}
