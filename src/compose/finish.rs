//! From a decoded model to the project that is acted upon: profiles, consistency, the services' variables and labels,
//! the resources that are used (semantics 1.8, 1.9, N3). Must not know the typed project.

use super::consistency::{self, Candidate};
use super::environment::{self, Environment};
use super::files::Files;
use super::format::dotenv;
use super::options::{LoadOptions, ReadError, Resources, ServiceEnvironment};
use super::problems::Problems;
use super::suggestion;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A project whose services are split by profile.
pub struct Finished {
    /// Services that are acted upon.
    pub services: Mapping,
    /// The others.
    pub disabled: Mapping,
    /// Everything else.
    pub model: Mapping,
}

/// Profiles that are active: `--profile`, else `COMPOSE_PROFILES`.
fn active_profiles(options: &LoadOptions, environment: &Environment) -> Vec<String> {
    if !options.profiles.is_empty() {
        return options.profiles.clone();
    }
    let list = environment.get("COMPOSE_PROFILES").map_or("", String::as_str);
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(String::from).collect()
}

fn profiles_of(service: &Value) -> impl Iterator<Item = &str> {
    let profiles = service.as_mapping().and_then(|service| service.get("profiles")).and_then(Value::as_sequence);
    profiles.unwrap_or(&[]).iter().filter_map(Value::as_text)
}

fn split(services: Mapping, profiles: &[String]) -> (Mapping, Mapping) {
    let all = profiles.iter().any(|profile| profile == "*");
    let is_active = |entry: &Entry| {
        let mut wanted = profiles_of(&entry.value).peekable();
        all || wanted.peek().is_none() || wanted.any(|profile| profiles.iter().any(|active| active == profile))
    };
    let (active, inactive) = services.into_entries().into_iter().partition(is_active);
    (Mapping::from_entries(active), Mapping::from_entries(inactive))
}

/// Finishes a decoded model.
pub fn finish(
    mut model: Mapping,
    options: &LoadOptions,
    environment: &Environment,
    files: &mut Files,
    problems: &mut Problems,
) -> Finished {
    let all = model.remove("services").map_or_else(Mapping::default, |entry| match entry.value.data {
        Data::Mapping(services) => services,
        _ => Mapping::default(),
    });
    let mut profiles = active_profiles(options, environment);
    let (services, disabled) = split(all, &profiles);
    consistency::check(&Candidate { services: &services, disabled: &disabled, model: &model }, problems);
    let mut project = Finished { services, disabled, model };
    project.services.iter_mut().filter_map(|entry| entry.value.as_mapping_mut()).for_each(copy_scale);
    enable_named(&mut project, &mut profiles, options, problems);
    if options.service_environment == ServiceEnvironment::Resolved {
        for entry in project.services.iter_mut() {
            if let Some(service) = entry.value.as_mapping_mut() {
                resolve_environment(service, environment, files, problems);
            }
        }
        for service in project.services.iter_mut().filter_map(|entry| entry.value.as_mapping_mut()) {
            resolve_labels(service, files, problems);
        }
    }
    if !options.services.is_empty() {
        select_named(&mut project, &options.services);
    }
    if options.resources == Resources::Used {
        drop_unused(&mut project);
    }
    consistency::check_container_names(&project.services, problems);
    project
}

/// Docker notes `scale` as the replicas of a service that has a `deploy`.
fn copy_scale(service: &mut Mapping) {
    let Some(scale) = service.get("scale").filter(|scale| !scale.is_null()).cloned() else { return };
    if let Some(deploy) = service.mapping_mut("deploy") {
        deploy.set("replicas", scale.data, scale.span);
    }
}

/// A service named on the command line activates its profiles (semantics L57).
fn enable_named(project: &mut Finished, profiles: &mut Vec<String>, options: &LoadOptions, problems: &mut Problems) {
    let before = profiles.len();
    for name in &options.services {
        if let Some(service) = project.disabled.get(name) {
            profiles.extend(profiles_of(service).map(String::from));
        } else if !project.services.contains(name) {
            let names = project.services.iter().map(|entry| &*entry.key);
            let remedy =
                suggestion::closest(name, names).map_or_else(String::new, |meant| format!("Did you mean `{meant}`?"));
            let message = format!("there is no service `{name}`");
            let diagnostic = Diagnostic::new("undefined-service", Severity::Error, Span::default(), message);
            problems.refuse(format!("no such service: {name}"), diagnostic.with_remedy(remedy));
        }
    }
    if profiles.len() > before {
        let mut all = std::mem::take(&mut project.services).into_entries();
        all.extend(std::mem::take(&mut project.disabled).into_entries());
        (project.services, project.disabled) = split(Mapping::from_entries(all), profiles);
    }
}

