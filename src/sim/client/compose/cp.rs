//! `docker compose cp`: files between the host and a service's containers (X11). Must not know how containers keep them.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use crate::kernel::{Errno, Process};
use crate::sim::engine::{ArchiveEntry, ContainerView};
use std::rc::Rc;

/// Permissions of copied files.
const FILE_MODE: u32 = 0o644;

/// The command.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (from, to) = (&arguments.positional[0], &arguments.positional[1]);
    let (source, destination) = (split(from), split(to));
    let service = match (source.0, destination.0) {
        (Some(_), Some(_)) => return Err(Failure::new("copying between services is not supported")),
        (None, None) => return Err(Failure::new("unknown copy direction")),
        (Some(service), None) | (None, Some(service)) => service,
    };
    let (_, name) = compose.project_or_name(context, &[])?;
    let one_off = if arguments.on("all") { OneOff::Include } else { OneOff::Exclude };
    let mut found = containers::of_project(context, &name, one_off, Reach::All).await;
    let index = arguments.number("index").unwrap_or(0);
    found.retain(|container| {
        containers::service(container) == service && (index == 0 || i64::from(containers::number(container)) == index)
    });
    let Some(first) = found.first() else {
        return Err(Failure::new(format!("no container found for service {}", quote(service))));
    };
    let process = &compose.host.process;
    if source.0.is_some() {
        let text = format!("copy {}:{} to {}", first.name, source.1, destination.1);
        context.progress.text(&first.name, &format!("{text} Copying"));
        if context.dry_run.is_none() {
            out_of(context, process, first, source.1, destination.1).await?;
        }
        context.progress.text(&first.name, &format!("{text} Copied"));
        return Ok(());
    }
    for container in &found {
        let text = format!("copy {} to {}:{}", source.1, container.name, destination.1);
        context.progress.text(&container.name, &format!("{text} Copying"));
        if context.dry_run.is_none() {
            into(context, process, container, source.1, destination.1)?;
        }
        context.progress.text(&container.name, &format!("{text} Copied"));
    }
    Ok(())
}

/// `SERVICE:PATH`, or a path of the host.
pub fn split(argument: &str) -> (Option<&str>, &str) {
    match argument.split_once(':') {
        Some((service, path)) if !service.starts_with(['.', '/']) => (Some(service), path),
        _ => (None, argument),
    }
}

fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn absolute(path: &str) -> String {
    format!("/{}", path.trim_matches('/'))
}

/// Copies a file or folder of a container to the host; the size of the archive it travels in.
pub async fn out_of(
    context: &Context,
    process: &Process,
    container: &ContainerView,
    from: &str,
    to: &str,
) -> Done<u64> {
    let entries = context.engine.read_archive(container.container, &absolute(from))?;
    let is_folder = process.stat(to).is_ok_and(|stat| stat.is_folder());
    let root = if is_folder { format!("{}/{}", to.trim_end_matches('/'), base(from)) } else { to.to_owned() };
    let size = archive_size(entries.iter().map(|(_, bytes)| bytes.as_ref().map_or(0, |bytes| bytes.len())));
    let failed = |path: &str, errno: Errno| Failure::new(format!("open {path}: {}", errno.message().to_lowercase()));
    for (relative, bytes) in entries {
        let path = format!("{root}{relative}");
        match bytes {
            Some(bytes) => process.write_file(&path, &bytes).await.map_err(|errno| failed(&path, errno))?,
            None => process.make_folders(&path).map_err(|errno| failed(&path, errno))?,
        }
    }
    Ok(size)
}

/// A tar archive has a block of 512 bytes before each entry, whole blocks of content, and two empty ones at its end.
fn archive_size(contents: impl Iterator<Item = usize>) -> u64 {
    contents.map(|bytes| 512 + bytes.div_ceil(512) as u64 * 512).sum::<u64>() + 1024
}

/// Copies a file or folder of the host into a container; the size of the archive it travels in.
pub fn into(context: &Context, process: &Process, container: &ContainerView, from: &str, to: &str) -> Done<u64> {
    let path = process.absolute(from);
    if process.stat(&path).is_err() {
        return Err(Failure::new(format!("lstat {path}: no such file or directory")));
    }
    let folder = context.engine.is_folder(container.container, &absolute(to))? == Some(true);
    let root = if folder { format!("{}/{}", absolute(to).trim_end_matches('/'), base(&path)) } else { absolute(to) };
    let (mut entries, mut open) = (Vec::new(), vec![String::new()]);
    while let Some(relative) = open.pop() {
        let here = format!("{path}{relative}");
        if process.stat(&here).is_ok_and(|stat| stat.is_folder()) {
            let names = process.list(&here).unwrap_or_default();
            open.extend(names.iter().rev().map(|name| format!("{relative}/{name}")));
            entries.push((format!("{root}{relative}"), None));
        } else if let Ok(bytes) = process.read_file(&here) {
            entries.push((format!("{root}{relative}"), Some(Rc::new(bytes.to_vec()))));
        }
    }
    let size =
        archive_size(entries.iter().map(|(_, bytes): &ArchiveEntry| bytes.as_ref().map_or(0, |bytes| bytes.len())));
    context.engine.write_archive(container.container, &entries, FILE_MODE)?;
    Ok(size)
}
