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
        let service = quote(service);
        return Err(Failure::new(match index {
            0 => format!("no container found for service {service}"),
            index => format!("service {service} is not running container #{index}"),
        }));
    };
    let process = &compose.host.process;
    if source.0.is_some() {
        let text = format!("copy {}:{} to {}", first.name, source.1, destination.1);
        context.progress.step(&first.name, &text, "Copying");
        if context.dry_run.is_none() {
            out_of(context, process, first, source.1, destination.1).await?;
        }
        context.progress.step(&first.name, &text, "Copied");
        return Ok(());
    }
    for container in &found {
        let text = format!("copy {} to {}:{}", source.1, container.name, destination.1);
        context.progress.step(&container.name, &text, "Copying");
        if context.dry_run.is_none() {
            into(context, process, container, source.1, destination.1)?;
        }
        context.progress.step(&container.name, &text, "Copied");
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

/// Copies a file or folder of a container to the host. `FOLDER/.` is what is in the folder.
pub async fn out_of(context: &Context, process: &Process, container: &ContainerView, from: &str, to: &str) -> Done {
    if from.is_empty() {
        return Err(no_path());
    }
    check_output(process, to)?;
    let content_only = from.ends_with("/.");
    let from = absolute(from.trim_end_matches('.'));
    let entries = context.engine.read_archive(container.container, &from)?;
    let existing = process.stat(to).ok().map(|stat| stat.is_folder());
    if existing == Some(false) && entries.first().is_some_and(|(_, bytes)| bytes.is_none()) {
        return Err(Failure::new("cannot copy directory"));
    }
    let root = match existing == Some(true) && !content_only {
        true => format!("{}/{}", to.trim_end_matches('/'), base(&from)),
        false => to.trim_end_matches('/').to_owned(),
    };
    let failed = |path: &str, errno: Errno| Failure::new(format!("open {path}: {}", errno.message().to_lowercase()));
    for (relative, bytes) in entries {
        let path = format!("{root}{relative}");
        match bytes {
            Some(bytes) => process.write_file(&path, &bytes).await.map_err(|errno| failed(&path, errno))?,
            None => process.make_folders(&path).map_err(|errno| failed(&path, errno))?,
        }
    }
    Ok(())
}

fn no_path() -> Failure {
    Failure::new("Error response from daemon: bad parameter: pathcannot be empty")
}

/// The folder in which something is put must be there.
fn check_output(process: &Process, to: &str) -> Done {
    let folder = to.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    match folder.is_empty() || process.stat(folder).is_ok() {
        true => Ok(()),
        false => Err(Failure::new(format!("invalid output path: directory {} does not exist", quote(folder)))),
    }
}

/// Copies a file or folder of the host into a container. `FOLDER/.` is what is in the folder.
pub fn into(context: &Context, process: &Process, container: &ContainerView, from: &str, to: &str) -> Done {
    let content_only = from.ends_with("/.");
    let path = process.absolute(from.trim_end_matches("/."));
    let Ok(stat) = process.stat(&path) else {
        return Err(Failure::new(format!("lstat {path}: no such file or directory")));
    };
    if to.is_empty() {
        return Err(no_path());
    }
    let root = match (context.engine.is_folder(container.container, &absolute(to))?, content_only) {
        (Some(false), _) if stat.is_folder() => return Err(Failure::new("cannot copy directory")),
        (Some(true), false) => format!("{}/{}", absolute(to).trim_end_matches('/'), base(&path)),
        (None, _) => in_folder(context, container, &absolute(to))?,
        _ => absolute(to),
    };
    let entries = host_entries(process, &path, root.trim_end_matches('/'));
    context.engine.write_archive(container.container, &entries, FILE_MODE)?;
    Ok(())
}

/// A path of a container at which nothing is, if the folder above it is there.
fn in_folder(context: &Context, container: &ContainerView, path: &str) -> Done<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let above = if folder.is_empty() { "/" } else { folder };
    match context.engine.is_folder(container.container, above)? {
        Some(true) => Ok(path.to_owned()),
        _ => Err(Failure::new(format!(
            "Error response from daemon: Could not find the file {above} in container {}",
            container.id
        ))),
    }
}

/// What is at a path of the host, to be put at `root`: folders before what is in them.
fn host_entries(process: &Process, path: &str, root: &str) -> Vec<ArchiveEntry> {
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
    entries
}