/// Keeps the named services and those they depend on.
fn select_named(project: &mut Finished, names: &[String]) {
    let mut wanted: BTreeSet<Rc<str>> = BTreeSet::new();
    let mut open: Vec<Rc<str>> = names.iter().map(|name| name.as_str().into()).collect();
    while let Some(name) = open.pop() {
        let Some(service) = project.services.mapping(&name) else { continue };
        if wanted.insert(name) {
            open.extend(service.mapping("depends_on").into_iter().flat_map(Mapping::iter).map(|edge| edge.key.clone()));
        }
    }
    let (kept, others) =
        std::mem::take(&mut project.services).into_entries().into_iter().partition(|entry| wanted.contains(&entry.key));
    project.services = Mapping::from_entries(kept);
    let mut disabled = std::mem::take(&mut project.disabled).into_entries();
    disabled.extend::<Vec<Entry>>(others);
    project.disabled = Mapping::from_entries(disabled);
}

fn resolve_environment(service: &mut Mapping, project: &Environment, files: &mut Files, problems: &mut Problems) {
    let written = service.remove("environment");
    let place = written.as_ref().map(|entry| (entry.key_span, entry.value.span));
    let mut own = match written {
        Some(Entry { value: Value { data: Data::Mapping(own), .. }, .. }) => own,
        _ => Mapping::default(),
    };
    for entry in own.iter_mut().filter(|entry| entry.value.is_null()) {
        if let Some(value) = project.get(&*entry.key) {
            entry.value.data = Data::text(value);
        }
    }
    let span = service.get("env_file").map_or(Span::default(), |value| value.span);
    let env_files = service.remove("env_file");
    let mut found = Mapping::default();
    for item in env_files.iter().flat_map(|entry| entry.value.as_sequence().unwrap_or(&[])) {
        if let Some(file) = item.as_mapping() {
            read_env_file(file, item.span, (&own, project), &mut found, files, problems);
        }
    }
    for entry in own.into_entries() {
        found.insert(entry);
    }
    if let Some(entry) = env_files {
        service.insert(Entry { key: "#env_file".into(), ..entry });
    }
    if !found.is_empty() {
        let (key_span, span) = place.unwrap_or((span, span));
        service.insert(Entry {
            key: "environment".into(),
            key_span,
            value: Value { data: Data::Mapping(found), span },
        });
    }
}

/// Adds the variables of one `env_file` to those of the ones before.
fn read_env_file(
    entry: &Mapping,
    span: Span,
    (own, project): (&Mapping, &Environment),
    found: &mut Mapping,
    files: &mut Files,
    problems: &mut Problems,
) {
    let path = entry.text("path").unwrap_or_default();
    let span = entry.get("path").map_or(span, |path| path.span);
    if files.kind(path).is_none() {
        if entry.get("required").and_then(Value::as_bool) != Some(false) {
            let text = format!("env file {path} not found: stat {path}: no such file or directory");
            let diagnostic =
                Diagnostic::new("no-env-file", Severity::Error, span, format!("there is no file `{path}`"))
                    .with_remedy("Create it, or write `required: false` beside its `path`");
            problems.refuse(text, diagnostic);
        }
        return;
    }
    let file = match files.read(path) {
        Ok(file) => file,
        Err(error) => return refuse_unreadable(path, span, &error, problems),
    };
    let format = entry.text("format").unwrap_or_default();
    if !matches!(format, "" | "raw") {
        let text = format!("unsupported env_file format {}", super::format::quote::quote(format));
        let message = format!("`{format}` is no format of environment files");
        problems.refuse(text, Diagnostic::new("bad-env-format", Severity::Error, span, message));
        return;
    }
    let lookup = |name: &str| {
        let own = || own.text(name).map(|text| Cow::Owned(text.to_string()));
        let earlier = || found.text(name).map(|text| Cow::Owned(text.to_string()));
        project.get(name).map(|value| Cow::Owned(value.clone())).or_else(own).or_else(earlier)
    };
    let text = files.text(file);
    let parsed = if format == "raw" { dotenv::parse_raw(text, &lookup) } else { dotenv::parse(text, &lookup) };
    for (name, range) in &parsed.unset {
        environment::warn_unset(name, Span { file, range: *range }, problems);
    }
    environment::report_error(path, file, &parsed, problems);
    for (name, assignment) in parsed.variables {
        let key_span = Span { file, range: assignment.name_range };
        let value = Value::new(Data::text(&assignment.value), Span { file, range: assignment.value_range });
        found.insert(Entry { key: name.into(), key_span, value });
    }
}

