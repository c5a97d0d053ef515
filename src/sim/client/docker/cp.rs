//! `docker cp`: files between the host and a container. Must not know how containers keep them.

use super::Invocation;
use crate::sim::client::compose::cp;
use crate::sim::client::table;
use crate::sim::client::terminal::{Done, Failure};

/// The command.
pub async fn run(invocation: &Invocation) -> Done {
    let (context, process) = (&invocation.context, &invocation.process);
    let [from, to] = &invocation.arguments.positional[..] else { return Ok(()) };
    let inspect = |name: &str| {
        let container = context.engine.find_container(name)?;
        context.engine.inspect_container(container)
    };
    let (size, place) = match (cp::split(from), cp::split(to)) {
        ((Some(_), _), (Some(_), _)) => return Err(Failure::new("copying between containers is not supported")),
        ((None, _), (None, _)) => {
            return Err(Failure::new("must specify at least one container source"));
        }
        ((Some(name), path), (None, target)) => {
            let place = process.absolute(target.trim_start_matches("./"));
            (cp::out_of(context, process, &inspect(name)?, path, target).await?, place)
        }
        ((None, path), (Some(name), target)) => {
            (cp::into(context, process, &inspect(name)?, path, target)?, format!("{name}:{target}"))
        }
    };
    if !invocation.arguments.on("quiet") {
        context.terminal.error(&format!("Successfully copied {} to {place}\n", table::size(size)));
    }
    Ok(())
}
