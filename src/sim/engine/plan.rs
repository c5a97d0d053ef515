//! Which mounts a new container gets: those of the request, the short tmpfs key, other containers' mounts, and an
//! anonymous volume for every VOLUME of the image that nothing else is mounted at (semantics S10, S40-S42, S52, S70-S73).

use super::config::{ContainerConfig, MountConfig, MountSource};
use super::container::{Mount, Source};
use super::error::EngineError;
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
        check_target(destination).map_err(EngineError::invalid)?;
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
    check(engine, wanted)?;
    let destination: Rc<str> = clean(&wanted.target).into();
    let mut mount = Mount {
        source: Source::Tmpfs { options: String::new(), short: false },
        destination: destination.clone(),
        read_only: wanted.read_only,
        span: wanted.span,
        named: true,
        copies_up: false,
    };
    match &wanted.source {
        MountSource::Volume { name, no_copy, subpath } => {
            mount.source = Source::Volume { name: name.as_str().into(), subpath: subpath.clone() };
            mount.copies_up = !no_copy;
        }
        MountSource::AnonymousVolume { no_copy, .. } => {
            mount = Mount { span: wanted.span, ..anonymous(instance, destination, !no_copy) };
        }
        MountSource::Bind { path, create_host_path } => {
            mount.source = Source::Bind { path: path.as_str().into(), create: *create_host_path };
        }
        MountSource::Tmpfs { size, mode, .. } => {
            mount.source = Source::Tmpfs { options: long_tmpfs(*size, *mode), short: false };
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

/// What is wrong with a mount, in the engine's words. One that was sent as a text of `Binds` is shown as that text.
fn check(engine: &Engine, wanted: &MountConfig) -> Answer<()> {
    let (kind, problem) = match &wanted.source {
        MountSource::Volume { subpath, .. } => ("volume", subpath.as_deref().and_then(subpath_problem)),
        MountSource::AnonymousVolume { subpath: Some(_), .. } => {
            ("volume", Some("must not set Subpath when using anonymous volumes".to_owned()))
        }
        MountSource::AnonymousVolume { .. } => {
            let problem = "must not set ReadOnly mode when using anonymous volumes";
            ("volume", wanted.read_only.then(|| problem.to_owned()))
        }
        MountSource::Bind { path, create_host_path } => {
            let missing = !create_host_path && !engine.0.host.exists(path);
            ("bind", missing.then(|| format!("bind source path does not exist: {path}")))
        }
        MountSource::Tmpfs { source, .. } => {
            ("tmpfs", source.as_ref().map(|_| "field Source must not be specified".to_owned()))
        }
        MountSource::Image { .. } => ("image", None),
    };
    let Some(problem) = check_target(&wanted.target).err().or(problem) else { return Ok(()) };
    let text = format!("invalid mount config for type \"{kind}\": {problem}");
    Err(EngineError::invalid(match &wanted.bind_text {
        Some(written) => format!("invalid volume specification: '{written}': {text}"),
        None => text,
    }))
}

fn check_target(target: &str) -> Result<(), String> {
    match target {
        "" => Err("field Target must not be empty".to_owned()),
        target if !target.starts_with('/') => {
            Err(format!("invalid mount path: '{target}' mount path must be absolute"))
        }
        target if clean(target) == "/" => Err("invalid specification: destination can't be '/'".to_owned()),
        _ => Ok(()),
    }
}

/// A folder within a volume is named by a relative path that does not lead out of it (S72).
fn subpath_problem(path: &str) -> Option<String> {
    let mut depth = 0_i32;
    let leads_out = path.split('/').any(|part| {
        depth += match part {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        depth < 0
    });
    let is_local = !path.starts_with('/') && !leads_out;
    (!is_local).then(|| "subpath must be a relative path within the volume".to_owned())
}

/// The options of a long tmpfs as the short one writes them.
fn long_tmpfs(size: Option<i64>, mode: Option<u32>) -> String {
    let mode = mode.filter(|mode| *mode != 0).map(|mode| format!("mode={mode:o}"));
    let size = size.filter(|size| *size != 0).map(|size| format!("size={size}"));
    mode.into_iter().chain(size).collect::<Vec<_>>().join(",")
}

fn short_tmpfs(destination: Rc<str>, options: &str) -> Mount {
    let source = Source::Tmpfs { options: options.to_owned(), short: true };
    let read_only = options.split(',').any(|option| option == "ro");
    Mount { source, destination, read_only, span: None, named: true, copies_up: false }
}
