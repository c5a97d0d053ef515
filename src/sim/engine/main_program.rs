//! Which program a container runs: the one its command names, the one its service declares in place of it (`x-drydock`), or
//! a guess, where nobody knows what the image holds, or recognises the program; in an image nobody knows every program that
//! is missing has a stand-in. Must not know how a program is started.

use super::container::Container;
use super::launch;
use crate::image::Fidelity;
use crate::image::declared::{Declared, Hints, Unknown, guess, trace};
use crate::kernel::files::{Access, Follow};
use crate::kernel::spawn::Executable;
use crate::kernel::{Launch, Namespaces, Start};
use std::rc::Rc;

/// What a container runs.
pub(super) struct MainProgram {
    /// The program, or the runtime's text from `exec:` on.
    pub executable: Result<Executable, String>,
    /// What stands for programs that nobody recognises.
    pub unknown: Rc<Unknown>,
}

/// The program of the main process.
pub(super) fn find(container: &Rc<Container>, namespaces: &Namespaces, launch: &Launch) -> MainProgram {
    let declared = container.config.declared.clone();
    let is_declared = declared.is_some();
    let output = container.output.clone();
    // Weakly: the container holds its run, and the run what is guessed.
    let own = Rc::downgrade(container);
    let guess = move || own.upgrade().map_or_else(|| guess(&Hints::default()), |container| guessed(&container));
    let unknown = Unknown::telling(|| declared.unwrap_or_else(guess), move |guess| output.guessed(guess));
    namespaces.set_companion(unknown.clone());
    // In an image nobody knows a program that is not there may well be there.
    if container.image.fidelity == Fidelity::Guessed {
        namespaces.set_stand_in(unknown.stand_in());
    }
    let executable = match launch::executable(namespaces, launch) {
        _ if is_declared => Ok(Executable::of(unknown.program())),
        Err(_) if lies_in_the_unknown(namespaces, launch) => Ok(Executable::of(unknown.stand_in())),
        found => found,
    };
    MainProgram { executable, unknown }
}

/// Whether a program that is missing may be among the files that a build made and nobody knows.
fn lies_in_the_unknown(namespaces: &Namespaces, launch: &Launch) -> bool {
    let exists = |path: &str| namespaces.mounts().find(path, Follow::Last, Access::ROOT).is_ok();
    let Start { args, environment, folder } = &*launch.start;
    let name = args.first().map_or("", |name| name);
    if name.contains('/') {
        let path = if name.starts_with('/') { name.to_string() } else { format!("{folder}/{name}") };
        return !exists(&path) && trace::is_above(&path, &exists);
    }
    let folders = environment.get("PATH").map_or("", |path| path);
    folders.split(':').any(|folder| trace::is_above(&format!("{folder}/{name}"), &exists))
}

fn guessed(container: &Container) -> Declared {
    let variables = &container.settings.environment;
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let test = container.settings.health.as_ref().map_or_else(String::new, |health| health.argv.join(" "));
    guess(&Hints {
        environment: &variables,
        ports: &ports(container),
        test: &test,
        command: &container.settings.argv.join(" "),
        awaited_to_complete: container.config.awaited_to_complete,
    })
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
