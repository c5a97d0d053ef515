//! `docker compose config` and `version`: what the file says, and which program this is. Must not ask the engine.

use super::super::arguments::Arguments;
use super::super::context::Context;
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::host::{Compose, Need};
use super::{hash, labels};

/// Flags that are known and do nothing here.
const NOT_SIMULATED: [&str; 10] = [
    "resolve-image-digests",
    "lock-image-digests",
    "no-interpolate",
    "no-normalize",
    "no-path-resolution",
    "no-consistency",
    "no-env-resolution",
    "models",
    "variables",
    "output",
];

/// The command `config`.
pub fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    if let Some(flag) = NOT_SIMULATED.iter().find(|flag| arguments.given(flag)) {
        return Err(Failure::new(format!("docker compose config --{flag} is not simulated")));
    }
    let project = compose.load_selected(context, Need::Full, &arguments.positional)?;
    let lines = |lines: Vec<String>| lines.iter().for_each(|line| context.terminal.out(&format!("{line}\n")));
    let on = |name| arguments.on(name);
    if on("quiet") {
        return Ok(());
    }
    if on("services") {
        lines(project.services.keys().cloned().collect());
    } else if on("volumes") {
        lines(project.volumes.keys().cloned().collect());
    } else if on("networks") {
        lines(project.networks.keys().cloned().collect());
    } else if on("images") {
        let image = |service| labels::image_name(compose.separator(), &project.name, service);
        lines(project.services.values().map(image).collect());
    } else if on("profiles") {
        let all = project.services.values().chain(project.disabled_services.values());
        let profiles: std::collections::BTreeSet<String> =
            all.flat_map(|service| service.profiles.iter().map(|profile| profile.value.clone())).collect();
        lines(profiles.into_iter().collect());
    } else if on("environment") {
        lines(project.environment.iter().map(|(name, value)| format!("{name}={value}")).collect());
    } else if let Some(wanted) = arguments.text("hash") {
        let chosen =
            project.services.iter().filter(|(name, _)| wanted == "*" || wanted.split(',').any(|want| want == *name));
        lines(
            chosen
                .map(|(name, service)| format!("{name} {}", hash::of_service(service, &hash::Resolved::new())))
                .collect(),
        );
    } else {
        let Some(printed) = compose.printed(&arguments.positional) else { return Ok(()) };
        context.terminal.out(&match arguments.text("format").unwrap_or_default() {
            "json" => format!("{}\n", printed.json_text()),
            "yaml" | "" => printed.yaml_text(),
            other => return Err(Failure::new(format!("unsupported format {}", quote(other)))),
        });
    }
    Ok(())
}

/// The command `version`.
pub fn version(context: &Context, arguments: &Arguments) -> Done {
    let version = labels::COMPOSE_VERSION;
    context.terminal.out(&match (arguments.on("short"), arguments.text("format")) {
        (true, _) => format!("{version}\n"),
        (false, Some("json")) => format!("{{\"version\":\"v{version}\"}}\n"),
        _ => format!("Docker Compose version v{version}\n"),
    });
    Ok(())
}
