//! The attribute table: every row says what it must, what Docker decodes is what the schema knows, and the reference page
//! `docs/attributes.md` is made from it. `UPDATE_ATTRIBUTES=1` writes the page.

use drydock::compose::attributes::{Attribute, Decoded, Form, Keys, Object, PROJECT, Repeats, Support};
use std::fmt::Write;
use std::path::Path;

/// The mapping a form may have, behind lists and names, and how its path is written.
fn inner(form: &'static Form, path: &str) -> Vec<(String, &'static Object)> {
    match form {
        Form::Object(object) | Form::ObjectOrNull(object) | Form::FlagOrObject(object) => {
            vec![(path.to_owned(), object)]
        }
        Form::Map(_, values) => inner(values, &format!("{path}.NAME")),
        Form::List(_, items) => inner(items, &format!("{path}[]")),
        Form::OneOf(forms) => forms.iter().flat_map(|form| inner(form, path)).collect(),
        _ => Vec::new(),
    }
}

/// All mappings with known keys, by the first path that leads to them, in the order of the table.
fn objects() -> Vec<(String, &'static Object)> {
    let mut found: Vec<(String, &'static Object)> = vec![(String::new(), &PROJECT)];
    let mut at = 0;
    while at < found.len() {
        let (path, object) = found[at].clone();
        at += 1;
        let mut below = Vec::new();
        for attribute in object.attributes {
            let dot = if path.is_empty() { "" } else { "." };
            for (path, object) in inner(attribute.form, &format!("{path}{dot}{}", attribute.name)) {
                let known = |list: &[(String, &Object)]| list.iter().any(|(_, other)| std::ptr::eq(*other, object));
                if !known(&found) && !known(&below) {
                    below.push((path, object));
                }
            }
        }
        found.splice(at..at, below);
    }
    found
}

fn describe(form: &Form) -> String {
    match form {
        Form::Any => "anything".into(),
        Form::Scalar(types) => types.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or "),
        Form::Choice(choices) => choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", "),
        Form::Pattern(_) => "string".into(),
        Form::Bounded(lowest, highest) => {
            let bound = |number: &Option<i64>| number.map_or_else(|| "…".into(), |number| number.to_string());
            format!("integer {} to {}", bound(lowest), bound(highest))
        }
        Form::Object(_) => "mapping".into(),
        Form::ObjectOrNull(_) => "mapping or null".into(),
        Form::FlagOrObject(_) => "boolean or mapping".into(),
        Form::Map(Keys::Names | Keys::NamesOrOthers, values) => format!("mapping of names to {}", describe(values)),
        Form::Map(_, values) => format!("mapping to {}", describe(values)),
        Form::List(repeats, items) => {
            let unique = if *repeats == Repeats::Refused { ", none twice" } else { "" };
            format!("list of {}{unique}", describe(items))
        }
        Form::OneOf(forms) => forms.iter().map(describe).collect::<Vec<_>>().join("; or "),
    }
}

