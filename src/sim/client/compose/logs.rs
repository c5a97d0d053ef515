//! `docker compose logs` and `events`: what containers said and what happened to them (X30-X32). Must not change anything.

use super::super::arguments::{Arguments, Flag, number, switch, text};
use super::super::clock::Clock;
use super::super::context::Context;
use super::super::events::Follower;
use super::super::moment::Window;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::host::Compose;
use super::labels;
use super::printer::{Printer, Style};
use crate::compose::model::Project;
use crate::sim::client::docker::list::runs;
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
    let (clock, tail) = (compose.host.clock(), tail(arguments)?);
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
    until(context, &window, clock, follow(context, &printer, &found, name)).await
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

/// What the containers say from now on, and with which code each ends, until the last of them has ended.
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
    let name = &name;
    let running = found.iter().filter(|container| runs(container.state));
    super::super::context::all(running.map(|container| async move {
        let code = context.wait(container.container).await?;
        let name = name(container);
        printer.flush(&name, context.tasks.now());
        printer.status(&name, &format!("exited with code {code}"));
        Ok(())
    }))
    .await
}

/// Flags of `events`.
pub const EVENTS_FLAGS: &[Flag] = &[switch("json"), text("since"), text("until")];

/// The command `events`: until it is interrupted, or until `--until`.
pub async fn events(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let (_, name) = compose.project_or_name(context, &[])?;
    let clock = compose.host.clock();
    let window = Window::of(arguments, clock, context.tasks.now())?;
    let mut events = Follower::new(context, window, clock);
    let shown = async {
        loop {
            let happened = events.next().await;
            let about = &happened.about;
            let service = about.label(labels::SERVICE);
            let named = arguments.positional.is_empty() || arguments.positional.iter().any(|name| name == service);
            if about.label(labels::PROJECT) != name || about.label(labels::ONE_OFF) == "True" || !named {
                continue;
            }
            let stamp = clock.stamp(happened.at);
            let line = match arguments.on("json") {
                true => serde_json::json!({
                    "action": happened.action,
                    "attributes": happened.attributes(),
                    "id": &*about.id,
                    "service": service,
                    "time": stamp,
                    "type": "container",
                })
                .to_string(),
                false => {
                    let stamp = stamp[..26].replace('T', " ");
                    format!("{stamp} container {} {} ({})", happened.action, about.id, happened.attribute_text())
                }
            };
            context.terminal.out(&format!("{line}\n"));
        }
    };
    until(context, &window, clock, shown).await
}
