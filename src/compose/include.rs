//! `include`: other Compose projects become part of this one (semantics L56). Must not know what resources mean.

use super::attributes::top_level::INCLUDE;
use super::decode;
use super::environment;
use super::files::{absolute, join, parent, relative};
use super::loader::{Context, Loader, Request};
use super::options::FileKind;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

/// How deep includes may nest.
const MAX_DEPTH: usize = 100;

/// One entry of `include`.
struct Include {
    paths: Vec<String>,
    project_directory: Option<String>,
    env_files: Vec<String>,
    span: Span,
}

/// An entry's paths are known to be in a circle, or not.
enum Reached {
    Cycle,
    New,
}

impl Loader<'_> {
    /// Loads the included projects of a file and copies their resources into it.
    pub fn apply_include(&mut self, own: &mut Mapping, context: Context) {
        let Some(entry) = own.remove("include") else { return };
        let Data::Sequence(items) = entry.value.data else {
            if !entry.value.is_null() {
                let text = format!("`include` must be a list, got {}", entry.value.go_text());
                let message = "`include` must be a list of files";
                let diagnostic = Diagnostic::new("wrong-type", Severity::Error, entry.value.span, message)
                    .with_remedy("Put `- ` before the path, on a line of its own");
                self.problems.refuse(text, diagnostic);
            }
            return;
        };
        let mut included = context.included.to_vec();
        included.push(context.path.to_string());
        let long = items.into_iter().map(long_form).collect();
        let list = Value::new(Data::Sequence(long), entry.value.span);
        for item in decode::decode_list(&INCLUDE, list, &mut self.problems) {
            if let Some(include) = read_entry(&item) {
                self.include(include, own, context, &included);
            }
        }
    }

    fn include(&mut self, include: Include, own: &mut Mapping, context: Context, included: &[String]) {
        let lookup = &context.request.lookup_directory;
        let paths: Vec<String> = include.paths.iter().map(|path| absolute(lookup, path)).collect();
        let Some(first) = paths.first() else { return };
        if let Reached::Cycle = self.check_cycle(first, included, include.span) {
            return;
        }
        let (directory, seen_from) = match &include.project_directory {
            None => (parent(first), relative(lookup, &parent(first))),
            Some(folder) if folder.starts_with('/') => (folder.clone(), folder.clone()),
            Some(folder) => {
                let absolute = join(lookup, folder);
                let seen_from = relative(lookup, &absolute);
                (absolute, seen_from)
            }
        };
        let mut variables = context.request.environment.clone();
        let Some(env_files) = self.env_files(&include, &directory, &context) else { return };
        let found = environment::read_all(&env_files, &variables, 1, &mut self.files, &mut self.problems);
        for (name, value) in found {
            variables.entry(name).or_insert(value);
        }
        let request =
            Request { files: paths, directory: seen_from, lookup_directory: directory, environment: variables };
        let model = self.model(&request, included, include.span);
        self.import(model, own, include.span);
    }

    fn check_cycle(&mut self, path: &str, included: &[String], span: Span) -> Reached {
        if !included.iter().any(|known| known == path) && included.len() < MAX_DEPTH {
            return Reached::New;
        }
        let mut lines = vec![included[0].clone()];
        lines.extend(included[1..].iter().map(|file| format!(" include {file}")));
        lines.push(format!(" include {path}"));
        let text = format!("include cycle detected:\n{}", lines.join("\n"));
        let message = "files include each other in a circle";
        self.problems.refuse(text, Diagnostic::new("include-cycle", Severity::Error, span, message));
        Reached::Cycle
    }

    /// The files with variables of an entry, absolute; `None` if one is missing.
    fn env_files(&mut self, include: &Include, directory: &str, context: &Context) -> Option<Vec<String>> {
        if include.env_files.is_empty() {
            let beside = join(directory, ".env");
            let found = self.files.kind(&beside) == Some(FileKind::File);
            return Some(if found { vec![beside] } else { Vec::new() });
        }
        let named = include.env_files.iter().filter(|path| *path != "/dev/null");
        named.map(|path| self.env_file(path, include.span, context)).collect()
    }

    /// Docker looks for a file that is named by a relative path by itself, and says so in other words.
    fn env_file(&mut self, path: &str, span: Span, context: &Context) -> Option<String> {
        let found = absolute(&context.request.lookup_directory, path);
        let kind = self.files.kind(&found);
        if path.starts_with('/') || kind == Some(FileKind::File) {
            return Some(found);
        }
        let seen = join(&context.request.directory, path);
        let (text, message) = match kind {
            None => (format!("stat {seen}: no such file or directory"), format!("there is no file `{path}`")),
            Some(_) => (format!("{seen} is not a file"), format!("`{path}` is a folder")),
        };
        self.problems.refuse(text, Diagnostic::new("no-env-file", Severity::Error, span, message));
        None
    }

    fn import(&mut self, model: Mapping, own: &mut Mapping, span: Span) {
        for section in model.into_entries() {
            let known = matches!(&*section.key, "services" | "volumes" | "networks" | "secrets" | "configs" | "models");
            let Data::Mapping(resources) = section.value.data else { continue };
            if !known {
                continue;
            }
            if own.mapping(&section.key).is_none() {
                own.set(&section.key, Data::Mapping(Mapping::default()), span);
            }
            for resource in resources.into_entries() {
                self.import_resource(&section.key, resource, own);
            }
        }
    }

    fn import_resource(&mut self, section: &str, resource: Entry, own: &mut Mapping) {
        let Some(target) = own.mapping_mut(section) else { return };
        let Some(known) = target.entry(&resource.key) else {
            target.insert(resource);
            return;
        };
        if known.value.same_data(&resource.value) {
            return;
        }
        let message = format!("`{section}.{}` is also set by an included file", resource.key);
        let diagnostic = Diagnostic::new("include-conflict", Severity::Error, known.key_span, message)
            .with_why("what an included file sets cannot be set again, unless both are the same")
            .with_remedy(
                "Rename one of them, or change it in an override file: `docker compose -f compose.yaml -f other.yaml`",
            )
            .with_related(resource.key_span, "set here too");
        self.problems.refuse(format!("{section}.{} conflicts with imported resource", resource.key), diagnostic);
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value.map(|value| &value.data) {
        Some(Data::Text(text)) => vec![text.to_string()],
        Some(Data::Sequence(items)) => items.iter().filter_map(Value::as_text).map(String::from).collect(),
        _ => Vec::new(),
    }
}

/// A path alone as a mapping with `path`.
fn long_form(item: Value) -> Value {
    if item.as_text().is_none() {
        return item;
    }
    let mut long = Mapping::default();
    long.set("path", item.data, item.span);
    Value::new(Data::Mapping(long), item.span)
}

fn read_entry(item: &Value) -> Option<Include> {
    let long = item.as_mapping()?;
    Some(Include {
        paths: texts(long.get("path")),
        project_directory: long.text("project_directory").filter(|folder| !folder.is_empty()).map(String::from),
        env_files: texts(long.get("env_file")),
        span: item.span,
    })
}