fn refuse_unreadable(path: &str, span: Span, error: &ReadError, problems: &mut Problems) {
    let text = format!("failed to read {path}: read {path}: {}", error.text());
    let message = format!("`{path}` cannot be read: {}", error.text());
    problems.refuse(text, Diagnostic::new("unreadable-file", Severity::Error, span, message));
}

/// Adds the labels of `label_file`s below those of `labels`.
fn resolve_labels(service: &mut Mapping, files: &mut Files, problems: &mut Problems) {
    let Some(list) = service.remove("label_file") else { return };
    let mut found = Mapping::default();
    for item in list.value.as_sequence().unwrap_or(&[]) {
        let path = item.as_text().unwrap_or_default();
        let file = match files.read(path) {
            Ok(file) => file,
            Err(ReadError::NotFound) => {
                let text = format!("label file {path} not found: stat {path}: no such file or directory");
                let message = format!("there is no file `{path}`");
                problems.refuse(text, Diagnostic::new("no-label-file", Severity::Error, item.span, message));
                continue;
            }
            Err(error) => {
                refuse_unreadable(path, item.span, &error, problems);
                continue;
            }
        };
        let lookup = |name: &str| found.text(name).map(|text| Cow::Owned(text.to_string()));
        let parsed = dotenv::parse(files.text(file), &lookup);
        for (name, range) in &parsed.unset {
            environment::warn_unset(name, Span { file, range: *range }, problems);
        }
        environment::report_error(path, file, &parsed, problems);
        for (name, assignment) in parsed.variables {
            let span = Span { file, range: assignment.value_range };
            found.set(&name, Data::text(&assignment.value), span);
        }
    }
    let own = service.remove("labels");
    let own_labels = own.as_ref().and_then(|entry| entry.value.as_mapping()).cloned().unwrap_or_default();
    for entry in own_labels.into_entries() {
        found.insert(entry);
    }
    if !found.is_empty() {
        service.set("labels", Data::Mapping(found), own.map_or(list.key_span, |entry| entry.key_span));
    }
}

/// Leaves out networks, volumes, secrets and configs that no service uses.
fn drop_unused(project: &mut Finished) {
    let mut used: BTreeSet<(&str, Rc<str>)> = BTreeSet::new();
    for entry in project.services.iter() {
        let Some(service) = entry.value.as_mapping() else { continue };
        let networks = service.mapping("networks").into_iter().flat_map(Mapping::iter);
        used.extend(networks.map(|network| ("networks", network.key.clone())));
        let items = |key: &str| {
            service.get(key).and_then(Value::as_sequence).unwrap_or(&[]).iter().filter_map(Value::as_mapping)
        };
        let source = |item: &Mapping| item.get("source").map(Value::go_text);
        let named = items("volumes").filter(|volume| volume.text("type") == Some("volume"));
        used.extend(named.filter_map(source).map(|name| ("volumes", name)));
        used.extend(items("configs").filter_map(source).map(|name| ("configs", name)));
        used.extend(items("secrets").filter_map(source).map(|name| ("secrets", name)));
        let build = service.mapping("build").and_then(|build| build.get("secrets")).and_then(Value::as_sequence);
        let build = build.unwrap_or(&[]).iter().filter_map(Value::as_mapping);
        used.extend(build.filter_map(source).map(|name| ("secrets", name)));
    }
    for section in ["networks", "volumes", "secrets", "configs"] {
        if let Some(mapping) = project.model.mapping_mut(section) {
            mapping.retain(|entry| used.contains(&(section, entry.key.clone())));
        }
    }
}
