//! `docker events`: until it is interrupted, or until `--until`. Must not know what the engine's events mean.

use super::Invocation;
use crate::sim::client::clock::Clock;
use crate::sim::client::compose::logs as compose_logs;
use crate::sim::client::events::{Follower, Happened, attribute_text};
use crate::sim::client::moment::Window;
use crate::sim::client::template::{self, MissingKey, Problem};
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::client::value::{Value, field, optional};

/// The command.
pub async fn run(invocation: &Invocation) -> Done {
    let (context, clock, arguments) = (&invocation.context, invocation.clock(), &invocation.arguments);
    let window = Window::read(arguments, clock, context.tasks.now()).map_err(Failure::new)?;
    let mut events = Follower::new(context, window, clock);
    let shown = async {
        loop {
            let happened = events.next().await;
            if is_wanted(&happened, arguments.texts("filter")) {
                invocation.out(&line(&happened, arguments.text("format"), clock)?);
            }
        }
    };
    compose_logs::until(context, &window, clock, shown).await
}

/// Whether all filters let an event through: those of one key are alternatives, but each label must be there.
fn is_wanted(happened: &Happened, filters: &[String]) -> bool {
    let filters: Vec<(&str, &str)> = filters.iter().filter_map(|filter| filter.split_once('=')).collect();
    filters.iter().all(|(key, value)| match *key {
        "label" => fits(happened, key, value),
        key => filters.iter().any(|(other, value)| *other == key && fits(happened, key, value)),
    })
}

/// Whether an event is one that a filter lets through; the engine does not mind filters it does not know.
fn fits(happened: &Happened, key: &str, value: &str) -> bool {
    let attribute = |name: &str| happened.attributes.get(name).map(String::as_str);
    match key {
        "type" => value == happened.kind,
        "event" => {
            let begins = matches!(value, "health_status" | "exec_create" | "exec_start");
            happened.action == value || begins && happened.action.starts_with(value)
        }
        "container" | "network" | "volume" => {
            happened.id.starts_with(value) || attribute("name").is_some_and(|name| name.starts_with(value))
        }
        "image" => attribute("image").is_some_and(|image| image == value || image.split(':').next() == Some(value)),
        "label" => match value.split_once('=') {
            Some((name, wanted)) => attribute(name) == Some(wanted),
            None => attribute(value).is_some(),
        },
        "scope" => value == "local",
        _ => true,
    }
}

/// An event as one line.
fn line(happened: &Happened, format: Option<&str>, clock: Clock) -> Done<String> {
    let Some(format) = format.filter(|format| !format.is_empty()) else {
        let (stamp, Happened { kind, action, id, attributes, .. }) = (clock.stamp(happened.at), happened);
        return Ok(format!("{stamp} {kind} {action} {id} ({})", attribute_text(attributes)));
    };
    let value = message(happened, clock);
    if format == "json" {
        return Ok(value.json());
    }
    template::render(format, &value, MissingKey::Shown).map_err(|problem| {
        let (Problem::Syntax(text) | Problem::Execution(text)) = problem;
        Failure { code: 64, text: Some(format!("Error parsing format: {text}")) }
    })
}

/// The engine's message.
fn message(happened: &Happened, clock: Clock) -> Value {
    let nanoseconds = i64::try_from(clock.wall(happened.at).as_nanos()).unwrap_or(i64::MAX);
    // Only containers' messages still have what the oldest clients read.
    let old = |text: &str| if happened.image.is_some() { text.to_owned() } else { String::new() };
    let attributes = Value::map(happened.attributes.iter().map(|(name, value)| (name, value.as_str())));
    let actor = vec![field("ID", &*happened.id), field("Attributes", attributes)];
    Value::Struct(
        "*events.Message",
        vec![
            optional("Status", old(&happened.action)).written("status"),
            optional("ID", old(&happened.id)).written("id"),
            optional("From", happened.image.as_deref().unwrap_or_default()).written("from"),
            field("Type", happened.kind),
            field("Action", &*happened.action),
            field("Actor", Value::Struct("events.Actor", actor)),
            field("Scope", "local").written("scope"),
            field("Time", nanoseconds / 1_000_000_000).written("time"),
            field("TimeNano", nanoseconds).written("timeNano"),
        ],
    )
}
