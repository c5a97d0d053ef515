//! `docker … prune`, `events`, `info`, `version`. Must not know Compose.

use super::Invocation;
use crate::sim::client::compose::logs as compose_logs;
use crate::sim::client::events::{Follower, Happened};
use crate::sim::client::moment::Window;
use crate::sim::client::template::{self, MissingKey, Problem};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::client::value::Value;
use crate::sim::engine::ContainerFilter;
use serde_json::json;
use std::rc::Rc;

/// What `docker container|network|volume|system prune` asks before it acts (S74).
fn question(path: &str, all: bool, volumes: bool) -> String {
    let warning = match path {
        "container prune" => "WARNING! This will remove all stopped containers.\n".to_owned(),
        "network prune" => {
            "WARNING! This will remove all custom networks not used by at least one container.\n".to_owned()
        }
        "volume prune" if all => {
            "WARNING! This will remove all local volumes not used by at least one container.\n".to_owned()
        }
        "volume prune" => {
            "WARNING! This will remove anonymous local volumes not used by at least one container.\n".to_owned()
        }
        _ => {
            let mut lines = vec!["all stopped containers", "all networks not used by at least one container"];
            if volumes {
                lines.push("all anonymous volumes not used by at least one container");
            }
            match all {
                true => {
                    lines.extend(["all images without at least one container associated to them", "all build cache"])
                }
                false => lines.extend(["all dangling images", "unused build cache"]),
            }
            let lines: Vec<String> = lines.iter().map(|line| format!("  - {line}\n")).collect();
            format!("WARNING! This will remove:\n{}\n", lines.concat())
        }
    };
    format!("{warning}Are you sure you want to continue? [y/N] ")
}

/// The `prune` commands.
pub async fn prune(invocation: &Invocation, path: &str) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let (all, volumes) = (arguments.on("all"), arguments.on("volumes"));
    if !arguments.on("force") && !invocation.confirms(&question(path, all, volumes)).await {
        return Ok(());
    }
    let (engine, cause) = (context.engine.clone(), context.asked());
    let section = |title: &str, names: &[Rc<str>]| {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| format!("{name}\n")).collect();
            invocation.out(&format!("Deleted {title}:\n{}", names.concat()));
        }
    };
    let system = path == "system prune";
    if system || path == "container prune" {
        let engine = engine.clone();
        section("Containers", &context.request(async move { engine.prune_containers(cause).await }).await?);
    }
    if system || path == "network prune" {
        let engine = engine.clone();
        section("Networks", &context.request(async move { engine.prune_networks(cause).await }).await?);
    }
    if system && volumes || path == "volume prune" {
        let named = all && !system;
        section("Volumes", &context.request(async move { engine.prune_volumes(named, cause).await }).await?);
    }
    if path != "network prune" {
        invocation.out("Total reclaimed space: 0B");
    }
    Ok(())
}

/// `docker events`: those of containers, until it is interrupted, or until `--until`.
pub async fn events(invocation: &Invocation) -> Done {
    let (context, clock, arguments) = (&invocation.context, invocation.clock(), &invocation.arguments);
    let window = Window::of(arguments, clock, context.tasks.now())?;
    let filters: Vec<(&str, &str)> =
        arguments.texts("filter").iter().filter_map(|filter| filter.split_once('=')).collect();
    let mut events = Follower::new(context, window, clock);
    let shown = async {
        loop {
            let happened = events.next().await;
            let is_shown = filters
                .iter()
                .all(|(key, _)| filters.iter().any(|(other, value)| key == other && fits(&happened, key, value)));
            if is_shown {
                let (stamp, action, about) = (clock.stamp(happened.at), &happened.action, &happened.about);
                invocation.out(&format!("{stamp} container {action} {} ({})", about.id, happened.attribute_text()));
            }
        }
    };
    compose_logs::until(context, &window, clock, shown).await
}

/// Whether an event is one that a filter lets through; filters of one key are alternatives.
fn fits(happened: &Happened, key: &str, value: &str) -> bool {
    let about = &happened.about;
    match key {
        "type" => value == "container",
        "event" => happened.action.split(':').next() == Some(value),
        "container" => *about.name == *value || about.id.starts_with(value),
        "image" => *about.image == *value,
        "label" => {
            let (name, wanted) = value.split_once('=').unwrap_or((value, ""));
            let found = about.label(name);
            !found.is_empty() && (wanted.is_empty() || found == wanted)
        }
        _ => false,
    }
}

/// One value through the template of `--format`.
fn through(invocation: &Invocation, format: &str, value: &serde_json::Value) -> Done {
    let rendered = template::render(format, &Value::from(value), MissingKey::Shown);
    let (Ok(line) | Err(Problem::Syntax(line) | Problem::Execution(line))) = &rendered;
    if rendered.is_err() {
        return Err(Failure::new(line.as_str()));
    }
    invocation.out(line);
    Ok(())
}

/// `docker version`.
pub fn version(invocation: &Invocation) -> Done {
    let value = json!({"Client": {"Version": "28.5.2", "ApiVersion": "1.51"}, "Server": {"Version": "28.5.2", "ApiVersion": "1.51"}});
    match invocation.arguments.text("format") {
        Some("json") => invocation.out(&value.to_string()),
        Some(format) => through(invocation, format, &value)?,
        None => invocation.context.terminal.out(
            "Client: Docker Engine - Community\n Version:           28.5.2\n API version:       1.51\n\nServer: Docker Engine - \
             Community\n Engine:\n  Version:          28.5.2\n  API version:      1.51 (minimum version 1.24)\n",
        ),
    }
    Ok(())
}

/// `docker info`: what of it the simulation knows.
pub fn info(invocation: &Invocation) -> Done {
    let engine = &invocation.context.engine;
    let all = engine.list_containers(&ContainerFilter { all: true, labels: Vec::new() });
    let count = |word: &str| all.iter().filter(|container| container.state.word() == word).count();
    let (running, paused) = (count("running") + count("restarting"), count("paused"));
    let value = json!({
        "Containers": all.len(),
        "ContainersRunning": running,
        "ContainersPaused": paused,
        "ContainersStopped": all.len() - running - paused,
        "Images": engine.list_images().len(),
        "ServerVersion": "28.5.2",
    });
    match invocation.arguments.text("format") {
        Some("json") => invocation.out(&value.to_string()),
        Some(format) => through(invocation, format, &value)?,
        None => invocation.context.terminal.out(&format!(
            "Server:\n Containers: {}\n  Running: {running}\n  Paused: {paused}\n  Stopped: {}\n Images: {}\n Server Version: \
             28.5.2\n",
            all.len(),
            all.len() - running - paused,
            value["Images"]
        )),
    }
    Ok(())
}
