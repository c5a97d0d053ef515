//! `docker info`, `version`. Must not know Compose.

use super::Invocation;
use crate::sim::client::template::{self, MissingKey, Problem};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::client::value::Value;
use crate::sim::engine::ContainerFilter;
use serde_json::json;

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
