//! Whether a decoded project is consistent: references, exclusive attributes, cycles (semantics 1.11). Services are
//! visited by name. Must not change values.

use super::problems::Problems;
use super::suggestion;
use super::value::{Entry, Mapping, Value};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::text::{Edit, Span};
use std::collections::BTreeMap;

/// A decoded project whose services are split by profile.
pub struct Candidate<'p> {
    /// Services of active profiles.
    pub services: &'p Mapping,
    /// Services of inactive profiles.
    pub disabled: &'p Mapping,
    /// Everything else.
    pub model: &'p Mapping,
}

/// One service under scrutiny.
struct Checked<'p> {
    project: &'p Candidate<'p>,
    name: &'p str,
    entry: &'p Entry,
    service: &'p Mapping,
}

/// Checks a project: its services one by one, then for cycles.
pub fn check(project: &Candidate, problems: &mut Problems) {
    for entry in project.services.iter() {
        let Some(service) = entry.value.as_mapping() else { continue };
        let checked = Checked { project, name: &entry.key, entry, service };
        checked.check_source(problems);
        checked.check_networks(problems);
        checked.check_test(problems);
        checked.check_dependencies(problems);
        checked.check_references(problems);
        checked.check_limits(problems);
        checked.check_replicas(problems);
        checked.check_watch(problems);
        checked.check_mounts(problems);
    }
    super::cycles::check(project.services, problems);
}

fn error(code: &str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, Severity::Error, span, message)
}

fn invalid(text: String) -> String {
    format!("{text}: invalid compose project")
}

