//! The mounts of a new container: those of the file, and those inherited from the container it replaces (U30-U36). Must not
//! know how they are made.

use super::super::context::Context;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use crate::compose::model::{FileObject, FileReference, Mount, MountKind, Project, Service};
use crate::sim::engine::{ContainerView, Engine, MountConfig, MountSource};
use crate::sim::log::{DataPlace, MountPoint};
use crate::text::Spanned;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The mounts, in the order of the file; inherited ones in front.
pub fn of_service(
    engine: &Engine,
    project: &Project,
    service: &Service,
    image: &str,
    inherit: Option<&ContainerView>,
) -> Done<Vec<MountConfig>> {
    let mut found: BTreeMap<String, MountConfig> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut put = |mount: MountConfig| {
        if found.insert(mount.target.clone(), mount.clone()).is_none() {
            order.push(mount.target);
        }
    };
    let image_volumes = engine.inspect_image(image).map(|image| image.volumes).unwrap_or_default();
    let mut inherited = Vec::new();
    for mount in inherit.map_or(&[][..], |container| &container.mounts) {
        let anonymous = service.volumes.iter().find(|own| own.target == *mount.destination && is_anonymous(own));
        if !image_volumes.iter().any(|path| **path == *mount.destination) && anonymous.is_none() {
            continue;
        }
        if let Some(source) = source_of(mount) {
            inherited.push(mount.destination.to_string());
            put(MountConfig {
                source,
                target: mount.destination.to_string(),
                read_only: !mount.writable,
                bind_text: None,
                span: anonymous.map(|own| own.span).or(mount.span),
            });
        }
    }
    for own in &service.volumes {
        if !(is_anonymous(own) && inherited.contains(&own.target)) {
            put(written(project, own));
        }
    }
    for kind in kinds(project, service) {
        for reference in kind.references {
            let object = kind.objects.get(&reference.source);
            if let Some(object) = object.filter(|object| object.external) {
                return Err(Failure::new(format!("unsupported external {} {}", kind.word, object.name)));
            }
            if let Some(path) = object.and_then(|object| object.file.clone()) {
                let source = MountSource::Bind { path, create_host_path: false };
                let target = target_of(reference, kind.folder);
                let span = service.attributes.get(&format!("{}s", kind.word)).copied();
                put(MountConfig { source, target, read_only: true, bind_text: None, span });
            }
        }
    }
    Ok(order.iter().filter_map(|target| found.remove(target)).collect())
}

fn is_anonymous(mount: &Mount) -> bool {
    mount.kind == MountKind::Volume && mount.source.is_none()
}

/// What an existing mount shows; nothing for a tmpfs, which is never inherited.
fn source_of(mount: &MountPoint) -> Option<MountSource> {
    match &mount.place {
        DataPlace::Volume(name) => Some(MountSource::Volume { name: name.to_string(), no_copy: false, subpath: None }),
        DataPlace::Host(path) => Some(MountSource::Bind { path: path.to_string(), create_host_path: true }),
        DataPlace::Tmpfs(..) | DataPlace::WritableLayer(_) => None,
    }
}

fn written(project: &Project, mount: &Spanned<Mount>) -> MountConfig {
    let name = mount.source.clone().unwrap_or_default();
    let source = match mount.kind {
        MountKind::Volume | MountKind::Cluster if mount.source.is_none() => {
            MountSource::AnonymousVolume { no_copy: mount.no_copy, subpath: mount.subpath.clone() }
        }
        MountKind::Volume | MountKind::Cluster => MountSource::Volume {
            name: project.volumes.get(&name).map_or(name, |volume| volume.name.clone()),
            no_copy: mount.no_copy,
            subpath: mount.subpath.clone(),
        },
        MountKind::Bind | MountKind::NamedPipe => {
            MountSource::Bind { path: name, create_host_path: mount.create_host_path }
        }
        MountKind::Tmpfs => {
            MountSource::Tmpfs { source: mount.source.clone(), size: mount.tmpfs_size, mode: mount.tmpfs_mode }
        }
        MountKind::Image => MountSource::Image { reference: name, subpath: mount.subpath.clone() },
    };
    let bind_text = bind_text(&source, mount);
    MountConfig { source, target: mount.target.clone(), read_only: mount.read_only, bind_text, span: Some(mount.span) }
}

