//! Which program a container runs: the one its command names, the one its service declares in place of it (`x-drydock`), or
//! a guess, where nobody knows what the image holds. Must not know how a program is started.

use super::container::Container;
use super::launch;
use crate::image::{Fidelity, declared};
use crate::kernel::spawn::Executable;
use crate::kernel::{Errno, Launch, Namespaces};

/// The program of the main process, or the runtime's text from `exec:` on.
pub(super) fn find(container: &Container, namespaces: &Namespaces, launch: &Launch) -> Result<Executable, String> {
    if let Some(declared) = &container.config.declared {
        return Ok(Executable::of(declared::program(declared.clone())));
    }
    if container.image.fidelity == Fidelity::Guessed {
        match namespaces.find_program(launch) {
            Ok(found) if &*found.path != declared::STAND_IN => {}
            // In an image nobody knows a program that is not there may well be there.
            Ok(_) | Err(Errno::Enoent) => return Ok(guessed(container)),
            Err(_) => {}
        }
    }
    launch::executable(namespaces, launch)
}

fn guessed(container: &Container) -> Executable {
    let variables = &container.settings.environment;
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Executable::of(declared::program(declared::guess(&variables, &ports(container))))
}

/// The TCP ports that file and image name, each once: published ones first, for somebody asks for these.
fn ports(container: &Container) -> Vec<u16> {
    let config = &container.config;
    let variable = container.settings.environment.get("PORT").and_then(|port| port.parse().ok());
    let published = config.ports.iter().filter(|port| port.protocol == "tcp").map(|port| port.container);
    let exposed = config.exposed.iter().map(String::as_str);
    let exposed = exposed.chain(container.image.config.exposed_ports.iter().map(|port| &**port));
    let exposed = exposed.filter_map(|port| match port.split_once('/') {
        None | Some((_, "tcp")) => port.split('/').next()?.parse().ok(),
        Some(_) => None,
    });
    let mut found = Vec::new();
    for port in published.chain(exposed).chain(variable) {
        if !found.contains(&port) {
            found.push(port);
        }
    }
    found
}
