//! `docker compose logs` and `events`: what containers said and what happened to them (X30-X32). Must not change anything.

use super::super::arguments::{Arguments, Flag, number, switch, text};
use super::super::context::Context;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::labels;
use super::printer::{Printer, Style};
use crate::compose::model::Project;
use crate::sim::engine::{ContainerView, LogEntry, OutputSink};
use crate::sim::log::Stream;
use std::rc::Rc;

/// Flags of `logs`.
pub const FLAGS: &[Flag] = &[
    switch("follow").or('f'),
    number("index"),
    text("since"),
    text("until"),
    switch("no-color"),
    switch("no-log-prefix"),
    switch("timestamps").or('t'),
    text("tail").or('n'),
];

/// The command `logs`.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (project, name) = compose.project_or_name(context, &arguments.positional)?;
    let mut found = containers::of_project(context, &name, OneOff::Exclude, Reach::All).await;
    let index = arguments.number("index").unwrap_or(0);
    found.retain(|container| {
        let service = containers::service(container);
        let named = arguments.positional.is_empty() || arguments.positional.iter().any(|name| name == service);
        let known = project.as_ref().is_none_or(|project| project.services.contains_key(service));
        named && known && (index == 0 || i64::from(containers::number(container)) == index)
    });
    let style = Style { bare: arguments.on("no-log-prefix"), timestamps: arguments.on("timestamps") };
    let printer = Printer::new(context.terminal.clone(), style, compose.host.clock());
    let project = project.unwrap_or_else(|| Project { name, ..Project::default() });
    let name =
        |container: &ContainerView| labels::short_name(compose.separator(), &project, &container.name).to_owned();
    let tail = tail(arguments)?;
    found.iter().for_each(|container| printer.register(&name(container)));
    for container in &found {
        for entry in last(&context.engine.logs(container.container)?, tail) {
            printer.line(&name(container), Stream::Stdout, &entry.text, entry.at);
        }
    }
    if arguments.on("follow") { follow(context, &printer, &found, name).await } else { Ok(()) }
}

/// `--tail`: how many lines, or all.
pub fn tail(arguments: &Arguments) -> Done<Option<usize>> {
    match arguments.text("tail") {
        None | Some("all") => Ok(None),
        Some(count) => match count.parse::<i64>() {
            Ok(count) => Ok(usize::try_from(count).ok()),
            Err(_) => Err(Failure::new(format!("invalid value for --tail: {count}"))),
        },
    }
}

/// The last entries.
pub fn last(entries: &[LogEntry], tail: Option<usize>) -> &[LogEntry] {
    let from = tail.map_or(0, |tail| entries.len().saturating_sub(tail));
    &entries[from..]
}

/// What the containers say from now on, until the last of them has ended.
async fn follow(
    context: &Context,
    printer: &Printer,
    found: &[ContainerView],
    name: impl Fn(&ContainerView) -> String,
) -> Done {
    let mut attachments = Vec::new();
    for container in found {
        let (printer, tasks, name) = (printer.clone(), context.tasks.clone(), name(container));
        let output: OutputSink = Rc::new(move |_, bytes| printer.bytes(&name, Stream::Stdout, bytes, tasks.now()));
        attachments.push(context.engine.attach(container.container, output)?);
    }
    super::super::context::all(
        found.iter().map(|container| async move { context.wait(container.container).await.map(drop) }),
    )
    .await
}

/// Flags of `events`.
pub const EVENTS_FLAGS: &[Flag] = &[switch("json"), text("since"), text("until")];

/// The command `events`: until it is interrupted.
pub async fn events(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (_, name) = compose.project_or_name(context, &[])?;
    let clock = compose.host.clock();
    let mut events = context.engine.subscribe();
    loop {
        let (_, event) = events.next().await;
        let Some((container, action)) = super::super::events::container_action(&event.kind) else { continue };
        let Ok(view) = context.engine.inspect_container(container) else { continue };
        let service = containers::service(&view);
        let named = arguments.positional.is_empty() || arguments.positional.iter().any(|name| name == service);
        if containers::label(&view, labels::PROJECT) != name || containers::is_one_off(&view) || !named {
            continue;
        }
        let stamp = clock.stamp(event.at);
        let line = match arguments.on("json") {
            true => serde_json::json!({
                "action": action,
                "attributes": {"image": view.config.image, "name": &*view.name},
                "id": &*view.id,
                "service": service,
                "time": stamp,
                "type": "container",
            })
            .to_string(),
            false => {
                let stamp = stamp[..26].replace('T', " ");
                format!("{stamp} container {action} {} (image={}, name={})", view.id, view.config.image, view.name)
            }
        };
        context.terminal.out(&format!("{line}\n"));
    }
}
