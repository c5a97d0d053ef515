//! `docker cp`: files between the host and a container. Must not know how containers keep them.

use super::Invocation;
use crate::sim::client::compose::cp;
use crate::sim::client::terminal::{Done, Failure};

/// The command. That it is done it says only to a terminal, which standard error never is here.
pub async fn run(invocation: &Invocation) -> Done {
    let (context, process) = (&invocation.context, &invocation.process);
    let [from, to] = &invocation.arguments.positional[..] else { return Ok(()) };
    if from == "-" || to == "-" {
        return Err(Failure::new("docker cp from or to a stream is not simulated"));
    }
    let inspect = |name: &str| {
        let container = context.engine.find_container(name)?;
        context.engine.inspect_container(container)
    };
    match (cp::split(from), cp::split(to)) {
        ((Some(_), _), (Some(_), _)) => Err(Failure::new("copying between containers is not supported")),
        ((None, _), (None, _)) => Err(Failure::new("must specify at least one container source")),
        ((Some(name), path), (None, target)) => {
            let container = inspect(name)?;
            let done = cp::out_of(context, process, &container, path, target).await;
            done.map_err(|failure| by_name(&failure, &container.id, name))
        }
        ((None, path), (Some(name), target)) => {
            let container = inspect(name)?;
            let done = cp::into(context, process, &container, path, target);
            done.map_err(|failure| by_name(&failure, &container.id, name))
        }
    }
}

/// The engine's errors name the container as the request did.
fn by_name(failure: &Failure, id: &str, name: &str) -> Failure {
    Failure::new(failure.message().replace(id, name))
}
