//! `docker compose down` (X4, X5, S2). Must not know how anything was made.

use super::super::arguments::{Arguments, Flag, number, switch, text};
use super::super::context::{Context, all};
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::graph::{self, Direction};
use super::host::Compose;
use super::selection::{self, Along};
use super::{from_labels, images, labels, networks, stop, volumes};
use crate::compose::model::Project;
use crate::sim::engine::{ErrorKind, RemoveOptions};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::rc::Rc;

/// Flags of the command.
pub const FLAGS: &[Flag] =
    &[switch("remove-orphans"), number("timeout").or('t'), switch("volumes").or('v'), text("rmi")];

/// The command.
pub async fn run(context: &Context, compose: &Compose, arguments: &Arguments) -> Done {
    let rmi = arguments.text("rmi").unwrap_or_default();
    if !matches!(rmi, "" | "all" | "local") {
        return Err(Failure::new(format!("invalid value for --rmi: {}", super::super::table::quote(rmi))));
    }
    let (loaded, name) = compose.project_or_name(context, &arguments.positional)?;
    let remove_orphans = match arguments.given("remove-orphans") {
        true => arguments.on("remove-orphans"),
        false => compose.is_set("COMPOSE_REMOVE_ORPHANS"),
    };
    let one_off = if remove_orphans { OneOff::Include } else { OneOff::Exclude };
    let found = containers::of_project(context, &name, one_off, Reach::All).await;
    let from_file = loaded.is_some();
    let project = loaded.unwrap_or_else(|| from_labels::project(context, &name, &found));
    let services = known_services(&project, &arguments.positional, from_file)?;
    let options = RemoveOptions { force: true, volumes: arguments.on("volumes") };
    let grace = stop::grace(arguments);
    remove_services(context, &project, &services, &found, (options, grace)).await?;
    if remove_orphans {
        let orphans: Vec<_> =
            found.iter().filter(|container| containers::is_orphan(&project, container)).cloned().collect();
        let options = RemoveOptions { force: true, volumes: false };
        stop::remove_containers(context, None, &orphans, grace, options).await?;
    }
    let nothing = found.is_empty() && networks::removable(&project).next().is_none() && rmi.is_empty();
    if nothing && !(arguments.on("volumes") && project.volumes.values().any(|volume| !volume.external)) {
        let name = super::super::table::quote(&name);
        context.terminal.error(&format!("Warning: No resource found to remove for project {name}.\n"));
    }
    resources(context, compose, &project, rmi, arguments.on("volumes")).await
}

/// The named services; with only a name to go by, unknown ones do not matter.
fn known_services(project: &Project, named: &[String], from_file: bool) -> Done<Vec<String>> {
    match named.iter().find(|name| from_file && !project.services.contains_key(*name)) {
        Some(name) => Err(Failure::new(format!("no such service: {name}"))),
        None => Ok(named.iter().filter(|name| project.services.contains_key(*name)).cloned().collect()),
    }
}

async fn remove_services(
    context: &Context,
    project: &Project,
    services: &[String],
    found: &[crate::sim::engine::ContainerView],
    (options, grace): (RemoveOptions, crate::sim::engine::Grace),
) -> Done {
    let wanted: BTreeSet<String> = match services.is_empty() {
        true => project.services.keys().cloned().collect(),
        false => selection::reach(project, services, Along::Dependents)?,
    };
    let (wanted, found, shared) = (Rc::new(wanted), Rc::new(found.to_vec()), Rc::new(project.clone()));
    let visit: graph::Visit = Rc::new(move |context, name| {
        let (wanted, found, project) = (wanted.clone(), found.clone(), shared.clone());
        Box::pin(async move {
            if !wanted.contains(&name) {
                return Ok(());
            }
            let containers = containers::of_service(&found, &name);
            stop::remove_containers(&context, project.services.get(&name), &containers, grace, options).await
        })
    });
    graph::walk(context, project, Direction::DependentsFirst, visit).await
}

/// Networks, images and volumes, all at the same time.
async fn resources(context: &Context, compose: &Compose, project: &Project, rmi: &str, with_volumes: bool) -> Done {
    let cause = context.asked();
    let mut work: Vec<Pin<Box<dyn Future<Output = Done> + '_>>> = Vec::new();
    for network in networks::removable(project) {
        work.push(Box::pin(networks::remove(context, network, cause)));
    }
    let separator = compose.separator();
    let mut images: BTreeSet<String> = BTreeSet::new();
    for service in project.services.values().filter(|service| rmi == "all" || rmi == "local" && service.image.is_none())
    {
        images.insert(images::tagged(&labels::image_name(separator, &project.name, service)));
    }
    for image in images {
        work.push(Box::pin(remove_image(context, image)));
    }
    if with_volumes {
        for volume in project.volumes.values().filter(|volume| !volume.external) {
            work.push(Box::pin(volumes::remove(context, &volume.name, cause)));
        }
    }
    all(work).await
}

async fn remove_image(context: &Context, image: String) -> Done {
    let resource = format!("Image {image}");
    context.progress.event(&resource, "Removing");
    let (engine, cause) = (context.engine.clone(), context.asked());
    let removed = context.ask(async move { engine.remove_image(&image, cause).await }).await?;
    let status = match removed {
        Ok(()) => "Removed",
        Err(error) if error.kind == ErrorKind::Conflict => "Resource is still in use",
        Err(error) if error.kind == ErrorKind::NotFound => "Warning: No resource found to remove",
        Err(error) => return Err(error.into()),
    };
    context.progress.event(&resource, status);
    Ok(())
}