fn support(support: Support) -> &'static str {
    match support {
        Support::Simulated => "simulated",
        Support::ShownOnly => "shown",
        Support::Ignored => "checked only",
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn page() -> String {
    let mut page = String::from(
        "# Attributes of a Compose file\n\nMade from the attribute table; a test keeps it so. *Here* says what comes of an \
         attribute: *simulated*, it has its effect; *shown*, it can be seen and has none; *checked only*, it is read and \
         judged as Docker does, and has none.\n",
    );
    for (path, object) in objects() {
        let title = if path.is_empty() { "The top of the file".into() } else { format!("`{path}`") };
        let _ = writeln!(
            page,
            "\n## {title}\n\n| key | type | meaning | default | here |\n| --- | --- | --- | --- | --- |"
        );
        for Attribute { name, form, meaning, default, support: heeded, .. } in object.attributes {
            let needed = if object.required.contains(name) { " (required)" } else { "" };
            let (form, meaning, default) = (cell(&describe(form)), cell(meaning), cell(default));
            let _ = writeln!(page, "| `{name}`{needed} | {form} | {meaning} | {default} | {} |", support(*heeded));
        }
    }
    page
}

#[test]
fn the_reference_page_is_the_table() {
    #[allow(clippy::disallowed_methods, reason = "a test may be told to write what it checks")]
    let update = std::env::var("UPDATE_ATTRIBUTES").is_ok();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/attributes.md");
    if update {
        return std::fs::write(&path, page()).expect("a writable page");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "docs/attributes.md is stale: run UPDATE_ATTRIBUTES=1 cargo test --test attributes");
}

#[test]
fn every_row_says_what_it_must() {
    for (path, object) in objects() {
        for attribute in object.attributes {
            let place = format!("{path}.{}", attribute.name);
            assert!(attribute.meaning.ends_with(['.', '…']), "{place}: the meaning is a sentence");
            assert!(!describe(attribute.form).is_empty(), "{place} has a type");
            assert!(
                object.attributes.iter().filter(|other| other.name == attribute.name).count() == 1,
                "{place} twice"
            );
        }
        for key in object.required {
            assert!(object.attribute(key).is_some(), "{path}.{key} is required and not known");
        }
    }
}

#[test]
fn what_docker_decodes_is_known_to_the_schema() {
    for (path, object) in objects() {
        for attribute in object.attributes {
            let (Decoded::Object(decoded)
            | Decoded::PrintedObject(decoded)
            | Decoded::Objects(decoded)
            | Decoded::ObjectMap(decoded)
            | Decoded::OptionalObjectMap(decoded)) = attribute.decoded
            else {
                continue;
            };
            let forms = inner(attribute.form, "");
            assert!(
                !forms.is_empty(),
                "{path}.{} is decoded to a mapping that the schema does not know",
                attribute.name
            );
            for key in forms.iter().flat_map(|(_, form)| form.attributes) {
                assert!(decoded.attribute(key.name).is_some(), "{path}.{}.{} is not decoded", attribute.name, key.name);
            }
        }
    }
}

/// The keys of the Compose Specification as Compose 2.40.3 knows them.
#[test]
fn every_key_of_the_specification_has_a_row() {
    let keys = [
        ("", "version name include services models networks volumes secrets configs"),
        (
            "services.NAME",
            "develop deploy annotations attach build blkio_config cap_add cap_drop cgroup cgroup_parent command configs \
             container_name cpu_count cpu_percent cpu_shares cpu_quota cpu_period cpu_rt_period cpu_rt_runtime cpus cpuset \
             credential_spec depends_on device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file \
             label_file environment expose extends provider external_links extra_hosts gpus group_add healthcheck hostname \
             image init ipc isolation labels links logging mac_address mem_limit mem_reservation mem_swappiness \
             memswap_limit network_mode models networks oom_kill_disable oom_score_adj pid pids_limit platform ports \
             post_start pre_stop privileged profiles pull_policy pull_refresh_after read_only restart runtime scale \
             security_opt shm_size secrets sysctls stdin_open stop_grace_period stop_signal storage_opt tmpfs tty ulimits \
             use_api_socket user uts userns_mode volumes volumes_from working_dir",
        ),
        (
            "services.NAME.build",
            "context dockerfile dockerfile_inline entitlements args ssh labels cache_from cache_to no_cache \
             additional_contexts network provenance sbom pull target shm_size extra_hosts isolation privileged secrets tags \
             ulimits platforms",
        ),
        ("services.NAME.healthcheck", "disable interval retries test timeout start_period start_interval"),
        ("services.NAME.depends_on.NAME", "restart required condition"),
        ("services.NAME.ports[]", "name mode host_ip target published protocol app_protocol"),
        ("services.NAME.volumes[]", "type source target read_only consistency bind volume tmpfs image"),
        (
            "services.NAME.networks.NAME",
            "aliases interface_name ipv4_address ipv6_address link_local_ips mac_address driver_opts priority gw_priority",
        ),
        (
            "services.NAME.deploy",
            "mode endpoint_mode replicas labels rollback_config update_config resources restart_policy placement",
        ),
        ("services.NAME.develop.watch[]", "ignore include path action target exec"),
        ("networks.NAME", "name driver driver_opts ipam external internal enable_ipv4 enable_ipv6 attachable labels"),
        ("volumes.NAME", "name driver driver_opts external labels"),
        ("secrets.NAME", "name environment file external labels driver driver_opts template_driver"),
        ("configs.NAME", "name content environment file external labels template_driver"),
        ("models.NAME", "name model context_size runtime_flags"),
    ];
    let objects = objects();
    for (path, names) in keys {
        let (_, object) = objects.iter().find(|(known, _)| known == path).expect("the mapping is known");
        let mut wanted: Vec<&str> = names.split_whitespace().collect();
        let mut found: Vec<&str> = object.attributes.iter().map(|attribute| attribute.name).collect();
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{path}");
    }
}
