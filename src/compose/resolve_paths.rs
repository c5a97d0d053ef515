//! Relative paths become paths seen from the project's directory (semantics L6). Must not read files.

use super::files::{absolute, join};
use super::problems::Problems;
use super::value::{Data, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};

/// What paths are resolved against.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The project's directory; relative itself while a file is loaded for another one.
    pub directory: &'a str,
    /// What `~` stands for.
    pub home: Option<&'a str>,
}

impl Base<'_> {
    fn expand(&self, path: &str) -> String {
        match (path.strip_prefix('~'), self.home) {
            // `~name` is no other user's home to Docker: what follows the tilde stands below this one's.
            (Some(rest), Some(home)) => join(home, rest),
            _ => path.to_string(),
        }
    }

    /// `path` as Docker resolves the path of a file.
    pub fn file(&self, path: &str) -> String {
        let path = self.expand(path);
        if path.starts_with('/') { path } else { join(self.directory, &path) }
    }

    fn mount(&self, path: &str) -> String {
        let path = self.expand(path);
        let windows = path.as_bytes().get(1) == Some(&b':') || path.starts_with("\\\\");
        if path.starts_with('/') || windows { path } else { join(self.directory, &path) }
    }

    fn context(&self, path: &str) -> String {
        const REMOTE: [&str; 6] = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
        if path.contains("://") || path.starts_with("service:") || REMOTE.iter().any(|start| path.starts_with(start)) {
            return path.to_string();
        }
        let path = self.expand(path);
        if path.starts_with('/') { path } else { absolute(self.directory, &path) }
    }
}

fn rewrite(value: Option<&mut Value>, how: impl Fn(&str) -> String) {
    if let Some(value) = value
        && let Some(text) = value.as_text()
    {
        value.data = Data::text(&how(text));
    }
}

fn mappings(value: Option<&mut Value>) -> impl Iterator<Item = &mut Mapping> {
    let items = value.and_then(|value| match &mut value.data {
        Data::Sequence(items) => Some(items),
        _ => None,
    });
    items.into_iter().flatten().filter_map(Value::as_mapping_mut)
}

/// Resolves all paths of a canonical model.
pub fn resolve(model: &mut Mapping, base: Base, problems: &mut Problems) {
    for section in ["configs", "secrets"] {
        for entry in model.mapping_mut(section).into_iter().flat_map(Mapping::iter_mut) {
            let file = entry.value.as_mapping_mut().and_then(|object| object.get_mut("file"));
            rewrite(file, |path| base.mount(path));
        }
    }
    for entry in model.mapping_mut("services").into_iter().flat_map(Mapping::iter_mut) {
        if let Some(service) = entry.value.as_mapping_mut() {
            resolve_service(service, base, problems);
        }
    }
    for entry in model.mapping_mut("volumes").into_iter().flat_map(Mapping::iter_mut) {
        if let Some(volume) = entry.value.as_mapping_mut() {
            resolve_driver_options(volume, base);
        }
    }
}

fn resolve_service(service: &mut Mapping, base: Base, problems: &mut Problems) {
    if let Some(build) = service.mapping_mut("build") {
        rewrite(build.get_mut("context"), |path| base.context(path));
        for entry in build.mapping_mut("additional_contexts").into_iter().flat_map(Mapping::iter_mut) {
            rewrite(Some(&mut entry.value), |path| base.context(path));
        }
        for entry in build.mapping_mut("ssh").into_iter().flat_map(Mapping::iter_mut) {
            rewrite(Some(&mut entry.value), |path| base.mount(path));
        }
    }
    for file in mappings(service.get_mut("env_file")) {
        rewrite(file.get_mut("path"), |path| base.file(path));
    }
    if let Some(Value { data: Data::Sequence(labels), .. }) = service.get_mut("label_file") {
        labels.iter_mut().for_each(|file| rewrite(Some(file), |path| base.file(path)));
    }
    if let Some(extends) = service.mapping_mut("extends") {
        rewrite(extends.get_mut("file"), |path| base.file(path));
    }
    for watch in mappings(service.mapping_mut("develop").and_then(|develop| develop.get_mut("watch"))) {
        rewrite(watch.get_mut("path"), |path| base.file(path));
    }
    if let Some(volumes) = service.get_mut("volumes")
        && let Data::Sequence(items) = &mut volumes.data
    {
        items.iter_mut().for_each(|item| resolve_mount(item, base, problems));
    }
}

fn resolve_mount(item: &mut Value, base: Base, problems: &mut Problems) {
    let span = item.span;
    let Some(volume) = item.as_mapping_mut().filter(|volume| volume.text("type") == Some("bind")) else { return };
    if !volume.contains("source") {
        let message = "a bind mount needs a `source`: the path on the host";
        let diagnostic = Diagnostic::new("bind-without-source", Severity::Error, span, message);
        problems.refuse("invalid mount config for type \"bind\": field Source must not be empty", diagnostic);
        return;
    }
    rewrite(volume.get_mut("source"), |path| base.mount(path));
}

/// A local volume that binds a folder names it by a path.
fn resolve_driver_options(volume: &mut Mapping, base: Base) {
    if volume.text("driver") != Some("local") {
        return;
    }
    let Some(options) = volume.mapping_mut("driver_opts") else { return };
    if options.text("o") == Some("bind") {
        rewrite(options.get_mut("device"), |path| base.mount(path));
    }
}
