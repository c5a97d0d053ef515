//! `docker compose logs` and `events`: what containers said and what happened to them (X30-X32). Must not change anything.

use super::super::arguments::Arguments;
use super::super::clock::Clock;
use super::super::context::Context;
use super::super::events::{Follower, Happened, attribute_text};
use super::super::moment::Window;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::labels;
use super::monitor::{Monitor, Told};
use super::printer::{Printer, Style};
use super::run::pick;
use crate::compose::model::Project;
use crate::sim::engine::{ContainerView, LogEntry, OutputSink};
use crate::sim::log::Stream;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The command `logs`.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let index = arguments.number("index").unwrap_or(0);
    if index > 0 && arguments.positional.len() != 1 {
        return Err(Failure::new("--index requires one service to be selected"));
    }
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let mut found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
    let services = wished(project.as_ref(), &arguments.positional);
    found
        .retain(|container| services.as_ref().is_none_or(|services| services.contains(containers::service(container))));
    if index > 0 {
        found = vec![pick(&found, &arguments.positional[0], index)?.clone()];
    }
    let style = Style { bare: arguments.on("no-log-prefix"), timestamps: arguments.on("timestamps") };
    let printer = Printer::new(context.terminal.clone(), style, compose.host.clock());
    let project = project.unwrap_or_else(|| Project { name, ..Project::default() });
    let name =
        |container: &ContainerView| labels::short_name(compose.separator(), &project, &container.name).to_owned();
    let (clock, tail) = (compose.host.clock(), tail(arguments));
    let window = Window::of(arguments, clock, context.tasks.now())?;
    found.iter().for_each(|container| printer.register(&name(container)));
    for container in &found {
        let entries = within(context.engine.logs(container.container)?, &window, clock);
        for entry in last(&entries, tail) {
            printer.line(&name(container), Stream::Stdout, &entry.text, entry.at);
        }
    }
    if !arguments.on("follow") {
        return Ok(());
    }
    let monitor = Monitor::new(context, &project.name, services).await;
    until(context, &window, clock, follow(context, &printer, &found, monitor, name)).await
}

/// The services whose logs are shown: those named, else those of the file that do not ask for silence (`attach: false`); all
/// without a file.
fn wished(project: Option<&Project>, named: &[String]) -> Option<BTreeSet<String>> {
    match project {
        _ if !named.is_empty() => Some(named.iter().cloned().collect()),
        Some(project) => {
            let attached = project.services.iter().filter(|(_, service)| service.is_attached());
            Some(attached.map(|(name, _)| name.clone()).collect())
        }
        None => None,
    }
}

/// `--tail`: how many lines; all for what the engine cannot read as a number.
pub fn tail(arguments: &Arguments) -> Option<usize> {
    arguments.text("tail").and_then(|count| count.parse().ok())
}

/// Does `work`, but only until the window closes.
pub async fn until(context: &Context, window: &Window, clock: Clock, work: impl Future<Output = Done>) -> Done {
    match window.closes_in(clock, context.tasks.now()) {
        None => work.await,
        Some(left) => context.tasks.timeout(left, work).await.unwrap_or(Ok(())),
    }
}

/// The entries within a window.
pub fn within(mut entries: Vec<LogEntry>, window: &Window, clock: Clock) -> Vec<LogEntry> {
    entries.retain(|entry| window.holds(clock, entry.at));
    entries
}

/// The last entries.
pub fn last(entries: &[LogEntry], tail: Option<usize>) -> &[LogEntry] {
    let from = tail.map_or(0, |tail| entries.len().saturating_sub(tail));
    &entries[from..]
}

/// What the containers say from now on, also those started later, and with which code each ends, until none is left.
async fn follow(
    context: &Context,
    printer: &Printer,
    found: &[ContainerView],
    mut monitor: Monitor,
    name: impl Fn(&ContainerView) -> String,
) -> Done {
    let mut attachments = BTreeMap::new();
    let attach = |container: &ContainerView| {
        let (printer, tasks, name) = (printer.clone(), context.tasks.clone(), name(container));
        let output: OutputSink = Rc::new(move |_, bytes| printer.bytes(&name, Stream::Stdout, bytes, tasks.now()));
        context.engine.attach(container.container, output)
    };
    for container in found {
        attachments.insert(container.container, attach(container)?);
    }
    while let Some(told) = monitor.next().await {
        match told {
            Told::Started(container) if attachments.contains_key(&container.container) => {}
            Told::Started(container) => {
                attachments.insert(container.container, attach(&container)?);
            }
            Told::Ended { container, exit_code, back } => {
                let name = name(&container);
                printer.flush(&name, context.tasks.now());
                printer.exited(&name, exit_code, back);
            }
        }
    }
    Ok(())
}

/// The command `events`: until it is interrupted, or until `--until`.
pub async fn events(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (_, name) = compose.project_or_name(context, &[])?;
    let clock = compose.host.clock();
    let window = Window::read(arguments, clock, context.tasks.now()).map_err(Failure::new)?;
    let mut events = Follower::new(context, window, clock);
    let shown = async {
        loop {
            let happened = events.next().await;
            let label = |name: &str| happened.attributes.get(name).map_or("", String::as_str);
            let service = label(labels::SERVICE);
            let named = arguments.positional.is_empty() || arguments.positional.iter().any(|name| name == service);
            let is_own = happened.kind == "container" && label(labels::PROJECT) == name;
            if is_own && label(labels::ONE_OFF) != "True" && named {
                context.terminal.out(&event_line(&happened, service, clock, arguments.on("json")));
            }
        }
    };
    until(context, &window, clock, shown).await?;
    // The end of the engine's answer is an error for it.
    Err(Failure::new("EOF"))
}

/// An event as `events` writes it, without Compose's own labels; an empty line follows what is not JSON.
fn event_line(happened: &Happened, service: &str, clock: Clock, json: bool) -> String {
    let (stamp, action, id) = (clock.stamp(happened.at), &happened.action, &happened.id);
    let own = |(name, _): &(&String, &String)| !name.starts_with("com.docker.compose.");
    let attributes: BTreeMap<&String, &String> = happened.attributes.iter().filter(own).collect();
    if json {
        let event = serde_json::json!({"action": action, "attributes": attributes, "id": &**id, "service": service,
            "time": stamp, "type": "container"});
        return format!("{event}\n");
    }
    let (stamp, attributes) = (stamp[..26].replace('T', " "), attribute_text(attributes));
    format!("{stamp} container {action} {id} ({attributes})\n\n")
}
