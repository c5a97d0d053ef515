//! `docker network create`, `rm`, `connect`, `disconnect`. Must not know Compose.

use super::Invocation;
use super::volume::pairs;
use crate::sim::client::arguments::Arguments;
use crate::sim::client::terminal::{Done, Failure};
use crate::sim::engine::{AddressPool, EndpointConfig, NetworkSpecification};

/// `docker network create`.
pub async fn create(invocation: &Invocation) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let name = arguments.positional[0].clone();
    let specification = NetworkSpecification {
        name: name.clone(),
        driver: arguments.text("driver").unwrap_or_default().to_owned(),
        internal: arguments.on("internal"),
        pools: pools(arguments),
        labels: pairs(arguments.texts("label")),
    };
    context.create_network(specification, context.asked()).await?;
    invocation.out(&context.engine.inspect_network(&name)?.id);
    Ok(())
}

/// `--subnet`, with the `--gateway` and the `--ip-range` of the same place in their lists.
fn pools(arguments: &Arguments) -> Vec<AddressPool> {
    let (gateways, ranges) = (arguments.texts("gateway"), arguments.texts("ip-range"));
    let pool = |(at, subnet): (usize, &String)| AddressPool {
        subnet: subnet.clone(),
        ip_range: ranges.get(at).cloned(),
        gateway: gateways.get(at).cloned(),
    };
    arguments.texts("subnet").iter().enumerate().map(pool).collect()
}

/// `docker network rm`.
pub async fn remove(invocation: &Invocation) -> Done {
    let context = &invocation.context;
    let mut failures = Vec::new();
    for name in &invocation.arguments.positional {
        match context.remove_network(name, context.asked()).await? {
            Ok(()) => invocation.out(name),
            Err(error) => failures.push(error.to_string()),
        }
    }
    match failures.is_empty() {
        true => Ok(()),
        false => {
            failures.push("exit status 1".to_owned());
            Err(Failure::new(failures.join("\n")))
        }
    }
}

/// `docker network connect` and `disconnect`.
pub async fn connect(invocation: &Invocation, join: bool) -> Done {
    let (context, arguments) = (&invocation.context, &invocation.arguments);
    let container = context.engine.find_container(&arguments.positional[1])?;
    let (network, engine, cause) = (arguments.positional[0].clone(), context.engine.clone(), context.asked());
    if !join {
        return context.request(async move { engine.disconnect_network(container, &network, cause).await }).await;
    }
    let endpoint = EndpointConfig {
        network,
        aliases: arguments.texts("alias").to_vec(),
        ipv4_address: arguments.text("ip").map(str::to_owned),
        links: Vec::new(),
    };
    context.request(async move { engine.connect_network(container, endpoint, cause).await }).await
}
