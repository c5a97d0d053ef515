//! Which program a container runs: the one its command names, the one its service declares in place of it (`x-drydock`), or
//! a guess, where nobody knows what the image holds; there every program that is missing has a stand-in. Must not know how a program is started.

use super::container::Container;
use super::launch;
use crate::image::Fidelity;
use crate::image::declared::{Declared, Hints, STAND_IN, Unknown, guess};
use crate::kernel::spawn::Executable;
use crate::kernel::{Errno, Launch, Namespaces};
use std::rc::Rc;

/// What a container runs.
pub(super) struct MainProgram {
    pub executable: Executable,
    /// What is guessed about its image, if nobody knows that.
    pub unknown: Option<Rc<Unknown>>,
}

/// The program of the main process, or the runtime's text from `exec:` on.
pub(super) fn find(container: &Container, namespaces: &Namespaces, launch: &Launch) -> Result<MainProgram, String> {
    let declared = container.config.declared.clone();
    if container.image.fidelity != Fidelity::Guessed {
        let executable = match declared {
            Some(declared) => Executable::of(Unknown::new(declared).program()),
            None => launch::executable(namespaces, launch)?,
        };
        return Ok(MainProgram { executable, unknown: None });
    }
    let is_declared = declared.is_some();
    let app = Unknown::new(declared.unwrap_or_else(|| guessed(container)));
    let runs_the_app = match namespaces.find_program(launch) {
        _ if is_declared => true,
        Ok(found) => &*found.path == STAND_IN,
        // In an image nobody knows a program that is not there may well be there.
        Err(problem) => problem == Errno::Enoent,
    };
    let executable = match runs_the_app {
        true => Executable::of(app.program()),
        false => launch::executable(namespaces, launch)?,
    };
    namespaces.set_stand_in(app.stand_in());
    Ok(MainProgram { executable, unknown: Some(app) })
}

fn guessed(container: &Container) -> Declared {
    let variables = &container.settings.environment;
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let test = container.settings.health.as_ref().map_or_else(String::new, |health| health.argv.join(" "));
    guess(&Hints { environment: &variables, ports: &ports(container), test: &test })
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
