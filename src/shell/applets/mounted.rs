//! `df`: what is mounted, and what a limited file system has left. Must not know what a mount stands for.

use super::listing::readable;
use super::{fail_with, options};
use crate::kernel::{ExitCode, Process};

/// The size that a file system without a limit is shown with, in units of 1024 bytes.
const UNLIMITED: u64 = 61_202_244;

/// `df [-h|-k|-m] [FILE]…`; a FILE stands for the file system it lies on (busybox, coreutils/df.c).
pub(super) async fn df(process: Process) -> ExitCode {
    let options = options!(process, "PkmhTaiB:t:");
    let heading = match () {
        () if options.has('h') => "     Size",
        () if options.has('m') => "1M-blocks",
        () => "1K-blocks",
    };
    process.print(format!("Filesystem           {heading}      Used Available Use% Mounted on\n")).await;
    let shown = |kilobytes: u64| match () {
        () if options.has('h') => readable(kilobytes * 1024),
        () if options.has('m') => kilobytes.div_ceil(1024).to_string(),
        () => kilobytes.to_string(),
    };
    let mut code = ExitCode::SUCCESS;
    let mut asked = options.operands.clone();
    if asked.is_empty() {
        asked = process.namespaces().mounts().list().into_iter().map(|(destination, _)| destination).collect();
    }
    for path in asked {
        match line(&process, &path, shown) {
            Ok(line) => process.print(line).await,
            Err(_) => code = fail_with(&process, &format!("{path}: can't find mount point")).await,
        }
    }
    code
}

/// The line of the file system that holds `path`.
fn line(process: &Process, path: &str, shown: impl Fn(u64) -> String) -> Result<String, crate::kernel::Errno> {
    let (used, limit) = process.usage(path)?;
    let (name, used) = (if limit.is_some() { "tmpfs" } else { "overlay" }, used.div_ceil(1024));
    let whole = limit.map_or(UNLIMITED, |limit| limit / 1024);
    let free = whole.saturating_sub(used);
    let percent = (used * 100 + whole / 2).checked_div(whole).unwrap_or(0);
    let (whole, used, free) = (shown(whole), shown(used), shown(free));
    Ok(format!("{name:<20} {whole:>9} {used:>9} {free:>9} {percent:>3}% {}\n", mount_point(process, path)))
}

/// Where the file system that holds `path` is mounted.
fn mount_point(process: &Process, path: &str) -> String {
    let mounts = process.namespaces().mounts().list();
    let path = process.absolute(path);
    let holds = |point: &str| point == "/" || path == point || path.starts_with(&format!("{point}/"));
    let found = mounts.iter().filter(|(point, _)| holds(point)).max_by_key(|(point, _)| point.len());
    found.map_or("/", |(point, _)| point).to_owned()
}
