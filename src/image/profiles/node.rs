//! Node.js: `npm install` fills `node_modules`, `node server.js` needs what the source requires.
//!
//! Source: the official image (CMD `node`, entrypoint passes on). Simplified: a program is recognised by its source, not
//! interpreted: `require`/`import` of packages, `listen(PORT)`, `console.log("…")`.

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::programs::serve::{Crowd, Handling, accept};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response};
use crate::kernel::{Connection, ExitCode, Process};
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["node"], title: "Node.js", define };

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    base::add_user(&root, "node", 1000, "/home/node");
    root.install("/usr/local/bin/node", programs::of(node));
    root.install("/usr/local/bin/npm", programs::of(npm));
    let entry = programs::of(|process: Process| async move {
        let command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
        programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", 11).await
    });
    root.install("/usr/local/bin/docker-entrypoint.sh", entry);
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["node".into()],
        working_dir: "/".into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("NODE_VERSION", &format!("{}.0.0", reference.major_or(25)));
    ImageDefinition::known(
        reference,
        config,
        root,
        Fidelity::Known { simplified: &["a program is recognised by its source, not interpreted"] },
    )
}

/// The strings that follow `word` in a source.
fn after(source: &str, word: &str) -> Vec<String> {
    let found = source.match_indices(word).filter_map(|(at, _)| {
        let rest = source[at + word.len()..].trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        rest[1..].split(quote).next().map(str::to_string)
    });
    found.collect()
}

/// The first package that a source needs and no `node_modules` at or above `folder` has.
fn missing(process: &Process, folder: &str, source: &str) -> Option<String> {
    let built_in = ["http", "https", "fs", "path", "os", "url", "util", "crypto", "process", "events", "net"];
    let wanted = after(source, "require(").into_iter().chain(after(source, " from "));
    let mut packages = wanted.filter(|name| {
        !name.starts_with(['.', '/']) && !name.starts_with("node:") && !built_in.contains(&name.as_str())
    });
    packages.find(|name| {
        let mut at = folder.to_string();
        loop {
            if process.stat(&format!("{}/node_modules/{name}", at.trim_end_matches('/'))).is_ok() {
                return false;
            }
            match at.rfind('/') {
                Some(cut) if !at.is_empty() => at.truncate(cut),
                _ => return true,
            }
        }
    })
}

async fn node(process: Process) -> ExitCode {
    let words = process.args();
    let Some(path) = words.iter().skip(1).find(|word| !word.starts_with('-')) else { return ExitCode::SUCCESS };
    process.sleep(Duration::from_millis(120)).await;
    let absolute = process.absolute(path);
    let Ok(bytes) = process.read_file(path) else {
        let text = format!(
            "node:internal/modules/cjs/loader:1386\n  throw err;\n  ^\n\nError: Cannot find module '{absolute}'\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n\nNode.js v25.0.0\n"
        );
        process.complain(text).await;
        return ExitCode::FAILURE;
    };
    let source = String::from_utf8_lossy(&bytes).into_owned();
    let folder = absolute.rsplit_once('/').map_or("", |(folder, _)| folder);
    if let Some(name) = missing(&process, folder, &source) {
        let text = format!(
            "node:internal/modules/cjs/loader:1386\n  throw err;\n  ^\n\nError: Cannot find module '{name}'\nRequire stack:\n- {absolute}\n  code: 'MODULE_NOT_FOUND',\n  requireStack: [ '{absolute}' ]\n\nNode.js v25.0.0\n"
        );
        process.complain(text).await;
        return ExitCode::FAILURE;
    }
    for text in after(&source, "console.log(") {
        process.print(format!("{text}\n")).await;
    }
    let Some((_, rest)) = source.split_once("listen(") else { return ExitCode::SUCCESS };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let variable = process.variable("PORT").and_then(|port| port.parse().ok());
    serve_app(&process, digits.parse().ok().or(variable).unwrap_or(3000), &source).await
}

/// Serves what the source sends. As process 1, node does not end on SIGTERM unless the source handles it.
async fn serve_app(process: &Process, port: u16, source: &str) -> ExitCode {
    if source.contains("SIGTERM") {
        programs::serve::handle_signals(process, &[crate::kernel::Signal::TERM]);
    }
    let Ok(listener) = process.listen(port) else {
        process.complain(format!("Error: listen EADDRINUSE: address already in use :::{port}\n")).await;
        return ExitCode::FAILURE;
    };
    let body =
        [".send(", ".end("].iter().flat_map(|word| after(source, word)).next().unwrap_or_else(|| "ok".to_string());
    let handler = |_: u16, connection: Connection| -> Handling {
        let body = body.clone();
        Box::pin(async move {
            if let Some(request) = Request::receive(&connection).await {
                Response::html(200, body).send(&connection, &request).await;
            }
        })
    };
    let mut crowd = Crowd::default();
    let listeners = [&listener];
    let accepting = accept(&listeners, &mut crowd, &handler);
    match crate::kernel::sync::select(process.signal_arrived(), accepting).await {
        crate::kernel::sync::Either::Left(()) => ExitCode::SUCCESS,
        crate::kernel::sync::Either::Right(never) => match never {},
    }
}

/// `npm install|ci` and `npm start|run NAME`.
async fn npm(process: Process) -> ExitCode {
    let words = process.args();
    let package: Value = process
        .read_file("package.json")
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let names: Vec<String> =
        package["dependencies"].as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    match words.get(1).map(|word| &**word) {
        Some("install" | "ci" | "i") => {
            process.sleep(Duration::from_millis(1500 + 300 * names.len() as u64)).await;
            for name in &names {
                let folder = format!("node_modules/{name}");
                let made = match process.make_folders(&folder) {
                    Ok(()) => process.write_file(&format!("{folder}/package.json"), b"{}").await,
                    failed => failed,
                };
                if let Err(error) = made {
                    process.complain(format!("npm error {error}, mkdir '{}'\n", process.absolute(&folder))).await;
                    return ExitCode(243);
                }
            }
            process.print(format!("\nadded {} packages in 2s\n", names.len())).await;
            ExitCode::SUCCESS
        }
        Some(word) => {
            let name = if word == "run" { words.get(2).map_or("", |name| name) } else { word };
            let Some(script) = package["scripts"][name].as_str() else {
                process.complain(format!("npm error Missing script: \"{name}\"\n")).await;
                return ExitCode::FAILURE;
            };
            process.print(format!("\n> {name}\n> {script}\n\n")).await;
            match process.run(["sh".into(), "-c".into(), script.into()].into()).await {
                Ok(status) => ExitCode(status.code()),
                Err(_) => ExitCode(127),
            }
        }
        None => ExitCode::FAILURE,
    }
}
