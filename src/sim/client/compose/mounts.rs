//! The mounts of a new container: those of the file, and those inherited from the container it replaces (U30-U36). Must not
//! know how they are made.

use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use crate::compose::model::{FileObject, FileReference, Mount, MountKind, Project, Service};
use crate::sim::engine::{ContainerView, Engine, MountConfig, MountSource};
use crate::sim::log::{DataPlace, MountPoint};
use crate::text::{Span, Spanned};
use std::collections::BTreeMap;

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
                span: anonymous.map(|own| own.span).or(mount.span),
            });
        }
    }
    for own in &service.volumes {
        if !(is_anonymous(own) && inherited.contains(&own.target)) {
            put(written(project, own));
        }
    }
    for secret in &service.secrets {
        put_file(&mut put, &project.secrets, secret, "/run/secrets/", secret_span(service, "secrets"));
    }
    for config in &service.configs {
        put_file(&mut put, &project.configs, config, "/", secret_span(service, "configs"));
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
            MountSource::AnonymousVolume { no_copy: mount.no_copy }
        }
        MountKind::Volume | MountKind::Cluster => MountSource::Volume {
            name: project.volumes.get(&name).map_or(name, |volume| volume.name.clone()),
            no_copy: mount.no_copy,
            subpath: mount.subpath.clone(),
        },
        MountKind::Bind | MountKind::NamedPipe => {
            MountSource::Bind { path: name, create_host_path: mount.create_host_path }
        }
        MountKind::Tmpfs => MountSource::Tmpfs { size: mount.tmpfs_size, mode: mount.tmpfs_mode },
        MountKind::Image => MountSource::Image { reference: name, subpath: mount.subpath.clone() },
    };
    MountConfig { source, target: mount.target.clone(), read_only: mount.read_only, span: Some(mount.span) }
}

/// A secret or config that is a file of the host: a read-only bind.
fn put_file(
    put: &mut impl FnMut(MountConfig),
    objects: &BTreeMap<String, FileObject>,
    reference: &FileReference,
    folder: &str,
    span: Option<Span>,
) {
    let file = objects.get(&reference.source).and_then(|object| object.file.clone());
    let target = target_of(reference, folder);
    if let Some(path) = file {
        let source = MountSource::Bind { path, create_host_path: false };
        put(MountConfig { source, target, read_only: true, span });
    }
}

fn secret_span(service: &Service, attribute: &str) -> Option<Span> {
    service.attributes.get(attribute).copied()
}

/// A file that is put into a container when it is made.
pub struct Injected {
    /// Where.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
}

/// Permissions of an injected file that asks for none.
const READABLE: u32 = 0o444;

/// Secrets and configs that are not files of the host (S71).
pub fn injected(project: &Project, service: &Service) -> Done<Vec<Injected>> {
    let mut files = Vec::new();
    let kinds = [
        ("secret", &service.secrets, &project.secrets, "/run/secrets/"),
        ("config", &service.configs, &project.configs, "/"),
    ];
    for (kind, references, objects, folder) in kinds {
        for reference in references {
            let Some(object) =
                objects.get(&reference.source).filter(|object| object.file.is_none() && !object.external)
            else {
                continue;
            };
            let text = match (&object.content, &object.environment) {
                (Some(content), _) => content.clone(),
                (None, Some(variable)) => project.environment.get(variable).cloned().ok_or_else(|| {
                    let (variable, source) = (quote(variable), quote(&reference.source));
                    Failure::new(format!("environment variable {variable} required by {kind} {source} is not set"))
                })?,
                (None, None) => continue,
            };
            if service.read_only.as_ref().is_some_and(|read_only| read_only.value) {
                let (source, name) = (quote(&reference.source), &service.name.value);
                return Err(Failure::new(format!(
                    "cannot create {kind} {source} in read-only service {name}: `file` is the sole supported option"
                )));
            }
            let mode = reference.mode.unwrap_or(READABLE);
            files.push(Injected { path: target_of(reference, folder), bytes: text.into_bytes(), mode });
        }
    }
    Ok(files)
}

/// Where a secret or config is seen in the container.
fn target_of(reference: &FileReference, folder: &str) -> String {
    match &reference.target {
        Some(target) if target.starts_with('/') => target.clone(),
        Some(target) => format!("{folder}{target}"),
        None => format!("{folder}{}", reference.source),
    }
}
