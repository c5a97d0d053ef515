//! From the decoded project to the typed one. Must not check or complete anything: every value is as it will be.

use super::attributes::service::SERVICE;
use super::attributes::{Object, top_level};
use super::discovery::Found;
use super::finish::Finished;
use super::model::{
    Build, Condition, Dependency, Deploy, EnvFile, FileObject, FileReference, Healthcheck, Hook, Mount, MountKind,
    Network, Port, Project, RestartPolicy, Service, ServiceNetwork, Volume,
};
use super::printed;
use super::value::{Data, Entry, Mapping, Value};
use crate::text::{Span, Spanned};
use std::collections::BTreeMap;
use std::time::Duration;

/// The typed project.
pub fn build(finished: &Finished, name: &str, found: &Found, environment: BTreeMap<String, String>) -> Project {
    let model = &finished.model;
    let services = |services: &Mapping| map(services, service);
    Project {
        name: name.to_string(),
        directory: found.directory.clone(),
        files: found.files.clone(),
        services: services(&finished.services),
        disabled_services: services(&finished.disabled),
        networks: section(model, "networks", network),
        volumes: section(model, "volumes", volume),
        secrets: section(model, "secrets", file_object),
        configs: section(model, "configs", file_object),
        environment,
    }
}

fn map<T>(mapping: &Mapping, make: impl Fn(&Entry, &Mapping) -> T) -> BTreeMap<String, T> {
    let empty = Mapping::default();
    let value = |entry: &Entry| make(entry, entry.value.as_mapping().unwrap_or(&empty));
    mapping.iter().map(|entry| (entry.key.to_string(), value(entry))).collect()
}

fn section<T>(model: &Mapping, key: &str, make: impl Fn(&Entry, &Mapping) -> T) -> BTreeMap<String, T> {
    model.mapping(key).map_or_else(BTreeMap::new, |mapping| map(mapping, make))
}

