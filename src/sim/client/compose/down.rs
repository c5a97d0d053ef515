//! `docker compose down` (X4, X5, S2). Must not know how anything was made.

use super::super::arguments::Arguments;
use super::super::context::{Context, all};
use super::super::terminal::{Done, Failure};
use super::containers::{self, OneOff, Reach};
use super::graph::{self, Direction};
use super::host::Compose;
use super::selection::{self, Along};
use super::{from_labels, images, labels, networks, stop, volumes};
use crate::compose::model::Project;
use crate::sim::engine::{ErrorKind, Grace, RemoveOptions};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::rc::Rc;

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
    let options = DownOptions {
        services: arguments.positional.clone(),
        remove_orphans,
        volumes: arguments.on("volumes"),
        rmi: rmi.to_owned(),
        grace: stop::grace(arguments),
    };
    down(context, compose, (loaded, &name), &options).await
}

/// Takes down the project of that name as the labels tell it, orphans included.
pub async fn by_name(context: &Context, compose: &Compose, name: &str) -> Done {
    let options = DownOptions { remove_orphans: true, ..DownOptions::default() };
    down(context, compose, (None, name), &options).await
}

/// What is removed.
#[derive(Default)]
struct DownOptions {
    /// Services named on the command line; all if none is.
    services: Vec<String>,
    remove_orphans: bool,
    volumes: bool,
    /// `local`, `all`, or empty for no images.
    rmi: String,
    grace: Grace,
}

async fn down(
    context: &Context,
    compose: &Compose,
    (loaded, name): (Option<Project>, &str),
    options: &DownOptions,
) -> Done {
    let one_off = if options.remove_orphans { OneOff::Include } else { OneOff::Exclude };
    let found = containers::of_project(context, name, one_off, Reach::All).await;
    let from_file = loaded.is_some();
    let project = loaded.unwrap_or_else(|| from_labels::project(context, name, &found));
    let services = known_services(&project, &options.services, from_file)?;
    let removal = RemoveOptions { force: true, volumes: options.volumes };
    remove_services(context, &project, &services, &found, (removal, options.grace)).await?;
    if options.remove_orphans {
        let orphans: Vec<_> =
            found.iter().filter(|container| containers::is_orphan(&project, container)).cloned().collect();
        let removal = RemoveOptions { force: true, volumes: false };
        stop::remove_containers(context, None, &orphans, options.grace, removal).await?;
    }
    let nothing = found.is_empty() && networks::removable(&project).next().is_none() && options.rmi.is_empty();
    if nothing && !(options.volumes && project.volumes.values().any(|volume| !volume.external)) {
        let name = super::super::table::quote(name);
        context.terminal.error(&format!("Warning: No resource found to remove for project {name}.\n"));
    }
    resources(context, compose, &project, options).await
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
async fn resources(context: &Context, compose: &Compose, project: &Project, options: &DownOptions) -> Done {
    let cause = context.asked();
    let mut work: Vec<Pin<Box<dyn Future<Output = Done> + '_>>> = Vec::new();
    for network in networks::removable(project) {
        work.push(Box::pin(networks::remove(context, network, cause)));
    }
    for image in images_to_remove(context, compose, project, options) {
        work.push(Box::pin(remove_image(context, image)));
    }
    if options.volumes {
        for volume in project.volumes.values().filter(|volume| !volume.external) {
            work.push(Box::pin(volumes::remove(context, &volume.name, cause)));
        }
    }
    all(work).await
}

/// `--rmi`: the images built for the project's services, whatever their names, of orphans only with `--remove-orphans`; with
/// `all` those that services name, too. Only images that are there.
fn images_to_remove(
    context: &Context,
    compose: &Compose,
    project: &Project,
    options: &DownOptions,
) -> BTreeSet<String> {
    let mut images = BTreeSet::new();
    if options.rmi.is_empty() {
        return images;
    }
    for service in project.services.values().filter(|service| options.rmi == "all" || service.image.is_none()) {
        images.insert(images::tagged(&labels::image_name(compose.separator(), &project.name, service)));
    }
    images.retain(|image| context.engine.inspect_image(image).is_ok());
    for image in context.engine.list_images() {
        let label = |name: &str| image.labels.get(name).map_or("", String::as_str);
        let built = label(labels::PROJECT) == project.name
            && (options.remove_orphans || project.services.contains_key(label(labels::SERVICE)));
        images.extend(image.tags.first().filter(|_| built).map(|tag| tag.to_string()));
    }
    images
}

async fn remove_image(context: &Context, image: String) -> Done {
    let resource = format!("Image {image}");
    context.progress.event(&resource, "Removing");
    let (engine, cause) = (context.engine.clone(), context.asked());
    let removed = context.change(async move { engine.remove_image(&image, true, cause).await.map(drop) }).await?;
    let status = match removed {
        Ok(_) => "Removed",
        Err(error) if error.kind == ErrorKind::Conflict => "Resource is still in use",
        Err(error) if error.kind == ErrorKind::NotFound => "Warning: No resource found to remove",
        Err(error) => return Err(error.into()),
    };
    context.progress.event(&resource, status);
    Ok(())
}