impl Checked<'_> {
    fn items(&self, key: &str) -> &[Value] {
        self.service.get(key).and_then(Value::as_sequence).unwrap_or(&[])
    }

    /// A string that is set and not empty.
    fn text(&self, key: &str) -> Option<&str> {
        self.service.text(key).filter(|text| !text.is_empty())
    }

    fn span_of(&self, key: &str) -> Span {
        self.service.entry(key).map_or(self.entry.key_span, |entry| entry.key_span)
    }

    fn check_source(&self, problems: &mut Problems) {
        let name = self.name;
        let build = self.service.mapping("build");
        if self.text("image").is_none() && build.is_none() && !self.service.contains("provider") {
            let text = invalid(format!("service \"{name}\" has neither an image nor a build context specified"));
            if problems.has_broken_inside(self.entry.whole_span()) {
                problems.refuse_silently(text);
            } else {
                let message = format!("service `{name}` has no image and no build");
                let diagnostic = error("no-image", self.entry.key_span, message)
                    .with_why("Docker would not know what to run")
                    .with_remedy("Add `image: NAME`, or `build: .` for a Dockerfile beside the Compose file");
                problems.refuse(text, diagnostic);
            }
        }
        let Some(build) = build else { return };
        let set = |key: &str| build.text(key).is_some_and(|text| !text.is_empty());
        if set("dockerfile") && set("dockerfile_inline") {
            let span = build.entry("dockerfile_inline").map_or(self.entry.key_span, |entry| entry.key_span);
            let text =
                invalid(format!("service \"{name}\" declares mutualy exclusive dockerfile and dockerfile_inline"));
            let message = "the Dockerfile is given twice: as a file, and inline";
            problems.refuse(text, error("two-dockerfiles", span, message).with_remedy("Keep one of them"));
        }
        self.check_contexts(build, problems);
        self.check_platforms(build, problems);
    }

    fn check_contexts(&self, build: &Mapping, problems: &mut Problems) {
        for context in build.mapping("additional_contexts").into_iter().flat_map(Mapping::iter) {
            let Some(target) = context.value.as_text().and_then(|text| text.strip_prefix("service:")) else { continue };
            let built = self.project.services.mapping(target).map(|service| service.contains("build"));
            let (what, message) = match built {
                None => ("unknown", format!("there is no service `{target}`")),
                Some(false) => ("non-buildable", format!("service `{target}` has no `build`")),
                Some(true) => continue,
            };
            let text = format!(
                "service \"{}\" declares {what} service \"{target}\" as additional contexts {}",
                self.name, context.key
            );
            problems.refuse(text, error("bad-context", context.value.span, message));
        }
    }

    fn check_platforms(&self, build: &Mapping, problems: &mut Problems) {
        let platforms = build.get("platforms").and_then(Value::as_sequence).unwrap_or(&[]);
        let Some(platform) = self.text("platform").filter(|_| !platforms.is_empty()) else { return };
        if platforms.iter().any(|built| built.as_text() == Some(platform)) {
            return;
        }
        let quoted = super::format::quote::quote(platform);
        let text = invalid(format!("service.build.platforms MUST include service.platform {quoted}"));
        let message = format!("`build.platforms` does not include `{platform}`");
        problems.refuse(text, error("platform-not-built", self.span_of("platform"), message));
    }

    fn check_networks(&self, problems: &mut Problems) {
        let networks = self.service.mapping("networks");
        if self.text("network_mode").is_some() && networks.is_some_and(|networks| !networks.is_empty()) {
            let text =
                invalid(format!("service {} declares mutually exclusive `network_mode` and `networks`", self.name));
            let message = "`network_mode` and `networks` cannot both be set";
            let diagnostic = error("network-mode-and-networks", self.span_of("network_mode"), message)
                .with_why("with `network_mode` the container has no network of its own to join others with")
                .with_remedy("Keep one of them")
                .with_related(self.span_of("networks"), "`networks` is set here");
            problems.refuse(text, diagnostic);
        }
        for network in networks.into_iter().flat_map(Mapping::iter) {
            self.check_defined("networks", "network", &network.key, network.key_span, problems);
        }
    }

    /// Whether a top-level resource is there.
    fn check_defined(&self, section: &str, what: &str, name: &str, span: Span, problems: &mut Problems) {
        let top = what.trim_start_matches("build ");
        let known = self.project.model.mapping(section);
        if known.is_some_and(|known| known.contains(name)) {
            return;
        }
        let text = invalid(format!("service \"{}\" refers to undefined {what} {name}", self.name));
        let names = known.into_iter().flat_map(Mapping::iter).map(|entry| &*entry.key);
        let meant = suggestion::closest(name, names);
        let message = format!("there is no {top} `{name}` at the top level");
        let mut diagnostic = error(&format!("undefined-{top}"), span, message);
        diagnostic.remedy = match meant {
            Some(meant) => {
                format!("Did you mean `{meant}`? Otherwise add `{name}:` under `{section}:` at the top level")
            }
            None => format!("Add `{name}:` under `{section}:` at the top level"),
        };
        if section == "volumes" {
            diagnostic.why = "a source without `./` or `/` before it is the name of a volume, not a path".into();
        }
        problems.refuse(text, diagnostic);
    }

    fn check_test(&self, problems: &mut Problems) {
        let Some(test) = self.service.mapping("healthcheck").and_then(|check| check.get("test")) else { return };
        let Some(first) = test.as_sequence().and_then(|items| items.first()) else { return };
        if matches!(first.as_text(), Some("CMD" | "CMD-SHELL" | "NONE")) {
            return;
        }
        let found = first.as_text().unwrap_or_default();
        let insert = Fix {
            title: "Put `CMD` before it".into(),
            applicability: Applicability::Suggested,
            edits: vec![Edit {
                span: Span { range: crate::text::TextRange::at(first.span.range.start), ..first.span },
                new_text: "CMD, ".into(),
            }],
        };
        let message = format!("a test in list form begins with `CMD`, `CMD-SHELL` or `NONE`, not with `{found}`");
        let diagnostic = error("test-without-cmd", first.span, message)
            .with_remedy("Put `CMD` before the program, or write the test as one string for a shell")
            .with_fix(insert);
        problems.refuse("healthcheck.test must start either by \"CMD\", \"CMD-SHELL\" or \"NONE\"", diagnostic);
    }

    fn check_dependencies(&self, problems: &mut Problems) {
        for edge in self.service.mapping("depends_on").into_iter().flat_map(Mapping::iter) {
            if self.project.services.contains(&edge.key) {
                continue;
            }
            let disabled = self.project.disabled.contains(&edge.key);
            let required = edge.value.as_mapping().and_then(|edge| edge.get("required")).and_then(Value::as_bool);
            if disabled && required == Some(false) {
                continue;
            }
            let text = invalid(format!("service \"{}\" depends on undefined service \"{}\"", self.name, edge.key));
            let names = self.project.services.iter().map(|entry| &*entry.key);
            let diagnostic = if disabled {
                error(
                    "disabled-service",
                    edge.key_span,
                    format!("service `{}` belongs to a profile that is not active", edge.key),
                )
                .with_remedy("Activate the profile, or set `required: false` for this dependency")
            } else {
                let meant = suggestion::closest(&edge.key, names);
                let remedy = meant.map_or_else(String::new, |meant| format!("Did you mean `{meant}`?"));
                error("undefined-service", edge.key_span, format!("there is no service `{}`", edge.key))
                    .with_remedy(remedy)
            };
            problems.refuse(text, diagnostic);
        }
    }

    fn check_references(&self, problems: &mut Problems) {
        for item in self.items("volumes") {
            let Some(volume) = item.as_mapping().filter(|volume| volume.text("type") == Some("volume")) else {
                continue;
            };
            if let Some(source) = volume.entry("source").filter(|source| source.value.as_text() != Some("")) {
                let name = source.value.go_text();
                self.check_defined("volumes", "volume", &name, source.value.span, problems);
            }
        }
        let build_secrets = self.service.mapping("build").and_then(|build| build.get("secrets"));
        for grant in build_secrets.and_then(Value::as_sequence).unwrap_or(&[]) {
            self.check_grant("secrets", "build secret", grant, problems);
        }
        for grant in self.items("configs") {
            self.check_grant("configs", "config", grant, problems);
        }
        for model in self.service.mapping("models").into_iter().flat_map(Mapping::iter) {
            self.check_defined("models", "model", &model.key, model.key_span, problems);
        }
        for grant in self.items("secrets") {
            self.check_grant("secrets", "secret", grant, problems);
        }
    }

    fn check_grant(&self, section: &str, what: &str, grant: &Value, problems: &mut Problems) {
        if let Some(source) = grant.as_mapping().and_then(|grant| grant.get("source")) {
            self.check_defined(section, what, &source.go_text(), source.span, problems);
        }
    }

    fn check_limits(&self, problems: &mut Problems) {
        let Some(deploy) = self.service.mapping("deploy") else { return };
        if let (Some(scale), Some(replicas)) = (self.service.get("scale"), deploy.get("replicas"))
            && !scale.same_data(replicas)
        {
            self.refuse_distinct("scale", "deploy.replicas", replicas.span, problems);
        }
        let resources = deploy.mapping("resources");
        for (key, group, inner) in [
            ("cpus", "limits", "cpus"),
            ("mem_limit", "limits", "memory"),
            ("mem_reservation", "reservations", "memory"),
            ("pids_limit", "limits", "pids"),
        ] {
            let Some(value) = self.service.get(key).filter(|value| !is_zero(value)) else { continue };
            let Some(group_values) = resources.and_then(|resources| resources.mapping(group)) else { continue };
            if !group_values.get(inner).is_some_and(|other| other.same_data(value)) {
                let span = group_values.get(inner).map_or(value.span, |other| other.span);
                self.refuse_distinct(key, &format!("deploy.resources.{group}.{inner}"), span, problems);
            }
        }
    }

    fn refuse_distinct(&self, one: &str, other: &str, span: Span, problems: &mut Problems) {
        let text = invalid(format!("services.{}: can't set distinct values on '{one}' and '{other}'", self.name));
        let message = format!("`{one}` and `{other}` mean the same, and have different values");
        let diagnostic = error("distinct-values", span, message)
            .with_remedy("Keep one of them")
            .with_related(self.span_of(one), format!("`{one}` is set here"));
        problems.refuse(text, diagnostic);
    }

    fn check_replicas(&self, problems: &mut Problems) {
        let scale = self.service.get("scale");
        let replicas = self.service.mapping("deploy").and_then(|deploy| deploy.get("replicas"));
        for (value, name) in [(scale, "scale"), (replicas, "deploy.replicas")] {
            let Some(value) = value.filter(|value| value.as_integer().is_some_and(|count| count < 0)) else { continue };
            let text = format!("services.{}.{name}: must be greater than or equal to 0", self.name);
            problems.refuse(text, error("negative", value.span, format!("`{name}` cannot be negative")));
        }
        let (attribute, count) = match (scale, replicas) {
            (Some(scale), _) => ("scale", scale.as_integer()),
            (None, Some(replicas)) => ("deploy.replicas", replicas.as_integer()),
            (None, None) => return,
        };
        if count.unwrap_or(1) > 1 && self.text("container_name").is_some() {
            let name = self.name;
            let text = invalid(format!(
                "services.{attribute}: can't set container_name and {name} as container name must be unique"
            ));
            let message = "several containers cannot share one `container_name`";
            let remedy = format!("Remove `container_name`, or `{attribute}`");
            problems.refuse(
                text,
                error("container-name-and-replicas", self.span_of("container_name"), message).with_remedy(remedy),
            );
        }
    }

    fn check_watch(&self, problems: &mut Problems) {
        let watches = self.service.mapping("develop").and_then(|develop| develop.get("watch"));
        for watch in watches.and_then(Value::as_sequence).unwrap_or(&[]) {
            let Some(mapping) = watch.as_mapping() else { continue };
            let target = mapping.text("target").unwrap_or_default();
            if target.is_empty() && !matches!(mapping.text("action"), Some("rebuild" | "restart")) {
                let text = invalid(format!(
                    "services.{}.develop.watch: target is required for non-rebuild actions",
                    self.name
                ));
                let message = "files can only be copied to a `target`";
                problems.refuse(text, error("watch-without-target", watch.span, message));
            }
        }
    }

    fn check_mounts(&self, problems: &mut Problems) {
        let mut mounts: BTreeMap<&str, (String, Span)> = BTreeMap::new();
        let tmpfs = self.items("tmpfs").iter().enumerate().filter_map(|(index, item)| {
            let text = item.as_text()?;
            let path = text.split_once(':').map_or(text, |(path, _)| path);
            Some((path, format!("services.{}.tmpfs[{index}]", self.name), item.span))
        });
        let volumes = self.items("volumes").iter().enumerate().filter_map(|(index, item)| {
            let target = item.as_mapping()?.text("target")?;
            Some((target, format!("services.{}.volumes[{index}]", self.name), item.span))
        });
        for (path, place, span) in tmpfs.chain(volumes) {
            if let Some((first, first_span)) = mounts.get(path) {
                let text = format!("{place}: target {path} already mounted as {first}");
                let message = format!("`{path}` is mounted twice");
                let diagnostic = error("mounted-twice", span, message).with_related(*first_span, "the first mount");
                problems.refuse(text, diagnostic.with_remedy("Keep one of them"));
                continue;
            }
            mounts.insert(path, (place, span));
        }
    }
}

fn is_zero(value: &Value) -> bool {
    use super::value::Data;
    match value.data {
        Data::Integer(number) | Data::Bytes(number) => number == 0,
        Data::Single(number) => number == 0.0,
        _ => value.is_null(),
    }
}

/// Whether two services ask for the same container name; checked by `up`, `create` and `config`.
pub fn check_container_names(services: &Mapping, problems: &mut Problems) {
    let mut names: BTreeMap<&str, Span> = BTreeMap::new();
    for entry in services.iter() {
        let Some(service) = entry.value.as_mapping() else { continue };
        let Some(name) = service.text("container_name").filter(|name| !name.is_empty()) else { continue };
        let span = service.get("container_name").map_or(entry.key_span, |value| value.span);
        if let Some(first) = names.get(name) {
            let text = format!("services.{}: container name \"{name}\" is already in use by service {{}}\"", entry.key);
            let message = format!("another service has the container name `{name}` already");
            let diagnostic = error("same-container-name", span, message).with_related(*first, "the other service's");
            problems.refuse(text, diagnostic);
            continue;
        }
        names.insert(name, span);
    }
}