/// The text that Compose sends in `Binds` for what that old form can say: the rest goes into `Mounts`.
fn bind_text(source: &MountSource, mount: &Mount) -> Option<String> {
    let shown = match source {
        MountSource::Volume { name, no_copy: false, subpath: None } => name,
        MountSource::Bind { path, create_host_path: true } => path,
        _ => return None,
    };
    Some(format!("{shown}:{}:{}", mount.target, if mount.read_only { "ro" } else { "rw" }))
}

/// What the daemon is asked for secrets and configs that are files of the host has no user, group or mode; and Compose says
/// when the file is missing, which the engine then refuses.
pub fn warn(context: &Context, project: &Project, service: &Service) {
    for kind in kinds(project, service) {
        for reference in kind.references {
            let Some(object) = kind.objects.get(&reference.source) else { continue };
            let Some(path) = &object.file else { continue };
            if reference.uid.is_some() || reference.gid.is_some() || reference.mode.is_some() {
                let word = kind.word;
                context
                    .terminal
                    .warn(&format!("{word}s `uid`, `gid` and `mode` are not supported, they will be ignored"));
            }
            if context.process.stat(path).is_err() {
                context.terminal.warn(&format!("{} file {} does not exist", kind.word, object.name));
            }
        }
    }
}

/// The secrets, or the configs, of a service.
struct Kind<'k> {
    word: &'static str,
    references: &'k [Spanned<FileReference>],
    objects: &'k BTreeMap<String, FileObject>,
    folder: &'static str,
}

fn kinds<'k>(project: &'k Project, service: &'k Service) -> [Kind<'k>; 2] {
    [
        Kind { word: "secret", references: &service.secrets, objects: &project.secrets, folder: "/run/secrets/" },
        Kind { word: "config", references: &service.configs, objects: &project.configs, folder: "/" },
    ]
}

/// Permissions of an injected file that asks for none.
const READABLE: u32 = 0o444;

/// Writes the secrets and configs that are not files of the host into a container, before each of its starts (S71).
pub fn inject(context: &Context, project: &Project, service: &Service, container: &ContainerView) -> Done {
    for kind in kinds(project, service) {
        for reference in kind.references {
            let Some(object) = kind.objects.get(&reference.source).filter(|object| object.file.is_none()) else {
                continue;
            };
            let text = content(project, kind.word, object)?;
            if text.is_empty() {
                continue;
            }
            if service.read_only.as_ref().is_some_and(|read_only| read_only.value) {
                let (kind, name, service) = (kind.word, quote(&object.name), &service.name.value);
                return Err(Failure::new(format!(
                    "cannot create {kind} {name} in read-only service {service}: `file` is the sole supported option"
                )));
            }
            if context.dry_run.is_some() {
                continue;
            }
            let file = (target_of(reference, kind.folder), Some(Rc::new(text.into_bytes())));
            context.engine.write_archive(container.container, &[file], reference.mode.unwrap_or(READABLE))?;
        }
    }
    Ok(())
}

/// The text of a secret or config that is not a file: `content`, or the value of a variable.
fn content(project: &Project, kind: &str, object: &FileObject) -> Done<String> {
    match (&object.content, &object.environment) {
        (Some(content), _) if !content.is_empty() => Ok(content.clone()),
        (_, Some(variable)) => project.environment.get(variable).cloned().ok_or_else(|| {
            let (variable, name) = (quote(variable), quote(&object.name));
            Failure::new(format!("environment variable {variable} required by {kind} {name} is not set"))
        }),
        (_, None) => Ok(String::new()),
    }
}

/// Where a secret or config is seen in the container.
fn target_of(reference: &FileReference, folder: &str) -> String {
    match &reference.target {
        Some(target) if target.starts_with('/') => target.clone(),
        Some(target) => format!("{folder}{target}"),
        None => format!("{folder}{}", reference.source),
    }
}
