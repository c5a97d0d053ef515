//! Networks of a project: made by `up`, removed by `down` (U10, U11, U13). Must not know who joins them.

use super::super::context::{Context, all_cancelling};
use super::super::table::quote;
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::{hash, labels, stop};
use crate::compose::model::{Network, Project};
use crate::sim::engine::{AddressPool, EndpointConfig, ErrorKind, Grace, NetworkSpecification, NetworkView};
use crate::sim::log::{Cause, Rule};

/// Makes the networks that are missing.
pub async fn ensure_all(context: &Context, project: &Project) -> Done {
    let context = &context.cancellable();
    all_cancelling(&context.cancel, project.networks.values().map(|network| ensure(context, project, network))).await
}

async fn ensure(context: &Context, project: &Project, network: &Network) -> Done {
    if network.external {
        let builtin = matches!(network.name.as_str(), "bridge" | "host" | "none");
        return match builtin || context.engine.inspect_network(&network.name).is_ok() {
            true => Ok(()),
            false => {
                Err(Failure::new(format!("network {} declared as external, but could not be found", network.name)))
            }
        };
    }
    match context.engine.inspect_network(&network.name) {
        Ok(found) => check(context, project, network, &found).await,
        Err(_) => create(context, project, network).await,
    }
}

async fn create(context: &Context, project: &Project, network: &Network) -> Done {
    let resource = format!("Network {}", network.name);
    context.progress.event(&resource, "Creating");
    let specification = NetworkSpecification {
        name: network.name.clone(),
        driver: network.driver.clone().unwrap_or_default(),
        internal: network.internal,
        pools: pools(network),
        labels: [
            (labels::NETWORK, network.key.value.clone()),
            (labels::PROJECT, project.name.clone()),
            (labels::VERSION, labels::COMPOSE_VERSION.to_owned()),
            (labels::CONFIG_HASH, hash::of_value(&network.canonical)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
    };
    let cause = context.because(Rule::Missing, Some(network.key.span));
    if let Err(failure) = context.create_network(specification, cause).await {
        context.progress.event(&resource, "Error");
        return Err(Failure::new(format!("failed to create network {}: {}", network.name, failure.message())));
    }
    context.progress.event(&resource, "Created");
    Ok(())
}

/// `ipam.config`.
fn pools(network: &Network) -> Vec<AddressPool> {
    let entries = network.canonical.pointer("/ipam/config").and_then(serde_json::Value::as_array);
    let pool = |entry: &serde_json::Value| {
        let text = |name: &str| entry.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        AddressPool { subnet: text("subnet").unwrap_or_default(), ip_range: text("ip_range"), gateway: text("gateway") }
    };
    entries.into_iter().flatten().map(pool).collect()
}

/// An existing network: not ours, another one's, as wanted, or different (U10, U13).
async fn check(context: &Context, project: &Project, network: &Network, found: &NetworkView) -> Done {
    let label = |name: &str| found.labels.get(name).map_or("", String::as_str);
    let maker = match found.labels.get(labels::PROJECT) {
        None => Some("by compose".to_owned()),
        Some(owner) if *owner != project.name => Some(format!("for project {}", quote(&project.name))),
        Some(_) => None,
    };
    if let Some(maker) = maker {
        context.terminal.warn(&format!(
            "a network with name {} exists but was not created {maker}.\nSet `external: true` to use an existing network",
            network.name
        ));
    }
    if label(labels::NETWORK) != network.key.value {
        return Err(Failure::new(format!(
            "network {} was found but has incorrect label {} set to \"{}\" (expected: \"{}\")",
            network.name,
            labels::NETWORK,
            label(labels::NETWORK),
            network.key.value
        )));
    }
    let wanted = hash::of_value(&network.canonical);
    match label(labels::CONFIG_HASH) {
        "" => Ok(()),
        same if same == wanted => Ok(()),
        _ => replace(context, project, network).await,
    }
}

/// Stops and disconnects its containers, makes it anew, and connects them again (U13).
async fn replace(context: &Context, project: &Project, network: &Network) -> Done {
    let cause = context.because(Rule::Diverged, Some(network.key.span));
    let users: Vec<String> = project
        .services
        .iter()
        .filter(|(_, service)| service.networks.contains_key(&network.key.value))
        .map(|(name, _)| name.clone())
        .collect();
    stop::stop_services(context, project, &users, Grace::Configured).await?;
    let found = containers::of_project(context, &project.name, OneOff::Exclude, Reach::All).await;
    let members: Vec<_> =
        found.into_iter().filter(|container| container.networks.contains_key(network.name.as_str())).collect();
    for member in &members {
        let (engine, id, name) = (context.engine.clone(), member.container, network.name.clone());
        context.change(async move { engine.disconnect_network(id, &name, cause).await }).await??;
    }
    context.remove_network(&network.name, cause).await??;
    context.progress.event(&format!("Network {}", network.name), "Removed");
    create(context, project, network).await?;
    for member in &members {
        let aliases = vec![member.name.to_string(), containers::service(member).to_owned()];
        let endpoint = EndpointConfig { network: network.name.clone(), aliases, ..EndpointConfig::default() };
        let (engine, id) = (context.engine.clone(), member.container);
        context.change(async move { engine.connect_network(id, endpoint, cause).await }).await??;
    }
    Ok(())
}

/// The networks `down` tries to remove: not the external ones.
pub fn removable(project: &Project) -> impl Iterator<Item = &Network> {
    project.networks.values().filter(|network| !network.external)
}

/// Removes one network, unless somebody uses it (X4).
pub async fn remove(context: &Context, network: &Network, cause: Cause) -> Done {
    let Ok(found) = context.engine.inspect_network(&network.name) else { return Ok(()) };
    let resource = format!("Network {}", network.name);
    context.progress.event(&resource, "Removing");
    if !found.connected.is_empty() {
        context.progress.event(&resource, "Resource is still in use");
        return Ok(());
    }
    match context.remove_network(&network.name, cause).await? {
        Err(error) if error.kind != ErrorKind::NotFound => {
            context.progress.event(&resource, "Error");
            Err(Failure::new(format!("failed to remove network {}: {error}", network.name)))
        }
        _ => {
            context.progress.event(&resource, "Removed");
            Ok(())
        }
    }
}