fn spanned<T>(mapping: &Mapping, key: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Spanned<T>> {
    let value = mapping.get(key)?;
    Some(Spanned::new(read(value)?, value.span))
}

fn text_of(value: &Value) -> Option<String> {
    value.as_text().filter(|text| !text.is_empty()).map(String::from)
}

fn text(mapping: &Mapping, key: &str) -> Option<Spanned<String>> {
    spanned(mapping, key, text_of)
}

fn plain(mapping: &Mapping, key: &str) -> Option<String> {
    mapping.get(key).and_then(text_of)
}

fn flag(mapping: &Mapping, key: &str) -> Option<Spanned<bool>> {
    spanned(mapping, key, Value::as_bool)
}

fn is_set(mapping: &Mapping, key: &str) -> bool {
    mapping.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn count(mapping: &Mapping, key: &str) -> Option<Spanned<u32>> {
    spanned(mapping, key, |value| u32::try_from(value.as_integer()?).ok())
}

fn duration_of(value: &Value) -> Option<Duration> {
    match value.data {
        Data::Duration(nanoseconds) => Some(Duration::from_nanos(nanoseconds.max(0) as u64)),
        _ => None,
    }
}

fn bytes_of(value: &Value) -> Option<i64> {
    match value.data {
        Data::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn items<'m>(mapping: &'m Mapping, key: &str) -> &'m [Value] {
    mapping.get(key).and_then(Value::as_sequence).unwrap_or(&[])
}

fn texts(mapping: &Mapping, key: &str) -> Vec<Spanned<String>> {
    items(mapping, key).iter().map(|item| Spanned::new(item.go_text().to_string(), item.span)).collect()
}

fn words(value: &Value) -> Option<Vec<String>> {
    Some(value.as_sequence()?.iter().map(|item| item.go_text().to_string()).collect())
}

fn objects<T>(mapping: &Mapping, key: &str, make: impl Fn(&Mapping, Span) -> T) -> Vec<Spanned<T>> {
    let made = |item: &Value| Some(Spanned::new(make(item.as_mapping()?, item.span), item.span));
    items(mapping, key).iter().filter_map(made).collect()
}

fn text_map(mapping: Option<&Mapping>) -> BTreeMap<String, String> {
    let entries = mapping.into_iter().flat_map(Mapping::iter);
    entries.map(|entry| (entry.key.to_string(), entry.value.go_text().to_string())).collect()
}

fn optional_texts(mapping: Option<&Mapping>) -> BTreeMap<String, Option<String>> {
    let value = |entry: &Entry| (!entry.value.is_null()).then(|| entry.value.go_text().to_string());
    mapping.into_iter().flat_map(Mapping::iter).map(|entry| (entry.key.to_string(), value(entry))).collect()
}

fn canonical(kind: &'static Object, mapping: &Mapping) -> serde_json::Value {
    printed::object(kind, mapping).to_json()
}

fn service(entry: &Entry, from: &Mapping) -> Service {
    let environment = from.mapping("environment").into_iter().flat_map(Mapping::iter).map(|variable| {
        let value = (!variable.value.is_null()).then(|| variable.value.go_text().to_string());
        (variable.key.to_string(), Spanned::new(value, variable.whole_span()))
    });
    let labels = from.mapping("labels").into_iter().flat_map(Mapping::iter);
    let labels = labels
        .map(|label| (label.key.to_string(), Spanned::new(label.value.go_text().to_string(), label.whole_span())));
    let written =
        from.iter().filter(|attribute| attribute.key_span != entry.key_span && !attribute.key.starts_with('#'));
    let extensions = from.iter().filter(|attribute| attribute.key.starts_with("x-"));
    let extension = |entry: &Entry| Spanned::new(printed::plain(&entry.value).to_json(), entry.value.span);
    Service {
        name: Spanned::new(entry.key.to_string(), entry.key_span),
        span: entry.whole_span(),
        image: text(from, "image"),
        build: spanned(from, "build", |value| value.as_mapping().map(build_of)),
        command: spanned(from, "command", words),
        entrypoint: spanned(from, "entrypoint", words),
        environment: environment.collect(),
        env_file: objects(from, "#env_file", env_file),
        depends_on: dependencies(from, entry),
        healthcheck: spanned(from, "healthcheck", |value| value.as_mapping().map(healthcheck)),
        restart: text(from, "restart"),
        deploy: spanned(from, "deploy", |value| value.as_mapping().map(deploy)),
        scale: count(from, "scale"),
        container_name: text(from, "container_name"),
        volumes: objects(from, "volumes", mount),
        tmpfs: texts(from, "tmpfs"),
        volumes_from: texts(from, "volumes_from"),
        ports: objects(from, "ports", port),
        expose: texts(from, "expose"),
        networks: networks(from),
        network_mode: text(from, "network_mode"),
        links: texts(from, "links"),
        profiles: texts(from, "profiles"),
        labels: labels.collect(),
        hostname: text(from, "hostname"),
        attach: flag(from, "attach"),
        init: flag(from, "init"),
        read_only: flag(from, "read_only"),
        tty: flag(from, "tty"),
        stdin_open: flag(from, "stdin_open"),
        privileged: flag(from, "privileged"),
        user: text(from, "user"),
        working_dir: text(from, "working_dir"),
        stop_signal: text(from, "stop_signal"),
        stop_grace_period: spanned(from, "stop_grace_period", duration_of),
        pull_policy: text(from, "pull_policy"),
        platform: text(from, "platform"),
        mem_limit: spanned(from, "mem_limit", bytes_of),
        extra_hosts: extra_hosts(from),
        secrets: objects(from, "secrets", grant),
        configs: objects(from, "configs", grant),
        namespaces: namespaces(from),
        post_start: objects(from, "post_start", hook),
        pre_stop: objects(from, "pre_stop", hook),
        extensions: extensions.map(|found| (found.key.to_string(), extension(found))).collect(),
        canonical: canonical(&SERVICE, from),
        attributes: written.map(|found| (found.key.to_string(), found.whole_span())).collect(),
    }
}

fn build_of(from: &Mapping) -> Build {
    Build {
        context: plain(from, "context").unwrap_or_default(),
        dockerfile: plain(from, "dockerfile"),
        dockerfile_inline: plain(from, "dockerfile_inline"),
        args: optional_texts(from.mapping("args")),
        target: plain(from, "target"),
        labels: text_map(from.mapping("labels")),
    }
}

fn env_file(from: &Mapping, _: Span) -> EnvFile {
    EnvFile {
        path: plain(from, "path").unwrap_or_default(),
        required: is_set(from, "required"),
        format: plain(from, "format"),
    }
}

fn dependencies(from: &Mapping, service: &Entry) -> BTreeMap<String, Dependency> {
    let Some(depends_on) = from.entry("depends_on") else { return BTreeMap::new() };
    let written = depends_on.value.span;
    let edge = |entry: &Entry| {
        let long = entry.value.as_mapping()?;
        let condition = match long.text("condition") {
            Some("service_healthy") => Condition::Healthy,
            Some("service_completed_successfully") => Condition::CompletedSuccessfully,
            _ => Condition::Started,
        };
        let explicit = depends_on.key_span != service.key_span
            && (written.file != entry.key_span.file || written.range.contains_range(entry.key_span.range));
        let dependency = Dependency {
            condition,
            restart: is_set(long, "restart"),
            required: is_set(long, "required"),
            span: entry.whole_span(),
            explicit,
        };
        Some((entry.key.to_string(), dependency))
    };
    depends_on.value.as_mapping().into_iter().flat_map(Mapping::iter).filter_map(edge).collect()
}

fn healthcheck(from: &Mapping) -> Healthcheck {
    let test = spanned(from, "test", words);
    let whole = from.get("test").is_some_and(|test| items_at(test, test.span) == 2);
    Healthcheck {
        test_is_string: whole && test.as_ref().is_some_and(|test| test.first().is_some_and(|word| word == "CMD-SHELL")),
        test,
        interval: spanned(from, "interval", duration_of),
        timeout: spanned(from, "timeout", duration_of),
        retries: spanned(from, "retries", |value| u64::try_from(value.as_integer()?).ok()),
        start_period: spanned(from, "start_period", duration_of),
        start_interval: spanned(from, "start_interval", duration_of),
        disable: is_set(from, "disable"),
    }
}

/// How many items of a list stand at the very place of the list: all of them, where a string was taken apart.
fn items_at(list: &Value, span: Span) -> usize {
    list.as_sequence().unwrap_or(&[]).iter().filter(|item| item.span == span).count()
}

fn deploy(from: &Mapping) -> Deploy {
    let policy = |value: &Value| {
        let policy = value.as_mapping()?;
        let attempts = policy.get("max_attempts").and_then(Value::as_integer);
        Some(RestartPolicy {
            condition: plain(policy, "condition"),
            max_attempts: attempts.and_then(|attempts| u64::try_from(attempts).ok()),
        })
    };
    let limits = from.mapping("resources").and_then(|resources| resources.mapping("limits"));
    Deploy {
        replicas: count(from, "replicas"),
        restart_policy: spanned(from, "restart_policy", policy),
        memory_limit: limits.and_then(|limits| spanned(limits, "memory", bytes_of)),
    }
}

fn mount(from: &Mapping, span: Span) -> Mount {
    let kind = match from.text("type") {
        Some("bind") => MountKind::Bind,
        Some("tmpfs") => MountKind::Tmpfs,
        Some("image") => MountKind::Image,
        Some("npipe") => MountKind::NamedPipe,
        Some("cluster") => MountKind::Cluster,
        _ => MountKind::Volume,
    };
    let short_syntax = from.get("type").is_some_and(|kind| kind.span == span);
    let (bind, volume) = (from.mapping("bind"), from.mapping("volume"));
    let (tmpfs, image) = (from.mapping("tmpfs"), from.mapping("image"));
    let mode = tmpfs.and_then(|tmpfs| tmpfs.get("mode")).and_then(Value::as_integer);
    Mount {
        kind,
        source: plain(from, "source"),
        target: plain(from, "target").unwrap_or_default(),
        read_only: is_set(from, "read_only"),
        create_host_path: bind.is_none_or(|bind| is_set(bind, "create_host_path")),
        has_bind_options: bind.is_some() && !short_syntax,
        no_copy: volume.is_some_and(|volume| is_set(volume, "nocopy")),
        subpath: volume.and_then(|volume| plain(volume, "subpath")).or_else(|| plain(image?, "subpath")),
        tmpfs_size: tmpfs.and_then(|tmpfs| tmpfs.get("size")).and_then(bytes_of),
        tmpfs_mode: mode.and_then(|mode| u32::try_from(mode).ok()),
        short_syntax,
    }
}

fn port(from: &Mapping, _: Span) -> Port {
    let target = from.get("target").and_then(Value::as_integer).unwrap_or(0);
    Port {
        host_ip: plain(from, "host_ip").unwrap_or_default(),
        published: plain(from, "published"),
        target: u16::try_from(target).unwrap_or(0),
        protocol: plain(from, "protocol").unwrap_or_else(|| "tcp".into()),
    }
}

fn networks(from: &Mapping) -> BTreeMap<String, Spanned<ServiceNetwork>> {
    let network = |entry: &Entry| {
        let long = entry.value.as_mapping();
        let aliases = long.map(|long| items(long, "aliases")).unwrap_or(&[]);
        let joined = ServiceNetwork {
            aliases: aliases.iter().map(|alias| alias.go_text().to_string()).collect(),
            ipv4_address: long.and_then(|long| plain(long, "ipv4_address")),
        };
        (entry.key.to_string(), Spanned::new(joined, entry.whole_span()))
    };
    from.mapping("networks").into_iter().flat_map(Mapping::iter).map(network).collect()
}

fn extra_hosts(from: &Mapping) -> BTreeMap<String, Vec<Spanned<String>>> {
    let hosts = from.mapping("extra_hosts").into_iter().flat_map(Mapping::iter);
    let addresses = |entry: &Entry| {
        let addresses = entry.value.as_sequence().unwrap_or(&[]).iter();
        addresses.map(|address| Spanned::new(address.go_text().to_string(), address.span)).collect()
    };
    hosts.map(|entry| (entry.key.to_string(), addresses(entry))).collect()
}

fn namespaces(from: &Mapping) -> BTreeMap<String, Spanned<String>> {
    let shared = |key: &str| Some((key.to_string(), text(from, key)?));
    ["ipc", "pid", "uts"].into_iter().filter_map(shared).filter(|(_, value)| value.starts_with("service:")).collect()
}

fn grant(from: &Mapping, _: Span) -> FileReference {
    FileReference {
        source: plain(from, "source").unwrap_or_default(),
        target: plain(from, "target"),
        mode: from.get("mode").and_then(permissions),
        uid: plain(from, "uid"),
        gid: plain(from, "gid"),
    }
}

/// A mode as a number (YAML reads `0400` as octal), or as a text of octal digits.
fn permissions(mode: &Value) -> Option<u32> {
    let digits = mode.go_text().to_string();
    match mode.as_integer() {
        Some(number) => u32::try_from(number).ok(),
        None => u32::from_str_radix(&digits, 8).ok(),
    }
}

fn hook(from: &Mapping, _: Span) -> Hook {
    Hook {
        command: from.get("command").and_then(words).unwrap_or_default(),
        user: plain(from, "user"),
        working_dir: plain(from, "working_dir"),
        environment: optional_texts(from.mapping("environment")),
    }
}

fn network(entry: &Entry, from: &Mapping) -> Network {
    Network {
        key: Spanned::new(entry.key.to_string(), entry.key_span),
        name: plain(from, "name").unwrap_or_default(),
        external: is_set(from, "external"),
        internal: is_set(from, "internal"),
        driver: plain(from, "driver"),
        canonical: canonical(&top_level::NETWORK, from),
    }
}

fn volume(entry: &Entry, from: &Mapping) -> Volume {
    Volume {
        key: Spanned::new(entry.key.to_string(), entry.key_span),
        name: plain(from, "name").unwrap_or_default(),
        external: is_set(from, "external"),
        driver: plain(from, "driver"),
        driver_opts: text_map(from.mapping("driver_opts")),
        labels: text_map(from.mapping("labels")),
        canonical: canonical(&top_level::VOLUME, from),
    }
}

fn file_object(entry: &Entry, from: &Mapping) -> FileObject {
    FileObject {
        key: Spanned::new(entry.key.to_string(), entry.key_span),
        name: plain(from, "name").unwrap_or_default(),
        file: plain(from, "file"),
        environment: plain(from, "environment"),
        content: plain(from, "content"),
        external: is_set(from, "external"),
    }
}
