//! Which mounts a new container gets: those of the request, the short tmpfs key, other containers' mounts, and an
//! anonymous volume for every VOLUME of the image that nothing else is mounted at (semantics S10, S40-S42, S52, S70-S73).

use super::config::{ContainerConfig, MountConfig, MountSource};
use super::container::{Mount, Source};
use super::error::EngineError;
use super::volumes::parse_size;
use super::{Answer, Engine, identity};
use crate::image::ImageDefinition;
use crate::kernel::files::clean;
use std::rc::Rc;

/// All mounts of a new container.
pub(super) fn mounts(
    engine: &Engine,
    config: &ContainerConfig,
    image: &ImageDefinition,
    instance: &str,
) -> Answer<Vec<Mount>> {
    let mut mounts: Vec<Mount> = Vec::new();
    for wanted in &config.mounts {
        let mount = requested(engine, wanted, instance)?;
        if mounts.iter().any(|known| known.destination == mount.destination) {
            return Err(EngineError::invalid(format!("Duplicate mount point: {}", mount.destination)));
        }
        mounts.push(mount);
    }
    for (destination, options) in &config.tmpfs {
        let destination: Rc<str> = clean(destination).into();
        if mounts.iter().any(|known| known.destination == destination) {
            return Err(EngineError::invalid(format!("Duplicate mount point: {destination}")));
        }
        mounts.push(short_tmpfs(destination, options));
    }
    for donor in &config.volumes_from {
        for mount in &engine.container(*donor)?.mounts {
            let is_taken = mounts.iter().any(|known| known.destination == mount.destination);
            if !is_taken && !matches!(mount.source, Source::Tmpfs { .. }) {
                mounts.push(Mount { copies_up: false, named: true, ..mount.clone() });
            }
        }
    }
    for path in &image.config.volumes {
        let destination: Rc<str> = clean(path).into();
        if !mounts.iter().any(|known| known.destination == destination) {
            mounts.push(anonymous(instance, destination, true));
        }
    }
    Ok(mounts)
}

/// Parents before what lies in them; otherwise by destination.
pub(super) fn sort(mounts: &mut [Mount]) {
    let depth = |mount: &Mount| mount.destination.split('/').filter(|part| !part.is_empty()).count();
    mounts.sort_by(|one, other| depth(one).cmp(&depth(other)).then_with(|| one.destination.cmp(&other.destination)));
}

fn requested(engine: &Engine, wanted: &MountConfig, instance: &str) -> Answer<Mount> {
    let destination: Rc<str> = clean(&wanted.target).into();
    if !wanted.target.starts_with('/') {
        return Err(EngineError::invalid(format!(
            "invalid volume specification: '{0}': invalid mount config for type \"volume\": invalid mount path: '{0}' \
             mount path must be absolute",
            wanted.target
        )));
    }
    let mut mount = Mount {
        source: Source::Tmpfs { size: None, mode: None, short: false },
        destination: destination.clone(),
        read_only: wanted.read_only,
        span: wanted.span,
        named: true,
        copies_up: false,
    };
    match &wanted.source {
        MountSource::Volume { name, no_copy, subpath } => {
            if subpath.as_ref().is_some_and(|path| path.starts_with('/') || path.split('/').any(|part| part == "..")) {
                return Err(EngineError::invalid("subpath must be a relative path within the volume"));
            }
            mount.source = Source::Volume { name: name.as_str().into(), subpath: subpath.clone() };
            mount.copies_up = !no_copy;
        }
        MountSource::AnonymousVolume { .. } if wanted.read_only => {
            return Err(EngineError::invalid(
                "invalid mount config for type \"volume\": must not set ReadOnly mode when using anonymous volumes",
            ));
        }
        MountSource::AnonymousVolume { no_copy } => {
            mount = Mount { span: wanted.span, ..anonymous(instance, destination, !no_copy) };
        }
        MountSource::Bind { path, create_host_path } => {
            if !create_host_path && !engine.0.host.exists(path) {
                return Err(EngineError::invalid(format!(
                    "invalid mount config for type \"bind\": bind source path does not exist: {path}"
                )));
            }
            mount.source = Source::Bind { path: path.as_str().into(), create: *create_host_path };
        }
        MountSource::Tmpfs { size, mode } => {
            let size = size.and_then(|size| u64::try_from(size).ok());
            mount.source = Source::Tmpfs { size, mode: *mode, short: false };
        }
        MountSource::Image { reference, subpath } => {
            let image = engine.0.images.borrow_mut().find(reference)?;
            let path = format!("/{}", subpath.as_deref().unwrap_or("").trim_start_matches('/'));
            mount.source = Source::Image { tree: image.root.clone(), path };
            mount.read_only = true;
        }
    }
    Ok(mount)
}

fn anonymous(instance: &str, destination: Rc<str>, copies_up: bool) -> Mount {
    let name = identity::anonymous_volume(instance, &destination);
    let source = Source::Volume { name, subpath: None };
    Mount { source, destination, read_only: false, span: None, named: false, copies_up }
}

fn short_tmpfs(destination: Rc<str>, options: &str) -> Mount {
    let size = options.split(',').find_map(|option| option.strip_prefix("size=")).and_then(parse_size);
    let mode = options.split(',').rev().find_map(|option| option.strip_prefix("mode="));
    let mode = mode.and_then(|mode| u32::from_str_radix(mode, 8).ok());
    let source = Source::Tmpfs { size, mode, short: true };
    let read_only = options.split(',').any(|option| option == "ro");
    Mount { source, destination, read_only, span: None, named: true, copies_up: false }
}
