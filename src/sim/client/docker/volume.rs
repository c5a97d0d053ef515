//! `docker volume create` and `rm`. Must not know who uses volumes.

use super::Invocation;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::VolumeSpecification;
use std::collections::BTreeMap;

/// `key=value` texts as a map.
pub fn pairs(texts: &[String]) -> BTreeMap<String, String> {
    let pair = |text: &String| {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        (key.to_owned(), value.to_owned())
    };
    texts.iter().map(pair).collect()
}

/// `docker volume create`.
pub async fn create(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let name = arguments.positional.first().map(String::as_str).or(arguments.text("name")).unwrap_or_default();
    let specification = VolumeSpecification {
        name: name.to_owned(),
        driver: arguments.text("driver").unwrap_or_default().to_owned(),
        options: pairs(arguments.texts("opt")),
        labels: pairs(arguments.texts("label")),
    };
    let (engine, cause) = (context.engine.clone(), context.asked());
    let created = context.request(async move { engine.create_volume(specification, cause).await }).await?;
    invocation.out(&created.name);
    Ok(())
}

/// `docker volume rm`.
pub async fn remove(invocation: &Invocation) -> Done {
    let context = &invocation.context;
    let mut failures = Vec::new();
    for name in &invocation.arguments.positional {
        match context.remove_volume(name, context.asked()).await? {
            Ok(()) => invocation.out(name),
            Err(error) => failures.push(error.to_string()),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
}
